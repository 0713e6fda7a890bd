/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A processor of 32 bits: see arm_cpu.h. With long descriptors a Cortex-A15, without a
 * Cortex-A9, which has no LPAE, no HYP mode, and lines of 32 bytes.
 */
#include "arm/trampoline.h"
#include "arm_cpu.h"

#define STACK		0xc0b00000u
#define UPPER		(ARM_OLD + 0x3000u)	/* LPAE: the table for the upper GiB */

#define SCTLR_OLD	0x70c5387fu	/* as Linux has it, and TE and A */
#define SCTLR_KEXEC	0x00c50078u
#define SCTLR_V		0x2000u
#define SCTLR_TE	0x40000000u
#define TTBCR_OLD	0xb5023500u	/* LPAE: T1SZ 2 */
#define TTBR0_FLAGS	0x6au		/* without */
#define DACR_OLD	0x11u		/* domain 0 and 2 */
#define DACR_OLD_2	0x10u		/* domain 2 only */
#define VBAR_OLD	0xc0008000u
#define CPSR_OLD	0x60000113u	/* SVC, aborts masked */
#define CPSR_MASKED	0x1c0u
#define CPSR_MODE	0x1fu
#define MODE_UNDEFINED	0x1bu
#define MODE_ABORT	0x17u

#define WFE		0xe320f002u
#define CIMVAC		0xee070f3eu	/* and a register, as below */
#define IALLU		0xee070f15u
#define TO_SCTLR	0xee010f10u
/* In HYP mode: HVBAR and HSCTLR, and back. */
#define TO_HVBAR	0xee8c0f10u
#define FROM_HSCTLR	0xee910f10u
#define TO_HSCTLR	0xee810f10u
#define ERET		0xe160006eu

/* Registers: opc1, CRn, CRm and opc2 of their mcr, each in four bits; mcrr: and 0x10000. */
#define SCTLR		0x0100u
#define SCR		0x0110u
#define TTBR0		0x0200u
#define TTBR1		0x0201u
#define TTBCR		0x0202u
#define DACR		0x0300u
#define PRRR		0x0a20u		/* MAIR0 */
#define NMRR		0x0a21u		/* MAIR1 */
#define VBAR		0x0c00u
#define TTBR0_LONG	0x10020u
#define TTBR1_LONG	0x11020u

static int model(const struct arm_leap *leap)
{
	return leap->lpae ? UC_CPU_ARM_CORTEX_A15 : UC_CPU_ARM_CORTEX_A9;
}

static uc_arm_cp_reg system_reg(unsigned int name, uint64_t value)
{
	return (uc_arm_cp_reg){ .cp = 15, .is64 = name >> 16,
				.opc1 = name >> 12 & 15, .crn = name >> 8 & 15,
				.crm = name >> 4 & 15, .opc2 = name & 15, .val = value };
}

static uint64_t get_system(const struct arm_leap *leap, unsigned int name)
{
	uc_arm_cp_reg reg = system_reg(name, 0);

	arm_ok(uc_reg_read(leap->engine, UC_ARM_REG_CP_REG, &reg));
	return reg.val;
}

static void set_system(struct arm_leap *leap, unsigned int name, uint64_t value)
{
	uc_arm_cp_reg reg = system_reg(name, value);

	arm_ok(uc_reg_write(leap->engine, UC_ARM_REG_CP_REG, &reg));
}

static int general(unsigned int number)
{
	return UC_ARM_REG_R0 + (int)number;
}

static uint64_t operand(const struct arm_leap *leap, uint32_t code)
{
	unsigned int number = code >> 12 & 15;

	assert_in_range(number, 0, 12);
	return arm_get(leap, general(number));
}

