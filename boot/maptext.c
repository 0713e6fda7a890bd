// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory maps as text.
 */
#include "mapline.h"

/* The part of what kexec -d prints that a line is in. */
enum section {
	SECTION_NONE,		/* no heading above */
	SECTION_RANGES,		/* the map that kexec found */
	SECTION_E820,		/* the map for the new kernel, with the firmware's numbers */
	SECTION_DERIVED,	/* anything else */
};

enum pass {
	PASS_SCAN,		/* find out what the text has */
	PASS_MAPS,		/* make the maps */
	PASS_ADDED,		/* put the ranges into them that are not a map of their own */
};

struct reader {
	struct boot_map *map, *usable;
	enum pass pass;
	/* Known after PASS_SCAN. */
	bool firmware;		/* there is a firmware's map */
	bool log;		/* there are ranges from a log: ignore other lines */
	bool kexec_ranges;	/* there are ranges with kexec's own numbers */
	bool kexec_zero;	/* some have type 0, which is RAM */
	uint32_t ram;		/* a bit for each enum map_view that has RAM */
	/* Where the line is. */
	enum section section;
	enum map_view bios;	/* the firmware's map so far */
	enum map_view running;	/* the running kernel's map so far */
	uint64_t ranges;	/* of memory, also hidden ones */
};

/*
 * Note the heading of a section.
 */
static void read_heading(struct reader *reader, const char *text, size_t size)
{
	static const struct {
		const char *text;
		enum section section;
	} headings[] = {
		{ "MEMORY RANGES", SECTION_RANGES },
		{ "System RAM ranges", SECTION_RANGES },
		{ "E820 memmap:", SECTION_E820 },
		{ "Extended E820", SECTION_E820 },
		{ "CRASH MEMORY RANGES", SECTION_DERIVED },
		{ "Coredump memory ranges", SECTION_DERIVED },
		{ "Reserved memory range", SECTION_DERIVED },
		{ "Memmap after", SECTION_DERIVED },
	};
	size_t i;

	for (i = 0; i < sizeof(headings) / sizeof(headings[0]); i++)
		if (map_starts_with(text, size, headings[i].text))
			reader->section = headings[i].section;
}

/*
 * Note what the text has.
 */
static void scan_line(struct reader *reader, const struct map_line *line)
{
	/* Type 0 is RAM in kexec's numbers. Hidden addresses are none. */
	if (line->form > MAP_DAMAGED && line->start < line->end &&
	    (line->form == MAP_KEXEC || line->memory) && line->type <= BOOT_MEM_RAM &&
	    (line->form != MAP_IOMEM || line->start > 0 || line->end > 1))
		reader->ram |= 1u << line->view;
	if (line->form == MAP_LOG) {
		reader->log = true;
		if (line->view <= MAP_VIEW_EXTENDED)
			reader->firmware = true;
	} else if (line->form == MAP_KEXEC) {
		reader->log = true;
		if (reader->section <= SECTION_RANGES) {
			reader->kexec_ranges = true;
			if (!line->type)
				reader->kexec_zero = true;
		}
	}
}

/*
 * Turn the number of a line of kexec -d into a type. False: the line does not count.
 * kexec's own numbers are the firmware's less 1.
 */
static bool kexec_type(const struct reader *reader, struct map_line *line)
{
	if (reader->section == SECTION_DERIVED ||
	    (reader->section == SECTION_E820 && reader->kexec_ranges))
		return false;
	if (reader->section == SECTION_RANGES ||
	    (reader->section == SECTION_NONE && reader->kexec_zero))
		line->type = (enum boot_mem_type)((uint32_t)line->type + 1);
	else if (!line->type)
		line->type = BOOT_MEM_RESERVED;
	return true;
}

/*
 * A line as in /proc/iomem. A range inside an earlier one replaces that part of it.
 */
static enum kimg_error put_nested(struct reader *reader, const struct map_line *line,
				  struct kimg_why *why)
{
	enum kimg_error error = KIMG_OK;

	if (line->own)
		return KIMG_OK;
	if (line->memory && !reader->firmware) {
		if (boot_map_within(reader->map, line->start, line->end))
			error = boot_map_put(reader->map, line->start, line->end,
					     line->type, BOOT_PUT_OVER, why);
		else
			error = boot_map_add(reader->map, line->start, line->end,
					     line->type, why);
	}
	if (error)
		return error;
	if (line->memory)
		return boot_map_put(reader->usable, line->start, line->end, line->type,
				    BOOT_PUT_OVER, why);
	return boot_map_cut(reader->usable, line->start, line->end, why);
}

static enum kimg_error put_one(struct boot_map *map, const struct map_line *line,
			       struct kimg_why *why)
{
	if (line->form == MAP_PLAIN)
		return boot_map_add(map, line->start, line->end, line->type, why);
	return boot_map_put(map, line->start, line->end, line->type, BOOT_PUT_LARGER, why);
}

/*
 * A line from a log, or written by hand.
 */
