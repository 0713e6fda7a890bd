// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that something goes on using after the leap. It must not be a destination, and the
 * next kernel must be told that it is reserved: kleap(8) does, by /sys/kernel/kleap/kept.
 */
#include "kleap.h"

#include <linux/sysfs.h>

#include "machine/machine.h"

/* Most machines have none. */
int __weak machine_for_each_kept(kleap_kept_fn *function, void *arg)
{
	return 0;
}

/* What is loaded, and where the reason goes if it cannot be. */
struct check {
	const struct kleap_segment *segment;
	u32 count;
	struct kimg_why *why;
};

static int check_range(void *arg, u64 start, u64 end, const char *name)
{
	const struct check *check = arg;
	u32 i;

	for (i = 0; i < check->count; i++) {
		const struct kleap_segment *segment = &check->segment[i];

		if (segment->mem < end && segment->mem + segment->memsz > start)
			return (int)kimg_fail(check->why, KIMG_E_KEPT_MEMORY, .seg = i,
					      .a = start, .b = end);
	}
	return 0;
}

enum kimg_error kleap_check_kept(const struct kleap_segment *segment, u32 count,
				 struct kimg_why *why)
{
	struct check check = { segment, count, why };
	int code = machine_for_each_kept(check_range, &check);

	/* Registers could not be mapped. */
	if (code < 0)
		return kimg_fail(why, KIMG_E_NO_SCRATCH, .a = PAGE_SIZE);
	return (enum kimg_error)code;
}

struct text {
	char *page;
	ssize_t length;
};

/* Room for a line, and for the mark that some are missing. */
#define ROOM 80

static int print_range(void *arg, u64 start, u64 end, const char *name)
{
	struct text *text = arg;

	if (text->length > PAGE_SIZE - ROOM) {
		text->length += sysfs_emit_at(text->page, text->length, "...\n");
		return -ENOSPC;
	}
	text->length += sysfs_emit_at(text->page, text->length, "%08llx-%08llx : %s\n",
				      start, end - 1, name);
	return 0;
}

ssize_t kleap_kept_list(char *page)
{
	struct text text = { .page = page };
	int code = machine_for_each_kept(print_range, &text);

	return code && code != -ENOSPC ? code : text.length;
}
