/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random machines for property tests and fuzzers, and the judge of what they load.
 * Never draw two random numbers in one call: compilers evaluate arguments in
 * different orders, and a seed must give the same machine everywhere.
 */
#include "machine.h"

#include <inttypes.h>

struct maker {
	struct rig *rig;
	choose_fn *choose;
	void *arg;
	unsigned int shift;
	struct kimg_range ram[4];	/* in frames */
	unsigned int rams;
	uint64_t top;			/* frame after the last one of memory */
};

static uint64_t roll(struct maker *maker, uint64_t sides)
{
	return maker->choose(maker->arg, sides);
}

static bool chance(struct maker *maker, unsigned int one_in)
{
	return !roll(maker, one_in);
}

/* Up to four stretches of memory with holes between them, in up to three zones. */
static void make_memory(struct maker *maker, uint64_t base)
{
	uint64_t at = base + roll(maker, 3);

	maker->rams = 1 + (unsigned int)roll(maker, 4);
	for (unsigned int i = 0; i < maker->rams; i++) {
		uint64_t size = chance(maker, 12) ? 1500 : 1 + roll(maker, 300);

		maker->ram[i] = (struct kimg_range){ at, at + size };
		assert_true(sim_add_zone(maker->rig->sim,
					 (unsigned int)roll(maker, 3),
					 at << maker->shift,
					 (at + size) << maker->shift));
		at += size;
		maker->top = at;
		at += 1 + roll(maker, 40);
	}
}

static void make_reserved(struct maker *maker)
{
	for (uint64_t i = roll(maker, 4); i > 0; i--) {
		const struct kimg_range *ram = &maker->ram[roll(maker, maker->rams)];
		uint64_t from = ram->start + roll(maker, ram->end - ram->start);

		sim_reserve(maker->rig->sim, from << maker->shift,
			    (from + 1 + roll(maker, 30)) << maker->shift);
	}
}

/* A segment anywhere within `within`, if it hits no other. */
static void try_segment(struct maker *maker, const struct kimg_range *within,
			uint64_t most)
{
	struct rig *rig = maker->rig;
	uint64_t room = within->end - within->start;
	uint64_t first = within->start + roll(maker, room);
	uint64_t count = 1 + roll(maker, most);
	uint64_t bytes, data;

	/* Touching segments are the interesting ones. */
	if (rig->segments && chance(maker, 3)) {
		const struct kimg_segment *last = &rig->segment[rig->segments - 1];

		first = (last->mem + last->memsz) >> maker->shift;
		if (first < within->start)
			return;
	}
	if (first >= within->end || rig->segments == KIMG_SEGMENT_MAX)
		return;
	if (count > within->end - first)
		count = within->end - first;
	for (uint32_t i = 0; i < rig->segments; i++) {
		uint64_t other = rig->segment[i].mem >> maker->shift;
		uint64_t pages = rig->segment[i].memsz >> maker->shift;

		if (first < other + pages && other < first + count)
			return;
	}
	bytes = count << maker->shift;
	switch (roll(maker, 4)) {
	case 0:
		data = bytes;
		break;
	case 1:
		data = bytes >> 1 << 1 > 5 ? bytes - 5 : 0;
		break;
	case 2:
		data = 0;
		break;
	default:
		data = roll(maker, bytes + 1);
		break;
	}
	rig_add_segment(rig, first << maker->shift, bytes, data);
}

/* A crash image: a region in the middle of memory, and segments in there. */
static void make_crash(struct maker *maker)
{
	struct rig *rig = maker->rig;
	const struct kimg_range *ram = &maker->ram[roll(maker, maker->rams)];
	uint64_t size = ram->end - ram->start;
	struct kimg_range region = { ram->start + size / 4, ram->end - size / 4 };

	rig->crash = true;
	rig->region.start = region.start << maker->shift;
	rig->region.end = region.end << maker->shift;
	sim_set_region(rig->sim, rig->region.start, rig->region.end);
	for (uint64_t i = 1 + roll(maker, 5); i > 0; i--)
		try_segment(maker, &region, (region.end - region.start) / 3 + 1);
}

