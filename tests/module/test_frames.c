/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The module's frames: hosts/linux/frames.c and memory.c on a fake page allocator.
 * Every frame is given back; each zone keeps its watermarks and reserves; limits
 * are exact to the last page; sources are used in order, reclaim last; attempts are
 * bounded; and the engine loads images on it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "kleap.h"
#include "pretend_linux.h"

/* A machine of 64 MiB of low and 64 MiB of high memory; frames. */
#define LOW_END		0x4000ul
#define HIGH_END	0x8000ul
/* Where a limit of 96 MiB lies. */
#define LIMIT_END	0x6000ul
#define LIMIT		((u64)(LIMIT_END << PAGE_SHIFT) - 1)

#define BATCH_MAX	4096

/* Runs that were drawn. */
static struct kimg_run run[BATCH_MAX];
static unsigned int runs;
static struct kimg_frames frames;
static unsigned long memory_end;	/* of the machine's memory */

static void no_fault(void)
{
	if (pretend.fault)
		fail_msg("%s", pretend.fault);
}

static unsigned long taken(unsigned long start, unsigned long end)
{
	return pretend_count(start, end, PRETEND_TAKEN);
}

static int draw(enum kimg_use use, u64 limit, u64 want)
{
	struct kimg_run got = { 0, 0 };
	unsigned long before = taken(0, memory_end);
	int code = kimg_frames_draw(&frames, use, limit, want, &got);

	no_fault();
	assert_true(got.count <= want);
	assert_int_equal(taken(0, memory_end) - before, got.count);
	for (u64 i = 0; i < got.count; i++)
		assert_int_equal(pretend_state((unsigned long)(got.first + i)),
				 PRETEND_TAKEN);
	assert_true(runs < BATCH_MAX);
	run[runs++] = got;
	return code;
}

/* Draw sources until there are no more. */
static unsigned long draw_all(u64 limit, u64 want)
{
	unsigned long all = 0;

	do {
		assert_int_equal(draw(KIMG_USE_SOURCE, limit, want), 0);
		all += (unsigned long)run[runs - 1].count;
	} while (run[runs - 1].count);
	return all;
}

static void give_all(void)
{
	while (runs) {
		runs--;
		if (run[runs].count)
			kimg_frames_give(run[runs].first, run[runs].count);
	}
	no_fault();
	assert_int_equal(taken(0, memory_end), 0);
}

static void machine(enum pretend_state low, enum pretend_state high)
{
	runs = 0;
	memory_end = HIGH_END;
	pretend_reset(LOW_END);
	pretend_memory(0, LOW_END, low);
	pretend_memory(LOW_END, HIGH_END, high);
}

/*
 * One of 64 bits, with 64 MiB from 0, a hole, and 64 MiB from 4 GiB on; or with the first
 * alone.
 */
#define WIDE_START	0x100000ul
#define WIDE_END	0x104000ul
/* Where a limit in the upper part lies. */
#define WIDE_LIMIT_END	0x102000ul
#define WIDE_LIMIT	((u64)(WIDE_LIMIT_END << PAGE_SHIFT) - 1)

static void machine_64(enum pretend_state low, enum pretend_state high)
{
	runs = 0;
	memory_end = high ? WIDE_END : LOW_END;
	pretend_reset_64(memory_end);
	pretend_memory(0, LOW_END, low);
	if (high)
		pretend_memory(WIDE_START, WIDE_END, high);
}

/* What a zone keeps of its free pages. */
static void keeps(enum zone_type zone, unsigned long low_mark, unsigned long high_mark,
		  long reserve)
{
	pretend_zone[zone].watermark[WMARK_LOW] = low_mark;
	pretend_zone[zone].watermark[WMARK_HIGH] = high_mark;
	pretend_zone[zone].lowmem_reserve[ZONE_HIGHMEM] = reserve;
}

static unsigned long still_free(unsigned long start, unsigned long end)
{
	return pretend_count(start, end, PRETEND_FREE);
}

/*
 * Memory above the limit: the blocks below it come first, all of them, to the last
 * page; then strays, as many as there may be; then low memory, but for what it
 * keeps; then strays again, with reclaim.
 */
static void test_sources_in_order(void **state)
{
	unsigned long all;

	(void)state;
	machine(PRETEND_FREE, PRETEND_FREE);
	keeps(ZONE_HIGHMEM, 0x40, 0x80, 0);
	keeps(ZONE_NORMAL, 0x40, 0x80, 0x800);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	while (taken(LOW_END, LIMIT_END) < LIMIT_END - LOW_END) {
		draw(KIMG_USE_SOURCE, LIMIT, 100000);
		assert_true(run[runs - 1].count >= 512);
		assert_int_equal(taken(0, LOW_END), 0);
		assert_int_equal(taken(LIMIT_END, HIGH_END), 0);
	}
	assert_string_equal(pretend.asked, "C");
	all = draw_all(LIMIT, 512);
	/* Strays end with the run that passes their bound: of 1024, then of 2048. */
	assert_string_equal(pretend.asked, "Chlh");
	assert_int_equal(taken(LIMIT_END, HIGH_END), 1536 + 1024);
	assert_int_equal(still_free(0, LOW_END), 0x80 + 0x800);
	assert_int_equal(all, 2560 + LOW_END - 0x880);
	give_all();
}

