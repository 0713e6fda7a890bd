/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Assembler macros for the code of x86_64 that enters kernels, beside those in
 * ../x86/code.h.
 */
#ifndef ARCH_X86_64_CODE_H
#define ARCH_X86_64_CODE_H

#include "../x86/code.h"

#define CR4_MCE		0x00000040
#define CR4_LA57	0x00001000
#define EFER		0xc0000080
#define EFER_LME	0x00000100

#define PARAM(offset)	(PARAMS + (offset))(%rbp)

/* No bits in CR0 and CR4 but what 64-bit mode needs. Uses %rax. */
.macro start_64
	movq	%cr4, %rax
	/* LA57 cannot change in 64-bit mode, nor can MCE in a TDX guest. */
	andl	$(CR4_LA57 | CR4_MCE), %eax
	orl	$CR4_PAE, %eax
	movq	%rax, %cr4
	movl	$(CR0_PG | CR0_NE | CR0_ET | CR0_PE), %eax
	movq	%rax, %cr0
.endm

/* Our GDT and segments. Uses %rax. */
.macro own_segments
	lgdt	PARAM(PARAM_OWN_GDT)
	load_data_segments
	pushq	$LONG_SEGMENT
	leaq	(1f - begin)(%rbp), %rax
	pushq	%rax
	lretq
1:
.endm

/* The total of hash.h, in %r12d to %r15d. */
.macro hash_start
	movl	$HASH_SEED_0, %r12d
	movl	$HASH_SEED_1, %r13d
	movl	$HASH_SEED_2, %r14d
	movl	$HASH_SEED_3, %r15d
.endm

/* Add the page at %rdi, and go to the next. Uses %eax, %ecx, %edx, %esi and %r8d. */
.macro hash_page
	movl	$HASH_SEED_0, %eax
	movl	$HASH_SEED_1, %ecx
	movl	$HASH_SEED_2, %edx
	movl	$HASH_SEED_3, %esi
1:
	.irp	word, 0, 16, 32, 48
	hash_round %eax, \word + 0(%rdi), %r8d
	hash_round %ecx, \word + 4(%rdi), %r8d
	hash_round %edx, \word + 8(%rdi), %r8d
	hash_round %esi, \word + 12(%rdi), %r8d
	.endr
	addq	$64, %rdi
	testl	$OFFSET_MASK, %edi
	jnz	1b
	hash_round %r12d, %eax, %r8d
	hash_round %r13d, %ecx, %r8d
	hash_round %r14d, %edx, %r8d
	hash_round %r15d, %esi, %r8d
.endm

/* Is the total what it should be? If not, go to \otherwise. */
.macro hash_compare otherwise
	cmpl	PARAM(PARAM_HASH), %r12d
	jne	\otherwise
	cmpl	PARAM(PARAM_HASH + 4), %r13d
	jne	\otherwise
	cmpl	PARAM(PARAM_HASH + 8), %r14d
	jne	\otherwise
	cmpl	PARAM(PARAM_HASH + 12), %r15d
	jne	\otherwise
.endm

/* Enter the new kernel. */
.macro enter_kernel
	movb	$STAGE_ENTER, %al
	call	stage
	pushq	$0
	pushq	$0
	lidt	(%rsp)			/* no interrupt table */
	cmpl	$0, PARAM(PARAM_LONG)
	je	to_32

	/*
	 * Its GDT, if it brought one, and its tables: all that is ours is free memory to it and
	 * may be overwritten. Both of its tables map this page.
	 */
	lgdt	PARAM(PARAM_NEW_GDT)
	load_data_segments
	pushq	$CODE_SEGMENT
	leaq	(1f - begin)(%rbp), %rax
	pushq	%rax
	lretq
1:	movq	PARAM(PARAM_TABLES), %rcx
	testq	%rcx, %rcx
	jz	3f
	movq	%cr4, %rax
	testl	$CR4_LA57, %eax
	jnz	2f
	addq	$PAGE, %rcx
2:	movq	%rcx, %cr3
3:	movq	PARAM(PARAM_AX), %rax
	movq	PARAM(PARAM_BX), %rbx
	movq	PARAM(PARAM_CX), %rcx
	movq	PARAM(PARAM_DX), %rdx
	movq	PARAM(PARAM_SI), %rsi
	movq	PARAM(PARAM_DI), %rdi
	movq	PARAM(PARAM_SP), %rsp
	movq	PARAM(PARAM_BP), %rbp
	jmp	*(begin + PARAMS + PARAM_ADDRESS)(%rip)

	/* To the 32-bit code segment first, then out of 64-bit mode. */
to_32:
	pushq	$CODE_SEGMENT
	leaq	(1f - begin)(%rbp), %rax
	pushq	%rax
	lretq
	.code32
1:	movl	$(CR0_NE | CR0_ET | CR0_PE), %eax
	movl	%eax, %cr0
	movl	$EFER, %ecx
	rdmsr
	andl	$~EFER_LME, %eax
	wrmsr
	xorl	%eax, %eax
	movl	%eax, %cr3
	movl	%eax, %cr4
	enter_32
	.code64
.endm

#endif
