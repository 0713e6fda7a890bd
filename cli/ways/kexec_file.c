// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The way through kexec_file_load(2): files, which the running kernel lays out. What it
 * will refuse is refused before, with the reason; so is what it cannot do.
 */
#include "ways.h"
#include "page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <unistd.h>

static bool is_usable(const struct options *options, char why[REASON_MAX])
{
	return kexec_usable(options, true, why);
}

static int open_way(const struct options *options)
{
	return kexec_open(options, true);
}

/* ---- What it cannot do ------------------------------------------------------------- */

static int refuse_option(const char *name, const char *why)
{
	char text[160];

	snprintf(text, sizeof(text), "kexec_file_load cannot do --%s: %s", name, why);
	return say_refused(KIMG_E_KEXEC_OPTION, text,
			   "leave it out, or load with --via module or --via kexec_load");
}

static int check_options_of(const struct options *options, struct notes *notes)
{
	static const char places[] = "the running kernel chooses the places";
	static const char tree[] = "the running kernel passes on its own device tree";

	if (options->memory_map)
		return refuse_option("memory-map", "the running kernel passes on its own map");
	if (options->machine)
		return refuse_option("machine", "the running kernel is this machine's");
	if (options->limited)
		return refuse_option(options->limited, places);
	if (options->mem_min)
		return refuse_option("mem-min", places);
	if (options->dtb)
		return refuse_option("dtb", tree);
	if (options->overlay.count)
		return refuse_option("dtb-overlay", tree);
	if (options->dtb_at)
		return refuse_option("place-dtb", places);
	if (options->initrd_at)
		return refuse_option("place-initrd", places);
	if (options->entry_32bit)
		return refuse_option("entry-32bit", "the running kernel takes the 64-bit entry point");
	if (options->noefi)
		return refuse_option("noefi", "the running kernel passes EFI on");
	if (options->reuse_video_type)
		return refuse_option("reuse-video-type", "the running kernel describes the screen");
	if (options->uart)
		return refuse_option(options->console_serial ? "console-serial" : "uart", "nothing of kleap runs at the leap");
	if (options->no_checks)
		add_note(notes, "--no-checks has no effect: kexec_file_load always checks");
	return EXIT_OK;
}

/* ---- What the kernel takes ----------------------------------------------------------- */

static int refuse_kind(const struct options *options, const char *why)
{
	char text[MESSAGE_MAX];

	snprintf(text, sizeof(text), "kexec_file_load does not take %s: %s", options->kernel, why);
	return say_refused(KIMG_E_KEXEC_FILE_KIND, text,
			   "load it with --via module or --via kexec_load");
}

/*
 * Refuse what it does not take, and a file that is damaged, which it may take: such a kernel
 * stops while it unpacks itself.
 */
static int check_kernel(const struct options *options, const struct file_loader *loader,
			const struct kernel *kernel)
{
	struct kimg_why why = { 0 };
	const char *why_not;

	if (loader->check(kernel, &why))
		return say_file(options->kernel, kernel->identity.name, &why);
	why_not = loader->obstacle(kernel);
	return why_not ? refuse_kind(options, why_not) : EXIT_OK;
}

/* The size of kernel and initrd when loaded, in pages. */
static uint64_t pages_of(const struct job *job)
{
	const struct file_loader *loader = job->machine.processor->file_loader;

	return (boot_page_up(loader->room(&job->kernel)) + boot_page_up(job->initrd.size)) / BOOT_PAGE;
}

/* Does it fit into what crashkernel= reserved? Error: CRASH_SMALL. */
static void check_reserved(uint64_t size, struct kimg_why *why)
{
	struct kernel_images images;

	read_kernel_images(&images);
	if (size > images.crash_size)
		kimg_fail(why, KIMG_E_CRASH_SMALL, .a = size, .b = images.crash_size);
}

