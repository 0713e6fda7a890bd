// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames for an image out of Linux's memory, below a limit.
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
#include "frames.h"

#include <linux/highmem.h>
#include <linux/ioport.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pfn.h>
#include <linux/sched/signal.h>

/* Frames to take in one go: long enough to pay for isolating page blocks. */
#define STRETCH_MAX	8192ul
#define STRETCH_MIN	64ul
/* Ranges that may turn out to be in use before claiming stops. */
#define PATIENCE	64
/* Frames above the limit after which ordinary pages are given up. */
#define STRAYS_MAX	1024ul
/* Addresses that a machine may have, if it is of 32 bits. */
#define ADDRESS_BITS	(IS_ENABLED(CONFIG_X86_32) ? 36 : 40)
/* The largest power of two of pages that the allocator has. */
#ifdef MAX_PAGE_ORDER
#define ORDER_MAX	MAX_PAGE_ORDER
#else
#define ORDER_MAX	(MAX_ORDER - 1)
#endif

#define QUIET		(__GFP_NOWARN | __GFP_NORETRY)

enum source { FROM_BLOCKS, FROM_PAGES, FROM_LOW, FROM_NOTHING };

unsigned long kimg_low_memory_end(void)
{
	return PHYS_PFN(__pa((unsigned long)high_memory - 1)) + 1;
}

static bool is_low(unsigned long frame)
{
	return frame < kimg_low_memory_end();
}

/* Whether the machine has memory above the limit: looked for in steps. */
static bool has_memory_above(u64 limit)
{
	unsigned long frame = PHYS_PFN(limit) + 1;
	unsigned long end = PHYS_PFN(1ull << ADDRESS_BITS);

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
	/* What may be unplugged must stay movable. */
	if (PageReserved(page) || is_zone_movable_page(page))
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
#ifdef CONFIG_CONTIG_ALLOC
	if (!alloc_contig_range(*first, *first + count, MIGRATE_MOVABLE,
				GFP_KERNEL | __GFP_NOWARN))
		return true;
#endif
	if (count > pageblock_nr_pages) {
		*stretch = count / 2;
	} else {
		*first += count;
		/* Trouble is local: the next place may have long stretches. */
		*stretch = STRETCH_MAX;
	}
	return false;
}

/*
 * How many pages there is room for if they are moved, with as much to spare. For
 * each that it finds no room for, the page allocator writes a stack trace to the
 * log, and nothing that alloc_contig_range() takes would make it quiet.
 */
static unsigned long room_to_move(void)
{
	return (unsigned long)max(si_mem_available(), 0l) / 2;
}

static void draw_block(struct kimg_frames *frames, u64 limit, u64 want,
		       struct kimg_run *got)
{
	unsigned long end = PHYS_PFN(limit) + 1;

	while (!fatal_signal_pending(current)) {
		unsigned long most = min_t(u64, want, frames->block_stretch);
		unsigned long count = 0;

		if (frames->block_movable)
			most = min(most, room_to_move());
		if (most)
			count = find_stretch(&frames->scan, end, most,
					     frames->block_movable);
		if (count && take_range(&frames->scan, count,
					&frames->block_stretch)) {
			got->first = frames->scan;
			got->count = count;
			frames->scan += count;
			return;
		}
		if (count)
			continue;
		if (frames->block_movable) {
			frames->source = FROM_PAGES;
			return;
		}
		frames->block_movable = true;
		frames->block_stretch = STRETCH_MAX;
		frames->scan = kimg_low_memory_end();
	}
}

/* Make single pages of a power of two; they count against the budget if low. */
static void take_pages(struct kimg_frames *frames, struct page *page, int order,
		       struct kimg_run *got)
{
	split_page(page, order);
	got->first = page_to_pfn(page);
	got->count = 1ul << order;
	if (is_low(page_to_pfn(page)))
		frames->low_budget -= 1l << order;
}

/*
 * Take a power of two of pages, the largest that is to be had without effort, or
 * one page with some.
 */
