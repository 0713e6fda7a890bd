/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kexec code of a Linux tree needs of the rest of the kernel, to be compiled
 * here. Its memory is a simulated machine's: each page comes from the simulator's
 * draw() and goes back by give(), so that all that a hostile allocator does there is
 * done to this code, too, and what it loses is counted.
 *
 * A page has its bytes here while it is loaded; kernel_to_sim() puts them into the
 * simulator for the leap. They start as POISON. Memory above `low_limit` is high
 * memory: it has no address, and no GFP without __GFP_HIGHMEM gets it.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include "support.h"

#include <errno.h>

/* ---- The pretended kernel, as the tests see it. */

#define POISON 0xa5

struct page {
	uint64_t frame;
	unsigned char *bytes;	/* allocated when first used */
	struct page *next;	/* in the same bucket */
	bool owned, reserved;
	/* the kernel's */
	struct list_head {
		struct list_head *next, *prev;
	} lru;
	void *mapping;
	unsigned long private;
};

struct kernel {
	struct rig *rig;
	uint64_t low_limit;		/* highest address of a byte of low memory */
	uint64_t low_free;		/* pages of it */
	uint64_t low_reserve;		/* of them, for __GFP_HIGH only */
	unsigned long file_align;	/* of segments that are loaded from files; 0: a page */
	uint64_t cma_first, cma_count;	/* frames of the CMA area; 0: none */
	unsigned char *cma;		/* their bytes */
	bool cma_taken[64];
	uint32_t control;		/* control pages that the architecture takes */
	bool killed;			/* a fatal signal is pending */
	bool kill_when_empty;		/* an allocation that fails comes with one */
	/* What happened. */
	uint64_t oom_kills;		/* allocations that would call the OOM killer */
	uint64_t debug;			/* lines of pr_debug() */
	char said[200];			/* the last one */
};

extern struct kernel kernel;

/* A kernel for the machine of `rig`, which stays the caller's, and its end. */
void kernel_start(struct rig *rig);
void kernel_stop(void);

/* kexec_load(2) of the segments of the rig; 0 or a negative error. Loaded, it stays so. */
int kernel_load(void);
void kernel_unload(void);
/* The head of the loaded list. */
kimg_entry_t kernel_head(void);
/* Are its control pages in low memory, below their limit, and in no segment? */
bool kernel_control_is_good(void);

/*
 * kexec_file_load(2) up to where the list of segments is known, of kernels with CMA
 * segments. The segments of the rig with `mem` 0 lie where CMA has room.
 * `fail_after`: reading the files fails after so many segments; UINT32_MAX: never.
 * Loads the rest if all went well.
 */
int kernel_file_load(uint32_t fail_after);

/* CMA pages that are not free. */
uint64_t kernel_cma_taken(void);
/* Where segment `i` of the image came to lie, and its bytes, if in CMA; else NULL. */
const unsigned char *kernel_cma_segment(uint32_t i, uint64_t *mem);

/* Put the bytes of all pages into the simulated machine. */
void kernel_to_sim(void);

/* ---- The kernel's words. */

#ifdef KERNEL_WORDS

typedef unsigned int gfp_t;
typedef unsigned char u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef uint64_t phys_addr_t;
typedef unsigned long kimage_entry_t;

#define PAGE_SHIFT	(kernel.rig->host.page_shift)
#define PAGE_SIZE	(1UL << PAGE_SHIFT)
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)	ALIGN(x, PAGE_SIZE)
#define IS_ALIGNED(x, a) (((x) & ((a) - 1)) == 0)
#define ALIGN(x, a)	(((x) + (a) - 1) & ~((a) - 1))

#define __user
#define __GFP_HIGHMEM		1u
#define __GFP_ZERO		2u
#define __GFP_NORETRY		4u
#define __GFP_RETRY_MAYFAIL	8u
#define __GFP_NOWARN		16u
#define __GFP_HIGH		32u
#define GFP_KERNEL		64u
#define GFP_HIGHUSER		(GFP_KERNEL | __GFP_HIGHMEM)

#define KEXEC_SEGMENT_MAX		KIMG_SEGMENT_MAX
#define KEXEC_CONTROL_PAGE_SIZE		PAGE_SIZE
#define KEXEC_CONTROL_MEMORY_GFP	(GFP_KERNEL | __GFP_NORETRY)
#define KEXEC_SOURCE_MEMORY_LIMIT	(kernel.rig->host.source_limit)
#define KEXEC_DESTINATION_MEMORY_LIMIT	(kernel.rig->host.destination_limit)
#define KEXEC_CONTROL_MEMORY_LIMIT	(kernel.rig->host.control_limit)
#define KEXEC_CRASH_CONTROL_MEMORY_LIMIT KEXEC_CONTROL_MEMORY_LIMIT
#define KEXEC_ON_CRASH		1
#define KEXEC_PRESERVE_CONTEXT	2
#define KEXEC_FILE_ON_CRASH	2
#define KEXEC_FILE_DEBUG	8
#define KEXEC_BUF_MEM_UNKNOWN	0
#define IND_DESTINATION		1
#define IND_INDIRECTION		2
#define IND_DONE		4
#define IND_SOURCE		8

