/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the running kernel's page tables to those in the control pages, and back. The kernel's
 * half of the address space stays mapped all the time.
 */
#include "trampoline.h"
#include "code.h"

/* Landing pads, which older assemblers do not know. */
#define BTI_C		hint	#34
#define BTI_J		hint	#36

/* Use the tables \tables for the lower half, as \tcr says. Uses x9 and x10. */
.macro set_tables tables, tcr
	/* No translation may come from one with the other. */
	orr	x9, \tcr, #TCR_EPD0
	msr	tcr_el1, x9
	isb
	msr	ttbr0_el1, \tables
	isb
	tlbi	vmalle1
	dsb	nsh
	msr	tcr_el1, \tcr
	isb
.endm

/* Clean the data cache from \start to \end. Uses x9 and x10. */
.macro clean start, end
	mrs	x9, ctr_el0
	ubfx	x9, x9, #16, #4
	mov	x10, #4
	lsl	x10, x10, x9
	sub	x9, x10, #1
	bic	x9, \start, x9
1:	dc	civac, x9
	add	x9, x9, x10
	cmp	x9, \end
	b.lo	1b
	dsb	sy
.endm

/* Load the tables at x0. Uses x16 and x17, too. */
.macro load_tables
	msr	daifset, #15
	mrs	x16, tcr_el1
	mov	x17, #16		/* 4 levels */
	bfi	x16, x17, #0, #6	/* T0SZ */
	bic	x16, x16, #TCR_EPD0
	bic	x16, x16, #TCR_TG0	/* pages of 4 KiB */
	set_tables x0, x16
.endm

/* To the code at x1: it was written as data, and will run with the caches off. Uses x16. */
.macro jump
	add	x16, x1, #PAGE
	clean	x1, x16
	ic	iallu
	dsb	nsh
	isb
	br	x1
.endm

	.text
	.balign 64

	/* arm64_switch(tables, page), arm64_switch_park(tables, page, cpu) */
	.globl arm64_switch
	.globl arm64_switch_park
	.type arm64_switch, %function
	.type arm64_switch_park, %function
arm64_switch:
arm64_switch_park:
	BTI_C
	load_tables
	jump
	.size arm64_switch, . - arm64_switch

	/*
	 * arm64_rehearse(tables, page): what must survive is on the kernel's stack. What is
	 * needed on the way back is in the trampoline's page.
	 */
	.globl arm64_rehearse
	.type arm64_rehearse, %function
arm64_rehearse:
	BTI_C
	stp	x29, x30, [sp, #-112]!
	stp	x27, x28, [sp, #16]
	stp	x25, x26, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x21, x22, [sp, #64]
	stp	x19, x20, [sp, #80]
	mrs	x2, daif
	str	x2, [sp, #96]
	mrs	x11, sctlr_el1
	mrs	x12, ttbr0_el1
	mrs	x13, tcr_el1
	mrs	x14, vbar_el1
	adr	x15, back
	load_tables
	add	x2, x1, #PARAMS
	stp	x15, x11, [x2, #PARAM_BACK]
	stp	x12, x13, [x2, #(PARAM_SAVED + 8)]
	str	x14, [x2, #(PARAM_SAVED + 24)]
	jump

	/* On our tables; x0: the parameters. */
back:
	BTI_J
	ldp	x1, x2, [x0, #(PARAM_SAVED + 8)]
	ldr	x3, [x0, #(PARAM_SAVED + 24)]
	msr	vbar_el1, x3
	set_tables x1, x2
	ic	iallu
	dsb	nsh
	isb
	ldr	x2, [sp, #96]
	ldp	x19, x20, [sp, #80]
	ldp	x21, x22, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #32]
	ldp	x27, x28, [sp, #16]
	ldp	x29, x30, [sp], #112
	msr	daif, x2
	ret
	.size arm64_rehearse, . - arm64_rehearse

	/* arm64_clean(start, end): the data cache, to memory. */
	.globl arm64_clean
	.type arm64_clean, %function
arm64_clean:
	BTI_C
	clean	x0, x1
	ret
	.size arm64_clean, . - arm64_clean
	.section .note.GNU-stack, "", %progbits
