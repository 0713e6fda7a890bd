/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The simulator itself: that it notices each violation of the contract, that its
 * allocators do what their names say, and that it detects changed memory.
 */
#include "support.h"

#include <inttypes.h>

static struct sim *machine(void)
{
	struct sim *sim = sim_new(12, 8, UINT64_MAX);

	assert_true(sim_add_ram(sim, 0x10000, 0x20000));	/* frames 16 .. 31 */
	return sim;
}

static struct kimg_run draw(struct kimg_host *host, uint64_t want)
{
	struct kimg_run run;

	assert_int_equal(host->ops->draw(host->ctx, KIMG_USE_SOURCE,
					 host->source_limit, want, &run), 0);
	return run;
}

/* The violation has these words, and the machine is not clean. */
static void expect(struct sim *sim, const char *words)
{
	if (!sim_violation(sim) || !strstr(sim_violation(sim), words))
		fail_msg("wanted '%s', got '%s'", words,
			 sim_violation(sim) ? sim_violation(sim) : "no violation");
	assert_false(sim_check_clean(sim));
	sim_forgive(sim);
}

static void test_violations(void **state)
{
	struct sim *sim = machine();
	struct kimg_host host = sim_host(sim);
	const struct kimg_host_ops *ops = host.ops;
	struct kimg_run run = draw(&host, 2), ignored;
	void *a, *b;

	(void)state;
	assert_false(sim_check_clean(sim));	/* held */
	assert_null(sim_violation(sim));

	ops->give(sim, 20, 1);
	expect(sim, "not owned");
	ops->give(sim, 5, 1);
	expect(sim, "not owned");
	ops->give(sim, run.first, 0);
	expect(sim, "no frames");
	ops->draw(sim, KIMG_USE_LIST, UINT64_MAX, 0, &ignored);
	expect(sim, "no frames");

	a = ops->map(sim, 20);
	assert_non_null(a);
	expect(sim, "map() of a frame that is not owned");
	ops->unmap(sim, a);
	assert_non_null(ops->map(sim, (uint64_t)1 << 50));
	expect(sim, "map() of a frame that is not owned");
	ops->unmap(sim, a);

	a = ops->map(sim, run.first);
	assert_null(sim_violation(sim));
	assert_false(sim_check_clean(sim));	/* a window is open */
	ops->draw(sim, KIMG_USE_LIST, UINT64_MAX, 1, &ignored);
	expect(sim, "draw() with a window open");
	ops->give(sim, ignored.first, 1);
	expect(sim, "give() with a window open");
	b = ops->map(sim, run.first + 1);
	assert_null(sim_violation(sim));
	ops->map(sim, run.first);
	expect(sim, "two windows open");
	ops->unmap(sim, b);
	expect(sim, "under another");
	ops->unmap(sim, a);
	ops->unmap(sim, a);
	assert_null(sim_violation(sim));
	ops->unmap(sim, a);
	expect(sim, "no open window");

	ops->give(sim, run.first, 2);
	assert_true(sim_check_clean(sim));
	ops->give(sim, run.first, 1);
	expect(sim, "not owned");

	sim_set_claim(sim, SIM_CLAIM_ALL);
	host = sim_host(sim);
	assert_non_null(ops->claim);
	ops->claim(sim, 16, 0, &run);
	expect(sim, "impossible range");
	assert_true(sim_check_clean(sim));
	sim_delete(sim);
}