void make_machine(struct rig *rig, choose_fn *choose, void *arg)
{
	static const unsigned char shifts[] = {
		12, 5, 5, 6, 12, 5, 5, 6, 12, 5, 5, 7, 14, 5, 6, 16,
	};
	struct maker maker = { .rig = rig, .choose = choose, .arg = arg };
	unsigned int entry_size = chance(&maker, 2) ? 4 : 8;
	uint64_t limit = entry_size == 4 ? UINT32_MAX : UINT64_MAX;
	uint64_t source, control, order_seed, base = 0;

	maker.shift = shifts[roll(&maker, sizeof(shifts))];
	rig_empty(rig, maker.shift, entry_size, limit);
	/* Right below the end of what an entry can name, once in a while. */
	if (chance(&maker, 6))
		base = (limit >> maker.shift) - roll(&maker, 1500);
	else if (entry_size == 8 && chance(&maker, 4))
		base = ((uint64_t)1 << 40) >> maker.shift;
	/* No address may pass 2^64, and oracles shift frames to addresses. */
	if (entry_size == 8 && base > (limit >> maker.shift) - 8000)
		base = (limit >> maker.shift) - 8000;
	make_memory(&maker, base);

	source = limit;
	if (chance(&maker, 3)) {
		source = base + (maker.top - base) * (2 + roll(&maker, 3)) / 4;
		source = (source << maker.shift) - (chance(&maker, 4) ? 2 : 1);
		if (source > limit)
			source = limit;
	}
	control = source;
	if (chance(&maker, 3)) {
		control = base + (maker.top - base) / 2;
		control = (control << maker.shift) - 1;
		if (control > source)
			control = source;
	}
	sim_set_limits(rig->sim, source, limit, control, 100000);

	rig->control = chance(&maker, 3) ? 0 : (uint32_t)roll(&maker, 4);
	if (chance(&maker, 8)) {
		make_crash(&maker);
	} else {
		make_reserved(&maker);
		for (uint64_t i = roll(&maker, chance(&maker, 5) ? 40 : 6); i > 0; i--) {
			uint64_t most = chance(&maker, 3) ? 150 : 12;

			try_segment(&maker, &maker.ram[roll(&maker, maker.rams)], most);
		}
	}
	/* Destinations at or above 4 GiB cannot be named by small entries. */
	for (uint32_t i = 0; i < rig->segments; ) {
		const struct kimg_segment *segment = &rig->segment[i];

		if (segment->mem + (segment->memsz - 1) <= limit)
			i++;
		else
			rig->segment[i] = rig->segment[--rig->segments];
	}
	order_seed = roll(&maker, UINT64_MAX);
	sim_set_allocator(rig->sim, (enum sim_order)roll(&maker, SIM_SCRIPT), order_seed);
	sim_set_claim(rig->sim, (enum sim_claim)roll(&maker, SIM_CLAIM_SOME + 1));
	if (chance(&maker, 3))
		sim_set_above_first(rig->sim, roll(&maker, 200));
	sim_set_honour_limit(rig->sim, chance(&maker, 5));
	sim_set_watch(rig->sim, true);
}

static uint64_t choose_random(void *state, uint64_t sides)
{
	return sim_random(state) % sides;
}

void random_machine(struct rig *rig, uint64_t seed)
{
	make_machine(rig, choose_random, &seed);
}

