// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Input files: mapped, not copied, so that an image is in memory only once.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * What a file is; NULL for a regular one.
 */
static const char *other_kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return NULL;
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a pipe";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a device";
	}
}

static int say_kind(const char *path, const char *kind)
{
	return say_error(EXIT_SYSTEM, "give a regular file", "cannot load %s: it is %s",
			 path, kind);
}

/*
 * A mapped file became shorter, or its disk fails: nothing can go on without it.
 */
static _Noreturn void end_without_file(int signal)
{
	static const char text[] = "a file cannot be read any more: it became shorter, or its disk fails";

	(void)signal;
	end_at_once(EXIT_SYSTEM, text, sizeof(text) - 1);
}

int map_file(const char *path, struct mapping *mapping)
{
	struct stat about;
	void *data;
	int fd, error;

	/* Opening a device can have effects, such as starting a watchdog. */
	if (!stat(path, &about) && other_kind(about.st_mode))
		return say_kind(path, other_kind(about.st_mode));
	/* It may be another file by now. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return say_errno(errno, NULL, "cannot open %s", path);
	if (fstat(fd, &about) < 0) {	/* never: the file is open */
		error = say_errno(errno, NULL, "cannot look at %s", path);
		goto close;
	}
	if (other_kind(about.st_mode)) {	/* never: unless it has just changed */
		error = say_kind(path, other_kind(about.st_mode));
		goto close;
	}
	mapping->size = (size_t)about.st_size;
	/* never: with addresses of 64 bits; with 32, files can be too large */
	if ((uintmax_t)mapping->size != (uintmax_t)about.st_size) {
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
	sigaction(SIGBUS, &(struct sigaction){ .sa_handler = end_without_file }, NULL);
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

long read_system_text(const char *path, char *to, size_t size)
{
	long got = read_system_file(path, to, size - 1);

	to[got > 0 ? got : 0] = '\0';
	return got;
}
