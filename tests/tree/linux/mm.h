/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Common kernel definitions, for suites that are compiled here. */
#ifndef LINUX_MM_H
#define LINUX_MM_H

#include <limits.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;

#define U64_MAX UINT64_MAX
#define GFP_KERNEL 0
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define MODULE_LICENSE(text) _Static_assert(sizeof(text), "a licence")

#endif
