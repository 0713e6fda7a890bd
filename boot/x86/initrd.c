// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where an initrd goes. A 64-bit kernel takes it anywhere below its limit.
 *
 * A 32-bit kernel uses it in low memory, which it maps permanently: an initrd above
 * that is moved down first (relocate_initrd() of Linux's arch/x86/kernel/setup.c), and
 * the kernel panics if it finds no room. With KASLR the kernel chooses its own place
 * before that, perhaps in the middle of that room, but never over an initrd. So the
 * initrd is placed in low memory from the start, where that is possible.
 */
#include "boot.h"
#include "bzimage.h"
#include "zeropage.h"

/*
 * The end of low memory, with 3 GiB of addresses for programs as distributors have it
 * (VMSPLIT_3G): on Debian's 6.1 for 32 CPUs, and what a kernel for 64 has for certain.
 * Older kernels have more. vmalloc= changes it: the default, and what Linux adds to it.
 */
#define LOW_END 0x36ffe000u
#define LOW_END_CERTAIN 0x36000000u
#define VMALLOC_DEFAULT (128 * BOOT_MIB)
#define VMALLOC_GUARD (8 * BOOT_MIB)

/* highmem= is ignored if it leaves less low memory than this. */
#define LOW_LEAST (64 * BOOT_MIB)

/*
 * The kernel keeps a struct page for each page up to the end of RAM, all in one piece of
 * low memory: 40 bytes on Debian's 6.1. PAE reaches 64 GiB.
 */
#define STRUCT_PAGE 40u
#define PAE_END (64 * (BOOT_MIB << 10))

/* A number as the kernel's options have it: decimal, octal or hexadecimal, and a unit. */
static uint64_t bytes_of(const char *text)
{
	static const char units[] = "kmgtpe", digits[] = "0123456789abcdef";
	uint64_t value = 0, base = 10, digit, i;

	if (text[0] == '0')
		base = (text[1] | 0x20) == 'x' ? 16 : 8;
	if (base == 16)
		text += 2;
	for (;; text++) {
		for (digit = 0; digit < base; digit++)
			if ((*text | 0x20) == digits[digit] || *text == digits[digit])
				break;
		if (digit == base)
			break;
		value = value > UINT64_MAX / 32 ? UINT64_MAX / 2 : value * base + digit;
	}
	for (i = 0; units[i]; i++)
		if ((*text | 0x20) == units[i])
			return value > UINT64_MAX >> 10 * (i + 1) ? UINT64_MAX :
			       value << 10 * (i + 1);
	return value;
}

/*
 * What follows `name` at the start of a word of the command line, the last time that it
 * stands there; NULL: it does not. What follows "--" is for init.
 */
static const char *find_word(const char *line, const char *name)
{
	bool quoted = false, starts = true;
	const char *found = NULL;
	size_t i;

	for (; line && *line; line++) {
		for (i = 0; starts && name[i] && line[i] == name[i]; i++)
			;
		if (starts && !name[i])
			found = line + i;
		if (starts && line[0] == '-' && line[1] == '-' &&
		    (!line[2] || line[2] == ' ' || line[2] == '\t'))
			break;
		if (*line == '"')
			quoted = !quoted;
		starts = !quoted && (*line == ' ' || *line == '\t');
	}
	return found;
}

/* The number of an option, whose name ends in '='; `otherwise` if it is 0 or none. */
static uint64_t option_of(const char *line, const char *name, uint64_t otherwise)
{
	const char *text = find_word(line, name);
	uint64_t value = text ? bytes_of(text) : 0;

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
 * The first address that is not low memory, `end` without options:
 * arch/x86/mm/init_32.c.
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
	const struct kimg_range *runs;	/* where it starts */
	bool moves;			/* it may choose another place for itself: KASLR */
	uint64_t pages;			/* bytes of struct pages; 0: no room for them anyway */
	uint64_t end;			/* of low memory */
};

/*
 * Add a range for the struct pages to what `search` avoids: below the kernel, or at the
 * lowest or highest place beside it. If the kernel moves, a range in which there is room above or
 * below it wherever it goes. False: there is none.
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

/* What the kernel needs, as far as there is room for it without an initrd. */
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
 * Place the initrd in the low memory of a 32-bit kernel, or anywhere if the kernel can
 * move it down wherever it has put itself: in the middle of the room, at worst.
 * Errors: INITRD_NO_ROOM, INITRD_LOW.
 */
static enum kimg_error place_low(const struct boot_request *request,
				 const struct boot_search *anywhere, struct own *own,
				 uint64_t *at, struct kimg_why *why)
{
	static const uint32_t ends[] = { LOW_END_CERTAIN, LOW_END };
	struct boot_search low, move = *anywhere;
	uint64_t ram = ram_end(request), other, largest = 0;
	uint32_t i;

	set_own(request, anywhere, ram, own);
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
	/* It may be the header or the request that ends there, or all RAM. */
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
	/* Only since 2.12 does a header say whether the kernel has 64 bits. */
	bool says = header->protocol >= 0x020c;
	struct own own = {
		.runs = runs,
		.moves = header->relocatable && says &&
			 !find_word(request->command_line, "nokaslr"),
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
