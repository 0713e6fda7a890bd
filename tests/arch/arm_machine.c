/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See arm_machine.h. */
#include "arm_machine.h"
#include "arm64/trampoline.h"

#include <unicorn/unicorn.h>

/* The old kernel's tables and its stack, above the machine's memory. */
#define OLD		0x40000000u
#define OLD_SIZE	0x10000u
#define OLD_LOWER	(OLD + 0x8000u)	/* an empty table */
#define OLD_STACK	(OLD + 0xe000u)
#define SWITCH_PAGE	((uint64_t)LEAP_SWITCH_FRAME << 12)
#define STACK_64	0xffff800000b00000u
#define STACK_USED	0xf00u

#define SCTLR_OLD_64	0xc5183du	/* M A C SA, I, and what is always 1 */
/* T0SZ 25, no lower half, pages of 64 KiB there; T1SZ 16, pages of 4 KiB; TBI0. */
#define TCR_OLD_64	0x25b5504099ull
#define TTBR0_OLD_64	(OLD_LOWER | 3ull << 48)	/* with an ASID */
#define VBAR_OLD_64	0xffff800000abc800u
#define PSTATE_OLD_64	0x305u		/* EL1, SP_EL1, debug and SError masked */
#define SCTLR_M		0x1u
#define SCTLR_C		0x4u
#define SCTLR_I		0x1000u
#define PSTATE_MASKED	0x3c0u

#define INSTRUCTIONS_MAX (1u << 24)

/* Exceptions, as Unicorn numbers them. */
#define EXCEPTION_HVC	11u
#define EXCEPTION_SMC	13u

#define HVC_64		0xd4000002u
#define WFE_64		0xd503205fu
#define CIVAC_64	0xd50b7e20u	/* and a register */
#define IALLU_64	0xd508751fu
#define TO_SCTLR_64	0xd5181000u	/* and a register */

static void ok(uc_err error)
{
	if (error)
		fail_msg("unicorn: %s", uc_strerror(error));
}

static uint64_t get(struct arm_leap *leap, int which)
{
	uint64_t value = 0;

	ok(uc_reg_read(leap->engine, which, &value));
	return value;
}

static void set(struct arm_leap *leap, int which, uint64_t value)
{
	ok(uc_reg_write(leap->engine, which, &value));
}

/* Registers: op1, CRn, CRm and op2 of their msr, each in four bits. Without a level: of EL1. */
#define SCTLR		0x0100u
#define TTBR0		0x0200u
#define TTBR1		0x0201u
#define TCR		0x0202u
#define MAIR		0x0a20u
#define VBAR		0x0c00u
#define HCR_EL2		0x4110u
#define SCR_EL3		0x6110u

static uc_arm64_cp_reg system_reg(unsigned int name, uint64_t value)
{
	return (uc_arm64_cp_reg){ .op0 = 3, .op1 = name >> 12, .crn = name >> 8 & 15,
				  .crm = name >> 4 & 15, .op2 = name & 15, .val = value };
}

static uint64_t get_system(struct arm_leap *leap, unsigned int name)
{
	uc_arm64_cp_reg reg = system_reg(name, 0);

	ok(uc_reg_read(leap->engine, UC_ARM64_REG_CP_REG, &reg));
	return reg.val;
}

static void set_system(struct arm_leap *leap, unsigned int name, uint64_t value)
{
	uc_arm64_cp_reg reg = system_reg(name, value);

	ok(uc_reg_write(leap->engine, UC_ARM64_REG_CP_REG, &reg));
}

static void put(struct arm_leap *leap, uint64_t address, uint64_t value, size_t size)
{
	ok(uc_mem_write(leap->engine, address, &value, size));
}

/* X29 and X30 are not behind X28. */
static int x_reg(unsigned int number)
{
	return number < 29 ? UC_ARM64_REG_X0 + (int)number :
		UC_ARM64_REG_X29 + (int)number - 29;
}

