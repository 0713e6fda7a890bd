/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The leap itself: the machine code of arch/i386/, run. Images as the engine makes
 * them, in a machine that has old page tables and paging on; then i386_switch(),
 * the tables in the control pages, the trampoline. Judged by S6, the registers and
 * the descriptor tables at entry, and the letters on the UART.
 */
#include "leap_machine.h"

#define FRAMES		(LEAP_MEMORY >> 12)
#define CR0_GONE	0x8005000cu	/* PG AM WP TS EM */
#define GDT_AT		64u		/* in segment 0, if it brings one */

#define ACCESSED	(1ull << 40)	/* in a descriptor */

/* A machine with an image on it, and its leap. */
struct trip {
	struct rig rig;
	struct leap leap;
	struct arch_leap told;
	struct arch_control control;
	bool pae, gdt;
};

/* Flat code and data, marked accessed already, so that the processor need not. */
static const uint64_t own_gdt[] = {
	0, 0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x1122334455667788,
};

static int pull(void *arg, uint32_t segment, uint64_t offset, void *to, size_t size)
{
	const struct trip *trip = arg;

	sim_pattern_fill(segment, offset, to, size);
	if (trip->gdt && !segment && !offset)
		memcpy((char *)to + GDT_AT, own_gdt, sizeof(own_gdt));
	return 0;
}

static void set_up(struct trip *trip, bool pae)
{
	memset(trip, 0, sizeof(*trip));
	trip->pae = pae;
	rig_empty(&trip->rig, 12, 4, UINT32_MAX);
	/* Not frame 0, which stands for none in what tables map. */
	assert_true(sim_add_ram(trip->rig.sim, 4096, LEAP_MEMORY));
	sim_set_pull(trip->rig.sim, pull, trip);
	/* Most tables are needed if the two pages share only the top one. */
	trip->rig.control = pae ? 6 : 4;
	trip->control = (struct arch_control){
		.host = &trip->rig.host, .switch_address = LEAP_SWITCH,
		.switch_frame = LEAP_SWITCH_FRAME, .pae = pae,
	};
	trip->told = (struct arch_leap){
		.uart = LEAP_UART,
		.entry = {
			.machine = KLEAP_X86_32, .address = 0x123456,
			.reg = {
				0xa1a2a3a4, 0xb1b2b3b4, 0xc1c2c3c4, 0xd1d2d3d4, 0x51525354,
				0x61626364, 0x71727374, 0x81828384,
			},
		},
	};
}

static void write_control(struct trip *trip)
{
	const struct kimg_image *image = &trip->rig.image;

	trip->control.frame = image->control[0];
	trip->control.table = image->control + 1;
	assert_in_range(i386_table_count(&trip->control), 1, image->control_pages - 1);
	trip->leap.cr3 = (uint32_t)i386_control_write(&trip->control, i386_trampoline,
		(size_t)(i386_trampoline_end - i386_trampoline), &trip->told);
}

/* Load, and write the control pages. */
static void load(struct trip *trip)
{
	struct rig *rig = &trip->rig;

	assert_error(rig, rig_load(rig), KIMG_OK);
	if (trip->gdt) {
		trip->told.entry.reg[KLEAP_X86_GDT_LIMIT] = sizeof(own_gdt) - 1;
		trip->told.entry.reg[KLEAP_X86_GDT_BASE] = rig->segment[0].mem + GDT_AT;
	}
	trip->told.head = rig->image.head;
	trip->leap.pae = trip->pae;
	trip->leap.eip = (uint32_t)trip->told.entry.address;
	trip->leap.control = (uint32_t)(rig->image.control[0] << 12);
	write_control(trip);
}

/* The tables map the trampoline's page and that of i386_switch(), and no other. */
static void judge_tables(struct trip *trip)
{
	uint32_t control = trip->leap.control;
	uint32_t there = (uint32_t)trip->control.switch_address;

	/* All pages around these two, and one in each that a table could map. */
	for (uint64_t at = 0; at <= UINT32_MAX; at += 4096) {
		uint32_t want = at == control ? control >> 12 :
			at == there ? (uint32_t)trip->control.switch_frame : 0;

		if (want || (at & 0x1fffff) == (control & 0x1fffff) ||
		    (at & 0x1fffff) == (there & 0x1fffff) ||
		    at - control + 0x10000 < 0x20000 || at - there + 0x10000 < 0x20000)
			assert_int_equal(leap_translate(trip->rig.sim, trip->pae,
							trip->leap.cr3, (uint32_t)at), want);
	}
}

