/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A processor for the code in arch/arm/ and arch/arm64/: as leap_machine.h is for x86. Unicorn
 * has no caches and enters no exceptions: the machine keeps account of lines that were written
 * and not cleaned, and stands in for what answers an hvc.
 */
#ifndef ARM_MACHINE_H
#define ARM_MACHINE_H

#include "leap_machine.h"
#include "arm/params.h"
#include "arm_mair.h"

/* Where the running kernel has <cpu>_switch(); its frame is LEAP_SWITCH_FRAME. */
#define ARM64_SWITCH	0xffff800000abc000u
#define ARM_SWITCH	0xbf765000u

#define ARM_UART	0x9000000u

/*
 * What becomes of a call to EL2 or HYP mode: it is undefined, a hypervisor answers that it does not
 * know it, or that it does; or there is what Linux left, until memory is written to.
 */
enum arm_hvc { ARM_HVC_UNDEFINED, ARM_HVC_ANSWERED, ARM_HVC_ACCEPTED, ARM_HVC_STUB };

struct arm_leap {
	/* What goes in. */
	bool arm64;			/* else arm */
	bool lpae;			/* arm: the old kernel's paging */
	uint64_t tables, page;		/* the arguments of <cpu>_switch(), */
	uint64_t slot;			/* and of arm64_switch_park() */
	uint64_t switch_address;	/* where the old kernel has <cpu>_switch() */
	uint64_t address;		/* where the new kernel is entered */
	struct arch_uart uart;
	unsigned int uart_busy;		/* polls before its transmitter is free */
	enum arm_hvc hvc;
	bool read_only[LEAP_FRAMES];	/* pages that must not be written to */

	/* What comes out. */
	bool entered;			/* the new kernel; else it stopped */
	bool reset;			/* by PSCI, asked by this conduit: */
	enum arch_conduit by;
	bool stopped;			/* it waits for ever */
	char letters[8];		/* on the UART */
	unsigned int polls;		/* since the last letter */
	unsigned int hvcs;		/* calls to EL2 */
	unsigned int exceptions;	/* others */
	uint64_t stopped_at;		/* if not entered */
	const char *trouble;		/* an exception or a wild access; or NULL */
	uint64_t instructions;		/* from <cpu>_switch() on */
	uint64_t reg[4];		/* the first */
	bool risen;			/* to EL2, or HYP mode */
	bool interrupts, caches, mmu;	/* are they on? */
	unsigned char *memory;		/* LEAP_FRAMES pages, until leap_close() */
	bool *dirty;			/* its lines of ARM_LINE bytes */
	bool stale;			/* something written since the instruction cache was emptied */
	bool stored;			/* something written */
	uint64_t vectors;		/* of EL2 or HYP mode, if they are not Linux's */
	bool hyp;			/* arm: in HYP mode by Linux's code, to go back to: */
	uint64_t back;
	uint64_t hsctlr;
	void *engine;
};

#define ARM_LINE	32u

/* Start with the memory that `sim` has now, or with none. */
void arm_leap_open(struct arm_leap *leap, struct sim *sim);
/* Call <cpu>_switch(). */
void arm_leap_run(struct arm_leap *leap);
/* An event for a CPU that waits in `page`. */
void arm_leap_wake(struct arm_leap *leap);
/* Call <cpu>_rehearse(), and judge that the processor is as it was, after `letters`. */
void arm_leap_rehearse(struct arm_leap *leap, const char *letters);
/* Jump to a stub in `page`, as the old kernel's kexec does. */
void arm_leap_run_stub(struct arm_leap *leap);
void arm_leap_close(struct arm_leap *leap);

/* Was the new kernel entered in this state, after `letters`? */
void arm_leap_judge(const struct arm_leap *leap, const struct kleap_entry *entry,
	       const char *letters);

/* A reset, or without a conduit a stop, after `letters`. */
void arm_leap_judge_reset(const struct arm_leap *leap, enum arch_conduit conduit,
		     const char *letters);

#endif
