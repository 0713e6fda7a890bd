/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From the running kernel's page tables to those in the control pages, and back. All of it
 * is in one page, which both map at the same address. Arguments are on the stack.
 */
#include "trampoline.h"

#define SAVED(offset)	(PARAMS + (offset))

/*
 * Load the tables at %eax. Uses %ecx. No breakpoints and no interrupt table: an exception
 * resets the machine.
 */
.macro switch_tables
	cli
	xorl	%ecx, %ecx
	movl	%ecx, %dr7
	pushl	%ecx
	pushl	%ecx
	lidtl	(%esp)
	addl	$8, %esp
	/* Flush global pages of the old tables. */
	movl	%cr4, %ecx
	andl	$~0x80, %ecx
	movl	%ecx, %cr4
	movl	%eax, %cr3
.endm

.macro push_segment name
	movl	\name, %eax
	pushl	%eax
.endm

.macro pop_segment name
	popl	%eax
	movl	%eax, \name
.endm

	.code32
	.text
	.balign 512

	/* i386_switch(cr3, page) */
	.globl i386_switch
	.type i386_switch, @function
i386_switch:
	movl	4(%esp), %eax
	movl	8(%esp), %edx
	switch_tables
	jmp	*%edx
	.size i386_switch, . - i386_switch

	/*
	 * i386_rehearse(cr3, page): what must survive is on the kernel's stack. What is needed
	 * before this is mapped again is in the trampoline's page.
	 */
	.globl i386_rehearse
	.type i386_rehearse, @function
i386_rehearse:
	pushl	%ebx
	pushl	%ebp
	pushl	%esi
	pushl	%edi
	pushfl
	cli
	subl	$8, %esp
	sidtl	(%esp)
	movl	%dr7, %eax
	pushl	%eax
	push_segment %cs
	push_segment %ds
	push_segment %es
	push_segment %fs
	push_segment %gs
	push_segment %ss
	subl	$8, %esp
	sgdtl	(%esp)
	movl	68(%esp), %eax
	movl	72(%esp), %edx
	movl	%cr0, %esi
	movl	%cr3, %edi
	movl	%cr4, %ebp
	/* %ebx: the address of `back`. */
	call	1f
1:	popl	%ebx
	addl	$(back - 1b), %ebx
	switch_tables
	movl	%esi, SAVED(PARAM_BACK_CR0)(%edx)
	movl	%edi, SAVED(PARAM_BACK_CR3)(%edx)
	movl	%ebp, SAVED(PARAM_BACK_CR4)(%edx)
	movl	%ebx, SAVED(PARAM_BACK)(%edx)
	movl	%esp, SAVED(PARAM_BACK_SP)(%edx)
	jmp	*%edx

	/* On our tables; %ebp: the page. */
back:
	movl	SAVED(PARAM_BACK_SP)(%ebp), %esp
	movl	SAVED(PARAM_BACK_CR0)(%ebp), %eax
	movl	SAVED(PARAM_BACK_CR3)(%ebp), %ecx
	movl	SAVED(PARAM_BACK_CR4)(%ebp), %edx
	movl	%ecx, %cr3
	movl	%eax, %cr0
	movl	%edx, %cr4
	lgdtl	(%esp)
	addl	$8, %esp
	pop_segment %ss
	pop_segment %gs
	pop_segment %fs
	pop_segment %es
	pop_segment %ds
	/* %cs is on the stack. */
	call	1f
1:	addl	$(2f - 1b), (%esp)
	lretl
2:	popl	%eax
	movl	%eax, %dr7
	/* Last: the handlers of the kernel need all of the above. */
	lidtl	(%esp)
	addl	$8, %esp
	popfl
	popl	%edi
	popl	%esi
	popl	%ebp
	popl	%ebx
	ret
	.size i386_rehearse, . - i386_rehearse
	.section .note.GNU-stack, "", @progbits
