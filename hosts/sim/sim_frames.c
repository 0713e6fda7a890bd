/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The simulator's allocator: which frame is handed out next, and who owns it.
 */
#include "sim_private.h"

#include <stdlib.h>

/* Only free frames in first .. end are looked at. */
struct bounds {
	uint64_t first, end;
};

/* The lowest set bit in from .. to, or `to`. */
static uint64_t next_bit(const uint64_t *bitmap, uint64_t from, uint64_t to)
{
	while (from < to) {
		uint64_t word = bitmap[from / 64] >> (from % 64);

		if (word) {
			from += (uint64_t)__builtin_ctzll(word);
			return from < to ? from : to;
		}
		from = (from / 64 + 1) * 64;
	}
	return to;
}

/* The highest set bit in from .. to, or `to`. */
static uint64_t last_bit(const uint64_t *bitmap, uint64_t from, uint64_t to)
{
	uint64_t at = to;

	while (at > from) {
		uint64_t top = (at - 1) % 64;
		uint64_t word = bitmap[(at - 1) / 64] << (63 - top);

		if (word) {
			at -= 1 + (uint64_t)__builtin_clzll(word);
			return at >= from ? at : to;
		}
		at -= top + 1;
	}
	return to;
}

/* A free frame of one range, the lowest (or, down, the highest) within bounds. */
static bool find_in(const struct sim_range *range, struct bounds bounds, bool down,
		    uint64_t *frame)
{
	uint64_t end = range->first + range->count, bit;

	if (bounds.first < range->first)
		bounds.first = range->first;
	if (bounds.end > end)
		bounds.end = end;
	if (bounds.first >= bounds.end)
		return false;
	bounds.first -= range->first;
	bounds.end -= range->first;
	bit = down ? last_bit(range->free, bounds.first, bounds.end)
		   : next_bit(range->free, bounds.first, bounds.end);
	if (bit == bounds.end)
		return false;
	*frame = range->first + bit;
	return true;
}

/*
 * A free frame within bounds, the next one from `from` on in the order of zones
 * and addresses (or against it), going round at the end.
 */
static bool find(const struct sim *sim, uint64_t from, struct bounds bounds,
		 bool down, uint64_t *frame)
{
	size_t n = sim->ranges, start = down && n ? n - 1 : 0;

	for (size_t i = 0; i < n; i++)
		if (from - sim->range[i].first < sim->range[i].count)
			start = i;

	for (size_t step = 0; step <= n && n; step++) {
		size_t i = down ? (start + n - step % n) % n : (start + step) % n;
		struct bounds part = bounds;

		if (!step) {
			if (down && part.end > from + 1)
				part.end = from + 1;
			if (!down && part.first < from)
				part.first = from;
		}
		if (find_in(&sim->range[i], part, down, frame))
			return true;
	}
	return false;
}

uint64_t sim_next_free(const struct sim *sim, uint64_t from)
{
	struct bounds bounds = { from, UINT64_MAX };
	uint64_t lowest = KIMG_NO_FRAME, frame;

	/* Ranges are in the order of zones: check each. */
	for (size_t i = 0; i < sim->ranges; i++)
		if (find_in(&sim->range[i], bounds, false, &frame) && frame < lowest)
			lowest = frame;
	return lowest;
}

/* Some frame of memory, all alike. */
static uint64_t any_frame(struct sim *sim)
{
	uint64_t total = 0, pick;

	for (size_t i = 0; i < sim->ranges; i++)
		total += sim->range[i].count;
	pick = total ? sim_random(&sim->random) % total : 0;
	for (size_t i = 0; i < sim->ranges; i++) {
		if (pick < sim->range[i].count)
			return sim->range[i].first + pick;
		pick -= sim->range[i].count;
	}
	return 0;
}

