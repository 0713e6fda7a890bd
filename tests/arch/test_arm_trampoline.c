/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The leap on ARM: the machine code of arch/arm/ and arch/arm64/, run, as test_trampoline.c does for x86.
 * Judged by S6, the state at entry, the letters on the UART, what is in the caches when they
 * are turned off, and the number of instructions.
 */
#include "arm/trampoline.h"
#include "arm64/trampoline.h"
#include "arm_machine.h"
#include "moved.h"
#include "table_walk.h"

#define TABLES_MAX	32u

/* From which kernel, with which paging. */
static const struct way {
	const char *name;
	bool arm64, lpa2, lpae, shared;
	/* What its memory's and devices' attributes are called, and where they are. */
	uint64_t mair;
	unsigned int memory, device;
	/* The most instructions for a byte that is moved. */
	double instructions;
} ways[] = {
	{ .name = "arm64", .arm64 = true, .shared = true,
	  .mair = ARM64_MAIR, .memory = 6, .device = 2, .instructions = 1 },
	{ .name = "arm, long descriptors", .lpae = true, .shared = true,
	  .mair = ARM_MAIR, .memory = 7, .device = 0, .instructions = 2 },
	{ .name = "arm, short descriptors", .shared = true,
	  .mair = ARM_REMAP, .memory = 7, .device = 0, .instructions = 2 },
	{ .name = "arm64, LPA2", .arm64 = true, .lpa2 = true,
	  .mair = ARM64_MAIR, .memory = 6, .device = 2, .instructions = 1 },
	{ .name = "arm, long descriptors, one CPU", .lpae = true,
	  .mair = ARM_MAIR, .memory = 7, .device = 0, .instructions = 2 },
	{ .name = "arm, short descriptors, one CPU",
	  .mair = ARM_REMAP, .memory = 7, .device = 0, .instructions = 2 },
};
#define WAYS (sizeof(ways) / sizeof(*ways))
#define FIRST_WAYS 3u	/* one of each code and kind of tables */
#define ORDER_WAYS FIRST_WAYS
#define WIDE_WAY 0
#define DAMAGE_STEP 3u

/* A machine with an image on it, and its leap. */
struct trip {
	const struct way *way;
	struct rig rig;
	struct arm_leap leap;
	struct arch_leap told;
	struct arch_control control;
	struct kimg_range memory[LEAP_FRAMES];
	struct kimg_block block[TABLES_MAX];	/* of the control pages that are tables */
	uint64_t table[TABLES_MAX];
	uint64_t frame[TABLES_MAX + 6];		/* all of theirs */
	uint32_t drawn, frames;
};

/* That of the tests which has no long descriptors has no HYP mode, either. */
static bool has_hvc(const struct trip *trip)
{
	return trip->way->arm64 || trip->way->lpae;
}

static const struct arch_uart uarts[] = {
	{ .address = ARM_UART, .type = KLEAP_UART_PL011 },
	{ .address = ARM_UART + 0x100, .type = KLEAP_UART_8250_MMIO32 },
	{ .address = ARM_UART + 0xff0, .type = KLEAP_UART_8250_MMIO },
};
#define UARTS (sizeof(uarts) / sizeof(*uarts))

static int pull(void *arg, uint32_t segment, uint64_t offset, void *to, size_t size)
{
	(void)arg;
	sim_pattern_fill(segment, offset, to, size);
	return 0;
}

static void set_up(struct trip *trip, size_t way)
{
	memset(trip, 0, sizeof(*trip));
	trip->way = &ways[way % WAYS];
	moved_machine(&trip->rig, trip->way->arm64, UINT64_MAX, pull, trip);
	trip->told = (struct arch_leap){
		.uart = uarts[way % UARTS], .conduit = ARCH_CONDUIT_SMC,
		.entry = { .machine = trip->way->arm64 ? KLEAP_ARM64 : KLEAP_ARM,
			   .address = 0x123454 },
	};
	for (size_t i = 0; i < KLEAP_ARM64_REGISTERS; i++)
		trip->told.entry.reg[i] = trip->way->arm64 ? 0x1112131421222324u * (i + 1) :
			(uint32_t)(0x11121314u * (i + 1));
	trip->control = (struct arch_control){
		.host = &trip->rig.host, .memory = trip->memory,
		.switch_address = trip->way->arm64 ? ARM64_SWITCH : ARM_SWITCH,
		.switch_frame = LEAP_SWITCH_FRAME,
		.mair = trip->way->mair, .lpa2 = trip->way->lpa2, .lpae = trip->way->lpae,
		.shared = trip->way->shared, .uart = trip->told.uart.address,
	};
	trip->leap.switch_address = trip->control.switch_address;
	trip->leap.arm64 = trip->way->arm64;
	trip->leap.lpae = trip->way->lpae;
}

