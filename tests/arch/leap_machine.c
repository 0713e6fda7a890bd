/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See leap_machine.h. */
#include "leap_machine.h"
#include "i386/trampoline.h"
#include "x86_64/trampoline.h"

#include <unicorn/unicorn.h>

/* The old kernel's tables and its stack, above the machine's memory. */
#define OLD		0x40000000u
#define OLD_SIZE	0x10000u
#define OLD_STACK	(OLD + 0xf000u)

#define OLD_GDT		(OLD_STACK + 0x100u)
#define OLD_GDT_LIMIT	0x67u
#define OLD_FS		0x1234567000u
#define OLD_GS		0xffff888012345000u
#define OLD_PCID	5u
/* Its task register and LDTR, of which bases outside of long mode have 32 bits. */
#define OLD_TSS		0xfffffe0000003000u
#define OLD_LDT		0xfffffe0000009000u
#define OLD_TSS_SELECTOR 0x48u
#define OLD_LDT_SELECTOR 0x58u

#define CR0_OLD		0x8005003fu	/* PG AM WP NE ET TS EM MP PE */
#define CR0_GONE	0x8005000cu	/* PG AM WP TS EM */
#define CR0_KEXEC	0x00000031u	/* NE ET PE */
#define CR0_PG_BIT	0x80000000u
#define CR4_PAE_BIT	0x20u
#define CR4_MCE_BIT	0x40u
#define CR4_PGE		0x80u
#define CR4_LA57_BIT	0x1000u
#define CR4_PCIDE	0x20000u
#define CR4_CET		0x800000u
#define CR4_LASS	0x8000000u
#define CR4_OLD_64	(0x350e30u | CR4_PCIDE | CR4_CET | CR4_LASS)	/* and a few more */
#define DR7_OLD		0x4aau		/* four breakpoints, at address 0 */
#define DR7_NONE	0x700u		/* Unicorn dies of code that sets one */
#define FLAGS_OLD	0x602u		/* direction down, interrupts on */
#define FLAGS_KEXEC	0x2u
#define EFER_MSR	0xc0000080u
#define FS_BASE_MSR	0xc0000100u
#define GS_BASE_MSR	0xc0000101u
#define EFER_LME_BIT	0x100u
#define EFER_LMA_BIT	0x400u
#define ACCESSED	(1ull << 40)	/* in a descriptor */

/* Unicorn keeps half a page of its own. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libunicorn\n";
}

size_t leap_index(uint64_t frame)
{
	if (frame < LEAP_LOW >> 12)
		return (size_t)frame;
	if (frame >= LEAP_HIGH >> 12 && frame < (LEAP_HIGH + LEAP_HIGH_SIZE) >> 12)
		return (size_t)(frame - (LEAP_HIGH >> 12) + (LEAP_LOW >> 12));
	return LEAP_FRAMES;
}

unsigned char *leap_memory(struct sim *sim)
{
	unsigned char *memory = calloc(LEAP_FRAMES, 4096);

	assert_non_null(memory);
	for (uint64_t frame = 0; frame < LEAP_HIGH >> 11; frame++) {
		size_t index = leap_index(frame);
		const unsigned char *from = index < LEAP_FRAMES && sim ?
			sim_peek(sim, frame) : NULL;

		if (from)
			memcpy(memory + (index << 12), from, 4096);
	}
	return memory;
}

bool leap_waited(unsigned int polls, unsigned int busy)
{
	return polls <= LEAP_POLLS && (polls > busy || polls == LEAP_POLLS);
}

unsigned char *leap_at(const struct leap *leap, uint64_t address)
{
	return leap->memory + (leap_index(address >> 12) << 12) + (address & 4095);
}

static void ok(uc_err error)
{
	if (error)
		fail_msg("unicorn: %s", uc_strerror(error));
}

static uint64_t get(struct leap *leap, int which)
{
	uint64_t value = 0;

	ok(uc_reg_read(leap->engine, which, &value));
	return value;
}

static void set(struct leap *leap, int which, uint64_t value)
{
	ok(uc_reg_write(leap->engine, which, &value));
}

static uint64_t get_msr(struct leap *leap, uint32_t number)
{
	uc_x86_msr msr = { .rid = number };

	ok(uc_reg_read(leap->engine, UC_X86_REG_MSR, &msr));
	return msr.value;
}

static void set_msr(struct leap *leap, uint32_t number, uint64_t value)
{
	uc_x86_msr msr = { .rid = number, .value = value };

	ok(uc_reg_write(leap->engine, UC_X86_REG_MSR, &msr));
}

static void put(struct leap *leap, uint64_t address, uint64_t value, size_t size)
{
	/* Little end first, as the machines have it that run this. */
	ok(uc_mem_write(leap->engine, address, &value, size));
}

