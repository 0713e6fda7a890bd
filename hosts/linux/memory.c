// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine's host in the Linux module: frames from the page allocator, windows
 * by kmap_local_page().
 *
 * The page allocator has no way to ask for memory below 4 GiB on a 32-bit
 * machine: high memory is one zone, handed out from the top. So, on a machine
 * with memory above the limit, frames come from
 *
 *   blocks   free stretches of high memory below the limit, by
 *            alloc_contig_range(); all of it is looked at once, then once more
 *            for stretches whose pages can be moved away
 *   pages    whatever the allocator gives, until STRAYS_MAX frames lay above
 *   low      low memory, with a bound (see low_budget())
 *
 * and on any other machine from pages alone, which reach low memory by
 * themselves, with the same bound. No draw invokes the OOM killer.
 */
#include "kleap.h"

#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

/* Frames to take in one go: long enough to pay for isolating page blocks. */
#define STRETCH_MAX	8192ul
#define STRETCH_MIN	64ul
/* Ranges that may turn out to be in use before claiming stops. */
#define PATIENCE	64
/* Frames above the limit after which ordinary pages are given up. */
#define STRAYS_MAX	1024ul
/* Frames above the limit that the engine may hold on to while placing. */
#define PARK_MAX	4096ul
/* The trampoline and list entries hold addresses of 32 bits. */
#define LIMIT		0xffffffffull

#define QUIET		(__GFP_NOWARN | __GFP_NORETRY)

enum source { FROM_BLOCKS, FROM_PAGES, FROM_LOW, FROM_NOTHING };

unsigned long kleap_low_memory_end(void)
{
	return PHYS_PFN(__pa((unsigned long)high_memory - 1)) + 1;
}

static bool is_low(unsigned long frame)
{
	return frame < kleap_low_memory_end();
}

/* Whether the machine has memory above the limit: looked for in steps. */
static bool has_memory_above(void)
{
	unsigned long frame = PHYS_PFN(LIMIT) + 1;
	unsigned long end = PHYS_PFN(1ull << 36);	/* what PAE reaches */

	for (; frame && frame < end; frame += PHYS_PFN(64ul << 20))
		if (page_is_ram(frame))
			return true;
	return false;
}

/* What the engine could do with a frame right now. */
enum fitness { FREE, MOVABLE, FIXED };

static enum fitness fitness(unsigned long frame)
{
	struct page *page;

	if (!pfn_valid(frame))
		return FIXED;
	page = pfn_to_page(frame);
	if (PageReserved(page))
		return FIXED;
	/* The parts of a large page have no count of their own. */
	if (!PageCompound(page) && !page_count(page))
		return FREE;
	return PageLRU(compound_head(page)) ? MOVABLE : FIXED;
}

/*
 * Find the first stretch of fit frames in *from .. end, of `want` at most, all
 * in one zone. A guess: the pages are not locked; alloc_contig_range() has the
 * last word. Returns its length, 0 if there is none; moves *from to its start.
 */
static unsigned long find_stretch(unsigned long *from, unsigned long end,
				  unsigned long want, bool movable)
{
	unsigned long frame = *from, length = 0;
	enum zone_type zone = ZONE_NORMAL;

	for (; frame < end && length < want; frame++) {
		enum fitness fit = fitness(frame);

		if (!(frame & 4095))
			cond_resched();
		if (fit == FREE || (movable && fit == MOVABLE)) {
			enum zone_type here = page_zonenum(pfn_to_page(frame));

			if (length && here == zone) {
				length++;
				continue;
			}
			if (length < STRETCH_MIN) {
				*from = frame;
				length = 1;
				zone = here;
				continue;
			}
		}
		if (length >= STRETCH_MIN)
			return length;
		length = 0;
	}
	return length >= STRETCH_MIN || length == want ? length : 0;
}

/*
 * Take `count` frames from *first on. When some turn out to be in use, a shorter
 * stretch may do: *stretch becomes half of what failed; when that was a page
 * block or less, it is skipped. Returns false with *first where to look next.
 */
static bool take_range(unsigned long *first, unsigned long count,
		       unsigned long *stretch)
{
	if (!alloc_contig_range(*first, *first + count, MIGRATE_MOVABLE,
				GFP_KERNEL | __GFP_NOWARN))
		return true;
	if (count > pageblock_nr_pages) {
		*stretch = count / 2;
	} else {
		*first += count;
		/* Trouble is local: the next place may have long stretches. */
		*stretch = STRETCH_MAX;
	}
	return false;
}

static void draw_block(struct kleap_memory *memory, u64 limit, u64 want,
		       struct kimg_run *got)
{
	unsigned long end = PHYS_PFN(limit) + 1;

	while (!fatal_signal_pending(current)) {
		unsigned long most = min_t(u64, want, memory->block_stretch);
		unsigned long count = find_stretch(&memory->scan, end, most,
						   memory->block_movable);

		if (count && take_range(&memory->scan, count,
					&memory->block_stretch)) {
			got->first = memory->scan;
			got->count = count;
			memory->scan += count;
			return;
		}
		if (count)
			continue;
		if (memory->block_movable) {
			memory->source = FROM_PAGES;
			return;
		}
		memory->block_movable = true;
		memory->block_stretch = STRETCH_MAX;
		memory->scan = kleap_low_memory_end();
	}
}

/*
 * Take a power of two of pages, the largest that is to be had without effort, or
 * one page with some.
 */
