/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The arm stub: where Linux's kexec_load(2) enters an image of ours.
 *
 * Entered with the MMU, the caches and interrupts off, in the mode that the new kernel gets.
 */
#include "code.h"

	.section .rodata.arm_stub, "a"
	.balign 16
	.globl arm_stub
	.globl arm_stub_end

arm_stub:
	adr	r9, arm_stub
	add	r9, r9, #PARAMS
	letter	STAGE_COPIED
	ldr	r0, PARAM(PARAM_CHECK)
	cmp	r0, #0
	beq	enter
	hash_start
	/* r12: a range; r11 to sp: what it has. */
	add	r12, r9, #PARAM_RANGES
range:
	ldr	r11, [r12]
	ldr	sp, [r12, #8]
	add	r12, r12, #16
	cmp	sp, #0
	beq	hashed
page:
	cmp	r11, sp
	beq	range
	hash_page_start
1:	ldmia	r11!, {r4-r7}
	hash_words
	movs	lr, r11, lsl #20
	bne	1b
	hash_join
	b	page
hashed:
	hash_compare damaged
	letter	STAGE_VERIFIED
enter:
	enter_kernel

	/* Report it, then reset. */
damaged:
	letter	STAGE_DAMAGED
	reset

	define_stage
	define_hash

	/* Fails to assemble if the code runs into the parameters. */
	.org	PARAMS
arm_stub_end:
	.section .note.GNU-stack, "", %progbits
