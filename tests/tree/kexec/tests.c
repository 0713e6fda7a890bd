/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kexec code of a Linux tree, stock or with level fixes, on simulated machines.
 * Each fault that the level fixes is shown: stock must have it (FIXED is 0), so that a
 * kernel that no longer does is noticed, and the level must not.
 *
 * LINUX is the version, 612 for 6.12. Lines that begin with "note: " are figures.
 */
#include "kernel.h"
#include "machine.h"

#include <inttypes.h>

#define note(...) (printf("note: " __VA_ARGS__), printf("\n"))

static uint64_t held(const struct rig *rig)
{
	return sim_counts(rig->sim).held;
}

/* At most. */
static uint64_t list_pages(const struct rig *rig)
{
	uint64_t entries = rig->segments + 1;

	for (uint32_t i = 0; i < rig->segments; i++)
		entries += rig->segment[i].memsz >> rig->host.page_shift;
	return entries / ((1u << rig->host.page_shift) / 8 - 1) + 1;
}

/*
 * Must Linux be able to load it? While a page of the list is allocated, the source page
 * that it is for is not on the list yet: should the destination of that one turn up, it
 * waits in vain. So Linux may need a page more for each page of the list.
 */
static bool suffices(struct rig *rig)
{
	uint32_t control = rig->control;
	bool enough;

	rig->control += (uint32_t)list_pages(rig);
	enough = machine_suffices(rig);
	rig->control = control;
	return enough && !rig->crash && kernel.low_limit == UINT64_MAX;
}

/* Two thirds of the free pages below the limit are low memory; the last of it is for the list. */
static void split_memory(struct rig *rig)
{
	unsigned int shift = rig->host.page_shift;
	uint64_t frames = 0;

	for (int round = 0; round < 2; round++) {
		uint64_t frame = sim_next_free(rig->sim, 0);

		for (uint64_t i = 0; frame <= rig->host.source_limit >> shift &&
		     (!round || i < frames * 2 / 3); i++) {
			kernel.low_free = i + 1;
			kernel.low_limit = (frame << shift) + ((1u << shift) - 1);
			frame = sim_next_free(rig->sim, frame + 1);
		}
		frames = kernel.low_free;
	}
	kernel.low_reserve = list_pages(rig) + rig->control + 1;
}

/* What a random machine's rig is, for a kernel. */
static void start_random(struct rig *rig, uint64_t seed)
{
	random_machine(rig, seed);
	/* A page for the trampoline, and one to swap with. */
	rig->control += rig->crash ? 1 : 2;
	sim_set_claim(rig->sim, SIM_CLAIM_ABSENT);
	sim_set_segments(rig->sim, rig->segment, rig->segments);
	kernel_start(rig);
	kernel.control = rig->control - (rig->crash ? 1 : 2);
	/* High memory, too, on every other machine. */
	if (seed % 2)
		split_memory(rig);
}

/* Segments that Linux refuses and kleap does not: they end with the last byte of the limit. */
static bool is_refused(const struct rig *rig)
{
	for (uint32_t i = 0; i < rig->segments; i++)
		if (rig->segment[i].mem + rig->segment[i].memsz >=
		    rig->host.destination_limit)
			return true;
	return !rig->segments;
}

/* Run the list, and look at each byte of memory. */
static void leap(struct rig *rig, const char *machine)
{
	uint64_t most = 3;

	for (uint32_t i = 0; i < rig->segments; i++)
		most += 2 * (rig->segment[i].memsz >> rig->host.page_shift) + 2;
	if (!kernel_control_is_good())
		fail_msg("%s: a control page lies where none may", machine);
	if (!rig->crash) {
		kernel_to_sim();
		sim_snapshot(rig->sim);
		sim_set_raw(rig->sim, true);
		if (kimg_run_list(&rig->host, kernel_head(), most, &rig->why))
			fail_msg("%s: the list: %s", machine, kimg_error_id(rig->why.error));
		sim_set_raw(rig->sim, false);
	} else {
		assert_int_equal(kernel_head(), KIMG_DONE);
		sim_snapshot(rig->sim);
		kernel_to_sim();
	}
	if (sim_verify(rig->sim, rig->segment, rig->segments, &rig->why))
		fail_msg("%s: %s at %#" PRIx64, machine, kimg_error_id(rig->why.error),
			 rig->why.a);
}

/* The end of a machine. No page was given back that was not drawn. Returns the pages lost. */
static uint64_t end_machine(struct rig *rig, const char *machine)
{
	uint64_t lost = held(rig);

	if (sim_violation(rig->sim))
		fail_msg("%s: %s", machine, sim_violation(rig->sim));
	kernel_stop();
	sim_delete(rig->sim);
	return lost;
}

