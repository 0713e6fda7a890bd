// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory maps: reading them from text, good and hostile, and searching them.
 */
#include "synthetic.h"

/*
 * Read `text` from memory of exactly its length, so that the sanitizer sees any
 * read beyond; no terminating zero.
 */
static struct boot_map usable;

static enum kimg_error parse_bytes(const char *text, size_t size,
				   struct boot_map *map, struct kimg_why *why)
{
	char *copy = malloc(size + !size);
	enum kimg_error error;

	memcpy(copy, text, size);
	memset(why, 0, sizeof(*why));
	error = boot_map_parse(copy, size, map, &usable, why);
	free(copy);
	return error;
}

static enum kimg_error parse(const char *text, struct boot_map *map, struct kimg_why *why)
{
	return parse_bytes(text, strlen(text), map, why);
}

static void expect(const struct boot_map *map, uint32_t i, uint64_t start,
		   uint64_t end, enum boot_mem_type type)
{
	assert_true(i < map->count);
	assert_int_equal(map->mem[i].range.start, start);
	assert_int_equal(map->mem[i].range.end, end);
	assert_int_equal(map->mem[i].type, type);
}

/* Sorted, no overlap, nothing that could be joined. */
static void check_map(const struct boot_map *map)
{
	assert_true(map->count <= BOOT_MAP_MAX);
	for (uint32_t i = 0; i < map->count; i++) {
		const struct boot_mem *mem = &map->mem[i], *last = mem - 1;

		assert_true(mem->range.start < mem->range.end);
		if (i)
			assert_true(last->range.end < mem->range.start ||
				    (last->range.end == mem->range.start &&
				     last->type != mem->type));
	}
}

static const char iomem[] =
	"00000000-00000fff : Reserved\n"
	"00001000-0009fbff : System RAM\n"
	"0009fc00-000fffff : Reserved\n"
	"  000f0000-000fffff : System ROM\n"
	"00100000-bffdffff : System RAM\n"
	"  01000000-0220bb07 : Kernel code\n"
	"bffe0000-bfffefff : ACPI Tables\n"
	"bffff000-bfffffff : ACPI Non-volatile Storage\n"
	"c0000000-febfffff : PCI Bus 0000:00\n"
	"  fd000000-fdffffff : 0000:00:02.0\n"
	"fec00000-fec003ff : IOAPIC 0\n"
	"100000000-43fffffff : System RAM\n"
	"440000000-47fffffff : Persistent Memory\n";

static void proc_iomem(void **state)
{
	struct boot_map map;
	struct kimg_why why;

	(void)state;
	assert_int_equal(parse(iomem, &map, &why), KIMG_OK);
	check_map(&map);
	assert_int_equal(map.count, 8);
	expect(&map, 0, 0, 0x1000, BOOT_MEM_RESERVED);
	expect(&map, 1, 0x1000, 0x9fc00, BOOT_MEM_RAM);
	expect(&map, 3, 0x100000, 0xbffe0000, BOOT_MEM_RAM);
	expect(&map, 4, 0xbffe0000, 0xbffff000, BOOT_MEM_ACPI);
	expect(&map, 5, 0xbffff000, 0xc0000000, BOOT_MEM_NVS);
	expect(&map, 6, 0x100000000, 0x440000000, BOOT_MEM_RAM);
	expect(&map, 7, 0x440000000, 0x480000000, BOOT_MEM_PERSISTENT);
}

static bool is_usable(uint64_t start, uint64_t end)
{
	return boot_map_is_ram(&usable, start, end);
}

/* A range inside another replaces that part; what is not the kernel's own keeps RAM. */
static void nested(void **state)
{
	struct boot_map map;
	struct kimg_why why;

	(void)state;
	assert_int_equal(parse("00100000-1fffffff : System RAM\n"
			       "  01000000-01ffffff : Kernel image\n"
			       "    01000000-017fffff : Kernel code\n"
			       "    01800000-0180ffff : Kernel codes\n"
			       "  02000000-020fffff : Reserved\n"
			       "    02040000-0204ffff : System RAM\n"
			       "  03000000-03ffffff : Crash kernel\n"
			       "  04000000-0400ffff : System RAM (kmem)\n"
			       "20000000-2fffffff : PCI Bus 0000:00\n"
			       "  24000000-24ffffff : Reserved\n"
			       "100000000-1ffffffff : CXL Window 0\n"
			       "  100000000-13fffffff : System RAM\n", &map, &why), KIMG_OK);
	check_map(&map);
	assert_int_equal(map.count, 7);
	expect(&map, 0, 0x100000, 0x2000000, BOOT_MEM_RAM);
	expect(&map, 1, 0x2000000, 0x2040000, BOOT_MEM_RESERVED);
	expect(&map, 2, 0x2040000, 0x2050000, BOOT_MEM_RAM);
	expect(&map, 3, 0x2050000, 0x2100000, BOOT_MEM_RESERVED);
	expect(&map, 4, 0x2100000, 0x20000000, BOOT_MEM_RAM);
	expect(&map, 5, 0x24000000, 0x25000000, BOOT_MEM_RESERVED);
	expect(&map, 6, 0x100000000, 0x140000000, BOOT_MEM_RAM);
	assert_true(is_usable(0x100000, 0x1800000));
	assert_false(is_usable(0x1800000, 0x1810000));
	assert_true(is_usable(0x1810000, 0x2000000));
	assert_false(is_usable(0x2000000, 0x2001000));
	assert_true(is_usable(0x2040000, 0x2050000));
	assert_true(is_usable(0x2100000, 0x4000000));
	assert_false(is_usable(0x400f000, 0x4010000));
	assert_true(is_usable(0x100000000, 0x140000000));
	/* Only a part of it inside, or around it: that is damage. */
	assert_int_equal(parse("1000-4fff : System RAM\n4000-5fff : Reserved\n", &map, &why),
			 KIMG_E_MAP_OVERLAP);
	assert_int_equal(why.seg, 2);
	assert_int_equal(parse("2000-2fff : Reserved\n1000-4fff : System RAM\n", &map, &why),
			 KIMG_E_MAP_OVERLAP);
	assert_int_equal(parse("1000-1fff : Reserved\n1000-1fff : System RAM\n", &map, &why),
			 KIMG_OK);
	assert_true(is_usable(0x1000, 0x2000));
}

