/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the module share.
 *
 *   main.c    the order of starting and stopping
 *   device.c  /dev/kleap: requests from programs
 *   image.c   the loaded image: load, replace, unload
 *   memory.c  the engine's host: frames, windows, data
 *   frames.c  frames from the page allocator, below a limit; the Linux tree's too
 *   digest.c  is the image still what was loaded?
 *   leap.c    from the end of the kernel's restart path into the trampoline
 *   sysfs.c   /sys/kernel/kleap
 *   errno.c   errors to errno, in one table
 */
#ifndef KLEAP_H
#define KLEAP_H

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <crypto/sha2.h>

#include "frames.h"
#include "kimg.h"
#include "kleap_ioctl.h"

/* ---- memory.c --------------------------------------------------------------- */

/* Where the engine's frames come from, for one image. */
struct kleap_memory {
	struct kimg_host host;
	struct kimg_frames frames;
	const struct kleap_segment *segment;	/* for pull(), while loading */
};

/* Prepare for loading `segment`s; they are needed until the fill is over. */
void kleap_memory_init(struct kleap_memory *memory,
		       const struct kleap_segment *segment);

/* ---- image.c ---------------------------------------------------------------- */

/* An image and what it hangs on. */
struct kleap_image {
	struct kleap_memory memory;
	struct kimg_image kimg;
	void *scratch;
	u32 cr3;		/* of the tables in the control pages */
	u8 digest[KIMG_SEGMENT_MAX][SHA256_DIGEST_SIZE];	/* as kimg.extent[] */
	u32 sum;		/* of all pages: see checksum.h */
	u32 segment_count;
};

/* Serialises everything that follows, and the loaded image. */
extern struct mutex kleap_lock;
extern bool kleap_disabled;

/*
 * Build a new image and put it in place of the loaded one, which is freed. On
 * failure the loaded one stays. `segment` has request->segment_count elements.
 */
enum kimg_error kleap_image_load(const struct kleap_load *request,
				 const struct kleap_segment *segment,
				 struct kimg_why *why);
void kleap_image_unload(void);

/*
 * Check an image once more, as before every leap: its invariants, then its digests.
 * With `atomic` this neither sleeps nor minds signals.
 * Errors: S1 to S5, LIST_FRAME, IMAGE_DAMAGED; INTERRUPTED unless `atomic`.
 */
enum kimg_error kleap_image_check(struct kleap_image *image, bool atomic,
				  struct kimg_why *why);

/* No load and no leap until the next boot; unloads. Cannot be undone. */
void kleap_image_disable(void);
struct kleap_image *kleap_image_loaded(void);	/* or NULL */

/* Fill in a status; kleap_lock held. */
void kleap_image_status(struct kleap_status *status);

/* ---- digest.c --------------------------------------------------------------- */

/*
 * Take the digests of a sealed image's segments, and the sum of its pages.
 * Errors: LIST_FRAME, INTERRUPTED.
 */
enum kimg_error kleap_digest_take(struct kleap_image *image, struct kimg_why *why);

/*
 * Compare them with what the sources hold now. Errors: the same, INTERRUPTED only
 * if not `atomic`; IMAGE_DAMAGED.
 */
enum kimg_error kleap_digest_check(const struct kleap_image *image, bool atomic,
				   struct kimg_why *why);

/* ---- leap.c ----------------------------------------------------------------- */

int kleap_leap_init(void);
void kleap_leap_exit(void);

/* Control pages that a leap on this machine needs. */
unsigned int kleap_leap_control_pages(void);

/* Write the control pages of a sealed image. */
void kleap_leap_prepare(struct kleap_image *image,
			const struct kleap_load *request);

/* The image that the next orderly restart leaps into; NULL: none. */
void kleap_leap_arm(struct kleap_image *image);
bool kleap_leap_armed(void);

/* ---- device.c, sysfs.c, errno.c --------------------------------------------- */

int kleap_device_init(void);
void kleap_device_exit(void);
int kleap_sysfs_init(void);
void kleap_sysfs_exit(void);

/* The errno (negative) for an error, and a line in the kernel log. */
int kleap_errno(const struct kimg_why *why);
void kleap_log_refusal(const char *what, const struct kimg_why *why);

/* One line in the kernel log and the audit log: who did what, or tried to. */
void kleap_audit(const char *what, bool allowed);

#endif
