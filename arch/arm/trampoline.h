/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control pages of an arm leap, and the trampoline that runs in the first.
 *
 *   page 0   code from 0, parameters at PARAMS
 *   tables   two sets. One maps the page of arm_switch() at its own address, and page 0 at its
 *            physical address. The other maps all memory that the leap touches, and the UART,
 *            at their physical addresses, any of which may be that of arm_switch().
 *
 * The trampoline copies with the MMU and the caches on, cleans what it moved from the data
 * cache, turns them off, and enters the new kernel: in HYP mode if the running kernel was
 * started there, else in SVC mode. It cleans neither pages that are in place nor what is not
 * its own: these are clean when the leap begins. An outer cache is off by then.
 */
#ifndef ARCH_ARM_TRAMPOLINE_H
#define ARCH_ARM_TRAMPOLINE_H

#include "params.h"

#ifndef __ASSEMBLER__

/* The trampoline's code: position independent, up to PARAMS bytes. */
extern const unsigned char arm_trampoline[];
extern const unsigned char arm_trampoline_end[];

/*
 * Can these tables be written? There must be attributes for memory in MAIR or PRRR, and for
 * devices if there is a UART; and the address of page 0 must not be that of the page of
 * arm_switch(): then another page will do.
 */
bool arm_can_map(const struct arch_control *control);

/* The number of tables that these control pages need. Uses no `host`, no `table`. */
uint32_t arm_table_count(const struct arch_control *control);

/*
 * The order of a table's block of frames: 2 for the first two of the number if page tables
 * have short descriptors, else 0.
 */
unsigned int arm_table_order(const struct arch_control *control, uint32_t table);

/*
 * Write the control pages. `control->memory` has page 0 in it; it and the control pages lie
 * below 4 GiB. `size` bytes of code are the trampoline's. Returns what arm_switch() needs.
 */
uint64_t arm_control_write(const struct arch_control *control, const void *code,
			   size_t size, const struct arch_leap *leap);

/*
 * Load the tables at `tables` and jump to the trampoline at physical address `page`. One
 * CPU. Does not return.
 */
void arm_switch(uint32_t tables, uint32_t page);

/*
 * The same, and back, if the trampoline was told the entry state that arm_rehearsal() makes.
 * The processor is as it was; interrupts were off meanwhile.
 */
void arm_rehearse(uint32_t tables, uint32_t page);

/* Write what the data cache has of [start, end) to memory. */
void arm_clean(const void *start, const void *end);

#endif
#endif