/* Two maps in a text: the firmware's, and what the running kernel has. */
static void two_views(void **state)
{
	struct boot_map map;
	struct kimg_why why;

	(void)state;
	assert_int_equal(parse("BIOS-e820: [mem 0x0000000000100000-0x000000001fffffff] usable\n"
			       "user: [mem 0x0000000000100000-0x0000000000ffffff] usable\n"
			       "modified: [mem 0x0000000000100000-0x0000000001ffffff] usable\n"
			       "modified: [mem 0x0000000000200000-0x00000000002fffff] reserved\n",
			       &map, &why), KIMG_OK);
	assert_int_equal(map.count, 1);
	assert_true(is_usable(0x100000, 0x200000));
	assert_true(is_usable(0x300000, 0x2000000));
	assert_int_equal(usable.count, 2);
	/* Of the running kernel's, the later counts; here there is no other. */
	assert_int_equal(parse("user: [mem 0x0000000000100000-0x0000000000ffffff] usable\n"
			       "100000-1ffffff ram\n3000000-3ffffff acpi\n", &map, &why), KIMG_OK);
	assert_int_equal(map.count, 2);
	expect(&map, 0, 0x100000, 0x1ffffff, BOOT_MEM_RAM);
	/* Xen's is the firmware's. */
	assert_int_equal(parse("Xen: [mem 0x0000000000100000-0x000000001fffffff] usable\n"
			       "user: [mem 0x0000000000100000-0x000000000fffffff] usable\n",
			       &map, &why), KIMG_OK);
	expect(&map, 0, 0x100000, 0x20000000, BOOT_MEM_RAM);
	assert_false(is_usable(0x10000000, 0x10001000));
	/* A system that shows zeros, or has devices alone, says nothing of memory. */
	assert_int_equal(parse("BIOS-e820: [mem 0x0000000000100000-0x000000001fffffff] usable\n"
			       "00000000-00000000 : System RAM\n"
			       "00200000-002fffff : my device\n", &map, &why), KIMG_OK);
	assert_true(is_usable(0x100000, 0x20000000));
	/* The extended map replaces the firmware's first ranges. */
	assert_int_equal(parse("BIOS-e820: [mem 0x0000000000100000-0x000000001fffffff] usable\n"
			       "extended: [mem 0x0000000000100000-0x000000002fffffff] usable\n"
			       "BIOS-e801: [mem 0x0000000000100000-0x000000000fffffff] usable\n",
			       &map, &why), KIMG_OK);
	expect(&map, 0, 0x100000, 0x10000000, BOOT_MEM_RAM);
}

/* Where ranges of a log overlap, the larger number wins, in whatever order. */
static void larger_wins(void **state)
{
	struct boot_map map;
	struct kimg_why why;

	(void)state;
	assert_int_equal(parse("BIOS-e820: [mem 0x0000000000002000-0x0000000000002fff] ACPI NVS\n"
			       "BIOS-e820: [mem 0x0000000000001000-0x0000000000008fff] usable\n"
			       "BIOS-e820: [mem 0x0000000000001800-0x00000000000037ff] reserved\n"
			       "BIOS-e820: [mem 0x0000000000004000-0x0000000000003fff] reserved\n"
			       "BIOS-e820: [mem 0x0000000000008000-0x0000000000009fff] type 4000000000\n",
			       &map, &why), KIMG_OK);
	check_map(&map);
	assert_int_equal(map.count, 6);
	expect(&map, 0, 0x1000, 0x1800, BOOT_MEM_RAM);
	expect(&map, 1, 0x1800, 0x2000, BOOT_MEM_RESERVED);
	expect(&map, 2, 0x2000, 0x3000, BOOT_MEM_NVS);
	expect(&map, 3, 0x3000, 0x3800, BOOT_MEM_RESERVED);
	expect(&map, 4, 0x3800, 0x8000, BOOT_MEM_RAM);
	expect(&map, 5, 0x8000, 0xa000, (enum boot_mem_type)4000000000);
	/* Of what kexec prints, what it has found. */
	assert_int_equal(parse("Try gzip decompression.\n"
			       "MEMORY RANGES\n0000000000001000-0000000000003fff (0)\n"
			       "CRASH MEMORY RANGES\n0000000000008000-0000000000008fff (0)\n"
			       "Memmap after adding segment\n0000000000001000-0000000000001fff (1)\n"
			       "E820 memmap:\n0000000000001000-0000000000004fff (1)\n", &map, &why), KIMG_OK);
	assert_int_equal(map.count, 1);
	expect(&map, 0, 0x1000, 0x4000, BOOT_MEM_RAM);
	/* kexec has the firmware's numbers less 1. */
	assert_int_equal(parse("MEMORY RANGES\n0000000000001000-0000000000001fff (0)\n"
			       "0000000000002000-0000000000002fff (11)\n", &map, &why), KIMG_OK);
	expect(&map, 1, 0x2000, 0x3000, BOOT_MEM_PRAM);
	assert_int_equal(parse("0000000000001000-0000000000001fff (1)\n"
			       "0000000000002000-0000000000002fff (12)\n", &map, &why), KIMG_OK);
	expect(&map, 1, 0x2000, 0x3000, BOOT_MEM_PRAM);
}