/* The frame of the source of destination page `page` of an extent. */
static uint64_t source_of(const struct trip *trip, uint32_t extent, uint32_t page)
{
	const struct kimg_image *image = &trip->rig.image;

	return kimg_read_entry(image, kimg_position(image,
		image->extent[extent].entry + 1 + page)) >> 12;
}

/* Nothing may be written to pages in place, nor to the list. */
static void protect(struct trip *trip)
{
	const struct kimg_image *image = &trip->rig.image;

	for (uint32_t i = 0; i < image->extents; i++) {
		const struct kimg_extent *extent = &image->extent[i];

		for (uint32_t page = 0; page < extent->pages; page++)
			if (source_of(trip, i, page) == extent->first + page)
				trip->leap.read_only[extent->first + page] = true;
	}
	for (uint32_t i = 0; i < image->list_pages; i++)
		trip->leap.read_only[image->directory[i]] = true;
}

static void go(struct trip *trip)
{
	protect(trip);
	judge_tables(trip);
	leap_open(&trip->leap, trip->rig.sim);
	leap_run(&trip->leap);
}

static void done(struct trip *trip)
{
	leap_close(&trip->leap);
	rig_close(&trip->rig);
}

/* S6: bytes at home, nothing else changed but the pages that the leap runs on. */
static void judge_memory(struct trip *trip, bool moved)
{
	const struct rig *rig = &trip->rig;
	bool *special = calloc(FRAMES, sizeof(*special));

	assert_non_null(special);
	for (uint32_t i = 0; i < rig->control; i++)
		special[rig->image.control[i]] = true;
	for (uint32_t i = 0; moved && i < rig->segments; i++) {
		const struct kimg_segment *segment = &rig->segment[i];

		for (uint64_t at = 0; at < segment->memsz; at += 4096) {
			unsigned char want[4096] = { 0 };

			if (at < segment->bufsz)
				pull(trip, i, at, want, segment->bufsz - at < 4096 ?
				     segment->bufsz - at : 4096);
			assert_memory_equal(trip->leap.memory + segment->mem + at, want,
					    4096);
			special[(segment->mem + at) >> 12] = true;
		}
	}
	for (uint32_t frame = 0; frame < FRAMES; frame++)
		if (!special[frame] && sim_peek(rig->sim, frame))
			assert_memory_equal(trip->leap.memory + ((size_t)frame << 12),
					    sim_peek(rig->sim, frame), 4096);
	free(special);
}

/* The new kernel was entered, with everything as it was asked for. */
static void judge(struct trip *trip)
{
	const struct arch_leap *told = &trip->told;
	const uint64_t *reg = told->entry.reg;
	const struct leap *leap = &trip->leap;

	if (leap->trouble)
		fail_msg("%s at %#x, letters \"%s\"", leap->trouble, leap->stopped_at,
			 leap->letters);
	assert_true(leap->entered);
	assert_string_equal(leap->letters, !told->uart ? "" :
			    told->check ? "kleva" : "klea");
	assert_int_equal(leap->eax, reg[KLEAP_X86_AX]);
	assert_int_equal(leap->ebx, reg[KLEAP_X86_BX]);
	assert_int_equal(leap->ecx, reg[KLEAP_X86_CX]);
	assert_int_equal(leap->edx, reg[KLEAP_X86_DX]);
	assert_int_equal(leap->esi, reg[KLEAP_X86_SI]);
	assert_int_equal(leap->edi, reg[KLEAP_X86_DI]);
	assert_int_equal(leap->ebp, reg[KLEAP_X86_BP]);
	assert_int_equal(leap->esp, reg[KLEAP_X86_SP]);
	/* Interrupts off, direction up; no paging, and none of the old ways. */
	assert_int_equal(leap->eflags & 0x600, 0);
	assert_int_equal(leap->cr0 & (CR0_GONE | 1), 1);
	assert_int_equal(leap->cr3_after, 0);
	assert_int_equal(leap->cr4, 0);
	assert_int_equal(leap->dr7 & ~0x400u, 0);	/* bit 10 is always 1 */
	assert_int_equal(leap->idt_limit, 0);
	assert_false(leap->global_pages);
	assert_int_equal(leap->cs, 0x10);
	assert_int_equal(leap->ds, 0x18);
	assert_int_equal(leap->es, 0x18);
	assert_int_equal(leap->fs, 0x18);
	assert_int_equal(leap->gs, 0x18);
	assert_int_equal(leap->ss, 0x18);
	if (trip->gdt) {
		assert_int_equal(leap->gdt_base, trip->rig.segment[0].mem + GDT_AT);
		assert_int_equal(leap->gdt_limit, sizeof(own_gdt) - 1);
	} else {
		uint64_t gdt[4];

		/* The trampoline's own, in its page. */
		assert_int_equal(leap->gdt_base & ~0xfffu, leap->control);
		assert_int_equal(leap->gdt_limit, sizeof(gdt) - 1);
		memcpy(gdt, leap->memory + leap->gdt_base, sizeof(gdt));
		for (int i = 2; i < 4; i++)
			assert_int_equal(gdt[i] & ~ACCESSED, own_gdt[i] & ~ACCESSED);
	}
	judge_memory(trip, true);
}

