// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The machine that a kernel is laid out for: memory map, boot parameters.
 */
#include "../cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IOMEM "/proc/iomem"
#define RELEASE "/proc/sys/kernel/osrelease"
/* Nothing is placed below this, so differences there do not matter. */
#define LOW_END (1u << 20)

bool is_this_machine(const struct options *options)
{
	const char *root = getenv("KLEAP_ROOT");

	return !options->memory_map && !(root && root[0]);
}

const char *system_path(char *to, size_t size, const char *path)
{
	const char *root = getenv("KLEAP_ROOT");

	snprintf(to, size, "%s%s", root ? root : "", path);
	return to;
}

long read_machine_text(const char *path, char *to, size_t size)
{
	char at[512];

	return read_system_text(system_path(at, sizeof(at), path), to, size);
}

uint32_t linux_version(void)
{
	char text[64], *end;
	unsigned long major, minor;

	read_system_text(RELEASE, text, sizeof(text));
	major = strtoul(text, &end, 10);
	minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
	return LINUX_VERSION(major, minor);
}

/*
 * The first address from LOW_END up of RAM in `one` that is not RAM in `other`, all of
 * whose RAM is in `one`; UINT64_MAX if there is none.
 */
static uint64_t first_missing(const struct boot_map *one, const struct boot_map *other)
{
	uint32_t i, k = 0;

	/* never: to the end, if `one` has more RAM than `other` */
	for (i = 0; i < one->count; i++) {
		uint64_t at = one->mem[i].range.start, end = one->mem[i].range.end;

		if (one->mem[i].type != BOOT_MEM_RAM || end <= LOW_END)
			continue;
		if (at < LOW_END)
			at = LOW_END;
		for (; k < other->count && other->mem[k].range.start <= at; k++)
			if (other->mem[k].type == BOOT_MEM_RAM && other->mem[k].range.end > at)
				at = other->mem[k].range.end;
		if (at < end)
			return at;
	}
	return UINT64_MAX;
}

/*
 * Note how much RAM of the map is not usable.
 */
static void note_unusable(struct machine *machine, const char *where)
{
	uint64_t lost = boot_map_ram(&machine->map, LOW_END) -
			boot_map_ram(&machine->usable, LOW_END);

	if (lost)
		add_note(machine->notes, "%s of RAM from 0x%" PRIx64 " is not free in %s: not used",
			 size_text(lost), first_missing(&machine->map, &machine->usable), where);
}

/*
 * Combine the firmware's map with the running kernel's: set the usable part, and add RAM
 * that only the latter has.
 */
static int read_running_map(struct machine *machine)
{
	struct boot_map *before = malloc(sizeof(*before));
	struct kimg_why why;
	enum map_shown shown = MAP_SHOWN;
	char path[256];
	uint64_t ram;
	int code;

	if (!before)
		return say_errno(ENOMEM, NULL, "cannot read the memory map");
	system_path(path, sizeof(path), IOMEM);
	code = read_text_map(path, before, &machine->usable, &shown);
	if (code)
		goto free;
	*before = machine->map;
	if (shown != MAP_SHOWN) {
		add_note(machine->notes, IOMEM " shows no addresses to this user: not compared");
		machine->usable = machine->map;
	}
	ram = boot_map_ram(before, 0);
	if (boot_map_merge(&machine->map, &machine->usable, &why)) {
		code = say_why(&why);
		goto free;
	}
	ram = boot_map_ram(&machine->map, 0) - ram;
	if (ram)
		add_note(machine->notes, "%s of RAM from 0x%" PRIx64 " is in " IOMEM
			 " only: used", size_text(ram), first_missing(&machine->map, before));
	note_unusable(machine, IOMEM);
free:
	free(before);
	return code;
}

bool has_machine_files(const struct options *options, const struct machine *machine)
{
	return !options->memory_map && (machine->is_running_cpu || !is_this_machine(options));
}

/*
 * Where the firmware gives no map, the running kernel's is the only one.
 */
static int read_only_map(struct machine *machine)
{
	enum map_shown shown;
	char path[256];
	int code;

	machine->map_source = IOMEM;
	system_path(path, sizeof(path), IOMEM);
	code = read_text_map(path, &machine->map, &machine->usable, &shown);
	if (!code && shown == MAP_HIDDEN)
		return say_refused(KIMG_E_PERMISSION, IOMEM " shows no addresses to this user",
				   "run as root, or give a copy that root saved with --memory-map");
	/* Here it is an error that there is no such file. */
	if (!code && shown == MAP_MISSING)
		return read_text_map(path, &machine->map, &machine->usable, NULL);
	if (!code)
		note_unusable(machine, IOMEM);
	return code;
}

int read_machine(const struct options *options, struct machine *machine)
{
	char path[256];
	int code;

	/* The map may be another machine's: do not mix it with this one's screen and tables. */
	if (options->memory_map) {
		machine->map_source = options->memory_map;
		code = read_text_map(options->memory_map, &machine->map,
				     &machine->usable, NULL);
		if (!code)
			note_unusable(machine, "this map");
		return code;
	}

	system_path(path, sizeof(path), "/sys/kernel/boot_params/data");
	machine->has_params = read_system_file(path, machine->params,
					       sizeof(machine->params)) ==
			      (long)sizeof(machine->params);
	read_efi(options, machine);
	read_screen(options, machine);

	machine->map_source = FIRMWARE_MAP;
	if (read_firmware_map(&machine->map, &code) || code)
		return code ? code : read_running_map(machine);
	return read_only_map(machine);
}
