// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory that something goes on using after a leap: only the module can find it out.
 */
#include "../cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define KEPT "/sys/kernel/kleap/kept"
/* A file of /sys has no more. */
#define TEXT_MAX 4096u

/* Read a line into the next range. False: it is none. */
static bool read_line(const char *line, struct machine *machine)
{
	struct kept *kept = &machine->kept[machine->kepts];
	uint64_t last;

	if (machine->kepts == KEPT_MAX ||
	    sscanf(line, "%16" SCNx64 "-%16" SCNx64 " : %31[ -~]", &kept->range.start, &last,
		   kept->name) != 3 ||
	    kept->range.start > last || last == UINT64_MAX)
		return false;
	kept->range.end = last + 1;
	machine->kepts++;
	return true;
}

bool read_kept(struct machine *machine)
{
	char text[TEXT_MAX + 1], *line, *rest = text;

	machine->kepts = 0;
	if (read_machine_text(KEPT, text, sizeof(text)) < 0)
		return false;
	while ((line = strsep(&rest, "\n")))
		if (line[0] && !read_line(line, machine))
			return false;
	return true;
}
