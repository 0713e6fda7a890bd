// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory maps: sorted ranges, what is RAM, and where something fits.
 */
#include "boot.h"
#include "bzimage.h"

/*
 * Report `error` with two ranges as its numbers. Returns it.
 */
static enum kimg_error map_error(struct kimg_why *why, enum kimg_error error,
				 const struct kimg_range *one,
				 const struct kimg_range *two)
{
	return kimg_fail(why, error, .a = one->start, .b = one->end, .c = two->start,
			 .d = two->end);
}

/*
 * Remove entry `i`.
 */
static void map_remove(struct boot_map *map, uint32_t i)
{
	map->count--;
	memmove(&map->mem[i], &map->mem[i + 1],
		(map->count - i) * sizeof(map->mem[0]));
}

enum kimg_error boot_map_add(struct boot_map *map, uint64_t start, uint64_t end,
			     enum boot_mem_type type, struct kimg_why *why)
{
	struct kimg_range range = { start, end };
	struct boot_mem *below, *above;
	uint32_t i = 0;

	if (start >= end)
		return map_error(why, KIMG_E_MAP_OVERLAP, &range, &range);
	while (i < map->count && map->mem[i].range.start < start)
		i++;
	below = i > 0 ? &map->mem[i - 1] : NULL;
	above = i < map->count ? &map->mem[i] : NULL;

	if (below && below->range.end > start)
		return map_error(why, KIMG_E_MAP_OVERLAP, &below->range, &range);
	if (above && above->range.start < end)
		return map_error(why, KIMG_E_MAP_OVERLAP, &range, &above->range);

	if (below && (below->type != type || below->range.end != start))
		below = NULL;
	if (above && (above->type != type || above->range.start != end))
		above = NULL;
	if (below && above) {
		below->range.end = above->range.end;
		map_remove(map, i);
	} else if (below) {
		below->range.end = end;
	} else if (above) {
		above->range.start = start;
	} else {
		if (map->count == BOOT_MAP_MAX)
			return kimg_fail(why, KIMG_E_MAP_FULL, .a = BOOT_MAP_MAX);
		memmove(&map->mem[i + 1], &map->mem[i],
			(map->count - i) * sizeof(map->mem[0]));
		map->mem[i] = (struct boot_mem){ range, type };
		map->count++;
	}
	return KIMG_OK;
}

bool boot_map_is_ram(const struct boot_map *map, uint64_t start, uint64_t end)
{
	uint32_t i;

	if (start >= end)
		return false;
	/* Ranges that touch are one, so one of them holds it all or none does. */
	for (i = 0; i < map->count; i++) {
		const struct boot_mem *mem = &map->mem[i];

		if (mem->type == BOOT_MEM_RAM && mem->range.start <= start &&
		    end <= mem->range.end)
			return true;
	}
	return false;
}

/*
 * The first gap at or above `*at` and below `high` that touches nothing to avoid.
 * On success `*at` is its start and `*end` its end. False: none.
 */
static bool next_gap(const struct boot_search *search, uint64_t high,
		     uint64_t *at, uint64_t *end)
{
	uint32_t i = 0;

	/* Skipping one range may end in another that was already checked. */
	while (i < search->avoids && *at < high) {
		if (search->avoid[i].start <= *at && *at < search->avoid[i].end) {
			*at = boot_page_up(search->avoid[i].end);
			i = 0;
		} else {
			i++;
		}
	}
	if (*at >= high)
		return false;
	*end = high;
	for (i = 0; i < search->avoids; i++) {
		uint64_t start = boot_page_down(search->avoid[i].start);

		if (search->avoid[i].start < search->avoid[i].end &&
		    start >= *at && start < *end)
			*end = start;
	}
	return true;
}

bool boot_map_find(const struct boot_map *map, const struct boot_search *search,
		   uint64_t *at, uint64_t *largest)
{
	uint64_t mask = search->align - 1;
	bool found = false;
	uint32_t i;

	*at = 0;
	*largest = 0;
	for (i = 0; i < map->count; i++) {
		uint64_t low = map->mem[i].range.start;
		uint64_t high = map->mem[i].range.end;
		uint64_t end;

		if (map->mem[i].type != BOOT_MEM_RAM)
			continue;
		low = boot_page_up(low > search->low ? low : search->low);
		high = boot_page_down(high < search->high ? high : search->high);
		/* boot_page_up() stops at the last page, so low is never past it by wrapping. */
		while (low < high && next_gap(search, high, &low, &end)) {
			if (end - low > *largest)
				*largest = end - low;
			if (search->size <= end - low) {
				uint64_t top = (end - search->size) & ~mask;
				uint64_t bottom = (low + mask) & ~mask;

				if (search->from_top && top >= low) {
					*at = top;
					found = true;
				} else if (!search->from_top && bottom >= low &&
					   bottom <= end - search->size) {
					*at = bottom;
					return true;
				}
			}
			/* Nothing is left of this gap: continue after it. */
			low = end > low ? end : low + BOOT_PAGE;
		}
	}
	return found;
}
