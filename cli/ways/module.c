// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The way through the module: requests to its device, and what they fail with.
 */
#include "ways.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <unistd.h>

#define KEXEC_LOADED "/sys/kernel/kexec_loaded"
#define OUR_LOADED "/sys/kernel/kleap/loaded"

/* The device, open until the program ends: another program gets EBUSY as long. */
static int device = -1;

/* Does this errno mean that there is no module? */
static bool is_missing(int error)
{
	return error == ENOENT || error == ENXIO || error == ENODEV;
}

/*
 * Open the device, unless it is open. Exit codes: PERMISSION, SYSTEM.
 */
static int open_device(const struct options *options)
{
	const char *hint = NULL;

	if (device < 0)
		device = open(options->device, O_RDWR | O_CLOEXEC);
	if (device >= 0)
		return EXIT_OK;
	if (is_missing(errno))
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

static int read_status(struct kleap_status *status)
{
	memset(status, 0, sizeof(*status));
	status->size = sizeof(*status);
	if (ioctl(device, KLEAP_IOC_STATUS, status) < 0)
		return say_refusal(NULL, "read the status");
	return EXIT_OK;
}

static int load(const struct options *options, struct job *job)
{
	const struct boot_layout *layout = &job->layout;
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
	load.uart_type = options->uart_type;
	load.uart = options->uart;
	load.entry = layout->entry;
	if (ioctl(device, KLEAP_IOC_LOAD, &load) < 0)
		return say_refusal(&load.why, "load");
	return read_status(&job->loaded);
}

static int rehearse(const struct options *options, struct kleap_rehearse *rehearsal,
		    struct kleap_status *status)
{
	memset(rehearsal, 0, sizeof(*rehearsal));
	rehearsal->size = sizeof(*rehearsal);
	rehearsal->times = options->times;
	if (ioctl(device, KLEAP_IOC_REHEARSE, rehearsal) < 0)
		return say_refusal(&rehearsal->why, "rehearse");
	return read_status(status);
}

static int unload(const struct options *options)
{
	struct kleap_unload request = { .size = sizeof(request) };
	int code = open_device(options);

	if (!code && ioctl(device, KLEAP_IOC_UNLOAD, &request) < 0)
		code = say_refusal(NULL, "unload");
	return code;
}

static int arm(const struct options *options, enum arm when)
{
	struct kleap_leap leap;
	int code = open_device(options);

	memset(&leap, 0, sizeof(leap));
	leap.size = sizeof(leap);
	leap.when = when == ARM_CANCEL ? KLEAP_LEAP_CANCEL : KLEAP_LEAP_AT_REBOOT;
	if (!code && ioctl(device, KLEAP_IOC_LEAP, &leap) < 0)
		code = say_refusal(&leap.why, "leap");
	return code;
}

static enum kimg_error restart_failed(const struct options *options, int error)
{
	(void)error;
	arm(options, ARM_CANCEL);
	return KIMG_OK;
}

int module_disable(const struct options *options)
{
	struct kleap_disable disable = { .size = sizeof(disable) };
	int code = open_device(options);

	if (!code && ioctl(device, KLEAP_IOC_DISABLE, &disable) < 0)
		code = say_refusal(NULL, "disable leaps");
	return code;
}

int module_status(const struct options *options, struct kleap_status *status)
{
	int code = open_device(options);

	return code ? code : read_status(status);
}

bool has_device(const struct options *options)
{
	int fd = device < 0 ? open(options->device, O_PATH | O_CLOEXEC) : -1;
	bool is_there = device >= 0 || fd >= 0 || !is_missing(errno);

	if (fd >= 0)
		close(fd);
	return is_there;
}

bool module_holds(const struct options *options)
{
	struct kleap_status status = { .size = sizeof(status) };

	if (device < 0)
		device = open(options->device, O_RDWR | O_CLOEXEC);
	return device >= 0 && ioctl(device, KLEAP_IOC_STATUS, &status) >= 0 &&
	       status.state != KLEAP_STATE_NONE;
}

static bool is_usable(const struct options *options, char why[REASON_MAX])
{
	if (has_device(options))
		return true;
	snprintf(why, REASON_MAX, "cannot open %s, %s", options->device, strerror(errno));
	return false;
}

static void print_loaded(const struct job *job)
{
	const struct kleap_status *status = &job->loaded;

	printf("  %s in %" PRIu64 " frames, %" PRIu64 " pages in place, %" PRIu64 " to copy\n",
	       size_text((uint64_t)status->frames_taken * status->page_size),
	       (uint64_t)status->frames_taken, (uint64_t)status->pages_in_place,
	       (uint64_t)status->pages_to_copy);
}

/*
 * Scripts and systemd call kexec -e only if /sys/kernel/kexec_loaded reads 1. Mount the
 * module's file over it, which reads 1 as long as an image is loaded.
 */
static void show_loaded(struct notes *notes)
{
	char text[8];

	if (read_system_file(KEXEC_LOADED, text, sizeof(text)) > 0 && text[0] == '1')
		return;
	if (mount(OUR_LOADED, KEXEC_LOADED, NULL, MS_BIND, NULL))
		add_note(notes, "%s does not say that an image is loaded: %s",
			 KEXEC_LOADED, strerror(errno));
}

const struct way way_module = {
	.name = "module",
	.restart = RB_AUTOBOOT,
	.usable = is_usable,
	.open = open_device,
	.load = load,
	.print_loaded = print_loaded,
	.show_loaded = show_loaded,
	.rehearse = rehearse,
	.unload = unload,
	.arm = arm,
	.restart_failed = restart_failed,
};
