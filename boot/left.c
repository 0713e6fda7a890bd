// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What mem= on its command line leaves of the memory of a kernel with a device tree.
 */
#include "tree.h"

/*
 * Is there a page left? Error: MEM_NONE.
 */
static enum kimg_error check_left(const struct boot_request *request,
				  const struct boot_layout *layout, struct kimg_why *why)
{
	struct boot_search page = { .high = UINT64_MAX, .size = BOOT_PAGE, .align = BOOT_PAGE };
	uint64_t at, largest;

	if (boot_map_find(&layout->left, &page, &at, &largest))
		return KIMG_OK;
	return kimg_fail(why, KIMG_E_MEM_NONE, .a = boot_map_ram(layout_usable_map(request), 0),
			 .b = tree_lowest_ram(layout_usable_map(request)));
}

/*
 * early_mem() in Linux's arch/arm/kernel/setup.c: each adds memory, from the start of memory
 * if it has no @START. What the tree tells does not count then.
 */
enum kimg_error tree_left_arm(const struct boot_request *request, uint64_t start,
			      struct boot_layout *layout, struct kimg_why *why)
{
	struct boot_map *all = &layout->told;	/* not used before the end */
	const char *text = NULL, *end;
	enum kimg_error error = KIMG_OK;

	layout->left = *layout_usable_map(request);
	if (!boot_find_option(request->command_line, "mem="))
		return KIMG_OK;
	all->count = 0;
	while (!error && (text = boot_next_option(request->command_line, text, "mem="))) {
		uint64_t size = boot_option_number(text, &end);
		uint64_t from = *end == '@' ? boot_option_bytes(end + 1) : start;
		uint64_t to = size < UINT64_MAX - from ? from + size : UINT64_MAX;

		error = boot_map_put(all, from, boot_page_down(to), BOOT_MEM_RAM, BOOT_PUT_OVER,
				     why);
	}
	if (!error)
		error = boot_map_keep(&layout->left, all, why);
	return error ? error : check_left(request, layout, why);
}

/* The end of the first `size` bytes of RAM. */
static uint64_t end_of(const struct boot_map *map, uint64_t size)
{
	uint32_t i;

	for (i = 0; i < map->count; i++) {
		uint64_t bytes = map->mem[i].range.end - map->mem[i].range.start;

		if (map->mem[i].type != BOOT_MEM_RAM)
			continue;
		if (size <= bytes)
			return map->mem[i].range.start + size;
		size -= bytes;
	}
	return UINT64_MAX;
}

/*
 * early_mem() in Linux's arch/arm64/mm/init.c: the last counts, and is a number of bytes of
 * RAM. What follows the number is not looked at.
 */
enum kimg_error tree_left_arm64(const struct boot_request *request,
				struct boot_layout *layout, struct kimg_why *why)
{
	const char *text = boot_find_option(request->command_line, "mem=");
	uint64_t size = text ? boot_page_down(boot_option_bytes(text)) : 0;

	layout->left = *layout_usable_map(request);
	if (!size)
		return KIMG_OK;
	/* Without its end a map has no more ranges than before. */
	(void)boot_map_cut(&layout->left, end_of(request->map, size), UINT64_MAX, why);
	return check_left(request, layout, why);
}
