/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random machines: any memory map, allocator, claims and segments, from a seed or
 * another source of choices. And the judge of what was placed on one.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "support.h"

/* Makes a choice: a number below `sides`, which is at least 1. */
typedef uint64_t choose_fn(void *arg, uint64_t sides);

/* A machine and segments that fit it, not loaded yet. Ends for any choices. */
void make_machine(struct rig *rig, choose_fn *choose, void *arg);

/* The same seed gives the same machine and the same behaviour of its host. */
void random_machine(struct rig *rig, uint64_t seed);

/*
 * Is there enough memory, beyond doubt, so that placing must succeed? Counts
 * free frames by itself; only true where no fault and no shortage was set.
 */
bool machine_suffices(struct rig *rig);

/*
 * Everything there is to say about an image that was placed: judges it, fills and
 * seals it, leaps. Fails the test with `machine` and what does not hold. The image
 * is SEALED after that.
 */
void machine_judge(struct rig *rig, const char *machine);

/* One line that says what the machine is like, for messages. */
const char *machine_text(const struct rig *rig, uint64_t seed);

#endif
