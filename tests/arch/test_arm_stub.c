/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stubs of ARM that enter a kernel which kexec_load(2) has copied: the machine code, run
 * from the state in which Linux's kexec leaves the processor.
 */
#include "arch.h"
#include "arm/stub.h"
#include "arm_machine.h"
#include "stub_ranges.h"

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
	struct arch_stub *stub = &trip->stub;
	struct arm_leap *leap = &trip->leap;
	uint64_t seed = way;

	memset(trip, 0, sizeof(*trip));
	trip->way = &ways[way % WAYS];
	leap->arm64 = trip->way->arm64;
	leap->lpae = trip->way->lpae;
	leap->switch_address = ARM_SWITCH;
	leap->page = STUB;
	leap->address = 0x123454;
	arm_leap_open(leap, NULL);
	stub_fill_memory(leap->memory, &seed);
	*stub = (struct arch_stub){
		.uart = { .address = ARM_UART, .type = KLEAP_UART_PL011 },
		.conduit = ARCH_CONDUIT_SMC, .check = true,
		.entry = { .machine = trip->way->machine, .address = leap->address },
	};
	leap->uart = stub->uart;
	for (unsigned int i = 0; i < (leap->arm64 ? 4 : 3); i++)
		stub->entry.reg[i] = leap->arm64 ? sim_random(&seed) :
			(uint32_t)sim_random(&seed);
	stub_set_ranges(stub, leap->memory, leap->arm64);
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
	stub_judge_memory(trip->leap.memory, trip->before);
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
		stub_set_pages(&trip.stub, trip.leap.memory,
			       i < WAYS ? ARCH_STUB_RANGES : 0);
		run(&trip);
		arm_leap_judge(&trip.leap, &trip.stub.entry, "eva");
		done(&trip);
	}
}

/* A bit anywhere in a range, or in the sum. Bits outside do not count. */
static void test_damage(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS * STUB_DAMAGES; i++) {
		struct trip trip;

		set_up(&trip, i);
		trip.stub.conduit = (enum arch_conduit)(i % 3);
		trip.leap.hvc = ARM_HVC_ANSWERED;
		stub_damage(&trip.stub, trip.leap.memory, i / WAYS, trip.way->arm64);
		run(&trip);
		arm_leap_judge_reset(&trip.leap, trip.stub.conduit, "e?");
		done(&trip);
	}
	for (size_t i = 0; i < WAYS * STUB_HARMLESS; i++) {
		struct trip trip;

		set_up(&trip, i);
		stub_change_elsewhere(trip.leap.memory, i / WAYS);
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
