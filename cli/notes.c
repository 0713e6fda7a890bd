// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Notes: what a user should know about a plan or a load, but is not an error. They are
 * collected first, and printed where they belong.
 */
#include "cli.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void add_note(struct notes *notes, const char *what, ...)
{
	va_list arguments;
	char **text = reallocarray(notes->text, notes->count + 1, sizeof(*text));

	if (!text)	/* never: the tests do not let libc run out of memory */
		return;
	notes->text = text;
	va_start(arguments, what);
	if (vasprintf(&text[notes->count], what, arguments) >= 0)	/* never: as above */
		notes->count++;
	va_end(arguments);
}

void free_notes(struct notes *notes)
{
	while (notes->count)
		free(notes->text[--notes->count]);
	free(notes->text);
	notes->text = NULL;
}

void print_notes(const struct notes *notes, FILE *to, const char *before)
{
	unsigned int i;

	for (i = 0; i < notes->count; i++)
		fprintf(to, "%s%s\n", before, shown(notes->text[i]));
}

struct json_object *notes_object(const struct notes *notes)
{
	struct json_object *list = json_object_new_array();
	unsigned int i;

	for (i = 0; i < notes->count; i++)
		json_object_array_add(list, json_text(notes->text[i]));
	return list;
}
