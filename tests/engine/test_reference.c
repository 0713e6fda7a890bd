/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The engine against the RFC's algorithm, on the same machines: the same bytes at
 * every destination. And the RFC as posted, failing in the known way.
 */
#include "machine.h"

#include "reference.h"

#include <inttypes.h>

/* Run a list on its machine, and check S6 there. */
static void leap(struct rig *rig, kimg_entry_t head, uint64_t most, const char *who,
		 const char *machine)
{
	sim_set_raw(rig->sim, true);
	if (kimg_run_list(&rig->host, head, most, &rig->why))
		fail_msg("%s: %s: the executor reports %s", machine, who,
			 kimg_error_id(rig->why.error));
	sim_set_raw(rig->sim, false);
	if (sim_verify(rig->sim, rig->segment, rig->segments, &rig->why))
		fail_msg("%s: %s: S6 fails at %#" PRIx64, machine, who, rig->why.a);
}

/* Load by the reference what `rig` describes; true if there was memory. */
static bool load_reference(struct rig *rig, struct reference *ref, bool as_posted)
{
	sim_set_segments(rig->sim, rig->segment, rig->segments);
	/* The RFC knows no claims. */
	sim_set_claim(rig->sim, SIM_CLAIM_ABSENT);
	rig->host = sim_host(rig->sim);
	sim_restart_pulls(rig->sim);
	if (rig->crash)
		sim_snapshot(rig->sim);
	return !ref_load(ref, &rig->host, rig->segment, rig->segments, rig->control,
			 rig->crash ? &rig->region : NULL, as_posted);
}

static void compare(struct rig *ours, struct rig *theirs, const char *machine)
{
	unsigned int shift = ours->host.page_shift;
	unsigned char *page = malloc((size_t)1 << shift);

	assert_non_null(page);
	for (uint32_t i = 0; i < ours->segments; i++) {
		uint64_t first = ours->segment[i].mem >> shift;

		for (uint64_t n = 0; n < ours->segment[i].memsz >> shift; n++) {
			memcpy(page, sim_peek(ours->sim, first + n), (size_t)1 << shift);
			if (memcmp(page, sim_peek(theirs->sim, first + n), (size_t)1 << shift))
				fail_msg("%s: frame %#" PRIx64 " differs", machine, first + n);
		}
	}
	free(page);
}

/* One machine, loaded twice. Counts what both could load. */
static void both(uint64_t seed, uint64_t *loaded, uint64_t *swaps)
{
	struct rig ours, theirs;
	struct reference ref;
	const char *machine;
	bool good, suffices;

	random_machine(&ours, seed);
	/* The reference keeps frames in pointers, as a kernel does: 32 bits hold few. */
	if (sim_next_free(ours.sim, UINTPTR_MAX) != KIMG_NO_FRAME) {
		sim_delete(ours.sim);
		return;
	}
	random_machine(&theirs, seed);
	ours.host = sim_host(ours.sim);
	machine = machine_text(&ours, seed);
	suffices = machine_suffices(&ours);

	if (ours.crash) {
		good = !rig_place(&ours);
		if (good) {
			sim_snapshot(ours.sim);
			good = !kimg_fill(&ours.image, &ours.why) &&
			       !kimg_seal(&ours.image, &ours.why);
		}
	} else {
		good = !rig_load(&ours);
		sim_snapshot(ours.sim);
	}
	if (load_reference(&theirs, &ref, false) && good) {
		if (!theirs.crash)
			sim_snapshot(theirs.sim);
		/* The reference may need one page more than the engine for its list. */
		leap(&ours, ours.image.head, rig_most(&ours), "engine", machine);
		leap(&theirs, ref.head, rig_most(&ours) + 2, "reference", machine);
		compare(&ours, &theirs, machine);
		assert_int_equal(ref.wild_writes, 0);
		++*loaded;
		*swaps += ref.swaps;
	} else if (suffices && !ours.crash) {
		fail_msg("%s: %s could not load", machine, good ? "reference" : "engine");
	}
	ref_free(&ref);
	if (!sim_check_clean(theirs.sim))
		fail_msg("%s: reference: %s", machine, sim_violation(theirs.sim) ?
			 sim_violation(theirs.sim) : "frames left");
	rig_close(&ours);
	sim_delete(theirs.sim);
}

static void test_same_bytes(void **state)
{
	uint64_t cases = env_number("KLEAP_CASES", 6000) / 8;
	uint64_t seed = env_number("KLEAP_SEED", 1), loaded = 0, swaps = 0;

	(void)state;
	for (uint64_t i = 0; i < cases; i++)
		both(seed + i, &loaded, &swaps);
	printf("note: %" PRIu64 " of %" PRIu64 " machines loaded by engine and reference, "
	       "%" PRIu64 " pages copied by the reference while loading\n",
	       loaded, cases, swaps);
	if (cases >= 500)
		assert_true(loaded > cases / 2 && swaps > 0);
}

/* A byte changed at a destination, and the comparison says so: it can fail. */
static int first_changed(void *arg, uint64_t frame)
{
	*(uint64_t *)arg = frame;
	return 1;
}

