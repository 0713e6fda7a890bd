// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The module's device: sending requests, reporting errors.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

int open_device(const struct options *options, int *fd)
{
	const char *hint = NULL;

	*fd = open(options->device, O_RDWR | O_CLOEXEC);
	if (*fd >= 0)
		return EXIT_OK;
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		hint = "is kleap.ko loaded? as root: modprobe kleap";
	else if (errno == EACCES || errno == EPERM)
		hint = "run as root";
	else if (errno == EBUSY)
		hint = "another program has the device open; wait for it";
	return say_errno(errno, hint, "cannot open %s", options->device);
}

/*
 * Print why a request failed: the module's numbers if it gave any, else the meaning
 * of the errno in kleap_ioctl.h. `what` names the request.
 */
static int say_refusal(const struct kleap_why *given, const char *what)
{
	static const struct {
		int error;
		uint32_t why;
	} meanings[] = {
		{ EPERM, KIMG_E_PERMISSION },
		{ EBUSY, KIMG_E_BUSY },
		{ ENODATA, KIMG_E_NOT_LOADED },
		{ EINTR, KIMG_E_INTERRUPTED },
		{ ENODEV, KIMG_E_GOING },
	};
	struct kimg_why why = { 0 };
	int error = errno;
	size_t i;

	if (given && given->error) {
		why.error = given->error;
		why.seg = given->seg;
		why.other = given->other;
		why.a = given->a;
		why.b = given->b;
		why.c = given->c;
		why.d = given->d;
		return say_why(&why);
	}
	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].error == error) {
			why.error = meanings[i].why;
			return say_why(&why);
		}
	}
	if (error == ENOTTY || error == E2BIG)
		return say_errno(error, "this is not the device of kleap.ko, or of another version of it",
				 "cannot %s", what);
	return say_errno(error, NULL, "cannot %s", what);
}

int device_load(int fd, const struct boot_layout *layout,
		const struct options *options)
{
	struct kleap_segment segment[BOOT_SEGMENT_MAX];
	struct kleap_load load;
	uint32_t i;

	/* Including padding: the module refuses nonzero reserved bytes. */
	memset(segment, 0, sizeof(segment));
	memset(&load, 0, sizeof(load));
	for (i = 0; i < layout->segments; i++) {
		segment[i].buf = (uintptr_t)layout->segment[i].data;
		segment[i].bufsz = layout->segment[i].at.bufsz;
		segment[i].mem = layout->segment[i].at.mem;
		segment[i].memsz = layout->segment[i].at.memsz;
	}
	load.size = sizeof(load);
	load.flags = options->no_checks ? 0 : KLEAP_LOAD_CHECK;
	load.limit = options->limit;
	load.segments = (uintptr_t)segment;
	load.segment_count = layout->segments;
	load.uart = options->uart;
	load.entry = layout->entry;
	if (ioctl(fd, KLEAP_IOC_LOAD, &load) < 0)
		return say_refusal(&load.why, "load");
	return EXIT_OK;
}

int device_unload(int fd)
{
	struct kleap_unload unload = { .size = sizeof(unload) };

	if (ioctl(fd, KLEAP_IOC_UNLOAD, &unload) < 0)
		return say_refusal(NULL, "unload");
	return EXIT_OK;
}

int device_leap(int fd, uint32_t when)
{
	struct kleap_leap leap;

	memset(&leap, 0, sizeof(leap));
	leap.size = sizeof(leap);
	leap.when = when;
	if (ioctl(fd, KLEAP_IOC_LEAP, &leap) < 0)
		return say_refusal(&leap.why, "leap");
	return EXIT_OK;
}

int device_disable(int fd)
{
	struct kleap_disable disable = { .size = sizeof(disable) };

	if (ioctl(fd, KLEAP_IOC_DISABLE, &disable) < 0)
		return say_refusal(NULL, "disable leaps");
	return EXIT_OK;
}

int device_status(int fd, struct kleap_status *status)
{
	memset(status, 0, sizeof(*status));
	status->size = sizeof(*status);
	if (ioctl(fd, KLEAP_IOC_STATUS, status) < 0)
		return say_refusal(NULL, "read the status");
	return EXIT_OK;
}
