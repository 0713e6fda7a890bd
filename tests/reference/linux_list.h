/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The list of the RFC, repaired, in the very text that goes into a Linux tree:
 * the files of hosts/linux-tree/rfc, compiled on simulated memory.
 *
 * Included by one source file for each size of an entry, which defines
 *   ENTRY   the type of an entry
 *   LIST    the name of the struct ref_list to define
 */
#include "reference.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* The kernel's words, for one reference at a time. */
static struct reference *at_work;

typedef ENTRY kimage_entry_t;

struct kimage {
	kimage_entry_t head;
	unsigned long long entry_pos;
};

#define __bitwise
#define __force
#define __cleanup(f)	__attribute__((cleanup(f)))
#define WARN_ON_ONCE(x)	((x) ? abort(), true : false)
#define GFP_KERNEL	0
#define IND_DESTINATION KIMG_DESTINATION
#define IND_INDIRECTION KIMG_INDIRECTION
#define IND_DONE	KIMG_DONE
#define IND_SOURCE	KIMG_SOURCE
#define KIMAGE_NO_DEST	UINT64_MAX
#define PAGE_SHIFT	(at_work->host->page_shift)
#define PAGE_SIZE	(1ULL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))

/* A struct page is its frame number, plus one so that none is NULL. */
struct page;

static struct page *boot_pfn_to_page(uint64_t pfn)
{
	return (struct page *)(uintptr_t)(pfn + 1);
}

static uint64_t page_to_boot_pfn(const struct page *page)
{
	return (uintptr_t)page - 1;
}

/* As in the kernel, any address in a window closes it, the last one first. */
static unsigned char *window[2];
static unsigned int windows;

static void *kmap_local_page(const struct page *page)
{
	if (windows == 2)
		abort();
	window[windows] = at_work->host->ops->map(at_work->host->ctx,
						  page_to_boot_pfn(page));
	return window[windows++];
}

static void kunmap_local(const void *address)
{
	if (!windows || (const unsigned char *)address < window[windows - 1] ||
	    (const unsigned char *)address >= window[windows - 1] + PAGE_SIZE) {
		fputs("reference: kunmap_local() of what is not mapped last\n", stderr);
		abort();
	}
	at_work->host->ops->unmap(at_work->host->ctx, window[--windows]);
}

static void clear_highpage(const struct page *page)
{
	void *mapped = kmap_local_page(page);

	memset(mapped, 0, (size_t)PAGE_SIZE);
	kunmap_local(mapped);
}

static struct page *kimage_alloc_page(struct kimage *image, int gfp, uint64_t destination)
{
	uint64_t frame;

	(void)image;
	(void)gfp;
	return ref_alloc_page(at_work, destination, &frame) ?
	       boot_pfn_to_page(frame) : NULL;
}

static void kimage_free_extra_pages(struct kimage *image)
{
	(void)image;
}

static void kimage_terminate(struct kimage *image);

/* On every machine that this runs on, an unsigned long holds an address. */
#define long long long
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "../../hosts/linux-tree/rfc/6-positions/type.h"
#include "../../hosts/linux-tree/rfc/6-positions/head.h"
#include "../../hosts/linux-tree/rfc/6-positions/entries.c"
#include "../../hosts/linux-tree/rfc/6-positions/walk_struct.c"
#include "../../hosts/linux-tree/rfc/6-positions/walk_end.c"
#include "../../hosts/linux-tree/rfc/6-positions/walk_next.c"
/* What follows is counted. */
#define kimage_walk_next(walk) (at_work->reads++, kimage_walk_next(walk))
#include "../../hosts/linux-tree/rfc/6-positions/each.c"
#include "../../hosts/linux-tree/rfc/6-positions/add_entry.c"
#include "../../hosts/linux-tree/rfc/6-positions/terminate.c"
#include "../../hosts/linux-tree/rfc/6-positions/dst_used.c"
#pragma GCC diagnostic pop
#undef long

_Static_assert(KIMAGE_ENTRY_POS_HEAD == REF_INVALID, "the kernel's position");

/* The reference's words. */

static struct kimage open_image(struct reference *ref)
{
	at_work = ref;
	return (struct kimage){ (kimage_entry_t)ref->head, ref->pos };
}

static void close_image(struct reference *ref, const struct kimage *image)
{
	ref->head = image->head;
	ref->pos = image->entry_pos;
}

static bool list_add(struct reference *ref, kimg_entry_t entry)
{
	struct kimage image = open_image(ref);
	int code = kimage_add_entry(&image, (kimage_entry_t)entry);

	close_image(ref, &image);
	return code == 0;
}

static void list_end(struct reference *ref)
{
	struct kimage image = open_image(ref);

	kimage_terminate(&image);
	close_image(ref, &image);
}

static uint64_t list_find(struct reference *ref, uint64_t destination)
{
	struct kimage image = open_image(ref);

	return kimage_dst_used(&image, destination);
}

static kimg_entry_t list_read(struct reference *ref, uint64_t pos)
{
	struct kimage image = open_image(ref);

	ref->reads++;
	return kimage_read_entry(&image, pos);
}

static void list_write(struct reference *ref, uint64_t pos, kimg_entry_t entry)
{
	struct kimage image = open_image(ref);

	kimage_write_entry(&image, pos, (kimage_entry_t)entry);
	close_image(ref, &image);
}

static void list_each(struct reference *ref, void (*visit)(struct ref_frames *, uint64_t),
		      struct ref_frames *frames)
{
	struct kimage image = open_image(ref);
	kimage_entry_t entry;

	for_each_kimage_entry(&image, walk, entry)
		if (entry & (IND_INDIRECTION | IND_SOURCE))
			visit(frames, (uint64_t)entry >> PAGE_SHIFT);
}

const struct ref_list LIST = {
	.add = list_add,
	.end = list_end,
	.find = list_find,
	.read = list_read,
	.write = list_write,
	.each = list_each,
};
