// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Eat all memory but some pages, chosen by their frames: so that what a load allocates are destinations of its image.
//
// Needs a kernel with /proc/PID/pagemap, and no reserve of low memory (lowmem_reserve_ratio), which a load could not use.

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define EAT_CHUNK (16ul << 20)
#define EAT_CHUNKS 256
#define EAT_LEAVE 4096		// pages that stay free, for everything else
#define EAT_SLACK 512		// pages more than the image has
#define EAT_FRAME ((1ull << 55) - 1)
#define EAT_PRESENT (1ull << 63)

static char *eaten[EAT_CHUNKS];

// Give back up to @count pages whose frames are in [@first, @end), all of them or each second, so that they do not merge.
// Result: how many.
static long give_back(unsigned long first, unsigned long end, unsigned long step, long count)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY);
	long page = sysconf(_SC_PAGESIZE), given = 0;
	uint64_t entry;

	for (int i = 0; i < EAT_CHUNKS && eaten[i]; i++) {
		for (char *at = eaten[i]; at < eaten[i] + EAT_CHUNK && given < count; at += page) {
			if (pread(pagemap, &entry, sizeof(entry), (uintptr_t)at / page * sizeof(entry)) != sizeof(entry))
				break;
			if (!(entry & EAT_PRESENT))
				continue;
			entry &= EAT_FRAME;
			if (entry >= first && entry < end && entry % step == 0 && !madvise(at, page, MADV_DONTNEED))
				given++;
		}
	}
	close(pagemap);
	return given;
}

static void eat_all(void)
{
	long page = sysconf(_SC_PAGESIZE);

	for (int i = 0; i < EAT_CHUNKS; i++) {
		char *chunk = mmap(NULL, EAT_CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (chunk == MAP_FAILED)
			break;
		eaten[i] = chunk;
		for (char *at = chunk; at < chunk + EAT_CHUNK; at += page) {
			if ((uintptr_t)at / page % 64 == 0 && count_free_pages() < EAT_LEAVE)
				return;
			*at = 1;
		}
	}
}

static void eat_nothing(void)
{
	for (int i = 0; i < EAT_CHUNKS && eaten[i]; i++) {
		munmap(eaten[i], EAT_CHUNK);
		eaten[i] = NULL;
	}
}