static void test_pull_violations(void **state)
{
	struct kimg_segment segment = { 0x10000, 0x2000, 0x1800 };
	struct sim *sim = machine();
	struct kimg_host host = sim_host(sim);
	const struct kimg_host_ops *ops = host.ops;
	unsigned char *window, stray[8];
	struct kimg_run run;

	(void)state;
	sim_set_segments(sim, &segment, 1);
	run = draw(&host, 1);
	ops->pull(sim, 0, 0, stray, 8);
	expect(sim, "one open window");
	window = ops->map(sim, run.first);
	sim_restart_pulls(sim);
	assert_int_equal(ops->pull(sim, 0, 0, window, 0x1000), 0);
	assert_int_equal(ops->pull(sim, 0, 0x1000, window + 0x800, 0x800), 0);
	assert_null(sim_violation(sim));
	ops->pull(sim, 0, 0x1800, window, 1);
	expect(sim, "past the data");
	sim_restart_pulls(sim);
	ops->pull(sim, 0, 8, window, 8);
	expect(sim, "out of order");
	ops->pull(sim, 0, 8, window, 8);
	expect(sim, "out of order");
	ops->pull(sim, 1, 0, window, 8);
	expect(sim, "unknown segment");
	sim_restart_pulls(sim);
	ops->pull(sim, 0, 0, window, 0);
	expect(sim, "outside of the window");
	ops->unmap(sim, window);
	ops->give(sim, run.first, 1);
	assert_true(sim_check_clean(sim));
	sim_delete(sim);
}

/* Windows show what was written; given frames are poison again, and another. */
static void test_contents(void **state)
{
	struct sim *sim = machine();
	struct kimg_host host = sim_host(sim);
	unsigned char first[4096], *window;
	struct kimg_run run;

	(void)state;
	memcpy(first, sim_peek(sim, 16), sizeof(first));
	run = draw(&host, 1);
	assert_int_equal(run.first, 16);
	assert_memory_not_equal(sim_peek(sim, 16), first, sizeof(first));
	window = host.ops->map(sim, 16);
	assert_memory_not_equal(window, first, sizeof(first));
	memset(window, 7, 4096);
	host.ops->unmap(sim, window);
	assert_int_equal(sim_peek(sim, 16)[4095], 7);
	window = host.ops->map(sim, 16);
	assert_int_equal(window[0], 7);
	host.ops->unmap(sim, window);
	host.ops->give(sim, 16, 1);
	assert_memory_equal(sim_peek(sim, 16), first, sizeof(first));
	assert_memory_not_equal(sim_peek(sim, 17), first, sizeof(first));
	assert_null(sim_peek(sim, 15));
	assert_null(sim_peek(sim, 32));
	sim_delete(sim);
}

static int note_frame(void *arg, uint64_t frame)
{
	*(uint64_t *)arg += frame;
	return 0;
}

static void test_snapshot(void **state)
{
	struct sim *sim = machine();
	uint64_t frames = 0;
	unsigned char byte;

	(void)state;
	byte = 1;
	assert_true(sim_poke(sim, 20, 100, &byte, 1));
	sim_snapshot(sim);
	assert_int_equal(sim_changed(sim, note_frame, &frames), 0);
	assert_int_equal(frames, 0);
	/* The same byte again changes nothing; a new one does, here and there. */
	assert_true(sim_poke(sim, 20, 100, &byte, 1));
	sim_changed(sim, note_frame, &frames);
	assert_int_equal(frames, 0);
	byte = 2;
	assert_true(sim_poke(sim, 20, 100, &byte, 1));
	assert_true(sim_poke(sim, 31, 4095, &byte, 1));
	sim_changed(sim, note_frame, &frames);
	assert_int_equal(frames, 20 + 31);
	assert_false(sim_poke(sim, 32, 0, &byte, 1));
	assert_false(sim_poke(sim, 31, 4096, &byte, 1));
	sim_delete(sim);
}

/* Copying a page that was never loaded is seen in watch mode. */
static void test_watch(void **state)
{
	struct sim *sim = machine();
	struct kimg_host host = sim_host(sim);
	struct kimg_run run = draw(&host, 2);
	void *from, *to;

	(void)state;
	sim_set_watch(sim, true);
	from = host.ops->map(sim, run.first);
	to = host.ops->map(sim, run.first + 1);
	memset(to, 0, 4096);
	host.ops->unmap(sim, to);
	assert_int_equal(sim_counts(sim).copied, 0);
	to = host.ops->map(sim, run.first + 1);
	memcpy(to, from, 4096);
	host.ops->unmap(sim, to);
	host.ops->unmap(sim, from);
	assert_int_equal(sim_counts(sim).copied, 4096);
	sim_delete(sim);
}