/* A want of less than a block is met exactly, each by a block of its own. */
static void test_small_wants(void **state)
{
	(void)state;
	machine(PRETEND_FREE, PRETEND_FREE);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	for (unsigned int want = 1; want <= 16; want++) {
		draw(KIMG_USE_LIST, LIMIT, want);
		assert_int_equal(run[runs - 1].first, LOW_END + (want - 1) * 512);
		assert_int_equal(run[runs - 1].count, want);
	}
	give_all();
}

/* Free blocks are used before pages are moved; then those come too. */
static void test_movable(void **state)
{
	(void)state;
	machine(PRETEND_FREE, PRETEND_KERNEL);
	pretend_memory(0x4100, 0x4700, PRETEND_CACHE);
	pretend_memory(0x4900, 0x4d00, PRETEND_FREE);
	pretend_memory(0x5000, 0x51ff, PRETEND_FREE);	/* too short */
	pretend_memory(0x5400, 0x5600, PRETEND_LARGE);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	draw(KIMG_USE_SOURCE, LIMIT, 100000);
	assert_int_equal(run[0].first, 0x4a00);
	assert_int_equal(run[0].count, 0x200);
	draw(KIMG_USE_SOURCE, LIMIT, 100000);
	assert_int_equal(run[1].first, 0x4200);
	assert_int_equal(run[1].count, 0x400);
	draw(KIMG_USE_SOURCE, LIMIT, 100000);
	assert_int_equal(run[2].first, 0x5400);
	assert_int_equal(run[2].count, 0x200);
	/* What is no whole block is left to the page allocator. */
	draw(KIMG_USE_SOURCE, LIMIT, 0x20);
	draw(KIMG_USE_SOURCE, LIMIT, 0x20);
	assert_int_equal(pretend.contigs, 3);
	assert_string_equal(pretend.asked, "Ch");
	give_all();
}

/* Pages are moved only while there is twice the room that they need. */
static void test_room_to_move(void **state)
{
	(void)state;
	machine(PRETEND_KERNEL, PRETEND_ANON);
	pretend_memory(LIMIT_END, LIMIT_END + 0x1000, PRETEND_FREE);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	draw(KIMG_USE_SOURCE, LIMIT, 100000);
	assert_int_equal(run[0].count, 0x800);
	draw_all(LIMIT, 100000);
	assert_int_equal(pretend.traces, 0);
	assert_int_equal(taken(LOW_END, LIMIT_END), 0x800 + 0x400 + 0x200);
	give_all();
}

/* What looks free or movable, and must not be touched. */
static void test_untouchable(void **state)
{
	struct kimg_run got = { 0, 0 };

	(void)state;
	machine(PRETEND_KERNEL, PRETEND_KERNEL);
	pretend_memory(HIGH_END - 1, HIGH_END, PRETEND_KERNEL);
	pretend_memory(0x4000, 0x4200, PRETEND_CACHE);
	pretend_in_zone(0x4000, 0x4200, ZONE_MOVABLE);
	pretend_memory(0x4400, 0x4600, PRETEND_FREE);
	pretend_reserved(0x4400, 0x4600);
	pretend_memory(0x4800, 0x4a00, PRETEND_COMPOUND);
	pretend_memory(0x4c00, 0x4e00, PRETEND_POOL);
	pretend_memory(0x5000, 0x5200, PRETEND_NOTHING);
	pretend_memory(0x5400, 0x5600, PRETEND_FREE);
	pretend_offline(0x5400, 0x5600);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	assert_int_equal(draw_all(LIMIT, 1000), 0);
	assert_int_equal(pretend.contigs, 0);
	give_all();

	/* Two zones side by side: each gives a run of its own. */
	machine(PRETEND_KERNEL, PRETEND_KERNEL);
	pretend_memory(0, 0x1000, PRETEND_FREE);
	pretend_memory(LOW_END - 0x200, LOW_END + 0x200, PRETEND_FREE);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	kimg_frames_claim(&frames, LOW_END - 0x200, 0x400, &got);
	assert_int_equal(got.first, LOW_END - 0x200);
	assert_int_equal(got.count, 0x200);
	/* And a block in which one ends and another begins gives none. */
	pretend_in_zone(0x100, 0x300, ZONE_HIGHMEM);
	got.count = 0;
	kimg_frames_claim(&frames, 0, 0x400, &got);
	assert_int_equal(got.count, 0);
	no_fault();

	/* The tail of a large page whose head lies before what is looked at. */
	machine(PRETEND_KERNEL, PRETEND_KERNEL);
	pretend_memory(LOW_END - 0x100, LOW_END + 0x800, PRETEND_LARGE);
	pretend_memory(LIMIT_END, HIGH_END, PRETEND_FREE);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	draw(KIMG_USE_SOURCE, LIMIT, 0x400);
	assert_int_equal(pretend.contigs, 0);
	give_all();
}

