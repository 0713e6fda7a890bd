// SPDX-License-Identifier: GPL-2.0-only
/* All memory that a leap touches, as ranges to be mapped. What it cannot reach is left out. */
#include "kleap.h"

#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "machine/machine.h"

struct collected {
	struct kimg_range *range;	/* NULL: count only */
	u32 count;
	u32 most;
	bool full;			/* there were more */
};

/* Add a range, in whole pages. Sorted, disjoint ranges stay so: overlaps are joined. */
static void collect(struct collected *all, u64 start, u64 end)
{
	struct kimg_range *range = all->range;
	u32 first = 0, last;

	if (!range) {
		all->count++;
		return;
	}
	while (first < all->count && range[first].end < start)
		first++;
	for (last = first; last < all->count && range[last].start <= end; last++) {
		start = min(start, range[last].start);
		end = max(end, range[last].end);
	}
	if (first == last && all->count == all->most) {
		all->full = true;
		return;
	}
	memmove(range + first + 1, range + last,
		(all->count - last) * sizeof(*range));
	all->count = all->count - (last - first) + 1;
	range[first] = (struct kimg_range){ start, end };
}

static int collect_ram(struct resource *resource, void *all)
{
	u64 start = round_up(resource->start, PAGE_SIZE);
	u64 end = min_t(u64, round_down(resource->end + 1, PAGE_SIZE), machine_limit() + 1);

	if (start < end)
		collect(all, start, end);
	return 0;
}

static void collect_all_ram(struct collected *all)
{
	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM, 0, U64_MAX, all,
			    collect_ram);
}

enum kimg_error kleap_memory_ranges(const struct kimg_image *kimg,
				    struct kimg_range **ranges, u32 *count,
				    struct kimg_why *why)
{
	struct collected all;
	u32 i;

	/* Again if memory was added meanwhile. */
	do {
		all = (struct collected){ 0 };
		collect_all_ram(&all);
		all.most = all.count + kimg->extents;
		all.count = 0;
		kvfree(*ranges);
		all.range = *ranges = kvmalloc_array(all.most, sizeof(*all.range), GFP_KERNEL);
		if (!all.range)
			return kimg_fail(why, KIMG_E_NO_SCRATCH,
					 .a = all.most * sizeof(*all.range));
		for (i = 0; i < kimg->extents; i++)
			collect(&all, kimg->extent[i].first << PAGE_SHIFT,
				(kimg->extent[i].first + kimg->extent[i].pages) << PAGE_SHIFT);
		collect_all_ram(&all);
	} while (all.full);
	*count = all.count;
	return KIMG_OK;
}
