/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The machine of references says of a load and a leap what a machine with bytes says;
 * it notices each violation of the contract; and it takes images of any size.
 */
#include "support.h"

#include "refs.h"

#define SIZE 4096u
#define FRAMES 2600u		/* two pages of the list, and a third */
#define RESERVED 5u

/*
 * A machine with bytes beside the one with references: the engine writes bytes, and
 * what it writes to a window is repeated in the other's.
 */
struct pair {
	struct refs *refs;
	struct kimg_host inner, host;
	struct kimg_host_ops ops;
	unsigned char (*bytes)[SIZE];
	unsigned char before[SIZE];	/* of the window, when it was opened */
	unsigned char *window, *other;
	size_t pulled;
	bool raw;			/* only bytes: no other window is opened */
};

static int draw(void *ctx, enum kimg_use use, uint64_t limit, uint64_t want,
		struct kimg_run *got)
{
	struct pair *pair = ctx;

	return pair->inner.ops->draw(pair->refs, use, limit, want, got);
}

static void give(void *ctx, uint64_t first, uint64_t count)
{
	struct pair *pair = ctx;

	pair->inner.ops->give(pair->refs, first, count);
}

static void claim(void *ctx, uint64_t first, uint64_t count, struct kimg_run *got)
{
	struct pair *pair = ctx;

	pair->inner.ops->claim(pair->refs, first, count, got);
}

static void *map(void *ctx, uint64_t frame)
{
	struct pair *pair = ctx;

	if (pair->raw)
		return frame < FRAMES ? pair->bytes[frame] : NULL;
	pair->other = pair->inner.ops->map(pair->refs, frame);
	if (!pair->other)
		return NULL;
	pair->window = pair->bytes[frame];
	pair->pulled = 0;
	memcpy(pair->before, pair->window, SIZE);
	return pair->window;
}

static void unmap(void *ctx, void *window)
{
	struct pair *pair = ctx;
	size_t at = pair->pulled;

	if (pair->raw)
		return;
	assert_ptr_equal(window, pair->window);
	if (at || memcmp(pair->window, pair->before, SIZE) != 0)
		memcpy(pair->other + at, pair->window + at, SIZE - at);
	pair->inner.ops->unmap(pair->refs, pair->other);
}

static int pull(void *ctx, uint32_t segment, uint64_t offset, void *to, size_t size)
{
	struct pair *pair = ctx;

	sim_pattern_fill(segment, offset, to, size);
	pair->pulled = size;
	return pair->inner.ops->pull(pair->refs, segment, offset, pair->other, size);
}

/* Bytes that no other frame has, nor any segment. */
static void set_bytes(struct pair *pair)
{
	for (uint32_t frame = 0; frame < FRAMES; frame++)
		for (size_t at = 0; at < SIZE; at += sizeof(frame))
			memcpy(pair->bytes[frame] + at, &frame, sizeof(frame));
}

/* All memory: four ranges that touch, the last one goes on beyond the limit. */
static void make_pair(struct pair *pair, uint64_t *random)
{
	static const struct kimg_range ram[] = {
		{ RESERVED * SIZE - 1, 700 * SIZE }, { 700 * SIZE, 701 * SIZE },
		{ 701 * SIZE, 2000 * SIZE }, { 2000 * SIZE, FRAMES * SIZE * 2 },
	};

	memset(pair, 0, sizeof(*pair));
	pair->bytes = malloc((size_t)FRAMES * SIZE);
	assert_non_null(pair->bytes);
	set_bytes(pair);
	pair->refs = refs_new(ram, 4, (uint64_t)FRAMES * SIZE - 1 - sim_random(random) % 2);
	assert_non_null(pair->refs);
	pair->ops = (struct kimg_host_ops){ .draw = draw, .give = give, .map = map,
		.unmap = unmap, .pull = pull, .claim = claim };
	pair->inner = refs_host(pair->refs);
	pair->inner.entry_size = sim_random(random) % 2 ? 4 : 8;
	pair->host = pair->inner;
	pair->host.ops = &pair->ops;
	pair->host.ctx = pair;
}

