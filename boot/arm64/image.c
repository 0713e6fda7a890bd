// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kernels for arm64: where an Image goes. It runs text_offset bytes above a boundary of
 * 2 MiB, and uses image_size bytes from there. Kernels before 4.6 cannot use memory below;
 * those before 3.17 do not say how much they need.
 */
#include "bytes.h"
#include "pe.h"
#include "tree.h"

#define AT_TEXT_OFFSET	8u
#define AT_IMAGE_SIZE	16u
#define AT_FLAGS	24u
#define AT_MAGIC	56u
#define MAGIC		0x644d5241u	/* "ARM\x64" */
#define HEADER_SIZE	64u

#define FLAG_BIG	1u		/* big-endian */
#define FLAG_PAGES_SHIFT 1u		/* pages of 4, 16 or 64 KiB: 1, 2, 3; 0: it does not say */
#define FLAG_ANYWHERE	8u		/* not close to the start of memory; since 4.6 */

#define BOUNDARY	(2 * BOOT_MIB)
#define OLD_TEXT_OFFSET	0x80000u	/* of those that do not say */
#define OLD_BSS		(16 * BOOT_MIB)	/* what these may use behind the file */

#define COMMAND_MOST	2047u		/* COMMAND_LINE_SIZE, with a terminator */
#define TREE_MOST	(2 * BOOT_MIB)
/* What kernels before 4.2 map of the memory from their start, to find the tree. */
#define OLD_TREE_ROOM	(512 * BOOT_MIB)
/* Kernel and initrd must lie in a window of that size, at a boundary of 1 GiB. */
#define WINDOW		(32ull << 30)
#define WINDOW_BOUNDARY	(1ull << 30)
/* Addresses that can be mapped with 4 levels. */
#define ADDRESS_END	(1ull << 48)

static enum kimg_error cut(const struct bytes *file, uint64_t least, struct kimg_why *why)
{
	return kimg_fail(why, KIMG_E_FILE_TRUNCATED, .a = file->size, .b = least,
			 .c = least - file->size);
}

/*
 * Is the file cut short? Its sections, as an EFI program, tell how long it is. Error:
 * FILE_TRUNCATED.
 */
static enum kimg_error check_sections(const struct bytes *file, struct kimg_why *why)
{
	struct pe_section section;
	struct pe pe;
	uint32_t i;

	pe_open(file->at, (size_t)file->size, &pe);
	if (pe.end > file->size)
		return cut(file, pe.end, why);
	for (i = 0; i < pe.sections; i++) {
		pe_section(&pe, i, &section);
		if (!bytes_have(file, section.offset, section.size))
			return cut(file, section.offset + section.size, why);
	}
	return KIMG_OK;
}

enum kimg_error boot_image_open(const void *kernel, size_t kernel_size,
				struct boot_image *image, struct kimg_why *why)
{
	static const uint32_t page_size[] = { 0, 4096, 16384, 65536 };
	const struct bytes data = { kernel, kernel_size }, *file = &data;
	uint64_t size = bytes_get(file, AT_IMAGE_SIZE, 8), flags = bytes_get(file, AT_FLAGS, 8);

	if (file->size < HEADER_SIZE)
		return cut(file, HEADER_SIZE, why);
	if (bytes_get(file, AT_MAGIC, 4) != MAGIC)
		return kimg_fail(why, KIMG_E_FILE_MAGIC, .a = bytes_get(file, AT_MAGIC, 4),
				 .b = AT_MAGIC, .c = MAGIC);
	*image = (struct boot_image){
		.text_offset = size ? bytes_get(file, AT_TEXT_OFFSET, 8) : OLD_TEXT_OFFSET,
		.size = size,
		.page_size = page_size[flags >> FLAG_PAGES_SHIFT & 3],
		.big = flags & FLAG_BIG,
		.anywhere = flags & FLAG_ANYWHERE,
	};
	if (image->text_offset >= BOUNDARY || image->text_offset % BOOT_PAGE)
		return kimg_fail(why, KIMG_E_FILE_HEADER, .a = AT_TEXT_OFFSET,
				 .b = image->text_offset);
	/* It includes the file. Kernels that do not say have no flags either. */
	if (size ? size < file->size || size >= ADDRESS_END : flags)
		return kimg_fail(why, KIMG_E_FILE_HEADER, .a = AT_IMAGE_SIZE, .b = size);
	return check_sections(file, why);
}

/*
 * Find a place for the kernel from `low` up; `*at` is the boundary below it. Error:
 * KERNEL_NO_ROOM.
 */
static enum kimg_error place_kernel(const struct boot_request *request,
				    const struct boot_image *image, uint64_t runs_over,
				    uint64_t low, uint64_t end, uint64_t *at,
				    struct kimg_why *why)
{
	struct boot_search search = {
		.low = low,
		.high = end,
		.size = image->text_offset + runs_over,
		.align = BOUNDARY,
	};
	uint64_t largest;

