// SPDX-License-Identifier: GPL-2.0-only
/*
 * KUnit tests of the image engine, over a pretended memory: frames of 128 bytes
 * in one allocation, handed out one at a time and in the worst of orders.
 */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/mm.h>

#include "kimg.h"

#define SHIFT	7
#define FRAME	(1u << SHIFT)
#define FRAMES	1024u
#define NEVER	UINT_MAX

struct pretended {
	struct kimg_host host;
	struct kimg_image image;
	struct kimg_segment segment[3];
	struct kimg_why why;
	u8 *memory;
	void *scratch;
	DECLARE_BITMAP(taken, FRAMES);
	unsigned int held;		/* frames that the engine has */
	unsigned int windows;		/* open ones */
	unsigned int step;		/* between frames handed out; odd */
	unsigned int last;		/* the last one */
	unsigned int fail;		/* draws until one finds nothing */
	unsigned int wrong;		/* breaches of the engine's contract */
};

static u8 pattern(u32 segment, u64 offset)
{
	return (u8)(segment * 101 + offset * 7 + (offset >> 8) + 1);
}

/* ---- The host ---------------------------------------------------------------- */

static int draw(void *ctx, enum kimg_use use, u64 limit, u64 want,
		struct kimg_run *got)
{
	struct pretended *p = ctx;
	unsigned int i, k;

	p->wrong += p->windows || !want;
	if (!p->fail)
		return 0;
	if (p->fail != NEVER)
		p->fail--;
	/* For blocks, as an allocator of powers of two would. */
	if (use == KIMG_USE_CONTROL && want > 1) {
		unsigned int size = (want + 1) / 2;

		for (i = 0; i < FRAMES; i += size) {
			if (find_next_bit(p->taken, i + size, i) < i + size)
				continue;
			bitmap_set(p->taken, i, size);
			p->held += size;
			got->first = i;
			got->count = size;
			return 0;
		}
		return 0;
	}
	for (i = p->last, k = 0; k < FRAMES; k++) {
		i = (i + p->step) % FRAMES;
		if (test_bit(i, p->taken))
			continue;
		__set_bit(i, p->taken);
		p->held++;
		p->last = i;
		got->first = i;
		got->count = 1;
		return 0;
	}
	return 0;
}

static void give(void *ctx, u64 first, u64 count)
{
	struct pretended *p = ctx;

	p->wrong += p->windows || first + count > FRAMES;
	for (; count; first++, count--) {
		p->wrong += !__test_and_clear_bit(first, p->taken);
		p->held--;
	}
}

static void *map(void *ctx, u64 frame)
{
	struct pretended *p = ctx;

	p->wrong += frame >= FRAMES || !test_bit(frame, p->taken);
	p->windows++;
	return p->memory + (frame % FRAMES << SHIFT);
}

static void unmap(void *ctx, void *window)
{
	struct pretended *p = ctx;

	p->windows--;
}

static int pull(void *ctx, u32 segment, u64 offset, void *to, size_t size)
{
	u8 *byte = to;

	for (; size; size--)
		*byte++ = pattern(segment, offset++);
	return 0;
}

static const struct kimg_host_ops ops = {
	.draw = draw,
	.give = give,
	.map = map,
	.unmap = unmap,
	.pull = pull,
};

/* ---- Loading and leaping ----------------------------------------------------- */

/* Three segments, the middle one with a tail of zeroes: 200 pages, 14 lists. */
static int set_up(struct kunit *test)
{
	struct pretended *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p);
	p->memory = kunit_kzalloc(test, FRAMES * FRAME, GFP_KERNEL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p->memory);
	memset(p->memory, 0xa5, FRAMES * FRAME);
	p->segment[0] = (struct kimg_segment){ 40 * FRAME, 100 * FRAME, 100 * FRAME };
	p->segment[1] = (struct kimg_segment){ 600 * FRAME, 60 * FRAME, 20 * FRAME + 5 };
	p->segment[2] = (struct kimg_segment){ 140 * FRAME, 40 * FRAME, 40 * FRAME - 1 };
	p->host = (struct kimg_host){
		.ops = &ops,
		.ctx = p,
		.page_shift = SHIFT,
		.entry_size = sizeof(unsigned long),
		.source_limit = FRAMES * FRAME - 1,
		.destination_limit = FRAMES * FRAME - 1,
		.control_limit = 512 * FRAME - 1,
		.park_max = FRAMES,
	};
	p->step = 1;
	p->fail = NEVER;
	test->priv = p;
	return 0;
}

