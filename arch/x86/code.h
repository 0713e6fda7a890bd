/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Assembler macros for the code of i386 and x86_64 that enters kernels. This code is in
 * one page, at any address: %ebp (%rbp) holds that address. The label `begin` is at the
 * start of the page.
 */
#ifndef ARCH_X86_CODE_H
#define ARCH_X86_CODE_H

#include "../list.h"
#include "params.h"

#define CR0_PE		0x00000001
#define CR0_ET		0x00000010
#define CR0_NE		0x00000020
#define CR0_PG		0x80000000
#define CR4_PAE		0x00000020

/* One round of hash.h. Uses \scratch. */
.macro hash_round lane, word, scratch
	imull	$HASH_FACTOR_WORD, \word, \scratch
	addl	\scratch, \lane
	roll	$HASH_ROTATE, \lane
	imull	$HASH_FACTOR_LANE, \lane, \lane
.endm

/* Data segments that depend on nothing but the GDT. Uses %eax. */
.macro load_data_segments
	movl	$DATA_SEGMENT, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %fs
	movl	%eax, %gs
	movl	%eax, %ss
.endm

/*
 * The function `stage`: write the letter in %al to the UART, when its transmitter is
 * free, or after a while anyway. Uses %eax, %ecx and %edx.
 */
.macro define_stage page
stage:
	movl	(PARAMS + PARAM_UART)(\page), %edx
	testl	%edx, %edx
	jz	2f
	movb	%al, %ah
	addl	$5, %edx		/* line status register */
	movl	$0x10000, %ecx
1:	inb	%dx, %al
	testb	$0x20, %al		/* transmitter empty */
	loopz	1b
	subl	$5, %edx
	movb	%ah, %al
	outb	%al, %dx
2:	ret
.endm

/* Write a letter to the UART. Uses %eax, %ecx and %edx. */
.macro letter which
	movb	$\which, %al
	call	stage
.endm

/* Reset: an exception does that, where no interrupt table has an entry for it. */
.macro reset
	int3
1:	hlt
	jmp	1b
.endm

/*
 * Enter the new kernel from 32-bit code with paging off. Its GDT, if it brought one, is
 * loaded here: this page is free memory to it and may be overwritten. All registers are
 * in use at the end, so the jump's target is put in its operand.
 */
.macro enter_32
	lgdtl	(PARAMS + PARAM_NEW_GDT)(%ebp)
	load_data_segments
	movl	(PARAMS + PARAM_ADDRESS)(%ebp), %eax
	movl	%eax, (1f + 1 - begin)(%ebp)
	movl	(PARAMS + PARAM_AX)(%ebp), %eax
	movl	(PARAMS + PARAM_BX)(%ebp), %ebx
	movl	(PARAMS + PARAM_CX)(%ebp), %ecx
	movl	(PARAMS + PARAM_DX)(%ebp), %edx
	movl	(PARAMS + PARAM_SI)(%ebp), %esi
	movl	(PARAMS + PARAM_DI)(%ebp), %edi
	movl	(PARAMS + PARAM_SP)(%ebp), %esp
	movl	(PARAMS + PARAM_BP)(%ebp), %ebp
1:	ljmp	$CODE_SEGMENT, $0
.endm

#endif
