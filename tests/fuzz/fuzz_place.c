/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzer: placing, on random machines.
 *
 * The input is the memory map, the limits, the segments, the order in which frames
 * are handed out, claims, faults, a supply that ends, and control blocks before and
 * after. What is placed must pass every judgement of the property test: S1 to S6 as
 * the oracle sees them, the engine's own check, and the bounds on its work. A
 * refusal must have the right reason, leave nothing taken, and not happen again
 * without that reason.
 */
#include "fuzz.h"
#include "machine.h"

#include <inttypes.h>

#define BLOCKS 4u
#define SCRIPT_MOST 400u
#define LATE 16u		/* bytes of the input that say what comes after the machine */

struct world {
	struct rig rig;
	struct kimg_block block[BLOCKS];
	unsigned int blocks;
	enum sim_fault fault;
	bool short_of;		/* a supply or a script that may not suffice */
};

static uint64_t choose(void *input, uint64_t sides)
{
	return take_below(input, sides);
}

/* An order of frames: any free frame next, as the input says, until it ends. */
static void take_script(struct input *input, struct world *world)
{
	static uint64_t script[SCRIPT_MOST], frames[SCRIPT_MOST];
	uint64_t frame = sim_next_free(world->rig.sim, 0);
	size_t count = 0, have = 0;

	for (; frame != KIMG_NO_FRAME && have < SCRIPT_MOST; have++) {
		frames[have] = frame;
		frame = sim_next_free(world->rig.sim, frame + 1);
	}
	while (have) {
		size_t pick = input->left ? (size_t)take_below(input, have) : 0;

		script[count++] = frames[pick];
		frames[pick] = frames[--have];
	}
	sim_set_allocator(world->rig.sim, SIM_SCRIPT, 0);
	sim_set_script(world->rig.sim, script, count);
	/* A script hands out claimed frames again: only one or the other. */
	sim_set_claim(world->rig.sim, SIM_CLAIM_ABSENT);
	sim_set_above_first(world->rig.sim, 0);
	world->short_of = true;
}

static void take_world(struct input *input, struct input *late, struct world *world)
{
	uint64_t kind = take(late, 1);

	memset(world, 0, sizeof(*world));
	make_machine(&world->rig, choose, input);
	if (kind % 4 == 1)
		take_script(input, world);
	if (kind & 4) {
		sim_set_supply(world->rig.sim, take_below(late, 300));
		world->short_of = true;
	}
	if (kind & 8) {
		world->fault = (enum sim_fault)take_below(late, SIM_FAULTS);
		sim_set_fault(world->rig.sim, world->fault, take_below(late, 100),
			      kind & 16);
	}
}

/* Is this refusal, of a placing or of a block, one that the world explains? */
static bool explained(struct world *world, enum kimg_error error, bool suffices)
{
	bool struck = sim_fault_hits(world->rig.sim) > 0;

	switch (error) {
	case KIMG_E_NO_MEMORY:
	case KIMG_E_NO_MEMORY_BELOW:
		return !suffices || (struck && world->fault == SIM_FAULT_DRAW_EMPTY);
	case KIMG_E_NO_CONTROL:
		return world->rig.crash;
	case KIMG_E_DRAW:
		return struck && world->fault == SIM_FAULT_DRAW_ERROR;
	case KIMG_E_INTERRUPTED:
		return struck && world->fault == SIM_FAULT_DRAW_SIGNAL;
	case KIMG_E_HOST_CONTRACT:
		return struck && (world->fault == SIM_FAULT_DRAW_LONG ||
				  world->fault == SIM_FAULT_DRAW_WRAP ||
				  world->fault == SIM_FAULT_CLAIM_STRAY);
	default:
		return false;
	}
}

static uint64_t held_by_blocks(const struct world *world)
{
	uint64_t frames = 0;

	for (unsigned int i = 0; i < world->blocks && !world->rig.crash; i++)
		frames += (uint64_t)1 << world->block[i].order;
	return frames;
}

/* Draw some blocks; a refusal changes nothing. */
static void draw_blocks(struct input *input, struct world *world)
{
	struct rig *rig = &world->rig;

	for (uint64_t i = take(input, 1) % 3; i > 0 && world->blocks < BLOCKS; i--) {
		struct kimg_block *block = &world->block[world->blocks];
		uint64_t held = sim_counts(rig->sim).held;
		uint32_t order = (uint32_t)take_below(input, 6);
		enum kimg_error error = kimg_draw_control(&rig->image, block, order, &rig->why);

		if (!error) {
			HOLDS(rig->image.blocks == block && block->order == order);
			world->blocks++;
			continue;
		}
		/* How many neighbours there are, aligned and free, is not counted here. */
		HOLDS(explained(world, error, false));
		HOLDS(sim_counts(rig->sim).held == held);
	}
}

static void judge_placing(struct input *input, struct world *world)
{
	struct rig *rig = &world->rig;
	bool suffices;
	enum kimg_error error;

	HOLDS(!rig_plan(rig));
	draw_blocks(input, world);
	suffices = !world->short_of && machine_suffices(rig);
	rig->scratch_size = kimg_scratch_size(&rig->image);
	rig->scratch = malloc(rig->scratch_size);
	HOLDS(rig->scratch);
	memset(rig->scratch, 0xd1, rig->scratch_size);
	for (;;) {
		error = kimg_place(&rig->image, rig->scratch, rig->scratch_size, &rig->why);
		if (!error)
			break;
		if (!explained(world, error, suffices))
			broken("place: %s", kimg_error_id(error));
		HOLDS(rig->image.state == KIMG_NEW);
		HOLDS(sim_counts(rig->sim).held == held_by_blocks(world));
		/* Once more without the fault, or it really does not go. */
		if (world->fault == SIM_FAULT_NONE)
			return;
		sim_set_fault(rig->sim, world->fault = SIM_FAULT_NONE, 0, false);
	}
	draw_blocks(input, world);
	if (world->fault == SIM_FAULT_PULL_ERROR)
		sim_set_fault(rig->sim, world->fault = SIM_FAULT_NONE, 0, false);
	machine_judge(rig, "this input");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size }, late = take_part(&input, LATE);
	static struct world world;

	take_world(&input, &late, &world);
	judge_placing(&late, &world);
	/* Frees the image with its blocks, and fails unless all is given back. */
	rig_close(&world.rig);
	return 0;
}
