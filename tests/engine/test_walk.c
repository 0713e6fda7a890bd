/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Walking untrusted lists. A machine of 16 frames of 32 bytes, whose list is
 * written by hand: 4 slots of 8 bytes a page.
 */
#include "support.h"

#include <inttypes.h>

#define D(frame) ((frame) << 5 | KIMG_DESTINATION)
#define I(frame) ((frame) << 5 | KIMG_INDIRECTION)
#define S(frame) ((frame) << 5 | KIMG_SOURCE)
#define END KIMG_DONE
#define NONE KIMG_NO_FRAME

struct row {
	const char *name;
	uint64_t head;
	uint64_t page2[4], page3[4];	/* frames 2 and 3 */
	uint64_t most;
	enum kimg_error want;
	uint64_t a, b, c;
	const char *copies;		/* source>destination, in order */
};

static const struct row rows[] = {
	{ "an empty list", END, { 0 }, { 0 }, 10, KIMG_OK, 0, 0, 0, "" },
	{ "DONE with an address", 7 << 5 | END, { 0 }, { 0 }, 10, KIMG_OK, 0, 0, 0, "" },
	{ "a list that ends at once", I(2), { END }, { 0 }, 10, KIMG_OK, 0, 0, 0, "" },
	{ "two pages", I(2), { D(8), S(5), S(6), I(3) }, { S(7), D(12), S(4), END }, 10,
	  KIMG_OK, 0, 0, 0, "5>8 6>9 7>10 4>12 " },
	{ "DONE in the last slot", I(2), { D(8), S(5), S(6), END }, { 0 }, 10,
	  KIMG_OK, 0, 0, 0, "5>8 6>9 " },
	{ "a link before the last slot", I(2), { D(8), I(3) }, { S(5), END }, 10,
	  KIMG_OK, 0, 0, 0, "5>8 " },
	{ "in place", I(2), { D(8), S(8), S(9), END }, { 0 }, 10, KIMG_OK, 0, 0, 0,
	  "8>8 9>9 " },

	/* Just enough entries, and one too few. */
	{ "exactly as many entries as allowed", I(2), { D(8), S(5), S(6), END }, { 0 }, 4,
	  KIMG_OK, 0, 0, 0, "5>8 6>9 " },
	{ "one entry more than allowed", I(2), { D(8), S(5), S(6), END }, { 0 }, 3,
	  KIMG_E_LIST_ENDLESS, 3, 0, 0, "5>8 " },
	{ "nothing allowed", I(2), { END }, { 0 }, 0, KIMG_E_LIST_ENDLESS, 0, 0, 0, "" },
	{ "a page that links to itself", I(2), { I(2) }, { 0 }, 1000,
	  KIMG_E_LIST_ENDLESS, 1000, 0, 0, "" },
	{ "two pages that link to each other", I(2), { I(3) }, { I(2) }, 1000,
	  KIMG_E_LIST_ENDLESS, 1000, 0, 0, "" },

	{ "no list", 0, { 0 }, { 0 }, 10, KIMG_E_UNKNOWN_FLAG, NONE, 0, 0, "" },
	{ "a list without DONE", I(2), { D(8), S(5), 0 }, { 0 }, 10,
	  KIMG_E_UNKNOWN_FLAG, 2, 0, 2, "5>8 " },
	{ "an unknown flag", I(2), { D(8), S(5), 6 << 5 | 16 }, { 0 }, 10,
	  KIMG_E_UNKNOWN_FLAG, 2, 6 << 5 | 16, 2, "5>8 " },
	{ "two flags", I(2), { D(8), S(5) | 1 }, { 0 }, 10,
	  KIMG_E_UNKNOWN_FLAG, 2, 5 << 5 | 9, 1, "" },
	{ "an address without a flag", I(2), { 6 << 5 }, { 0 }, 10,
	  KIMG_E_UNKNOWN_FLAG, 2, 6 << 5, 0, "" },
	{ "an unknown flag in the head", 2 << 5 | 16, { 0 }, { 0 }, 10,
	  KIMG_E_UNKNOWN_FLAG, NONE, 2 << 5 | 16, 0, "" },
	{ "DONE with another flag", I(2), { D(8), END | KIMG_SOURCE }, { 0 }, 10,
	  KIMG_E_UNKNOWN_FLAG, 2, 12, 1, "" },

	{ "a source before any destination", I(2), { S(5), END }, { 0 }, 10,
	  KIMG_E_S4, 2, 5 << 5 | 8, 0, "" },
	{ "a source in the head", S(5), { 0 }, { 0 }, 10, KIMG_E_S4, NONE, 5 << 5 | 8, 0,
	  "" },
	{ "a destination in the head", D(8), { 0 }, { 0 }, 10, KIMG_E_S4, NONE,
	  8 << 5 | 1, 0, "" },
	{ "a page without a link", I(2), { D(8), S(5), S(6), S(7) }, { 0 }, 10,
	  KIMG_E_S4, 2, 7 << 5 | 8, 3, "5>8 6>9 7>10 " },

	{ "a link to where is no memory", I(2), { D(8), S(5), S(6), I(99) }, { 0 }, 10,
	  KIMG_E_LIST_FRAME, 99, 0, 0, "5>8 6>9 " },
	{ "a head to where is no memory", I(77), { 0 }, { 0 }, 10,
	  KIMG_E_LIST_FRAME, 77, 0, 0, "" },
};

struct log {
	char text[200];
	size_t at;
	int stop_after;
};

static int note(void *arg, const struct kimg_copy *copy)
{
	struct log *log = arg;

	log->at += (size_t)snprintf(log->text + log->at, sizeof(log->text) - log->at,
				    "%" PRIu64 ">%" PRIu64 " ", copy->source,
				    copy->destination);
	return log->stop_after && !--log->stop_after ? 42 : 0;
}