/* Some segments with gaps; data covers all, some or nothing of each. */
static uint32_t pick_segments(struct kimg_segment *segment, uint64_t *random)
{
	uint64_t at = RESERVED + sim_random(random) % 40;
	uint32_t count = 0, wanted = 1 + (uint32_t)(sim_random(random) % 5);

	for (; count < wanted; count++) {
		uint64_t pages = 1 + sim_random(random) % (FRAMES / wanted - 60);
		uint64_t least = sim_random(random) % 4 ? (pages - 1) * SIZE : 0;

		segment[count].mem = at * SIZE;
		segment[count].memsz = pages * SIZE;
		segment[count].bufsz = least + sim_random(random) % (pages * SIZE - least + 1);
		at += pages + sim_random(random) % 20;
	}
	return count;
}

/* Does every frame hold the right bytes, after the leap? */
static bool right_bytes(struct pair *pair, const unsigned char (*before)[SIZE],
			const struct kimg_segment *segment, uint32_t count)
{
	static unsigned char want[SIZE];

	for (uint32_t frame = 0; frame < FRAMES; frame++) {
		uint64_t address = (uint64_t)frame * SIZE;

		memcpy(want, before[frame], SIZE);
		for (uint32_t i = 0; i < count; i++) {
			uint64_t offset = address - segment[i].mem, left;

			if (address < segment[i].mem || offset >= segment[i].memsz)
				continue;
			left = offset < segment[i].bufsz ? segment[i].bufsz - offset : 0;
			memset(want, 0, SIZE);
			sim_pattern_fill(i, offset, want, left < SIZE ? (size_t)left : SIZE);
		}
		if (memcmp(want, pair->bytes[frame], SIZE) != 0)
			return false;
	}
	return true;
}

/* Do something to an entry that a faulty engine might do. */
static void damage(struct kimg_image *image, uint64_t *random)
{
	struct kimg_pos here = kimg_position(image, (uint32_t)(sim_random(random) % (image->entries + 1)));
	struct kimg_pos there = kimg_position(image, (uint32_t)(sim_random(random) % image->entries));
	kimg_entry_t a = kimg_read_entry(image, here), b = kimg_read_entry(image, there);
	kimg_entry_t other = sim_random(random) % (FRAMES + 2) << 12;

	switch (sim_random(random) % 6) {
	case 0:
		kimg_write_entry(image, there, a);
		/* fall through */
	case 1:
		kimg_write_entry(image, here, b);
		break;
	case 2:
		kimg_write_entry(image, here, KIMG_DONE);
		break;
	case 3:
		kimg_write_entry(image, here, other | (a & KIMG_FLAGS));
		break;
	case 4:
		kimg_write_entry(image, here, (a & ~(kimg_entry_t)KIMG_FLAGS) |
				 1u << sim_random(random) % 5);
		break;
	case 5:
		if (a & KIMG_DESTINATION)
			kimg_write_entry(image, here, a + SIZE);
		break;
	}
}

/* One image: loaded, perhaps damaged, and the verdicts of both machines on its leap. */
static void one_case(uint64_t *random, uint64_t count[2])
{
	struct kimg_segment segment[5];
	uint32_t segments = pick_segments(segment, random);
	bool harm = sim_random(random) % 4 != 0;
	struct kimg_image image;
	struct kimg_why why;
	unsigned char (*before)[SIZE] = malloc((size_t)FRAMES * SIZE);
	enum kimg_error by_refs, by_bytes;
	struct pair pair;
	uint64_t most;
	void *scratch;

	make_pair(&pair, random);
	refs_set_segments(pair.refs, segment, segments);
	assert_int_equal(kimg_init(&image, &pair.host, &why), 0);
	assert_int_equal(kimg_plan(&image, segment, segments, 6, NULL, &why), 0);
	scratch = malloc(kimg_scratch_size(&image));
	assert_non_null(scratch);
	assert_non_null(before);
	assert_int_equal(kimg_place(&image, scratch, kimg_scratch_size(&image), &why), 0);
	assert_int_equal(kimg_fill(&image, &why), 0);
	assert_int_equal(kimg_seal(&image, &why), 0);
	assert_true(image.stats.in_place > image.pages / 4);
	if (harm)
		damage(&image, random);
	memcpy(before, pair.bytes, (size_t)FRAMES * SIZE);
	most = (uint64_t)image.entries + image.list_pages + 1;

	by_refs = refs_leap(pair.refs, &image, &why);
	pair.raw = true;
	by_bytes = kimg_run_list(&pair.host, image.head, most, &why);
	pair.raw = false;
	if (!by_bytes && !right_bytes(&pair, before, segment, segments))
		by_bytes = KIMG_E_S6;
	if (!by_refs != !by_bytes)
		fail_msg("references say %s, bytes say %s", kimg_error_id(by_refs),
			 kimg_error_id(by_bytes));
	assert_true(harm || !by_refs);
	count[by_refs != 0]++;

	/* From a damaged list other frames would be given back. */
	if (!harm) {
		kimg_free(&image);
		assert_null(refs_violation(pair.refs));
	}
	refs_delete(pair.refs);
	free(pair.bytes);
	free(before);
	free(scratch);
}

