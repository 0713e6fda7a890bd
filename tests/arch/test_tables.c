/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The writer of page tables: random mappings in tables of every shape that a processor has.
 * What it counts without a host is what it writes; a walk of the test's own finds each
 * mapping with the largest entries that fit, every bit of an entry as the shape says, and
 * nothing else.
 */
#include "table_walk.h"

#define MAPS	12u
#define TABLES	24u		/* at most */
#define TOP_MAX		4u		/* frames of a top table */

static const struct {
	const char *name;
	unsigned int page_shift;
	struct table_shape shape;
} shapes[] = {
	{ "i386", 12, { .levels = 2, .entry_size = 4, .shift = { 22, 12 }, .bits = { 10, 10 },
		.large = 1, .top = 0x003, .page = 0x103 } },
	{ "i386 with 4 MiB", 12, { .levels = 2, .entry_size = 4, .shift = { 22, 12 },
		.bits = { 10, 10 }, .large = 0, .top = 0x003, .block = 0x083, .page = 0x103 } },
	{ "PAE", 12, { .levels = 3, .entry_size = 8, .shift = { 30, 21, 12 },
		.bits = { 2, 9, 9 }, .large = 1, .top = 0x001, .table = 0x003, .block = 0x083,
		.page = 0x103 } },
	{ "x86_64", 12, { .levels = 4, .entry_size = 8, .shift = { 39, 30, 21, 12 },
		.bits = { 9, 9, 9, 9 }, .large = 1, .top = 0x007, .table = 0x003,
		.block = 0x083, .page = 0x103 } },
	{ "x86_64, 5 levels", 12, { .levels = 5, .entry_size = 8,
		.shift = { 48, 39, 30, 21, 12 }, .bits = { 9, 9, 9, 9, 9 }, .large = 3,
		.top = 0x007, .table = 0x003, .block = 0x083,
		.page = 0x8000000000000003 } },
	/* A top table of four frames; tables of a quarter. */
	{ "arm, short descriptors", 12, { .levels = 2, .entry_size = 4, .shift = { 20, 12 },
		.bits = { 12, 8 }, .large = 0, .top = 0x001, .block = 0x1140e, .page = 0x45e } },
	{ "arm LPAE", 12, { .levels = 3, .entry_size = 8, .shift = { 30, 21, 12 },
		.bits = { 2, 9, 9 }, .large = 0, .top = 0x803, .table = 0x003,
		.block = 0x701, .page = 0x703 } },
	{ "arm64, 16 KiB", 14, { .levels = 4, .entry_size = 8, .shift = { 47, 36, 25, 14 },
		.bits = { 1, 11, 11, 11 }, .large = 2, .top = 0x803, .table = 0x003,
		.block = 0x701, .page = 0x703 } },
	{ "arm64, 64 KiB", 16, { .levels = 3, .entry_size = 8, .shift = { 42, 29, 16 },
		.bits = { 6, 13, 13 }, .large = 1, .top = 0x803, .table = 0x003,
		.block = 0x701, .page = 0x703 } },
};

/* A number of pages: few, or about as many as an entry of some level maps. */
static uint64_t pages(const struct table_shape *shape, uint64_t *seed)
{
	unsigned int last = shape->levels - 1u;
	unsigned int level = (unsigned int)(sim_random(seed) % shape->levels);
	uint64_t unit = 1ull << (shape->shift[level] - shape->shift[last]);

	if (level < shape->large)
		unit = 1;
	return unit * (1 + sim_random(seed) % 3) + sim_random(seed) % 3 * (sim_random(seed) % 9);
}

/* Mappings with ascending addresses; the gaps are of any size, or there is none. */
static size_t make_maps(struct walk_map *map, const struct table_shape *shape,
			uint64_t *seed)
{
	unsigned int last = shape->levels - 1u, shift = shape->shift[last];
	uint64_t end = 1ull << (shape->shift[0] + shape->bits[0] - shift);
	uint64_t at = 0, frames = (shape->entry_size == 4 ? 1ull << 32 : 1ull << 48) >> shift;
	size_t maps = 0;

	while (maps < MAPS) {
		uint64_t size = pages(shape, seed), to;
		unsigned int level = (unsigned int)(sim_random(seed) % shape->levels);

		if (sim_random(seed) % 3)
			at += sim_random(seed) % (1ull << (shape->shift[level] - shift) << 2);
		/* Often aligned; now and then by identity. */
		if (sim_random(seed) % 2)
			at = (at + (1ull << (shape->shift[level] - shift)) - 1) &
				~((1ull << (shape->shift[level] - shift)) - 1);
		to = sim_random(seed) % (frames - size);
		if (sim_random(seed) % 2)
			to = (to & ~((1ull << (shape->shift[level] - shift)) - 1)) |
				(at & ((1ull << (shape->shift[level] - shift)) - 1));
		if (sim_random(seed) % 4 == 0)
			to = at;
		if (at >= end || size > end - at || size > frames || to > frames - size)
			break;
		map[maps++] = (struct walk_map){ at << shift, to << shift, size << shift };
		at += size;
	}
	return maps;
}