static enum kimg_error put_flat(struct reader *reader, const struct map_line *line,
				struct kimg_why *why)
{
	bool bios = line->view <= MAP_VIEW_EXTENDED;
	enum kimg_error error = KIMG_OK;

	if (bios || !reader->firmware)
		error = put_one(reader->map, line, why);
	if (!error && !bios)
		error = put_one(reader->usable, line, why);
	return error;
}

/*
 * If a new map begins, it replaces the previous one of the same kind.
 */
static void change_view(struct reader *reader, enum map_view view)
{
	if (view <= MAP_VIEW_EXTENDED) {
		if (reader->bios != view)
			reader->map->count = 0;
		reader->bios = view;
		return;
	}
	if (reader->running != view) {
		reader->usable->count = 0;
		if (!reader->firmware)
			reader->map->count = 0;
	}
	reader->running = view;
}

/*
 * Is this range no part of a map, but added to one? So is what someone appends to a log
 * to keep a range from being used.
 */
static bool is_added(const struct reader *reader, const struct map_line *line)
{
	return line->view > MAP_VIEW_EXTENDED && reader->ram &&
	       !(reader->ram & 1u << line->view);
}

/*
 * Put a line into the maps. `number` is the line's, from 1. Errors: MAP_SYNTAX, MAP_FULL,
 * MAP_OVERLAP.
 */
static enum kimg_error put_line(struct reader *reader, struct map_line *line,
				const char *text, size_t size, uint64_t number,
				struct kimg_why *why)
{
	bool memory = line->form != MAP_IOMEM || line->memory;
	enum kimg_error error;

	if (line->form == MAP_OTHER && (reader->log || map_is_noise(text, size)))
		return KIMG_OK;
	if (line->form == MAP_NOTHING ||
	    (line->form == MAP_KEXEC && !kexec_type(reader, line)))
		return KIMG_OK;
	if (line->form == MAP_OTHER || line->form == MAP_DAMAGED ||
	    (line->form == MAP_KEXEC && !line->type))
		return kimg_fail(why, KIMG_E_MAP_SYNTAX, .a = number,
				 .seg = (uint32_t)number);
	/* Only the last address: no half-open range can express that. */
	if (line->start == line->end)
		return KIMG_OK;
	if (memory)
		reader->ranges++;
	if (line->form == MAP_IOMEM && line->start == 0 && line->end == 1)
		return KIMG_OK;
	if ((memory && is_added(reader, line)) != (reader->pass == PASS_ADDED))
		return KIMG_OK;
	/* A device does not start a new map. */
	if (memory && reader->pass == PASS_MAPS)
		change_view(reader, line->view);
	if (reader->pass == PASS_ADDED)
		error = boot_map_put(reader->map, line->start, line->end, line->type,
				     BOOT_PUT_LARGER, why);
	else if (line->form == MAP_IOMEM)
		error = put_nested(reader, line, why);
	else
		error = put_flat(reader, line, why);
	if (error)
		why->seg = (uint32_t)number;
	return error;
}

static enum kimg_error read_text(struct reader *reader, const char *text, size_t size,
				 enum pass pass, struct kimg_why *why)
{
	const char *end = text + size, *next;
	enum kimg_error error = KIMG_OK;
	uint64_t number = 0;

	reader->pass = pass;
	reader->section = SECTION_NONE;
	reader->ranges = 0;
	for (; !error && text < end; text = next + 1) {
		struct map_line line;

		for (next = text; next < end && *next != '\n'; next++)
			;
		size = (size_t)(next - text);
		map_read_line(text, size, &line);
		if (line.form == MAP_OTHER)
			read_heading(reader, text, size);
		if (pass == PASS_SCAN)
			scan_line(reader, &line);
		else
			error = put_line(reader, &line, text, size, ++number, why);
	}
	return error;
}

enum kimg_error boot_map_parse(const char *text, size_t size, struct boot_map *map,
			       struct boot_map *usable, struct kimg_why *why)
{
	static const char mark[] = { '\xef', '\xbb', '\xbf' };	/* of byte order, in UTF-8 */
	struct reader reader = { .map = map, .usable = usable };
	enum kimg_error error;

	map->count = 0;
	usable->count = 0;
	if (size >= sizeof(mark) && !memcmp(text, mark, sizeof(mark))) {
		text += sizeof(mark);
		size -= sizeof(mark);
	}
	read_text(&reader, text, size, PASS_SCAN, why);
	error = read_text(&reader, text, size, PASS_MAPS, why);
	if (!error && reader.firmware && !reader.running) {
		memcpy(usable->mem, map->mem, map->count * sizeof(map->mem[0]));
		usable->count = map->count;
	}
	if (!error)
		error = read_text(&reader, text, size, PASS_ADDED, why);
	if (!error)
		error = boot_map_merge(map, usable, why);
	if (!error && !boot_map_ram(map, 0))
		error = kimg_fail(why, KIMG_E_MAP_EMPTY, .a = reader.ranges);
	return error;
}
