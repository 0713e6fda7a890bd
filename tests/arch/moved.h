/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the code in arch/ does with an image, whatever the processor: the memory that it
 * touches, and what that holds afterwards. The machine's memory is that of leap_machine.h.
 */
#ifndef MOVED_H
#define MOVED_H

#include "arch.h"
#include "leap_machine.h"

/* The data of a segment, as the image was loaded with it. */
typedef int moved_pull(void *arg, uint32_t segment, uint64_t offset, void *to, size_t size);

/* The frame of the source of destination page `page` of an extent. */
uint64_t moved_source(const struct kimg_image *image, uint32_t extent, uint32_t page);

/*
 * The memory that the leap touches, and no more: sources, destinations, the list, and these
 * frames. LEAP_FRAMES ranges at most; returns how many.
 */
uint32_t moved_ranges(const struct kimg_image *image, const uint64_t *frame, size_t frames,
		      struct kimg_range *range);

/* Pages that nothing may be written to: those in place, and the list. */
void moved_protect(const struct kimg_image *image, bool read_only[LEAP_FRAMES]);

/*
 * S6: bytes at home, if they were moved, and nothing else changed but the control page and
 * the tables.
 */
void moved_judge(const struct rig *rig, unsigned char *memory, const uint64_t *table,
		 size_t tables, bool moved, moved_pull *pull, void *arg);

/* The hash of all pages that are not in place, in the order of their addresses. */
struct hash moved_hash(const struct kimg_image *image, moved_pull *pull, void *arg);

#endif
