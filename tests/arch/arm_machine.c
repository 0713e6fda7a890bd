/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See arm_machine.h. */
#include "arm_cpu.h"

#define INSTRUCTIONS_MAX (1u << 24)

#define SWITCH_PAGE	((uint64_t)LEAP_SWITCH_FRAME << 12)

static const struct arm_cpu *cpu_of(const struct arm_leap *leap)
{
	return leap->arm64 ? &arm_cpu_64 : &arm_cpu_32;
}

void arm_ok(uc_err error)
{
	if (error)
		fail_msg("unicorn: %s", uc_strerror(error));
}

uint64_t arm_get(const struct arm_leap *leap, int which)
{
	uint64_t value = 0;

	arm_ok(uc_reg_read(leap->engine, which, &value));
	return value;
}

void arm_set(struct arm_leap *leap, int which, uint64_t value)
{
	arm_ok(uc_reg_write(leap->engine, which, &value));
}

void arm_put(struct arm_leap *leap, uint64_t address, uint64_t value, size_t size)
{
	/* Little end first, as the machines have it that run this. */
	arm_ok(uc_mem_write(leap->engine, address, &value, size));
}

static uint64_t get_general(const struct arm_leap *leap, unsigned int number)
{
	return arm_get(leap, cpu_of(leap)->general(number));
}

/* ---- The UART ---------------------------------------------------------------------------- */

/* The bytes of an access. */
static unsigned int width_of(const struct arm_leap *leap)
{
	return leap->uart.type == KLEAP_UART_8250_MMIO ? 1 : 4;
}

static uint64_t on_in(uc_engine *engine, uint64_t offset, unsigned int size, void *arg)
{
	struct arm_leap *leap = arg;
	bool pl011 = leap->uart.type == KLEAP_UART_PL011;
	uint64_t status = pl011 ? 0x18 : leap->uart.type == KLEAP_UART_8250_MMIO32 ? 20 : 5;
	bool busy;

	(void)engine;
	if (offset != (leap->uart.address & 4095) + status || size != width_of(leap))
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
	if (offset != (leap->uart.address & 4095) || size != width_of(leap) ||
	    length + 1 == sizeof(leap->letters))
		leap->trouble = "writes to another register, or without an end";
	else
		leap->letters[length] = (char)value;
	if (!leap_waited(leap->polls, leap->uart_busy))
		leap->trouble = "waits too long for the transmitter, or not long enough";
	leap->polls = 0;
}

/* ---- The caches, which Unicorn has not ------------------------------------------------------ */

/* The line of an address; NULL: there is no memory. */
static bool *line_of(struct arm_leap *leap, uint64_t address)
{
	size_t index = leap_index(address >> 12);

	return index < LEAP_FRAMES ?
		&leap->dirty[((index << 12) + (address & 4095)) / ARM_LINE] : NULL;
}

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
	leap->stale = leap->stored = true;
	*line_of(leap, address) = *line_of(leap, address + (uint64_t)size - 1) = true;
}

void arm_clean_line(struct arm_leap *leap, uint64_t address, uint64_t size)
{
	address &= ~(size - 1);
	for (uint64_t at = address; at < address + size; at += ARM_LINE)
		if (line_of(leap, at))
			*line_of(leap, at) = false;
}

void arm_caches_off(struct arm_leap *leap)
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

	(void)engine, (void)size;
	leap->instructions++;
	/* uc_mem_read() would take as long as all the rest. */
	if (address >> 12 == leap->switch_address >> 12)
		memcpy(&code, cpu_of(leap)->code + (address & 1023), sizeof(code));
	else if (leap_index(address >> 12) < LEAP_FRAMES)
		memcpy(&code, leap->memory + (leap_index(address >> 12) << 12) +
		       (address & 4095), sizeof(code));
	cpu_of(leap)->look(leap, code);
	if (leap->instructions > INSTRUCTIONS_MAX)
		stop(leap, "it runs without an end");
	if (leap->stopped || leap->trouble)
		stop(leap, NULL);
}

/* Linux's code at EL2 or in HYP mode does what it is told. */
static void on_stub(struct arm_leap *leap, uint64_t call, uint64_t argument)
{
	const struct arm_cpu *cpu = cpu_of(leap);

	if (leap->stored)
		stop(leap, "Linux's code is called when it may be overwritten");
	if (call == HVC_SOFT_RESTART) {
		cpu->rise(leap, argument);
		return;
	}
	if (!leap->arm64 || argument % cpu->vectors_size)
		stop(leap, "vectors that cannot be set");
	leap->vectors = argument;
}

