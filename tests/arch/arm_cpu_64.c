/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A processor of 64 bits: see arm_cpu.h. */
#include "arm64/trampoline.h"
#include "arm_cpu.h"

#define STACK		0xffff800000b00000u
#define LOWER		(ARM_OLD + 0x8000u)	/* an empty table */

#define SCTLR_OLD	0xc5183fu	/* M A C SA, I, and what is always 1 */
#define SCTLR_KEXEC	0xc50832u	/* memory is a device, and A */
/* T0SZ 25, no lower half, pages of 64 KiB there; T1SZ 16, pages of 4 KiB; TBI0. */
#define TCR_OLD		0x25b5504099u
#define TTBR0_OLD	(LOWER | 3ull << 48)	/* with an ASID */
#define VBAR_OLD	0xffff800000abc800u
#define PSTATE_OLD	0x305u		/* EL1, its own stack; debug and SError masked */
#define PSTATE_KEXEC	0x3c5u
#define PSTATE_MASKED	0x3c0u
#define PSTATE_EL2	0x3c9u
#define PSTATE_MODE	0xfu

#define WFE		0xd503205fu
#define CIVAC		0xd50b7e20u	/* and a register, as below */
#define IALLU		0xd508751fu
#define TO_SCTLR	0xd5181000u

/* Registers: op1, CRn, CRm and op2 of their msr, each in four bits. Without a level: of EL1. */
#define SCTLR		0x0100u
#define TTBR0		0x0200u
#define TTBR1		0x0201u
#define TCR		0x0202u
#define MAIR		0x0a20u
#define VBAR		0x0c00u
#define HCR_EL2		0x4110u
#define SCR_EL3		0x6110u

static int model(const struct arm_leap *leap)
{
	(void)leap;
	return UC_CPU_ARM64_A57;
}

static uc_arm64_cp_reg system_reg(unsigned int name, uint64_t value)
{
	return (uc_arm64_cp_reg){ .op0 = 3, .op1 = name >> 12, .crn = name >> 8 & 15,
				  .crm = name >> 4 & 15, .op2 = name & 15, .val = value };
}

static uint64_t get_system(const struct arm_leap *leap, unsigned int name)
{
	uc_arm64_cp_reg reg = system_reg(name, 0);

	arm_ok(uc_reg_read(leap->engine, UC_ARM64_REG_CP_REG, &reg));
	return reg.val;
}

static void set_system(struct arm_leap *leap, unsigned int name, uint64_t value)
{
	uc_arm64_cp_reg reg = system_reg(name, value);

	arm_ok(uc_reg_write(leap->engine, UC_ARM64_REG_CP_REG, &reg));
}

/* X29 and X30 are not behind X28. */
static int general(unsigned int number)
{
	return number < 29 ? UC_ARM64_REG_X0 + (int)number :
		UC_ARM64_REG_X29 + (int)number - 29;
}

static uint64_t operand(const struct arm_leap *leap, uint32_t code)
{
	return (code & 31) == 31 ? 0 : arm_get(leap, general(code & 31));
}

static void look(struct arm_leap *leap, uint32_t code)
{
	if ((code & ~31u) == CIVAC)
		arm_clean_line(leap, operand(leap, code), 64);
	else if (code == IALLU)
		leap->stale = false;
	else if ((code & ~31u) == TO_SCTLR && !(operand(leap, code) & SCTLR_C))
		arm_caches_off(leap);
	leap->stopped = code == WFE;
}

static bool take(struct arm_leap *leap, uint32_t number)
{
	(void)number;
	if (get_system(leap, VBAR) != leap->page + VECTORS)
		return false;
	arm_set(leap, UC_ARM64_REG_PC, leap->page + VECTORS + 0x200);
	return true;
}

static void rise(struct arm_leap *leap, uint64_t to)
{
	arm_set(leap, UC_ARM64_REG_PSTATE, PSTATE_EL2);
	arm_set(leap, UC_ARM64_REG_PC, to);
}

