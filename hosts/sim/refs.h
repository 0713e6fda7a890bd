/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A machine whose frames hold references: the number of a page of the image instead of
 * its bytes. So it loads an image of any size, and leaps, in little memory. Only frames
 * that the engine itself writes, for the list and the piles, have bytes. Pages have 4 KiB.
 *
 * It hands out single frames, scattered over all memory, and grants about half of
 * the destinations in place. For tests of the engine there is sim.h.
 */
#ifndef REFS_H
#define REFS_H

#include "kimg.h"

struct refs;

/* Bytes that a machine with this memory needs, as for refs_new(). */
size_t refs_size(const struct kimg_range *ram, size_t ranges, uint64_t limit);

/*
 * Make a machine whose memory is the whole frames of these ranges, all free: in order,
 * disjoint, 2 TiB at most; what lies above `limit` is left out. NULL: refs_size() bytes
 * cannot be allocated.
 */
struct refs *refs_new(const struct kimg_range *ram, size_t ranges, uint64_t limit);
void refs_delete(struct refs *refs);

/* The segments that will be planned: pulls are checked against them. They are copied. */
void refs_set_segments(struct refs *refs, const struct kimg_segment *segment,
		       uint32_t count);

/*
 * The machine as the engine's host, with entries of 4 bytes. The caller may change that
 * to 8, and lower limits.
 */
struct kimg_host refs_host(struct refs *refs);

/*
 * Run the list of a sealed image. Then each destination must hold its page of the image;
 * no other frame may change.
 * Errors: those of kimg_walk(); S6_PAGE.
 */
enum kimg_error refs_leap(struct refs *refs, const struct kimg_image *image,
			  struct kimg_why *why);

/*
 * How the engine first broke its contract with the host, in words; NULL if it did not.
 * Call it after kimg_free(): frames not given back count, too.
 */
const char *refs_violation(struct refs *refs);

#endif
