/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control pages of an x86_64 leap, and the trampoline that runs in the first.
 *
 *   page 0   below 4 GiB; code from 0, parameters at PARAMS, stack at the end
 *   tables   they map all memory that the leap touches at its physical address, and the
 *            page of x86_64_switch() at its own
 *
 * The trampoline copies in 64-bit mode, with as many levels of paging as the running
 * kernel has, and enters the new kernel in 64-bit mode, or in 32-bit mode with paging off.
 */
#ifndef ARCH_X86_64_TRAMPOLINE_H
#define ARCH_X86_64_TRAMPOLINE_H

#include "../x86/params.h"

#ifndef __ASSEMBLER__

/* The trampoline's code: position independent, up to PARAMS bytes. */
extern const unsigned char x86_64_trampoline[];
extern const unsigned char x86_64_trampoline_end[];

/* The number of tables that these control pages need. Uses no `host`, no `table`. */
uint32_t x86_64_table_count(const struct arch_control *control);

/*
 * Write the control pages. `control->memory` has page 0 in it, and lies in the lower half
 * of the address space; the page of x86_64_switch() is in the upper one. `size` bytes of
 * code are the trampoline's. Returns the value for CR3.
 */
uint64_t x86_64_control_write(const struct arch_control *control, const void *code,
			      size_t size, const struct arch_leap *leap);

/*
 * Load the tables at `cr3` and jump to the trampoline at physical address `page`.
 * Interrupts off, one CPU. Does not return.
 */
void x86_64_switch(uint64_t cr3, uint64_t page);

/*
 * The same, and back, if the trampoline was told the entry state that x86_rehearsal() makes.
 * The processor is as it was; interrupts were off meanwhile. Not while CR4.VMXE is set: the
 * processor would refuse to leave it behind.
 */
void x86_64_rehearse(uint64_t cr3, uint64_t page);

#endif
#endif
