/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A processor for the code in arch/: the memory of a simulated machine, the old kernel's
 * page tables, a UART, and Unicorn to run it. What goes in is a sealed image with its
 * control pages, or a stub; what comes out is where it ended and what memory holds.
 */
#ifndef LEAP_MACHINE_H
#define LEAP_MACHINE_H

#include "support.h"
#include "kleap_entry.h"

/* The machine's memory: two blocks. The old kernel's tables lie elsewhere. */
#define LEAP_LOW	(12ull << 20)	/* from 0 */
#define LEAP_HIGH	(1ull << 32)	/* from here; only on x86_64 */
#define LEAP_HIGH_SIZE	(4ull << 20)
#define LEAP_FRAMES	((LEAP_LOW + LEAP_HIGH_SIZE) >> 12)
/*
 * Where the running kernel has <cpu>_switch(): address, and frame. For fetches Unicorn 2.0
 * looks a page up in the tables, and raises a fault if it is not there, but then takes the
 * address as it is.
 */
#define LEAP_SWITCH_32	0xf8765000u
#define LEAP_SWITCH_64	0xffffffffc0abc000u
#define LEAP_SWITCH_FRAME 0x21f64u
#define LEAP_UART	0x3f8u
/* The most that a letter is worth waiting for. */
#define LEAP_POLLS	0x10000u

struct leap {
	/* What goes in. */
	bool x86_64;			/* the processor, and the mode of the old kernel */
	bool pae, la57;			/* its paging: i386, x86_64 */
	bool mce;			/* CR4.MCE is set, on x86_64 */
	uint64_t cr3, page;		/* the arguments of <cpu>_switch() */
	uint64_t address;		/* where the new kernel is entered */
	unsigned int uart_busy;		/* polls before its transmitter is free */
	bool read_only[LEAP_FRAMES];	/* pages that must not be written to */

	/* What comes out. */
	bool entered;			/* the new kernel; else it stopped */
	char letters[8];		/* on the UART */
	unsigned int polls;		/* since the last letter */
	uint64_t cr4_at_arrival;	/* in the trampoline */
	uint64_t cs_at_letter;		/* the first one: */
	uint64_t gdt_at_letter, idt_at_letter, idt_limit_at_letter;
	uint64_t stopped_at;		/* if not entered */
	const char *trouble;		/* an exception or a wild access; or NULL */
	uint64_t reg[8];		/* AX to SP */
	uint64_t flags, cr0, cr3_after, cr4, efer, dr7;
	uint64_t cs, ds, es, fs, gs, ss;
	uint64_t gdt_base, gdt_limit, idt_base, idt_limit, fs_base, gs_base;
	uint64_t tr, tr_base, ldtr, ldtr_base;
	unsigned char *memory;		/* LEAP_FRAMES pages, until leap_close() */
	void *engine;
};

/* The page of a frame in `memory` and `read_only`; LEAP_FRAMES: there is no memory. */
size_t leap_index(uint64_t frame);

/* LEAP_FRAMES pages as `sim` has them now; zeros where it has none. For free(). */
unsigned char *leap_memory(struct sim *sim);

/* Was a transmitter that is busy for `busy` polls waited for as long as it should be? */
bool leap_waited(unsigned int polls, unsigned int busy);

/* The memory at an address. */
unsigned char *leap_at(const struct leap *leap, uint64_t address);

/* Start with the memory that `sim` has now, or with none. */
void leap_open(struct leap *leap, struct sim *sim);
/* Call <cpu>_switch(). */
void leap_run(struct leap *leap);
/* Call <cpu>_rehearse(): enters `address`, which is that of the call, when it returns. */
void leap_rehearse(struct leap *leap);
/* Jump to a stub in `page`, as the old kernel's kexec does. */
void leap_run_stub(struct leap *leap);
void leap_close(struct leap *leap);

/* Is the processor as it was before a rehearsal? */
void leap_judge_back(const struct leap *leap, const char *letters);

/*
 * Was the new kernel entered in this state, after `letters`? If it brought no GDT it has
 * one in the page of the code that entered it.
 */
void leap_judge(const struct leap *leap, const struct kleap_entry *entry,
		const char *letters);

/* An exception that became a reset, after `letters`. */
void leap_judge_reset(const struct leap *leap, const char *letters);

#endif
