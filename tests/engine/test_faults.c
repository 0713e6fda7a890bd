/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every host operation fails once at every call it gets, and then for good.
 * Nothing leaks, the error is the right one, and afterwards the same machine
 * loads the same image.
 */
#include "machine.h"

#include <inttypes.h>

/* What a fault may lead to besides success. */
static bool expected(enum sim_fault fault, enum kimg_error error)
{
	switch (fault) {
	case SIM_FAULT_DRAW_EMPTY:
		return error == KIMG_E_NO_MEMORY || error == KIMG_E_NO_MEMORY_BELOW;
	case SIM_FAULT_DRAW_ERROR:
		return error == KIMG_E_INTERRUPTED;
	case SIM_FAULT_DRAW_LONG:
	case SIM_FAULT_DRAW_WRAP:
	case SIM_FAULT_CLAIM_STRAY:
		return error == KIMG_E_HOST_CONTRACT;
	case SIM_FAULT_PULL_ERROR:
		return error == KIMG_E_DATA;
	default:
		return false;
	}
}

/* One load with a fault set; false when the fault never struck. */
static bool strike(struct rig *rig, enum sim_fault fault, uint64_t n, bool lasting)
{
	enum kimg_error error;
	char text[200] = "";
	bool struck;

	sim_set_fault(rig->sim, fault, n, lasting);
	error = rig_load(rig);
	struck = sim_fault_hits(rig->sim) > 0;
	sim_set_fault(rig->sim, SIM_FAULT_NONE, 0, false);

	if (error && !(struck && expected(fault, error)))
		fail_msg("fault %d at call %" PRIu64 ": %s", fault, n,
			 kimg_error_id(error));
	if (struck && !error && fault != SIM_FAULT_CLAIM_NONE)
		fail_msg("fault %d at call %" PRIu64 " went unnoticed", fault, n);

	if (error == KIMG_E_DATA) {
		/* The image keeps its frames, and can only be freed. */
		assert_int_equal(rig->image.state, KIMG_PLACED);
		assert_int_equal(rig->why.c, 14);
		assert_true(rig->why.a < rig->segment[rig->why.seg].bufsz);
		assert_int_equal(kimg_seal(&rig->image, &rig->why), KIMG_E_STATE);
		assert_int_equal(kimg_place(&rig->image, rig->scratch, rig->scratch_size,
					    &rig->why), KIMG_E_STATE);
		assert_int_equal(kimg_check(&rig->image, &rig->why), KIMG_OK);
		if (!oracle_image(rig, false, false, text))
			fail_msg("%s", text);
	} else if (error) {
		assert_int_equal(rig->image.state, KIMG_NEW);
		assert_int_equal(rig->image.head, 0);
		assert_clean(rig);
	} else {
		rig_judge(rig);
	}
	rig_unload(rig);
	assert_clean(rig);
	return struck;
}

/* All faults at all calls, on one machine. */
static void storm(uint64_t seed)
{
	for (int fault = SIM_FAULT_NONE + 1; fault < SIM_FAULTS; fault++) {
		for (int lasting = 0; lasting < 2; lasting++) {
			struct rig rig;

			random_machine(&rig, seed);
			rig.host = sim_host(rig.sim);
			/* Where nothing is drawn, only pulls can fail: test_crash.c. */
			if (rig.crash || !machine_suffices(&rig)) {
				sim_delete(rig.sim);
				return;
			}
			for (uint64_t n = 0; strike(&rig, (enum sim_fault)fault, n, lasting);
			     n += 1 + n / 16)
				;
			/* And the machine is as good as before. */
			assert_error(&rig, rig_load(&rig), KIMG_OK);
			rig_judge(&rig);
			rig_close(&rig);
		}
	}
}

static void test_every_call(void **state)
{
	uint64_t seed = env_number("KLEAP_SEED", 1);
	uint64_t cases = env_number("KLEAP_CASES", 6000) / 40;

	(void)state;
	for (uint64_t i = 0; i < cases; i++)
		storm(seed + 100000 + i);
}

