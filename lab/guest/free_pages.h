// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Counting free memory, for programs of the guest.

#ifndef LAB_FREE_PAGES_H
#define LAB_FREE_PAGES_H

#include <stdio.h>

// Pages that nobody uses, those on the processors' own lists included. /proc/sys/vm/stat_refresh makes the counters exact.
static inline long count_free_pages(void)
{
	char line[256];
	long all = 0, n;
	FILE *zones = fopen("/proc/zoneinfo", "r");

	while (zones && fgets(line, sizeof(line), zones))
		if (sscanf(line, " pages free %ld", &n) == 1 || sscanf(line, " count: %ld", &n) == 1)
			all += n;
	if (zones)
		fclose(zones);
	return all;
}

#endif
