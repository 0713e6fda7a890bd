/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control pages of an i386 leap, and the trampoline that runs in the first.
 *
 *   page 0   code from 0, parameters at PARAMS, stack at the end
 *   tables   they map two pages: that of i386_switch() at its own address, and page 0
 *            at its physical address
 *
 * The trampoline turns paging off, copies, and enters the new kernel.
 */
#ifndef ARCH_I386_TRAMPOLINE_H
#define ARCH_I386_TRAMPOLINE_H

#include "../x86/params.h"

#ifndef __ASSEMBLER__

/* The trampoline's code: position independent, up to PARAMS bytes. */
extern const unsigned char i386_trampoline[];
extern const unsigned char i386_trampoline_end[];

/* The number of tables that these control pages need. Uses no `host`, no `table`. */
uint32_t i386_table_count(const struct arch_control *control);

/*
 * Write the control pages. Page 0 is below the page of i386_switch() in its virtual
 * address, so that the two mappings cannot collide. `size` bytes of code are the
 * trampoline's. Returns the value for CR3.
 */
uint64_t i386_control_write(const struct arch_control *control, const void *code,
			    size_t size, const struct arch_leap *leap);

/*
 * Load the tables at `cr3` and jump to the trampoline at physical address `page`.
 * Interrupts off, one CPU. Does not return. Arguments are on the stack, regardless of
 * the kernel's calling convention.
 */
#ifdef __i386__
__attribute__((regparm(0)))
#endif
void i386_switch(uint32_t cr3, uint32_t page);

/*
 * The same, and back, if the trampoline was told the entry state that x86_rehearsal() makes.
 * The processor is as it was; interrupts were off meanwhile.
 */
#ifdef __i386__
__attribute__((regparm(0)))
#endif
void i386_rehearse(uint32_t cr3, uint32_t page);

#endif
#endif
