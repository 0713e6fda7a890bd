// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Errors explained: docs/errors.md, embedded in the command.
 */
#include "cli.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS 80u
#define SOURCE_COLUMNS 110u		/* lines are filled at least up to this */

/* The build runs in the project's top folder. */
__asm__(".pushsection .rodata\n"
	"errors_start: .incbin \"docs/errors.md\"\n"
	"errors_end: .byte 0\n"
	".popsection\n");

extern const char errors_start[] __asm__("errors_start");
extern const char errors_end[] __asm__("errors_end");

/*
 * The entry of an error in docs/errors.md: the text between its heading and the
 * next one. NULL if it has none. `*length` is its length.
 */
static const char *find_entry(const char *id, size_t *length)
{
	const char *at = errors_start, *end;
	char heading[64];

	snprintf(heading, sizeof(heading), "\n### `%s`\n", id);
	at = strstr(at, heading);
	if (!at)	/* never: tests/cli/test_cli.sh demands an entry for each error */
		return NULL;
	at += strlen(heading);
	for (end = at; end < errors_end; end++)
		if (end[0] == '\n' && end[1] == '#')
			break;
	while (at < end && *at == '\n')
		at++;
	while (end > at && end[-1] == '\n')
		end--;
	*length = (size_t)(end - at);
	return at;
}

/*
 * Print text of SOURCE_COLUMNS in lines of COLUMNS, after an empty line. A line that has
 * no room for the first word of the next one is joined with that.
 */
static void print_narrow(const char *text, size_t size)
{
	const char *end = text + size, *line = text;
	size_t column = 0, length;

	puts("");
	while (text < end) {
		length = strcspn(text, " \n");
		if (column && column + 1 + length > COLUMNS) {
			puts("");
			column = 0;
		}
		column += (size_t)printf("%s%.*s", column ? " " : "", (int)length, text);
		text += length;
		if (*text++ != '\n')
			continue;
		if ((size_t)(text - line) + strcspn(text, " \n") <= SOURCE_COLUMNS) {
			puts("");
			column = 0;
		}
		line = text;
	}
	if (column)
		puts("");
}

/*
 * The number of the error called `id`, or KIMG_E_COUNT.
 */
static uint32_t find_error(const char *id)
{
	uint32_t error;

	for (error = 0; error < KIMG_E_COUNT; error++)
		if (!strcmp(kimg_error_id(error), id))
			break;
	return error;
}

int cmd_explain(const struct options *options)
{
	const char *entry;
	uint32_t error;
	size_t length;

	if (!strcmp(options->argument, "list")) {
		for (error = 1; error < KIMG_E_COUNT; error++)
			puts(kimg_error_id(error));
		return EXIT_OK;
	}
	error = find_error(options->argument);
	if (error == KIMG_E_COUNT)
		return say_usage("no error is called %s; see: kleap explain list",
				 options->argument);
	printf("%s (error %u, exit code %d)\n", options->argument, error,
	       exit_code_of(error));
	entry = find_entry(options->argument, &length);
	if (entry)	/* never: as in find_entry() */
		print_narrow(entry, length);
	return EXIT_OK;
}