static enum kimg_error plan(struct kunit *test, const struct kimg_range *region)
{
	struct pretended *p = test->priv;
	enum kimg_error error = kimg_init(&p->image, &p->host, &p->why);

	if (!error)
		error = kimg_plan(&p->image, p->segment, ARRAY_SIZE(p->segment), 2,
				  region, &p->why);
	return error;
}

static enum kimg_error load(struct kunit *test)
{
	struct pretended *p = test->priv;
	size_t size = kimg_scratch_size(&p->image);
	enum kimg_error error;

	if (!p->scratch) {
		p->scratch = kunit_kzalloc(test, size, GFP_KERNEL);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p->scratch);
	}
	error = kimg_place(&p->image, p->scratch, size, &p->why);
	if (!error)
		error = kimg_fill(&p->image, &p->why);
	if (!error)
		error = kimg_seal(&p->image, &p->why);
	return error;
}

static unsigned long entry_at(const struct pretended *p, u64 frame, unsigned int slot)
{
	const unsigned long *entry = (void *)(p->memory + (frame << SHIFT));

	return entry[slot];
}

/* Do what a trampoline does, with no help from the engine. */
static void leap(struct kunit *test)
{
	struct pretended *p = test->priv;
	unsigned long entry = p->image.head, list = 0, steps;
	unsigned int slot = 0;
	u64 to = 0;

	for (steps = 0; !(entry & KIMG_DONE) && steps < 10 * FRAMES; steps++) {
		u64 frame = entry >> SHIFT;

		KUNIT_ASSERT_LT(test, frame, (u64)FRAMES);
		if (entry & KIMG_INDIRECTION) {
			list = frame;
			slot = 0;
		} else if (entry & KIMG_DESTINATION) {
			to = frame;
		} else if (entry & KIMG_SOURCE) {
			memmove(p->memory + (to++ << SHIFT),
				p->memory + (frame << SHIFT), FRAME);
		}
		entry = entry_at(p, list, slot++);
	}
	KUNIT_EXPECT_EQ(test, entry, (unsigned long)KIMG_DONE);
}

/* Every byte that was wanted, where it was wanted. */
static void verify(struct kunit *test)
{
	struct pretended *p = test->priv;
	unsigned int i, bad = 0;
	u64 offset;

	for (i = 0; i < ARRAY_SIZE(p->segment); i++) {
		const struct kimg_segment *segment = &p->segment[i];

		for (offset = 0; offset < segment->memsz; offset++)
			bad += p->memory[segment->mem + offset] !=
			       (offset < segment->bufsz ? pattern(i, offset) : 0);
	}
	KUNIT_EXPECT_EQ(test, bad, 0u);
}

static void unload(struct kunit *test)
{
	struct pretended *p = test->priv;

	kimg_free(&p->image);
	KUNIT_EXPECT_EQ(test, p->held, 0u);
	KUNIT_EXPECT_EQ(test, p->windows, 0u);
	KUNIT_EXPECT_EQ(test, p->wrong, 0u);
}

/* ---- The tests --------------------------------------------------------------- */

/* Whatever the order of frames, each byte comes home: 1 up, -1 down, others about. */
static void test_orders(struct kunit *test)
{
	static const unsigned int steps[] = { 1, FRAMES - 1, 331, 39, 601 };
	struct pretended *p = test->priv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		p->step = steps[i];
		p->last = 0;
		KUNIT_ASSERT_EQ(test, (int)plan(test, NULL), KIMG_OK);
		KUNIT_ASSERT_EQ(test, (int)load(test), KIMG_OK);
		KUNIT_EXPECT_EQ(test, p->held, p->image.pages +
				p->image.list_pages + p->image.control_pages);
		leap(test);
		verify(test);
		unload(test);
	}
}

