/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A fake page allocator: high memory first and from the top, as on i386, then low
 * memory, also from the top. Misuse that would crash a real kernel or leak memory
 * is recorded for the tests.
 */
#include "pretend_linux.h"

#include <stdlib.h>
#include <sys/mman.h>

#define FRAMES	0x104000ul	/* 4 GiB and 64 MiB */
#define DMA32_END 0x100000ul

bool pretend_CONFIG_HIGHMEM, pretend_CONFIG_ZONE_DMA32, pretend_CONFIG_CONTIG_ALLOC;
void *high_memory;
struct pretend pretend;
struct zone pretend_zone[MAX_NR_ZONES];

static struct page page[FRAMES];
static unsigned long low_end, lowest, highest;	/* frames of all memory */
static unsigned char *contents;
static unsigned int looks;	/* for a signal */

static void fault(const char *what)
{
	if (!pretend.fault)
		pretend.fault = what;
}

static void set_state(unsigned long frame, enum pretend_state state)
{
	struct zone *zone = &pretend_zone[page[frame].zone];

	zone->count[page[frame].state]--;
	zone->count[state]++;
	page[frame].state = (u8)state;
}

/* What was asked for, in one letter. */
static void asked(char what)
{
	size_t length = strlen(pretend.asked);

	if (length && pretend.asked[length - 1] == what)
		return;
	if (length + 1 < sizeof(pretend.asked))
		pretend.asked[length] = what;
}