static void close_machine(struct rig *rig, const char *machine)
{
	uint64_t lost = end_machine(rig, machine);

	if (lost)
		fail_msg("%s: %" PRIu64 " pages lost", machine, lost);
}

static void test_random_machines(void **state)
{
	uint64_t cases = env_number("KLEAP_CASES", 6000) / 12;
	uint64_t seed = env_number("KLEAP_SEED", 1), loaded = 0, refused = 0, short_of = 0, lost;

	/* Which: what stock loads, the level must load, too. */
	FILE *list = fopen(getenv("KEXEC_LOADED") ? getenv("KEXEC_LOADED") : "/dev/null", "w");

	(void)state;
	assert_non_null(list);
	for (uint64_t i = 0; i < cases; i++) {
		const char *machine;
		struct rig rig;
		bool enough;
		int result;

		start_random(&rig, seed + i);
		machine = machine_text(&rig, seed + i);
		enough = suffices(&rig);
		result = is_refused(&rig) ? -EADDRNOTAVAIL : kernel_load();
		if (!result) {
			leap(&rig, machine);
			kernel_unload();
			loaded++;
			fprintf(list, "%" PRIu64 "\n", seed + i);
		} else if (result == -ENOMEM) {
			if (enough)
				fail_msg("%s: memory suffices, but not for Linux", machine);
			short_of++;
		} else {
			if (!is_refused(&rig))
				fail_msg("%s: error %d", machine, result);
			refused++;
		}
		lost = end_machine(&rig, machine);
		if (lost && (FIXED || result != -ENOMEM))
			fail_msg("%s: %" PRIu64 " pages lost", machine, lost);
	}
	fclose(list);
	note("%" PRIu64 " of %" PRIu64 " random machines loaded and leapt, %" PRIu64
	     " had no memory, %" PRIu64 " are refused", loaded, cases, short_of, refused);
	assert_true(loaded > cases / 2);
}

/* A fatal signal comes in the n-th allocation, for each n. */
static void test_lost_pages(void **state)
{
	uint64_t lost = 0, loads = 0;

	(void)state;
	for (uint64_t seed = 1; seed < 20; seed++) {
		for (uint64_t n = 0, hits = 1; hits && n < 200; n++) {
			struct rig rig;

			start_random(&rig, seed);
			if (is_refused(&rig) || rig.crash) {
				close_machine(&rig, "not loaded");
				break;
			}
			sim_set_fault(rig.sim, SIM_FAULT_DRAW_EMPTY, n, false);
			kernel.kill_when_empty = true;
			if (!kernel_load())
				kernel_unload();
			hits = sim_fault_hits(rig.sim);
			loads++;
			lost += end_machine(&rig, "killed");
		}
	}
	note("%" PRIu64 " loads killed in an allocation, %" PRIu64 " pages lost", loads, lost);
	assert_true(FIXED ? lost == 0 : lost > 0);
}

/*
 * i386 with PAE and 16 GiB, a sixteenth of each: low memory to 56 MiB, the limit at
 * 256 MiB, the end at 1 GiB, an image of 4.25 MiB. The page allocator takes memory
 * from the top.
 */
#define MIB ((uint64_t)1 << 20)
#define IMAGE (17 * MIB / 4)

static void start_big(struct rig *rig, uint64_t low_free)
{
	rig_empty(rig, 12, 8, UINT32_MAX);
	assert_true(sim_add_zone(rig->sim, 1, 1 * MIB, 56 * MIB));
	assert_true(sim_add_zone(rig->sim, 0, 56 * MIB, 1024 * MIB));
	sim_reserve(rig->sim, 1 * MIB, 56 * MIB - low_free);
	sim_set_limits(rig->sim, 256 * MIB - 1, UINT32_MAX, 56 * MIB - 1, 0);
	sim_set_allocator(rig->sim, SIM_DESCENDING, 1);
	rig_add_segment(rig, 16 * MIB, IMAGE, IMAGE - 100);
	sim_set_segments(rig->sim, rig->segment, rig->segments);
	kernel_start(rig);
	kernel.low_limit = 56 * MIB - 1;
	kernel.low_free = low_free >> 12;
	kernel.low_reserve = 64;
}

/* Held after the load, and at most, of an image's size, in hundredths. */
static void load_big(struct rig *rig, const char *what, uint64_t *after, uint64_t *most)
{
	uint64_t low = kernel.low_free;

	assert_int_equal(kernel_load(), 0);
	low -= kernel.low_free;
	*after = held(rig) * 100 / (IMAGE >> 12);
	*most = sim_counts(rig->sim).held_most * 100 / (IMAGE >> 12);
	note("%s: %" PRIu64 ".%02" PRIu64 " times the image held, %" PRIu64 ".%02" PRIu64
	     " at most; %" PRIu64 " pages of low memory", what, *after / 100, *after % 100,
	     *most / 100, *most % 100, low);
	assert_int_equal(kernel.oom_kills, 0);
	leap(rig, what);
	kernel_unload();
	close_machine(rig, what);
}