static void draw_pages(struct kleap_memory *memory, gfp_t gfp, u64 want,
		       struct kimg_run *got)
{
	struct page *page = NULL;
	unsigned long frame;
	int order;

	/* What did not work for one draw will not for the next. */
	order = min_t(int, memory->order, ilog2(want));
	if (memory->low_budget > 0)
		order = min_t(int, order, ilog2(memory->low_budget));
	for (; order > 0 && !page; order -= !page)
		page = alloc_pages((gfp & ~__GFP_DIRECT_RECLAIM) | QUIET, order);
	if (!page)
		page = alloc_pages(gfp | QUIET, 0);
	if (!page)
		return;
	if (order < ilog2(want))
		memory->order = order;
	split_page(page, order);
	frame = page_to_pfn(page);
	got->first = frame;
	got->count = 1ul << order;
	if (!is_low(frame))
		return;
	memory->low_budget -= 1l << order;
	if (memory->low_budget >= 0)
		return;
	/* Enough: what is left of low memory is the kernel's. */
	memory->host.ops->give(memory, got->first, got->count);
	got->count = 0;
	memory->source = FROM_NOTHING;
}

/* See kimg_host.h. */
static int memory_draw(void *ctx, enum kimg_use use, u64 limit, u64 want,
		       struct kimg_run *got)
{
	struct kleap_memory *memory = ctx;

	/* Few, and wanted low: never worth a block. */
	if (use == KIMG_USE_CONTROL)
		draw_pages(memory, GFP_KERNEL, 1, got);

	while (!got->count && memory->source != FROM_NOTHING) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		switch (memory->source) {
		case FROM_BLOCKS:
			draw_block(memory, limit, want, got);
			break;
		case FROM_PAGES:
			draw_pages(memory, GFP_HIGHUSER, want, got);
			if (got->count &&
			    got->first + got->count > PHYS_PFN(limit) + 1)
				memory->strays += got->count;
			if (!got->count || memory->strays > STRAYS_MAX)
				memory->source = max_t(unsigned int,
						       memory->source, FROM_LOW);
			break;
		case FROM_LOW:
			draw_pages(memory, GFP_KERNEL, want, got);
			if (!got->count)
				memory->source = FROM_NOTHING;
			break;
		}
	}
	return 0;
}

static void memory_give(void *ctx, u64 first, u64 count)
{
	for (; count; first++, count--) {
		__free_page(pfn_to_page((unsigned long)first));
		if (!(count & 1023))
			cond_resched();
	}
}

/*
 * Destinations lie in low memory mostly, where the new kernel wants them. Take
 * free stretches, of low memory never more than the budget.
 */
static void memory_claim(void *ctx, u64 first, u64 count, struct kimg_run *got)
{
	struct kleap_memory *memory = ctx;
	unsigned long frame = (unsigned long)first;
	unsigned long end = (unsigned long)(first + count);

	while (frame < end && memory->patience && !fatal_signal_pending(current)) {
		unsigned long most = min(memory->claim_stretch, end - frame);
		unsigned long length = find_stretch(&frame, end, most, false);

		if (!length || (is_low(frame) &&
				(long)length > memory->low_budget))
			return;
		if (take_range(&frame, length, &memory->claim_stretch)) {
			if (is_low(frame))
				memory->low_budget -= length;
			got->first = frame;
			got->count = length;
			return;
		}
		memory->patience--;
	}
}

static void *memory_map(void *ctx, u64 frame)
{
	return kmap_local_page(pfn_to_page((unsigned long)frame));
}

static void memory_unmap(void *ctx, void *window)
{
	kunmap_local(window);
}

static int memory_pull(void *ctx, u32 index, u64 offset, void *to, size_t size)
{
	struct kleap_memory *memory = ctx;
	u64 from = memory->segment[index].buf + offset;

	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	if (copy_from_user(to, (void __user *)(unsigned long)from, size))
		return -EFAULT;
	return 0;
}

static const struct kimg_host_ops memory_ops = {
	.draw = memory_draw,
	.give = memory_give,
	.map = memory_map,
	.unmap = memory_unmap,
	.pull = memory_pull,
	.claim = memory_claim,
};

/*
 * Low frames that an image may take. With high memory, low memory is what the
 * kernel itself lives on: half of what is free. Without, it is all there is, and
 * most of it page cache: three quarters of what could be had.
 */
static long low_budget(void)
{
	struct sysinfo info;

	si_meminfo(&info);
	if (info.totalhigh)
		return (long)(info.freeram - info.freehigh) / 2;
	return si_mem_available() / 4 * 3;
}

void kleap_memory_init(struct kleap_memory *memory,
		       const struct kleap_segment *segment)
{
	*memory = (struct kleap_memory) {
		.host = {
			.ops = &memory_ops,
			.ctx = memory,
			.page_shift = PAGE_SHIFT,
			.entry_size = sizeof(u32),
			.source_limit = LIMIT,
			.destination_limit = LIMIT,
			/* The trampoline is mapped where user space would be. */
			.control_limit = TASK_SIZE - 1,
			.park_max = PARK_MAX,
		},
		.segment = segment,
		.source = has_memory_above() ? FROM_BLOCKS : FROM_PAGES,
		.scan = kleap_low_memory_end(),
		.block_stretch = STRETCH_MAX,
		.claim_stretch = STRETCH_MAX,
		.patience = PATIENCE,
		.order = MAX_ORDER - 1,
		.low_budget = low_budget(),
	};
}
