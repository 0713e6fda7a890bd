/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A walk through page tables in a simulated machine, by rules of its own. */
#ifndef TABLE_WALK_H
#define TABLE_WALK_H

#include "support.h"
#include "tables.h"

/* An entry that maps memory. The address has as many bits as the tables translate. */
struct walk_entry {
	uint64_t address, to;
	unsigned int level;
};

struct walk {
	struct walk_entry *entry;	/* by ascending address */
	size_t entries;
	uint32_t tables;		/* with the top */
};

/* Every bit of every entry is as the shape says, or the test fails. */
void walk_tables(struct walk *walk, struct sim *sim, const struct table_shape *shape,
		 uint64_t top);
void walk_free(struct walk *walk);

/* The bits of an address that tables of this shape translate. */
uint64_t walk_address(const struct table_shape *shape, uint64_t address);

/*
 * These mappings, whose addresses ascend, are there, each with the largest entries that fit,
 * and there are no others.
 */
struct walk_map {
	uint64_t address, to, size;
};

void walk_judge(const struct walk *walk, const struct table_shape *shape,
		const struct walk_map *map, size_t maps);

#endif
