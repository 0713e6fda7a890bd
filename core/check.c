/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Checking the invariants S1 to S5: for tests, for debugging, and before a leap.
 * Also sealing, which ends with this check.
 *
 * S3, no frame has two uses, is checked by searching for runs of frames in the image
 * that overlap. A heap has room for at least an eighth of all frames. Each pass over
 * the image fills it with the lowest runs not yet checked, and takes them out in
 * order, so those that overlap come out next to each other. So the number of passes is
 * bounded, wherever the frames are.
 */
#include "internal.h"

struct checker {
	struct kimg_image *image;
	const struct kimg_host *host;
	struct kimg_why *why;
};

/*
 * The lowest runs of an image from `from` on, the highest of them on top. A run is one
 * number: the address of its first frame, plus how many frames it has, less than a page
 * has bytes.
 */
struct lowest {
	unsigned int shift;
	uint64_t *heap;
	uint32_t room, used;
	uint64_t from;
	bool more;		/* some were left out, all equal to the top or higher */
	uint64_t run, next;	/* the run that is being collected; the frame behind it */
};

/* The part of a run's number that is how many frames it has. */
static uint32_t mask_of(const struct lowest *lowest)
{
	return (1u << lowest->shift) - 1;
}

/* The place at the top of a heap with `used` places is empty: put `run` in. */
static void put_on_top(uint64_t *heap, uint32_t used, uint64_t run)
{
	uint32_t at = 0, child;

	while ((child = 2 * at + 1) < used) {
		if (child + 1 < used && heap[child + 1] > heap[child])
			child++;
		if (heap[child] <= run)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = run;
}

/* Put the run that was collected into the heap. */
static void note_run(struct lowest *lowest)
{
	uint64_t *heap = lowest->heap, run = lowest->run;
	uint32_t at = lowest->used, above;

	if (run < lowest->from)
		return;
	if (at == lowest->room) {
		lowest->more = true;
		if (run < heap[0])
			put_on_top(heap, at, run);
		return;
	}
	lowest->used++;
	for (; at && heap[above = (at - 1) / 2] < run; at = above)
		heap[at] = heap[above];
	heap[at] = run;
}

static void note(struct lowest *lowest, uint64_t frame)
{
	if (frame != lowest->next || !(((uint32_t)lowest->run + 1) & mask_of(lowest))) {
		note_run(lowest);
		lowest->run = frame << lowest->shift;
	}
	lowest->run++;
	lowest->next = frame + 1;
}

/* Note all frames that the image holds. */
static void note_all(const struct kimg_image *image, struct lowest *lowest)
{
	const struct kimg_block *block;
	uint32_t i, page, slot, slots;

	for (block = image->blocks; block; block = block->next)
		for (i = 0; !(i >> block->order); i++)
			note(lowest, block->first + i);
	for (i = 0; i < image->control_drawn; i++)
		note(lowest, image->control[i]);
	for (page = 0; page < image->list_drawn; page++) {
		note(lowest, image->directory[page]);
		kimg_pause(image->host);
		if (!image->list_built)
			continue;
		slots = kimg_list_sources(image, page);
		for (slot = 0; slot < slots; slot++)
			if (image->buffer[slot])
				note(lowest, kimg_entry_frame(image->host,
							      image->buffer[slot]));
	}
	note_run(lowest);
}

bool kimg_find_twice(const struct kimg_image *image, uint64_t *twice)
{
	struct lowest lowest = {
		.shift = image->host->page_shift,
		.heap = image->heap,
		.room = image->heap_size,
		.from = 1,
	};

	do {
		lowest.used = 0;
		lowest.more = false;
		lowest.run = lowest.next = 0;	/* has no frames: below `from` */
		note_all(image, &lowest);
		/* Start again at the top: a run left out may overlap it. */
		if (lowest.used)
			lowest.from = lowest.heap[0];
		while (lowest.used > 1) {
			uint32_t last = --lowest.used;
			uint64_t below;

			*twice = lowest.heap[0] >> lowest.shift;
			put_on_top(lowest.heap, last, lowest.heap[last]);
			below = lowest.heap[0];
			if ((below >> lowest.shift) + ((uint32_t)below & mask_of(&lowest)) > *twice)
				return true;
			if (!(last & 1023))
				kimg_pause(image->host);
		}
	} while (lowest.more);
	return false;
}

/* Whether the region of a crash image has all of a frame. */
static bool in_region(const struct kimg_image *image, uint64_t frame)
{
	unsigned int shift = image->host->page_shift;

	return frame < image->region.end >> shift &&
	       frame << shift >= image->region.start;
}

/* An indirection or control page: S2 and S5. */
static enum kimg_error check_special(struct checker *checker, uint64_t frame,
				     uint64_t limit)
{
	if (!kimg_frame_within(checker->host, frame, limit) ||
	    (checker->image->crash && !in_region(checker->image, frame)))
		return kimg_fail(checker->why, KIMG_E_S5, .a = frame, .b = limit);
	if (kimg_is_destination(checker->image, frame, NULL))
		return kimg_fail(checker->why, KIMG_E_S2, .a = frame);
	return KIMG_OK;
}

/* The source of list entry `index`, wanted at frame `home`: S1 and S5. */
static enum kimg_error check_source(struct checker *checker, uint64_t frame,
				    uint32_t index, uint64_t home)
{
	const struct kimg_host *host = checker->host;
	uint32_t owner;

	if (!kimg_frame_within(host, frame, host->source_limit))
		return kimg_fail(checker->why, KIMG_E_S5, .a = frame,
				 .b = host->source_limit);
	if (kimg_is_destination(checker->image, frame, &owner) && owner != index)
		return kimg_fail(checker->why, KIMG_E_S1, .a = frame, .b = home);
	return KIMG_OK;
}

/*
 * The entry with number `index` among entries, not a link: it must be what the
 * segments want there, DONE behind the last one of a sealed image, or 0.
 */
static enum kimg_error check_entry(struct checker *checker, uint32_t index,
				   kimg_entry_t entry, struct kimg_pos pos)
{
	struct kimg_image *image = checker->image;
	const struct kimg_host *host = checker->host;
	const struct kimg_extent *extent;
	kimg_entry_t want = 0;

	if (index < image->entries) {
		extent = &image->extent[kimg_extent_of_entry(image, index)];
		if (index != extent->entry) {
			uint64_t frame = kimg_entry_frame(host, entry);

			if (entry == kimg_make_entry(host, frame, KIMG_SOURCE))
				return check_source(checker, frame, index,
					extent->first + index - extent->entry - 1);
			goto malformed;
		}
		want = kimg_make_entry(host, extent->first, KIMG_DESTINATION);
	} else if (index == image->entries && image->state == KIMG_SEALED) {
		want = KIMG_DONE;
	}
	if (entry == want)
		return KIMG_OK;
malformed:
	return kimg_fail(checker->why, KIMG_E_S4, .a = pos.frame, .b = entry,
			 .c = pos.slot);
}

/*
 * One indirection page. On return *link is what its last slot holds. The index
 * may run past the entries by a page; PAGES_MAX leaves room for that.
 */
static enum kimg_error check_page(struct checker *checker, uint32_t page,
				  kimg_entry_t *link)
{
	struct kimg_image *image = checker->image;
	const struct kimg_host *host = checker->host;
	struct kimg_pos pos = { image->directory[page], 0 };
	uint32_t first = page * image->slots;
	enum kimg_error error = KIMG_OK;
	void *window = kimg_map(host, pos.frame);

	for (; !error && pos.slot < image->slots; pos.slot++) {
		kimg_entry_t entry = kimg_slot_get(host, window, pos.slot);

		error = check_entry(checker, first + pos.slot, entry, pos);
	}
	*link = kimg_slot_get(host, window, image->slots);
	kimg_unmap(host, window);
	return error;
}

/* All but S3. */
static enum kimg_error check_all(struct checker *checker)
{
	struct kimg_image *image = checker->image;
	const struct kimg_host *host = checker->host;
	struct kimg_pos at = { KIMG_NO_FRAME, 0 };	/* where `link` stood */
	kimg_entry_t link = image->head;
	enum kimg_error error = KIMG_OK;
	const struct kimg_block *block;
	uint32_t i;

	for (block = image->blocks; block; block = block->next)
		for (i = 0; !error && !(i >> block->order); i++)
			error = check_special(checker, block->first + i,
					      host->control_limit);
	for (i = 0; !error && i < image->control_pages; i++)
		error = check_special(checker, image->control[i],
				      host->control_limit);
	for (i = 0; !error && i < image->list_pages; i++) {
		uint64_t frame = image->directory[i];

		if (link != kimg_make_entry(host, frame, KIMG_INDIRECTION))
			return kimg_fail(checker->why, KIMG_E_S4, .a = at.frame,
					 .b = link, .c = at.slot);
		error = check_special(checker, frame, host->source_limit);
		if (!error)
			error = check_page(checker, i, &link);
		kimg_pause(host);
		at.frame = frame;
		at.slot = image->slots;
	}
	/* The last slot, or the head of an empty list, may be where DONE stands. */
	if (!error)
		error = check_entry(checker, image->list_pages * image->slots,
				    link, at);
	return error;
}

enum kimg_error kimg_check(struct kimg_image *image, struct kimg_why *why)
{
	struct checker checker = {
		.image = image,
		.host = image->host,
		.why = why,
	};
	enum kimg_error error;
	uint64_t frame;

	if (image->state == KIMG_NEW)
		return kimg_fail(why, KIMG_E_STATE, .a = image->state);
	error = check_all(&checker);
	if (!error && kimg_find_twice(image, &frame))
		error = kimg_fail(why, KIMG_E_S3, .a = frame);
	return error;
}

enum kimg_error kimg_seal(struct kimg_image *image, struct kimg_why *why)
{
	enum kimg_error error;

	if (image->state != KIMG_LOADED)
		return kimg_fail(why, KIMG_E_STATE, .a = image->state);
	kimg_write_entry(image, kimg_position(image, image->entries), KIMG_DONE);
	image->state = KIMG_SEALED;
	error = kimg_check(image, why);
	if (error) {
		image->state = KIMG_LOADED;
		kimg_write_entry(image, kimg_position(image, image->entries), 0);
	}
	return error;
}
