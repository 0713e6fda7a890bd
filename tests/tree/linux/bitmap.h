/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Linux's bitmaps, by name, for suites that are compiled here; a byte for a bit. */
#ifndef LINUX_BITMAP_H
#define LINUX_BITMAP_H

#include <stdbool.h>

#define DECLARE_BITMAP(name, bits) bool name[bits]

static inline bool test_bit(uint64_t at, const bool *map)
{
	return map[at];
}

static inline void __set_bit(uint64_t at, bool *map)
{
	map[at] = true;
}

static inline bool __test_and_clear_bit(uint64_t at, bool *map)
{
	bool was = map[at];

	map[at] = false;
	return was;
}

static inline void bitmap_set(bool *map, unsigned int at, unsigned int count)
{
	while (count--)
		map[at++] = true;
}

/* The first bit that is set from `at` on, or `end`. */
static inline unsigned int find_next_bit(const bool *map, unsigned int end,
					 unsigned int at)
{
	while (at < end && !map[at])
		at++;
	return at;
}

#endif
