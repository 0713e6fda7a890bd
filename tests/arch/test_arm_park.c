/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parking page of arm64: the machine code, run by one CPU after another. */
#include "arm64/park.h"
#include "arm64/trampoline.h"
#include "arm_machine.h"
#include "moved.h"

#define PAGE_FRAME	0x345u
#define ENTRY		0x123454u
/* A word for each CPU; two share one. */
#define WORDS		0x200000u
#define CPUS		((unsigned int)ARM64_SLOTS)

#define TABLES		8u

struct yard {
	struct rig rig;
	struct arm_leap leap;
	struct kimg_range memory;
	struct kimg_block block[TABLES];	/* of its tables */
	uint64_t table[TABLES];
	unsigned char *before;
};

static uint64_t word_of(unsigned int cpu)
{
	return WORDS + (cpu ? cpu - 1 : 0) * 8;
}

static unsigned char *at(const struct yard *yard, uint64_t address)
{
	return yard->leap.memory + (leap_index(address >> 12) << 12) + (address & 4095);
}

static void set_word(struct yard *yard, uint64_t address, uint64_t value)
{
	memcpy(at(yard, address), &value, sizeof(value));
}

static struct arm64_slot *slot_of(const struct yard *yard, unsigned int cpu)
{
	return (struct arm64_slot *)at(yard, (PAGE_FRAME << 12) + PARAMS) + cpu;
}

/* Tables that map all memory, and the page. The words are not 0 before the last moment. */
static void set_up(struct yard *yard, enum arm_hvc hvc)
{
	struct arch_control control = {
		.host = &yard->rig.host, .table = yard->table, .memory = &yard->memory,
		.memories = 1, .mair = ARM64_MAIR,
	};
	struct arch_leap none = { .entry = { .machine = KLEAP_ARM64 } };
	uint64_t seed = 1;

	memset(yard, 0, sizeof(*yard));
	moved_machine(&yard->rig, true, UINT64_MAX, NULL, NULL);
	assert_error(&yard->rig, rig_load(&yard->rig), KIMG_OK);
	control.frame = yard->rig.image.control[0];
	yard->memory = (struct kimg_range){ 0, LEAP_LOW };
	assert_in_range(arm64_table_count(&control), 1, TABLES);
	for (uint32_t i = 0; i < arm64_table_count(&control); i++) {
		assert_error(&yard->rig, kimg_draw_control(&yard->rig.image, &yard->block[i], 0,
							    &yard->rig.why), KIMG_OK);
		yard->table[i] = yard->block[i].first;
	}
	yard->leap = (struct arm_leap){
		.arm64 = true, .switch_address = ARM64_SWITCH, .page = PAGE_FRAME << 12,
		.address = ENTRY, .hvc = hvc,
	};
	yard->leap.tables = arm64_control_write(&control, arm64_trampoline, 16, &none);
	arm_leap_open(&yard->leap, yard->rig.sim);
	assert_int_equal(arm64_park_end - arm64_park, PARAMS);
	memcpy(at(yard, PAGE_FRAME << 12), arm64_park, PARAMS);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		*slot_of(yard, cpu) = (struct arm64_slot){ .release = word_of(cpu) };
		set_word(yard, word_of(cpu), 0);
	}
	/* What the new kernel writes. */
	for (uint64_t i = 0; i < 4096; i += 8)
		set_word(yard, ENTRY / 4096 * 4096 + i, sim_random(&seed));
	yard->before = malloc(LEAP_LOW);
	assert_non_null(yard->before);
	memcpy(yard->before, yard->leap.memory, LEAP_LOW);
}

static void done(struct yard *yard)
{
	free(yard->before);
	arm_leap_close(&yard->leap);
	rig_close(&yard->rig);
}

/* A CPU waits in the page, and nothing has changed but its slot. */
static void judge_parked(struct yard *yard, unsigned int cpu)
{
	const struct arm_leap *leap = &yard->leap;
	struct arm64_slot *slot = slot_of(yard, cpu);

	if (leap->trouble)
		fail_msg("%s at %#llx", leap->trouble, (unsigned long long)leap->stopped_at);
	assert_true(leap->stopped && !leap->entered);
	assert_int_equal(leap->stopped_at >> 12, PAGE_FRAME);
	assert_false(leap->interrupts || leap->mmu || leap->caches);
	assert_int_equal(leap->exceptions, 0);
	assert_int_equal(leap->hvcs, 1);
	assert_int_equal(leap->risen, leap->hvc == ARM_HVC_STUB);
	assert_int_equal(slot->parked, 1);
	slot->parked = 0;
	assert_memory_equal(leap->memory, yard->before, LEAP_LOW);
}

static void park(struct yard *yard, unsigned int cpu)
{
	yard->leap.slot = cpu;
	arm_leap_run(&yard->leap);
	judge_parked(yard, cpu);
}

/* Any event wakes it; only its own word lets it go. */
static void release(struct yard *yard, unsigned int cpu)
{
	struct arm_leap *leap = &yard->leap;

	for (unsigned int other = 0; other < CPUS; other++)
		if (word_of(other) != word_of(cpu))
			set_word(yard, word_of(other), ENTRY + 8);
	for (unsigned int i = 0; i < 3; i++) {
		arm_leap_wake(leap);
		assert_true(leap->stopped && !leap->trouble);
	}
	set_word(yard, word_of(cpu), ENTRY);
	arm_leap_wake(leap);
	assert_true(leap->entered && !leap->stopped);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(leap->reg[i], 0);
	assert_false(leap->interrupts || leap->mmu || leap->caches);
	assert_int_equal(leap->risen, leap->hvc == ARM_HVC_STUB);
	memcpy(at(yard, WORDS), yard->before + WORDS, 4096);
	assert_memory_equal(leap->memory, yard->before, LEAP_LOW);
}

/* At EL2, and at EL1 where nothing leads there. */
static void test_levels(void **state)
{
	(void)state;
	for (unsigned int hvc = ARM_HVC_UNDEFINED; hvc <= ARM_HVC_STUB; hvc++) {
		struct yard yard;

		set_up(&yard, (enum arm_hvc)hvc);
		park(&yard, 1);
		release(&yard, 1);
		done(&yard);
	}
}

static void test_slots(void **state)
{
	static const unsigned int cpus[] = { 0, 1, 2, 31, CPUS - 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(cpus) / sizeof(*cpus); i++) {
		struct yard yard;

		set_up(&yard, ARM_HVC_STUB);
		park(&yard, cpus[i]);
		release(&yard, cpus[i]);
		done(&yard);
	}
}

/* An address has 64 bits. */
static void test_high(void **state)
{
	struct yard yard;

	(void)state;
	set_up(&yard, ARM_HVC_STUB);
	yard.leap.address = LEAP_HIGH + 0x1000;
	slot_of(&yard, 2)->release = LEAP_HIGH + 8;
	memcpy(yard.before, yard.leap.memory, LEAP_LOW);
	park(&yard, 2);
	set_word(&yard, LEAP_HIGH + 8, LEAP_HIGH + 0x1000);
	arm_leap_wake(&yard.leap);
	assert_true(yard.leap.entered);
	done(&yard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_high),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
