// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What EFI firmware left in memory, from /sys/firmware/efi, and the ACPI RSDP.
 */
#include "../cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EFI "/sys/firmware/efi"

/* In the running kernel's boot_params. */
#define PARAMS_ACPI_RSDP 0x070
#define PARAMS_EFI_SIGNATURE 0x1c0
#define PARAMS_EFI_SYSTAB 0x1c4
#define PARAMS_EFI_VERSION 0x1cc
#define PARAMS_EFI_SYSTAB_HI 0x1d8

/* Little-endian, as every PC is. */
static uint64_t params_number(const struct machine *machine, size_t at, size_t size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | machine->params[at + size];
	return value;
}

/*
 * Read a file below /sys/firmware/efi as text. False, with errno set: it cannot be read.
 */
static bool read_text(const char *name, char *text, size_t size)
{
	char file[128];

	snprintf(file, sizeof(file), EFI "/%s", name);
	return read_machine_text(file, text, size) >= 0;
}

/*
 * The hexadecimal number at `text`, which ends its line; 0 if there is none.
 */
static uint64_t hex_at(const char *text)
{
	uint64_t value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 16);
	return !errno && text[0] == '0' && (*end == '\n' || !*end) ? value : 0;
}

/*
 * The number in a file. False: it cannot be read.
 */
static bool read_number(const char *name, uint64_t *value)
{
	char text[64];

	if (!read_text(name, text, sizeof(text)))
		return false;
	*value = hex_at(text);
	return true;
}

/*
 * The address that a line "KEY=0x..." of systab gives; 0 if there is none.
 */
static uint64_t systab_address(const char *systab, const char *key)
{
	size_t length = strlen(key);
	const char *line;

	for (line = systab; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, length) && line[length] == '=')
			return hex_at(line + length + 1);
	}
	return 0;
}

/*
 * Read the runtime services: their ranges and the firmware's tables. None, unless the
 * running kernel has mapped them to virtual addresses.
 */
static void read_runtime(struct machine *machine)
{
	struct boot_efi *efi = &machine->efi;
	uint32_t count = 0;

	efi->system = params_number(machine, PARAMS_EFI_SYSTAB, 4) |
		      params_number(machine, PARAMS_EFI_SYSTAB_HI, 4) << 32;
	if (!efi->is_64 || !efi->system ||
	    params_number(machine, PARAMS_EFI_VERSION, 4) != 1 ||
	    !read_number("runtime", &efi->runtime) || !efi->runtime ||
	    !read_number("config_table", &efi->tables) || !efi->tables)
		return;
	for (;; count++) {
		struct boot_efi_range range;
		uint64_t *const number[] = { &range.start, &range.virtual_start,
					     &range.pages, &range.attributes };
		static const char *const name[] = { "phys_addr", "virt_addr", "num_pages",
						    "attribute" };
		char path[64];
		uint64_t type;
		size_t i;

		snprintf(path, sizeof(path), "runtime-map/%" PRIu32 "/type", count);
		if (!read_number(path, &type))
			break;
		if (count == EFI_RANGES_MAX)
			return;
		range.type = (uint32_t)type;
		for (i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
			snprintf(path, sizeof(path), "runtime-map/%" PRIu32 "/%s", count,
				 name[i]);
			if (!read_number(path, number[i]))
				return;
		}
		if (!range.virtual_start || !range.pages)
			return;
		machine->efi_range[count] = range;
	}
	efi->range = machine->efi_range;
	efi->ranges = count;
}

void read_efi(const struct options *options, struct machine *machine)
{
	static const char *const signatures[] = { "EL32", "EL64" };
	struct boot_efi *efi = &machine->efi;
	char systab[4096] = "";
	bool readable = read_text("systab", systab, sizeof(systab));
	int error = errno;
	size_t i;

	efi->acpi20 = systab_address(systab, "ACPI20");
	efi->acpi = systab_address(systab, "ACPI");
	efi->smbios3 = systab_address(systab, "SMBIOS3");
	efi->smbios = systab_address(systab, "SMBIOS");

	/* On BIOS machines the new kernel finds the RSDP by itself, on EFI machines not. */
	if (machine->has_params)
		machine->acpi_rsdp = params_number(machine, PARAMS_ACPI_RSDP, 8);
	if (!machine->acpi_rsdp)
		machine->acpi_rsdp = efi->acpi20 ? efi->acpi20 : efi->acpi;

	if (!machine->has_params || options->noefi)
		return;
	for (i = 0; memcmp(machine->params + PARAMS_EFI_SIGNATURE, signatures[i], 4); i++)
		if (i)
			return;
	if (!readable) {
		add_note(machine->notes, "EFI is not passed on: cannot read " EFI "/systab: %s",
			 strerror(error));
		return;
	}
	machine->has_efi = true;
	efi->is_64 = i;
	read_number("fw_vendor", &efi->vendor);
	read_runtime(machine);
}
