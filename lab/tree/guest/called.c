// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// called COMMAND ARGS...: run a command, and write to /tmp/called what its call of kexec_load or kexec_file_load takes:
// "NANOSECONDS PEAK_kB SAMPLES".
//
// The command reads the files and digests the whole image before it asks the kernel, which takes longer than the kernel
// does. This tells the kernel's part from the rest.
//
// The peak is the most memory that was missing at any moment of the call. To see it takes a second CPU, which counts free
// memory all the time; on a machine with one, there are no samples.
//
// With EAT=N in the environment, memory is taken before the call of kexec_load, but as many pages as the image has and some 18
// MiB; of these N are destinations of the image's largest segment, its first pages. They are the last that an allocator gives.

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../guest/free_pages.h"
#include "eat.h"

static int many;	// CPUs
static long long nanoseconds;
static long peak, samples;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

// To be woken by another CPU takes long on a busy computer, and tracing wakes two processes for each system call.
static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

// Is the child at the entry of a call that loads?
static int loads(pid_t child)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof(info), &info) < 0 || info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return 0;
#ifdef SYS_kexec_file_load
	if (info.entry.nr == SYS_kexec_file_load)
		return 1;
#endif
	return info.entry.nr == SYS_kexec_load;
}

// Eat memory before the child's call of kexec_load.
static void eat(pid_t child, long conflicts)
{
	enum { BUF, BUFSZ, MEM, MEMSZ, WORDS };
	struct __ptrace_syscall_info info;
	unsigned long segment[WORDS], start = 0, pages = 0, total = 0;
	long page = sysconf(_SC_PAGESIZE), given, others;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof(info), &info) < 0 || info.entry.nr != SYS_kexec_load)
		return;
	for (unsigned long i = 0; i < info.entry.args[1]; i++) {
		for (int word = 0; word < WORDS; word++)
			segment[word] = ptrace(PTRACE_PEEKDATA, child, (long *)(uintptr_t)info.entry.args[2] + i * WORDS + word, 0);
		total += segment[MEMSZ] / page;
		if (segment[MEMSZ] / page > pages) {
			pages = segment[MEMSZ] / page;
			start = segment[MEM] / page;
		}
	}
	// To unload is a call, too.
	if (total <= (unsigned long)conflicts)
		return;
	total += EAT_SLACK;
	eat_all();
	given = give_back(start, start + pages, 1, conflicts);
	others = give_back(0, start, 2, total - given);
	others += give_back(start + pages, -1ul, 2, total - given - others);
	fprintf(stderr, "eaten: %ld destinations from frame %lx on and %ld other pages of %ld\n", given, start, others, count_free_pages());
}

// Let the call run to its end, and watch.
static int watch(pid_t child)
{
	long before = count_free_pages(), least = before, free, counted = 0;
	long long start, taken;
	int status;

	run_on(many);
	start = now();
	ptrace(PTRACE_SYSCALL, child, 0, 0);
	for (; many && waitpid(child, &status, WNOHANG) == 0; counted++) {
		free = count_free_pages();
		if (free < least)
			least = free;
	}
	if (!many)
		waitpid(child, &status, 0);
	taken = now() - start;
	free = count_free_pages();
	run_on(0);
	if (free < least)
		least = free;
	// The command may load more than once: the call that matters is the longest.
	if (taken > nanoseconds) {
		nanoseconds = taken;
		peak = before - least;
		samples = counted;
	}
	return status;
}

int main(int argc, char **argv)
{
	int status, deliver = 0;
	FILE *file;
	pid_t child;

	if (argc < 2)
		return 2;
	many = get_nprocs() > 1;
	run_on(0);
	child = fork();
	if (child < 0)
		return 2;
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	waitpid(child, &status, 0);
	ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	for (;;) {
		ptrace(PTRACE_SYSCALL, child, 0, deliver);
		waitpid(child, &status, 0);
		if (WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80) && loads(child)) {
			if (getenv("EAT"))
				eat(child, atol(getenv("EAT")));
			status = watch(child);
			eat_nothing();
		}
		if (!WIFSTOPPED(status))
			break;
		// What tracing brings is not for the command.
		deliver = WSTOPSIG(status) & 0x7f;
		if (deliver == SIGTRAP)
			deliver = 0;
	}
	file = fopen("/tmp/called", "w");
	if (file) {
		fprintf(file, "%lld %ld %ld\n", nanoseconds, peak * (sysconf(_SC_PAGESIZE) / 1024), samples);
		fclose(file);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
