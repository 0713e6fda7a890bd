/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Control pages drawn one block at a time: aligned, within the limit, in no
 * segment, given back by kimg_free(), whatever the host hands out and whenever they
 * are drawn.
 */
#include "support.h"

#define BLOCKS 8

/* Is the block as it must be? */
static void judge(const struct rig *rig, const struct kimg_block *block, uint32_t order)
{
	uint64_t size = (uint64_t)1 << order;

	assert_int_equal(block->order, order);
	assert_int_equal(block->first & (size - 1), 0);
	for (uint64_t frame = block->first; frame < block->first + size; frame++) {
		assert_false(kimg_is_destination(&rig->image, frame, NULL));
		assert_true((frame << rig->host.page_shift) +
			    (((uint64_t)1 << rig->host.page_shift) - 1) <=
			    rig->host.control_limit);
		if (!rig->crash)
			assert_true(sim_is_owned(rig->sim, frame));
	}
}

static void draw(struct rig *rig, struct kimg_block *block, uint32_t order)
{
	uint64_t held = sim_counts(rig->sim).held;

	assert_error(rig, kimg_draw_control(&rig->image, block, order, &rig->why),
		     KIMG_OK);
	judge(rig, block, order);
	assert_ptr_equal(rig->image.blocks, block);
	/* Misfits were given back. */
	if (!rig->crash)
		assert_int_equal(sim_counts(rig->sim).held, held + (1u << order));
}

/* 400 frames, segments at 20 to 59, 64 to 66 and 200 to 263; most of them are free. */
static void set_up(struct rig *rig)
{
	rig_empty(rig, 8, 8, UINT64_MAX);
	assert_true(sim_add_ram(rig->sim, 0, 400 << 8));
	sim_reserve(rig->sim, 5 << 8, 7 << 8);
	rig_add_segment(rig, 20 << 8, 40 << 8, (40 << 8) - 1);
	rig_add_segment(rig, 200 << 8, 64 << 8, 0);
	rig_add_segment(rig, 64 << 8, 3 << 8, 3 << 8);
}

/* Every order of frames, before and after the data are loaded. */
static void test_orders(void **state)
{
	static const struct {
		enum sim_order order;
		uint32_t largest;	/* block that such a host has */
	} hosts[] = {
		{ SIM_ASCENDING_RUNS, 4 }, { SIM_RANDOM_RUNS, 1 },
		{ SIM_ASCENDING, 0 }, { SIM_DESCENDING, 0 }, { SIM_RANDOM, 0 },
		{ SIM_DESTINATIONS, 0 },
	};

	(void)state;
	for (size_t host = 0; host < sizeof(hosts) / sizeof(hosts[0]); host++) {
		for (uint32_t early = 0; early <= BLOCKS; early++) {
			struct kimg_block block[BLOCKS];
			struct rig rig;
			uint32_t i, frames = 0;

			set_up(&rig);
			sim_set_limits(rig.sim, UINT64_MAX, UINT64_MAX,
				       (300 << 8) - 1, 1000);
			sim_set_allocator(rig.sim, hosts[host].order, host + early);
			assert_error(&rig, rig_plan(&rig), KIMG_OK);
			for (i = 0; i < early; i++) {
				uint32_t order = i % (hosts[host].largest + 1);

				draw(&rig, &block[i], order);
				frames += 1u << order;
			}
			rig.scratch_size = kimg_scratch_size(&rig.image);
			rig.scratch = malloc(rig.scratch_size);
			assert_error(&rig, kimg_place(&rig.image, rig.scratch,
						      rig.scratch_size, &rig.why),
				     KIMG_OK);
			for (; i < BLOCKS; i++) {
				uint32_t order = i % (hosts[host].largest + 1);

				if (i == early + 1)
					assert_error(&rig, kimg_fill(&rig.image,
						     &rig.why), KIMG_OK);
				if (i == early + 2)
					assert_error(&rig, kimg_seal(&rig.image,
						     &rig.why), KIMG_OK);
				draw(&rig, &block[i], order);
				frames += 1u << order;
			}
			assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_OK);
			assert_int_equal(sim_counts(rig.sim).held, frames +
					 rig.image.pages + rig.image.list_pages);
			/* The chain outlives the image, for the caller to free. */
			kimg_free(&rig.image);
			for (i = BLOCKS; i-- > 1; )
				assert_ptr_equal(block[i].next, &block[i - 1]);
			assert_null(block[0].next);
			rig_close(&rig);
		}
	}
}

