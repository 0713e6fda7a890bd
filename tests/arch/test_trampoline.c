/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The leap itself: the machine code of arch/i386/ and arch/x86_64/, run. Images as the
 * engine makes them, in a machine that has old page tables and paging on; then
 * <cpu>_switch(), the tables in the control pages, the trampoline. Judged by S6, the
 * registers and the descriptor tables at entry, and the letters on the UART.
 */
#include "i386/trampoline.h"
#include "leap_machine.h"
#include "moved.h"
#include "table_walk.h"
#include "x86_64/trampoline.h"

#define GDT_AT		64u		/* in its segment */
#define TABLES		7u		/* pages of a segment with tables */
#define TABLES_MAX	32u		/* of the trampoline's */

/* From which kernel, with which paging, to which. */
static const struct way {
	const char *name;
	bool x86_64, pae, la57;
	enum kleap_machine machine;
} ways[] = {
	{ .name = "i386", .machine = KLEAP_X86_32 },
	{ .name = "x86_64", .x86_64 = true, .machine = KLEAP_X86_64 },
	{ .name = "PAE", .pae = true, .machine = KLEAP_X86_32 },
	{ .name = "5 levels", .x86_64 = true, .la57 = true, .machine = KLEAP_X86_64 },
	{ .name = "to 32 bits", .x86_64 = true, .machine = KLEAP_X86_32 },
	{ .name = "5 levels to 32 bits", .x86_64 = true, .la57 = true, .machine = KLEAP_X86_32 },
};
#define WAYS (sizeof(ways) / sizeof(*ways))
#define FIRST_WAYS 2u
#define ORDER_WAYS WAYS
#define WIDE_WAY 1
#define DAMAGE_STEP 1u

/* A machine with an image on it, and its leap. */
struct trip {
	const struct way *way;
	struct rig rig;
	struct leap leap;
	struct arch_leap told;
	struct arch_control control;
	struct kimg_range memory[LEAP_FRAMES];
	struct kimg_block block[TABLES_MAX];	/* of the control pages that are tables */
	uint64_t table[TABLES_MAX];
	uint32_t drawn;
	bool gdt;			/* in this segment */
	uint32_t gdt_segment;
	uint32_t tables;		/* index of a segment with tables; 0: none */
};

/* Flat code and data, marked accessed already, so that the processor need not. */
static const uint64_t own_gdt[][5] = {
	[KLEAP_X86_32] = { 0, 0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x1122334455667788 },
	[KLEAP_X86_64] = { 0, 0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x1122334455667788 },
};

/*
 * Tables that a kernel brings, at `address`: the tops for five levels and for four, then
 * one of 1 GiB entries, and four of 2 MiB. All are marked accessed and dirty.
 */
static uint64_t table_word(uint64_t address, size_t page, size_t index)
{
	static const uint64_t refers = 0x63, maps = 0xe3;

	if (page > 2)
		return (uint64_t)(page - 3) << 30 | index << 21 | maps;
	if (index >= (page == 2 ? 4 : 1))
		return 0;
	return (address + (page + 1 + index) * 4096) | refers;
}

static int pull(void *arg, uint32_t segment, uint64_t offset, void *to, size_t size)
{
	const struct trip *trip = arg;

	sim_pattern_fill(segment, offset, to, size);
	if (trip->gdt && segment == trip->gdt_segment && !offset)
		memcpy((char *)to + GDT_AT, own_gdt[trip->way->machine], sizeof(*own_gdt));
	if (!trip->tables || segment != trip->tables)
		return 0;
	for (size_t i = 0; i < size / 8; i++) {
		uint64_t word = table_word(trip->rig.segment[segment].mem,
					   (size_t)(offset >> 12), (offset & 4095) / 8 + i);

		memcpy((char *)to + i * 8, &word, 8);
	}
	return 0;
}

