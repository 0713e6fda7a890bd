/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What arm and arm64 share.
 */
#ifndef KLEAP_CONDUIT_H
#define KLEAP_CONDUIT_H

#include "../../arch/arch.h"

/*
 * How this machine's firmware is asked for a reset. It is the right way at the level that the
 * running kernel was started at, where its kexec enters an image, too.
 */
enum arch_conduit read_conduit(void);

#endif
