// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The way through kexec_load(2): segments that kleap has laid out.
 */
#include "ways.h"
#include "page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <unistd.h>

/*
 * A kernel for a crash uses the memory below 1 MiB. Linux has kept it free for that since
 * 5.5, which no longer copies it elsewhere first ("x86/kdump: Always reserve the low 1M when
 * the crashkernel option is specified"). Error: CRASH_LOW.
 */
static enum kimg_error check_low_memory(const struct options *options, struct kimg_why *why)
{
	uint32_t version = linux_version();

	if (options->panic && version && version < LINUX_VERSION(5, 5))
		return kimg_fail(why, KIMG_E_CRASH_LOW, .a = version >> 16, .b = version & 0xffff);
	return KIMG_OK;
}

/* What keeps this way from loading on this machine? Errors: KEXEC_PAGES, CRASH_LOW. */
static enum kimg_error check_kernel(const struct options *options, struct kimg_why *why)
{
	long size = sysconf(_SC_PAGESIZE);

	/* Segments lie on whole pages of the running kernel's. */
	if (size != BOOT_PAGE)
		return kimg_fail(why, KIMG_E_KEXEC_PAGES, .a = (uint64_t)size, .b = BOOT_PAGE);
	return check_low_memory(options, why);
}

static bool is_usable(const struct options *options, char why[REASON_MAX])
{
	struct kimg_why reason = { 0 };

	if (is_sev_guest()) {
		snprintf(why, REASON_MAX, "this guest's memory is encrypted (SEV)");
		return false;
	}
	if (!check_kernel(options, &reason))
		return kexec_usable(options, false, why);
	kimg_explain(&reason, why, REASON_MAX);
	return false;
}

static int open_way(const struct options *options)
{
	struct kimg_why why = { 0 };

	return check_kernel(options, &why) ? say_why(&why) : kexec_open(options, false);
}

static int check(const struct options *options, struct job *job)
{
	struct kimg_segment at[BOOT_SEGMENT_MAX];
	struct kexec_limits limits;
	struct kimg_range region;
	struct kimg_why why = { 0 };
	/* A load, also with --memory-map, is for this machine. */
	bool is_here = !job->is_plan || is_this_machine(options);

	if (is_here && is_sev_guest()) {
		kimg_fail(&why, KIMG_E_MEMORY_ENCRYPTED);
		return say_why(&why);
	}
	if (is_here && job->machine.is_running_cpu && job->machine.processor->note_kexec)
		job->machine.processor->note_kexec(&job->notes);
	if (job->crash)
		region = boot_crash_region(&job->crash->memory);
	read_kexec_limits(options, job, &limits);
	return kexec_check(at, segments_of(&job->layout, at), &limits, job->crash ? &region : NULL,
			   &why) ? say_why(&why) : EXIT_OK;
}

/* The size of the image in pages. */
static uint64_t pages_of(const struct job *job)
{
	uint64_t bytes = 0;
	uint32_t i;

	for (i = 0; i < job->layout.segments; i++)
		bytes += job->layout.segment[i].at.memsz;
	return bytes >> 12;
}

static int load(const struct options *options, struct job *job)
{
	struct kexec_segment segment[BOOT_SEGMENT_MAX] = { { 0 } };
	struct kimg_why why = { 0 };
	uint32_t i;

	for (i = 0; i < job->layout.segments; i++) {
		const struct boot_segment *from = &job->layout.segment[i];

		segment[i].buf = from->data;
		segment[i].bufsz = (size_t)from->at.bufsz;
		segment[i].mem = (const void *)(uintptr_t)from->at.mem;
		segment[i].memsz = (size_t)from->at.memsz;
	}
	if (!kexec_load((unsigned long)job->stub_at, i, segment,
			options->panic ? KEXEC_ON_CRASH : 0))
		return EXIT_OK;
	kexec_explain(options, errno, false, pages_of(job), &why);
	return say_why(&why);
}

static void print_loaded(const struct job *job)
{
	printf("  by kexec_load: %s in %" PRIu32 " segments\n", size_text(pages_of(job) << 12),
	       job->layout.segments);
}

const struct way way_kexec_load = {
	.name = "kexec_load",
	.for_crash = true,
	.restart = RB_KEXEC,
	.usable = is_usable,
	.open = open_way,
	.complete = add_stub,
	.check = check,
	.load = load,
	.print_loaded = print_loaded,
	.unload = kexec_unload,
	.arm = kexec_arm,
	.restart_failed = kexec_restart_failed,
};
