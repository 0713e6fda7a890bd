/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The oracle of the tests. It reads simulated memory by itself and knows the
 * invariants from their definitions; of the engine it uses the image's head, its
 * control pages and its blocks, nothing else.
 */
#include "support.h"

#include <inttypes.h>

#define WRONG(...) (snprintf(text, 200, __VA_ARGS__), false)

/* The memory of every test lies within so many frames around the first use. */
#define SPAN ((uint64_t)1 << 18)

struct oracle {
	struct rig *rig;
	const struct kimg_segment *sorted[KIMG_SEGMENT_MAX];
	size_t page;
	unsigned int shift, slots;	/* slots: with the link */
	uint64_t lowest;
	unsigned char used[SPAN / 8];	/* bitmap: frames with a use */
	uint64_t uses;
	unsigned char want[1 << 16];	/* a page of data */
	unsigned char list[1 << 16];	/* the page of the list that it stands in */
	uint64_t at_frame;		/* position in the list */
	unsigned int at_slot;
};

static void oracle_start(struct oracle *oracle, struct rig *rig)
{
	memset(oracle, 0, sizeof(*oracle));
	oracle->rig = rig;
	oracle->shift = rig->host.page_shift;
	oracle->page = (size_t)1 << oracle->shift;
	oracle->slots = (unsigned int)(oracle->page / rig->host.entry_size);
	for (uint32_t i = 0; i < rig->segments; i++) {
		uint32_t at = i;

		for (; at && oracle->sorted[at - 1]->mem > rig->segment[i].mem; at--)
			oracle->sorted[at] = oracle->sorted[at - 1];
		oracle->sorted[at] = &rig->segment[i];
	}
}

static bool is_wanted(const struct oracle *oracle, uint64_t frame)
{
	uint64_t address = frame << oracle->shift;

	for (uint32_t i = 0; i < oracle->rig->segments; i++)
		if (address >= oracle->rig->segment[i].mem &&
		    address - oracle->rig->segment[i].mem < oracle->rig->segment[i].memsz)
			return true;
	return false;
}

/* S3: the first use of a frame is noted, the second refused. */
static bool use(struct oracle *oracle, uint64_t frame, char text[200])
{
	struct rig *rig = oracle->rig;
	uint64_t bit;

	if (!rig->crash && !sim_is_owned(rig->sim, frame))
		return WRONG("S3: frame %#" PRIx64 " is not the engine's", frame);
	if (!oracle->uses)
		oracle->lowest = frame > SPAN / 2 ? frame - SPAN / 2 : 0;
	bit = frame - oracle->lowest;
	if (bit >= SPAN)
		return WRONG("oracle: frame %#" PRIx64 " too far off", frame);
	if (oracle->used[bit / 8] >> bit % 8 & 1)
		return WRONG("S3: frame %#" PRIx64 " has two uses", frame);
	oracle->used[bit / 8] |= (unsigned char)(1u << bit % 8);
	oracle->uses++;
	return true;
}

static bool within(const struct oracle *oracle, uint64_t frame, uint64_t limit)
{
	return (frame << oracle->shift) + (oracle->page - 1) <= limit;
}

/* The entry in a slot of the page that `follow` went to. */
static uint64_t entry_at(const struct oracle *oracle, unsigned int slot)
{
	unsigned int size = oracle->rig->host.entry_size;
	const unsigned char *at = oracle->list + slot * size;
	uint64_t entry = 0;

	/* Byte by byte, to share nothing with the engine. */
	for (unsigned int i = 0; i < size; i++)
		entry |= (uint64_t)at[i] << 8 * (is_big_endian() ? size - 1 - i : i);
	return entry;
}

/* A page of the list or of the trampoline: S2, S5, S3. */
static bool special(struct oracle *oracle, uint64_t frame, uint64_t limit,
		    char text[200])
{
	if (is_wanted(oracle, frame))
		return WRONG("S2: frame %#" PRIx64 " is a destination", frame);
	if (!within(oracle, frame, limit))
		return WRONG("S5: frame %#" PRIx64 " is above %#" PRIx64, frame, limit);
	return use(oracle, frame, text);
}

/* Follow the entry to a page of the list. */
static bool follow(struct oracle *oracle, uint64_t entry, char text[200])
{
	if ((entry & (oracle->page - 1)) != KIMG_INDIRECTION)
		return WRONG("S4: %#" PRIx64 " stands where a link must", entry);
	oracle->at_frame = entry >> oracle->shift;
	oracle->at_slot = 0;
	if (!special(oracle, oracle->at_frame, oracle->rig->host.source_limit, text))
		return false;
	memcpy(oracle->list, sim_peek(oracle->rig->sim, oracle->at_frame), oracle->page);
	return true;
}

/* The next entry that is no link. */
static bool next(struct oracle *oracle, uint64_t *entry, char text[200])
{
	if (oracle->at_slot == oracle->slots - 1 &&
	    !follow(oracle, entry_at(oracle, oracle->at_slot), text))
		return false;
	*entry = entry_at(oracle, oracle->at_slot++);
	return true;
}

