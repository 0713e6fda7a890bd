/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See leap_machine.h. */
#include "leap_machine.h"

#include <unicorn/unicorn.h>

/* The old kernel's tables and its stack, above the machine's memory. */
#define OLD		0x40000000u
#define OLD_SIZE	0x10000u
#define OLD_STACK	(OLD + 0xf000u)

#define CR0_OLD		0x8005003fu	/* PG AM WP NE ET TS EM MP PE */
#define CR4_PAE		0x20u
#define CR4_PGE		0x80u
#define DR7_OLD		0x4aau		/* four breakpoints, at address 0 */
#define EFLAGS_OLD	0x602u		/* direction down, interrupts on */

uint32_t leap_translate(struct sim *sim, bool pae, uint32_t cr3, uint32_t address)
{
	static const unsigned int shift[2][3] = { { 22, 12 }, { 30, 21, 12 } };
	static const uint32_t mask[2][3] = { { 1023, 1023 }, { 3, 511, 511 } };
	uint64_t table = cr3;

	for (unsigned int level = 0; level < (pae ? 3 : 2); level++) {
		uint32_t index = address >> shift[pae][level] & mask[pae][level];
		uint64_t entry = 0;

		memcpy(&entry, sim_peek(sim, table >> 12) + (pae ? 8 : 4) * index,
		       pae ? 8 : 4);
		/* Bits that must be 0 in the top table of PAE, or are of large pages. */
		if (!(entry & 1) || (entry & (pae && !level ? 0x1e6 : 0x80)))
			return 0;
		if (!(pae && !level) && !(entry & 2))
			return 0;
		table = entry & ~0xfffull;
	}
	return (uint32_t)(table >> 12);
}

static void ok(uc_err error)
{
	if (error)
		fail_msg("unicorn: %s", uc_strerror(error));
}

static uint32_t get(struct leap *leap, int which)
{
	uint64_t value = 0;

	ok(uc_reg_read(leap->engine, which, &value));
	return (uint32_t)value;
}

static void set(struct leap *leap, int which, uint32_t is)
{
	uint64_t value = is;

	ok(uc_reg_write(leap->engine, which, &value));
}

static void put(struct leap *leap, uint32_t address, uint64_t value, size_t size)
{
	/* Little end first, as the machines have it that run this. */
	ok(uc_mem_write(leap->engine, address, &value, size));
}

