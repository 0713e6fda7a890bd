/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stubs of ARM that enter a kernel which kexec_load(2) has copied: the machine code, run
 * from the state in which Linux's kexec leaves the processor.
 */
#include "arch.h"
#include "arm/stub.h"
#include "arm_machine.h"

#define STUB		0x400000u

static const struct way {
	bool arm64, lpae;
	enum kleap_machine machine;
} ways[] = {
	{ .arm64 = true, .machine = KLEAP_ARM64 },
	{ .lpae = true, .machine = KLEAP_ARM },
};
#define WAYS (sizeof(ways) / sizeof(*ways))

struct trip {
	const struct way *way;
	struct arm_leap leap;
	struct arch_stub stub;
	unsigned char *before;
};

static unsigned char *at(const struct trip *trip, uint64_t address)
{
	return trip->leap.memory + (leap_index(address >> 12) << 12) + (address & 4095);
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
	struct arm_leap *leap = &trip->leap;
	uint64_t seed = way, word;

	memset(trip, 0, sizeof(*trip));
	trip->way = &ways[way % WAYS];
	leap->arm64 = trip->way->arm64;
	leap->lpae = trip->way->lpae;
	leap->switch_address = ARM_SWITCH;
	leap->page = STUB;
	leap->address = 0x123454;
	arm_leap_open(leap, NULL);
	for (size_t i = 0; i < LEAP_FRAMES * 4096; i += sizeof(word)) {
		word = sim_random(&seed);
		memcpy(leap->memory + i, &word, sizeof(word));
	}
	*stub = (struct arch_stub){
		.uart = { .address = ARM_UART, .kind = ARCH_UART_PL011, .width = 4 },
		.conduit = ARCH_CONDUIT_SMC, .check = true, .loaded = hash_start(),
		.ranges = leap->arm64 ? 6 : 5,
		.entry = { .machine = trip->way->machine, .address = leap->address },
	};
	leap->uart = stub->uart;
	memcpy(stub->range, ranges, sizeof(ranges));
	for (unsigned int i = 0; i < (leap->arm64 ? 4 : 3); i++)
		stub->entry.reg[i] = leap->arm64 ? sim_random(&seed) :
			(uint32_t)sim_random(&seed);
	for (uint32_t i = 0; i < stub->ranges; i++)
		for (uint64_t from = ranges[i].start; from < ranges[i].end; from += 4096) {
			struct hash page = hash_page(at(trip, from), 4096);

			hash_join(&stub->loaded, &page);
		}
}

static void run(struct trip *trip)
{
	(trip->way->arm64 ? arm64_stub_write : arm_stub_write)(at(trip, STUB), &trip->stub);
	trip->before = malloc(LEAP_FRAMES * 4096);
	assert_non_null(trip->before);
	memcpy(trip->before, trip->leap.memory, LEAP_FRAMES * 4096);
	arm_leap_run_stub(&trip->leap);
}

/* The stub changes its own page only. Then the machine goes. */
static void done(struct trip *trip)
{
	for (size_t i = 0; i < LEAP_FRAMES; i++)
		if (i != STUB >> 12)
			assert_memory_equal(trip->leap.memory + i * 4096,
					    trip->before + i * 4096, 4096);
	free(trip->before);
	arm_leap_close(&trip->leap);
}

/* With and without a sum, a UART. */
static void test_enter(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4 * WAYS; i++) {
		size_t with = i / WAYS;
		struct trip trip;

		set_up(&trip, i);
		trip.stub.check = with & 1;
		if (with & 2)
			trip.stub.uart.address = 0;
		run(&trip);
		arm_leap_judge(&trip.leap, &trip.stub.entry,
			  with & 2 ? "" : with & 1 ? "eva" : "ea");
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
			uint64_t from = 0x800000 - r * 0x2000;
			struct hash page = hash_page(at(&trip, from), 4096);

			hash_join(&trip.stub.loaded, &page);
			trip.stub.range[r] = (struct kimg_range){ from, from + 0x1000 };
		}
		run(&trip);
		arm_leap_judge(&trip.leap, &trip.stub.entry, "eva");
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
	for (size_t i = 0; i < WAYS * (sizeof(damaged) / sizeof(*damaged) + HASH_LANES); i++) {
		size_t number = i / WAYS;
		struct trip trip;

		set_up(&trip, i);
		trip.stub.conduit = (enum arch_conduit)(i % 3);
		trip.leap.hvc = ARM_HVC_ANSWERED;
		if (number < HASH_LANES)
			trip.stub.loaded.lane[number] ^= 0x10000;
		else if (damaged[number - HASH_LANES] < LEAP_HIGH || trip.way->arm64)
			*at(&trip, damaged[number - HASH_LANES]) ^= 4;
		else
			trip.stub.loaded.lane[0]++;
		run(&trip);
		arm_leap_judge_reset(&trip.leap, trip.stub.conduit, "e?");
		done(&trip);
	}
	for (size_t i = 0; i < WAYS * sizeof(elsewhere) / sizeof(*elsewhere); i++) {
		struct trip trip;

		set_up(&trip, i);
		*at(&trip, elsewhere[i / WAYS]) ^= 4;
		run(&trip);
		arm_leap_judge(&trip.leap, &trip.stub.entry, "eva");
		done(&trip);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_enter),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
