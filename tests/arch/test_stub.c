/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stubs that enter a kernel which kexec_load(2) has copied: the machine code, run from
 * the state in which Linux's kexec leaves the processor.
 */
#include "arch.h"
#include "leap_machine.h"
#include "x86/stub.h"

#define STUB		0x400000u
#define GDT		0x500040u
#define TABLES		0x600000u	/* two tops, and a page of each other level */

/* From which kernel, with which paging, to which. */
static const struct way {
	bool x86_64, la57;
	enum kleap_machine machine;
} ways[] = {
	{ .machine = KLEAP_X86_32 },
	{ .x86_64 = true, .machine = KLEAP_X86_64 },
	{ .x86_64 = true, .la57 = true, .machine = KLEAP_X86_64 },
	{ .x86_64 = true, .machine = KLEAP_X86_32 },
	{ .x86_64 = true, .la57 = true, .machine = KLEAP_X86_32 },
};
#define WAYS (sizeof(ways) / sizeof(*ways))

struct trip {
	const struct way *way;
	struct leap leap;
	struct arch_stub stub;
	unsigned char *before;
};

static void put(const struct leap *leap, uint64_t address, uint64_t value)
{
	memcpy(leap_at(leap, address), &value, sizeof(value));
}

/* A machine with bytes in all memory, but no stub yet; its sum is right. */
static void set_up(struct trip *trip, size_t way)
{
	static const struct kimg_range ranges[] = {
		{ 0x100000, 0x103000 }, { 0x7ff000, 0x801000 }, { 0x500000, 0x501000 },
		{ 0x300000, 0x300000 }, { STUB + 0x1000, STUB + 0x2000 },
		{ LEAP_HIGH + 0x10000, LEAP_HIGH + 0x13000 },
	};
	struct arch_stub *stub = &trip->stub;
	struct leap *leap = &trip->leap;
	uint64_t seed = way, word;

	memset(trip, 0, sizeof(*trip));
	trip->way = &ways[way % WAYS];
	leap->x86_64 = trip->way->x86_64;
	leap->la57 = trip->way->la57;
	leap->mce = way % 2;
	leap->page = STUB;
	leap->address = 0x123456;
	leap_open(leap, NULL);
	for (size_t i = 0; i < LEAP_FRAMES * 4096; i += sizeof(word)) {
		word = sim_random(&seed);
		memcpy(leap->memory + i, &word, sizeof(word));
	}
	*stub = (struct arch_stub){
		.uart.address = LEAP_UART, .check = true, .loaded = hash_start(),
		.ranges = leap->x86_64 ? 6 : 5,
		.entry = { .machine = trip->way->machine, .address = leap->address },
	};
	memcpy(stub->range, ranges, sizeof(ranges));
	for (unsigned int i = 0; i < 8; i++)
		stub->entry.reg[i] = trip->way->machine == KLEAP_X86_64 ?
			sim_random(&seed) : (uint32_t)sim_random(&seed);
	for (uint32_t i = 0; i < stub->ranges; i++)
		for (uint64_t at = ranges[i].start; at < ranges[i].end; at += 4096) {
			struct hash page = hash_page(leap_at(leap, at), 4096);

			hash_join(&stub->loaded, &page);
		}
}

static void write_stub(struct trip *trip)
{
	(trip->way->x86_64 ? x86_64_stub_write : i386_stub_write)(
		leap_at(&trip->leap, STUB), STUB, &trip->stub);
}

static void run(struct trip *trip)
{
	write_stub(trip);
	trip->before = malloc(LEAP_FRAMES * 4096);
	assert_non_null(trip->before);
	memcpy(trip->before, trip->leap.memory, LEAP_FRAMES * 4096);
	leap_run_stub(&trip->leap);
}

/* The stub changes its own page only. Then the machine goes. */
static void done(struct trip *trip)
{
	for (size_t i = 0; i < LEAP_FRAMES; i++)
		if (i != STUB >> 12)
			assert_memory_equal(trip->leap.memory + i * 4096,
					    trip->before + i * 4096, 4096);
	free(trip->before);
	leap_close(&trip->leap);
}

static const char *letters(const struct trip *trip)
{
	return !trip->stub.uart.address ? "" : trip->stub.check ? "eva" : "ea";
}

