/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine of refs.h. A window on a frame without bytes shows a blank page. When it is
 * closed, its contents tell what the frame holds now: a page of the image, if one was
 * pulled; zeros; or other bytes, which are kept.
 */
#include "refs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SHIFT 12
#define SIZE ((size_t)1 << SHIFT)
#define BLANK 0xa5

/*
 * What a frame holds: BEFORE, what it held when the machine was made; a page of the
 * image, counted through all segments from 1; or one of these, with a number.
 */
#define BEFORE 0u
#define ZEROS (1u << 29)
#define FOREIGN (1u << 30)	/* what frame n held when the machine was made */
#define BYTES (1u << 31)	/* refs->page[n] */

enum state { NO_MEMORY, FREE, OWNED };

struct window {
	uint64_t frame;
	unsigned char *bytes;		/* the frame's own, or blank[] */
	uint32_t pulled;		/* page of the image; 0: none */
	size_t size;			/* bytes of it */
	unsigned char blank[SIZE];	/* all BLANK while no window is open */
};

struct refs {
	struct kimg_host_ops ops;
	uint64_t limit;
	uint32_t frames;
	unsigned char *state;		/* of each frame: enum state */
	uint32_t *holds, *wanted;	/* by each frame, now and after the leap */

	uint32_t span, stride, at;	/* the order in which frames are drawn */
	uint32_t free, held;

	struct kimg_segment segment[KIMG_SEGMENT_MAX];
	uint32_t segments;

	struct window window[2];
	unsigned int open;
	bool leaping;

	unsigned char (*page)[SIZE];
	uint32_t pages, pages_most;
	char violation[120];
};

/* ---- The machine ------------------------------------------------------------ */

/* Frames that have all their bytes within the limit. */
static uint32_t frames_within(uint64_t limit)
{
	return (uint32_t)((limit + 1) >> SHIFT);
}

/*
 * Frames whose bytes are kept: one in 1,023 for the list, one in 511 for the piles;
 * some for tiny machines.
 */
static uint32_t pages_most(uint64_t limit)
{
	return frames_within(limit) / 256 + 8;
}

size_t refs_size(uint64_t limit)
{
	return sizeof(struct refs) + pages_most(limit) * SIZE +
	       frames_within(limit) * (2 * sizeof(uint32_t) + 1);
}

static void violate(struct refs *refs, const char *what, uint64_t number)
{
	if (!refs->violation[0])
		snprintf(refs->violation, sizeof(refs->violation), "%s, 0x%" PRIx64,
			 what, number);
}

static enum state state_of(const struct refs *refs, uint64_t frame)
{
	return frame < refs->frames ? (enum state)refs->state[frame] : NO_MEMORY;
}

static void set_state(struct refs *refs, uint64_t frame, enum state state)
{
	refs->free -= refs->state[frame] == FREE;
	refs->held -= refs->state[frame] == OWNED;
	refs->state[frame] = (unsigned char)state;
	refs->free += state == FREE;
	refs->held += state == OWNED;
}

void refs_add_ram(struct refs *refs, uint64_t start, uint64_t end)
{
	uint64_t frame = (start >> SHIFT) + !!(start % SIZE);

	for (; frame < end >> SHIFT && frame < refs->frames; frame++)
		set_state(refs, frame, FREE);
}

void refs_reserve(struct refs *refs, uint64_t start, uint64_t end)
{
	uint64_t frame = start >> SHIFT;

	for (; frame << SHIFT < end && frame < refs->frames; frame++)
		set_state(refs, frame, NO_MEMORY);
}

void refs_set_segments(struct refs *refs, const struct kimg_segment *segment,
		       uint32_t count)
{
	memcpy(refs->segment, segment, count * sizeof(*segment));
	refs->segments = count;
}

/* The number of a segment's first page, counted through all from 1. */
static uint32_t first_page(const struct refs *refs, uint32_t segment)
{
	uint64_t page = 1;
	uint32_t i;

	for (i = 0; i < segment; i++)
		page += refs->segment[i].memsz >> SHIFT;
	return (uint32_t)page;
}

/* ---- Frames ----------------------------------------------------------------- */

static int draw(void *ctx, enum kimg_use use, uint64_t limit, uint64_t want,
		struct kimg_run *got)
{
	struct refs *refs = ctx;

	(void)use, (void)limit;
	if (refs->open || !want)
		violate(refs, "draw() at the wrong time, or of no frames", want);
	if (!refs->free)
		return 0;
	do
		refs->at = (refs->at + refs->stride) & (refs->span - 1);
	while (state_of(refs, refs->at) != FREE);
	set_state(refs, refs->at, OWNED);
	got->first = refs->at;
	got->count = 1;
	return 0;
}

