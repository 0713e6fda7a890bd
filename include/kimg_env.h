/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What libkimg needs from its surroundings: exact-width integers and four
 * memory functions. A port whose kernel names these differently replaces this
 * one header and compiles everything else unmodified.
 */
#ifndef KIMG_ENV_H
#define KIMG_ENV_H

#ifdef __KERNEL__
#include <linux/types.h>
#include <linux/stddef.h>
#include <linux/limits.h>
#include <linux/string.h>
#ifndef UINT64_MAX
#define UINT64_MAX U64_MAX
#endif
#ifndef UINT32_MAX
#define UINT32_MAX U32_MAX
#endif
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
#endif

#endif
