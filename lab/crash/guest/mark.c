// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fill pages with a pattern, say "marked", and wait. The pattern is nowhere in this file,
 * so only these pages have it.
 *
 *   mark PAGES
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096u

int main(int argc, char **argv)
{
	uint32_t pages = argc > 1 ? (uint32_t)atoi(argv[1]) : 1, *at, i, k;

	at = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return 1;
	/* As in dump.c. */
	for (i = 0; i < pages; i++)
		for (k = 0; k < PAGE / 4; k++)
			*at++ = (i * 1024 + k) * 2654435761u + 97;
	puts("marked");
	fflush(stdout);
	pause();
	return 0;
}