static uint64_t get_x(struct arm_leap *leap, unsigned int number)
{
	return number == 31 ? 0 : get(leap, x_reg(number));
}

/* The old kernel maps one page, by the top table at OLD and others at `tables`. */
static void old_table(struct arm_leap *leap, uint64_t tables, uint64_t address, uint64_t to)
{
	uint64_t table = OLD;

	for (unsigned int shift = 39; shift > 12; shift -= 9, tables += 0x1000) {
		put(leap, table + (address >> shift & 511) * 8, tables | 3, 8);
		table = tables;
	}
	/* For memory, accessed. */
	put(leap, table + (address >> 12 & 511) * 8, to | 0x703 | 6 << 2, 8);
}

/* ---- The UART ---------------------------------------------------------------------------- */

static uint64_t on_in(uc_engine *engine, uint64_t offset, unsigned int size, void *arg)
{
	struct arm_leap *leap = arg;
	bool pl011 = leap->uart.kind == ARCH_UART_PL011;
	uint64_t status = pl011 ? 0x18 : 5u << leap->uart.shift;
	bool busy;

	(void)engine;
	if (offset != (leap->uart.address & 4095) + status || size != leap->uart.width)
		leap->trouble = "reads another register";
	leap->polls++;
	busy = leap->uart_busy && leap->polls <= leap->uart_busy;
	/* With the other bits the other way round. */
	return pl011 ? (busy ? 0x20 : 0xdf) : busy ? 0xdf : 0x20;
}

static void on_out(uc_engine *engine, uint64_t offset, unsigned int size, uint64_t value,
		   void *arg)
{
	struct arm_leap *leap = arg;
	size_t length = strlen(leap->letters);

	(void)engine;
	if (offset != (leap->uart.address & 4095) || size != leap->uart.width ||
	    length + 1 == sizeof(leap->letters))
		leap->trouble = "writes to another register, or without an end";
	else
		leap->letters[length] = (char)value;
	if (leap->polls > LEAP_POLLS ||
	    (leap->polls <= leap->uart_busy && leap->polls != LEAP_POLLS))
		leap->trouble = "waits too long for the transmitter, or not long enough";
	leap->polls = 0;
}

/* ---- The caches, which Unicorn has not ------------------------------------------------------ */

static void on_store(uc_engine *engine, uc_mem_type type, uint64_t address, int size,
		     int64_t value, void *arg)
{
	struct arm_leap *leap = arg;
	size_t index = leap_index(address >> 12);

	(void)engine, (void)type, (void)value;
	if (index >= LEAP_FRAMES)
		return;
	if (leap->read_only[index])
		leap->trouble = "a store to a page that needs none";
	leap->stale = true;
	for (uint64_t at = address; at < address + (uint64_t)size; at++)
		leap->dirty[((index << 12) + (at & 4095)) / ARM_LINE] = true;
}

static void clean_line(struct arm_leap *leap, uint64_t address)
{
	size_t index = leap_index(address >> 12);

	if (index < LEAP_FRAMES)
		leap->dirty[((index << 12) + (address & 4095)) / ARM_LINE] = false;
}

/* From here on memory is read past the caches. */
static void caches_off(struct arm_leap *leap)
{
	for (size_t i = 0; i < LEAP_FRAMES * 4096 / ARM_LINE; i++)
		if (leap->dirty[i])
			leap->trouble = "the caches are turned off with a line not cleaned";
	if (leap->stale)
		leap->trouble = "the instruction cache is older than memory";
}

/* ---- Instructions --------------------------------------------------------------------------- */

static void stop(struct arm_leap *leap, const char *trouble)
{
	if (trouble && !leap->trouble)
		leap->trouble = trouble;
	uc_emu_stop(leap->engine);
}

