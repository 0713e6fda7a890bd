/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86_64_switch(cr3, page): from the running kernel's page tables to those in the
 * control pages. Mapped at the same address in both, and all in one page.
 */
#ifdef __KERNEL__
#include <asm/nospec-branch.h>
#else
#define ANNOTATE_RETPOLINE_SAFE
#endif

	.code64
	.text
	.balign 64
	.globl x86_64_switch
	.type x86_64_switch, @function
x86_64_switch:
	endbr64			/* for objtool: its address is taken */
	cli
	/* No breakpoints and no interrupt table: an exception resets the machine. */
	xorl	%eax, %eax
	movq	%rax, %dr7
	pushq	%rax
	pushq	%rax
	lidt	(%rsp)
	addq	$16, %rsp
	/*
	 * Without PGE and PCIDE the new tables replace all old translations. With CET,
	 * CR0.WP could not be cleared. And nothing of the upper half (FRED).
	 */
	movq	%cr4, %rax
	andl	$~0x820080, %eax	/* CET, PCIDE, PGE */
	movq	%rax, %cr4
	movq	%rdi, %cr3
	/* No return thunk or retpoline is mapped any more. */
	ANNOTATE_RETPOLINE_SAFE
	jmp	*%rsi
	int3
	.size x86_64_switch, . - x86_64_switch
	.section .note.GNU-stack, "", @progbits