static uint32_t table_count(const struct trip *trip)
{
	return (trip->way->arm64 ? arm64_table_count : arm_table_count)(&trip->control);
}

/* Draw what tables are needed, as the module does, and write the control pages. */
static void write_control(struct trip *trip)
{
	struct rig *rig = &trip->rig;
	struct arch_control *control = &trip->control;
	bool arm64 = trip->way->arm64;
	uint32_t count = table_count(trip);

	assert_true((arm64 ? arm64_can_map : arm_can_map)(control));
	assert_in_range(count, 1, TABLES_MAX);
	for (; trip->drawn < count; trip->drawn++) {
		struct kimg_block *block = &trip->block[trip->drawn];
		uint32_t order = arm64 ? 0 : arm_table_order(control, trip->drawn);

		/* Some of the simulator's allocators give single frames only. */
		if (order)
			sim_set_allocator(rig->sim, SIM_ASCENDING_RUNS, 0);
		assert_error(rig, kimg_draw_control(&rig->image, block, order, &rig->why),
			     KIMG_OK);
		trip->table[trip->drawn] = block->first;
		for (uint64_t i = 0; i < 1u << order; i++)
			trip->frame[trip->frames++] = block->first + i;
	}
	control->table = trip->table;
	trip->leap.uart = trip->told.uart;
	trip->leap.tables = arm64 ?
		arm64_control_write(control, arm64_trampoline,
			(size_t)(arm64_trampoline_end - arm64_trampoline), &trip->told) :
		arm_control_write(control, arm_trampoline,
			(size_t)(arm_trampoline_end - arm_trampoline), &trip->told);
}

/* The new kernel is entered with the MMU off. */
static void find_memory(struct trip *trip)
{
	trip->control.memories = moved_ranges(&trip->rig.image, &trip->rig.image.control[0], 1,
					      trip->memory);
}

static void load_image(struct trip *trip)
{
	struct rig *rig = &trip->rig;

	assert_error(rig, rig_load(rig), KIMG_OK);
	trip->told.head = rig->image.head;
	trip->told.moved = moved_hash(&rig->image, pull, NULL);
	trip->leap.address = trip->told.entry.address;
	trip->leap.page = rig->image.control[0] << 12;
	trip->control.frame = rig->image.control[0];
}

/* Load, and write the control pages. */
static void load(struct trip *trip)
{
	load_image(trip);
	find_memory(trip);
	write_control(trip);
}

/*
 * Arm ARM (DDI 0487), D8.3; for ARMv7 (DDI 0406), B3.6 and B3.5. Valid; the index of attributes;
 * shared; accessed; DBM and UXN, or XN and PXN.
 */
static struct table_shape shape_of(const struct trip *trip, bool device)
{
	uint64_t index = device ? trip->way->device : trip->way->memory;
	bool shared = trip->way->shared && !device;
	uint64_t bits = index << 2 | (shared ? 0x700 : 0x400);

	if (trip->way->arm64) {
		bits |= 0x48000000000000u | (device ? 1ull << 53 : 0);
		return (struct table_shape){ .levels = 4, .entry_size = 8,
			.shift = { 39, 30, 21, 12 }, .bits = { 9, 9, 9, 9 }, .large = 1,
			.top = 3, .table = 3, .block = bits | 1, .page = bits | 3 };
	}
	if (trip->way->lpae) {
		bits |= device ? 3ull << 53 : 0;
		return (struct table_shape){ .levels = 3, .entry_size = 8,
			.shift = { 30, 21, 12 }, .bits = { 2, 9, 9 }, .large = 0,
			.top = 3, .table = 3, .block = bits | 1, .page = bits | 3 };
	}
	return (struct table_shape){ .levels = 2, .entry_size = 4,
		.shift = { 20, 12 }, .bits = { 12, 8 }, .large = 0, .top = 1,
		.block = 0x402 | (index & 3) << 2 | (index & 4) << 10 |
			(shared ? 0x10000 : 0) | (device ? 0x10 : 0),
		.page = 0x12 | (index & 3) << 2 | (index & 4) << 4 |
			(shared ? 0x400 : 0) | (device ? 1 : 0) };
}

