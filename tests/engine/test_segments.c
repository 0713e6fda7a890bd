/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rules for segments, one table line each, with the numbers that an error
 * carries. Pages of 4 KiB; the limit is 4 GiB - 1 unless the line says otherwise.
 */
#include "support.h"

#define P 0x1000ull
#define TOP UINT64_MAX

struct row {
	const char *name;
	uint32_t count;
	struct kimg_segment segment[4];		/* mem, memsz, bufsz */
	uint64_t limit;				/* 0: 4 GiB - 1 */
	struct kimg_range region;		/* end 0: none */
	struct kimg_why want;			/* error, seg, other, pad, a, b, c, d */
};

static const struct row rows[] = {
	{ "no segment is no error", 0, { { 0 } }, 0, { 0, 0 },
	  { KIMG_E_OK, 0, 0, 0, 0, 0, 0, 0 } },
	{ "one page, all data", 1, { { P, P, P } }, 0, { 0, 0 },
	  { KIMG_E_OK, 0, 0, 0, 0, 0, 0, 0 } },
	{ "one page, no data", 1, { { P, P, 0 } }, 0, { 0, 0 },
	  { KIMG_E_OK, 0, 0, 0, 0, 0, 0, 0 } },
	{ "page 0 may be wanted", 1, { { 0, P, 1 } }, 0, { 0, 0 },
	  { KIMG_E_OK, 0, 0, 0, 0, 0, 0, 0 } },

	/* Empty. The first is what makes upstream drain all memory. */
	{ "mem 0, memsz 0", 1, { { 0, 0, 0 } }, 0, { 0, 0 },
	  { KIMG_E_SEGMENT_EMPTY, 0, 0, 0, 0, 0, 0, 0 } },
	{ "empty at an address", 2, { { P, P, 1 }, { 5 * P, 0, 0 } }, 0, { 0, 0 },
	  { KIMG_E_SEGMENT_EMPTY, 1, 0, 0, 5 * P, 0, 0, 0 } },
	{ "empty with data", 1, { { 5 * P, 0, 4 } }, 0, { 0, 0 },
	  { KIMG_E_SEGMENT_EMPTY, 0, 0, 0, 5 * P, 0, 0, 0 } },

	/* Wrapping: mem + memsz is past 2^64. */
	{ "wraps by a page", 1, { { TOP - P + 1, 2 * P, 0 } }, TOP, { 0, 0 },
	  { KIMG_E_SEGMENT_WRAPS, 0, 0, 0, TOP - P + 1, 2 * P, 0, 0 } },
	{ "wraps to its own start", 1, { { P, TOP - P + 1, 0 } }, TOP, { 0, 0 },
	  { KIMG_E_SEGMENT_WRAPS, 0, 0, 0, P, TOP - P + 1, 0, 0 } },
	{ "wraps with the greatest size", 1, { { P, TOP, 0 } }, TOP, { 0, 0 },
	  { KIMG_E_SEGMENT_WRAPS, 0, 0, 0, P, TOP, 0, 0 } },
	/* mem + memsz == 2^64 is one more than a range can end at. */
	{ "ends at 2^64", 1, { { TOP - P + 1, P, 0 } }, TOP, { 0, 0 },
	  { KIMG_E_SEGMENT_WRAPS, 0, 0, 0, TOP - P + 1, P, 0, 0 } },
	{ "ends a page below 2^64", 1, { { TOP - 2 * P + 1, P, 0 } }, TOP, { 0, 0 },
	  { KIMG_E_OK, 0, 0, 0, 0, 0, 0, 0 } },

	/* Alignment: |....|.xx.|....| */
	{ "start not on a page", 1, { { P + 8, P, 1 } }, 0, { 0, 0 },
	  { KIMG_E_SEGMENT_UNALIGNED, 0, 0, 0, P + 8, 2 * P + 8, P, 0 } },
	{ "end not on a page", 1, { { P, P + 1, 1 } }, 0, { 0, 0 },
	  { KIMG_E_SEGMENT_UNALIGNED, 0, 0, 0, P, 2 * P + 1, P, 0 } },
	{ "neither, but the size is whole", 1, { { P + 1, P, 1 } }, 0, { 0, 0 },
	  { KIMG_E_SEGMENT_UNALIGNED, 0, 0, 0, P + 1, 2 * P + 1, P, 0 } },
	{ "neither, and together they are whole", 1, { { P + 1, P - 1, 1 } }, 0,
	  { 0, 0 }, { KIMG_E_SEGMENT_UNALIGNED, 0, 0, 0, P + 1, 2 * P, P, 0 } },

	{ "more data than memory", 1, { { P, P, P + 1 } }, 0, { 0, 0 },
	  { KIMG_E_SEGMENT_BUFFER, 0, 0, 0, P + 1, P, 0, 0 } },
	{ "far more data than memory", 1, { { P, P, TOP } }, 0, { 0, 0 },
	  { KIMG_E_SEGMENT_BUFFER, 0, 0, 0, TOP, P, 0, 0 } },

	/* Limits. The last page of a limit is good, one further is not. */
	{ "the last page below 4 GiB", 1, { { 0xfffff000, P, 1 } }, 0, { 0, 0 },
	  { KIMG_E_OK, 0, 0, 0, 0, 0, 0, 0 } },
	{ "the first page above", 1, { { 0x100000000, P, 1 } }, 0, { 0, 0 },
	  { KIMG_E_SEGMENT_LIMIT, 0, 0, 0, 0x100001000, 0xffffffff, 0, 0 } },
	{ "across the limit", 1, { { 0xfffff000, 2 * P, 1 } }, 0, { 0, 0 },
	  { KIMG_E_SEGMENT_LIMIT, 0, 0, 0, 0x100001000, 0xffffffff, 0, 0 } },
	{ "a limit one byte too low", 1, { { 0xf000, P, 1 } }, 0xfffe, { 0, 0 },
	  { KIMG_E_SEGMENT_LIMIT, 0, 0, 0, 0x10000, 0xfffe, 0, 0 } },
	{ "a limit that just suffices", 1, { { 0xf000, P, 1 } }, 0xffff, { 0, 0 },
	  { KIMG_E_OK, 0, 0, 0, 0, 0, 0, 0 } },

	/* Overlaps; the later in the array is named first. */
	{ "touching is no overlap", 2, { { 4 * P, 2 * P, 1 }, { 6 * P, P, 1 } }, 0,
	  { 0, 0 }, { KIMG_E_OK, 0, 0, 0, 0, 0, 0, 0 } },
	/* aaa. / ..bb */
	{ "a page shared", 2, { { 4 * P, 3 * P, 1 }, { 6 * P, 2 * P, 1 } }, 0,
	  { 0, 0 }, { KIMG_E_SEGMENT_OVERLAP, 1, 0, 0, 6 * P, 8 * P, 4 * P, 7 * P } },
	/* ..bb / aaa. */
	{ "a page shared, in the other order", 2,
	  { { 6 * P, 2 * P, 1 }, { 4 * P, 3 * P, 1 } }, 0,
	  { 0, 0 }, { KIMG_E_SEGMENT_OVERLAP, 1, 0, 0, 4 * P, 7 * P, 6 * P, 8 * P } },
	/* aaaa / .b.. */
	{ "one inside the other", 2, { { 4 * P, 4 * P, 1 }, { 5 * P, P, 1 } }, 0,
	  { 0, 0 }, { KIMG_E_SEGMENT_OVERLAP, 1, 0, 0, 5 * P, 6 * P, 4 * P, 8 * P } },
	{ "the same twice", 3, { { P, P, 1 }, { 4 * P, P, 1 }, { 4 * P, P, 1 } }, 0,
	  { 0, 0 }, { KIMG_E_SEGMENT_OVERLAP, 2, 1, 0, 4 * P, 5 * P, 4 * P, 5 * P } },

	/* A crash image's region: [=====] */
	{ "fills the region", 1, { { 4 * P, 4 * P, 1 } }, 0, { 4 * P, 8 * P },
	  { KIMG_E_OK, 0, 0, 0, 0, 0, 0, 0 } },
	{ "starts before the region", 1, { { 3 * P, 2 * P, 1 } }, 0, { 4 * P, 8 * P },
	  { KIMG_E_SEGMENT_REGION, 0, 0, 0, 3 * P, 5 * P, 4 * P, 8 * P } },
	{ "ends behind the region", 2, { { 4 * P, P, 1 }, { 7 * P, 2 * P, 1 } }, 0,
	  { 4 * P, 8 * P },
	  { KIMG_E_SEGMENT_REGION, 1, 0, 0, 7 * P, 9 * P, 4 * P, 8 * P } },
	{ "nowhere near the region", 1, { { 20 * P, P, 1 } }, 0, { 4 * P, 8 * P },
	  { KIMG_E_SEGMENT_REGION, 0, 0, 0, 20 * P, 21 * P, 4 * P, 8 * P } },

	/* More pages than 32 bits count: 2^44 bytes of 4 KiB pages. */
	{ "too many pages in one", 1, { { 0, (uint64_t)1 << 44, 0 } }, TOP, { 0, 0 },
	  { KIMG_E_IMAGE_TOO_LARGE, 0, 0, 0, 0xffff0000, 0, 0, 0 } },
	{ "too many pages together", 2,
	  { { 0, (uint64_t)1 << 43, 0 }, { (uint64_t)1 << 43, (uint64_t)1 << 43, 0 } },
	  TOP, { 0, 0 }, { KIMG_E_IMAGE_TOO_LARGE, 0, 0, 0, 0xffff0000, 0, 0, 0 } },
	{ "as many pages as can be", 1,
	  { { 0, (uint64_t)0xffff0000 << 12, 0 } }, TOP, { 0, 0 },
	  { KIMG_E_OK, 0, 0, 0, 0, 0, 0, 0 } },
};