static void set_up(struct trip *trip, size_t way)
{
	static const uint64_t reg[] = {
		0xa1a2a3a4, 0xb1b2b3b4, 0xc1c2c3c4, 0xd1d2d3d4, 0x51525354, 0x61626364,
		0x71727374, 0x81828384,
	};

	memset(trip, 0, sizeof(*trip));
	trip->way = &ways[way % WAYS];
	moved_machine(&trip->rig, trip->way->x86_64, UINT32_MAX, pull, trip);
	trip->control = (struct arch_control){
		.host = &trip->rig.host,
		.switch_address = trip->way->x86_64 ? LEAP_SWITCH_64 : LEAP_SWITCH_32,
		.switch_frame = LEAP_SWITCH_FRAME, .memory = trip->memory,
		.pae = trip->way->pae, .la57 = trip->way->la57,
	};
	trip->told = (struct arch_leap){
		.uart.address = LEAP_UART,
		.entry = { .machine = trip->way->machine, .address = 0x123456 },
	};
	for (size_t i = 0; i < 8; i++)
		trip->told.entry.reg[i] = trip->way->machine == KLEAP_X86_32 ? reg[i] :
			reg[i] << 32 | reg[7 - i];
	trip->leap.x86_64 = trip->way->x86_64;
	trip->leap.pae = trip->way->pae;
	trip->leap.la57 = trip->way->la57;
	trip->leap.mce = way % 2;
}

/* Draw what tables are needed, as the module does, and write the control pages. */
static void write_control(struct trip *trip)
{
	struct rig *rig = &trip->rig;
	struct arch_control *control = &trip->control;
	bool x86_64 = trip->way->x86_64;
	uint32_t count = (x86_64 ? x86_64_table_count : i386_table_count)(control);

	assert_in_range(count, 2, TABLES_MAX);
	for (; trip->drawn < count; trip->drawn++) {
		assert_error(rig, kimg_draw_control(&rig->image, &trip->block[trip->drawn], 0,
						    &rig->why), KIMG_OK);
		trip->table[trip->drawn] = trip->block[trip->drawn].first;
	}
	control->table = trip->table;
	trip->leap.cr3 = x86_64 ?
		x86_64_control_write(control, x86_64_trampoline,
			(size_t)(x86_64_trampoline_end - x86_64_trampoline), &trip->told) :
		i386_control_write(control, i386_trampoline,
			(size_t)(i386_trampoline_end - i386_trampoline), &trip->told);
}

/* Where the kernel is entered is mapped by its own tables only, if it brings some. */
static void find_memory(struct trip *trip)
{
	uint64_t frame[] = { trip->rig.image.control[0], trip->told.entry.address >> 12 };

	trip->control.memories = moved_ranges(&trip->rig.image, frame, trip->tables ? 1 : 2,
					      trip->memory);
}

/* Load, and write the control pages. */
static void load(struct trip *trip)
{
	struct rig *rig = &trip->rig;
	uint64_t *reg = trip->told.entry.reg;

	assert_error(rig, rig_load(rig), KIMG_OK);
	if (trip->gdt) {
		reg[KLEAP_X86_GDT_LIMIT] = sizeof(*own_gdt) - 1;
		reg[KLEAP_X86_GDT_BASE] = rig->segment[trip->gdt_segment].mem + GDT_AT;
	}
	if (trip->tables)
		reg[KLEAP_X86_TABLES] = rig->segment[trip->tables].mem;
	trip->told.head = rig->image.head;
	trip->told.moved = moved_hash(&rig->image, pull, trip);
	trip->leap.address = trip->told.entry.address;
	trip->leap.page = rig->image.control[0] << 12;
	trip->control.frame = rig->image.control[0];
	find_memory(trip);
	write_control(trip);
}

/* Intel SDM volume 3, tables 4-5 and 4-6, 4-8 to 4-11, 4-15 to 4-20. */
static struct table_shape shape_of(const struct trip *trip)
{
	const struct way *way = trip->way;

	if (!way->x86_64 && !way->pae)
		return (struct table_shape){ .levels = 2, .entry_size = 4, .shift = { 22, 12 },
			.bits = { 10, 10 }, .large = 1, .top = 3, .page = 3 };
	if (!way->x86_64)
		return (struct table_shape){ .levels = 3, .entry_size = 8,
			.shift = { 30, 21, 12 }, .bits = { 2, 9, 9 }, .large = 2,
			.top = 1, .table = 3, .page = 3 };
	if (!way->la57)
		return (struct table_shape){ .levels = 4, .entry_size = 8,
			.shift = { 39, 30, 21, 12 }, .bits = { 9, 9, 9, 9 },
			.large = trip->control.gib_pages ? 1 : 2,
			.top = 3, .table = 3, .block = 0x83, .page = 3 };
	return (struct table_shape){ .levels = 5, .entry_size = 8,
		.shift = { 48, 39, 30, 21, 12 }, .bits = { 9, 9, 9, 9, 9 },
		.large = trip->control.gib_pages ? 2 : 3,
		.top = 3, .table = 3, .block = 0x83, .page = 3 };
}