/* The old kernel maps one page, by the top table at ARM_OLD and the three behind it. */
static void old_table(struct arm_leap *leap, uint64_t address, uint64_t to)
{
	uint64_t table = ARM_OLD;

	for (unsigned int shift = 39; shift > 12; shift -= 9, table += 0x1000)
		arm_put(leap, table + (address >> shift & 511) * 8, (table + 0x1000) | 3, 8);
	/* For memory, shared, accessed. */
	arm_put(leap, table + (address >> 12 & 511) * 8, to | 0x703 | 6 << 2, 8);
}

/* EL1 has 64 bits, and may call EL2, or may not. */
static void set_levels(struct arm_leap *leap)
{
	set_system(leap, SCR_EL3, 0x401 | (leap->hvc == ARM_HVC_UNDEFINED ? 0 : 0x100));
	set_system(leap, HCR_EL2, 1ull << 31);
}

static void old_kernel(struct arm_leap *leap)
{
	old_table(leap, leap->switch_address, (uint64_t)LEAP_SWITCH_FRAME << 12);
	old_table(leap, STACK, ARM_OLD_STACK);
	set_levels(leap);
	set_system(leap, MAIR, ARM64_MAIR);
	set_system(leap, TTBR0, TTBR0_OLD);
	set_system(leap, TTBR1, ARM_OLD);
	set_system(leap, TCR, TCR_OLD);
	set_system(leap, VBAR, VBAR_OLD);
	arm_set(leap, UC_ARM64_REG_PSTATE, PSTATE_OLD);
	set_system(leap, SCTLR, SCTLR_OLD);
}

static void kexec(struct arm_leap *leap)
{
	set_levels(leap);
	set_system(leap, SCTLR, SCTLR_KEXEC);
	arm_set(leap, UC_ARM64_REG_PSTATE, PSTATE_KEXEC);
	arm_set(leap, UC_ARM64_REG_SP, 0);
}

static void end(struct arm_leap *leap)
{
	uint64_t sctlr = get_system(leap, SCTLR), pstate = arm_get(leap, UC_ARM64_REG_PSTATE);

	leap->mmu = sctlr & SCTLR_M;
	leap->caches = sctlr & (SCTLR_C | SCTLR_I);
	leap->interrupts = (pstate & PSTATE_MASKED) != PSTATE_MASKED;
	leap->risen = (pstate & PSTATE_MODE) == (PSTATE_EL2 & PSTATE_MODE);
}

static void judge_back(struct arm_leap *leap)
{
	for (unsigned int i = 18; i < 30; i++)
		assert_int_equal(arm_get(leap, general(i)), arm_mark(leap, i));
	assert_int_equal(arm_get(leap, UC_ARM64_REG_PSTATE) & (PSTATE_MASKED | PSTATE_MODE),
			 PSTATE_OLD);
	assert_int_equal(get_system(leap, SCTLR), SCTLR_OLD);
	assert_int_equal(get_system(leap, TTBR0), TTBR0_OLD);
	assert_int_equal(get_system(leap, TTBR1), ARM_OLD);
	assert_int_equal(get_system(leap, TCR), TCR_OLD);
	assert_int_equal(get_system(leap, VBAR), VBAR_OLD);
}

const struct arm_cpu arm_cpu_64 = {
	.arch = UC_ARCH_ARM64, .model = model,
	.stack = STACK,
	.code = (const unsigned char *)arm64_switch,
	.rehearse = (const unsigned char *)arm64_rehearse,
	.general = general, .generals = 31,
	.pc = UC_ARM64_REG_PC, .sp = UC_ARM64_REG_SP, .lr = UC_ARM64_REG_X30,
	.lost = 18, .hvc = 0xd4000002, .vectors_size = 0x800, .call_vector = 0x400, .look = look, .take = take, .rise = rise,
	.old_kernel = old_kernel, .kexec = kexec, .end = end, .judge_back = judge_back,
};
