// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What kexec_load(2) and kexec_file_load(2) have in common: the calls, the kernel's
 * images, and what keeps us from loading one.
 */
#include "ways.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOADED "/sys/kernel/kexec_loaded"
#define CRASH_LOADED "/sys/kernel/kexec_crash_loaded"
#define CRASH_SIZE "/sys/kernel/kexec_crash_size"
#define MODULE_LOADED "/sys/kernel/kleap/loaded"
#define LOAD_DISABLED "/proc/sys/kernel/kexec_load_disabled"
#define LOAD_LIMIT "/proc/sys/kernel/kexec_load_limit_reboot"
#define CRASH_LIMIT "/proc/sys/kernel/kexec_load_limit_panic"
#define LOCKED "/sys/kernel/security/lockdown"
#define OWN_STATUS "/proc/self/status"

/* Of linux/capability.h. */
#define CAP_SYS_BOOT 22

/* ---- The calls --------------------------------------------------------------------- */

/*
 * A 32-bit program on a 64-bit kernel must name the processor that the kernel is for, by
 * ELF's number; other programs need not.
 */
static unsigned long processor_flag(void)
{
	const struct processor *running = running_processor();

	return sizeof(long) == 4 && running->wide ? (unsigned long)running->elf << 16 : 0;
}

long kexec_load(unsigned long entry, unsigned long count, const struct kexec_segment *segments,
		unsigned long flags)
{
	return syscall(SYS_kexec_load, entry, count, segments, flags | processor_flag());
}

long kexec_file_load(int kernel, int initrd, unsigned long size, const char *line,
		     unsigned long flags)
{
#ifdef SYS_kexec_file_load
	return syscall(SYS_kexec_file_load, kernel, initrd, size, line, flags);
#else
	/* On x86 only 64-bit programs have it. */
	(void)kernel, (void)initrd, (void)size, (void)line, (void)flags;
	errno = ENOSYS;
	return -1;
#endif
}

/*
 * Ask for what is refused after the kernel's checks of rights, and before anything is
 * changed. Returns the errno: EINVAL if only that is wrong.
 */
static int probe(bool file, bool panic)
{
	if (file)
		kexec_file_load(-1, -1, 0, NULL, panic ? ~0ul : ~(unsigned long)KEXEC_FILE_ON_CRASH);
	else
		kexec_load(0, ~0ul, NULL, panic ? KEXEC_ON_CRASH : 0);
	return errno;
}

/* ---- What is loaded ------------------------------------------------------------------ */

/* The number in a file of /proc or /sys; `missing` if there is none. */
static long long number_in(const char *path, long long missing)
{
	char text[32], *end;
	long long value;

	read_system_text(path, text, sizeof(text));
	value = strtoll(text, &end, 10);
	return end == text ? missing : value;
}

/* Are these the same file? For kexec(8)'s sake the module's may be mounted over the kernel's. */
static bool is_same(const char *path, const char *other)
{
	struct stat about[2];
	int i, fd, got = 0;

	for (i = 0; i < 2; i++) {
		fd = open(i ? other : path, O_PATH | O_CLOEXEC);
		got += fd >= 0 && !fstat(fd, &about[i]);
		if (fd >= 0)
			close(fd);
	}
	return got == 2 && about[0].st_dev == about[1].st_dev && about[0].st_ino == about[1].st_ino;
}

void read_kernel_images(struct kernel_images *images)
{
	long long loaded = number_in(LOADED, -1);

	images->known = loaded >= 0 && !is_same(LOADED, MODULE_LOADED);
	images->loaded = images->known && loaded;
	images->crash_loaded = number_in(CRASH_LOADED, 0) > 0;
	images->crash_size = (uint64_t)number_in(CRASH_SIZE, 0);
}

/* ---- What keeps us from loading -------------------------------------------------------- */

/* Has this program CAP_SYS_BOOT? If that cannot be read, let the kernel say. */
static bool may_boot(void)
{
	char text[4096], *line;

	read_system_text(OWN_STATUS, text, sizeof(text));
	line = strstr(text, "\nCapEff:");
	return !line || strtoull(line + 8, NULL, 16) >> CAP_SYS_BOOT & 1;
}

bool is_locked_down(void)
{
	char text[128];

	read_system_text(LOCKED, text, sizeof(text));
	return strchr(text, '[') && !strstr(text, "[none]");
}

/* Does the running kernel refuse an image because CPUs would be left behind? */
static uint32_t stuck_cpus(const struct options *options)
{
	const struct processor *running = running_processor();

	return !options->panic && running->stuck_cpus ? running->stuck_cpus() : 0;
}