static void test_same_as_bytes(void **state)
{
	uint64_t random = env_number("KLEAP_SEED", 1), cases = env_number("KLEAP_CASES", 100);
	uint64_t count[2] = { 0, 0 };

	(void)state;
	for (uint64_t i = 0; i < cases; i++)
		one_case(&random, count);
	assert_true(count[0] > cases / 8 && count[1] > cases / 4);
}

static struct refs *small_machine(void)
{
	static const struct kimg_segment segment = { 0x10000, 0x3000, 0x2800 };
	static const struct kimg_range ram[] = {
		{ 0x5001, 0x5fff }, { 0xffff, 0x20001 },	/* frames 16 .. 31 */
	};
	struct refs *refs = refs_new(ram, 2, 0xfffff);

	assert_non_null(refs);
	refs_set_segments(refs, &segment, 1);
	return refs;
}

static void expect(struct refs *refs, const char *words)
{
	const char *violation = refs_violation(refs);

	if (words && (!violation || !strstr(violation, words)))
		fail_msg("wanted '%s', got '%s'", words, violation ? violation : "no violation");
	if (!words)
		assert_null(violation);
	refs_delete(refs);
}

/* Each rule of the contract, broken alone. */
static void test_violations(void **state)
{
	static const char *const words[] = {
		NULL, "draw()", "draw()", "give() of", "give() of", "give() with", "claim()",
		"map() of a frame", "map() of a frame", "map() of a page", "unmap()", "unmap()",
		"pull()", "pull()", "pull()", "pull()", "pull()", "pull()", "pull()", "pull()",
		"as pulled", "as pulled", "left open", "frames lost",
	};
	unsigned char stray[8];

	(void)state;
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct refs *refs = small_machine();
		struct kimg_host host = refs_host(refs);
		const struct kimg_host_ops *ops = host.ops;
		struct kimg_run run = { 0, 0 }, more = { 0, 0 };
		unsigned char *window;

		assert_int_equal(ops->draw(refs, KIMG_USE_LIST, 0xfffff, 5, &run), 0);
		assert_true(run.count == 1 && run.first >= 16 && run.first < 32);
		if (i == 1)
			ops->draw(refs, KIMG_USE_LIST, 0xfffff, 0, &more);
		if (i == 3)
			ops->give(refs, 15, 1);
		if (i == 4)
			ops->give(refs, 1u << 20, 1);
		window = ops->map(refs, i == 7 ? 15 : run.first);
		assert_non_null(window);
		if (i == 2)
			ops->draw(refs, KIMG_USE_LIST, 0xfffff, 1, &more);
		if (i == 5)
			ops->give(refs, run.first, 1);
		if (i == 6)
			ops->claim(refs, 16, 3, &more);
		if (i == 8) {
			ops->map(refs, run.first);
			ops->map(refs, run.first);
		}
		if (i == 10)
			ops->unmap(refs, stray);
		if (i == 12)
			ops->pull(refs, 0, 0, stray, SIZE);
		if (i == 13)
			ops->pull(refs, 1, 0, window, SIZE);
		if (i == 14)
			ops->pull(refs, 0, 0x800, window, SIZE);
		if (i == 15)
			ops->pull(refs, 0, 0x2000, window, 0x801);
		if (i == 16)
			ops->pull(refs, 0, 0x1000, window, 0x800);
		if (i == 17)
			ops->pull(refs, 0, 0, window, 0);
		if (i == 18)
			ops->pull(refs, 0, 0, window, SIZE + 1);
		if (i == 9 || i >= 19) {
			assert_int_equal(ops->pull(refs, 0, 0x2000, window, 0x800), 0);
			memset(window + 0x800, 0, 0x800);
		}
		if (i == 19)
			ops->pull(refs, 0, 0x2000, window, 0x800);
		if (i == 20)
			window[0x7ff] = 0;
		if (i == 21)
			window[0xfff] = 1;
		if (i != 22)
			ops->unmap(refs, window);
		if (i == 9)
			ops->map(refs, run.first);
		if (i == 11)
			ops->unmap(refs, window);
		if (i != 9 && i < 22)
			ops->give(refs, run.first, 1);
		expect(refs, words[i]);
	}
}

