/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One line of a memory map as text. Not for users of libboot.
 */
#ifndef BOOT_MAPLINE_H
#define BOOT_MAPLINE_H

#include "boot.h"

/* What a line is. */
enum map_form {
	MAP_NOTHING,		/* empty, a comment, or a range with no size */
	MAP_OTHER,		/* not a range */
	MAP_DAMAGED,		/* a range that cannot be read */
	MAP_LOG,		/* from the kernel's log */
	MAP_IOMEM,		/* from /proc/iomem */
	MAP_KEXEC,		/* from kexec -d: `type` is the number there */
	MAP_PLAIN,		/* START-END TYPE */
};

/* The map that a line belongs to. */
enum map_view {
	MAP_VIEW_NONE,
	MAP_VIEW_BIOS,		/* the firmware's, perhaps without ranges from setup_data */
	MAP_VIEW_EXTENDED,	/* the firmware's with these */
	MAP_VIEW_SETUP,		/* the running kernel's, as the following */
	MAP_VIEW_MODIFIED,
	MAP_VIEW_USER,
	MAP_VIEW_TEXT,		/* all other forms */
};

struct map_line {
	enum map_form form;
	enum map_view view;
	uint64_t start, end;	/* half-open; 0 and 1 if a system hides them */
	enum boot_mem_type type;
	bool memory;		/* false: a device; MAP_IOMEM only */
	bool own;		/* the running kernel's code or data; MAP_IOMEM only */
	const char *name;	/* the rest of the line; MAP_IOMEM only */
	size_t name_size;
};

/* Read the line of `size` bytes at `text`, without its newline. */
void map_read_line(const char *text, size_t size, struct map_line *line);

/* May a MAP_OTHER line be ignored in any map? Shell prompts may, for example. */
bool map_is_noise(const char *text, size_t size);

/* Does the line, after blanks, start with `with`? */
bool map_starts_with(const char *text, size_t size, const char *with);

#endif
