/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Pages and sizes, for the files of libboot.
 */
#ifndef BOOT_PAGE_H
#define BOOT_PAGE_H

#include "kimg_env.h"

#define BOOT_PAGE 4096u
#define BOOT_MIB (1ull << 20)
#define BOOT_4GIB (1ull << 32)

static inline uint64_t boot_page_down(uint64_t address)
{
	return address & ~(uint64_t)(BOOT_PAGE - 1);
}

/* Rounded up; the last page's start for what is beyond it, never 0 by wrapping. */
static inline uint64_t boot_page_up(uint64_t address)
{
	if (address > ~(uint64_t)(BOOT_PAGE - 1))
		return ~(uint64_t)(BOOT_PAGE - 1);
	return boot_page_down(address + BOOT_PAGE - 1);
}

#endif
