// SPDX-License-Identifier: GPL-2.0-only
/*
 * The engine's host in the Linux module: frames as in frames.c, windows by
 * kmap_local_page(), data from the caller's memory.
 */
#include "kleap.h"

#include <linux/irqflags.h>
#include <linux/memory_hotplug.h>
#include <linux/nmi.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "machine/machine.h"

/* See kimg_host.h. */
static int memory_draw(void *ctx, enum kimg_use use, u64 limit, u64 want,
		       struct kimg_run *got)
{
	struct kleap_memory *memory = ctx;

	return kimg_frames_draw(&memory->frames, use, limit, want, got);
}

static void memory_give(void *ctx, u64 first, u64 count)
{
	kimg_frames_give(first, count);
}

static void memory_claim(void *ctx, u64 first, u64 count, struct kimg_run *got)
{
	struct kleap_memory *memory = ctx;

	kimg_frames_claim(&memory->frames, first, count, got);
}

static void *memory_map(void *ctx, u64 frame)
{
	struct page *page = pfn_to_online_page((unsigned long)frame);

	return page ? kmap_local_page(page) : NULL;
}

static void memory_unmap(void *ctx, void *window)
{
	kunmap_local(window);
}

static int memory_pull(void *ctx, u32 index, u64 offset, void *to, size_t size)
{
	struct kleap_memory *memory = ctx;
	u64 from = memory->segment[index].buf + offset;

	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched();
	if (copy_from_user(to, (void __user *)(unsigned long)from, size))
		return -EFAULT;
	return 0;
}

static void memory_filled(void *ctx, u32 segment, const void *page, bool in_place)
{
	struct kleap_memory *memory = ctx;

	kleap_digest_page(container_of(memory, struct kleap_image, memory), segment,
			  page, in_place);
}

/* The check before a leap runs on the last CPU, with interrupts off. */
static void memory_pause(void *ctx)
{
	if (irqs_disabled())
		touch_nmi_watchdog();
	else
		cond_resched();
}

static const struct kimg_host_ops memory_ops = {
	.draw = memory_draw,
	.give = memory_give,
	.map = memory_map,
	.unmap = memory_unmap,
	.pull = memory_pull,
	.filled = memory_filled,
	.claim = memory_claim,
	.pause = memory_pause,
};

void kleap_memory_init(struct kleap_memory *memory, u64 limit,
		       const struct kleap_segment *segment)
{
	/* frames.c, too, returns it as it is. */
	BUILD_BUG_ON(KIMG_INTERRUPTED != -EINTR);

	if (!limit || limit > machine_limit())
		limit = machine_limit();
	memory->segment = segment;
	memory->host = (struct kimg_host) {
		.ops = &memory_ops,
		.ctx = memory,
		.page_shift = PAGE_SHIFT,
		.entry_size = sizeof(long),
		.source_limit = limit,
		.destination_limit = limit,
		.control_limit = min(limit, machine_control_limit()),
		.park_max = KIMG_PARK_MAX,
	};
	kimg_frames_init(&memory->frames, limit, GFP_KERNEL | MACHINE_CONTROL_ZONE);
}
