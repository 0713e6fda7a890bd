/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of this folder share.
 */
#ifndef KLEAP_ARM64_H
#define KLEAP_ARM64_H

#include "../cli.h"

/* Those of struct processor, counted by the device tree. */
uint32_t arm64_stuck_cpus(void);

extern const struct file_loader arm64_file_loader;

#endif
