/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A host that answers in every possible way, one after another.
 *
 * Each time it is asked, it picks one of the answers that it could give, and
 * writes down which, and how many there were. The next world gives the same
 * answers up to the last one that has an alternative, and then that one:
 *
 *   draw ─┬─ none left                        world 0
 *         ├─ frame 0 ── draw ─┬─ none left    world 1
 *         │                   ├─ frame 1      world 2
 *         │                   └─ frame 2      world 3
 *         ├─ frames 0, 1                      world 4
 *         ├─ frame 1 ── draw ─┬─ none left    world 5
 *         ...
 *
 * The set of free frames need not be chosen beforehand. A frame is free if it is
 * handed out at some point, and memory is used up when the host says so: until then
 * the engine cannot distinguish two memories. So the tree contains every set of
 * free frames, in every order, and each only once for all worlds that the engine
 * cannot distinguish.
 */
#include "small.h"

#include <string.h>

void small_fault(struct small_world *world, const char *what)
{
	if (!world->fault)
		world->fault = what;
}

unsigned char small_byte(unsigned int segment, uint64_t offset)
{
	return (unsigned char)(1 + segment * 83 + offset * 5 + offset / SMALL_PAGE);
}

/* Pick one of `options` answers. */
static unsigned int pick(struct small_world *world, unsigned int options)
{
	struct small_search *search = &world->search;
	unsigned int at = search->at++;

	if (at >= SMALL_CHOICES) {
		small_fault(world, "the host is asked without an end");
		return 0;
	}
	if (at == search->depth) {
		search->picked[at] = 0;
		search->options[at] = (unsigned char)options;
		search->depth++;
	}
	if (search->options[at] != options)
		small_fault(world, "the same answers lead to other questions");
	return search->picked[at];
}

bool small_next(struct small_world *world)
{
	struct small_search *search = &world->search;

	while (search->depth) {
		unsigned int last = search->depth - 1;

		if (++search->picked[last] < search->options[last])
			return true;
		search->depth = last;
	}
	return false;
}

/* What may be asked for only when no window is open. */
static void no_window(struct small_world *world)
{
	if (world->open)
		small_fault(world, "an operation with a window open");
}

/* One of the runs that the system has in first .. end, or none. */
static bool pick_run(struct small_world *world, unsigned int first, unsigned int end,
		     uint64_t want, unsigned int others, struct kimg_run *got,
		     unsigned int *other)
{
	struct { unsigned char first, count; } run[SMALL_FRAMES * SMALL_FRAMES];
	unsigned int runs = 0, picked;

	for (unsigned int from = first; from < end; from++)
		for (unsigned int to = from; to < end && to - from < want &&
		     (world->lies || world->owner[to] == SMALL_SYSTEM); to++) {
			run[runs].first = (unsigned char)from;
			run[runs].count = (unsigned char)(to - from + 1);
			runs++;
		}
	picked = pick(world, runs + 1 + others);
	*other = picked > runs ? picked - runs : 0;
	if (!picked || picked > runs)
		return false;
	got->first = world->base + run[picked - 1].first;
	got->count = run[picked - 1].count;
	return true;
}

static void hand_out(struct small_world *world, const struct kimg_run *got,
		     enum kimg_use use)
{
	unsigned int at = world->answers++;
	bool lie = false;

	if (at >= SMALL_CHOICES) {
		small_fault(world, "more answers than questions");
		return;
	}
	world->answer[at].use = (unsigned char)use;
	world->answer[at].first = (unsigned char)(got->first - world->base);
	world->answer[at].count = (unsigned char)got->count;
	for (uint64_t i = 0; i < got->count; i++) {
		uint64_t frame = got->first - world->base + i;

		lie |= world->owner[frame] == SMALL_ENGINE;
		world->owner[frame] = SMALL_ENGINE;
		world->drawn[frame] = true;
		world->drawn_for[frame] = (unsigned char)use;
		world->handed[frame]++;
		world->held++;
	}
	world->twice |= lie;
	world->lies -= lie;
}

static int small_draw(void *ctx, enum kimg_use use, uint64_t limit, uint64_t want,
		      struct kimg_run *got)
{
	struct small_world *world = ctx;
	unsigned int other;

	no_window(world);
	if (!want || limit != (use == KIMG_USE_CONTROL ? world->host.control_limit :
			       world->host.source_limit))
		small_fault(world, "a draw of nothing, or with another's limit");
	if (world->crash || world->none_left || world->code || world->lied)
		small_fault(world, "a draw after the end");
	got->first = got->count = 0;
	if (pick_run(world, 0, world->frames, want, world->faults == SMALL_FAULTS ? 5 : 0,
		     got, &other))
		hand_out(world, got, use);
	switch (other) {
	case 1:
		return world->code = KIMG_INTERRUPTED;
	case 4:
		return world->code = -5;
	case 5:		/* without an address */
		got->first = (UINT64_MAX >> SMALL_SHIFT) + 1;
		got->count = 1;
		world->lied = true;
		break;
	case 2:		/* more than was asked for */
		got->first = world->base;
		got->count = want + 1;
		world->lied = true;
		break;
	case 3:		/* frames beyond the last one */
		got->first = UINT64_MAX;
		got->count = 1;
		world->lied = true;
		break;
	default:
		world->none_left = !got->count;
	}
	return 0;
}

static void small_claim(void *ctx, uint64_t first, uint64_t count,
			struct kimg_run *got)
{
	struct small_world *world = ctx;
	uint64_t from = first - world->base;
	unsigned int other;