/* The small ZONE_DMA of a PC is left alone; one that is all of low memory is not. */
static void test_dma_zone(void **state)
{
	struct kimg_run got;

	(void)state;
	machine(PRETEND_FREE, PRETEND_FREE);
	pretend_in_zone(0, 0x1000, ZONE_DMA);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	got.count = 0;
	kimg_frames_claim(&frames, 0x800, 0x1000, &got);
	assert_int_equal(got.first, 0x1000);
	assert_int_equal(got.count, 0x800);

	machine(PRETEND_FREE, PRETEND_FREE);
	pretend_in_zone(0, LOW_END, ZONE_DMA);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	got.count = 0;
	kimg_frames_claim(&frames, 0x800, 0x1000, &got);
	assert_int_equal(got.first, 0x800);
	assert_int_equal(got.count, 0x1000);

	/* Nor one that is large, beside a normal zone, as below 4 GiB on arm64. */
	pretend_reset(0x10000);
	pretend_memory(0, 0x10000, PRETEND_FREE);
	pretend_CONFIG_HIGHMEM = false;
	pretend_in_zone(0, 0x8000, ZONE_DMA);
	kimg_frames_init(&frames, 0xffffffff, GFP_KERNEL);
	got.count = 0;
	kimg_frames_claim(&frames, 0x800, 0x1000, &got);
	assert_int_equal(got.first, 0x800);
	assert_int_equal(got.count, 0x1000);
	no_fault();
}

/* Blocks and claims leave a zone its high watermark, its reserve, and CMA's pages. */
static void test_watermarks(void **state)
{
	struct kimg_run got = { 0, 0 };

	(void)state;
	machine(PRETEND_FREE, PRETEND_FREE);
	keeps(ZONE_NORMAL, 0x100, 0x200, 0x1000);
	pretend_zone[ZONE_NORMAL].free_cma = 0x300;
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	do {
		got.count = 0;
		kimg_frames_claim(&frames, 0x800, 0x3800, &got);
	} while (got.count);
	/* No call for less than 512 pages. */
	assert_in_range(still_free(0, LOW_END), 0x1500, 0x1500 + 511);

	/* Nothing to spare: those below the watermark are not even looked for. */
	machine(PRETEND_KERNEL, PRETEND_FREE);
	keeps(ZONE_HIGHMEM, 0x1000, HIGH_END - LOW_END, 0);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	draw_all(LIMIT, 512);
	assert_int_equal(pretend.contigs, 0);
	give_all();

	/* Where pages are moved away, of those that are free it leaves the low one. */
	machine(PRETEND_FREE, PRETEND_ANON);
	pretend_memory(0x4800, 0x5000, PRETEND_FREE);
	keeps(ZONE_HIGHMEM, 0x400, 0x800, 0);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	draw(KIMG_USE_SOURCE, LIMIT, 100000);
	assert_int_equal(run[0].first, 0x4000);
	assert_int_equal(run[0].count, 0x800 + 0x400);
	draw(KIMG_USE_SOURCE, LIMIT, 0x1000);
	assert_int_equal(run[1].first, 0x5000);
	give_all();
	/* A zone below that may still have pages moved away. */
	machine(PRETEND_FREE, PRETEND_ANON);
	pretend_memory(0x4800, 0x5000, PRETEND_FREE);
	keeps(ZONE_HIGHMEM, 0x900, 0x1000, 0);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	draw(KIMG_USE_SOURCE, LIMIT, 100000);
	assert_int_equal(run[0].first, 0x4000);
	assert_int_equal(run[0].count, 0x800);
	draw(KIMG_USE_SOURCE, LIMIT, 0x1000);
	assert_int_equal(run[1].first, 0x5000);
	give_all();
}

/* Pages that only look movable: smaller stretches, then the next place. */
static void test_pinned(void **state)
{
	(void)state;
	machine(PRETEND_KERNEL, PRETEND_CACHE);
	pretend_memory(LIMIT_END, HIGH_END, PRETEND_FREE);	/* room to move to */
	for (unsigned long at = LOW_END; at < LIMIT_END; at += 0x800)
		pretend_memory(at + 0x300, at + 0x301, PRETEND_PINNED);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	frames.strays = 1000000;	/* no pages of other kinds */
	draw_all(LIMIT, 100000);
	/* A page block around each pinned page is lost, and not much more. */
	assert_true(taken(LOW_END, LIMIT_END) >= 0x2000 / 2);
	assert_int_equal(pretend_count(LOW_END, LIMIT_END, PRETEND_PINNED), 4);
	assert_int_equal(frames.contig_calls, pretend.contigs);
	assert_true(pretend.contigs < 40);
	give_all();
}

