/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzer: the check against the tests' oracle, on damaged images.
 *
 * The input makes a machine, loads an image on it, and damages the list, the head,
 * the directory or the control pages. kimg_check() must find what the oracle finds,
 * and nothing else. If both accept the image, the leap must copy each source to its
 * destination and change no other frame.
 */
#include "fuzz.h"
#include "machine.h"

#define DAMAGES 6u
#define COPIES_MOST 4000u
#define LATE 48u		/* bytes of the input that say what is damaged */

/* What was there before the damage. */
struct damage {
	enum { SLOT, HEAD, CONTROL, DIRECTORY } what;
	uint64_t frame;		/* SLOT: of the list page; else the array's index */
	uint32_t slot;
	uint64_t before;
};

struct world {
	struct rig rig;
	struct damage damage[DAMAGES];
	unsigned int damages;
	bool directory;		/* was damaged: the oracle does not look at it */
};

static uint64_t choose(void *input, uint64_t sides)
{
	return take_below(input, sides);
}

/* ---- Damage ------------------------------------------------------------------------ */

/* A frame that something uses, or one beside it, or any. */
static uint64_t take_frame(struct input *input, const struct world *world)
{
	const struct kimg_image *image = &world->rig.image;
	uint64_t kind = take(input, 1), which = take(input, 2), frame = 0;

	switch (kind % 8) {
	case 0:
		return take_odd(input);
	case 1:
		if (image->control_pages)
			frame = image->control[which % image->control_pages];
		break;
	case 2:
		if (image->list_pages)
			frame = image->directory[which % image->list_pages];
		break;
	case 3:
	case 4:
		if (image->extents)
			frame = image->extent[which % image->extents].first + kind / 64;
		break;
	default:
		if (image->list_pages)
			frame = kimg_read_entry(image, kimg_position(image,
					(uint32_t)(which % image->entries))) >>
				world->rig.host.page_shift;
	}
	return kind & 8 ? frame + kind / 16 % 4 - 2 : frame;
}

static uint64_t take_entry(struct input *input, const struct world *world, uint64_t before)
{
	uint64_t kind = take(input, 1);

	if (kind >= 0xe0)
		return take_odd(input);
	if (kind >= 0xc0)
		return before ^ (uint64_t)1 << take(input, 1) % 64;
	return take_frame(input, world) << world->rig.host.page_shift |
	       (kind & 0x40 ? (uint64_t)KIMG_SOURCE : kind % 16);
}

static void damage(struct input *input, struct world *world)
{
	struct damage *damage = &world->damage[world->damages++];
	struct kimg_image *image = &world->rig.image;
	uint64_t kind = take(input, 1), which = take(input, 2), entry;
	unsigned int size = world->rig.host.entry_size;

	damage->what = HEAD;
	if (kind % 8 > 0 && kind % 8 < 3 && image->control_pages)
		damage->what = CONTROL;
	else if (kind % 8 == 3 && image->list_pages)
		damage->what = DIRECTORY;
	else if (kind % 8 && image->list_pages)
		damage->what = SLOT;
	switch (damage->what) {
	case HEAD:
		damage->before = image->head;
		image->head = take_entry(input, world, image->head);
		break;
	case CONTROL:
		damage->frame = which % image->control_pages;
		damage->before = image->control[damage->frame];
		image->control[damage->frame] = take_frame(input, world);
		break;
	case DIRECTORY:
		damage->frame = which % image->list_pages;
		damage->before = image->directory[damage->frame];
		image->directory[damage->frame] = take_frame(input, world);
		world->directory |= image->directory[damage->frame] != damage->before;
		break;
	case SLOT:
		damage->frame = image->directory[which % image->list_pages];
		damage->slot = (uint32_t)take_below(input, image->slots + 1u);
		/* A directory that is damaged names frames without memory. */
		if (!sim_is_owned(world->rig.sim, damage->frame)) {
			world->damages--;
			return;
		}
		memcpy(&damage->before, sim_peek(world->rig.sim, damage->frame) +
		       (size_t)damage->slot * size, size);
		entry = take_entry(input, world, damage->before);
		HOLDS(sim_poke(world->rig.sim, damage->frame, (size_t)damage->slot * size,
			       &entry, size));
		break;
	}
}

