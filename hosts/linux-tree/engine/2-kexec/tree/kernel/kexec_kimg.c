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
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
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

/* The same; returns the errno that the system calls have for it. */
static int refuse(const struct kexec_engine *engine, struct kimg_why *why)
{
	report(engine, why);
	switch (why->error) {
	case KIMG_E_DATA:
		return -EFAULT;
	case KIMG_E_INTERRUPTED:
		return -EINTR;
	default:
		break;
	}
	return kimg_error_group(why->error) == KIMG_GROUP_MEMORY ? -ENOMEM : -EIO;
}

/* ---- The host: see kimg/kimg_host.h ------------------------------------------ */

static int engine_draw(void *ctx, enum kimg_use use, u64 limit, u64 want,
		       struct kimg_run *got)
{
	struct kexec_engine *engine = ctx;
	struct page *page;
	u64 i;
	int code;

	code = kimg_frames_draw(&engine->frames, use, boot_phys_to_phys(limit),
				want, got);
	if (code || !got->count)
		return code;
	page = pfn_to_page(got->first);
	for (i = 0; i < got->count; i++)
		SetPageReserved(page + i);
	if (!PageHighMem(page))
		arch_kexec_post_alloc_pages(page_address(page), got->count, 0);
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

static void engine_claim(void *ctx, u64 first, u64 count, struct kimg_run *got)
{
	struct kexec_engine *engine = ctx;
	struct page *page = boot_pfn_to_page(first);
	u64 i;

	kimg_frames_claim(&engine->frames, page_to_pfn(page), count, got);
	if (!got->count)
		return;
	page = pfn_to_page(got->first);
	for (i = 0; i < got->count; i++)
		SetPageReserved(page + i);
	if (!PageHighMem(page))
		arch_kexec_post_alloc_pages(page_address(page), got->count, 0);
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

static int engine_pull(void *ctx, u32 index, u64 offset, void *to, size_t size)
{
	struct kexec_engine *engine = ctx;
	const struct kexec_segment *segment;

	segment = &engine->image.segment[engine->index[index]];
	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	if (engine->image.file_mode)
		memcpy(to, segment->kbuf + offset, size);
	else if (copy_from_user(to, segment->buf + offset, size))
		return -EFAULT;
	return 0;
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

/*
 * The highest address that a byte of a source, or of the list, may have.
 *
 * Before it jumps, MIPS turns each address in the list into one of the direct
 * mapping, and follows the list through it: neither the list nor the pages that
 * it names can lie in high memory there. Of the architectures that do so, none
 * other has high memory.
 */
static unsigned long source_limit(void)
{
	unsigned long limit = KEXEC_SOURCE_MEMORY_LIMIT;

	if (IS_ENABLED(CONFIG_MIPS) && IS_ENABLED(CONFIG_HIGHMEM))
		limit = min(limit, virt_to_boot_phys(high_memory - 1));
	return limit;
}

static void engine_init(struct kexec_engine *engine)
{
	unsigned long control = KEXEC_CONTROL_MEMORY_LIMIT;

	BUILD_BUG_ON(KIMG_INTERRUPTED != -EINTR);
	if (engine->region)
		control = KEXEC_CRASH_CONTROL_MEMORY_LIMIT;
	engine->host = (struct kimg_host) {
		.ops = &engine_ops,
		.ctx = engine,
		.page_shift = PAGE_SHIFT,
		.entry_size = sizeof(kimage_entry_t),
		.source_limit = source_limit(),
		/* A segment ends below the limit's own page, as it always did. */
		.destination_limit =
			((KEXEC_DESTINATION_MEMORY_LIMIT - 1) & PAGE_MASK) - 1,
		.control_limit = control,
		.park_max = KIMG_PARK_MAX,
	};
	kimg_frames_init(&engine->frames,
			 boot_phys_to_phys(engine->host.source_limit),
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

/* The image is a crash image, for this region. Before the segments are checked. */
void kimage_engine_set_region(struct kimage *image, const struct resource *region)
{
	engine_of(image)->region = region;
}

/*
 * The rules for segments: by the engine, in the order in which their errors have
 * always come, one rule of our own, and then the plan of the image.
 *
 * Returns -EADDRNOTAVAIL for addresses that cannot be, -EINVAL for segments that
 * overlap, have more data than memory, or want more than half of all memory.
 */
int sanity_check_segment_list(struct kimage *image)
{
	struct kexec_engine *engine = engine_of(image);
	struct kimg_segment plan[KEXEC_SEGMENT_MAX];
	struct kimg_range region;
	struct kimg_why why;
	unsigned long i, pages = 0;
	u32 count = 0;

	engine_init(engine);
	for (i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *segment = &image->segment[i];
		struct kimg_segment one = {
			.mem = segment->mem,
			.memsz = segment->memsz,
		};

		/* An empty segment wants nothing, but has always been allowed. */
		if (!segment->memsz) {
			if (offset_in_page(segment->mem) ||
			    segment->mem >= KEXEC_DESTINATION_MEMORY_LIMIT)
				return -EADDRNOTAVAIL;
			if (segment->bufsz)
				return -EINVAL;
			continue;
		}
		engine->index[count] = i;
		plan[count] = one;
		plan[count].bufsz = segment->bufsz;
		if (kimg_check_segments(&engine->host, &one, 1, NULL, &why)) {
			why.seg = count;
			report(engine, &why);
			return -EADDRNOTAVAIL;
		}
		count++;
		pages += segment->memsz >> PAGE_SHIFT;
	}
	if (kimg_check_segments(&engine->host, plan, count, NULL, &why)) {
		report(engine, &why);
		return -EINVAL;
	}
	/* A request that cannot be met shall not take time to find that out. */
	if (pages > totalram_pages() / 2) {
		kimg_fail(&why, KIMG_E_IMAGE_TOO_LARGE, .a = totalram_pages() / 2);
		report(engine, &why);
		return -EINVAL;
	}
	if (engine->region) {
		region.start = phys_to_boot_phys(engine->region->start);
		region.end = (u64)phys_to_boot_phys(engine->region->end) + 1;
	}
	if (kimg_init(&engine->kimg, &engine->host, &why) ||
	    kimg_plan(&engine->kimg, plan, count, 0,
		      engine->region ? &region : NULL, &why)) {
		report(engine, &why);
		return -EADDRNOTAVAIL;
	}
	return 0;
}

/*
 * 2^order pages for the trampoline of @image, aligned to their number, that no
 * segment wants; they are freed with the image. Once the segments were checked.
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
	/* Of a crash image they were never drawn. */
	if (engine->region)
		arch_kexec_post_alloc_pages(page_address(page), 1 << order, 0);
	return page;
}

/* Whether the image has control pages: no more segments then. */
bool kimage_has_control_pages(struct kimage *image)
{
	return engine_of(image)->kimg.blocks;
}

/*
 * Load all segments with the first: the engine places every page before it loads
 * one. Nothing is left to do for the others.
 */
int kimage_load_segment(struct kimage *image, struct kexec_segment *segment)
{
	struct kexec_engine *engine = engine_of(image);
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

/* End the list and check all of the image. -EIO if it is not as it must be. */
int kimage_terminate(struct kimage *image)
{
	struct kexec_engine *engine = engine_of(image);
	struct kimg_image *kimg = &engine->kimg;
	struct kimg_why why;
	u32 i;

	if (kimg_seal(kimg, &why))
		return refuse(engine, &why);
	image->head = kimg->head;
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

/*
 * The pages that hold the data wanted from @addr on until the leap: @count of
 * them, or fewer where no segment lies. Returns how many. Once loaded.
 */
int kimage_segment_pages(struct kimage *image, unsigned long addr,
			 struct page **pages, unsigned int count)
{
	const struct kimg_image *kimg = &engine_of(image)->kimg;
	unsigned int i;
	u32 index;

	for (i = 0; i < count; i++) {
		unsigned long frame = PFN_DOWN(addr) + i;

		if (!kimg_is_destination(kimg, frame, &index))
			break;
		if (!kimg->crash)
			frame = kimg_read_entry(kimg, kimg_position(kimg, index))
				>> PAGE_SHIFT;
		pages[i] = boot_pfn_to_page(frame);
	}
	return i;
}
