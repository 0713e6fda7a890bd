/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See table_walk.h. */
#include "table_walk.h"

/* The bits of an entry that are an address, from 2^shift on, below 2^52; not those of `other`. */
static uint64_t address_bits(unsigned int shift, uint64_t other)
{
	return (((1ull << 52) - 1) >> shift << shift) & ~other;
}

uint64_t walk_address(const struct table_shape *shape, uint64_t address)
{
	return address & ((1ull << (shape->shift[0] + shape->bits[0])) - 1);
}

static void found(struct walk *walk, uint64_t address, uint64_t to, unsigned int level)
{
	if (walk->entries % 1024 == 0)
		walk->entry = realloc(walk->entry, (walk->entries + 1024) *
				      sizeof(*walk->entry));
	assert_non_null(walk->entry);
	walk->entry[walk->entries++] = (struct walk_entry){ address, to, level };
}

/* A copy of a table, which may have several frames. */
static void look(unsigned char **table, struct sim *sim, const struct table_shape *shape,
		 unsigned int level, uint64_t frame)
{
	size_t size = (size_t)shape->entry_size << shape->bits[level];
	size_t page = (size_t)1 << sim_host(sim).page_shift, part;

	table[level] = realloc(table[level], size);
	assert_non_null(table[level]);
	for (size_t at = 0; at < size; at += part, frame++) {
		const unsigned char *from = sim_peek(sim, frame);

		assert_non_null(from);
		part = size - at < page ? size - at : page;
		memcpy(table[level] + at, from, part);
	}
}

void walk_tables(struct walk *walk, struct sim *sim, const struct table_shape *shape,
		 uint64_t top)
{
	unsigned int last = shape->levels - 1u, level = 0;
	uint64_t index[TABLE_LEVELS_MAX] = { 0 };
	unsigned char *table[TABLE_LEVELS_MAX] = { NULL };

	*walk = (struct walk){ .tables = 1 };
	look(table, sim, shape, 0, top);
	for (;;) {
		uint64_t entry = 0, to, bits, address = 0;

		if (index[level] >> shape->bits[level]) {
			if (!level)
				break;
			index[--level]++;
			continue;
		}
		for (unsigned int i = 0; i <= level; i++)
			address += index[i] << shape->shift[i];
		memcpy(&entry, table[level] + index[level] * shape->entry_size,
		       shape->entry_size);
		bits = level ? shape->table : shape->top;
		to = entry & address_bits(shape->shift[last], bits);
		if (entry && level < last && entry == (to | bits)) {
			index[++level] = 0;
			look(table, sim, shape, level, to >> shape->shift[last]);
			walk->tables++;
			continue;
		}
		if (entry) {
			assert_in_range(level, shape->large, last);
			bits = level == last ? shape->page : shape->block;
			to = entry & address_bits(shape->shift[level], bits);
			assert_int_equal(entry, to | bits);
			found(walk, address, to, level);
		}
		index[level]++;
	}
	for (level = 0; level <= last; level++)
		free(table[level]);
}

void walk_free(struct walk *walk)
{
	free(walk->entry);
}

void walk_judge(const struct walk *walk, const struct table_shape *shape,
		const struct walk_map *map, size_t maps)
{
	size_t at = 0;

	for (size_t i = 0; i < maps; i++) {
		uint64_t address = walk_address(shape, map[i].address), to = map[i].to;
		uint64_t left = map[i].size;

		while (left) {
			const struct walk_entry *entry = walk->entry + at;
			unsigned int level = shape->levels - 1u;

			assert_in_range(++at, 1, walk->entries);
			/* The largest that is aligned and not too large. */
			while (level > shape->large &&
			       !((address | to) & ((1ull << shape->shift[level - 1]) - 1)) &&
			       left >> shape->shift[level - 1])
				level--;
			assert_int_equal(entry->address, address);
			assert_int_equal(entry->to, to);
			assert_int_equal(entry->level, level);
			address += 1ull << shape->shift[level];
			to += 1ull << shape->shift[level];
			left -= 1ull << shape->shift[level];
		}
	}
	assert_int_equal(at, walk->entries);
}
