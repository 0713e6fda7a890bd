// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The new kernel's command line.
 */
#include "../cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_TEXT_MAX 65536u

/*
 * Does this word of a kernel command line apply to one boot only? BOOT_IMAGE= names
 * the kernel that was booted; crashkernel= would reserve memory for a crash kernel
 * that is not loaded.
 */
static bool is_of_one_boot(const char *word, size_t length)
{
	static const char *const keys[] = { "BOOT_IMAGE=", "crashkernel=" };
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (length >= strlen(keys[i]) && !strncmp(word, keys[i], strlen(keys[i])))
			return true;
	return false;
}

/*
 * Append `length` bytes to a line, with a blank between. The line has room.
 */
static void join(char *line, const char *more, size_t length)
{
	size_t at = strlen(line);

	if (!length)
		return;
	if (at)
		line[at++] = ' ';
	memcpy(line + at, more, length);
	line[at + length] = '\0';
}

/*
 * Append to `line` the words of `text` that also apply to another boot. A blank
 * inside double quotes does not end a word.
 */
static void join_reused(char *line, const char *text)
{
	while (*text) {
		const char *word;
		bool quoted = false;

		text += strspn(text, " \t\n");
		for (word = text; *text && (quoted || !strchr(" \t\n", *text)); text++)
			if (*text == '"')
				quoted = !quoted;
		if (!is_of_one_boot(word, (size_t)(text - word)))
			join(line, word, (size_t)(text - word));
	}
}

int build_command_line(const struct options *options, char **line)
{
	size_t extra = options->append ? strlen(options->append) : 0;
	char *running, path[256];
	long size;

	*line = calloc(1, COMMAND_TEXT_MAX + extra + 2);
	running = calloc(1, COMMAND_TEXT_MAX);
	if (!*line || !running) {
		free(running);
		return say_errno(ENOMEM, NULL, "cannot build the command line");
	}
	if (options->reuse_command_line) {
		system_path(path, sizeof(path), "/proc/cmdline");
		size = read_system_file(path, running, COMMAND_TEXT_MAX - 1);
		if (size < 0) {
			free(running);
			return say_errno(errno, NULL, "cannot read %s", path);
		}
		join_reused(*line, running);
	}
	free(running);
	if (extra)
		join(*line, options->append, extra);
	return EXIT_OK;
}
