/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * kimg_check() and the tests' own oracle against planted corruption: both must
 * detect each one, and kimg_check() must report where, with the right numbers. So
 * both the check and the oracle are known to fail when they should.
 *
 * The machine, with pages of 32 bytes, so that the list has three pages of three
 * entries of 8 bytes and a link:
 *
 *	frames	0 .. 9	memory		10 .. 13  a a a a	20 21  b b
 *	list	DEST a, a0, a1 | a2, a3, DEST b | b0, b1, DONE
 *
 * Frames come in ascending order from 0: control 0 1, list 2 3 4, and sources
 * 5 6 7 8 9 14.
 */
#include "support.h"

#include <inttypes.h>

#define MACHINE "..........aaaa......bb........"

static void set_up(struct rig *rig)
{
	rig_picture(rig, MACHINE, 5, 8);
	sim_set_allocator(rig->sim, SIM_SCRIPT, 0);
	sim_set_script(rig->sim, (const uint64_t[]){ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 14 },
		       11);
	rig->control = 2;
	assert_error(rig, rig_load(rig), KIMG_OK);
	assert_int_equal(rig->image.list_pages, 3);
}

/* Write an entry behind the engine's back. */
static void plant(struct rig *rig, uint64_t frame, uint32_t slot, uint64_t entry)
{
	assert_true(sim_poke(rig->sim, frame, slot * 8, &entry, sizeof(entry)));
}

static uint64_t source(uint64_t frame)
{
	return frame << 5 | KIMG_SOURCE;
}

/* One corruption of one slot, and what kimg_check() must say of it. */
struct row {
	const char *name;
	uint64_t frame;
	uint32_t slot;
	uint64_t entry;
	enum kimg_error want;
	uint64_t a, b, c;
};

#define S4(frame, slot, entry) KIMG_E_S4, frame, entry, slot

static const struct row rows[] = {
	{ "a source that is another's destination", 2, 1, 11 << 5 | 8,
	  KIMG_E_S1, 11, 10, 0 },
	{ "a source in the other segment", 4, 0, 13 << 5 | 8, KIMG_E_S1, 13, 20, 0 },
	{ "a source used twice", 2, 2, 5 << 5 | 8, KIMG_E_S3, 5, 0, 0 },
	{ "a source that is a list page", 2, 2, 3 << 5 | 8, KIMG_E_S3, 3, 0, 0 },
	{ "a source that is a control page", 4, 1, 1 << 5 | 8, KIMG_E_S3, 1, 0, 0 },
	{ "a DESTINATION changed", 2, 0, 11 << 5 | 1, S4(2, 0, 11 << 5 | 1) },
	{ "a DESTINATION missing", 3, 2, 7 << 5 | 8, S4(3, 2, 7 << 5 | 8) },
	{ "a source missing", 3, 1, 0, S4(3, 1, 0) },
	{ "a source with a second flag", 3, 1, 8 << 5 | 9, S4(3, 1, 8 << 5 | 9) },
	{ "a source with an unknown flag", 3, 1, 8 << 5 | 24, S4(3, 1, 8 << 5 | 24) },
	{ "DONE too early", 3, 0, 4, S4(3, 0, 4) },
	{ "DONE missing", 4, 2, 0, S4(4, 2, 0) },
	{ "something behind DONE", 4, 3, 4, S4(4, 3, 4) },
	{ "a source behind DONE", 4, 3, 15 << 5 | 8, S4(4, 3, 15 << 5 | 8) },
	{ "a link cut", 2, 3, 0, S4(2, 3, 0) },
	{ "a link to the wrong page", 2, 3, 4 << 5 | 2, S4(2, 3, 4 << 5 | 2) },
	{ "a link back: a cycle", 3, 3, 2 << 5 | 2, S4(3, 3, 2 << 5 | 2) },
	{ "a link to where is no memory", 3, 3, 9000 << 5 | 2, S4(3, 3, 9000 << 5 | 2) },
	{ "a link that is a source", 2, 3, 3 << 5 | 8, S4(2, 3, 3 << 5 | 8) },
};

static void judge(struct rig *rig, const char *name, enum kimg_error want,
		  uint64_t a, uint64_t b, uint64_t c)
{
	enum kimg_error error = kimg_check(&rig->image, &rig->why);
	char text[200] = "";

	if (error != want || rig->why.error != want || rig->why.a != a ||
	    rig->why.b != b || rig->why.c != c)
		fail_msg("%s: %s %#" PRIx64 " %#" PRIx64 " %#" PRIx64, name,
			 kimg_error_id(error), rig->why.a, rig->why.b, rig->why.c);
	if (oracle_image(rig, true, false, text))
		fail_msg("%s: the oracle saw nothing", name);
	if (!text[0])
		fail_msg("%s: the oracle has no words", name);
	assert_int_equal(rig->image.state, KIMG_SEALED);
	assert_null(sim_violation(rig->sim));
}

