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
		machine_judge(&rig, machine);
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
