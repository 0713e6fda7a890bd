// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Load, unload, disable: what changes the module's state, except the leap.
 */
#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOAD_DISABLED "/proc/sys/kernel/kexec_load_disabled"

/*
 * What is loaded now, with the module's own counts.
 */
static void print_loaded(const struct options *options, const struct job *job,
			 const struct kleap_status *status)
{
	size_t i;

	printf("loaded: %s (%s at 0x%" PRIx64 ")", options->kernel,
	       size_text(job->layout.segment[0].at.bufsz),
	       job->layout.kernel_runs.start);
	if (options->initrd.count) {
		printf("\n  initrd");
		for (i = 0; i < options->initrd.count; i++)
			printf("%s%s", i ? " + " : " ", options->initrd.text[i]);
		printf(" (%s at 0x%" PRIx64 ")", size_text(job->initrd.size),
		       job->layout.segment[1].at.mem);
	}
	if (job->dropped && job->dropped[0])
		printf("\n  left out of the command line: %s", job->dropped);
	printf("\n  %s in %" PRIu64 " frames, %" PRIu64 " pages in place, %" PRIu64 " to copy\n",
	       size_text((uint64_t)status->frames_taken * status->page_size),
	       (uint64_t)status->frames_taken, (uint64_t)status->pages_in_place,
	       (uint64_t)status->pages_to_copy);
}

/*
 * The layout, for --debug, on standard error.
 */
static void print_debug(const struct job *job)
{
	const struct boot_layout *layout = &job->layout;
	uint32_t i;

	fprintf(stderr, "memory map from %s\n", job->machine.map_source);
	for (i = 0; i < job->machine.map.count; i++)
		fprintf(stderr, "  0x%012" PRIx64 "-0x%012" PRIx64 " %s\n",
			job->machine.map.mem[i].range.start,
			job->machine.map.mem[i].range.end,
			type_text(job->machine.map.mem[i].type));
	for (i = 0; i < layout->segments; i++)
		fprintf(stderr, "segment %" PRIu32 ": 0x%" PRIx64 "+0x%" PRIx64
			", %" PRIu64 " bytes of data: %s\n", i,
			layout->segment[i].at.mem, layout->segment[i].at.memsz,
			layout->segment[i].at.bufsz, layout->segment[i].name);
	fprintf(stderr, "kernel runs over 0x%" PRIx64 "-0x%" PRIx64 "\n",
		layout->kernel_runs.start, layout->kernel_runs.end);
	fprintf(stderr, "entry: eip 0x%" PRIx32 ", esi 0x%" PRIx32 ", esp 0x%" PRIx32
		", gdt 0x%" PRIx32 "; rsdp 0x%" PRIx64 "\n", layout->entry.eip,
		layout->entry.esi, layout->entry.esp, layout->entry.gdt_base,
		job->machine.acpi_rsdp);
	fprintf(stderr, "command line: %s\n", job->command_line);
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
	code = open_job(options, job);
	if (code)
		goto close_job;
	print_notes(&job->notes, stderr, "kleap: note: ");
	if (options->debug)
		print_debug(job);
	code = device_load(fd, &job->layout, options);
	if (!code)
		code = device_status(fd, &status);
	if (!code) {
		show_loaded();
		print_loaded(options, job, &status);
	}
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
	if (!code) {
		hide_loaded();
		puts("unloaded");
	}
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
