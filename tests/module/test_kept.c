/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kept.c and machine/gic.c: memory that is in use after the leap is found, shown, and no
 * destination.
 */
#include "module_test.h"

#include "machine/gic.h"

#define FRAME 0x10000u
#define IDS_16 15u	/* 2^16 LPIs */

/* One more redistributor, with tables at these addresses. */
static struct redistributor *add(unsigned int region, u64 place, u64 property, u64 pending)
{
	struct redistributor *rd = &kernel.gic.rd[kernel.gic.rds++];

	*rd = (struct redistributor){
		.region = region, .place = place, .version = 3,
		.ctlr = GICR_CTLR_ENABLE_LPIS,
		/* Attributes of memory are in the same registers. */
		.propbaser = property | 0x780 | IDS_16, .pendbaser = pending | 0x780,
	};
	if (kernel.gic.regions <= region)
		kernel.gic.regions = region + 1;
	if (kernel.gic.size[region] < place + 2 * FRAME)
		kernel.gic.size[region] = place + 2 * FRAME;
	return rd;
}

static void kept_is(const char *wanted)
{
	char text[PAGE_SIZE] = "";

	HOLDS(kernel_read("kept", text) == (ssize_t)strlen(wanted));
	HOLDS(!strcmp(text, wanted));
}

#define LPI " : GICv3 LPI tables\n"

static void test_none(void)
{
	kept_is("");
	HOLDS(kernel_mode("kept") == 0400);
	/* A controller whose tables are not in use. */
	add(0, 0, 0x120000, 0x140000)->ctlr = 0;
	kernel.gic.rd[0].typer = GICR_TYPER_LAST;
	kept_is("");
	load_good();
}

/* The property table is common to all. */
static void test_tables(void)
{
	add(0, 0, 0x4b000000, 0x4b010000);
	add(0, 2 * FRAME, 0x4b000000, 0x4b130000)->typer = GICR_TYPER_LAST;
	/* Nobody looks behind the last one. */
	add(0, 4 * FRAME, 0x4b000000, 0x4b230000);
	kept_is("4b000000-4b00ffff" LPI "4b010000-4b01ffff" LPI "4b130000-4b13ffff" LPI);
}

/* Addresses of 52 bits; the number of LPIs tells the size. */
static void test_sizes(void)
{
	struct redistributor *rd = add(0, 0, 0xfffffffa01000, 0xffffffff80000);

	rd->propbaser &= ~0x1full;
	rd->propbaser |= 19 | 1ull << 52;
	rd->pendbaser |= 1ull << 62;
	rd->typer = GICR_TYPER_LAST;
	kept_is("fffffffa01000-fffffffb00fff" LPI "ffffffff80000-ffffffff9ffff" LPI);
	rd->propbaser = 0x4b001000 | 13;
	kept_is("4b001000-4b010fff" LPI "ffffffff80000-ffffffff8ffff" LPI);
}

static void test_frames(void)
{
	/* With virtual LPIs each has four frames; the others have two. */
	add(0, 0, 0x1000000, 0x2000000)->typer = GICR_TYPER_VLPIS;
	add(0, 4 * FRAME, 0x1000000, 0x3000000);
	add(0, 6 * FRAME, 0x1000000, 0x4000000)->version = 4;
	kept_is("01000000-0100ffff" LPI "02000000-0200ffff" LPI "03000000-0300ffff" LPI
		"04000000-0400ffff" LPI);
	/* The device tree may say another number for all. */
	kernel.gic.stride = 3 * FRAME;
	kernel.gic.rd[1].place = 3 * FRAME;
	kept_is("01000000-0100ffff" LPI "02000000-0200ffff" LPI "03000000-0300ffff" LPI
		"04000000-0400ffff" LPI);
}

static void test_regions(void)
{
	add(0, 0, 0x1000000, 0x2000000);
	/* What has no redistributor is passed over, here and behind the last. */
	add(1, 0, 0x1000000, 0x3000000)->version = 2;
	add(2, 0, 0x1000000, 0x4000000);
	kernel.gic.size[0] = 1000 * FRAME;
	kept_is("01000000-0100ffff" LPI "02000000-0200ffff" LPI "04000000-0400ffff" LPI);
	/* A region that the tree promises. */
	kernel.gic.regions = 4;
	kept_is("01000000-0100ffff" LPI "02000000-0200ffff" LPI "04000000-0400ffff" LPI);
	/* Nothing is read behind a gap. */
	add(0, 4 * FRAME, 0x1000000, 0x5000000);
	kept_is("01000000-0100ffff" LPI "02000000-0200ffff" LPI "04000000-0400ffff" LPI);
	/* The last frame of a region has no second one. */
	kernel.gic.size[2] = FRAME;
	kept_is("01000000-0100ffff" LPI "02000000-0200ffff" LPI);
}