/* What is added by hand to a saved log, in any form and anywhere, is no map of its own. */
static void added_ranges(void **state)
{
	static const char *const lines[] = {
		"2000000-2100000 reserved\n", "02000000-020fffff : Reserved\n",
		"0000000002000000-00000000020fffff (2)\n",
		"user: [mem 0x0000000002000000-0x00000000020fffff] reserved\n",
		"02000000-020fffff : Reserved\n00000000-00000000 : System RAM\n03000000-03ffffff : a device\n",
		"2000000-2000001 nvs\n2000000-2100000 reserved\n2000000-2000001 reserved\n",
	};
	static const char firmware[] =
		"BIOS-e820: [mem 0x0000000000100000-0x000000001fffffff] usable\n"
		"BIOS-e820: [mem 0x0000000020000000-0x0000000020000fff] ACPI data\n";
	struct boot_map map;
	struct kimg_why why;
	char text[600];

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(lines) / sizeof(lines[0]); i++) {
		const char *line = lines[i / 2];

		snprintf(text, sizeof(text), "%s%s", i % 2 ? line : firmware, i % 2 ? firmware : line);
		assert_int_equal(parse(text, &map, &why), KIMG_OK);
		check_map(&map);
		assert_false(boot_map_is_ram(&map, 0x2000000, 0x2000001));
		assert_false(boot_map_is_ram(&map, 0x20fffff, 0x2100000));
		assert_true(is_usable(0x100000, 0x2000000));
		assert_false(is_usable(0x2000000, 0x2000001));
		assert_false(is_usable(0x20fffff, 0x2100000));
		assert_true(is_usable(0x2100000, 0x20000000));
	}
	/* The larger type, and where the firmware has nothing. */
	snprintf(text, sizeof(text), "%s20000000-20002000 reserved\n", firmware);
	assert_int_equal(parse(text, &map, &why), KIMG_OK);
	assert_int_equal(map.count, 3);
	expect(&map, 1, 0x20000000, 0x20001000, BOOT_MEM_ACPI);
	expect(&map, 2, 0x20001000, 0x20002000, BOOT_MEM_RESERVED);
	/* Beside the running kernel's map in the log. */
	snprintf(text, sizeof(text), "%suser: [mem 0x0000000000100000-0x0000000002ffffff] usable\n"
		 "2000000-2100000 reserved\n", firmware);
	assert_int_equal(parse(text, &map, &why), KIMG_OK);
	assert_false(boot_map_is_ram(&map, 0x2000000, 0x2000001));
	assert_true(is_usable(0x2100000, 0x3000000));
	assert_false(is_usable(0x2000000, 0x2000001));
	assert_false(is_usable(0x3000000, 0x3000001));
	/* With RAM, they are what the running kernel has. */
	snprintf(text, sizeof(text), "%s2000000-2100000 reserved\n3000000-4000000 ram\n", firmware);
	assert_int_equal(parse(text, &map, &why), KIMG_OK);
	assert_true(boot_map_is_ram(&map, 0x100000, 0x20000000));
	assert_int_equal(usable.count, 1);
	expect(&usable, 0, 0x3000000, 0x4000000, BOOT_MEM_RAM);
	/* The firmware's map is never added. */
	assert_int_equal(parse("BIOS-e820: [mem 0x0000000000100000-0x00000000001fffff] reserved\n"
			       "extended: [mem 0x0000000000100000-0x000000001fffffff] usable\n",
			       &map, &why), KIMG_OK);
	assert_int_equal(map.count, 1);
	/* All ranges count, in whatever form. */
	assert_int_equal(parse("BIOS-e820: [mem 0x0000000000100000-0x000000001fffffff] reserved\n"
			       "2000000-2100000 reserved\n", &map, &why), KIMG_E_MAP_EMPTY);
	assert_int_equal(why.a, 2);
	snprintf(text, sizeof(text), "%s0-ffffffffffffffff reserved\n", firmware);
	assert_int_equal(parse(text, &map, &why), KIMG_E_MAP_EMPTY);
	assert_int_equal(why.a, 3);
}

/* Linux reserves memory of type 0. */
static void type_zero(void **state)
{
	struct boot_map map;
	struct kimg_why why;

	(void)state;
	assert_int_equal(parse("BIOS-e820: [mem 0x0000000000001000-0x0000000000003fff] usable\n"
			       "BIOS-e820: [mem 0x0000000000002000-0x0000000000002fff] type 0\n",
			       &map, &why), KIMG_OK);
	assert_int_equal(map.count, 3);
	expect(&map, 1, 0x2000, 0x3000, BOOT_MEM_RESERVED);
	assert_int_equal(parse("E820 memmap:\n0000000000001000-0000000000001fff (1)\n"
			       "0000000000002000-0000000000002fff (0)\n", &map, &why), KIMG_OK);
	assert_int_equal(map.count, 2);
	expect(&map, 0, 0x1000, 0x2000, BOOT_MEM_RAM);
	expect(&map, 1, 0x2000, 0x3000, BOOT_MEM_RESERVED);
}

/* What is damaged is an error in a log as well, where other lines are passed over. */
static void damaged_lines(void **state)
{
	static const char *const lines[] = {
		"BIOS-e820: ", "BIOS-e820: [mem 0x0000", "BIOS-e820: [mem 0x1000-0x1fff usable",
		"BIOS-e820: [mem 0x1000-0x1fff]", "BIOS-e820: [mem 0x1000-0x1fff] sticky",
		"BIOS-e820: [mem 0x2000-0x0fff] usable", "BIOS-e820: 00001000 - 00002000 (usable",
		"BIOS-e820: 00001000 - 00002000 (usable]", "00001000 - 00002000 (usable]",
		"BIOS-e820: 00001000 (usable)", "BIOS-e820: 00001000 - 00002000 (sticky)",
		"BIOS-e820: 00002000 - 00001000 (usable)",
		"BIOS-e820: [mem 0x1000-0x1fff] type 4294967297", "BIOS-e820: [mem 0x1000-0x1fff] type",
		"BIOS-e820: [mem 0x1000-0x1fff] type x", "BIOS-e820: [mem 0x1000-0x1fff] persistent (type 7",
		"10000000000000000-10000000000000fff (0)", "0-10000000000000fff (0)", "00001000-00001fff (0", "00001000-00001fff (4294967296)", "00001000-00001fff (x)",
		"00002000-00000fff (0)", "00001000-", "00001000-00001fff!", "00001000 - zz",
		"00002000-00001000 (usable)", "00001000-00002000 (usable", "00002000-00001fff : System RAM",
		"00001000-00001fff (4294967295)",
	};
	struct boot_map map;
	struct kimg_why why;
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(text, sizeof(text), "0000000000001000-0000000000001fff (0)\n"
			 "0000000000002000-0000000000002fff (0)\nother\n%s\n", lines[i]);
		if (parse(text, &map, &why) != KIMG_E_MAP_SYNTAX || why.a != 4 || why.seg != 4)
			fail_msg("\"%s\": %s in line %llu", lines[i], kimg_error_id(why.error),
				 (unsigned long long)why.a);
	}
}

