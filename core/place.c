/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Placing: deciding, for every page, which frame holds it until the leap.
 *
 * Control and indirection pages are drawn first. Frames drawn for them that are
 * destinations wait. When the list is built, the host claims destinations, then
 * the waiting frames and all further draws are settled:
 *
 *   a frame that is no destination becomes the source of the next page without one;
 *   a destination becomes the source of its own page, in place; if that page
 *   already had a source, the old source moves to the next page without one.
 *
 * All pages before the cursor have a source; pages from the cursor on have one
 * only if it is in place. So the entry number tells whether a destination's page
 * has a source; entries are read only when the cursor skips pages in place. Every
 * frame drawn settles one page; no data has to be moved, since none is loaded yet.
 */
#include "internal.h"

struct placer {
	struct kimg_image *image;
	const struct kimg_host *host;
	struct kimg_drawer drawer;
	uint32_t cursor;		/* entry: all before it are settled */
	uint32_t extent;		/* the extent that the cursor is in */
	uint32_t ahead;			/* pages in place from the cursor on */
	uint32_t left;			/* pages without a source */
};

/* Open the window on the indirection page of `entry`; *slot is its slot there. */
static void *open_list(struct placer *placer, uint32_t entry, uint32_t *slot)
{
	struct kimg_pos pos = kimg_position(placer->image, entry);

	placer->image->stats.place_windows++;
	*slot = pos.slot;
	return kimg_map(placer->host, pos.frame);
}

/*
 * Move the cursor past DESTINATION entries and pages in place, to the end of its
 * indirection page at most. `window` is open on that page.
 * Returns false at the end of the page.
 */
static bool advance(struct placer *placer, const void *window, uint32_t *slot)
{
	struct kimg_image *image = placer->image;

	for (; *slot < image->slots; placer->cursor++, (*slot)++) {
		uint32_t next = placer->extent + 1;

		if (next < image->extents &&
		    placer->cursor == image->extent[next].entry)
			placer->extent = next;
		if (placer->cursor == image->extent[placer->extent].entry)
			continue;
		if (!placer->ahead)
			return true;
		image->stats.place_reads++;
		if (!kimg_slot_get(placer->host, window, *slot))
			return true;
		placer->ahead--;
	}
	return false;
}

/*
 * Let frames that are no destinations take the next pages without a source:
 * `count` of them, listed in `frames`, or a run from `first` if that is NULL.
 * Frames left over when all pages have one are given back.
 */
static void put_frames(struct placer *placer, const uint64_t *frames,
		       uint64_t first, uint64_t count)
{
	const struct kimg_host *host = placer->host;
	uint64_t done = 0;

	while (done < count && placer->left) {
		uint32_t slot;
		void *window = open_list(placer, placer->cursor, &slot);

		while (done < count && placer->left &&
		       advance(placer, window, &slot)) {
			uint64_t frame = frames ? frames[done] : first + done;

			kimg_slot_set(host, window, slot,
				      kimg_make_entry(host, frame, KIMG_SOURCE));
			placer->image->stats.place_writes++;
			placer->left--;
			placer->cursor++;
			slot++;
			done++;
		}
		kimg_unmap(host, window);
	}
	for (; frames && done < count; done++)
		kimg_give(host, frames[done], 1);
	if (done < count)
		kimg_give(host, first + done, count - done);
}

/*
 * Settle a run of destinations, whose pages are `entry` and following ones, up
 * to the end of an indirection page, or to one that is in place already. Returns
 * how many of `count` were settled.
 */
static uint64_t put_in_place(struct placer *placer, uint64_t first,
			     uint64_t count, uint32_t entry)
{
	struct kimg_image *image = placer->image;
	const struct kimg_host *host = placer->host;
	uint32_t slot, displaced = 0;
	void *window = open_list(placer, entry, &slot);
	uint64_t done;

	if (count > image->slots - slot)
		count = image->slots - slot;
	for (done = 0; done < count; done++, slot++, entry++) {
		kimg_entry_t own = kimg_make_entry(host, first + done,
						   KIMG_SOURCE);
		kimg_entry_t before = kimg_slot_get(host, window, slot);

		image->stats.place_reads++;
		if (before == own)
			break;
		if (entry < placer->cursor) {
			image->buffer[displaced++] = kimg_entry_frame(host,
								      before);
		} else {
			placer->ahead++;
			placer->left--;
		}
		kimg_slot_set(host, window, slot, own);
		image->stats.place_writes++;
	}
	kimg_unmap(host, window);

	image->stats.in_place += (size_t)done;
	image->stats.displaced += displaced;
	put_frames(placer, image->buffer, 0, displaced);
	return done;
}

/*
 * Settle a run of frames, all within the limit, destinations or not.
 * Errors: HOST_CONTRACT at a destination that is in place already; the rest of the
 * run is not settled then.
 */
