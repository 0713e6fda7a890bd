/* SPDX-License-Identifier: GPL-2.0-only */
/* PSCI: the firmware's calls for the power of CPUs and of the machine. */
#ifndef KLEAP_PSCI_H
#define KLEAP_PSCI_H

#include "kleap.h"

#include "arch.h"

/* Does the device tree have it? Then Linux takes CPUs offline by it. */
bool psci_in_tree(void);

/* How it is asked for a reset of the machine. */
enum arch_conduit psci_conduit(void);

#endif
