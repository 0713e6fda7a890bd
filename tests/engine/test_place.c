/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Placing, on machines small enough to draw: which frame goes to which page, for
 * a given order in which the host hands out frames. Pictures: see rig_picture().
 */
#include "support.h"

#include <inttypes.h>

struct row {
	const char *name;
	const char *mem;
	const char *give;	/* frames in the order in which they are handed out */
	const char *sources;	/* wanted: sources in list order; NULL: see `want` */
	enum kimg_error want;
	unsigned int in_place, displaced, parked;
	uint64_t a, b, c, d;	/* numbers of the error */
	uint64_t limit;		/* source limit; 0: as the picture has it */
	uint32_t control;
	enum sim_claim claim;
	unsigned int page_shift, entry_size;	/* 0: 12 and 8 */
};

static const struct row rows[] = {
	/*          0123456789012 */
	{ .name = "no conflict",
	  .mem = "....kkkk.....", .give = "0,1,2,3,8", .sources = "1,2,3,8" },
	{ .name = "every frame is drawn for its own page",
	  .mem = "....kkkk.....", .give = "0,4,5,6,7", .sources = "4,5,6,7",
	  .in_place = 4 },
	{ .name = "every frame is drawn at home, from the end",
	  .mem = "....kkkk.....", .give = "0,7,6,5,4", .sources = "4,5,6,7",
	  .in_place = 4 },
	{ .name = "a frame comes home, the other moves on",
	  .mem = "....kkkk.....", .give = "0,1,4,2,3", .sources = "4,1,2,3",
	  .in_place = 1, .displaced = 1 },
	{ .name = "one frame is pushed through the whole image",
	  .mem = "....kkkk.....", .give = "0,1,4,5,6", .sources = "4,5,6,1",
	  .in_place = 3, .displaced = 3 },
	{ .name = "later destinations first, then a stranger",
	  .mem = "....kkkk.....", .give = "0,6,1,7,4", .sources = "4,1,6,7",
	  .in_place = 3, .displaced = 1 },
	{ .name = "the last draw displaces into the last page",
	  .mem = "....kkkk.....", .give = "0,1,2,3,5", .sources = "1,5,3,2",
	  .in_place = 1, .displaced = 1 },
	{ .name = "draws for the list bring destinations only: they wait",
	  .mem = "....kkkk.....", .give = "4,5,6,7,0", .sources = "4,5,6,7",
	  .in_place = 4 },
	{ .name = "some wait, others come",
	  .mem = "....kkkk.....", .give = "5,7,0,1,4", .sources = "4,5,1,7",
	  .in_place = 3, .displaced = 1 },

	/* Two segments: entries are DEST a a DEST b b. */
	{ .name = "all at home, across segments",
	  .mem = "..aa..bb.....", .give = "0,6,2,7,3", .sources = "2,3,6,7",
	  .in_place = 4 },
	{ .name = "displaced across the boundary",
	  .mem = "..aa..bb.....", .give = "0,1,4,3,2", .sources = "2,3,4,1",
	  .in_place = 2, .displaced = 2 },
	{ .name = "the cursor passes a page in place behind a DESTINATION",
	  .mem = "..aa..bb.....", .give = "0,1,2,6,4", .sources = "2,1,6,4",
	  .in_place = 2, .displaced = 1 },
	{ .name = "the list is in the order of addresses, not of the caller",
	  .mem = "..bb..aa.....", .give = "0,1,4,5,8", .sources = "1,4,5,8" },
	{ .name = "segments that touch",
	  .mem = "..aabb.......", .give = "0,1,2,3,4", .sources = "2,3,4,1",
	  .in_place = 3, .displaced = 3 },
	{ .name = "destinations in memory in use are never drawn",
	  .mem = "..AA..bb.....", .give = "0,1,4,7", .sources = NULL,
	  .want = KIMG_E_NO_MEMORY, .a = 5, .b = 4 },
	{ .name = "a destination with no memory behind it",
	  .mem = "..aa_____", .give = "0,1,2", .sources = "2,1", .in_place = 1,
	  .displaced = 1 },

	/* Not enough. 4 pages and 1 for the list make 5. */
	{ .name = "nothing at all",
	  .mem = "....kkkk.....", .give = "",
	  .want = KIMG_E_NO_MEMORY, .a = 5, .b = 0 },
	{ .name = "enough for the list",
	  .mem = "....kkkk.....", .give = "0",
	  .want = KIMG_E_NO_MEMORY, .a = 5, .b = 1 },
	{ .name = "one too few",
	  .mem = "....kkkk.....", .give = "0,1,4,7",
	  .want = KIMG_E_NO_MEMORY, .a = 5, .b = 4 },
	{ .name = "only destinations: all pages could be placed, the list cannot",
	  .mem = "....kkkk.....", .give = "4,5,6,7",
	  .want = KIMG_E_NO_MEMORY, .a = 5, .b = 4 },

	/* Above the limit: frames 8 and up. */
	{ .name = "frames above the limit are parked and given back",
	  .mem = "..aa..........", .give = "10,0,11,1,12,4", .sources = "1,4",
	  .parked = 3, .limit = 0x7fff },
	{ .name = "the last frame of the limit is good",
	  .mem = "..aa..........", .give = "0,7,8,6", .sources = "7,6",
	  .parked = 1, .limit = 0x7fff },
	{ .name = "a limit within a frame: that frame is not good",
	  .mem = "..aa..........", .give = "0,7,6,5", .sources = "6,5",
	  .parked = 1, .limit = 0x7ffe },
	{ .name = "too few below the limit",
	  .mem = "..aa..........", .give = "10,0,11,1",
	  .want = KIMG_E_NO_MEMORY_BELOW, .a = 3, .b = 2, .c = 0x7fff, .d = 2,
	  .limit = 0x7fff },
	{ .name = "all above the limit",
	  .mem = "..aa..........", .give = "8,9,10,11,12",
	  .want = KIMG_E_NO_MEMORY_BELOW, .a = 3, .b = 0, .c = 0x7fff, .d = 5,
	  .limit = 0x7fff },

	/* Control pages come first. */
	{ .name = "two control pages, one draw is a destination",
	  .mem = "..aa..........", .give = "5,3,6,0,1", .sources = "1,3",
	  .control = 2, .in_place = 1 },
	{ .name = "too few for the control pages",
	  .mem = "..aa..........", .give = "5,3", .want = KIMG_E_NO_MEMORY,
	  .a = 5, .b = 2, .control = 2 },

	/* Claims. */
	{ .name = "all destinations are claimed",
	  .mem = "..aa..bb.....", .give = "0", .sources = "2,3,6,7",
	  .claim = SIM_CLAIM_ALL, .in_place = 4 },
	{ .name = "a waiting frame is not claimed again",
	  .mem = "..aa..bb.....", .give = "3,6,0", .sources = "2,3,6,7",
	  .claim = SIM_CLAIM_ALL, .in_place = 4 },
	{ .name = "claims where memory is free, draws for the rest",
	  .mem = "..aA..bb.....", .give = "0,1", .sources = "2,1,6,7",
	  .claim = SIM_CLAIM_ALL, .in_place = 3 },
	{ .name = "a claim that gets nothing",
	  .mem = "..aa..bb.....", .give = "0,1,4,5,6", .sources = "1,4,6,5",
	  .claim = SIM_CLAIM_NONE, .in_place = 1, .displaced = 1 },

	/* Pages of 32 bytes: 3 entries of 8 bytes and a link. */
	{ .name = "list of two full pages, DONE in the last slot",
	  .mem = "....kkkkk........", .give = "0,1,2,3,9,10,11",
	  .sources = "2,3,9,10,11", .page_shift = 5 },
	{ .name = "one entry more: a third page",
	  .mem = "....kkkkkk.......", .give = "0,1,2,3,9,10,11,12,13",
	  .sources = NULL, .want = KIMG_E_OK, .page_shift = 5,
	  .in_place = 1 },
	{ .name = "displaced through three list pages",
	  .mem = "....kkkkkk.......", .give = "0,1,2,3,4,5,6,7,8",
	  .sources = "4,5,6,7,8,3", .page_shift = 5, .in_place = 5,
	  .displaced = 5 },
	/* 7 entries of 4 bytes and a link. */
	{ .name = "entries of 4 bytes",
	  .mem = "....kkkkkkk......", .give = "0,1,2,3,4,5,6,7,8",
	  .sources = "4,5,6,7,8,3,2", .page_shift = 5, .entry_size = 4,
	  .in_place = 5, .displaced = 5 },
};

