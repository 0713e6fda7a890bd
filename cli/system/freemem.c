// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which memory is free right now: a hint for the layout. Destinations that are free
 * when the image is loaded can be claimed by the module and need no copy at the
 * leap.
 */
#include "../cli.h"

#include <fcntl.h>
#include <unistd.h>

/* Documentation/admin-guide/mm/pagemap.rst: 64 flags a page, in page order. */
#define KPAGEFLAGS "/proc/kpageflags"
#define KPF_BUDDY (1ull << 10)

/*
 * One page in this many bytes is checked: a hint need not be exact, and reading the
 * flags of every page takes the kernel a while.
 */
#define STEP (1ull << 20)
/* Ignore smaller ranges. */
#define STRETCH_MIN (4 * STEP)

/*
 * Is the page at `address` free? False also when that cannot be read: root only.
 */
static bool is_free(int fd, uint64_t address)
{
	uint64_t flags, frame = address / (uint64_t)sysconf(_SC_PAGESIZE);

	return pread(fd, &flags, sizeof(flags), (off_t)(frame * sizeof(flags))) ==
		       (ssize_t)sizeof(flags) &&
	       (flags & KPF_BUDDY);
}

void find_free_memory(const struct boot_map *map, struct boot_map *unused)
{
	struct kimg_why why;
	char path[256];
	uint32_t i;
	int fd;

	unused->count = 0;
	fd = open(system_path(path, sizeof(path), KPAGEFLAGS), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	for (i = 0; i < map->count; i++) {
		const struct kimg_range *range = &map->mem[i].range;
		uint64_t end = range->end < UINT32_MAX ? range->end : UINT32_MAX;
		uint64_t at = (range->start + STEP - 1) & ~(STEP - 1);
		uint64_t start = at;

		if (map->mem[i].type != BOOT_MEM_RAM || range->start > UINT32_MAX)
			continue;
		for (; at < end; at += STEP) {
			if (at + STEP <= end && is_free(fd, at + STEP / 2) &&
			    is_free(fd, at))
				continue;
			/* Full: so many stretches are hints enough. */
			if (at - start >= STRETCH_MIN)
				boot_map_add(unused, start, at, BOOT_MEM_RAM, &why);
			start = at + STEP;
		}
		if (at > start && at - start >= STRETCH_MIN)
			boot_map_add(unused, start, at, BOOT_MEM_RAM, &why);
	}
	close(fd);
}
