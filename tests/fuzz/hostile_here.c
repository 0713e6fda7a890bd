/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The lab's `hostile fuzz` on this machine: its device is the module's own files in
 * user space (tests/module/standin.h), put in place by the linker (--wrap). So it
 * is tested before a machine is booted with it.
 *
 * What /sys and /proc say of the module and of memory is written for it, too.
 */
#include "kleap.h"
#include "fuzz.h"
#include "fuzz_device.h"
#include "sim.h"

#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
FILE *__real_fopen64(const char *path, const char *mode);
FILE *__wrap_fopen64(const char *path, const char *mode);

/* One file of /sys/kernel/kleap. */
static void show(const char *name, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void show(const char *name, const char *format, ...)
{
	va_list arguments;
	char path[300];
	FILE *file;

	snprintf(path, sizeof(path), FOLDER "/%s", name);
	file = __real_fopen64(path, "w");
	HOLDS(file);
	va_start(arguments, format);
	vfprintf(file, format, arguments);
	va_end(arguments);
	HOLDS(!fclose(file));
}

static void show_all(void)
{
	static const char *const states[] = { "none", "loaded", "armed" };
	struct kleap_status status;

	kleap_image_status(&status);
	show("state", "%s\n", states[status.state]);
	show("image_bytes", "%llu\n", (unsigned long long)status.image_bytes);
}

int __wrap_open64(const char *path, int flags, ...)
{
	if (strcmp(path, KLEAP_DEVICE))
		return __real_open64(path, flags, 0600);
	HOLDS(!mkdir(FOLDER, 0700) || errno == EEXIST);
	module_on();
	kernel.whole = true;
	show_all();
	return memfd_create("kleap", 0);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	unsigned int audits = kernel.audits;
	va_list arguments;
	void *what;
	long code;

	(void)fd;
	va_start(arguments, request);
	what = va_arg(arguments, void *);
	va_end(arguments);
	code = kernel_ioctl((unsigned int)request, what);
	/* Only what is written in the audit log changes anything. */
	if (kernel.audits != audits)
		show_all();
	errno = (int)-code;
	return code ? -1 : 0;
}

FILE *__wrap_fopen64(const char *path, const char *mode)
{
	FILE *file;

	if (strcmp(path, "/proc/zoneinfo"))
		return strncmp(path, "/proc/sys/", 10) ? __real_fopen64(path, mode) : NULL;
	file = tmpfile();
	HOLDS(file);
	/* As many as there are, less what is held. */
	fprintf(file, " pages free %llu\n",
		1000000 - (unsigned long long)sim_counts(kernel.sim).held * 1000);
	rewind(file);
	return file;
}