/* Tables of the old kernel: the page of i386_switch(), and one for the stack. */
static void old_tables(struct leap *leap)
{
	static const uint32_t address[] = { LEAP_SWITCH, OLD_STACK };

	/* Both are global, as a kernel's own pages are; a table for each. */
	for (unsigned int i = 0; i < 2; i++) {
		uint32_t table = OLD + 0x2000 + i * 0x1000;

		if (leap->pae) {
			put(leap, OLD + (address[i] >> 30) * 8, (OLD + 0x1000) | 1, 8);
			put(leap, OLD + 0x1000 + (address[i] >> 21 & 511) * 8, table | 3, 8);
			put(leap, table + (address[i] >> 12 & 511) * 8,
			    address[i] | 0x103, 8);
		} else {
			put(leap, OLD + (address[i] >> 22) * 4, table | 3, 4);
			put(leap, table + (address[i] >> 12 & 1023) * 4,
			    address[i] | 0x103, 4);
		}
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

static void on_out(uc_engine *engine, uint32_t port, int size, uint32_t value, void *arg)
{
	struct leap *leap = arg;
	size_t length = strlen(leap->letters);

	(void)engine;
	if (port != LEAP_UART || size != 1 || length + 1 == sizeof(leap->letters))
		leap->trouble = "writes to another port, or without an end";
	else
		leap->letters[length] = (char)value;
	if (leap->polls > LEAP_POLLS ||
	    (leap->polls <= leap->uart_busy && leap->polls != LEAP_POLLS))
		leap->trouble = "waits too long for the transmitter, or not long enough";
	leap->polls = 0;
}

/* The first instruction of the trampoline. */
static void on_arrival(uc_engine *engine, uint64_t address, uint32_t size, void *arg)
{
	struct leap *leap = arg;

	(void)engine, (void)address, (void)size;
	leap->global_pages = get(leap, UC_X86_REG_CR4) & CR4_PGE;
}

static void on_store(uc_engine *engine, uc_mem_type type, uint64_t address, int size,
		     int64_t value, void *arg)
{
	struct leap *leap = arg;

	(void)engine, (void)type, (void)size, (void)value;
	if (leap->read_only[address >> 12])
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

	ok(uc_open(UC_ARCH_X86, UC_MODE_32, &engine));
	leap->engine = engine;
	leap->memory = calloc(1, LEAP_MEMORY);
	assert_non_null(leap->memory);
	for (uint32_t frame = 0; frame < LEAP_MEMORY >> 12; frame++) {
		const unsigned char *from = sim_peek(sim, frame);

		if (from)
			memcpy(leap->memory + (frame << 12), from, 4096);
	}
	ok(uc_mem_map_ptr(engine, 0, LEAP_MEMORY, UC_PROT_ALL, leap->memory));
	ok(uc_mem_map(engine, OLD, OLD_SIZE, UC_PROT_ALL));
	ok(uc_mem_map(engine, LEAP_SWITCH, 4096, UC_PROT_ALL));
	ok(uc_mem_write(engine, LEAP_SWITCH, (const void *)i386_switch, 64));
	ok(uc_hook_add(engine, &hook, UC_HOOK_INSN, (void *)on_in, leap, 1, 0,
		       UC_X86_INS_IN));
	ok(uc_hook_add(engine, &hook, UC_HOOK_INSN, (void *)on_out, leap, 1, 0,
		       UC_X86_INS_OUT));
	ok(uc_hook_add(engine, &hook, UC_HOOK_INTR, (void *)on_exception, leap, 1, 0));
	ok(uc_hook_add(engine, &hook, UC_HOOK_MEM_WRITE, (void *)on_store, leap, 0,
		       LEAP_MEMORY - 1));
	ok(uc_hook_add(engine, &hook, UC_HOOK_CODE, (void *)on_arrival, leap,
		       leap->control, leap->control));
}

void leap_run(struct leap *leap)
{
	static const int general[] = {
		UC_X86_REG_EAX, UC_X86_REG_EBX, UC_X86_REG_ECX, UC_X86_REG_EDX,
		UC_X86_REG_ESI, UC_X86_REG_EDI, UC_X86_REG_EBP,
	};
	uc_x86_mmr gdt = { 0 }, idt = { .base = OLD, .limit = 0x7ff };
	uc_err error;

	memset(leap->letters, 0, sizeof(leap->letters));
	leap->polls = 0;
	leap->trouble = NULL;
	old_tables(leap);
	for (size_t i = 0; i < sizeof(general) / sizeof(*general); i++)
		set(leap, general[i], 0x5eed0000u + (uint32_t)i);
	/* i386_switch(cr3, control), called from nowhere. */
	put(leap, OLD + 0xff00, 0xdead0000, 4);
	put(leap, OLD + 0xff04, leap->cr3, 4);
	put(leap, OLD + 0xff08, leap->control, 4);
	set(leap, UC_X86_REG_ESP, OLD_STACK + 0xf00);
	set(leap, UC_X86_REG_EFLAGS, EFLAGS_OLD);
	set(leap, UC_X86_REG_CR3, OLD);
	set(leap, UC_X86_REG_CR4, CR4_PGE | (leap->pae ? CR4_PAE : 0));
	set(leap, UC_X86_REG_CR0, CR0_OLD);
	set(leap, UC_X86_REG_DR7, DR7_OLD);
	ok(uc_reg_write(leap->engine, UC_X86_REG_IDTR, &idt));

	error = uc_emu_start(leap->engine, LEAP_SWITCH, leap->eip, 0, 0);
	if (error && !leap->trouble)
		leap->trouble = uc_strerror(error);
	leap->stopped_at = get(leap, UC_X86_REG_EIP);
	leap->entered = !leap->trouble && leap->stopped_at == leap->eip;
	leap->eax = get(leap, UC_X86_REG_EAX);
	leap->ebx = get(leap, UC_X86_REG_EBX);
	leap->ecx = get(leap, UC_X86_REG_ECX);
	leap->edx = get(leap, UC_X86_REG_EDX);
	leap->esi = get(leap, UC_X86_REG_ESI);
	leap->edi = get(leap, UC_X86_REG_EDI);
	leap->ebp = get(leap, UC_X86_REG_EBP);
	leap->esp = get(leap, UC_X86_REG_ESP);
	leap->eflags = get(leap, UC_X86_REG_EFLAGS);
	leap->cr0 = get(leap, UC_X86_REG_CR0);
	leap->cr3_after = get(leap, UC_X86_REG_CR3);
	leap->cr4 = get(leap, UC_X86_REG_CR4);
	leap->cs = get(leap, UC_X86_REG_CS);
	leap->ds = get(leap, UC_X86_REG_DS);
	leap->es = get(leap, UC_X86_REG_ES);
	leap->fs = get(leap, UC_X86_REG_FS);
	leap->gs = get(leap, UC_X86_REG_GS);
	leap->ss = get(leap, UC_X86_REG_SS);
	ok(uc_reg_read(leap->engine, UC_X86_REG_GDTR, &gdt));
	leap->gdt_base = (uint32_t)gdt.base;
	leap->gdt_limit = gdt.limit;
	ok(uc_reg_read(leap->engine, UC_X86_REG_IDTR, &idt));
	leap->idt_limit = idt.limit;
	leap->dr7 = get(leap, UC_X86_REG_DR7);
}

void leap_close(struct leap *leap)
{
	uc_close(leap->engine);
	free(leap->memory);
}