/* The two pages may share tables, or none. The frame may be any. */
static void test_tables(void **state)
{
	static const uint32_t apart[] = {
		0x1000, 0x5000, 0x1ff000, 0x200000, 0x400000, 0x40000000, 0xf0000000,
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(apart) / sizeof(*apart); i++) {
		struct trip trip;

		set_up(&trip, i % 2);
		load(&trip);
		trip.control.switch_address = trip.leap.control + apart[i / 2];
		trip.control.switch_frame = 0xfedcb;
		write_control(&trip);
		judge_tables(&trip);
		rig_close(&trip.rig);
	}
}

/* Machines with the segments in frames in use, free, or both; any order of frames. */
static void test_orders(void **state)
{
	static const enum sim_order orders[] = {
		SIM_ASCENDING_RUNS, SIM_RANDOM, SIM_DESCENDING, SIM_DESTINATIONS, SIM_WORST,
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(orders) / sizeof(*orders); i++) {
		struct trip trip;

		set_up(&trip, i % 2);
		trip.gdt = i % 3;
		rig_add_segment(&trip.rig, 0x200000, 0x50000, 0x4f001);
		rig_add_segment(&trip.rig, 0x100000, 0x3000, 0x2800);
		rig_add_segment(&trip.rig, 0x700000, 0x20000, 0);
		sim_reserve(trip.rig.sim, 0x210000, 0x230000);
		sim_set_allocator(trip.rig.sim, orders[i / 2], i);
		sim_set_claim(trip.rig.sim, i % 4 < 2 ? SIM_CLAIM_ABSENT : SIM_CLAIM_SOME);
		load(&trip);
		go(&trip);
		judge(&trip);
		done(&trip);
	}
}

/* Lists of several pages; one that fills its page so that DONE stands in the link. */
static void test_lists(void **state)
{
	static const uint32_t pages[] = { 1021, 1022, 1023, 1100 };

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		struct trip trip;

		set_up(&trip, true);
		rig_add_segment(&trip.rig, 0x100000, pages[i] << 12, pages[i] << 12);
		sim_set_allocator(trip.rig.sim, SIM_RANDOM, i);
		load(&trip);
		assert_int_equal(trip.rig.image.list_pages, pages[i] > 1022 ? 2 : 1);
		go(&trip);
		judge(&trip);
		done(&trip);
	}
}

/* All pages in place; and no image at all: the head is DONE. */
static void test_nothing_to_copy(void **state)
{
	struct trip trip;

	(void)state;
	set_up(&trip, false);
	rig_add_segment(&trip.rig, 0x300000, 0x30000, 0x30000);
	sim_set_claim(trip.rig.sim, SIM_CLAIM_ALL);
	load(&trip);
	assert_int_equal(trip.rig.image.stats.in_place, 0x30);
	go(&trip);
	judge(&trip);
	done(&trip);

	set_up(&trip, true);
	load(&trip);
	assert_int_equal(trip.told.head, KIMG_DONE);
	go(&trip);
	judge(&trip);
	done(&trip);
}

