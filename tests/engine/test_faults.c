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
		return error == KIMG_E_DRAW;
	case SIM_FAULT_DRAW_SIGNAL:
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

/* The numbers: a draw's code in DRAW, the answer in HOST_CONTRACT. */
static void test_numbers(void **state)
{
	struct rig rig;

	(void)state;
	rig_picture(&rig, "....kkkk........", 12, 8);
	sim_set_fault(rig.sim, SIM_FAULT_DRAW_ERROR, 0, false);
	assert_error(&rig, rig_place(&rig), KIMG_E_DRAW);
	assert_int_equal(rig.why.a, 5);
	sim_set_fault(rig.sim, SIM_FAULT_DRAW_SIGNAL, 0, false);
	assert_error(&rig, rig_place(&rig), KIMG_E_INTERRUPTED);
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

/* ---- Frames that are handed out twice ------------------------------------------- */

#define LIAR_FRAMES 64u

/* What the host answers, in this order, and its last draw again and again. */
struct lie {
	const char *name;
	struct kimg_run draws[8], claims[4];
	uint32_t control;
	bool useless;		/* the frames are of no use: NO_MEMORY_BELOW will do */
	bool lost;		/* nothing may be given back */
	unsigned int most;	/* draws, until it is noticed; 0: some */
};

struct liar {
	const struct lie *lie;
	unsigned int draws, claims, gives, open;
	unsigned int handed[LIAR_FRAMES];	/* out, and not given back: how often */
	uint64_t memory[LIAR_FRAMES][4];
};

static void hand_out(struct liar *liar, const struct kimg_run *run)
{
	for (uint64_t i = 0; i < run->count && run->first + i < LIAR_FRAMES; i++)
		liar->handed[run->first + i]++;
}

static int liar_draw(void *ctx, enum kimg_use use, uint64_t limit, uint64_t want,
		     struct kimg_run *got)
{
	struct liar *liar = ctx;

	(void)use, (void)limit;
	*got = liar->lie->draws[liar->draws < 7 ? liar->draws : 7];
	for (unsigned int last = 7; !got->count; last--)
		*got = liar->lie->draws[last];
	if (got->count > want && got->first < LIAR_FRAMES)
		got->count = want;
	hand_out(liar, got);
	if (++liar->draws > 1000)
		fail_msg("%s: placing does not end", liar->lie->name);
	return 0;
}

static void liar_claim(void *ctx, uint64_t first, uint64_t count, struct kimg_run *got)
{
	struct liar *liar = ctx;

	(void)first, (void)count;
	*got = liar->lie->claims[liar->claims++];
	hand_out(liar, got);
}

static void liar_give(void *ctx, uint64_t first, uint64_t count)
{
	struct liar *liar = ctx;

	liar->gives++;
	for (; count; first++, count--) {
		if (first >= LIAR_FRAMES || !liar->handed[first])
			fail_msg("%s: frame %" PRIu64 " is given back too often",
				 liar->lie->name, first);
		liar->handed[first]--;
	}
}

static void *liar_map(void *ctx, uint64_t frame)
{
	struct liar *liar = ctx;

	if (frame >= LIAR_FRAMES || !liar->handed[frame] || liar->open++)
		fail_msg("%s: a window on frame %" PRIu64, liar->lie->name, frame);
	return liar->memory[frame];
}

static void liar_unmap(void *ctx, void *window)
{
	struct liar *liar = ctx;

	(void)window;
	liar->open--;
}

static int liar_pull(void *ctx, uint32_t segment, uint64_t offset, void *to, size_t size)
{
	(void)ctx, (void)segment, (void)offset, (void)to, (void)size;
	return 0;
}

/*
 * A segment is wanted at frames 20 to 25: three pages of the list. Frames from 40 on
 * lie above the source limit; 8 of them may be parked, and two fit into a pile.
 */
static const struct lie lies[] = {
	{ .name = "one source again and again", .draws = { { 10, 3 }, { 30, 1 } },
	  .lost = true },
	{ .name = "a destination three times",
	  .draws = { { 10, 3 }, { 20, 1 }, { 20, 1 }, { 20, 1 }, { 30, 8 } }, .most = 3 },
	{ .name = "a destination, again in a longer run",
	  .draws = { { 10, 3 }, { 22, 1 }, { 20, 6 } } },
	{ .name = "a destination again, once the cursor has passed",
	  .draws = { { 10, 3 }, { 30, 4 }, { 20, 1 }, { 20, 1 } } },
	{ .name = "a page of the list twice",
	  .draws = { { 10, 1 }, { 10, 1 }, { 11, 1 }, { 30, 8 } }, .lost = true,
	  .most = 3 },
	{ .name = "a page of the list as a source",
	  .draws = { { 10, 3 }, { 8, 3 }, { 30, 8 } }, .lost = true },
	{ .name = "the last page of the list as a source",
	  .draws = { { 10, 3 }, { 12, 4 }, { 30, 8 } } },
	{ .name = "a control page as a page of the list", .control = 1,
	  .draws = { { 10, 1 }, { 10, 3 }, { 30, 8 } } },
	{ .name = "a control page as a source", .control = 1,
	  .draws = { { 9, 1 }, { 10, 3 }, { 9, 1 }, { 30, 8 } } },
	{ .name = "runs that overlap", .draws = { { 10, 3 }, { 30, 3 }, { 32, 3 } },
	  .lost = true },
	{ .name = "a destination that waits, twice",
	  .draws = { { 20, 1 }, { 20, 1 }, { 10, 3 }, { 30, 8 } } },
	{ .name = "one destination for the list again and again", .draws = { { 20, 1 } },
	  .useless = true },
	{ .name = "one frame above the limit again and again", .draws = { { 40, 1 } },
	  .useless = true },
	{ .name = "a frame above the limit, again where it holds others",
	  .draws = { { 40, 1 }, { 41, 1 }, { 42, 1 }, { 40, 1 }, { 41, 1 }, { 42, 1 },
		     { 10, 3 }, { 30, 8 } } },
	{ .name = "a claim of what is in place",
	  .draws = { { 21, 1 }, { 10, 3 }, { 30, 8 } }, .claims = { { 20, 6 } } },
	{ .name = "a frame without an address",
	  .draws = { { 10, 3 }, { UINT64_MAX / 32 + 1, 1 } } },
	{ .name = "a run that ends without an address",
	  .draws = { { 10, 3 }, { UINT64_MAX / 32, 2 } } },
	{ .name = "a run that wraps", .draws = { { 10, 3 }, { UINT64_MAX - 1, 3 } } },
};

static void test_twice(void **state)
{
	static const struct kimg_segment segment = { 20 << 5, 6 << 5, 0 };
	const struct kimg_host_ops ops = {
		.draw = liar_draw, .give = liar_give, .map = liar_map,
		.unmap = liar_unmap, .pull = liar_pull, .claim = liar_claim,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct liar liar = { .lie = &lies[i] };
		struct kimg_host host = {
			.ops = &ops, .ctx = &liar, .page_shift = 5, .entry_size = 8,
			.source_limit = (40 << 5) - 1, .destination_limit = UINT64_MAX,
			.control_limit = (40 << 5) - 1, .park_max = 8,
		};
		struct kimg_image image;
		enum kimg_error error;
		struct kimg_why why;
		void *scratch;

		assert_int_equal(kimg_init(&image, &host, &why), KIMG_OK);
		assert_int_equal(kimg_plan(&image, &segment, 1, lies[i].control, NULL,
					   &why), KIMG_OK);
		assert_int_equal(image.list_pages, 3);
		scratch = malloc(kimg_scratch_size(&image));
		error = kimg_place(&image, scratch, kimg_scratch_size(&image), &why);
		if (error != KIMG_E_HOST_CONTRACT &&
		    !(lies[i].useless && error == KIMG_E_NO_MEMORY_BELOW))
			fail_msg("%s: %s", lies[i].name, kimg_error_id(error));
		assert_int_equal(error, why.error);
		assert_int_equal(image.state, KIMG_NEW);
		if (lies[i].most && liar.draws > lies[i].most)
			fail_msg("%s: noticed late", lies[i].name);
		if (lies[i].lost && liar.gives)
			fail_msg("%s: frames in use are given back", lies[i].name);
		/* It holds nothing: there is nothing more to give back. */
		memset(liar.handed, 0, sizeof(liar.handed));
		kimg_free(&image);
		free(scratch);
	}
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
	/* An image that was never made, as long as it is all zeroes. */
	kimg_free(&(struct kimg_image){ 0 });
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
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_shortage),
		cmocka_unit_test(test_free_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
