/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The arm64 stub: where Linux's kexec_load(2) enters an image of ours.
 *
 * Entered with the MMU, the caches and interrupts off, at the level that the new kernel
 * gets. Memory cannot be accessed but at aligned addresses.
 */
#include "code.h"

	.section .rodata.arm64_stub, "a"
	.balign 16
	.globl arm64_stub
	.globl arm64_stub_end

arm64_stub:
	adr	x19, arm64_stub
	add	x19, x19, #PARAMS
	letter	STAGE_COPIED
	ldr	w0, PARAM(PARAM_CHECK)
	cbz	w0, enter
	hash_start
	add	x20, x19, #PARAM_RANGES
range:
	ldp	x21, x22, [x20], #16
	cbz	x22, hashed
page:
	cmp	x21, x22
	b.eq	range
	hash_page_start
1:	ldp	w4, w5, [x21]
	ldp	w6, w7, [x21, #8]
	add	x21, x21, #16
	hash_words w4, w5, w6, w7
	tst	x21, #OFFSET_MASK
	b.ne	1b
	hash_join
	b	page
hashed:
	hash_compare damaged
	letter	STAGE_VERIFIED
enter:
	enter_kernel

	/* Report it, then reset. */
damaged:
	letter	STAGE_DAMAGED
	reset

	define_stage
	define_hash

	/* Fails to assemble if the code runs into the parameters. */
	.org	PARAMS
arm64_stub_end:
	.section .note.GNU-stack, "", %progbits
