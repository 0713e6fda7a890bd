/* SPDX-License-Identifier: GPL-2.0-only */
/* For the machines whose restarts leave CPUs running: take those offline that park.h has no place for. */
#ifndef KLEAP_HOTPLUG_H
#define KLEAP_HOTPLUG_H

#include "kleap.h"

/* Can all CPUs but the last be taken offline, and are they off then? Errors: CPUS_STAY, CPUS_NOT_OFF. */
enum kimg_error hotplug_check(struct kimg_why *why);

/* Do so; not in atomic context, and before the kernel disables hotplug. Errors: CPUS_STAY. */
enum kimg_error hotplug_stop(struct kimg_why *why);

#endif
