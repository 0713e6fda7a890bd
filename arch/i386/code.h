/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Assembler macros for the code of i386 that enters kernels, beside those in
 * ../x86/code.h.
 */
#ifndef ARCH_I386_CODE_H
#define ARCH_I386_CODE_H

#include "../x86/code.h"

#define HERE(label)	(label - begin)(%ebp)
#define PARAM(offset)	(PARAMS + (offset))(%ebp)

/*
 * Paging off: this page is mapped at its physical address, so execution continues here.
 * Write protection, alignment checks, emulation and the task-switched flag go too. Uses %eax.
 */
.macro start_32
	movl	%cr0, %eax
	andl	$~0x8005000c, %eax	/* PG, AM, WP, TS, EM */
	orl	$CR0_PE, %eax
	movl	%eax, %cr0
	jmp	1f
1:	xorl	%eax, %eax
	movl	%eax, %cr3
	movl	%eax, %cr4
.endm

/* Our GDT and segments. Uses %eax. */
.macro own_segments
	lgdtl	PARAM(PARAM_OWN_GDT)
	load_data_segments
	pushl	$CODE_SEGMENT
	leal	HERE(1f), %eax
	pushl	%eax
	lretl
1:
.endm

/* One lane of a page goes into the total. */
.macro hash_join lane, offset
	imull	$HASH_FACTOR_WORD, \lane, \lane
	addl	(total - begin + \offset)(%ebp), \lane
	roll	$HASH_ROTATE, \lane
	imull	$HASH_FACTOR_LANE, \lane, \lane
	movl	\lane, (total - begin + \offset)(%ebp)
.endm

/* Add the page at %edi, and go to the next. Uses %eax, %ecx, %edx and %esi. */
.macro hash_page
	pushl	%ebx
	movl	$HASH_SEED_0, %eax
	movl	$HASH_SEED_1, %ecx
	movl	$HASH_SEED_2, %edx
	movl	$HASH_SEED_3, %esi
1:	hash_round %eax, 0(%edi), %ebx
	hash_round %ecx, 4(%edi), %ebx
	hash_round %edx, 8(%edi), %ebx
	hash_round %esi, 12(%edi), %ebx
	addl	$(4 * HASH_LANES), %edi
	testl	$OFFSET_MASK, %edi
	jnz	1b
	hash_join %eax, 0
	hash_join %ecx, 4
	hash_join %edx, 8
	hash_join %esi, 12
	popl	%ebx
.endm

/* Is the total what it should be? If not, go to \otherwise. */
.macro hash_compare otherwise
	leal	HERE(total), %esi
	leal	PARAM(PARAM_HASH), %edi
	movl	$HASH_LANES, %ecx
	repe cmpsl
	jne	\otherwise
.endm

/* The total of hash.h. */
.macro define_total
	.balign	4
total:	.long	HASH_SEED_0, HASH_SEED_1, HASH_SEED_2, HASH_SEED_3
.endm

/* Enter the new kernel. */
.macro enter_kernel
	movb	$STAGE_ENTER, %al
	call	stage
	pushl	$0
	pushl	$0
	lidtl	(%esp)			/* no interrupt table */
	enter_32
.endm

#endif