static void test_memory_above_limit(void **state)
{
	uint64_t after, most;
	struct rig rig;

	(void)state;
	start_big(&rig, 40 * MIB);
	load_big(&rig, "768 MiB of 1 GiB above the limit", &after, &most);
	assert_true(FIXED ? after <= 102 : after > 15000);
	assert_true(FIXED ? most <= 102 : most > 15000);
}

/* Low memory for the list, but not for the image: then all above the limit is taken. */
static void test_low_memory_full(void **state)
{
	uint64_t after, most;
	struct rig rig;

	(void)state;
	start_big(&rig, 1 * MIB);
	load_big(&rig, "the same, 1 MiB of low memory free", &after, &most);
	assert_true(FIXED ? after <= 102 : after > 15000);
	assert_true(most > 15000);
}

/* Not enough memory anywhere. */
static void test_oom_killer(void **state)
{
	struct rig rig;

	(void)state;
	start_big(&rig, 1 * MIB);
	sim_set_supply(rig.sim, 900);
	assert_int_equal(kernel_load(), -ENOMEM);
	note("image larger than memory: -ENOMEM, the OOM killer %s",
	     kernel.oom_kills ? "is invoked" : "is not");
	assert_true(FIXED ? kernel.oom_kills == 0 : kernel.oom_kills > 0);
	close_machine(&rig, "no memory");
}

/* What kexec_load(2) is given by syzkaller: two empty segments at 0. And one beside a good one. */
static void test_empty_segment_at_0(void **state)
{
	bool faulty = !FIXED && LINUX >= 608;

	(void)state;
	for (int good = 0; good < 2; good++) {
		struct rig rig;
		int result;

		rig_empty(&rig, 12, 8, UINT64_MAX);
		assert_true(sim_add_ram(rig.sim, 1 * MIB, 64 * MIB));
		rig_add_segment(&rig, 0, 0, 0);
		if (good)
			rig_add_segment(&rig, 16 * MIB, 1 * MIB, 100);
		else
			rig_add_segment(&rig, 0, 0, 0);
		kernel_start(&rig);
		result = kernel_load();
		note("an empty segment at 0%s: %d, %" PRIu64 " of 16128 pages taken on the way",
		     good ? " beside one of 256 pages" : ", twice", result,
		     sim_counts(rig.sim).held_most);
		if (faulty) {
			assert_int_equal(result, -ENOMEM);
			assert_int_equal(sim_counts(rig.sim).held_most, 16128);
		} else {
			assert_int_equal(result, 0);
			assert_true(sim_counts(rig.sim).held_most < 300);
			kernel_unload();
		}
		close_machine(&rig, "empty");
	}
}

