// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the processor can, as the kernel lists it.
 */
#include "../cli.h"

#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>

#define CPUINFO "/proc/cpuinfo"

int cpu_has(const char *flag)
{
	char text[8192], word[32], *flags, *end;
	long got = read_system_file(CPUINFO, text, sizeof(text) - 2);

	if (got <= 0)
		return -1;
	text[got] = '\0';
	flags = strstr(text, "\nflags\t");
	end = flags ? strchr(flags + 1, '\n') : NULL;
	if (!end)
		return -1;
	strcpy(end, " ");
	snprintf(word, sizeof(word), " %s ", flag);
	return strstr(flags, word) != NULL;
}

bool is_64_bit_kernel(void)
{
	struct utsname name;

	/* linux32 hides what the kernel is. */
	personality(PER_LINUX);
	return !uname(&name) && !strcmp(name.machine, "x86_64");
}