enum kimg_error kexec_obstacle(const struct options *options, bool file, bool root,
			       struct kimg_why *why)
{
	long long limit = number_in(options->panic ? CRASH_LIMIT : LOAD_LIMIT, -1);
	/* With rights, the kernel counts even a call that it refuses. */
	int error = limit > 0 && may_boot() ? EINVAL : probe(file, options->panic);
	uint32_t stuck;

	if (error == ENOSYS)
		return kimg_fail(why, file ? KIMG_E_NO_KEXEC_FILE : KIMG_E_NO_KEXEC,
				 .a = 8 * sizeof(long));
	if (number_in(LOAD_DISABLED, 0))
		return kimg_fail(why, KIMG_E_KEXEC_LOAD_DISABLED, .a = 1);
	if (!limit)
		return kimg_fail(why, KIMG_E_KEXEC_LIMIT);
	if (options->panic && !number_in(CRASH_SIZE, 0))
		return kimg_fail(why, KIMG_E_NO_CRASH_MEMORY);
	stuck = stuck_cpus(options);
	if (stuck)
		return kimg_fail(why, KIMG_E_KEXEC_CPUS, .a = stuck);
	/* A signed file may be loaded all the same. */
	if (!file && is_locked_down())
		return kimg_fail(why, KIMG_E_LOCKDOWN);
	if (!may_boot())
		return root ? kimg_fail(why, KIMG_E_PERMISSION) : KIMG_OK;
	if (error != EINVAL)
		return kimg_fail(why, KIMG_E_POLICY, .a = (uint64_t)error);
	return KIMG_OK;
}

bool has_kexec(const struct options *options, struct kimg_why *why)
{
	return kexec_obstacle(options, true, false, why) != KIMG_E_NO_KEXEC_FILE ||
	       kexec_obstacle(options, false, false, why) != KIMG_E_NO_KEXEC;
}

bool kexec_usable(const struct options *options, bool file, char why[REASON_MAX])
{
	struct kimg_why reason = { 0 };

	if (!kexec_obstacle(options, file, false, &reason))
		return true;
	kimg_explain(&reason, why, REASON_MAX);
	return false;
}

int kexec_open(const struct options *options, bool file)
{
	struct kimg_why why = { 0 };

	return kexec_obstacle(options, file, true, &why) ? say_why(&why) : EXIT_OK;
}

/* ---- Leap, unload ------------------------------------------------------------------------ */

int kexec_arm(const struct options *options, enum arm when)
{
	struct kimg_why why = { .error = KIMG_E_NOT_LOADED };
	struct kernel_images images;

	read_kernel_images(&images);
	if (images.known && !images.loaded)
		return say_why(&why);
	if (when != ARM_NOW)
		why.error = KIMG_E_KEXEC_NOT_ARMED;
	else if (!may_boot())
		why.error = KIMG_E_PERMISSION;
	else if (images.known || has_kexec(options, &why))
		return EXIT_OK;
	return say_why(&why);
}

enum kimg_error kexec_restart_failed(const struct options *options, int error)
{
	(void)options;
	switch (error) {
	case EINVAL:
		return KIMG_E_NOT_LOADED;
	case EBUSY:
		return KIMG_E_BUSY;
	case EPERM:
		return KIMG_E_PERMISSION;
	default:
		return KIMG_OK;
	}
}

/* There is no such image to unload. */
static int say_not_loaded(const struct options *options, const struct kernel_images *images)
{
	static const struct kimg_why why = { .error = KIMG_E_NOT_LOADED };

	if (options->panic)
		return say_refused(why.error, "no kernel for a crash is loaded",
				   "load one first: kleap load -p KERNEL");
	if (images->crash_loaded)
		return say_refused(why.error, "no image is loaded, except a kernel for a crash",
				   "kleap unload -p removes that one");
	return say_why(&why);
}

int kexec_unload(const struct options *options)
{
	struct kernel_images images;
	struct kimg_why why;

	read_kernel_images(&images);
	if (options->panic ? !images.crash_loaded : images.known && !images.loaded)
		return say_not_loaded(options, &images);
	/* One image, whichever call has loaded it; but a kernel may have only one of them. */
	if (!kexec_load(0, 0, NULL, options->panic ? KEXEC_ON_CRASH : 0) ||
	    (errno == ENOSYS &&
	     !kexec_file_load(-1, -1, 0, NULL, KEXEC_FILE_UNLOAD |
			      (options->panic ? KEXEC_FILE_ON_CRASH : 0))))
		return EXIT_OK;
	kexec_explain(options, errno, false, 0, &why);
	return say_why(&why);
}
