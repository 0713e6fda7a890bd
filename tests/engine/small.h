/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Small worlds: a machine of a few frames on flat arrays, a host that answers in
 * every possible way, and an oracle. There is no allocation and no search, so one
 * world takes about a microsecond.
 *
 *   small_host.c   the host, and the search over its answers
 *   small_config.c machines, limits, sets of segments
 *   small_judge.c  the oracle; shares no code with the engine
 *   exhaustive.c   which worlds there are, and the counting
 *
 * Frame i of a world is frame `base` + i of the machine. A frame here is i.
 */
#ifndef SMALL_H
#define SMALL_H

#include "kimg.h"

#define SMALL_SHIFT	5u		/* the smallest page that the engine takes */
#define SMALL_PAGE	(1u << SMALL_SHIFT)
#define SMALL_FRAMES	10u		/* most frames of a world */
#define SMALL_SEGMENTS	3u
#define SMALL_CHOICES	64u		/* most answers of a host in one world */
#define SMALL_LIES_MOST	2u		/* answers with frames that were handed out */

/* Choices of what the data cover, for three segments; and of their order. */
#define SMALL_COVERS	64u
#define SMALL_ORDERS	6u

/* What the host may answer beyond the frames that it has. */
enum small_faults {
	SMALL_NO_FAULTS,
	SMALL_FAULTS,		/* codes, nonsense, and data that cannot be had */
	SMALL_LIES,		/* frames that the engine has already */
};

/* The answers picked so far, to be given again: a path in the tree of answers. */
struct small_search {
	unsigned int depth;			/* answers on the path */
	unsigned int at;			/* of these, given in this world */
	unsigned char picked[SMALL_CHOICES];
	unsigned char options[SMALL_CHOICES];	/* how many there were to pick from */
};

/* A block of control pages, drawn by itself before the image is placed, or sealed. */
enum small_block { SMALL_NO_BLOCK, SMALL_BLOCK_FIRST, SMALL_BLOCK_LAST };

/* Who has a frame. */
enum small_owner { SMALL_SYSTEM, SMALL_ENGINE };

struct small_world {
	/* ---- What exhaustive.c sets: the same for all answers ---------------- */
	struct kimg_host host;
	uint64_t base;
	unsigned int frames;
	unsigned int source_end;	/* sources lie below this frame */
	unsigned int control_end;	/* control pages, too, below this one */
	unsigned int control;		/* control pages wanted */
	unsigned int segments;
	struct kimg_segment segment[SMALL_SEGMENTS];
	bool crash;			/* the frames are a region's; none is drawn */
	unsigned int region, region_end;	/* its whole frames */
	enum small_faults faults;
	enum small_block block_when;
	unsigned int block_order;

	/* ---- What small_prepare() derives from it ----------------------------- */
	unsigned int pages, list_pages;
	signed char wanted[SMALL_FRAMES];	/* segment that wants it, or -1 */
	unsigned char want[SMALL_FRAMES][SMALL_PAGE];	/* its bytes after a leap */

	/* ---- One world -------------------------------------------------------- */
	struct small_search search;
	const char *fault;		/* what the engine did wrong, or NULL */
	unsigned char owner[SMALL_FRAMES];
	unsigned char handed[SMALL_FRAMES];	/* out, and not given back: how often */
	unsigned int held;		/* the same, of all frames */
	unsigned int open;		/* windows */
	/* Frames that the host handed out, by what for; claims count as sources. */
	bool drawn[SMALL_FRAMES];
	unsigned char drawn_for[SMALL_FRAMES];
	struct { unsigned char use, first, count; } answer[SMALL_CHOICES];
	unsigned int answers;		/* that had frames in them */
	bool none_left;			/* the last draw was told so */
	int code;			/* ... or was given this one */
	bool lied;			/* ... or nonsense */
	unsigned int lies;		/* that the host may still tell */
	bool twice;			/* it told one */
	unsigned int lost;		/* frames that are not given back for it */
	int no_data;			/* the code of a pull that failed */
	uint64_t pulled[SMALL_SEGMENTS];	/* bytes, of each segment */
	bool raw;			/* any frame may be opened: walks */
	struct kimg_block block;
	struct kimg_image image;
	struct kimg_why why;
	unsigned char memory[SMALL_FRAMES][SMALL_PAGE] __attribute__((aligned(8)));
};

/* ---- small_host.c ----------------------------------------------------------- */

extern const struct kimg_host_ops small_ops, small_ops_without_claim;

/* Derive what follows from the configuration, and start with an empty path. */
void small_prepare(struct small_world *world);

/* A fresh world, whose host will take the path from its beginning. */
void small_begin(struct small_world *world);

/* What was handed out so far is no news to the oracle any more. */
void small_forget(struct small_world *world);

/* Go to the next path. False when all were taken. */
bool small_next(struct small_world *world);

/* The byte at `offset` of a segment's data. */
unsigned char small_byte(unsigned int segment, uint64_t offset);

/* Note the first thing that the engine did wrong. */
void small_fault(struct small_world *world, const char *what);

/* ---- small_config.c ---------------------------------------------------------- */

/* A machine without limits, and without anything to load. */
void small_machine(struct small_world *world, unsigned int frames,
		   unsigned int entry_size);

/*
 * The limit below which `frames` whole frames of the world lie; within the next
 * frame if `odd`. Frame 0 lies above every limit that ends within it.
 */
uint64_t small_limit(const struct small_world *world, unsigned int frames, bool odd);

/* Sets of segments have the numbers 0 to this, which is not one; some are none. */
unsigned int small_sets(unsigned int frames);

/*
 * Set the segments with a number, in one of SMALL_ORDERS orders, and one of
 * SMALL_COVERS choices of how much of each the data cover. Returns false where the
 * number is none, or no such order or choice, or the same again.
 */
bool small_segments(struct small_world *world, unsigned int number,
		    unsigned int order, unsigned int covers);

/* The same, where orders and choices are not tried all, but in turns. */
bool small_segments_in_turn(struct small_world *world, unsigned int number);

/* ---- small_judge.c ----------------------------------------------------------- */

/* Each returns NULL, or what is wrong. */

/* S1 to S5 in an image that was placed; its data, if `filled`; DONE, if `sealed`. */
const char *small_judge_image(const struct small_world *world, bool filled,
			      bool sealed);

/*
 * S6: leap, in a copy of memory, and look at every frame. Then let the engine's own
 * executor do the same to memory itself.
 */
const char *small_judge_leap(struct small_world *world);

/* Placing said `error`: is it right that it did? */
const char *small_judge_refusal(const struct small_world *world,
				enum kimg_error error);

/* The block was refused with `error`: is it right that it was? */
const char *small_judge_block(const struct small_world *world, enum kimg_error error);

/*
 * A world that was refused since frames between the two limits, drawn for control
 * pages, are used for sources only: would another order of draws have done?
 */
bool small_refused_by_order(const struct small_world *world);

#endif