/* "3,1,2" to numbers. */
static size_t numbers(const char *text, uint64_t *to, size_t most)
{
	size_t count = 0;

	while (text && *text) {
		char *end;

		assert_true(count < most);
		to[count++] = strtoull(text, &end, 10);
		text = *end ? end + 1 : end;
	}
	return count;
}

/* The sources in list order, read through the public calls. */
static void sources(const struct rig *rig, char *to, size_t size)
{
	size_t at = 0;

	to[0] = '\0';
	for (uint32_t i = 0; i < rig->image.entries; i++) {
		kimg_entry_t entry = kimg_read_entry(&rig->image,
						     kimg_position(&rig->image, i));

		if (entry & KIMG_SOURCE)
			at += (size_t)snprintf(to + at, size - at, "%s%" PRIu64,
					       at ? "," : "",
					       entry >> rig->host.page_shift);
	}
}

static void run_row(const struct row *row)
{
	char have[200], text[200] = "";
	uint64_t give[32], held;
	struct rig rig;
	enum kimg_error error;

	rig_picture(&rig, row->mem, row->page_shift ? row->page_shift : 12,
		    row->entry_size ? row->entry_size : 8);
	if (row->limit)
		sim_set_limits(rig.sim, row->limit, UINT64_MAX, UINT64_MAX, 1000);
	sim_set_allocator(rig.sim, SIM_SCRIPT, 0);
	sim_set_script(rig.sim, give, numbers(row->give, give, 32));
	sim_set_claim(rig.sim, row->claim);
	sim_set_watch(rig.sim, true);
	rig.control = row->control;

	error = rig_place(&rig);
	if (error != row->want)
		fail_msg("%s: %s", row->name, kimg_error_id(error));
	if (error) {
		if (rig.why.a != row->a || rig.why.b != row->b ||
		    (row->c && rig.why.c != row->c) || rig.why.d != row->d)
			fail_msg("%s: numbers %" PRIu64 " %" PRIu64 " %#" PRIx64
				 " %" PRIu64, row->name, rig.why.a, rig.why.b,
				 rig.why.c, rig.why.d);
		assert_int_equal(rig.image.state, KIMG_NEW);
		assert_clean(&rig);
	} else {
		held = rig.image.pages + rig.image.list_pages + row->control;
		assert_int_equal(rig.image.state, KIMG_PLACED);
		sources(&rig, have, sizeof(have));
		if (row->sources && strcmp(have, row->sources))
			fail_msg("%s: sources are %s", row->name, have);
		if (rig.image.stats.in_place != row->in_place ||
		    (row->sources && rig.image.stats.displaced != row->displaced) ||
		    rig.image.stats.parked != row->parked)
			fail_msg("%s: in place %zu, displaced %zu, parked %zu", row->name,
				 rig.image.stats.in_place,
				 rig.image.stats.displaced, rig.image.stats.parked);
		assert_int_equal(sim_counts(rig.sim).held, held);
		assert_int_equal(sim_counts(rig.sim).copied, 0);
		if (!oracle_image(&rig, false, false, text))
			fail_msg("%s: %s", row->name, text);
		assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_OK);
		assert_error(&rig, kimg_fill(&rig.image, &rig.why), KIMG_OK);
		assert_error(&rig, kimg_seal(&rig.image, &rig.why), KIMG_OK);
		/* A destination without memory cannot be leapt into. */
		if (!strchr(row->mem, '_'))
			rig_judge(&rig);
	}
	rig_close(&rig);
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run_row(&rows[i]);
}

