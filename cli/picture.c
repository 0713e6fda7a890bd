// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The picture of a plan: one character stands for a range of memory.
 */
#include "cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS 64u
#define CELLS_MAX 256u		/* four lines; more would not be readable */
#define CELL_LEAST (256u << 10)
#define LOW_END (1ull << 32)

static bool touches(const struct kimg_range *range, uint64_t start, uint64_t end)
{
	return range->start < end && start < range->end;
}

static bool touches_any(const struct boot_map *map, uint64_t start, uint64_t end)
{
	uint32_t i;

	for (i = 0; i < map->count; i++)
		if (touches(&map->mem[i].range, start, end))
			return true;
	return false;
}

/*
 * The character for [start, end): the rarest thing in it, which would be lost
 * otherwise.
 */
static char cell(const struct machine *machine, const struct boot_layout *layout,
		 uint64_t start, uint64_t end)
{
	char found = '-';
	uint32_t i;

	if (touches_any(&machine->map, start, end))
		found = '#';
	if (touches_any(&machine->usable, start, end))
		found = '.';
	if (touches(&layout->kernel_runs, start, end))
		found = 'k';
	for (i = 0; i < layout->segments; i++) {
		const struct boot_segment *segment = &layout->segment[i];
		struct kimg_range range = { segment->at.mem,
					    segment->at.mem + segment->at.memsz };

		if (!touches(&range, start, end))
			continue;
		if (!strcmp(segment->name, "kernel"))
			found = 'K';
		else if (!strcmp(segment->name, "initrd"))
			found = 'I';
		else
			found = strcmp(segment->name, "device tree") ? 'P' : 'T';
	}
	return found;
}

void print_map(const struct machine *machine, const struct boot_layout *layout)
{
	const struct boot_map *map = &machine->map;
	uint64_t top = 0, size = CELL_LEAST, end = LOW_END, at;
	uint32_t i;

	/* Up to 4 GiB, or all memory, if something of the image lies above. */
	for (i = 0; i < layout->segments; i++)
		if (layout->segment[i].at.mem >= LOW_END)
			end = machine->processor->last + 1;
	for (i = 0; i < map->count; i++)
		if (map->mem[i].type == BOOT_MEM_RAM && map->mem[i].range.end > top &&
		    map->mem[i].range.start < end)
			top = map->mem[i].range.end;
	if (top > end)
		top = end;
	while (top > size * CELLS_MAX)
		size *= 2;
	printf("\nmap: one character is %s\n", size_text(size));
	for (at = 0; at < top; at += size * COLUMNS) {
		char line[COLUMNS + 1];

		for (i = 0; i < COLUMNS; i++)
			line[i] = cell(machine, layout, at + i * size, at + (i + 1) * size);
		line[COLUMNS] = '\0';
		printf("  0x%09" PRIx64 "  %s\n", at, line);
	}
	printf("  K kernel, k memory it unpacks into, I initrd, %s,\n"
	       "  . free memory, # reserved, - no memory\n",
	       machine->processor->has_tree ? "T device tree" : "P boot params");
}
