/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzer: memory maps as text, both /proc/iomem and the simple form.
 *
 * The input is the text. A second parser, which uses the C library and keeps the
 * ranges in their order, must agree with boot_map_parse(): on whether the text is a
 * map, and if so on what is at each end of each range. A map that was read is
 * sorted and merged, and reads the same again from either form.
 */
#include "fuzz.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"

#define TEXT_MOST 65536u

/* ---- The other reader ----------------------------------------------------------- */

/* Ranges in the order of the text. More than a map holds are no use. */
struct plain {
	struct boot_mem mem[4096];
	size_t count;
};

/* Names, as they stand in documentation of Linux and of kleap plan. */
static const struct {
	const char *name;
	enum boot_mem_type type;
} names[] = {
	{ "ram", BOOT_MEM_RAM }, { "System RAM", BOOT_MEM_RAM },
	{ "reserved", BOOT_MEM_RESERVED }, { "Reserved", BOOT_MEM_RESERVED },
	{ "Soft Reserved", BOOT_MEM_RESERVED },
	{ "Unknown E820 type", BOOT_MEM_RESERVED },
	{ "acpi", BOOT_MEM_ACPI }, { "ACPI Tables", BOOT_MEM_ACPI },
	{ "nvs", BOOT_MEM_NVS }, { "ACPI Non-volatile Storage", BOOT_MEM_NVS },
	{ "unusable", BOOT_MEM_UNUSABLE }, { "Unusable memory", BOOT_MEM_UNUSABLE },
	{ "pmem", BOOT_MEM_PERSISTENT }, { "Persistent Memory", BOOT_MEM_PERSISTENT },
	{ "Persistent Memory (legacy)", BOOT_MEM_RESERVED },
};

#define HEX "0123456789abcdefABCDEF"

/* A number of 64 bits at the start of `text`; the length it takes, or 0. */
static size_t number(const char *text, uint64_t *value)
{
	size_t prefix = !strncmp(text, "0x", 2) || !strncmp(text, "0X", 2) ? 2 : 0;
	size_t digits = strspn(text + prefix, HEX);
	size_t zeros = strspn(text + prefix, "0");

	if (!digits || digits - zeros > 16)
		return 0;
	*value = strtoull(text + prefix + (zeros < digits ? zeros : 0), NULL, 16);
	return prefix + digits;
}

/* One line without its comment. False: it is none of a map. */
static bool plain_line(char *line, struct plain *plain)
{
	bool nested = line[0] && strchr(" \t\r", line[0]), linux_form;
	uint64_t start, end;
	size_t length, i;

	line += strspn(line, " \t\r");
	for (length = strlen(line); length && strchr(" \t\r", line[length - 1]); )
		line[--length] = '\0';
	if (!*line)
		return true;
	length = number(line, &start);
	if (!length || line[length] != '-')
		return false;
	line += length + 1;
	length = number(line, &end);
	if (!length || !line[length] || !strchr(" \t\r", line[length]))
		return false;
	line += length;
	line += strspn(line, " \t\r");
	linux_form = *line == ':';
	if (linux_form)
		line += 1 + strspn(line + 1, " \t\r");
	if (linux_form && nested)
		return true;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(line, names[i].name))
			break;
	if (i == sizeof(names) / sizeof(names[0]))
		return linux_form;
	if (linux_form && !start && !end)
		return true;
	if (linux_form ? start > end || end == UINT64_MAX : start >= end)
		return false;
	if (plain->count < sizeof(plain->mem) / sizeof(plain->mem[0]))
		plain->mem[plain->count++] = (struct boot_mem){
			{ start, linux_form ? end + 1 : end }, names[i].type };
	return true;
}

/* The text line by line. `text` ends in a 0 and is spoilt. */
static bool plain_text(char *text, size_t size, struct plain *plain)
{
	char *end = text + size;

	plain->count = 0;
	while (text < end) {
		char *next = memchr(text, '\n', (size_t)(end - text));

		if (!next)
			next = end;
		*next = '\0';
		text[strcspn(text, "#")] = '\0';
		if (!plain_line(text, plain))
			return false;
		text = next + 1;
	}
	return true;
}

static bool plain_overlaps(const struct plain *plain)
{
	for (size_t i = 0; i < plain->count; i++)
		for (size_t k = 0; k < i; k++)
			if (plain->mem[i].range.start < plain->mem[k].range.end &&
			    plain->mem[k].range.start < plain->mem[i].range.end)
				return true;
	return false;
}

/* The type of the memory at an address, or 0. */
static unsigned int at(const struct boot_mem *mem, size_t count, uint64_t address)
{
	for (size_t i = 0; i < count; i++)
		if (mem[i].range.start <= address && address < mem[i].range.end)
			return mem[i].type;
	return 0;
}

/* ---- The judge -------------------------------------------------------------------- */

