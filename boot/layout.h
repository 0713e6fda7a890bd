/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the layouts of all kernels have in common. Not for users of libboot.
 */
#ifndef BOOT_LAYOUT_H
#define BOOT_LAYOUT_H

#include "boot.h"
#include "page.h"

static inline uint64_t min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The first address that no segment may have: `most`, or less by the request's limit. */
uint64_t layout_end(const struct boot_request *request, uint64_t most);

/* The map of memory that segments may use. Is there any in it? Error: MAP_EMPTY. */
const struct boot_map *layout_usable_map(const struct boot_request *request);
enum kimg_error layout_check_map(const struct boot_request *request, struct kimg_why *why);

/* As boot_map_find() in that map, but if possible in memory that is free now. */
bool layout_find(const struct boot_request *request, const struct boot_search *search,
		 uint64_t *at, uint64_t *largest);

/* The length of the command line, at most `most`. Error: CMDLINE_TOO_LONG. */
enum kimg_error layout_command(const struct boot_request *request, uint64_t most,
			       size_t *length, struct kimg_why *why);

/* The size of the initrd; UINT64_MAX if it is beyond all memory. */
uint64_t layout_initrd_size(const struct boot_request *request);

/* Add a segment of `memory` bytes, rounded up to pages, with `size` bytes of data. */
void layout_add_segment(struct boot_layout *layout, const char *name, uint64_t at,
			const void *data, uint64_t size, uint64_t memory);

/* Add a segment for each piece of the initrd, from address `at`. */
void layout_add_initrd(const struct boot_request *request, struct boot_layout *layout, uint64_t at);

/* Tell the new kernel all of the map. */
void layout_tell_map(const struct boot_request *request, struct boot_layout *layout);

#endif
