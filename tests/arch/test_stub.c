/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stubs that enter a kernel which kexec_load(2) has copied: the machine code, run from
 * the state in which Linux's kexec leaves the processor.
 */
#include "arch.h"
#include "leap_machine.h"
#include "stub_ranges.h"
#include "x86/stub.h"

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
	struct arch_stub *stub = &trip->stub;
	struct leap *leap = &trip->leap;
	uint64_t seed = way;

	memset(trip, 0, sizeof(*trip));
	trip->way = &ways[way % WAYS];
	leap->x86_64 = trip->way->x86_64;
	leap->la57 = trip->way->la57;
	leap->mce = way % 2;
	leap->page = STUB;
	leap->address = 0x123456;
	leap_open(leap, NULL);
	stub_fill_memory(leap->memory, &seed);
	*stub = (struct arch_stub){
		.uart.address = LEAP_UART, .check = true,
		.entry = { .machine = trip->way->machine, .address = leap->address },
	};
	for (unsigned int i = 0; i < 8; i++)
		stub->entry.reg[i] = trip->way->machine == KLEAP_X86_64 ?
			sim_random(&seed) : (uint32_t)sim_random(&seed);
	stub_set_ranges(stub, leap->memory, leap->x86_64);
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
	stub_judge_memory(trip->leap.memory, trip->before);
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
		stub_set_pages(&trip.stub, trip.leap.memory,
			       i < WAYS ? ARCH_STUB_RANGES : 0);
		run(&trip);
		leap_judge(&trip.leap, &trip.stub.entry, "eva");
		done(&trip);
	}
}

/* A bit anywhere in a range, or in the sum. Bits outside do not count. */
static void test_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * STUB_DAMAGES; i++) {
		struct trip trip;

		set_up(&trip, i % 2);
		stub_damage(&trip.stub, trip.leap.memory, i / 2, trip.way->x86_64);
		run(&trip);
		leap_judge_reset(&trip.leap, "e?");
		done(&trip);
	}
	for (size_t i = 0; i < 2 * STUB_HARMLESS; i++) {
		struct trip trip;

		set_up(&trip, i % 2);
		stub_change_elsewhere(trip.leap.memory, i / 2);
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