static void judge_map(const struct boot_map *map, const struct plain *plain)
{
	HOLDS(map->count && map->count <= BOOT_MAP_MAX);
	for (uint32_t i = 0; i < map->count; i++) {
		const struct boot_mem *mem = &map->mem[i];

		HOLDS(mem->range.start < mem->range.end);
		if (i) {
			HOLDS(mem[-1].range.end <= mem->range.start);
			HOLDS(mem[-1].range.end < mem->range.start ||
			      mem[-1].type != mem->type);
		}
		HOLDS(at(plain->mem, plain->count, mem->range.start) == mem->type);
		HOLDS(at(plain->mem, plain->count, mem->range.end - 1) == mem->type);
		HOLDS(boot_map_is_ram(map, mem->range.start, mem->range.end) ==
		      (mem->type == BOOT_MEM_RAM));
	}
	for (size_t i = 0; i < plain->count; i++) {
		const struct kimg_range *range = &plain->mem[i].range;

		HOLDS(at(map->mem, map->count, range->start) == plain->mem[i].type);
		HOLDS(at(map->mem, map->count, range->end - 1) == plain->mem[i].type);
		HOLDS(!range->start || at(map->mem, map->count, range->start - 1) ==
		      at(plain->mem, plain->count, range->start - 1));
		HOLDS(at(map->mem, map->count, range->end) ==
		      at(plain->mem, plain->count, range->end));
	}
}

/* What was read, written out in one of the two forms, reads the same. */
static void judge_again(const struct boot_map *map, bool linux_form)
{
	static const char *const linux_names[] = {
		[BOOT_MEM_RAM] = "System RAM", [BOOT_MEM_RESERVED] = "Reserved",
		[BOOT_MEM_ACPI] = "ACPI Tables",
		[BOOT_MEM_NVS] = "ACPI Non-volatile Storage",
		[BOOT_MEM_UNUSABLE] = "Unusable memory",
		[BOOT_MEM_PERSISTENT] = "Persistent Memory",
	};
	static char text[BOOT_MAP_MAX * 80];
	static struct boot_map again;
	struct kimg_why why;
	size_t size = 0;

	for (uint32_t i = 0; i < map->count; i++) {
		const struct boot_mem *mem = &map->mem[i];

		/* Its form of one byte at 0 means that a number is hidden. */
		if (linux_form && mem->range.end == 1)
			return;
		size += (size_t)snprintf(text + size, sizeof(text) - size,
			linux_form ? "%08" PRIx64 "-%08" PRIx64 " : %s\n" :
				     "%#" PRIx64 "-%#" PRIx64 " %s\n",
			mem->range.start, linux_form ? mem->range.end - 1 : mem->range.end,
			linux_form ? linux_names[mem->type] : boot_mem_type_name(mem->type));
	}
	HOLDS(!boot_map_parse(text, size, &again, &why));
	HOLDS(again.count == map->count);
	for (uint32_t i = 0; i < map->count; i++)
		HOLDS(again.mem[i].range.start == map->mem[i].range.start &&
		      again.mem[i].range.end == map->mem[i].range.end &&
		      again.mem[i].type == map->mem[i].type);
}

static void judge_refusal(const struct kimg_why *why, bool good,
			  const struct plain *plain)
{
	switch (why->error) {
	case KIMG_E_MAP_SYNTAX:
		HOLDS(!good && why->a);
		break;
	case KIMG_E_MAP_OVERLAP:
		HOLDS(plain_overlaps(plain));
		HOLDS(why->a < why->d && why->c < why->b);
		break;
	case KIMG_E_MAP_FULL:
		HOLDS(plain->count > BOOT_MAP_MAX);
		break;
	case KIMG_E_MAP_EMPTY:
		HOLDS(good);
		for (size_t i = 0; i < plain->count; i++)
			HOLDS(plain->mem[i].type != BOOT_MEM_RAM);
		break;
	default:
		broken("error %u is none of boot_map_parse()'s", why->error);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct boot_map map;
	static struct plain plain;
	struct kimg_why why = { 0 };
	enum kimg_error error;
	char *text;
	bool good;

	/* The second reader's strings end at a 0, which no such file has. */
	if (size > TEXT_MOST || memchr(bytes, 0, size))
		return 0;
	/* Just the bytes, so that the sanitizer sees any read beyond. */
	text = malloc(size ? size : 1);
	HOLDS(text);
	if (size)
		memcpy(text, bytes, size);
	error = boot_map_parse(text, size, &map, &why);
	HOLDS(error == why.error);
	free(text);

	text = malloc(size + 1);
	HOLDS(text);
	if (size)
		memcpy(text, bytes, size);
	text[size] = '\0';
	good = plain_text(text, size, &plain);
	free(text);
	if (error) {
		judge_refusal(&why, good, &plain);
		return 0;
	}
	HOLDS(good && !plain_overlaps(&plain));
	judge_map(&map, &plain);
	judge_again(&map, true);
	judge_again(&map, false);
	return 0;
}
