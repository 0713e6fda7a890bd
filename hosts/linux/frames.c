// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames for an image out of Linux's memory, below a limit.
 *
 * The page allocator cannot be asked for memory below any limit: high memory, on a 64-bit
 * machine memory above 4 GiB, is one zone, allocated from the top. So, on a machine with
 * memory above the limit, several sources are tried in this order:
 *
 *   FREE_BLOCKS      free ranges of high memory below the limit, by
 *                    alloc_contig_range()
 *   MOVABLE_BLOCKS   the same, including movable pages
 *   PAGES            the page allocator, any memory, without reclaim, until
 *                    STRAYS_MAX frames lay above the limit
 *   LOW              the page allocator, low memory
 *   RECLAIM_BLOCKS   as MOVABLE_BLOCKS, with swapping to make room
 *   RECLAIM_PAGES    as PAGES, with reclaim, until twice as many lay above
 *
 * If the limit is in low memory, so are the blocks, and LOW comes last. All other
 * machines use only RECLAIM_PAGES, with GFP_HIGHUSER.
 *
 * What is left for others:
 *   - Blocks and claims bypass the page allocator's watermarks, so they keep them
 *     here: find_stretch() leaves a zone its high watermark and its lowmem_reserve.
 *   - LOW leaves the same in low memory, which GFP_KERNEL alone would not.
 *   - PAGES and RECLAIM_PAGES take no more than si_mem_available() allows: room().
 *   - No request invokes the OOM killer: direct reclaim uses __GFP_RETRY_MAYFAIL.
 */
#include "frames.h"

#include <linux/ioport.h>
#include <linux/log2.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/pfn.h>
#include <linux/sched/signal.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "compat.h"

/*
 * Frames per call of alloc_contig_range(), and calls per image. Each call makes every
 * CPU drain its lists. Claims only save copying, and get fewer calls.
 */
#define STRETCH_MAX	8192ul
#define CALLS_MAX	128
#define CLAIM_CALLS_MAX	32
/* Stop taking ordinary pages after this many frames above the limit. */
#define STRAYS_MAX	1024ul
/* A DMA zone that is smaller than this is not used. */
#define SMALL_ZONE	PHYS_PFN(128ul << 20)
/* Memory that the page allocator can be asked for; what lies above is high memory here. */
#define LOW_IS_DMA32	(!IS_ENABLED(CONFIG_HIGHMEM) && IS_ENABLED(CONFIG_ZONE_DMA32))
#define GFP_LOW		(LOW_IS_DMA32 ? GFP_KERNEL | GFP_DMA32 : GFP_KERNEL)

enum source {
	FREE_BLOCKS, MOVABLE_BLOCKS, PAGES, LOW, RECLAIM_BLOCKS, RECLAIM_PAGES,
	NOTHING,
};

/* The sources of a machine with memory above the limit; */
static const u8 above_limit[] = {
	FREE_BLOCKS, MOVABLE_BLOCKS, PAGES, LOW, RECLAIM_BLOCKS, RECLAIM_PAGES, NOTHING,
};
/* of one where all high memory lies above it; */
static const u8 limit_in_low_memory[] = { FREE_BLOCKS, MOVABLE_BLOCKS, LOW, NOTHING };
/* and of one with all memory below it. */
static const u8 below_limit[] = { RECLAIM_PAGES, NOTHING };

unsigned long kimg_low_memory_end(void)
{
	return PHYS_PFN(__pa((unsigned long)high_memory - 1)) + 1;
}

/* The end of what GFP_LOW allocates. */
static unsigned long low_end(void)
{
	unsigned long end = kimg_low_memory_end();

	return LOW_IS_DMA32 ? min(end, PHYS_PFN(1ull << 32)) : end;
}

static int found(struct resource *resource, void *unused)
{
	return 1;
}

/* Whether the machine has memory above the limit. */
static bool has_memory_above(u64 limit)
{
	return limit < (resource_size_t)-1 &&
	       walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM, limit + 1, -1,
				   NULL, found) == 1;
}

/* ---- What may be taken --------------------------------------------------------- */

