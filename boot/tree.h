/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What layouts of kernels that get a device tree have in common. Not for users of libboot.
 */
#ifndef BOOT_TREE_H
#define BOOT_TREE_H

#include "layout.h"

/* What such a kernel takes at most. */
struct tree_limits {
	uint64_t command;		/* bytes of command line, without its terminator */
	uint64_t tree;			/* bytes of device tree */
};

/* Where the new kernel can use them. */
struct tree_room {
	uint64_t first;			/* where to look first: from there up */
	uint64_t low;			/* the first address not too low for either */
	uint64_t high;			/* the first address too high for either ... */
	uint64_t tree_high;		/* ... and for the tree */
	uint64_t tree_align;
	bool from_top;
};

/*
 * Check what does not depend on addresses, empty the layout, and set `*end`, the first
 * address that no segment may have; it is at most `most`. Errors: CMDLINE_TOO_LONG,
 * TREE_LARGE, MAP_EMPTY, MEMORY_HIGH, LIMIT_LOW.
 */
enum kimg_error tree_begin(const struct boot_request *request,
			   const struct tree_limits *limits, uint64_t most,
			   struct boot_layout *layout, uint64_t *end, struct kimg_why *why);

/* The lowest RAM of a map; after tree_begin() there is some. */
uint64_t tree_lowest_ram(const struct boot_map *map);

/*
 * Set the layout's `left`, on arm for a kernel that takes memory to start at `start`. Errors:
 * MEM_NONE; on arm also MAP_FULL.
 */
enum kimg_error tree_left_arm(const struct boot_request *request, uint64_t start,
			      struct boot_layout *layout, struct kimg_why *why);
enum kimg_error tree_left_arm64(const struct boot_request *request,
				struct boot_layout *layout, struct kimg_why *why);

/* Is there no place for tree or initrd where the kernel is? */
static inline bool tree_has_no_room(enum kimg_error error)
{
	return error == KIMG_E_TREE_NO_ROOM || error == KIMG_E_INITRD_NO_ROOM;
}

/*
 * Place the device tree and the initrd: outside of kernel_runs and of the segments that
 * there are, the kernel's. Sets the map that the new kernel is told. Errors: INITRD_EMPTY,
 * INITRD_NO_ROOM, TREE_NO_ROOM, PLACE_RUN_OVER, PLACE_NO_RAM, PLACE_LOW.
 */
enum kimg_error tree_finish(const struct boot_request *request,
			    const struct tree_room *room, struct boot_layout *layout,
			    uint64_t *tree, struct kimg_why *why);

#endif
