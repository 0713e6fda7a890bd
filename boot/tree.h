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
	uint64_t low;			/* where to look first: from there up */
	uint64_t high;			/* the first address too high for either ... */
	uint64_t tree_high;		/* ... and for the tree */
	uint64_t tree_align;
	bool from_top;
};

/*
 * Check what does not depend on addresses, empty the layout, and set `*end`, the first
 * address that no segment may have; it is at most `most`. Errors: CMDLINE_TOO_LONG,
 * TREE_LARGE, MAP_EMPTY, LIMIT_LOW.
 */
enum kimg_error tree_begin(const struct boot_request *request,
			   const struct tree_limits *limits, uint64_t most,
			   struct boot_layout *layout, uint64_t *end, struct kimg_why *why);

/* The lowest RAM of a map; after tree_begin() there is some. */
uint64_t tree_lowest_ram(const struct boot_map *map);

/*
 * Place the device tree and the initrd: outside of kernel_runs and of the segments that
 * there are, the kernel's. Sets the map that the new kernel is told. Errors: INITRD_EMPTY,
 * INITRD_NO_ROOM, TREE_NO_ROOM, PLACE_RUN_OVER, PLACE_NO_RAM.
 */
enum kimg_error tree_finish(const struct boot_request *request,
			    const struct tree_room *room, struct boot_layout *layout,
			    uint64_t *tree, struct kimg_why *why);

#endif