/* What is written to a frame is there the next time; zeros are zeros. */
static void test_bytes_stay(void **state)
{
	struct refs *refs = small_machine();
	struct kimg_host host = refs_host(refs);
	struct kimg_run run = { 0, 0 };
	unsigned char *window;
	unsigned int i;

	(void)state;
	host.ops->draw(refs, KIMG_USE_LIST, 0xfffff, 1, &run);
	window = host.ops->map(refs, run.first);
	memset(window, 0, SIZE);
	host.ops->unmap(refs, window);
	window = host.ops->map(refs, run.first);
	assert_int_equal(window[0] | window[SIZE - 1], 0);
	window[5] = 17;
	host.ops->unmap(refs, window);
	for (i = 0; i < 100; i++) {
		window = host.ops->map(refs, run.first);
		assert_int_equal(window[5], 17 + i);
		window[5]++;
		host.ops->unmap(refs, window);
	}
	host.ops->give(refs, run.first, 1);
	expect(refs, NULL);

	/* A frame that was given back holds nothing any more. */
	refs = small_machine();
	host = refs_host(refs);
	host.ops->draw(refs, KIMG_USE_SOURCE, 0xfffff, 1, &run);
	window = host.ops->map(refs, run.first);
	assert_int_equal(host.ops->pull(refs, 0, 0, window, SIZE), 0);
	host.ops->unmap(refs, window);
	host.ops->give(refs, run.first, 1);
	for (i = 0; i < 16; i++) {
		host.ops->draw(refs, KIMG_USE_LIST, 0xfffff, 1, &run);
		window = host.ops->map(refs, run.first);
		host.ops->unmap(refs, window);
	}
	host.ops->give(refs, 16, 16);
	expect(refs, NULL);

	/* What was given back makes room for others. */
	refs = small_machine();
	host = refs_host(refs);
	for (i = 0; i < 100; i++) {
		struct kimg_run two = { 0, 0 };

		host.ops->draw(refs, KIMG_USE_LIST, 0xfffff, 1, &run);
		host.ops->draw(refs, KIMG_USE_LIST, 0xfffff, 1, &two);
		window = host.ops->map(refs, run.first);
		window[5] = 17;
		host.ops->unmap(refs, window);
		window = host.ops->map(refs, two.first);
		window[5] = 18;
		host.ops->unmap(refs, window);
		window = host.ops->map(refs, run.first);
		assert_int_equal(window[5], 17);
		host.ops->unmap(refs, window);
		host.ops->give(refs, run.first, 1);
		host.ops->give(refs, two.first, 1);
	}
	expect(refs, NULL);

	/* More frames with bytes than an image can need. */
	refs = small_machine();
	host = refs_host(refs);
	for (i = 0; i < 10; i++) {
		host.ops->draw(refs, KIMG_USE_LIST, 0xfffff, 1, &run);
		window = host.ops->map(refs, run.first);
		window[5] = 17;
		host.ops->unmap(refs, window);
	}
	expect(refs, "more pages written");
}

/* Every frame once, then none; a frame that was given back again. */
static void test_all_frames(void **state)
{
	static const struct kimg_range ram = { 0, UINT64_MAX >> 24 };
	struct refs *refs = refs_new(&ram, 1, 0x12345678);
	struct kimg_host host = refs_host(refs);
	static bool seen[0x12345];
	struct kimg_run run;
	uint32_t count, ups = 0;
	uint64_t last = 0;

	(void)state;
	for (count = 0;; count++) {
		run.count = 0;
		assert_int_equal(host.ops->draw(refs, KIMG_USE_SOURCE, 0x12345678, 9, &run), 0);
		if (!run.count)
			break;
		assert_true(run.count == 1 && run.first < 0x12345 && !seen[run.first]);
		seen[run.first] = true;
		ups += run.first == last + 1;
		last = run.first;
	}
	assert_int_equal(count, 0x12345);
	assert_true(ups < count / 100);
	host.ops->give(refs, 7, 1);
	assert_int_equal(host.ops->draw(refs, KIMG_USE_SOURCE, 0x12345678, 1, &run), 0);
	assert_true(run.count == 1 && run.first == 7);
	/* Of two that are free, the one within a limit; then none. */
	host.ops->give(refs, 1000, 1);
	host.ops->give(refs, 20000, 1);
	for (count = 0; count < 3; count++) {
		static const uint64_t limits[] = { 1001 * SIZE - 1, 20001 * SIZE - 2, 20001 * SIZE - 1 };

		run.count = 0;
		host.ops->draw(refs, KIMG_USE_CONTROL, limits[count], 1, &run);
		assert_int_equal(run.count, count != 1);
		assert_true(count == 1 || run.first == (count ? 20000 : 1000));
	}
	host.ops->give(refs, 0, 0x12345);
	expect(refs, NULL);
}