/* The tables for the copy: on arm the trampoline is told where. */
static uint64_t copy_top(struct trip *trip)
{
	uint64_t top = trip->leap.tables;

	if (!trip->way->arm64)
		memcpy(&top, sim_peek(trip->rig.sim, trip->control.frame) + PARAMS + PARAM_TABLES,
		       sizeof(top));
	return top >> 12;
}

/* On arm the first tables map the page of arm_switch(), and page 0. */
static uint32_t judge_first_tables(struct trip *trip)
{
	struct table_shape shape = shape_of(trip, false);
	struct walk_map first = { trip->leap.page, trip->leap.page, 4096 };
	struct walk_map second = { trip->control.switch_address, (uint64_t)LEAP_SWITCH_FRAME << 12, 4096 };
	struct walk_map map[2] = { first, second };
	struct walk walk;

	if (first.address > second.address) {
		map[0] = second;
		map[1] = first;
	}
	walk_tables(&walk, trip->rig.sim, &shape, trip->leap.tables >> 12);
	walk_judge(&walk, &shape, map, 2);
	walk_free(&walk);
	return walk.tables;
}

/*
 * The tables map the memory that was named, and the UART's registers as a device; and nothing
 * else. The walk knows one kind of page, so the device's entry is judged here, and becomes one
 * for memory.
 */
static void judge_tables(struct trip *trip)
{
	struct sim *sim = trip->rig.sim;
	const struct arch_control *control = &trip->control;
	struct table_shape shape = shape_of(trip, false), device = shape_of(trip, true);
	struct walk_map *map = calloc(control->memories + 1, sizeof(*map));
	uint64_t uart = control->uart & ~0xfffull, top = copy_top(trip), table = top;
	uint64_t entry = 0, as_memory = uart | shape.page;
	struct walk walk;
	size_t maps = 0, at = 0;

	assert_non_null(map);
	for (unsigned int level = 0; uart && level < shape.levels; level++) {
		at = (uart >> shape.shift[level] & ((1u << shape.bits[level]) - 1)) *
			shape.entry_size;
		table += at >> 12;
		at &= 4095;
		memcpy(&entry, sim_peek(sim, table) + at, shape.entry_size);
		if (level + 1 < shape.levels)
			table = (entry & 0xfffffffff000u) >> 12;
	}
	if (uart) {
		assert_int_equal(entry, uart | device.page);
		sim_poke(sim, table, at, &as_memory, shape.entry_size);
	}
	for (uint32_t i = 0; i <= control->memories; i++) {
		if (uart && (i == control->memories || control->memory[i].start > uart)) {
			map[maps++] = (struct walk_map){ uart, uart, 4096 };
			uart = 0;
		}
		if (i < control->memories)
			map[maps++] = (struct walk_map){ control->memory[i].start,
				control->memory[i].start,
				control->memory[i].end - control->memory[i].start };
	}
	walk_tables(&walk, sim, &shape, top);
	walk_judge(&walk, &shape, map, maps);
	if (!trip->way->arm64)
		walk.tables += judge_first_tables(trip);
	assert_int_equal(walk.tables, table_count(trip));
	walk_free(&walk);
	free(map);
	if (control->uart)
		sim_poke(sim, table, at, &entry, shape.entry_size);
}

static bool is_wide(const struct trip *trip)
{
	return trip->way->arm64;
}

static void vary(struct trip *trip, size_t number)
{
	trip->told.check = number & 1;
}

static void open_leap(struct trip *trip)
{
	arm_leap_open(&trip->leap, trip->rig.sim);
}

static void run_leap(struct trip *trip)
{
	arm_leap_run(&trip->leap);
}

static void judge_reset(struct trip *trip, const char *letters)
{
	arm_leap_judge_reset(&trip->leap, trip->told.conduit, letters);
}

