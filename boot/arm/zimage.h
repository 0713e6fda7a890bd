/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A zImage's header and size table. Not for users of libboot.
 */
#ifndef BOOT_ZIMAGE_H
#define BOOT_ZIMAGE_H

#include "boot.h"

#define ZIMAGE_AT_MAGIC 0x24u
#define ZIMAGE_MAGIC 0x016f2818u

/* Checked: all values are within the bounds stated here. */
struct zimage {
	const unsigned char *file;
	uint64_t size;			/* without what is appended; below 4 GiB */
	bool big;			/* a kernel for big-endian */
	bool says;			/* it has a size table; without, these are guesses: */
	uint64_t unpacked;		/* bytes that it unpacks to, below 4 GiB ... */
	uint64_t bss;			/* ... and what follows them, below 4 GiB */
	uint64_t text_offset;		/* where it unpacks to in its block, below 128 MiB */
	uint64_t heap;			/* what unpacking needs, at most 16 MiB */
};

/* A block: kernels find the start of memory by clearing the bits below. */
#define ZIMAGE_BLOCK (1ull << 27)

/*
 * Check the zImage of `size` bytes at `file`. `zimage` is undefined after an error.
 * Errors: FILE_MAGIC, FILE_TRUNCATED, FILE_HEADER.
 */
enum kimg_error zimage_open(const void *file, size_t size, struct zimage *zimage,
			    struct kimg_why *why);

#endif
