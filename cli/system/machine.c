// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The machine that a kernel is laid out for: memory map, boot parameters.
 */
#include "../cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IOMEM "/proc/iomem"
#define MAP_TEXT_MAX (1u << 20)

const char *system_path(char *to, size_t size, const char *path)
{
	const char *root = getenv("KLEAP_ROOT");

	snprintf(to, size, "%s%s", root ? root : "", path);
	return to;
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

int read_machine(const struct options *options, struct machine *machine)
{
	char path[256];
	int code;

	/* A map from a file is another machine's: this one's screen and tables are not. */
	if (options->memory_map) {
		machine->map_source = options->memory_map;
		return read_text_map(options->memory_map, &machine->map);
	}

	system_path(path, sizeof(path), "/sys/kernel/boot_params/data");
	machine->has_params = read_system_file(path, machine->params,
					       sizeof(machine->params)) ==
			      (long)sizeof(machine->params);
	read_efi(options, machine);
	read_screen(options, machine);

	machine->map_source = FIRMWARE_MAP;
	if (read_firmware_map(&machine->map, &code) || code)
		return code;
	machine->map_source = IOMEM;
	return read_text_map(system_path(path, sizeof(path), IOMEM), &machine->map);
}