/* The numbers: a draw's code in INTERRUPTED, the answer in HOST_CONTRACT. */
static void test_numbers(void **state)
{
	struct rig rig;

	(void)state;
	rig_picture(&rig, "....kkkk........", 12, 8);
	sim_set_fault(rig.sim, SIM_FAULT_DRAW_ERROR, 0, false);
	assert_error(&rig, rig_place(&rig), KIMG_E_INTERRUPTED);
	assert_int_equal(rig.why.a, 4);
	sim_set_fault(rig.sim, SIM_FAULT_DRAW_LONG, 1, false);
	assert_error(&rig, rig_place(&rig), KIMG_E_HOST_CONTRACT);
	assert_int_equal(rig.why.b, 4);
	assert_int_equal(rig.why.d, 5);
	sim_set_claim(rig.sim, SIM_CLAIM_ALL);
	sim_set_fault(rig.sim, SIM_FAULT_CLAIM_STRAY, 0, false);
	assert_error(&rig, rig_place(&rig), KIMG_E_HOST_CONTRACT);
	assert_int_equal(rig.why.a, 4);
	assert_int_equal(rig.why.b, 4);
	assert_int_equal(rig.why.c, 8);
	assert_int_equal(rig.why.d, 1);
	rig_close(&rig);
}

/* What a host with a broken claim() answers. */
static struct kimg_run stray;

static void claim_stray(void *ctx, uint64_t first, uint64_t count, struct kimg_run *got)
{
	(void)ctx;
	(void)first;
	(void)count;
	*got = stray;
}

/* A claim may only return frames that were asked for: 4 to 7. */
static void test_stray_claims(void **state)
{
	static const struct kimg_run runs[] = {
		{ 3, 1 }, { 3, 2 }, { 8, 1 }, { 7, 2 }, { 4, 5 }, { 5, UINT64_MAX },
	};
	struct kimg_host_ops ops;
	struct rig rig;

	(void)state;
	rig_picture(&rig, "....kkkk........", 12, 8);
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		stray = runs[i];
		assert_error(&rig, rig_plan(&rig), KIMG_OK);
		ops = *rig.host.ops;
		ops.claim = claim_stray;
		rig.host.ops = &ops;
		rig.scratch = malloc(kimg_scratch_size(&rig.image));
		assert_error(&rig, kimg_place(&rig.image, rig.scratch,
					      kimg_scratch_size(&rig.image), &rig.why),
			     KIMG_E_HOST_CONTRACT);
		assert_int_equal(rig.why.a, 4);
		assert_int_equal(rig.why.b, 4);
		assert_true(rig.why.c == stray.first && rig.why.d == stray.count);
		rig_unload(&rig);
		assert_clean(&rig);
	}
	rig_close(&rig);
}

/* Supply ends after every possible number of frames: the numbers add up. */
static void test_shortage(void **state)
{
	(void)state;
	for (int order = SIM_ASCENDING_RUNS; order < SIM_SCRIPT; order++) {
		for (uint64_t supply = 0; supply < 14; supply++) {
			struct rig rig;

			/* 7 pages, 1 for the list, 2 control pages: 10 frames. */
			rig_picture(&rig, "....kkkk....iii.......", 12, 8);
			sim_set_segments(rig.sim, rig.segment, rig.segments);
			sim_set_allocator(rig.sim, (enum sim_order)order, 3);
			sim_set_supply(rig.sim, supply);
			rig.control = 2;
			/* Drawing all destinations first takes up to seven more. */
			if (rig_place(&rig)) {
				assert_int_equal(rig.why.error, KIMG_E_NO_MEMORY);
				assert_int_equal(rig.why.a, 10);
				assert_int_equal(rig.why.b, supply);
				assert_clean(&rig);
				/* The plan is still there, for when there is more. */
				sim_set_supply(rig.sim, UINT64_MAX);
				assert_error(&rig, kimg_place(&rig.image, rig.scratch,
					     rig.scratch_size, &rig.why), KIMG_OK);
			} else {
				assert_true(supply >= 10);
			}
			rig_close(&rig);
		}
	}
}

/* Freeing works from every state, after every error, and twice. */
static void test_free_anywhere(void **state)
{
	struct rig rig;

	(void)state;
	rig_picture(&rig, "....kkkk........", 12, 8);
	assert_error(&rig, rig_plan(&rig), KIMG_OK);
	kimg_free(&rig.image);
	kimg_free(&rig.image);
	assert_clean(&rig);
	assert_error(&rig, rig_place(&rig), KIMG_OK);
	kimg_free(&rig.image);
	assert_clean(&rig);
	assert_int_equal(rig.image.state, KIMG_NEW);
	assert_int_equal(rig.image.pages, 0);
	assert_error(&rig, rig_load(&rig), KIMG_OK);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_call),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_stray_claims),
		cmocka_unit_test(test_shortage),
		cmocka_unit_test(test_free_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