/* What stays in CR4 in 64-bit mode. */
static uint64_t cr4_kept(const struct leap *leap)
{
	return CR4_PAE_BIT | (leap->la57 ? CR4_LA57_BIT : 0) | (leap->mce ? CR4_MCE_BIT : 0);
}

static uint64_t cr4_old(const struct leap *leap)
{
	if (leap->x86_64)
		return CR4_OLD_64 | CR4_PGE | cr4_kept(leap);
	return CR4_PGE | (leap->pae ? CR4_PAE_BIT : 0);
}

static uint64_t switch_address(const struct leap *leap)
{
	return leap->x86_64 ? LEAP_SWITCH_64 : LEAP_SWITCH_32;
}

/* The old kernel maps one page, as global, by the top table at OLD and others at `tables`. */
static void old_table(struct leap *leap, uint64_t tables, uint64_t address, uint64_t frame)
{
	static const unsigned int plain[] = { 22, 12 }, pae[] = { 30, 21, 12 };
	static const unsigned int four[] = { 39, 30, 21, 12 }, five[] = { 48, 39, 30, 21, 12 };
	const unsigned int *shift = leap->x86_64 ? leap->la57 ? five : four :
		leap->pae ? pae : plain;
	unsigned int levels = leap->x86_64 ? leap->la57 ? 5 : 4 : leap->pae ? 3 : 2;
	unsigned int size = leap->x86_64 || leap->pae ? 8 : 4;
	uint64_t table = OLD;

	for (unsigned int i = 0; i < levels; i++) {
		uint64_t entries = i ? 4096 / size : 1ull << (leap->x86_64 ? 9 : 32 - shift[0]);
		uint64_t index = address >> shift[i] & (entries - 1);
		/* Entries of the top table of PAE have no writable bit. */
		uint64_t bits = !leap->x86_64 && leap->pae && !i ? 1 : 3;

		if (i + 1 == levels)
			put(leap, table + index * size, frame << 12 | 0x103, size);
		else
			put(leap, table + index * size, (tables + i * 0x1000) | bits, size);
		table = tables + i * 0x1000;
	}
}

/* What the old kernel maps: the page of <cpu>_switch(), and one for the stack. */
static void old_tables(struct leap *leap)
{
	old_table(leap, OLD + 0x1000, switch_address(leap), LEAP_SWITCH_FRAME);
	old_table(leap, OLD + 0x5000, OLD_STACK, OLD_STACK >> 12);
}

/* The tables of its kexec: the first 8 GiB by identity. */
static void kexec_tables(struct leap *leap)
{
	uint64_t table = OLD, address;

	for (unsigned int level = leap->la57 ? 5 : 4; level > 3; level--, table += 0x1000)
		put(leap, table, (table + 0x1000) | 3, 8);
	for (address = 0; address < 8ull << 30; address += 1ull << 30) {
		uint64_t second = table + 0x1000 + (address >> 30 << 12);

		put(leap, table + (address >> 30) * 8, second | 3, 8);
		for (uint64_t i = 0; i < 512; i++)
			put(leap, second + i * 8, (address + (i << 21)) | 0x83, 8);
	}
}