static void go(struct trip *trip)
{
	moved_protect(&trip->rig.image, trip->leap.read_only);
	judge_tables(trip);
	open_leap(trip);
	run_leap(trip);
}

static void done(struct trip *trip)
{
	arm_leap_close(&trip->leap);
	rig_close(&trip->rig);
}

static void judge_memory(struct trip *trip, bool moved)
{
	moved_judge(&trip->rig, trip->leap.memory, trip->frame, trip->frames, moved, pull, NULL);
}

static const char *letters(const struct trip *trip)
{
	return !trip->told.uart.address ? "" : trip->told.check ? "kleva" : "klea";
}

static void judge(struct trip *trip)
{
	arm_leap_judge(&trip->leap, &trip->told.entry, letters(trip));
	assert_int_equal(trip->leap.hvcs, has_hvc(trip) && trip->leap.hvc >= ARM_HVC_ACCEPTED ? 2 : 1);
	judge_memory(trip, true);
}

#include "trips.h"

/* Two pages, with and without a sum. */
static void test_two_pages(void **state)
{
	(void)state;
	for (size_t i = 0; i < 6 * WAYS; i++) {
		struct trip trip;

		set_up(&trip, i);
		trip.told.check = i / WAYS % 2;
		rig_add_segment(&trip.rig, 0x300000, 0x2000, 0x1fff);
		sim_reserve(trip.rig.sim, 0x300000, 0x302000);
		load(&trip);
		go(&trip);
		judge(&trip);
		done(&trip);
	}
}

