/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The simulator: a host with simulated physical memory.
 *
 * It supports any memory map, page size and entry size, and stores only pages that
 * were written: a 64 GiB machine fits into a laptop. Frames that were never written
 * read as poison, which is different for frames of the engine and of the system,
 * and for each frame.
 *
 * It is also an adversary. It chooses in which order frames are handed out,
 * fails at the n-th call, and records a violation whenever the engine breaks
 * the contract in kimg_host.h.
 *
 * A minimal use:
 *
 *	struct sim *sim = sim_new(12, 4, 0xffffffff);
 *
 *	sim_add_ram(sim, 0x100000, 0x40000000);
 *	sim_set_pull(sim, my_pull, my_files);
 *	host = sim_host(sim);
 *	... kimg_init(&image, &host, &why), plan, place, fill, seal ...
 *	sim_set_raw(sim, true);
 *	kimg_run_list(&host, image.head, most, &why);
 *	sim_verify(sim, segment, count, &why);
 *	sim_set_raw(sim, false);
 *	kimg_free(&image);
 *	sim_check_clean(sim);
 *	sim_delete(sim);
 *
 * Addresses are bytes, ranges half-open. Frames are frame numbers. When the
 * process itself has no memory left, the simulator prints that and aborts.
 */
#ifndef SIM_H
#define SIM_H

#include "kimg.h"

struct sim;

/* ---- Building a machine ---------------------------------------------------- */

/*
 * A machine without memory. All three limits are `limit` (highest address of a
 * byte), park_max is 2^20 frames, the allocator is SIM_ASCENDING_RUNS, nothing can
 * be claimed, and the data of segments is sim_pattern(). The numbers are checked by
 * kimg_init(), not here, except that a page shift above 20 or below 3 gives NULL.
 */
struct sim *sim_new(unsigned int page_shift, unsigned int entry_size,
		    uint64_t limit);
void sim_delete(struct sim *sim);

void sim_set_limits(struct sim *sim, uint64_t source, uint64_t destination,
		    uint64_t control, uint64_t park_max);

/*
 * Add memory; pages only partly inside are left out. Must be called before the
 * host is used. Zones are handed out in ascending order of their number, what
 * sim_add_ram() adds is zone 0.
 * False, with nothing added, if the range overlaps memory that is there, or has
 * no whole page.
 */
bool sim_add_ram(struct sim *sim, uint64_t start, uint64_t end);
bool sim_add_zone(struct sim *sim, unsigned int zone, uint64_t start, uint64_t end);

/*
 * Memory in use by the system: never drawn, never claimed, never owned. It may
 * still be a destination. Pages partly inside are included; what is no memory is
 * ignored.
 */
void sim_reserve(struct sim *sim, uint64_t start, uint64_t end);

/* As sim_reserve(), and the engine may open windows there: a crash region. */
void sim_set_region(struct sim *sim, uint64_t start, uint64_t end);

/*
 * The host to pass to kimg_init(). It refers to the sim; get it again after
 * sim_set_limits() or sim_set_claim().
 */
struct kimg_host sim_host(struct sim *sim);

/* ---- The allocator --------------------------------------------------------- */

enum sim_order {
	SIM_ASCENDING_RUNS,	/* runs as long as the engine wants */
	SIM_ASCENDING,		/* one frame a draw */
	SIM_DESCENDING,		/* one frame a draw, from the top */
	SIM_RANDOM,		/* one frame a draw, from anywhere */
	SIM_RANDOM_RUNS,	/* runs of random length, from anywhere */
	/*
	 * These two need sim_set_segments(), and give one frame a draw.
	 * DESTINATIONS: every destination first, in random order: as many as
	 * possible must wait until the list stands.
	 * WORST: other frames for the list and for one page in 64, then always
	 * the destination of a page that already has a frame, jumping over the
	 * list: nearly every draw displaces another frame.
	 */
	SIM_DESTINATIONS,
	SIM_WORST,
	SIM_SCRIPT,		/* exactly the frames of sim_set_script() */
};

/* `seed` feeds the random orders and the random claims. */
void sim_set_allocator(struct sim *sim, enum sim_order order, uint64_t seed);

/* Frames to hand out in this order, one a draw, then none. Copied. */
void sim_set_script(struct sim *sim, const uint64_t *frame, size_t count);

/* The segments, as given to kimg_plan(). Copied. Also sorts them, as the list is. */
void sim_set_segments(struct sim *sim, const struct kimg_segment *segment,
		      uint32_t count);

/*
 * Take the first `count` frames handed out from above the limit that the draw
 * names, as long as there are any. UINT64_MAX: never take any other.
 */
void sim_set_above_first(struct sim *sim, uint64_t count);

/* Never hand out a frame above the limit that the draw names. */
void sim_set_honour_limit(struct sim *sim, bool honour);

/* Hand out at most `count` more frames, then none. UINT64_MAX: no such bound. */
void sim_set_supply(struct sim *sim, uint64_t count);

enum sim_claim {
	SIM_CLAIM_ABSENT,	/* the host has no claim operation */
	SIM_CLAIM_NONE,		/* it has one that never gets anything */
	SIM_CLAIM_ALL,		/* every free frame */
	SIM_CLAIM_SOME,		/* about half of the free frames, at random */
};

void sim_set_claim(struct sim *sim, enum sim_claim claim);

/* ---- Faults ---------------------------------------------------------------- */

