/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Placing: deciding, for every page, which frame holds it until the leap.
 *
 * Control and indirection pages are drawn first. A frame drawn for one of them
 * that is somebody's destination waits. When the list stands, the host claims
 * destinations, then the waiting frames and all further draws are settled:
 *
 *   a frame that is no destination takes the next page that has no source;
 *   a destination goes to its own page, in place; if that page had a source
 *   already, that one takes the next page that has none.
 *
 * All pages before the cursor have a source; pages from the cursor on have one
 * only if it is in place. So whether a destination's page is taken follows from
 * its number, and only the cursor, passing pages in place, reads to see.
 * Every draw settles one page; no data moves, since none was loaded yet.
 */
#include "internal.h"

struct placer {
	struct kimg_image *image;
	const struct kimg_host *host;
	struct kimg_pile waiting;	/* drawn, good, no use yet */
	struct kimg_pile parked;	/* drawn, above the source limit */
	uint32_t cursor;		/* entry: all before it are settled */
	uint32_t extent;		/* the extent that the cursor is in */
	uint32_t ahead;			/* pages in place from the cursor on */
	uint32_t left;			/* pages without a source */
	struct kimg_why *why;
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
 * What is left when no page needs one is given back.
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
 * to the end of an indirection page. Returns how many of `count` were settled.
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
		if (entry < placer->cursor) {
			kimg_entry_t before = kimg_slot_get(host, window, slot);

			image->stats.place_reads++;
			image->buffer[displaced++] = kimg_entry_frame(host,
								      before);
		} else {
			placer->ahead++;
			placer->left--;
		}
		kimg_slot_set(host, window, slot,
			      kimg_make_entry(host, first + done, KIMG_SOURCE));
		image->stats.place_writes++;
	}
	kimg_unmap(host, window);

	image->stats.in_place += count;
	image->stats.displaced += displaced;
	put_frames(placer, image->buffer, 0, displaced);
	return count;
}

/* Settle a run of frames, all within the limit, destinations or not. */
static void settle(struct placer *placer, uint64_t first, uint64_t count)
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
		} else {
			if (i < image->extents && part > extent->first - first)
				part = extent->first - first;
			put_frames(placer, NULL, first, part);
		}
		first += part;
		count -= part;
	}
}

/*
 * The host answered a request for `want` frames (at `at`, for a claim) with
 * something else. What it meant to give is unknown, so nothing is given back.
 */
static enum kimg_error bad_answer(struct placer *placer, uint64_t at,
				  uint64_t want, const struct kimg_run *got)
{
	return kimg_fail4(placer->why, KIMG_E_HOST_CONTRACT, at, want,
			 got->first, got->count);
}

/* The system gave no more, or only what is of no use, and more than park_max. */
static enum kimg_error no_memory(struct placer *placer, uint64_t limit)
{
	const struct kimg_image *image = placer->image;
	uint64_t have = (uint64_t)image->pages - placer->left +
			image->list_drawn + image->control_drawn +
			placer->waiting.count;

	return kimg_fail4(placer->why, placer->parked.count ?
			  KIMG_E_NO_MEMORY_BELOW : KIMG_E_NO_MEMORY,
			  (uint64_t)image->pages + image->list_pages +
			  image->control_pages, have, limit,
			  placer->parked.count);
}

/*
 * Draw a run for `use`. Frames above the source limit are parked; on return
 * *run holds what lies within it, perhaps nothing.
 *
 * Errors: NO_MEMORY, NO_MEMORY_BELOW (with the pages held so far), INTERRUPTED,
 * HOST_CONTRACT.
 */
static enum kimg_error draw(struct placer *placer, enum kimg_use use,
			    uint64_t limit, uint64_t want, struct kimg_run *run)
{
	struct kimg_image *image = placer->image;
	const struct kimg_host *host = placer->host;
	uint64_t end;
	int code;

	run->first = 0;
	run->count = 0;
	image->stats.draws++;
	code = host->ops->draw(host->ctx, use, limit, want, run);
	if (code)
		return kimg_fail(placer->why, KIMG_E_INTERRUPTED,
				 (uint64_t)-(int64_t)code, 0);
	if (run->count > want || !kimg_add(run->first, run->count, &end))
		return bad_answer(placer, 0, want, run);
	if (!run->count)
		return no_memory(placer, limit);
	while (run->count &&
	       !kimg_frame_within(host, run->first + run->count - 1,
				  host->source_limit)) {
		if (placer->parked.count == host->park_max) {
			kimg_give(host, run->first, run->count);
			return no_memory(placer, limit);
		}
		run->count--;
		kimg_pile_push(&placer->parked, run->first + run->count);
		image->stats.parked++;
	}
	return KIMG_OK;
}

