/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Segments: the rules they must obey, and finding the one that a frame belongs to. */
#include "internal.h"

/*
 * Every index of the list fits in 32 bits, with room for the DESTINATION entries
 * and for rounding up to the largest indirection page.
 */
#define PAGES_MAX 0xffff0000u

/* The rules for a single segment. */
/*@ requires good_host(host) && \valid_read(segment) && \valid(why);
    requires region == \null || \valid_read(region);
    requires \separated(why, host, segment, region);
    assigns *why;
    ensures \result == KIMG_OK <==> \old(good_segment(host, segment, region));
    ensures \result != KIMG_OK ==> why->error == \result;
    ensures \result == KIMG_OK ==> *why == \old(*why); */
static enum kimg_error check_one(const struct kimg_host *host,
				 const struct kimg_segment *segment, uint32_t i,
				 const struct kimg_range *region,
				 struct kimg_why *why)
{
	uint64_t mem = segment->mem, memsz = segment->memsz, end;

	if (!memsz)
		return kimg_fail(why, KIMG_E_SEGMENT_EMPTY, .seg = i, .a = mem);
	if (!kimg_add(mem, memsz, &end))
		return kimg_fail(why, KIMG_E_SEGMENT_WRAPS, .seg = i, .a = mem,
				 .b = memsz);
	if (segment->bufsz > memsz)
		return kimg_fail(why, KIMG_E_SEGMENT_BUFFER, .seg = i,
				 .a = segment->bufsz, .b = memsz);
	if (!kimg_aligned(mem | memsz, host->page_shift))
		return kimg_fail(why, KIMG_E_SEGMENT_UNALIGNED, .seg = i,
				 .a = mem, .b = end, .c = kimg_page_size(host));
	if (end - 1 > host->destination_limit)
		return kimg_fail(why, KIMG_E_SEGMENT_LIMIT, .seg = i, .a = end,
				 .b = host->destination_limit);
	if (region && (mem < region->start || end > region->end))
		return kimg_fail(why, KIMG_E_SEGMENT_REGION, .seg = i, .a = mem,
				 .b = end, .c = region->start, .d = region->end);
	return KIMG_OK;
}

enum kimg_error kimg_check_segments(const struct kimg_host *host,
				    const struct kimg_segment *segment,
				    uint32_t count,
				    const struct kimg_range *region,
				    struct kimg_why *why)
{
	uint64_t pages = 0;
	uint32_t i, j;

	if (count > KIMG_SEGMENT_MAX)
		return kimg_fail(why, KIMG_E_SEGMENTS_TOO_MANY, .a = count,
				 .b = KIMG_SEGMENT_MAX);
	for (i = 0; i < count; i++) {
		enum kimg_error error = check_one(host, &segment[i], i, region,
						  why);

		if (error)
			return error;
	}
	for (i = 0; i < count; i++) {
		uint64_t mem = segment[i].mem, end = mem + segment[i].memsz;

		for (j = 0; j < i; j++) {
			uint64_t other = segment[j].mem;
			uint64_t other_end = other + segment[j].memsz;

			if (kimg_overlap(mem, end, other, other_end))
				return kimg_fail(why, KIMG_E_SEGMENT_OVERLAP,
						 .seg = i, .other = j,
						 .a = mem, .b = end, .c = other,
						 .d = other_end);
		}
		/* No overlap, so the sum cannot wrap. */
		pages += segment[i].memsz >> host->page_shift;
		if (pages > PAGES_MAX)
			return kimg_fail(why, KIMG_E_IMAGE_TOO_LARGE, .a = PAGES_MAX);
	}
	return KIMG_OK;
}

/*@ requires sorted(image);
    assigns \nothing;
    ensures \result <= image->extents;
    ensures \forall integer i; 0 <= i < \result ==> end_of(image, i) <= frame;
    ensures \result < image->extents ==> frame < end_of(image, \result); */
uint32_t kimg_find_extent(const struct kimg_image *image, uint64_t frame)
{
	uint32_t low = 0, high = image->extents;

	/*@ loop invariant low <= high <= image->extents;
	    loop invariant \forall integer i; 0 <= i < low ==> end_of(image, i) <= frame;
	    loop invariant high < image->extents ==> frame < end_of(image, high);
	    loop assigns low, high;
	    loop variant high - low; */
	while (low < high) {
		uint32_t middle = (low + high) / 2;
		const struct kimg_extent *extent = &image->extent[middle];

		if (frame >= extent->first + extent->pages)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/*@ requires sorted(image) && 1 <= count && first + count <= UINT64_MAX;
    assigns \nothing;
    ensures \result <==> wants(image, first, first + count); */
bool kimg_wanted(const struct kimg_image *image, uint64_t first, uint64_t count)
{
	uint32_t i = kimg_find_extent(image, first);

	return i < image->extents && image->extent[i].first < first + count;
}

/*@ requires numbered(image) && 1 <= image->extents;
    assigns \nothing;
    ensures \result < image->extents && image->extent[\result].entry <= index;
    ensures \forall integer i; \result < i < image->extents ==>
      index < image->extent[i].entry; */
uint32_t kimg_extent_of_entry(const struct kimg_image *image, uint32_t index)
{
	uint32_t i = image->extents;

	/*@ loop invariant 1 <= i <= image->extents;
	    loop invariant \forall integer k; i <= k < image->extents ==>
	      index < image->extent[k].entry;
	    loop assigns i;
	    loop variant i; */
	while (i > 1 && image->extent[i - 1].entry > index)
		i--;
	return i - 1;
}

/*@ requires numbered(image) && (index == \null || \valid(index));
    requires \separated(index, image);
    assigns *index;
    ensures \result <==> destination(image, frame);
    ensures \result && index != \null ==> \exists integer i;
      0 <= i < image->extents && holds(image, i, frame) &&
      *index == image->extent[i].entry + 1 + (frame - image->extent[i].first); */
bool kimg_is_destination(const struct kimg_image *image, uint64_t frame,
			 uint32_t *index)
{
	uint32_t i = kimg_find_extent(image, frame);
	const struct kimg_extent *extent = &image->extent[i];

	/*@ assert \forall integer k; i < k < image->extents ==>
	      frame < image->extent[k].first; */
	if (i == image->extents || frame < extent->first)
		return false;
	if (index)
		*index = extent->entry + 1 + (uint32_t)(frame - extent->first);
	/*@ assert holds(image, i, frame); */
	return true;
}
