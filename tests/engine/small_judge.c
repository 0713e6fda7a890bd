/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The oracle of small worlds. It reads memory by itself and knows the invariants
 * from their definitions; of the engine it uses the head and the control pages.
 */
#include "small.h"

#include <string.h>

enum { DESTINATION = 1, INDIRECTION = 2, DONE = 4, SOURCE = 8, FLAGS = SMALL_PAGE - 1 };

/* A walk through the list, and the frames with a use so far. */
struct judge {
	const struct small_world *world;
	unsigned int slots;		/* in a page, the link included */
	uint64_t page;			/* of the list; frame of the world */
	unsigned int slot;
	bool used[SMALL_FRAMES];
	unsigned int uses;
};

/* The number in the world of the frame that an entry names; too large if none. */
static uint64_t frame_of(const struct small_world *world, uint64_t entry)
{
	return (entry >> SMALL_SHIFT) - world->base;
}

static uint64_t entry_at(const struct judge *judge, const unsigned char *page,
			 unsigned int slot)
{
	uint64_t wide;
	uint32_t narrow;

	if (judge->world->host.entry_size == 8) {
		memcpy(&wide, page + slot * 8, 8);
		return wide;
	}
	memcpy(&narrow, page + slot * 4, 4);
	return narrow;
}

/* S3, for a frame that is about to be used. */
static const char *use(struct judge *judge, uint64_t frame)
{
	const struct small_world *world = judge->world;

	if (frame >= world->frames)
		return "S4: an entry names no memory";
	if (!world->crash && world->owner[frame] != SMALL_ENGINE)
		return "S3: a frame in use is not the engine's";
	if (judge->used[frame])
		return "S3: a frame has two uses";
	judge->used[frame] = true;
	judge->uses++;
	return NULL;
}

/* The next entry that is no link; sets *wrong if there is none. */
static uint64_t next(struct judge *judge, const char **wrong)
{
	const struct small_world *world = judge->world;

	if (judge->slot == judge->slots - 1) {
		uint64_t link = entry_at(judge, world->memory[judge->page], judge->slot);

		judge->page = frame_of(world, link);
		judge->slot = 0;
		*wrong = use(judge, judge->page);
		if (!*wrong && (link & FLAGS) != INDIRECTION)
			*wrong = "S4: no link in a last slot";
		if (!*wrong && world->wanted[judge->page] >= 0)
			*wrong = "S2: a list page is a destination";
		if (!*wrong && judge->page >= world->source_end)
			*wrong = "S5: a list page above the limit";
		if (*wrong)
			return 0;
	}
	return entry_at(judge, world->memory[judge->page], judge->slot++);
}

/* The source of the page that belongs to frame `home`. */
static const char *source(struct judge *judge, uint64_t entry, unsigned int home,
			  bool filled)
{
	const struct small_world *world = judge->world;
	uint64_t frame = frame_of(world, entry);
	const char *wrong = use(judge, frame);

	if (wrong)
		return wrong;
	if ((entry & FLAGS) != SOURCE)
		return "S4: no source where one belongs";
	if (world->wanted[frame] >= 0 && frame != home)
		return "S1: a source is the destination of another page";
	if (frame >= world->source_end)
		return "S5: a source above the limit";
	if (filled && memcmp(world->memory[frame], world->want[home], SMALL_PAGE))
		return "a source does not hold its data";
	return NULL;
}

static const char *judge_list(struct judge *judge, bool filled, bool sealed)
{
	const struct small_world *world = judge->world;
	const char *wrong = NULL;
	uint64_t entry;

	/* The head is the link before the first page: read it as one. */
	judge->page = frame_of(world, world->image.head);
	if ((world->image.head & FLAGS) != INDIRECTION)
		return "S4: the head is no link";
	wrong = use(judge, judge->page);
	if (wrong)
		return wrong;
	if (world->wanted[judge->page] >= 0)
		return "S2: a list page is a destination";
	if (judge->page >= world->source_end)
		return "S5: a list page above the limit";

	/* Rising frames are rising segments: no sorting is needed. */
	for (unsigned int home = 0; home < world->frames; home++) {
		int segment = world->wanted[home];

		if (segment < 0)
			continue;
		if (!home || world->wanted[home - 1] != segment) {
			entry = next(judge, &wrong);
			if (wrong)
				return wrong;
			if (entry != ((world->base + home) << SMALL_SHIFT | DESTINATION))
				return "S4: no DESTINATION where a segment begins";
		}
		entry = next(judge, &wrong);
		if (!wrong)
			wrong = source(judge, entry, home, filled);
		if (wrong)
			return wrong;
	}
	/* DONE, perhaps in the last slot; then zeros. */
	entry = entry_at(judge, world->memory[judge->page], judge->slot);
	if (entry != (sealed ? DONE : 0))
		return "S4: the list does not end where it must";
	while (++judge->slot < judge->slots)
		if (entry_at(judge, world->memory[judge->page], judge->slot))
			return "S4: an unused slot is not 0";
	return NULL;
}