static uint32_t on_in(uc_engine *engine, uint32_t port, int size, void *arg)
{
	struct leap *leap = arg;

	(void)engine;
	if (port != LEAP_UART + 5 || size != 1)
		leap->trouble = "reads another port";
	leap->polls++;
	return leap->uart_busy && leap->polls <= leap->uart_busy ? 0 : 0x20;
}

/* Could an NMI come now? */
static void at_first_letter(struct leap *leap)
{
	uc_x86_mmr gdt = { 0 }, idt = { 0 };

	ok(uc_reg_read(leap->engine, UC_X86_REG_GDTR, &gdt));
	ok(uc_reg_read(leap->engine, UC_X86_REG_IDTR, &idt));
	leap->cs_at_letter = get(leap, UC_X86_REG_CS);
	leap->gdt_at_letter = gdt.base;
	leap->idt_at_letter = idt.base;
	leap->idt_limit_at_letter = idt.limit;
}

static void on_out(uc_engine *engine, uint32_t port, int size, uint32_t value, void *arg)
{
	struct leap *leap = arg;
	size_t length = strlen(leap->letters);

	(void)engine;
	if (!length)
		at_first_letter(leap);
	if (port != LEAP_UART || size != 1 || length + 1 == sizeof(leap->letters))
		leap->trouble = "writes to another port, or without an end";
	else
		leap->letters[length] = (char)value;
	if (!leap_waited(leap->polls, leap->uart_busy))
		leap->trouble = "waits too long for the transmitter, or not long enough";
	leap->polls = 0;
}

/* The first instruction of the trampoline. */
static void on_arrival(uc_engine *engine, uint64_t address, uint32_t size, void *arg)
{
	struct leap *leap = arg;

	(void)engine, (void)address, (void)size;
	leap->cr4_at_arrival = get(leap, UC_X86_REG_CR4);
}

static void on_store(uc_engine *engine, uc_mem_type type, uint64_t address, int size,
		     int64_t value, void *arg)
{
	struct leap *leap = arg;
	size_t index = leap_index(address >> 12);

	(void)engine, (void)type, (void)size, (void)value;
	if (index < LEAP_FRAMES && leap->read_only[index])
		leap->trouble = "a store to a page that needs none";
}

static void on_exception(uc_engine *engine, uint32_t number, void *arg)
{
	struct leap *leap = arg;

	(void)number;
	if (!leap->trouble)
		leap->trouble = "an exception";
	uc_emu_stop(engine);
}

void leap_open(struct leap *leap, struct sim *sim)
{
	uc_engine *engine;
	uc_hook hook;

	ok(uc_open(UC_ARCH_X86, leap->x86_64 ? UC_MODE_64 : UC_MODE_32, &engine));
	leap->engine = engine;
	leap->memory = leap_memory(sim);
	ok(uc_mem_map_ptr(engine, 0, LEAP_LOW, UC_PROT_ALL, leap->memory));
	if (leap->x86_64)
		ok(uc_mem_map_ptr(engine, LEAP_HIGH, LEAP_HIGH_SIZE, UC_PROT_ALL,
				  leap->memory + LEAP_LOW));
	ok(uc_mem_map(engine, OLD, OLD_SIZE, UC_PROT_ALL));
	ok(uc_mem_map(engine, switch_address(leap), 4096, UC_PROT_ALL));
	ok(uc_mem_write(engine, switch_address(leap), leap->x86_64 ?
			(const void *)x86_64_switch : (const void *)i386_switch, 512));
	ok(uc_hook_add(engine, &hook, UC_HOOK_INSN, (void *)on_in, leap, 1, 0,
		       UC_X86_INS_IN));
	ok(uc_hook_add(engine, &hook, UC_HOOK_INSN, (void *)on_out, leap, 1, 0,
		       UC_X86_INS_OUT));
	ok(uc_hook_add(engine, &hook, UC_HOOK_INTR, (void *)on_exception, leap, 1, 0));
	ok(uc_hook_add(engine, &hook, UC_HOOK_MEM_WRITE, (void *)on_store, leap, 1, 0));
	ok(uc_hook_add(engine, &hook, UC_HOOK_CODE, (void *)on_arrival, leap,
		       leap->page, leap->page));
}

