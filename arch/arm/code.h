/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Assembler macros for the code of arm that enters kernels. It is in one page, at any
 * address: r9 holds that of its parameters. There is no stack.
 */
#ifndef ARCH_ARM_CODE_H
#define ARCH_ARM_CODE_H

#include "params.h"

	.syntax	unified
	.arch	armv7-a
	.arch_extension sec
	.arch_extension virt
	.arm

#define PARAM(offset)	[r9, #(offset)]

#define SCTLR_M		(1 << 0)
#define SCTLR_A		(1 << 1)
#define SCTLR_C		(1 << 2)
#define SCTLR_Z		(1 << 11)
#define SCTLR_I		(1 << 12)
#define SCTLR_V		(1 << 13)
#define SCTLR_TE	(1 << 30)

#define TTBCR_EAE	(1 << 31)

#define MODE_MASK	0x1f
#define MODE_SVC	0x13

/* No translation, and no prediction of a branch, from before. */
.macro flush_tlb
	mcr	p15, 0, r0, c8, c7, 0	/* TLBIALL */
	mcr	p15, 0, r0, c7, c5, 6	/* BPIALL */
	dsb
	isb
.endm

/* No instruction that was other data before. */
.macro flush_instructions
	mcr	p15, 0, r0, c7, c5, 0	/* ICIALLU */
	mcr	p15, 0, r0, c7, c5, 6
	dsb
	isb
.endm

/*
 * TTBR0 for the tables at \table. With short descriptors its lower bits say how the processor
 * reads tables, and stay.
 */
.macro set_ttbr0 table, scratch
	mrc	p15, 0, \scratch, c2, c0, 2	/* TTBCR */
	tst	\scratch, #TTBCR_EAE
	beq	1f
	mov	\scratch, #0
	mcrr	p15, 0, \table, \scratch, c2
	b	2f
1:	mrc	p15, 0, \scratch, c2, c0, 0
	and	\scratch, \scratch, #0x7f
	orr	\scratch, \scratch, \table
	mcr	p15, 0, \scratch, c2, c0, 0
2:	isb
.endm

/* Clean the data cache from \start to \end, and leave both at the end. */
.macro clean start, end, scratch, line
	mrc	p15, 0, \scratch, c0, c0, 1	/* CTR */
	ubfx	\scratch, \scratch, #16, #4
	mov	\line, #4
	lsl	\line, \line, \scratch
	sub	\scratch, \line, #1
	bic	\start, \start, \scratch
	add	\end, \end, \scratch
	bic	\end, \end, \scratch
1:	mcr	p15, 0, \start, c7, c14, 1	/* DCCIMVAC */
	add	\start, \start, \line
	cmp	\start, \end
	bne	1b
.endm

/* Factors of hash.h, in r8 and r10. */
.macro hash_start
	ldr	r8, factor_word
	ldr	r10, factor_lane
.endm

/* The lanes of a page, in r0 to r3. */
.macro hash_page_start
	adr	r0, seeds
	ldmia	r0, {r0-r3}
.endm

.macro hash_round lane, word
	mla	\lane, \word, r8, \lane
	mov	\lane, \lane, ror #(32 - HASH_ROTATE)
	mul	\lane, r10, \lane
.endm

/* The words in r4 to r7. */
.macro hash_words
	hash_round r0, r4
	hash_round r1, r5
	hash_round r2, r6
	hash_round r3, r7
.endm

/* The lanes of a page go into the total, which takes the place of the page's words. */
.macro hash_join
	adr	lr, total
	ldmia	lr, {r4-r7}
	hash_round r4, r0
	hash_round r5, r1
	hash_round r6, r2
	hash_round r7, r3
	stmia	lr, {r4-r7}
.endm

/* Is the total what it should be? If not, go to \otherwise. Uses r0 to r7. */
.macro hash_compare otherwise
	adr	r0, total
	ldmia	r0, {r0-r3}
	add	r4, r9, #PARAM_HASH
	ldmia	r4, {r4-r7}
	cmp	r0, r4
	cmpeq	r1, r5
	cmpeq	r2, r6
	cmpeq	r3, r7
	bne	\otherwise
.endm

.macro define_hash
	.balign	4
seeds:	.long	HASH_SEED_0, HASH_SEED_1, HASH_SEED_2, HASH_SEED_3
total:	.long	HASH_SEED_0, HASH_SEED_1, HASH_SEED_2, HASH_SEED_3
factor_word:
	.long	HASH_FACTOR_WORD
factor_lane:
	.long	HASH_FACTOR_LANE
.endm

.macro letter which
	mov	r0, #\which
	bl	stage
.endm

/*
 * The function `stage`: write the letter in r0 to the UART, when it is ready, or after a
 * while anyway. Uses r1 to r6.
 */
.macro define_stage
stage:
	ldr	r1, PARAM(PARAM_UART)
	cmp	r1, #0
	bxeq	lr
	ldr	r2, PARAM(PARAM_STATUS)
	ldr	r3, PARAM(PARAM_WIDTH)
	ldr	r4, PARAM(PARAM_READY)
	mov	r5, #UART_POLLS
1:	cmp	r3, #1
	ldrbeq	r6, [r2]
	ldrne	r6, [r2]
	eor	r6, r6, r4
	tst	r6, #(1 << UART_BIT)
	beq	2f
	subs	r5, r5, #1
	bne	1b
2:	cmp	r3, #1
	strbeq	r0, [r1]
	strne	r0, [r1]
	bx	lr
.endm

/* Ask the firmware for a reset; if there is none that one can ask, stop. */
.macro reset
	ldr	r0, system_reset
	ldr	r1, PARAM(PARAM_CONDUIT)
	cmp	r1, #CONDUIT_HVC
	bne	1f
	hvc	#0
1:	cmp	r1, #CONDUIT_SMC
	bne	2f
	smc	#0
2:	wfe
	b	2b
system_reset:
	.long	SYSTEM_RESET
.endm

/* Enter the new kernel. */
.macro enter_kernel
	letter	STAGE_ENTER
	ldr	r3, PARAM(PARAM_ADDRESS)
	ldr	r0, PARAM(PARAM_REG)
	ldr	r1, PARAM(PARAM_REG + 8)
	ldr	r2, PARAM(PARAM_REG + 16)
	bx	r3
.endm

#endif
