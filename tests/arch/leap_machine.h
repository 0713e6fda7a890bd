/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A processor for the code in arch/i386/: the memory of a simulated machine, old
 * page tables with paging on, a UART, and Unicorn to run it. What goes in is a
 * sealed image with its control pages; what comes out is where it ended and what
 * memory holds.
 */
#ifndef LEAP_MACHINE_H
#define LEAP_MACHINE_H

#include "support.h"
#include "trampoline.h"

/* The machine's memory: 0 up to this. The old kernel's tables lie elsewhere. */
#define LEAP_MEMORY	(12u << 20)
/*
 * Where the running kernel has i386_switch(): address, and frame. They name the
 * same page, since Unicorn 2.0 looks a page up in the tables, and raises a fault
 * if it is not there, but then takes the address as it is.
 */
#define LEAP_SWITCH	0x78765000u
#define LEAP_SWITCH_FRAME (LEAP_SWITCH >> 12)
#define LEAP_UART	0x3f8u
/* The most that a letter is worth waiting for. */
#define LEAP_POLLS	0x10000u

struct leap {
	/* What goes in. */
	bool pae;
	uint32_t cr3, control;		/* the arguments of i386_switch() */
	uint32_t eip;			/* where the new kernel is entered */
	unsigned int uart_busy;		/* polls before its transmitter is free */
	bool read_only[LEAP_MEMORY >> 12];	/* frames that must not be written to */

	/* What comes out. */
	bool entered;			/* the new kernel; else it stopped */
	char letters[8];		/* on the UART */
	unsigned int polls;		/* since the last letter */
	bool global_pages;		/* CR4.PGE in the trampoline */
	uint32_t stopped_at;		/* if not entered */
	const char *trouble;		/* an exception or a wild access; or NULL */
	uint32_t eax, ebx, ecx, edx, esi, edi, ebp, esp, eflags;
	uint32_t cr0, cr3_after, cr4;
	uint32_t cs, ds, es, fs, gs, ss;
	uint32_t gdt_base, gdt_limit, idt_limit, dr7;
	unsigned char *memory;		/* LEAP_MEMORY bytes, until leap_close() */
	void *engine;
};

/*
 * The frame that the tables at `cr3` have at an address, as the Intel SDM says:
 * by a walk of our own through the simulated machine. 0: none.
 */
uint32_t leap_translate(struct sim *sim, bool pae, uint32_t cr3, uint32_t address);

/* Start with the memory that `sim` has now. */
void leap_open(struct leap *leap, struct sim *sim);
void leap_run(struct leap *leap);
void leap_close(struct leap *leap);

#endif