/* The frames that an allocator hands out, one run a word. */
static void order(enum sim_order order, uint64_t want, const char *wanted)
{
	struct kimg_segment segment[2] = { { 0x14000, 0x2000, 0 }, { 0x1a000, 0x1000, 0 } };
	struct sim *sim = sim_new(12, 8, UINT64_MAX);
	struct kimg_host host = sim_host(sim);
	char text[200] = "";
	size_t at = 0;

	assert_true(sim_add_zone(sim, 0, 0x18000, 0x1c000));	/* 24 .. 27 */
	assert_true(sim_add_zone(sim, 1, 0x12000, 0x16000));	/* 18 .. 21 */
	sim_reserve(sim, 0x19000, 0x1a000);			/* 25 */
	sim_set_segments(sim, segment, 2);
	sim_set_allocator(sim, order, 1);
	for (;;) {
		struct kimg_run run = draw(&host, want);

		if (!run.count)
			break;
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%" PRIu64 "+%" PRIu64
				       " ", run.first, run.count);
	}
	assert_string_equal(text, wanted);
	assert_int_equal(sim_counts(sim).held, 7);
	sim_delete(sim);
}

static void test_orders(void **state)
{
	(void)state;
	order(SIM_ASCENDING_RUNS, 100, "24+1 26+2 18+4 ");
	order(SIM_ASCENDING_RUNS, 3, "24+1 26+2 18+3 21+1 ");
	order(SIM_ASCENDING, 100, "24+1 26+1 27+1 18+1 19+1 20+1 21+1 ");
	order(SIM_DESCENDING, 100, "21+1 20+1 19+1 18+1 27+1 26+1 24+1 ");
}

/* Random, destinations-first and worst hand out everything, in their way. */
static void test_adversaries(void **state)
{
	struct kimg_segment segment[2] = { { 0x40000, 0x8000, 0 }, { 0x60000, 0x8000, 0 } };

	(void)state;
	for (int o = SIM_RANDOM; o < SIM_SCRIPT; o++) {
		struct sim *sim = sim_new(12, 8, UINT64_MAX);
		struct kimg_host host = sim_host(sim);
		uint64_t drawn = 0, destinations = 0, first = 0, rising = 0, last = 0;

		assert_true(sim_add_ram(sim, 0x10000, 0x50000));
		assert_true(sim_add_ram(sim, 0x58000, 0x70000));
		sim_set_segments(sim, segment, 2);
		sim_set_allocator(sim, (enum sim_order)o, 9);
		for (;;) {
			struct kimg_run run = draw(&host, 1);
			uint64_t address = run.first << 12;

			if (!run.count)
				break;
			drawn++;
			rising += run.first > last;
			last = run.first;
			destinations += (address >= 0x40000 && address < 0x48000) ||
					(address >= 0x60000 && address < 0x68000);
			if (drawn == 1)
				first = destinations;
			if (drawn == 16 && o == SIM_DESTINATIONS)
				assert_int_equal(destinations, 16);
			if (drawn == 16 && o == SIM_WORST)
				assert_int_equal(destinations, 15);
		}
		assert_int_equal(drawn, 64 + 24);
		if (o == SIM_WORST)
			assert_int_equal(first, 0);
		if (o == SIM_RANDOM)
			assert_true(rising > 20 && rising < 68);
		sim_delete(sim);
	}
}