/* What firmware, hypervisors and Linux's code do: they may use some registers. */
static void on_call(struct arm_leap *leap, bool hvc)
{
	uint64_t call = get_general(leap, 0), argument = get_general(leap, 1);

	if (get_general(leap, 0) == SYSTEM_RESET) {
		leap->reset = true;
		leap->by = hvc ? ARCH_CONDUIT_HVC : ARCH_CONDUIT_SMC;
		stop(leap, NULL);
		return;
	}
	leap->hvcs++;
	if (leap->vectors) {
		cpu_of(leap)->rise(leap, leap->vectors + cpu_of(leap)->call_vector);
		return;
	}
	if (!hvc || (leap->hvcs == 1 && call != HVC_SET_VECTORS && call != HVC_SOFT_RESTART))
		stop(leap, "another call");
	for (unsigned int i = 0; i < cpu_of(leap)->lost; i++)
		arm_set(leap, cpu_of(leap)->general(i), 0xbad0000u + i);
	/* Or that there is no such call. */
	arm_set(leap, cpu_of(leap)->general(0), leap->hvc == ARM_HVC_ANSWERED ? (uint64_t)-1 : 0);
	if (leap->hvc == ARM_HVC_STUB)
		on_stub(leap, call, argument);
}

/* Go on where the exception vectors say, if they are those of the trampoline. */
static bool take(struct arm_leap *leap, uint32_t number)
{
	uint64_t pc = arm_get(leap, cpu_of(leap)->pc);
	uint32_t code = 0;

	if (!uc_mem_read(leap->engine, pc, &code, sizeof(code)) && code == cpu_of(leap)->hvc)
		leap->hvcs++;
	else
		leap->exceptions++;
	if (leap->exceptions < 2 && cpu_of(leap)->take(leap, number))
		return true;
	stop(leap, "an exception");
	return false;
}

static void on_exception(uc_engine *engine, uint32_t number, void *arg)
{
	struct arm_leap *leap = arg;

	(void)engine;
	if (number == ARM_EXCEPTION_HVC || number == ARM_EXCEPTION_SMC)
		on_call(leap, number == ARM_EXCEPTION_HVC);
	else
		take(leap, number);
}

/* ---- Running it ----------------------------------------------------------------------------- */

void arm_leap_open(struct arm_leap *leap, struct sim *sim)
{
	const struct arm_cpu *cpu = cpu_of(leap);
	uc_engine *engine;
	uc_hook hook;

	arm_ok(uc_open(cpu->arch, UC_MODE_ARM, &engine));
	arm_ok(uc_ctl_set_cpu_model(engine, cpu->model(leap)));
	leap->engine = engine;
	leap->memory = leap_memory(sim);
	leap->dirty = calloc(LEAP_FRAMES, 4096 / ARM_LINE);
	assert_non_null(leap->dirty);
	arm_ok(uc_mem_map_ptr(engine, 0, LEAP_LOW, UC_PROT_ALL, leap->memory));
	if (leap->arm64)
		arm_ok(uc_mem_map_ptr(engine, LEAP_HIGH, LEAP_HIGH_SIZE, UC_PROT_ALL,
				      leap->memory + LEAP_LOW));
	/*
	 * Unicorn 2.0 wants memory at an address before it is translated, too; with 32 bits it
	 * fetches from there.
	 */
	arm_ok(uc_mem_map(engine, ARM_OLD, ARM_OLD_SIZE, UC_PROT_ALL));
	arm_ok(uc_mem_map(engine, SWITCH_PAGE, 4096, UC_PROT_ALL));
	if (leap->switch_address >= LEAP_LOW)
		arm_ok(uc_mem_map(engine, leap->switch_address, 4096, UC_PROT_ALL));
	arm_ok(uc_mem_map(engine, cpu->stack, 4096, UC_PROT_ALL));
	arm_ok(uc_mem_write(engine, SWITCH_PAGE, cpu->code, 1024));
	arm_ok(uc_mem_write(engine, leap->switch_address, cpu->code, 1024));
	arm_ok(uc_mmio_map(engine, ARM_UART, 4096, on_in, leap, on_out, leap));
	arm_ok(uc_hook_add(engine, &hook, UC_HOOK_INTR, (void *)on_exception, leap, 1, 0));
	arm_ok(uc_hook_add(engine, &hook, UC_HOOK_MEM_WRITE, (void *)on_store, leap, 1, 0));
	arm_ok(uc_hook_add(engine, &hook, UC_HOOK_CODE, (void *)on_code, leap, 1, 0));
}

uint64_t arm_mark(const struct arm_leap *leap, unsigned int number)
{
	return leap->arm64 ? 0x5eed00005eed0000u + number : 0x5eed0000u + number;
}

