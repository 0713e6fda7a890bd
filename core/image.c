/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The life of an image: init, plan, scratch memory, free. */
#include "internal.h"

/* Whether an entry of the host's size can hold every address up to `limit`. */
static bool limit_fits(const struct kimg_host *host, uint64_t limit)
{
	return host->entry_size == 8 || limit <= UINT32_MAX;
}

/* An image that holds nothing and plans nothing. */
static void reset(struct kimg_image *image, const struct kimg_host *host)
{
	memset(image, 0, sizeof(*image));
	image->host = host;
	image->slots = ((uint32_t)1 << kimg_slot_shift(host)) - 1;
}

enum kimg_error kimg_init(struct kimg_image *image, const struct kimg_host *host,
			  struct kimg_why *why)
{
	const struct kimg_host_ops *ops = host->ops;
	uint64_t limit = host->source_limit;

	if (limit < host->destination_limit)
		limit = host->destination_limit;
	if (limit < host->control_limit)
		limit = host->control_limit;

	if (!ops || !ops->draw || !ops->give || !ops->map || !ops->unmap ||
	    !ops->pull ||
	    host->page_shift < 5 || host->page_shift > 16 ||
	    (host->entry_size != 4 && host->entry_size != 8) ||
	    !limit_fits(host, limit))
		return kimg_fail(why, KIMG_E_HOST_CONFIG, .a = host->page_shift,
				 .b = host->entry_size, .c = limit);

	reset(image, host);
	return KIMG_OK;
}

enum kimg_error kimg_plan(struct kimg_image *image,
			  const struct kimg_segment *segment, uint32_t count,
			  uint32_t control_pages, const struct kimg_range *region,
			  struct kimg_why *why)
{
	const struct kimg_host *host = image->host;
	enum kimg_error error;
	uint32_t i;

	if (image->state != KIMG_NEW || image->blocks)
		return kimg_fail(why, KIMG_E_STATE, .a = image->state);
	if (control_pages > KIMG_CONTROL_MAX)
		return kimg_fail(why, KIMG_E_ARGUMENT, .a = 4, .b = control_pages);
	error = kimg_check_segments(host, segment, count, region, why);
	if (error)
		return error;

	image->extents = 0;
	image->pages = 0;
	image->control_pages = control_pages;
	image->crash = region != NULL;
	if (region) {
		image->region = *region;
		/* Up to a whole frame; the region may be anything. */
		image->hole = region->start >> host->page_shift;
		if (!kimg_aligned(region->start, host->page_shift))
			image->hole++;
	}

	/* Sorted by address as they come in: few segments, mostly in order. */
	for (i = 0; i < count; i++) {
		struct kimg_extent extent = {
			.first = segment[i].mem >> host->page_shift,
			.pages = (uint32_t)(segment[i].memsz >> host->page_shift),
			.bufsz = segment[i].bufsz,
			.index = i,
		};
		uint32_t at = image->extents++;

		while (at && image->extent[at - 1].first > extent.first) {
			image->extent[at] = image->extent[at - 1];
			at--;
		}
		image->extent[at] = extent;
	}

	image->entries = 0;
	for (i = 0; i < image->extents; i++) {
		image->extent[i].entry = image->entries;
		image->entries += 1 + image->extent[i].pages;
		image->pages += image->extent[i].pages;
	}
	if (image->crash)
		image->entries = 0;

	/* DONE may be in a last slot, so a full page needs no further page. */
	image->list_pages = image->entries / image->slots;
	if (image->entries % image->slots)
		image->list_pages++;
	image->planned = true;
	return KIMG_OK;
}

/* The parts of the scratch memory, in order. */
struct scratch {
	size_t directory, buffer, pile, heap;
};

static struct scratch scratch_parts(const struct kimg_image *image)
{
	const struct kimg_host *host = image->host;
	struct scratch part = {
		.directory = image->list_pages * sizeof(uint64_t),
		.buffer = (image->slots + 1) * sizeof(uint64_t),
		.pile = kimg_pile_size(host) * sizeof(uint64_t),
		/* Room for an eighth of all frames, so that few passes are needed; see check.c. */
		.heap = ((size_t)image->pages / 8 + 512) * sizeof(uint64_t),
	};

	return part;
}

size_t kimg_scratch_size(const struct kimg_image *image)
{
	struct scratch part = scratch_parts(image);

	return part.directory + part.buffer + 2 * part.pile + part.heap;
}

void kimg_scratch_set(struct kimg_image *image, void *scratch)
{
	struct scratch part = scratch_parts(image);
	uint64_t *at = scratch;

	image->directory = at;
	at += part.directory / sizeof(*at);
	image->buffer = at;
	at += part.buffer / sizeof(*at);
	image->pile[KIMG_PILE_WAITING] = at;
	at += part.pile / sizeof(*at);
	image->pile[KIMG_PILE_PARKED] = at;
	at += part.pile / sizeof(*at);
	image->heap = at;
	image->heap_size = (uint32_t)(part.heap / sizeof(*at));
}

void kimg_give(const struct kimg_host *host, uint64_t first, uint64_t count)
{
	host->ops->give(host->ctx, first, count);
}

/*
 * Give the sources back that the list holds, a run of neighbours at a time.
 * A page's entries are copied out first: nothing is given with a window open.
 */
static void give_sources(struct kimg_image *image)
{
	uint32_t page, slot, slots;

	for (page = 0; page < image->list_pages; page++) {
		struct kimg_run run = { 0, 0 };

		slots = kimg_list_sources(image, page);
		for (slot = 0; slot < slots; slot++) {
			kimg_entry_t entry = image->buffer[slot];
			uint64_t frame = kimg_entry_frame(image->host, entry);

			if (!(entry & KIMG_SOURCE))
				continue;
			if (run.count && frame == run.first + run.count) {
				run.count++;
				continue;
			}
			if (run.count)
				kimg_give(image->host, run.first, run.count);
			run.first = frame;
			run.count = 1;
		}
		if (run.count)
			kimg_give(image->host, run.first, run.count);
	}
}

void kimg_forget(struct kimg_image *image)
{
	image->list_built = false;
	image->list_drawn = 0;
	image->control_drawn = 0;
	image->head = 0;
}

void kimg_release(struct kimg_image *image)
{
	const struct kimg_host *host = image->host;
	uint32_t i;

	if (image->list_built)
		give_sources(image);
	for (i = 0; i < image->list_drawn; i++)
		kimg_give(host, image->directory[i], 1);
	/* The control pages of a crash image belong to its region. */
	if (!image->crash)
		for (i = 0; i < image->control_drawn; i++)
			kimg_give(host, image->control[i], 1);
	kimg_forget(image);
}

void kimg_free(struct kimg_image *image)
{
	const struct kimg_host *host = image->host;
	const struct kimg_block *block = image->blocks;

	if (!host)
		return;
	kimg_release(image);
	for (; block && !image->crash; block = block->next)
		kimg_give(host, block->first, (uint64_t)1 << block->order);
	reset(image, host);
}
