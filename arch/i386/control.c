/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Writing the control pages: trampoline, parameters, and page tables that map
 * two pages (Intel SDM volume 3, 4.3 "32-bit paging" and 4.4 "PAE paging").
 * All through windows, one at a time: control pages may lie in high memory.
 */
#include "trampoline.h"

#define PRESENT		0x1u
#define WRITABLE	0x2u

/* The shape of the tables: levels from the top, and bits of address in each. */
struct shape {
	uint8_t levels;
	uint8_t shift[3];
	uint16_t entries[3];
	uint8_t entry_size;
};

static const struct shape plain = { 2, { 22, 12 }, { 1024, 1024 }, 4 };
static const struct shape pae = { 3, { 30, 21, 12 }, { 4, 512, 512 }, 8 };

struct tables {
	const struct kimg_image *image;
	const struct shape *shape;
	uint32_t used;			/* control pages */
};

static uint64_t table_get(const struct tables *tables, const void *window,
			  uint32_t index)
{
	uint64_t entry = 0;

	memcpy(&entry, (const char *)window + index * tables->shape->entry_size,
	       tables->shape->entry_size);
	return entry;
}

static void table_set(const struct tables *tables, void *window, uint32_t index,
		      uint64_t entry)
{
	memcpy((char *)window + index * tables->shape->entry_size, &entry,
	       tables->shape->entry_size);
}

/* Take the next control page for a table, cleared. Returns its frame. */
static uint64_t take_table(struct tables *tables)
{
	const struct kimg_host *host = tables->image->host;
	uint64_t frame = tables->image->control[tables->used++];
	void *window = host->ops->map(host->ctx, frame);

	memset(window, 0, (size_t)1 << host->page_shift);
	host->ops->unmap(host->ctx, window);
	return frame;
}

/* Map the page at `address` to `frame`, making tables on the way down. */
static void map_page(struct tables *tables, uint64_t top, uint32_t address,
		     uint64_t frame)
{
	const struct kimg_host *host = tables->image->host;
	const struct shape *shape = tables->shape;
	uint64_t table = top;
	uint8_t level;

	for (level = 0; level < shape->levels; level++) {
		uint32_t index = address >> shape->shift[level] &
				 (shape->entries[level] - 1u);
		bool leaf = level + 1 == shape->levels;
		/* Entries of the PAE pointer table have no writable bit. */
		uint64_t flags = shape->levels == 3 && !level ?
				 PRESENT : PRESENT | WRITABLE;
		void *window = host->ops->map(host->ctx, table);
		uint64_t entry = table_get(tables, window, index);

		host->ops->unmap(host->ctx, window);
		if (leaf || !(entry & PRESENT)) {
			uint64_t next = leaf ? frame : take_table(tables);

			entry = next << host->page_shift | flags;
			window = host->ops->map(host->ctx, table);
			table_set(tables, window, index, entry);
			host->ops->unmap(host->ctx, window);
		}
		table = entry >> host->page_shift;
	}
}

uint32_t i386_control_write(const struct kimg_image *image, const void *code,
			    size_t size, const struct i386_params *params,
			    const struct i386_switch_page *page, bool has_pae)
{
	const struct kimg_host *host = image->host;
	struct tables tables = {
		.image = image,
		.shape = has_pae ? &pae : &plain,
		.used = 1,
	};
	uint64_t control = image->control[0], top;
	unsigned char *window = host->ops->map(host->ctx, control);

	memset(window, 0, (size_t)1 << host->page_shift);
	memcpy(window, code, size);
	memcpy(window + TRAMPOLINE_PARAMS, params, sizeof(*params));
	host->ops->unmap(host->ctx, window);

	top = take_table(&tables);
	map_page(&tables, top, page->virtual, page->frame);
	map_page(&tables, top, (uint32_t)(control << host->page_shift), control);
	return (uint32_t)(top << host->page_shift);
}