/* These, in a log, are no ranges of a map, however they look. */
static void other_lines(void **state)
{
	static const char *const lines[] = {
		"2026-11-26 16:48:00 host kernel: booted", "0000:00:1f.0: a device", "fb-1: ready", "1-1.2: a hub",
		"user: 1000 - 2000 logins", "modified: [file 0x1-0x2]", "extended: yes",
		"Xen: version 4.17", "<6>", "[    1.0", "[mem 0x1000-0x1fff] available for PCI devices",
		"12345678-1234-1234-1234-123456789abc", "BIOS-e820: [gap 0x1000-0x1fff]    4   KB ...",
	};
	struct boot_map map;
	struct kimg_why why;
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(text, sizeof(text), "%s\nBIOS-e820: [mem 0x1000-0x1fff] usable\n", lines[i]);
		if (parse(text, &map, &why))
			fail_msg("\"%s\": %s", lines[i], kimg_error_id(why.error));
		assert_int_equal(map.count, 1);
	}
	/* A map without such ranges must have nothing else, but prompts. */
	static const char *const prompts[] = {
		"$", "# ", "root@host:~#", "[root@host /]# cat map", "~ # cat map", "/ $", "zsh%",
		"cat /proc/iomem", "```", "[    0.000000] hello", "<6>[    0.000000] hello",
	};
	for (size_t i = 0; i < sizeof(prompts) / sizeof(prompts[0]); i++) {
		snprintf(text, sizeof(text), "%s\n1000-2000 ram\n%s\n", prompts[i], prompts[i]);
		if (parse(text, &map, &why))
			fail_msg("\"%s\": %s", prompts[i], kimg_error_id(why.error));
	}
	static const char *const wrong[] = {
		"1000 $ ", "my map # of today", "ram$x", "20% of it", "[root x # y", "[1] hello",
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "1000-2000 ram\n%s\n", wrong[i]);
		if (parse(text, &map, &why) != KIMG_E_MAP_SYNTAX || why.a != 2)
			fail_msg("\"%s\" is passed over", wrong[i]);
	}
}

/* What may stand around a range. */
static void dressed_lines(void **state)
{
	static const char *const lines[] = {
		"BIOS-e820: [mem 0x0000000000001000-0x0000000000001fff] usable",
		"<6>BIOS-e820: [mem 0x0000000000001000-0x0000000000001fff] usable",
		"[    0.000000]BIOS-e820: [mem 0x0000000000001000-0x0000000000001fff] usable",
		"kernel:BIOS-e820: [mem 0x0000000000001000-0x0000000000001fff] usable",
		"BIOS-e820: [mem 0x0000000000001000-0x0000000000001fff]    4   KB System RAM",
		"BIOS-e820: [mem 0x0000000000001000-0x0000000000001fff]    1.9 GB kernel usable RAM",
		" BIOS-e820: 0000000000001000 - 0000000000002000 (usable)\r",
		"[mem 0x0000000000001000-0x0000000000001fff] usable",
		"[    0.000000] [mem 0x0000000000001000-0x0000000000001fff] usable",
		"1000 - 2000 (usable)", "> 1000-2000 ram", "> > 1000-1fff : System RAM", "1000-1fff: System RAM",
		"\t1000-1fff : SYSTEM RAM \r", "00001000-00001fff (0)", "0X1000-0x2000 Type 1", "1000 - 2000\tram# x",
	};
	struct boot_map map;
	struct kimg_why why;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (parse(lines[i], &map, &why))
			fail_msg("\"%s\": %s", lines[i], kimg_error_id(why.error));
		assert_int_equal(map.count, 1);
		expect(&map, 0, 0x1000, 0x2000, BOOT_MEM_RAM);
		assert_true(is_usable(0x1000, 0x2000));
	}
	assert_int_equal(parse_bytes("1000-2000 ram\n\0\0\0\0", 18, &map, &why), KIMG_OK);
	assert_int_equal(parse_bytes("\xef\xbb\xbf" "1000-2000 ram", 16, &map, &why), KIMG_OK);
	assert_int_equal(parse_bytes("\xef\xbb", 2, &map, &why), KIMG_E_MAP_SYNTAX);
	/* The last address. */
	assert_int_equal(parse("1000-1fff : System RAM\nfffffffffffff000-ffffffffffffffff : Reserved\n"
			       "ffffffffffffffff-ffffffffffffffff : Reserved\n", &map, &why), KIMG_OK);
	expect(&map, 1, 0xfffffffffffff000, UINT64_MAX, BOOT_MEM_RESERVED);
	/* A device that is not in use has no size. */
	assert_int_equal(parse("1000-1fff : System RAM\n1800-17ff : 0000:00:02.0\n", &map, &why),
			 KIMG_OK);
	assert_true(is_usable(0x1000, 0x2000));
}