static enum kimg_error settle(struct placer *placer, uint64_t first,
			      uint64_t count)
{
	struct kimg_image *image = placer->image;

	while (count) {
		uint32_t i = kimg_find_extent(image, first);
		const struct kimg_extent *extent = &image->extent[i];
		uint64_t part = count;

		if (i < image->extents && first >= extent->first) {
			uint64_t page = first - extent->first;

			if (part > extent->pages - page)
				part = extent->pages - page;
			part = put_in_place(placer, first, part, extent->entry +
					    1 + (uint32_t)page);
			if (!part)
				return kimg_bad_answer(&placer->drawer, 0, count,
						       first, count);
		} else {
			if (i < image->extents && part > extent->first - first)
				part = extent->first - first;
			put_frames(placer, NULL, first, part);
		}
		first += part;
		count -= part;
	}
	return KIMG_OK;
}

/* Have the host claim destinations, and settle what it got. */
static enum kimg_error claim_all(struct placer *placer)
{
	struct kimg_image *image = placer->image;
	const struct kimg_host *host = placer->host;
	/* A page in place is a source too: above their limit, claim none. */
	uint64_t limit_end = (host->source_limit >> host->page_shift) +
			     kimg_aligned(host->source_limit + 1,
					  host->page_shift);
	uint32_t i;

	for (i = 0; host->ops->claim && i < image->extents; i++) {
		uint64_t at = image->extent[i].first;
		uint64_t end = at + image->extent[i].pages;

		if (end > limit_end)
			end = limit_end;
		while (at < end) {
			struct kimg_run run = { 0, 0 };
			enum kimg_error error;

			host->ops->claim(host->ctx, at, end - at, &run);
			if (!run.count)
				break;
			if (run.first < at || run.first >= end ||
			    run.count > end - run.first)
				return kimg_bad_answer(&placer->drawer, at,
						       end - at, run.first,
						       run.count);
			image->stats.claimed += (size_t)run.count;
			placer->drawer.got += run.count;
			error = settle(placer, run.first, run.count);
			if (error)
				return error;
			at = run.first + run.count;
		}
	}
	return KIMG_OK;
}

static enum kimg_error place_normal(struct placer *placer)
{
	struct kimg_image *image = placer->image;
	struct kimg_drawer *drawer = &placer->drawer;
	enum kimg_error error;
	uint64_t frame;

	error = kimg_draw_blocks(drawer, KIMG_USE_CONTROL, 0, image->control,
				 &image->control_drawn, image->control_pages);
	if (error)
		return error;
	error = kimg_draw_blocks(drawer, KIMG_USE_LIST, 0, image->directory,
				 &image->list_drawn, image->list_pages);
	if (error)
		return error;
	/* Two pages of the list in one frame would not be a list. */
	if (kimg_find_twice(image, &frame))
		return kimg_bad_answer(drawer, 0, 1, frame, 1);
	kimg_list_build(image);

	/*
	 * Waiting frames first: each that is a destination is one less to claim,
	 * and no page has a source yet, so none is displaced.
	 */
	while (!error && kimg_pile_pop(&drawer->waiting, &frame))
		error = settle(placer, frame, 1);
	if (!error)
		error = claim_all(placer);
	while (!error && placer->left) {
		struct kimg_run run;

		error = kimg_draw(drawer, KIMG_USE_SOURCE, placer->left, &run);
		if (!error)
			error = settle(placer, run.first, run.count);
	}
	return error;
}

enum kimg_error kimg_place(struct kimg_image *image, void *scratch,
			   size_t scratch_size, struct kimg_why *why)
{
	struct placer placer = {
		.image = image,
		.host = image->host,
		.drawer = {
			.image = image,
			.host = image->host,
			.need = (uint64_t)image->pages + image->list_pages +
				image->control_pages,
			.why = why,
		},
		.left = image->pages,
	};
	struct kimg_drawer *drawer = &placer.drawer;
	enum kimg_error error;
	uint64_t frame;

	if (image->state != KIMG_NEW || !image->planned)
		return kimg_fail(why, KIMG_E_STATE, .a = image->state);
	if ((size_t)scratch % sizeof(uint64_t))
		return kimg_fail(why, KIMG_E_ARGUMENT, .a = 2, .b = (size_t)scratch);
	if (scratch_size < kimg_scratch_size(image))
		return kimg_fail(why, KIMG_E_SCRATCH,
				 .a = kimg_scratch_size(image),
				 .b = scratch_size);
	kimg_scratch_set(image, scratch);
	memset(&image->stats, 0, sizeof(image->stats));
	kimg_pile_init(&drawer->waiting, image, image->pile[KIMG_PILE_WAITING],
		       kimg_pile_size(image->host));
	kimg_pile_init(&drawer->parked, image, image->pile[KIMG_PILE_PARKED],
		       kimg_pile_size(image->host));

	if (image->crash)
		error = kimg_place_crash(image, why);
	else
		error = place_normal(&placer);

	/* It is not known which use of a frame is right: better lost than given back. */
	if (kimg_find_twice(image, &frame)) {
		kimg_forget(image);
		return kimg_bad_answer(drawer, 0, 1, frame, 1);
	}
	error = kimg_give_rest(drawer, error);
	if (error) {
		kimg_release(image);
		return error;
	}
	image->state = KIMG_PLACED;
	return KIMG_OK;
}
