/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The algorithm of the RFC "kexec: Teach indirect pages how to live in high
 * memory" (2020), as an oracle to compare the engine with.
 *
 * It loads page by page. Whenever a new frame turns out to be the destination of
 * a page that is loaded already, it walks the list from the head to find that
 * page, copies it home and goes on with the frame that this sets free. A frame
 * that is the destination of a page to come is kept for later.
 *
 * The RFC as it was posted has two faults: the head of the list is never
 * written, and ending a list that has no page writes through the position that
 * means "none yet". Both are repaired here, unless `as_posted` is set.
 *
 * The list is the kernel's own text, see linux_list.h; the rest is the same
 * algorithm in our words.
 */
#ifndef REFERENCE_H
#define REFERENCE_H

#include "kimg.h"

/* A position: address of the indirection page, plus the slot. The head's: */
#define REF_INVALID (UINT64_MAX - 1)

/* Frames kept on a list that grows. */
struct ref_frames {
	uint64_t *frame;
	size_t count, room;
};

struct reference {
	const struct kimg_host *host;
	bool as_posted;
	kimg_entry_t head;
	uint64_t pos;			/* of the next entry to write */
	const struct kimg_segment *segment;
	uint32_t segments;
	struct ref_frames dest_pages;	/* destinations of pages to come */
	struct ref_frames unusable;	/* frames above the source limit */
	uint64_t control[KIMG_CONTROL_MAX];
	uint32_t controls;
	bool crash;
	/* What it cost. */
	uint64_t reads;			/* entries read, the head's included */
	uint64_t parked_steps;		/* entries of dest_pages looked at */
	uint64_t swaps;			/* pages copied while loading */
	/* Writes to where no slot is: only the form as posted does that. */
	uint64_t wild_writes, wild_frame, wild_slot;
};

/* The list, for entries of one size. Positions are the kernel's. */
struct ref_list {
	/* Add an entry; false: no memory for one more indirection page. */
	bool (*add)(struct reference *ref, kimg_entry_t entry);
	void (*end)(struct reference *ref);
	/* The position of the source for address `destination`, or REF_INVALID. */
	uint64_t (*find)(struct reference *ref, uint64_t destination);
	kimg_entry_t (*read)(struct reference *ref, uint64_t pos);
	void (*write)(struct reference *ref, uint64_t pos, kimg_entry_t entry);
	/* Visit each frame that the list names or lies in, with a window open. */
	void (*each)(struct reference *ref,
		     void (*visit)(struct ref_frames *frames, uint64_t frame),
		     struct ref_frames *frames);
};

extern const struct ref_list ref_list_narrow, ref_list_wide;

/*
 * A frame for the page wanted at `destination` (UINT64_MAX: for the list): that
 * destination itself, or no destination at all. False: no memory.
 */
bool ref_alloc_page(struct reference *ref, uint64_t destination, uint64_t *frame);

/*
 * Load `count` segments and `controls` control pages: allocate, pull, list,
 * terminate. `region` makes it a crash image. The segments must be good, and
 * stay as long as the reference.
 * Errors: NO_MEMORY, NO_CONTROL, DATA; then it holds frames still, and must be
 * freed.
 */
enum kimg_error ref_load(struct reference *ref, const struct kimg_host *host,
			 const struct kimg_segment *segment, uint32_t count,
			 uint32_t controls, const struct kimg_range *region,
			 bool as_posted);

/* Give back what can be found. The form as posted finds no page of its list. */
void ref_free(struct reference *ref);

#endif
