/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A fake of those parts of Linux that hosts/linux/frames.c and memory.c need. The
 * Makefile replaces every header that they include by this one. pretend_linux.c is
 * the page allocator; its controls for tests are at the end of this file.
 *
 * `long` has the size of this machine, not of i386.
 */
#ifndef PRETEND_LINUX_H
#define PRETEND_LINUX_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#define __user

/* Options are chosen while running. */
#define IS_ENABLED(option)	(pretend_##option)
#define CONFIG_CONTIG_ALLOC	/* for #ifdef; IS_ENABLED() does not expand it */
extern bool pretend_CONFIG_HIGHMEM, pretend_CONFIG_ZONE_DMA32, pretend_CONFIG_CONTIG_ALLOC;

#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define max_t(type, a, b)	max((type)(a), (type)(b))
#define round_down(x, to)	((x) & ~((to) - 1))
#define round_up(x, to)		round_down((x) + (to) - 1, to)
#define container_of(at, type, member) \
	((type *)(void *)((char *)(at) - offsetof(type, member)))
#define ilog2(value)		(63 - __builtin_clzll((unsigned long long)(value)))

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096ul
#define PHYS_PFN(at)	((unsigned long)((at) >> PAGE_SHIFT))
#define PAGE_OFFSET	0xc0000000ul
#define TASK_SIZE	PAGE_OFFSET
#define __pa(at)	((at) - PAGE_OFFSET)
#define MAX_ORDER	11
#define pageblock_nr_pages 512ul
#define MIGRATE_MOVABLE	1
#define KERNEL_VERSION(a, b, c)	((a) << 16 | (b) << 8 | (c))
#define LINUX_VERSION_CODE	KERNEL_VERSION(6, 1, 0)

typedef unsigned int gfp_t;
#define __GFP_HIGHMEM		0x1u
#define __GFP_DIRECT_RECLAIM	0x2u
#define __GFP_NOWARN		0x4u
#define __GFP_NORETRY		0x8u
#define __GFP_RETRY_MAYFAIL	0x20u
#define GFP_DMA32		0x40u
#define GFP_KERNEL		(__GFP_DIRECT_RECLAIM | 0x10u)
#define GFP_HIGHUSER		(GFP_KERNEL | __GFP_HIGHMEM)

enum zone_type {
	ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, ZONE_HIGHMEM, ZONE_MOVABLE, MAX_NR_ZONES
};
enum { WMARK_MIN, WMARK_LOW, WMARK_HIGH };

/* Counts follow the states of pages; the rest is for tests to set. */
struct zone {
	unsigned long count[16];		/* pages by state */
	unsigned long managed;
	unsigned long free_cma;
	unsigned long watermark[3];
	long lowmem_reserve[MAX_NR_ZONES];
};

enum zone_stat_item {
	NR_FREE_PAGES, NR_FREE_CMA_PAGES, NR_ZONE_INACTIVE_FILE, NR_ZONE_ACTIVE_FILE,
};
enum node_stat_item { NR_ACTIVE_ANON, NR_INACTIVE_ANON };

struct page {
	u8 state;	/* enum pretend_state */
	u8 zone;
	u8 block;	/* allocated as 2^block pages, and not split */
	bool reserved, offline;
};

struct mutex { int unused; };

extern void *high_memory;

struct page *pfn_to_page(unsigned long frame);
struct page *pfn_to_online_page(unsigned long frame);
unsigned long page_to_pfn(const struct page *page);
bool PageReserved(const struct page *page);
bool PageHead(const struct page *page);
bool PageTail(const struct page *page);
bool PageLRU(const struct page *page);
int page_ref_count(const struct page *page);
enum zone_type page_zonenum(const struct page *page);
struct zone *page_zone(const struct page *page);
unsigned long zone_page_state(const struct zone *zone, enum zone_stat_item item);
#define zone_idx(zone)			((zone) - pretend_zone)
#define zone_managed_pages(zone)	((zone)->managed)
#define populated_zone(zone)		((zone)->managed != 0)
#define low_wmark_pages(zone)		((zone)->watermark[WMARK_LOW])
#define high_wmark_pages(zone)		((zone)->watermark[WMARK_HIGH])
#define gfp_zone(gfp)			((gfp) & __GFP_HIGHMEM ? ZONE_HIGHMEM : \
					 (gfp) & GFP_DMA32 ? ZONE_DMA32 : ZONE_NORMAL)

