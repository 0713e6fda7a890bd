/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The x86_64 trampoline: the code that runs between the two kernels.
 *
 * Entered through x86_64_switch() at the physical address of its page, which is in %rsi,
 * on the tables in the control pages. Everything is reached relative to %rbp, which holds
 * that address until the end.
 */
#include "trampoline.h"
#include "code.h"

	.code64
	.section .rodata.x86_64_trampoline, "a"
	.balign 16
	.globl x86_64_trampoline
	.globl x86_64_trampoline_end

x86_64_trampoline:
begin:
	movq	%rsi, %rbp
	leaq	PAGE(%rbp), %rsp
	cld
	/* Before all else: from here on an NMI does no harm. */
	own_segments
	lidt	PARAM(PARAM_OWN_IDT)
	letter	STAGE_ARRIVED
	start_64
	letter	STAGE_FLAT

	/*
	 * Walk the list, once to copy and perhaps once more to hash what was moved.
	 * Pages in place are skipped both times. %rcx: the entry; %rbx: where the next
	 * one stands; %rdi: destination. There is none yet, and no page begins at the
	 * last address. %r9d: 1 if this walk hashes.
	 */
	xorl	%r9d, %r9d
	hash_start
walk:
	movq	PARAM(PARAM_HEAD), %rcx
	xorl	%ebx, %ebx
	movq	$-1, %rdi
entry:
	movq	%rcx, %rsi
	andq	$~OFFSET_MASK, %rsi
	andl	$OFFSET_MASK, %ecx
	cmpl	$FLAG_SOURCE, %ecx
	je	source
	cmpl	$FLAG_DESTINATION, %ecx
	je	destination
	cmpl	$FLAG_INDIRECTION, %ecx
	je	indirection
	cmpl	$FLAG_DONE, %ecx
	je	done
bad:	movb	$STAGE_BAD_LIST, %al
	jmp	report

source:
	testl	$OFFSET_MASK, %edi
	jnz	bad
	cmpq	%rsi, %rdi
	je	in_place
	testl	%r9d, %r9d
	jnz	hash
	movl	$(PAGE / 8), %ecx
	rep movsq
	jmp	next
in_place:
	addq	$PAGE, %rdi
	jmp	next
hash:
	hash_page
	jmp	next
destination:
	movq	%rsi, %rdi
	jmp	next
indirection:
	movq	%rsi, %rbx
next:
	testq	%rbx, %rbx		/* the head was no INDIRECTION */
	jz	bad
	movq	(%rbx), %rcx
	addq	$8, %rbx
	jmp	entry

done:
	testl	%r9d, %r9d
	jnz	hashed
	letter	STAGE_COPIED
	cmpl	$0, PARAM(PARAM_CHECK)
	je	enter
	incl	%r9d
	jmp	walk
hashed:
	hash_compare damaged
	letter	STAGE_VERIFIED
enter:
	enter_kernel

	/*
	 * The list is damaged, or the new kernel is not what was loaded. Report it by
	 * the letter in %al, then reset: an exception does that, since the interrupt table has
	 * an entry for NMIs only.
	 */
damaged:
	movb	$STAGE_DAMAGED, %al
report:
	call	stage
	reset

	define_stage %rbp

	/*
	 * The end of a rehearsal, entered as a new kernel is; %rbp is this page. Back to 64-bit
	 * mode, if need be, and to x86_64_rehearse(). Fails to assemble if the code is too long.
	 */
	.org	BACK_32
	.code32
	movl	(PARAMS + PARAM_BACK_CR4)(%ebp), %eax
	andl	$CR4_LA57, %eax
	orl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	(PARAMS + PARAM_OWN_CR3)(%ebp), %eax
	movl	%eax, %cr3
	movl	$EFER, %ecx
	rdmsr
	orl	$EFER_LME, %eax
	wrmsr
	movl	$(CR0_PG | CR0_NE | CR0_ET | CR0_PE), %eax
	movl	%eax, %cr0
	pushl	$LONG_SEGMENT
	leal	BACK_64(%ebp), %eax
	pushl	%eax
	lretl
	.org	BACK_64
	.code64
	jmp	*PARAM(PARAM_BACK)

	.org	NMI
	iretq
	.org	PARAMS
x86_64_trampoline_end:
	.section .note.GNU-stack, "", @progbits