/* A transmitter that is busy is waited for, but not for ever. No UART, no letters. */
static void test_uart(void **state)
{
	static const unsigned int busy[] = { 1, 5, 0xffff, 0x10000, 0x20000 };

	(void)state;
	for (size_t i = 0; i <= sizeof(busy) / sizeof(*busy); i++) {
		struct trip trip;

		set_up(&trip, true);
		rig_add_segment(&trip.rig, 0x300000, 0x3000, 0x2fff);
		if (i < sizeof(busy) / sizeof(*busy))
			trip.leap.uart_busy = busy[i];
		else
			trip.told.uart = 0;
		load(&trip);
		go(&trip);
		judge(&trip);
		done(&trip);
	}
}

/* Do what XXH32 does with a word, in other words than hash.h. */
static void add_word(uint32_t lane[4], uint32_t index, uint32_t word)
{
	uint64_t sum = (lane[index % 4] + word * 2246822519ull) & UINT32_MAX;

	sum = (sum * 0x2000 & UINT32_MAX) | sum / 0x80000;
	lane[index % 4] = (uint32_t)(sum * 2654435761u);
}

/* The hash of all pages that are not in place, in the order of their addresses. */
static struct hash wanted_hash(struct trip *trip)
{
	const struct kimg_image *image = &trip->rig.image;
	struct hash total = hash_start();

	for (uint32_t i = 0; i < image->extents; i++) {
		const struct kimg_extent *extent = &image->extent[i];

		for (uint32_t page = 0; page < extent->pages; page++) {
			struct hash lanes = hash_start();
			uint64_t at = (uint64_t)page << 12;
			uint32_t word[1024] = { 0 };

			if (source_of(trip, i, page) == extent->first + page)
				continue;
			if (at < extent->bufsz)
				pull(trip, extent->index, at, word,
				     extent->bufsz - at < 4096 ? extent->bufsz - at : 4096);
			for (uint32_t w = 0; w < 1024; w++)
				add_word(lanes.lane, w, word[w]);
			for (uint32_t w = 0; w < 4; w++)
				add_word(total.lane, w, lanes.lane[w]);
		}
	}
	return total;
}

/* Three segments, of which some pages are in place; hashes are asked for. */
static void set_up_hash(struct trip *trip)
{
	set_up(trip, true);
	trip->told.check = 1;
	rig_add_segment(&trip->rig, 0x300000, 0x30000, 0x2f123);
	rig_add_segment(&trip->rig, 0x100000, 0x3000, 0x2800);
	rig_add_segment(&trip->rig, 0x700000, 0x2000, 0);
	sim_reserve(trip->rig.sim, 0x310000, 0x318000);
	sim_set_claim(trip->rig.sim, SIM_CLAIM_SOME);
	load(trip);
	trip->told.moved = wanted_hash(trip);
	write_control(trip);
	assert_in_range(trip->rig.image.stats.in_place, 1, 0x34);
}

/* What was moved is what was loaded: 'v', and the new kernel is entered. */
static void test_hash(void **state)
{
	struct trip trip;

	(void)state;
	set_up_hash(&trip);
	go(&trip);
	judge(&trip);
	done(&trip);

	/* Nothing was moved: nothing is added to the seed. */
	for (int in_place = 0; in_place < 2; in_place++) {
		set_up(&trip, false);
		trip.told.check = 1;
		trip.told.moved = hash_start();
		if (in_place) {
			rig_add_segment(&trip.rig, 0x300000, 0x30000, 0x30000);
			sim_set_claim(trip.rig.sim, SIM_CLAIM_ALL);
		}
		load(&trip);
		go(&trip);
		judge(&trip);
		done(&trip);
	}
}

/* Each lane of the hash is compared. */
static void test_lanes(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < HASH_LANES; i++) {
		struct trip trip;

		set_up_hash(&trip);
		trip.told.moved.lane[i] ^= 1u << i * 9;
		write_control(&trip);
		go(&trip);
		assert_string_equal(trip.leap.letters, "kle?");
		done(&trip);
	}
}

/* The exception that becomes a reset, after `letters`. */
static void judge_reset(const struct trip *trip, const char *letters)
{
	const struct leap *leap = &trip->leap;

	if (leap->entered || !leap->trouble || strcmp(leap->letters, letters))
		fail_msg("%s, letters \"%s\", not \"%s\"", leap->trouble ?
			 leap->trouble : "no reset", leap->letters, letters);
	assert_string_equal(leap->trouble, "an exception");
	assert_int_equal(leap->idt_limit, 0);
	assert_int_equal(leap->stopped_at & ~0xfffu, leap->control);
}

