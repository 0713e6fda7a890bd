/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arithmetic on addresses that cannot go wrong silently. All address arithmetic
 * of the engine that could wrap goes through here; there is no 64-bit division.
 *
 * In this folder a comment that begins with @ is a contract that was proved: see
 * docs/proof.md, also for how to read it.
 */
#ifndef KIMG_ARITH_H
#define KIMG_ARITH_H

#include "kimg_env.h"

/* *sum = a + b. Returns false, and leaves *sum, if that does not fit. */
/*@ requires \valid(sum);
    assigns *sum;
    ensures \result <==> a + b <= UINT64_MAX;
    ensures *sum == (\result ? a + b : \old(*sum)); */
static inline bool kimg_add(uint64_t a, uint64_t b, uint64_t *sum)
{
	if (b > UINT64_MAX - a)
		return false;
	*sum = a + b;
	return true;
}

/* Whether `value` is a multiple of 2^shift; shift is below 32. */
/*@ requires shift < 32;
    assigns \nothing;
    ensures \result <==> value % (1 << shift) == 0; */
static inline bool kimg_aligned(uint64_t value, unsigned int shift)
{
	return !((uint32_t)value & (((uint32_t)1 << shift) - 1));
}

/* Whether the half-open ranges a..a_end and b..b_end, both not empty, share a byte. */
/*@ requires a < a_end && b < b_end;
    assigns \nothing;
    ensures \result <==> \exists integer x; a <= x < a_end && b <= x < b_end; */
static inline bool kimg_overlap(uint64_t a, uint64_t a_end,
				uint64_t b, uint64_t b_end)
{
	return a < b_end && b < a_end;
}

#endif
