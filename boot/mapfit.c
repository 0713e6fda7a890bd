// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Joining the ranges of a memory map, for kernels that have no room for all of them.
 */
#include "boot.h"
#include "page.h"

/*
 * Kernels put devices into the gaps of a map: Linux takes the largest one below 4 GiB, if
 * it has at least this. To close one costs as much as RAM of its size.
 */
#define DEVICE_GAP (4 * BOOT_MIB)

static bool is_ram(const struct boot_map *map, uint32_t i)
{
	return map->mem[i].type == BOOT_MEM_RAM;
}

/*
 * The gap between entry `i` and the next.
 */
static uint64_t gap_above(const struct boot_map *map, uint32_t i)
{
	return map->mem[i + 1].range.start - map->mem[i].range.end;
}

/*
 * Is the entry below `i`, or above it, not RAM and close enough to take it?
 */
static bool other_below(const struct boot_map *map, uint32_t i)
{
	return i > 0 && !is_ram(map, i - 1) && gap_above(map, i - 1) < DEVICE_GAP;
}

static bool other_above(const struct boot_map *map, uint32_t i)
{
	return i + 1 < map->count && !is_ram(map, i + 1) && gap_above(map, i) < DEVICE_GAP;
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
 * Find the two neighbours with the smallest gap between them of which neither is RAM:
 * `*first` is the lower one. Returns the gap; UINT64_MAX: there are none.
 */
static uint64_t find_others(const struct boot_map *map, uint32_t *first)
{
	uint64_t least = UINT64_MAX;
	uint32_t i;

	for (i = 0; i + 1 < map->count; i++)
		if (!is_ram(map, i) && !is_ram(map, i + 1) && gap_above(map, i) < least) {
			least = gap_above(map, i);
			*first = i;
		}
	return least;
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
 * Find the range of RAM that costs least to give up. One between two that are not RAM
 * makes all three one, which saves two entries, so it counts half. Returns its cost;
 * UINT64_MAX: there is none.
 */
static uint64_t find_spare(const struct boot_map *map, uint32_t most,
			   const struct kimg_range *keep, uint32_t keeps,
			   const struct kimg_range *low, uint32_t *best)
{
	uint64_t least = UINT64_MAX;
	uint32_t i;

	for (i = 0; i < map->count; i++) {
		uint64_t cost = map->mem[i].range.end - map->mem[i].range.start;

		if (!is_ram(map, i) || !is_spare(map, i, keep, keeps, low))
			continue;
		if (map->count > most + 1 && other_below(map, i) && other_above(map, i))
			cost /= 2;
		if (cost < least) {
			least = cost;
			*best = i;
		}
	}
	return least;
}

/*
 * Give up RAM: it becomes a part of the neighbours that are not RAM, or is left out.
 */
static void give_up(struct boot_map *map, uint32_t i)
{
	bool below = other_below(map, i), above = other_above(map, i);

	if (below || above)
		join(map, below ? i - 1 : i, above ? i + 1 : i);
	else
		memmove(&map->mem[i], &map->mem[i + 1],
			(--map->count - i) * sizeof(map->mem[0]));
}

/*
 * Make the map smaller by a range or two, at the least cost. False: that cannot be done.
 */
static bool shrink(struct boot_map *map, uint32_t most, const struct kimg_range *keep,
		   uint32_t keeps, const struct kimg_range *low)
{
	uint32_t others = 0, spare = 0;
	uint64_t gap = find_others(map, &others);
	uint64_t ram = gap < DEVICE_GAP ? UINT64_MAX :
		       find_spare(map, most, keep, keeps, low, &spare);

	if (gap == UINT64_MAX && ram == UINT64_MAX)
		return false;
	if (gap <= ram)
		join(map, others, others + 1);
	else
		give_up(map, spare);
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
	while (map->count > most && shrink(map, most, keep, keeps, &low))
		;
}