/* A crash image, or one without segments: no list, data at home. */
static const char *judge_direct(const struct judge *judge, bool filled, bool sealed)
{
	const struct small_world *world = judge->world;

	if (world->image.head != (sealed ? DONE : 0))
		return "S4: the head of an empty list";
	for (unsigned int home = 0; filled && home < world->frames; home++)
		if (world->wanted[home] >= 0 &&
		    memcmp(world->memory[home], world->want[home], SMALL_PAGE))
			return "data are not in the region";
	return NULL;
}

const char *small_judge_image(const struct small_world *world, bool filled,
			      bool sealed)
{
	struct judge judge = {
		.world = world,
		.slots = SMALL_PAGE / world->host.entry_size,
	};
	unsigned int above = 0;
	const char *wrong;

	for (unsigned int i = world->source_end; i < world->frames; i++)
		above += world->drawn[i];
	if (above > world->host.park_max)
		return "more frames above the limit were parked than may be";
	for (unsigned int i = 0; i < world->control; i++) {
		uint64_t frame = world->image.control[i] - world->base;

		wrong = use(&judge, frame);
		if (wrong)
			return wrong;
		if (world->wanted[frame] >= 0)
			return "S2: a control page is a destination";
		if (frame >= world->control_end ||
		    (!world->crash && frame >= world->source_end))
			return "S5: a control page above the limit";
		if (world->crash && (frame < world->region || frame >= world->region_end))
			return "a control page outside of the region";
	}
	for (const struct kimg_block *block = world->image.blocks; block; block = block->next) {
		uint64_t first = block->first - world->base;

		for (uint64_t frame = first; frame < first + (1u << block->order); frame++) {
			wrong = use(&judge, frame);
			if (wrong)
				return wrong;
			if (world->wanted[frame] >= 0)
				return "S2: a block has a destination in it";
			if (frame >= world->control_end)
				return "S5: a block above the limit";
		}
		if (block->first % (1u << block->order))
			return "a block is not aligned";
	}
	if (world->crash || !world->segments)
		wrong = judge_direct(&judge, filled, sealed);
	else
		wrong = judge_list(&judge, filled, sealed);
	if (wrong)
		return wrong;
	if (!world->crash && judge.uses != world->held)
		return "S3: a frame that is held has no use";
	return NULL;
}

const char *small_judge_leap(struct small_world *world)
{
	static unsigned char after[SMALL_FRAMES][SMALL_PAGE];
	struct judge judge = {
		.world = world,
		.slots = SMALL_PAGE / world->host.entry_size,
	};
	uint64_t entry = world->image.head, to = UINT64_MAX;
	unsigned int read = 0;

	memcpy(after, world->memory, sizeof(after));
	/* As a trampoline: what an entry says is done, with what is there now. */
	for (; entry != DONE; read++) {
		uint64_t frame = frame_of(world, entry);

		if (frame >= world->frames || read > 2 * SMALL_FRAMES)
			return "S6: the list leads astray";
		switch (entry & FLAGS) {
		case INDIRECTION:
			judge.page = frame;
			judge.slot = 0;
			break;
		case DESTINATION:
			to = frame;
			break;
		case SOURCE:
			if (to >= world->frames)
				return "S6: a copy to nowhere";
			memcpy(after[to++], after[frame], SMALL_PAGE);
			break;
		default:
			return "S6: an entry means nothing";
		}
		if (judge.slot == judge.slots)
			return "S6: the list runs out of its page";
		entry = entry_at(&judge, after[judge.page], judge.slot++);
	}
	for (unsigned int i = 0; i < world->frames; i++)
		if (memcmp(after[i], world->wanted[i] >= 0 ? world->want[i] :
			   world->memory[i], SMALL_PAGE))
			return world->wanted[i] >= 0 ?
				"S6: a destination does not have its bytes" :
				"S6: a frame changed that nobody wants";

	world->raw = true;
	if (kimg_run_list(&world->host, world->image.head, world->image.entries +
			  world->image.list_pages, &world->why))
		return "S6: the executor does not like the list";
	world->raw = false;
	if (memcmp(world->memory, after, sizeof(after)))
		return "S6: the executor does something else";
	return NULL;
}

