// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The control pages: trampoline, parameters, tables. */
#include "../tables.h"
#include "trampoline.h"

#define PRESENT		0x1u
#define WRITABLE	0x2u

/* Intel SDM volume 3, 4.3 "32-bit paging". */
static const struct table_shape plain = {
	.levels = 2, .entry_size = 4, .shift = { 22, 12 }, .bits = { 10, 10 }, .large = 1,
	.top = PRESENT | WRITABLE, .page = PRESENT | WRITABLE,
};

/* 4.4 "PAE paging". Entries of the top table have no writable bit. */
static const struct table_shape pae = {
	.levels = 3, .entry_size = 8, .shift = { 30, 21, 12 }, .bits = { 2, 9, 9 },
	.large = 2, .top = PRESENT, .table = PRESENT | WRITABLE, .page = PRESENT | WRITABLE,
};

/* Write the tables, or without a host count them. */
static struct tables map_all(const struct arch_control *control,
			     const struct kimg_host *host)
{
	struct tables tables;

	tables_start(&tables, control->pae ? &pae : &plain, host, control->table);
	tables_map(&tables, control->frame << 12, control->frame << 12, 1u << 12);
	tables_map(&tables, (uint32_t)control->switch_address,
		   control->switch_frame << 12, 1u << 12);
	return tables;
}

uint32_t i386_table_count(const struct arch_control *control)
{
	return map_all(control, NULL).used;
}

uint64_t i386_control_write(const struct arch_control *control, const void *code,
			    size_t size, const struct arch_leap *leap)
{
	map_all(control, control->host);
	return x86_page_write(control, code, size, leap, 8, CODE_SEGMENT);
}
