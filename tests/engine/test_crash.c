/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Crash images: everything is in a reserved region, the data is written directly to
 * its destination, the list is just DONE. R in a picture is the region.
 */
#include "support.h"

/* Frames 4 to 13 are the region; a at 5 6, b at 9 10 11. */
static void set_up(struct rig *rig, unsigned int entry_size)
{
	rig_picture(rig, "....#AA##BBB##......", 12, entry_size);
	rig->crash = true;
	rig->region.start = 4 << 12;
	rig->region.end = 14 << 12;
	sim_set_region(rig->sim, rig->region.start, rig->region.end);
}

static void test_load(void **state)
{
	(void)state;
	for (unsigned int size = 4; size <= 8; size += 4) {
		for (uint32_t control = 0; control <= 5; control++) {
			static const uint64_t holes[] = { 4, 7, 8, 12, 13 };
			struct rig rig;

			set_up(&rig, size);
			rig.control = control;
			assert_error(&rig, rig_place(&rig), KIMG_OK);
			assert_int_equal(rig.image.head, 0);
			assert_int_equal(kimg_position(&rig.image, 0).frame, KIMG_NO_FRAME);
			sim_snapshot(rig.sim);
			assert_error(&rig, kimg_fill(&rig.image, &rig.why), KIMG_OK);
			assert_error(&rig, kimg_seal(&rig.image, &rig.why), KIMG_OK);
			assert_int_equal(rig.image.head, KIMG_DONE);
			for (uint32_t i = 0; i < control; i++)
				assert_int_equal(rig.image.control[i], holes[i]);
			/* Filling is what moves the data; nothing else may change. */
			assert_int_equal(sim_verify(rig.sim, rig.segment, rig.segments,
						    &rig.why), KIMG_OK);
			assert_int_equal(sim_counts(rig.sim).draws, 0);
			assert_int_equal(sim_counts(rig.sim).claims, 0);
			assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_OK);
			rig_judge(&rig);
			rig_unload(&rig);
			assert_int_equal(sim_counts(rig.sim).gives, 0);
			rig_close(&rig);
		}
	}
}

static void test_no_room(void **state)
{
	struct rig rig;

	(void)state;
	set_up(&rig, 8);
	rig.control = 6;
	assert_error(&rig, rig_load(&rig), KIMG_E_NO_CONTROL);
	assert_int_equal(rig.why.a, 6);
	assert_int_equal(rig.why.b, 5);
	assert_int_equal(rig.image.state, KIMG_NEW);
	/* Only what lies below the control limit counts: frames 4, 7 and 8. */
	rig.control = 4;
	sim_set_limits(rig.sim, UINT64_MAX, UINT64_MAX, 0x8fff, 100);
	assert_error(&rig, rig_load(&rig), KIMG_E_NO_CONTROL);
	assert_int_equal(rig.why.b, 3);
	rig.control = 3;
	assert_error(&rig, rig_load(&rig), KIMG_OK);
	rig_close(&rig);
}

/* The check knows a control page that is not in the region, whole, or is a segment's. */
static void test_control_elsewhere(void **state)
{
	static const struct {
		uint64_t frame;
		enum kimg_error error;
	} control[] = {
		{ 3, KIMG_E_S5 }, { 4, KIMG_OK }, { 5, KIMG_E_S2 }, { 7, KIMG_OK },
		{ 13, KIMG_OK }, { 14, KIMG_E_S5 }, { UINT64_MAX >> 12, KIMG_E_S5 },
	};
	struct rig rig;

	(void)state;
	set_up(&rig, 8);
	rig.control = 1;
	assert_error(&rig, rig_load(&rig), KIMG_OK);
	for (size_t i = 0; i < sizeof(control) / sizeof(*control); i++) {
		rig.image.control[0] = control[i].frame;
		assert_error(&rig, kimg_check(&rig.image, &rig.why), control[i].error);
	}
	/* Half a page is none. */
	rig.image.region = (struct kimg_range){ (4 << 12) + 1, (14 << 12) - 1 };
	rig.image.control[0] = 4;
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_E_S5);
	rig.image.control[0] = 13;
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_E_S5);
	rig.image.region = rig.region;
	rig_close(&rig);
}

/* A region that segments fill to the last page leaves no hole. */
static void test_full_region(void **state)
{
	struct rig rig;

	(void)state;
	rig_picture(&rig, "....AAAABBBB....", 12, 8);
	rig.crash = true;
	rig.region = (struct kimg_range){ 4 << 12, 12 << 12 };
	sim_set_region(rig.sim, rig.region.start, rig.region.end);
	assert_error(&rig, rig_load(&rig), KIMG_OK);
	rig_judge(&rig);
	rig_unload(&rig);
	rig.control = 1;
	assert_error(&rig, rig_load(&rig), KIMG_E_NO_CONTROL);
	assert_int_equal(rig.why.b, 0);
	/* Half a page at either end of the region is no page. */
	rig.region = (struct kimg_range){ (4 << 12) - 0x800, (12 << 12) + 0x800 };
	assert_error(&rig, rig_load(&rig), KIMG_E_NO_CONTROL);
	rig.region.end += 0x800;
	sim_set_region(rig.sim, rig.region.start, rig.region.end);
	assert_error(&rig, rig_load(&rig), KIMG_OK);
	assert_int_equal(rig.image.control[0], 12);
	rig_close(&rig);
}

/* A pull that fails, at every call. */
static void test_pull_faults(void **state)
{
	struct rig rig;

	(void)state;
	set_up(&rig, 8);
	rig.control = 2;
	for (uint64_t n = 0; ; n++) {
		enum kimg_error error;

		sim_set_fault(rig.sim, SIM_FAULT_PULL_ERROR, n, false);
		error = rig_load(&rig);
		if (!error)
			break;
		assert_int_equal(error, KIMG_E_DATA);
		assert_int_equal(rig.image.state, KIMG_PLACED);
		assert_int_equal(rig.image.head, 0);
		rig_unload(&rig);
		assert_clean(&rig);
		assert_true(n < 5);
	}
	rig_judge(&rig);
	rig_close(&rig);
}

/* Check of a crash image: the head, and control pages in a segment or twice. */
static void test_check(void **state)
{
	struct rig rig;
	char text[200];

	(void)state;
	set_up(&rig, 8);
	rig.control = 2;
	assert_error(&rig, rig_load(&rig), KIMG_OK);
	rig.image.head = 0;
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_E_S4);
	assert_false(oracle_image(&rig, true, true, text));
	rig.image.head = KIMG_DONE;
	rig.image.control[0] = 10;
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_E_S2);
	assert_int_equal(rig.why.a, 10);
	assert_false(oracle_image(&rig, true, true, text));
	rig.image.control[0] = rig.image.control[1];
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_E_S3);
	assert_false(oracle_image(&rig, true, true, text));
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_control_elsewhere),
		cmocka_unit_test(test_full_region),
		cmocka_unit_test(test_pull_faults),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
