/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The configurations of small worlds: machines, limits, and sets of segments. */
#include "small.h"

#include <string.h>

/* How much of a segment the data cover. */
enum cover { WHOLE, NOT_QUITE, A_PAGE_LESS, NOTHING, COVERS };

/* Orders of three segments; the first one is for one, the first two are for two. */
static const unsigned char orders[SMALL_ORDERS][SMALL_SEGMENTS] = {
	{ 0, 1, 2 }, { 1, 0, 2 }, { 0, 2, 1 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
};
static const unsigned int orders_of[SMALL_SEGMENTS + 1] = { 1, 1, 2, SMALL_ORDERS };

void small_machine(struct small_world *world, unsigned int frames,
		   unsigned int entry_size)
{
	uint64_t last = entry_size == 8 ? UINT64_MAX : UINT32_MAX;

	memset(world, 0, sizeof(*world));
	world->frames = frames;
	world->base = entry_size == 8 ? 0 : (last >> SMALL_SHIFT) + 1 - frames;
	world->host = (struct kimg_host){
		.ops = &small_ops,
		.ctx = world,
		.page_shift = SMALL_SHIFT,
		.entry_size = (uint8_t)entry_size,
		.source_limit = last,
		.destination_limit = last,
		.control_limit = last,
		.park_max = frames,
	};
	world->source_end = world->control_end = frames;
}

uint64_t small_limit(const struct small_world *world, unsigned int frames, bool odd)
{
	uint64_t end = (world->base + frames) << SMALL_SHIFT;

	if (frames == world->frames)
		return world->host.destination_limit;
	return odd || !end ? end + SMALL_PAGE / 2 : end - 1;
}

static uint64_t bytes_covered(uint64_t memsz, enum cover cover)
{
	switch (cover) {
	case WHOLE:
		return memsz;
	case NOT_QUITE:
		return memsz - 5;
	case A_PAGE_LESS:
		return memsz - SMALL_PAGE;
	default:
		return 0;
	}
}

/* A digit to the base of 3 for each frame: no destination, begins a segment, goes on. */
bool small_segments(struct small_world *world, unsigned int number,
		    unsigned int order, unsigned int covers)
{
	enum { NONE, BEGINS, GOES_ON } last = NONE;
	struct kimg_segment sorted[SMALL_SEGMENTS];
	unsigned int count = 0;

	for (unsigned int i = 0; i < world->frames; i++, number /= 3) {
		if (number % 3 == GOES_ON) {
			if (last == NONE)
				return false;
			sorted[count - 1].memsz += SMALL_PAGE;
		} else if (number % 3 == BEGINS) {
			if (count == SMALL_SEGMENTS)
				return false;
			sorted[count].mem = (world->base + i) << SMALL_SHIFT;
			sorted[count++].memsz = SMALL_PAGE;
		}
		last = number % 3;
	}
	if (order >= orders_of[count])
		return false;
	memset(world->segment, 0, sizeof(world->segment));
	for (unsigned int i = 0; i < count; i++, covers /= COVERS) {
		struct kimg_segment *segment = &world->segment[orders[order][i]];
		enum cover cover = covers % COVERS;

		/* A page less than one page is nothing. */
		if (cover == A_PAGE_LESS && sorted[i].memsz == SMALL_PAGE)
			return false;
		*segment = sorted[i];
		segment->bufsz = bytes_covered(segment->memsz, cover);
	}
	world->segments = count;
	return !covers;
}

bool small_segments_in_turn(struct small_world *world, unsigned int number)
{
	static unsigned int turn;

	if (!small_segments(world, number, 0, 0))
		return false;
	/* Most turns are refused: go on to the next that fits. */
	for (unsigned int tries = 0; tries < SMALL_COVERS * SMALL_ORDERS; tries++) {
		turn += 5;		/* 384 = 2^7 3: each turn comes */
		if (small_segments(world, number, turn % SMALL_ORDERS,
				   turn / SMALL_ORDERS % SMALL_COVERS))
			return true;
	}
	return false;
}

unsigned int small_sets(unsigned int frames)
{
	unsigned int count = 1;

	while (frames--)
		count *= 3;
	return count;
}
