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

    axiom words: \forall integer n; 5 <= n <= 16 ==>
      4 * (1 << (n - 2)) == 1 << n && 8 * (1 << (n - 3)) == 1 << n;

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

    axiom floor: \forall integer v, n;
      0 <= v <= UINT64_MAX && 0 <= n < 32 ==>
      (v >> n) * (1 << n) <= v < ((v >> n) + 1) * (1 << n);

    axiom flag: \forall integer v, f, n;
      0 <= v <= UINT64_MAX && 0 <= f < 1 << n && 0 <= n < 32 &&
      v * (1 << n) <= UINT64_MAX ==> ((v << n) | f) == v * (1 << n) + f;

    axiom again: \forall integer v, f, n;
      0 <= v <= UINT64_MAX && 0 <= f < 1 << n && 0 <= n < 32 ==>
      ((v << n) | f) >> n == v;
  }

  axiomatic Frames {
    // The last byte of a frame of 2^n bytes, and whether it is at or below v.
    logic integer last_byte(integer frame, integer n);

    axiom last_byte: \forall integer f, n; last_byte(f, n) == (f + 1) * (1 << n) - 1;

    axiom inside: \forall integer f, v, n;
      0 <= f <= UINT64_MAX && 0 <= v <= UINT64_MAX && 0 <= n < 32 ==>
      (last_byte(f, n) <= v <==>
       f < v >> n || (f == v >> n && (uint64_t)(v + 1) % (1 << n) == 0));
  }

  // A product with a name, which the provers look for.
  axiomatic Times {
    logic integer times(integer a, integer b);
    axiom times: \forall integer a, b; times(a, b) == a * b;
  }

  lemma positive: \forall integer a, b; 0 <= a && 0 <= b ==> 0 <= times(a, b);

  lemma least: \forall integer a, b; 0 <= a && 1 <= b ==> a <= times(a, b);

  lemma grows: \forall integer a, b, c;
    0 <= c && a <= b ==> times(a, c) <= times(b, c);

  lemma falls: \forall integer a, b, c;
    0 < c && times(a, c) <= times(b, c) ==> a <= b;
*/

/*
 * The memory functions. That what they are given is valid is an assertion before
 * each call: WP cannot say it of pointers of another type than what they point at.
 */
/*@ assigns ((unsigned char *)to)[0 .. size - 1]; */
void *memcpy(void *to, const void *from, size_t size);
/*@ assigns ((unsigned char *)to)[0 .. size - 1]; */
void *memset(void *to, int byte, size_t size);

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
    last_byte(frame, host->page_shift) <= limit;
*/

/* ---- Windows ----------------------------------------------------------------- */

/*
 * The contents of all frames are one thing here, "frames": what is written through
 * a window changes it, and no variable of the engine's.
 */
/*@ ghost int frames; */

/*@
  axiomatic Windows {
    // The engine holds the frame, or it lies in a crash image's region.
    predicate owned(struct kimg_host *host, integer frame);

    predicate window(struct kimg_host *host, void *window, integer frame);

    logic integer entry_at{L}(void *window, integer slot) reads frames;
  }
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

  // And the list has the pages that its entries need, at most one slot less.
  predicate shaped(struct kimg_image *image) =
    numbered(image) && good_host(image->host) &&
    image->slots == (1 << slot_shift(image->host)) - 1 &&
    times(image->list_pages - 1, image->slots) < image->entries &&
    image->entries <= times(image->list_pages, image->slots) <= UINT32_MAX &&
    \valid_read(image->directory + (0 .. image->list_pages - 1));
*/

#endif
