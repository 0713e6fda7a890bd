/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the module share.
 *
 *   main.c      the order of starting and stopping
 *   device.c    /dev/kleap: requests from programs
 *   image.c     the loaded image: load, replace, arm, unload
 *   memory.c    the engine's host: frames, windows, data
 *   ranges.c    all memory that a leap touches
 *   kept.c      memory that is in use after the leap, too
 *   frames.c    frames from the page allocator, below a limit; also for Linux trees
 *   digest.c    is the image still what was loaded?
 *   handover.c  what kexec does for the next kernel and a restart does not
 *   rehearse.c  the leap's path on pages of no importance, and back
 *   leap.c      whether a restart becomes a leap
 *   machine/    where the restart path of a processor ends, and the leap from there
 *   sysfs.c     /sys/kernel/kleap
 *   errno.c     errors to errno, in one table
 */
#ifndef KLEAP_H
#define KLEAP_H

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "arch.h"
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

/*
 * Prepare for loading `segment`s, at or below `limit` (the highest address of a
 * byte; 0: as high as a leap reaches); they are needed until the fill is over.
 */
void kleap_memory_init(struct kleap_memory *memory, u64 limit,
		       const struct kleap_segment *segment);

/* ---- ranges.c --------------------------------------------------------------- */

/*
 * All memory that a leap touches: the machine's and the destinations of `kimg`, sorted,
 * disjoint, in whole pages. *ranges is NULL; the caller frees it by kvfree(). Error: NO_SCRATCH.
 */
enum kimg_error kleap_memory_ranges(const struct kimg_image *kimg,
				    struct kimg_range **ranges, u32 *count,
				    struct kimg_why *why);

/* ---- kept.c ----------------------------------------------------------------- */

/* Gets a range [start, end), and the name of what uses it. 0: go on. */
typedef int kleap_kept_fn(void *arg, u64 start, u64 end, const char *name);

/* Would no segment overwrite such memory? Errors: KEPT_MEMORY, NO_SCRATCH. */
enum kimg_error kleap_check_kept(const struct kleap_segment *segment, u32 count,
				 struct kimg_why *why);

/*
 * Write the ranges to a page, a line each, as in /proc/iomem; "..." where the page ends.
 * Returns the length or an errno.
 */
ssize_t kleap_kept_list(char *page);

/* ---- image.c ---------------------------------------------------------------- */

/* An image and what it hangs on. */
struct kleap_image {
	struct kleap_memory memory;
	struct kimg_image kimg;
	void *scratch;
	struct kimg_block page;		/* the trampoline's, if the first control page will not do */
	struct kimg_block *table_block;	/* control pages besides that one */
	u32 table_frames;	/* the frames in all of these */
	struct arch_control control;	/* what the control pages are written from, */
	struct arch_leap leap;		/* and what the trampoline is told for a leap */
	u64 top_table;		/* what machine_leap() needs */
	struct hash digest[KIMG_SEGMENT_MAX];	/* by the caller's segment number */
	struct hash moved;	/* of the pages that the trampoline moves */
	u32 segment_count;
	u32 rehearsed;		/* times, without a fault */
	struct kimg_why rehearsal;	/* how a rehearsal failed: it must not be armed */
};

/*
 * Build a new image and put it in place of the loaded one, which is freed. On
 * failure the loaded one stays. `segment` has request->segment_count elements.
 * Errors: BUSY while another load is under way; DISABLED if disabled meanwhile;
 * ABI_MACHINE, ABI_REGISTERS; KEPT_MEMORY, LARGER_THAN_MEMORY, NO_SCRATCH; those of the
 * engine.
 */
enum kimg_error kleap_image_load(const struct kleap_load *request,
				 const struct kleap_segment *segment,
				 struct kimg_why *why);

/* Free the loaded image. Errors: NOT_LOADED. */
enum kimg_error kleap_image_unload(struct kimg_why *why);