/* A script of single frames and what becomes of them. */
static void test_misfits(void **state)
{
	static const uint64_t script[] = { 30, 310, 64, 0, 1 };
	struct kimg_block block;
	struct rig rig;

	(void)state;
	set_up(&rig);
	sim_set_limits(rig.sim, UINT64_MAX, UINT64_MAX, (300 << 8) - 1, 1000);
	sim_set_script(rig.sim, script, 5);
	sim_set_allocator(rig.sim, SIM_SCRIPT, 0);
	assert_error(&rig, rig_plan(&rig), KIMG_OK);
	/* Two destinations and one above the limit, then a good one. */
	draw(&rig, &block, 0);
	assert_int_equal(block.first, 0);
	assert_int_equal(sim_counts(rig.sim).gives, 3);
	rig_close(&rig);

	/* Above the source limit they are parked, as many as may be. */
	set_up(&rig);
	sim_set_limits(rig.sim, (300 << 8) - 1, UINT64_MAX, (100 << 8) - 1, 50);
	sim_set_allocator(rig.sim, SIM_DESCENDING, 0);
	assert_error(&rig, rig_plan(&rig), KIMG_OK);
	assert_error(&rig, kimg_draw_control(&rig.image, &block, 0, &rig.why),
		     KIMG_E_NO_MEMORY_BELOW);
	assert_int_equal(rig.why.a, 1);
	assert_int_equal(rig.why.b, 0);
	assert_int_equal(rig.why.d, 50);
	assert_null(rig.image.blocks);
	assert_int_equal(sim_counts(rig.sim).held, 0);
	rig_close(&rig);

	/* If none may be parked, that is still no lack of memory as such. */
	set_up(&rig);
	sim_set_limits(rig.sim, (300 << 8) - 1, UINT64_MAX, (100 << 8) - 1, 0);
	sim_set_allocator(rig.sim, SIM_DESCENDING, 0);
	assert_error(&rig, rig_plan(&rig), KIMG_OK);
	assert_error(&rig, kimg_draw_control(&rig.image, &block, 0, &rig.why),
		     KIMG_E_NO_MEMORY_BELOW);
	assert_int_equal(rig.why.d, 0);
	assert_int_equal(sim_counts(rig.sim).held, 0);
	rig_close(&rig);

	/* A host that has no two neighbours ends the search. */
	set_up(&rig);
	sim_set_limits(rig.sim, UINT64_MAX, UINT64_MAX, UINT64_MAX, 20);
	sim_set_allocator(rig.sim, SIM_ASCENDING, 0);
	assert_error(&rig, rig_plan(&rig), KIMG_OK);
	assert_error(&rig, kimg_draw_control(&rig.image, &block, 1, &rig.why),
		     KIMG_E_NO_MEMORY_BELOW);
	assert_int_equal(rig.why.a, 2);
	assert_int_equal(sim_counts(rig.sim).held, 0);
	rig_close(&rig);
}

/* Pages so small that the piles hold two frames, and the rest in the frames. */
static void test_small_pages(void **state)
{
	static const uint64_t script[] = { 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 3 };
	struct kimg_block block;
	struct rig rig;

	(void)state;
	rig_picture(&rig, "............aaaaaaaaaaaa....", 5, 8);
	sim_set_script(rig.sim, script, 12);
	sim_set_allocator(rig.sim, SIM_SCRIPT, 0);
	assert_error(&rig, rig_plan(&rig), KIMG_OK);
	draw(&rig, &block, 0);
	assert_int_equal(block.first, 3);
	assert_int_equal(sim_counts(rig.sim).frames_given, 11);
	rig_close(&rig);
}

