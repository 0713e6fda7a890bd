/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * All small worlds. A world is a machine of N frames of 32 bytes, so that three or
 * seven entries fill a page of the list; what is loaded; and all answers of the
 * host: small_host.c describes how each is tried once.
 *
 *   frame      0     1     2     3     4     5
 *           ┌─────┬─────┬─────┬─────┬─────┬─────┐
 *   wanted  │     │  A  │  A  │     │  B  │     │   every set of up to 3 segments
 *   drawn   │ 3rd │ 1st │     │ 2nd │ 5th │ 4th │   in every order, in runs of every
 *           └─────┴─────┴─────┴─────┴─────┴─────┘   length, or not at all
 *
 * A destination that is never handed out is in use, or does not exist. In each
 * world: place, fill, seal, leap, free; after an error everything must have been
 * given back, and the error must be the right one. KLEAP_FRAMES sets N.
 *
 *   orders   N frames; no limits. Every answer of every draw and every claim;
 *            0 to 2 control pages. What the data cover of a segment, and the order
 *            in which segments are given, change from one configuration to the
 *            next, but not all of them are tried with all others.
 *   limits   N - 1 frames (N - 2 from 8 on); all of the above, and every source
 *            limit, every control limit up to that, and park_max 0, 1, 2 and N.
 *            A limit ends with a frame, or within one, in turns.
 *   faults   N - 2 frames, 3 at least and 5 at most; no limits. At each draw and
 *            claim also a host's code, or nonsense; each pull may fail; every
 *            choice of what the data cover, for each segment; every order of the
 *            segments; hosts with and without claim.
 *   lies     As many frames; at most two answers may have frames in them that the
 *            engine has already. 0 or 1 control pages; no limits, or one for sources
 *            and one for control pages, or a block of one page before all else.
 *   blocks   As many frames as for faults; a block of 1, 2 or 4 control
 *            pages drawn before the image is placed, or when it is sealed; 0 or 1
 *            other control pages; every control limit, and park_max 0 and N. The
 *            rest as in orders.
 *   crash    N frames; every region, whole or cut within a frame at either end;
 *            every control limit; each pull may fail.
 *
 * Entries of 8 bytes have frame 0 as the first one of the world, so that the
 * address 0 is in use; those of 4 bytes lie right below 4 GiB.
 */
#include "small.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* What one pass saw. */
static struct tally {
	const char *pass;
	unsigned int frames;
	uint64_t configurations, worlds, loaded;
	uint64_t refused[KIMG_E_COUNT];
	uint64_t by_order;
	uint64_t in_place, displaced, parked;
	unsigned int most_held, most_pages, most_list;
	time_t shown;
} tally;

static struct small_world world;

/* ---- One world --------------------------------------------------------------- */

/* The world in words, and what is wrong with it; ends the test. */
static void report(const char *what)
{
	char picture[SMALL_FRAMES + 1] = "", path[400] = "";
	size_t length = 0;

	for (unsigned int i = 0; i < world.frames; i++)
		picture[i] = world.wanted[i] < 0 ? '.' : (char)('A' + world.wanted[i]);
	for (unsigned int i = 0; i < world.answers; i++)
		length += (size_t)snprintf(path + length, sizeof(path) - length,
			" %c%u+%u", "slc"[world.answer[i].use], world.answer[i].first,
			world.answer[i].count);
	fail_msg("%s: world %" PRIu64 ": %s\n"
		 "  wanted \"%s\"%s, entries of %u bytes, %u control pages, sources below "
		 "%u, control below %u, park_max %u\n"
		 "  data of %u, %u, %u bytes; error %s\n"
		 "  handed out (for c ontrol, l ist, s ources or claimed; frame+count):%s%s",
		 tally.pass, tally.worlds, what, picture, world.crash ? " (crash)" : "",
		 world.host.entry_size, world.control, world.source_end, world.control_end,
		 (unsigned int)world.host.park_max, (unsigned int)world.segment[0].bufsz,
		 (unsigned int)world.segment[1].bufsz, (unsigned int)world.segment[2].bufsz,
		 kimg_error_id(world.why.error), path,
		 world.none_left ? ", then none" : world.code ? ", then a code" :
		 world.lied ? ", then nonsense" : "");
}

static void must(bool good, const char *what)
{
	if (world.fault)
		report(world.fault);
	if (!good)
		report(what);
}

static void must_be_right(const char *wrong)
{
	must(!wrong, wrong);
}

/* Scratch memory with a fence behind it. */
static uint64_t scratch[(1 << 13) / sizeof(uint64_t)];
#define FENCE 0x6665636e65666665ull