	no_window(world);
	got->first = got->count = 0;
	if (!count || from >= world->frames || count > world->frames - from) {
		small_fault(world, "a claim of what is no memory");
		return;
	}
	for (uint64_t i = from; i < from + count; i++)
		if (world->wanted[i] < 0 || i >= world->source_end)
			small_fault(world, "a claim of what is no destination");
	if (pick_run(world, (unsigned int)from, (unsigned int)(from + count), count,
		     world->faults == SMALL_FAULTS ? 3 : 0, got, &other))
		hand_out(world, got, KIMG_USE_SOURCE);
	world->lied |= other > 0;
	if (other == 1) {		/* beginning before what was asked for */
		got->first = first - 1;
		got->count = 1;
	} else if (other == 2) {	/* ending behind it */
		got->first = first;
		got->count = count + 1;
	} else if (other == 3) {	/* all of it behind */
		got->first = first + count;
		got->count = 1;
	}
}

static void small_give(void *ctx, uint64_t first, uint64_t count)
{
	struct small_world *world = ctx;
	uint64_t from = first - world->base;

	no_window(world);
	if (!count || from >= world->frames || count > world->frames - from) {
		small_fault(world, "gives back what is no memory");
		return;
	}
	for (uint64_t i = from; i < from + count; i++) {
		if (!world->handed[i]) {
			small_fault(world, "gives back what it does not have");
			continue;
		}
		if (!--world->handed[i])
			world->owner[i] = SMALL_SYSTEM;
		world->held--;
	}
}

static void *small_map(void *ctx, uint64_t frame)
{
	struct small_world *world = ctx;
	uint64_t i = frame - world->base;

	if (++world->open > 2)
		small_fault(world, "three windows");
	if (i >= world->frames ||
	    (!world->crash && !world->raw && world->owner[i] != SMALL_ENGINE)) {
		static unsigned char nowhere[SMALL_PAGE] __attribute__((aligned(8)));

		small_fault(world, "a window on a frame that is not the engine's");
		return nowhere;
	}
	return world->memory[i];
}

static void small_unmap(void *ctx, void *window)
{
	struct small_world *world = ctx;

	(void)window;
	if (!world->open--)
		small_fault(world, "closes a window that is not open");
}

static int small_pull(void *ctx, uint32_t segment, uint64_t offset, void *to,
		      size_t size)
{
	struct small_world *world = ctx;
	unsigned char *byte = to;

	if (world->open != 1)
		small_fault(world, "a pull without one window");
	if (segment >= world->segments || offset != world->pulled[segment] || !size ||
	    size > SMALL_PAGE || size > world->segment[segment].bufsz - offset) {
		small_fault(world, "a pull of what is not there, or not next");
		return 0;
	}
	if (world->faults == SMALL_FAULTS) {
		static const int codes[] = { 0, -14, KIMG_INTERRUPTED };

		world->no_data = codes[pick(world, 3)];
		if (world->no_data)
			return world->no_data;
	}
	world->pulled[segment] += size;
	for (size_t i = 0; i < size; i++)
		byte[i] = small_byte(segment, offset + i);
	return 0;
}

static void small_pause(void *ctx)
{
	no_window(ctx);
}

const struct kimg_host_ops small_ops = {
	.draw = small_draw,
	.give = small_give,
	.map = small_map,
	.unmap = small_unmap,
	.pull = small_pull,
	.claim = small_claim,
	.pause = small_pause,
};

const struct kimg_host_ops small_ops_without_claim = {
	.draw = small_draw,
	.give = small_give,
	.map = small_map,
	.unmap = small_unmap,
	.pull = small_pull,
};

void small_forget(struct small_world *world)
{
	memset(world->drawn, 0, sizeof(world->drawn));
	world->answers = 0;
}

void small_prepare(struct small_world *world)
{
	unsigned int slots = SMALL_PAGE / world->host.entry_size - 1;

	memset(&world->search, 0, sizeof(world->search));
	memset(world->wanted, -1, sizeof(world->wanted));
	memset(world->want, 0, sizeof(world->want));
	world->pages = 0;
	for (unsigned int i = 0; i < world->segments; i++) {
		const struct kimg_segment *segment = &world->segment[i];
		uint64_t first = (segment->mem >> SMALL_SHIFT) - world->base;

		for (uint64_t at = 0; at < segment->memsz; at++) {
			uint64_t frame = first + at / SMALL_PAGE;

			world->wanted[frame] = (signed char)i;
			if (at < segment->bufsz)
				world->want[frame][at % SMALL_PAGE] = small_byte(i, at);
		}
		world->pages += (unsigned int)(segment->memsz / SMALL_PAGE);
	}
	/* DONE may take a last slot, so the division is of the entries alone. */
	world->list_pages = world->crash ? 0 :
		(world->pages + world->segments + slots - 1) / slots;
}

void small_begin(struct small_world *world)
{
	world->search.at = 0;
	world->fault = NULL;
	memset(world->owner, SMALL_SYSTEM, sizeof(world->owner));
	world->held = 0;
	world->open = 0;
	small_forget(world);
	world->raw = false;
	memset(world->handed, 0, sizeof(world->handed));
	world->none_left = world->lied = world->twice = false;
	world->code = world->no_data = 0;
	world->lies = world->lost = 0;
	memset(world->pulled, 0, sizeof(world->pulled));
	/* Each frame reads as nonsense of its own; all bits of flags among it. */
	for (unsigned int i = 0; i < world->frames; i++)
		memset(world->memory[i], (int)(0xcf - 0x10 * i), SMALL_PAGE);
}