/* A random free destination among the first `most` pages of the list. */
static bool find_destination(struct sim *sim, struct bounds bounds, uint64_t most,
			     uint64_t *frame)
{
	uint64_t pick, skipped = 0;
	uint32_t s = 0;

	if (sim->destinations_gone || !most)
		return false;
	pick = sim_random(&sim->random) % most;
	while (pick - skipped >= sim->segment[s].memsz >> sim->page_shift)
		skipped += sim->segment[s++].memsz >> sim->page_shift;

	/* From there to the end of the pages allowed, then from the beginning. */
	for (int round = 0; round < 2; round++) {
		uint64_t before = 0;

		for (uint32_t i = 0; i < sim->segments && before < most; i++) {
			uint64_t first = sim->segment[i].mem >> sim->page_shift;
			uint64_t count = sim->segment[i].memsz >> sim->page_shift;
			struct bounds part = { first, first + count };

			if (before + count > most)
				part.end = first + most - before;
			before += count;
			if (!round && i < s)
				continue;
			if (!round && i == s)
				part.first += pick - skipped;
			if (part.first < bounds.first)
				part.first = bounds.first;
			if (part.end > bounds.end)
				part.end = bounds.end;
			if (part.first < part.end &&
			    find(sim, part.first, part, false, frame))
				return true;
		}
	}
	if (most == sim->pages && !bounds.first && bounds.end == UINT64_MAX)
		sim->destinations_gone = true;
	return false;
}

/*
 * The destination of a page that already has a frame: pages are settled in blocks,
 * and while one block is settled, the destinations of the previous one are handed
 * out, in scattered order. False if that frame is not available.
 */
static bool find_taken(const struct sim *sim, struct bounds bounds, uint64_t *frame)
{
	uint64_t block = 1, page;

	while (block * 128 <= sim->pages)
		block *= 2;
	if (sim->sources_drawn < block)
		return false;
	page = sim->sources_drawn - block;
	page = (page & ~(block - 1)) | ((page * 0x9e3779b1u) & (block - 1));
	for (uint32_t i = 0; i < sim->segments; i++) {
		uint64_t count = sim->segment[i].memsz >> sim->page_shift;

		if (page < count) {
			*frame = (sim->segment[i].mem >> sim->page_shift) + page;
			return *frame >= bounds.first && *frame < bounds.end &&
			       sim_is_free(sim, *frame);
		}
		page -= count;
	}
	return false;
}

/* The next free frame from the cursor on that is no destination. */
static bool find_other(struct sim *sim, struct bounds bounds, uint64_t *frame)
{
	uint64_t from = sim->cursor;

	if (sim->others_gone)
		return false;
	/* Each step passes a gap between segments; going round doubles them. */
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i <= sim->segments; i++) {
			struct bounds gap = bounds;

			if (i > 0)
				gap.first = (sim->segment[i - 1].mem +
					     sim->segment[i - 1].memsz) >> sim->page_shift;
			if (i < sim->segments)
				gap.end = sim->segment[i].mem >> sim->page_shift;
			if (gap.first < bounds.first)
				gap.first = bounds.first;
			if (gap.end > bounds.end)
				gap.end = bounds.end;
			if (!round && gap.first < from)
				gap.first = from;
			if (gap.first < gap.end && find(sim, gap.first, gap, false, frame))
				return true;
		}
	}
	if (!bounds.first && bounds.end == UINT64_MAX)
		sim->others_gone = true;
	return false;
}

/* The next frame in the chosen order, and the longest run it may start. */
static bool choose(struct sim *sim, enum kimg_use use, struct bounds bounds,
		   uint64_t want, uint64_t *frame, uint64_t *longest)
{
	bool found;

	*longest = 1;
	switch (sim->order) {
	case SIM_ASCENDING_RUNS:
		*longest = want;
		return find(sim, sim->cursor, bounds, false, frame);
	case SIM_ASCENDING:
		return find(sim, sim->cursor, bounds, false, frame);
	case SIM_DESCENDING:
		return find(sim, sim->cursor - 2, bounds, true, frame);
	case SIM_RANDOM_RUNS:
		*longest = 1 + sim_random(&sim->random) % 40;
		return find(sim, any_frame(sim), bounds, false, frame);
	case SIM_RANDOM:
		return find(sim, any_frame(sim), bounds, false, frame);
	case SIM_DESTINATIONS:
		return find_destination(sim, bounds, sim->pages, frame) ||
		       find(sim, sim->cursor, bounds, false, frame);
	case SIM_WORST:
		found = use == KIMG_USE_SOURCE && find_taken(sim, bounds, frame);
		return found || find_other(sim, bounds, frame) ||
		       find(sim, sim->cursor, bounds, false, frame);
	case SIM_SCRIPT:
		if (sim->script_next == sim->script_count)
			return false;
		*frame = sim->script[sim->script_next++];
		if (sim_is_free(sim, *frame))
			return true;
		sim_violate(sim, "the script hands out a frame that is not free",
			    *frame, sim->script_next - 1);
		return false;
	}
	return false;
}

