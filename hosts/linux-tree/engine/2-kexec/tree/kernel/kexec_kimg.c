// SPDX-License-Identifier: GPL-2.0-only
/*
 * kexec images by the engine in kernel/kimg, which places all frames before it
 * loads a byte: this is its host, and what the kexec system calls ask of it.
 *
 * Frame numbers, as the engine has them, are those of the addresses in the list,
 * boot addresses: page_to_boot_pfn() and its kin stand between them and pages.
 */
#define pr_fmt(fmt) "kexec: " fmt

#include <linux/highmem.h>
#include <linux/ioport.h>
#include <linux/kexec.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/tick.h>
#include <linux/uaccess.h>

#include "kexec_internal.h"
#include "kimg/frames.h"
#include "kimg/kimg.h"

/* An image and the engine's part of it, in one allocation. */
struct kexec_engine {
	struct kimage image;		/* first: kfree(image) frees all of this */
	struct kimg_image kimg;
	struct kimg_host host;
	struct kimg_frames frames;
	const struct resource *region;	/* of a crash image */
	bool listed;			/* some segment is loaded by the list */
	void *scratch;
	struct page *window;		/* of a crash image, while one is open */
	u8 index[KEXEC_SEGMENT_MAX];	/* image->segment[] of the engine's */
};

static struct kexec_engine *engine_of(struct kimage *image)
{
	return container_of(image, struct kexec_engine, image);
}

/* ---- Errors ------------------------------------------------------------------ */

/* Say in the kernel log why, with the numbers. Segments by the caller's number. */
static void report(const struct kexec_engine *engine, struct kimg_why *why)
{
	char text[256];

	why->seg = engine->index[why->seg];
	why->other = engine->index[why->other];
	kimg_explain(why, text, sizeof(text));
	pr_notice_ratelimited("load refused: %s [%s]\n", text,
			      kimg_error_id(why->error));
}

/*
 * The same; returns the errno that the system calls have for it. What is no lack of
 * memory and no bad address is a bug of ours.
 */
static int refuse(const struct kexec_engine *engine, struct kimg_why *why)
{
	report(engine, why);
	if (why->error == KIMG_E_DATA)
		return -EFAULT;
	if (why->error == KIMG_E_INTERRUPTED ||
	    kimg_error_group(why->error) == KIMG_GROUP_MEMORY)
		return -ENOMEM;
	WARN_ON_ONCE(1);
	return -EINVAL;
}

/* ---- The host: see kimg/kimg_host.h ------------------------------------------ */

/* Pages that were allocated. Hibernation does not save reserved high memory. */
static void reserve(struct page *page, u64 count)
{
	u64 i;

	if (PageHighMem(page))
		return;
	for (i = 0; i < count; i++)
		SetPageReserved(page + i);
	arch_kexec_post_alloc_pages(page_address(page), count, 0);
}

static int engine_draw(void *ctx, enum kimg_use use, u64 limit, u64 want,
		       struct kimg_run *got)
{
	struct kexec_engine *engine = ctx;
	struct page *page;
	int code;

	code = kimg_frames_draw(&engine->frames, use, boot_phys_to_phys(limit),
				want, got);
	if (code || !got->count)
		return code;
	page = pfn_to_page(got->first);
	reserve(page, got->count);
	got->first = page_to_boot_pfn(page);
	return 0;
}

static void engine_give(void *ctx, u64 first, u64 count)
{
	struct page *page = boot_pfn_to_page(first);
	u64 i;

	if (!PageHighMem(page))
		arch_kexec_pre_free_pages(page_address(page), count);
	for (i = 0; i < count; i++)
		ClearPageReserved(page + i);
	kimg_frames_give(page_to_pfn(page), count);
}

/*
 * Destinations are addresses of user space's choice: there may be no page, or none
 * that is online. Nothing is taken from CMA, where KHO's scratch memory is, too.
 * A claim only saves copying, and is not worth an interrupt on isolated CPUs.
 */
static void engine_claim(void *ctx, u64 first, u64 count, struct kimg_run *got)
{
	struct kexec_engine *engine = ctx;
	unsigned long pfn = PHYS_PFN(boot_phys_to_phys(first << PAGE_SHIFT));
	struct page *page = pfn_to_online_page(pfn);

	if (!page || is_migrate_cma_page(page) || tick_nohz_full_enabled() ||
	    IS_ENABLED(CONFIG_PREEMPT_RT))
		return;
	kimg_frames_claim(&engine->frames, pfn, count, got);
	if (!got->count)
		return;
	page = pfn_to_page(got->first);
	reserve(page, got->count);
	got->first = page_to_boot_pfn(page);
}