/*
 * How many free pages of a zone may be taken down to a watermark. Other zones could
 * satisfy the request too, so its lowmem_reserve is kept.
 */
static long spare_pages(struct zone *zone, unsigned long mark)
{
	long free = zone_page_state(zone, NR_FREE_PAGES) -
		    zone_page_state(zone, NR_FREE_CMA_PAGES);

	return free - (long)mark - zone->lowmem_reserve[gfp_zone(GFP_HIGHUSER)];
}

/*
 * Whether a zone is for devices that cannot reach other memory, such as the first 16
 * MiB of a PC. ZONE_DMA is not always that: it can be most of memory, or all of low
 * memory, on ARM and on 64-bit machines.
 */
static bool is_for_devices(struct zone *zone)
{
	struct zone *other = zone;

	if (zone_idx(zone) || zone_managed_pages(zone) >= SMALL_ZONE)
		return false;
	while (zone_idx(other) < ZONE_NORMAL)
		if (populated_zone(++other))
			return true;
	return false;
}

/* Pages of low memory that may be taken, half of its page cache included. */
static long low_room(void)
{
	unsigned long frame = low_end() - 1;
	struct page *page = pfn_to_online_page(frame);
	struct zone *zone;

	/* A PC has a hole below 4 GiB. */
	while (!page && frame > KIMG_CONTIG_BLOCK)
		page = pfn_to_online_page(frame -= KIMG_CONTIG_BLOCK);
	if (!page)
		return 0;
	zone = page_zone(page);
	return spare_pages(zone, high_wmark_pages(zone)) +
	       (long)(zone_page_state(zone, NR_ZONE_INACTIVE_FILE) +
		      zone_page_state(zone, NR_ZONE_ACTIVE_FILE)) / 2;
}

/*
 * How many pages are available: without swapping, or with swapping as far as there is
 * swap space and memory to swap.
 */
static long room(bool swap)
{
	long pages = si_mem_available();

	if (swap)
		pages += min_t(long, get_nr_swap_pages(),
			       global_node_page_state(NR_ACTIVE_ANON) +
			       global_node_page_state(NR_INACTIVE_ANON));
	return pages;
}

/* ---- Blocks: alloc_contig_range() ---------------------------------------------- */

/* What could be done with a frame right now. */
enum fitness { FREE, MOVABLE, FIXED };

/*
 * `before` is the fitness of the previous frame, which applies to the tail pages of a
 * compound page, as its head comes first: compound_head() of a page without a reference
 * may not be a head any more.
 */
static enum fitness fitness(struct page *page, enum fitness before)
{
	if (!page)
		return FIXED;
	if (PageTail(page))
		return before;
	/* What may be unplugged must stay movable. */
	if (PageReserved(page) || page_zonenum(page) == ZONE_MOVABLE)
		return FIXED;
	/* Large pages in hugetlb's pool have no count. */
	if (!page_ref_count(page))
		return PageHead(page) ? FIXED : FREE;
	return PageLRU(page) ? MOVABLE : FIXED;
}

/*
 * Whether a block is fit, all of it and in one zone. *free: how many of its pages
 * are free.
 */
static bool block_is_fit(unsigned long block, bool movable, long *free)
{
	struct page *first = pfn_to_online_page(block);
	enum fitness fit = FIXED;
	unsigned long frame;

	*free = 0;
	if (!first || is_for_devices(page_zone(first)))
		return false;
	for (frame = block; frame < block + KIMG_CONTIG_BLOCK; frame++) {
		struct page *page = pfn_to_online_page(frame);

		fit = fitness(page, fit);
		if (fit == FIXED || (fit == MOVABLE && !movable) ||
		    page_zone(page) != page_zone(first))
			return false;
		*free += fit == FREE;
	}
	return true;
}

/*
 * Find the first range of fit blocks in *from .. end, all in one zone, with no more
 * free pages than the zone can spare: it keeps its high watermark, or the low one if
 * pages are migrated. The page allocator keeps the watermarks of the zones that these
 * migrate to. Returns how many frames of the range to take, at most `most`, or 0; moves
 * *from to its start. Its last block may be taken in part.
 *
 * This is a guess, as when the kernel itself searches such ranges: the pages are not
 * locked, and memory may go offline. alloc_contig_range() decides.
 */
