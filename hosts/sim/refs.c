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
#define FOREIGN (1u << 30)	/* what the frame with index n held when the machine was made */
#define BYTES (1u << 31)	/* refs->page[n] */

enum state { NO_MEMORY, FREE, OWNED };

/* A run of frames; frames are counted through all runs, and this is the first one's index. */
struct run {
	uint64_t first, end;
	uint32_t index;
};

struct window {
	uint64_t frame;
	unsigned char *bytes;		/* the frame's own, or blank[] */
	uint32_t pulled;		/* page of the image; 0: none */
	size_t size;			/* bytes of it */
	_Alignas(uint64_t) unsigned char blank[SIZE];	/* all BLANK while no window is open */
};

struct refs {
	struct kimg_host_ops ops;
	uint64_t limit;
	struct run *run;		/* all memory */
	size_t runs;
	uint32_t frames;
	/* By a frame's index: */
	unsigned char *state;		/* enum state */
	uint32_t *holds;		/* what it holds */

	uint32_t span, stride, at;	/* the order in which frames are drawn */
	uint32_t free, held;

	struct kimg_segment segment[KIMG_SEGMENT_MAX];
	uint32_t segments;

	struct window window[2];
	unsigned int open;
	bool leaping;

	unsigned char (*page)[SIZE];
	uint32_t pages, pages_most;
	uint32_t spare;			/* 1 + a page not used any more, which has the next; 0: none */
	char violation[120];
};

/* ---- The machine ------------------------------------------------------------ */

/* The whole frames of a range, up to the limit; first is not below end if there are none. */
static struct run run_of(const struct kimg_range *range, uint64_t limit)
{
	uint64_t end = range->end - 1 < limit ? range->end : limit + 1;

	return (struct run){ .first = (range->start >> SHIFT) + !!(range->start % SIZE),
			     .end = end >> SHIFT };
}

/* Their number in all ranges. */
static size_t frames_of(const struct kimg_range *ram, size_t ranges, uint64_t limit)
{
	uint64_t frames = 0;
	size_t i;

	for (i = 0; i < ranges; i++) {
		struct run run = run_of(&ram[i], limit);

		if (run.first < run.end)
			frames += run.end - run.first;
	}
	return (size_t)frames;
}

/*
 * Frames whose bytes are kept: one in 511 for the list, if entries have 8 bytes, and one
 * in 511 for the piles; some for tiny machines.
 */
static size_t pages_most(size_t frames)
{
	return frames / 240 + 8;
}

size_t refs_size(const struct kimg_range *ram, size_t ranges, uint64_t limit)
{
	size_t frames = frames_of(ram, ranges, limit);

	return sizeof(struct refs) + pages_most(frames) * SIZE + ranges * sizeof(struct run) +
	       frames * (sizeof(uint32_t) + 1);
}

static void violate(struct refs *refs, const char *what, uint64_t number)
{
	if (!refs->violation[0])
		snprintf(refs->violation, sizeof(refs->violation), "%s, 0x%" PRIx64,
			 what, number);
}

/* The index of a frame; NOWHERE if there is no memory. */
#define NOWHERE UINT32_MAX
static uint32_t index_of(const struct refs *refs, uint64_t frame)
{
	size_t low = 0, high = refs->runs;

	while (low < high) {
		size_t middle = (low + high) / 2;
		const struct run *run = &refs->run[middle];

		if (frame >= run->first && frame < run->end)
			return run->index + (uint32_t)(frame - run->first);
		if (frame < run->first)
			high = middle;
		else
			low = middle + 1;
	}
	return NOWHERE;
}

/* The frame with this index, which must exist. */
static uint64_t frame_at(const struct refs *refs, uint32_t index)
{
	size_t low = 0, high = refs->runs;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (refs->run[middle].index <= index)
			low = middle;
		else
			high = middle;
	}
	return refs->run[low].first + (index - refs->run[low].index);
}

static enum state state_of(const struct refs *refs, uint64_t frame)
{
	uint32_t index = index_of(refs, frame);

	return index != NOWHERE ? (enum state)refs->state[index] : NO_MEMORY;
}

