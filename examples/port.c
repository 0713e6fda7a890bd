/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A complete port, for a kernel that has all memory mapped and allocates single frames.
 * docs/porting.md shows this file.
 */
#include "kimg.h"

/* What your kernel has: all memory mapped, single frames (0: none left), a heap. */
extern unsigned char physmap[];
uint64_t frame_alloc(void);
void frame_free(uint64_t frame);
void *heap_alloc(size_t size);

static int port_draw(void *ctx, enum kimg_use use, uint64_t limit, uint64_t want,
		     struct kimg_run *got)
{
	(void)ctx, (void)use, (void)limit, (void)want;
	got->first = frame_alloc();
	got->count = got->first != 0;
	return 0;
}

static void port_give(void *ctx, uint64_t first, uint64_t count)
{
	for ((void)ctx; count; first++, count--)
		frame_free(first);
}

static void *port_map(void *ctx, uint64_t frame)
{
	(void)ctx;
	return physmap + (size_t)(frame << 12);
}

static void port_unmap(void *ctx, void *window)
{
	(void)ctx, (void)window;
}

/* ctx is an array with the address of each segment's data. */
static int port_pull(void *ctx, uint32_t segment, uint64_t offset, void *to, size_t size)
{
	const unsigned char **data = ctx;

	memcpy(to, data[segment] + offset, size);
	return 0;
}

static const struct kimg_host_ops port_ops = {
	.draw = port_draw, .give = port_give, .pull = port_pull,
	.map = port_map, .unmap = port_unmap,
};

/* An image of `count` segments with one control page; *host must outlive it. */
enum kimg_error port_load(struct kimg_image *image, struct kimg_host *host,
			  const struct kimg_segment *segment, uint32_t count,
			  const unsigned char **data, struct kimg_why *why)
{
	enum kimg_error error;
	size_t size;
	void *scratch;

	*host = (struct kimg_host) {
		.ops = &port_ops, .ctx = data, .page_shift = 12, .entry_size = 4,
		.source_limit = 0xffffffff, .destination_limit = 0xffffffff,
		.control_limit = 0xffffffff, .park_max = 0,
	};
	error = kimg_init(image, host, why);
	if (error)
		return error;
	error = kimg_plan(image, segment, count, 1, NULL, why);
	size = kimg_scratch_size(image);
	scratch = error ? NULL : heap_alloc(size);
	if (!error)
		error = kimg_place(image, scratch, scratch ? size : 0, why);
	if (!error)
		error = kimg_fill(image, why);
	if (!error)
		error = kimg_seal(image, why);
	if (error)
		kimg_free(image);
	return error;
}
