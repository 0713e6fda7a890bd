/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Placing a crash image. Its region is reserved and the destinations in it are
 * written directly, so nothing is drawn and the list is empty; the control pages
 * lie in the holes that the segments leave.
 */
#include "internal.h"

enum kimg_error kimg_place_crash(struct kimg_image *image, struct kimg_why *why)
{
	const struct kimg_host *host = image->host;
	uint64_t page = kimg_page_size(host);
	uint64_t frame, last;
	uint32_t i;

	/* Up to a whole frame; the region may be anything. */
	frame = image->region.start >> host->page_shift;
	if (image->region.start & (page - 1))
		frame++;
	last = image->region.end >> host->page_shift;

	while (image->control_drawn < image->control_pages) {
		if (frame >= last ||
		    !kimg_frame_within(host, frame, host->control_limit)) {
			uint32_t found = image->control_drawn;

			image->control_drawn = 0;
			return kimg_fail(why, KIMG_E_NO_CONTROL,
					 image->control_pages, found);
		}
		i = kimg_find_extent(image, frame);
		if (i < image->extents && frame >= image->extent[i].first)
			frame = image->extent[i].first + image->extent[i].pages;
		else
			image->control[image->control_drawn++] = frame++;
	}
	image->stats.in_place = image->pages;
	return KIMG_OK;
}
