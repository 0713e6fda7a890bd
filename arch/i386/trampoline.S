/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The i386 trampoline: the code that runs between the two kernels.
 *
 * Entered through i386_switch() at the physical address of its page, which is in
 * %edx, with paging on and this page mapped there. Everything is reached
 * relative to %ebp, which holds that address until the end.
 */
#include "trampoline.h"
#include "code.h"

	.code32
	.section .rodata.i386_trampoline, "a"
	.balign 16
	.globl i386_trampoline
	.globl i386_trampoline_end

i386_trampoline:
begin:
	movl	%edx, %ebp
	leal	PAGE(%ebp), %esp
	cld
	/* Before all else: from here on an NMI does no harm. */
	own_segments
	lidtl	PARAM(PARAM_OWN_IDT)
	letter	STAGE_ARRIVED
	start_32
	letter	STAGE_FLAT

	/*
	 * Walk the list, once to copy and perhaps once more to hash what was moved.
	 * Pages in place are skipped both times. %ecx: the entry; %ebx: where the next
	 * one stands; %edi: destination. There is none yet, and no page begins at the
	 * last address.
	 */
walk:
	movl	PARAM(PARAM_HEAD), %ecx
	xorl	%ebx, %ebx
	movl	$-1, %edi
entry:
	movl	%ecx, %esi
	andl	$~OFFSET_MASK, %esi
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
	cmpl	%esi, %edi
	je	in_place
	cmpb	$0, HERE(hashing)
	jne	hash
	movl	$(PAGE / 4), %ecx
	rep movsl
	jmp	next
in_place:
	addl	$PAGE, %edi
	jmp	next
hash:
	hash_page
	jmp	next
destination:
	movl	%esi, %edi
	jmp	next
indirection:
	movl	%esi, %ebx
next:
	testl	%ebx, %ebx		/* the head was no INDIRECTION */
	jz	bad
	movl	(%ebx), %ecx
	addl	$4, %ebx
	jmp	entry

done:
	cmpb	$0, HERE(hashing)
	jne	hashed
	letter	STAGE_COPIED
	cmpb	$0, PARAM(PARAM_CHECK)
	je	enter
	movb	$1, HERE(hashing)
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

	define_stage %ebp
	define_total
hashing:
	.byte	0
	/*
	 * The end of a rehearsal, entered as a new kernel is; %ebp is this page. Paging on, and
	 * back to i386_rehearse(). Fails to assemble if the code is too long.
	 */
	.org	BACK_32
	movl	PARAM(PARAM_BACK_CR4), %eax
	andl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	PARAM(PARAM_OWN_CR3), %eax
	movl	%eax, %cr3
	movl	$(CR0_PG | CR0_NE | CR0_ET | CR0_PE), %eax
	movl	%eax, %cr0
	jmp	*PARAM(PARAM_BACK)

	.org	NMI
	iretl
	.org	PARAMS
i386_trampoline_end:
	.section .note.GNU-stack, "", @progbits
