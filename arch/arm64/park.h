/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The parking page of machines with spin tables: the firmware has no way to take a CPU back,
 * so it waits here. A CPU looks at a word of memory, its release address in the device tree,
 * and goes where the next kernel says: as in the firmware's own loop.
 *
 *   code from 0, exception vectors, a slot for each CPU from PARAMS on
 *
 * The page must stay as it is as long as a CPU may be in it.
 */
#ifndef ARCH_ARM64_PARK_H
#define ARCH_ARM64_PARK_H

#include "../arm/params.h"

/* Offsets in struct arm64_slot, and the logarithm of its size, for the assembly. */
#define SLOT_RELEASE	0
#define SLOT_PARKED	8
#define SLOT_SHIFT	4

#ifndef __ASSEMBLER__

struct arm64_slot {
	uint64_t release;	/* the word's address; the word is 0 until then */
	/*
	 * 1: the CPU is in this page, with its MMU and caches off, and uses nothing else. It
	 * is written past the caches.
	 */
	uint64_t parked;
};

#define ARM64_SLOTS ((PAGE - PARAMS) / sizeof(struct arm64_slot))

_Static_assert(offsetof(struct arm64_slot, release) == SLOT_RELEASE, "release");
_Static_assert(offsetof(struct arm64_slot, parked) == SLOT_PARKED, "parked");
_Static_assert(sizeof(struct arm64_slot) == 1 << SLOT_SHIFT, "slots");

/* The code: position independent, PARAMS bytes. */
extern const unsigned char arm64_park[];
extern const unsigned char arm64_park_end[];

/*
 * Park the CPU that calls, in the slot with this number: load the tables at `tables`, which
 * map the page at physical address `page`, and jump there. Does not return.
 */
void arm64_switch_park(uint64_t tables, uint64_t page, uint64_t slot);

#endif
#endif
