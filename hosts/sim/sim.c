/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The simulated machine: its memory map, its settings, and what it records.
 */
#include "sim_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Allocate zeroed memory, or end the process. */
void *sim_alloc(size_t size)
{
	void *memory = calloc(1, size ? size : 1);

	if (!memory) {
		fputs("sim: out of memory\n", stderr);
		abort();
	}
	return memory;
}

/* Record a violation of the contract; keep the text of the first. */
void sim_violate(struct sim *sim, const char *what, uint64_t a, uint64_t b)
{
	if (!sim->counts.violations++)
		snprintf(sim->violation, sizeof(sim->violation),
			 "%s (%#" PRIx64 ", %#" PRIx64 ")", what, a, b);
}

/* Shall this call of the fault's operation fail? Counts the call. */
bool sim_strikes(struct sim *sim, enum sim_fault fault)
{
	if (sim->fault != fault)
		return false;
	if (sim->fault_after) {
		sim->fault_after--;
		return false;
	}
	if (sim->fault_hits && !sim->fault_lasting)
		return false;
	sim->fault_hits++;
	return true;
}

uint64_t sim_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

bool sim_bit(const uint64_t *bitmap, uint64_t bit)
{
	return bitmap[bit / 64] >> (bit % 64) & 1;
}

void sim_set_bit(uint64_t *bitmap, uint64_t bit, bool value)
{
	uint64_t mask = (uint64_t)1 << (bit % 64);

	if (value)
		bitmap[bit / 64] |= mask;
	else
		bitmap[bit / 64] &= ~mask;
}

/* The number of frames that lie below the limit with all their bytes. */
uint64_t sim_frames_below(const struct sim *sim, uint64_t limit)
{
	uint64_t frames = limit >> sim->page_shift;
	uint64_t mask = ((uint64_t)1 << sim->page_shift) - 1;

	return (limit & mask) == mask ? frames + 1 : frames;
}

struct sim_range *sim_range_of(const struct sim *sim, uint64_t frame)
{
	for (size_t i = 0; i < sim->ranges; i++) {
		struct sim_range *range = &sim->range[i];

		if (frame - range->first < range->count)
			return range;
	}
	return NULL;
}

uint32_t sim_wanted_by(const struct sim *sim, uint64_t frame)
{
	for (uint32_t i = 0; i < sim->segments; i++) {
		uint64_t first = sim->segment[i].mem >> sim->page_shift;

		if (frame - first < sim->segment[i].memsz >> sim->page_shift)
			return i;
	}
	return sim->segments;
}

struct sim *sim_new(unsigned int page_shift, unsigned int entry_size,
		    uint64_t limit)
{
	struct sim *sim;

	if (page_shift < 3 || page_shift > 20)
		return NULL;
	sim = sim_alloc(sizeof(*sim));
	sim->page_shift = page_shift;
	sim->page_size = (size_t)1 << page_shift;
	sim->entry_size = entry_size;
	sim_set_limits(sim, limit, limit, limit, (uint64_t)1 << 20);
	sim->supply = UINT64_MAX;
	sim->buckets = 256;
	sim->bucket = sim_alloc(sim->buckets * sizeof(struct sim_page *));
	sim->sink = sim_alloc(sim->page_size);
	sim->view = sim_alloc(sim->page_size);
	sim->ops.draw = sim_draw;
	sim->ops.give = sim_give;
	sim->ops.map = sim_map;
	sim->ops.unmap = sim_unmap;
	sim->ops.pull = sim_pull_checked;
	sim->ops.pause = sim_pause;
	return sim;
}

void sim_delete(struct sim *sim)
{
	if (!sim)
		return;
	sim_free_pages(sim);
	for (size_t i = 0; i < sim->ranges; i++) {
		free(sim->range[i].free);
		free(sim->range[i].owned);
	}
	free(sim->range);
	free(sim->script);
	free(sim->bucket);
	free(sim->sink);
	free(sim->view);
	free(sim);
}

void sim_set_limits(struct sim *sim, uint64_t source, uint64_t destination,
		    uint64_t control, uint64_t park_max)
{
	sim->source_limit = source;
	sim->destination_limit = destination;
	sim->control_limit = control;
	sim->park_max = park_max;
}