/*
 * One bit of a source changed after the load, or two pages that changed places:
 * '?', and a reset. Pages in place are not read again: the host compares them
 * before the leap.
 */
static void test_damage(void **state)
{
	uint32_t in_place = 0;

	(void)state;
	for (uint32_t i = 0; i < 0x30 + 1; i++) {
		unsigned char page[4096];
		struct trip trip;
		unsigned char *source, *other;
		uint64_t frame;

		set_up_hash(&trip);
		leap_open(&trip.leap, trip.rig.sim);
		frame = source_of(&trip, 1, i % 0x30);
		source = trip.leap.memory + (frame << 12);
		other = trip.leap.memory + (source_of(&trip, 1, 1) << 12);
		if (i < 0x30) {
			source[i * 4095 / 0x2f] ^= (unsigned char)(1 << i % 8);
		} else {
			memcpy(page, source, 4096);
			memcpy(source, other, 4096);
			memcpy(other, page, 4096);
		}
		leap_run(&trip.leap);
		if (frame == 0x300 + i % 0x30) {
			in_place++;
			assert_string_equal(trip.leap.letters, "kleva");
		} else {
			judge_reset(&trip, "kle?");
		}
		done(&trip);
	}
	assert_in_range(in_place, 1, 0x2f);
}

static void judge_bad_list(struct trip *trip, uint32_t entry)
{
	const struct leap *leap = &trip->leap;

	if (leap->entered || strcmp(leap->letters, "kl!"))
		fail_msg("entry %#x: letters \"%s\"", entry, leap->letters);
	judge_reset(trip, "kl!");
	judge_memory(trip, false);
}

/* Every entry with other flags than one of the four is a bad list: '!', and a reset. */
static void test_flags(void **state)
{
	struct trip trip;
	uint32_t where, source;
	uint64_t list;

	(void)state;
	set_up(&trip, true);
	rig_add_segment(&trip.rig, 0x300000, 0x3000, 0x2fff);
	sim_reserve(trip.rig.sim, 0x300000, 0x303000);
	load(&trip);
	leap_open(&trip.leap, trip.rig.sim);
	/* The entry for the first page, behind the DESTINATION. */
	list = trip.rig.image.directory[0];
	where = (uint32_t)(list << 12) + 4;
	memcpy(&source, trip.leap.memory + where, 4);
	for (uint32_t flags = 0; flags < 4096; flags++) {
		uint32_t entry = 0x400000 | flags;

		if (flags == KIMG_DESTINATION || flags == KIMG_INDIRECTION ||
		    flags == KIMG_DONE || flags == KIMG_SOURCE)
			continue;
		memcpy(trip.leap.memory + where, &entry, 4);
		leap_run(&trip.leap);
		if (flags >= 64 && flags % 61) {
			assert_string_equal(trip.leap.letters, "kl!");
			continue;
		}
		sim_poke(trip.rig.sim, list, 4, &entry, 4);
		judge_bad_list(&trip, entry);
	}
	sim_poke(trip.rig.sim, list, 4, &source, 4);
	done(&trip);
}

/* The head is no INDIRECTION, so nothing can follow it; nor is there a destination. */
static void test_heads(void **state)
{
	static const uint32_t heads[] = {
		0, 0x400000 | KIMG_DESTINATION, 0x300000 | KIMG_SOURCE, 0x400000,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		struct trip trip;

		set_up(&trip, i % 2);
		load(&trip);
		sim_poke(trip.rig.sim, trip.rig.image.control[0],
			 PARAMS + PARAM_HEAD, &heads[i], 4);
		leap_open(&trip.leap, trip.rig.sim);
		/* Where a copy without a destination would go. */
		trip.leap.read_only[0] = true;
		/* What must not be read as the next entry. */
		memcpy(trip.leap.memory, &(uint32_t){ KIMG_DONE }, 4);
		leap_run(&trip.leap);
		judge_bad_list(&trip, heads[i]);
		done(&trip);
	}
}

/* Unicorn keeps half a page of its own. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libunicorn\n";
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_nothing_to_copy),
		cmocka_unit_test(test_uart),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_lanes),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