static void draw_pages(struct kimg_frames *frames, gfp_t gfp, u64 want,
		       struct kimg_run *got)
{
	struct page *page = NULL;
	int order;

	/* What did not work for one draw will not for the next. */
	order = min_t(int, frames->order, ilog2(want));
	if (frames->low_budget > 0)
		order = min_t(int, order, ilog2(frames->low_budget));
	for (; order > 0 && !page; order -= !page)
		page = alloc_pages((gfp & ~__GFP_DIRECT_RECLAIM) | QUIET, order);
	if (!page)
		page = alloc_pages(gfp | QUIET, 0);
	if (!page)
		return;
	if (order < ilog2(want))
		frames->order = order;
	take_pages(frames, page, order, got);
	if (frames->low_budget >= 0 || !is_low(page_to_pfn(page)))
		return;
	/* Enough: what is left of low memory is the kernel's. */
	kimg_frames_give(got->first, got->count);
	got->count = 0;
	frames->source = FROM_NOTHING;
}

/* Control pages are few and wanted low, perhaps several in one aligned run. */
static void draw_control(struct kimg_frames *frames, u64 want,
			 struct kimg_run *got)
{
	int order = ilog2(want);
	struct page *page = alloc_pages(frames->control | QUIET, order);

	if (page)
		take_pages(frames, page, order, got);
}

int kimg_frames_draw(struct kimg_frames *frames, enum kimg_use use, u64 limit,
		     u64 want, struct kimg_run *got)
{
	if (use == KIMG_USE_CONTROL)
		draw_control(frames, want, got);

	while (!got->count && frames->source != FROM_NOTHING) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		switch (frames->source) {
		case FROM_BLOCKS:
			draw_block(frames, limit, want, got);
			break;
		case FROM_PAGES:
			draw_pages(frames, GFP_HIGHUSER, want, got);
			if (got->count &&
			    got->first + got->count > PHYS_PFN(limit) + 1)
				frames->strays += got->count;
			if (!got->count || frames->strays > STRAYS_MAX)
				frames->source = max_t(unsigned int,
						       frames->source, FROM_LOW);
			break;
		case FROM_LOW:
			draw_pages(frames, GFP_KERNEL, want, got);
			if (!got->count)
				frames->source = FROM_NOTHING;
			break;
		}
	}
	return 0;
}

void kimg_frames_give(u64 first, u64 count)
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
void kimg_frames_claim(struct kimg_frames *frames, u64 first, u64 count,
		       struct kimg_run *got)
{
	unsigned long frame = (unsigned long)first;
	unsigned long end = (unsigned long)(first + count);

	while (frame < end && frames->patience && !fatal_signal_pending(current)) {
		unsigned long most = min(frames->claim_stretch, end - frame);
		unsigned long length = find_stretch(&frame, end, most, false);

		if (!length || (is_low(frame) &&
				(long)length > frames->low_budget))
			return;
		if (take_range(&frame, length, &frames->claim_stretch)) {
			if (is_low(frame))
				frames->low_budget -= length;
			got->first = frame;
			got->count = length;
			return;
		}
		frames->patience--;
	}
}

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

void kimg_frames_init(struct kimg_frames *frames, u64 limit, gfp_t control)
{
	*frames = (struct kimg_frames) {
		.control = control,
		.source = FROM_PAGES,
		.scan = kimg_low_memory_end(),
		.block_stretch = STRETCH_MAX,
		.claim_stretch = STRETCH_MAX,
		.patience = IS_ENABLED(CONFIG_CONTIG_ALLOC) ? PATIENCE : 0,
		.order = ORDER_MAX,
		.low_budget = low_budget(),
	};
	if (IS_ENABLED(CONFIG_HIGHMEM) && PHYS_PFN(limit) < frames->scan)
		frames->source = FROM_LOW;
	else if (IS_ENABLED(CONFIG_CONTIG_ALLOC) && has_memory_above(limit))
		frames->source = FROM_BLOCKS;
}
