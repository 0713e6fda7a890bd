/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Assembler macros for the code of arm64 that enters kernels. It is in one page, at any
 * address: x19 holds that of its parameters. There is no stack.
 */
#ifndef ARCH_ARM64_CODE_H
#define ARCH_ARM64_CODE_H

#include "../arm/params.h"

#define PARAM(offset)	[x19, #(offset)]

#define SCTLR_M		(1 << 0)
#define SCTLR_A		(1 << 1)
#define SCTLR_C		(1 << 2)
#define SCTLR_I		(1 << 12)

#define TCR_EPD0	(1 << 7)
#define TCR_TG0		(3 << 14)

/*
 * w24 to w27 hold the total of hash.h from here on, w16 and w17 its factors, x15 the
 * address of the seeds.
 */
.macro hash_start
	ldr	w16, factor_word
	ldr	w17, factor_lane
	adr	x15, seeds
	ldp	w24, w25, [x15]
	ldp	w26, w27, [x15, #8]
.endm

/* The lanes of a page, in w0 to w3. */
.macro hash_page_start
	ldp	w0, w1, [x15]
	ldp	w2, w3, [x15, #8]
.endm

.macro hash_round lane, word
	madd	\lane, \word, w16, \lane
	ror	\lane, \lane, #(32 - HASH_ROTATE)
	mul	\lane, \lane, w17
.endm

.macro hash_words first, second, third, fourth
	hash_round w0, \first
	hash_round w1, \second
	hash_round w2, \third
	hash_round w3, \fourth
.endm

/* The lanes of a page go into the total. */
.macro hash_join
	hash_round w24, w0
	hash_round w25, w1
	hash_round w26, w2
	hash_round w27, w3
.endm

/* Is the total what it should be? If not, go to \otherwise. Uses w0 to w3. */
.macro hash_compare otherwise
	ldp	w0, w1, PARAM(PARAM_HASH)
	ldp	w2, w3, PARAM(PARAM_HASH + 8)
	cmp	w24, w0
	ccmp	w25, w1, #0, eq
	ccmp	w26, w2, #0, eq
	ccmp	w27, w3, #0, eq
	b.ne	\otherwise
.endm

.macro define_hash
	.balign	4
seeds:	.long	HASH_SEED_0, HASH_SEED_1, HASH_SEED_2, HASH_SEED_3
factor_word:
	.long	HASH_FACTOR_WORD
factor_lane:
	.long	HASH_FACTOR_LANE
.endm

.macro letter which
	mov	w0, #\which
	bl	stage
.endm

/*
 * The function `stage`: write the letter in w0 to the UART, when it is ready, or after a
 * while anyway. Uses x1 to x6.
 */
.macro define_stage
stage:
	ldr	x1, PARAM(PARAM_UART)
	cbz	x1, 5f
	ldr	x2, PARAM(PARAM_STATUS)
	ldp	w3, w4, PARAM(PARAM_WIDTH)
	mov	w5, #UART_POLLS
1:	tbz	w3, #0, 2f
	ldrb	w6, [x2]
	b	3f
2:	ldr	w6, [x2]
3:	eor	w6, w6, w4
	tbz	w6, #UART_BIT, 4f
	subs	w5, w5, #1
	b.ne	1b
4:	tbz	w3, #0, 6f
	strb	w0, [x1]
5:	ret
6:	str	w0, [x1]
	ret
.endm

/* Ask the firmware for a reset; if there is none that one can ask, stop. */
.macro reset
	ldr	w1, PARAM(PARAM_CONDUIT)
	ldr	w0, system_reset
	cmp	w1, #CONDUIT_SMC
	b.hi	2f
	b.eq	1f
	cbz	w1, 2f
	hvc	#0
	b	2f
1:	smc	#0
2:	wfe
	b	2b
system_reset:
	.long	SYSTEM_RESET
.endm

/*
 * MMU and caches off: this page is mapped at its physical address, and is clean. Uses x0 and
 * x1.
 */
.macro mmu_off
	ic	iallu
	dsb	sy
	isb
	mrs	x0, sctlr_el1
	mov	x1, #(SCTLR_M | SCTLR_C | SCTLR_I)
	bic	x0, x0, x1
	msr	sctlr_el1, x0
	isb
	tlbi	vmalle1
	dsb	nsh
	isb
.endm

/*
 * Call the code that Linux left at EL2, if it was started there and goes on at EL1; x1: for the
 * call. Without EL2 a hypervisor answers, or the hvc is undefined: then go on at \to with x28,
 * which is \to.
 */
.macro call_stub call, to
	mrs	x0, CurrentEL
	cmp	x0, #(1 << 2)
	b.ne	\to
	adr	x28, \to
	mov	x0, #\call
	hvc	#0
.endm

/* From EL1 to EL2, if there is a way; go on at \to, which comes next, with x19 and x28. */
.macro rise to
	adr	x1, \to
	call_stub HVC_SOFT_RESTART, \to
.endm

/* Enter the new kernel. */
.macro enter_kernel
	letter	STAGE_ENTER
	ldr	x4, PARAM(PARAM_ADDRESS)
	ldp	x0, x1, PARAM(PARAM_REG)
	ldp	x2, x3, PARAM(PARAM_REG + 16)
	br	x4
.endm

#endif
