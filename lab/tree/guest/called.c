// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// For LD_PRELOAD below the kexec command: how long the kernel takes for the call that loads, in nanoseconds, to /tmp/called.
//
// The command reads the files and digests the whole image before it asks the kernel, which takes longer than the kernel
// does. This tells the kernel's part from the rest.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

long syscall(long number, ...)
{
	long (*real)(long, ...) = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	long argument[6], result;
	long long start;
	va_list list;
	FILE *file;
	int error;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		argument[i] = va_arg(list, long);
	va_end(list);
	start = now();
	result = real(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
	error = errno;
	if (number == SYS_kexec_load
#ifdef SYS_kexec_file_load
	    || number == SYS_kexec_file_load
#endif
	    ) {
		file = fopen("/tmp/called", "w");
		if (file) {
			fprintf(file, "%lld\n", now() - start);
			fclose(file);
		}
	}
	errno = error;
	return result;
}
