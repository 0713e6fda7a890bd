/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Page tables of any shape, written through windows, one at a time: they may lie in high
 * memory. A mapping is made in the order of its virtual addresses, so nothing is read
 * back, and a writer that writes nothing counts the tables.
 */
#ifndef ARCH_TABLES_H
#define ARCH_TABLES_H

#include "kimg.h"

#define TABLE_LEVELS_MAX 5u

/* Level 0 is the top. An entry holds an address, and bits by its level and kind. */
struct table_shape {
	uint8_t levels;
	uint8_t entry_size;		/* bytes: 4 or 8 */
	uint8_t shift[TABLE_LEVELS_MAX];	/* an entry maps 2^shift bytes */
	uint8_t bits[TABLE_LEVELS_MAX];		/* a table has 2^bits entries */
	uint8_t large;			/* the first level whose entries may map memory */
	uint64_t top;			/* bits of an entry that refers to a table, in the top */
	uint64_t table;			/* the same in other levels */
	uint64_t block;			/* bits of an entry that maps more than a page */
	uint64_t page;			/* bits of one that maps a page */
};

struct tables {
	const struct table_shape *shape;
	const struct kimg_host *host;	/* NULL: count, write nothing */
	const uint64_t *frame;		/* the tables, by their first frames; the first is the top */
	uint32_t used;			/* so far */
	/* The last entry that maps memory: its level and the address that it maps. */
	unsigned int level;
	uint64_t address;
	uint64_t path[TABLE_LEVELS_MAX];	/* frames of the tables above it, and its own */
};

/* Start with an empty top table. */
void tables_start(struct tables *tables, const struct table_shape *shape,
		  const struct kimg_host *host, const uint64_t *frame);

/*
 * Map [address, address + size), whole pages, to physical memory from `to`, with the
 * largest entries that fit. `address` is not below the end of what is mapped already.
 */
void tables_map(struct tables *tables, uint64_t address, uint64_t to, uint64_t size);

#endif