static void *engine_map(void *ctx, u64 frame)
{
	struct kexec_engine *engine = ctx;
	struct page *page = boot_pfn_to_page(frame);

	/* The region of a crash image is not ours but while we write to it. */
	if (engine->region) {
		engine->window = page;
		arch_kexec_post_alloc_pages(page_address(page), 1, 0);
	}
	return kmap_local_page(page);
}

static void engine_unmap(void *ctx, void *window)
{
	struct kexec_engine *engine = ctx;

	if (!engine->region) {
		kunmap_local(window);
		return;
	}
	kexec_flush_icache_page(engine->window);
	kunmap_local(window);
	arch_kexec_pre_free_pages(page_address(engine->window), 1);
}

/* Copy bytes of a segment's buffer. */
static int pull(const struct kimage *image, const struct kexec_segment *segment,
		u64 offset, void *to, size_t size)
{
	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	if (image->file_mode)
		memcpy(to, segment->kbuf + offset, size);
	else if (copy_from_user(to, segment->buf + offset, size))
		return -EFAULT;
	return 0;
}

static int engine_pull(void *ctx, u32 index, u64 offset, void *to, size_t size)
{
	struct kexec_engine *engine = ctx;
	const struct kimage *image = &engine->image;

	return pull(image, &image->segment[engine->index[index]], offset, to,
		    size);
}

static void engine_pause(void *ctx)
{
	cond_resched();
}

static const struct kimg_host_ops engine_ops = {
	.draw = engine_draw,
	.give = engine_give,
	.map = engine_map,
	.unmap = engine_unmap,
	.pull = engine_pull,
	.claim = engine_claim,
	.pause = engine_pause,
};

/* The highest address of low memory; without high memory, of all memory. */
static unsigned long low_memory_limit(void)
{
	if (!IS_ENABLED(CONFIG_HIGHMEM))
		return -1UL;
	return phys_to_boot_phys(PFN_PHYS((phys_addr_t)kimg_low_memory_end()) - 1);
}

/*
 * Control pages are written through their permanent mapping, so they are in low
 * memory, whatever the architecture's limit is; and so are all pages if it says so.
 */
static void engine_init(struct kexec_engine *engine)
{
	unsigned long low = low_memory_limit();
	unsigned long source = KEXEC_SOURCE_MEMORY_LIMIT;
	unsigned long control = min(KEXEC_CONTROL_MEMORY_LIMIT, low);

	BUILD_BUG_ON(KIMG_INTERRUPTED != -EINTR);
	if (engine->region)
		control = KEXEC_CRASH_CONTROL_MEMORY_LIMIT;
	if (!(KEXEC_SOURCE_MEMORY_GFP & __GFP_HIGHMEM))
		source = min(source, low);
	engine->host = (struct kimg_host) {
		.ops = &engine_ops,
		.ctx = engine,
		.page_shift = PAGE_SHIFT,
		.entry_size = sizeof(kimage_entry_t),
		.source_limit = source,
		.destination_limit = KEXEC_DESTINATION_MEMORY_LIMIT,
		.control_limit = control,
		.park_max = KIMG_PARK_MAX,
	};
	kimg_frames_init(&engine->frames, boot_phys_to_phys(source),
			 KEXEC_CONTROL_MEMORY_GFP);
}

/* ---- Making an image --------------------------------------------------------- */

/* An empty image with its engine, all zeroes; or NULL. */
struct kimage *kimage_engine_alloc(void)
{
	struct kexec_engine *engine = kzalloc(sizeof(*engine), GFP_KERNEL);

	BUILD_BUG_ON(offsetof(struct kexec_engine, image));
	BUILD_BUG_ON(KEXEC_SEGMENT_MAX > KIMG_SEGMENT_MAX);
	return engine ? &engine->image : NULL;
}

/* The image is a crash image, for this region. Before it is planned. */
void kimage_engine_set_region(struct kimage *image, const struct resource *region)
{
	engine_of(image)->region = region;
}

/*
 * Plan the image, once sanity_check_segment_list() has passed its segments. An empty
 * segment needs nothing. Takes no memory.
 */