static void build(struct rig *rig, const struct row *row)
{
	rig_picture(rig, "................", 5, 8);
	rig->host = sim_host(rig->sim);
	for (uint32_t i = 0; i < 4; i++) {
		assert_true(sim_poke(rig->sim, 2, i * 8, &row->page2[i], 8));
		assert_true(sim_poke(rig->sim, 3, i * 8, &row->page3[i], 8));
	}
	sim_set_raw(rig->sim, true);
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct log log = { "", 0, 0 };
		enum kimg_error error;
		struct rig rig;
		int stopped = 7;

		build(&rig, row);
		memset(&rig.why, 0xee, sizeof(rig.why));
		error = kimg_walk(&rig.host, row->head, row->most, note, &log,
				  &stopped, &rig.why);
		if (error != row->want || strcmp(log.text, row->copies) || stopped)
			fail_msg("%s: %s, copies %s", row->name, kimg_error_id(error),
				 log.text);
		if (error && (rig.why.a != row->a || rig.why.b != row->b ||
			      rig.why.c != row->c))
			fail_msg("%s: %#" PRIx64 " %#" PRIx64 " %#" PRIx64, row->name,
				 rig.why.a, rig.why.b, rig.why.c);
		rig_close(&rig);
	}
}

/* The callback's word ends the walk, and nothing counts as an error. */
static void test_stop(void **state)
{
	const struct row *row = &rows[4];
	struct log log = { "", 0, 2 };
	struct rig rig;
	int stopped = 0;

	(void)state;
	build(&rig, row);
	assert_int_equal(kimg_walk(&rig.host, row->head, 10, note, &log, &stopped,
				   &rig.why), KIMG_OK);
	assert_int_equal(stopped, 42);
	assert_string_equal(log.text, "5>8 6>9 ");
	log.stop_after = 1;
	assert_int_equal(kimg_walk(&rig.host, row->head, 10, note, &log, NULL,
				   &rig.why), KIMG_OK);
	rig_close(&rig);
}

/* The executor: sources or destinations where no memory is; nothing left open. */
static void test_executor(void **state)
{
	static const struct {
		uint64_t page[4];
		enum kimg_error want;
		uint64_t frame;
	} lists[] = {
		{ { D(8), S(5), END }, KIMG_OK, 0 },
		{ { D(8), S(5), 0 }, KIMG_E_UNKNOWN_FLAG, 2 },
		{ { D(8), S(500), END }, KIMG_E_LIST_FRAME, 500 },
		{ { D(800), S(5), END }, KIMG_E_LIST_FRAME, 800 },
		{ { D(15), S(5), S(6), END }, KIMG_E_LIST_FRAME, 16 },
		{ { D(800), S(800), END }, KIMG_OK, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct row row = { .head = I(2) };
		unsigned char before[32];
		struct rig rig;

		memcpy(row.page2, lists[i].page, sizeof(row.page2));
		build(&rig, &row);
		memcpy(before, sim_peek(rig.sim, 5), sizeof(before));
		assert_int_equal(kimg_run_list(&rig.host, row.head, 10, &rig.why),
				 lists[i].want);
		if (lists[i].want)
			assert_int_equal(rig.why.a, lists[i].frame);
		else if (!i)
			assert_memory_equal(sim_peek(rig.sim, 8), before, 32);
		rig_close(&rig);
	}
}

/* Any bytes at all as a list: the walk ends, with an error or without. */
static void test_garbage(void **state)
{
	uint64_t random = env_number("KLEAP_SEED", 1);
	uint64_t errors = 0, good = 0;

	(void)state;
	for (uint64_t i = 0; i < env_number("KLEAP_CASES", 6000); i++) {
		unsigned int size = i & 1 ? 4 : 8;
		struct rig rig;

		rig_picture(&rig, "........", 6, size);
		rig.host = sim_host(rig.sim);
		for (uint64_t frame = 0; frame < 8; frame++) {
			for (size_t at = 0; at < 64; at += size) {
				/* Mostly flags that mean something, and frames near by. */
				uint64_t word = sim_random(&random);
				uint64_t flag = (uint64_t)1 << (word >> 60 & 3);
				uint64_t entry = (word % 9) << 6 | flag;

				if (!(word >> 40 & 31))
					entry = word >> 8;
				assert_true(sim_poke(rig.sim, frame, at, &entry, size));
			}
		}
		sim_set_raw(rig.sim, true);
		if (kimg_run_list(&rig.host, 3 << 6 | KIMG_INDIRECTION, 500, &rig.why))
			errors++;
		else
			good++;
		rig_close(&rig);
	}
	assert_true(errors && good);
}

/*
 * Entries lie in memory as the processor that walks the list reads them: in its own
 * byte order, in 4 bytes or 8.
 */
static void test_byte_order(void **state)
{
	bool big = is_big_endian();

	(void)state;
	for (unsigned int size = 4; size <= 8; size += 4) {
		uint64_t want = 4 << 12 | KIMG_DESTINATION, found = 0;
		const unsigned char *bytes;
		struct rig rig;

		rig_picture(&rig, "....aaaa............", 12, size);
		assert_error(&rig, rig_load(&rig), KIMG_OK);
		bytes = sim_peek(rig.sim, rig.image.directory[0]);
		for (unsigned int i = 0; i < size; i++)
			found |= (uint64_t)bytes[i] << 8 * (big ? size - 1 - i : i);
		assert_true(found == want);
		rig_close(&rig);
	}
	printf("note: %s-endian, addresses of %zu bits\n", big ? "big" : "little",
	       sizeof(void *) * 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_executor),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_byte_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