static const int general[] = {
	UC_X86_REG_RAX, UC_X86_REG_RBX, UC_X86_REG_RCX, UC_X86_REG_RDX,
	UC_X86_REG_RSI, UC_X86_REG_RDI, UC_X86_REG_RBP, UC_X86_REG_RSP,
}, general_32[] = {
	UC_X86_REG_EAX, UC_X86_REG_EBX, UC_X86_REG_ECX, UC_X86_REG_EDX,
	UC_X86_REG_ESI, UC_X86_REG_EDI, UC_X86_REG_EBP, UC_X86_REG_ESP,
};

static int name_of(const struct leap *leap, enum kleap_x86_register reg)
{
	return leap->x86_64 ? general[reg] : general_32[reg];
}

/* Nothing has happened yet. */
static void prepare(struct leap *leap)
{
	memset(leap->letters, 0, sizeof(leap->letters));
	leap->polls = 0;
	leap->trouble = NULL;
	for (unsigned int i = 0; i < 8; i++)
		set(leap, name_of(leap, i), 0x5eed00005eed0000u + i);
}

/* Run until the new kernel is entered, or until it stops. */
static void run(struct leap *leap, uint64_t from)
{
	uc_err error = uc_emu_start(leap->engine, from, leap->address, 0, 0);
	uc_x86_mmr gdt = { 0 }, idt = { 0 }, tr = { 0 }, ldtr = { 0 };

	if (error && !leap->trouble)
		leap->trouble = uc_strerror(error);
	leap->stopped_at = get(leap, leap->x86_64 ? UC_X86_REG_RIP : UC_X86_REG_EIP);
	leap->entered = !leap->trouble && leap->stopped_at == leap->address;
	for (unsigned int i = 0; i < 8; i++)
		leap->reg[i] = get(leap, name_of(leap, i));
	leap->flags = get(leap, UC_X86_REG_EFLAGS);
	leap->cr0 = get(leap, UC_X86_REG_CR0);
	leap->cr3_after = get(leap, UC_X86_REG_CR3);
	leap->cr4 = get(leap, UC_X86_REG_CR4);
	leap->efer = get_msr(leap, EFER_MSR);
	leap->fs_base = get_msr(leap, FS_BASE_MSR);
	leap->gs_base = get_msr(leap, GS_BASE_MSR);
	leap->cs = get(leap, UC_X86_REG_CS);
	leap->ds = get(leap, UC_X86_REG_DS);
	leap->es = get(leap, UC_X86_REG_ES);
	leap->fs = get(leap, UC_X86_REG_FS);
	leap->gs = get(leap, UC_X86_REG_GS);
	leap->ss = get(leap, UC_X86_REG_SS);
	ok(uc_reg_read(leap->engine, UC_X86_REG_GDTR, &gdt));
	leap->gdt_base = gdt.base;
	leap->gdt_limit = gdt.limit;
	ok(uc_reg_read(leap->engine, UC_X86_REG_IDTR, &idt));
	leap->idt_base = idt.base;
	leap->idt_limit = idt.limit;
	leap->dr7 = get(leap, UC_X86_REG_DR7);
	ok(uc_reg_read(leap->engine, UC_X86_REG_TR, &tr));
	leap->tr = tr.selector;
	leap->tr_base = tr.base;
	ok(uc_reg_read(leap->engine, UC_X86_REG_LDTR, &ldtr));
	leap->ldtr = ldtr.selector;
	leap->ldtr_base = ldtr.base;
}

