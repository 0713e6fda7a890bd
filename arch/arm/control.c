// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The control pages: trampoline, parameters, tables. */
#include "trampoline.h"

/* Arm ARM for ARMv7 (DDI 0406), B3.6 "Long-descriptor translation table format". */
#define LONG_TABLE	0x3ull
#define LONG_BLOCK	0x1ull
#define LONG_PAGE	0x3ull
#define LONG_SHARED	(3ull << 8)
#define LONG_ACCESSED	(1ull << 10)
#define LONG_NO_EXECUTE	(3ull << 53)	/* XN, PXN */

/* B3.5 "Short-descriptor translation table format". Accesses are for PL1; domain 0. */
#define SHORT_TABLE	0x1u
#define SHORT_SECTION	(0x2u | 1u << 10)
#define SHORT_PAGE	(0x2u | 1u << 4)
#define SECTION_SHARED	(1u << 16)
#define PAGE_SHARED	(1u << 10)
#define SECTION_NO_EXECUTE (1u << 4)
#define PAGE_NO_EXECUTE	0x1u

/* With short descriptors the top table has four pages. */
#define SHORT_TOP_ORDER	2u

/*
 * The index of the attributes for memory or for devices in PRRR and NMRR, or 8. Indexes have
 * two bits in each: a kind, and for memory the policies of the caches.
 */
static unsigned int short_attributes(uint64_t mair, bool device)
{
	uint32_t prrr = (uint32_t)mair, nmrr = (uint32_t)(mair >> 32);
	unsigned int i;

	for (i = 0; i < 8; i++) {
		uint32_t kind = prrr >> 2 * i & 3, inner = nmrr >> 2 * i & 3;
		uint32_t outer = nmrr >> (2 * i + 16) & 3;

		/* Strongly-ordered or device; or write-back, allocating. */
		if (device ? kind < 2 : kind == 2 && inner == 1 && outer == 1)
			break;
	}
	return i;
}

static unsigned int attributes(const struct arch_control *control, bool device)
{
	return control->lpae ? arm_attributes(control->mair, device) :
		short_attributes(control->mair, device);
}

static struct table_shape long_shape(const struct arch_control *control, bool device)
{
	uint64_t bits = LONG_ACCESSED | (uint64_t)attributes(control, device) << 2;

	if (device)
		bits |= LONG_NO_EXECUTE;
	else if (control->shared)
		bits |= LONG_SHARED;
	return (struct table_shape){
		.levels = 3, .entry_size = 8, .shift = { 30, 21, 12 }, .bits = { 2, 9, 9 },
		.large = 0, .top = LONG_TABLE, .table = LONG_TABLE,
		.block = LONG_BLOCK | bits, .page = LONG_PAGE | bits,
	};
}

static struct table_shape short_shape(const struct arch_control *control, bool device)
{
	unsigned int index = attributes(control, device);
	/* C and B are the lower bits of the index, TEX[0] is the upper. */
	uint32_t section = SHORT_SECTION | (index & 3) << 2 | (index >> 2) << 12;
	uint32_t page = SHORT_PAGE | (index & 3) << 2 | (index >> 2) << 6;

	if (device) {
		section |= SECTION_NO_EXECUTE;
		page |= PAGE_NO_EXECUTE;
	} else if (control->shared) {
		section |= SECTION_SHARED;
		page |= PAGE_SHARED;
	}
	return (struct table_shape){
		.levels = 2, .entry_size = 4, .shift = { 20, 12 }, .bits = { 12, 8 },
		.large = 0, .top = SHORT_TABLE, .block = section, .page = page,
	};
}

static struct table_shape shape_of(const struct arch_control *control, bool device)
{
	return (control->lpae ? long_shape : short_shape)(control, device);
}

/* All memory, for the copy: write the tables, or without a host count them. */
static uint32_t map_memory(const struct arch_control *control, const struct kimg_host *host,
			   const uint64_t *table)
{
	struct table_shape memory = shape_of(control, false), device = shape_of(control, true);
	struct tables tables;

	tables_start(&tables, &memory, host, table);
	arm_map_memory(&tables, control, &memory, &device);
	return tables.used;
}

static uint64_t address_of(const struct arch_control *control)
{
	return control->frame << 12;
}

/* The two pages that lead there, and back. */
static uint32_t map_pages(const struct arch_control *control, const struct kimg_host *host,
			  const uint64_t *table)
{
	struct table_shape shape = shape_of(control, false);
	uint64_t page = address_of(control), other = (uint32_t)control->switch_address;
	struct tables tables;

	tables_start(&tables, &shape, host, table);
	if (page < other)
		tables_map(&tables, page, page, PAGE);
	tables_map(&tables, other, control->switch_frame << 12, PAGE);
	if (page > other)
		tables_map(&tables, page, page, PAGE);
	return tables.used;
}

bool arm_can_map(const struct arch_control *control)
{
	return attributes(control, false) < 8 &&
	       (!control->uart || attributes(control, true) < 8) &&
	       address_of(control) != (uint32_t)control->switch_address;
}

uint32_t arm_table_count(const struct arch_control *control)
{
	return map_memory(control, NULL, NULL) + map_pages(control, NULL, NULL);
}

unsigned int arm_table_order(const struct arch_control *control, uint32_t table)
{
	bool is_top = table == 0 || table == map_memory(control, NULL, NULL);

	return is_top && !control->lpae ? SHORT_TOP_ORDER : 0;
}

uint64_t arm_control_write(const struct arch_control *control, const void *code,
			   size_t size, const struct arch_leap *leap)
{
	uint32_t first = map_memory(control, control->host, control->table);

	map_pages(control, control->host, control->table + first);
	arm_page_write(control, code, size, leap, control->table[0] << 12);
	return control->table[first] << 12;
}
