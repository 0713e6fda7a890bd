// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The memory of a kernel for a crash, from /proc/iomem.
 */
#include "crash.h"
#include "mapline.h"
#include "page.h"

/* Does the line's name start with this? */
static bool is_named(const struct map_line *line, const char *name)
{
	return line->form == MAP_IOMEM && map_starts_with(line->name, line->name_size, name);
}

static enum kimg_error take_line(const struct map_line *line, struct boot_crash *crash,
				 struct kimg_why *why)
{
	/* Hidden addresses are all 0. */
	if (line->end <= 1)
		return KIMG_OK;
	if (is_named(line, "Crash kernel"))
		return boot_map_put(&crash->reserved, line->start, line->end, BOOT_MEM_RAM,
				    BOOT_PUT_OVER, why);
	/* Also hot-plugged, as "System RAM (kmem)". */
	if (is_named(line, "System RAM"))
		return boot_map_put(&crash->ram, line->start, line->end, BOOT_MEM_RAM,
				    BOOT_PUT_OVER, why);
	if (is_named(line, "Kernel code"))
		crash->code = line->start;
	return KIMG_OK;
}

enum kimg_error boot_crash_read(const char *text, size_t size, struct boot_crash *crash,
				struct kimg_why *why)
{
	const char *end = text + size, *next;
	enum kimg_error error = KIMG_OK;

	crash->reserved.count = 0;
	crash->ram.count = 0;
	crash->code = 0;
	for (; !error && text < end; text = next + 1) {
		struct map_line line;

		for (next = text; next < end && *next != '\n'; next++)
			;
		map_read_line(text, (size_t)(next - text), &line);
		error = take_line(&line, crash, why);
	}
	return error;
}

struct kimg_range boot_crash_region(const struct boot_crash *crash)
{
	return crash->reserved.mem[crash->reserved.count - 1].range;
}

enum kimg_error boot_crash_map(const struct boot_crash *crash, const struct kimg_range *header,
			       struct boot_map *map, struct kimg_why *why)
{
	enum kimg_error error = KIMG_OK;
	uint32_t i, count = 0;

	for (i = 0; i < map->count; i++) {
		struct boot_mem mem = map->mem[i];

		if (mem.type == BOOT_MEM_RAM && mem.range.end > BOOT_MIB)
			mem.range.end = BOOT_MIB;
		if (mem.range.start < mem.range.end)
			map->mem[count++] = mem;
	}
	map->count = count;
	for (i = 0; !error && i < crash->reserved.count; i++)
		error = boot_map_put(map, crash->reserved.mem[i].range.start,
				     crash->reserved.mem[i].range.end, BOOT_MEM_RAM,
				     BOOT_PUT_OVER, why);
	return error ? error : boot_map_cut(map, header->start, header->end, why);
}

enum kimg_error boot_crash_cut(struct boot_crash *crash, struct kimg_why *why)
{
	enum kimg_error error = boot_map_cut(&crash->ram, 0, BOOT_MIB, why);
	uint32_t i;

	for (i = 0; !error && i < crash->reserved.count; i++)
		error = boot_map_cut(&crash->ram, crash->reserved.mem[i].range.start,
				     crash->reserved.mem[i].range.end, why);
	return error;
}
