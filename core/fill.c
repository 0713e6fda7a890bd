/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Filling: each page of each segment through one window, data first, zeros for
 * the rest. A page that data covers whole is never cleared.
 */
#include "internal.h"

/* Fill page `page` of an extent, whose source is `frame`. */
static enum kimg_error fill_page(struct kimg_image *image,
				 const struct kimg_extent *extent, uint32_t page,
				 uint64_t frame, struct kimg_why *why)
{
	const struct kimg_host *host = image->host;
	size_t size = kimg_page_size(host), data = 0;
	uint64_t offset = (uint64_t)page << host->page_shift;
	unsigned char *window = kimg_map(host, frame);
	int code = 0;

	image->stats.fill_windows++;
	if (offset < extent->bufsz) {
		uint64_t left = extent->bufsz - offset;

		data = left < size ? (size_t)left : size;
		code = host->ops->pull(host->ctx, extent->index, offset, window,
				       data);
	}
	if (!code && data < size)
		memset(window + data, 0, size - data);
	if (!code && host->ops->filled)
		host->ops->filled(host->ctx, extent->index, window,
				  frame == extent->first + page);
	kimg_unmap(host, window);
	if (code)
		return kimg_fail(why, code == KIMG_INTERRUPTED ?
				 KIMG_E_INTERRUPTED : KIMG_E_DATA,
				 .seg = extent->index, .a = offset, .b = data,
				 .c = (uint64_t)-(int64_t)code);
	return KIMG_OK;
}

/* A crash image's data go straight to the destinations. */
static enum kimg_error fill_crash(struct kimg_image *image, struct kimg_why *why)
{
	uint32_t i, page;

	for (i = 0; i < image->extents; i++) {
		const struct kimg_extent *extent = &image->extent[i];

		for (page = 0; page < extent->pages; page++) {
			enum kimg_error error = fill_page(image, extent, page,
							  extent->first + page,
							  why);

			if (error)
				return error;
		}
	}
	return KIMG_OK;
}

/* Fill the sources that one indirection page names. */
static enum kimg_error fill_list_page(struct kimg_image *image, uint32_t list_page,
				      struct kimg_why *why)
{
	uint32_t entry = list_page * image->slots;
	uint32_t slots = kimg_list_sources(image, list_page);
	uint32_t slot, i = kimg_extent_of_entry(image, entry);

	image->stats.fill_windows++;
	for (slot = 0; slot < slots; slot++, entry++) {
		kimg_entry_t source = image->buffer[slot];
		const struct kimg_extent *extent;
		enum kimg_error error;

		while (i + 1 < image->extents &&
		       image->extent[i + 1].entry <= entry)
			i++;
		extent = &image->extent[i];
		if (entry == extent->entry)
			continue;
		/* Never write to a frame that is not ours. */
		if (!source)
			return kimg_fail(why, KIMG_E_S4,
					 .a = image->directory[list_page],
					 .c = slot);
		error = fill_page(image, extent, entry - extent->entry - 1,
				  kimg_entry_frame(image->host, source), why);
		if (error)
			return error;
	}
	return KIMG_OK;
}

enum kimg_error kimg_fill(struct kimg_image *image, struct kimg_why *why)
{
	enum kimg_error error = KIMG_OK;
	uint32_t page;

	if (image->state != KIMG_PLACED)
		return kimg_fail(why, KIMG_E_STATE, .a = image->state);
	if (image->crash)
		error = fill_crash(image, why);
	for (page = 0; !error && page < image->list_pages; page++)
		error = fill_list_page(image, page, why);
	if (!error)
		image->state = KIMG_LOADED;
	return error;
}
