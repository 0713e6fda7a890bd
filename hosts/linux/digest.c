// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the image still what was loaded? A hash of each segment over its pages, including
 * zeros, is computed when they are filled and compared with the sources named by the
 * list, which the trampoline will copy. A hash of the pages that the leap moves is
 * passed to the trampoline. See hash.h.
 */
#include "kleap.h"

#include <linux/nmi.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "machine/machine.h"

void kleap_digest_start(struct kleap_image *image)
{
	u32 i;

	for (i = 0; i < KIMG_SEGMENT_MAX; i++)
		image->digest[i] = hash_start();
	image->moved = hash_start();
}

void kleap_digest_page(struct kleap_image *image, u32 segment, const void *page,
		       bool in_place)
{
	struct hash hash = hash_page(page, PAGE_SIZE);

	hash_join(&image->digest[segment], &hash);
	if (!in_place)
		hash_join(&image->moved, &hash);
}

/*
 * The digest of the current sources of one segment. The list was checked before, but
 * not whether each frame that it names has a page.
 */
static enum kimg_error digest_extent(const struct kimg_image *kimg,
				     const struct kimg_extent *extent, bool atomic,
				     struct hash *digest, struct kimg_why *why)
{
	const struct kimg_host *host = kimg->host;
	u32 page;

	*digest = hash_start();
	for (page = 0; page < extent->pages; page++) {
		struct kimg_pos pos = kimg_position(kimg, extent->entry + 1 + page);
		u64 frame = kimg_read_entry(kimg, pos) >> PAGE_SHIFT;
		struct hash hash;
		void *window;

		/* Interrupts are off then, so nothing else pets the watchdog. */
		if (atomic)
			touch_nmi_watchdog();
		else if (fatal_signal_pending(current))
			return kimg_fail(why, KIMG_E_INTERRUPTED, .a = EINTR);
		else
			cond_resched();
		window = host->ops->map(host->ctx, frame);
		if (!window)
			return kimg_fail(why, KIMG_E_LIST_FRAME, .a = frame);
		hash = hash_page(window, PAGE_SIZE);
		if (atomic && frame == extent->first + page)
			machine_write_back(window);
		host->ops->unmap(host->ctx, window);
		hash_join(digest, &hash);
	}
	return KIMG_OK;
}

/* A digest as one number, for messages: a change in one lane changes it. */
static u64 folded(const struct hash *digest)
{
	return (u64)(digest->lane[0] ^ digest->lane[2]) << 32 |
	       (digest->lane[1] ^ digest->lane[3]);
}

enum kimg_error kleap_digest_check(const struct kleap_image *image, bool atomic,
				   struct kimg_why *why)
{
	const struct kimg_image *kimg = &image->kimg;
	u32 i;

	for (i = 0; i < kimg->extents; i++) {
		const struct kimg_extent *extent = &kimg->extent[i];
		const struct hash *loaded = &image->digest[extent->index];
		struct hash now;
		enum kimg_error error = digest_extent(kimg, extent, atomic, &now, why);

		if (error)
			return error;
		if (memcmp(&now, loaded, sizeof(now)))
			return kimg_fail(why, KIMG_E_IMAGE_DAMAGED,
					 .seg = extent->index,
					 .a = folded(&now),
					 .b = folded(loaded));
	}
	return KIMG_OK;
}
