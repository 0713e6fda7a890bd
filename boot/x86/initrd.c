// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where an initrd goes. A 64-bit kernel takes it anywhere below its limit.
 *
 * A 32-bit kernel uses it in low memory, which it maps permanently. It moves an initrd
 * that lies above (relocate_initrd() of Linux's arch/x86/kernel/setup.c), and panics if
 * there is no room. With KASLR the kernel may by then have put itself into the middle of
 * that room; but it never puts itself over an initrd. So the initrd is placed in low
 * memory from the start, if possible.
 *
 * Before 5.10 a kernel panics if its initrd is at least half of the memory that it maps
 * (reserve_initrd()). Boot protocol 2.15 is of 5.5.
 */
#include "boot.h"
#include "bzimage.h"
#include "zeropage.h"

/*
 * The end of low memory with 3 GiB of address space for user programs (VMSPLIT_3G, which
 * distributors use): of Debian's 6.1, built for 32 CPUs, and a lower bound for kernels
 * built for up to 64. Older kernels have more. vmalloc= changes it: its default, and what
 * Linux adds to its value.
 */
#define LOW_END 0x36ffe000u
#define LOW_END_CERTAIN 0x36000000u
#define VMALLOC_DEFAULT (128 * BOOT_MIB)
#define VMALLOC_GUARD (8 * BOOT_MIB)

/* highmem= is ignored if it leaves less low memory than this. */
#define LOW_LEAST (64 * BOOT_MIB)

/*
 * The kernel keeps a struct page for each page up to the end of RAM, in one contiguous
 * range of low memory: 40 bytes each on Debian's 6.1. PAE reaches 64 GiB.
 */
#define STRUCT_PAGE 40u
#define PAE_END (64 * (BOOT_MIB << 10))

/* The number of a parameter, whose name ends in '='; `otherwise` if it is 0 or missing. */
static uint64_t option_of(const char *line, const char *name, uint64_t otherwise)
{
	const char *text = boot_find_option(line, name);
	uint64_t value = text ? boot_option_bytes(text) : 0;

	return value ? value : otherwise;
}

/* The end of the RAM that the new kernel manages. */
static uint64_t ram_end(const struct boot_request *request)
{
	uint64_t end = 0, most = option_of(request->command_line, "mem=", PAE_END);
	uint32_t i;

	for (i = 0; i < request->map->count; i++)
		if (request->map->mem[i].type == BOOT_MEM_RAM &&
		    request->map->mem[i].range.end > end)
			end = request->map->mem[i].range.end;
	if (end > most)
		end = most;
	return end < PAE_END ? end : PAE_END;
}

/*
 * The end of low memory, which is `end` without parameters that change it; as in
 * arch/x86/mm/init_32.c of Linux.
 */
static uint64_t low_end(const struct boot_request *request, uint64_t ram, uint64_t end)
{
	uint64_t vmalloc = option_of(request->command_line, "vmalloc=",
				     VMALLOC_DEFAULT - VMALLOC_GUARD);
	uint64_t highmem = option_of(request->command_line, "highmem=", 0);

	end += VMALLOC_DEFAULT - VMALLOC_GUARD;
	end = vmalloc < end ? boot_page_down(end - vmalloc) : 0;
	if (ram > end)
		return end;
	return highmem < ram && ram - highmem >= LOW_LEAST ? ram - highmem : ram;
}

/* What a 32-bit kernel needs beside its initrd. */
struct own {
	const struct kimg_range *runs;	/* where it is loaded and unpacks itself */
	bool moves;			/* it may move elsewhere: KASLR */
	uint64_t pages;			/* bytes of struct pages; 0: they do not fit anyway */
	uint64_t end;			/* of low memory */
	bool half;			/* it refuses an initrd of half of low memory */
};

/*
 * Does the version text say that the kernel is older than 5.10? False if it has none.
 */
static bool before_5_10(const struct bz_header *header)
{
	const unsigned char *file = header->file;
	/* A header that was made for a vmlinux has no code behind it. */
	size_t end = header->code ? (size_t)(header->code - file) : 0;
	size_t at = ZP_JUMP + zp_get16(file, ZP_KERNEL_VERSION);
	unsigned int number[2] = { 0 }, i, digits;

	for (i = 0; i < 2; i++, at++) {
		for (digits = 0; digits < 4 && at < end && file[at] >= '0' && file[at] <= '9';
		     digits++)
			number[i] = number[i] * 10 + (file[at++] - '0');
		if (!digits || at >= end || (i == 0 && file[at] != '.'))
			return false;
	}
	return number[0] < 5 || (number[0] == 5 && number[1] < 10);
}

/*
 * The RAM below `end` in whole pages, as the kernel counts it: without page 0.
 */
static uint64_t ram_below(const struct boot_map *map, uint64_t end)
{
	uint64_t bytes = 0;
	uint32_t i;

	for (i = 0; i < map->count; i++) {
		const struct kimg_range *range = &map->mem[i].range;
		uint64_t from = boot_page_up(range->start);
		uint64_t to = boot_page_down(range->end < end ? range->end : end);

		if (from < BOOT_PAGE)
			from = BOOT_PAGE;
		if (map->mem[i].type == BOOT_MEM_RAM && from < to)
			bytes += to - from;
	}
	return bytes;
}

/*
 * Add a range for the struct pages to those that `search` avoids: below the kernel, or at
 * the lowest or highest place elsewhere. If the kernel may move, the range is so large
 * that they fit above or below it wherever it goes. False: there is no such range.
 */
static bool add_own(const struct boot_request *request, struct boot_search *search,
		    const struct own *own, bool from_top)
{
	struct boot_search room = *search;
	uint64_t at, largest;

	if (!own->pages)
		return true;
	room.from_top = from_top;
	room.size = own->pages;
	room.high = own->runs->start;
	if (!boot_map_find(request->map, &room, &at, &largest)) {
		room.high = own->end;
		if (own->moves) {
			room.size = 2 * own->pages + own->runs->end - own->runs->start;
			room.avoid[0].end = room.avoid[0].start;
		}
		if (!boot_map_find(request->map, &room, &at, &largest))
			return false;
	}
	search->avoid[search->avoids++] = (struct kimg_range){ at, at + room.size };
	return true;
}

/* Set what the kernel needs, but no more than fits without an initrd. */
static void set_own(const struct boot_request *request, const struct boot_search *anywhere,
		    uint64_t ram, struct own *own)
{
	struct boot_search search = *anywhere;

	own->pages = boot_page_up(ram / BOOT_PAGE * STRUCT_PAGE);
	own->end = low_end(request, ram, LOW_END);
	if (add_own(request, &search, own, false))
		return;
	own->moves = false;
	if (!add_own(request, &search, own, false))
		own->pages = 0;
}

/*
 * Place the initrd of a 32-bit kernel in low memory, or elsewhere if the kernel can move
 * it down even with itself in the middle of the room.
 * Errors: INITRD_NO_ROOM, INITRD_LOW.
 */
static enum kimg_error place_low(const struct boot_request *request,
				 const struct boot_search *anywhere, struct own *own,
				 uint64_t *at, struct kimg_why *why)
{
	static const uint32_t ends[] = { LOW_END_CERTAIN, LOW_END };
	struct boot_search low, move = *anywhere;
	uint64_t ram = ram_end(request), other, half, largest = 0;
	uint32_t i;

	set_own(request, anywhere, ram, own);
	half = ram_below(request->map, own->end) / 2;
	if (own->half && anywhere->size >= half)
		return kimg_fail(why, KIMG_E_INITRD_LOW, .a = anywhere->size, .b = own->end,
				 .c = half ? boot_page_down(half - 1) : 0, .d = own->pages);
	for (i = 0; i < 2; i++) {
		own->end = low_end(request, ram, ends[i]);
		low = *anywhere;
		if (low.high > own->end)
			low.high = own->end;
		if (!bz_find_anywhere(request, &low, at, &other))
			continue;
		low.avoid[low.avoids++] = (struct kimg_range){ *at, *at + low.size };
		if (add_own(request, &low, own, false))
			return KIMG_OK;
		low.avoids--;
	}
	/* Or the struct pages first, and the initrd where they leave room. */
	for (i = 0; i < 2; i++) {
		struct boot_search rest = low;

		add_own(request, &rest, own, i);
		if (bz_find_anywhere(request, &rest, at, &other))
			return KIMG_OK;
		if (other > largest)
			largest = other;
	}
	move.high = own->end;
	move.size = 2 * (move.size + own->pages) + own->runs->end - own->runs->start;
	move.avoids = 0;
	if (boot_map_find(request->map, &move, &other, &other) &&
	    bz_find_anywhere(request, anywhere, at, &other))
		return KIMG_OK;
	/* Low memory is to blame only if neither the limit nor the end of RAM is below its end. */
	return kimg_fail(why, low.high < own->end || own->end == ram ?
			 KIMG_E_INITRD_NO_ROOM : KIMG_E_INITRD_LOW,
			 .a = anywhere->size, .b = low.high, .c = largest, .d = own->pages);
}

enum kimg_error bz_place_initrd(const struct bz_header *header,
				const struct boot_request *request, uint64_t size,
				uint64_t end, const struct kimg_range *runs,
				uint64_t *at, struct kimg_why *why)
{
	struct boot_search search = {
		.low = BOOT_MIB,
		.high = end,
		.size = boot_page_up(size),
		.align = BOOT_PAGE,
		.avoid = { *runs },
		.avoids = 1,
		.from_top = true,
	};
	/* Before 2.12 a header does not say whether the kernel is 64-bit. */
	bool says = header->protocol >= 0x020c;
	struct own own = {
		.runs = runs,
		.moves = header->relocatable && says &&
			 !boot_find_option(request->command_line, "nokaslr"),
		.half = header->protocol < 0x020f || before_5_10(header),
	};
	struct kimg_why ignored;
	uint64_t largest;

	if (!size)
		return kimg_fail(why, KIMG_E_INITRD_EMPTY);
	if (says && !header->is_64)
		return place_low(request, &search, &own, at, why);
	if (!says && !place_low(request, &search, &own, at, &ignored))
		return KIMG_OK;
	if (!bz_find_anywhere(request, &search, at, &largest))
		return kimg_fail(why, KIMG_E_INITRD_NO_ROOM, .a = search.size,
				 .b = end, .c = largest);
	return KIMG_OK;
}