/* Large pages, the UART below all memory and above it, and no UART. */
static void test_memory(void **state)
{
	static const struct {
		size_t way;
		uint64_t uart;
		uint32_t memories;
		struct kimg_range memory[2];
		uint32_t tables;
	} cases[] = {
		/* 2 MiB, and a page on either side; the UART in the same GiB, in another. */
		{ 0, 0xf00000, 1, { { 0x1ff000, 0x401000 } }, 6 },
		{ 0, 0x80000000, 1, { { 0x1ff000, 0x401000 } }, 7 },
		{ 0, 0, 1, { { 0x1ff000, 0x401000 } }, 5 },
		/* Between two ranges, by one table. */
		{ 0, 0x203000, 2, { { 0x1ff000, 0x201000 }, { 0x204000, 0x205000 } }, 5 },
		/* A GiB; two, with the UART in between; and one that is not aligned. */
		{ 0, 0x3ff00000, 1, { { 0x40000000, 0x80000000 } }, 4 },
		{ 0, 0x80000000, 2, { { 0x40000000, 0x80000000 }, { 0xc0000000, 0x100000000 } },
		  4 },
		{ 0, 0, 1, { { 0x40200000, 0x80200000 } }, 4 },
		/* From one 512 GiB to the next, and what is at the end. */
		{ 0, 0xfffffffff000, 1, { { 0x7fc0000000, 0x8040000000 } }, 6 },
		/* Three more are for the switch and page 0, or four if these are far apart. */
		{ 1, 0xf00000, 1, { { 0x1ff000, 0x401000 } }, 5 + 5 },
		{ 1, 0, 1, { { 0x40000000, 0x100000000 } }, 1 + 5 },
		{ 1, 0xfffff000, 1, { { 0x40000000, 0xc0000000 } }, 3 + 5 },
		{ 2, 0xf00000, 1, { { 0x1ff000, 0x401000 } }, 4 + 3 },
		{ 2, 0xfffff000, 1, { { 0x40000000, 0xc0000000 } }, 2 + 3 },
		{ 2, 0, 1, { { 0x1000, 0x100000000 } }, 2 + 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct trip trip;

		set_up(&trip, cases[i].way);
		load_image(&trip);
		trip.control.uart = cases[i].uart;
		trip.control.memory = cases[i].memory;
		trip.control.memories = cases[i].memories;
		assert_int_equal(table_count(&trip), cases[i].tables);
		write_control(&trip);
		judge_tables(&trip);
		rig_close(&trip.rig);
	}
}

/* Attributes are searched; without them there are no tables. */
static void test_attributes(void **state)
{
	static const struct {
		uint64_t mair, uart;
		bool can;
	} cases[] = {
		{ ARM64_MAIR, ARM_UART, true }, { 0x4444444444444444, 0, false },
		{ 0x44444444444444ff, 0, true }, { 0x44444444444444ff, ARM_UART, false },
		{ 0xff44444444444400, ARM_UART, true }, { 0xff44444444444404, ARM_UART, true },
		{ 0xff44444444444408, ARM_UART, false }, { 0xf0f0f0f0f0f0f004, 0, false },
	}, remaps[] = {
		{ ARM_REMAP, ARM_UART, true }, { 0, 0, false }, { 0, ARM_UART, false },
		/* Memory only; devices only; memory that is not cached within, or without. */
		{ 0x555555550000aaaa, 0, true }, { 0x555555550000aaaa, ARM_UART, false },
		{ 0x5555555500005555, 0, false }, { 0x555500000000aaaa, 0, false },
		{ 0x000055550000aaaa, 0, false }, { 0x400040000000a955, ARM_UART, true },
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(*cases); i++) {
		struct arch_control control = { .mair = cases[i / 2].mair,
			.uart = cases[i / 2].uart, .frame = 1, .lpae = true };

		assert_int_equal((i % 2 ? arm_can_map : arm64_can_map)(&control),
				 cases[i / 2].can);
	}
	for (size_t i = 0; i < sizeof(remaps) / sizeof(*remaps); i++) {
		struct arch_control control = { .mair = remaps[i].mair, .uart = remaps[i].uart,
			.frame = 1 };

		assert_int_equal(arm_can_map(&control), remaps[i].can);
	}
}

/*
 * Where memory has the address at which arm_switch() is mapped, only page 0 cannot be there;
 * it may be next to it, on either side.
 */
static void test_meeting(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct trip trip;
		uint64_t own;

		set_up(&trip, i);
		if (!trip.way->arm64) {
			load(&trip);
			own = trip.leap.page;
			for (uint64_t page = own - 4096; page <= own + 4096; page += 4096) {
				trip.control.switch_address = page;
				assert_int_equal(arm_can_map(&trip.control), page != own);
			}
			trip.control.switch_address = ARM_SWITCH;
		}
		rig_close(&trip.rig);
	}
	/* The trampoline, below or above it, reaches the memory that is hidden before. */
	for (size_t i = 0; i < 2 * WAYS; i++) {
		struct trip trip;

		set_up(&trip, i);
		sim_set_allocator(trip.rig.sim, i < WAYS ? SIM_ASCENDING_RUNS : SIM_DESCENDING, 0);
		if (!trip.way->arm64) {
			trip.leap.switch_address = trip.control.switch_address = 0x301000;
			rig_add_segment(&trip.rig, 0x300000, 0x3000, 0x3000);
			sim_reserve(trip.rig.sim, 0x300000, 0x303000);
			load(&trip);
			assert_int_equal(trip.leap.page < 0x301000, i < WAYS);
			go(&trip);
			judge(&trip);
			arm_leap_close(&trip.leap);
		}
		rig_close(&trip.rig);
	}
}

/* A transmitter that is busy is waited for, but not for ever. No UART, no letters. */
static void test_uart(void **state)
{
	static const unsigned int busy[] = { 1, 5, 0xffff, 0x10000, 0x20000 };

	(void)state;
	for (size_t i = 0; i < UARTS * (sizeof(busy) / sizeof(*busy) + 1); i++) {
		struct trip trip;

		set_up(&trip, i / UARTS);
		trip.told.uart = uarts[i % UARTS];
		rig_add_segment(&trip.rig, 0x300000, 0x3000, 0x2fff);
		if (i / UARTS < sizeof(busy) / sizeof(*busy))
			trip.leap.uart_busy = busy[i / UARTS];
		else
			trip.told.uart.address = 0;
		trip.control.uart = trip.told.uart.address;
		load(&trip);
		go(&trip);
		judge(&trip);
		done(&trip);
	}
}

/*
 * A call to EL2 that is undefined, or that somebody answers who is not Linux's stub, leaves the
 * new kernel at EL1.
 */
static void test_rise(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4 * WAYS; i++) {
		struct trip trip;

		set_up(&trip, i);
		trip.leap.hvc = (enum arm_hvc)(i / WAYS);
		rig_add_segment(&trip.rig, 0x300000, 0x3000, 0x2fff);
		load(&trip);
		go(&trip);
		judge(&trip);
		assert_int_equal(trip.leap.risen, trip.leap.hvc == ARM_HVC_STUB && has_hvc(&trip));
		done(&trip);
	}
}