/* The same above a limit, where a cursor of its own goes through the frames. */
static bool choose_above(struct sim *sim, enum kimg_use use, struct bounds above,
			 uint64_t want, uint64_t *frame, uint64_t *longest)
{
	uint64_t cursor = sim->cursor;
	bool found;

	sim->cursor = sim->above_cursor;
	found = choose(sim, use, above, want, frame, longest);
	sim->cursor = cursor;
	return found;
}

/* Move frames from the system to the engine; their contents are lost. */
static void take(struct sim *sim, struct sim_range *range, uint64_t first,
		 uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		sim_forget(sim, first + i);
		sim_set_bit(range->free, first + i - range->first, false);
		sim_set_bit(range->owned, first + i - range->first, true);
	}
	sim->counts.held += count;
	if (sim->counts.held > sim->counts.held_most)
		sim->counts.held_most = sim->counts.held;
}

int sim_draw(void *ctx, enum kimg_use use, uint64_t limit, uint64_t want,
	     struct kimg_run *got)
{
	struct sim *sim = ctx;
	uint64_t below = sim_frames_below(sim, limit);
	struct bounds all = { 0, UINT64_MAX }, above = { below, UINT64_MAX };
	struct sim_range *range;
	uint64_t frame, longest;

	sim->counts.draws++;
	got->first = 0;
	got->count = 0;
	if (sim->counts.windows_open)
		sim_violate(sim, "draw() with a window open", want, 0);
	if (!want)
		sim_violate(sim, "draw() of no frames", want, 0);
	if (sim_strikes(sim, SIM_FAULT_DRAW_EMPTY) || !want || !sim->supply)
		return 0;
	if (sim_strikes(sim, SIM_FAULT_DRAW_ERROR))
		return -5;
	if (sim_strikes(sim, SIM_FAULT_DRAW_SIGNAL))
		return KIMG_INTERRUPTED;
	if (sim_strikes(sim, SIM_FAULT_DRAW_LONG)) {
		got->first = below / 2;
		got->count = want + 1;
		return 0;
	}
	if (sim_strikes(sim, SIM_FAULT_DRAW_WRAP)) {
		got->first = UINT64_MAX;
		got->count = want;
		return 0;
	}

	if (sim->honour_limit)
		all.end = below;
	if (sim->above_first && choose_above(sim, use, above, want, &frame, &longest)) {
		all = above;
	} else if (sim->above_first == UINT64_MAX ||
		   !choose(sim, use, all, want, &frame, &longest)) {
		return 0;
	}

	range = sim_range_of(sim, frame);
	if (longest > want)
		longest = want;
	if (longest > sim->supply)
		longest = sim->supply;
	if (all.first && longest > sim->above_first)
		longest = sim->above_first;
	got->first = frame;
	got->count = 1;
	while (got->count < longest && frame + got->count < all.end &&
	       frame + got->count - range->first < range->count &&
	       sim_bit(range->free, frame + got->count - range->first))
		got->count++;

	take(sim, range, got->first, got->count);
	if (all.first)
		sim->above_cursor = frame + got->count;
	else
		sim->cursor = frame + got->count;
	if (all.first && sim->above_first != UINT64_MAX)
		sim->above_first -= got->count;
	if (sim->supply != UINT64_MAX)
		sim->supply -= got->count;
	if (use == KIMG_USE_SOURCE)
		sim->sources_drawn += got->count;
	sim->counts.frames_drawn += got->count;
	return 0;
}