static void test_planted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct rig rig;
		uint64_t before;

		set_up(&rig);
		memcpy(&before, sim_peek(rig.sim, row->frame) + row->slot * 8, 8);
		plant(&rig, row->frame, row->slot, row->entry);
		judge(&rig, row->name, row->want, row->a, row->b, row->c);
		plant(&rig, row->frame, row->slot, before);
		assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_OK);
		rig_close(&rig);
	}
}

/* The same in the image itself: head, control pages, directory. */
static void test_planted_in_image(void **state)
{
	struct rig rig;

	(void)state;
	set_up(&rig);
	rig.image.head = 3 << 5 | KIMG_INDIRECTION;
	judge(&rig, "head", KIMG_E_S4, KIMG_NO_FRAME, 3 << 5 | KIMG_INDIRECTION, 0);
	rig.image.head = 2 << 5 | KIMG_INDIRECTION;

	rig.image.control[1] = 12;
	judge(&rig, "control page in a destination", KIMG_E_S2, 12, 0, 0);
	rig.image.control[1] = 0;
	judge(&rig, "control page twice", KIMG_E_S3, 0, 0, 0);
	rig.image.control[1] = 7;
	judge(&rig, "control page that is a source", KIMG_E_S3, 7, 0, 0);
	rig.image.control[1] = 1;

	rig.image.directory[1] = 4;
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_E_S4);
	rig.image.directory[1] = 3;
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_OK);
	rig_close(&rig);
}

/* A block of more frames than a run has: each of them counts. */
static void test_long_block(void **state)
{
	struct kimg_block block = { .first = 64, .order = 6 };
	struct rig rig;

	(void)state;
	set_up(&rig);
	rig.image.blocks = &block;
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_OK);
	for (uint64_t frame = 64; frame < 128; frame++) {
		plant(&rig, 3, 0, source(frame));
		judge(&rig, "frame of a block that is a source", KIMG_E_S3, frame, 0, 0);
	}
	plant(&rig, 3, 0, source(7));
	rig.image.blocks = NULL;
	rig_close(&rig);
}

/* S5: the frames stay, the limits come down. */
static void test_limits(void **state)
{
	struct rig rig;

	(void)state;
	set_up(&rig);
	/* Frame 14 is the highest source: 0x1c0 .. 0x1df. */
	rig.host.source_limit = 0x1df;
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_OK);
	rig.host.source_limit = 0x1de;
	judge(&rig, "source above the limit", KIMG_E_S5, 14, 0x1de, 0);
	/* Frame 4 is the highest of the list: 0x80 .. 0x9f; sources are above. */
	rig.host.source_limit = 0x5e;
	judge(&rig, "list page above the limit", KIMG_E_S5, 2, 0x5e, 0);
	rig.host.source_limit = UINT64_MAX;
	rig.host.control_limit = 0x3e;
	judge(&rig, "control page above the limit", KIMG_E_S5, 1, 0x3e, 0);
	rig.host.control_limit = 0x3f;
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_OK);
	rig.host.control_limit = UINT64_MAX;
	rig_close(&rig);
}

/* S2 for the list: a list page that is a destination, linked consistently. */
static void test_list_in_destination(void **state)
{
	struct rig rig;
	unsigned char page[32];

	(void)state;
	set_up(&rig);
	memcpy(page, sim_peek(rig.sim, 3), sizeof(page));
	assert_true(sim_poke(rig.sim, 12, 0, page, sizeof(page)));
	plant(&rig, 2, 3, 12 << 5 | KIMG_INDIRECTION);
	rig.image.directory[1] = 12;
	judge(&rig, "list page in a destination", KIMG_E_S2, 12, 0, 0);
	rig.image.directory[1] = 3;
	rig_close(&rig);
}

/*
 * A source far away, as corruption makes it: the check ends, and soon. Without
 * care it would go through all frames up to there.
 */
static void test_far_source(void **state)
{
	struct rig rig;

	(void)state;
	set_up(&rig);
	plant(&rig, 3, 1, source((uint64_t)1 << 58));
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_OK);
	plant(&rig, 3, 0, source((uint64_t)1 << 58));
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_E_S3);
	assert_true(rig.why.a == (uint64_t)1 << 58);
	plant(&rig, 3, 0, source(7));
	plant(&rig, 3, 1, source(8));
	rig_close(&rig);
}