static void test_limits(void **state)
{
	struct sim *sim = machine();
	struct kimg_host host;

	(void)state;
	/* Frames 16 .. 19 lie within. */
	sim_set_limits(sim, 0x13fff, UINT64_MAX, UINT64_MAX, 0);
	host = sim_host(sim);
	sim_set_above_first(sim, 2);
	assert_int_equal(draw(&host, 1).first, 20);
	assert_int_equal(draw(&host, 1).first, 21);
	assert_int_equal(draw(&host, 1).first, 16);
	sim_set_honour_limit(sim, true);
	assert_int_equal(draw(&host, 10).count, 3);
	assert_int_equal(draw(&host, 10).count, 0);
	sim_set_honour_limit(sim, false);
	sim_set_supply(sim, 4);
	assert_int_equal(draw(&host, 3).count, 3);
	assert_int_equal(draw(&host, 3).count, 1);
	assert_int_equal(draw(&host, 3).count, 0);
	sim_delete(sim);
}

static void test_claims(void **state)
{
	struct sim *sim = machine();
	struct kimg_host host;
	struct kimg_run run;
	uint64_t some = 0;

	(void)state;
	sim_set_claim(sim, SIM_CLAIM_ALL);
	host = sim_host(sim);
	sim_reserve(sim, 0x14000, 0x15000);
	host.ops->claim(sim, 10, 100, &run);
	assert_int_equal(run.first, 16);
	assert_int_equal(run.count, 4);
	host.ops->claim(sim, 16, 6, &run);
	assert_int_equal(run.first, 21);
	assert_int_equal(run.count, 1);
	host.ops->claim(sim, 16, 6, &run);
	assert_int_equal(run.count, 0);
	sim_set_claim(sim, SIM_CLAIM_SOME);
	do {
		host.ops->claim(sim, 0, 100, &run);
		some += run.count;
	} while (run.count);
	assert_true(some > 0 && some < 10);
	sim_delete(sim);
}

static void test_faults(void **state)
{
	struct sim *sim = machine();
	struct kimg_host host = sim_host(sim);
	struct kimg_run run;

	(void)state;
	sim_set_fault(sim, SIM_FAULT_DRAW_EMPTY, 1, false);
	assert_int_equal(draw(&host, 1).count, 1);
	assert_int_equal(draw(&host, 1).count, 0);
	assert_int_equal(draw(&host, 1).count, 1);
	assert_int_equal(sim_fault_hits(sim), 1);
	sim_set_fault(sim, SIM_FAULT_DRAW_ERROR, 0, true);
	assert_int_equal(host.ops->draw(sim, KIMG_USE_LIST, 0, 1, &run), -5);
	assert_int_equal(host.ops->draw(sim, KIMG_USE_LIST, 0, 1, &run), -5);
	assert_int_equal(sim_fault_hits(sim), 2);
	sim_delete(sim);
}

static void test_machine(void **state)
{
	struct sim *sim = sim_new(12, 8, UINT64_MAX);

	(void)state;
	assert_null(sim_new(2, 8, 0));
	assert_null(sim_new(21, 8, 0));
	assert_false(sim_add_ram(sim, 0x1800, 0x2800));		/* no whole page */
	assert_true(sim_add_ram(sim, 0x1800, 0x4800));		/* 2 and 3 */
	assert_false(sim_is_ram(sim, 1));
	assert_true(sim_is_ram(sim, 2) && sim_is_ram(sim, 3));
	assert_false(sim_is_ram(sim, 4));
	assert_false(sim_add_ram(sim, 0x3000, 0x9000));		/* overlaps */
	assert_true(sim_add_ram(sim, 0x4000, 0x9000));
	sim_reserve(sim, 0x2800, 0x2900);
	assert_false(sim_is_free(sim, 2));
	assert_int_equal(sim_next_free(sim, 0), 3);
	assert_int_equal(sim_next_free(sim, 9), KIMG_NO_FRAME);
	sim_delete(sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_violations),
		cmocka_unit_test(test_pull_violations),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_snapshot),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_adversaries),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