/* A block is found, and more misfits with it than may wait: nothing is to wait for. */
static void test_last_misfits(void **state)
{
	struct kimg_block block;
	struct rig rig;

	(void)state;
	rig_picture(&rig, "...........", 12, 8);
	sim_set_limits(rig.sim, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0);
	assert_error(&rig, rig_plan(&rig), KIMG_OK);
	draw(&rig, &block, 1);
	rig_close(&rig);
}

/* The n-th draw finds nothing, or fails, in each state: nothing is lost. */
static void test_faults(void **state)
{
	(void)state;
	for (enum sim_fault fault = SIM_FAULT_DRAW_EMPTY; fault <= SIM_FAULT_DRAW_ERROR;
	     fault++) {
		for (uint64_t n = 0; n < 2; n++) {
			static const uint64_t script[] = { 250, 380 };
			enum kimg_error wanted = fault == SIM_FAULT_DRAW_EMPTY ?
				KIMG_E_NO_MEMORY : KIMG_E_DRAW;
			struct kimg_block block;
			struct rig rig;

			set_up(&rig);
			assert_error(&rig, rig_load(&rig), KIMG_OK);
			sim_set_script(rig.sim, script, 2);
			sim_set_allocator(rig.sim, SIM_SCRIPT, 0);
			sim_set_fault(rig.sim, fault, n, false);
			assert_error(&rig, kimg_draw_control(&rig.image, &block, 0,
							     &rig.why), wanted);
			assert_null(rig.image.blocks);
			assert_int_equal(rig.image.state, KIMG_SEALED);
			assert_int_equal(sim_counts(rig.sim).held,
					 rig.image.pages + rig.image.list_pages);
			rig_judge(&rig);
			rig_close(&rig);
		}
	}
}

/* What the calls refuse; what a failed placing leaves. */
static void test_states(void **state)
{
	struct kimg_block block;
	struct rig rig;

	(void)state;
	set_up(&rig);
	rig.host = sim_host(rig.sim);
	assert_error(&rig, kimg_init(&rig.image, &rig.host, &rig.why), KIMG_OK);
	assert_error(&rig, kimg_draw_control(&rig.image, &block, 0, &rig.why),
		     KIMG_E_STATE);
	assert_error(&rig, rig_plan(&rig), KIMG_OK);
	assert_error(&rig, kimg_draw_control(&rig.image, &block, KIMG_ORDER_MAX + 1,
					     &rig.why), KIMG_E_ARGUMENT);
	assert_int_equal(rig.why.a, 3);
	draw(&rig, &block, 2);
	assert_error(&rig, kimg_plan(&rig.image, rig.segment, rig.segments, 0, NULL,
				     &rig.why), KIMG_E_STATE);

	/* Placing fails, the block stays, and is given back in the end. */
	sim_set_supply(rig.sim, 50);
	rig.scratch_size = kimg_scratch_size(&rig.image);
	rig.scratch = malloc(rig.scratch_size);
	assert_error(&rig, kimg_place(&rig.image, rig.scratch, rig.scratch_size,
				      &rig.why), KIMG_E_NO_MEMORY);
	assert_int_equal(sim_counts(rig.sim).held, 4);
	assert_ptr_equal(rig.image.blocks, &block);
	sim_set_supply(rig.sim, UINT64_MAX);
	assert_error(&rig, kimg_place(&rig.image, rig.scratch, rig.scratch_size,
				      &rig.why), KIMG_OK);
	rig_close(&rig);
}

