/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frames for an image out of Linux's memory, below a limit. What the module and
 * the host in the Linux tree share; a frame here is a page frame number.
 */
#ifndef KIMG_FRAMES_H
#define KIMG_FRAMES_H

#include <linux/gfp.h>
#include <linux/types.h>

#include "kimg_host.h"

/* Frames above the limit that the engine may hold on to while placing. */
#define KIMG_PARK_MAX	4096ul

/* Where the frames of one image come from. */
struct kimg_frames {
	gfp_t control;			/* for control pages */
	const u8 *source;		/* the next frames come from here */
	unsigned long first;		/* frame that a block may have */
	unsigned long scan;		/* next frame to look at for a block */
	unsigned long block_stretch;	/* frames to take in one go */
	unsigned long claim_stretch;
	unsigned int contig_calls;	/* of alloc_contig_range(), so far */
	int order;			/* of pages, that may be had */
	unsigned long strays;		/* frames drawn above the limit */
};

/*
 * Prepare for an image whose sources lie at or below `limit`, the highest address of a
 * byte. Control pages are allocated only from the memory that `control` allows; flags
 * for failing and __GFP_NOWARN are not needed in it.
 */
void kimg_frames_init(struct kimg_frames *frames, u64 limit, gfp_t control);

/* The operations of the same names in kimg_host.h, for the host to build upon. */
int kimg_frames_draw(struct kimg_frames *frames, enum kimg_use use, u64 limit,
		     u64 want, struct kimg_run *got);
void kimg_frames_give(u64 first, u64 count);
void kimg_frames_claim(struct kimg_frames *frames, u64 first, u64 count,
		       struct kimg_run *got);

/* First frame of high memory, or one past the last frame without any. */
unsigned long kimg_low_memory_end(void);

#endif
