/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the running kernel's page tables to those in the control pages, and back. All of it
 * is in one page, which both map at the same address.
 */
#include "trampoline.h"
#include "code.h"

/* Load the tables at r0. Uses r12 and lr. */
.macro load_tables
	/* Short descriptors: every domain by the permissions of its entries. */
	ldr	r12, domains
	mcr	p15, 0, r12, c3, c0, 0	/* DACR */
	set_ttbr0 r0, r12
	/* All addresses by TTBR0. */
	mrc	p15, 0, r12, c2, c0, 2	/* TTBCR */
	tst	r12, #TTBCR_EAE
	bicne	r12, r12, #(7 << 16)	/* T1SZ */
	bicne	r12, r12, #0x87		/* EPD0, T0SZ */
	moveq	r12, #0
	mcr	p15, 0, r12, c2, c0, 2
	isb
	flush_tlb
.endm

/* To the trampoline at r1: it was written as data, and will run with the caches off. */
.macro jump
	mov	r2, r1
	add	r3, r1, #PAGE
	clean	r2, r3, r12, lr
	dsb
	flush_instructions
	bx	r1
.endm

	.text
	.balign 512

	/* arm_switch(tables, page) */
	.globl arm_switch
	.type arm_switch, %function
arm_switch:
	cpsid	aif
	load_tables
	jump
domains:
	.long	0x55555555
	.size arm_switch, . - arm_switch

	/*
	 * arm_rehearse(tables, page): what must survive is on the kernel's stack. What is needed
	 * before that is mapped again is in the trampoline's page.
	 */
	.globl arm_rehearse
	.type arm_rehearse, %function
arm_rehearse:
	push	{r3-r11, lr}
	mrs	r12, cpsr
	push	{r2, r12}
	cpsid	aif
	adr	r2, back
	mrc	p15, 0, r3, c1, c0, 0	/* SCTLR */
	mrc	p15, 0, r6, c2, c0, 2	/* TTBCR */
	/* TTBR0. Without LPAE there is no mrrc for it. */
	mrc	p15, 0, r4, c2, c0, 0
	mov	r5, #0
	tst	r6, #TTBCR_EAE
	beq	1f
	mrrc	p15, 0, r4, r5, c2
1:
	mrc	p15, 0, r7, c3, c0, 0	/* DACR */
	mrc	p15, 0, r8, c12, c0, 0	/* VBAR */
	mov	r9, r0
	mov	r10, sp
	load_tables
	add	r12, r1, #PARAMS
	add	r12, r12, #PARAM_BACK
	stmia	r12, {r2-r10}
	jump

	/* On our tables; r0: the parameters. */
back:
	add	r12, r0, #PARAM_BACK
	ldmia	r12, {r2-r10}
	mcr	p15, 0, r6, c2, c0, 2
	isb
	tst	r6, #TTBCR_EAE
	beq	2f
	mcrr	p15, 0, r4, r5, c2
	b	3f
2:	mcr	p15, 0, r4, c2, c0, 0
3:	isb
	flush_tlb
	flush_instructions
	mcr	p15, 0, r7, c3, c0, 0
	mcr	p15, 0, r8, c12, c0, 0
	isb
	mov	sp, r10
	pop	{r2, r12}
	msr	cpsr_cxsf, r12
	pop	{r3-r11, lr}
	bx	lr
	.size arm_rehearse, . - arm_rehearse

	/* arm_clean(start, end): the data cache, to memory. */
	.globl arm_clean
	.type arm_clean, %function
arm_clean:
	clean	r0, r1, r2, r3
	dsb
	bx	lr
	.size arm_clean, . - arm_clean
	.section .note.GNU-stack, "", %progbits