static void on_code(uc_engine *engine, uint64_t address, uint32_t size, void *arg)
{
	struct arm_leap *leap = arg;
	uint32_t code = 0;

	(void)size;
	leap->instructions++;
	ok(uc_mem_read(engine, address, &code, sizeof(code)));
	if ((code & ~31u) == CIVAC_64) {
		clean_line(leap, get_x(leap, code & 31));
	} else if (code == IALLU_64) {
		leap->stale = false;
	} else if ((code & ~31u) == TO_SCTLR_64) {
		if (!(get_x(leap, code & 31) & SCTLR_C))
			caches_off(leap);
	} else if (code == WFE_64) {
		leap->stopped = true;
		stop(leap, NULL);
	}
	if (leap->instructions > INSTRUCTIONS_MAX)
		leap->trouble = "it runs without an end";
	if (leap->trouble)
		stop(leap, NULL);
}

/* What firmware, hypervisors and Linux's stub do: all may use x0 to x17. */
static void on_call(struct arm_leap *leap, bool hvc)
{
	uint64_t to = get_x(leap, 1);

	if (get_x(leap, 0) == SYSTEM_RESET) {
		leap->reset = true;
		leap->by = hvc ? ARCH_CONDUIT_HVC : ARCH_CONDUIT_SMC;
		stop(leap, NULL);
		return;
	}
	leap->hvcs++;
	if (!hvc || get_x(leap, 0) != HVC_SOFT_RESTART)
		stop(leap, "another call");
	for (unsigned int i = 0; i < 18; i++)
		set(leap, x_reg(i), 0xbad0000bad0000u + i);
	if (leap->hvc == ARM_HVC_STUB) {
		set(leap, UC_ARM64_REG_PSTATE, PSTATE_MASKED | 9);
		set(leap, UC_ARM64_REG_PC, to);
	}
}

static void on_exception(uc_engine *engine, uint32_t number, void *arg)
{
	struct arm_leap *leap = arg;
	uint64_t pc = get(leap, UC_ARM64_REG_PC), vectors = get_system(leap, VBAR);
	uint32_t code = 0;

	if (number == EXCEPTION_HVC || number == EXCEPTION_SMC) {
		on_call(leap, number == EXCEPTION_HVC);
		return;
	}
	if (!uc_mem_read(engine, pc, &code, sizeof(code)) && code == HVC_64)
		leap->hvcs++;
	else
		leap->exceptions++;
	if ((vectors & ~0x7ffull) != leap->page + VECTORS || leap->exceptions > 1) {
		leap->trouble = "an exception";
		uc_emu_stop(engine);
	} else {
		set(leap, UC_ARM64_REG_PC, vectors + 0x200);
	}
}

/* ---- Running it ----------------------------------------------------------------------------- */

void arm_open(struct arm_leap *leap, struct sim *sim)
{
	uc_engine *engine;
	uc_hook hook;

	ok(uc_open(UC_ARCH_ARM64, UC_MODE_ARM, &engine));
	ok(uc_ctl_set_cpu_model(engine, UC_CPU_ARM64_A57));
	leap->engine = engine;
	leap->memory = calloc(LEAP_FRAMES, 4096);
	leap->dirty = calloc(LEAP_FRAMES, 4096 / ARM_LINE);
	assert_true(leap->memory && leap->dirty);
	for (uint64_t frame = 0; frame < LEAP_HIGH >> 11; frame++) {
		size_t index = leap_index(frame);
		const unsigned char *from = index < LEAP_FRAMES && sim ?
			sim_peek(sim, frame) : NULL;

		if (from)
			memcpy(leap->memory + (index << 12), from, 4096);
	}
	ok(uc_mem_map_ptr(engine, 0, LEAP_LOW, UC_PROT_ALL, leap->memory));
	ok(uc_mem_map_ptr(engine, LEAP_HIGH, LEAP_HIGH_SIZE, UC_PROT_ALL,
			  leap->memory + LEAP_LOW));
	ok(uc_mem_map(engine, OLD, OLD_SIZE, UC_PROT_ALL));
	/* Unicorn 2.0 wants memory at the address, too, before it is translated. */
	ok(uc_mem_map(engine, SWITCH_PAGE, 4096, UC_PROT_ALL));
	ok(uc_mem_map(engine, ARM64_SWITCH, 4096, UC_PROT_ALL));
	ok(uc_mem_map(engine, STACK_64, 4096, UC_PROT_ALL));
	ok(uc_mem_write(engine, SWITCH_PAGE, (const void *)arm64_switch, 512));
	ok(uc_mem_write(engine, ARM64_SWITCH, (const void *)arm64_switch, 512));
	ok(uc_mmio_map(engine, ARM_UART, 4096, on_in, leap, on_out, leap));
	ok(uc_hook_add(engine, &hook, UC_HOOK_INTR, (void *)on_exception, leap, 1, 0));
	ok(uc_hook_add(engine, &hook, UC_HOOK_MEM_WRITE, (void *)on_store, leap, 1, 0));
	ok(uc_hook_add(engine, &hook, UC_HOOK_CODE, (void *)on_code, leap, 1, 0));
}

