// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory that something goes on using after the leap: the new kernel is told that it is
 * reserved, and nothing is placed there.
 */
#include "devicetree.h"

/* A header's entry. */
#define RESERVATION_SIZE 16u

static bool is_reserved(const void *blob, const struct kimg_range *range)
{
	uint64_t start, size;
	int i;

	for (i = 0; i < fdt_num_mem_rsv(blob); i++)
		if (!fdt_get_mem_rsv(blob, i, &start, &size) && start == range->start &&
		    size == range->end - range->start)
			return true;
	return false;
}

/* Has the interrupt controller tables in memory? With EFI, kernels hand that on themselves. */
static bool has_its(const struct device_tree *tree)
{
	return !tree_has_efi(tree) &&
	       fdt_node_offset_by_compatible(tree->blob, -1, "arm,gic-v3-its") >= 0;
}

int reserve_kept(struct device_tree *tree, struct machine *machine)
{
	uint32_t i;
	int code;

	if (!read_kept(machine) && has_its(tree))
		add_note(tree->notes, "without the module it is not known where the interrupt controller has its tables (GICv3 LPIs): the new kernel may overwrite them, and warns");
	code = grow_tree(tree, machine->kepts * RESERVATION_SIZE);
	for (i = 0; i < machine->kepts && !code; i++) {
		const struct kimg_range *range = &machine->kept[i].range;

		/* After a leap the tree has it already. */
		if (!is_reserved(tree->blob, range))
			fdt_add_mem_rsv(tree->blob, range->start, range->end - range->start);
	}
	return code;
}
