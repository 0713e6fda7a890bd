/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzer: memory maps as text.
 *
 * An input is either text, which must give an error of boot_map_parse() or a valid map
 * that reads the same again; or, if its first byte is not text, choices: ranges
 * in one of the forms, between other lines, of which a model that knows memory only as
 * cells of 4 KiB says what is told and what is usable.
 */
#include "fuzz.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"

#define TEXT_MOST 65536u
#define CELLS 64u
#define CELL 0x1000u
/* Cells of the upper half are the last of all. */
#define TOP (UINT64_MAX - CELLS / 2 * CELL + 1)

static struct boot_map map, usable;

/* ---- A sound map ------------------------------------------------------------------- */

static void judge_sorted(const struct boot_map *sorted)
{
	HOLDS(sorted->count <= BOOT_MAP_MAX);
	for (uint32_t i = 0; i < sorted->count; i++) {
		const struct boot_mem *mem = &sorted->mem[i];

		HOLDS(mem->range.start < mem->range.end && mem->type);
		HOLDS(!i || mem[-1].range.end < mem->range.start ||
		      (mem[-1].range.end == mem->range.start && mem[-1].type != mem->type));
		HOLDS(boot_map_is_ram(sorted, mem->range.start, mem->range.end) ==
		      (mem->type == BOOT_MEM_RAM));
	}
}

static void judge_sound(void)
{
	judge_sorted(&map);
	judge_sorted(&usable);
	HOLDS(boot_map_ram(&map, 0));
	for (uint32_t i = 0; i < usable.count; i++)
		HOLDS(boot_map_is_ram(&map, usable.mem[i].range.start,
				      usable.mem[i].range.end));
}

/* What was read, written out in one of two forms, reads the same. */
static void judge_again(bool linux_form)
{
	static char text[BOOT_MAP_MAX * 80];
	static struct boot_map again, again_usable;
	struct kimg_why why;
	size_t size = 0;

	for (uint32_t i = 0; i < map.count; i++) {
		const struct boot_mem *mem = &map.mem[i];
		const char *name = boot_mem_type_name(mem->type);
		char number[32];

		/* In the Linux form, one byte at 0 means that a number is hidden. */
		if (linux_form && mem->range.end == 1)
			return;
		snprintf(number, sizeof(number), "type %u", (unsigned int)mem->type);
		size += (size_t)snprintf(text + size, sizeof(text) - size,
			linux_form ? "%08" PRIx64 "-%08" PRIx64 " : %s\n" :
				     "%#" PRIx64 "-%#" PRIx64 " %s\n",
			mem->range.start,
			mem->range.end - (linux_form && mem->range.end != UINT64_MAX),
			name ? name : number);
	}
	HOLDS(!boot_map_parse(text, size, &again, &again_usable, &why));
	HOLDS(again.count == map.count);
	for (uint32_t i = 0; i < map.count; i++)
		HOLDS(again.mem[i].range.start == map.mem[i].range.start &&
		      again.mem[i].range.end == map.mem[i].range.end &&
		      again.mem[i].type == map.mem[i].type);
	HOLDS(boot_map_ram(&again_usable, 0) == boot_map_ram(&map, 0));
}

/* Read from just the bytes, so that the sanitizer sees any read beyond. */
static enum kimg_error parse(const char *bytes, size_t size, struct kimg_why *why)
{
	char *text = malloc(size ? size : 1);
	enum kimg_error error;

	HOLDS(text);
	if (size)
		memcpy(text, bytes, size);
	error = boot_map_parse(text, size, &map, &usable, why);
	HOLDS(error == why->error);
	free(text);
	return error;
}

static void any_text(const char *text, size_t size)
{
	struct kimg_why why = { 0 };
	uint64_t lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	switch (parse(text, size, &why)) {
	case KIMG_OK:
		judge_sound();
		judge_again(true);
		judge_again(false);
		break;
	case KIMG_E_MAP_SYNTAX:
		HOLDS(why.a && why.a == why.seg && why.a <= lines);
		break;
	case KIMG_E_MAP_OVERLAP:
		HOLDS(why.a < why.d && why.c < why.b && why.seg && why.seg <= lines);
		break;
	case KIMG_E_MAP_FULL:
		HOLDS(lines > BOOT_MAP_MAX / 2);
		break;
	case KIMG_E_MAP_EMPTY:
		HOLDS(!boot_map_ram(&map, 0) && why.a <= lines);
		break;
	default:
		broken("error %u is none of boot_map_parse()'s", why.error);
	}
}

