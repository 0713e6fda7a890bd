// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The control pages: trampoline, parameters, tables. */
#include "trampoline.h"

/* Arm ARM (DDI 0487), D8.3 "Translation table descriptor formats". */
#define TABLE		0x3ull
#define BLOCK		0x1ull
#define PAGE_ENTRY	0x3ull
#define ATTRIBUTES(n)	((uint64_t)(n) << 2)
#define INNER_SHAREABLE	(3ull << 8)
#define ACCESSED	(1ull << 10)
/*
 * Writable. The processor ignores it, unless permissions are indirect (TCR2_EL1.PIE): then
 * this is how Linux has it.
 */
#define WRITABLE	(1ull << 51)
#define PXN		(1ull << 53)
#define UXN		(1ull << 54)

static struct table_shape shape_of(uint64_t bits)
{
	return (struct table_shape){
		.levels = 4, .entry_size = 8, .shift = { 39, 30, 21, 12 },
		.bits = { 9, 9, 9, 9 }, .large = 1, .top = TABLE, .table = TABLE,
		.block = BLOCK | bits, .page = PAGE_ENTRY | bits,
	};
}

/* Write the tables, or without a host count them. */
static struct tables map_all(const struct arch_control *control,
			     const struct kimg_host *host)
{
	uint64_t both = ACCESSED | WRITABLE | UXN;
	/* With LPA2 these bits are part of the address. */
	uint64_t share = control->lpa2 ? 0 : INNER_SHAREABLE;
	struct table_shape memory, device;
	struct tables tables;

	memory = shape_of(both | share | ATTRIBUTES(arm_attributes(control->mair, false)));
	device = shape_of(both | PXN | ATTRIBUTES(arm_attributes(control->mair, true)));
	tables_start(&tables, &memory, host, control->table);
	arm_map_memory(&tables, control, &memory, &device);
	return tables;
}

bool arm64_can_map(const struct arch_control *control)
{
	return arm_attributes(control->mair, false) < 8 &&
	       (!control->uart || arm_attributes(control->mair, true) < 8);
}

uint32_t arm64_table_count(const struct arch_control *control)
{
	return map_all(control, NULL).used;
}

uint64_t arm64_control_write(const struct arch_control *control, const void *code,
			     size_t size, const struct arch_leap *leap)
{
	map_all(control, control->host);
	arm_page_write(control, code, size, leap, 0);
	return control->table[0] << 12;
}