/* Draw the block, if it is time for it. Returns false if it was refused, rightly. */
static bool draw_block(enum small_block when)
{
	enum kimg_state state = world.image.state;
	unsigned int held = world.held;
	enum kimg_error error;

	if (world.block_when != when)
		return true;
	small_forget(&world);
	error = kimg_draw_control(&world.image, &world.block, world.block_order,
				  &world.why);
	must(world.image.state == state, "a block changes the state");
	must(world.held == held + (error ? 0 : 1u << world.block_order),
	     "misfits are not given back");
	if (!error) {
		small_forget(&world);
		return true;
	}
	must(!world.image.blocks, "a block that was refused is in the chain");
	must_be_right(small_judge_block(&world, error));
	tally.refused[error]++;
	return false;
}

/* The error that the data lead to, or none. */
static enum kimg_error unfilled(void)
{
	return !world.no_data ? KIMG_OK : world.no_data == KIMG_INTERRUPTED ?
		KIMG_E_INTERRUPTED : KIMG_E_DATA;
}

/* Judge a world that was placed, on to the leap. */
static void go_on(void)
{
	const struct kimg_stats *stats = &world.image.stats;
	unsigned int in_place = 0;
	enum kimg_error error;

	must_be_right(small_judge_image(&world, false, false));
	must(stats->place_reads + stats->place_writes <=
	     4 * world.pages + world.segments + world.list_pages,
	     "more than four entries read or written for a page");
	for (unsigned int i = 0; i < world.frames; i++)
		in_place += world.wanted[i] >= 0 &&
			(world.crash || world.owner[i] == SMALL_ENGINE);
	must(in_place == stats->in_place, "a destination was drawn, but is not in place");

	error = kimg_fill(&world.image, &world.why);
	must(world.why.error == (error ? error : UINT32_MAX), "*why and the error");
	must(error == unfilled(), "fill");
	if (error) {
		must(world.image.state == KIMG_PLACED, "the state after an error");
		return;
	}
	for (unsigned int i = 0; i < world.segments; i++)
		must(world.pulled[i] == world.segment[i].bufsz, "data are left over");
	must(!kimg_seal(&world.image, &world.why) && world.why.error == UINT32_MAX, "seal");
	if (draw_block(SMALL_BLOCK_LAST))
		tally.loaded++;
	must_be_right(small_judge_image(&world, true, true));
	must(!kimg_check(&world.image, &world.why), "check");
	must_be_right(small_judge_leap(&world));

	tally.in_place += stats->in_place;
	tally.displaced += stats->displaced;
	tally.parked += stats->parked;
	if (tally.most_held < world.held)
		tally.most_held = world.held;
	if (tally.most_pages < world.pages)
		tally.most_pages = world.pages;
	if (tally.most_list < world.list_pages)
		tally.most_list = world.list_pages;
}

/* What follows a plan. `size` is that of the scratch memory. */
static void load(size_t size)
{
	struct kimg_image *image = &world.image;
	unsigned int held;
	enum kimg_error error;

	if (!draw_block(SMALL_BLOCK_FIRST))
		return;
	held = world.held;
	world.lies = world.faults == SMALL_LIES ? SMALL_LIES_MOST : 0;
	world.why.error = UINT32_MAX;
	error = kimg_place(image, scratch, size, &world.why);
	must(world.why.error == (error ? error : UINT32_MAX), "*why and the error");
	world.lies = 0;
	if (error == KIMG_E_HOST_CONTRACT && world.twice) {
		/* Nothing may be given back; what is, was handed out. */
		must(image->state == KIMG_NEW, "the state after an error");
		world.lost = world.held - held;
	} else if (error && world.twice) {
		/* Only frames of no use were handed out twice; they are given back. */
		must(error == KIMG_E_NO_MEMORY || error == KIMG_E_NO_MEMORY_BELOW,
		     "the wrong error");
		must(world.held == held && image->state == KIMG_NEW,
		     "frames are held after an error");
	} else if (error) {
		must(world.held == held && image->state == KIMG_NEW,
		     "frames are held after an error");
		must_be_right(small_judge_refusal(&world, error));
		tally.by_order += small_refused_by_order(&world);
	} else {
		must(!world.none_left && !world.code && !world.lied,
		     "a failure of the host is passed over");
		go_on();
		error = unfilled();
	}
	tally.refused[error]++;
}

