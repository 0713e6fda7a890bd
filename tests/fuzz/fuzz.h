/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the fuzzers share: decoding an input, and reporting violations.
 *
 * A fuzzer is one file fuzz_*.c with the function that libFuzzer calls for each
 * input. It reads the input as a list of decisions, does what they say, and calls
 * broken() (tests/lib/holds.h), which ends the run with a crash, as libFuzzer
 * expects, if something is wrong. Every input is valid: when it is used up, all
 * further decisions are 0.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "holds.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What is left of an input. */
struct input {
	const uint8_t *at;
	size_t left;
};

/* A number of `bytes` bytes (1 to 8), the low end first. */
uint64_t take(struct input *input, unsigned int bytes);

/* A number below `sides` (at least 1), from as few bytes as it needs. */
uint64_t take_below(struct input *input, uint64_t sides);

/*
 * A number of the sort that addresses and sizes are: small, around a power of
 * two, around the ends of 32 and 64 bits, or any.
 */
uint64_t take_odd(struct input *input);

/* The next `size` bytes of the input, or 0s where it is used up. */
void take_bytes(struct input *input, void *to, size_t size);

/*
 * The next `size` bytes, or what there is, as an input of their own: for decisions
 * that are made late and must not be 0 whenever an input is short.
 */
struct input take_part(struct input *input, size_t size);

#endif