static void test_comparison_sees(void **state)
{
	uint64_t changed = 0;
	struct reference ref;
	unsigned char byte;
	struct rig rig;

	(void)state;
	rig_picture(&rig, "......kkkk......", 12, 8);
	assert_true(load_reference(&rig, &ref, false));
	sim_snapshot(rig.sim);
	leap(&rig, ref.head, 100, "reference", "picture");
	byte = (unsigned char)~sim_peek(rig.sim, 7)[9];
	assert_true(sim_poke(rig.sim, 7, 9, &byte, 1));
	assert_int_equal(sim_verify(rig.sim, rig.segment, 1, &rig.why), KIMG_E_S6);
	assert_int_equal(rig.why.a, (7 << 12) + 9);
	assert_int_equal(sim_changed(rig.sim, first_changed, &changed), 1);
	ref_free(&ref);
	rig_close(&rig);
}

/*
 * As posted, the first entry of a normal image goes through the position that
 * means "none": frame ~0 >> shift, slot 0xffe, beyond the page's 512 or 1024.
 */
static void test_posted_normal(void **state)
{
	(void)state;
	for (unsigned int size = 4; size <= 8; size += 4) {
		struct reference ref;
		struct rig rig;
		uint64_t held;

		rig_picture(&rig, "......kkkk......", 12, size);
		assert_true(load_reference(&rig, &ref, true));
		assert_int_equal(ref.head, 0);
		assert_int_equal(ref.wild_writes, 1);
		assert_true(ref.wild_frame ==
			    (size == 4 ? 0xfffff : UINT64_MAX >> 12));
		assert_int_equal(ref.wild_slot, 0xffe);
		assert_true(ref.wild_slot >= 4096 / size);
		assert_non_null(sim_violation(rig.sim));
		assert_non_null(strstr(sim_violation(rig.sim),
				       "map() of a frame that is not owned"));
		assert_int_equal(sim_counts(rig.sim).violations, 1);

		/* There is nothing to copy, no end, and nothing to free. */
		sim_snapshot(rig.sim);
		sim_set_raw(rig.sim, true);
		assert_int_equal(kimg_run_list(&rig.host, ref.head, 100, &rig.why),
				 KIMG_E_UNKNOWN_FLAG);
		sim_set_raw(rig.sim, false);
		assert_int_equal(sim_verify(rig.sim, rig.segment, 1, &rig.why), KIMG_E_S6);
		held = sim_counts(rig.sim).held;
		ref_free(&ref);
		assert_int_equal(held, 5);
		assert_int_equal(sim_counts(rig.sim).held, 5);
		assert_false(sim_check_clean(rig.sim));
		sim_delete(rig.sim);
	}
}

/* As posted, a page whose destination is drawn later is not found any more. */
static void test_posted_conflict(void **state)
{
	static const uint64_t give[] = { 0, 1, 2, 3, 6, 4, 5, 10, 11, 12 };

	(void)state;
	for (int as_posted = 0; as_posted < 2; as_posted++) {
		struct reference ref;
		struct rig rig;

		rig_picture(&rig, "......kkkk......", 12, 8);
		sim_set_allocator(rig.sim, SIM_SCRIPT, 0);
		sim_set_script(rig.sim, give, 10);
		assert_true(load_reference(&rig, &ref, as_posted));
		/* Frame 6 is the first page's destination: swapped, or kept for ever. */
		assert_int_equal(ref.swaps, as_posted ? 0 : 1);
		assert_int_equal(ref.dest_pages.count, as_posted ? 1 : 0);
		ref_free(&ref);
		assert_true(sim_check_clean(rig.sim) == !as_posted);
		sim_delete(rig.sim);
	}
}

/* As posted, a crash image, which has no entries, is ended at nowhere, too. */
static void test_posted_crash(void **state)
{
	(void)state;
	for (int as_posted = 0; as_posted < 2; as_posted++) {
		struct reference ref;
		struct rig rig;

		rig_picture(&rig, "....#AA##BBB##......", 12, 8);
		rig.crash = true;
		rig.region = (struct kimg_range){ 4 << 12, 14 << 12 };
		sim_set_region(rig.sim, rig.region.start, rig.region.end);
		rig.control = 2;
		assert_true(load_reference(&rig, &ref, as_posted));
		assert_int_equal(ref.head, as_posted ? 0 : KIMG_DONE);
		assert_int_equal(ref.wild_writes, as_posted);
		if (as_posted) {
			assert_true(ref.wild_frame == UINT64_MAX >> 12);
			assert_int_equal(ref.wild_slot, 0xffe);
			assert_non_null(sim_violation(rig.sim));
		}
		/* The data is home either way; what is wrong is the list. */
		assert_int_equal(sim_verify(rig.sim, rig.segment, rig.segments, &rig.why),
				 KIMG_OK);
		ref_free(&ref);
		assert_true(sim_check_clean(rig.sim) == !as_posted);
		sim_delete(rig.sim);
	}
}

/* Upstream loses a page when the list cannot grow; the repaired form does not. */
static void test_shortage(void **state)
{
	(void)state;
	for (uint64_t supply = 0; supply < 12; supply++) {
		struct reference ref;
		struct rig rig;

		rig_picture(&rig, "......kkkkk.........", 5, 8);
		sim_set_supply(rig.sim, supply);
		assert_true(load_reference(&rig, &ref, false) == (supply >= 7));
		ref_free(&ref);
		assert_clean(&rig);
		sim_delete(rig.sim);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_comparison_sees),
		cmocka_unit_test(test_posted_normal),
		cmocka_unit_test(test_posted_conflict),
		cmocka_unit_test(test_posted_crash),
		cmocka_unit_test(test_shortage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