/* Fewer ranges: other things first, the smallest gap before others; then the least RAM. */
static void fit(void **state)
{
	static const struct kimg_range keep[] = { { 0x200000, 0x200001 }, { 0x9001000, 0x9002000 } };
	struct boot_map map = { .count = 0 };

	(void)state;
	add_memory(&map, 0x0000, 0x1000, BOOT_MEM_RESERVED);
	add_memory(&map, 0x2000, 0x8000, BOOT_MEM_RAM);
	add_memory(&map, 0x8000, 0x9000, BOOT_MEM_NVS);
	add_memory(&map, 0x9000, 0xa000, BOOT_MEM_RAM);
	add_memory(&map, 0x200000, 0x201000, BOOT_MEM_RAM);
	add_memory(&map, 0x201000, 0x202000, BOOT_MEM_ACPI);
	add_memory(&map, 0x202000, 0x203000, BOOT_MEM_RESERVED);
	add_memory(&map, 0x204000, 0x205000, BOOT_MEM_NVS);
	add_memory(&map, 0x300000, 0x301000, BOOT_MEM_NVS);
	add_memory(&map, 0x9000000, 0x9003000, BOOT_MEM_RAM);
	add_memory(&map, 0x9003000, 0x9004000, BOOT_MEM_NVS);
	add_memory(&map, 0x9100000, 0x9103000, BOOT_MEM_RAM);
	add_memory(&map, 0x9103000, 0x9104000, BOOT_MEM_NVS);
	add_memory(&map, 0xb000000, 0xb002000, BOOT_MEM_RAM);
	assert_int_equal(map.count, 14);
	boot_map_fit(&map, 14, keep, 2);
	assert_int_equal(map.count, 14);
	/* The two that touch. */
	boot_map_fit(&map, 13, keep, 2);
	assert_int_equal(map.count, 13);
	expect(&map, 5, 0x201000, 0x203000, BOOT_MEM_RESERVED);
	/* The smaller gap. */
	boot_map_fit(&map, 12, keep, 2);
	expect(&map, 5, 0x201000, 0x205000, BOOT_MEM_RESERVED);
	expect(&map, 6, 0x300000, 0x301000, BOOT_MEM_NVS);
	boot_map_fit(&map, 11, keep, 2);
	assert_int_equal(map.count, 11);
	expect(&map, 5, 0x201000, 0x301000, BOOT_MEM_RESERVED);
	/* One less: the page at 0x9000; two less: what takes two others with it is cheaper. */
	boot_map_fit(&map, 10, keep, 2);
	assert_int_equal(map.count, 10);
	expect(&map, 2, 0x8000, 0xa000, BOOT_MEM_RESERVED);
	boot_map_fit(&map, 8, keep, 2);
	assert_int_equal(map.count, 8);
	expect(&map, 6, 0x9003000, 0x9104000, BOOT_MEM_RESERVED);
	expect(&map, 7, 0xb000000, 0xb002000, BOOT_MEM_RAM);
	/* What is used stays, and the largest RAM in low memory. */
	boot_map_fit(&map, 1, keep, 2);
	assert_int_equal(map.count, 7);
	assert_true(boot_map_is_ram(&map, 0x2000, 0x8000));
	assert_true(boot_map_is_ram(&map, 0x200000, 0x201000));
	assert_true(boot_map_is_ram(&map, 0x9000000, 0x9003000));

	/* What becomes reserved is one with reserved neighbours, above and below. */
	map.count = 0;
	add_memory(&map, 0, MIB, BOOT_MEM_RAM);
	add_memory(&map, 0x200000, 0x300000, BOOT_MEM_RESERVED);
	add_memory(&map, 0x300000, 0x301000, BOOT_MEM_RAM);
	add_memory(&map, 0x301000, 0x302000, BOOT_MEM_NVS);
	add_memory(&map, 0x302000, 0x303000, BOOT_MEM_ACPI);
	add_memory(&map, 0x303000, 0x304000, BOOT_MEM_RESERVED);
	boot_map_fit(&map, 5, keep, 0);
	assert_int_equal(map.count, 4);
	expect(&map, 3, 0x301000, 0x304000, BOOT_MEM_RESERVED);
	boot_map_fit(&map, 3, keep, 0);
	assert_int_equal(map.count, 2);
	expect(&map, 1, 0x200000, 0x304000, BOOT_MEM_RESERVED);
	/* RAM that has no neighbour is left out. */
	add_memory(&map, 0x500000, 0x501000, BOOT_MEM_RAM);
	add_memory(&map, 0x600000, 0x700000, BOOT_MEM_RAM);
	boot_map_fit(&map, 3, keep, 0);
	assert_int_equal(map.count, 3);
	assert_false(boot_map_is_ram(&map, 0x500000, 0x501000));
	assert_true(boot_map_is_ram(&map, 0x600000, 0x700000));
	/* Or goes to the one that it has, below or above. */
	add_memory(&map, 0x700000, 0x800000, BOOT_MEM_ACPI);
	add_memory(&map, 0x900000, 0x900800, BOOT_MEM_RAM);
	boot_map_fit(&map, 4, keep, 0);
	expect(&map, 3, 0x700000, 0x900800, BOOT_MEM_RESERVED);
	map.count = 0;
	add_memory(&map, 0x100000, 0x101000, BOOT_MEM_RAM);
	add_memory(&map, 0x101000, 0x102000, BOOT_MEM_ACPI);
	boot_map_fit(&map, 1, keep, 0);
	assert_int_equal(map.count, 1);
	expect(&map, 0, 0x100000, 0x102000, BOOT_MEM_RESERVED);

	/* A gap for devices costs as much as RAM of its size. */
	map.count = 0;
	add_memory(&map, 0x100000, 0x500000, BOOT_MEM_RAM);
	add_memory(&map, 0x500000, 0x600000, BOOT_MEM_RESERVED);
	add_memory(&map, 0xb00000, 0xc00000, BOOT_MEM_RESERVED);
	add_memory(&map, 0x1000000, 0x1100000, BOOT_MEM_RESERVED);
	add_memory(&map, 0x1100000, 0x1200000, BOOT_MEM_RAM);
	add_memory(&map, 0x2000000, 0x2100000, BOOT_MEM_ACPI);
	boot_map_fit(&map, 5, keep, 0);
	assert_int_equal(map.count, 5);
	expect(&map, 3, 0x1000000, 0x1200000, BOOT_MEM_RESERVED);
	boot_map_fit(&map, 4, keep, 0);
	assert_int_equal(map.count, 4);
	expect(&map, 2, 0xb00000, 0x1200000, BOOT_MEM_RESERVED);
	boot_map_fit(&map, 3, keep, 0);
	expect(&map, 0, 0x100000, 0x600000, BOOT_MEM_RESERVED);
	expect(&map, 2, 0x2000000, 0x2100000, BOOT_MEM_ACPI);
	boot_map_fit(&map, 1, keep, 0);
	assert_int_equal(map.count, 1);
	map.count = 0;
	add_memory(&map, 0x100000, 0x101000, BOOT_MEM_RESERVED);
	add_memory(&map, 0x800000, 0x801000, BOOT_MEM_RAM);
	add_memory(&map, 0x801000, 0x802000, BOOT_MEM_ACPI);
	boot_map_fit(&map, 2, keep, 0);
	assert_int_equal(map.count, 2);
	expect(&map, 1, 0x800000, 0x802000, BOOT_MEM_RESERVED);
}

