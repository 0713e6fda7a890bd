/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The i386 trampoline: the code that runs between the two kernels.
 *
 * Entered through i386_switch() at the physical address of its page, which is in
 * %edx, with paging on and this page mapped there. Everything is reached
 * relative to %ebp, which holds that address until the end.
 */
#include "trampoline.h"
#include "../x86/code.h"

#define FLAG_DESTINATION	1
#define FLAG_INDIRECTION	2
#define FLAG_DONE		4
#define FLAG_SOURCE		8

#define HERE(label)	(label - begin)(%ebp)
#define PARAM(offset)	(PARAMS + (offset))(%ebp)

/* One lane of a page goes into the total. */
.macro hash_join lane, offset
	imull	$HASH_FACTOR_WORD, \lane, \lane
	addl	(total - begin + \offset)(%ebp), \lane
	roll	$HASH_ROTATE, \lane
	imull	$HASH_FACTOR_LANE, \lane, \lane
	movl	\lane, (total - begin + \offset)(%ebp)
.endm

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
	movb	$STAGE_ARRIVED, %al
	call	stage

	/*
	 * Paging off. This page is mapped at its physical address, so execution
	 * continues here. Write protection, alignment checks, emulation and the
	 * task-switched flag go too.
	 */
	movl	%cr0, %eax
	andl	$~0x8005000c, %eax	/* PG, AM, WP, TS, EM */
	orl	$CR0_PE, %eax
	movl	%eax, %cr0
	xorl	%eax, %eax
	movl	%eax, %cr3
	movl	%eax, %cr4

	/* Segments that do not depend on the old kernel's memory. */
	lgdtl	PARAM(PARAM_OWN_GDT)
	load_data_segments
	leal	HERE(flat), %eax
	pushl	$CODE_SEGMENT
	pushl	%eax
	lretl
flat:
	movb	$STAGE_FLAT, %al
	call	stage

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
	jmp	reset

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

	/* Hash the page at %edi in %eax, %ecx, %edx and %esi, then join the total. */
hash:
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
	movb	$STAGE_COPIED, %al
	call	stage
	cmpb	$0, PARAM(PARAM_CHECK)
	je	enter
	movb	$1, HERE(hashing)
	jmp	walk
hashed:
	leal	HERE(total), %esi
	leal	PARAM(PARAM_HASH), %edi
	movl	$HASH_LANES, %ecx
	repe cmpsl
	movb	$STAGE_DAMAGED, %al
	jne	reset
	movb	$STAGE_VERIFIED, %al
	call	stage
	jmp	enter

	/*
	 * The list is damaged, or the new kernel is not what was loaded. Report it by
	 * the letter in %al, then reset: an exception does that, since i386_switch() left
	 * no interrupt table.
	 */
reset:
	call	stage
	int3
1:	hlt
	jmp	1b

enter:
	movb	$STAGE_ENTER, %al
	call	stage
	enter_32

	define_stage %ebp

	.balign	4
total:
	.long	HASH_SEED_0, HASH_SEED_1, HASH_SEED_2, HASH_SEED_3
hashing:
	.byte	0
	/* Fails to assemble if the code runs into the parameters. */
	.org	PARAMS
i386_trampoline_end:
	.section .note.GNU-stack, "", @progbits
