// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Load, unload, disable: what changes the module's state, except the leap.
 */
#include "ways/ways.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_DISABLED "/proc/sys/kernel/kexec_load_disabled"

/*
 * " at" and the address, unless the running kernel has chosen that. Overwritten by the
 * next call.
 */
static const char *place(const struct way *way, uint64_t address)
{
	static char text[32];

	if (way->kernel_places)
		return "";
	snprintf(text, sizeof(text), " at 0x%" PRIx64, address);
	return text;
}

/*
 * What is loaded now.
 */
static void print_loaded(const struct options *options, const struct job *job,
			 const struct way *way)
{
	const struct boot_layout *layout = &job->layout;
	uint64_t initrd = job->initrd.size && !way->kernel_places ? initrd_address(layout) : 0;
	size_t i;

	printf("loaded%s: %s (%s%s)", options->panic ? " for a crash" : "", shown(options->kernel),
	       size_text(way->kernel_places ? job->kernel.size : layout->segment[0].at.bufsz),
	       place(way, layout->kernel_runs.start));
	if (job->kernel.wrapping[0]) {
		printf("\n  ");
		print_kind(&job->kernel, 2);
	}
	if (options->initrd.count) {
		printf("\n  initrd");
		for (i = 0; i < options->initrd.count; i++)
			printf("%s%s", i ? " + " : " ", shown(options->initrd.text[i]));
		printf(" (%s%s)", size_text(job->initrd.size), place(way, initrd));
	} else if (job->initrd.size) {
		printf("\n  with its initrd (%s%s)", size_text(job->initrd.size), place(way, initrd));
	}
	if (job->kernel.part[BOOT_UKI_COMMAND].size && !options->append.count &&
	    !options->reuse_command_line)
		printf("\n  with its command line: %s", shown(job->command_line));
	if (job->dropped && job->dropped[0])
		printf("\n  left out of the command line: %s", shown(job->dropped));
	puts("");
	way->print_loaded(job);
}

/*
 * kernel.kexec_load_disabled: if set, no other kernel may be loaded. The module
 * cannot read it. A kernel without kexec has no such file.
 */
static int check_load_disabled(void)
{
	struct kimg_why why = { .error = KIMG_E_KEXEC_LOAD_DISABLED };
	char text[32];

	if (read_system_text(LOAD_DISABLED, text, sizeof(text)) < 0)
		return errno == ENOENT ? EXIT_OK :
		       say_errno(errno, NULL, "cannot read %s", LOAD_DISABLED);
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

	return layout->is_64 && !cpu_has("lm") ? say_why(&why) : EXIT_OK;
}

/*
 * The kernel has freed the kernel for a crash that was loaded before it refused this one.
 */
static void note_gone(const struct kernel_images *before, struct notes *notes)
{
	struct kernel_images now;

	read_kernel_images(&now);
	if (before->crash_loaded && !now.crash_loaded)
		add_note(notes, "the kernel for a crash that was loaded before is gone");
}

int cmd_load(const struct options *options)
{
	const char *root = getenv("KLEAP_ROOT");
	struct kernel_images before;
	char reason[REASON_MAX];
	const struct way *way;
	struct job *job;
	int code;

	if (root && root[0])
		return say_usage("load is for the running machine: unset KLEAP_ROOT, or use plan");
	code = check_load_disabled();
	if (code)
		return code;
	/* Open the way first: without it, the rest is useless. */
	way = choose_way(options, reason);
	if (!way)
		return say_no_way(options, reason);
	code = check_crash_load(options, way);
	if (!code)
		code = way->open(options);
	if (code)
		return code;
	job = calloc(1, sizeof(*job));
	if (!job)
		return say_errno(ENOMEM, NULL, "cannot load");
	take_seed(job);
	code = open_job(options, way->kernel_places, job);
	if (!code && way->complete)
		code = way->complete(options, job);
	if (code)
		goto close_job;
	if (options->debug) {
		fprintf(stderr, "way: %s: %s\n", way->name, shown(reason));
		print_layout(job);
	}
	code = check_uart(options, job->machine.processor, &job->notes);
	if (!code)
		code = check_processor(&job->layout);
	if (!code && way->check)
		code = way->check(options, job);
	if (!code) {
		read_kernel_images(&before);
		code = way->load(options, job);
		if (code)
			note_gone(&before, &job->notes);
	}
	if (!code && options->as_kexec && way->show_loaded)
		way->show_loaded(&job->notes);
	else if (!code && !options->as_kexec)
		print_loaded(options, job, way);
	print_notes(&job->notes, stderr, "kleap: note: ");
close_job:
	close_job(options, job);
	free(job);
	return code;
}

int cmd_unload(const struct options *options)
{
	const struct way *also, *way = holding_way(options, &also);
	int code = check_crash_way(options, way);

	if (!code)
		code = way->unload(options);
	if (code || options->as_kexec)
		return code;
	puts("unloaded");
	/* Perhaps somebody else's. */
	if (also)
		printf("  the kernel holds another image: kleap unload --via %s removes it\n",
		       also->name);
	return EXIT_OK;
}

int cmd_disable(const struct options *options)
{
	int code = module_disable(options);

	if (!code)
		puts("disabled: nothing is loaded, no load and no leap until the next boot");
	return code;
}
