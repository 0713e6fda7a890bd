/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a host provides: one struct of operations and a few numbers.
 *
 * A host is whatever the engine runs in: the simulator, the Linux module, your
 * own kernel. Frames go in and out as frame numbers; the engine never sees a
 * pointer to memory except through a window.
 *
 * For all operations:
 *   - ctx is the pointer from struct kimg_host, passed back untouched.
 *   - The engine calls them one at a time, in the caller's context. It takes
 *     no lock: whoever owns the image serialises.
 *   - Only unmap() is called while a window is open, pull(), which writes into
 *     one, and filled(), which reads one. The engine itself never has more than two windows open, and
 *     closes them in the opposite order to that in which it opened them.
 *   - A frame belongs to the engine from the draw() or claim() that returned
 *     it until the give() that names it. Until then no other draw() or claim()
 *     may return it. If one does, or returns what was not asked for, placing ends
 *     with KIMG_E_HOST_CONTRACT, and some or all frames are never given back:
 *     kimg_place() says which.
 *   - got points to a run of count 0 when draw() or claim() is called.
 */
#ifndef KIMG_HOST_H
#define KIMG_HOST_H

#include "kimg_env.h"

/* What a frame is drawn for. A hint: the engine copes with any frame. */
enum kimg_use {
	KIMG_USE_SOURCE,	/* holds a segment's data until the leap */
	KIMG_USE_LIST,		/* indirection page; any memory the trampoline can read */
	KIMG_USE_CONTROL,	/* the trampoline and its page tables */
};

/* Frames first, first + 1, ... first + count - 1. */
struct kimg_run {
	uint64_t first;
	uint64_t count;
};

/*
 * The code with which draw() and pull() say that a signal interrupted them: -EINTR
 * of Linux and the BSDs.
 */
#define KIMG_INTERRUPTED (-4)

struct kimg_host_ops {
	/*
	 * Take up to `want` (at least 1) frames from the system, as one run of
	 * ascending frame numbers. `limit` is the highest physical address that
	 * a byte of a useful frame has. A frame above it is no error: the engine
	 * parks frames above source_limit, up to park_max, until placing ends, so
	 * that the next draw gives others; a frame above control_limit alone
	 * becomes a source. Parked frames are mapped and written to as all others:
	 * return none that map() cannot open. Contents are undefined; the engine
	 * clears what it must. A host that knows where its memory lies returns long
	 * runs below the limit; a simple one returns a frame at a time.
	 *
	 * For KIMG_USE_CONTROL the engine is after 2^n frames aligned to their
	 * number, and asks for 2^(n+1) - 1: a run of that length has such a block
	 * in it. So has an aligned run of 2^n, and a host that has those returns
	 * one. For single control pages, n is 0.
	 *
	 * Returns 0 and the run; 0 and a run of count 0 if there is no more
	 * memory; KIMG_INTERRUPTED, reported as KIMG_E_INTERRUPTED; or another
	 * negative code, reported as KIMG_E_DRAW with that code. Both end the
	 * placing.
	 */
	int (*draw)(void *ctx, enum kimg_use use, uint64_t limit, uint64_t want,
		    struct kimg_run *got);

	/*
	 * Give `count` frames from `first` back to the system. Cannot fail. The runs
	 * need not be those that draw() and claim() returned.
	 */
	void (*give)(void *ctx, uint64_t first, uint64_t count);

	/*
	 * Open a window on a frame that the engine owns (or, for a crash image,
	 * on a frame of the reserved region): a pointer, aligned to 8, through
	 * which one page can be read and written. Cannot fail for such frames: the
	 * engine does not look for NULL. For any other frame it may return NULL;
	 * only kimg_walk() and kimg_run_list(), which trust no list, ask for those.
	 */
	void *(*map)(void *ctx, uint64_t frame);

	/* Close the window that map() returned. Cannot fail. */
	void (*unmap)(void *ctx, void *window);

	/*
	 * Copy `size` bytes (1 to a page) of segment `segment` (the caller's
	 * index), starting `offset` bytes into it, to `to`, the beginning of the
	 * one window that is open. Segments come in the order of their addresses,
	 * whatever the caller's order; in each, offsets rise and each byte comes
	 * once. A page without data is not asked for.
	 * Returns 0; KIMG_INTERRUPTED, reported as KIMG_E_INTERRUPTED; or another
	 * negative code, reported as KIMG_E_DATA with that code. Both end the
	 * filling.
	 */
	int (*pull)(void *ctx, uint32_t segment, uint64_t offset, void *to,
		    size_t size);

	/*
	 * Optional (may be NULL). A page is complete, zeros included: `page` is the
	 * window on it, still open. Called once for each page of the image, in the
	 * order of its destinations; `in_place`: the leap does not move it. For
	 * hosts that keep a hash of what they loaded.
	 */
	void (*filled)(void *ctx, uint32_t segment, const void *page,
		       bool in_place);

	/*
	 * Optional (may be NULL). Take the lowest run of frames that can be had
	 * within first .. first + count: destinations, which then need no copy
	 * at the leap. The engine may have some of them already, from a draw:
	 * pass those over, as all that are in use. Returns the run, or one of
	 * count 0 if nothing (more) is to be had there; the host decides how hard
	 * it tries.
	 */
	void (*claim)(void *ctx, uint64_t first, uint64_t count,
		      struct kimg_run *got);

	/*
	 * Optional (may be NULL). Called by kimg_place(), kimg_seal() and
	 * kimg_check() between two pages of the list: the time to let others run, as
	 * cond_resched() does, if the caller of the engine may sleep now.
	 */
	void (*pause)(void *ctx);
};

/*
 * A host's numbers. Entry size and page size are run-time properties, so that
 * a 32-bit machine can be planned and simulated on a 64-bit one.
 *
 * Limits are the highest physical address that a byte may have: 0xffffffff
 * means that the last page below 4 GiB is still good.
 */
struct kimg_host {
	const struct kimg_host_ops *ops;
	void *ctx;
	uint8_t page_shift;		/* 12 for 4 KiB; 5 to 16 */
	uint8_t entry_size;		/* bytes in a list entry: 4 or 8 */
	uint64_t source_limit;		/* sources and indirection pages */
	uint64_t destination_limit;	/* segments */
	uint64_t control_limit;		/* control pages */
	uint64_t park_max;		/* most frames above a limit to park */
};

#endif