/* Maps as sets: put, cut, merge, against a model of cells. */
static void sets(void **state)
{
	static const enum boot_mem_type types[] = { BOOT_MEM_RAM, BOOT_MEM_RESERVED, BOOT_MEM_ACPI };
	uint64_t seed = env_number("KLEAP_SEED", 5);
	static struct boot_map map, running;
	struct kimg_why why;

	(void)state;
	for (unsigned int n = 0; n < 2000; n++) {
		enum boot_mem_type cells[40] = { 0 }, others[40] = { 0 };

		map.count = running.count = 0;
		for (unsigned int i = 0; i < 30; i++) {
			unsigned int start = (unsigned int)(sim_random(&seed) % 40);
			unsigned int end = start + (unsigned int)(sim_random(&seed) % (41 - start));
			enum boot_mem_type type = types[sim_random(&seed) % 3];
			enum boot_put rule = (enum boot_put)(sim_random(&seed) % 3);
			bool cut = sim_random(&seed) % 4 == 0, other = sim_random(&seed) % 2;
			enum boot_mem_type *cell = other ? others : cells;

			if (cut)
				assert_int_equal(boot_map_cut(other ? &running : &map, start, end, &why), KIMG_OK);
			else
				assert_int_equal(boot_map_put(other ? &running : &map, start, end, type,
							      rule, &why), KIMG_OK);
			for (unsigned int k = start; k < end; k++)
				if (cut)
					cell[k] = 0;
				else if (!cell[k] || rule == BOOT_PUT_OVER ||
					 (rule == BOOT_PUT_LARGER && type > cell[k]))
					cell[k] = type;
			check_map(&map);
			check_map(&running);
		}
		assert_int_equal(boot_map_merge(&map, &running, &why), KIMG_OK);
		check_map(&map);
		check_map(&running);
		for (unsigned int k = 0; k < 40; k++) {
			if (!cells[k] && others[k] == BOOT_MEM_RAM)
				cells[k] = BOOT_MEM_RAM;
			assert_int_equal(boot_map_within(&map, k, k + 1), cells[k] != 0);
			assert_int_equal(boot_map_is_ram(&map, k, k + 1), cells[k] == BOOT_MEM_RAM);
			assert_int_equal(boot_map_is_ram(&running, k, k + 1),
					 cells[k] == BOOT_MEM_RAM && others[k] == BOOT_MEM_RAM);
		}
		for (unsigned int k = 0; k < 40; k++)
			assert_int_equal(boot_map_ram(&map, k) - boot_map_ram(&map, k + 1),
					 cells[k] == BOOT_MEM_RAM);
	}
}

/* What an ordinary user sees of /proc/iomem. */
static void hidden_iomem(void **state)
{
	struct boot_map map;
	struct kimg_why why;

	(void)state;
	assert_int_equal(parse("00000000-00000000 : Reserved\n"
			       "00000000-00000000 : System RAM\n"
			       "00000000-00000000 : System RAM\n"
			       "  00000000-00000000 : Kernel code\n", &map, &why),
			 KIMG_E_MAP_EMPTY);
	assert_int_equal(why.a, 3);
	assert_int_equal(parse("", &map, &why), KIMG_E_MAP_EMPTY);
	assert_int_equal(why.a, 0);
}

static void plain_form(void **state)
{
	struct boot_map map;
	struct kimg_why why;

	(void)state;
	assert_int_equal(parse("# a board with two banks\n"
			       "\n"
			       "0x80000000-0xc0000000 ram\t# the second\r\n"
			       "  0-a0000   ram\n"
			       "A0000-100000 reserved\n"
			       "100000-40000000 System RAM\n"
			       "40000000-40001000 acpi\n"
			       "40001000-40002000 nvs\n"
			       "40002000-40003000 unusable\n"
			       "40003000-40004000 pmem", &map, &why), KIMG_OK);
	check_map(&map);
	assert_int_equal(map.count, 8);
	expect(&map, 0, 0, 0xa0000, BOOT_MEM_RAM);
	expect(&map, 2, 0x100000, 0x40000000, BOOT_MEM_RAM);
	expect(&map, 7, 0x80000000, 0xc0000000, BOOT_MEM_RAM);

	/* Lines that end as on DOS, and the other x. */
	assert_int_equal(parse("0X100000-0X40000000\tram\r\n"
			       "40000000-40001000 acpi\r\n", &map, &why), KIMG_OK);
	assert_int_equal(map.count, 2);
	expect(&map, 0, 0x100000, 0x40000000, BOOT_MEM_RAM);
	expect(&map, 1, 0x40000000, 0x40001000, BOOT_MEM_ACPI);
}

static void names(void **state)
{
	static const enum boot_mem_type all[] = { BOOT_MEM_RAM, BOOT_MEM_RESERVED,
		BOOT_MEM_ACPI, BOOT_MEM_NVS, BOOT_MEM_UNUSABLE, BOOT_MEM_PERSISTENT,
		BOOT_MEM_PRAM, BOOT_MEM_SOFT_RESERVED };
	enum boot_mem_type type = BOOT_MEM_NVS;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const char *name = boot_mem_type_name(all[i]);

		assert_true(boot_mem_type_named(name, strlen(name), &type));
		assert_int_equal(type, all[i]);
		assert_false(boot_mem_type_named(name, strlen(name) - 1, &type));
	}
	assert_true(boot_mem_type_named("Persistent Memory (legacy)", 26, &type));
	assert_int_equal(type, BOOT_MEM_PRAM);
	assert_true(boot_mem_type_named("Unknown E820 type", 17, &type));
	assert_int_equal(type, BOOT_MEM_RESERVED);
	assert_false(boot_mem_type_named("", 0, &type));
	assert_false(boot_mem_type_named("ramp", 4, &type));
	assert_false(boot_mem_type_named("ram\0", 4, &type));
	assert_null(boot_mem_type_name((enum boot_mem_type)77));
}