/* Call this function of (cr3, page), from nowhere, in the old kernel. */
static void call(struct leap *leap, uint64_t function, uint64_t from, uint64_t dr7)
{
	uc_x86_mmr idt = { .base = OLD, .limit = 0x7ff };

	prepare(leap);
	old_tables(leap);
	if (leap->x86_64) {
		put(leap, OLD_STACK + 0xf00, from, 8);
		set(leap, UC_X86_REG_RDI, leap->cr3);
		set(leap, UC_X86_REG_RSI, leap->page);
	} else {
		put(leap, OLD_STACK + 0xf00, from, 4);
		put(leap, OLD_STACK + 0xf04, leap->cr3, 4);
		put(leap, OLD_STACK + 0xf08, leap->page, 4);
	}
	set(leap, name_of(leap, KLEAP_X86_SP), OLD_STACK + 0xf00);
	set(leap, UC_X86_REG_EFLAGS, FLAGS_OLD);
	set(leap, UC_X86_REG_CR3, OLD | (leap->x86_64 ? OLD_PCID : 0));
	set(leap, UC_X86_REG_CR4, cr4_old(leap));
	set(leap, UC_X86_REG_CR0, CR0_OLD);
	set(leap, UC_X86_REG_DR7, dr7);
	ok(uc_reg_write(leap->engine, UC_X86_REG_IDTR, &idt));
	run(leap, function);
}

void leap_run(struct leap *leap)
{
	call(leap, switch_address(leap), 0xdead0000, DR7_OLD);
}

/* A descriptor of 64-bit mode, at this selector of the old GDT. */
static void put_system_descriptor(struct leap *leap, uint64_t selector, uint64_t type,
				  uint64_t base)
{
	uint64_t low = 0x67 | (base & 0xffffff) << 16 | type << 40 | (base >> 24 & 0xff) << 56;

	put(leap, OLD_GDT + selector, low, 8);
	put(leap, OLD_GDT + selector + 8, base >> 32, 8);
}

/* They have been loaded, and then lost the upper halves of their bases. */
static void old_task(struct leap *leap)
{
	uc_x86_mmr tr = { .selector = OLD_TSS_SELECTOR, .base = (uint32_t)OLD_TSS, .limit = 0x67 };
	uc_x86_mmr ldtr = { .selector = OLD_LDT_SELECTOR, .base = (uint32_t)OLD_LDT, .limit = 0x67 };

	put_system_descriptor(leap, OLD_TSS_SELECTOR, 0x8b, OLD_TSS);
	put_system_descriptor(leap, OLD_LDT_SELECTOR, 0x82, OLD_LDT);
	ok(uc_reg_write(leap->engine, UC_X86_REG_TR, &tr));
	ok(uc_reg_write(leap->engine, UC_X86_REG_LDTR, &ldtr));
}

void leap_rehearse(struct leap *leap)
{
	static const uint64_t code_32 = 0x00cf9b000000ffff, code_64 = 0x00af9b000000ffff;
	static const uint64_t data = 0x00cf93000000ffff;
	static const int segment[] = {
		UC_X86_REG_DS, UC_X86_REG_ES, UC_X86_REG_FS, UC_X86_REG_GS, UC_X86_REG_SS,
	};
	uc_x86_mmr gdt = { .base = OLD_GDT, .limit = OLD_GDT_LIMIT };
	uint64_t offset = leap->x86_64 ?
		(uint64_t)((uintptr_t)x86_64_rehearse - (uintptr_t)x86_64_switch) :
		(uint64_t)((uintptr_t)i386_rehearse - (uintptr_t)i386_switch);

	/* Another selector for each; the code segment is the last. */
	for (unsigned int i = 1; i < 8; i++)
		put(leap, OLD_GDT + i * 8, data, 8);
	put(leap, OLD_GDT + 8 * 8, leap->x86_64 ? code_64 : code_32, 8);
	old_tables(leap);
	set(leap, UC_X86_REG_CR3, OLD);
	set(leap, UC_X86_REG_CR4, cr4_old(leap));
	set(leap, UC_X86_REG_CR0, CR0_OLD);
	ok(uc_reg_write(leap->engine, UC_X86_REG_GDTR, &gdt));
	for (unsigned int i = 0; i < 5; i++)
		set(leap, segment[i], (i + 3) * 8);
	set(leap, UC_X86_REG_CS, 0x40);
	if (leap->x86_64) {
		set_msr(leap, FS_BASE_MSR, OLD_FS);
		set_msr(leap, GS_BASE_MSR, OLD_GS);
		old_task(leap);
	}
	leap->address = switch_address(leap) + 0x800;
	call(leap, switch_address(leap) + offset, leap->address, DR7_NONE);
}

