// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arm64: how a kernel is entered, and what a leap needs for it.
 */
#include "../cli.h"

#define LAST ((1ull << 48) - 1)

/* What one table of each level maps; memory is mapped by blocks of 2 MiB. */
#define LEVEL_1_SHIFT 39
#define LEVEL_2_SHIFT 30

/* The tables of a level that these ranges, in order, need. */
static uint32_t tables_of(const struct kimg_range *ram, uint32_t ranges, unsigned int shift)
{
	uint64_t next = 0;
	uint32_t count = 0, i;

	for (i = 0; i < ranges; i++) {
		uint64_t first = ram[i].start >> shift, last = (ram[i].end - 1) >> shift;

		if (first < next)
			first = next;
		if (last >= first)
			count += (uint32_t)(last - first + 1);
		next = last + 1;
	}
	return count;
}

static uint32_t table_count(const struct machine *machine, const struct kimg_range *ram,
			    uint32_t ranges)
{
	(void)machine;
	return 1 + tables_of(ram, ranges, LEVEL_1_SHIFT) + tables_of(ram, ranges, LEVEL_2_SHIFT);
}

const struct entry_words entry_arm64 = {
	.machine = KLEAP_ARM64,
	.mode = "64-bit",
	.last_mode = "64-bit mode with the MMU off",
	.params_name = "device tree",
	.params = KLEAP_ARM64_X0,
	.reg = { { "x0", KLEAP_ARM64_X0 }, { "x1", KLEAP_ARM64_X1 }, { "x2", KLEAP_ARM64_X2 },
		 { "x3", KLEAP_ARM64_X3 } },
};

const struct processor processor_arm64 = {
	.name = "arm64",
	.pattern = "aarch64*",
	.cpu = BOOT_CPU_ARM64,
	.wide = true,
	.has_tree = true,
	.last = LAST,
	.control_last = LAST,
	.table_count = table_count,
};