/*
 * Draw `count` frames that are no destinations and within `limit` to frames[],
 * counting them in *drawn. Others wait.
 */
static enum kimg_error draw_special(struct placer *placer, enum kimg_use use,
				    uint64_t limit, uint64_t *frames,
				    uint32_t *drawn, uint32_t count)
{
	const struct kimg_host *host = placer->host;

	while (*drawn < count) {
		struct kimg_run run;
		enum kimg_error error = draw(placer, use, limit,
					     count - *drawn, &run);

		if (error)
			return error;
		for (; run.count; run.first++, run.count--) {
			if (kimg_is_destination(placer->image, run.first, NULL) ||
			    !kimg_frame_within(host, run.first, limit))
				kimg_pile_push(&placer->waiting, run.first);
			else
				frames[(*drawn)++] = run.first;
		}
		/* Misfits wait as sources do; more than that is a hopeless host. */
		if (placer->waiting.count > (uint64_t)placer->image->pages +
		    host->park_max)
			return kimg_fail4(placer->why, KIMG_E_NO_MEMORY_BELOW,
					 count, *drawn, limit,
					 placer->waiting.count);
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

			host->ops->claim(host->ctx, at, end - at, &run);
			if (!run.count)
				break;
			if (run.first < at || run.first >= end ||
			    run.count > end - run.first)
				return bad_answer(placer, at, end - at, &run);
			image->stats.claimed += run.count;
			settle(placer, run.first, run.count);
			at = run.first + run.count;
		}
	}
	return KIMG_OK;
}

static enum kimg_error place_normal(struct placer *placer)
{
	struct kimg_image *image = placer->image;
	const struct kimg_host *host = placer->host;
	enum kimg_error error;
	uint64_t frame;

	error = draw_special(placer, KIMG_USE_CONTROL, host->control_limit,
			     image->control, &image->control_drawn,
			     image->control_pages);
	if (error)
		return error;
	error = draw_special(placer, KIMG_USE_LIST, host->source_limit,
			     image->directory, &image->list_drawn,
			     image->list_pages);
	if (error)
		return error;
	kimg_list_build(image);

	/*
	 * Waiting frames first: each that is a destination is one less to claim,
	 * and no page has a source yet, so none is displaced.
	 */
	while (kimg_pile_pop(&placer->waiting, &frame))
		settle(placer, frame, 1);
	error = claim_all(placer);
	while (!error && placer->left) {
		struct kimg_run run;

		error = draw(placer, KIMG_USE_SOURCE, host->source_limit,
			     placer->left, &run);
		if (!error)
			settle(placer, run.first, run.count);
	}
	return error;
}

enum kimg_error kimg_place(struct kimg_image *image, void *scratch,
			   size_t scratch_size, struct kimg_why *why)
{
	struct placer placer = {
		.image = image,
		.host = image->host,
		.left = image->pages,
		.why = why,
	};
	enum kimg_error error;

	if (image->state != KIMG_NEW || !image->planned)
		return kimg_fail_state(image, why);
	if ((size_t)scratch % sizeof(uint64_t))
		return kimg_fail(why, KIMG_E_ARGUMENT, 2, (size_t)scratch);
	if (scratch_size < kimg_scratch_size(image))
		return kimg_fail(why, KIMG_E_SCRATCH, kimg_scratch_size(image),
				 scratch_size);
	kimg_scratch_set(image, scratch);
	memset(&image->stats, 0, sizeof(image->stats));
	kimg_pile_init(&placer.waiting, image, KIMG_PILE_WAITING);
	kimg_pile_init(&placer.parked, image, KIMG_PILE_PARKED);

	if (image->crash)
		error = kimg_place_crash(image, why);
	else
		error = place_normal(&placer);

	kimg_pile_give(&placer.parked);
	if (error) {
		kimg_pile_give(&placer.waiting);
		kimg_release(image);
		return error;
	}
	image->state = KIMG_PLACED;
	return KIMG_OK;
}