/* Parked frames go back when placing ends, not when the image is unloaded. */
static void test_parked_given_early(void **state)
{
	struct rig rig;

	(void)state;
	rig_empty(&rig, 12, 4, UINT32_MAX);
	sim_set_limits(rig.sim, 0xfffff, UINT32_MAX, UINT32_MAX, 5000);
	assert_true(sim_add_ram(rig.sim, 0, 0x4000000));
	sim_set_allocator(rig.sim, SIM_ASCENDING, 0);
	sim_set_above_first(rig.sim, 3000);
	rig_add_segment(&rig, 0x200000, 0x10000, 0x10000);
	assert_error(&rig, rig_place(&rig), KIMG_OK);
	assert_int_equal(rig.image.stats.parked, 3000);
	assert_int_equal(sim_counts(rig.sim).held, 17);
	assert_true(sim_counts(rig.sim).held_most >= 3000);
	rig_close(&rig);
}

/* Never many more parked than the host allows, however it hands them out. */
static void test_park_max(void **state)
{
	(void)state;
	for (int runs = 0; runs < 2; runs++) {
		for (uint64_t above = 99; above <= 102; above++) {
			struct rig rig;
			enum kimg_error error;

			rig_empty(&rig, 12, 4, UINT32_MAX);
			sim_set_limits(rig.sim, 0xffffff, UINT32_MAX, UINT32_MAX, 100);
			assert_true(sim_add_ram(rig.sim, 0, 0x4000000));
			sim_set_allocator(rig.sim, runs ? SIM_ASCENDING_RUNS :
					  SIM_ASCENDING, 0);
			sim_set_above_first(rig.sim, above);
			rig_add_segment(&rig, 0x200000, 0x400000, 0x10000);
			error = rig_place(&rig);
			assert_error(&rig, error, above <= 100 ? KIMG_OK :
				     KIMG_E_NO_MEMORY_BELOW);
			if (error)
				assert_clean(&rig);
			rig_close(&rig);
		}
		/* A host that has nothing but memory above the limit. */
		for (uint64_t pages = 16; pages <= 8192; pages *= 8) {
			struct rig rig;

			rig_empty(&rig, 12, 4, UINT32_MAX);
			sim_set_limits(rig.sim, 0xffffff, UINT32_MAX, UINT32_MAX, 100);
			assert_true(sim_add_ram(rig.sim, 0, 0x8000000));
			sim_set_allocator(rig.sim, runs ? SIM_ASCENDING_RUNS :
					  SIM_ASCENDING, 0);
			sim_set_above_first(rig.sim, UINT64_MAX);
			rig_add_segment(&rig, 0x200000, pages << 12, 1);
			assert_error(&rig, rig_place(&rig), KIMG_E_NO_MEMORY_BELOW);
			assert_true(sim_counts(rig.sim).held_most <=
				    pages + 101 + rig.image.list_pages);
			rig_close(&rig);
		}
	}
}

