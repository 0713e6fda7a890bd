/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The x86_64 stub: where Linux's kexec_load(2) enters an image of ours.
 *
 * Entered in 64-bit mode, on tables of the old kernel's that map the image by identity,
 * with interrupts off, in flat segments whose GDT is gone. Linux 7.2 leaves an interrupt table
 * that prints exceptions, and stops or goes on. Everything is reached relative to %rbp, which
 * holds the address of this page.
 */
#include "code.h"

	.code64
	.section .rodata.x86_64_stub, "a"
	.balign 16
	.globl x86_64_stub
	.globl x86_64_stub_end

x86_64_stub:
begin:
	leaq	begin(%rip), %rbp
	leaq	PAGE(%rbp), %rsp
	letter	STAGE_COPIED
	own_segments
	lidt	PARAM(PARAM_OWN_IDT)	/* empty: an exception resets the machine */
	start_64
	cmpl	$0, PARAM(PARAM_CHECK)
	je	enter

	/* %rbx: a range. */
	hash_start
	leaq	PARAM(PARAM_RANGES), %rbx
range:
	movq	(%rbx), %rdi
	cmpq	$0, 8(%rbx)
	je	hashed
page:
	cmpq	8(%rbx), %rdi
	je	next
	hash_page
	jmp	page
next:
	addq	$16, %rbx
	jmp	range
hashed:
	hash_compare damaged
	letter	STAGE_VERIFIED
enter:
	enter_kernel

	/* Report it, then reset: an exception does that. */
damaged:
	letter	STAGE_DAMAGED
	reset

	define_stage %rbp

	/* Fails to assemble if the code runs into the parameters. */
	.org	PARAMS
x86_64_stub_end:
	.section .note.GNU-stack, "", @progbits
