/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control pages of an arm64 leap, and the trampoline that runs in the first.
 *
 *   page 0   code from 0, exception vectors, parameters at PARAMS
 *   tables   for the lower half of the address space: they map all memory that the leap
 *            touches, and the UART, at their physical addresses
 *
 * The trampoline copies with the MMU and the caches on, cleans what it moved from the data
 * cache, turns them off, and enters the new kernel: at EL2 if the running kernel was started
 * there, else at EL1. It cleans neither pages that are in place nor what is not its own: these
 * are clean when the leap begins.
 */
#ifndef ARCH_ARM64_TRAMPOLINE_H
#define ARCH_ARM64_TRAMPOLINE_H

#include "../arm/params.h"

#ifndef __ASSEMBLER__

/* The trampoline's code: position independent, up to PARAMS bytes. */
extern const unsigned char arm64_trampoline[];
extern const unsigned char arm64_trampoline_end[];

/*
 * Does MAIR have attributes for memory, and for devices if there is a UART? Without them
 * there are no tables.
 */
bool arm64_can_map(const struct arch_control *control);

/* The number of tables that these control pages need. Uses no `host`, no `table`. */
uint32_t arm64_table_count(const struct arch_control *control);

/*
 * Write the control pages. `control->memory` has page 0 in it; it and the UART lie below
 * 2^48. `size` bytes of code are the trampoline's. Returns the value for TTBR0_EL1.
 */
uint64_t arm64_control_write(const struct arch_control *control, const void *code,
			     size_t size, const struct arch_leap *leap);

/*
 * Load the tables at `tables` and jump to the trampoline at physical address `page`. One
 * CPU. Does not return.
 */
void arm64_switch(uint64_t tables, uint64_t page);

/*
 * The same, and back, if the trampoline was told the entry state that arm_rehearsal() makes.
 * The processor is as it was; interrupts were off meanwhile.
 */
void arm64_rehearse(uint64_t tables, uint64_t page);

/* Write what the data cache has of [start, end) to memory. */
void arm64_clean(const void *start, const void *end);

#endif
#endif