static void give(void *ctx, uint64_t first, uint64_t count)
{
	struct refs *refs = ctx;
	uint64_t i;

	if (refs->open)
		violate(refs, "give() with a window open", first);
	for (i = 0; i < count; i++) {
		if (state_of(refs, first + i) != OWNED) {
			violate(refs, "give() of a frame that is not owned", first + i);
			return;
		}
		set_state(refs, first + i, FREE);
		refs->holds[first + i] = BEFORE;
	}
}

/* Whether a destination can be had: about half of them, scattered. */
static bool granted(const struct refs *refs, uint64_t frame)
{
	return state_of(refs, frame) == FREE && (uint32_t)frame * 0x9e3779b1u >> 31;
}

static void claim(void *ctx, uint64_t first, uint64_t count, struct kimg_run *got)
{
	struct refs *refs = ctx;
	uint64_t end = first + count;

	if (refs->open)
		violate(refs, "claim() with a window open", first);
	while (first < end && !granted(refs, first))
		first++;
	got->first = first;
	for (; first < end && granted(refs, first); first++)
		set_state(refs, first, OWNED);
	got->count = first - got->first;
}

/* ---- Windows ---------------------------------------------------------------- */

/*
 * In the leap, only for reading the list: NULL for a frame that is not of the list,
 * nor was.
 */
static void *map(void *ctx, uint64_t frame)
{
	struct refs *refs = ctx;
	bool owned = state_of(refs, frame) == OWNED;
	bool has_bytes = owned && refs->holds[frame] & BYTES;
	struct window *window;

	if (refs->leaping && !has_bytes)
		return NULL;
	if (!owned || refs->open == 2)
		violate(refs, "map() of a frame that is not owned, or a third one", frame);
	window = &refs->window[refs->open == 2 ? 1 : refs->open++];
	window->frame = frame;
	window->bytes = has_bytes ? refs->page[refs->holds[frame] & ~BYTES] :
			window->blank;
	window->pulled = 0;
	window->size = 0;
	if (owned && !has_bytes && refs->holds[frame] != BEFORE) {
		if (refs->holds[frame] != ZEROS)
			violate(refs, "map() of a page that is filled", frame);
		memset(window->bytes, 0, SIZE);
	}
	return window->bytes;
}

static bool all(const unsigned char *bytes, int value, size_t size)
{
	return !size || (bytes[0] == value && !memcmp(bytes, bytes + 1, size - 1));
}

/* Keep the bytes of a window, which was blank. Returns what its frame holds now. */
static uint32_t keep(struct refs *refs, const struct window *window)
{
	if (refs->pages == refs->pages_most) {
		violate(refs, "more pages written than a list has", window->frame);
		return ZEROS;
	}
	memcpy(refs->page[refs->pages], window->bytes, SIZE);
	return BYTES | refs->pages++;
}

static void unmap(void *ctx, void *bytes)
{
	struct refs *refs = ctx;
	struct window *window = &refs->window[refs->open ? refs->open - 1 : 0];
	uint32_t *holds;

	if (!refs->open || window->bytes != bytes) {
		violate(refs, "unmap() of what is not the last window", refs->open);
		return;
	}
	refs->open--;
	if (state_of(refs, window->frame) != OWNED)
		return;
	holds = &refs->holds[window->frame];
	if (window->pulled) {
		if (!all(window->bytes, BLANK, window->size) ||
		    !all(window->bytes + window->size, 0, SIZE - window->size))
			violate(refs, "a page of data is not as pulled, zeros behind it",
				window->pulled);
		*holds = window->pulled;
	} else if (window->bytes != window->blank) {
		return;		/* its own bytes were written to */
	} else if (all(window->bytes, BLANK, SIZE)) {
		return;		/* nothing was */
	} else {
		*holds = all(window->bytes, 0, SIZE) ? ZEROS : keep(refs, window);
	}
	if (window->size < SIZE)
		memset(window->blank, BLANK, SIZE);
}

/* Note which page of the image the frame in the window holds. */
static int pull(void *ctx, uint32_t segment, uint64_t offset, void *to, size_t size)
{
	struct refs *refs = ctx;
	struct window *window = &refs->window[0];

	if (refs->open != 1 || to != window->bytes || window->pulled ||
	    segment >= refs->segments || offset % SIZE || !size || size > SIZE ||
	    offset > refs->segment[segment].bufsz ||
	    refs->segment[segment].bufsz - offset < size ||
	    (size < SIZE && offset + size != refs->segment[segment].bufsz)) {
		violate(refs, "pull() of what is not a page of a segment", offset);
		return -22;
	}
	window->pulled = first_page(refs, segment) + (uint32_t)(offset >> SHIFT);
	window->size = size;
	memset(to, BLANK, size);
	return 0;
}

