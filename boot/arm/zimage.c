// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where a zImage goes. It clears the low bits of the address that it runs at, and takes the
 * result for the start of memory (head.S, CONFIG_AUTO_ZRELADDR); since Linux 5.12, if the
 * tree has no memory there, the lowest memory of the tree instead, rounded up to 2 MiB. It
 * unpacks itself text_offset bytes above. The kernel then ignores all memory below the start.
 *
 * What it maps permanently ends 768 MiB above the start, if user programs have 3 GiB of
 * address space (VMSPLIT_3G) and vmalloc= does not say otherwise; this is what is assumed.
 * Tree and initrd are best 128 MiB above the start.
 */
#include "tree.h"
#include "zimage.h"

#define COMMAND_MOST 1023u		/* COMMAND_LINE_SIZE, with a terminator */
/* The tree is first mapped with two sections of 1 MiB, from the start of the first. */
#define TREE_MOST BOOT_MIB
#define SECTION (2 * BOOT_MIB)		/* what the start is rounded up to */
#define LOW_MEMORY (768 * BOOT_MIB)
#define LOW_LEAST (32 * BOOT_MIB)	/* that vmalloc= leaves */
#define VMALLOC_DEFAULT (240 * BOOT_MIB)

/* Behind the zImage when it runs: its bss, its stack, and the heap. */
#define BSS_AND_STACK 0x9000u
/* Below the unpacked kernel: page tables, one page more with LPAE. */
#define PAGE_TABLES 0x5000u

/* Where memory starts for a kernel that is loaded in this block. */
static uint64_t start_of(const struct boot_map *map, uint64_t block)
{
	if (boot_map_is_ram(map, block, block + 1))
		return block;
	return (tree_lowest_ram(map) + SECTION - 1) & ~(uint64_t)(SECTION - 1);
}

/* The first address in a range that is not RAM; its end, if there is none. */
static uint64_t first_gap(const struct boot_map *map, const struct kimg_range *range)
{
	uint64_t at = range->start;
	uint32_t i;

	for (i = 0; i < map->count; i++)
		if (map->mem[i].type == BOOT_MEM_RAM && map->mem[i].range.start <= at &&
		    at < map->mem[i].range.end)
			at = map->mem[i].range.end;
	return min64(at, range->end);
}

/*
 * Place the kernel in a block, where it takes memory to start at `start`. Sets kernel_runs and
 * `*at`. Errors: UNPACK_NO_ROOM, KERNEL_NO_ROOM.
 */
static enum kimg_error place_kernel(const struct boot_request *request,
				    const struct zimage *zimage, uint64_t block, uint64_t start,
				    uint64_t end, struct boot_layout *layout, uint64_t *at,
				    struct kimg_why *why)
{
	uint64_t text = start + zimage->text_offset;
	uint64_t unpacked = text + zimage->unpacked, largest, gap;
	struct boot_search search = {
		.low = unpacked > block ? unpacked : block,
		.high = min64(block + ZIMAGE_BLOCK, end),
		.size = boot_page_up(zimage->size + BSS_AND_STACK + zimage->heap),
		.align = BOOT_PAGE,
	};
	struct kimg_range *runs = &layout->kernel_runs;

	runs->start = text - PAGE_TABLES;
	runs->end = boot_page_up(unpacked + zimage->bss);
	gap = min64(first_gap(layout_usable_map(request), runs), end);
	if (gap < runs->end)
		return kimg_fail(why, KIMG_E_UNPACK_NO_ROOM, .a = runs->start, .b = runs->end,
				 .c = gap);
	if (!layout_find(request, &search, at, &largest))
		return kimg_fail(why, KIMG_E_KERNEL_NO_ROOM, .a = search.size,
				 .b = search.align, .c = search.low, .d = search.high);
	return KIMG_OK;
}

