// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See tables.h. */
#include "tables.h"

/* Write one entry of the current table of a level: it refers to `frame`. */
static void put(struct tables *tables, unsigned int level, uint64_t address,
		uint64_t frame, uint64_t bits)
{
	const struct table_shape *shape = tables->shape;
	const struct kimg_host *host = tables->host;
	size_t index = (size_t)(address >> shape->shift[level] &
				((1u << shape->bits[level]) - 1));
	unsigned char *window;
	uint64_t entry;
	unsigned int i;

	if (!host)
		return;
	entry = frame << host->page_shift | bits;
	window = host->ops->map(host->ctx, tables->path[level]);
	/* All machines are little-endian; a host that plans for one need not be. */
	for (i = 0; i < shape->entry_size; i++)
		window[index * shape->entry_size + i] = (unsigned char)(entry >> 8 * i);
	host->ops->unmap(host->ctx, window);
}

/* The next frame becomes an empty table, the current one of its level. */
static void take(struct tables *tables, unsigned int level)
{
	const struct kimg_host *host = tables->host;
	void *window;

	if (host) {
		tables->path[level] = tables->frame[tables->used];
		window = host->ops->map(host->ctx, tables->path[level]);
		memset(window, 0, (size_t)1 << host->page_shift);
		host->ops->unmap(host->ctx, window);
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
		    i == 1 ? shape->top : shape->table);
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
	uint64_t step;

	for (; size; address += step, to += step, size -= step) {
		unsigned int level = shape->large;

		/* The highest level with entries that map no more than this. */
		for (; level < last; level++) {
			step = 1ull << shape->shift[level];
			if (step <= size && !((address | to) & (step - 1)))
				break;
		}
		step = 1ull << shape->shift[level];
		descend(tables, level, address);
		put(tables, level, address, to >> shape->shift[last],
		    level == last ? shape->page : shape->block);
	}
}
