// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Load, unload, disable: what changes the module's state, except the leap.
 */
#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define KEXEC_LOADED "/sys/kernel/kexec_loaded"
#define OUR_LOADED "/sys/kernel/kleap/loaded"
#define CPUINFO "/proc/cpuinfo"
#define LOAD_DISABLED "/proc/sys/kernel/kexec_load_disabled"

/*
 * The address of the initrd, which must exist.
 */
static uint64_t initrd_address(const struct boot_layout *layout)
{
	uint32_t i = 0;

	while (strcmp(layout->segment[i].name, "initrd"))
		i++;
	return layout->segment[i].at.mem;
}

/*
 * What is loaded now, with the module's own counts.
 */
static void print_loaded(const struct options *options, const struct job *job,
			 const struct kleap_status *status)
{
	size_t i;

	printf("loaded: %s (%s at 0x%" PRIx64 ")", shown(options->kernel),
	       size_text(job->layout.segment[0].at.bufsz),
	       job->layout.kernel_runs.start);
	if (job->kernel.wrapping[0]) {
		printf("\n  ");
		print_kind(&job->kernel, 2);
	}
	if (options->initrd.count) {
		printf("\n  initrd");
		for (i = 0; i < options->initrd.count; i++)
			printf("%s%s", i ? " + " : " ", shown(options->initrd.text[i]));
		printf(" (%s at 0x%" PRIx64 ")", size_text(job->initrd.size),
		       initrd_address(&job->layout));
	} else if (job->initrd.size) {
		printf("\n  with its initrd (%s at 0x%" PRIx64 ")", size_text(job->initrd.size),
		       initrd_address(&job->layout));
	}
	if (job->kernel.part[BOOT_UKI_COMMAND].size && !options->append.count &&
	    !options->reuse_command_line)
		printf("\n  with its command line: %s", shown(job->command_line));
	if (job->dropped && job->dropped[0])
		printf("\n  left out of the command line: %s", shown(job->dropped));
	printf("\n  %s in %" PRIu64 " frames, %" PRIu64 " pages in place, %" PRIu64 " to copy\n",
	       size_text((uint64_t)status->frames_taken * status->page_size),
	       (uint64_t)status->frames_taken, (uint64_t)status->pages_in_place,
	       (uint64_t)status->pages_to_copy);
}

/*
 * kernel.kexec_load_disabled: if set, no other kernel may be loaded. The module
 * cannot read it. A kernel without kexec has no such file.
 */
static int check_load_disabled(void)
{
	struct kimg_why why = { .error = KIMG_E_KEXEC_LOAD_DISABLED };
	char text[32];
	long got;

	got = read_system_file(LOAD_DISABLED, text, sizeof(text) - 1);
	if (got < 0)
		return errno == ENOENT ? EXIT_OK :
		       say_errno(errno, NULL, "cannot read %s", LOAD_DISABLED);
	text[got] = '\0';
	why.a = strtoull(text, NULL, 10);
	return why.a ? say_why(&why) : EXIT_OK;
}

/*
 * Refuse a 64-bit kernel on a processor without 64-bit mode: it would stop without a
 * message. If /proc/cpuinfo cannot be read, allow it.
 */
static int check_processor(const struct boot_layout *layout)
{
	struct kimg_why why = { .error = KIMG_E_NOT_64BIT };
	char text[8192], *flags, *end;
	long got;

	got = layout->is_64 ? read_system_file(CPUINFO, text, sizeof(text) - 1) : 0;
	if (got <= 0)
		return EXIT_OK;
	text[got] = '\0';
	flags = strstr(text, "\nflags\t");
	end = flags ? strchr(flags + 1, '\n') : NULL;
	if (!end)
		return EXIT_OK;
	strcpy(end, " ");
	return strstr(flags, " lm ") ? EXIT_OK : say_why(&why);
}

/*
 * Scripts and systemd call kexec -e only if /sys/kernel/kexec_loaded reads 1. Mount the
 * module's file over it, which reads 1 as long as an image is loaded.
 */
static void show_as_kexec(struct notes *notes)
{
	char text[8];

	if (read_system_file(KEXEC_LOADED, text, sizeof(text)) > 0 && text[0] == '1')
		return;
	if (mount(OUR_LOADED, KEXEC_LOADED, NULL, MS_BIND, NULL))
		add_note(notes, "%s does not say that an image is loaded: %s",
			 KEXEC_LOADED, strerror(errno));
}

int cmd_load(const struct options *options)
{
	const char *root = getenv("KLEAP_ROOT");
	struct kleap_status status;
	struct job *job;
	int code, fd;

	if (root && root[0])
		return say_usage("load is for the running machine: unset KLEAP_ROOT, or use plan");
	code = check_load_disabled();
	if (code)
		return code;
	/* Open the device first: without it, the rest is useless. */
	code = open_device(options, &fd);
	if (code)
		return code;
	job = calloc(1, sizeof(*job));
	if (!job) {
		code = say_errno(ENOMEM, NULL, "cannot load");
		goto close_device;
	}
	take_seed(job);
	code = open_job(options, job);
	if (code)
		goto close_job;
	if (options->debug)
		print_layout(job);
	code = check_processor(&job->layout);
	if (!code)
		code = device_load(fd, &job->layout, options);
	if (!code)
		code = device_status(fd, &status);
	if (!code && options->as_kexec)
		show_as_kexec(&job->notes);
	else if (!code)
		print_loaded(options, job, &status);
	print_notes(&job->notes, stderr, "kleap: note: ");
close_job:
	close_job(options, job);
	free(job);
close_device:
	close(fd);
	return code;
}

int cmd_unload(const struct options *options)
{
	int code, fd;

	code = open_device(options, &fd);
	if (code)
		return code;
	code = device_unload(fd);
	if (!code && !options->as_kexec)
		puts("unloaded");
	close(fd);
	return code;
}

int cmd_disable(const struct options *options)
{
	int code, fd;

	code = open_device(options, &fd);
	if (code)
		return code;
	code = device_disable(fd);
	if (!code)
		puts("disabled: nothing is loaded, no load and no leap until the next boot");
	close(fd);
	return code;
}