/* A bound for calls of alloc_contig_range(), each of which bothers every CPU. */
static void test_calls(void **state)
{
	struct kimg_run got = { 0, 0 };

	(void)state;
	/* All of it looks movable, and no page block of it is. */
	machine(PRETEND_FREE, PRETEND_CACHE);
	pretend_reset(LOW_END);
	pretend_memory(0, LOW_END, PRETEND_FREE);
	pretend_memory(LOW_END, 0x44000, PRETEND_CACHE);
	for (unsigned long at = LOW_END; at < 0x44000; at += 0x100)
		pretend_memory(at, at + 1, PRETEND_PINNED);
	kimg_frames_init(&frames, ((u64)0x40000 << PAGE_SHIFT) - 1, GFP_KERNEL);
	draw(KIMG_USE_SOURCE, ((u64)0x40000 << PAGE_SHIFT) - 1, 100000);
	assert_int_equal(pretend.contigs, 128);
	assert_int_equal(frames.contig_calls, 128);
	/* None is left for claims. */
	kimg_frames_claim(&frames, 0, LOW_END, &got);
	assert_int_equal(got.count, 0);
	assert_int_equal(pretend.contigs, 128);

	/* Claims alone: 32, failed or not; blocks go on. */
	machine(PRETEND_FREE, PRETEND_FREE);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	for (int i = 0; i < 40; i++) {
		got.count = 0;
		kimg_frames_claim(&frames, 0, 512, &got);
		assert_int_equal(got.count, i < 32 ? 512 : 0);
		if (got.count)
			kimg_frames_give(got.first, got.count);
	}
	draw(KIMG_USE_SOURCE, LIMIT, 512);
	assert_int_equal(pretend.contigs, 33);
	assert_int_equal(frames.contig_calls, 33);
	give_all();
}

/* Without high memory, pages alone: all that is available. */
static void test_no_high_memory(void **state)
{
	(void)state;
	pretend_reset(LOW_END);
	runs = 0;
	pretend_CONFIG_HIGHMEM = false;
	pretend_memory(0, LOW_END, PRETEND_FREE);
	pretend_memory(0x1000, 0x2000, PRETEND_CACHE);
	keeps(ZONE_NORMAL, 0x80, 0x100, 0);
	kimg_frames_init(&frames, 0xffffffff, GFP_KERNEL);
	draw_all(0xffffffff, 1u << 20);
	assert_int_equal(taken(0, LOW_END), LOW_END - 0x180);
	assert_int_equal(pretend.contigs, 0);
	assert_string_equal(pretend.asked, "hH");
	give_all();
}

/* No memory above the limit: high memory before low, which keeps its reserve. */
static void test_no_memory_above(void **state)
{
	(void)state;
	machine(PRETEND_FREE, PRETEND_FREE);
	keeps(ZONE_NORMAL, 0x80, 0x100, 0x1000);
	kimg_frames_init(&frames, 0xffffffff, GFP_KERNEL);
	draw_all(0xffffffff, 4096);
	assert_int_equal(taken(LOW_END, HIGH_END), HIGH_END - LOW_END);
	assert_int_equal(still_free(0, LOW_END), 0x1100);
	assert_int_equal(pretend.contigs, 0);
	give_all();

	/* Its last page is below the limit; one more, and blocks are looked for. */
	machine(PRETEND_FREE, PRETEND_FREE);
	kimg_frames_init(&frames, ((u64)HIGH_END << PAGE_SHIFT) - 1, GFP_KERNEL);
	draw(KIMG_USE_SOURCE, ((u64)HIGH_END << PAGE_SHIFT) - 1, 64);
	assert_int_equal(pretend.contigs, 0);
	give_all();
	machine(PRETEND_FREE, PRETEND_FREE);
	kimg_frames_init(&frames, ((u64)(HIGH_END - 1) << PAGE_SHIFT) - 1, GFP_KERNEL);
	draw(KIMG_USE_SOURCE, ((u64)(HIGH_END - 1) << PAGE_SHIFT) - 1, 64);
	assert_int_equal(pretend.contigs, 1);
	give_all();

	/* A limit within low memory: blocks below it, and high memory is never asked for. */
	machine(PRETEND_FREE, PRETEND_FREE);
	keeps(ZONE_NORMAL, 0x80, 0x100, 0x1000);
	kimg_frames_init(&frames, LIMIT / 4, GFP_KERNEL);
	draw(KIMG_USE_CONTROL, LIMIT / 4, 7);
	assert_int_equal(run[0].first, 0);
	assert_int_equal(run[0].count, 4);
	draw(KIMG_USE_SOURCE, LIMIT / 4, 0x4000);
	assert_int_equal(run[1].first, 0x200);
	assert_int_equal(run[1].count, LIMIT_END / 4 - 0x200);
	draw_all(LIMIT / 4, 512);
	assert_int_equal(taken(LOW_END, HIGH_END), 0);
	assert_int_equal(still_free(0, LOW_END), 0x1100);
	assert_string_equal(pretend.asked, "Cl");
	give_all();
	/* None is free: then the page allocator may have a control page. */
	machine(PRETEND_FREE, PRETEND_FREE);
	pretend_memory(0, LIMIT_END / 4, PRETEND_KERNEL);
	kimg_frames_init(&frames, LIMIT / 4, GFP_KERNEL);
	draw(KIMG_USE_CONTROL, LIMIT / 4, 1);
	assert_int_equal(run[0].count, 1);
	assert_string_equal(pretend.asked, "L");
	give_all();
	/* Half of low memory's page cache counts as free: with nothing in reserve, some goes. */
	machine(PRETEND_FREE, PRETEND_FREE);
	keeps(ZONE_NORMAL, 0x80, 0x100, 0);
	pretend_memory(0x2000, 0x3000, PRETEND_CACHE);
	kimg_frames_init(&frames, LIMIT / 4, GFP_KERNEL);
	draw_all(LIMIT / 4, 512);
	assert_in_range(pretend_count(0, LOW_END, PRETEND_CACHE), 0x100, 0x101);
	assert_int_equal(still_free(0, LOW_END), 0x80);
	assert_string_equal(pretend.asked, "ClL");
	give_all();
}

