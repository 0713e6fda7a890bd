// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// eat LEAVE_MIB [holes]: take all free memory but LEAVE_MIB MiB, say "eaten MIB", and keep it until killed.
//
// With "holes", every other page is given back: as much memory is free as is taken, and no two free pages lie side by side
// but by chance.
//
// One process of 32 bits cannot reach it all, so children share the work; they end with their parent.

#define _GNU_SOURCE
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define PAGE 4096ull
#define MIB (1ull << 20)
#define BITE (1ull << 30)

// Free memory, in bytes. What lies on the processors' own lists is a matter of a few MiB.
static unsigned long long unused(void)
{
	struct sysinfo info;

	if (sysinfo(&info))
		exit(2);
	return (unsigned long long)info.freeram * info.mem_unit;
}

static int done[2];	// children tell their parent that something is done
static int punch[2];	// the parent tells each child to make holes

static void tell(int fd)
{
	if (write(fd, "", 1) != 1)
		exit(2);
}

static void await(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		exit(2);
}

// A child: take `size` bytes, a page at a time; when told to, give each other page back. Does not return.
static void eat(unsigned long long size)
{
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	unsigned long long i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (at == MAP_FAILED)
		exit(2);
	// A large page would be split only late, if at all.
	madvise(at, size, MADV_NOHUGEPAGE);
	for (i = 0; i < size; i += PAGE)
		at[i] = 1;
	tell(done[1]);
	await(punch[0]);
	for (i = 0; i < size; i += 2 * PAGE)
		madvise(at + i, PAGE, MADV_DONTNEED);
	tell(done[1]);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	bool holes = argc > 2 && !strcmp(argv[2], "holes");
	unsigned long long leave, size, eaten = 0;
	unsigned int children = 0;

	if (argc < 2 || pipe(done) || pipe(punch)) {
		fprintf(stderr, "usage: eat LEAVE_MIB [holes]\n");
		return 2;
	}
	leave = strtoull(argv[1], NULL, 0) * MIB;
	// One after another, each of what the last has left.
	for (; unused() > leave + MIB; children++) {
		size = unused() - leave;
		if (size > BITE)
			size = BITE;
		size -= size % (2 * PAGE);
		if (!fork())
			eat(size);
		await(done[0]);
		eaten += size;
	}
	for (; holes && children; children--) {
		tell(punch[1]);
		await(done[0]);
	}
	printf("eaten %llu\n", eaten / MIB);
	fflush(stdout);
	for (;;)
		pause();
}