/* ---- The model ---------------------------------------------------------------------- */

/* Memory as cells: their type, 0 if there is none. */
struct model {
	unsigned int firmware[CELLS], running[CELLS];
	bool free[CELLS];		/* for the taking, says the running kernel */
	bool has_firmware, has_running;
	bool firmware_ram, running_ram;	/* of the lines, also if others lie over them */
	unsigned int added[CELLS];	/* the running kernel's, where the largest type wins */
	bool overlap;			/* of ranges that were written by hand */
};

static const struct {
	unsigned int type;
	const char *iomem, *log, *plain;
} types[] = {
	{ 1, "System RAM", "usable", "ram" },
	{ 1, "System RAM", "usable", "ram" },
	{ 2, "Reserved", "reserved", "reserved" },
	{ 3, "ACPI Tables", "ACPI data", "acpi" },
	{ 4, "ACPI Non-volatile Storage", "ACPI NVS", "nvs" },
	{ 5, "Unusable memory", "unusable", "unusable" },
	{ 7, "Persistent Memory", "persistent (type 7)", "pmem" },
	{ 12, "Persistent Memory (legacy)", "persistent (type 12)", "pram" },
	{ 0xefffffff, "Soft Reserved", "soft reserved", "soft reserved" },
};

#define TYPES (sizeof(types) / sizeof(types[0]))

/* Text that grows. */
static char out[TEXT_MOST];
static size_t out_size;

static void __attribute__((format(printf, 1, 2))) print(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	out_size += (size_t)vsnprintf(out + out_size, sizeof(out) - out_size, format,
				      arguments);
	va_end(arguments);
	HOLDS(out_size < sizeof(out));
}

static uint64_t address(unsigned int cell)
{
	return cell < CELLS / 2 ? (uint64_t)cell * CELL : TOP + (cell - CELLS / 2) * CELL;
}

static const char *take_word(struct input *input, const char *const words[], size_t count)
{
	return words[take_below(input, count)];
}

/* A line that is none of a map; in a log there are more kinds of those. */
static void print_noise(struct input *input, bool log)
{
	static const char *const lines[] = {
		"", "# a comment", "root@host:~# cat /proc/iomem", "$ sudo cat /proc/iomem",
		"```", "[    1.234567] eth0: link becomes ready", " \t",
		"Linux version 6.1.0 #1 SMP", "e820: update [mem 0x00000000-0x00000fff] usable ==> reserved",
		"node   0: [mem 0x0000000000001000-0x000000000009efff]", "user: logged in",
		"[mem 0x40000000-0xdfffffff] available for PCI devices", "bzImage is relocatable",
	};

	if (take(input, 1) % 4 == 1)
		print("%s\n", take_word(input, lines, log ? sizeof(lines) / sizeof(lines[0]) : 7));
}

/* The cells of a range, in one half: from `low` up to but not including `high`. */
static void take_cells(struct input *input, unsigned int low, unsigned int high,
		       unsigned int *first, unsigned int *end)
{
	unsigned int border = low < CELLS / 2 && high > CELLS / 2 ? CELLS / 2 : high;

	*first = low + (unsigned int)take_below(input, high - low);
	if (*first >= border)
		border = high;
	*end = *first + 1 + (unsigned int)take_below(input, border - *first);
}

static void note_line(struct model *model, unsigned int type, unsigned int first, unsigned int end)
{
	model->running_ram |= type == 1;
	for (; first < end; first++)
		if (type > model->added[first])
			model->added[first] = type;
}