/* Destinations are handed out after their pages were given other frames. */
static void test_conflicts(struct kunit *test)
{
	struct pretended *p = test->priv;

	/* Frames 200 to 599 first, then from 660 on, then destinations. */
	p->last = 199;
	bitmap_set(p->taken, 300, 300);
	bitmap_set(p->taken, 660, 364);
	KUNIT_ASSERT_EQ(test, (int)plan(test, NULL), KIMG_OK);
	KUNIT_ASSERT_EQ(test, (int)load(test), KIMG_OK);
	KUNIT_EXPECT_GT(test, p->image.stats.displaced, (size_t)0);
	KUNIT_EXPECT_GT(test, p->image.stats.in_place, (size_t)0);
	leap(test);
	verify(test);
	unload(test);
}

/* The n-th draw fails: the numbers are told, and nothing is lost. */
static void test_no_memory(struct kunit *test)
{
	struct pretended *p = test->priv;
	unsigned int n, failed = 0;

	p->step = 39;
	for (n = 0; n < 2 * FRAMES; n++) {
		enum kimg_error error;

		p->fail = n;
		KUNIT_ASSERT_EQ(test, (int)plan(test, NULL), KIMG_OK);
		error = load(test);
		if (!error)
			break;
		failed++;
		KUNIT_EXPECT_EQ(test, (int)error, KIMG_E_NO_MEMORY);
		KUNIT_EXPECT_EQ(test, p->why.a, (u64)p->image.pages +
				p->image.list_pages + p->image.control_pages);
		KUNIT_EXPECT_LT(test, p->why.b, p->why.a);
		KUNIT_ASSERT_EQ(test, p->held, 0u);
		KUNIT_EXPECT_EQ(test, (int)p->image.state, KIMG_NEW);
	}
	KUNIT_EXPECT_GT(test, failed, 200u);
	leap(test);
	verify(test);
	unload(test);
}

/* Damage to a sealed image is found, and named. */
static void test_check(struct kunit *test)
{
	struct pretended *p = test->priv;
	struct kimg_pos pos;
	kimg_entry_t before;

	KUNIT_ASSERT_EQ(test, (int)plan(test, NULL), KIMG_OK);
	KUNIT_ASSERT_EQ(test, (int)load(test), KIMG_OK);
	KUNIT_EXPECT_EQ(test, (int)kimg_check(&p->image, &p->why), KIMG_OK);

	/* Entry 5 is the source for frame 44. */
	pos = kimg_position(&p->image, 5);
	before = kimg_read_entry(&p->image, pos);
	kimg_write_entry(&p->image, pos, 45 << SHIFT | KIMG_SOURCE);
	KUNIT_EXPECT_EQ(test, (int)kimg_check(&p->image, &p->why), KIMG_E_S1);
	KUNIT_EXPECT_EQ(test, p->why.b, 44ull);
	kimg_write_entry(&p->image, pos, before | KIMG_DONE);
	KUNIT_EXPECT_EQ(test, (int)kimg_check(&p->image, &p->why), KIMG_E_S4);
	kimg_write_entry(&p->image, pos,
			 p->image.control[0] << SHIFT | KIMG_SOURCE);
	KUNIT_EXPECT_EQ(test, (int)kimg_check(&p->image, &p->why), KIMG_E_S3);
	kimg_write_entry(&p->image, pos, before);

	before = p->image.head;
	p->image.head = KIMG_DONE;
	KUNIT_EXPECT_EQ(test, (int)kimg_check(&p->image, &p->why), KIMG_E_S4);
	p->image.head = before;
	KUNIT_EXPECT_EQ(test, (int)kimg_check(&p->image, &p->why), KIMG_OK);
	unload(test);
}

