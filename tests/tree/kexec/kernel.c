/* SPDX-License-Identifier: GPL-2.0-only */
/* The kexec code of a Linux tree, compiled on a simulated machine. */
#define KERNEL_WORDS
#include "kernel.h"

#include <inttypes.h>
#include <stdlib.h>

/* The tree's: written by ./extract. */
#include "tree.inc"

#define BUCKETS 65536u

struct kernel kernel;
static struct page *bucket[BUCKETS];

/* ---- Pages */

static bool is_cma(uint64_t frame)
{
	return frame - kernel.cma_first < kernel.cma_count;
}

static bool is_high(uint64_t frame)
{
	return frame > kernel.low_limit >> PAGE_SHIFT;
}

struct page *pfn_to_page(uint64_t frame)
{
	struct page **at = &bucket[frame % BUCKETS], *page;

	for (page = *at; page; page = page->next)
		if (page->frame == frame)
			return page;
	page = calloc(1, sizeof(*page));
	assert_non_null(page);
	page->frame = frame;
	page->next = *at;
	*at = page;
	return page;
}

/* The bytes follow the page's address, so that an address tells the page. */
void *kmap_local_page(struct page *page)
{
	if (is_cma(page->frame))
		return kernel.cma + ((page->frame - kernel.cma_first) << PAGE_SHIFT);
	if (!page->bytes) {
		page->bytes = malloc(16 + PAGE_SIZE);
		assert_non_null(page->bytes);
		memcpy(page->bytes, &page, sizeof(page));
		memset(page->bytes + 16, POISON, PAGE_SIZE);
	}
	return page->bytes + 16;
}

void *page_address(const struct page *page)
{
	if (is_high(page->frame))
		return NULL;
	return kmap_local_page((struct page *)page);
}

unsigned long virt_to_boot_phys(void *at)
{
	struct page *page;

	assert_non_null(at);
	memcpy(&page, (unsigned char *)at - 16, sizeof(page));
	return (unsigned long)page->frame << PAGE_SHIFT;
}

void *boot_phys_to_virt(unsigned long address)
{
	void *at = page_address(pfn_to_page(address >> PAGE_SHIFT));

	assert_non_null(at);
	return at;
}

static void forget(struct page *page)
{
	free(page->bytes);
	page->bytes = NULL;
	page->owned = false;
}

/* High memory comes first, if it may. The last of low memory is for __GFP_HIGH. */
struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	const struct kimg_host *host = &kernel.rig->host;
	struct kimg_run run = { 0, 0 };
	bool high = gfp & __GFP_HIGHMEM;
	struct page *page;

	/* No architecture here needs more. */
	assert_int_equal(order, 0);
	if (kernel.low_limit != UINT64_MAX) {
		sim_set_honour_limit(kernel.rig->sim, !high);
		sim_set_above_first(kernel.rig->sim, high);
	}
	if (high || (gfp & __GFP_HIGH) || kernel.low_free > kernel.low_reserve)
		host->ops->draw(host->ctx, high ? KIMG_USE_SOURCE : KIMG_USE_LIST,
				kernel.low_limit, 1, &run);
	if (!run.count) {
		if (!(gfp & (__GFP_NORETRY | __GFP_RETRY_MAYFAIL)))
			kernel.oom_kills++;
		kernel.killed = kernel.kill_when_empty;
		return NULL;
	}
	kernel.low_free -= !is_high(run.first);
	page = pfn_to_page(run.first);
	assert_false(page->owned || page->reserved);
	forget(page);
	page->owned = true;
	return page;
}

void __free_pages(struct page *page, unsigned int order)
{
	const struct kimg_host *host = &kernel.rig->host;

	assert_int_equal(order, 0);
	assert_true(page->owned && !page->reserved);
	forget(page);
	kernel.low_free += !is_high(page->frame);
	host->ops->give(host->ctx, page->frame, 1);
}