static void print_log(struct input *input, struct model *model, const char *label,
		      unsigned int cells[CELLS])
{
	static const char *const before[] = {
		"", " ", "[    0.000000] ", "<6>[    0.000000] ",
		"Nov 26 16:48:00 host kernel: ", "kern  :info  : [    0.000000][    T0] ",
	};
	static const char *const sizes[] = { "", "", "    4   KB ", "  1.9 GB " };

	for (uint64_t lines = take(input, 1) % 20; lines && input->left; lines--) {
		unsigned int first, end, kind = (unsigned int)take_below(input, TYPES);

		print_noise(input, true);
		take_cells(input, 0, CELLS, &first, &end);
		print("%s%s: ", take_word(input, before, 6), label);
		if (take(input, 1) % 2 || end == CELLS)
			print("[mem 0x%016" PRIx64 "-0x%016" PRIx64 "] %s%s\n", address(first),
			      address(end) - 1, take_word(input, sizes, 4), types[kind].log);
		else
			print("%016" PRIx64 " - %016" PRIx64 " (%s)\n", address(first),
			      address(end), types[kind].log);
		if (cells == model->firmware)
			model->firmware_ram |= types[kind].type == 1;
		else
			note_line(model, types[kind].type, first, end);
		for (; first < end; first++)
			if (types[kind].type > cells[first])
				cells[first] = types[kind].type;
	}
}

/* Lines of /proc/iomem inside [low, high), at this depth. */
static void print_iomem(struct input *input, struct model *model, unsigned int low,
			unsigned int high, int depth)
{
	static const char *const devices[] = {
		"PCI Bus 0000:00", "ramoops:dump(0/3)", "reserved by me", "", "System RAM (kmem)",
	};
	static const char *const own[] = { "Kernel code", "Kernel bss", "Crash kernel" };

	while (low < high && input->left && out_size < TEXT_MOST - 1000) {
		unsigned int first, end, cell, kind = (unsigned int)take(input, 1) % (TYPES + 6);
		const char *name;

		print_noise(input, false);
		take_cells(input, low, high, &first, &end);
		name = kind < TYPES ? types[kind].iomem : kind < TYPES + 4 ?
		       take_word(input, devices, 5) : take_word(input, own, 3);
		print("%*s%08" PRIx64 "-%08" PRIx64 " : %s\n", 2 * depth, "", address(first),
		      address(end) - 1, name);
		if (kind < TYPES)
			note_line(model, types[kind].type, first, end);
		for (cell = first; cell < end && kind < TYPES + 4; cell++) {
			if (kind < TYPES)
				model->running[cell] = types[kind].type;
			model->free[cell] = kind < TYPES && types[kind].type == 1;
		}
		if (depth < 5 && take(input, 1) % 2)
			print_iomem(input, model, first, end, depth + 1);
		low = end;
	}
}

/* The last byte of all memory is part of no range in this form: leave out its cell. */
static void print_plain(struct input *input, struct model *model)
{
	for (uint64_t lines = take(input, 1) % 20; lines && input->left; lines--) {
		unsigned int first, end, kind = (unsigned int)take_below(input, TYPES);

		print_noise(input, false);
		take_cells(input, 0, CELLS - 1, &first, &end);
		print("0x%" PRIx64 "-%" PRIX64 "\t%s # a range\r\n", address(first),
		      address(end), types[kind].plain);
		note_line(model, types[kind].type, first, end);
		for (; first < end; first++) {
			model->overlap |= model->running[first];
			model->running[first] = types[kind].type;
			model->free[first] = types[kind].type == 1;
		}
	}
}

/* Like kexec -d: as it found the ranges, and perhaps as it tells them. */
static void print_kexec(struct input *input, struct model *model)
{
	bool found = take(input, 1) % 2;
	uint64_t lines = take(input, 1) % 20;

	print(found ? "MEMORY RANGES\n" : "E820 memmap:\n");
	for (; lines && input->left; lines--) {
		unsigned int first, end, kind = (unsigned int)take_below(input, TYPES);

		print_noise(input, true);
		take_cells(input, 0, CELLS, &first, &end);
		print("%016" PRIx64 "-%016" PRIx64 " (%u)\n", address(first), address(end) - 1,
		      types[kind].type - found);
		for (; first < end; first++)
			if (types[kind].type > model->running[first]) {
				model->running[first] = types[kind].type;
				model->free[first] = types[kind].type == 1;
			}
		model->has_running = true;
	}
	if (found && model->has_running)
		print("E820 memmap:\n0000000000000000-0000000000ffffff (1)\n");
	model->running_ram = true;
	print("CRASH MEMORY RANGES\n0000000000000000-0000000000ffffff (0)\n");
}