/* Nothing has happened yet. */
static void prepare(struct arm_leap *leap)
{
	memset(leap->letters, 0, sizeof(leap->letters));
	leap->polls = leap->hvcs = leap->exceptions = 0;
	leap->instructions = 0;
	leap->trouble = NULL;
	leap->reset = leap->stopped = leap->risen = leap->stored = leap->hyp = false;
	leap->vectors = 0;
	for (unsigned int i = 0; i < cpu_of(leap)->generals; i++)
		arm_set(leap, cpu_of(leap)->general(i), arm_mark(leap, i));
}

/* Run until the new kernel is entered, or until it stops. */
static void run(struct arm_leap *leap, uint64_t from)
{
	uc_err error;

	/* With 32 bits, Unicorn stops at an instruction that is undefined. */
	while ((error = uc_emu_start(leap->engine, from, leap->address, 0, 0)) ==
	       UC_ERR_INSN_INVALID && take(leap, ARM_EXCEPTION_UNDEFINED))
		from = arm_get(leap, cpu_of(leap)->pc);
	if (error && !leap->trouble)
		leap->trouble = uc_strerror(error);
	leap->stopped_at = arm_get(leap, cpu_of(leap)->pc);
	leap->entered = !leap->trouble && leap->stopped_at == leap->address;
	for (unsigned int i = 0; i < ARM_REGISTERS; i++)
		leap->reg[i] = get_general(leap, i);
	cpu_of(leap)->end(leap);
}

/* Call this function of (tables, page, slot) in the old kernel; the host has cleaned nothing. */
static void call_old(struct arm_leap *leap, uint64_t function, uint64_t back)
{
	const struct arm_cpu *cpu = cpu_of(leap);

	prepare(leap);
	for (uint64_t at = leap->page; at < leap->page + 4096; at += ARM_LINE)
		*line_of(leap, at) = true;
	leap->stale = true;
	cpu->old_kernel(leap);
	arm_set(leap, cpu->general(0), leap->tables);
	arm_set(leap, cpu->general(1), leap->page);
	arm_set(leap, cpu->general(2), leap->slot);
	arm_set(leap, cpu->sp, cpu->stack + ARM_STACK_USED);
	arm_set(leap, cpu->lr, back);
	run(leap, function);
}

void arm_leap_run(struct arm_leap *leap)
{
	call_old(leap, leap->switch_address, leap->switch_address + 0x800);
}

void arm_leap_wake(struct arm_leap *leap)
{
	assert_true(leap->stopped);
	leap->stopped = false;
	run(leap, leap->stopped_at + 4);
}

void arm_leap_rehearse(struct arm_leap *leap, const char *letters)
{
	const struct arm_cpu *cpu = cpu_of(leap);

	leap->address = leap->switch_address + 0x800;
	call_old(leap, leap->switch_address + (uint64_t)(cpu->rehearse - cpu->code),
		 leap->address);
	if (leap->trouble)
		fail_msg("%s at %#llx, letters \"%s\"", leap->trouble,
			 (unsigned long long)leap->stopped_at, leap->letters);
	assert_true(leap->entered);
	assert_string_equal(leap->letters, letters);
	assert_int_equal(leap->hvcs, 0);
	assert_int_equal(arm_get(leap, cpu->sp), cpu->stack + ARM_STACK_USED);
	cpu->judge_back(leap);
}

void arm_leap_run_stub(struct arm_leap *leap)
{
	prepare(leap);
	cpu_of(leap)->kexec(leap);
	run(leap, leap->page);
}

void arm_leap_close(struct arm_leap *leap)
{
	uc_close(leap->engine);
	free(leap->memory);
	free(leap->dirty);
}

void arm_leap_judge(const struct arm_leap *leap, const struct kleap_entry *entry,
	       const char *letters)
{
	if (leap->trouble)
		fail_msg("%s at %#llx, letters \"%s\"", leap->trouble,
			 (unsigned long long)leap->stopped_at, leap->letters);
	assert_string_equal(leap->letters, letters);
	assert_true(leap->entered);
	assert_int_equal(leap->exceptions, 0);
	for (unsigned int i = 0; i < (leap->arm64 ? KLEAP_ARM64_REGISTERS + 0u :
				      KLEAP_ARM_REGISTERS + 0u); i++)
		assert_int_equal(leap->reg[i], entry->reg[i]);
	assert_false(leap->interrupts);
	assert_false(leap->mmu);
	assert_false(leap->caches);
}

void arm_leap_judge_reset(const struct arm_leap *leap, enum arch_conduit conduit,
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
