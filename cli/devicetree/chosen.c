// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * /chosen: what a boot loader tells the kernel. What belonged to the running kernel's boot
 * is taken out, as of_kexec_alloc_and_setup_fdt() in Linux's drivers/of/kexec.c does.
 */
#include "devicetree.h"
#include "page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define INITRD_START "linux,initrd-start"
#define INITRD_END "linux,initrd-end"
#define IMA_BUFFER "linux,ima-kexec-buffer"

/* Room for what is added, beside the command line. */
#define ADDED_MAX 4096u

/*
 * /chosen, which is added if it is not there; an error of libfdt if there is no room.
 */
static int chosen_of(void *blob)
{
	int node = fdt_path_offset(blob, "/chosen");

	return node == -FDT_ERR_NOTFOUND ? fdt_add_subnode(blob, 0, "chosen") : node;
}

/*
 * A number of one or two cells, big-endian. False: it is missing, or of another size.
 */
static bool get_number(const void *blob, int node, const char *name, uint64_t *value)
{
	int size;
	const void *data = fdt_getprop(blob, node, name, &size);

	if (!data || (size != 4 && size != 8))
		return false;
	*value = size == 4 ? fdt32_ld(data) : fdt64_ld(data);
	return true;
}

/* Remove a reservation of exactly this range; false: there is none. */
static bool remove_reservation(void *blob, uint64_t start, uint64_t size)
{
	uint64_t at, bytes;
	int i;

	for (i = 0; i < fdt_num_mem_rsv(blob); i++)
		if (!fdt_get_mem_rsv(blob, i, &at, &bytes) && at == start && bytes == size)
			return !fdt_del_mem_rsv(blob, i);
	return false;
}

/* Remove the last boot's initrd, and the reservation of its memory or of its pages. */
static void remove_initrd(void *blob, int node)
{
	uint64_t start, end;

	if (get_number(blob, node, INITRD_START, &start) &&
	    get_number(blob, node, INITRD_END, &end) && start < end &&
	    !remove_reservation(blob, start, end - start))
		remove_reservation(blob, start, boot_page_up(end - start));
	fdt_delprop(blob, node, INITRD_START);
	fdt_delprop(blob, node, INITRD_END);
}

/* Remove IMA's log of the last kernel, and the reservation of its memory. */
static void remove_ima(void *blob, int node)
{
	int address = fdt_address_cells(blob, 0), cells = fdt_size_cells(blob, 0), size;
	const unsigned char *data = fdt_getprop(blob, node, IMA_BUFFER, &size);

	if (data && address == 2 && cells == 2 && size == 16)
		remove_reservation(blob, fdt64_ld((const void *)data),
				   fdt64_ld((const void *)(data + 8)));
	fdt_delprop(blob, node, IMA_BUFFER);
}

/* Remove what is of one boot only. Must come before the tree's reservations are read. */
void forget_boot(struct device_tree *tree)
{
	static const char *const names[] = {
		/* A crash kernel's. */
		"linux,elfcorehdr", "linux,usable-memory-range",
		/* What was handed over to the running kernel. */
		"linux,kho-fdt", "linux,kho-scratch",
		/* Wiped by the kernel, or used up. */
		"kaslr-seed", "rng-seed",
	};
	int node = fdt_path_offset(tree->blob, "/chosen");
	size_t i;

	if (node < 0)
		return;
	remove_initrd(tree->blob, node);
	/* Reservations lie before the nodes, and these have moved. */
	node = fdt_path_offset(tree->blob, "/chosen");
	remove_ima(tree->blob, node);
	node = fdt_path_offset(tree->blob, "/chosen");
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fdt_delprop(tree->blob, node, names[i]);
}

const char *tree_command_line(const struct device_tree *tree)
{
	int node = fdt_path_offset(tree->blob, "/chosen"), size;
	const char *line = node < 0 ? NULL : fdt_getprop(tree->blob, node, "bootargs", &size);

	return line && size > 0 && !line[size - 1] ? line : NULL;
}

size_t fdt_size(const struct device_tree *tree)
{
	return fdt_totalsize(tree->blob);
}

bool tree_has_efi(const struct device_tree *tree)
{
	int node = fdt_path_offset(tree->blob, "/chosen");

	return node >= 0 && fdt_getprop(tree->blob, node, "linux,uefi-system-table", NULL);
}

/* Set a property, unless there was an error. */
static void set(void *blob, int node, const char *name, const void *value, size_t size, int *error)
{
	if (*error >= 0)	/* never: see complete_tree() */
		*error = fdt_setprop(blob, node, name, value, (int)size);
}

int complete_tree(struct device_tree *tree, const char *line, bool initrd,
		  const void *seed, const void *kaslr_seed)
{
	static const fdt64_t nowhere;
	int code = grow_tree(tree, strlen(line) + ADDED_MAX), node, error;
	void *blob = tree->blob;

	if (code)
		return code;
	node = error = chosen_of(blob);
	if (line[0])
		set(blob, node, "bootargs", line, strlen(line) + 1, &error);
	else
		fdt_delprop(blob, node, "bootargs");
	if (initrd) {
		set(blob, node, INITRD_START, &nowhere, sizeof(nowhere), &error);
		set(blob, node, INITRD_END, &nowhere, sizeof(nowhere), &error);
	}
	if (seed) {
		set(blob, node, "kaslr-seed", kaslr_seed, KASLR_SEED_SIZE, &error);
		set(blob, node, "rng-seed", seed, SEED_SIZE, &error);
	}
	set(blob, node, "linux,booted-from-kexec", NULL, 0, &error);
	if (error < 0)	/* never: the tree was checked, and there is room */
		return say_tree(KIMG_E_TREE_DAMAGED, error, tree->source);
	fdt_pack(blob);
	return EXIT_OK;
}

void place_initrd(struct device_tree *tree, uint64_t start, uint64_t size)
{
	const fdt64_t first = cpu_to_fdt64(start), end = cpu_to_fdt64(start + size);
	int node = fdt_path_offset(tree->blob, "/chosen");

	fdt_setprop_inplace(tree->blob, node, INITRD_START, &first, sizeof(first));
	fdt_setprop_inplace(tree->blob, node, INITRD_END, &end, sizeof(end));
}
