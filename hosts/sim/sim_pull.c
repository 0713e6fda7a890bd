/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The data of segments: the built-in pattern, the user's own, and the checks on
 * how the engine asks for it.
 */
#include "sim_private.h"

/* Eight bytes of the pattern; `block` is the offset / 8. */
static uint64_t pattern_word(uint32_t segment, uint64_t block)
{
	uint64_t state = block * 31 + segment;

	return sim_random(&state);
}

uint8_t sim_pattern(uint32_t segment, uint64_t offset)
{
	return (uint8_t)(pattern_word(segment, offset / 8) >> offset % 8 * 8);
}

void sim_pattern_fill(uint32_t segment, uint64_t offset, void *to, size_t size)
{
	unsigned char *byte = to;

	while (size) {
		uint64_t word = pattern_word(segment, offset / 8) >> offset % 8 * 8;
		size_t part = 8 - (size_t)(offset % 8);

		if (part > size)
			part = size;
		for (size_t i = 0; i < part; i++)
			byte[i] = (unsigned char)(word >> 8 * i);
		byte += part;
		offset += part;
		size -= part;
	}
}

/* Data from the pattern or the user's pull. 0, or the negative code of the latter. */
int sim_data(struct sim *sim, uint32_t segment, uint64_t offset, void *to, size_t size)
{
	if (sim->pull)
		return sim->pull(sim->pull_arg, segment, offset, to, size);
	sim_pattern_fill(segment, offset, to, size);
	return 0;
}

int sim_pull_checked(void *ctx, uint32_t segment, uint64_t offset, void *to,
		     size_t size)
{
	struct sim *sim = ctx;
	const struct sim_window *window = &sim->window[0];
	size_t into;

	sim->counts.pulls++;
	if (sim->counts.windows_open != 1)
		sim_violate(sim, "pull() needs one open window",
			    sim->counts.windows_open, 0);
	into = (size_t)((unsigned char *)to - window->bytes);
	if (!size || size > sim->page_size || into > sim->page_size - size)
		sim_violate(sim, "pull() to outside of the window", into, size);
	if (segment >= KIMG_SEGMENT_MAX ||
	    (sim->segments && segment >= sim->segments)) {
		sim_violate(sim, "pull() of an unknown segment", segment, offset);
		return -22;
	}
	if (offset != sim->pulled_to[segment])
		sim_violate(sim, "pull() out of order", offset,
			    sim->pulled_to[segment]);
	sim->pulled_to[segment] = offset + size;
	if (sim->segments && offset + size > sim->bufsz[segment])
		sim_violate(sim, "pull() past the data", offset + size,
			    sim->bufsz[segment]);
	if (sim_strikes(sim, SIM_FAULT_PULL_ERROR))
		return -14;
	sim->counts.pulled += size;
	return sim_data(sim, segment, offset, to, size);
}

void sim_restart_pulls(struct sim *sim)
{
	memset(sim->pulled_to, 0, sizeof(sim->pulled_to));
}

void sim_set_pull(struct sim *sim, sim_pull_fn *pull, void *arg)
{
	sim->pull = pull;
	sim->pull_arg = arg;
}

static void filled(void *ctx, uint32_t segment, const void *page, bool in_place)
{
	struct sim *sim = ctx;

	if (sim->counts.windows_open != 1 || page != sim->window[0].bytes)
		sim_violate(sim, "filled() needs the window on the page",
			    sim->counts.windows_open, segment);
	sim->filled(sim->filled_arg, segment, page, in_place);
}

void sim_set_filled(struct sim *sim, sim_filled_fn *function, void *arg)
{
	sim->ops.filled = function ? filled : NULL;
	sim->filled = function;
	sim->filled_arg = arg;
}