static int check(const struct options *options, struct job *job)
{
	const struct file_loader *loader = job->machine.processor->file_loader;
	struct kexec_limits limits;
	struct kimg_why why = { 0 };
	uint64_t most;
	size_t length;
	int code;

	if (!loader) {
		kimg_fail(&why, KIMG_E_NO_KEXEC_FILE, .a = 8 * sizeof(long));
		return say_why(&why);
	}
	code = check_options_of(options, &job->notes);
	if (!code)
		code = check_kernel(options, loader, &job->kernel);
	if (code)
		return code;
	length = strlen(job->command_line);
	most = loader->line_max(&job->kernel);
	read_kexec_limits(options, job, &limits);
	if (length > most)
		kimg_fail(&why, KIMG_E_CMDLINE_TOO_LONG, .a = length, .b = most);
	else if (job->initrd.pieces && !job->initrd.size)
		kimg_fail(&why, KIMG_E_INITRD_EMPTY);
	else if (!kexec_check_size(pages_of(job), &limits, &why) && options->panic)
		check_reserved(pages_of(job) * BOOT_PAGE, &why);
	if (why.error)
		return say_why(&why);
	if (job->kernel.is_uki)
		add_note(&job->notes, "a signature of the whole unified kernel image does not count "
			 "here, only that of the kernel in it");
	return EXIT_OK;
}

/* ---- The load ---------------------------------------------------------------------------- */

/* A file in memory with these pieces in it. Exit codes: MEMORY, SYSTEM. */
static int join(const struct boot_piece *piece, uint32_t pieces, const char *what, int *fd)
{
	uint32_t i;

	*fd = memfd_create(what, MFD_CLOEXEC);
	if (*fd < 0)
		return say_errno(errno, NULL, "cannot make a file in memory for the %s", what);
	for (i = 0; i < pieces; i++) {
		uint64_t done = 0;

		while (done < piece[i].size) {
			ssize_t got = write(*fd, (const char *)piece[i].data + done,
					    (size_t)(piece[i].size - done));

			if (got < 0)
				return say_errno(errno == ENOSPC ? ENOMEM : errno, NULL,
						 "cannot copy the %s", what);
			done += (uint64_t)got;
		}
	}
	return EXIT_OK;
}

static int open_file(const char *path, int *fd)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? say_errno(errno, NULL, "cannot open %s", path) : EXIT_OK;
}

/* The kernel's file as it is, unless kleap had to take it out of something. */
static int open_kernel_file(const struct options *options, const struct job *job, int *fd)
{
	const struct boot_piece whole = { job->kernel.data, job->kernel.size };

	if (job->kernel.data == job->kernel.file.data)
		return open_file(options->kernel, fd);
	return join(&whole, 1, "kernel", fd);
}

static int open_initrd_file(const struct options *options, const struct job *job, int *fd)
{
	if (!job->initrd.pieces)
		return EXIT_OK;
	if (options->initrd.count == 1)
		return open_file(options->initrd.text[0], fd);
	return join(job->initrd.piece, job->initrd.pieces, "initrd", fd);
}

static int load(const struct options *options, struct job *job)
{
	unsigned long flags = (job->initrd.pieces ? 0 : KEXEC_FILE_NO_INITRAMFS) |
			      (options->panic ? KEXEC_FILE_ON_CRASH : 0);
	int kernel = -1, initrd = -1, code;
	struct kimg_why why = { 0 };

	code = open_kernel_file(options, job, &kernel);
	if (!code)
		code = open_initrd_file(options, job, &initrd);
	if (!code && kexec_file_load(kernel, initrd, strlen(job->command_line) + 1,
				     job->command_line, flags)) {
		kexec_explain(options, errno, true, pages_of(job), &why);
		code = say_why_of(&why, "the kernel's log may say more: dmesg");
	}
	if (kernel >= 0)
		close(kernel);
	if (initrd >= 0)
		close(initrd);
	return code;
}

static void print_loaded(const struct job *job)
{
	(void)job;
	puts("  by kexec_file_load: the running kernel has chosen the places");
}

const struct way way_kexec_file = {
	.name = "kexec_file_load",
	.kernel_places = true,
	.for_crash = true,
	.restart = RB_KEXEC,
	.usable = is_usable,
	.open = open_way,
	.check = check,
	.load = load,
	.print_loaded = print_loaded,
	.unload = kexec_unload,
	.arm = kexec_arm,
	.restart_failed = kexec_restart_failed,
};