/* ---- Images spread over all of memory --------------------------------------------- */

#define SPREAD_PAGES 40000u

/* Frames of 32 bytes, one in 2^36; handed out one by one, in some order. */
struct spread {
	unsigned int step;		/* between two that are handed out */
	uint64_t next;
	uint64_t windows, pauses;
	unsigned int open;
	unsigned char *memory;
};

#define SPREAD_FRAMES 65536u

static int spread_draw(void *ctx, enum kimg_use use, uint64_t limit, uint64_t want,
		       struct kimg_run *got)
{
	struct spread *spread = ctx;

	(void)use, (void)limit, (void)want;
	spread->next = (spread->next + spread->step) % SPREAD_FRAMES;
	got->first = spread->next << 36;
	got->count = 1;
	return 0;
}

static void spread_give(void *ctx, uint64_t first, uint64_t count)
{
	(void)ctx, (void)first, (void)count;
}

static void *spread_map(void *ctx, uint64_t frame)
{
	struct spread *spread = ctx;

	spread->windows++;
	spread->open++;
	return spread->memory + (frame >> 36) * 32;
}

static void spread_unmap(void *ctx, void *window)
{
	struct spread *spread = ctx;

	(void)window;
	spread->open--;
}

static int spread_pull(void *ctx, uint32_t segment, uint64_t offset, void *to, size_t size)
{
	(void)ctx, (void)segment, (void)offset, (void)to, (void)size;
	return 0;
}

static void spread_pause(void *ctx)
{
	struct spread *spread = ctx;

	assert_int_equal(spread->open, 0);
	spread->pauses++;
}

/*
 * Frames 1, 2, 3 ... of those handed out, each with a use. What a pass finds last is
 * what the next one finds first: use that once more, in place of the highest frame.
 */
static void check_edges(struct kimg_image *image)
{
	struct kimg_pos last = kimg_position(image, image->entries - 1);
	kimg_entry_t own = kimg_read_entry(image, last);
	uint32_t edges = 0;

	for (uint64_t edge = image->heap_size; edge << 41 < own;
	     edge += image->heap_size - 1, edges++) {
		struct kimg_why why;

		kimg_write_entry(image, last, edge << 41 | KIMG_SOURCE);
		assert_int_equal(kimg_check(image, &why), KIMG_E_S3);
		assert_true(why.a == edge << 36);
	}
	kimg_write_entry(image, last, own);
	assert_int_equal(edges, 9);
}

/* A bounded number of passes wherever the frames lie, and a pause in each. */
static void test_spread(void **state)
{
	static const unsigned int steps[] = { 1, SPREAD_FRAMES - 1, 40503, 32769 };
	/* Wanted between two frames, so that none is a destination. */
	static const struct kimg_segment segment = { 32, SPREAD_PAGES * 32, 0 };
	const struct kimg_host_ops ops = {
		.draw = spread_draw, .give = spread_give, .map = spread_map,
		.unmap = spread_unmap, .pull = spread_pull, .pause = spread_pause,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct spread spread = { .step = steps[i] };
		struct kimg_host host = {
			.ops = &ops, .ctx = &spread, .page_shift = 5, .entry_size = 8,
			.source_limit = UINT64_MAX, .destination_limit = UINT64_MAX,
			.control_limit = UINT64_MAX,
		};
		struct kimg_image image;
		struct kimg_why why;
		struct kimg_pos pos;
		kimg_entry_t before;
		void *scratch;

		spread.memory = calloc(SPREAD_FRAMES, 32);
		assert_int_equal(kimg_init(&image, &host, &why), KIMG_OK);
		assert_int_equal(kimg_plan(&image, &segment, 1, 1, NULL, &why), KIMG_OK);
		scratch = malloc(kimg_scratch_size(&image));
		assert_int_equal(kimg_place(&image, scratch, kimg_scratch_size(&image),
					    &why), KIMG_OK);
		spread.windows = spread.pauses = 0;
		assert_int_equal(kimg_check(&image, &why), KIMG_OK);
		/* Sources, list and control page are 53336 frames, 5511 at a time. */
		assert_true(spread.windows <= 12 * (uint64_t)image.list_pages);
		assert_true(spread.pauses >= spread.windows);

		/* The first source a second time, wherever it is. */
		before = kimg_read_entry(&image, kimg_position(&image, 1));
		for (uint32_t entry = 2; entry < image.entries; entry += 1999) {
			kimg_entry_t own;

			pos = kimg_position(&image, entry);
			own = kimg_read_entry(&image, pos);
			kimg_write_entry(&image, pos, before);
			assert_int_equal(kimg_check(&image, &why), KIMG_E_S3);
			assert_true(why.a == before >> 5);
			kimg_write_entry(&image, pos, own);
		}
		assert_int_equal(kimg_check(&image, &why), KIMG_OK);
		if (steps[i] == 1)
			check_edges(&image);
		kimg_free(&image);
		free(scratch);
		free(spread.memory);
	}
}

