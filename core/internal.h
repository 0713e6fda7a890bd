/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Internal interfaces of the engine. */
#ifndef KIMG_INTERNAL_H
#define KIMG_INTERNAL_H

#include "arith.h"
#include "kimg.h"

/* ---- Sizes ------------------------------------------------------------------ */

/*@ requires good_host(host);
    assigns \nothing;
    ensures \result == page_size(host); */
static inline size_t kimg_page_size(const struct kimg_host *host)
{
	return (size_t)1 << host->page_shift;
}

/* log2 of the entries in a page, the link included. */
/*@ requires good_host(host);
    assigns \nothing;
    ensures \result == slot_shift(host); */
static inline unsigned int kimg_slot_shift(const struct kimg_host *host)
{
	return host->page_shift - (host->entry_size == 8 ? 3u : 2u);
}

/* Frame numbers that a pile's buffer holds; see pile.c. */
/*@ requires good_host(host);
    assigns \nothing;
    ensures \result == page_size(host) / 8 - 2 && 2 <= \result <= 8190; */
static inline uint32_t kimg_pile_size(const struct kimg_host *host)
{
	return (uint32_t)(kimg_page_size(host) / sizeof(uint64_t)) - 2;
}

/* Let other tasks run, if the host supports it. No window may be open. */
static inline void kimg_pause(const struct kimg_host *host)
{
	if (host->ops->pause)
		host->ops->pause(host->ctx);
}

/* ---- Windows and entries (list.c) ------------------------------------------- */

void *kimg_map(const struct kimg_host *host, uint64_t frame);
void kimg_unmap(const struct kimg_host *host, void *window);

/* The frame that an entry names, and the entry for a frame and a flag. */
uint64_t kimg_entry_frame(const struct kimg_host *host, kimg_entry_t entry);
kimg_entry_t kimg_make_entry(const struct kimg_host *host, uint64_t frame,
			     unsigned int flag);

/*
 * Whether all of a frame lies at or below `limit`, the highest address that a byte
 * may have. The last page of a limit is within it.
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
 * Copy the sources in indirection page `page` to image->buffer, 0 for the other
 * slots. Returns the number of slots that hold entries.
 */
uint32_t kimg_list_sources(const struct kimg_image *image, uint32_t page);

/* ---- Segments (segments.c) -------------------------------------------------- */

/* The extent that holds `frame`, or the next one above it; `extents` if none. */
uint32_t kimg_find_extent(const struct kimg_image *image, uint64_t frame);

/* Whether any of `count` frames from `first` on is a destination. */
bool kimg_wanted(const struct kimg_image *image, uint64_t first, uint64_t count);

/* The last extent whose DESTINATION entry is at or before entry `index`. */
uint32_t kimg_extent_of_entry(const struct kimg_image *image, uint32_t index);

/* ---- Piles of frames (pile.c) ----------------------------------------------- */

enum kimg_pile_use {
	KIMG_PILE_WAITING,	/* usable frames, unsuitable for what was drawn */
	KIMG_PILE_PARKED,	/* frames above the limit */
};

/* A stack of frames of any height, in one buffer and the frames themselves. */
struct kimg_pile {
	const struct kimg_host *host;
	uint64_t *buffer;
	uint32_t room;		/* frames that the buffer holds */
	uint32_t used;		/* frames in the buffer */
	uint64_t spilled;	/* the frame that holds the next buffer; or none */
	size_t count;		/* frames in all */
	size_t *windows;	/* counts the windows it opens */
};

/* A pile in a buffer of `room` numbers, kimg_pile_size() at most, 1 at least. */
void kimg_pile_init(struct kimg_pile *pile, struct kimg_image *image,
		    uint64_t *buffer, uint32_t room);
void kimg_pile_push(struct kimg_pile *pile, uint64_t frame);

/*
 * Take a frame off a pile. False if no frame is left (count is 0), or if the frame
 * that holds the numbers of the rest was overwritten (count is not 0): the host
 * handed it out twice.
 */
bool kimg_pile_pop(struct kimg_pile *pile, uint64_t *frame);
/* Give all frames back, up to an overwritten one. */
void kimg_pile_give(struct kimg_pile *pile);

/* ---- Frames and scratch memory of an image (image.c) ------------------------- */

void kimg_give(const struct kimg_host *host, uint64_t first, uint64_t count);

/* Give every frame back; the plan stays. */
void kimg_release(struct kimg_image *image);

/* Forget all frames, without giving them back. */
void kimg_forget(struct kimg_image *image);

/* Hand out scratch memory of at least kimg_scratch_size() bytes. */
void kimg_scratch_set(struct kimg_image *image, void *scratch);

/* ---- Frames with two uses (check.c) ------------------------------------------ */

/*
 * Look for a frame that the image holds twice: S3. Works with any part of its frames
 * drawn, once there is scratch memory.
 */
bool kimg_find_twice(const struct kimg_image *image, uint64_t *twice);

/* ---- Drawing (draw.c) -------------------------------------------------------- */

/* Draws frames for an image, and holds those that cannot be used yet. */
struct kimg_drawer {
	struct kimg_image *image;
	const struct kimg_host *host;
	struct kimg_pile waiting;	/* within the source limit */
	struct kimg_pile parked;	/* above it */
	uint64_t need;			/* frames that the caller wants in all */
	uint64_t got;			/* frames that count towards them, so far */
	struct kimg_run last;		/* what the last draw returned */
	struct kimg_why *why;
};

/*
 * Draw a run for `use`, of `want` frames at most. Frames above the source limit are
 * parked; on return *run holds those within it, possibly none.
 *
 * Errors: NO_MEMORY, NO_MEMORY_BELOW (with the numbers so far), INTERRUPTED,
 * DRAW, HOST_CONTRACT.
 */
enum kimg_error kimg_draw(struct kimg_drawer *drawer, enum kimg_use use,
			  uint64_t want, struct kimg_run *run);

/*
 * Draw for `use` until frames[] holds `count` blocks of 2^order frames, by the
 * number of their first, each aligned, within the limit of that use, and no
 * destination. *drawn counts them. All other frames wait.
 * Errors: as kimg_draw().
 */
enum kimg_error kimg_draw_blocks(struct kimg_drawer *drawer, enum kimg_use use,
				 uint32_t order, uint64_t *frames,
				 uint32_t *drawn, uint32_t count);

/*
 * Give back waiting and parked frames. Returns `error`, or HOST_CONTRACT if the
 * numbers of some frames were overwritten.
 */
enum kimg_error kimg_give_rest(struct kimg_drawer *drawer, enum kimg_error error);

/*
 * HOST_CONTRACT: the host answered a request for `want` frames (at `at`, for a
 * claim) with `count` at `first`, which is not valid. They are not given back.
 */
enum kimg_error kimg_bad_answer(struct kimg_drawer *drawer, uint64_t at,
				uint64_t want, uint64_t first, uint64_t count);

/* ---- Control pages of crash images (control.c) ------------------------------ */

/*
 * Find the next hole of 2^order frames in the region of a crash image.
 * Errors: NO_CONTROL.
 */
enum kimg_error kimg_find_hole(struct kimg_image *image, uint32_t order,
			       uint64_t *frame, struct kimg_why *why);

/* The control pages that the plan wants. Errors: NO_CONTROL. */
enum kimg_error kimg_place_crash(struct kimg_image *image, struct kimg_why *why);

#endif