/* 64 bits, a limit above 4 GiB: what lies above 4 GiB first, ZONE_DMA32 without what it keeps. */
static void test_64_limit_above(void **state)
{
	unsigned long all;

	(void)state;
	machine_64(PRETEND_FREE, PRETEND_FREE);
	keeps(ZONE_NORMAL, 0x40, 0x80, 0);
	keeps(ZONE_DMA32, 0x40, 0x80, 0x800);
	kimg_frames_init(&frames, WIDE_LIMIT, GFP_KERNEL | GFP_DMA32);
	while (taken(WIDE_START, WIDE_LIMIT_END) < WIDE_LIMIT_END - WIDE_START) {
		draw(KIMG_USE_SOURCE, WIDE_LIMIT, 100000);
		assert_true(run[runs - 1].count >= 512);
		assert_int_equal(taken(0, LOW_END), 0);
		assert_int_equal(taken(WIDE_LIMIT_END, WIDE_END), 0);
	}
	assert_string_equal(pretend.asked, "C");
	all = draw_all(WIDE_LIMIT, 512);
	assert_string_equal(pretend.asked, "Chdh");
	assert_int_equal(taken(WIDE_LIMIT_END, WIDE_END), 1536 + 1024);
	assert_int_equal(still_free(0, LOW_END), 0x80 + 0x800);
	assert_int_equal(all, 2560 + LOW_END - 0x880);
	give_all();
	/* A control page comes from where the caller said. */
	draw(KIMG_USE_CONTROL, WIDE_LIMIT, 1);
	assert_true(run[0].count == 1 && run[0].first < LOW_END);
	give_all();
}

