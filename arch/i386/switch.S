/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * i386_switch(cr3, control): from the running kernel's page tables to those in
 * the control pages. Mapped at the same address in both, and all in one page.
 * Arguments are on the stack.
 */
	.code32
	.text
	.balign 64
	.globl i386_switch
	.type i386_switch, @function
i386_switch:
	movl	4(%esp), %eax
	movl	8(%esp), %edx
	cli
	/* No breakpoints and no interrupt table: an exception resets the machine. */
	xorl	%ecx, %ecx
	movl	%ecx, %dr7
	pushl	%ecx
	pushl	%ecx
	lidtl	(%esp)
	/* Flush global pages of the old tables. */
	movl	%cr4, %ecx
	andl	$~0x80, %ecx
	movl	%ecx, %cr4
	movl	%eax, %cr3
	jmp	*%edx
	.size i386_switch, . - i386_switch
	.section .note.GNU-stack, "", @progbits