/* Set the state of a frame that exists. */
static void set_state(struct refs *refs, uint32_t index, enum state state)
{
	refs->free -= refs->state[index] == FREE;
	refs->held -= refs->state[index] == OWNED;
	refs->state[index] = (unsigned char)state;
	refs->free += state == FREE;
	refs->held += state == OWNED;
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

/* One frame, within the limit: the next one that is free. */
static int draw(void *ctx, enum kimg_use use, uint64_t limit, uint64_t want,
		struct kimg_run *got)
{
	struct refs *refs = ctx;
	uint32_t steps;

	(void)use;
	if (refs->open || !want)
		violate(refs, "draw() at the wrong time, or of no frames", want);
	for (steps = refs->free ? refs->span : 0; steps; steps--) {
		refs->at = (refs->at + refs->stride) & (refs->span - 1);
		if (refs->at >= refs->frames || refs->state[refs->at] != FREE)
			continue;
		got->first = frame_at(refs, refs->at);
		if (((got->first + 1) << SHIFT) - 1 > limit)
			continue;
		set_state(refs, refs->at, OWNED);
		got->count = 1;
		break;
	}
	return 0;
}

static void give(void *ctx, uint64_t first, uint64_t count)
{
	struct refs *refs = ctx;
	uint64_t i;

	if (refs->open)
		violate(refs, "give() with a window open", first);
	for (i = 0; i < count; i++) {
		uint32_t index = index_of(refs, first + i);

		if (index == NOWHERE || refs->state[index] != OWNED) {
			violate(refs, "give() of a frame that is not owned", first + i);
			return;
		}
		set_state(refs, index, FREE);
		if (refs->holds[index] & BYTES) {
			uint32_t page = refs->holds[index] & ~BYTES;

			memcpy(refs->page[page], &refs->spare, sizeof(refs->spare));
			refs->spare = page + 1;
		}
		refs->holds[index] = BEFORE;
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
		set_state(refs, index_of(refs, first), OWNED);
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
	uint32_t holds = owned ? refs->holds[index_of(refs, frame)] : BEFORE;
	bool has_bytes = holds & BYTES;
	struct window *window;

	if (refs->leaping && !has_bytes)
		return NULL;
	if (!owned || refs->open == 2)
		violate(refs, "map() of a frame that is not owned, or a third one", frame);
	window = &refs->window[refs->open == 2 ? 1 : refs->open++];
	window->frame = frame;
	window->bytes = has_bytes ? refs->page[holds & ~BYTES] : window->blank;
	window->pulled = 0;
	window->size = 0;
	if (!has_bytes && holds != BEFORE) {
		if (holds != ZEROS)
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
	uint32_t page = refs->pages;

	if (refs->spare) {
		page = refs->spare - 1;
		memcpy(&refs->spare, refs->page[page], sizeof(refs->spare));
	} else if (refs->pages == refs->pages_most) {
		violate(refs, "more pages written than a list has", window->frame);
		return ZEROS;
	} else {
		refs->pages++;
	}
	memcpy(refs->page[page], window->bytes, SIZE);
	return BYTES | page;
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
	holds = &refs->holds[index_of(refs, window->frame)];
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

/* Does a frame belong to a segment? */
static bool is_destination(const struct refs *refs, uint64_t frame)
{
	uint32_t i;

	for (i = 0; i < refs->segments; i++)
		if (frame - (refs->segment[i].mem >> SHIFT) < refs->segment[i].memsz >> SHIFT)
			return true;
	return false;
}

/* Move a page: kimg_walk()'s step. Only destinations may change. */
static int move(void *arg, const struct kimg_copy *copy)
{
	const struct mover *mover = arg;
	uint32_t *holds = mover->refs->holds;
	uint32_t source = index_of(mover->refs, copy->source);
	uint32_t to = index_of(mover->refs, copy->destination), page;

	if (source == NOWHERE || to == NOWHERE)
		return (int)kimg_fail(mover->why, KIMG_E_LIST_FRAME, .a =
			to == NOWHERE ? copy->destination : copy->source);
	page = source != to && holds[source] == BEFORE ? FOREIGN | source : holds[source];
	if (holds[to] != page && !is_destination(mover->refs, copy->destination))
		return (int)kimg_fail(mover->why, KIMG_E_S6_PAGE, .a = copy->destination << SHIFT,
				      .b = page, .c = holds[to]);
	holds[to] = page;
	return KIMG_OK;
}

/* Does each destination hold its page? Error: S6_PAGE. */
static enum kimg_error check_pages(const struct refs *refs, struct kimg_why *why)
{
	uint32_t i, page;

	for (i = 0; i < refs->segments; i++) {
		const struct kimg_segment *segment = &refs->segment[i];
		uint32_t number = first_page(refs, i);

		for (page = 0; page < segment->memsz >> SHIFT; page++) {
			uint64_t frame = (segment->mem >> SHIFT) + page;
			uint32_t index = index_of(refs, frame);
			uint32_t wanted = (uint64_t)page << SHIFT < segment->bufsz ?
					  number + page : ZEROS;
			uint32_t found = index == NOWHERE ? BEFORE : refs->holds[index];

			if (found != wanted)
				return kimg_fail(why, KIMG_E_S6_PAGE, .a = frame << SHIFT,
						 .b = found, .c = wanted);
		}
	}
	return KIMG_OK;
}

enum kimg_error refs_leap(struct refs *refs, const struct kimg_image *image,
			  struct kimg_why *why)
{
	/* Links and DONE come on top of the entries, and end the walk. */
	uint64_t most = (uint64_t)image->entries + image->list_pages + 1;
	struct mover mover = { refs, why };
	enum kimg_error error;
	int stopped;

	refs->leaping = true;
	error = kimg_walk(image->host, image->head, most, move, &mover, &stopped, why);
	refs->leaping = false;
	if (!error)
		error = (enum kimg_error)stopped;
	return error ? error : check_pages(refs, why);
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

struct refs *refs_new(const struct kimg_range *ram, size_t ranges, uint64_t limit)
{
	struct refs *refs = calloc(1, refs_size(ram, ranges, limit));
	size_t i, frames = frames_of(ram, ranges, limit);

	if (!refs)
		return NULL;
	refs->limit = limit;
	refs->pages_most = (uint32_t)pages_most(frames);
	refs->page = (void *)(refs + 1);
	refs->run = (void *)(refs->page + refs->pages_most);
	refs->holds = (void *)(refs->run + ranges);
	refs->state = (void *)(refs->holds + frames);
	for (i = 0; i < ranges; i++) {
		struct run run = run_of(&ram[i], limit);

		run.index = refs->frames;
		if (run.first >= run.end)
			continue;
		refs->run[refs->runs++] = run;
		refs->frames += (uint32_t)(run.end - run.first);
	}
	memset(refs->state, FREE, frames);
	refs->free = refs->frames;
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
