// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What kexec's system calls have of their own on arm64.
 */
#include "arm64.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define CPUS "/sys/firmware/devicetree/base/cpus"
#define POSSIBLE "/sys/devices/system/cpu/possible"

/* Does a CPU's node say that it was in a spin table? */
static bool is_in_spin_table(const char *node)
{
	char path[512], text[32];

	snprintf(path, sizeof(path), CPUS "/%.255s/enable-method", node);
	read_system_text(path, text, sizeof(text));
	return !strcmp(text, "spin-table");
}

/*
 * With more than one CPU, cpus_are_stuck_in_kernel() in arch/arm64/kernel/smp.c looks
 * whether they can be taken offline.
 */
uint32_t arm64_stuck_cpus(void)
{
	struct dirent *entry;
	uint32_t count = 0;
	char text[32];
	DIR *nodes;

	read_system_text(POSSIBLE, text, sizeof(text));
	if (!strpbrk(text, "-,"))
		return 0;
	nodes = opendir(CPUS);
	while (nodes && (entry = readdir(nodes)))
		count += !strncmp(entry->d_name, "cpu@", 4) && is_in_spin_table(entry->d_name);
	if (nodes)
		closedir(nodes);
	return count;
}
