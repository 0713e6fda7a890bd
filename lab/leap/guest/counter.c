// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// counter NAME COMMAND ARGS...: print the processor's counter as "lab: NAME: VALUE", then become that command.

#include <stdio.h>
#include <unistd.h>

static unsigned long long counter(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	unsigned long count;

	__asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(count));
	return count;
#else
	// The kernel's own has 32 bits, too.
	unsigned long low, high;

	__asm__ volatile("isb; mrrc p15, 1, %0, %1, c14" : "=r"(low), "=r"(high));
	return low;
#endif
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	printf("lab: %s: %llu\n", argv[1], counter());
	fflush(stdout);
	execvp(argv[2], argv + 2);
	return 127;
}