enum sim_fault {
	SIM_FAULT_NONE,
	SIM_FAULT_DRAW_EMPTY,	/* the draw finds no memory */
	SIM_FAULT_DRAW_ERROR,	/* the draw returns -5 */
	SIM_FAULT_DRAW_SIGNAL,	/* the draw returns KIMG_INTERRUPTED */
	SIM_FAULT_DRAW_LONG,	/* the draw claims one frame more than was wanted */
	SIM_FAULT_DRAW_WRAP,	/* the draw's run passes the last frame number */
	SIM_FAULT_PULL_ERROR,	/* the pull returns -14 */
	SIM_FAULT_CLAIM_NONE,	/* the claim gets nothing */
	SIM_FAULT_CLAIM_STRAY,	/* the claim returns frames that were not asked for */
	SIM_FAULTS
};

/*
 * Let the n-th call (0: the next) of the fault's operation fail; with `lasting`,
 * every later one too. One fault at a time.
 */
void sim_set_fault(struct sim *sim, enum sim_fault fault, uint64_t n, bool lasting);

/* How often the fault struck since it was set. */
uint64_t sim_fault_hits(const struct sim *sim);

/* ---- Data ------------------------------------------------------------------ */

/* The data of segment `segment` at `offset`, unless sim_set_pull() says otherwise. */
uint8_t sim_pattern(uint32_t segment, uint64_t offset);
void sim_pattern_fill(uint32_t segment, uint64_t offset, void *to, size_t size);

/*
 * Where the data of segments comes from; the contract is that of pull() in
 * kimg_host.h. sim_verify() pulls the same data once more, to compare. NULL: the
 * pattern again.
 */
typedef int sim_pull_fn(void *arg, uint32_t segment, uint64_t offset, void *to,
			size_t size);
void sim_set_pull(struct sim *sim, sim_pull_fn *pull, void *arg);

/* Called for each complete page, as filled() in kimg_host.h. NULL: none. */
typedef void sim_filled_fn(void *arg, uint32_t segment, const void *page,
			   bool in_place);
void sim_set_filled(struct sim *sim, sim_filled_fn *function, void *arg);

/*
 * The engine must pull each byte once, with rising offsets. The count starts again
 * here, and whenever the engine holds no frame.
 */
void sim_restart_pulls(struct sim *sim);

/* ---- Looking at memory ----------------------------------------------------- */

/* Is there memory, is it the engine's, is it free to be drawn? */
bool sim_is_ram(const struct sim *sim, uint64_t frame);
bool sim_is_owned(const struct sim *sim, uint64_t frame);
bool sim_is_free(const struct sim *sim, uint64_t frame);

/* The lowest free frame from `from` on, or KIMG_NO_FRAME. */
uint64_t sim_next_free(const struct sim *sim, uint64_t from);

/*
 * The bytes of a frame, without a window and without being counted. Valid until
 * the next call of anything here. NULL where there is no memory.
 */
const unsigned char *sim_peek(struct sim *sim, uint64_t frame);

/* Change bytes of a frame behind the engine's back. False: no memory there. */
bool sim_poke(struct sim *sim, uint64_t frame, size_t offset, const void *from,
	      size_t size);

/*
 * Raw mode is for walks and executors, which trust no list: every frame of
 * memory may be opened, all others give NULL, and neither is a violation.
 */
void sim_set_raw(struct sim *sim, bool raw);

/* Remember the contents of all memory, as a digest of each frame written so far. */
void sim_snapshot(struct sim *sim);

/*
 * Call `visit` for each frame whose contents differ from the snapshot, in no
 * order. Stops when it returns non-zero, and returns that.
 */
int sim_changed(struct sim *sim, int (*visit)(void *arg, uint64_t frame), void *arg);

/*
 * S6, after a snapshot and kimg_run_list(): every destination holds its data and
 * then zeroes, and no other frame changed. For a crash image, whose data goes
 * straight home, take the snapshot before kimg_fill().
 * Errors: S6 (a = address, b = byte found, c = byte wanted; for a frame that
 * should not have changed, a = its address and b = c), DATA, LIST_FRAME (there is
 * no memory at a destination).
 */
enum kimg_error sim_verify(struct sim *sim, const struct kimg_segment *segment,
			   uint32_t count, struct kimg_why *why);

/* ---- What happened --------------------------------------------------------- */

/* Counted from sim_new() on; subtract to measure a part. */
struct sim_counts {
	uint64_t draws, gives, claims, pulls, pauses;	/* calls */
	uint64_t frames_drawn;			/* by draw */
	uint64_t frames_claimed;		/* by claim */
	uint64_t frames_given;
	uint64_t windows;			/* opened */
	uint64_t pulled;			/* bytes */
	uint64_t held;				/* frames the engine has now */
	uint64_t held_most;
	uint64_t windows_open;			/* now */
	uint64_t windows_most;			/* at once */
	/*
	 * Bytes that windows left behind carrying the poison of another frame:
	 * data of a frame that was copied before it was loaded.
	 * Only counted with sim_set_watch(), which costs time.
	 */
	uint64_t copied;
	uint64_t violations;
};

struct sim_counts sim_counts(const struct sim *sim);
void sim_set_watch(struct sim *sim, bool watch);

/* The text of the first violation of the contract, or NULL. */
const char *sim_violation(const struct sim *sim);
/* Forget all violations: for tests that cause them. */
void sim_forgive(struct sim *sim);

/* Nothing held, no window open, no violation. */
bool sim_check_clean(const struct sim *sim);

/* The next number of a small generator (splitmix64). `*state` may start at 0. */
uint64_t sim_random(uint64_t *state);

#endif