/*
 * The tables map the page of <cpu>_switch() and, on i386, the trampoline's page, on x86_64
 * the memory that was named; and no other.
 */
static void judge_tables(struct trip *trip)
{
	const struct arch_control *control = &trip->control;
	struct table_shape shape = shape_of(trip);
	struct walk_map *map = calloc(control->memories + 2, sizeof(*map));
	struct walk walk;
	size_t maps = 0;

	assert_non_null(map);
	if (!trip->way->x86_64)
		map[maps++] = (struct walk_map){ trip->leap.page, trip->leap.page, 4096 };
	else
		for (uint32_t i = 0; i < control->memories; i++)
			map[maps++] = (struct walk_map){ control->memory[i].start,
				control->memory[i].start,
				control->memory[i].end - control->memory[i].start };
	map[maps++] = (struct walk_map){ control->switch_address,
		control->switch_frame << 12, 4096 };
	walk_tables(&walk, trip->rig.sim, &shape, trip->leap.cr3 >> 12);
	walk_judge(&walk, &shape, map, maps);
	assert_int_equal(walk.tables, (trip->way->x86_64 ? x86_64_table_count :
				       i386_table_count)(control));
	walk_free(&walk);
	free(map);
}

static bool is_wide(const struct trip *trip)
{
	return trip->way->x86_64;
}

static void vary(struct trip *trip, size_t number)
{
	trip->gdt = number % 3;
	trip->gdt_segment = trip->way->machine == KLEAP_X86_64 ? 3 : 0;
}

static void open_leap(struct trip *trip)
{
	leap_open(&trip->leap, trip->rig.sim);
}

static void run_leap(struct trip *trip)
{
	leap_run(&trip->leap);
}

static void judge_reset(struct trip *trip, const char *letters)
{
	leap_judge_reset(&trip->leap, letters);
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
	leap_close(&trip->leap);
	rig_close(&trip->rig);
}

static void judge_memory(struct trip *trip, bool moved)
{
	moved_judge(&trip->rig, trip->leap.memory, trip->table, trip->drawn, moved, pull, trip);
}

/* The new kernel was entered, with everything as it was asked for. */
static void judge(struct trip *trip)
{
	const struct arch_leap *told = &trip->told;
	const struct leap *leap = &trip->leap;

	leap_judge(leap, &told->entry, !told->uart.address ? "" : told->check ? "kleva" : "klea");
	if (told->entry.machine == KLEAP_X86_64 && !trip->tables)
		assert_int_equal(leap->cr3_after, leap->cr3);
	/* No PGE, so that the old translations went. On x86_64 nothing but PAE, MCE and LA57. */
	assert_int_equal(leap->cr4_at_arrival & (leap->x86_64 ? ~0x1060ull : 0x80), 0);
	if (told->uart.address) {
		assert_int_equal(leap->cs_at_letter, leap->x86_64 ? LONG_SEGMENT : CODE_SEGMENT);
		assert_int_equal(leap->gdt_at_letter & ~0xfffull, leap->page);
		assert_int_equal(leap->idt_at_letter & ~0xfffull, leap->page);
		assert_int_equal(leap->idt_limit_at_letter, leap->x86_64 ? 47 : 23);
	}
	judge_memory(trip, true);
}

#include "trips.h"

/* On i386 two pages are mapped, which may share tables, or none. The frame may be any. */
static void test_two_pages(void **state)
{
	static const uint32_t apart[] = {
		0x1000, 0x5000, 0x1ff000, 0x200000, 0x400000, 0x40000000, 0xf0000000,
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(apart) / sizeof(*apart); i++) {
		struct trip trip;

		set_up(&trip, i % 2 * 2);
		load(&trip);
		trip.control.switch_address = trip.leap.page + apart[i / 2];
		/* The module's page is high memory: only PAE has it above 4 GiB. */
		trip.control.switch_frame = i % 2 ? 0xfedcba : 0xfedcb;
		write_control(&trip);
		judge_tables(&trip);
		rig_close(&trip.rig);
	}
}

