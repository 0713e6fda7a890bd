/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading files of unknown contents: numbers beyond the end read as 0.
 */
#ifndef BOOT_BYTES_H
#define BOOT_BYTES_H

#include "kimg_env.h"

struct bytes {
	const unsigned char *at;
	uint64_t size;
};

static inline bool bytes_have(const struct bytes *file, uint64_t at, uint64_t size)
{
	return size <= file->size && at <= file->size - size;
}

/* A number of up to 8 bytes, little-endian or, if `big`, big-endian. */
static inline uint64_t bytes_number(const struct bytes *file, uint64_t at,
				    unsigned int size, bool big)
{
	uint64_t number = 0;
	unsigned int i;

	if (!bytes_have(file, at, size))
		return 0;
	for (i = 0; i < size; i++)
		number = number << 8 | file->at[at + (big ? i : size - 1 - i)];
	return number;
}

static inline uint64_t bytes_get(const struct bytes *file, uint64_t at, unsigned int size)
{
	return bytes_number(file, at, size, false);
}

static inline bool bytes_are(const struct bytes *file, uint64_t at, const void *what,
			     size_t size)
{
	return bytes_have(file, at, size) && !memcmp(file->at + at, what, size);
}

/* Does `what` occur in the first `most` bytes from `at`? */
static inline bool bytes_find(const struct bytes *file, uint64_t at, uint64_t most,
			      const void *what, size_t size)
{
	const unsigned char *first = what;
	uint64_t end;

	if (at > file->size)
		return false;
	end = most < file->size - at ? at + most : file->size;
	for (; end - at >= size; at++)
		if (file->at[at] == *first && !memcmp(file->at + at, what, size))
			return true;
	return false;
}

#endif
