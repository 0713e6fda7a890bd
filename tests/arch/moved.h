/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the code in arch/ does with an image, whatever the processor: machines and segments,
 * the memory that it touches, what that holds afterwards, and damage. The machine's memory is
 * that of leap_machine.h. A `pull` gives the data of segments, as the image is loaded with it.
 */
#ifndef MOVED_H
#define MOVED_H

#include "arch.h"
#include "leap_machine.h"

/*
 * A machine whose list has entries of 64 bits and memory above 4 GiB, if it is `wide`, with
 * control pages up to `control_max`; or of 32 bits, and none.
 */
void moved_machine(struct rig *rig, bool wide, uint64_t control_max, sim_pull_fn *pull,
		   void *arg);

/* Segments in frames in use, free, or both, and the order in which frames are given. */
#define MOVED_ORDERS 5u
void moved_add_in_order(struct rig *rig, bool wide, size_t order, size_t seed);

/* A page whose frame is in use, so that it is copied. */
void moved_add_page(struct rig *rig);

/* Of that page, after the load: let its source be at this address. Returns where it was. */
uint64_t moved_move_source(struct rig *rig, uint64_t to);

/* A segment of 0x30 pages that are all in place. */
void moved_add_in_place(struct rig *rig);

/* A segment whose list is shorter or longer than a page; MOVED_LISTS ways. Returns its pages. */
#define MOVED_LISTS 4u
uint32_t moved_add_list(struct rig *rig, bool wide, size_t way);

/* Segments of which some pages, up to 0x38, are in place. */
void moved_add_some_in_place(struct rig *rig, bool wide);

/*
 * Of those, after the load: change a bit of a source in the extent of MOVED_PAGES pages; or let
 * two of its pages change places, by the number MOVED_PAGES. Returns whether this page is in
 * place.
 */
#define MOVED_PAGES 0x30u
bool moved_damage(const struct kimg_image *image, unsigned char *memory, uint32_t number);

/* Does an entry have flags like these? */
bool moved_flags_are_good(uint32_t flags);

/* Heads that are no INDIRECTION. */
#define MOVED_HEADS 4u
extern const uint64_t moved_heads[MOVED_HEADS];

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
		 size_t tables, bool moved, sim_pull_fn *pull, void *arg);

/* The hash of all pages that are not in place, in the order of their addresses. */
struct hash moved_hash(const struct kimg_image *image, sim_pull_fn *pull, void *arg);

#endif