static unsigned long find_stretch(unsigned long *from, unsigned long end,
				  unsigned long most, bool movable)
{
	unsigned long length = 0;
	unsigned long block = round_up(*from, KIMG_CONTIG_BLOCK);
	struct zone *zone = NULL;
	long free, spare = 0;

	for (; block + KIMG_CONTIG_BLOCK <= end; block += KIMG_CONTIG_BLOCK) {
		cond_resched();
		if (length >= most)
			break;
		if (block_is_fit(block, movable, &free)) {
			struct zone *here = page_zone(pfn_to_page(block));

			if (!length) {
				*from = block;
				zone = here;
				spare = spare_pages(zone, movable ?
						    low_wmark_pages(zone) :
						    high_wmark_pages(zone));
			}
			spare -= free;
			if (here == zone && (!free || spare >= 0)) {
				length += KIMG_CONTIG_BLOCK;
				continue;
			}
		}
		if (length)
			break;
	}
	return min(length, most);
}

/*
 * Take `count` frames from *first on. If some turn out to be in use, try less: *stretch
 * becomes half of what failed; a single block is skipped. Returns false with *first
 * where to search next.
 */
static bool take_range(struct kimg_frames *frames, unsigned long *first,
		       unsigned long count, unsigned long *stretch)
{
	frames->contig_calls++;
#ifdef CONFIG_CONTIG_ALLOC
	if (!alloc_contig_range(*first, *first + count, KIMG_CONTIG_ANY,
				GFP_KERNEL | __GFP_NOWARN)) {
		*stretch = min(*stretch * 2, STRETCH_MAX);
		return true;
	}
#endif
	*stretch = max(round_down(count / 2, KIMG_CONTIG_BLOCK), KIMG_CONTIG_BLOCK);
	if (count <= KIMG_CONTIG_BLOCK)
		*first += KIMG_CONTIG_BLOCK;
	return false;
}

/*
 * Take a block. Migrating pages needs as much memory elsewhere, and as much again is
 * left free: for each page that cannot be migrated for lack of memory, the page
 * allocator of older kernels writes a stack trace to the log, even with __GFP_NOWARN.
 */
static void draw_block(struct kimg_frames *frames, enum source source, u64 limit,
		       u64 want, struct kimg_run *got)
{
	unsigned long end = PHYS_PFN(limit) + 1;
	unsigned long least = min_t(u64, want, KIMG_CONTIG_BLOCK);
	bool movable = source != FREE_BLOCKS;

	if (!IS_ENABLED(CONFIG_CONTIG_ALLOC))
		return;
	while (frames->contig_calls < CALLS_MAX && !fatal_signal_pending(current)) {
		unsigned long most = min_t(u64, want, frames->block_stretch);
		unsigned long count;

		if (movable)
			most = min_t(unsigned long, most,
				     max(room(source == RECLAIM_BLOCKS), 0l) / 2);
		if (most < least)
			return;
		count = find_stretch(&frames->scan, end, most, movable);
		if (!count)
			return;
		if (take_range(frames, &frames->scan, count, &frames->block_stretch)) {
			got->first = frames->scan;
			got->count = count;
			frames->scan += count;
			return;
		}
	}
}

/*
 * Destinations that are free. Whole blocks only: a call for less would cost other
 * CPUs more than it saves.
 */
void kimg_frames_claim(struct kimg_frames *frames, u64 first, u64 count,
		       struct kimg_run *got)
{
	unsigned long frame = (unsigned long)first;
	unsigned long end = (unsigned long)(first + count);

	if (!IS_ENABLED(CONFIG_CONTIG_ALLOC))
		return;
	while (frames->contig_calls < CLAIM_CALLS_MAX && !fatal_signal_pending(current)) {
		unsigned long length = find_stretch(&frame, end,
						    frames->claim_stretch, false);

		if (!length)
			return;
		if (take_range(frames, &frame, length, &frames->claim_stretch)) {
			got->first = frame;
			got->count = length;
			return;
		}
	}
}

/* ---- Pages: alloc_pages() ------------------------------------------------------ */