static enum kimg_error check(const struct kimg_segment *segment, uint32_t count,
			     uint64_t limit, const struct kimg_range *region,
			     struct kimg_why *why)
{
	struct sim *sim = sim_new(12, 8, limit);
	struct kimg_host host = sim_host(sim);
	enum kimg_error error;

	memset(why, 0, sizeof(*why));
	error = kimg_check_segments(&host, segment, count, region, why);
	assert_true(sim_check_clean(sim));
	assert_int_equal(sim_counts(sim).draws + sim_counts(sim).windows, 0);
	sim_delete(sim);
	return error;
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		const struct kimg_why *want = &row->want;
		struct kimg_why why;
		enum kimg_error error;

		error = check(row->segment, row->count,
			      row->limit ? row->limit : UINT32_MAX,
			      row->region.end ? &row->region : NULL, &why);
		if (error != want->error ||
		    (error && memcmp(&why, want, sizeof(why))))
			fail_msg("%s: %s, seg %u, other %u, %#llx %#llx %#llx %#llx",
				 row->name, kimg_error_id(error), why.seg, why.other,
				 (unsigned long long)why.a, (unsigned long long)why.b,
				 (unsigned long long)why.c, (unsigned long long)why.d);
	}
}

static void test_count(void **state)
{
	struct kimg_segment many[KIMG_SEGMENT_MAX + 1];
	struct kimg_why why;

	(void)state;
	for (uint32_t i = 0; i <= KIMG_SEGMENT_MAX; i++)
		many[i] = (struct kimg_segment){ (uint64_t)i * 2 * P, P, 1 };
	assert_int_equal(check(many, KIMG_SEGMENT_MAX, UINT32_MAX, NULL, &why), KIMG_OK);
	assert_int_equal(check(many, KIMG_SEGMENT_MAX + 1, UINT32_MAX, NULL, &why),
			 KIMG_E_SEGMENTS_TOO_MANY);
	assert_int_equal(why.a, KIMG_SEGMENT_MAX + 1);
	assert_int_equal(why.b, KIMG_SEGMENT_MAX);
	assert_int_equal(check(NULL, UINT32_MAX, UINT32_MAX, NULL, &why),
			 KIMG_E_SEGMENTS_TOO_MANY);
	assert_int_equal(check(NULL, 0, UINT32_MAX, NULL, &why), KIMG_OK);
}

