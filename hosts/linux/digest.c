// SPDX-License-Identifier: GPL-2.0-only
/*
 * Is the image still what was loaded? A SHA-256 of each segment, the zero-filled
 * part included, over the sources that the list names: what the trampoline will
 * copy. Taken when the image is sealed, and checked before every leap.
 */
#include "kleap.h"

#include <linux/nmi.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "checksum.h"

static enum kimg_error refuse(struct kimg_why *why, enum kimg_error error, u32 seg,
			      u64 a, u64 b)
{
	*why = (struct kimg_why) { .error = error, .seg = seg, .a = a, .b = b };
	return error;
}

/*
 * The digest of one segment; *sum, unless NULL, goes on over its pages. The list was
 * checked before, but not whether there is a page for each frame that it names.
 */
static enum kimg_error digest_extent(const struct kimg_image *kimg,
				     const struct kimg_extent *extent, bool atomic,
				     u8 digest[SHA256_DIGEST_SIZE], u32 *sum,
				     struct kimg_why *why)
{
	const struct kimg_host *host = kimg->host;
	struct sha256_state state;
	u32 page;

	sha256_init(&state);
	for (page = 0; page < extent->pages; page++) {
		struct kimg_pos pos = kimg_position(kimg, extent->entry + 1 + page);
		u64 frame = kimg_read_entry(kimg, pos) >> PAGE_SHIFT;
		void *window;

		/* Interrupts are off then, perhaps for seconds. */
		if (atomic)
			touch_nmi_watchdog();
		else if (fatal_signal_pending(current))
			return refuse(why, KIMG_E_INTERRUPTED, 0, EINTR, 0);
		else
			cond_resched();
		window = host->ops->map(host->ctx, frame);
		if (!window)
			return refuse(why, KIMG_E_LIST_FRAME, 0, frame, 0);
		sha256_update(&state, window, PAGE_SIZE);
		if (sum)
			*sum = checksum(*sum, window, PAGE_SIZE);
		host->ops->unmap(host->ctx, window);
	}
	sha256_final(&state, digest);
	return KIMG_OK;
}

/* The beginning of a digest as a number, as it is read in hexadecimal. */
static u64 beginning(const u8 *digest)
{
	u64 number = 0;
	u32 i;

	for (i = 0; i < sizeof(number); i++)
		number = number << 8 | digest[i];
	return number;
}

enum kimg_error kleap_digest_take(struct kleap_image *image, struct kimg_why *why)
{
	const struct kimg_image *kimg = &image->kimg;
	u32 i;

	image->sum = 0;
	for (i = 0; i < kimg->extents; i++) {
		enum kimg_error error = digest_extent(kimg, &kimg->extent[i], false,
						      image->digest[i],
						      &image->sum, why);

		if (error)
			return error;
	}
	return KIMG_OK;
}

enum kimg_error kleap_digest_check(const struct kleap_image *image, bool atomic,
				   struct kimg_why *why)
{
	const struct kimg_image *kimg = &image->kimg;
	u32 i;

	for (i = 0; i < kimg->extents; i++) {
		u8 now[SHA256_DIGEST_SIZE];
		enum kimg_error error = digest_extent(kimg, &kimg->extent[i], atomic,
						      now, NULL, why);

		if (error)
			return error;
		if (memcmp(now, image->digest[i], sizeof(now)))
			return refuse(why, KIMG_E_IMAGE_DAMAGED,
				      kimg->extent[i].index, beginning(now),
				      beginning(image->digest[i]));
	}
	return KIMG_OK;
}