void pretend_reset(unsigned long end)
{
	memset(page, 0, sizeof(page));
	memset(pretend_zone, 0, sizeof(pretend_zone));
	memset(&pretend, 0, sizeof(pretend));
	looks = 0;
	low_end = end;
	lowest = FRAMES;
	highest = 0;
	high_memory = (void *)((end << PAGE_SHIFT) + PAGE_OFFSET);
	pretend_CONFIG_HIGHMEM = pretend_CONFIG_CONTIG_ALLOC = true;
	pretend_CONFIG_ZONE_DMA32 = false;
	if (contents)
		munmap(contents, FRAMES << PAGE_SHIFT);
	contents = mmap(NULL, FRAMES << PAGE_SHIFT, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (contents == MAP_FAILED)
		abort();
}

void pretend_reset_64(unsigned long end)
{
	pretend_reset(end);
	pretend_CONFIG_HIGHMEM = false;
	pretend_CONFIG_ZONE_DMA32 = true;
}

/* The zone in which a frame begins its life. */
static enum zone_type first_zone(unsigned long frame)
{
	if (pretend_CONFIG_ZONE_DMA32)
		return frame < DMA32_END ? ZONE_DMA32 : ZONE_NORMAL;
	return frame < low_end ? ZONE_NORMAL : ZONE_HIGHMEM;
}

void pretend_memory(unsigned long start, unsigned long end, enum pretend_state state)
{
	for (unsigned long i = start; i < end; i++) {
		if (page[i].state == PRETEND_NOTHING) {
			page[i].zone = (u8)first_zone(i);
			pretend_zone[page[i].zone].managed++;
		}
		set_state(i, state);
	}
	if (lowest > start)
		lowest = start;
	if (highest < end)
		highest = end;
}

void pretend_in_zone(unsigned long start, unsigned long end, enum zone_type zone)
{
	for (; start < end; start++) {
		pretend_zone[page[start].zone].managed--;
		pretend_zone[page[start].zone].count[page[start].state]--;
		page[start].zone = (u8)zone;
		pretend_zone[zone].managed++;
		pretend_zone[zone].count[page[start].state]++;
	}
}

void pretend_reserved(unsigned long start, unsigned long end)
{
	for (; start < end; start++)
		page[start].reserved = true;
}

void pretend_offline(unsigned long start, unsigned long end)
{
	for (; start < end; start++)
		page[start].offline = true;
}

enum pretend_state pretend_state(unsigned long frame)
{
	return page[frame].state;
}

unsigned long pretend_count(unsigned long start, unsigned long end,
			    enum pretend_state state)
{
	unsigned long count = 0;

	for (; start < end; start++)
		count += page[start].state == state;
	return count;
}

/* ---- What the kernel has ------------------------------------------------------ */

static bool has_page(unsigned long frame)
{
	return frame < FRAMES && page[frame].state != PRETEND_NOTHING;
}

struct page *pfn_to_page(unsigned long frame)
{
	if (!has_page(frame)) {
		fault("pfn_to_page() of no page");
		return &page[lowest];
	}
	return &page[frame];
}

struct page *pfn_to_online_page(unsigned long frame)
{
	return has_page(frame) && !page[frame].offline ? &page[frame] : NULL;
}

unsigned long page_to_pfn(const struct page *at)
{
	return (unsigned long)(at - page);
}

/* A page whose flags are read. */
static const struct page *look_at(const struct page *at)
{
	if (at->offline)
		fault("the flags of a page that is offline are read");
	return at;
}

static bool is_large(const struct page *at)
{
	return at->state == PRETEND_LARGE || at->state == PRETEND_COMPOUND ||
	       at->state == PRETEND_POOL;
}

/* One large page: all frames of such a state that lie side by side. */
bool PageTail(const struct page *at)
{
	return is_large(look_at(at)) && at > page && at[-1].state == at->state;
}

bool PageHead(const struct page *at)
{
	return is_large(look_at(at)) && !PageTail(at);
}

bool PageReserved(const struct page *at)
{
	return look_at(at)->reserved;
}

bool PageLRU(const struct page *at)
{
	if (PageTail(at))
		fault("the head of a large page is looked for");
	return at->state == PRETEND_CACHE || at->state == PRETEND_ANON ||
	       at->state == PRETEND_LARGE || at->state == PRETEND_PINNED;
}

int page_ref_count(const struct page *at)
{
	/* The parts of a large page have none, nor has one in the pool. */
	return look_at(at)->state != PRETEND_FREE && at->state != PRETEND_POOL &&
	       !PageTail(at);
}

enum zone_type page_zonenum(const struct page *at)
{
	return look_at(at)->zone;
}

struct zone *page_zone(const struct page *at)
{
	return &pretend_zone[look_at(at)->zone];
}

unsigned long zone_page_state(const struct zone *zone, enum zone_stat_item item)
{
	switch (item) {
	case NR_FREE_PAGES:
		return zone->count[PRETEND_FREE];
	case NR_FREE_CMA_PAGES:
		return zone->free_cma;
	case NR_ZONE_ACTIVE_FILE:
		return zone->count[PRETEND_CACHE] / 4;
	default:
		return zone->count[PRETEND_CACHE] - zone->count[PRETEND_CACHE] / 4;
	}
}

int walk_iomem_res_desc(unsigned long desc, unsigned long flags, u64 start, u64 end,
			void *arg, int (*function)(struct resource *resource, void *arg))
{
	struct resource resource = { start, end };

	(void)desc;
	(void)flags;
	for (u64 frame = start >> PAGE_SHIFT; frame < FRAMES; frame++)
		if (has_page((unsigned long)frame))
			return function(&resource, arg);
	return -EINVAL;
}

static unsigned long all(enum pretend_state state)
{
	unsigned long count = 0;

	for (int i = 0; i < MAX_NR_ZONES; i++)
		count += pretend_zone[i].count[state];
	return count;
}

/* Whether a page is free, or can be made so. */
static bool usable(const struct page *at, bool reclaim)
{
	return at->state == PRETEND_FREE ||
	       (reclaim && (at->state == PRETEND_CACHE ||
			    (at->state == PRETEND_ANON && pretend.swap)));
}

static void take(unsigned long frame)
{
	if (page[frame].state == PRETEND_ANON)
		pretend.swap--;
	set_state(frame, PRETEND_TAKEN);
}

/* Whether 2^order pages from `first` on can be allocated. */
static bool fits(unsigned long first, int order, bool reclaim)
{
	for (unsigned long i = first; i < first + (1ul << order); i++)
		if (i >= FRAMES || page[i].reserved || page[i].offline ||
		    page[i].zone == ZONE_MOVABLE || page[i].zone != page[first].zone ||
		    !usable(&page[i], reclaim))
			return false;
	return true;
}

/* Whether a zone is above its low watermark, and its reserve for others. */
static bool has_spare(const struct zone *zone, long pages, gfp_t gfp)
{
	return (long)zone->count[PRETEND_FREE] >= pages +
		(long)zone->watermark[WMARK_LOW] + zone->lowmem_reserve[gfp_zone(gfp)];
}

/* From one zone, which keeps its low watermark, and its reserve for others. */
static struct page *alloc_from(enum zone_type from, gfp_t gfp, int order, bool reclaim)
{
	unsigned long size = 1ul << order, at = highest & ~(size - 1);
	bool spare = has_spare(&pretend_zone[from], (long)size, gfp);

	if (!reclaim && !spare)
		return NULL;
	while (at >= lowest + size) {
		at -= size;
		if (page[at].zone != from || !fits(at, order, reclaim))
			continue;
		/* What is reclaimed leaves the number of free pages as it was. */
		if (!spare && page[at].state == PRETEND_FREE)
			continue;
		for (unsigned long i = at; i < at + size; i++)
			take(i);
		page[at].block = (u8)order;
		return &page[at];
	}
	return NULL;
}

struct page *alloc_pages(gfp_t gfp, int order)
{
	bool reclaim = gfp & __GFP_DIRECT_RECLAIM;
	char what = gfp & __GFP_HIGHMEM ? 'h' : gfp & GFP_DMA32 ? 'd' : 'l';

	asked(reclaim ? (char)(what - 'a' + 'A') : what);
	if (order < 0 || order >= MAX_ORDER) {
		fault("an order that there is not");
		return NULL;
	}
	if (reclaim && !(gfp & (__GFP_NORETRY | __GFP_RETRY_MAYFAIL)))
		fault("an allocation that may wake the OOM killer");
	if (!(gfp & __GFP_NOWARN))
		fault("an allocation that may write to the log");
	for (int effort = 0; effort <= reclaim; effort++)
		for (int zone = gfp_zone(gfp); zone >= 0; zone--) {
			struct page *got = alloc_from(zone, gfp, order, effort);

			if (got)
				return got;
		}
	return NULL;
}

void split_page(struct page *at, int order)
{
	if (at->state != PRETEND_TAKEN || at->block != order)
		fault("split_page() of what was not allocated so");
	at->block = 0;
}

void __free_page(struct page *at)
{
	if (at->state != PRETEND_TAKEN)
		fault("a page is freed that was not taken");
	else if (at->block)
		fault("a page is freed out of a block");
	set_state(page_to_pfn(at), PRETEND_FREE);
}

static bool can_move(const struct page *at)
{
	return at->state == PRETEND_CACHE || at->state == PRETEND_ANON ||
	       at->state == PRETEND_LARGE;
}

/* The next page outside start .. end that is free, or can be made so; or NULL. */
static struct page *place_outside(unsigned long start, unsigned long end, bool reclaim)
{
	static unsigned long next;

	for (unsigned long tried = lowest; tried < highest; tried++) {
		if (next < lowest || ++next >= highest)
			next = lowest;
		if ((next < start || next >= end) && usable(&page[next], reclaim) &&
		    (page[next].state != PRETEND_FREE ||
		     has_spare(page_zone(&page[next]), 1, GFP_HIGHUSER)))
			return &page[next];
	}
	return NULL;
}

/* Move a page out of start .. end; *reclaim is set once there is no other way. */
static bool move(unsigned long frame, unsigned long start, unsigned long end,
		 bool *reclaim)
{
	struct page *to = *reclaim ? NULL : place_outside(start, end, false);

	if (!to) {
		*reclaim = true;
		to = place_outside(start, end, true);
	}
	if (!to)
		return false;
	if (to->state == PRETEND_ANON)
		pretend.swap--;
	set_state(page_to_pfn(to), page[frame].state == PRETEND_CACHE ? PRETEND_CACHE :
								       PRETEND_ANON);
	set_state(frame, PRETEND_FREE);
	return true;
}

int alloc_contig_range(unsigned long start, unsigned long end, int type, gfp_t gfp)
{
	bool reclaim = false;

	(void)gfp;
	asked('C');
	pretend.contigs++;
	if (type != MIGRATE_MOVABLE)
		fault("alloc_contig_range() for another kind of memory");
	for (unsigned long i = start; i < end; i++) {
		if (!has_page(i) || page[i].reserved || page[i].offline ||
		    (page[i].state != PRETEND_FREE && !can_move(&page[i]))) {
			pretend.contigs_failed++;
			return -EBUSY;
		}
		if (page[i].zone != page[start].zone)
			fault("alloc_contig_range() across zones");
	}
	for (unsigned long i = start; i < end; i++) {
		if (!can_move(&page[i]))
			continue;
		if (!move(i, start, end, &reclaim)) {
			pretend.traces++;
			pretend.contigs_failed++;
			return -ENOMEM;
		}
	}
	for (unsigned long i = start; i < end; i++)
		take(i);
	return 0;
}

/* What all zones keep is not available, nor is the last of the page cache. */
long si_mem_available(void)
{
	long free = (long)all(PRETEND_FREE), cache = (long)all(PRETEND_CACHE), low = 0;

	for (int i = 0; i < MAX_NR_ZONES; i++) {
		free -= (long)pretend_zone[i].watermark[WMARK_HIGH] +
			pretend_zone[i].lowmem_reserve[ZONE_HIGHMEM];
		low += (long)pretend_zone[i].watermark[WMARK_LOW];
	}
	return free + cache - min(cache / 2, low);
}

long get_nr_swap_pages(void)
{
	return (long)pretend.swap;
}

unsigned long global_node_page_state(enum node_stat_item item)
{
	return item == NR_ACTIVE_ANON ? all(PRETEND_ANON) : all(PRETEND_LARGE);
}

void *kmap_local_page(struct page *at)
{
	if (at->state != PRETEND_TAKEN)
		fault("a window on a page that was not taken");
	pretend.windows++;
	return contents + (page_to_pfn(at) << PAGE_SHIFT);
}

void kunmap_local(const void *at)
{
	(void)at;
	if (!pretend.windows--)
		fault("a window is closed twice");
}

unsigned long copy_from_user(void *to, const void *from, unsigned long size)
{
	if (pretend.copy_fails_after && !--pretend.copy_fails_after)
		return size;
	memcpy(to, from, size);
	return 0;
}

bool fatal_signal_pending(const void *task)
{
	(void)task;
	/* Once there, it stays. */
	return pretend.signal_after && ++looks >= pretend.signal_after;
}

void touch_nmi_watchdog(void)
{
	pretend.watchdog++;
}

bool irqs_disabled(void)
{
	return pretend.irqs_off;
}

void cond_resched(void)
{
	pretend.rescheds++;
	if (pretend.irqs_off)
		fault("cond_resched() with interrupts off");
}

/* ---- The machine: i386 --------------------------------------------------------------- */

u64 machine_limit(void)
{
	return 0xffffffff;
}

u64 machine_control_limit(void)
{
	return TASK_SIZE - 1;
}