/* Sealing checks too; after the refusal the image is LOADED and can be freed. */
static void test_seal_refuses(void **state)
{
	struct rig rig;

	(void)state;
	rig_picture(&rig, MACHINE, 5, 8);
	sim_set_allocator(rig.sim, SIM_SCRIPT, 0);
	sim_set_script(rig.sim, (const uint64_t[]){ 2, 3, 4, 5, 6, 7, 8, 9, 14 }, 9);
	assert_error(&rig, rig_place(&rig), KIMG_OK);
	assert_error(&rig, kimg_fill(&rig.image, &rig.why), KIMG_OK);
	plant(&rig, 2, 1, source(6));
	assert_error(&rig, kimg_seal(&rig.image, &rig.why), KIMG_E_S3);
	assert_int_equal(rig.image.state, KIMG_LOADED);
	plant(&rig, 2, 1, source(5));
	assert_error(&rig, kimg_seal(&rig.image, &rig.why), KIMG_OK);
	rig_judge(&rig);
	rig_close(&rig);
}

/* A list damaged between placing and filling: no frame is written that is not ours. */
static void test_fill_refuses(void **state)
{
	struct rig rig;

	(void)state;
	rig_picture(&rig, MACHINE, 5, 8);
	sim_set_allocator(rig.sim, SIM_SCRIPT, 0);
	sim_set_script(rig.sim, (const uint64_t[]){ 2, 3, 4, 5, 6, 7, 8, 9, 14 }, 9);
	assert_error(&rig, rig_place(&rig), KIMG_OK);
	plant(&rig, 3, 1, 8 << 5 | KIMG_DESTINATION);
	assert_error(&rig, kimg_fill(&rig.image, &rig.why), KIMG_E_S4);
	assert_int_equal(rig.why.a, 3);
	assert_int_equal(rig.why.c, 1);
	assert_int_equal(rig.image.state, KIMG_PLACED);
	plant(&rig, 3, 1, source(8));
	rig_close(&rig);
}

/* S6: swapped sources satisfy S1 to S5, and only the leap shows them. */
static void test_leap_is_judged(void **state)
{
	struct rig rig;
	char text[200] = "";
	unsigned char byte = 0x5a;

	(void)state;
	set_up(&rig);
	plant(&rig, 2, 1, source(6));
	plant(&rig, 2, 2, source(5));
	assert_error(&rig, kimg_check(&rig.image, &rig.why), KIMG_OK);
	assert_true(oracle_image(&rig, true, false, text));
	assert_false(oracle_image(&rig, true, true, text));
	assert_false(oracle_leap(&rig, text));
	assert_int_equal(sim_verify(rig.sim, rig.segment, rig.segments, &rig.why),
			 KIMG_E_S6);
	assert_int_equal(rig.why.seg, 0);
	assert_true(rig.why.a >= 10 << 5 && rig.why.a < 11 << 5);
	plant(&rig, 2, 1, source(5));
	plant(&rig, 2, 2, source(6));
	assert_true(oracle_leap(&rig, text));
	assert_int_equal(sim_verify(rig.sim, rig.segment, rig.segments, &rig.why),
			 KIMG_OK);

	/* A single byte behind the data, and a frame that is nobody's. */
	assert_true(sim_poke(rig.sim, 21, 31, &byte, 1));
	assert_int_equal(sim_verify(rig.sim, rig.segment, rig.segments, &rig.why),
			 KIMG_E_S6);
	assert_int_equal(rig.why.a, 21 * 32 + 31);
	assert_int_equal(rig.why.b, 0x5a);
	assert_int_equal(rig.why.c, 0);
	byte = 0;
	assert_true(sim_poke(rig.sim, 21, 31, &byte, 1));
	byte = 0x5a;
	assert_true(sim_poke(rig.sim, 25, 0, &byte, 1));
	assert_int_equal(sim_verify(rig.sim, rig.segment, rig.segments, &rig.why),
			 KIMG_E_S6);
	assert_int_equal(rig.why.a, 25 * 32);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_planted),
		cmocka_unit_test(test_planted_in_image),
		cmocka_unit_test(test_long_block),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_list_in_destination),
		cmocka_unit_test(test_far_source),
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_seal_refuses),
		cmocka_unit_test(test_fill_refuses),
		cmocka_unit_test(test_leap_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
