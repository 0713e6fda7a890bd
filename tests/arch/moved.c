/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See moved.h. */
#include "moved.h"

void moved_machine(struct rig *rig, bool wide, uint64_t control_max, sim_pull_fn *pull,
		   void *arg)
{
	rig_empty(rig, 12, wide ? 8 : 4, wide ? UINT64_MAX : UINT32_MAX);
	if (wide) {
		sim_set_limits(rig->sim, UINT64_MAX, UINT64_MAX, control_max, 1u << 20);
		/* What is above 4 GiB goes first. */
		assert_true(sim_add_zone(rig->sim, 0, LEAP_HIGH, LEAP_HIGH + LEAP_HIGH_SIZE));
	}
	rig->control = 1;
	/* Not frame 0, at which no list may go on. */
	assert_true(sim_add_zone(rig->sim, 1, 4096, LEAP_LOW));
	sim_set_pull(rig->sim, pull, arg);
}

void moved_add_in_order(struct rig *rig, bool wide, size_t order, size_t seed)
{
	static const enum sim_order orders[MOVED_ORDERS] = {
		SIM_ASCENDING_RUNS, SIM_RANDOM, SIM_DESCENDING, SIM_DESTINATIONS, SIM_WORST,
	};

	rig_add_segment(rig, 0x200000, 0x50000, 0x4f001);
	rig_add_segment(rig, 0x100000, 0x3000, 0x2800);
	rig_add_segment(rig, 0x700000, 0x20000, 0);
	if (wide)
		rig_add_segment(rig, LEAP_HIGH + 0x100000, 0x9000, 0x8001);
	sim_reserve(rig->sim, 0x210000, 0x230000);
	sim_set_allocator(rig->sim, orders[order], seed);
	sim_set_claim(rig->sim, seed % 4 < 2 ? SIM_CLAIM_ABSENT : SIM_CLAIM_SOME);
}

void moved_add_page(struct rig *rig)
{
	rig_add_segment(rig, 0x300000, 0x1000, 0x1000);
	sim_reserve(rig->sim, 0x300000, 0x301000);
}

void moved_add_in_place(struct rig *rig)
{
	rig_add_segment(rig, 0x300000, 0x30000, 0x30000);
	sim_set_claim(rig->sim, SIM_CLAIM_ALL);
}

uint32_t moved_add_list(struct rig *rig, bool wide, size_t way)
{
	uint32_t slots = wide ? 511 : 1023;
	/* With one less than `slots` it fills its page, and DONE stands in the link. */
	const uint32_t pages[MOVED_LISTS] = { slots - 2, slots - 1, slots, slots + 77 };

	rig_add_segment(rig, 0x100000, pages[way] << 12, pages[way] << 12);
	return pages[way] > slots - 1 ? 2 : 1;
}

void moved_add_some_in_place(struct rig *rig, bool wide)
{
	rig_add_segment(rig, 0x300000, MOVED_PAGES << 12, 0x2f123);
	rig_add_segment(rig, 0x100000, 0x3000, 0x2800);
	rig_add_segment(rig, 0x700000, 0x2000, 0);
	if (wide)
		rig_add_segment(rig, LEAP_HIGH, 0x4000, 0x3001);
	sim_reserve(rig->sim, 0x310000, 0x318000);
	sim_set_claim(rig->sim, SIM_CLAIM_SOME);
}

uint64_t moved_source(const struct kimg_image *image, uint32_t extent, uint32_t page)
{
	return kimg_read_entry(image, kimg_position(image,
		image->extent[extent].entry + 1 + page)) >> 12;
}

uint64_t moved_move_source(struct rig *rig, uint64_t to)
{
	uint64_t from = moved_source(&rig->image, 0, 0) << 12, entry = to | KIMG_SOURCE;
	unsigned char page[4096];

	memcpy(page, sim_peek(rig->sim, from >> 12), sizeof(page));
	sim_poke(rig->sim, to >> 12, 0, page, sizeof(page));
	sim_poke(rig->sim, rig->image.directory[0], 8, &entry, 8);
	return from;
}

bool moved_damage(const struct kimg_image *image, unsigned char *memory, uint32_t number)
{
	uint64_t frame = moved_source(image, 1, number % MOVED_PAGES);
	unsigned char *source = memory + (leap_index(frame) << 12);
	unsigned char *other = memory + (leap_index(moved_source(image, 1, 1)) << 12);
	unsigned char page[4096];

	if (number < MOVED_PAGES) {
		source[number * 4095 / (MOVED_PAGES - 1)] ^= (unsigned char)(1 << number % 8);
	} else {
		memcpy(page, source, 4096);
		memcpy(source, other, 4096);
		memcpy(other, page, 4096);
	}
	return frame == 0x300 + number % MOVED_PAGES;
}