/* The frames that the host handed out, counted by what they could be used for. */
struct supply {
	unsigned int above;	/* the source limit: useless */
	unsigned int within;
	unsigned int special;	/* within, and no destination: list pages */
	unsigned int control;	/* ... and within the control limit */
	unsigned int waiting;	/* drawn for list or control, and no good for it */
	unsigned int between;	/* of these, good for the list if drawn for it */
};

static struct supply supply_of(const struct small_world *world)
{
	struct supply supply = { 0 };

	for (unsigned int i = 0; i < world->frames; i++) {
		bool special = world->wanted[i] < 0, control = i < world->control_end;
		enum kimg_use drawn_for = world->drawn_for[i];

		if (!world->drawn[i])
			continue;
		if (i >= world->source_end) {
			supply.above++;
			continue;
		}
		supply.within++;
		supply.special += special;
		supply.control += special && control;
		supply.waiting += (drawn_for == KIMG_USE_LIST && !special) ||
			(drawn_for == KIMG_USE_CONTROL && !(special && control));
		supply.between += drawn_for == KIMG_USE_CONTROL && special && !control;
	}
	return supply;
}

/* The frames that an image needs for other things than sources. */
static unsigned int specials(const struct small_world *world)
{
	return world->control + world->list_pages;
}

const char *small_judge_refusal(const struct small_world *world,
				enum kimg_error error)
{
	struct supply supply = supply_of(world);
	unsigned int room = 0;

	if (world->lied)
		return error == KIMG_E_HOST_CONTRACT ? NULL : "a lie is believed";
	if (world->code)
		return error == (world->code == KIMG_INTERRUPTED ? KIMG_E_INTERRUPTED :
				 KIMG_E_DRAW) ? NULL : "a host's code is lost";
	if (world->crash) {
		for (unsigned int i = world->region; i < world->region_end; i++)
			room += i < world->control_end && world->wanted[i] < 0;
		if (room >= world->control)
			return "refused, but the region has holes";
		return error == KIMG_E_NO_CONTROL ? NULL : "the wrong error";
	}
	if (error != (supply.above || !world->none_left ? KIMG_E_NO_MEMORY_BELOW :
		      KIMG_E_NO_MEMORY))
		return "the wrong error";
	if (!world->none_left) {
		/* Given up although the host had more: only at these bounds. */
		if (supply.above > world->host.park_max ||
		    supply.waiting > world->pages + world->host.park_max)
			return NULL;
		return "given up before a bound was reached";
	}
	if (supply.control >= world->control &&
	    supply.special - supply.between >= specials(world) &&
	    supply.within >= world->pages + specials(world))
		return "refused, but there is enough memory";
	return NULL;
}

const char *small_judge_block(const struct small_world *world, enum kimg_error error)
{
	unsigned int size = 1u << world->block_order, misfits = 0;

	/* One answer must hold it all: the engine does not put blocks together. */
	for (unsigned int i = 0; i < world->answers; i++) {
		unsigned int first = world->answer[i].first;
		unsigned int end = first + world->answer[i].count;

		misfits += end - first;
		for (unsigned int at = first; at + size <= end; at++) {
			bool fits = (world->base + at) % size == 0 &&
				at + size <= world->control_end;

			for (unsigned int j = at; j < at + size; j++)
				fits &= world->wanted[j] < 0;
			if (fits)
				return "refused, but the host gave a block";
		}
	}
	if (world->none_left)
		return error == KIMG_E_NO_MEMORY ? NULL : "the wrong error";
	if (misfits <= world->pages + world->host.park_max)
		return "given up before a bound was reached";
	return error == KIMG_E_NO_MEMORY_BELOW ? NULL : "the wrong error";
}

bool small_refused_by_order(const struct small_world *world)
{
	struct supply supply = supply_of(world);

	return world->none_left && supply.control >= world->control &&
	       supply.special >= specials(world) &&
	       supply.within >= world->pages + specials(world);
}