/* Each of these lines is wrong, and the error names it. */
static void wrong_lines(void **state)
{
	static const char *const lines[] = {
		"ram", "-", "1000", "1000-", "-1000 ram", "1000-2000", "1000-2000ram",
		"1000 to 2000 ram", "1000-2000 rom", "2000-1000 ram", "1000-1000 ram",
		"1000-0 : System RAM", "x-y ram", "0x-0x10 ram", "1000-0x ram",
		"10000000000000000-20000000000000000 ram",
		"10000000000001000-10000000000002000 ram",
		"1000-2000 ram reserved",
		"1000-2000 : ", "1000-2000 :",
	};
	struct boot_map map;
	struct kimg_why why;
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		enum kimg_error error;

		snprintf(text, sizeof(text), "# first\n0-1000 ram\n%s\n", lines[i]);
		error = parse(text, &map, &why);
		/* A Linux line with a strange name is a device, and no error. */
		if (strchr(lines[i], ':') && !strstr(lines[i], "RAM")) {
			assert_int_equal(error, KIMG_OK);
			continue;
		}
		if (error != KIMG_E_MAP_SYNTAX || why.a != 3)
			fail_msg("\"%s\": %s in line %llu", lines[i], kimg_error_id(error),
				 (unsigned long long)why.a);
	}
	assert_int_equal(parse("0-ffffffffffffffff ram\n", &map, &why), KIMG_OK);
	expect(&map, 0, 0, UINT64_MAX, BOOT_MEM_RAM);
}

static void overlaps(void **state)
{
	struct boot_map map;
	struct kimg_why why;

	(void)state;
	assert_int_equal(parse("1000-3000 ram\n2000-4000 ram\n", &map, &why), KIMG_E_MAP_OVERLAP);
	assert_int_equal(why.a, 0x1000);
	assert_int_equal(why.b, 0x3000);
	assert_int_equal(why.c, 0x2000);
	assert_int_equal(why.d, 0x4000);
	assert_int_equal(parse("1000-2001 ram\n2000-4000 nvs\n", &map, &why), KIMG_E_MAP_OVERLAP);
	assert_int_equal(parse("2000-4000 ram\n1000-2001 ram\n", &map, &why), KIMG_E_MAP_OVERLAP);
	assert_int_equal(parse("1000-2000 ram\n1000-2000 ram\n", &map, &why), KIMG_E_MAP_OVERLAP);
	assert_int_equal(parse("1000-9000 ram\n2000-3000 nvs\n", &map, &why), KIMG_E_MAP_OVERLAP);
	assert_int_equal(parse("2000-3000 ram\n1000-9000 nvs\n", &map, &why), KIMG_E_MAP_OVERLAP);
	assert_int_equal(parse("1000-2000 ram\n2000-3000 nvs\n", &map, &why), KIMG_OK);
	assert_int_equal(boot_map_add(&map, 5, 5, BOOT_MEM_RAM, &why), KIMG_E_MAP_OVERLAP);
	assert_int_equal(boot_map_add(&map, 6, 5, BOOT_MEM_RAM, &why), KIMG_E_MAP_OVERLAP);
	assert_int_equal(map.count, 2);
}

/* As many ranges as there may be that cannot be joined, and then one more; joining still works. */
static void full(void **state)
{
	struct boot_map map = { .count = 0 };
	struct kimg_why why;
	uint64_t i;

	(void)state;
	for (i = 0; i < BOOT_MAP_MAX; i++)
		add_memory(&map, i * 0x3000, i * 0x3000 + 0x1000, BOOT_MEM_RAM);
	assert_int_equal(boot_map_add(&map, i * 0x3000, i * 0x3000 + 1, BOOT_MEM_RAM, &why),
			 KIMG_E_MAP_FULL);
	assert_int_equal(why.a, BOOT_MAP_MAX);
	assert_int_equal(map.count, BOOT_MAP_MAX);
	add_memory(&map, 0x1000, 0x3000, BOOT_MEM_RAM);
	check_map(&map);
	assert_int_equal(map.count, BOOT_MAP_MAX - 1);
	add_memory(&map, i * 0x3000, i * 0x3000 + 1, BOOT_MEM_RAM);
	check_map(&map);
	/* A cut that leaves two, a range over another: no room either. */
	assert_int_equal(boot_map_cut(&map, 0x6100, 0x6200, &why), KIMG_E_MAP_FULL);
	assert_int_equal(map.count, BOOT_MAP_MAX);
	assert_int_equal(boot_map_put(&map, 0x6100, 0x6200, BOOT_MEM_NVS, BOOT_PUT_OVER, &why),
			 KIMG_E_MAP_FULL);
	usable.count = 0;
	add_memory(&usable, 1ull << 40, 2ull << 40, BOOT_MEM_RAM);
	assert_int_equal(boot_map_merge(&map, &usable, &why), KIMG_E_MAP_FULL);
}

/* Pieces of one range, in any order, become one again. */
static void joining(void **state)
{
	uint64_t seed = env_number("KLEAP_SEED", 3);

	(void)state;
	for (unsigned int n = 0; n < 200; n++) {
		struct boot_map map = { .count = 0 };
		unsigned int order[60];

		for (unsigned int i = 0; i < 60; i++) {
			unsigned int k = (unsigned int)(sim_random(&seed) % (i + 1));

			order[i] = order[k];
			order[k] = i;
		}
		for (unsigned int i = 0; i < 60; i++) {
			add_memory(&map, order[i] * 16, order[i] * 16 + 16,
				   order[i] < 30 ? BOOT_MEM_RAM : BOOT_MEM_NVS);
			check_map(&map);
		}
		assert_int_equal(map.count, 2);
		expect(&map, 0, 0, 480, BOOT_MEM_RAM);
		expect(&map, 1, 480, 960, BOOT_MEM_NVS);
		assert_true(boot_map_is_ram(&map, 0, 480));
		assert_true(boot_map_is_ram(&map, 479, 480));
		assert_false(boot_map_is_ram(&map, 0, 481));
		assert_false(boot_map_is_ram(&map, 480, 480));
		assert_false(boot_map_is_ram(&map, 10, 5));
		assert_false(boot_map_is_ram(&map, 480, 960));
	}
}