/* With and without a sum, a UART, a GDT of the new kernel's. */
static void test_enter(void **state)
{
	(void)state;
	for (size_t i = 0; i < 8 * WAYS; i++) {
		size_t with = i / WAYS;
		struct trip trip;

		set_up(&trip, i);
		trip.stub.check = with & 1;
		trip.stub.uart.address = with & 2 ? LEAP_UART : 0;
		if (with & 4) {
			put(&trip.leap, GDT + 0x10, trip.way->machine == KLEAP_X86_64 ?
			    0x00af9b000000ffff : 0x00cf9b000000ffff);
			put(&trip.leap, GDT + 0x18, 0x00cf93000000ffff);
			trip.stub.entry.reg[KLEAP_X86_GDT_BASE] = GDT;
			trip.stub.entry.reg[KLEAP_X86_GDT_LIMIT] = 0x1f;
			/* In one of the ranges. */
			trip.stub.check = false;
		}
		run(&trip);
		leap_judge(&trip.leap, &trip.stub.entry, letters(&trip));
		done(&trip);
	}
}

/* In 64-bit mode the kernel is entered on its own tables: they map where it is entered. */
static void test_tables(void **state)
{
	(void)state;
	for (size_t i = 1; i < 3; i++) {
		struct trip trip;
		struct leap *leap = &trip.leap;

		set_up(&trip, i);
		for (uint64_t at = TABLES; at < TABLES + 0x4000; at += 8)
			put(leap, at, 0);
		/* Accessed and dirty: the processor need not write that. */
		put(leap, TABLES, (TABLES + 0x1000) | 0x63);
		put(leap, TABLES + 0x1000, (TABLES + 0x2000) | 0x63);
		put(leap, TABLES + 0x2000, (TABLES + 0x3000) | 0x63);
		for (uint64_t block = 0; block < 512; block++)
			put(leap, TABLES + 0x3000 + block * 8, block << 21 | 0xe3);
		trip.stub.entry.reg[KLEAP_X86_TABLES] = TABLES;
		run(&trip);
		leap_judge(leap, &trip.stub.entry, "eva");
		done(&trip);
	}
}

/* All ranges there can be, and none. */
static void test_ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * WAYS; i++) {
		struct trip trip;

		set_up(&trip, i);
		trip.stub.loaded = hash_start();
		trip.stub.ranges = i < WAYS ? ARCH_STUB_RANGES : 0;
		for (uint32_t r = 0; r < trip.stub.ranges; r++) {
			uint64_t at = 0x800000 - r * 0x2000;
			struct hash page = hash_page(leap_at(&trip.leap, at), 4096);

			hash_join(&trip.stub.loaded, &page);
			trip.stub.range[r] = (struct kimg_range){ at, at + 0x1000 };
		}
		run(&trip);
		leap_judge(&trip.leap, &trip.stub.entry, "eva");
		done(&trip);
	}
}

/* A bit anywhere in a range, or in the sum. Bits outside do not count. */
static void test_damage(void **state)
{
	static const uint64_t damaged[] = {
		0x100000, 0x102fff, 0x7ff800, 0x800123, 0x500fff, STUB + 0x1000,
		LEAP_HIGH + 0x10000, LEAP_HIGH + 0x12fff,
	}, elsewhere[] = {
		0x0fffff, 0x103000, 0x7fefff, 0x300000, STUB + 0x2000, LEAP_HIGH + 0xffff,
		LEAP_HIGH + 0x13000,
	};

	(void)state;
	for (size_t i = 0; i < 2 * (sizeof(damaged) / sizeof(*damaged) + HASH_LANES); i++) {
		size_t number = i / 2;
		struct trip trip;

		set_up(&trip, i % 2);
		if (number < HASH_LANES)
			trip.stub.loaded.lane[number] ^= 0x10000;
		else if (damaged[number - HASH_LANES] < LEAP_HIGH || i % 2)
			*leap_at(&trip.leap, damaged[number - HASH_LANES]) ^= 4;
		else
			trip.stub.loaded.lane[0]++;
		run(&trip);
		leap_judge_reset(&trip.leap, "e?");
		done(&trip);
	}
	for (size_t i = 0; i < 2 * sizeof(elsewhere) / sizeof(*elsewhere); i++) {
		struct trip trip;

		set_up(&trip, i % 2);
		*leap_at(&trip.leap, elsewhere[i / 2]) ^= 4;
		run(&trip);
		leap_judge(&trip.leap, &trip.stub.entry, "eva");
		done(&trip);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enter),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
