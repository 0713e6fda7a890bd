// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The new kernel's command line.
 */
#include "../cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_TEXT_MAX 65536u

/* What separates words for the kernel. */
static const char blanks[] = " \t\n\v\f\r";

static bool starts_with(const char *word, const char *with)
{
	return !strncmp(word, with, strlen(with));
}

/*
 * Does this word of a kernel command line belong to one boot only? These are the boot
 * loader's name for the kernel, the initrd for an EFI stub or SYSLINUX, and what
 * kexec-tools adds: an address to jump back to; for a crash kernel elfcorehdr= and, after
 * it, a memory map. `*crash`: elfcorehdr= was seen. A kernel that is loaded for a crash
 * must not reserve memory for another one.
 */
static bool is_of_one_boot(const char *word, bool for_crash, bool *crash)
{
	static const char *const keys[] = { "BOOT_IMAGE=", "initrd=", "kexec_" };
	size_t i;

	/* A word may be quoted as a whole. */
	if (*word == '"')
		word++;
	if (for_crash && starts_with(word, "crashkernel="))
		return true;
	if (starts_with(word, "elfcorehdr="))
		*crash = true;
	if (*crash && (starts_with(word, "elfcorehdr=") || starts_with(word, "memmap=")))
		return true;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (starts_with(word, keys[i]))
			return true;
	return false;
}

/*
 * Append `length` bytes to a line, after a blank if it is not empty. The line has room.
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
 * Append to `dropped` the words of `text` that belong to one boot only, to `line` all
 * others. A blank inside double quotes does not end a word.
 */
static void join_reused(char *line, char *dropped, const char *text, bool for_crash)
{
	bool crash = false;

	while (*text) {
		const char *word;
		bool quoted = false;
		char *to;

		text += strspn(text, blanks);
		for (word = text; *text && (quoted || !strchr(blanks, *text)); text++)
			if (*text == '"')
				quoted = !quoted;
		to = is_of_one_boot(word, for_crash, &crash) ? dropped : line;
		join(to, word, (size_t)(text - word));
		/* The kernel accepts an open quote at the end, but more may follow here. */
		if (quoted)
			strcat(to, "\"");
	}
}

/*
 * Append the reusable part of the running kernel's command line. Exit codes: as
 * build_command_line().
 */
static int reuse_command_line(char *line, char **dropped, bool for_crash)
{
	char *running = calloc(2, COMMAND_TEXT_MAX), path[256];
	int code = EXIT_OK;
	long size;

	*dropped = running;
	if (!running)
		return say_errno(ENOMEM, NULL, "cannot build the command line");
	running += COMMAND_TEXT_MAX;
	system_path(path, sizeof(path), "/proc/cmdline");
	size = read_system_file(path, running, COMMAND_TEXT_MAX - 2);
	if (size < 0)
		code = say_errno(errno, NULL, "cannot read %s", path);
	running[strcspn(running, "\n")] = '\0';
	join_reused(line, *dropped, running, for_crash);
	return code;
}

int reuse_text(const char *text, char **line, char **dropped)
{
	/* A quote may be added to each. */
	size_t size = strlen(text) + 2;

	*line = calloc(1, size);
	*dropped = calloc(1, size);
	if (!*line || !*dropped)
		return say_errno(ENOMEM, NULL, "cannot build the command line");
	join_reused(*line, *dropped, text, false);
	return EXIT_OK;
}

int build_command_line(const struct options *options, char **line, char **dropped)
{
	size_t i, length = 1;
	int code = EXIT_OK;

	for (i = 0; i < options->append.count; i++)
		length += strlen(options->append.text[i]) + 1;
	*line = calloc(1, COMMAND_TEXT_MAX + length);
	if (!*line)
		return say_errno(ENOMEM, NULL, "cannot build the command line");
	if (options->reuse_command_line)
		code = reuse_command_line(*line, dropped, options->panic);
	for (i = 0; i < options->append.count; i++)
		join(*line, options->append.text[i], strlen(options->append.text[i]));
	return code;
}