typedef u64 resource_size_t;
struct resource {
	resource_size_t start, end;
};
#define IORES_DESC_NONE		0ul
#define IORESOURCE_SYSTEM_RAM	1ul
/* Calls `function` for one range at most: the rest of memory from `start` on. */
int walk_iomem_res_desc(unsigned long desc, unsigned long flags, u64 start, u64 end,
			void *arg, int (*function)(struct resource *resource, void *arg));
struct page *alloc_pages(gfp_t gfp, int order);
void split_page(struct page *page, int order);
void __free_page(struct page *page);
int alloc_contig_range(unsigned long start, unsigned long end, int type, gfp_t gfp);
long si_mem_available(void);
long get_nr_swap_pages(void);
unsigned long global_node_page_state(enum node_stat_item item);
void *kmap_local_page(struct page *page);
void kunmap_local(const void *at);
unsigned long copy_from_user(void *to, const void *from, unsigned long size);
#define current NULL
bool fatal_signal_pending(const void *task);
#define BUILD_BUG_ON(wrong) _Static_assert(!(wrong), #wrong)
void cond_resched(void);
bool irqs_disabled(void);
void touch_nmi_watchdog(void);

/* ---- For tests -------------------------------------------------------------- */

enum pretend_state {
	PRETEND_NOTHING,	/* no memory */
	PRETEND_FREE,
	PRETEND_KERNEL,		/* in use, for good */
	PRETEND_CACHE,		/* can be moved, or reclaimed */
	PRETEND_ANON,		/* can be moved, or swapped out */
	PRETEND_LARGE,		/* large pages that can be moved */
	PRETEND_PINNED,		/* looks like cache, but cannot be moved */
	PRETEND_COMPOUND,	/* a large page of the kernel */
	PRETEND_POOL,		/* a large page in hugetlb's pool */
	PRETEND_TAKEN,		/* by whom we test */
};

/* Forget all memory, and have low memory end at frame `low_end`, as on i386. */
void pretend_reset(unsigned long low_end);
/* The same as on x86_64: ZONE_DMA32 up to 4 GiB, no high memory. */
void pretend_reset_64(unsigned long end);
/* Give frames start .. end this state; the first call for a frame makes the memory. */
void pretend_memory(unsigned long start, unsigned long end, enum pretend_state state);
/* From now on these frames belong to another zone, are PageReserved(), or offline. */
void pretend_in_zone(unsigned long start, unsigned long end, enum zone_type zone);
void pretend_reserved(unsigned long start, unsigned long end);
void pretend_offline(unsigned long start, unsigned long end);
extern struct zone pretend_zone[MAX_NR_ZONES];
unsigned long pretend_count(unsigned long start, unsigned long end,
			    enum pretend_state state);
/* The state of a frame. */
enum pretend_state pretend_state(unsigned long frame);

extern struct pretend {
	const char *fault;		/* what a kernel would not forgive; or NULL */
	/*
	 * What was asked for, in this order; equal requests one after another are one:
	 * C alloc_contig_range(); of alloc_pages() h __GFP_HIGHMEM, d GFP_DMA32, l neither;
	 * the same in capitals with direct reclaim.
	 */
	char asked[64];
	unsigned int contigs;		/* calls of alloc_contig_range() */
	unsigned int contigs_failed;
	unsigned int traces;		/* pages that found no place to move to */
	unsigned long swap;		/* pages that may be swapped out */
	unsigned int windows;
	unsigned int signal_after;	/* looks until there is a fatal signal; 0: none */
	unsigned int copy_fails_after;	/* pages copied until one fails; 0: none */
	unsigned int rescheds;		/* calls of cond_resched() */
	unsigned int watchdog;		/* and of touch_nmi_watchdog() */
	bool irqs_off;
} pretend;

#endif
