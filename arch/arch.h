/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What trampolines and stubs are to everyone else. Each arch/<cpu>/ has
 *
 *   trampoline.S   the code in the first control page: it copies and enters
 *   switch.S       the code that gets there from the running kernel
 *   control.c      writes the control pages
 *   trampoline.h   the interface; its names begin with <cpu>_
 *   entry.S        the stub: it enters a kernel that the running kernel has copied
 *
 * The leap: the running kernel, with interrupts off and one CPU left, calls
 * <cpu>_switch(). It loads page tables of ours and jumps to control page 0, where the
 * trampoline walks the list, copies each page to its destination, and enters the new
 * kernel.
 *
 * Where the running kernel's own kexec_load(2) copies and leaves, it can set no registers:
 * the stub does, one page of the image, which it jumps to.
 */
#ifndef ARCH_ARCH_H
#define ARCH_ARCH_H

#include "hash.h"

/*
 * The stage letters that the trampoline writes to the UART. A leap that fails shows the
 * last stage it reached. A stub starts with STAGE_COPIED.
 */
#define STAGE_ARRIVED	'k'	/* in the trampoline, on its tables and segments */
#define STAGE_FLAT	'l'	/* nothing of the old kernel is used any more */
#define STAGE_COPIED	'e'	/* every page is home */
#define STAGE_VERIFIED	'v'	/* and is what was loaded; only if that is checked */
#define STAGE_ENTER	'a'	/* about to enter the new kernel */
#define STAGE_DAMAGED	'?'	/* what was moved is not what was loaded: reset */
#define STAGE_BAD_LIST	'!'	/* an entry with an unknown meaning: reset */

#ifndef __ASSEMBLER__

#include "kimg.h"
#include "kleap_entry.h"

/* A UART for the stage letters. All registers that are used are in one page. */
struct arch_uart {
	uint64_t address;	/* I/O port, or physical address; 0: none */
	enum kleap_uart_type type;
};

/* How to ask the firmware for a reset, by PSCI; on x86 an exception resets. */
enum arch_conduit { ARCH_CONDUIT_NONE, ARCH_CONDUIT_HVC, ARCH_CONDUIT_SMC };

/* What a trampoline is told. */
struct arch_leap {
	struct kleap_entry entry;
	uint64_t head;		/* the list's first entry */
	struct arch_uart uart;
	enum arch_conduit conduit;
	bool check;		/* hash all pages that were moved, and compare */
	struct hash moved;	/* with this: the total in the order of the list */
};

/*
 * The control pages and what they are written from. The first holds the trampoline,
 * the others page tables.
 */
struct arch_control {
	const struct kimg_host *host;
	uint64_t frame;			/* of the first */
	const uint64_t *table;		/* frames of the others; as many as are counted */
	/*
	 * The page of <cpu>_switch(): its address and its frame. It is mapped at this
	 * address in the running kernel's tables and in ours.
	 */
	uint64_t switch_address, switch_frame;
	/*
	 * All memory that the leap touches, sorted, disjoint, in whole pages; used where
	 * the trampoline copies with paging on.
	 */
	const struct kimg_range *memory;
	uint32_t memories;
	/* The paging of the running kernel, as far as the processor has a choice. */
	bool pae;			/* i386: CR4.PAE is set */
	bool la57;			/* x86_64: CR4.LA57 is set */
	bool gib_pages;			/* x86_64: there are pages of 1 GiB */
	bool lpa2;			/* arm64: TCR_EL1.DS is set */
	bool lpae;			/* arm: TTBCR.EAE is set */
	bool shared;			/* arm: TTBCR.SH0 is not 0; without LPAE, TTBR0.S is set */
	/* arm64: MAIR_EL1. arm: MAIR1 and MAIR0; without LPAE, NMRR and PRRR if SCTLR.TRE is set. */
	uint64_t mair;
	uint64_t uart;			/* arm, arm64: as in struct arch_leap, to be mapped */
};

/* What a stub is told. */
#define ARCH_STUB_RANGES 16u

struct arch_stub {
	struct kleap_entry entry;
	struct arch_uart uart;
	enum arch_conduit conduit;
	bool check;		/* hash all pages of the ranges, and compare */
	struct hash loaded;	/* with this: the total in their order */
	/* What was loaded, in whole pages, but not the stub's own page. */
	uint32_t ranges;
	struct kimg_range range[ARCH_STUB_RANGES];
};

#endif
#endif
