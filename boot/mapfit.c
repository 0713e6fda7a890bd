// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Joining the ranges of a memory map, for kernels that have no room for all of them.
 */
#include "boot.h"
#include "page.h"

static bool is_ram(const struct boot_map *map, uint32_t i)
{
	return map->mem[i].type == BOOT_MEM_RAM;
}

/*
 * Is there an entry `i`, and is it not RAM?
 */
static bool is_other(const struct boot_map *map, uint32_t i)
{
	return i < map->count && !is_ram(map, i);
}

static bool touches(const struct kimg_range *one, const struct kimg_range *two)
{
	return one->start < two->end && two->start < one->end;
}

/*
 * Do entries `i` and `i + 1` touch, and have they the same type?
 */
static bool is_one(const struct boot_map *map, uint32_t i)
{
	return map->mem[i].range.end == map->mem[i + 1].range.start &&
	       map->mem[i].type == map->mem[i + 1].type;
}

/*
 * Join the entries from `first` to `last`, with the gaps between them, into one. If
 * their types differ, it becomes reserved.
 */
static void join(struct boot_map *map, uint32_t first, uint32_t last)
{
	uint32_t i;

	for (i = first + 1; i <= last; i++)
		if (map->mem[i].type != map->mem[first].type)
			map->mem[first].type = BOOT_MEM_RESERVED;
	map->mem[last].type = map->mem[first].type;
	/* There is none below: the lowest two that touch are joined first. */
	while (last + 1 < map->count && is_one(map, last))
		last++;
	map->mem[first].range.end = map->mem[last].range.end;
	map->count -= last - first;
	memmove(&map->mem[first + 1], &map->mem[last + 1],
		(map->count - first - 1) * sizeof(map->mem[0]));
}

/*
 * Join the two neighbours with the smallest gap between them of which neither is
 * RAM. False: there are none.
 */
static bool join_others(struct boot_map *map)
{
	uint64_t least = UINT64_MAX;
	uint32_t i, best = 0;

	for (i = 0; i + 1 < map->count; i++) {
		uint64_t gap = map->mem[i + 1].range.start - map->mem[i].range.end;

		if (!is_ram(map, i) && !is_ram(map, i + 1) && gap < least) {
			least = gap;
			best = i;
		}
	}
	if (least == UINT64_MAX)
		return false;
	join(map, best, best + 1);
	return true;
}

/*
 * May entry `i`, which is RAM, be given up?
 */
static bool is_spare(const struct boot_map *map, uint32_t i,
		     const struct kimg_range *keep, uint32_t keeps,
		     const struct kimg_range *low)
{
	const struct kimg_range *range = &map->mem[i].range;
	uint32_t k;

	for (k = 0; k < keeps; k++)
		if (touches(range, &keep[k]))
			return false;
	return !touches(range, low);
}

/*
 * Give up the smallest range of RAM that is spare. It becomes part of a neighbour that
 * is not RAM; between two of these, all three become one, which saves two entries, so
 * it counts half. False: there is none.
 */
static bool give_up_ram(struct boot_map *map, uint32_t most,
			const struct kimg_range *keep, uint32_t keeps,
			const struct kimg_range *low)
{
	uint64_t least = UINT64_MAX;
	uint32_t i, best = 0;

	for (i = 0; i < map->count; i++) {
		uint64_t cost = map->mem[i].range.end - map->mem[i].range.start;

		if (!is_ram(map, i) || !is_spare(map, i, keep, keeps, low))
			continue;
		if (map->count > most + 1 && i && is_other(map, i - 1) &&
		    is_other(map, i + 1))
			cost /= 2;
		if (cost < least) {
			least = cost;
			best = i;
		}
	}
	if (least == UINT64_MAX)
		return false;
	if (best && is_other(map, best - 1))
		join(map, best - 1, is_other(map, best + 1) ? best + 1 : best);
	else if (is_other(map, best + 1))
		join(map, best, best + 1);
	else
		memmove(&map->mem[best], &map->mem[best + 1],
			(--map->count - best) * sizeof(map->mem[0]));
	return true;
}

void boot_map_fit(struct boot_map *map, uint32_t most, const struct kimg_range *keep,
		  uint32_t keeps)
{
	struct kimg_range low = { 0, 0 };
	uint32_t i;

	for (i = 0; i < map->count && map->mem[i].range.start < BOOT_MIB; i++) {
		struct kimg_range range = map->mem[i].range;

		if (range.end > BOOT_MIB)
			range.end = BOOT_MIB;
		if (is_ram(map, i) && range.end - range.start > low.end - low.start)
			low = range;
	}
	while (map->count > most &&
	       (join_others(map) || give_up_ram(map, most, keep, keeps, &low)))
		;
}
