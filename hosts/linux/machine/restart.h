/* SPDX-License-Identifier: GPL-2.0-only */
/* For the machines: what calls us when a restart ends. */
#ifndef KLEAP_RESTART_H
#define KLEAP_RESTART_H

#include "kleap.h"

/*
 * Have `function`, and drivers' restart handlers, call kleap_leap_restart() first, while an
 * image is armed. Returns 0 or an errno; then the reason is in the log.
 */
int restart_init(const char *function);
void restart_exit(void);

/* Would it be called? Errors: KPROBES_OFF. */
enum kimg_error restart_check(struct kimg_why *why);

#endif