/* Nothing has happened yet; the host has written the page, and cleaned nothing. */
static void prepare(struct arm_leap *leap)
{
	memset(leap->letters, 0, sizeof(leap->letters));
	leap->polls = leap->hvcs = leap->exceptions = 0;
	leap->instructions = 0;
	leap->trouble = NULL;
	leap->reset = leap->stopped = false;
	for (unsigned int i = 0; i < 31; i++)
		set(leap, x_reg(i), 0x5eed00005eed0000u + i);
}

/* Run until the new kernel is entered, or until it stops. */
static void run(struct arm_leap *leap, uint64_t from)
{
	uc_err error = uc_emu_start(leap->engine, from, leap->address, 0, 0);
	uint64_t sctlr;

	if (error && !leap->trouble)
		leap->trouble = uc_strerror(error);
	leap->stopped_at = get(leap, UC_ARM64_REG_PC);
	leap->entered = !leap->trouble && leap->stopped_at == leap->address;
	for (unsigned int i = 0; i < KLEAP_ARM64_REGISTERS; i++)
		leap->reg[i] = get_x(leap, i);
	sctlr = get_system(leap, SCTLR);
	leap->mmu = sctlr & SCTLR_M;
	leap->caches = sctlr & (SCTLR_C | SCTLR_I);
	leap->interrupts = (get(leap, UC_ARM64_REG_PSTATE) & PSTATE_MASKED) != PSTATE_MASKED;
	leap->level = get(leap, UC_ARM64_REG_PSTATE) >> 2 & 3;
}

/* EL1 has 64 bits, and may call EL2, or may not. */
static void set_levels(struct arm_leap *leap)
{
	set_system(leap, SCR_EL3, 0x401 | (leap->hvc == ARM_HVC_UNDEFINED ? 0 : 0x100));
	set_system(leap, HCR_EL2, 1ull << 31);
}

/* Call this function of (tables, page) in the old kernel. */
static void call_old(struct arm_leap *leap, uint64_t function, uint64_t back)
{
	prepare(leap);
	for (uint64_t at = leap->page; at < leap->page + 4096; at += ARM_LINE)
		leap->dirty[((leap_index(at >> 12) << 12) + (at & 4095)) / ARM_LINE] = true;
	leap->stale = true;
	old_table(leap, OLD + 0x1000, ARM64_SWITCH, SWITCH_PAGE);
	old_table(leap, OLD + 0x1000, STACK_64, OLD_STACK);
	set_levels(leap);
	set_system(leap, MAIR, ARM64_MAIR);
	set_system(leap, TTBR0, TTBR0_OLD_64);
	set_system(leap, TTBR1, OLD);
	set_system(leap, TCR, TCR_OLD_64);
	set_system(leap, VBAR, VBAR_OLD_64);
	set(leap, UC_ARM64_REG_PSTATE, PSTATE_OLD_64);
	set_system(leap, SCTLR, SCTLR_OLD_64);
	set(leap, x_reg(0), leap->tables);
	set(leap, x_reg(1), leap->page);
	set(leap, x_reg(30), back);
	set(leap, UC_ARM64_REG_SP, STACK_64 + STACK_USED);
	run(leap, function);
}

