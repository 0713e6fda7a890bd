// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The running system: memory map, boot parameters, ACPI, command line.
 */
#include "cli.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMMAP "/sys/firmware/memmap"
#define IOMEM "/proc/iomem"
#define MAP_TEXT_MAX (1u << 20)
#define COMMAND_TEXT_MAX 65536u

const char *system_path(char *to, size_t size, const char *path)
{
	const char *root = getenv("KLEAP_ROOT");

	snprintf(to, size, "%s%s", root ? root : "", path);
	return to;
}

/*
 * Read file `name` of a directory as a line of text, without its newline. False
 * if it cannot be read or is too long.
 */
static bool read_line(const char *directory, const char *name, char *to, size_t size)
{
	char path[512];
	long got;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return false;
	got = read_system_file(path, to, size - 1);
	if (got <= 0 || (size_t)got == size - 1)
		return false;
	to[got] = '\0';
	to[strcspn(to, "\n")] = '\0';
	return true;
}

/*
 * Read the firmware's map: one directory a range, with the files start, end (the
 * last byte) and type. False if it does not exist or we may not read it; then
 * nothing was reported and `map` is undefined. `*code` is not 0 if the map was read
 * and is invalid, which was reported.
 */
static bool read_firmware_map(struct boot_map *map, int *code)
{
	char root[256], path[512], text[3][64];
	struct kimg_why why;
	struct dirent *entry;
	bool whole = true;
	DIR *directory;

	*code = EXIT_OK;
	map->count = 0;
	directory = opendir(system_path(root, sizeof(root), MEMMAP));
	if (!directory)
		return false;
	while (!*code && (entry = readdir(directory))) {
		enum boot_mem_type type = BOOT_MEM_RESERVED;
		uint64_t start, end;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%.200s", root, entry->d_name);
		whole = read_line(path, "start", text[0], sizeof(text[0])) &&
			read_line(path, "end", text[1], sizeof(text[1])) &&
			read_line(path, "type", text[2], sizeof(text[2]));
		if (!whole)
			break;
		start = strtoull(text[0], NULL, 16);
		end = strtoull(text[1], NULL, 16);
		/* Do not put a kernel into memory of an unknown type. */
		boot_mem_type_named(text[2], strlen(text[2]), &type);
		if (end != UINT64_MAX && boot_map_add(map, start, end + 1, type, &why))
			*code = say_why(&why);
	}
	closedir(directory);
	return whole && map->count;
}

/*
 * Read a map as text from `path`. Exit codes: REFUSED, PERMISSION, SYSTEM.
 */
static int read_text_map(const char *path, struct boot_map *map)
{
	char *text = malloc(MAP_TEXT_MAX);
	struct kimg_why why;
	long size;
	int code = EXIT_OK;

	if (!text)
		return say_errno(ENOMEM, NULL, "cannot read %s", path);
	size = read_system_file(path, text, MAP_TEXT_MAX);
	if (size < 0)
		code = say_errno(errno, NULL, "cannot read the memory map %s", path);
	else if (boot_map_parse(text, (size_t)size, map, &why))
		code = say_why(&why);
	free(text);
	return code;
}

/*
 * The physical address of ACPI's root pointer, or 0. On BIOS machines the new
 * kernel finds it by itself; on EFI machines it cannot.
 */
static uint64_t find_rsdp(const struct machine *machine)
{
	static const char *const keys[] = { "ACPI20=", "ACPI=" };
	char text[4096], path[256];
	uint64_t address = 0;
	size_t i;
	long size;

	/* acpi_rsdp_addr of the zero page, little-endian as every PC is. */
	if (machine->has_params)
		for (i = 0; i < 8; i++)
			address |= (uint64_t)machine->params[0x70 + i] << (8 * i);
	if (address)
		return address;
	size = read_system_file(system_path(path, sizeof(path), "/sys/firmware/efi/systab"),
				text, sizeof(text) - 1);
	if (size <= 0)
		return 0;
	text[size] = '\0';
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *at = strstr(text, keys[i]);

		if (at)
			return strtoull(at + strlen(keys[i]), NULL, 16);
	}
	return 0;
}

int read_machine(const struct options *options, struct machine *machine)
{
	char path[256];
	int code;

	/* A map from a file is another machine's: do not use this machine's screen. */
	if (options->memory_map) {
		machine->map_source = options->memory_map;
		return read_text_map(options->memory_map, &machine->map);
	}

	system_path(path, sizeof(path), "/sys/kernel/boot_params/data");
	machine->has_params = read_system_file(path, machine->params,
					       sizeof(machine->params)) ==
			      (long)sizeof(machine->params);
	machine->acpi_rsdp = find_rsdp(machine);

	machine->map_source = MEMMAP;
	if (read_firmware_map(&machine->map, &code) || code)
		return code;
	machine->map_source = IOMEM;
	return read_text_map(system_path(path, sizeof(path), IOMEM), &machine->map);
}

/*
 * Does this word of a kernel command line apply to one boot only? BOOT_IMAGE= names
 * the kernel that was booted; crashkernel= would reserve memory for a crash kernel
 * that is not loaded.
 */
static bool is_of_one_boot(const char *word, size_t length)
{
	static const char *const keys[] = { "BOOT_IMAGE=", "crashkernel=" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (length >= strlen(keys[i]) && !strncmp(word, keys[i], strlen(keys[i])))
			return true;
	return false;
}

/*
 * Append `length` bytes to a line, with a blank between. The line has room.
 */
static void join(char *line, const char *more, size_t length)
{
	size_t at = strlen(line);

	if (!length)
		return;
	if (at)
		line[at++] = ' ';
	memcpy(line + at, more, length);
	line[at + length] = '\0';
}

/*
 * Append to `line` the words of `text` that also apply to another boot. A blank
 * inside double quotes does not end a word.
 */
static void join_reused(char *line, const char *text)
{
	while (*text) {
		const char *word;
		bool quoted = false;

		text += strspn(text, " \t\n");
		for (word = text; *text && (quoted || !strchr(" \t\n", *text)); text++)
			if (*text == '"')
				quoted = !quoted;
		if (!is_of_one_boot(word, (size_t)(text - word)))
			join(line, word, (size_t)(text - word));
	}
}

int build_command_line(const struct options *options, char **line)
{
	size_t extra = options->append ? strlen(options->append) : 0;
	char *running, path[256];
	long size;

	*line = calloc(1, COMMAND_TEXT_MAX + extra + 2);
	running = calloc(1, COMMAND_TEXT_MAX);
	if (!*line || !running) {
		free(running);
		return say_errno(ENOMEM, NULL, "cannot build the command line");
	}
	if (options->reuse_command_line) {
		system_path(path, sizeof(path), "/proc/cmdline");
		size = read_system_file(path, running, COMMAND_TEXT_MAX - 1);
		if (size < 0) {
			free(running);
			return say_errno(errno, NULL, "cannot read %s", path);
		}
		join_reused(*line, running);
	}
	free(running);
	if (extra)
		join(*line, options->append, extra);
	return EXIT_OK;
}