/*
 * Check the loaded image, and let the next orderly restart leap into it.
 * Errors: NOT_LOADED, that of a rehearsal that failed, those of machine_check(), those of
 * kleap_image_check().
 */
enum kimg_error kleap_image_arm(struct kimg_why *why);

/*
 * Rehearse the loaded image: see kleap_ioctl.h.
 * Errors: NOT_LOADED, REHEARSAL_ARMED, those of kleap_rehearse().
 */
enum kimg_error kleap_image_rehearse(struct kleap_rehearse *request, struct kimg_why *why);

/*
 * Between two times of a rehearsal, with the image ready for a leap: let others have it.
 * Errors: REHEARSAL_CUT, if it may be freed; REHEARSAL_ARMED.
 */
enum kimg_error kleap_image_between(struct kimg_why *why);

/* The next restart is an ordinary one. */
void kleap_image_cancel(void);

/*
 * Unload, and refuse loads and leaps until the next boot. Cannot be undone, so the
 * module cannot be removed. False, with nothing changed: the module is being removed.
 */
bool kleap_image_disable(void);
bool kleap_image_disabled(void);

/*
 * Check an image as before every leap: its invariants, then its digests. With
 * `atomic` this neither sleeps nor looks for signals.
 * Errors: S1 to S5, LIST_FRAME, IMAGE_DAMAGED; INTERRUPTED unless `atomic`.
 */
enum kimg_error kleap_image_check(struct kleap_image *image, bool atomic,
				  struct kimg_why *why);

/* The status as of the last change. Takes no mutex. */
void kleap_image_status(struct kleap_status *status);

/* Write the frames of the loaded image's list, in hexadecimal, to a page. */
ssize_t kleap_image_list(char *page);

/* ---- digest.c --------------------------------------------------------------- */

/* Start the digests of an image that is about to be filled. */
void kleap_digest_start(struct kleap_image *image);

/* A page of a segment is complete: see filled() in kimg_host.h. */
void kleap_digest_page(struct kleap_image *image, u32 segment, const void *page,
		       bool in_place);

/*
 * Compare the digests with what the sources hold now.
 * Errors: LIST_FRAME, IMAGE_DAMAGED; INTERRUPTED unless `atomic`.
 */
enum kimg_error kleap_digest_check(const struct kleap_image *image, bool atomic,
				   struct kimg_why *why);

/* ---- handover.c ------------------------------------------------------------- */

/*
 * May a kernel be loaded here? Errors: POLICY, LOCKDOWN, in the order in which
 * kexec_load(2) asks; HYPERVISOR, MEMORY_ENCRYPTED.
 */
enum kimg_error kleap_may_load(struct kimg_why *why);

/* For the machines: fails with `error` and the present CPUs that are refused, if there are. */
enum kimg_error kleap_refuse_cpus(bool (*is_refused)(unsigned int cpu),
				  enum kimg_error error, struct kimg_why *why);

/* Stop PCI devices from writing to memory. After all devices were shut down. */
void kleap_stop_dma(void);

/* ---- rehearse.c ------------------------------------------------------------- */

/*
 * Rehearse the loaded image, request->times. Nobody else uses it each time; afterwards its
 * control pages are as before, whatever the outcome; image->rehearsal says if a page was wrong.
 * Errors: REHEARSAL_VIRTUAL, REHEARSAL_CACHE, REHEARSAL_WRONG, INTERRUPTED, NO_SCRATCH, those
 * of kleap_image_between(), of placing and of checking an image.
 */
enum kimg_error kleap_rehearse(struct kleap_image *image, struct kleap_rehearse *request,
			       struct kimg_why *why);

/* ---- leap.c ----------------------------------------------------------------- */

int kleap_leap_init(void);
void kleap_leap_exit(void);

/*
 * Called by the machine when a restart ends, with an image armed. Returns if the image
 * must not be leapt into; then the restart goes on, and no image is armed.
 */
void kleap_leap_restart(void);

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