static void one_world(void)
{
	struct kimg_range region = {
		(world.base + world.region) << SMALL_SHIFT,
		(world.base + world.region_end) << SMALL_SHIFT,
	};
	struct kimg_image *image = &world.image;
	size_t size;

	small_begin(&world);
	/* A cut region: more than its whole frames, by less than one. */
	if (world.crash && world.region && (world.region + world.control) % 2)
		region.start -= SMALL_PAGE / 2;
	if (world.crash && (world.region_end + world.control) % 2)
		region.end += SMALL_PAGE - 1;
	must(!kimg_init(image, &world.host, &world.why), "init");
	must(!kimg_plan(image, world.segment, world.segments, world.control,
			world.crash ? &region : NULL, &world.why), "plan");
	must(image->pages == world.pages && image->list_pages == world.list_pages,
	     "the shape of the list");
	size = kimg_scratch_size(image);
	must(size <= sizeof(scratch) - sizeof(*scratch), "too much scratch memory");
	scratch[size / sizeof(*scratch)] = FENCE;

	load(size);
	kimg_free(image);
	must(world.held == world.lost && !world.open, "frames or windows are left");
	must(scratch[size / sizeof(*scratch)] == FENCE, "writes behind its scratch memory");
	tally.worlds++;
}

/* All worlds of the configuration that stands in `world`. */
static void all_answers(void)
{
	small_prepare(&world);
	do {
		one_world();
		must(world.search.at == world.search.depth, "fewer questions than before");
	} while (small_next(&world));
	tally.configurations++;
	if (getenv("KLEAP_PROGRESS") && time(NULL) >= tally.shown + 10) {
		tally.shown = time(NULL);
		fprintf(stderr, "%s, %u frames: %" PRIu64 " worlds of %" PRIu64
			" configurations\n", tally.pass, tally.frames, tally.worlds,
			tally.configurations);
	}
}

/* ---- The passes ------------------------------------------------------------------ */

static unsigned int world_frames(void)
{
	const char *value = getenv("KLEAP_FRAMES");
	unsigned int frames = value && *value ? (unsigned int)atoi(value) : 6;

	if (frames < 3 || frames > SMALL_FRAMES)
		fail_msg("KLEAP_FRAMES is 3 to %u", SMALL_FRAMES);
	return frames;
}

/* For passes with many worlds: two frames less, 3 at least and 5 at most. */
static unsigned int fewer(unsigned int frames)
{
	return frames < 5 ? 3 : frames > 7 ? 5 : frames - 2;
}

static void begin(const char *pass, unsigned int frames)
{
	memset(&tally, 0, sizeof(tally));
	tally.pass = pass;
	tally.frames = frames;
	tally.shown = time(NULL);
}

static void end(void)
{
	printf("note: %s, %u frames: %" PRIu64 " worlds of %" PRIu64 " configurations: %"
	       PRIu64 " loaded", tally.pass, tally.frames, tally.worlds,
	       tally.configurations, tally.loaded);
	for (unsigned int error = 1; error < KIMG_E_COUNT; error++)
		if (tally.refused[error])
			printf(", %" PRIu64 " %s", tally.refused[error],
			       kimg_error_id(error));
	printf("\nnote:   at most %u frames held, %u pages, %u of the list; %" PRIu64
	       " pages in place, %" PRIu64 " displaced, %" PRIu64 " frames parked",
	       tally.most_held, tally.most_pages, tally.most_list, tally.in_place,
	       tally.displaced, tally.parked);
	if (tally.by_order)
		printf("; %" PRIu64 " refused that another order of frames would load",
		       tally.by_order);
	printf("\n");
	/* A pass that loads nothing, or refuses nothing, would prove nothing. */
	assert_true(tally.loaded > tally.worlds / 1000);
	assert_true(tally.loaded < tally.worlds);
}

static void test_orders(void **state)
{
	unsigned int frames = world_frames();

	(void)state;
	begin("orders", frames);
	for (unsigned int entry_size = 4; entry_size <= 8; entry_size += 4) {
		small_machine(&world, frames, entry_size);
		for (unsigned int set = 0; set < small_sets(frames); set++)
			for (world.control = 0; world.control <= 2; world.control++)
				if (small_segments_in_turn(&world, set))
					all_answers();
	}
	end();
}

/* All limits for the segments that are set. */
static void all_limits(unsigned int number)
{
	unsigned int last = world.frames;

	for (unsigned int source = 0; source <= last; source++) {
		/* Without control pages their limit has no meaning. */
		for (unsigned int control = world.control ? 0 : source;
		     control <= source; control++) {
			for (unsigned int park = 0; park <= 3; park++) {
				/* What cannot be parked need not be bounded. */
				if (park < 3 && control == last)
					continue;
				if (!small_segments_in_turn(&world, number))
					return;
				world.source_end = source;
				world.control_end = control;
				world.host.source_limit = small_limit(&world, source, park % 2);
				world.host.control_limit = small_limit(&world, control, source % 2);
				world.host.park_max = park < 3 ? park : last;
				all_answers();
			}
		}
	}
}

static void test_limits(void **state)
{
	unsigned int frames = world_frames();

	(void)state;
	frames -= frames < 8 ? 1 : 2;
	begin("limits", frames);
	for (unsigned int entry_size = 4; entry_size <= 8; entry_size += 4) {
		small_machine(&world, frames, entry_size);
		for (unsigned int set = 0; set < small_sets(frames); set++)
			for (world.control = 0; world.control <= 2; world.control++)
				all_limits(set);
	}
	end();
}