void leap_run_stub(struct leap *leap)
{
	uc_x86_mmr gone = { .base = OLD, .limit = 0 };
	/* Newer x86_64 kernels: for debugging, with entries that print, and return from an int3. */
	uc_x86_mmr idt = { .base = OLD, .limit = leap->x86_64 ? 0xff : 0 };

	prepare(leap);
	set(leap, UC_X86_REG_EFLAGS, FLAGS_KEXEC);
	if (leap->x86_64) {
		kexec_tables(leap);
		set(leap, UC_X86_REG_CR3, OLD);
		set(leap, UC_X86_REG_CR4, cr4_kept(leap) | CR4_PGE);
		set(leap, UC_X86_REG_CR0, CR0_PG_BIT | CR0_KEXEC);
	} else {
		set(leap, UC_X86_REG_CR3, 0);
		set(leap, UC_X86_REG_CR4, 0);
		set(leap, UC_X86_REG_CR0, CR0_KEXEC);
	}
	ok(uc_reg_write(leap->engine, UC_X86_REG_GDTR, &gone));
	ok(uc_reg_write(leap->engine, UC_X86_REG_IDTR, &idt));
	run(leap, leap->page);
}

void leap_close(struct leap *leap)
{
	uc_close(leap->engine);
	free(leap->memory);
}

/* Its GDT, or the one that it is given: code and data. */
static void judge_gdt(const struct leap *leap, const struct kleap_entry *entry)
{
	static const uint64_t code_32 = 0x00cf9a000000ffff, code_64 = 0x00af9a000000ffff;
	uint64_t gdt[4];

	if (entry->reg[KLEAP_X86_GDT_LIMIT]) {
		assert_int_equal(leap->gdt_base, entry->reg[KLEAP_X86_GDT_BASE]);
		assert_int_equal(leap->gdt_limit, entry->reg[KLEAP_X86_GDT_LIMIT]);
		return;
	}
	assert_int_equal(leap->gdt_base & ~0xfffull, leap->page);
	assert_int_equal(leap->gdt_limit, sizeof(gdt) - 1);
	memcpy(gdt, leap_at(leap, leap->gdt_base), sizeof(gdt));
	assert_int_equal(gdt[0], 0);
	assert_int_equal(gdt[2] & ~ACCESSED,
			 entry->machine == KLEAP_X86_64 ? code_64 : code_32);
	assert_int_equal(gdt[3] & ~ACCESSED, 0x00cf92000000ffff);
}

void leap_judge(const struct leap *leap, const struct kleap_entry *entry,
		const char *letters)
{
	bool to_64 = entry->machine == KLEAP_X86_64;
	uint64_t tables = entry->reg[KLEAP_X86_TABLES];

	if (leap->trouble)
		fail_msg("%s at %#llx, letters \"%s\"", leap->trouble,
			 (unsigned long long)leap->stopped_at, leap->letters);
	assert_true(leap->entered);
	assert_string_equal(leap->letters, letters);
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(to_64 ? leap->reg[i] : (uint32_t)leap->reg[i], entry->reg[i]);
	/* Interrupts off, direction up; no breakpoints, no interrupt table. */
	assert_int_equal(leap->flags & 0x600, 0);
	assert_int_equal(leap->dr7 & ~0x400u, 0);	/* bit 10 is always 1 */
	assert_int_equal(leap->idt_limit, 0);
	/* Paging, or none; and none of the old ways. */
	assert_int_equal(leap->cr0 & (CR0_GONE | 1), to_64 ? CR0_PG_BIT | 1 : 1);
	assert_int_equal(leap->cr4, to_64 ? cr4_kept(leap) : 0);
	assert_int_equal(leap->efer & (EFER_LME_BIT | EFER_LMA_BIT),
			 to_64 ? EFER_LME_BIT | EFER_LMA_BIT : 0);
	if (!to_64)
		assert_int_equal(leap->cr3_after, 0);
	else if (tables)
		assert_int_equal(leap->cr3_after, tables + (leap->la57 ? 0 : 4096));
	assert_int_equal(leap->cs, 0x10);
	assert_int_equal(leap->ds, 0x18);
	assert_int_equal(leap->es, 0x18);
	assert_int_equal(leap->fs, 0x18);
	assert_int_equal(leap->gs, 0x18);
	assert_int_equal(leap->ss, 0x18);
	judge_gdt(leap, entry);
}

