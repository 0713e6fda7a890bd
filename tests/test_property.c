/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Properties that hold for every machine: S1 to S6 as the oracle sees them, the
 * engine's own check, no data moved while placing, cost linear in pages, and all
 * frames given back. Random machines, KLEAP_CASES of them from KLEAP_SEED on.
 */
#include "machine.h"

#include <inttypes.h>

struct tally {
	uint64_t loaded, refused, crash, pages, in_place, displaced, parked;
};

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

/* Everything there is to say about one image that was placed. */
static void judge_placed(struct rig *rig, const char *machine)
{
	const struct kimg_stats *stats = &rig->image.stats;
	uint64_t pages = rig->image.pages, held = sim_counts(rig->sim).held;
	char text[200] = "";

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
	if (!rig->crash && held != pages + rig->image.list_pages + rig->control)
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

static void one_case(uint64_t seed, struct tally *tally)
{
	const char *machine;
	enum kimg_error error;
	struct rig rig;
	bool suffices;

	random_machine(&rig, seed);
	rig.host = sim_host(rig.sim);
	suffices = machine_suffices(&rig);
	machine = machine_text(&rig, seed);
	error = rig_place(&rig);
	switch (error) {
	case KIMG_OK:
		judge_placed(&rig, machine);
		tally->loaded++;
		tally->crash += rig.crash;
		tally->pages += rig.image.pages;
		tally->in_place += rig.image.stats.in_place;
		tally->displaced += rig.image.stats.displaced;
		tally->parked += rig.image.stats.parked;
		break;
	case KIMG_E_NO_MEMORY:
	case KIMG_E_NO_MEMORY_BELOW:
		if (suffices || rig.crash)
			fail_msg("%s: %s, but there is enough", machine,
				 kimg_error_id(error));
		tally->refused++;
		break;
	case KIMG_E_NO_CONTROL:
		if (!rig.crash)
			fail_msg("%s: %s", machine, kimg_error_id(error));
		tally->refused++;
		break;
	default:
		fail_msg("%s: place: %s", machine, kimg_error_id(error));
	}
	rig_unload(&rig);
	if (!sim_check_clean(rig.sim))
		fail_msg("%s: %s", machine, sim_violation(rig.sim) ?
			 sim_violation(rig.sim) : "frames or windows left");
	rig_close(&rig);
}

static void test_random(void **state)
{
	uint64_t cases = env_number("KLEAP_CASES", 6000);
	uint64_t seed = env_number("KLEAP_SEED", 1);
	struct tally tally = { 0 };

	(void)state;
	for (uint64_t i = 0; i < cases; i++)
		one_case(seed + i, &tally);
	printf("note: seeds %" PRIu64 " to %" PRIu64 ": %" PRIu64 " images loaded (%" PRIu64
	       " crash), %" PRIu64 " refused for lack of memory; %" PRIu64 " pages, %" PRIu64
	       " in place, %" PRIu64 " displaced, %" PRIu64 " frames parked\n",
	       seed, seed + cases - 1, tally.loaded, tally.crash, tally.refused,
	       tally.pages, tally.in_place, tally.displaced, tally.parked);
	/* A generator that makes only trivial machines would prove nothing. */
	if (cases >= 1000) {
		assert_true(tally.loaded > cases / 2 && tally.refused > cases / 50);
		assert_true(tally.crash > cases / 50);
		assert_true(tally.in_place > tally.pages / 10);
		assert_true(tally.displaced > tally.pages / 50);
		assert_true(tally.parked > 0);
	}
}

static void mix(uint64_t *digest, uint64_t value)
{
	*digest ^= value;
	*digest = sim_random(digest);
}

/*
 * A seed names the same machine whatever compiled this, and for whatever machine:
 * else nobody could repeat what another one saw.
 */
static void test_same_machines(void **state)
{
	uint64_t digest = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct kimg_run run = { 0, 0 };
		struct rig rig;

		random_machine(&rig, seed);
		sim_set_segments(rig.sim, rig.segment, rig.segments);
		rig.host = sim_host(rig.sim);
		for (uint32_t i = 0; i < rig.segments; i++) {
			mix(&digest, rig.segment[i].mem);
			mix(&digest, rig.segment[i].memsz);
			mix(&digest, rig.segment[i].bufsz);
		}
		mix(&digest, rig.control);
		mix(&digest, rig.host.source_limit);
		mix(&digest, rig.host.control_limit);
		rig.host.ops->draw(rig.host.ctx, KIMG_USE_SOURCE, UINT64_MAX, 1, &run);
		mix(&digest, run.first);
		sim_delete(rig.sim);
	}
	/* Only a change of machine.c, or of the simulator's draws, may change this. */
	if (digest != 0x25994640e31385a0)
		fail_msg("the machines of seeds 1 to 200 give %#" PRIx64, digest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_same_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
