// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The running kernel's rules for images of kexec: applied to a request before the system
 * call, and found for the errno of one that failed.
 */
#include "ways.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MEMINFO "/proc/meminfo"
#define PAGE_SHIFT 12

/* More than purgatory, boot params and EFI's map take. */
#define ADDED_PAGES 64u

/* All RAM that the kernel manages, in pages; 0: unknown. */
static uint64_t read_ram_pages(void)
{
	static const char name[] = "MemTotal:";
	char text[4096];
	const char *at;

	read_machine_text(MEMINFO, text, sizeof(text));
	at = strstr(text, name);
	return at ? strtoull(at + strlen(name), NULL, 10) >> (PAGE_SHIFT - 10) : 0;
}

/* The bits of an address that a segment may have on this machine. */
static unsigned int address_bits(const struct options *options, const struct machine *machine)
{
	/* With --machine, the program that loads is not this one. */
	if (sizeof(long) == 4 && !options->machine)
		return 32;
	return machine->five_levels ? 52 : machine->processor->kexec_bits;
}

void read_kexec_limits(const struct options *options, const struct job *job,
		       struct kexec_limits *limits)
{
	/* A load, also with --memory-map, is the running kernel's. */
	limits->pages = job->is_plan && options->memory_map ? 0 : read_ram_pages();
	if (job->is_plan && !limits->pages)
		limits->pages = boot_map_ram(job->crash ? &job->crash->memory.ram :
					     &job->machine.map, 0) >> PAGE_SHIFT;
	/* A segment must end below the last byte. */
	limits->last = (UINT64_C(1) << address_bits(options, &job->machine)) -
		       (UINT64_C(1) << PAGE_SHIFT) - 1;
}

enum kimg_error kexec_check_size(uint64_t pages, const struct kexec_limits *limits,
				 struct kimg_why *why)
{
	if (limits->pages && pages > limits->pages / 2)
		return kimg_fail(why, KIMG_E_HALF_OF_MEMORY, .a = pages << PAGE_SHIFT,
				 .b = limits->pages / 2 << PAGE_SHIFT, .c = pages,
				 .d = limits->pages / 2);
	return KIMG_OK;
}

enum kimg_error kexec_check(const struct kimg_segment *segment, uint32_t count,
			    const struct kexec_limits *limits,
			    const struct kimg_range *region, struct kimg_why *why)
{
	const struct kimg_host host = {
		.page_shift = PAGE_SHIFT,
		.destination_limit = limits->last,
	};
	enum kimg_error error = kimg_check_segments(&host, segment, count, region, why);
	uint64_t pages = 0;
	uint32_t i;

	/* boot_kernel() lays out by the same rules, but may use the last page below 4 GiB. */
	if (error)
		return error;
	for (i = 0; i < count; i++)
		pages += segment[i].memsz >> PAGE_SHIFT;
	return kexec_check_size(pages, limits, why);
}

enum kimg_error kexec_explain(const struct options *options, int error, bool file,
			      uint64_t pages, struct kimg_why *why)
{
	static const struct {
		int error;
		bool file;		/* kexec_file_load(2) only */
		enum kimg_error rule;
	} rules[] = {
		{ EBUSY, false, KIMG_E_BUSY },
		{ EADDRNOTAVAIL, false, KIMG_E_KEXEC_ADDRESS },
		{ ENOMEM, false, KIMG_E_KEXEC_NO_MEMORY },
		{ EACCES, false, KIMG_E_POLICY },
		{ EPERM, false, KIMG_E_POLICY },
		{ ENOEXEC, true, KIMG_E_KEXEC_FILE_KIND },
		{ EFBIG, true, KIMG_E_KEXEC_FILE_LARGE },
		{ ETXTBSY, true, KIMG_E_KEXEC_FILE_OPEN },
		{ ENODATA, true, KIMG_E_SIGNATURE_NONE },
		{ ENOPKG, true, KIMG_E_SIGNATURE_METHOD },
		{ ENOKEY, true, KIMG_E_SIGNATURE_KEY },
		{ EKEYREJECTED, true, KIMG_E_SIGNATURE_BAD },
		{ EBADMSG, true, KIMG_E_SIGNATURE_BAD },
		{ ELIBBAD, true, KIMG_E_SIGNATURE_BAD },
		{ EKEYEXPIRED, true, KIMG_E_SIGNATURE_EXPIRED },
		{ EKEYREVOKED, true, KIMG_E_SIGNATURE_EXPIRED },
	};
	const struct kexec_limits limits = { .pages = read_ram_pages() };
	size_t i;

	/* What may have changed since it was asked. */
	if (error == EPERM || error == ENOSYS)
		if (kexec_obstacle(options, file, true, why))
			return (enum kimg_error)why->error;
	/* Lockdown allows files, but signed ones only. */
	if (error == EPERM && is_locked_down())
		return kimg_fail(why, KIMG_E_LOCKDOWN);
	/* What the kernel adds to files counts, too. */
	if (file && error == EINVAL && kexec_check_size(pages + ADDED_PAGES, &limits, why))
		return KIMG_E_HALF_OF_MEMORY;
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].error == error && (file || !rules[i].file))
			return kimg_fail(why, rules[i].rule, .a = (uint64_t)error,
					 .b = pages << PAGE_SHIFT);
	return kimg_fail(why, KIMG_E_KEXEC_REFUSED, .a = (uint64_t)error);
}