	/* Not into memory that is free now, but as low as possible: memory below is lost. */
	if (image->anywhere ? layout_find(request, &search, at, &largest) :
	    boot_map_find(layout_usable_map(request), &search, at, &largest))
		return KIMG_OK;
	return kimg_fail(why, KIMG_E_KERNEL_NO_ROOM, .a = search.size, .b = search.align,
			 .c = search.low, .d = search.high);
}

/* The end of the range of a map that an address is in. */
static uint64_t range_end(const struct boot_map *map, uint64_t at)
{
	uint32_t i = 0;

	while (map->mem[i].range.end <= at)
		i++;
	return map->mem[i].range.end;
}

/* A power of two, at least `size`: what is aligned to it crosses no boundary of 2 MiB. */
static uint64_t aligned_for(uint64_t size)
{
	uint64_t align = BOOT_PAGE;

	while (align < size)
		align *= 2;
	return align;
}

/* The lowest address in a window that ends above `end`. */
static uint64_t window_start(uint64_t end)
{
	uint64_t up = (end + WINDOW_BOUNDARY - 1) & ~(WINDOW_BOUNDARY - 1);

	return up > WINDOW ? up - WINDOW : 0;
}

/*
 * Lay out everything with the kernel above the boundary `base`. Errors: those of tree_finish().
 */
static enum kimg_error try_base(const struct boot_request *request,
				const struct boot_image *image, uint64_t runs_over, uint64_t base,
				uint64_t end, struct boot_layout *layout, struct kimg_why *why)
{
	uint64_t size = request->kernel_size, runs = base + image->text_offset, tree;
	struct tree_room room = {
		.first = runs + runs_over,
		/* Older kernels have no memory below. */
		.low = image->anywhere ? window_start(runs + runs_over) : base,
		.high = min64((base & ~(WINDOW_BOUNDARY - 1)) + WINDOW, end),
		.tree_high = image->anywhere ? end : base + OLD_TREE_ROOM,
		.tree_align = aligned_for(request->tree_size),
		/* What does not say what it needs gets all there is behind it. */
		.from_top = !image->size,
	};
	enum kimg_error error;

	layout->kernel_runs = (struct kimg_range){ runs, runs + runs_over };
	layout->memory_start = image->anywhere ? 0 : base;
	layout->relocated = layout->memory_start >= tree_lowest_ram(request->map) + BOUNDARY;
	layout->segments = 0;
	/*
	 * What follows the file, too: the kernel has a stack and page tables there before it has
	 * caches, and what is loaded is clean in those.
	 */
	layout_add_segment(layout, "kernel", runs, request->kernel, size,
			   image->size ? image->size : size);
	error = tree_finish(request, &room, layout, &tree, why);
	layout->entry = (struct kleap_entry){
		.machine = KLEAP_ARM64,
		.address = runs,
		.reg = { [KLEAP_ARM64_X0] = tree },
	};
	return error;
}

/*
 * Lay out everything where the kernel has the best place, or else, if that leaves no room for
 * tree or initrd, in the lowest range of memory that will do. Errors: KERNEL_NO_ROOM; those of
 * the best place, unless it is of a place that the caller wants, and another range has one.
 */
static enum kimg_error try_places(const struct boot_request *request,
				  const struct boot_image *image, uint64_t end,
				  struct boot_layout *layout, struct kimg_why *why)
{
	uint64_t size = request->kernel_size, base, low = 0;
	uint64_t runs_over = boot_page_up(image->size ? image->size : size + OLD_BSS);
	struct boot_request lowest = *request;
	enum kimg_error error, other;
	struct kimg_why of_other;

	error = place_kernel(request, image, runs_over, low, end, &base, why);
	if (!error)
		error = try_base(request, image, runs_over, base, end, layout, why);
	lowest.unused = NULL;
	/* Older kernels lose the memory below: not for a place that the caller wants. */
	while ((tree_has_no_room(error) || (error && image->anywhere)) &&
	       !place_kernel(&lowest, image, runs_over, low, end, &base, &of_other)) {
		other = try_base(request, image, runs_over, base, end, layout, &of_other);
		if (!other)
			return KIMG_OK;
		if (tree_has_no_room(error) && !tree_has_no_room(other)) {
			error = other;
			*why = of_other;
		}
		low = range_end(request->usable, base);
	}
	return error;
}

enum kimg_error boot_image(const struct boot_request *request,
			   struct boot_layout *layout, struct kimg_why *why)
{
	static const struct tree_limits limits = { COMMAND_MOST, TREE_MOST };
	struct boot_request within = *request;
	struct boot_image image;
	enum kimg_error error;
	uint64_t end;

	error = boot_image_open(request->kernel, request->kernel_size, &image, why);
	if (!error)
		error = tree_begin(request, &limits, ADDRESS_END, layout, &end, why);
	if (!error)
		error = tree_left_arm64(request, layout, why);
	if (error)
		return error;
	layout->is_64 = true;
	layout->init_size = image.size <= UINT32_MAX ? (uint32_t)image.size : 0;
	within.usable = &layout->left;
	return try_places(&within, &image, end, layout, why);
}
