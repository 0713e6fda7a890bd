/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What stubs are tested with, whatever the processor: ranges of memory, their sum, and
 * damage to both. The memory is that of leap_machine.h.
 */
#ifndef STUB_RANGES_H
#define STUB_RANGES_H

#include "arch.h"
#include "leap_machine.h"

/* Where the stub is. */
#define STUB		0x400000u

/* Bytes from `seed` in all memory. */
void stub_fill_memory(unsigned char *memory, uint64_t *seed);

/* Ranges of several shapes, with `high` one above 4 GiB, and their sum. */
void stub_set_ranges(struct arch_stub *stub, unsigned char *memory, bool high);

/* `ranges` of a page each, and their sum. */
void stub_set_pages(struct arch_stub *stub, unsigned char *memory, uint32_t ranges);

/* Change a bit in a range of stub_set_ranges(), or in the sum; STUB_DAMAGES ways. */
#define STUB_DAMAGES	(8u + HASH_LANES)
void stub_damage(struct arch_stub *stub, unsigned char *memory, size_t way, bool high);

/* Change a bit that is in none of those ranges; STUB_HARMLESS ways. */
#define STUB_HARMLESS	7u
void stub_change_elsewhere(unsigned char *memory, size_t way);

/* Nothing changed but the stub's page. */
void stub_judge_memory(const unsigned char *memory, const unsigned char *before);

#endif