/* The check knows the blocks: S2, S3 and S5. */
static void test_check(void **state)
{
	struct kimg_block block;
	struct rig rig;

	(void)state;
	set_up(&rig);
	sim_set_limits(rig.sim, UINT64_MAX, UINT64_MAX, (390 << 8) - 1, 1000);
	assert_error(&rig, rig_load(&rig), KIMG_OK);
	draw(&rig, &block, 1);
	uint64_t first = block.first;

	block.first = 66;
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_E_S2);
	assert_int_equal(rig.why.a, 66);
	block.first = 388;
	block.order = 2;
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_E_S5);
	assert_int_equal(rig.why.a, 390);
	block.order = 0;
	block.first = rig.image.directory[0];
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_E_S3);
	assert_int_equal(rig.why.a, rig.image.directory[0]);
	block.order = 1;
	block.first = first;
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_OK);
	rig_close(&rig);
}

/* Holes of a crash region, in order; frames 4 to 23, segments at 6 to 8 and 13. */
static void test_crash(void **state)
{
	static const struct {
		uint32_t order;
		uint64_t first;
	} holes[] = { { 1, 4 }, { 0, 9 }, { 1, 10 }, { 1, 14 }, { 2, 16 }, { 0, 20 } };
	struct kimg_block block[8];
	struct rig rig;

	(void)state;
	rig_picture(&rig, "....##AAA####B##########....", 12, 8);
	rig.crash = true;
	rig.region = (struct kimg_range){ 4 << 12, 24 << 12 };
	sim_set_region(rig.sim, rig.region.start, rig.region.end);
	assert_error(&rig, rig_plan(&rig), KIMG_OK);
	for (size_t i = 0; i < sizeof(holes) / sizeof(holes[0]); i++) {
		draw(&rig, &block[i], holes[i].order);
		assert_int_equal(block[i].first, holes[i].first);
	}
	assert_error(&rig, kimg_draw_control(&rig.image, &block[6], 2, &rig.why),
		     KIMG_E_NO_CONTROL);
	assert_int_equal(rig.why.a, 4);
	/* The search took nothing: a smaller hole is still there. */
	draw(&rig, &block[6], 1);
	assert_int_equal(block[6].first, 22);
	rig.scratch_size = kimg_scratch_size(&rig.image);
	rig.scratch = malloc(rig.scratch_size);
	assert_error(&rig, kimg_place(&rig.image, rig.scratch, rig.scratch_size,
				      &rig.why), KIMG_OK);
	assert_error(&rig, kimg_fill(&rig.image, &rig.why), KIMG_OK);
	assert_error(&rig, kimg_seal(&rig.image, &rig.why), KIMG_OK);
	assert_int_equal(rig.image.head, KIMG_DONE);
	assert_error(&rig, kimg_draw_control(&rig.image, &block[7], 0, &rig.why),
		     KIMG_E_NO_CONTROL);
	rig_unload(&rig);
	assert_int_equal(sim_counts(rig.sim).draws, 0);
	assert_int_equal(sim_counts(rig.sim).gives, 0);
	rig_close(&rig);
}

/* A region with too few holes for the plan: none is taken, all are there still. */
static void test_crash_refused(void **state)
{
	struct kimg_block block;
	struct rig rig;

	(void)state;
	rig_picture(&rig, "....##AAA#B##....", 12, 8);
	rig.crash = true;
	rig.control = 6;
	rig.region = (struct kimg_range){ 4 << 12, 13 << 12 };
	sim_set_region(rig.sim, rig.region.start, rig.region.end);
	assert_error(&rig, rig_place(&rig), KIMG_E_NO_CONTROL);
	assert_int_equal(rig.why.a, 6);
	assert_int_equal(rig.why.b, 5);
	draw(&rig, &block, 0);
	assert_int_equal(block.first, 4);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_misfits),
		cmocka_unit_test(test_small_pages),
		cmocka_unit_test(test_last_misfits),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_crash),
		cmocka_unit_test(test_crash_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