static void test_faults(void **state)
{
	unsigned int frames = world_frames();

	(void)state;
	frames = fewer(frames);
	begin("faults", frames);
	for (unsigned int entry_size = 4; entry_size <= 8; entry_size += 4) {
		small_machine(&world, frames, entry_size);
		world.faults = SMALL_FAULTS;
		for (unsigned int set = 0; set < small_sets(frames); set++)
		for (unsigned int turn = 0; turn < SMALL_COVERS * SMALL_ORDERS; turn++) {
			if (!small_segments(&world, set, turn % SMALL_ORDERS, turn / SMALL_ORDERS))
				continue;
			for (world.control = 0; world.control <= 2; world.control++) {
				world.host.ops = &small_ops;
				all_answers();
				world.host.ops = &small_ops_without_claim;
				all_answers();
			}
		}
	}
	end();
}

/* Lies in the world that is set, with limits, with a block, and without both. */
static void all_lies(unsigned int set)
{
	for (unsigned int kind = 0; kind < 6; kind++) {
		unsigned int above = kind / 2 == 1;

		if (!small_segments_in_turn(&world, set))
			return;
		world.host.ops = kind & 1 ? &small_ops : &small_ops_without_claim;
		world.block_when = kind / 2 == 2 ? SMALL_BLOCK_FIRST : SMALL_NO_BLOCK;
		world.source_end = world.frames - above;
		world.control_end = world.source_end - above;
		world.host.source_limit = small_limit(&world, world.source_end, false);
		world.host.control_limit = small_limit(&world, world.control_end, false);
		all_answers();
	}
}

static void test_lies(void **state)
{
	unsigned int frames = world_frames();

	(void)state;
	frames = fewer(frames);
	begin("lies", frames);
	for (unsigned int entry_size = 4; entry_size <= 8; entry_size += 4) {
		small_machine(&world, frames, entry_size);
		world.faults = SMALL_LIES;
		for (unsigned int set = 0; set < small_sets(frames); set++)
			for (world.control = 0; world.control <= 1; world.control++)
				all_lies(set);
	}
	end();
}

/* A block in the world that is set, at every order and limit. */
static void all_blocks(void)
{
	for (world.block_order = 0; world.block_order <= 2; world.block_order++)
	for (world.control_end = 0; world.control_end <= world.frames; world.control_end++)
	for (world.host.park_max = 0; world.host.park_max <= world.frames;
	     world.host.park_max += world.frames) {
		world.host.control_limit = small_limit(&world, world.control_end,
						    world.block_order % 2);
		world.block_when = SMALL_BLOCK_FIRST;
		all_answers();
		world.block_when = SMALL_BLOCK_LAST;
		all_answers();
	}
}

static void test_blocks(void **state)
{
	unsigned int frames = world_frames();

	(void)state;
	frames = fewer(frames);
	begin("blocks", frames);
	for (unsigned int entry_size = 4; entry_size <= 8; entry_size += 4) {
		small_machine(&world, frames, entry_size);
		for (unsigned int set = 0; set < small_sets(frames); set++)
			for (world.control = 0; world.control <= 1; world.control++)
				if (small_segments_in_turn(&world, set))
					all_blocks();
	}
	end();
}

/* Whether all segments lie in the region. */
static bool in_region(void)
{
	for (unsigned int i = 0; i < world.segments; i++) {
		uint64_t first = (world.segment[i].mem >> SMALL_SHIFT) - world.base;
		uint64_t pages = world.segment[i].memsz >> SMALL_SHIFT;

		if (first < world.region || first + pages > world.region_end)
			return false;
	}
	return true;
}

static void test_crash(void **state)
{
	unsigned int frames = world_frames();

	(void)state;
	begin("crash", frames);
	for (unsigned int entry_size = 4; entry_size <= 8; entry_size += 4) {
		small_machine(&world, frames, entry_size);
		world.crash = true;
		world.faults = SMALL_FAULTS;
		for (unsigned int set = 0; set < small_sets(frames); set++)
		for (world.region = 0; world.region < frames; world.region++)
		for (world.region_end = world.region + 1; world.region_end <= frames;
		     world.region_end++)
		for (world.control = 0; world.control <= 2; world.control++)
		for (world.control_end = 0; world.control_end <= frames;
		     world.control_end++) {
			if (!small_segments(&world, set, 0, 0) || !in_region())
				continue;
			small_segments_in_turn(&world, set);
			world.host.control_limit = small_limit(&world, world.control_end,
							    world.region % 2);
			all_answers();
		}
	}
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_crash),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
