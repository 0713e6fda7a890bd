// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Input files: mapped, not copied, so that an image is in memory only once.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int map_file(const char *path, struct mapping *mapping)
{
	struct stat stat;
	void *data;
	int fd, error;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return say_errno(errno, NULL, "cannot open %s", path);
	if (fstat(fd, &stat) < 0) {	/* never: the file is open */
		error = say_errno(errno, NULL, "cannot look at %s", path);
		goto close;
	}
	if (!S_ISREG(stat.st_mode)) {
		error = say_errno(S_ISDIR(stat.st_mode) ? EISDIR : EINVAL,
				  "give a regular file", "cannot load %s", path);
		goto close;
	}
	mapping->size = (size_t)stat.st_size;
	/* never: with addresses of 64 bits; with 32, files can be too large */
	if ((uintmax_t)mapping->size != (uintmax_t)stat.st_size) {
		error = say_errno(EFBIG, NULL, "cannot load %s", path);
		goto close;
	}
	error = EXIT_OK;
	if (!mapping->size) {
		mapping->data = "";
		goto close;
	}
	data = mmap(NULL, mapping->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED) {
		error = say_errno(errno, NULL, "cannot map %s, %s", path,
				  size_text(mapping->size));
		goto close;
	}
	mapping->data = data;
close:
	close(fd);
	return error;
}

void unmap_file(struct mapping *mapping)
{
	if (mapping->size && mapping->data)
		munmap((void *)(uintptr_t)mapping->data, mapping->size);
	mapping->data = NULL;
	mapping->size = 0;
}

long read_system_file(const char *path, void *to, size_t size)
{
	size_t have = 0;
	int fd, error;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (have < size) {
		ssize_t got = read(fd, (char *)to + have, size - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			error = errno;
			close(fd);
			errno = error;
			return -1;
		}
		if (!got)
			break;
		have += (size_t)got;
	}
	close(fd);
	return (long)have;
}
