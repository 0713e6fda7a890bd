/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the running kernel's page tables to those in the control pages, and back. All of it
 * is in one page, which both map at the same address.
 */
#include "trampoline.h"

#ifdef __KERNEL__
#include <linux/linkage.h>
#include <asm/nospec-branch.h>
#else
#define ANNOTATE_RETPOLINE_SAFE
#endif
#ifndef RET
#define RET ret
#endif

#define FS_BASE	0xc0000100
#define GS_BASE	0xc0000101

#define SAVED(offset)	(PARAMS + (offset))

/*
 * Load the tables at %rdi. Uses %rax. No breakpoints and no interrupt table: an exception
 * resets the machine.
 */
.macro switch_tables
	cli
	xorl	%eax, %eax
	movq	%rax, %dr7
	pushq	%rax
	pushq	%rax
	lidt	(%rsp)
	addq	$16, %rsp
	/*
	 * Without PGE and PCIDE the new tables replace all old translations. With CET,
	 * CR0.WP could not be cleared; with LASS, nothing in the lower half of the address
	 * space be executed. So only what 64-bit mode needs stays, and machine checks.
	 */
	movq	%cr4, %rax
	andl	$0x1060, %eax		/* LA57, MCE, PAE */
	movq	%rax, %cr4
	movq	%rdi, %cr3
.endm

.macro push_msr number
	movl	$\number, %ecx
	rdmsr
	shlq	$32, %rdx
	orq	%rdx, %rax
	pushq	%rax
.endm

.macro pop_msr number
	movl	$\number, %ecx
	popq	%rax
	movq	%rax, %rdx
	shrq	$32, %rdx
	wrmsr
.endm

.macro push_segment name
	movl	\name, %eax
	pushq	%rax
.endm

.macro pop_segment name
	popq	%rax
	movl	%eax, \name
.endm

/*
 * Load LDTR and TR again: outside of long mode their bases may have lost their upper halves.
 * The manuals say only that the way back into long mode leaves both as they are. LTR takes a
 * TSS that is not busy, and marks it in the GDT, which the kernel maps read-only: so from a copy
 * of the descriptor, which a GDT on the stack has in the same place. The kernel's GDT is loaded,
 * and (%rsp) has its address and limit. Uses %rax, %rcx and %rdx.
 */
.macro reload_tr
	sldt	%eax
	lldt	%ax
	str	%eax
	movq	2(%rsp), %rcx
	pushq	8(%rcx, %rax)
	pushq	(%rcx, %rax)
	btrq	$41, (%rsp)		/* not busy */
	movq	%rsp, %rdx
	subq	%rax, %rdx
	leal	15(%rax), %ecx
	pushq	%rdx
	pushw	%cx
	lgdt	(%rsp)
	ltr	%ax
	addq	$26, %rsp
	lgdt	(%rsp)
.endm

	.code64
	.text
	.balign 512

	/* x86_64_switch(cr3, page) */
	.globl x86_64_switch
	.type x86_64_switch, @function
x86_64_switch:
	endbr64			/* for objtool: its address is taken */
	switch_tables
	/* No return thunk or retpoline is mapped any more. */
	ANNOTATE_RETPOLINE_SAFE
	jmp	*%rsi
	int3
	.size x86_64_switch, . - x86_64_switch

	/*
	 * x86_64_rehearse(cr3, page): what must survive is on the kernel's stack. What is needed
	 * before this is mapped again is in the trampoline's page.
	 */
	.globl x86_64_rehearse
	.type x86_64_rehearse, @function
x86_64_rehearse:
	endbr64
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	pushfq
	cli
	subq	$16, %rsp
	sidt	(%rsp)
	movq	%dr7, %rax
	pushq	%rax
	push_segment %cs
	push_msr GS_BASE
	push_msr FS_BASE
	push_segment %ds
	push_segment %es
	push_segment %fs
	push_segment %gs
	push_segment %ss
	subq	$16, %rsp
	sgdt	(%rsp)
	movq	%cr0, %r8
	movq	%cr3, %r9
	movq	%cr4, %r10
	leaq	back(%rip), %r11
	switch_tables
	movq	%r8, SAVED(PARAM_BACK_CR0)(%rsi)
	movq	%r9, SAVED(PARAM_BACK_CR3)(%rsi)
	movq	%r10, SAVED(PARAM_BACK_CR4)(%rsi)
	movq	%r11, SAVED(PARAM_BACK)(%rsi)
	movq	%rsp, SAVED(PARAM_BACK_SP)(%rsi)
	ANNOTATE_RETPOLINE_SAFE
	jmp	*%rsi
	int3

	/*
	 * On our tables; %rbp: the page. PCIDE can be set only while CR3 has no PCID, CET
	 * only while CR0 has WP.
	 */
back:
	movq	SAVED(PARAM_BACK_SP)(%rbp), %rsp
	movq	SAVED(PARAM_BACK_CR0)(%rbp), %r8
	movq	SAVED(PARAM_BACK_CR3)(%rbp), %r9
	movq	SAVED(PARAM_BACK_CR4)(%rbp), %r10
	movq	%r9, %rax
	andq	$~0xfff, %rax
	movq	%rax, %cr3
	movq	%r8, %cr0
	movq	%r10, %cr4
	movq	%r9, %cr3
	lgdt	(%rsp)
	reload_tr
	addq	$16, %rsp
	pop_segment %ss
	pop_segment %gs
	pop_segment %fs
	pop_segment %es
	pop_segment %ds
	pop_msr	FS_BASE
	pop_msr	GS_BASE
	/* %cs is on the stack. */
	leaq	1f(%rip), %rax
	pushq	%rax
	lretq
1:	popq	%rax
	movq	%rax, %dr7
	/* Last: the handlers of the kernel need all of the above. */
	lidt	(%rsp)
	addq	$16, %rsp
	popfq
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	RET
	int3
	.size x86_64_rehearse, . - x86_64_rehearse

	/* For objtool: it leaves by a jump, and its stack moves. */
	.pushsection .discard.func_stack_frame_non_standard, "a"
	.long	x86_64_rehearse - .
	.popsection
	.section .note.GNU-stack, "", @progbits