struct page *dma_alloc_from_contiguous(void *dev, size_t count, unsigned int align, bool quiet)
{
	uint64_t step = (uint64_t)1 << (align < CMA_ALIGNMENT ? align : CMA_ALIGNMENT);

	(void)dev;
	(void)quiet;
	for (uint64_t at = 0; at + count <= kernel.cma_count; at += step) {
		uint64_t n = 0;

		while (n < count && !kernel.cma_taken[at + n])
			n++;
		if (n < count)
			continue;
		memset(kernel.cma_taken + at, true, count);
		return pfn_to_page(kernel.cma_first + at);
	}
	return NULL;
}

void dma_release_from_contiguous(void *dev, struct page *page, size_t count)
{
	uint64_t at = page->frame - kernel.cma_first;

	(void)dev;
	for (uint64_t i = 0; i < count; i++)
		assert_true(at + i < kernel.cma_count && kernel.cma_taken[at + i]);
	memset(kernel.cma_taken + at, false, count);
}

void kernel_say(const char *format, ...)
{
	va_list args;

	/* The arguments are those of the kernel's formats. */
	va_start(args, format);
	if (!strstr(format, "%pR"))
		vsnprintf(kernel.said, sizeof(kernel.said), format, args);
	else
		snprintf(kernel.said, sizeof(kernel.said), "%s", format);
	va_end(args);
	kernel.debug++;
}

/* ---- The architecture, and the reading of files */

static int machine_kexec_prepare(struct kimage *image)
{
	for (uint32_t i = 0; i < kernel.control; i++)
		if (!kimage_alloc_control_pages(image, 0))
			return -ENOMEM;
	return 0;
}

#ifdef TREE_HAS_CMA
static uint32_t files_end_after;
static struct kimage *image_at_work;
static unsigned char *data[KEXEC_SEGMENT_MAX];

static int arch_kexec_locate_mem_hole(void *arg)
{
	struct kexec_buf *kbuf = arg;

	return kbuf->mem ? 0 : kexec_alloc_contig(kbuf);
}

static int kimage_file_prepare_segments(struct kimage *image, int kernel_fd, int initrd_fd,
					const char *cmdline, unsigned long cmdline_len,
					unsigned int flags)
{
	(void)kernel_fd, (void)initrd_fd, (void)cmdline, (void)cmdline_len, (void)flags;
	image_at_work = image;
	for (uint32_t i = 0; i < kernel.rig->segments; i++) {
		const struct kimg_segment *segment = &kernel.rig->segment[i];
		struct kexec_buf kbuf = {
			.image = image, .buffer = data[i], .bufsz = segment->bufsz,
			.mem = segment->mem, .memsz = segment->memsz,
			.buf_align = kernel.file_align, .buf_max = ~0ul,
		};
		int result = i == files_end_after ? -EIO : kexec_add_buffer(&kbuf);

		if (result)
			return result;
	}
	return 0;
}

int kernel_file_load(uint32_t fail_after)
{
	struct kimage *image = NULL;
	int result;

	files_end_after = fail_after;
	for (uint32_t i = 0; i < kernel.rig->segments; i++) {
		data[i] = malloc(kernel.rig->segment[i].bufsz);
		sim_pattern_fill(i, 0, data[i], kernel.rig->segment[i].bufsz);
	}
	result = kimage_file_alloc_init(&image, 0, 0, NULL, 0, 0);
	for (uint32_t i = 0; !result && i < kernel.rig->segments; i++)
		result = kimage_load_segment(image, (int)i);
	if (!result) {
		kimage_terminate(image);
		kexec_image = image;
	} else {
		kimage_free(image);
	}
	for (uint32_t i = 0; i < kernel.rig->segments; i++)
		free(data[i]);
	return result;
}

