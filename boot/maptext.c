// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory maps as text: /proc/iomem, and a simple form to write by hand.
 */
#include "boot.h"

/*
 * Names of types: the short one first, then those that Linux uses in
 * /proc/iomem and /sys/firmware/memmap (arch/x86/kernel/e820.c). Memory of a
 * special kind that a new kernel must not take for RAM counts as reserved.
 */
static const struct {
	const char *name;
	enum boot_mem_type type;
} type_names[] = {
	{ "ram", BOOT_MEM_RAM },
	{ "reserved", BOOT_MEM_RESERVED },
	{ "acpi", BOOT_MEM_ACPI },
	{ "nvs", BOOT_MEM_NVS },
	{ "unusable", BOOT_MEM_UNUSABLE },
	{ "pmem", BOOT_MEM_PERSISTENT },
	{ "System RAM", BOOT_MEM_RAM },
	{ "Reserved", BOOT_MEM_RESERVED },
	{ "Soft Reserved", BOOT_MEM_RESERVED },
	{ "Unknown E820 type", BOOT_MEM_RESERVED },
	{ "ACPI Tables", BOOT_MEM_ACPI },
	{ "ACPI Non-volatile Storage", BOOT_MEM_NVS },
	{ "Unusable memory", BOOT_MEM_UNUSABLE },
	{ "Persistent Memory", BOOT_MEM_PERSISTENT },
	{ "Persistent Memory (legacy)", BOOT_MEM_RESERVED },
};

#define TYPE_NAMES (sizeof(type_names) / sizeof(type_names[0]))

bool boot_mem_type_named(const char *name, size_t length,
			 enum boot_mem_type *type)
{
	size_t i, n;

	for (i = 0; i < TYPE_NAMES; i++) {
		for (n = 0; n < length && name[n] == type_names[i].name[n] && name[n]; n++)
			;
		if (n == length && !type_names[i].name[n]) {
			*type = type_names[i].type;
			return true;
		}
	}
	return false;
}

const char *boot_mem_type_name(enum boot_mem_type type)
{
	size_t i;

	for (i = 0; i < TYPE_NAMES; i++)
		if (type_names[i].type == type)
			return type_names[i].name;
	return "unknown";
}

/* What is left to read of one line. */
struct line {
	const char *at, *end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct line *line)
{
	while (line->at < line->end && is_blank(*line->at))
		line->at++;
}

/*
 * Take `c` if it is next.
 */
static bool take(struct line *line, char c)
{
	if (line->at == line->end || *line->at != c)
		return false;
	line->at++;
	return true;
}

/*
 * The value of a hexadecimal digit, or 16 if it is none.
 */
static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 16;
}

/*
 * Take a hexadecimal number, with or without 0x. False if there is none or it
 * has more than 64 bits.
 */
static bool take_number(struct line *line, uint64_t *value)
{
	const char *start;

	if (line->end - line->at > 2 && line->at[0] == '0' &&
	    (line->at[1] == 'x' || line->at[1] == 'X'))
		line->at += 2;
	start = line->at;
	*value = 0;
	while (line->at < line->end && digit(*line->at) < 16) {
		if (*value >> 60)
			return false;
		*value = *value << 4 | digit(*line->at++);
	}
	return line->at > start;
}

/*
 * Read one line, without its comment, into `map`. `*ranges` counts ranges of
 * memory, also those that a system hides by showing zeros. `number` is the
 * line's, from 1. Errors: MAP_SYNTAX, MAP_FULL, MAP_OVERLAP.
 */
static enum kimg_error read_line(struct line line, uint64_t number,
				 struct boot_map *map, uint64_t *ranges,
				 struct kimg_why *why)
{
	enum boot_mem_type type;
	bool nested, linux_form;
	uint64_t start, end;

	nested = line.at < line.end && is_blank(*line.at);
	skip_blanks(&line);
	while (line.end > line.at && is_blank(line.end[-1]))
		line.end--;
	if (line.at == line.end)
		return KIMG_OK;

	if (!take_number(&line, &start) || !take(&line, '-') ||
	    !take_number(&line, &end) || line.at == line.end ||
	    !is_blank(*line.at))
		return kimg_fail(why, KIMG_E_MAP_SYNTAX, .a = number);
	skip_blanks(&line);
	linux_form = take(&line, ':');
	skip_blanks(&line);

	if (linux_form && nested)
		return KIMG_OK;
	if (!boot_mem_type_named(line.at, (size_t)(line.end - line.at), &type)) {
		if (linux_form)
			return KIMG_OK;
		return kimg_fail(why, KIMG_E_MAP_SYNTAX, .a = number);
	}
	++*ranges;
	if (linux_form) {
		if (start == 0 && end == 0)
			return KIMG_OK;
		/* Past the last address this gives 0, which the next test refuses. */
		end++;
	}
	if (start >= end)
		return kimg_fail(why, KIMG_E_MAP_SYNTAX, .a = number);
	return boot_map_add(map, start, end, type, why);
}

enum kimg_error boot_map_parse(const char *text, size_t size,
			       struct boot_map *map, struct kimg_why *why)
{
	const char *end = text + size;
	uint64_t number = 0, ranges = 0;
	uint32_t i;

	map->count = 0;
	while (text < end) {
		struct line line = { text, text };
		enum kimg_error error;

		while (line.end < end && *line.end != '\n' && *line.end != '#')
			line.end++;
		text = line.end;
		while (text < end && *text != '\n')
			text++;
		if (text < end)
			text++;

		error = read_line(line, ++number, map, &ranges, why);
		if (error)
			return error;
	}
	for (i = 0; i < map->count; i++)
		if (map->mem[i].type == BOOT_MEM_RAM)
			return KIMG_OK;
	return kimg_fail(why, KIMG_E_MAP_EMPTY, .a = ranges);
}
