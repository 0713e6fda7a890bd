/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ways to load a kernel and to leap into it: through the module, or by the system
 * calls kexec_load(2) and kexec_file_load(2).
 *
 * The verbs know no way by its name: they ask for one here, and call it.
 */
#ifndef KLEAP_WAYS_H
#define KLEAP_WAYS_H

#include "../cli.h"

#include <linux/kexec.h>

/* In words: why a way was chosen, or why it cannot be. */
#define REASON_MAX 512u

enum arm {
	ARM_NOW,		/* reboot(2) follows at once */
	ARM_AT_REBOOT,		/* the next reboot, whoever asks for it */
	ARM_CANCEL,		/* not any more */
};

/*
 * One way. Functions that return an int report errors themselves, and return an exit
 * code. NULL: there is nothing to do.
 */
struct way {
	const char *name;		/* for --via */
	bool kernel_places;		/* the running kernel lays out, not kleap */
	bool for_crash;			/* it can load a kernel for a crash */
	int restart;			/* the command for reboot(2) that leaps */

	/*
	 * Can kernels be loaded in this way here? If not, `why` gets the reason in words.
	 * What only root can know is taken for possible. Prints nothing, changes nothing.
	 */
	bool (*usable)(const struct options *options, char why[REASON_MAX]);
	/* Make sure of it, before files are read. */
	int (*open)(const struct options *options);
	/* Add to the layout what this way needs. */
	int (*complete)(const struct options *options, struct job *job);
	/* Refuse an image that this way cannot load. */
	int (*check)(const struct options *options, struct job *job);
	int (*load)(const struct options *options, struct job *job);
	/* Print what the load has cost, and what follows. */
	void (*print_loaded)(const struct job *job);
	/* Let /sys/kernel/kexec_loaded show the image. */
	void (*show_loaded)(struct notes *notes);

	/* After open(); `status` is that after it. NULL: such an image cannot be rehearsed. */
	int (*rehearse)(const struct options *options, struct kleap_rehearse *rehearsal,
			struct kleap_status *status);
	int (*unload)(const struct options *options);
	int (*arm)(const struct options *options, enum arm when);
	/*
	 * reboot(2) has failed with this errno: undo ARM_NOW. Returns the reason, or
	 * KIMG_OK if there is none but the errno.
	 */
	enum kimg_error (*restart_failed)(const struct options *options, int error);
};

extern const struct way way_module, way_kexec_load, way_kexec_file;

/* ---- auto.c: the choice ---------------------------------------------------------- */

/* Is this a name for --via? */
bool is_way(const char *name);

/*
 * The way to load: --via's, or the first of module, kexec_load, kexec_file_load that is
 * usable. `reason` gets the reason in words. NULL: there is no way; `reason` says for
 * each why not.
 */
const struct way *choose_way(const struct options *options, char reason[REASON_MAX]);

/* With -p: refuse a way (NULL: none) by which no kernel for a crash is loaded. Exit codes: REFUSED. */
int check_crash_way(const struct options *options, const struct way *way);

/* The same for a load, which on some processors the running kernel must lay out. */
int check_crash_load(const struct options *options, const struct way *way);

/* Report that there is no way. */
int say_no_way(const struct options *options, const char *reason);

/*
 * The way whose image exec and unload are about: --via's, or the first that has an image;
 * without any, the one that can say so best. `*also` is another one that has an image, or
 * NULL.
 */
const struct way *holding_way(const struct options *options, const struct way **also);

/* ---- module.c: the module's device --------------------------------------------------- */

/* Is there a device? Needs no rights, and does not open it. */
bool has_device(const struct options *options);

/* Was a device named that is not there? That is an error, not a reason for another way. */
bool lacks_its_device(const struct options *options);

/* The state of the module, silently; false: we may not read it. */
bool module_holds(const struct options *options);

int module_status(const struct options *options, struct kleap_status *status);

/* Remove the module's image, and refuse all others until the next boot. */
int module_disable(const struct options *options);

/* ---- kexec.c: what the two system calls have in common ----------------------------------- */

/* What the running kernel itself has loaded, by whomever. */
struct kernel_images {
	bool known;			/* false: it has no kexec, or does not show it */
	bool loaded;
	bool crash_loaded;
	uint64_t crash_size;		/* what crashkernel= reserved */
};

void read_kernel_images(struct kernel_images *images);

/* The system calls, with errno. The flag for the kernel's processor is added. */
long kexec_load(unsigned long entry, unsigned long count, const struct kexec_segment *segments,
		unsigned long flags);
long kexec_file_load(int kernel, int initrd, unsigned long size, const char *line,
		     unsigned long flags);

/*
 * What keeps us from kexec_load(2), or with `file` from kexec_file_load(2)? KIMG_OK:
 * nothing. What is asked with `root` false holds for a program with CAP_SYS_BOOT.
 */
enum kimg_error kexec_obstacle(const struct options *options, bool file, bool root,
			       struct kimg_why *why);

/* Has the kernel one of the two? If not, `why` says so. */
bool has_kexec(const struct options *options, struct kimg_why *why);

/* Does the kernel say that it is locked down? */
bool is_locked_down(void);

/* usable(), open(), arm(), unload() and restart_failed() of these ways. */
bool kexec_usable(const struct options *options, bool file, char why[REASON_MAX]);
int kexec_open(const struct options *options, bool file);
int kexec_arm(const struct options *options, enum arm when);
int kexec_unload(const struct options *options);
enum kimg_error kexec_restart_failed(const struct options *options, int error);

/* ---- ../x86/kexec.c ---------------------------------------------------------------------- */

/*
 * Is this a guest with encrypted memory that tables in the image do not decrypt: AMD SEV?
 * With SME the kernel has the image in the clear; with TDX such tables are right.
 */
bool is_sev_guest(void);

/* ---- stub.c: the code that kexec_load(2) enters -------------------------------------- */

/*
 * Add the segment with the code that enters the new kernel, as the last one. Exit codes:
 * REFUSED, MEMORY.
 */
int add_stub(const struct options *options, struct job *job);

/* ---- rules.c: the kernel's rules against a request -------------------------------------- */

/* What the rules need to know of the kernel that loads. */
struct kexec_limits {
	uint64_t pages;			/* of its RAM; 0: unknown */
	uint64_t last;			/* the last address that a segment may have */
};

/* Of the running kernel; for the plan of another machine, by its map. */
void read_kexec_limits(const struct options *options, const struct job *job,
		       struct kexec_limits *limits);

/*
 * Check segments by the kernel's rules (sanity_check_segment_list() in
 * kernel/kexec_core.c). `region` is where a crash image must lie; NULL: no crash image.
 * Errors: those of kimg_check_segments(), HALF_OF_MEMORY.
 */
enum kimg_error kexec_check(const struct kimg_segment *segment, uint32_t count,
			    const struct kexec_limits *limits,
			    const struct kimg_range *region, struct kimg_why *why);

/* Error: HALF_OF_MEMORY, for an image of this many pages. */
enum kimg_error kexec_check_size(uint64_t pages, const struct kexec_limits *limits,
				 struct kimg_why *why);

/*
 * The rule that explains why a system call failed with `error`, an errno, for an image of
 * `pages` pages. KEXEC_REFUSED: none does.
 */
enum kimg_error kexec_explain(const struct options *options, int error, bool file,
			      uint64_t pages, struct kimg_why *why);

#endif