static void take_pages(struct page *page, int order, struct kimg_run *got)
{
	split_page(page, order);
	got->first = page_to_pfn(page);
	got->count = 1ul << order;
}

/*
 * Take a power of two of pages, at most `want` and `most`: the largest available
 * without reclaim, or one page, with reclaim if `gfp` has it.
 */
static void draw_pages(struct kimg_frames *frames, gfp_t gfp, long most, u64 want,
		       struct kimg_run *got)
{
	struct page *page = NULL;
	int order;

	if (most <= 0)
		return;
	want = min_t(u64, want, most);
	/* What failed for one draw will fail for the next. */
	order = min_t(int, frames->order, ilog2(want));
	for (; order > 0 && !page; order -= !page)
		page = alloc_pages((gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN,
				   order);
	if (!page)
		page = alloc_pages(gfp | __GFP_NOWARN, 0);
	if (!page)
		return;
	if (order < ilog2(want))
		frames->order = order;
	take_pages(page, order, got);
}

/*
 * Control pages are few, perhaps several in one aligned run. The caller's flags say
 * which memory it can access; other memory cannot be used. All callers can access low
 * memory, so blocks come from there if the limit is too low for the page allocator.
 */
static void draw_control(struct kimg_frames *frames, u64 limit, u64 want,
			 struct kimg_run *got)
{
	int order = ilog2(want);
	struct page *page;

	if (!frames->first)
		draw_block(frames, FREE_BLOCKS, limit, 1ull << order, got);
	if (got->count)
		return;
	page = alloc_pages(frames->control | __GFP_NOWARN | __GFP_RETRY_MAYFAIL,
			   order);
	if (page)
		take_pages(page, order, got);
}

/* ---- All of them --------------------------------------------------------------- */

/* Draw from one source. A run of count 0: it is exhausted. */
static void draw_from(struct kimg_frames *frames, enum source source, u64 limit,
		      u64 want, struct kimg_run *got)
{
	switch (source) {
	case PAGES:
		if (frames->strays <= STRAYS_MAX)
			draw_pages(frames, GFP_HIGHUSER & ~__GFP_DIRECT_RECLAIM,
				   room(false), want, got);
		break;
	case LOW:
		draw_pages(frames, GFP_LOW | __GFP_RETRY_MAYFAIL, low_room(),
			   want, got);
		break;
	case RECLAIM_PAGES:
		if (frames->strays <= 2 * STRAYS_MAX)
			draw_pages(frames, GFP_HIGHUSER | __GFP_RETRY_MAYFAIL,
				   room(true), want, got);
		break;
	default:
		draw_block(frames, source, limit, want, got);
	}
	if (got->first + got->count > PHYS_PFN(limit) + 1)
		frames->strays += got->count;
}

int kimg_frames_draw(struct kimg_frames *frames, enum kimg_use use, u64 limit,
		     u64 want, struct kimg_run *got)
{
	if (fatal_signal_pending(current))
		return -EINTR;
	if (use == KIMG_USE_CONTROL) {
		draw_control(frames, limit, want, got);
		return 0;
	}
	while (*frames->source != NOTHING) {
		cond_resched();
		draw_from(frames, *frames->source, limit, want, got);
		if (got->count)
			return 0;
		if (fatal_signal_pending(current))
			return -EINTR;
		/* The next source starts anew. */
		frames->source++;
		frames->scan = frames->first;
		frames->block_stretch = STRETCH_MAX;
		frames->order = PAGE_ORDER_MAX;
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

void kimg_frames_init(struct kimg_frames *frames, u64 limit, gfp_t control)
{
	*frames = (struct kimg_frames) {
		.control = control,
		.source = below_limit,
		.first = low_end(),
		.block_stretch = STRETCH_MAX,
		.claim_stretch = STRETCH_MAX,
		.order = PAGE_ORDER_MAX,
	};
	if (has_memory_above(limit)) {
		frames->source = above_limit;
		if (PHYS_PFN(limit) < frames->first) {
			frames->source = limit_in_low_memory;
			frames->first = 0;
		}
	}
	frames->scan = frames->first;
}
