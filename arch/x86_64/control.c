// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The control pages: trampoline, parameters, tables. */
#include "../tables.h"
#include "trampoline.h"

#define PRESENT		0x1u
#define WRITABLE	0x2u
#define LARGE		0x80u

/* Intel SDM volume 3, 4.5 "4-level paging and 5-level paging". */
#define TABLE_BITS \
	.entry_size = 8, .top = PRESENT | WRITABLE, .table = PRESENT | WRITABLE, \
	.block = PRESENT | WRITABLE | LARGE, .page = PRESENT | WRITABLE

static const struct table_shape four_levels = {
	.levels = 4, .shift = { 39, 30, 21, 12 }, .bits = { 9, 9, 9, 9 }, TABLE_BITS,
};

static const struct table_shape five_levels = {
	.levels = 5, .shift = { 48, 39, 30, 21, 12 }, .bits = { 9, 9, 9, 9, 9 }, TABLE_BITS,
};

/* Write the tables, or without a host count them. */
static struct tables map_all(const struct arch_control *control,
			     const struct kimg_host *host)
{
	struct table_shape shape = control->la57 ? five_levels : four_levels;
	struct tables tables;
	uint32_t i;

	/* The smallest pages are those of the last level, 2 MiB above it, 1 GiB above that. */
	shape.large = (uint8_t)(shape.levels - (control->gib_pages ? 3 : 2));
	tables_start(&tables, &shape, host, control->table);
	for (i = 0; i < control->memories; i++) {
		const struct kimg_range *range = &control->memory[i];

		tables_map(&tables, range->start, range->start, range->end - range->start);
	}
	tables_map(&tables, control->switch_address, control->switch_frame << 12, 1u << 12);
	return tables;
}

uint32_t x86_64_table_count(const struct arch_control *control)
{
	return map_all(control, NULL).used;
}

uint64_t x86_64_control_write(const struct arch_control *control, const void *code,
			      size_t size, const struct arch_leap *leap)
{
	map_all(control, control->host);
	return x86_page_write(control, code, size, leap, 16, LONG_SEGMENT);
}