int kimage_engine_plan(struct kimage *image)
{
	struct kexec_engine *engine = engine_of(image);
	struct kimg_segment plan[KEXEC_SEGMENT_MAX];
	struct kimg_range region;
	struct kimg_why why;
	unsigned long i;
	u32 count = 0;

	engine_init(engine);
	for (i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *segment = &image->segment[i];

		engine->listed = true;
		if (!segment->memsz)
			continue;
		engine->index[count] = i;
		plan[count++] = (struct kimg_segment) {
			.mem = segment->mem,
			.memsz = segment->memsz,
			.bufsz = segment->bufsz,
		};
	}
	if (engine->region) {
		region.start = phys_to_boot_phys(engine->region->start);
		region.end = (u64)phys_to_boot_phys(engine->region->end) + 1;
	}
	if (kimg_init(&engine->kimg, &engine->host, &why) ||
	    kimg_plan(&engine->kimg, plan, count, 0,
		      engine->region ? &region : NULL, &why))
		return refuse(engine, &why);
	return 0;
}

/*
 * 2^order pages for the trampoline of @image, aligned to their number, that no
 * segment wants; they are freed with the image. Once the image is planned.
 * NULL if there are none.
 */
struct page *kimage_alloc_control_pages(struct kimage *image, unsigned int order)
{
	struct kexec_engine *engine = engine_of(image);
	struct kimg_block *block = kmalloc(sizeof(*block), GFP_KERNEL);
	struct kimg_why why;
	struct page *page;

	if (!block)
		return NULL;
	if (kimg_draw_control(&engine->kimg, block, order, &why)) {
		report(engine, &why);
		kfree(block);
		return NULL;
	}
	page = boot_pfn_to_page(block->first);
	WARN_ON_ONCE(PageHighMem(page));
	/* Of a crash image they were never drawn. */
	if (engine->region)
		arch_kexec_post_alloc_pages(page_address(page), 1 << order, 0);
	return page;
}

/*
 * Whether the image has control pages: no more segments then. They would not be in
 * the plan, so this goes for crash images, too.
 */
bool kimage_has_control_pages(struct kimage *image)
{
	return engine_of(image)->kimg.blocks;
}

/* Load all segments that the list has, at once; nothing if that was done. */
static int load_listed(struct kexec_engine *engine)
{
	size_t size = kimg_scratch_size(&engine->kimg);
	struct kimg_why why;

	if (engine->kimg.state != KIMG_NEW)
		return 0;
	engine->scratch = kvmalloc(size, GFP_KERNEL);
	if (!engine->scratch)
		return -ENOMEM;
	if (kimg_place(&engine->kimg, engine->scratch, size, &why) ||
	    kimg_fill(&engine->kimg, &why))
		return refuse(engine, &why);
	return 0;
}

/* Every page is placed before one is loaded, so the first call loads all segments. */
int kimage_load_segment(struct kimage *image, struct kexec_segment *segment)
{
	return load_listed(engine_of(image));
}

/*
 * A list without entries, of empty segments only. It is not in the head: there,
 * IND_DONE tells architectures that all is loaded in place already.
 */
static int add_empty_list(struct kimage *image)
{
	struct page *page = kimage_alloc_control_pages(image, 0);

	if (!page)
		return -ENOMEM;
	*(kimage_entry_t *)page_address(page) = IND_DONE;
	image->head = virt_to_boot_phys(page_address(page)) | IND_INDIRECTION;
	return 0;
}

/* End the list and check all of it. -EINVAL if it is not as it must be: a bug. */
int kimage_terminate(struct kimage *image)
{
	struct kexec_engine *engine = engine_of(image);
	struct kimg_image *kimg = &engine->kimg;
	struct kimg_why why;
	u32 i;

	if (kimg_seal(kimg, &why))
		return refuse(engine, &why);
	image->head = kimg->head;
	if (!kimg->entries && engine->listed && !engine->region)
		return add_empty_list(image);
	for (i = 0; i < kimg->list_pages; i++)
		pr_debug("indirection page %llx\n", kimg->directory[i]);
	pr_debug("%u pages, %zu in place, %u indirection pages, %zu parked while placing\n",
		 kimg->pages, kimg->stats.in_place, kimg->list_pages,
		 kimg->stats.parked);
	return 0;
}

/* Free all frames of an image, and what the engine needed to know of them. */
void kimage_free_frames(struct kimage *image)
{
	struct kexec_engine *engine = engine_of(image);
	struct kimg_block *block = engine->kimg.blocks, *next;

	kimg_free(&engine->kimg);
	for (; block; block = next) {
		next = block->next;
		kfree(block);
	}
	kvfree(engine->scratch);
	engine->scratch = NULL;
	image->head = 0;
}
