/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control pages of an i386 leap, and the trampoline that runs in the first.
 *
 *   page 0   code from 0, parameters at TRAMPOLINE_PARAMS, stack at the end
 *   tables   they map two pages: that of i386_switch() at its own address, and page 0
 *            at its physical address
 *
 * The trampoline turns paging off, copies, and enters the new kernel.
 */
#ifndef ARCH_I386_TRAMPOLINE_H
#define ARCH_I386_TRAMPOLINE_H

#include "../arch.h"

/* Offset of struct i386_params in page 0. */
#define TRAMPOLINE_PARAMS 0x800

/* Offsets in struct i386_params, for the assembly. */
#define PARAM_HEAD	0x00
#define PARAM_UART	0x04
#define PARAM_GDT	0x08
#define PARAM_EIP	0x10
#define PARAM_EAX	0x14
#define PARAM_EBX	0x18
#define PARAM_ECX	0x1c
#define PARAM_EDX	0x20
#define PARAM_ESI	0x24
#define PARAM_EDI	0x28
#define PARAM_EBP	0x2c
#define PARAM_ESP	0x30
#define PARAM_CHECK	0x34
#define PARAM_HASH	0x38

#ifndef __ASSEMBLER__

struct i386_params {
	uint32_t head;		/* the list's first entry */
	uint32_t uart;		/* I/O port of an 8250, 0: none */
	uint16_t gdt_limit;	/* the new kernel's GDT; 0: keep the trampoline's */
	uint16_t gdt_base_low;	/* base in two halves: lgdt wants it at offset 2 */
	uint16_t gdt_base_high;
	uint16_t pad;
	uint32_t eip, eax, ebx, ecx, edx, esi, edi, ebp, esp;
	uint32_t check;		/* 1: hash all pages moved, and compare */
	struct hash moved;	/* with this: the total in the order of the list */
};

/* The trampoline's code: position independent, up to TRAMPOLINE_PARAMS bytes. */
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

#endif
#endif
