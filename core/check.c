/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The invariants S1 to S5 as one function: test oracle, debug assertion, and the
 * last check before a leap. Sealing, which ends with it.
 *
 * S3, that no frame has two uses, is a bitmap of the frames seen. The bitmap has
 * two bits a page at least; frames that lie further apart take more passes over
 * the list, each for the frames of one span, the next span starting at a frame in
 * use. So passes are few, and never more than frames.
 */
#include "internal.h"

struct checker {
	struct kimg_image *image;
	const struct kimg_host *host;
	struct kimg_why *why;
	uint64_t span, span_end;	/* frames that the bitmap stands for */
	uint64_t next;			/* the lowest frame in use above the span */
};

/* Note that `frame` is in use; a second time within the span breaks S3. */
static enum kimg_error use_frame(struct checker *checker, uint64_t frame)
{
	unsigned char *seen = checker->image->seen, bit;
	uint64_t at;

	if (frame >= checker->span_end && frame < checker->next)
		checker->next = frame;
	if (frame < checker->span || frame >= checker->span_end)
		return KIMG_OK;
	at = frame - checker->span;
	bit = (unsigned char)(1u << (at & 7));
	if (seen[at >> 3] & bit)
		return kimg_fail(checker->why, KIMG_E_S3, .a = frame);
	seen[at >> 3] |= bit;
	return KIMG_OK;
}

/* An indirection or control page: S2, S5 and S3. */
static enum kimg_error check_special(struct checker *checker, uint64_t frame,
				     uint64_t limit)
{
	if (!kimg_frame_within(checker->host, frame, limit))
		return kimg_fail(checker->why, KIMG_E_S5, .a = frame, .b = limit);
	if (kimg_is_destination(checker->image, frame, NULL))
		return kimg_fail(checker->why, KIMG_E_S2, .a = frame);
	return use_frame(checker, frame);
}

/* The source of list entry `index`, wanted at frame `home`: S1, S5 and S3. */
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
	return use_frame(checker, frame);
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

/* All frames of the image once, with the bitmap over the current span. */
static enum kimg_error check_pass(struct checker *checker)
{
	struct kimg_image *image = checker->image;
	const struct kimg_host *host = checker->host;
	struct kimg_pos at = { KIMG_NO_FRAME, 0 };	/* where `link` stood */
	kimg_entry_t link = image->head;
	enum kimg_error error = KIMG_OK;
	const struct kimg_block *block;
	uint32_t i;

	memset(image->seen, 0, image->seen_size);
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
		.span_end = 0,
	};
	uint64_t bits = (uint64_t)image->seen_size * 8;
	enum kimg_error error;

	if (image->state == KIMG_NEW)
		return kimg_fail(why, KIMG_E_STATE, .a = image->state);
	/* The first span is empty; each further one starts at a frame in use. */
	do {
		checker.next = UINT64_MAX;
		error = check_pass(&checker);
		checker.span = checker.next;
		if (!kimg_add(checker.span, bits, &checker.span_end))
			checker.span_end = UINT64_MAX;
	} while (!error && checker.next != UINT64_MAX);
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