/* ---- The leap --------------------------------------------------------------- */

struct mover {
	struct refs *refs;
	struct kimg_why *why;
};

/* Move a page: kimg_walk()'s step. */
static int move(void *arg, const struct kimg_copy *copy)
{
	const struct mover *mover = arg;
	uint32_t *holds = mover->refs->holds;
	uint64_t source = copy->source, to = copy->destination;

	if (state_of(mover->refs, source) == NO_MEMORY ||
	    state_of(mover->refs, to) == NO_MEMORY)
		return (int)kimg_fail(mover->why, KIMG_E_LIST_FRAME, .a =
			state_of(mover->refs, to) == NO_MEMORY ? to : source);
	if (source != to)
		holds[to] = holds[source] == BEFORE ? FOREIGN | (uint32_t)source :
			    holds[source];
	return KIMG_OK;
}

/* What each frame shall hold after the leap. */
static void set_wanted(struct refs *refs)
{
	uint32_t i, page;

	memcpy(refs->wanted, refs->holds, refs->frames * sizeof(*refs->wanted));
	for (i = 0; i < refs->segments; i++) {
		const struct kimg_segment *segment = &refs->segment[i];
		uint32_t number = first_page(refs, i);
		uint32_t *wanted = &refs->wanted[segment->mem >> SHIFT];

		for (page = 0; page < segment->memsz >> SHIFT; page++)
			wanted[page] = (uint64_t)page << SHIFT < segment->bufsz ?
				       number + page : ZEROS;
	}
}

enum kimg_error refs_leap(struct refs *refs, const struct kimg_image *image,
			  struct kimg_why *why)
{
	/* Links and DONE come on top of the entries, and end the walk. */
	uint64_t most = (uint64_t)image->entries + image->list_pages + 1;
	struct mover mover = { refs, why };
	enum kimg_error error;
	uint32_t frame;
	int stopped;

	set_wanted(refs);
	refs->leaping = true;
	error = kimg_walk(image->host, image->head, most, move, &mover, &stopped, why);
	refs->leaping = false;
	if (!error)
		error = (enum kimg_error)stopped;
	for (frame = 0; !error && frame < refs->frames; frame++)
		if (refs->holds[frame] != refs->wanted[frame])
			error = kimg_fail(why, KIMG_E_S6_PAGE, .a = (uint64_t)frame << SHIFT,
					  .b = refs->holds[frame], .c = refs->wanted[frame]);
	return error;
}

const char *refs_violation(struct refs *refs)
{
	if (refs->open)
		violate(refs, "windows left open", refs->open);
	if (refs->held)
		violate(refs, "frames lost", refs->held);
	return refs->violation[0] ? refs->violation : NULL;
}

/* ---- Making one --------------------------------------------------------------- */

struct refs *refs_new(uint64_t limit)
{
	struct refs *refs = calloc(1, refs_size(limit));
	unsigned int i;

	if (!refs)
		return NULL;
	refs->limit = limit;
	refs->frames = frames_within(limit);
	refs->pages_most = pages_most(limit);
	refs->page = (void *)(refs + 1);
	refs->holds = (void *)(refs->page + refs->pages_most);
	refs->wanted = refs->holds + refs->frames;
	refs->state = (void *)(refs->wanted + refs->frames);
	/* An odd stride through a power of two comes by every frame. */
	refs->span = 1;
	while (refs->span < refs->frames)
		refs->span *= 2;
	refs->stride = (uint32_t)((uint64_t)refs->span * 5 / 8) | 1;
	for (i = 0; i < 2; i++)
		memset(refs->window[i].blank, BLANK, SIZE);
	refs->ops = (struct kimg_host_ops){
		.draw = draw,
		.give = give,
		.map = map,
		.unmap = unmap,
		.pull = pull,
		.claim = claim,
	};
	return refs;
}

void refs_delete(struct refs *refs)
{
	free(refs);
}

struct kimg_host refs_host(struct refs *refs)
{
	return (struct kimg_host){
		.ops = &refs->ops,
		.ctx = refs,
		.page_shift = SHIFT,
		.entry_size = 4,
		.source_limit = refs->limit,
		.destination_limit = refs->limit,
		.control_limit = refs->limit,
		.park_max = refs->frames,
	};
}
