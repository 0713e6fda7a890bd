/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The sum that a trampoline makes of the pages it has moved, and that a host makes
 * of their sources beforehand: for each word of 32 bits, in the order of the list,
 *
 *	sum = (sum ^ word) * CHECKSUM_FACTOR
 *	sum = sum ^ (sum >> CHECKSUM_SHIFT)
 *
 * Both lines can be undone, so one word that changed always changes the sum; so do
 * pages that changed places. A few instructions a word, no table, no stack: it finds
 * what went wrong, not what somebody forged. That is for the host's digest.
 */
#ifndef ARCH_CHECKSUM_H
#define ARCH_CHECKSUM_H

#define CHECKSUM_FACTOR	0x9e3779b1	/* odd */
#define CHECKSUM_SHIFT	15

#ifndef __ASSEMBLER__

#include "kimg_env.h"

/* The sum so far, 0 at first, and `size` more bytes: a multiple of 4, aligned to 4. */
static inline uint32_t checksum(uint32_t sum, const void *from, size_t size)
{
	const uint32_t *word = from, *end = word + size / sizeof(*word);

	for (; word < end; word++) {
		sum = (sum ^ *word) * CHECKSUM_FACTOR;
		sum ^= sum >> CHECKSUM_SHIFT;
	}
	return sum;
}

#endif
#endif
