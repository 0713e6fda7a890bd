/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of this folder share.
 */
#ifndef KLEAP_ARM64_H
#define KLEAP_ARM64_H

#include "../cli.h"

extern const struct file_loader arm64_file_loader;

#endif