/* The control limit may be lower than the source limit: misfits become sources. */
static void test_control_limit(void **state)
{
	struct rig rig;

	(void)state;
	rig_picture(&rig, "..aaaa..........", 12, 8);
	sim_set_limits(rig.sim, UINT64_MAX, UINT64_MAX, 0x7fff, 1000);
	sim_set_allocator(rig.sim, SIM_DESCENDING, 0);
	rig.control = 2;
	assert_error(&rig, rig_load(&rig), KIMG_OK);
	assert_true(rig.image.control[0] < 8 && rig.image.control[1] < 8);
	rig_judge(&rig);
	rig_close(&rig);
}

/* Hosts that the engine cannot serve. */
static void test_host_config(void **state)
{
	static const struct {
		unsigned int shift, size;
		uint64_t limit;
		enum kimg_error want;
	} host_rows[] = {
		{ 12, 4, UINT32_MAX, KIMG_OK }, { 12, 8, UINT64_MAX, KIMG_OK },
		{ 5, 8, UINT64_MAX, KIMG_OK }, { 16, 4, UINT32_MAX, KIMG_OK },
		{ 4, 8, UINT64_MAX, KIMG_E_HOST_CONFIG },
		{ 17, 8, UINT64_MAX, KIMG_E_HOST_CONFIG },
		{ 12, 2, 0xffff, KIMG_E_HOST_CONFIG },
		{ 12, 0, 0xffff, KIMG_E_HOST_CONFIG },
		{ 12, 4, 0x100000000, KIMG_E_HOST_CONFIG },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(host_rows) / sizeof(host_rows[0]); i++) {
		struct sim *sim = sim_new(host_rows[i].shift, host_rows[i].size,
					  host_rows[i].limit);
		struct kimg_host host = sim_host(sim);
		struct kimg_image image;
		struct kimg_why why;

		assert_int_equal(kimg_init(&image, &host, &why), host_rows[i].want);
		if (host_rows[i].want) {
			assert_int_equal(why.a, host_rows[i].shift);
			assert_int_equal(why.b, host_rows[i].size);
			assert_int_equal(why.c, host_rows[i].limit);
		}
		sim_delete(sim);
	}
	for (int missing = 0; missing < 6; missing++) {
		struct sim *sim = sim_new(12, 8, UINT64_MAX);
		struct kimg_host host = sim_host(sim);
		struct kimg_host_ops ops = *host.ops;
		struct kimg_image image;
		struct kimg_why why;

		host.ops = &ops;
		if (missing == 0)
			ops.draw = NULL;
		else if (missing == 1)
			ops.give = NULL;
		else if (missing == 2)
			ops.map = NULL;
		else if (missing == 3)
			ops.unmap = NULL;
		else if (missing == 4)
			ops.pull = NULL;
		else
			host.ops = NULL;
		assert_int_equal(kimg_init(&image, &host, &why), KIMG_E_HOST_CONFIG);
		sim_delete(sim);
	}
}

