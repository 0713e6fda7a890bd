/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The arm64 trampoline: the code that runs between the two kernels.
 *
 * Entered through arm64_switch() at the physical address of its page, which is in x1, with
 * the MMU and the caches on, on the tables in the control pages. The names of registers of
 * EL1 mean those of EL2 where Linux runs there (VHE).
 */
#include "trampoline.h"
#include "code.h"

/* What a turn of the loop below moves. */
#define CHUNK		256

/*
 * Move 16 bytes, and hash them. x22 and x21 are source and destination, and x13 is 4 bytes
 * ahead of x22. Hashing needs each word in the lower half of a register, so the second and
 * fourth word are loaded by x13: an instruction less than to shift them there.
 */
.macro move offset
	ldp	x4, x5, [x22, #\offset]
	ldp	x6, x7, [x13, #\offset]
	stp	x4, x5, [x21, #\offset]
	hash_words w4, w6, w5, w7
.endm

	.section .rodata.arm64_trampoline, "a"
	.balign 16
	.globl arm64_trampoline
	.globl arm64_trampoline_end

arm64_trampoline:
	add	x0, x1, #VECTORS
	msr	vbar_el1, x0
	/* x28: where an exception goes. */
	adr	x28, no_letter
	add	x19, x1, #PARAMS
	letter	STAGE_ARRIVED
	/* x13 is no multiple of 8. */
	mrs	x0, sctlr_el1
	bic	x0, x0, #SCTLR_A
	msr	sctlr_el1, x0
	isb
	letter	STAGE_FLAT

	/*
	 * What Linux left at EL2 may be overwritten: have calls arrive here. x10: 0 if they do.
	 */
	mov	x10, #1
	ldr	w0, PARAM(PARAM_RISE)
	cbz	w0, called
	sub	x1, x19, #PARAMS
	call_stub HVC_SET_VECTORS, called
	mov	x10, x0
called:
	adr	x28, no_letter

	/* x23: the lines of the data cache; 64 bytes are enough for the loop below. */
	mrs	x0, ctr_el0
	ubfx	x0, x0, #16, #4
	mov	x23, #4
	lsl	x23, x23, x0
	mov	x0, #64
	cmp	x23, x0
	csel	x23, x23, x0, lo

	/*
	 * Walk the list. x9: the entry; x20: where the next one stands; x21: destination.
	 * There is none yet, and no page begins at the last address.
	 */
	hash_start
	ldr	x9, PARAM(PARAM_HEAD)
	mov	x20, xzr
	mov	x21, #-1
entry:
	and	x22, x9, #~OFFSET_MASK
	and	x9, x9, #OFFSET_MASK
	cmp	x9, #FLAG_SOURCE
	b.eq	source
	cmp	x9, #FLAG_DESTINATION
	b.eq	destination
	cmp	x9, #FLAG_INDIRECTION
	b.eq	indirection
	cmp	x9, #FLAG_DONE
	b.eq	done
bad:	mov	w0, #STAGE_BAD_LIST
	b	failed

destination:
	mov	x21, x22
	b	next
indirection:
	mov	x20, x22
next:
	cbz	x20, bad		/* the head was no INDIRECTION */
	ldr	x9, [x20], #8
	b	entry

done:
	dsb	sy
	letter	STAGE_COPIED
	ldr	w0, PARAM(PARAM_CHECK)
	cbz	w0, leave
	hash_compare damaged
	letter	STAGE_VERIFIED

leave:
	mmu_off
	cbnz	x10, enter
	hvc	#0
	/* A hypervisor has answered both. */
	b	enter

	/*
	 * The list is damaged, or the new kernel is not what was loaded. Report it by the
	 * letter in w0, then reset.
	 */
damaged:
	mov	w0, #STAGE_DAMAGED
failed:
	bl	stage
no_letter:
	reset

	define_stage
	define_hash

	/* At EL2, by the call above; or at the level that it was. */
	.org	VECTORS_CALL
enter:
	enter_kernel

source:
	tbnz	x21, #0, bad
	cmp	x22, x21
	b.eq	in_place
	hash_page_start
	mov	w8, #(PAGE / CHUNK)
	/* The first of each chunk moves all three to where it is. */
	sub	x22, x22, #CHUNK
	add	x13, x22, #4
	sub	x21, x21, #CHUNK
1:	ldp	x4, x5, [x22, #CHUNK]!
	ldp	x6, x7, [x13, #CHUNK]!
	stp	x4, x5, [x21, #CHUNK]!
	hash_words w4, w6, w5, w7
	.irp	offset, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224
	move	\offset
	.endr
	/* Nothing may be behind the last 16 bytes. */
	ldp	x4, x5, [x22, #240]
	stp	x4, x5, [x21, #240]
	lsr	x6, x4, #32
	lsr	x7, x5, #32
	hash_words w4, w6, w5, w7
	subs	w8, w8, #1
	b.ne	1b
	hash_join
	/* The new kernel starts with the data cache off. */
	sub	x4, x21, #(PAGE - CHUNK)
	add	x21, x21, #CHUNK
2:	.rept	8
	dc	civac, x4
	add	x4, x4, x23
	.endr
	cmp	x4, x21
	b.ne	2b
	b	next
in_place:
	add	x21, x21, #PAGE
	b	next

	/* An exception of this code. Fails to assemble if that is too long. */
	.org	VECTORS_USED
	br	x28

	/* The end of a rehearsal, entered as a new kernel is; x0 is this page. */
	.org	BACK
	add	x0, x0, #PARAMS
	ldp	x2, x1, [x0, #PARAM_BACK]
	msr	sctlr_el1, x1
	isb
	br	x2

	.org	PARAMS
arm64_trampoline_end:
	.section .note.GNU-stack, "", %progbits
