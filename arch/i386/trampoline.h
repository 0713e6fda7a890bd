/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The control pages of an i386 leap, and the trampoline that runs in the first.
 *
 *   control[0]   code from 0, parameters at TRAMPOLINE_PARAMS, stack at the end
 *   control[1..] page tables that map two pages: the code that switches to them,
 *                at its own address, and control[0] at its physical address
 *
 * The leap: the running kernel, with interrupts off and one CPU left, calls
 * i386_switch(). It loads the tables and jumps to control[0], which turns paging
 * off, copies the pages that the list names, and enters the new kernel.
 */
#ifndef ARCH_I386_TRAMPOLINE_H
#define ARCH_I386_TRAMPOLINE_H

/* Offset of struct i386_params in control[0]. */
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

/*
 * The stage letters that the trampoline writes to the UART. A leap that fails shows the
 * last stage it reached.
 */
#define STAGE_ARRIVED	'k'	/* in the trampoline, paging still on */
#define STAGE_FLAT	'l'	/* paging off, own segments */
#define STAGE_COPIED	'e'	/* every page is home */
#define STAGE_VERIFIED	'v'	/* and is what was loaded; only if that is checked */
#define STAGE_ENTER	'a'	/* about to enter the new kernel */
#define STAGE_DAMAGED	'?'	/* what was moved is not what was loaded: reset */
#define STAGE_BAD_LIST	'!'	/* an entry with an unknown meaning: reset */

#ifndef __ASSEMBLER__

#include "../hash.h"
#include "kimg.h"

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

/* The trampoline's code: position independent, below TRAMPOLINE_PARAMS bytes. */
extern const unsigned char i386_trampoline[];
extern const unsigned char i386_trampoline_end[];

/*
 * Control pages that a leap needs: the trampoline's, the top table, and two
 * tables a level for two pages that may lie anywhere.
 */
#define I386_CONTROL_PAGES_PAE		6u
#define I386_CONTROL_PAGES_PLAIN	4u

/* Where the code that switches tables lies: it must be mapped at one address in
 * the running kernel's tables and in ours. */
struct i386_switch_page {
	uint32_t virtual;	/* address of the page */
	uint64_t frame;
};

/*
 * Write the control pages of a placed image: trampoline, parameters, tables.
 *
 * image     PLACED or later, with I386_CONTROL_PAGES_PAE (or _PLAIN) control
 *           pages below the switch page's virtual address, so that the two
 *           mappings cannot collide.
 * code      the trampoline's code, `size` bytes.
 * pae       whether the running kernel has CR4.PAE set.
 * Returns the value for CR3.
 */
uint32_t i386_control_write(const struct kimg_image *image, const void *code,
			    size_t size, const struct i386_params *params,
			    const struct i386_switch_page *page, bool pae);

/*
 * Load the tables at `cr3` and jump to the trampoline at physical address `control`.
 * Interrupts off, one CPU. Does not return. Arguments are on the stack, regardless of
 * the kernel's calling convention.
 */
#ifdef __i386__
__attribute__((regparm(0)))
#endif
void i386_switch(uint32_t cr3, uint32_t control);

#endif
#endif
