/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The arm trampoline: the code that runs between the two kernels.
 *
 * Entered through arm_switch() at the physical address of its page, which is in r1, with the
 * MMU and the caches on, on the first of the two sets of tables in the control pages.
 */
#include "trampoline.h"
#include "code.h"

#define HVC_VECTORS	(VECTORS + 32)

	.section .rodata.arm_trampoline, "a"
	.balign 32
	.globl arm_trampoline
	.globl arm_trampoline_end

arm_trampoline:
	add	r9, r1, #PARAMS
	/* The tables for the copy: this page is where it is in both. */
	ldr	r0, PARAM(PARAM_TABLES)
	set_ttbr0 r0, r2
	flush_tlb
	/* Exceptions in ARM state, by the vectors here. */
	sub	r0, r9, #(PARAMS - VECTORS)
	mcr	p15, 0, r0, c12, c0, 0	/* VBAR */
	mrc	p15, 0, r0, c1, c0, 0	/* SCTLR */
	bic	r0, r0, #SCTLR_V
	bic	r0, r0, #SCTLR_TE
	mcr	p15, 0, r0, c1, c0, 0
	isb
	letter	STAGE_ARRIVED
	letter	STAGE_FLAT

	/*
	 * What Linux left in HYP mode, if it was started there, may be overwritten: have calls
	 * arrive here. Without that mode a hypervisor answers, or the call is undefined.
	 */
	ldr	r0, PARAM(PARAM_RISE)
	cmp	r0, #0
	beq	flat
	mrs	r0, cpsr
	and	r0, r0, #MODE_MASK
	cmp	r0, #MODE_SVC
	bne	flat
	sub	r0, r9, #(PARAMS - HVC_VECTORS)
	mcr	p15, 0, r0, c12, c0, 0
	isb
	mov	r0, #HVC_SOFT_RESTART
	adr	r1, hyp
	hvc	#0
	cmp	r0, #0
	moveq	r0, #1
	adreq	r1, can_rise
	streq	r0, [r1]
called:
	sub	r0, r9, #(PARAMS - VECTORS)
	mcr	p15, 0, r0, c12, c0, 0
	isb
flat:

	/*
	 * Walk the list. r4: the entry; sp: where the next one stands; r12: destination. There
	 * is none yet, and no page begins at the last address.
	 */
	hash_start
	ldr	r4, PARAM(PARAM_HEAD)
	mov	sp, #0
	mvn	r12, #0
entry:
	lsr	r11, r4, #12
	lsl	r11, r11, #12
	eor	r4, r4, r11
	cmp	r4, #FLAG_SOURCE
	beq	source
	cmp	r4, #FLAG_DESTINATION
	moveq	r12, r11
	beq	next
	cmp	r4, #FLAG_INDIRECTION
	moveq	sp, r11
	beq	next
	cmp	r4, #FLAG_DONE
	beq	done
bad:	mov	r0, #STAGE_BAD_LIST
	b	failed

source:
	tst	r12, #1
	bne	bad
	cmp	r11, r12
	beq	in_place
	hash_page_start
1:	.rept	4
	ldmia	r11!, {r4-r7}
	stmia	r12!, {r4-r7}
	hash_words
	.endr
	lsls	lr, r11, #20
	bne	1b
	hash_join
	/* The new kernel starts with the data cache off. */
	sub	r4, r12, #PAGE
	clean	r4, r12, r5, r6
next:
	cmp	sp, #0			/* the head was no INDIRECTION */
	beq	bad
	ldr	r4, [sp], #4
	b	entry
in_place:
	add	r12, r12, #PAGE
	b	next

done:
	dsb
	letter	STAGE_COPIED
	ldr	r0, PARAM(PARAM_CHECK)
	cmp	r0, #0
	beq	leave
	hash_compare damaged
	letter	STAGE_VERIFIED

	/*
	 * MMU and caches off: this page is mapped at its physical address. It was clean, and the
	 * total was written since.
	 */
leave:
	sub	r4, r9, #PARAMS
	mov	r7, r9
	clean	r4, r7, r5, r6
	dsb
	flush_instructions
	mrc	p15, 0, r0, c1, c0, 0
	bic	r0, r0, #(SCTLR_M | SCTLR_C)
	bic	r0, r0, #(SCTLR_I | SCTLR_Z)
	mcr	p15, 0, r0, c1, c0, 0
	isb
	flush_tlb

	/* From SVC to HYP mode. A hypervisor that answered the first call answers this one. */
	adr	r0, can_rise
	ldr	r0, [r0]
	cmp	r0, #0
	beq	enter
	hvc	#0
enter:
	enter_kernel

	/*
	 * The list is damaged, or the new kernel is not what was loaded. Report it by the
	 * letter in r0, then reset.
	 */
damaged:
	mov	r0, #STAGE_DAMAGED
failed:
	bl	stage
exception:
	reset

	define_stage
	define_hash

	/* In HYP mode, with the MMU off: set its vectors, and go back to behind the hvc, with 0. */
hyp:
	sub	r0, r9, #(PARAMS - VECTORS)
	mcr	p15, 4, r0, c12, c0, 0	/* HVBAR */
	mrc	p15, 4, r0, c1, c0, 0	/* HSCTLR */
	bic	r0, r0, #SCTLR_TE
	mcr	p15, 4, r0, c1, c0, 0
	mov	r0, #0
	eret

	/* Has that been done? */
can_rise:
	.long	0

no_hvc:
	cps	#MODE_SVC
	b	called

	/* An exception of this code; it may have changed the mode. Or a call to HYP mode. */
	.org	VECTORS
	.rept	5
	b	exception
	.endr
	b	enter
	.rept	2
	b	exception
	.endr
	.org	HVC_VECTORS
	.rept	8
	b	no_hvc
	.endr

	/*
	 * The end of a rehearsal, entered as a new kernel is; r0 is this page. Fails to assemble
	 * if the code is too long.
	 */
	.org	BACK
	add	r0, r0, #PARAMS
	ldr	r1, [r0, #SAVED_TABLES]
	set_ttbr0 r1, r2
	flush_tlb
	ldr	r1, [r0, #SAVED_SCTLR]
	ldr	r2, [r0, #PARAM_BACK]
	mcr	p15, 0, r1, c1, c0, 0
	isb
	bx	r2

	.org	PARAMS
arm_trampoline_end:
	.section .note.GNU-stack, "", %progbits