/* Nearly all memory below 4 GiB: little memory of its own, and the last frame. */
static void test_largest(void **state)
{
	struct kimg_segment segment[2] = {
		{ 0x01000000, 0xf9000000, 0xf8fffffe },
		{ 0xfffff000, 0x1000, 1 },
	};
	static const struct kimg_range ram = { 0x100000, (uint64_t)1 << 32 };
	struct refs *refs = refs_new(&ram, 1, UINT32_MAX);
	struct kimg_host host = refs_host(refs);
	struct kimg_image image;
	struct kimg_why why;
	void *scratch;

	(void)state;
	refs_set_segments(refs, segment, 2);
	assert_int_equal(kimg_init(&image, &host, &why), 0);
	assert_int_equal(kimg_plan(&image, segment, 2, 6, NULL, &why), 0);
	assert_true(refs_size(&ram, 1, UINT32_MAX) + kimg_scratch_size(&image) < 30u << 20);
	scratch = malloc(kimg_scratch_size(&image));
	assert_int_equal(kimg_place(&image, scratch, kimg_scratch_size(&image), &why), 0);
	assert_int_equal(kimg_fill(&image, &why), 0);
	assert_int_equal(kimg_seal(&image, &why), 0);
	assert_int_equal(refs_leap(refs, &image, &why), 0);
	kimg_free(&image);
	expect(refs, NULL);
	free(scratch);
}

/* Memory in a thousand pieces, up to 2^52: an image that lies in three of them, and above. */
static void test_pieces(void **state)
{
	static struct kimg_range ram[1000];
	struct kimg_segment segment[3];
	struct kimg_image image;
	struct kimg_host host;
	struct kimg_why why;
	struct refs *refs;
	void *scratch;

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		ram[i] = (struct kimg_range){ 0x100000 + (i << 42), 0x140000 + (i << 42) };
	for (uint64_t i = 0; i < 3; i++)
		segment[i] = (struct kimg_segment){ 0x110000 + (i * 333 << 42), 0x20000, 0x1f001 };
	refs = refs_new(ram, 1000, ((uint64_t)1 << 52) - 1);
	refs_set_segments(refs, segment, 3);
	host = refs_host(refs);
	host.entry_size = 8;
	assert_int_equal(kimg_init(&image, &host, &why), 0);
	assert_int_equal(kimg_plan(&image, segment, 3, 1, NULL, &why), 0);
	scratch = malloc(kimg_scratch_size(&image));
	assert_int_equal(kimg_place(&image, scratch, kimg_scratch_size(&image), &why), 0);
	assert_int_equal(kimg_fill(&image, &why), 0);
	assert_int_equal(kimg_seal(&image, &why), 0);
	assert_true(image.stats.in_place > 20);
	assert_int_equal(refs_leap(refs, &image, &why), 0);
	kimg_free(&image);
	expect(refs, NULL);
	free(scratch);

	/* A destination where no memory is, between two pieces, is an error. */
	segment[2].mem += 0x100000;
	refs = refs_new(ram, 1000, UINT64_MAX);
	refs_set_segments(refs, segment, 3);
	host = refs_host(refs);
	host.entry_size = 8;
	assert_int_equal(kimg_init(&image, &host, &why), 0);
	assert_int_equal(kimg_plan(&image, segment, 3, 1, NULL, &why), 0);
	scratch = malloc(kimg_scratch_size(&image));
	assert_int_equal(kimg_place(&image, scratch, kimg_scratch_size(&image), &why), 0);
	assert_int_equal(kimg_fill(&image, &why), 0);
	assert_int_equal(kimg_seal(&image, &why), 0);
	assert_int_equal(refs_leap(refs, &image, &why), KIMG_E_LIST_FRAME);
	assert_int_equal(why.a, segment[2].mem >> 12);
	kimg_free(&image);
	expect(refs, NULL);
	free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_as_bytes),
		cmocka_unit_test(test_violations),
		cmocka_unit_test(test_bytes_stay),
		cmocka_unit_test(test_all_frames),
		cmocka_unit_test(test_largest),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