/* A limit of 4 GiB, or below: blocks of ZONE_DMA32, and nothing above. */
static void test_64_limit_below(void **state)
{
	static const struct {
		enum pretend_state high;
		u64 limit;
		unsigned long most;	/* the frames below it */
	} cases[] = {
		{ PRETEND_FREE, 0xffffffff, LOW_END },
		{ PRETEND_FREE, ((u64)LOW_END << PAGE_SHIFT) - 1, LOW_END },
		{ PRETEND_FREE, LIMIT / 4, LIMIT_END / 4 },
		/* All memory below 4 GiB. */
		{ PRETEND_NOTHING, LIMIT / 4, LIMIT_END / 4 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		u64 limit = cases[i].limit;
		unsigned long got = 0;

		machine_64(PRETEND_FREE, cases[i].high);
		keeps(ZONE_DMA32, 0x80, 0x100, 0x800);
		kimg_frames_init(&frames, limit, GFP_KERNEL | GFP_DMA32);
		draw(KIMG_USE_CONTROL, limit, 1);
		assert_true(run[0].count == 1 && run[0].first < cases[i].most);
		for (;;) {
			draw(KIMG_USE_SOURCE, limit, 100000);
			if (strchr(pretend.asked, 'd'))
				break;
			got += (unsigned long)run[runs - 1].count;
		}
		assert_string_equal(pretend.asked, "Cd");
		/* All that it can spare is found as blocks, to a block. */
		assert_in_range(got + 1, min(cases[i].most, LOW_END - 0x900) - 1024,
				min(cases[i].most, LOW_END - 0x900));
		draw_all(limit, 512);
		assert_int_equal(taken(WIDE_START, memory_end), 0);
		assert_int_equal(still_free(0, LOW_END), 0x900);
		give_all();
	}
}

/* No memory above the limit: the page allocator's order, ZONE_NORMAL first. */
static void test_64_no_limit(void **state)
{
	(void)state;
	machine_64(PRETEND_FREE, PRETEND_FREE);
	keeps(ZONE_DMA32, 0x80, 0x100, 0x1000);
	kimg_frames_init(&frames, (1ull << 52) - 1, GFP_KERNEL | GFP_DMA32);
	draw(KIMG_USE_CONTROL, 0xffffffff, 1);
	assert_true(run[0].first < LOW_END);
	draw(KIMG_USE_SOURCE, (1ull << 52) - 1, 1024);
	assert_true(run[1].count == 1024 && run[1].first >= WIDE_START);
	draw_all((1ull << 52) - 1, 4096);
	assert_int_equal(taken(WIDE_START, WIDE_END), WIDE_END - WIDE_START);
	assert_int_equal(still_free(0, LOW_END), 0x1100);
	assert_int_equal(pretend.contigs, 0);
	give_all();
}

/*
 * Nearly all of memory is anonymous: what is free or can be moved without swapping
 * comes first, then some is swapped out, and nobody is killed.
 */
static void test_reclaim(void **state)
{
	unsigned long without = 0;

	(void)state;
	for (int swap = 0; swap < 2; swap++) {
		machine(PRETEND_KERNEL, PRETEND_ANON);
		pretend_memory(0x2000, LOW_END, PRETEND_FREE);
		keeps(ZONE_NORMAL, 0x80, 0x100, 0x800);
		pretend.swap = swap ? 0x8000 : 0;
		kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
		frames.strays = 1024;
		do {
			draw(KIMG_USE_SOURCE, LIMIT, 0x1800 - taken(0, HIGH_END));
		} while (run[runs - 1].count && taken(0, HIGH_END) < 0x1800);
		if (swap) {
			assert_int_equal(taken(0, LIMIT_END), 0x1800);
			assert_in_range(0x8000 - pretend.swap, 1, 0x1800 - without);
			assert_string_equal(pretend.asked, "ChC");
		} else {
			without = taken(0, HIGH_END);
			assert_in_range(without, 0x1000, 0x17ff);
		}
		assert_true(still_free(0, LOW_END) >= 0x80);
		assert_int_equal(pretend.traces, 0);
		give_all();
	}
	/* The same where all memory is below the limit. */
	for (int swap = 0; swap < 2; swap++) {
		pretend_reset(LOW_END);
		runs = 0;
		pretend_CONFIG_HIGHMEM = false;
		pretend_memory(0, LOW_END, PRETEND_ANON);
		pretend_memory(0x3800, LOW_END, PRETEND_FREE);
		keeps(ZONE_NORMAL, 0x80, 0x100, 0);
		pretend.swap = swap ? 0x600 : 0;
		kimg_frames_init(&frames, 0xffffffff, GFP_KERNEL);
		draw_all(0xffffffff, 0x2000);
		assert_int_equal(taken(0, LOW_END), 0x700 + (swap ? 0x600 : 0));
		/* The low watermark was enough to keep: the last are free pages. */
		assert_int_equal(pretend.swap, swap ? 0x80 : 0);
		give_all();
	}
	/* Swap space is worth no more than what could go there. */
	pretend_reset(LOW_END);
	pretend_CONFIG_HIGHMEM = false;
	pretend_memory(0, LOW_END, PRETEND_KERNEL);
	pretend_memory(0, 0x100, PRETEND_FREE);
	keeps(ZONE_NORMAL, 0x80, 0x100, 0);
	pretend.swap = 0x8000;
	kimg_frames_init(&frames, 0xffffffff, GFP_KERNEL);
	assert_int_equal(draw_all(0xffffffff, 0x1000), 0);
	assert_string_equal(pretend.asked, "");
	give_all();
}

/* Control pages: one aligned block, from low memory. */
static void test_control(void **state)
{
	(void)state;
	machine(PRETEND_FREE, PRETEND_FREE);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	for (unsigned int order = 0; order < 5; order++) {
		draw(KIMG_USE_CONTROL, LIMIT, (2u << order) - 1);
		assert_int_equal(run[order].count, 1u << order);
		assert_int_equal(run[order].first % (1u << order), 0);
		assert_true(run[order].first < LOW_END);
	}
	give_all();

	/* None left of the kind that the caller can use: no other will do. */
	machine(PRETEND_KERNEL, PRETEND_FREE);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	draw(KIMG_USE_CONTROL, LIMIT, 1);
	assert_int_equal(run[0].count, 0);
	assert_string_equal(pretend.asked, "L");
	/* And the other uses go on as if nothing had been. */
	draw(KIMG_USE_SOURCE, LIMIT, 512);
	assert_int_equal(run[1].count, 512);
	give_all();
	/* Page cache makes way for one. */
	machine(PRETEND_CACHE, PRETEND_FREE);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	draw(KIMG_USE_CONTROL, LIMIT, 1);
	assert_int_equal(run[0].count, 1);
	assert_true(run[0].first < LOW_END);
	give_all();
}

/* Claims: free blocks of what is asked for. */
static void test_claim(void **state)
{
	struct kimg_run got = { 0, 0 };

	(void)state;
	machine(PRETEND_KERNEL, PRETEND_KERNEL);
	pretend_memory(0x1000, 0x1400, PRETEND_CACHE);
	pretend_memory(0x1400, 0x1700, PRETEND_FREE);
	pretend_memory(0x1800, 0x1c00, PRETEND_FREE);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	kimg_frames_claim(&frames, 0x1000, 0xa00, &got);
	assert_int_equal(got.first, 0x1400);
	assert_int_equal(got.count, 0x200);
	/* Not beyond what was asked for, though it is free. */
	got = (struct kimg_run){ 0, 0 };
	kimg_frames_claim(&frames, 0x1700, 0x300, &got);
	assert_int_equal(got.first, 0x1800);
	assert_int_equal(got.count, 0x200);
	/* Less than a block is not claimed, even if it is all that is wanted. */
	got = (struct kimg_run){ 0, 0 };
	kimg_frames_claim(&frames, 0x1a00, 0x1ff, &got);
	assert_int_equal(got.count, 0);
	assert_int_equal(taken(0, HIGH_END), 0x400);
	no_fault();

	pretend_CONFIG_CONTIG_ALLOC = false;
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	kimg_frames_claim(&frames, 0x1a00, 0x200, &got);
	assert_int_equal(got.count, 0);
	/* Nor are there blocks then. */
	runs = 0;
	draw_all(LIMIT, 64);
	assert_int_equal(pretend.contigs, 2);
}

/* A signal ends a draw with -EINTR, and a claim with nothing. */
static void test_signal(void **state)
{
	struct kimg_run got = { 0, 0 };

	(void)state;
	machine(PRETEND_FREE, PRETEND_FREE);
	kimg_frames_init(&frames, LIMIT, GFP_KERNEL);
	pretend.signal_after = 8;
	for (int i = 0; i < 8; i++)
		if (draw(KIMG_USE_SOURCE, LIMIT, 64) == -EINTR)
			break;
	assert_int_equal(draw(KIMG_USE_SOURCE, LIMIT, 64), -EINTR);
	assert_int_equal(draw(KIMG_USE_CONTROL, LIMIT, 1), -EINTR);
	assert_in_range(runs, 4, 10);
	kimg_frames_claim(&frames, 0x4000, 0x1000, &got);
	assert_int_equal(got.count, 0);
	give_all();
}

/* ---- memory.c: the engine's host, and the engine on it ------------------------- */

static unsigned char data[300 * PAGE_SIZE];

/* In place of digest.c. */
void kleap_digest_page(struct kleap_image *image, u32 segment, const void *page,
		       bool in_place)
{
	(void)image, (void)segment, (void)page, (void)in_place;
}

/* Load three segments; returns what the engine says. */
static enum kimg_error load(struct kleap_memory *memory, struct kimg_image *image,
			    void **scratch)
{
	static const struct kimg_segment segment[] = {
		{ 0x01000000, 200 * PAGE_SIZE, 200 * PAGE_SIZE - 99 },
		{ 0x01800000, 90 * PAGE_SIZE, 10 },
		{ 0x03fff000, 2 * PAGE_SIZE, 0 },
	};
	struct kleap_segment from[3] = {
		{ .buf = (u64)(uintptr_t)data },
		{ .buf = (u64)(uintptr_t)data + 201 * PAGE_SIZE },
	};
	struct kimg_why why;
	enum kimg_error error;
	size_t size;

	kleap_memory_init(memory, 0, from);
	assert_int_equal(kimg_init(image, &memory->host, &why), KIMG_OK);
	assert_int_equal(kimg_plan(image, segment, 3, 6, NULL, &why), KIMG_OK);
	size = kimg_scratch_size(image);
	*scratch = malloc(size);
	error = kimg_place(image, *scratch, size, &why);
	if (!error)
		error = kimg_fill(image, &why);
	if (!error)
		error = kimg_seal(image, &why);
	return error;
}

static int holds_data(void *arg, const struct kimg_copy *copy)
{
	const unsigned char *page = kmap_local_page(pfn_to_page((unsigned long)copy->source));
	u64 at = copy->destination << PAGE_SHIFT, wrong = 0;
	unsigned int *pages = arg;

	for (unsigned int i = 0; i < PAGE_SIZE; i++) {
		u64 here = at + i;
		unsigned char want = 0;

		if (here >= 0x01000000 && here < 0x01000000 + 200 * PAGE_SIZE - 99)
			want = data[here - 0x01000000];
		else if (here >= 0x01800000 && here < 0x01800000 + 10)
			want = data[201 * PAGE_SIZE + here - 0x01800000];
		wrong += page[i] != want;
	}
	kunmap_local(page);
	++*pages;
	return wrong != 0;
}

static void test_engine(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(1 + i * 7 + i / 4096);
	/* All of it free; high memory full of cache; and none of it above 4 GiB. */
	for (int kind = 0; kind < 3; kind++) {
		struct kleap_memory memory;
		struct kimg_image image;
		struct kimg_why why;
		void *scratch;
		unsigned int pages = 0;
		int stopped;

		machine(PRETEND_FREE, kind == 1 ? PRETEND_CACHE : PRETEND_FREE);
		if (kind < 2)
			pretend_memory(0xff000, 0x102000, PRETEND_FREE);
		assert_int_equal(load(&memory, &image, &scratch), KIMG_OK);
		assert_int_equal(image.host->destination_limit, 0xffffffff);
		assert_int_equal(image.host->control_limit, TASK_SIZE - 1);
		for (unsigned int i = 0; i < image.control_pages; i++)
			assert_true(image.control[i] < TASK_SIZE >> PAGE_SHIFT);
		assert_int_equal(kimg_walk(&memory.host, image.head, 1000, holds_data,
					   &pages, &stopped, &why), KIMG_OK);
		assert_int_equal(stopped, 0);
		assert_int_equal(pages, 292);
		/* A check lets others run; on the last CPU it pets the watchdog. */
		pretend.rescheds = 0;
		assert_int_equal(kimg_check(&image, &why), KIMG_OK);
		assert_int_not_equal(pretend.rescheds, 0);
		assert_int_equal(pretend.watchdog, 0);
		pretend.irqs_off = true;
		assert_int_equal(kimg_check(&image, &why), KIMG_OK);
		pretend.irqs_off = false;
		assert_int_not_equal(pretend.watchdog, 0);
		kimg_free(&image);
		free(scratch);
		no_fault();
		assert_int_equal(taken(0, 0x102000), 0);
		assert_int_equal(pretend.windows, 0);
	}
}

/* A signal at each place where one is looked for; data that cannot be read. */
static void test_engine_stops(void **state)
{
	enum kimg_error error = KIMG_E_DATA;
	unsigned int seen[KIMG_E_COUNT] = { 0 };

	(void)state;
	for (unsigned int n = 1; error; n += n < 40 ? 1 : 13) {
		struct kleap_memory memory;
		struct kimg_image image;
		void *scratch;

		machine(PRETEND_FREE, PRETEND_FREE);
		if (n % 2)
			pretend.copy_fails_after = 1 + n / 2;
		else
			pretend.signal_after = n;
		error = load(&memory, &image, &scratch);
		seen[error]++;
		assert_true(!error || error == KIMG_E_INTERRUPTED || error == KIMG_E_DATA);
		kimg_free(&image);
		free(scratch);
		no_fault();
		assert_int_equal(taken(0, HIGH_END), 0);
		assert_int_equal(pretend.windows, 0);
	}
	assert_true(seen[KIMG_E_INTERRUPTED] > 1 && seen[KIMG_E_DATA] > 20);
}

/* A limit binds segments, sources and list, and control pages. */
static void test_limit(void **state)
{
	static const struct {
		u64 asked, limit, control;
	} limits[] = {
		{ 0, 0xffffffff, TASK_SIZE - 1 },
		{ 0x3fffffff, 0x3fffffff, 0x3fffffff },
		{ TASK_SIZE - 1, TASK_SIZE - 1, TASK_SIZE - 1 },
		{ 0xd0000fff, 0xd0000fff, TASK_SIZE - 1 },
		{ 0xffffffff, 0xffffffff, TASK_SIZE - 1 },
		{ 0x100000000, 0xffffffff, TASK_SIZE - 1 },
		{ UINT64_MAX, 0xffffffff, TASK_SIZE - 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct kleap_memory memory;

		kleap_memory_init(&memory, limits[i].asked, NULL);
		assert_int_equal(memory.host.source_limit, limits[i].limit);
		assert_int_equal(memory.host.destination_limit, limits[i].limit);
		assert_int_equal(memory.host.control_limit, limits[i].control);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_sources_in_order),
		cmocka_unit_test(test_small_wants),
		cmocka_unit_test(test_movable),
		cmocka_unit_test(test_room_to_move),
		cmocka_unit_test(test_untouchable),
		cmocka_unit_test(test_dma_zone),
		cmocka_unit_test(test_watermarks),
		cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_no_high_memory),
		cmocka_unit_test(test_no_memory_above),
		cmocka_unit_test(test_64_limit_above),
		cmocka_unit_test(test_64_limit_below),
		cmocka_unit_test(test_64_no_limit),
		cmocka_unit_test(test_reclaim),
		cmocka_unit_test(test_control),
		cmocka_unit_test(test_claim),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_engine),
		cmocka_unit_test(test_engine_stops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