/* The bytes of a source frame against those of its segment. */
static bool holds(struct oracle *oracle, uint64_t frame, uint32_t seg, uint64_t offset,
		 char text[200])
{
	const unsigned char *have = sim_peek(oracle->rig->sim, frame);
	uint64_t bufsz = oracle->rig->segment[seg].bufsz;
	size_t size = 0;

	if (offset < bufsz)
		size = bufsz - offset < oracle->page ? (size_t)(bufsz - offset) : oracle->page;
	memset(oracle->want, 0, oracle->page);
	sim_pattern_fill(seg, offset, oracle->want, size);
	if (!have || memcmp(have, oracle->want, oracle->page))
		return WRONG("frame %#" PRIx64 " does not hold segment %u from %#"
			     PRIx64 " on", frame, seg, offset);
	return true;
}

static bool segment(struct oracle *oracle, const struct kimg_segment *segment,
		    bool filled, char text[200])
{
	uint32_t seg = (uint32_t)(segment - oracle->rig->segment);
	uint64_t entry;

	if (!next(oracle, &entry, text))
		return false;
	if (entry != (segment->mem | KIMG_DESTINATION))
		return WRONG("S4: %#" PRIx64 " stands where segment %u begins",
			     entry, seg);
	for (uint64_t at = 0; at < segment->memsz; at += oracle->page) {
		uint64_t frame;

		if (!next(oracle, &entry, text))
			return false;
		frame = entry >> oracle->shift;
		if ((entry & (oracle->page - 1)) != KIMG_SOURCE)
			return WRONG("S4: %#" PRIx64 " is no source", entry);
		if (is_wanted(oracle, frame) && frame << oracle->shift != segment->mem + at)
			return WRONG("S1: source %#" PRIx64 " is another's destination",
				     frame);
		if (!within(oracle, frame, oracle->rig->host.source_limit))
			return WRONG("S5: source %#" PRIx64 " is above the limit", frame);
		if (!use(oracle, frame, text))
			return false;
		if (filled && !holds(oracle, frame, seg, at, text))
			return false;
	}
	return true;
}

/* What follows the last source: DONE if sealed, then zeroes to the page's end. */
static bool ending(struct oracle *oracle, bool sealed, char text[200])
{
	uint64_t entry, want = sealed ? KIMG_DONE : 0;

	for (; oracle->at_slot < oracle->slots; oracle->at_slot++) {
		entry = entry_at(oracle, oracle->at_slot);
		if (entry != want)
			return WRONG("S4: %#" PRIx64 " in slot %u behind the last source",
				     entry, oracle->at_slot);
		want = 0;
	}
	return true;
}

static bool image(struct oracle *oracle, bool sealed, bool filled, char text[200])
{
	struct rig *rig = oracle->rig;

	for (const struct kimg_block *block = rig->image.blocks; block; block = block->next) {
		uint64_t count = (uint64_t)1 << block->order;

		if (block->first % count)
			return WRONG("block at %#" PRIx64 " is not aligned", block->first);
		for (uint64_t i = 0; i < count; i++)
			if (!special(oracle, block->first + i, rig->host.control_limit, text))
				return false;
	}
	for (uint32_t i = 0; i < rig->control; i++) {
		uint64_t frame = rig->image.control[i];

		if (!special(oracle, frame, rig->host.control_limit, text))
			return false;
		if (rig->crash && (frame << oracle->shift < rig->region.start ||
				   (frame + 1) << oracle->shift > rig->region.end))
			return WRONG("control page %#" PRIx64 " is outside the region",
				     frame);
	}
	if (rig->crash || !rig->segments) {
		uint64_t want = sealed ? KIMG_DONE : 0;

		if (rig->image.head != want)
			return WRONG("S4: head is %#" PRIx64, rig->image.head);
		for (uint32_t i = 0; filled && i < rig->segments; i++)
			for (uint64_t at = 0; at < rig->segment[i].memsz; at += oracle->page)
				if (!holds(oracle, (rig->segment[i].mem + at) >> oracle->shift,
					  i, at, text))
					return false;
	} else {
		if (!follow(oracle, rig->image.head, text))
			return false;
		for (uint32_t i = 0; i < rig->segments; i++)
			if (!segment(oracle, oracle->sorted[i], filled, text))
				return false;
		if (!ending(oracle, sealed, text))
			return false;
	}
	if (!rig->crash && oracle->uses != sim_counts(rig->sim).held)
		return WRONG("S3: %" PRIu64 " frames held, %" PRIu64 " in use",
			     sim_counts(rig->sim).held, oracle->uses);
	return true;
}

bool oracle_image(struct rig *rig, bool sealed, bool filled, char text[200])
{
	static struct oracle oracle;

	oracle_start(&oracle, rig);
	return image(&oracle, sealed, filled, text);
}

/* Stop at a changed frame that no segment wants. */
static int stray(void *arg, uint64_t frame)
{
	const struct oracle *oracle = arg;

	return !is_wanted(oracle, frame);
}

bool oracle_leap(struct rig *rig, char text[200])
{
	static struct oracle oracle;
	enum kimg_error error;

	oracle_start(&oracle, rig);
	sim_snapshot(rig->sim);
	sim_set_raw(rig->sim, true);
	error = kimg_run_list(&rig->host, rig->image.head, rig_most(rig), &rig->why);
	sim_set_raw(rig->sim, false);
	if (error)
		return WRONG("S6: the executor reports %s", kimg_error_id(error));
	for (uint32_t i = 0; i < rig->segments; i++)
		for (uint64_t at = 0; at < rig->segment[i].memsz; at += oracle.page)
			if (!holds(&oracle, (rig->segment[i].mem + at) >> oracle.shift,
				  i, at, text))
				return false;
	if (sim_changed(rig->sim, stray, &oracle))
		return WRONG("S6: a frame changed that nobody wants");
	return true;
}
