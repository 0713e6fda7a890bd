/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Random machines: any memory map, allocator, claims and segments, from a seed. */
#ifndef MACHINE_H
#define MACHINE_H

#include "support.h"

/*
 * A machine and segments that fit it, not loaded yet. The same seed gives the
 * same machine and the same behaviour of its host.
 */
void random_machine(struct rig *rig, uint64_t seed);

/*
 * Is there enough memory, beyond doubt, so that placing must succeed? Counts
 * free frames by itself; only true where no fault and no shortage was set.
 */
bool machine_suffices(struct rig *rig);

/* One line that says what the machine is like, for messages. */
const char *machine_text(const struct rig *rig, uint64_t seed);

#endif
