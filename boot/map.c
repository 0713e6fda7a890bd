// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory maps: sorted ranges, and what is RAM.
 */
#include "boot.h"

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