const unsigned char *kernel_cma_segment(uint32_t i, uint64_t *mem)
{
	*mem = kexec_image->segment[i].mem;
	return kexec_image->segment_cma[i] ? page_address(kexec_image->segment_cma[i]) : NULL;
}
#else
static int arch_kexec_locate_mem_hole(void *kbuf)
{
	(void)kbuf;
	return -ENOSYS;
}

static int kimage_file_prepare_segments(struct kimage *image, int kernel_fd, int initrd_fd,
					const char *cmdline, unsigned long cmdline_len,
					unsigned int flags)
{
	(void)image, (void)kernel_fd, (void)initrd_fd, (void)cmdline, (void)cmdline_len, (void)flags;
	return -ENOSYS;
}
#endif

/* ---- What the tests call */

void kernel_start(struct rig *rig)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.rig = rig;
	rig->host = sim_host(rig->sim);
	/* An entry of the list has the width of this machine's addresses. */
	rig->host.entry_size = sizeof(kimage_entry_t);
	kernel.low_limit = UINT64_MAX;
	/* As good as endless. */
	kernel.low_free = UINT64_MAX / 2;
	kexec_image = kexec_crash_image = NULL;
	crashk_res = (struct resource){ rig->region.start, rig->region.end - 1 };
}

void kernel_stop(void)
{
	for (unsigned int i = 0; i < BUCKETS; i++) {
		while (bucket[i]) {
			struct page *page = bucket[i];

			bucket[i] = page->next;
			free(page->bytes);
			free(page);
		}
	}
	free(kernel.cma);
	kernel.cma = NULL;
}

int kernel_load(void)
{
	struct kexec_segment segment[KEXEC_SEGMENT_MAX];
	int result;

	for (uint32_t i = 0; i < kernel.rig->segments; i++) {
		const struct kimg_segment *from = &kernel.rig->segment[i];

		segment[i] = (struct kexec_segment){
			.buf = malloc(from->bufsz + 1), .bufsz = from->bufsz,
			.mem = from->mem, .memsz = from->memsz,
		};
		if (from->bufsz <= from->memsz)
			sim_pattern_fill(i, 0, segment[i].buf, from->bufsz);
	}
	result = do_kexec_load(kernel.rig->region.start, kernel.rig->segments, segment,
			       kernel.rig->crash ? KEXEC_ON_CRASH : 0);
	for (uint32_t i = 0; i < kernel.rig->segments; i++)
		free(segment[i].buf);
	return result;
}

void kernel_unload(void)
{
	kernel.killed = false;
	kimage_free(xchg(kernel.rig->crash ? &kexec_crash_image : &kexec_image, NULL));
}

kimg_entry_t kernel_head(void)
{
	return (kernel.rig->crash ? kexec_crash_image : kexec_image)->head;
}

bool kernel_control_is_good(void)
{
	struct page *page;

	if (kernel.rig->crash)
		return true;
	list_for_each_entry(page, &kexec_image->control_pages, lru) {
		uint64_t address = page->frame << PAGE_SHIFT;

		if (!page->owned || is_high(page->frame) || address > KEXEC_CONTROL_MEMORY_LIMIT)
			return false;
		for (uint32_t i = 0; i < kernel.rig->segments; i++)
			if (address - kernel.rig->segment[i].mem < kernel.rig->segment[i].memsz)
				return false;
	}
	return true;
}

uint64_t kernel_cma_taken(void)
{
	uint64_t taken = 0;

	for (uint64_t i = 0; i < kernel.cma_count; i++)
		taken += kernel.cma_taken[i];
	return taken;
}

void kernel_to_sim(void)
{
	const struct kimg_host *host = &kernel.rig->host;

	for (unsigned int i = 0; i < BUCKETS; i++) {
		for (struct page *page = bucket[i]; page; page = page->next) {
			void *window;

			if (!page->bytes)
				continue;
			window = host->ops->map(host->ctx, page->frame);
			memcpy(window, page->bytes + 16, PAGE_SIZE);
			host->ops->unmap(host->ctx, window);
		}
	}
}
