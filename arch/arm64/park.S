/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where a CPU waits from one kernel to the next; see park.h.
 *
 * Entered through arm64_switch_park() at the physical address of its page, which is in x1,
 * with the MMU and the caches on; x2 is the number of its slot. Several CPUs at once.
 */
#include "park.h"
#include "code.h"

	.section .rodata.arm64_park, "a"
	.balign 16
	.globl arm64_park
	.globl arm64_park_end

arm64_park:
	add	x0, x1, #VECTORS
	msr	vbar_el1, x0
	/* x28: where an exception goes. */
	adr	x28, parked
	add	x19, x1, #PARAMS
	add	x19, x19, x2, lsl #SLOT_SHIFT
	mmu_off
	rise	parked
parked:
	ldr	x4, [x19, #SLOT_RELEASE]
	mov	x5, #1
	str	x5, [x19, #SLOT_PARKED]
	dsb	sy
1:	wfe
	ldr	x5, [x4]
	cbz	x5, 1b
	mov	x0, xzr
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	br	x5

	/* An exception of this code. */
	.org	VECTORS_USED
	br	x28

	.org	PARAMS
arm64_park_end:
	.section .note.GNU-stack, "", %progbits
