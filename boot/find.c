// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Finding free RAM in a memory map.
 */
#include "boot.h"
#include "page.h"

/*
 * The first gap at or above `*at` and below `high` between the ranges to avoid.
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