void sim_give(void *ctx, uint64_t first, uint64_t count)
{
	struct sim *sim = ctx;

	sim->counts.gives++;
	if (sim->counts.windows_open)
		sim_violate(sim, "give() with a window open", first, count);
	if (!count)
		sim_violate(sim, "give() of no frames", first, count);
	for (uint64_t i = 0; i < count; i++) {
		uint64_t frame = first + i;
		struct sim_range *range = sim_range_of(sim, frame);

		if (!range || !sim_bit(range->owned, frame - range->first)) {
			sim_violate(sim, "give() of a frame that is not owned",
				    frame, count);
			if (!range)
				break;
			continue;
		}
		sim_forget(sim, frame);
		sim_set_bit(range->owned, frame - range->first, false);
		sim_set_bit(range->free, frame - range->first, true);
		if (sim_wanted_by(sim, frame) < sim->segments)
			sim->destinations_gone = false;
		else
			sim->others_gone = false;
		sim->counts.held--;
		sim->counts.frames_given++;
	}
	if (!sim->counts.held) {
		sim->sources_drawn = 0;
		sim_restart_pulls(sim);
	}
}

void sim_pause(void *ctx)
{
	struct sim *sim = ctx;

	sim->counts.pauses++;
	if (sim->counts.windows_open)
		sim_violate(sim, "pause() with a window open", 0, 0);
}

/* Does the claim policy grant this free frame? Random, but always the same. */
static bool claimable(const struct sim *sim, uint64_t frame)
{
	uint64_t state = frame ^ sim->seed << 20;

	return sim->claim == SIM_CLAIM_ALL ||
	       (sim->claim == SIM_CLAIM_SOME && (sim_random(&state) & 1));
}

void sim_claim_run(void *ctx, uint64_t first, uint64_t count, struct kimg_run *got)
{
	struct sim *sim = ctx;
	uint64_t end = first + count, frame = first;
	struct sim_range *range = NULL;

	sim->counts.claims++;
	got->first = 0;
	got->count = 0;
	if (sim->counts.windows_open)
		sim_violate(sim, "claim() with a window open", first, count);
	if (!count || end < first)
		sim_violate(sim, "claim() of an impossible range", first, count);
	if (sim_strikes(sim, SIM_FAULT_CLAIM_NONE) || sim->claim == SIM_CLAIM_NONE)
		return;
	if (sim_strikes(sim, SIM_FAULT_CLAIM_STRAY)) {
		got->first = end;
		got->count = 1;
		return;
	}

	while (frame < end) {
		struct sim_range *here = sim_range_of(sim, frame);
		bool good = here && sim_bit(here->free, frame - here->first) &&
			    claimable(sim, frame);

		if (got->count && (!good || here != range))
			break;
		if (good) {
			if (!got->count++)
				got->first = frame;
			range = here;
		}
		frame++;
	}
	if (!got->count)
		return;
	take(sim, range, got->first, got->count);
	sim->counts.frames_claimed += got->count;
}

void sim_set_allocator(struct sim *sim, enum sim_order order, uint64_t seed)
{
	sim->order = order;
	sim->seed = seed;
	sim->random = seed;
	sim->cursor = order == SIM_DESCENDING ? UINT64_MAX : 0;
	sim->above_cursor = sim->cursor;
}

void sim_set_script(struct sim *sim, const uint64_t *frame, size_t count)
{
	free(sim->script);
	sim->script = sim_alloc(count * sizeof(*frame));
	if (count)
		memcpy(sim->script, frame, count * sizeof(*frame));
	sim->script_count = count;
	sim->script_next = 0;
}

void sim_set_above_first(struct sim *sim, uint64_t count)
{
	sim->above_first = count;
}

void sim_set_honour_limit(struct sim *sim, bool honour)
{
	sim->honour_limit = honour;
}

void sim_set_supply(struct sim *sim, uint64_t count)
{
	sim->supply = count;
}

void sim_set_claim(struct sim *sim, enum sim_claim claim)
{
	sim->claim = claim;
}
