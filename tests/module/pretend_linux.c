/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A pretended page allocator: high memory first and from the top, as on i386, then
 * low memory, from the top too. What a real one would answer with a crash, or with
 * memory lost, is a fault that tests look for.
 */
#include "pretend_linux.h"

#include <stdlib.h>
#include <sys/mman.h>

#define FRAMES	0x102000ul	/* 4 GiB and 32 MiB */

bool pretend_CONFIG_HIGHMEM, pretend_CONFIG_X86_32, pretend_CONFIG_CONTIG_ALLOC;
void *high_memory;
struct pretend pretend;

static struct page page[FRAMES];
static unsigned long low_end, lowest, highest;	/* frames of all memory */
static unsigned char *contents;
static unsigned int looks;	/* for a signal */

static void fault(const char *what)
{
	if (!pretend.fault)
		pretend.fault = what;
}

void pretend_reset(unsigned long end)
{
	memset(page, 0, sizeof(page));
	memset(&pretend, 0, sizeof(pretend));
	looks = 0;
	low_end = end;
	lowest = FRAMES;
	highest = 0;
	high_memory = (void *)((end << PAGE_SHIFT) + PAGE_OFFSET);
	pretend_CONFIG_HIGHMEM = pretend_CONFIG_X86_32 = pretend_CONFIG_CONTIG_ALLOC = true;
	if (contents)
		munmap(contents, FRAMES << PAGE_SHIFT);
	contents = mmap(NULL, FRAMES << PAGE_SHIFT, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (contents == MAP_FAILED)
		abort();
}

void pretend_memory(unsigned long start, unsigned long end, enum pretend_state state)
{
	for (unsigned long i = start; i < end; i++) {
		page[i].state = (u8)state;
		page[i].zone = i < low_end ? ZONE_NORMAL : ZONE_HIGHMEM;
	}
	if (lowest > start)
		lowest = start;
	if (highest < end)
		highest = end;
}

void pretend_movable(unsigned long start, unsigned long end)
{
	for (; start < end; start++)
		page[start].zone = ZONE_MOVABLE;
}

void pretend_reserved(unsigned long start, unsigned long end)
{
	for (; start < end; start++)
		page[start].reserved = true;
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

bool pfn_valid(unsigned long frame)
{
	return frame < FRAMES && page[frame].state != PRETEND_NOTHING;
}

struct page *pfn_to_page(unsigned long frame)
{
	if (!pfn_valid(frame)) {
		fault("pfn_to_page() of no page");
		return &page[lowest];
	}
	return &page[frame];
}

unsigned long page_to_pfn(const struct page *at)
{
	return (unsigned long)(at - page);
}

bool PageReserved(const struct page *at)
{
	return at->reserved;
}

bool PageCompound(const struct page *at)
{
	return at->state == PRETEND_COMPOUND;
}

bool PageLRU(const struct page *at)
{
	return at->state == PRETEND_CACHE || at->state == PRETEND_PINNED;
}

int page_count(const struct page *at)
{
	/* The parts of a large page have none. */
	return at->state != PRETEND_FREE && at->state != PRETEND_COMPOUND;
}

bool is_zone_movable_page(const struct page *at)
{
	return at->zone == ZONE_MOVABLE;
}

enum zone_type page_zonenum(const struct page *at)
{
	return at->zone;
}

bool page_is_ram(unsigned long frame)
{
	return pfn_valid(frame);
}

/* Whether 2^order pages from `first` on can be allocated. */
static bool fits(unsigned long first, int order, bool reclaim)
{
	for (unsigned long i = first; i < first + (1ul << order); i++)
		if (i >= FRAMES || page[i].reserved || page[i].zone == ZONE_MOVABLE ||
		    (page[i].state != PRETEND_FREE &&
		     !(reclaim && page[i].state == PRETEND_CACHE)))
			return false;
	return true;
}

static struct page *alloc_between(unsigned long start, unsigned long end, int order,
				  bool reclaim)
{
	unsigned long size = 1ul << order, at = end & ~(size - 1);

	while (at >= start + size) {
		at -= size;
		if (!fits(at, order, reclaim))
			continue;
		for (unsigned long i = at; i < at + size; i++)
			page[i].state = PRETEND_TAKEN;
		page[at].block = (u8)order;
		return &page[at];
	}
	return NULL;
}

struct page *alloc_pages(gfp_t gfp, int order)
{
	bool reclaim = gfp & __GFP_DIRECT_RECLAIM;

	pretend.allocs++;
	if (order < 0 || order >= MAX_ORDER) {
		fault("an order that there is not");
		return NULL;
	}
	/* These two keep the OOM killer, and the log, out of it. */
	if (!(gfp & __GFP_NORETRY) || !(gfp & __GFP_NOWARN))
		fault("an allocation that may wake the OOM killer");
	for (int effort = 0; effort <= reclaim; effort++) {
		struct page *got = NULL;

		if (gfp & __GFP_HIGHMEM)
			got = alloc_between(low_end > lowest ? low_end : lowest, highest,
					    order, effort);
		if (!got)
			got = alloc_between(lowest, highest < low_end ? highest : low_end,
					    order, effort);
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
	at->state = PRETEND_FREE;
}

int alloc_contig_range(unsigned long start, unsigned long end, int type, gfp_t gfp)
{
	unsigned long moved = 0;

	(void)type, (void)gfp;
	pretend.contigs++;
	for (unsigned long i = start; i < end; i++) {
		if (!pfn_valid(i) || page[i].reserved ||
		    (page[i].state != PRETEND_FREE && page[i].state != PRETEND_CACHE)) {
			pretend.contigs_failed++;
			return -EBUSY;
		}
		if (page[i].zone != page[start].zone)
			fault("alloc_contig_range() across zones");
		moved += page[i].state == PRETEND_CACHE;
	}
	/* Somewhere else must be room for what is moved away. */
	for (unsigned long i = lowest; moved && i < highest; i++) {
		if ((i >= start && i < end) || page[i].state != PRETEND_FREE)
			continue;
		page[i].state = PRETEND_CACHE;
		moved--;
	}
	if (moved) {
		pretend.contigs_failed++;
		return -ENOMEM;
	}
	for (unsigned long i = start; i < end; i++)
		page[i].state = PRETEND_TAKEN;
	return 0;
}

void si_meminfo(struct sysinfo *info)
{
	info->freehigh = highest > low_end ?
		pretend_count(low_end, highest, PRETEND_FREE) : 0;
	info->totalhigh = highest > low_end ? highest - low_end -
		pretend_count(low_end, highest, PRETEND_NOTHING) : 0;
	info->freeram = pretend_count(0, low_end, PRETEND_FREE) + info->freehigh;
}

long si_mem_available(void)
{
	return (long)(pretend_count(0, highest, PRETEND_FREE) +
		      pretend_count(0, highest, PRETEND_CACHE));
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
