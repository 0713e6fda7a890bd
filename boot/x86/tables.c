// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The page tables with which a kernel is entered in 64-bit mode. They are a segment,
 * because a kernel unpacks itself and moves while it is still on its loader's tables, but
 * never over a segment.
 *
 * They map the first 4 GiB, as the tables of Linux's own 32-bit entry do, and each GiB
 * above in which there is something that a kernel reads or writes before it has tables of
 * its own: its memory, the boot params, and what firmware left. Linux from 5.0 to 5.9
 * looks for the ACPI tables as early as that (arch/x86/boot/compressed/acpi.c).
 */
#include "../../arch/tables.h"
#include "boot.h"
#include "bzimage.h"

#define GIB (BOOT_MIB << 10)

/*
 * Intel SDM volume 3, 4.5 "4-level paging and 5-level paging": tables are present and
 * writable, pages have 2 MiB. There is only one table below the top: the top for four levels.
 */
static const struct table_shape shape = {
	.levels = 5, .entry_size = 8, .large = 3,
	.shift = { 48, 39, 30, 21, 12 }, .bits = { 9, 9, 9, 9, 9 },
	.top = 0x3, .table = 0x3, .block = 0x83,
};

/* Make `*next` the first GiB from `from` up in which a range lies, if that is lower. */
static void lower(uint64_t *next, uint64_t from, uint64_t start, uint64_t end)
{
	if (start < from)
		start = from;
	if (start < end && start < *next)
		*next = start & ~(GIB - 1);
}

/*
 * The next GiB to map, from `from` up; BOOT_64_END if there is none. `all`: also those
 * with what firmware left.
 */
static uint64_t next_gib(const struct boot_request *request, const struct boot_layout *layout,
			 const struct bz_places *places, bool all, uint64_t from)
{
	static const struct boot_efi none;
	const struct boot_efi *efi = request->efi ? request->efi : &none;
	const uint64_t table[] = {
		request->acpi_rsdp, efi->acpi, efi->acpi20, efi->system, efi->tables,
	};
	uint64_t next = BOOT_64_END;
	uint32_t i;

	lower(&next, from, layout->kernel_runs.start, layout->kernel_runs.end);
	lower(&next, from, places->params, places->params + layout->params_size);
	if (!all)
		return next;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		lower(&next, from, table[i], table[i] + BOOT_PAGE);
	for (i = 0; i < request->map->count; i++) {
		const struct boot_mem *mem = &request->map->mem[i];

		if (mem->type == BOOT_MEM_ACPI || mem->type == BOOT_MEM_NVS)
			lower(&next, from, mem->range.start, mem->range.end);
	}
	return next;
}

/*
 * Write the tables, or without a host count them, up to more than there may be.
 */
static uint32_t map_all(const struct boot_request *request, const struct boot_layout *layout,
			const struct bz_places *places, bool all,
			const struct kimg_host *host, const uint64_t *frame)
{
	struct tables tables;
	uint64_t at;

	tables_start(&tables, &shape, host, frame);
	tables_map(&tables, 0, 0, BOOT_4GIB);
	for (at = BOOT_4GIB; tables.used <= BOOT_TABLES_MAX; at += GIB) {
		at = next_gib(request, layout, places, all, at);
		if (at == BOOT_64_END)
			break;
		tables_map(&tables, at, at, GIB);
	}
	return tables.used;
}

/* A host whose only frames are the tables. */
struct window {
	unsigned char (*page)[BOOT_PAGE];
	uint64_t first;
};

static void *map(void *ctx, uint64_t frame)
{
	const struct window *window = ctx;

	return window->page[frame - window->first];
}

static void unmap(void *ctx, void *page)
{
	(void)ctx, (void)page;
}

enum kimg_error bz_add_tables(const struct boot_request *request, const char *name,
			      uint32_t spare, uint64_t end, const struct bz_places *places,
			      struct boot_layout *layout, struct kimg_why *why)
{
	static const struct kimg_host_ops ops = { .map = map, .unmap = unmap };
	struct boot_search search = {
		.low = BOOT_MIB,
		.high = end,
		.align = BOOT_PAGE,
		.avoid = {
			layout->kernel_runs,
			{ places->params, places->params + layout->params_size },
			{ places->initrd, places->initrd + boot_page_up(places->initrd_size) },
		},
		.avoids = places->initrd_size ? 3 : 2,
		.from_top = true,
	};
	struct window window = { .page = layout->tables };
	struct kimg_host host = { .ops = &ops, .ctx = &window, .page_shift = 12 };
	uint64_t frame[BOOT_TABLES_MAX], at, largest;
	bool all = true;
	uint32_t i, count = map_all(request, layout, places, all, NULL, NULL);

	/* So much firmware leaves nowhere: it is not mapped. What the kernel needs fits. */
	if (count > BOOT_TABLES_MAX) {
		all = false;
		count = map_all(request, layout, places, all, NULL, NULL);
	}
	search.size = (uint64_t)(count + spare) * BOOT_PAGE;
	if (!bz_find_anywhere(request, &search, &at, &largest))
		return kimg_fail(why, KIMG_E_PARAMS_NO_ROOM, .a = search.size, .b = end);
	window.first = at / BOOT_PAGE;
	for (i = 0; i < count; i++)
		frame[i] = window.first + i;
	map_all(request, layout, places, all, &host, frame);
	memset(layout->tables[count], 0, (size_t)spare * BOOT_PAGE);
	layout_add_segment(layout, name, at, layout->tables, search.size, search.size);
	return KIMG_OK;
}