/* Unicorn 2.0 cannot be put into HYP mode: what only that can do is done here. */
static void look_hyp(struct arm_leap *leap, uint32_t code)
{
	uint64_t next = arm_get(leap, UC_ARM_REG_PC) + 4;

	if ((code & ~0xf000u) == TO_HVBAR)
		leap->vectors = operand(leap, code);
	else if ((code & ~0xf000u) == FROM_HSCTLR)
		arm_set(leap, general(code >> 12 & 15), leap->hsctlr);
	else if ((code & ~0xf000u) == TO_HSCTLR)
		leap->hsctlr = operand(leap, code);
	else if (code != ERET)
		return;
	if (code == ERET) {
		leap->hyp = false;
		next = leap->back;
	}
	arm_set(leap, UC_ARM_REG_PC, next);
}

static void look(struct arm_leap *leap, uint32_t code)
{
	if (leap->hyp)
		look_hyp(leap, code);
	if ((code & ~0xf000u) == CIMVAC)
		arm_clean_line(leap, operand(leap, code), leap->lpae ? 64 : 32);
	else if ((code & ~0xf000u) == IALLU)
		leap->stale = false;
	else if ((code & ~0xf000u) == TO_SCTLR && !(operand(leap, code) & SCTLR_C))
		arm_caches_off(leap);
	leap->stopped = code == WFE;
}

static bool take(struct arm_leap *leap, uint32_t number)
{
	uint64_t vectors = get_system(leap, VBAR), cpsr = arm_get(leap, UC_ARM_REG_CPSR);
	bool undefined = number == ARM_EXCEPTION_UNDEFINED;

	if ((vectors & ~0xfffull) != leap->page ||
	    get_system(leap, SCTLR) & (SCTLR_V | SCTLR_TE))
		return false;
	arm_set(leap, UC_ARM_REG_CPSR, (cpsr & ~(uint64_t)CPSR_MODE) |
		(undefined ? MODE_UNDEFINED : MODE_ABORT));
	/* Fetches and data that abort have a vector each. */
	arm_set(leap, UC_ARM_REG_PC, vectors + number * 4);
	return true;
}

/* By Linux's code, or by vectors in the trampoline: in ARM state, then. */
static void rise(struct arm_leap *leap, uint64_t to)
{
	if (leap->vectors) {
		leap->risen = !(leap->hsctlr & SCTLR_TE) && leap->vectors % 32 == 0;
	} else {
		leap->hyp = true;
		leap->hsctlr = SCTLR_TE;
		leap->back = arm_get(leap, UC_ARM_REG_PC);
	}
	arm_set(leap, UC_ARM_REG_PC, to);
}

/* The old kernel maps a page by long descriptors: two tables, and at ARM_OLD the top. */
static void long_table(struct arm_leap *leap, uint64_t tables, uint32_t address, uint64_t to)
{
	arm_put(leap, tables + (address >> 21 & 511) * 8, (tables + 0x1000) | 3, 8);
	arm_put(leap, tables + 0x1000 + (address >> 12 & 511) * 8, to | 0x703 | 7 << 2, 8);
}

/* And by short ones, in domain 2. */
static void short_table(struct arm_leap *leap, uint64_t table, uint32_t address, uint64_t to)
{
	arm_put(leap, ARM_OLD + (address >> 20) * 4, table | 0x41, 4);
	arm_put(leap, table + (address >> 12 & 255) * 4, to | 0x45e, 4);
}

/* The normal world, which masks what it likes, and may call HYP mode, or may not. */
static void set_levels(struct arm_leap *leap)
{
	set_system(leap, SCR, 0x31 | (leap->hvc == ARM_HVC_UNDEFINED ? 0 : 0x100));
}