/* Blocks of control pages: aligned, low, wanted by nobody; before and after. */
static void test_control(struct kunit *test)
{
	struct pretended *p = test->priv;
	struct kimg_block block[5];
	unsigned int order;

	KUNIT_ASSERT_EQ(test, (int)plan(test, NULL), KIMG_OK);
	for (order = 0; order < ARRAY_SIZE(block); order++) {
		u64 size = 1 << order;

		if (order == 3)
			KUNIT_ASSERT_EQ(test, (int)load(test), KIMG_OK);
		KUNIT_ASSERT_EQ(test, (int)kimg_draw_control(&p->image,
				&block[order], order, &p->why), KIMG_OK);
		KUNIT_EXPECT_EQ(test, block[order].first & (size - 1), 0ull);
		KUNIT_EXPECT_LE(test, block[order].first + size, 512ull);
	}
	KUNIT_EXPECT_EQ(test, (int)kimg_check(&p->image, &p->why), KIMG_OK);
	KUNIT_EXPECT_EQ(test, p->held, 31 + p->image.pages + p->image.list_pages +
			p->image.control_pages);
	/* Segments that change now could want these frames. */
	KUNIT_EXPECT_EQ(test, (int)kimg_plan(&p->image, p->segment, 1, 0, NULL,
					     &p->why), KIMG_E_STATE);
	unload(test);
}

/* A crash image goes home at once: no draws, no list. */
static void test_crash(struct kunit *test)
{
	const struct kimg_range region = { 40 * FRAME, 700 * FRAME };
	struct pretended *p = test->priv;
	struct kimg_block block;

	bitmap_set(p->taken, 40, 660);
	KUNIT_ASSERT_EQ(test, (int)plan(test, &region), KIMG_OK);
	p->fail = 0;
	KUNIT_ASSERT_EQ(test, (int)kimg_draw_control(&p->image, &block, 2,
						     &p->why), KIMG_OK);
	KUNIT_EXPECT_EQ(test, block.first, 180ull);
	KUNIT_ASSERT_EQ(test, (int)load(test), KIMG_OK);
	KUNIT_EXPECT_EQ(test, p->image.control[0], 184ull);
	KUNIT_EXPECT_EQ(test, p->image.head, (kimg_entry_t)KIMG_DONE);
	verify(test);
	unload(test);
}

/* What segments may not be, each with its own error. */
static void test_segments(struct kunit *test)
{
	struct pretended *p = test->priv;

	KUNIT_ASSERT_EQ(test, (int)plan(test, NULL), KIMG_OK);
	p->segment[2].mem -= FRAME;
	KUNIT_EXPECT_EQ(test, (int)plan(test, NULL), KIMG_E_SEGMENT_OVERLAP);
	KUNIT_EXPECT_EQ(test, p->why.seg, 2u);
	KUNIT_EXPECT_EQ(test, p->why.other, 0u);
	p->segment[2].mem += FRAME + 1;
	KUNIT_EXPECT_EQ(test, (int)plan(test, NULL), KIMG_E_SEGMENT_UNALIGNED);
	p->segment[2].mem = U64_MAX - FRAME + 1;
	KUNIT_EXPECT_EQ(test, (int)plan(test, NULL), KIMG_E_SEGMENT_WRAPS);
	p->segment[2].mem = 1000 * FRAME;
	KUNIT_EXPECT_EQ(test, (int)plan(test, NULL), KIMG_E_SEGMENT_LIMIT);
	p->segment[2].memsz = 0;
	KUNIT_EXPECT_EQ(test, (int)plan(test, NULL), KIMG_E_SEGMENT_EMPTY);
}

static struct kunit_case kimg_cases[] = {
	KUNIT_CASE(test_orders),
	KUNIT_CASE(test_conflicts),
	KUNIT_CASE(test_no_memory),
	KUNIT_CASE(test_check),
	KUNIT_CASE(test_control),
	KUNIT_CASE(test_crash),
	KUNIT_CASE(test_segments),
	{}
};

static struct kunit_suite kimg_suite = {
	.name = "kimg",
	.init = set_up,
	.test_cases = kimg_cases,
};
kunit_test_suite(kimg_suite);

MODULE_LICENSE("GPL");