/* Good text cut anywhere, with any byte changed: an error or a sound map. */
static void hostile_text(void **state)
{
	static const char bytes[] = "\0\n\t -:#0fxz\x80\xff";
	uint64_t seed = env_number("KLEAP_SEED", 4), cases = env_number("KLEAP_CASES", 20000);
	char text[sizeof(iomem)];
	struct boot_map map;
	struct kimg_why why;
	size_t size = sizeof(iomem) - 1;

	(void)state;
	for (size_t length = 0; length <= size; length++)
		if (!parse_bytes(iomem, length, &map, &why))
			check_map(&map);
	for (uint64_t n = 0; n < cases; n++) {
		memcpy(text, iomem, sizeof(iomem));
		for (uint64_t changes = sim_random(&seed) % 8; changes; changes--) {
			size_t at = (size_t)(sim_random(&seed) % size);

			text[at] = bytes[sim_random(&seed) % (sizeof(bytes) - 1)];
		}
		if (!parse_bytes(text, size, &map, &why))
			check_map(&map);
		else
			assert_int_equal(kimg_error_group(why.error), KIMG_GROUP_FILE);
	}
	for (uint64_t n = 0; n < cases; n++) {
		size = (size_t)(sim_random(&seed) % 60);
		for (size_t i = 0; i < size; i++)
			text[i] = bytes[sim_random(&seed) % (sizeof(bytes) - 1)];
		if (!parse_bytes(text, size, &map, &why))
			check_map(&map);
		size = sizeof(iomem) - 1;
	}
}

/* The ends of the address space: nothing wraps. */
static void search_extremes(void **state)
{
	struct boot_map map = { .count = 0 };
	struct boot_search search = { .low = 0, .high = UINT64_MAX, .size = 4096,
				      .align = 4096 };
	uint64_t at, largest;

	(void)state;
	add_memory(&map, UINT64_MAX - 0x2fff, UINT64_MAX, BOOT_MEM_RAM);
	assert_true(boot_map_find(&map, &search, &at, &largest));
	assert_int_equal(at, UINT64_MAX - 0x2fff);
	search.from_top = true;
	assert_true(boot_map_find(&map, &search, &at, &largest));
	assert_int_equal(at, UINT64_MAX - 0x1fff);
	search.align = 1ull << 63;
	assert_false(boot_map_find(&map, &search, &at, &largest));
	assert_int_equal(largest, 0x2000);
	search.from_top = false;
	assert_false(boot_map_find(&map, &search, &at, &largest));
	search.align = 4096;
	search.size = UINT64_MAX;
	assert_false(boot_map_find(&map, &search, &at, &largest));
	search.size = 4096;
	search.avoid[0] = (struct kimg_range){ 0, UINT64_MAX };
	search.avoids = 1;
	assert_false(boot_map_find(&map, &search, &at, &largest));
	assert_int_equal(largest, 0);
	/* Things to avoid that have no size, or odd ends. */
	search.avoid[0] = (struct kimg_range){ UINT64_MAX - 0x2000, UINT64_MAX - 0x2000 };
	assert_true(boot_map_find(&map, &search, &at, &largest));
	search.avoid[0] = (struct kimg_range){ UINT64_MAX - 0x2ffe, UINT64_MAX - 0x2ffd };
	assert_true(boot_map_find(&map, &search, &at, &largest));
	assert_int_equal(at, UINT64_MAX - 0x1fff);
}

/* Alignment coarser than the range's ends: |.AA.| fits, |AA| at odd pages does not. */
static void search_aligned(void **state)
{
	struct boot_map map = { .count = 0 };
	struct boot_search search = { .low = 0, .high = UINT64_MAX, .size = 0x2000,
				      .align = 0x2000 };
	uint64_t at, largest;

	(void)state;
	add_memory(&map, 0x1000, 0x3000, BOOT_MEM_RAM);
	for (int top = 0; top < 2; top++) {
		search.from_top = top;
		assert_false(boot_map_find(&map, &search, &at, &largest));
		assert_int_equal(largest, 0x2000);
	}
	add_memory(&map, 0x3000, 0x7000, BOOT_MEM_RAM);
	search.from_top = false;
	assert_true(boot_map_find(&map, &search, &at, &largest));
	assert_int_equal(at, 0x2000);
	search.from_top = true;
	assert_true(boot_map_find(&map, &search, &at, &largest));
	assert_int_equal(at, 0x4000);

	/* Past one thing to avoid, inside another that was looked at before. */
	search.align = 0x1000;
	search.size = 0x1000;
	search.from_top = false;
	search.avoid[0] = (struct kimg_range){ 0x2000, 0x5000 };
	search.avoid[1] = (struct kimg_range){ 0x1000, 0x3000 };
	search.avoids = 2;
	assert_true(boot_map_find(&map, &search, &at, &largest));
	assert_int_equal(at, 0x5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(proc_iomem),
		cmocka_unit_test(nested),
		cmocka_unit_test(two_views),
		cmocka_unit_test(larger_wins),
		cmocka_unit_test(added_ranges),
		cmocka_unit_test(type_zero),
		cmocka_unit_test(damaged_lines),
		cmocka_unit_test(other_lines),
		cmocka_unit_test(dressed_lines),
		cmocka_unit_test(fit),
		cmocka_unit_test(sets),
		cmocka_unit_test(hidden_iomem),
		cmocka_unit_test(plain_form),
		cmocka_unit_test(names),
		cmocka_unit_test(wrong_lines),
		cmocka_unit_test(overlaps),
		cmocka_unit_test(full),
		cmocka_unit_test(joining),
		cmocka_unit_test(hostile_text),
		cmocka_unit_test(search_extremes),
		cmocka_unit_test(search_aligned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