bool sim_add_zone(struct sim *sim, unsigned int zone, uint64_t start, uint64_t end)
{
	uint64_t mask = ((uint64_t)1 << sim->page_shift) - 1;
	uint64_t first = (start >> sim->page_shift) + !!(start & mask);
	uint64_t last = end >> sim->page_shift;
	struct sim_range *range;
	size_t words, at;

	if (last <= first)
		return false;
	for (size_t i = 0; i < sim->ranges; i++) {
		range = &sim->range[i];
		if (first < range->first + range->count && range->first < last)
			return false;
	}

	range = realloc(sim->range, (sim->ranges + 1) * sizeof(*range));
	if (!range) {
		fputs("sim: out of memory\n", stderr);
		abort();
	}
	sim->range = range;
	at = sim->ranges++;
	while (at > 0 && (range[at - 1].zone > zone ||
			  (range[at - 1].zone == zone && range[at - 1].first > first))) {
		range[at] = range[at - 1];
		at--;
	}
	range[at].first = first;
	range[at].count = last - first;
	range[at].zone = zone;
	words = (size_t)((last - first + 63) / 64);
	range[at].free = sim_alloc(words * sizeof(uint64_t));
	range[at].owned = sim_alloc(words * sizeof(uint64_t));
	/* Bits past the last frame stay clear: searches go by words. */
	for (size_t i = 0; i < words; i++)
		range[at].free[i] = UINT64_MAX;
	if (range[at].count % 64)
		range[at].free[words - 1] >>= 64 - range[at].count % 64;
	return true;
}

bool sim_add_ram(struct sim *sim, uint64_t start, uint64_t end)
{
	return sim_add_zone(sim, 0, start, end);
}

void sim_reserve(struct sim *sim, uint64_t start, uint64_t end)
{
	uint64_t mask = ((uint64_t)1 << sim->page_shift) - 1;
	uint64_t first = start >> sim->page_shift;
	uint64_t last = (end >> sim->page_shift) + !!(end & mask);

	for (size_t i = 0; i < sim->ranges; i++) {
		struct sim_range *range = &sim->range[i];
		uint64_t from = first > range->first ? first : range->first;
		uint64_t to = range->first + range->count;

		if (to > last)
			to = last;
		for (; from < to; from++)
			sim_set_bit(range->free, from - range->first, false);
	}
}

void sim_set_region(struct sim *sim, uint64_t start, uint64_t end)
{
	sim_reserve(sim, start, end);
	sim->region_first = start >> sim->page_shift;
	sim->region_end = end >> sim->page_shift;
}

struct kimg_host sim_host(struct sim *sim)
{
	struct kimg_host host = {
		.ops = &sim->ops,
		.ctx = sim,
		.page_shift = (uint8_t)sim->page_shift,
		.entry_size = (uint8_t)sim->entry_size,
		.source_limit = sim->source_limit,
		.destination_limit = sim->destination_limit,
		.control_limit = sim->control_limit,
		.park_max = sim->park_max,
	};

	sim->ops.claim = sim->claim == SIM_CLAIM_ABSENT ? NULL : sim_claim_run;
	return host;
}

void sim_set_segments(struct sim *sim, const struct kimg_segment *segment,
		      uint32_t count)
{
	sim->segments = 0;
	sim->pages = 0;
	if (count > KIMG_SEGMENT_MAX)
		count = KIMG_SEGMENT_MAX;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = sim->segments++;

		while (at > 0 && sim->segment[at - 1].mem > segment[i].mem) {
			sim->segment[at] = sim->segment[at - 1];
			at--;
		}
		sim->segment[at] = segment[i];
		sim->bufsz[i] = segment[i].bufsz;
		sim->pages += segment[i].memsz >> sim->page_shift;
	}
	sim->destinations_gone = false;
	sim->others_gone = false;
}

void sim_set_fault(struct sim *sim, enum sim_fault fault, uint64_t n, bool lasting)
{
	sim->fault = fault;
	sim->fault_after = n;
	sim->fault_lasting = lasting;
	sim->fault_hits = 0;
}

uint64_t sim_fault_hits(const struct sim *sim)
{
	return sim->fault_hits;
}

bool sim_is_ram(const struct sim *sim, uint64_t frame)
{
	return sim_range_of(sim, frame) != NULL;
}

bool sim_is_owned(const struct sim *sim, uint64_t frame)
{
	const struct sim_range *range = sim_range_of(sim, frame);

	return range && sim_bit(range->owned, frame - range->first);
}

bool sim_is_free(const struct sim *sim, uint64_t frame)
{
	const struct sim_range *range = sim_range_of(sim, frame);

	return range && sim_bit(range->free, frame - range->first);
}

struct sim_counts sim_counts(const struct sim *sim)
{
	return sim->counts;
}

const char *sim_violation(const struct sim *sim)
{
	return sim->counts.violations ? sim->violation : NULL;
}

void sim_forgive(struct sim *sim)
{
	sim->counts.violations = 0;
	sim->violation[0] = '\0';
}

bool sim_check_clean(const struct sim *sim)
{
	return !sim->counts.held && !sim->counts.windows_open &&
	       !sim->counts.violations;
}
