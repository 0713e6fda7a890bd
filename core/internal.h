/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files of the engine share with each other, and with nobody else. */
#ifndef KIMG_INTERNAL_H
#define KIMG_INTERNAL_H

#include "arith.h"
#include "kimg.h"

/* ---- Errors: fill in *why and return the error ------------------------------ */

enum kimg_error kimg_fail(struct kimg_why *why, enum kimg_error error,
			  uint64_t a, uint64_t b);
enum kimg_error kimg_fail4(struct kimg_why *why, enum kimg_error error,
			   uint64_t a, uint64_t b, uint64_t c, uint64_t d);
enum kimg_error kimg_fail_segment(struct kimg_why *why, enum kimg_error error,
				  uint32_t seg, uint32_t other,
				  uint64_t a, uint64_t b, uint64_t c, uint64_t d);

enum kimg_error kimg_fail_state(const struct kimg_image *image,
				struct kimg_why *why);

/* ---- Sizes ------------------------------------------------------------------ */

static inline size_t kimg_page_size(const struct kimg_host *host)
{
	return (size_t)1 << host->page_shift;
}

/* log2 of the entries in a page, the link included. */
static inline unsigned int kimg_slot_shift(const struct kimg_host *host)
{
	return host->page_shift - (host->entry_size == 8 ? 3u : 2u);
}

/* Frame numbers that a pile's buffer holds; see pile.c. */
static inline uint32_t kimg_pile_size(const struct kimg_host *host)
{
	return (uint32_t)(kimg_page_size(host) / sizeof(uint64_t)) - 2;
}

/* ---- Windows and entries (list.c) ------------------------------------------- */

static inline void *kimg_map(const struct kimg_host *host, uint64_t frame)
{
	return host->ops->map(host->ctx, frame);
}

static inline void kimg_unmap(const struct kimg_host *host, void *window)
{
	host->ops->unmap(host->ctx, window);
}

static inline void kimg_give(const struct kimg_host *host, uint64_t first,
			     uint64_t count)
{
	host->ops->give(host->ctx, first, count);
}

/* The frame that an entry names, and the entry for a frame and a flag. */
uint64_t kimg_entry_frame(const struct kimg_host *host, kimg_entry_t entry);
kimg_entry_t kimg_make_entry(const struct kimg_host *host, uint64_t frame,
			     unsigned int flag);

/*
 * Whether all of a frame lies at or below `limit`, the highest address that a
 * byte may have. The last page of a limit is good.
 */
bool kimg_frame_within(const struct kimg_host *host, uint64_t frame,
		       uint64_t limit);

/* The entry in a slot of an open window, in the host's entry size. */
kimg_entry_t kimg_slot_get(const struct kimg_host *host, const void *window,
			   uint32_t slot);
void kimg_slot_set(const struct kimg_host *host, void *window, uint32_t slot,
		   kimg_entry_t entry);

/* Clear and link all indirection pages and write the DESTINATION entries. */
void kimg_list_build(struct kimg_image *image);

/*
 * Copy the sources that stand in indirection page `page` to image->buffer, 0 for
 * the other slots. Returns the number of slots that hold entries.
 */
uint32_t kimg_list_sources(const struct kimg_image *image, uint32_t page);

/* ---- Segments (segments.c) -------------------------------------------------- */

/* The extent that holds `frame`, or the next one above it; `extents` if none. */
uint32_t kimg_find_extent(const struct kimg_image *image, uint64_t frame);

/* The last extent whose DESTINATION entry is at or before entry `index`. */
uint32_t kimg_extent_of_entry(const struct kimg_image *image, uint32_t index);

/* ---- Piles of frames (pile.c) ----------------------------------------------- */

enum kimg_pile_use {
	KIMG_PILE_WAITING,	/* good frames, of no use for what was drawn */
	KIMG_PILE_PARKED,	/* frames above the limit */
};

/* A stack of frames of any height, in one buffer and the frames themselves. */
struct kimg_pile {
	const struct kimg_host *host;
	uint64_t *buffer;
	uint32_t used;		/* frames in the buffer */
	uint64_t spilled;	/* the frame that holds the next buffer; or none */
	uint64_t count;		/* frames in all */
	uint64_t *windows;	/* counts the windows it opens */
};

void kimg_pile_init(struct kimg_pile *pile, struct kimg_image *image,
		    enum kimg_pile_use use);
void kimg_pile_push(struct kimg_pile *pile, uint64_t frame);
bool kimg_pile_pop(struct kimg_pile *pile, uint64_t *frame);
void kimg_pile_give(struct kimg_pile *pile);

/* ---- Frames and scratch memory of an image (image.c) ------------------------- */

/* Give every frame back; the plan stays. */
void kimg_release(struct kimg_image *image);

/* Hand out scratch memory of at least kimg_scratch_size() bytes. */
void kimg_scratch_set(struct kimg_image *image, void *scratch);

/* ---- Control pages of crash images (control.c) ------------------------------ */

enum kimg_error kimg_place_crash(struct kimg_image *image, struct kimg_why *why);

#endif
