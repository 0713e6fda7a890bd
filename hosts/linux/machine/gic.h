/* SPDX-License-Identifier: GPL-2.0-only */
/* GICv3, the interrupt controller: tables in memory that outlive a leap. */
#ifndef KLEAP_GIC_H
#define KLEAP_GIC_H

#include "kleap.h"

/* As machine_for_each_kept(), for these tables. Nothing on machines without a GICv3. */
int gic_for_each_table(kleap_kept_fn *function, void *arg);

#endif