/* Each lane of the hash is compared; a reset is asked for by the machine's conduit. */
static void test_lanes(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3 * HASH_LANES * FIRST_WAYS; i++) {
		size_t lane = i / FIRST_WAYS % HASH_LANES;
		struct trip trip;

		set_up_hash(&trip, i % FIRST_WAYS);
		if (has_hvc(&trip))
			trip.told.conduit = (enum arch_conduit)(i / FIRST_WAYS / HASH_LANES);
		trip.leap.hvc = ARM_HVC_ANSWERED;
		trip.told.moved.lane[lane] ^= 1u << lane * 9;
		write_control(&trip);
		go(&trip);
		arm_leap_judge_reset(&trip.leap, trip.told.conduit, "kle?");
		done(&trip);
	}
}

/* A source that no table maps: an exception, and a reset. */
static void test_exception(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct trip trip;
		uint64_t list, entry = 0xb00000 | KIMG_SOURCE, source = 0;
		size_t size;

		set_up(&trip, i);
		rig_add_segment(&trip.rig, 0x300000, 0x3000, 0x2fff);
		sim_reserve(trip.rig.sim, 0x300000, 0x303000);
		load(&trip);
		list = trip.rig.image.directory[0];
		size = entry_size(&trip);
		memcpy(&source, sim_peek(trip.rig.sim, list) + size, size);
		sim_poke(trip.rig.sim, list, size, &entry, size);
		arm_leap_open(&trip.leap, trip.rig.sim);
		arm_leap_run(&trip.leap);
		assert_int_equal(trip.leap.exceptions, 1);
		arm_leap_judge_reset(&trip.leap, ARCH_CONDUIT_SMC, "kl");
		sim_poke(trip.rig.sim, list, size, &source, size);
		done(&trip);
	}
}

/* Nothing behind a source is read: no table maps it. */
static void test_last_page(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct trip trip;
		uint64_t behind;

		set_up(&trip, i);
		moved_add_page(&trip.rig);
		sim_set_allocator(trip.rig.sim, SIM_RANDOM, 1);
		load(&trip);
		behind = (moved_source(&trip.rig.image, 0, 0) + 1) << 12;
		for (uint32_t m = 0; m < trip.control.memories; m++)
			assert_int_not_equal(trip.memory[m].start, behind);
		go(&trip);
		judge(&trip);
		done(&trip);
	}
}

/* What the leap costs, from <cpu>_switch() to the new kernel, the hash included. */
static void test_instructions(void **state)
{
	(void)state;
	for (size_t i = 0; i < FIRST_WAYS; i++) {
		struct trip trip;
		double most = ways[i].instructions * 0x80000;

		set_up(&trip, i);
		trip.told.check = true;
		rig_add_segment(&trip.rig, 0x200000, 0x80000, 0x80000);
		sim_reserve(trip.rig.sim, 0x200000, 0x280000);
		load(&trip);
		go(&trip);
		judge(&trip);
		print_message("%s: %.4f instructions a byte\n", ways[i].name,
			      (double)trip.leap.instructions / 0x80000);
		assert_in_range(trip.leap.instructions, 0x4000, (uint64_t)most);
		done(&trip);
	}
}

/* There, and back in the old kernel: the processor is as it was, and so is memory. */
static void test_rehearsal(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * WAYS; i++) {
		struct trip trip;

		set_up_hash(&trip, i);
		trip.told.check = i < WAYS;
		arm_rehearsal(&trip.told.entry, trip.leap.page);
		write_control(&trip);
		moved_protect(&trip.rig.image, trip.leap.read_only);
		arm_leap_open(&trip.leap, trip.rig.sim);
		arm_leap_rehearse(&trip.leap, i < WAYS ? "kleva" : "klea");
		judge_memory(&trip, true);
		done(&trip);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_pages),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_meeting),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_lower_half),
		cmocka_unit_test(test_nothing_to_copy),
		cmocka_unit_test(test_uart),
		cmocka_unit_test(test_rise),
		cmocka_unit_test(test_lanes),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_exception),
		cmocka_unit_test(test_last_page),
		cmocka_unit_test(test_instructions),
		cmocka_unit_test(test_rehearsal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