/* Memory in pages of all sizes, and the module's page anywhere. */
static void test_memory(void **state)
{
	static const struct {
		struct kimg_range range[4];
		uint64_t switch_address, switch_frame;
		uint32_t tables[2][2];		/* with gib_pages, with la57 */
	} memories[] = {
		/* A page; three tables for the switch. */
		{ { { 0x1000, 0x2000 } }, 0xffffffffc0abc000, 0x121f64,
		  { { 7, 9 }, { 7, 9 } } },
		/* A page below, a page above 2 MiB; ranges that touch. */
		{ { { 0x1ff000, 0x401000 }, { 0x401000, 0x402000 } }, 0xffffffff80000000, 1,
		  { { 8, 10 }, { 8, 10 } } },
		/* 1 GiB, and 4 KiB at each end; a page far up. */
		{ { { 0x3ffff000, 0x80001000 }, { 0xfffffff000, 0x10000000000 } },
		  0xffff800000000000, 0xfffffffff,
		  { { 13, 15 }, { 12, 14 } } },
		/* 1 GiB that is not aligned to it. */
		{ { { 0x40200000, 0x80200000 } }, 0xfffffffffffff000, 0x12345,
		  { { 7, 9 }, { 7, 9 } } },
		/* From one 512 GiB to the next. */
		{ { { 0x7fc0000000, 0x8040000000 } }, 0xffffffffc0000000, 0x12345,
		  { { 8, 10 }, { 6, 8 } } },
	};

	(void)state;
	for (size_t i = 0; i < 4 * sizeof(memories) / sizeof(*memories); i++) {
		bool gib = i & 1, la57 = i & 2;
		struct trip trip;

		set_up(&trip, la57 ? 3 : 1);
		load(&trip);
		trip.control.gib_pages = gib;
		trip.control.memory = memories[i / 4].range;
		trip.control.memories = memories[i / 4].range[1].end ? 2 : 1;
		trip.control.switch_address = memories[i / 4].switch_address;
		trip.control.switch_frame = memories[i / 4].switch_frame;
		assert_int_equal(x86_64_table_count(&trip.control),
				 memories[i / 4].tables[gib][la57]);
		write_control(&trip);
		judge_tables(&trip);
		rig_close(&trip.rig);
	}
}

/* A leap through large pages. */
static void test_large_pages(void **state)
{
	static const struct kimg_range all = { 0, LEAP_HIGH + LEAP_HIGH_SIZE };

	(void)state;
	for (size_t i = 0; i < 2 * WAYS; i++) {
		struct trip trip;

		set_up(&trip, i);
		if (trip.way->x86_64) {
			rig_add_segment(&trip.rig, 0x300000, 0x30000, 0x2f123);
			load(&trip);
			trip.control.gib_pages = i >= WAYS;
			trip.control.memory = &all;
			trip.control.memories = 1;
			write_control(&trip);
			go(&trip);
			judge(&trip);
			leap_close(&trip.leap);
		}
		rig_close(&trip.rig);
	}
}

/* A kernel that brings tables runs on those with as many levels as there are. */
static void test_own_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct trip trip;

		set_up(&trip, i);
		if (trip.way->machine == KLEAP_X86_64) {
			trip.gdt = true;
			trip.tables = 1;
			rig_add_segment(&trip.rig, 0x200000, 0x5000, 0x5000);
			rig_add_segment(&trip.rig, 0x900000, TABLES << 12, TABLES << 12);
			load(&trip);
			go(&trip);
			judge(&trip);
			leap_close(&trip.leap);
		}
		rig_close(&trip.rig);
	}
}

