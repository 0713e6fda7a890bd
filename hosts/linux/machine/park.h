/* SPDX-License-Identifier: GPL-2.0-only */
/* For arm64 machines with spin tables: CPUs that cannot be taken offline wait in a page. */
#ifndef KLEAP_PARK_H
#define KLEAP_PARK_H

#include "kleap.h"

#ifdef CONFIG_ARM64

/* Find the CPUs, and get the page if there are any. Returns 0 or an errno. */
int park_init(void);
void park_exit(void);

/* Can this CPU wait there? */
bool park_can(unsigned int cpu);

/*
 * Does no CPU wait in the running kernel, as those do that were not brought up? Errors:
 * CPUS_OFFLINE.
 */
enum kimg_error park_check(struct kimg_why *why);

/* As machine_for_each_kept(): the page, and those of the release words. */
int park_for_each_kept(kleap_kept_fn *function, void *arg);

#else

static inline int park_init(void) { return 0; }
static inline void park_exit(void) { }
static inline bool park_can(unsigned int cpu) { return false; }
static inline enum kimg_error park_check(struct kimg_why *why) { return KIMG_OK; }
static inline int park_for_each_kept(kleap_kept_fn *function, void *arg) { return 0; }

#endif
#endif