void leap_judge_back(const struct leap *leap, const char *letters)
{
	static const bool kept_32[8] = {
		[KLEAP_X86_BX] = true, [KLEAP_X86_SI] = true, [KLEAP_X86_DI] = true,
		[KLEAP_X86_BP] = true,
	}, kept_64[8] = { [KLEAP_X86_BX] = true, [KLEAP_X86_BP] = true };

	if (leap->trouble)
		fail_msg("%s at %#llx, letters \"%s\"", leap->trouble,
			 (unsigned long long)leap->stopped_at, leap->letters);
	assert_true(leap->entered);
	assert_string_equal(leap->letters, letters);
	for (unsigned int i = 0; i < 8; i++)
		if ((leap->x86_64 ? kept_64 : kept_32)[i])
			assert_int_equal((uint32_t)leap->reg[i], 0x5eed0000u + i);
	assert_int_equal(leap->reg[KLEAP_X86_SP],
			 OLD_STACK + 0xf00 + (leap->x86_64 ? 8 : 4));
	assert_int_equal(leap->flags & 0x600, FLAGS_OLD & 0x600);
	assert_int_equal(leap->cr0, CR0_OLD);
	assert_int_equal(leap->cr3_after, OLD | (leap->x86_64 ? OLD_PCID : 0));
	assert_int_equal(leap->cr4, cr4_old(leap));
	assert_int_equal(leap->dr7, DR7_NONE);
	assert_int_equal(leap->ds, 0x18);
	assert_int_equal(leap->es, 0x20);
	assert_int_equal(leap->fs, 0x28);
	assert_int_equal(leap->gs, 0x30);
	assert_int_equal(leap->ss, 0x38);
	assert_int_equal(leap->cs, 0x40);
	assert_int_equal(leap->gdt_base, OLD_GDT);
	assert_int_equal(leap->gdt_limit, OLD_GDT_LIMIT);
	assert_int_equal(leap->idt_base, OLD);
	assert_int_equal(leap->idt_limit, 0x7ff);
	if (leap->x86_64) {
		assert_int_equal(leap->fs_base, OLD_FS);
		assert_int_equal(leap->gs_base, OLD_GS);
		assert_int_equal(leap->tr, OLD_TSS_SELECTOR);
		assert_int_equal(leap->tr_base, OLD_TSS);
		assert_int_equal(leap->ldtr, OLD_LDT_SELECTOR);
		assert_int_equal(leap->ldtr_base, OLD_LDT);
		assert_int_equal(leap->efer & (EFER_LME_BIT | EFER_LMA_BIT),
				 EFER_LME_BIT | EFER_LMA_BIT);
	}
}

void leap_judge_reset(const struct leap *leap, const char *letters)
{
	if (leap->entered || !leap->trouble || strcmp(leap->letters, letters))
		fail_msg("%s, letters \"%s\", not \"%s\"", leap->trouble ?
			 leap->trouble : "no reset", leap->letters, letters);
	assert_string_equal(leap->trouble, "an exception");
	/* Nothing but an NMI has an entry in the interrupt table. */
	assert_in_range(leap->idt_limit, 0, leap->x86_64 ? 47 : 23);
	assert_int_equal(leap->stopped_at & ~0xfffull, leap->page);
}