/* Each of the three limits must fit into an entry. */
static void test_host_limits(void **state)
{
	(void)state;
	for (int high = 0; high < 3; high++) {
		uint64_t limit[3] = { UINT32_MAX, UINT32_MAX, UINT32_MAX };
		struct sim *sim = sim_new(12, 4, UINT32_MAX);
		struct kimg_image image;
		struct kimg_host host;
		struct kimg_why why;

		limit[high]++;
		sim_set_limits(sim, limit[0], limit[1], limit[2], 0);
		host = sim_host(sim);
		assert_int_equal(kimg_init(&image, &host, &why), KIMG_E_HOST_CONFIG);
		assert_int_equal(why.c, limit[high]);
		sim_delete(sim);
	}
}

/* Each call in each state: allowed, or STATE and nothing changed. */
static void test_states(void **state)
{
	static const char allowed[4][7] = {
		/* plan place fill seal check (P p f s c), by state */
		"Pp...", "..f.c", "...sc", "....c",
	};
	struct kimg_why why;
	struct rig rig;

	(void)state;
	for (enum kimg_state at = KIMG_NEW; at <= KIMG_SEALED; at++) {
		for (int call = 0; call < 5; call++) {
			enum kimg_error error = KIMG_OK;

			rig_picture(&rig, "..aaaa..........", 12, 8);
			assert_error(&rig, rig_plan(&rig), KIMG_OK);
			if (at >= KIMG_PLACED)
				assert_error(&rig, rig_place(&rig), KIMG_OK);
			if (at >= KIMG_LOADED)
				assert_error(&rig, kimg_fill(&rig.image, &why), KIMG_OK);
			if (at >= KIMG_SEALED)
				assert_error(&rig, kimg_seal(&rig.image, &why), KIMG_OK);
			assert_int_equal(rig.image.state, at);

			if (!rig.scratch)
				rig.scratch = malloc(kimg_scratch_size(&rig.image));
			if (call == 0)
				error = kimg_plan(&rig.image, rig.segment, 1, 0,
						  NULL, &why);
			else if (call == 1)
				error = kimg_place(&rig.image, rig.scratch,
						   kimg_scratch_size(&rig.image), &why);
			else if (call == 2)
				error = kimg_fill(&rig.image, &why);
			else if (call == 3)
				error = kimg_seal(&rig.image, &why);
			else
				error = kimg_check(&rig.image, &why);

			if (allowed[at][call] != '.') {
				assert_int_equal(error, KIMG_OK);
			} else {
				assert_int_equal(error, KIMG_E_STATE);
				assert_int_equal(why.a, at);
				assert_int_equal(rig.image.state, at);
			}
			rig_close(&rig);
		}
	}
}

