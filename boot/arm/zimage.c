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
 * Place the kernel in a block. Sets kernel_runs and `*at`. Errors: UNPACK_NO_ROOM,
 * KERNEL_NO_ROOM.
 */
static enum kimg_error try_block(const struct boot_request *request,
				 const struct zimage *zimage, uint64_t block, uint64_t end,
				 struct boot_layout *layout, uint64_t *at, struct kimg_why *why)
{
	uint64_t text = start_of(request->map, block) + zimage->text_offset;
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

/*
 * Place the kernel in the lowest block that will do, and set relocated. Errors: those of the
 * lowest block.
 */
static enum kimg_error place_kernel(const struct boot_request *request,
				    const struct zimage *zimage, uint64_t end,
				    struct boot_layout *layout, uint64_t *at,
				    struct kimg_why *why)
{
	uint64_t first = tree_lowest_ram(request->map) & ~(ZIMAGE_BLOCK - 1), block;
	enum kimg_error error = try_block(request, zimage, first, end, layout, at, why);
	struct kimg_why ignored;

	for (block = first + ZIMAGE_BLOCK; error && block < end; block += ZIMAGE_BLOCK)
		if (!try_block(request, zimage, block, end, layout, at, &ignored)) {
			layout->relocated = start_of(request->map, block) !=
					    start_of(request->map, first);
			return KIMG_OK;
		}
	return error;
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

enum kimg_error boot_zimage(const struct boot_request *request,
			    struct boot_layout *layout, struct kimg_why *why)
{
	static const struct tree_limits limits = { COMMAND_MOST, TREE_MOST };
	struct zimage zimage;
	struct tree_room room = { .tree_align = BOOT_PAGE };
	uint64_t end, at, tree, start;
	enum kimg_error error;

	error = zimage_open(request->kernel, request->kernel_size, &zimage, why);
	if (!error)
		error = tree_begin(request, &limits, BOOT_4GIB, layout, &end, why);
	if (!error)
		error = place_kernel(request, &zimage, end, layout, &at, why);
	if (error)
		return error;
	layout->init_size = zimage.says ? (uint32_t)(zimage.unpacked + zimage.bss) : 0;
	layout_add_segment(layout, "kernel", at, zimage.file, zimage.size,
			   zimage.size + BSS_AND_STACK + zimage.heap);
	start = layout->kernel_runs.start + PAGE_TABLES - zimage.text_offset;
	layout->memory_start = start;
	room.low = start + ZIMAGE_BLOCK;
	room.high = min64(low_end(request, start), end);
	room.tree_high = room.high;
	error = tree_finish(request, &room, layout, &tree, why);
	if (error)
		return error;
	layout->entry = (struct kleap_entry){
		.machine = KLEAP_ARM,
		.address = at,
		.reg = { [KLEAP_ARM_R1] = UINT32_MAX, [KLEAP_ARM_R2] = tree },
	};
	return KIMG_OK;
}
