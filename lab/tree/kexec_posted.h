/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the RFC of May 2020 does to the list, as it was posted, in our words; posted.cocci puts it into kexec_core.c.
 *
 * Its faults are kept, for they are what this build is to show: no case for a list without a page, so that the first
 * entry of each list, and the end of an empty one, is written through the position that means "none yet".
 */
#ifndef KEXEC_POSTED_H
#define KEXEC_POSTED_H

#include <linux/highmem.h>
#include <linux/kexec.h>

typedef unsigned long kimage_entry_pos_t;

#define KIMAGE_ENTRY_POS_INVALID ((kimage_entry_pos_t)-2)
#define LAST_KIMAGE_ENTRY (PAGE_SIZE / sizeof(kimage_entry_t) - 1)

static struct page *kimage_alloc_page(struct kimage *image, unsigned long destination);

static kimage_entry_t kimage_read_entry(kimage_entry_pos_t pos)
{
	kimage_entry_t *slots = kmap_atomic(boot_pfn_to_page(pos >> PAGE_SHIFT));
	kimage_entry_t value = slots[pos & ~PAGE_MASK];

	kunmap_atomic(slots);
	return value;
}

/* Not inlined, so that an oops names it. */
static noinline void kimage_write_entry(kimage_entry_pos_t pos, kimage_entry_t value)
{
	kimage_entry_t *slots = kmap_atomic(boot_pfn_to_page(pos >> PAGE_SHIFT));

	slots[pos & ~PAGE_MASK] = value;
	kunmap_atomic(slots);
}

static int posted_add_entry(struct kimage *image, kimage_entry_t entry)
{
	if (image->entry_pos == KIMAGE_ENTRY_POS_INVALID || (image->entry_pos & ~PAGE_MASK) == LAST_KIMAGE_ENTRY) {
		struct page *page = kimage_alloc_page(image, -1UL);
		unsigned long address;

		if (!page)
			return -ENOMEM;
		address = page_to_boot_pfn(page) << PAGE_SHIFT;
		kimage_write_entry(image->entry_pos, address | IND_INDIRECTION);
		clear_highpage(page);
		image->entry_pos = address;
	}
	kimage_write_entry(image->entry_pos, entry);
	image->entry_pos++;
	return 0;
}

/* The walking functions' variable is a pointer in each kernel; here it holds a position, and is never followed. */
#define for_each_posted_entry(image, ptr, entry)								\
	for (entry = (image)->head, ptr = (void *)KIMAGE_ENTRY_POS_INVALID; entry && !(entry & IND_DONE);	\
	     ptr = (void *)(entry & IND_INDIRECTION ? entry & PAGE_MASK : (kimage_entry_pos_t)ptr + 1),		\
	     entry = kimage_read_entry((kimage_entry_pos_t)ptr))

#endif