/* pr_debug() for each check, at most one. */
static void test_reasons(void **state)
{
	static const struct {
		const char *what;
		struct kimg_segment segment[2];
		int result;
	} bad[] = {
		{ "wraps", { { .mem = ~0ul << 12, .memsz = 2 << 12 } }, -EADDRNOTAVAIL },
		{ "aligned", { { .mem = 1 << 20, .memsz = 100 } }, -EADDRNOTAVAIL },
		{ "too high", { { .mem = 0xfffff000, .memsz = 1 << 12 } }, -EADDRNOTAVAIL },
		{ "overlaps", { { .mem = 1 << 20, .memsz = 2 << 12 },
				{ .mem = (1 << 20) + (1 << 12), .memsz = 1 << 12 } }, -EINVAL },
		{ "data", { { .mem = 1 << 20, .memsz = 1 << 12, .bufsz = 5000 } }, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct rig rig;

		rig_empty(&rig, 12, 8, UINT32_MAX);
		assert_true(sim_add_ram(rig.sim, 1 * MIB, 64 * MIB));
		memcpy(rig.segment, bad[i].segment, sizeof(bad[i].segment));
		rig.segments = bad[i].segment[1].memsz ? 2 : 1;
		kernel_start(&rig);
		assert_int_equal(kernel_load(), bad[i].result);
		assert_int_equal(kernel.debug, FIXED);
		if (FIXED && !strstr(kernel.said, bad[i].what))
			fail_msg("'%s' does not say '%s'", kernel.said, bad[i].what);
		close_machine(&rig, bad[i].what);
	}
}

#if LINUX >= 617
/* A machine with a CMA area of 64 pages at 8 MiB. */
static void start_cma(struct rig *rig)
{
	rig_empty(rig, 12, 8, UINT64_MAX);
	assert_true(sim_add_ram(rig->sim, 16 * MIB, 64 * MIB));
	kernel_start(rig);
	kernel.cma_first = 8 * MIB >> 12;
	kernel.cma_count = 64;
	kernel.cma = malloc(64 << 12);
	assert_non_null(kernel.cma);
	memset(kernel.cma, POISON, 64 << 12);
}

static void stop_cma(struct rig *rig, uint64_t lost)
{
	assert_int_equal(kernel_cma_taken(), lost);
	memset(kernel.cma_taken, 0, sizeof(kernel.cma_taken));
	close_machine(rig, "CMA");
}

static void test_cma_tail(void **state)
{
	const unsigned char *bytes;
	uint64_t mem, dirty = 0;
	struct rig rig;

	(void)state;
	start_cma(&rig);
	rig_add_segment(&rig, 0, 10 << 12, (3 << 12) + 100);
	assert_int_equal(kernel_file_load(UINT32_MAX), 0);
	bytes = kernel_cma_segment(0, &mem);
	assert_non_null(bytes);
	assert_int_equal(mem, 8 * MIB);
	for (uint64_t i = 0; i < 10 << 12; i++) {
		if (i < rig.segment[0].bufsz)
			assert_int_equal(bytes[i], sim_pattern(0, i));
		else
			dirty += bytes[i] != 0;
	}
	note("a CMA segment of 40960 bytes with 12388 of data: %" PRIu64 " bytes not cleared",
	     dirty);
	assert_int_equal(dirty, FIXED ? 0 : (10 << 12) - rig.segment[0].bufsz);
	kernel_unload();
	stop_cma(&rig, 0);
}

/* The four ways for a load to fail before kimage_free() could do it. */
static void test_cma_lost(void **state)
{
	static const char *const way[] = {
		"reading a file", "the list of segments", "the control page", "the swap page",
	};

	(void)state;
	for (int i = 0; i < 4; i++) {
		int result;
		struct rig rig;

		start_cma(&rig);
		rig_add_segment(&rig, 0, 10 << 12, 100);
		rig_add_segment(&rig, 0, 3 << 12, 100);
		if (i == 1)
			rig_add_segment(&rig, 32 * MIB, 1 << 12, 5000);
		if (i >= 2)
			sim_set_supply(rig.sim, (uint64_t)i - 2);
		result = kernel_file_load(i == 0 ? 1 : UINT32_MAX);
		assert_int_equal(result, i == 0 ? -EIO : i == 1 ? -EINVAL : -ENOMEM);
		note("%s fails: %" PRIu64 " pages of CMA lost", way[i], kernel_cma_taken());
		stop_cma(&rig, FIXED ? 0 : i == 0 ? 10 : 13);
	}
}

/* Memory that ends where a segment begins. */
static void test_cma_neighbour(void **state)
{
	uint64_t mem;
	struct rig rig;
	int result;

	(void)state;
	start_cma(&rig);
	rig_add_segment(&rig, 8 * MIB + (10 << 12), 1 << 12, 100);
	rig_add_segment(&rig, 0, 10 << 12, 100);
	result = kernel_file_load(UINT32_MAX);
	note("CMA right below another segment: %d", result);
	assert_int_equal(result, FIXED ? 0 : -EBUSY);
	if (!result) {
		assert_non_null(kernel_cma_segment(1, &mem));
		kernel_unload();
	}
	stop_cma(&rig, 0);
}

/* Memory that is aligned to four pages, where eight are asked for. */
static void test_cma_fit(void **state)
{
	uint64_t mem;
	struct rig rig;
	int result;

	(void)state;
	start_cma(&rig);
	kernel.file_align = 8 << 12;
	rig_add_segment(&rig, 0, 4 << 12, 100);
	rig_add_segment(&rig, 0, 8 << 12, 100);
	result = kernel_file_load(UINT32_MAX);
	note("CMA memory at half of the alignment that is asked for: %d", result);
	assert_int_equal(result, FIXED ? -EADDRNOTAVAIL : 0);
	if (!result) {
		assert_non_null(kernel_cma_segment(1, &mem));
		assert_int_equal(mem % (8 << 12), 4 << 12);
		kernel_unload();
	}
	kernel.file_align = 0;
	stop_cma(&rig, 0);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_machines),
		cmocka_unit_test(test_lost_pages),
		cmocka_unit_test(test_memory_above_limit),
		cmocka_unit_test(test_low_memory_full),
		cmocka_unit_test(test_oom_killer),
		cmocka_unit_test(test_empty_segment_at_0),
		cmocka_unit_test(test_reasons),
#if LINUX >= 617
		cmocka_unit_test(test_cma_tail),
		cmocka_unit_test(test_cma_lost),
		cmocka_unit_test(test_cma_neighbour),
		cmocka_unit_test(test_cma_fit),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
