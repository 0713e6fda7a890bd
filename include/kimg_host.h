/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a host provides: one struct of operations and a few numbers.
 *
 * A host is the environment of the engine: the simulator, the Linux module, your
 * own kernel. Frames are passed as frame numbers; the engine accesses memory only
 * through windows.
 *
 * For all operations:
 *   - ctx is the pointer from struct kimg_host, passed back untouched.
 *   - The engine calls them one at a time, in the caller's context. It takes
 *     no locks: the owner of the image serialises calls.
 *   - While a window is open, only unmap(), pull(), which writes to it, and
 *     filled(), which reads it, are called. The engine never has more than two
 *     windows open, and closes them in reverse order.
 *   - A frame belongs to the engine from the draw() or claim() that returned
 *     it until the give() that names it. Until then no other draw() or claim()
 *     may return it. If one does, or returns frames that were not requested,
 *     placing ends with KIMG_E_HOST_CONTRACT, and some or all frames are never
 *     given back: see kimg_place().
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
 * draw() and pull() return this if a signal interrupted them: -EINTR of Linux and
 * the BSDs.
 */
#define KIMG_INTERRUPTED (-4)

struct kimg_host_ops {
	/*
	 * Take up to `want` (at least 1) frames from the system, as one run of
	 * ascending frame numbers. `limit` is the highest physical address that a
	 * byte of a useful frame has. A frame above it is no error: the engine
	 * parks frames above source_limit, up to park_max, until placing ends, so
	 * that the next draw returns others; a frame above control_limit only
	 * becomes a source. Parked frames are mapped and written like all others:
	 * return none that map() cannot open. Contents are undefined; the engine
	 * clears what it must. If possible, return long runs below the limit; a
	 * simple host returns one frame at a time.
	 *
	 * For KIMG_USE_CONTROL the engine needs 2^n frames aligned to their number,
	 * and asks for 2^(n+1) - 1, because a run of that length contains such a
	 * block. A host that can allocate an aligned run of 2^n frames returns
	 * that. For single control pages, n is 0.
	 *
	 * Returns 0 and the run; 0 and a run of count 0 if no memory is left;
	 * KIMG_INTERRUPTED, reported as KIMG_E_INTERRUPTED; or another negative
	 * code, reported as KIMG_E_DRAW with that code. Both end placing.
	 */
	int (*draw)(void *ctx, enum kimg_use use, uint64_t limit, uint64_t want,
		    struct kimg_run *got);

	/*
	 * Give `count` frames from `first` back to the system. Cannot fail. The runs
	 * need not be those that draw() and claim() returned.
	 */
	void (*give)(void *ctx, uint64_t first, uint64_t count);

	/*
	 * Open a window on a frame that the engine owns (or, for a crash image, on
	 * a frame of the reserved region): a pointer, aligned to 8, through which
	 * one page can be read and written. Cannot fail for such frames: the engine
	 * does not check for NULL. For other frames it may return NULL; only
	 * kimg_walk() and kimg_run_list(), which do not trust the list, ask for
	 * those.
	 */
	void *(*map)(void *ctx, uint64_t frame);

	/* Close the window that map() returned. Cannot fail. */
	void (*unmap)(void *ctx, void *window);

	/*
	 * Copy `size` bytes (1 to a page) of segment `segment` (the caller's
	 * index), starting `offset` bytes into it, to `to`, the start of the only
	 * open window. Segments come in order of address, regardless of the
	 * caller's order; within each, offsets ascend and each byte is requested
	 * once. Pages without data are not requested.
	 * Returns 0; KIMG_INTERRUPTED, reported as KIMG_E_INTERRUPTED; or another
	 * negative code, reported as KIMG_E_DATA with that code. Both end filling.
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
	 * Optional (may be NULL). Take the lowest run of available frames within
	 * first .. first + count: destinations, which then need no copy at the
	 * leap. Skip frames in use, including those that the engine already has
	 * from a draw. Returns the run, or one of count 0 if nothing (more) is
	 * available there; the host decides how hard it tries.
	 */
	void (*claim)(void *ctx, uint64_t first, uint64_t count,
		      struct kimg_run *got);

	/*
	 * Optional (may be NULL). Called by kimg_place(), kimg_seal() and
	 * kimg_check() between two pages of the list, to let other tasks run, as
	 * cond_resched() does, if the caller of the engine may sleep.
	 */
	void (*pause)(void *ctx);
};

/*
 * A host's numbers. Entry size and page size are run-time properties, so that
 * a 32-bit machine can be planned and simulated on a 64-bit one.
 *
 * A limit is the highest physical address allowed for a byte: 0xffffffff includes
 * the last page below 4 GiB.
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