bool moved_flags_are_good(uint32_t flags)
{
	return flags == KIMG_DESTINATION || flags == KIMG_INDIRECTION ||
		flags == KIMG_DONE || flags == KIMG_SOURCE;
}

const uint64_t moved_heads[MOVED_HEADS] = {
	0, 0x400000 | KIMG_DESTINATION, 0x300000 | KIMG_SOURCE, 0x400000,
};

uint32_t moved_ranges(const struct kimg_image *image, const uint64_t *frame, size_t frames,
		      struct kimg_range *range)
{
	bool touched[LEAP_FRAMES] = { false };
	uint32_t count = 0;

	for (size_t i = 0; i < frames; i++)
		touched[leap_index(frame[i])] = true;
	for (uint32_t i = 0; i < image->list_pages; i++)
		touched[leap_index(image->directory[i])] = true;
	for (uint32_t i = 0; i < image->extents; i++) {
		const struct kimg_extent *extent = &image->extent[i];

		for (uint32_t page = 0; page < extent->pages; page++) {
			touched[leap_index(extent->first + page)] = true;
			touched[leap_index(moved_source(image, i, page))] = true;
		}
	}
	for (size_t i = 0; i < LEAP_FRAMES; i++) {
		uint64_t address = (uint64_t)i << 12;

		if (address >= LEAP_LOW)
			address += LEAP_HIGH - LEAP_LOW;
		if (!touched[i])
			continue;
		if (!count || range[count - 1].end != address)
			range[count++] = (struct kimg_range){ address, address };
		range[count - 1].end += 4096;
	}
	return count;
}

void moved_protect(const struct kimg_image *image, bool read_only[LEAP_FRAMES])
{
	for (uint32_t i = 0; i < image->extents; i++) {
		const struct kimg_extent *extent = &image->extent[i];

		for (uint32_t page = 0; page < extent->pages; page++)
			if (moved_source(image, i, page) == extent->first + page)
				read_only[leap_index(extent->first + page)] = true;
	}
	for (uint32_t i = 0; i < image->list_pages; i++)
		read_only[leap_index(image->directory[i])] = true;
}

void moved_judge(const struct rig *rig, unsigned char *memory, const uint64_t *table,
		 size_t tables, bool moved, sim_pull_fn *pull, void *arg)
{
	bool special[LEAP_FRAMES] = { false };

	special[leap_index(rig->image.control[0])] = true;
	for (size_t i = 0; i < tables; i++)
		special[leap_index(table[i])] = true;
	for (uint32_t i = 0; moved && i < rig->segments; i++) {
		const struct kimg_segment *segment = &rig->segment[i];

		for (uint64_t at = 0; at < segment->memsz; at += 4096) {
			size_t index = leap_index((segment->mem + at) >> 12);
			unsigned char want[4096] = { 0 };

			if (at < segment->bufsz)
				pull(arg, i, at, want, segment->bufsz - at < 4096 ?
				     segment->bufsz - at : 4096);
			assert_memory_equal(memory + (index << 12), want, 4096);
			special[index] = true;
		}
	}
	for (uint64_t frame = 0; frame < LEAP_HIGH >> 11; frame++) {
		size_t index = leap_index(frame);

		if (index < LEAP_FRAMES && !special[index] && sim_peek(rig->sim, frame))
			assert_memory_equal(memory + (index << 12),
					    sim_peek(rig->sim, frame), 4096);
	}
}

/* Do what XXH32 does with a word, in other words than hash.h. */
static void add_word(uint32_t lane[4], uint32_t index, uint32_t word)
{
	uint64_t sum = (lane[index % 4] + word * 2246822519ull) & UINT32_MAX;

	sum = (sum * 0x2000 & UINT32_MAX) | sum / 0x80000;
	lane[index % 4] = (uint32_t)(sum * 2654435761u);
}

struct hash moved_hash(const struct kimg_image *image, sim_pull_fn *pull, void *arg)
{
	struct hash total = hash_start();

	for (uint32_t i = 0; i < image->extents; i++) {
		const struct kimg_extent *extent = &image->extent[i];

		for (uint32_t page = 0; page < extent->pages; page++) {
			struct hash lanes = hash_start();
			uint64_t at = (uint64_t)page << 12;
			uint32_t word[1024] = { 0 };

			if (moved_source(image, i, page) == extent->first + page)
				continue;
			if (at < extent->bufsz)
				pull(arg, extent->index, at, word,
				     extent->bufsz - at < 4096 ? extent->bufsz - at : 4096);
			for (uint32_t w = 0; w < 1024; w++)
				add_word(lanes.lane, w, word[w]);
			for (uint32_t w = 0; w < 4; w++)
				add_word(total.lane, w, lanes.lane[w]);
		}
	}
	return total;
}
