// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See tables.h. */
#include "tables.h"

/* The entry for an address in a table of a level. */
static uint32_t index_of(const struct table_shape *shape, unsigned int level,
			 uint64_t address)
{
	return (uint32_t)(address >> shape->shift[level]) & ((1u << shape->bits[level]) - 1);
}

/* Write one entry, wherever it starts in a window. */
static void put_entry(unsigned char *at, uint64_t entry, unsigned int size)
{
	unsigned int i;

	/* All machines are little-endian; a host that plans for one need not be. */
	for (i = 0; i < size; i++)
		at[i] = (unsigned char)(entry >> 8 * i);
}

/*
 * Write entries of the current table of a level, for `address` and what follows: the first
 * refers to `frame`, each other one to the memory behind that of the one before. A table that
 * is larger than a frame has frames that follow each other.
 */
static void put(struct tables *tables, unsigned int level, uint64_t address,
		uint64_t frame, uint64_t bits, uint32_t count)
{
	const struct table_shape *shape = tables->shape;
	const struct kimg_host *host = tables->host;
	size_t offset = (size_t)index_of(shape, level, address) * shape->entry_size;
	size_t page;
	uint64_t entry;

	if (!host)
		return;
	page = (size_t)1 << host->page_shift;
	entry = frame << host->page_shift | bits;
	while (count) {
		unsigned char *window = host->ops->map(host->ctx, tables->path[level] +
						       (offset >> host->page_shift));
		size_t at = offset & (page - 1);

		for (; count && at < page; count--, at += shape->entry_size) {
			put_entry(window + at, entry, shape->entry_size);
			entry += 1ull << shape->shift[level];
		}
		host->ops->unmap(host->ctx, window);
		offset = (offset | (page - 1)) + 1;
	}
}

/* The next frame becomes an empty table, the current one of its level. */
static void take(struct tables *tables, unsigned int level)
{
	const struct table_shape *shape = tables->shape;
	const struct kimg_host *host = tables->host;
	size_t size = (size_t)shape->entry_size << shape->bits[level], at;

	if (host) {
		size_t page = (size_t)1 << host->page_shift;

		tables->path[level] = tables->frame[tables->used];
		for (at = 0; at < size; at += page) {
			void *window = host->ops->map(host->ctx, tables->path[level] +
						      (at >> host->page_shift));

			memset(window, 0, page);
			host->ops->unmap(host->ctx, window);
		}
	}
	tables->used++;
}

/* Make the tables for an entry of this level that maps `address`. */
static void descend(struct tables *tables, unsigned int level, uint64_t address)
{
	const struct table_shape *shape = tables->shape;
	unsigned int i;

	for (i = 1; i <= level; i++) {
		/* Does an entry of the table above lead to this address as to the last? */
		bool same = (address ^ tables->address) >> shape->shift[i - 1] == 0;

		if (i <= tables->level && same)
			continue;
		take(tables, i);
		put(tables, i - 1, address, tables->path[i],
		    i == 1 ? shape->top : shape->table, 1);
	}
	tables->level = level;
	tables->address = address;
}

void tables_start(struct tables *tables, const struct table_shape *shape,
		  const struct kimg_host *host, const uint64_t *frame)
{
	*tables = (struct tables){ .shape = shape, .host = host, .frame = frame };
	take(tables, 0);
}

void tables_map(struct tables *tables, uint64_t address, uint64_t to, uint64_t size)
{
	const struct table_shape *shape = tables->shape;
	unsigned int last = shape->levels - 1u;
	uint64_t bytes;

	for (; size; address += bytes, to += bytes, size -= bytes) {
		unsigned int level = shape->large;
		uint32_t count;

		/* The highest level with entries that map no more than this. */
		for (; level < last; level++) {
			uint64_t step = 1ull << shape->shift[level];

			if (step <= size && !((address | to) & (step - 1)))
				break;
		}
		/* Up to the table's end: no higher level's entry begins before. */
		count = (1u << shape->bits[level]) - index_of(shape, level, address);
		if (size >> shape->shift[level] < count)
			count = (uint32_t)(size >> shape->shift[level]);
		bytes = (uint64_t)count << shape->shift[level];
		descend(tables, level, address);
		put(tables, level, address, to >> shape->shift[last],
		    level == last ? shape->page : shape->block, count);
	}
}