static uint32_t map_all(const struct table_shape *shape, const struct kimg_host *host,
			const uint64_t *frame, const struct walk_map *map, size_t maps)
{
	struct tables tables;

	tables_start(&tables, shape, host, frame);
	for (size_t i = 0; i < maps; i++)
		tables_map(&tables, map[i].address, map[i].to, map[i].size);
	return tables.used;
}

/* Write the tables that were counted, in any frames; judge them. */
static void judge(size_t which, const struct walk_map *map, size_t maps, uint64_t *seed)
{
	const struct table_shape *shape = &shapes[which].shape;
	unsigned int page_shift = shapes[which].page_shift;
	struct sim *sim = sim_new(page_shift, 8, UINT64_MAX);
	uint64_t frame[TABLES];
	struct kimg_host host;
	struct walk walk;
	uint32_t count;

	assert_non_null(sim);
	while ((count = map_all(shape, NULL, NULL, map, maps)) > TABLES)
		maps--;
	assert_in_range(count, 1, TABLES);
	assert_true(sim_add_ram(sim, 0, (2ull * TABLES + TOP_MAX) << page_shift));
	sim_set_raw(sim, true);
	host = sim_host(sim);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t other = (uint32_t)(sim_random(seed) % (i + 1));

		frame[i] = frame[other];
		frame[other] = TABLES + i;
	}
	if ((size_t)shape->entry_size << shape->bits[0] > (size_t)1 << page_shift)
		frame[0] = 2ull * TABLES;
	assert_int_equal(map_all(shape, &host, frame, map, maps), count);
	walk_tables(&walk, sim, shape, frame[0]);
	walk_judge(&walk, shape, map, maps);
	/* All of them are used. */
	assert_int_equal(walk.tables, count);
	walk_free(&walk);
	sim_set_raw(sim, false);
	assert_true(sim_check_clean(sim));
	sim_delete(sim);
}

static void test_random(void **state)
{
	uint64_t cases = env_number("KLEAP_CASES", 2000) / 50;
	uint64_t first = env_number("KLEAP_SEED", 1);

	(void)state;
	for (size_t which = 0; which < sizeof(shapes) / sizeof(*shapes); which++)
		for (uint64_t i = 0; i < cases; i++) {
			uint64_t seed = first + i;
			struct walk_map map[MAPS];
			size_t maps = make_maps(map, &shapes[which].shape, &seed);

			judge(which, map, maps, &seed);
		}
}

/* The first and the last address; all of it, where that is one entry each. */
static void test_ends(void **state)
{
	(void)state;
	for (size_t which = 0; which < sizeof(shapes) / sizeof(*shapes); which++) {
		const struct table_shape *shape = &shapes[which].shape;
		uint64_t page = 1ull << shapes[which].page_shift;
		uint64_t end = 1ull << (shape->shift[0] + shape->bits[0]);
		struct walk_map map[] = {
			{ 0, page * 3, page }, { end - page, 0, page },
		};
		uint64_t seed = which;

		judge(which, map, 0, &seed);
		judge(which, map, 1, &seed);
		judge(which, map, 2, &seed);
		/* Addresses of kernels are sign-extended. */
		if (shape->entry_size == 8)
			map[1].address |= ~(end - 1);
		judge(which, map, 2, &seed);
		if (shape->large == 0) {
			map[0] = (struct walk_map){ 0, 0, end };
			judge(which, map, 1, &seed);
			assert_int_equal(map_all(shape, NULL, NULL, map, 1), 1);
		}
	}
}

/* A large page in size, aligned at one end only; and one page more than a table has. */
static void test_alignment(void **state)
{
	(void)state;
	for (size_t which = 0; which < sizeof(shapes) / sizeof(*shapes); which++) {
		const struct table_shape *shape = &shapes[which].shape;
		uint64_t page = 1ull << shapes[which].page_shift;
		uint64_t large = 1ull << shape->shift[shape->levels - 2];
		struct walk_map map = { large + page, large, 2 * large };
		uint64_t seed = which;

		judge(which, &map, 1, &seed);
		map = (struct walk_map){ large, large + page, 2 * large };
		judge(which, &map, 1, &seed);
		map = (struct walk_map){ large, 3 * large, 2 * large + page };
		judge(which, &map, 1, &seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_alignment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