#define min(a, b)		((a) < (b) ? (a) : (b))
#define max(a, b)		((a) > (b) ? (a) : (b))
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define xchg(at, new) ({ __auto_type old_ = *(at); *(at) = (new); old_; })
#define WARN_ON(x)		fail_msg("WARN_ON(%s)", #x)
#define cond_resched()		((void)0)
#define current			0
#define fatal_signal_pending(task) (kernel.killed)
#define container_of(at, type, member) ((type *)((char *)(at) - offsetof(type, member)))

#define kzalloc(size, gfp)	calloc(1, size)
#define kzalloc_obj(what)	calloc(1, sizeof(what))
#define kfree(at)		free(at)

void kernel_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* %pR is the kernel's own. */
#define pr_debug(...)		kernel_say(__VA_ARGS__)
#define pr_err(...)		((void)0)

#define INIT_LIST_HEAD(list)	((list)->next = (list)->prev = (list))
#define list_empty(list)	((list)->next == (list))

static inline void list_add(struct list_head *new, struct list_head *head)
{
	new->next = head->next;
	new->prev = head;
	head->next->prev = new;
	head->next = new;
}

static inline void list_del(struct list_head *entry)
{
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
	entry->next = entry->prev = NULL;
}

#define list_for_each_entry(at, head, member)					\
	for (at = container_of((head)->next, __typeof__(*at), member);		\
	     &at->member != (head);						\
	     at = container_of(at->member.next, __typeof__(*at), member))
#define list_for_each_entry_safe(at, following, head, member)			\
	for (at = container_of((head)->next, __typeof__(*at), member);		\
	     following = container_of(at->member.next, __typeof__(*at), member), \
	     &at->member != (head);						\
	     at = following)

struct page *pfn_to_page(uint64_t frame);
struct page *alloc_pages(gfp_t gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order);
/* NULL for high memory. */
void *page_address(const struct page *page);
void *kmap_local_page(struct page *page);
/* The page of an entry of the list must have an address. */
void *boot_phys_to_virt(unsigned long address);
unsigned long virt_to_boot_phys(void *at);
/* No more than CMA_ALIGNMENT, as in Linux. */
#define CMA_ALIGNMENT	2
struct page *dma_alloc_from_contiguous(void *dev, size_t count, unsigned int align, bool quiet);
void dma_release_from_contiguous(void *dev, struct page *page, size_t count);

#define page_to_boot_pfn(page)	((unsigned long)(page)->frame)
#define boot_pfn_to_page(pfn)	pfn_to_page(pfn)
#define phys_to_boot_phys(x)	((unsigned long)(x))
#define PageHighMem(page)	(!page_address(page))
#define SetPageReserved(page)	((page)->reserved = true)
#define ClearPageReserved(page)	((page)->reserved = false)
#define set_page_private(page, x) ((page)->private = (x))
#define page_private(page)	((page)->private)
#define kunmap_local(at)	((void)(at))
#define clear_page(at)		memset(at, 0, PAGE_SIZE)
#define clear_highpage(page)	clear_page(kmap_local_page(page))
#define copy_highpage(to, from)	memcpy(kmap_local_page(to), kmap_local_page(from), PAGE_SIZE)
#define copy_from_user(to, from, size) (memcpy(to, from, size), 0)
#define arch_check_excluded_range(image, start, end) 0
#define totalram_pages()	(1UL << 60)
#define get_order(size)		((unsigned int)((size) > PAGE_SIZE ? 64 - __builtin_clzl(((size) - 1) >> PAGE_SHIFT) : 0))

#define accept_memory(start, size)		((void)0)
#define arch_kexec_post_alloc_pages(...)	((void)0)
#define arch_kexec_pre_free_pages(...)		((void)0)
#define arch_kexec_protect_crashkres()		((void)0)
#define arch_kexec_unprotect_crashkres()	((void)0)
#define kexec_flush_icache_page(page)		((void)0)
#define crash_update_vmcoreinfo_safecopy(at)	((void)0)
#define vunmap(at)				((void)0)
#define machine_kexec_post_load(image)		0
#define machine_kexec_cleanup(image)		((void)0)
#define kimage_crash_copy_vmcoreinfo(image)	0
#define kimage_file_post_load_cleanup(image)	((void)0)
#define kexec_trylock()				true
#define kexec_unlock()				((void)0)

struct kimage;
struct purgatory_info {
	void *purgatory_buf;
};
struct resource {
	uint64_t start, end;
};
static struct resource crashk_res;
static struct kimage *kexec_image, *kexec_crash_image;
static bool kexec_file_dbg_print __attribute__((unused));

static int machine_kexec_prepare(struct kimage *image);
static int arch_kexec_locate_mem_hole(void *kbuf) __attribute__((unused));
static int kimage_file_prepare_segments(struct kimage *image, int kernel_fd, int initrd_fd,
					const char *cmdline, unsigned long cmdline_len,
					unsigned int flags) __attribute__((unused));

#endif
#endif
