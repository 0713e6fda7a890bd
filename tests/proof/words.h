/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The words of the contracts in core/: what a good host is, and the shape of a
 * planned image. Only the prover reads this file, in front of each source; to a
 * compiler all of it is comments. docs/proof.md says how to read them.
 */
#ifndef KIMG_WORDS_H
#define KIMG_WORDS_H

#include "kimg.h"

/* ---- Bits and arithmetic ----------------------------------------------------- */

/*
 * How bit operations are arithmetic, for numbers of 64 bits. Each is a theorem on
 * bit vectors, proved in bits.smt2 under the same name.
 */
/*@
  axiomatic Bits {
    axiom power: \forall integer n; 0 <= n < 32 ==> 1 <= 1 << n <= 0x80000000;

    axiom page: \forall integer n; 5 <= n <= 16 ==> 32 <= 1 << n <= 0x10000;

    axiom narrow: \forall integer m, n; 0 <= m < n < 32 ==> 2 * (1 << m) <= 1 << n;

    axiom left: \forall integer v, n;
      0 <= v <= UINT64_MAX && 0 <= n < 32 ==> v << n == v * (1 << n);

    axiom right: \forall integer v, n;
      0 <= v <= UINT64_MAX && 0 <= n < 32 ==> v >> n == v / (1 << n);

    axiom mask: \forall integer v, n;
      0 <= v <= UINT64_MAX && 0 <= n < 32 ==>
      ((uint32_t)v & (uint32_t)((1 << n) - 1)) == v % (1 << n);

    axiom both: \forall integer a, b, n;
      0 <= a <= UINT64_MAX && 0 <= b <= UINT64_MAX && 0 <= n < 32 ==>
      ((a | b) % (1 << n) == 0 <==> a % (1 << n) == 0 && b % (1 << n) == 0);

    axiom flag: \forall integer a, f, n;
      0 <= a <= UINT64_MAX && 0 <= f < 1 << n && 0 <= n < 32 &&
      a % (1 << n) == 0 ==> (a | f) == a + f;
  }
*/

/* ---- Hosts ------------------------------------------------------------------- */

/*@
  predicate good_host(struct kimg_host *host) =
    \valid_read(host) && 5 <= host->page_shift <= 16 &&
    (host->entry_size == 4 || host->entry_size == 8);

  logic integer page_size(struct kimg_host *host) = 1 << host->page_shift;

  logic integer slot_shift(struct kimg_host *host) =
    host->page_shift - (host->entry_size == 8 ? 3 : 2);

  // Every byte of the frame is at or below the limit.
  predicate within(struct kimg_host *host, integer frame, integer limit) =
    (frame + 1) * page_size(host) - 1 <= limit;
*/

/* ---- Segments and extents ---------------------------------------------------- */

/*@
  predicate good_segment(struct kimg_host *host, struct kimg_segment *segment,
			 struct kimg_range *region) =
    0 < segment->memsz && segment->bufsz <= segment->memsz &&
    segment->mem % page_size(host) == 0 &&
    segment->memsz % page_size(host) == 0 &&
    segment->mem + segment->memsz <= UINT64_MAX &&
    segment->mem + segment->memsz - 1 <= host->destination_limit &&
    (region == \null || (region->start <= segment->mem &&
			 segment->mem + segment->memsz <= region->end));

  // Segments, good ones, that share a byte.
  predicate share(struct kimg_segment *a, struct kimg_segment *b) =
    a->mem < b->mem + b->memsz && b->mem < a->mem + a->memsz;

  predicate all_good(struct kimg_host *host, struct kimg_segment *segment,
		     integer count, struct kimg_range *region) =
    \forall integer i; 0 <= i < count ==> good_segment(host, &segment[i], region);

  // No two of the first `count` segments share a byte.
  predicate apart(struct kimg_segment *segment, integer count) =
    \forall integer i, j; 0 <= j < i < count ==> !share(&segment[i], &segment[j]);

  axiomatic Pages {
    logic integer pages_of(struct kimg_host *host, struct kimg_segment *segment,
			   integer count)
      reads host->page_shift, segment[0 .. count - 1].memsz;

    axiom no_pages: \forall struct kimg_host *host, struct kimg_segment *segment;
      pages_of(host, segment, 0) == 0;

    axiom more_pages: \forall struct kimg_host *host, struct kimg_segment *segment,
			      integer count; 0 <= count ==>
      pages_of(host, segment, count + 1) == pages_of(host, segment, count) +
	(segment[count].memsz >> host->page_shift);
  }

  // The frame behind an extent's last one.
  logic integer end_of(struct kimg_image *image, integer i) =
    image->extent[i].first + image->extent[i].pages;

  predicate holds(struct kimg_image *image, integer i, integer frame) =
    image->extent[i].first <= frame < end_of(image, i);

  predicate destination(struct kimg_image *image, integer frame) =
    \exists integer i; 0 <= i < image->extents && holds(image, i, frame);

  predicate wants(struct kimg_image *image, integer first, integer end) =
    \exists integer i; 0 <= i < image->extents &&
      image->extent[i].first < end && first < end_of(image, i);

  // Sorted, none empty, no two that share a frame.
  predicate sorted(struct kimg_image *image) =
    \valid_read(image) && image->extents <= KIMG_SEGMENT_MAX &&
    (\forall integer i; 0 <= i < image->extents ==>
      1 <= image->extent[i].pages && end_of(image, i) <= UINT64_MAX) &&
    (\forall integer i, j; 0 <= i < j < image->extents ==>
      end_of(image, i) <= image->extent[j].first);

  // And each knows its DESTINATION entry; one entry for each page follows that.
  predicate numbered(struct kimg_image *image) =
    sorted(image) && image->entries <= 0xffff0010 &&
    (0 < image->extents ==> image->extent[0].entry == 0) &&
    (\forall integer i; 0 <= i < image->extents ==>
      image->extent[i].entry + 1 + image->extent[i].pages <= image->entries) &&
    (\forall integer i; 0 <= i < image->extents - 1 ==>
      image->extent[i + 1].entry ==
      image->extent[i].entry + 1 + image->extent[i].pages);
*/

#endif
