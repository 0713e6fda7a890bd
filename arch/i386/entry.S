/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The i386 stub: where Linux's kexec_load(2) enters an image of ours.
 *
 * Entered with paging and interrupts off, in flat segments whose GDT is gone. Everything
 * is reached relative to %ebp, which holds the address of this page.
 */
#include "code.h"

	.code32
	.section .rodata.i386_stub, "a"
	.balign 16
	.globl i386_stub
	.globl i386_stub_end

i386_stub:
begin:
	movl	$0, %ebp		/* its operand: i386_stub_write() */
	leal	PAGE(%ebp), %esp
	letter	STAGE_COPIED
	own_segments
	start_32
	cmpl	$0, PARAM(PARAM_CHECK)
	je	enter

	/* %ebx: a range. */
	leal	PARAM(PARAM_RANGES), %ebx
range:
	movl	(%ebx), %edi
	cmpl	$0, 8(%ebx)
	je	hashed
page:
	cmpl	8(%ebx), %edi
	je	next
	hash_page
	jmp	page
next:
	addl	$16, %ebx
	jmp	range
hashed:
	hash_compare damaged
	letter	STAGE_VERIFIED
enter:
	enter_kernel

	/* Report it, then reset: an exception does that, since kexec left no interrupt table. */
damaged:
	letter	STAGE_DAMAGED
	reset

	define_stage %ebp
	define_total

	/* Fails to assemble if the code runs into the parameters. */
	.org	PARAMS
i386_stub_end:
	.section .note.GNU-stack, "", @progbits
