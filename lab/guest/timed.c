// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// timed COMMAND ARGS...: run a command, then print "NANOSECONDS STATUS" on file descriptor 3.
//
// The guest's shell knows the time to a hundredth of a second at best; a load on a small machine takes a few of those.
// STATUS is the exit status, or 128 + the signal, as shells have it.

#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv)
{
	long long start;
	int status;
	pid_t child;

	if (argc < 2)
		return 2;
	start = now();
	child = fork();
	if (child < 0)
		return 2;
	if (child == 0) {
		// The command must not hold the descriptor that the shell waits on.
		close(3);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (waitpid(child, &status, 0) != child)
		return 2;
	dprintf(3, "%lld %d\n", now() - start, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
