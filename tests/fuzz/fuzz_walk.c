/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzer: untrusted lists.
 *
 * The input is a small memory, its holes, and a head. kimg_walk() and
 * kimg_run_list() must end, with no window left open, must report frames without
 * memory, and must do step by step what a second executor does, which has the
 * memory as one array and follows the definition of the list.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define FRAMES 12u
#define SHIFT_MOST 7u

struct world {
	struct sim *sim;
	struct kimg_host host;
	unsigned int shift, size;	/* of a page and of an entry, in bytes */
	uint64_t first;			/* frame */
	bool hole[FRAMES];
	unsigned char memory[FRAMES << SHIFT_MOST];
	uint64_t head, most;
};

/* The bytes of a frame in the array, or NULL where there is no memory. */
static unsigned char *at(struct world *world, uint64_t frame)
{
	uint64_t i = frame - world->first;

	return i < FRAMES && !world->hole[i] ? world->memory + (i << world->shift) : NULL;
}

/* Mostly what stands in a list: a frame near by, and one flag. */
static uint64_t take_entry(struct input *input, const struct world *world)
{
	static const unsigned char flags[] = {
		KIMG_DESTINATION, KIMG_INDIRECTION, KIMG_SOURCE, KIMG_SOURCE,
		KIMG_SOURCE, KIMG_DONE, 0, KIMG_SOURCE | KIMG_DESTINATION,
	};
	uint64_t kind = take(input, 1);

	if (kind >= 0xf0)
		return take_odd(input);
	return (world->first + kind / 8 % (FRAMES + 2)) << world->shift | flags[kind % 8];
}

static void take_world(struct input *input, struct world *world)
{
	uint64_t kind = take(input, 1), holes = take(input, 2);

	memset(world, 0, sizeof(*world));
	world->shift = 5 + (unsigned int)(kind % 3);
	world->size = kind & 8 ? 4 : 8;
	/* At the bottom of memory, or at its end. */
	if (kind & 16)
		world->first = ((world->size == 4 ? UINT32_MAX : UINT64_MAX) >>
				world->shift) - (FRAMES - 1);
	world->sim = sim_new(world->shift, world->size,
			     world->size == 4 ? UINT32_MAX : UINT64_MAX);
	HOLDS(world->sim);
	for (unsigned int i = 0; i < FRAMES; i++) {
		uint64_t start = (world->first + i) << world->shift;

		world->hole[i] = holes >> i & 1;
		/* The last frame of all has no end that a range could name. */
		if (start + (1u << world->shift) < start)
			world->hole[i] = true;
		if (world->hole[i])
			continue;
		HOLDS(sim_add_ram(world->sim, start, start + (1u << world->shift)));
		for (unsigned int k = 0; k < 1u << world->shift; k += world->size) {
			uint64_t entry = take_entry(input, world);
			unsigned char *to = at(world, world->first + i) + k;

			memcpy(to, &entry, world->size);
			HOLDS(sim_poke(world->sim, world->first + i, k, to, world->size));
		}
	}
	world->head = take_entry(input, world);
	/* Heads are as wide as entries. */
	if (world->size == 4)
		world->head &= UINT32_MAX;
	world->most = take(input, 1) % 4 ? 300 : take(input, 1);
	world->host = sim_host(world->sim);
	sim_set_raw(world->sim, true);
}

/* ---- The second executor ---------------------------------------------------------- */

#define STEPS 300u

/* What it did: the pages to move, in order, and why it stopped. */
struct run {
	struct kimg_copy copy[STEPS];
	unsigned int copies;
	enum kimg_error error;
	uint64_t frame;		/* LIST_FRAME: the one that is missing */
};

/*
 * Entry by entry. With `execute`, pages move, which may change what is read next.
 * Memory is read in batches of 16 entries of a page, as the engine's contract
 * has it ("a few at a time"): the trampoline's list is no destination, so this
 * cannot matter for a list that passed the check.
 */