static void test_scratch(void **state)
{
	struct rig rig;
	size_t size;

	(void)state;
	rig_picture(&rig, "..aaaa..........", 12, 8);
	assert_error(&rig, rig_plan(&rig), KIMG_OK);
	size = kimg_scratch_size(&rig.image);
	rig.scratch = malloc(size);
	assert_error(&rig, kimg_place(&rig.image, rig.scratch, size - 1, &rig.why),
		     KIMG_E_SCRATCH);
	assert_int_equal(rig.why.a, size);
	assert_int_equal(rig.why.b, size - 1);
	assert_error(&rig, kimg_place(&rig.image, (char *)rig.scratch + 4, size, &rig.why),
		     KIMG_E_ARGUMENT);
	assert_int_equal(rig.why.a, 2);
	assert_error(&rig, kimg_place(&rig.image, rig.scratch, size, &rig.why), KIMG_OK);
	kimg_free(&rig.image);
	/* Freeing forgets the plan: there is nothing to place. */
	assert_error(&rig, kimg_place(&rig.image, rig.scratch, size, &rig.why),
		     KIMG_E_STATE);
	rig_close(&rig);
}

/* What the header promises of the size: 8 for 511 pages, 1 for each, 20 KiB. */
static void test_scratch_size(void **state)
{
	struct rig rig;

	(void)state;
	for (uint64_t pages = 1; pages <= 1 << 24; pages *= 4) {
		rig_empty(&rig, 12, 8, UINT64_MAX);
		rig_add_segment(&rig, 0, pages << 12, 0);
		assert_error(&rig, rig_plan(&rig), KIMG_OK);
		assert_true(kimg_scratch_size(&rig.image) <=
			    (pages / 511 + 2) * 8 + pages + 20 * 1024);
		rig_close(&rig);
	}
}

/* After free, the same image can be planned and placed again; free is idempotent. */
static void test_again(void **state)
{
	struct rig rig;

	(void)state;
	rig_picture(&rig, "..aaaa..bbb.............", 12, 8);
	sim_set_allocator(rig.sim, SIM_RANDOM, 5);
	for (int i = 0; i < 5; i++) {
		assert_error(&rig, rig_load(&rig), KIMG_OK);
		rig_judge(&rig);
		rig_unload(&rig);
		assert_clean(&rig);
		assert_int_equal(rig.image.state, KIMG_NEW);
		kimg_free(&rig.image);
	}
	rig_close(&rig);
}

/* Segments 2^31 frames apart, the upper one first: no difference fits an int. */
static void test_far_apart(void **state)
{
	static const uint64_t apart[] = {
		(uint64_t)1 << 43, ((uint64_t)1 << 43) + 0x4000, (uint64_t)1 << 44,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(apart) / sizeof(*apart); i++) {
		uint64_t upper = 0x8000 + apart[i];
		struct rig rig;

		rig_empty(&rig, 12, 8, UINT64_MAX);
		assert_true(sim_add_ram(rig.sim, 0, 0x40000));
		assert_true(sim_add_ram(rig.sim, upper, upper + 0x3000));
		sim_reserve(rig.sim, upper, upper + 0x3000);
		rig_add_segment(&rig, upper, 0x3000, 0x2fff);
		rig_add_segment(&rig, 0x8000, 0x2000, 0x1001);
		assert_error(&rig, rig_load(&rig), KIMG_OK);
		assert_int_equal(rig.image.extent[0].first, 8);
		rig_judge(&rig);
		rig_close(&rig);
	}
}

/* No segments: a list that is DONE from the start, or nothing but control pages. */
static void test_empty_image(void **state)
{
	struct rig rig;

	(void)state;
	rig_picture(&rig, "......", 12, 8);
	rig.control = 2;
	assert_error(&rig, rig_load(&rig), KIMG_OK);
	assert_int_equal(rig.image.head, KIMG_DONE);
	/* The position of DONE is INVALID, and that names the head. */
	assert_int_equal(kimg_position(&rig.image, 0).frame, KIMG_NO_FRAME);
	assert_int_equal(kimg_read_entry(&rig.image, kimg_position(&rig.image, 0)),
			 KIMG_DONE);
	rig_judge(&rig);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_parked_given_early),
		cmocka_unit_test(test_park_max),
		cmocka_unit_test(test_control_limit),
		cmocka_unit_test(test_host_config),
		cmocka_unit_test(test_host_limits),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_scratch),
		cmocka_unit_test(test_scratch_size),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_far_apart),
		cmocka_unit_test(test_empty_image),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
