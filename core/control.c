/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Control pages: those drawn in blocks, one block at a time, and those of a crash
 * image. The region of a crash image is reserved and its destinations are written
 * directly, so nothing is drawn: control pages are taken from the holes between the
 * segments, lowest first.
 */
#include "internal.h"

enum kimg_error kimg_find_hole(struct kimg_image *image, uint32_t order,
			       uint64_t *frame, struct kimg_why *why)
{
	const struct kimg_host *host = image->host;
	uint64_t last = image->region.end >> host->page_shift;
	uint64_t size = (uint64_t)1 << order, at = image->hole;
	uint32_t i;

	for (;;) {
		at = (at + size - 1) & ~(size - 1);
		if (at + size > last ||
		    !kimg_frame_within(host, at + size - 1, host->control_limit))
			return kimg_fail(why, KIMG_E_NO_CONTROL, .a = size);
		if (!kimg_wanted(image, at, size))
			break;
		i = kimg_find_extent(image, at);
		at = image->extent[i].first + image->extent[i].pages;
	}
	*frame = at;
	image->hole = at + size;
	return KIMG_OK;
}

enum kimg_error kimg_place_crash(struct kimg_image *image, struct kimg_why *why)
{
	uint64_t hole = image->hole;
	uint32_t i;

	for (i = 0; i < image->control_pages; i++) {
		enum kimg_error error = kimg_find_hole(image, 0,
						       &image->control[i], why);

		if (error) {
			image->hole = hole;
			why->a = image->control_pages;
			why->b = i;
			return error;
		}
	}
	image->control_drawn = i;
	image->stats.in_place = image->pages;
	return KIMG_OK;
}

enum kimg_error kimg_draw_control(struct kimg_image *image,
				  struct kimg_block *block, uint32_t order,
				  struct kimg_why *why)
{
	uint64_t buffer[2][8];
	struct kimg_drawer drawer = {
		.image = image,
		.host = image->host,
		.need = (uint64_t)1 << order,
		.why = why,
	};
	enum kimg_error error;
	uint32_t drawn = 0;

	if (!image->planned)
		return kimg_fail(why, KIMG_E_STATE, .a = image->state);
	if (order > KIMG_ORDER_MAX)
		return kimg_fail(why, KIMG_E_ARGUMENT, .a = 3, .b = order);
	if (image->crash) {
		error = kimg_find_hole(image, order, &block->first, why);
	} else {
		/* Scratch memory may be in use, or not there yet. */
		uint32_t room = kimg_pile_size(image->host);

		if (room > 8)
			room = 8;
		kimg_pile_init(&drawer.waiting, image, buffer[0], room);
		kimg_pile_init(&drawer.parked, image, buffer[1], room);
		error = kimg_draw_blocks(&drawer, KIMG_USE_CONTROL, order,
					 &block->first, &drawn, 1);
		error = kimg_give_rest(&drawer, error);
	}
	if (error)
		return error;
	block->order = order;
	block->next = image->blocks;
	image->blocks = block;
	return KIMG_OK;
}
