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
 * Remove `count` entries from entry `i`.
 */
static void map_remove(struct boot_map *map, uint32_t i, uint32_t count)
{
	map->count -= count;
	memmove(&map->mem[i], &map->mem[i + count],
		(map->count - i) * sizeof(map->mem[0]));
}

/*
 * Make [start, end) entry `i`. Error: MAP_FULL.
 */
static enum kimg_error map_insert(struct boot_map *map, uint32_t i, uint64_t start,
				  uint64_t end, enum boot_mem_type type,
				  struct kimg_why *why)
{
	if (map->count == BOOT_MAP_MAX)
		return kimg_fail(why, KIMG_E_MAP_FULL, .a = BOOT_MAP_MAX);
	memmove(&map->mem[i + 1], &map->mem[i],
		(map->count - i) * sizeof(map->mem[0]));
	map->mem[i] = (struct boot_mem){ { start, end }, type };
	map->count++;
	return KIMG_OK;
}

/*
 * The first entry that ends above `address`; the count if none does.
 */
static uint32_t map_above(const struct boot_map *map, uint64_t address)
{
	uint32_t low = 0, high = map->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (map->mem[middle].range.end > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

enum kimg_error boot_map_add(struct boot_map *map, uint64_t start, uint64_t end,
			     enum boot_mem_type type, struct kimg_why *why)
{
	uint32_t i = map_above(map, start);
	struct boot_mem *below = i > 0 ? &map->mem[i - 1] : NULL;
	struct boot_mem *above = i < map->count ? &map->mem[i] : NULL;
	struct kimg_range range = { start, end };

	if (start >= end)
		return map_error(why, KIMG_E_MAP_OVERLAP, &range, &range);
	if (above && above->range.start < start)
		return map_error(why, KIMG_E_MAP_OVERLAP, &above->range, &range);
	if (above && above->range.start < end)
		return map_error(why, KIMG_E_MAP_OVERLAP, &range, &above->range);

	if (below && (below->type != type || below->range.end != start))
		below = NULL;
	if (above && (above->type != type || above->range.start != end))
		above = NULL;
	if (below && above) {
		below->range.end = above->range.end;
		map_remove(map, i, 1);
	} else if (below) {
		below->range.end = end;
	} else if (above) {
		above->range.start = start;
	} else {
		return map_insert(map, i, start, end, type, why);
	}
	return KIMG_OK;
}

enum kimg_error boot_map_cut(struct boot_map *map, uint64_t start, uint64_t end,
			     struct kimg_why *why)
{
	uint32_t i = map_above(map, start), last;

	if (start >= end)
		return KIMG_OK;
	if (i < map->count && map->mem[i].range.start < start) {
		struct boot_mem *mem = &map->mem[i++];

		if (mem->range.end > end) {
			enum kimg_error error = map_insert(map, i, end, mem->range.end,
							   mem->type, why);

			if (error)
				return error;
		}
		mem->range.end = start;
	}
	for (last = i; last < map->count && map->mem[last].range.end <= end; last++)
		;
	map_remove(map, i, last - i);
	if (i < map->count && map->mem[i].range.start < end)
		map->mem[i].range.start = end;
	return KIMG_OK;
}

enum kimg_error boot_map_put(struct boot_map *map, uint64_t start, uint64_t end,
			     enum boot_mem_type type, enum boot_put rule,
			     struct kimg_why *why)
{
	enum kimg_error error = KIMG_OK;
	uint64_t next;

	/* Each part that is all in one range, or in none. */
	for (; !error && start < end; start = next) {
		uint32_t i = map_above(map, start);
		const struct boot_mem *mem = &map->mem[i];
		bool there = i < map->count && mem->range.start <= start;

		next = end;
		if (i < map->count) {
			uint64_t border = there ? mem->range.end : mem->range.start;

			next = border < end ? border : end;
		}
		if (there && (rule == BOOT_PUT_UNDER || mem->type == type ||
			      (rule == BOOT_PUT_LARGER && mem->type > type)))
			continue;
		if (there)
			error = boot_map_cut(map, start, next, why);
		if (!error)
			error = boot_map_add(map, start, next, type, why);
	}
	return error;
}

enum kimg_error boot_map_keep(struct boot_map *map, const struct boot_map *other,
			      struct kimg_why *why)
{
	enum kimg_error error = KIMG_OK;
	uint64_t at = 0;
	uint32_t i;

	for (i = 0; !error && i < other->count; i++) {
		if (other->mem[i].type != BOOT_MEM_RAM)
			continue;
		error = boot_map_cut(map, at, other->mem[i].range.start, why);
		at = other->mem[i].range.end;
	}
	return error ? error : boot_map_cut(map, at, UINT64_MAX, why);
}

enum kimg_error boot_map_merge(struct boot_map *map, struct boot_map *running,
			       struct kimg_why *why)
{
	enum kimg_error error = KIMG_OK;
	uint32_t i, ram = 0;

	for (i = 0; i < running->count; i++)
		if (running->mem[i].type == BOOT_MEM_RAM)
			running->mem[ram++] = running->mem[i];
	running->count = ram;
	for (i = 0; !error && i < running->count; i++)
		error = boot_map_put(map, running->mem[i].range.start,
				     running->mem[i].range.end, BOOT_MEM_RAM,
				     BOOT_PUT_UNDER, why);
	return error ? error : boot_map_keep(running, map, why);
}

uint64_t boot_map_ram(const struct boot_map *map, uint64_t low)
{
	uint64_t bytes = 0;
	uint32_t i;

	for (i = 0; i < map->count; i++) {
		const struct kimg_range *range = &map->mem[i].range;

		if (map->mem[i].type == BOOT_MEM_RAM && range->end > low)
			bytes += range->end - (range->start > low ? range->start : low);
	}
	return bytes;
}

bool boot_map_within(const struct boot_map *map, uint64_t start, uint64_t end)
{
	uint32_t i = map_above(map, start);

	return start < end && i < map->count && map->mem[i].range.start <= start &&
	       end <= map->mem[i].range.end;
}

bool boot_map_is_ram(const struct boot_map *map, uint64_t start, uint64_t end)
{
	/* Ranges that touch are one, so one of them holds it all or none does. */
	return boot_map_within(map, start, end) &&
	       map->mem[map_above(map, start)].type == BOOT_MEM_RAM;
}
