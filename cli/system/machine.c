// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The machine that a kernel is laid out for: memory map, boot parameters, ACPI.
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

	machine->map_source = FIRMWARE_MAP;
	if (read_firmware_map(&machine->map, &code) || code)
		return code;
	machine->map_source = IOMEM;
	return read_text_map(system_path(path, sizeof(path), IOMEM), &machine->map);
}
