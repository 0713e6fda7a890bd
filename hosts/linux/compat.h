/* SPDX-License-Identifier: GPL-2.0-only */
/* Differences between kernels from 5.10 on, as to memory. */
#ifndef KIMG_COMPAT_H
#define KIMG_COMPAT_H

#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/mmzone.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error kleap needs Linux 5.10 or later
#endif

/*
 * The third argument of alloc_contig_range() for memory of all kinds but CMA.
 * Since 6.16 it is a set of flags, in which MIGRATE_MOVABLE would mean CMA.
 */
#ifdef ACR_FLAGS_NONE
#define KIMG_CONTIG_ANY	ACR_FLAGS_NONE
#else
#define KIMG_CONTIG_ANY	MIGRATE_MOVABLE
#endif

/* The highest order of the page allocator: MAX_ORDER was one more until 6.3. */
#ifdef MAX_PAGE_ORDER
#define PAGE_ORDER_MAX	MAX_PAGE_ORDER
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#define PAGE_ORDER_MAX	MAX_ORDER
#else
#define PAGE_ORDER_MAX	(MAX_ORDER - 1)
#endif

/*
 * The number of pages that alloc_contig_range() isolates at once: an unmovable page
 * anywhere in such a block makes it fail.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
#define KIMG_CONTIG_BLOCK	((unsigned long)pageblock_nr_pages)
#else
#define KIMG_CONTIG_BLOCK	max_t(unsigned long, MAX_ORDER_NR_PAGES, \
				      pageblock_nr_pages)
#endif

/*
 * kmap_local_page() came with 5.11. kmap_atomic() cannot replace it where the caller
 * sleeps, as when copying from user space; kmap() itself sleeps.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 11, 0)
static inline void *kmap_local_page(struct page *page)
{
	return irqs_disabled() ? kmap_atomic(page) : kmap(page);
}

static inline void kunmap_local(void *address)
{
	if (irqs_disabled())
		kunmap_atomic(address);
	else
		kunmap(kmap_to_page(address));
}
#endif

#endif