/* Undo all damage, the last first, so that the image can be freed. */
static void repair(struct world *world)
{
	unsigned int size = world->rig.host.entry_size;

	while (world->damages) {
		const struct damage *damage = &world->damage[--world->damages];

		switch (damage->what) {
		case HEAD:
			world->rig.image.head = damage->before;
			break;
		case CONTROL:
			world->rig.image.control[damage->frame] = damage->before;
			break;
		case DIRECTORY:
			world->rig.image.directory[damage->frame] = damage->before;
			break;
		case SLOT:
			HOLDS(sim_poke(world->rig.sim, damage->frame,
				       (size_t)damage->slot * size, &damage->before, size));
		}
	}
}

/* ---- The leap ---------------------------------------------------------------------- */

/* What each page to move looks like before the leap. */
struct promise {
	struct rig *rig;
	struct { uint64_t destination, digest; } copy[COPIES_MOST];
	unsigned int copies;
};

static uint64_t digest(struct rig *rig, uint64_t frame)
{
	const unsigned char *bytes = sim_peek(rig->sim, frame);
	uint64_t sum = 0;

	HOLDS(bytes);
	for (size_t i = 0; i < (size_t)1 << rig->host.page_shift; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3u;
	return sum;
}

static int note(void *arg, const struct kimg_copy *copy)
{
	struct promise *promise = arg;

	if (promise->copies == COPIES_MOST)
		return 1;
	promise->copy[promise->copies].destination = copy->destination;
	promise->copy[promise->copies++].digest = digest(promise->rig, copy->source);
	return 0;
}

/* Stop at a changed frame that no segment wants. */
static int stray(void *arg, uint64_t frame)
{
	const struct rig *rig = arg;
	uint64_t address = frame << rig->host.page_shift;

	for (uint32_t i = 0; i < rig->segments; i++)
		if (address - rig->segment[i].mem < rig->segment[i].memsz)
			return 0;
	return 1;
}

static void judge_leap(struct rig *rig)
{
	static struct promise promise;

	promise.rig = rig;
	promise.copies = 0;
	sim_set_raw(rig->sim, true);
	HOLDS(!kimg_walk(&rig->host, rig->image.head, rig_most(rig), note, &promise, NULL,
			 &rig->why));
	sim_snapshot(rig->sim);
	HOLDS(!kimg_run_list(&rig->host, rig->image.head, rig_most(rig), &rig->why));
	sim_set_raw(rig->sim, false);
	HOLDS(!sim_changed(rig->sim, stray, rig));
	for (unsigned int i = 0; i < promise.copies; i++)
		HOLDS(digest(rig, promise.copy[i].destination) == promise.copy[i].digest);
}

/* ---- The judge --------------------------------------------------------------------- */

/*
 * What only the oracle can know: which frames the host gave. The engine keeps no
 * books of that.
 */
static bool host_knows(const char *text)
{
	return strstr(text, "is not the engine's") || strstr(text, "too far off") ||
	       strstr(text, "frames held");
}

static void judge(struct world *world)
{
	struct rig *rig = &world->rig;
	bool sealed = rig->image.state == KIMG_SEALED;
	enum kimg_error error = kimg_check(&rig->image, &rig->why);
	char text[200] = "", said[256];
	bool good = oracle_image(rig, sealed, false, text);

	if (error) {
		HOLDS(error >= KIMG_E_S1 && error <= KIMG_E_S5 && error == rig->why.error);
		kimg_explain(&rig->why, said, sizeof(said));
		/* The directory and the list must tell the same. */
		if (good && !world->directory)
			broken("the check refuses a right image: %s", said);
	} else if (!good && !host_knows(text)) {
		broken("the check passes, but %s", text);
	} else if (good && sealed) {
		judge_leap(rig);
	}
	/* Both named a page that is not the engine's: nothing could tell. */
	if (world->directory)
		sim_forgive(rig->sim);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size }, late = take_part(&input, LATE);
	static struct world world;
	enum kimg_error error;
	uint64_t stage;

	memset(&world, 0, sizeof(world));
	stage = take(&late, 1);
	make_machine(&world.rig, choose, &input);
	error = rig_place(&world.rig);
	if (!error && stage % 4)
		HOLDS(!kimg_fill(&world.rig.image, &world.rig.why));
	if (!error && stage % 4 > 1)
		HOLDS(!kimg_seal(&world.rig.image, &world.rig.why));
	if (!error) {
		for (uint64_t i = take(&late, 1) % (DAMAGES + 1); i > 0; i--)
			damage(&late, &world);
		judge(&world);
		repair(&world);
		HOLDS(!kimg_check(&world.rig.image, &world.rig.why));
	}
	rig_close(&world.rig);
	return 0;
}