void arm_run(struct arm_leap *leap)
{
	call_old(leap, ARM64_SWITCH, ARM64_SWITCH + 0x800);
}

void arm_rehearse(struct arm_leap *leap, const char *letters)
{
	uint64_t offset = (uint64_t)((uintptr_t)arm64_rehearse - (uintptr_t)arm64_switch);

	leap->address = ARM64_SWITCH + 0x800;
	call_old(leap, ARM64_SWITCH + offset, leap->address);
	if (leap->trouble)
		fail_msg("%s at %#llx, letters \"%s\"", leap->trouble,
			 (unsigned long long)leap->stopped_at, leap->letters);
	assert_true(leap->entered);
	assert_string_equal(leap->letters, letters);
	assert_int_equal(leap->hvcs, 0);
	for (unsigned int i = 18; i < 30; i++)
		assert_int_equal(get_x(leap, i), 0x5eed00005eed0000u + i);
	assert_int_equal(get(leap, UC_ARM64_REG_SP), STACK_64 + STACK_USED);
	assert_int_equal(get(leap, UC_ARM64_REG_PSTATE) & 0x3cf, PSTATE_OLD_64);
	assert_int_equal(get_system(leap, SCTLR), SCTLR_OLD_64);
	assert_int_equal(get_system(leap, TTBR0), TTBR0_OLD_64);
	assert_int_equal(get_system(leap, TTBR1), OLD);
	assert_int_equal(get_system(leap, TCR), TCR_OLD_64);
	assert_int_equal(get_system(leap, VBAR), VBAR_OLD_64);
}

void arm_run_stub(struct arm_leap *leap)
{
	prepare(leap);
	set_levels(leap);
	/* There is no stack; nor is memory anything but a device. */
	set_system(leap, SCTLR, 0xc50832);
	set(leap, UC_ARM64_REG_PSTATE, PSTATE_MASKED | 5);
	set(leap, UC_ARM64_REG_SP, 0);
	run(leap, leap->page);
}

void arm_close(struct arm_leap *leap)
{
	uc_close(leap->engine);
	free(leap->memory);
	free(leap->dirty);
}

void arm_judge(const struct arm_leap *leap, const struct kleap_entry *entry,
	       const char *letters)
{
	if (leap->trouble)
		fail_msg("%s at %#llx, letters \"%s\"", leap->trouble,
			 (unsigned long long)leap->stopped_at, leap->letters);
	assert_string_equal(leap->letters, letters);
	assert_true(leap->entered);
	for (unsigned int i = 0; i < KLEAP_ARM64_REGISTERS; i++)
		assert_int_equal(leap->reg[i], entry->reg[i]);
	assert_false(leap->interrupts);
	assert_false(leap->mmu);
	assert_false(leap->caches);
}

void arm_judge_reset(const struct arm_leap *leap, enum arch_conduit conduit,
		     const char *letters)
{
	if (leap->trouble || leap->entered || strcmp(leap->letters, letters))
		fail_msg("%s, letters \"%s\", not \"%s\"", leap->trouble ?
			 leap->trouble : "", leap->letters, letters);
	assert_int_equal(leap->reset, conduit != ARCH_CONDUIT_NONE);
	assert_int_equal(leap->stopped, conduit == ARCH_CONDUIT_NONE);
	if (leap->reset)
		assert_int_equal(leap->by, conduit);
	assert_int_equal(leap->stopped_at & ~0xfffull, leap->page);
}
