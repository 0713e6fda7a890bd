// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// hole fill|check START SIZE: fill physical memory that the kernel does not use with a pattern, or look whether it is
// still there. Prints how many words there are and how many are wrong, and the address of the first of these.

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	uint32_t start, size, i, wrong = 0, first = 0;
	volatile uint32_t *words;
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: hole fill|check START SIZE\n");
		return 2;
	}
	start = strtoul(argv[2], NULL, 0);
	size = strtoul(argv[3], NULL, 0);
	fd = open("/dev/mem", O_RDWR);
	words = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, start);
	if (words == MAP_FAILED) {
		perror("/dev/mem");
		return 1;
	}
	for (i = 0; i < size / 4; i++) {
		// Each word differs from its neighbours, and from the same word of other pages.
		uint32_t word = (start + i * 4) * 2654435761u;

		if (!strcmp(argv[1], "fill"))
			words[i] = word;
		if (words[i] != word && !wrong++)
			first = start + i * 4;
	}
	printf("%u words, %u wrong", size / 4, wrong);
	if (wrong)
		printf(", the first at %#x", first);
	printf("\n");
	return wrong > 0;
}