/* As many lines as a page of text has room for, and then "..." once. */
static void kept_is_cut(void)
{
	char text[PAGE_SIZE];
	ssize_t length = kernel_read("kept", text);

	HOLDS(length > 3900 && length < (ssize_t)PAGE_SIZE && length == (ssize_t)strlen(text));
	HOLDS(!strcmp(text + length - 5, "\n...\n") && !strstr(text, "...\n..."));
}

static void test_many(void)
{
	struct request request;
	u64 last = ARRAY_SIZE(kernel.gic.rd) - 1;

	for (u64 i = 0; i <= last; i++)
		add(i / 120, i % 120 * 2 * FRAME, 0x1000000, 0x10000000 + i * FRAME);
	kept_is_cut();
	/* Two lines for most: the page ends before the first of them. */
	for (u64 i = 2; i <= last; i += 2)
		kernel.gic.rd[i].propbaser += FRAME;
	kept_is_cut();
	/* But all are kept, the last one too. */
	kernel.gic.rd[last].pendbaser = 0x180000;
	good_request(&request);
	HOLDS(load(&request) == -EINVAL && request.load.why.error == KIMG_E_KEPT_MEMORY);
}

/* The segments are at 0x180000 (5 pages), 0x110000 (2), 0x140000 (3). */
static void test_destinations(void)
{
	static const struct {
		u64 pending;
		int segment;		/* that meets it; -1: none */
	} table[] = {
		{ 0x100000, -1 }, { 0x120000, -1 }, { 0x130000, -1 }, { 0x150000, -1 },
		{ 0x170000, -1 }, { 0x190000, -1 },
		{ 0x110000, 1 }, { 0x140000, 2 }, { 0x180000, 0 },
	};
	struct redistributor *rd = add(0, 0, 0x1000000, 0);
	struct request request;

	rd->typer = GICR_TYPER_LAST;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		rd->pendbaser = table[i].pending;
		good_request(&request);
		if (table[i].segment < 0) {
			HOLDS(!load(&request) && !unload());
			continue;
		}
		HOLDS(load(&request) == -EINVAL && state() == KLEAP_STATE_NONE);
		HOLDS(request.load.why.error == KIMG_E_KEPT_MEMORY);
		HOLDS(request.load.why.seg == (u32)table[i].segment);
		HOLDS(request.load.why.a == table[i].pending);
		HOLDS(request.load.why.b == table[i].pending + FRAME);
	}
	/* The property table is one, too. */
	rd->pendbaser = 0x1000000;
	rd->propbaser = 0x140000 | IDS_16;
	good_request(&request);
	HOLDS(load(&request) == -EINVAL && request.load.why.seg == 2);
	rd->propbaser = 0x1000000 | IDS_16;
	/* Its neighbours. */
	rd->pendbaser = 0x150000;
	good_request(&request);
	request.segment[2].mem = 0x14e000;
	HOLDS(load(&request) == -EINVAL && request.load.why.seg == 2);
	request.segment[2].mem = 0x14d000;
	HOLDS(!load(&request));
	request.segment[2].mem = 0x15f000;
	HOLDS(load(&request) == -EINVAL && request.load.why.seg == 2);
	request.segment[2].mem = 0x160000;
	HOLDS(!load(&request));
}

/* Nothing is loaded, and nothing shown, if the registers cannot be read. */
static void test_unreadable(void)
{
	struct request request;
	char text[PAGE_SIZE];

	add(0, 0, 0x1000000, 0x2000000)->typer = GICR_TYPER_LAST;
	kernel.fail_nth = 1;
	HOLDS(kernel_read("kept", text) == -ENOMEM);
	good_request(&request);
	/* The first call of a load makes the image. */
	kernel.fail_nth = 2;
	HOLDS(load(&request) == -ENOMEM && request.load.why.error == KIMG_E_NO_SCRATCH);
	HOLDS(request.load.why.a == PAGE_SIZE && state() == KLEAP_STATE_NONE);
	HOLDS(!load(&request));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		machine_test(test_none),
		machine_test(test_tables),
		machine_test(test_sizes),
		machine_test(test_frames),
		machine_test(test_regions),
		machine_test(test_many),
		machine_test(test_destinations),
		machine_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
