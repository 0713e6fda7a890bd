// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Notes: what a user should know about a plan or a load, but is not an error. They are
 * collected first, and printed where they belong.
 */
#include "cli.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>

void add_note(struct notes *notes, const char *what, ...)
{
	va_list arguments;

	if (notes->count == NOTES_MAX) {
		snprintf(notes->text[NOTES_MAX - 1], NOTE_SIZE, "and more");
		return;
	}
	va_start(arguments, what);
	vsnprintf(notes->text[notes->count++], NOTE_SIZE, what, arguments);
	va_end(arguments);
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
