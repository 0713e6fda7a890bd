/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What arm_machine.c asks of each of its two processors: arm_cpu_32.c, arm_cpu_64.c. */
#ifndef ARM_CPU_H
#define ARM_CPU_H

#include "arm_machine.h"

#include <unicorn/unicorn.h>

/* The old kernel's tables and its stack, above the machine's memory. */
#define ARM_OLD		0x40000000u
#define ARM_OLD_SIZE	0x10000u
#define ARM_OLD_STACK	(ARM_OLD + 0xe000u)
#define ARM_STACK_USED	0xf00u

/* Of SCTLR, and SCTLR_EL1: the MMU, the caches for data and for instructions. */
#define SCTLR_M		0x1u
#define SCTLR_C		0x4u
#define SCTLR_I		0x1000u

/* Exceptions, as Unicorn numbers them. */
#define ARM_EXCEPTION_UNDEFINED	1u
#define ARM_EXCEPTION_HVC	11u
#define ARM_EXCEPTION_SMC	13u

/* The first registers; KLEAP_ARM_REGISTERS and KLEAP_ARM64_REGISTERS are not more. */
#define ARM_REGISTERS	4u

struct arm_cpu {
	uc_arch arch;
	int (*model)(const struct arm_leap *leap);
	uint64_t stack;
	/* <cpu>_switch() and <cpu>_rehearse(). */
	const unsigned char *code, *rehearse;

	/* Unicorn's names of registers. */
	int (*general)(unsigned int number);
	unsigned int generals;
	int pc, sp, lr;

	/* The first registers, which a call to the firmware may change. */
	unsigned int lost;
	uint32_t hvc;		/* the instruction */
	/* The vectors of EL2 or HYP mode: alignment, and where the one for calls is. */
	unsigned int vectors_size, call_vector;
	/* Account for an instruction that is about to be executed. */
	void (*look)(struct arm_leap *leap, uint32_t code);
	/* Take an exception by the vectors in leap->page; false: there are others. */
	bool (*take)(struct arm_leap *leap, uint32_t number);
	/* Continue at EL2 or in HYP mode. */
	void (*rise)(struct arm_leap *leap, uint64_t to);

	/* The state in which the old kernel runs, and that in which its kexec jumps. */
	void (*old_kernel)(struct arm_leap *leap);
	void (*kexec)(struct arm_leap *leap);
	/* What comes out: level, mmu, caches, interrupts. */
	void (*end)(struct arm_leap *leap);
	/* Is all as old_kernel() made it, and what a function must keep? */
	void (*judge_back)(struct arm_leap *leap);
};

extern const struct arm_cpu arm_cpu_32, arm_cpu_64;

void arm_ok(uc_err error);
uint64_t arm_get(const struct arm_leap *leap, int which);
void arm_set(struct arm_leap *leap, int which, uint64_t value);
void arm_put(struct arm_leap *leap, uint64_t address, uint64_t value, size_t size);

/* What a register holds before it all begins. */
uint64_t arm_mark(const struct arm_leap *leap, unsigned int number);

/* A line of `size` bytes is cleaned; the caches are turned off, so memory is read past them. */
void arm_clean_line(struct arm_leap *leap, uint64_t address, uint64_t size);
void arm_caches_off(struct arm_leap *leap);

#endif