/* The page size is the host's: what 4 KiB pages take, 16 KiB pages refuse. */
static void test_page_size(void **state)
{
	struct kimg_segment segment = { 4 * P, P, 1 };
	struct kimg_why why;

	(void)state;
	for (unsigned int shift = 5; shift <= 16; shift++) {
		struct sim *sim = sim_new(shift, 8, UINT64_MAX);
		struct kimg_host host = sim_host(sim);

		assert_int_equal(kimg_check_segments(&host, &segment, 1, NULL, &why),
				 shift <= 12 ? KIMG_OK : KIMG_E_SEGMENT_UNALIGNED);
		sim_delete(sim);
	}
}

/* A refused plan leaves the image as it was: the old plan still places. */
static void test_plan_keeps_state(void **state)
{
	struct kimg_segment bad = { 1, P, 1 };
	struct rig rig;

	(void)state;
	rig_picture(&rig, "....aaaa........", 12, 4);
	assert_error(&rig, rig_plan(&rig), KIMG_OK);
	assert_error(&rig, kimg_plan(&rig.image, &bad, 1, 0, NULL, &rig.why),
		     KIMG_E_SEGMENT_UNALIGNED);
	assert_error(&rig, kimg_plan(&rig.image, rig.segment, 1,
				     KIMG_CONTROL_MAX + 1, NULL, &rig.why),
		     KIMG_E_ARGUMENT);
	assert_int_equal(rig.image.state, KIMG_NEW);
	assert_int_equal(rig.image.pages, 4);
	rig.scratch = malloc(kimg_scratch_size(&rig.image));
	assert_error(&rig, kimg_place(&rig.image, rig.scratch,
				      kimg_scratch_size(&rig.image), &rig.why), KIMG_OK);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_page_size),
		cmocka_unit_test(test_plan_keeps_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
