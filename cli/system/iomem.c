// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory maps in text files: /proc/iomem, or a saved one.
 */
#include "../cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A larger file is not a map; it may have no end. */
#define TEXT_MAX (256u << 20)
#define TEXT_FIRST (64u << 10)

struct text {
	char *bytes;
	size_t size;
};

/*
 * Read all of `fd`. Returns 0 or an errno; the caller frees text->bytes either way.
 */
static int read_all(int fd, struct text *text)
{
	struct pollfd more_to_come = { .fd = fd, .events = POLLIN };
	size_t room = 0;
	ssize_t got;

	do {
		if (text->size == room) {
			char *more = NULL;

			room = room ? 2 * room : TEXT_FIRST;
			if (room > TEXT_MAX)
				return EFBIG;
			more = malloc(room);
			if (!more)
				return ENOMEM;
			if (text->size)
				memcpy(more, text->bytes, text->size);
			free(text->bytes);
			text->bytes = more;
		}
		got = read(fd, text->bytes + text->size, room - text->size);
		if (got > 0)
			text->size += (size_t)got;
		else if (got < 0 && errno == EAGAIN)
			poll(&more_to_come, 1, -1);
	} while (got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN)));
	return got < 0 ? errno : 0;
}

/*
 * Convert UTF-16, as Windows saves text, to ASCII. A mark at the start gives the byte
 * order. Other characters become '?'.
 */
static void narrow(struct text *text)
{
	static const char marks[][2] = { { '\xff', '\xfe' }, { '\xfe', '\xff' } };
	size_t i, high = 0;

	if (text->size < 2)
		return;
	if (!memcmp(text->bytes, marks[0], 2))
		high = 1;
	else if (memcmp(text->bytes, marks[1], 2))
		return;
	for (i = 1; i < text->size / 2; i++)
		text->bytes[i - 1] = text->bytes[2 * i + high] ? '?' :
				     text->bytes[2 * i + 1 - high];
	text->size = i - 1;
}

/*
 * Copy line `number` as far as it fits, safe for a terminal.
 */
static void copy_line(const struct text *text, uint32_t number, char *to, size_t size)
{
	const char *at = text->bytes, *end = text->bytes + text->size;
	size_t length = 0;

	/* All lines before it end with a newline. */
	while (--number)
		at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	for (; at < end && *at != '\n' && *at != '\r' && length + 4 < size; at++)
		to[length++] = *at >= ' ' && *at <= '~' ? *at : '?';
	to[length] = '\0';
	if (at < end && *at != '\n' && *at != '\r')
		strcpy(to + length, "...");
}

/*
 * Open a map and read all of it; the caller frees text->bytes either way. `missing`, if
 * not NULL, is set if it cannot be opened, which is no error then.
 */
static int read_text(const char *path, struct text *text, bool *missing)
{
	/* O_NONBLOCK: do not wait for a writer; a pipe without one is empty. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), error;

	if (fd < 0 && missing) {
		*missing = true;
		return EXIT_OK;
	}
	error = fd < 0 ? errno : read_all(fd, text);
	if (fd >= 0)
		close(fd);
	if (error)
		return say_errno(error, NULL, "cannot read the memory map %s", path);
	narrow(text);
	return EXIT_OK;
}

int read_crash_map(const char *path, struct boot_crash *crash)
{
	struct text text = { 0 };
	struct kimg_why why = { 0 };
	int code = read_text(path, &text, NULL);

	if (!code && boot_crash_read(text.bytes, text.size, crash, &why))
		code = say_why(&why);
	free(text.bytes);
	return code;
}

int read_text_map(const char *path, struct boot_map *map, struct boot_map *usable,
		  enum map_shown *shown)
{
	struct text text = { 0 };
	struct kimg_why why = { 0 };
	bool missing = false;
	char line[72];
	int error, code;

	code = read_text(path, &text, shown ? &missing : NULL);
	if (code)
		goto free;
	if (missing) {
		*shown = MAP_MISSING;
		return EXIT_OK;
	}
	error = (int)boot_map_parse(text.bytes, text.size, map, usable, &why);
	if (shown)
		*shown = error == KIMG_E_MAP_EMPTY ? MAP_HIDDEN : MAP_SHOWN;
	if (!error || (shown && *shown == MAP_HIDDEN))
		goto free;
	if (why.seg) {
		copy_line(&text, why.seg, line, sizeof(line));
		code = say_why_of(&why, "%s:%u: %s", path, why.seg, line);
	} else {
		code = say_why(&why);
	}
free:
	free(text.bytes);
	return code;
}
