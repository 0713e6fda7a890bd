// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The firmware's memory map, as the kernel keeps it below /sys.
 */
#include "../cli.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

bool read_firmware_map(struct boot_map *map, int *code)
{
	char root[256], path[512], text[3][64];
	struct kimg_why why;
	struct dirent *entry;
	bool whole = true;
	DIR *directory;

	*code = EXIT_OK;
	map->count = 0;
	directory = opendir(system_path(root, sizeof(root), FIRMWARE_MAP));
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
		if (end != UINT64_MAX)
			end++;
		if (boot_map_put(map, start, end, type, BOOT_PUT_LARGER, &why))
			*code = say_why(&why);
	}
	closedir(directory);
	return whole && map->count;
}