bool machine_suffices(struct rig *rig)
{
	unsigned int shift = rig->host.page_shift;
	uint64_t most = UINT64_MAX >> shift, pages = 0, free_all = 0, free_special = 0;
	uint64_t entries_page = ((uint64_t)1 << shift) / rig->host.entry_size - 1;
	uint64_t special;

	for (uint32_t i = 0; i < rig->segments; i++)
		pages += rig->segment[i].memsz >> shift;
	/* One list page to spare: what exactly the list needs is the engine's. */
	special = rig->control + (pages + rig->segments) / entries_page + 1;

	for (uint64_t frame = sim_next_free(rig->sim, 0); frame <= most &&
	     frame != KIMG_NO_FRAME; frame = sim_next_free(rig->sim, frame + 1)) {
		uint64_t last = (frame << shift) + (((uint64_t)1 << shift) - 1);
		bool wanted = false;

		if (last > rig->host.source_limit)
			continue;
		free_all++;
		for (uint32_t i = 0; i < rig->segments; i++)
			wanted |= frame << shift >= rig->segment[i].mem &&
				  (frame << shift) - rig->segment[i].mem <
				  rig->segment[i].memsz;
		if (!wanted && last <= rig->host.control_limit)
			free_special++;
	}
	return free_special >= special && free_all >= pages + special;
}

const char *machine_text(const struct rig *rig, uint64_t seed)
{
	static char text[300];

	snprintf(text, sizeof(text), "KLEAP_SEED=%" PRIu64 " KLEAP_CASES=1: page shift %u, "
		 "entry size %u, %u segments, %u control pages, source limit %#" PRIx64 "%s",
		 seed, rig->host.page_shift, rig->host.entry_size, rig->segments,
		 rig->control, rig->host.source_limit, rig->crash ? ", crash" : "");
	return text;
}

/* Pages whose source is their destination, counted through the public calls. */
static uint64_t count_in_place(struct rig *rig)
{
	uint64_t found = 0;

	for (uint32_t i = 0; i < rig->image.entries; i++) {
		kimg_entry_t entry = kimg_read_entry(&rig->image,
						     kimg_position(&rig->image, i));
		uint32_t home;

		if ((entry & KIMG_SOURCE) &&
		    kimg_is_destination(&rig->image, entry >> rig->host.page_shift,
					&home))
			found += home == i;
	}
	return found;
}

void machine_judge(struct rig *rig, const char *machine)
{
	const struct kimg_stats *stats = &rig->image.stats;
	uint64_t pages = rig->image.pages, want = pages + rig->image.list_pages + rig->control;
	uint64_t held = sim_counts(rig->sim).held;
	char text[200] = "";

	for (const struct kimg_block *block = rig->image.blocks; block; block = block->next)
		want += (uint64_t)1 << block->order;
	if (!oracle_image(rig, false, false, text))
		fail_msg("%s: %s", machine, text);
	if (kimg_check(&rig->image, &rig->why))
		fail_msg("%s: check of a placed image: %s", machine,
			 kimg_error_id(rig->why.error));
	if (!rig->crash && stats->in_place != count_in_place(rig))
		fail_msg("%s: stats say %zu pages in place", machine,
			 stats->in_place);
	if (sim_counts(rig->sim).copied)
		fail_msg("%s: %" PRIu64 " bytes copied while placing", machine,
			 sim_counts(rig->sim).copied);
	if (stats->place_reads + stats->place_writes >
	    4 * pages + rig->segments + rig->image.list_pages)
		fail_msg("%s: %zu entries read, %zu written for %" PRIu64
			 " pages", machine, stats->place_reads, stats->place_writes, pages);
	if (!rig->crash && held != want)
		fail_msg("%s: %" PRIu64 " frames held", machine, held);
	if (sim_counts(rig->sim).windows_most > 2)
		fail_msg("%s: three windows", machine);

	sim_restart_pulls(rig->sim);
	if (kimg_fill(&rig->image, &rig->why))
		fail_msg("%s: fill: %s", machine, kimg_error_id(rig->why.error));
	if (!oracle_image(rig, false, true, text))
		fail_msg("%s: filled: %s", machine, text);
	if (kimg_seal(&rig->image, &rig->why))
		fail_msg("%s: seal: %s", machine, kimg_error_id(rig->why.error));
	if (!oracle_image(rig, true, true, text) || !oracle_leap(rig, text))
		fail_msg("%s: sealed: %s", machine, text);
	if (kimg_check(&rig->image, &rig->why))
		fail_msg("%s: check after the leap: %s", machine,
			 kimg_error_id(rig->why.error));
}