/* A transmitter that is busy is waited for, but not for ever. No UART, no letters. */
static void test_uart(void **state)
{
	static const unsigned int busy[] = { 1, 5, 0xffff, 0x10000, 0x20000 };

	(void)state;
	for (size_t i = 0; i < 2 * (sizeof(busy) / sizeof(*busy) + 1); i++) {
		struct trip trip;

		set_up(&trip, i % 2);
		rig_add_segment(&trip.rig, 0x300000, 0x3000, 0x2fff);
		if (i / 2 < sizeof(busy) / sizeof(*busy))
			trip.leap.uart_busy = busy[i / 2];
		else
			trip.told.uart.address = 0;
		load(&trip);
		go(&trip);
		judge(&trip);
		done(&trip);
	}
}

/* What was moved is what was loaded: 'v', and the new kernel is entered. */
static void test_hash(void **state)
{
	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		struct trip trip;

		set_up_hash(&trip, i);
		go(&trip);
		judge(&trip);
		done(&trip);
	}
}

/* Each lane of the hash is compared. */
static void test_lanes(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2 * HASH_LANES; i++) {
		struct trip trip;

		set_up_hash(&trip, i % 2);
		trip.told.moved.lane[i / 2] ^= 1u << i / 2 * 9;
		write_control(&trip);
		go(&trip);
		leap_judge_reset(&trip.leap, "kle?");
		done(&trip);
	}
}

/*
 * The same list, to and from 64 bits and 32, and back in the old kernel: the processor is as it
 * was, and so is memory, but for what was moved.
 */
static void test_rehearsal(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * WAYS; i++) {
		struct trip trip;

		set_up_hash(&trip, i);
		trip.told.check = i < WAYS;
		x86_rehearsal(&trip.told.entry, trip.leap.page);
		write_control(&trip);
		moved_protect(&trip.rig.image, trip.leap.read_only);
		leap_open(&trip.leap, trip.rig.sim);
		leap_rehearse(&trip.leap);
		leap_judge_back(&trip.leap, i < WAYS ? "kleva" : "klea");
		judge_memory(&trip, true);
		done(&trip);
	}
}

/* An NMI in the trampoline returns at once. Unicorn sends none: look at its gate. */
static void test_nmi(void **state)
{
	static const unsigned char iret_64[] = { 0x48, 0xcf }, iret_32[] = { 0xcf };

	(void)state;
	for (size_t i = 0; i < WAYS; i++) {
		bool x86_64 = ways[i].x86_64;
		struct x86_params params;
		const unsigned char *page;
		uint64_t table, gate[2], to;
		struct trip trip;

		set_up(&trip, i);
		load(&trip);
		page = sim_peek(trip.rig.sim, trip.control.frame);
		memcpy(&params, page + PARAMS, sizeof(params));
		table = params.own_idt.base[0] | (uint64_t)params.own_idt.base[1] << 16;
		assert_int_equal(table & ~0xfffull, trip.leap.page);
		assert_int_equal(params.own_idt.limit, x86_64 ? 47 : 23);
		memcpy(gate, page + (table & 0xfff) + 2 * (x86_64 ? 16 : 8), sizeof(gate));
		/* Present, an interrupt gate; the segment of the trampoline's own code. */
		assert_int_equal(gate[0] >> 32 & 0xffff, 0x8e00);
		assert_int_equal(gate[0] >> 16 & 0xffff, x86_64 ? LONG_SEGMENT : CODE_SEGMENT);
		to = (gate[0] & 0xffff) | gate[0] >> 48 << 16;
		assert_int_equal(to & ~0xfffull, trip.leap.page);
		if (x86_64) {
			assert_int_equal(gate[1], 0);
			assert_memory_equal(page + (to & 0xfff), iret_64, sizeof(iret_64));
		} else {
			assert_memory_equal(page + (to & 0xfff), iret_32, sizeof(iret_32));
		}
		/* The pages above are in the first 64 KiB. */
		x86_idt(&params, 0x12345000, x86_64 ? 16 : 8, LONG_SEGMENT);
		memcpy(gate, &params.idt[x86_64 ? 4 : 2], sizeof(gate[0]));
		assert_int_equal((gate[0] & 0xffff) | gate[0] >> 48 << 16, 0x12345000 + NMI);
		rig_close(&trip.rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_pages),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_large_pages),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_own_tables),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_lower_half),
		cmocka_unit_test(test_nothing_to_copy),
		cmocka_unit_test(test_uart),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_lanes),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_rehearsal),
		cmocka_unit_test(test_nmi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
