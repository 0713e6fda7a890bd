/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The version of all parts. The Makefile reads it here, too. */
#ifndef KLEAP_VERSION_H
#define KLEAP_VERSION_H

#define KLEAP_VERSION "0.1"

#endif