/* The end of what the kernel maps permanently, if memory starts at `start`. */
static uint64_t low_end(const struct boot_request *request, uint64_t start)
{
	const char *text = boot_find_option(request->command_line, "vmalloc=");
	uint64_t vmalloc = text ? boot_option_bytes(text) : 0, size = LOW_MEMORY;

	/* It clamps the value; what is more than the default is taken from here. */
	if (vmalloc > VMALLOC_DEFAULT)
		size = vmalloc - VMALLOC_DEFAULT < size - LOW_LEAST ?
		       size - (vmalloc - VMALLOC_DEFAULT) : LOW_LEAST;
	return start + size;
}

/*
 * Lay out everything with the kernel in this block. Errors: those of tree_left_arm(),
 * place_kernel() and tree_finish().
 */
static enum kimg_error try_block(const struct boot_request *request,
				 const struct zimage *zimage, uint64_t block, uint64_t end,
				 struct boot_layout *layout, struct kimg_why *why)
{
	uint64_t start = start_of(request->map, block), at, tree;
	struct tree_room room = {
		.first = start + ZIMAGE_BLOCK,
		.low = start,
		.high = min64(low_end(request, start), end),
		.tree_align = BOOT_PAGE,
	};
	struct boot_request within = *request;
	enum kimg_error error;

	error = tree_left_arm(request, start, layout, why);
	within.usable = &layout->left;
	if (!error)
		error = place_kernel(&within, zimage, block, start, end, layout, &at, why);
	if (error)
		return error;
	layout->segments = 0;
	layout_add_segment(layout, "kernel", at, zimage->file, zimage->size,
			   zimage->size + BSS_AND_STACK + zimage->heap);
	layout->memory_start = start;
	room.tree_high = room.high;
	error = tree_finish(&within, &room, layout, &tree, why);
	layout->entry = (struct kleap_entry){
		.machine = KLEAP_ARM,
		.address = at,
		.reg = { [KLEAP_ARM_R1] = UINT32_MAX, [KLEAP_ARM_R2] = tree },
	};
	return error;
}

/* How far did a layout get? 0: the kernel has no place; 1: tree or initrd has none; 2: it ended. */
static unsigned int stage_of(enum kimg_error error)
{
	if (error == KIMG_E_UNPACK_NO_ROOM || error == KIMG_E_KERNEL_NO_ROOM ||
	    error == KIMG_E_MEM_NONE)
		return 0;
	return tree_has_no_room(error) ? 1 : 2;
}

/*
 * Lay out everything in the lowest block that will do, and set relocated. A place that the
 * caller wants costs no memory: if another would do, no higher block is tried. Errors: those of
 * the block where it got furthest, the lowest of these.
 */
static enum kimg_error try_blocks(const struct boot_request *request,
				  const struct zimage *zimage, uint64_t end,
				  struct boot_layout *layout, struct kimg_why *why)
{
	uint64_t first = tree_lowest_ram(request->map) & ~(ZIMAGE_BLOCK - 1);
	uint64_t block = first, furthest = first;
	enum kimg_error error = try_block(request, zimage, first, end, layout, why), other;

	while (error && stage_of(error) < 2 && block + ZIMAGE_BLOCK < end) {
		block += ZIMAGE_BLOCK;
		other = try_block(request, zimage, block, end, layout, why);
		if (!other || stage_of(other) > stage_of(error)) {
			error = other;
			furthest = block;
		}
	}
	layout->relocated = start_of(request->map, block) != start_of(request->map, first);
	return error ? try_block(request, zimage, furthest, end, layout, why) : KIMG_OK;
}

enum kimg_error boot_zimage(const struct boot_request *request,
			    struct boot_layout *layout, struct kimg_why *why)
{
	static const struct tree_limits limits = { COMMAND_MOST, TREE_MOST };
	struct zimage zimage;
	enum kimg_error error;
	uint64_t end;

	error = zimage_open(request->kernel, request->kernel_size, &zimage, why);
	if (!error)
		error = tree_begin(request, &limits, BOOT_4GIB, layout, &end, why);
	if (error)
		return error;
	layout->init_size = zimage.says ? (uint32_t)(zimage.unpacked + zimage.bss) : 0;
	return try_blocks(request, &zimage, end, layout, why);
}