static void old_kernel(struct arm_leap *leap)
{
	uint64_t page = (uint64_t)LEAP_SWITCH_FRAME << 12;

	set_levels(leap);
	set_system(leap, PRRR, (uint32_t)(leap->lpae ? ARM_MAIR : ARM_REMAP));
	set_system(leap, NMRR, (leap->lpae ? ARM_MAIR : ARM_REMAP) >> 32);
	if (leap->lpae) {
		arm_put(leap, ARM_OLD + (leap->switch_address >> 30) * 8, (ARM_OLD + 0x1000) | 3, 8);
		long_table(leap, ARM_OLD + 0x1000, (uint32_t)leap->switch_address, page);
		long_table(leap, UPPER, STACK, ARM_OLD_STACK);
		set_system(leap, TTBCR, TTBCR_OLD);
		set_system(leap, TTBR0_LONG, ARM_OLD);
		set_system(leap, TTBR1_LONG, UPPER);
		set_system(leap, DACR, DACR_OLD);
	} else {
		short_table(leap, ARM_OLD + 0x4000, (uint32_t)leap->switch_address, page);
		short_table(leap, ARM_OLD + 0x5000, STACK, ARM_OLD_STACK);
		set_system(leap, TTBCR, 0);
		set_system(leap, TTBR0, ARM_OLD | TTBR0_FLAGS);
		set_system(leap, DACR, DACR_OLD_2);
	}
	set_system(leap, VBAR, VBAR_OLD);
	arm_set(leap, UC_ARM_REG_CPSR, CPSR_OLD);
	set_system(leap, SCTLR, SCTLR_OLD);
}

static void kexec(struct arm_leap *leap)
{
	set_levels(leap);
	set_system(leap, SCTLR, SCTLR_KEXEC);
	arm_set(leap, UC_ARM_REG_CPSR, (CPSR_OLD & CPSR_MODE) | CPSR_MASKED);
	arm_set(leap, UC_ARM_REG_SP, 0);
}

static void end(struct arm_leap *leap)
{
	uint64_t sctlr = get_system(leap, SCTLR), cpsr = arm_get(leap, UC_ARM_REG_CPSR);

	leap->mmu = sctlr & SCTLR_M;
	leap->caches = sctlr & (SCTLR_C | SCTLR_I);
	leap->interrupts = (cpsr & CPSR_MASKED) != CPSR_MASKED;
	if (leap->entered)
		assert_int_equal(cpsr & CPSR_MODE, CPSR_OLD & CPSR_MODE);
}

static void judge_back(struct arm_leap *leap)
{
	for (unsigned int i = 4; i < 12; i++)
		assert_int_equal(arm_get(leap, general(i)), arm_mark(leap, i));
	assert_int_equal(arm_get(leap, UC_ARM_REG_CPSR) & (CPSR_MASKED | CPSR_MODE),
			 CPSR_OLD & (CPSR_MASKED | CPSR_MODE));
	assert_int_equal(get_system(leap, SCTLR), SCTLR_OLD);
	if (leap->lpae) {
		assert_int_equal(get_system(leap, TTBR0_LONG), ARM_OLD);
		assert_int_equal(get_system(leap, TTBR1_LONG), UPPER);
	} else {
		assert_int_equal(get_system(leap, TTBR0), ARM_OLD | TTBR0_FLAGS);
	}
	assert_int_equal(get_system(leap, TTBCR), leap->lpae ? TTBCR_OLD : 0);
	assert_int_equal(get_system(leap, DACR), leap->lpae ? DACR_OLD : DACR_OLD_2);
	assert_int_equal(get_system(leap, VBAR), VBAR_OLD);
}

const struct arm_cpu arm_cpu_32 = {
	.arch = UC_ARCH_ARM, .model = model,
	.stack = STACK,
	.code = (const unsigned char *)arm_switch,
	.rehearse = (const unsigned char *)arm_rehearse,
	.general = general, .generals = 13,
	.pc = UC_ARM_REG_PC, .sp = UC_ARM_REG_SP, .lr = UC_ARM_REG_LR,
	.lost = 4, .hvc = 0xe1400070, .call_vector = 0x14, .look = look, .take = take, .rise = rise,
	.old_kernel = old_kernel, .kexec = kexec, .end = end, .judge_back = judge_back,
};