static void second(struct world *world, bool execute, struct run *run)
{
	uint64_t mask = (1u << world->shift) - 1, entry = world->head, read;
	uint64_t page = 0, destination = 0;
	unsigned int slots = (1u << world->shift) / world->size, slot = slots;
	unsigned char batch[16 * 8];
	bool has_destination = false;

	memset(run, 0, sizeof(*run));
	for (read = 0; (entry & mask) != KIMG_DONE; read++) {
		uint64_t frame = entry >> world->shift;

		if (read == world->most) {
			run->error = KIMG_E_LIST_ENDLESS;
			return;
		}
		switch (entry & mask) {
		case KIMG_INDIRECTION:
			page = frame;
			slot = 0;
			break;
		case KIMG_DESTINATION:
			destination = frame;
			has_destination = true;
			break;
		case KIMG_SOURCE:
			if (!has_destination) {
				run->error = KIMG_E_S4;
				return;
			}
			if (execute && frame != destination) {
				unsigned char *from = at(world, frame);
				unsigned char *to = at(world, destination);

				run->error = from && to ? KIMG_OK : KIMG_E_LIST_FRAME;
				run->frame = from ? destination : frame;
				if (run->error)
					return;
				memcpy(to, from, 1u << world->shift);
			}
			run->copy[run->copies++] = (struct kimg_copy){ frame, destination++ };
			break;
		default:
			run->error = KIMG_E_UNKNOWN_FLAG;
			return;
		}
		if (slot == slots) {
			run->error = KIMG_E_S4;
			return;
		}
		if (slot % 16 == 0) {
			unsigned char *from = at(world, page);

			if (!from) {
				run->error = KIMG_E_LIST_FRAME;
				run->frame = page;
				return;
			}
			memcpy(batch, from + slot * world->size,
			       (slots < 16 ? slots : 16) * world->size);
		}
		entry = 0;
		memcpy(&entry, batch + slot++ % 16 * world->size, world->size);
	}
}

/* ---- The engine beside it --------------------------------------------------------- */

struct follower {
	const struct world *world;
	const struct run *run;
	unsigned int at;
	unsigned int stop_at;
};

static int follow(void *arg, const struct kimg_copy *copy)
{
	struct follower *follower = arg;
	const struct kimg_copy *want = &follower->run->copy[follower->at];

	HOLDS(!sim_counts(follower->world->sim).windows_open);
	HOLDS(follower->at < follower->run->copies);
	HOLDS(copy->source == want->source && copy->destination == want->destination);
	return follower->at++ == follower->stop_at ? 77 : 0;
}

static void judge_walk(struct world *world, unsigned int stop_at)
{
	struct follower follower = { .world = world, .stop_at = stop_at };
	struct kimg_why why = { 0 };
	static struct run run;
	enum kimg_error error;
	int stopped;

	second(world, false, &run);
	follower.run = &run;
	error = kimg_walk(&world->host, world->head, world->most, follow, &follower,
			  &stopped, &why);
	if (stop_at < run.copies) {
		HOLDS(!error && stopped == 77 && follower.at == stop_at + 1);
		return;
	}
	HOLDS(error == run.error && error == why.error && !stopped);
	HOLDS(follower.at == run.copies);
	HOLDS(error != KIMG_E_LIST_FRAME || why.a == run.frame);
}

static void judge_executor(struct world *world)
{
	struct kimg_why why = { 0 };
	static struct run run;

	second(world, true, &run);
	HOLDS(kimg_run_list(&world->host, world->head, world->most, &why) == run.error);
	HOLDS(why.error == run.error);
	HOLDS(run.error != KIMG_E_LIST_FRAME || why.a == run.frame);
	for (unsigned int i = 0; i < FRAMES; i++) {
		const unsigned char *have = sim_peek(world->sim, world->first + i);
		const unsigned char *want = at(world, world->first + i);

		HOLDS(!have == !want);
		HOLDS(!have || !memcmp(have, want, (size_t)1 << world->shift));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size };
	static struct world world;

	take_world(&input, &world);
	judge_walk(&world, take(&input, 1) % 2 ? (unsigned int)take(&input, 1) : STEPS);
	judge_executor(&world);
	if (!sim_check_clean(world.sim))
		broken("%s", sim_violation(world.sim) ? sim_violation(world.sim) :
		       "a window is left open");
	sim_delete(world.sim);
	return 0;
}