/* The type at the middle of a cell, or 0. */
static unsigned int at(const struct boot_map *sorted, unsigned int cell)
{
	uint64_t middle = address(cell) + CELL / 2;

	for (uint32_t i = 0; i < sorted->count; i++)
		if (sorted->mem[i].range.start <= middle && middle < sorted->mem[i].range.end)
			return sorted->mem[i].type;
	return 0;
}

static void judge_model(const struct model *model)
{
	for (uint32_t i = 0; i < map.count; i++)
		HOLDS(map.mem[i].range.start % CELL == 0 &&
		      (map.mem[i].range.end % CELL == 0 || map.mem[i].range.end == UINT64_MAX));
	for (unsigned int cell = 0; cell < CELLS; cell++) {
		unsigned int told = model->has_firmware ? model->firmware[cell] :
							   model->running[cell];

		if (model->has_firmware && !told && model->free[cell])
			told = 1;
		HOLDS(at(&map, cell) == told);
		HOLDS((at(&usable, cell) == 1) ==
		      (told == 1 && (model->free[cell] || !model->has_running)));
	}
}

static void decided_text(struct input *input)
{
	static struct model model;
	struct kimg_why why = { 0 };
	bool ram = false;

	memset(&model, 0, sizeof(model));
	out_size = 0;
	if (take(input, 1) % 2) {
		struct input part = take_part(input, 100);

		print_log(&part, &model, "BIOS-e820", model.firmware);
		for (unsigned int cell = 0; cell < CELLS; cell++)
			model.has_firmware |= model.firmware[cell] != 0;
	}
	switch (take(input, 1) % 5) {
	case 0:
		break;
	case 1:
		print_iomem(input, &model, 0, CELLS, 0);
		break;
	case 2:
		print_plain(input, &model);
		break;
	case 3:
		print_kexec(input, &model);
		break;
	case 4:
		print_log(input, &model, "user", model.running);
		for (unsigned int cell = 0; cell < CELLS; cell++)
			model.free[cell] = model.running[cell] == 1;
		break;
	}
	if (model.firmware_ram && !model.running_ram) {
		for (unsigned int cell = 0; cell < CELLS; cell++)
			if (model.added[cell] > model.firmware[cell])
				model.firmware[cell] = model.added[cell];
		memset(model.running, 0, sizeof(model.running));
		memset(model.free, 0, sizeof(model.free));
		model.overlap = false;
	}
	for (unsigned int cell = 0; cell < CELLS; cell++) {
		model.has_running |= model.running[cell] || model.free[cell];
		ram |= model.has_firmware ? model.firmware[cell] == 1 ||
			(!model.firmware[cell] && model.free[cell]) : model.running[cell] == 1;
	}
	/* A number that does not fit is an error, whatever stands around it. */
	if (take(input, 1) % 16 == 1) {
		bool first = take(input, 1) % 2;

		print("\n%s0000000000001000-%s0000000000002000%s\n", first ? "1" : "0",
		      first ? "0" : "1", take(input, 1) % 2 ? " ram" : " (1)");
		HOLDS(parse(out, out_size, &why) == KIMG_E_MAP_SYNTAX ||
		      why.error == KIMG_E_MAP_OVERLAP);
		return;
	}
	switch (parse(out, out_size, &why)) {
	case KIMG_OK:
		HOLDS(!model.overlap);
		judge_sound();
		judge_model(&model);
		break;
	case KIMG_E_MAP_OVERLAP:
		HOLDS(model.overlap);
		break;
	case KIMG_E_MAP_EMPTY:
		HOLDS(!ram);
		break;
	default:
		broken("error %u for a good map", why.error);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size };

	if (size > TEXT_MOST)
		return 0;
	if (size && bytes[0] < 8) {
		take(&input, 1);
		decided_text(&input);
	} else {
		any_text((const char *)bytes, size);
	}
	return 0;
}
