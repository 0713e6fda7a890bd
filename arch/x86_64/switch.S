/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * x86_64_switch(cr3, page): from the running kernel's page tables to those in the
 * control pages. Mapped at the same address in both, and all in one page.
 */
	.code64
	.text
	.balign 64
	.globl x86_64_switch
	.type x86_64_switch, @function
x86_64_switch:
	cli
	/* No breakpoints and no interrupt table: an exception resets the machine. */
	xorl	%eax, %eax
	movq	%rax, %dr7
	pushq	%rax
	pushq	%rax
	lidt	(%rsp)
	/*
	 * Without PGE and PCIDE the new tables replace all old translations. With CET,
	 * CR0.WP could not be cleared. And nothing of the upper half (FRED).
	 */
	movq	%cr4, %rax
	andl	$~0x820080, %eax	/* CET, PCIDE, PGE */
	movq	%rax, %cr4
	movq	%rdi, %cr3
	jmp	*%rsi
	.size x86_64_switch, . - x86_64_switch
	.section .note.GNU-stack, "", @progbits
