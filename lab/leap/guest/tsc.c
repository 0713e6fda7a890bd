// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// tsc NAME COMMAND ARGS...: print the time-stamp counter as "lab: NAME: VALUE", then become that command.

#include <stdio.h>
#include <unistd.h>
#include <x86intrin.h>

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	printf("lab: %s: %llu\n", argv[1], __rdtsc());
	fflush(stdout);
	execvp(argv[2], argv + 2);
	return 127;
}
