/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A host as plain as can be, to time the engine and not the simulator. */
#ifndef FLAT_H
#define FLAT_H

#include <stdint.h>

/*
 * The time of loading `size` bytes (place, fill, seal) divided by the time of one
 * memcpy() of as many; each the median of `rounds` runs, in turns.
 */
double flat_load_ratio(uint64_t size, unsigned int rounds);

#endif
