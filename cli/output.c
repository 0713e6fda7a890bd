// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Errors as text, as JSON, and as exit codes.
 */
#include "cli.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What json-c takes for a small object with its members, and for its text. */
#define JSON_OBJECT 2048u

static bool json_errors;

void output_json_errors(bool wanted)
{
	json_errors = wanted;
}

void print_json(struct json_object *root)
{
	puts(json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY |
						  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
}

/*
 * The length of the UTF-8 character at `at` (RFC 3629), in a zero-terminated
 * string; 0 if it is invalid.
 */
static size_t character_length(const unsigned char *at)
{
	/* The second byte's range is narrower after some first bytes. */
	unsigned char low = 0x80, high = 0xbf;
	size_t length, i;

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	length = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (at[0] == 0xe0)
		low = 0xa0;
	else if (at[0] == 0xed)
		high = 0x9f;
	else if (at[0] == 0xf0)
		low = 0x90;
	else if (at[0] == 0xf4)
		high = 0x8f;
	for (i = 1; i < length; i++) {
		if (at[i] < low || at[i] > high)
			return 0;
		low = 0x80;
		high = 0xbf;
	}
	return length;
}

/*
 * The length of the character at `at`, in a zero-terminated string, if it may go to a
 * terminal; else 0. The control characters beyond ASCII are U+0080 to U+009F.
 */
static size_t harmless_length(const unsigned char *at)
{
	if (at[0] < 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0))
		return 0;
	return character_length(at);
}

const char *shown(const char *text)
{
	static char *buffer;
	const unsigned char *at = (const unsigned char *)text;
	size_t length;
	char *to;

	while (*at && harmless_length(at))
		at += harmless_length(at);
	if (!*at)
		return text;
	free(buffer);
	to = buffer = malloc(4 * strlen(text) + 1);
	if (!to)
		return "(no memory to show it)";
	for (at = (const unsigned char *)text; *at; at += length ? length : 1) {
		length = harmless_length(at);
		if (length)
			to = mempcpy(to, at, length);
		else
			to += sprintf(to, "\\x%02x", *at);
	}
	*to = '\0';
	return buffer;
}

/*
 * There is no memory for JSON: say so in JSON, and end the program.
 */
static _Noreturn void end_without_memory(void)
{
	fputs("kleap: cannot print JSON: Cannot allocate memory\n", stderr);
	puts("{\"version\":1,\"error\":{\"id\":null,\"text\":\"cannot print JSON: Cannot allocate memory\","
	     "\"hint\":null,\"exit_code\":4}}");
	exit(EXIT_MEMORY);
}

void need_json(size_t objects)
{
	/* volatile: compilers may remove an allocation that is not used. */
	void *volatile room = malloc(objects * JSON_OBJECT);

	if (!room)
		end_without_memory();
	free(room);
}

struct json_object *json_text(const char *text)
{
	const unsigned char *at = (const unsigned char *)text;
	struct json_object *string;
	size_t length, size = 0;
	char *clean;

	/* U+FFFD, written for each invalid byte, has three bytes. */
	clean = malloc(3 * strlen(text) + 1);
	if (!clean)
		end_without_memory();
	for (; *at; at += length ? length : 1) {
		length = character_length(at);
		memcpy(clean + size, length ? (const char *)at : "\357\277\275",
		       length ? length : 3);
		size += length ? length : 3;
	}
	clean[size] = '\0';
	string = json_object_new_string(clean);
	free(clean);
	return string;
}

/*
 * The JSON object of a failure. `id` and `hint` may be NULL.
 */
static void print_json_error(int code, const char *id, const char *text,
			     const char *hint)
{
	struct json_object *root, *error;

	need_json(2);
	root = json_object_new_object();
	error = json_object_new_object();
	json_object_object_add(error, "id", id ? json_text(id) : NULL);
	json_object_object_add(error, "text", json_text(text));
	json_object_object_add(error, "hint", hint ? json_text(hint) : NULL);
	json_object_object_add(error, "exit_code", json_object_new_int(code));
	json_object_object_add(root, "version", json_object_new_int(1));
	json_object_object_add(root, "error", error);
	print_json(root);
}

/*
 * Print an error. `id`, `more` (what it is about) and `hint` may be NULL.
 */
static void print_error(int code, const char *id, const char *text, const char *more,
			const char *hint)
{
	char all[MESSAGE_MAX];

	fprintf(stderr, "kleap: %s\n", shown(text));
	if (more)
		fprintf(stderr, "  %s\n", shown(more));
	if (hint)
		fprintf(stderr, "  hint: %s\n", shown(hint));
	if (id)
		fprintf(stderr, "  more: kleap explain %s\n", id);
	snprintf(all, sizeof(all), more ? "%s: %s" : "%s", text, more);
	if (json_errors)
		print_json_error(code, id, all, hint);
}

/* In a signal's handler all that can be done with a failure to write is nothing. */
static void write_all(int file, const char *text, size_t size)
{
	ssize_t done = write(file, text, size);

	(void)done;
}

_Noreturn void end_at_once(int code, const char *text, size_t size)
{
	static const char before[] = "{\"version\":1,\"error\":{\"id\":null,\"text\":\"";
	char after[] = "\",\"hint\":null,\"exit_code\":0}}\n";

	write_all(STDERR_FILENO, "kleap: ", 7);
	write_all(STDERR_FILENO, text, size);
	write_all(STDERR_FILENO, "\n", 1);
	if (json_errors) {
		after[sizeof(after) - 5] += (char)code;
		write_all(STDOUT_FILENO, before, sizeof(before) - 1);
		write_all(STDOUT_FILENO, text, size);
		write_all(STDOUT_FILENO, after, sizeof(after) - 1);
	}
	_exit(code);
}

int exit_code_of(uint32_t error)
{
	switch (kimg_error_group(error)) {
	case KIMG_GROUP_NONE:
		return error == KIMG_OK ? EXIT_OK : EXIT_SYSTEM;
	case KIMG_GROUP_CALLER:
	case KIMG_GROUP_LAYOUT:
	case KIMG_GROUP_FILE:
		return EXIT_REFUSED;
	case KIMG_GROUP_MEMORY:
		return EXIT_MEMORY;
	case KIMG_GROUP_HOST:
	case KIMG_GROUP_INTERNAL:
		return EXIT_SYSTEM;
	case KIMG_GROUP_SYSTEM:
		break;
	}
	switch (error) {
	case KIMG_E_PERMISSION:
	case KIMG_E_LOCKDOWN:
	case KIMG_E_DISABLED:
	case KIMG_E_POLICY:
	case KIMG_E_KEXEC_LOAD_DISABLED:
	case KIMG_E_KEXEC_LIMIT:
	case KIMG_E_SIGNATURE_NONE:
	case KIMG_E_SIGNATURE_METHOD:
	case KIMG_E_SIGNATURE_KEY:
	case KIMG_E_SIGNATURE_BAD:
	case KIMG_E_SIGNATURE_EXPIRED:
		return EXIT_PERMISSION;
	case KIMG_E_NOT_LOADED:
	case KIMG_E_GOING:
	case KIMG_E_CONTAINER:
	case KIMG_E_NOT_64BIT:
	case KIMG_E_HYPERVISOR:
	case KIMG_E_MEMORY_ENCRYPTED:
	case KIMG_E_CPUS_OFFLINE:
	case KIMG_E_CPUS_STAY:
	case KIMG_E_CPUS_NOT_OFF:
	case KIMG_E_KVM_PROTECTED:
	case KIMG_E_KEXEC_CPUS:
	case KIMG_E_MEMORY_ATTRIBUTES:
	case KIMG_E_KPROBES_OFF:
	case KIMG_E_KEXEC_OPTION:
	case KIMG_E_NO_CRASH_MEMORY:
	case KIMG_E_CRASH_SMALL:
	case KIMG_E_CRASH_NOTES:
	case KIMG_E_CRASH_LOW:
	case KIMG_E_CRASH_WAY:
	case KIMG_E_KEXEC_NOT_ARMED:
	case KIMG_E_REHEARSAL_ARMED:
	case KIMG_E_REHEARSAL_CUT:
	case KIMG_E_REHEARSAL_VIRTUAL:
	case KIMG_E_REHEARSAL_CACHE:
	case KIMG_E_REHEARSAL_WAY:
		return EXIT_REFUSED;
	default:
		return EXIT_SYSTEM;
	}
}

/*
 * say_why(), with more text if that is not NULL.
 */
static int explain_why(const struct kimg_why *why, const char *what)
{
	int code = exit_code_of(why->error);
	const char *id = kimg_error_id(why->error);
	char text[512], hint[512];

	if (why->error >= KIMG_E_COUNT) {
		snprintf(text, sizeof(text), "the module reports error %u, which this command does not know",
			 why->error);
		snprintf(hint, sizeof(hint), "module and command have different versions; install both from one release");
	} else {
		kimg_explain(why, text, sizeof(text));
		kimg_hint(why, hint, sizeof(hint));
	}
	print_error(code, id, text, what, hint[0] ? hint : NULL);
	return code;
}

int say_why(const struct kimg_why *why)
{
	return explain_why(why, NULL);
}

int say_why_of(const struct kimg_why *why, const char *what, ...)
{
	va_list arguments;
	char text[512];

	va_start(arguments, what);
	vsnprintf(text, sizeof(text), what, arguments);
	va_end(arguments);
	return explain_why(why, text);
}

int say_refused(uint32_t error, const char *text, const char *hint)
{
	int code = exit_code_of(error);

	print_error(code, kimg_error_id(error), text, NULL, hint);
	return code;
}

int say_file(const char *path, const char *name, const struct kimg_why *why)
{
	char reason[256], text[MESSAGE_MAX], hint[512];

	kimg_explain(why, reason, sizeof(reason));
	kimg_hint(why, hint, sizeof(hint));
	snprintf(text, sizeof(text), name ? "cannot load %s, %s: %s" : "cannot load %s%s: %s",
		 path, name ? name : "", reason);
	return say_refused(why->error, text, hint);
}

int say_errno(int error, const char *hint, const char *what, ...)
{
	int code = EXIT_SYSTEM;
	char text[MESSAGE_MAX];
	va_list arguments;
	size_t length;

	va_start(arguments, what);
	vsnprintf(text, sizeof(text), what, arguments);
	va_end(arguments);
	length = strlen(text);
	snprintf(text + length, sizeof(text) - length, ": %s", strerror(error));

	if (error == EACCES || error == EPERM) {
		code = EXIT_PERMISSION;
		if (!hint)
			hint = "run as root, or give a file that you may read";
	} else if (error == ENOMEM) {
		code = EXIT_MEMORY;
	} else if (error == ENOENT && !hint) {
		hint = "check the spelling of the path";
	}
	print_error(code, NULL, text, NULL, hint);
	return code;
}

int say_error(int code, const char *hint, const char *what, ...)
{
	va_list arguments;
	char text[MESSAGE_MAX];

	va_start(arguments, what);
	vsnprintf(text, sizeof(text), what, arguments);
	va_end(arguments);
	print_error(code, NULL, text, NULL, hint);
	return code;
}

int say_empty_name(const char *dashes, const char *what)
{
	return say_usage_hint("is a variable of the script empty?",
			      "%s%s: the file name is empty", dashes, what);
}

void print_wrapped(const char *before, const char *text)
{
	size_t column = strlen(before), at = column;
	const char *word;

	fputs(before, stdout);
	for (text = shown(text); *text; text += strcspn(text, " ")) {
		word = text + strspn(text, " ");
		if (at > column && at + 1 + strcspn(word, " ") > 80) {
			printf("\n%*s", (int)column, "");
			at = column;
		}
		at += (size_t)printf("%s%.*s", at > column ? " " : "", (int)strcspn(word, " "), word);
		text = word;
	}
	puts("");
}

const char *size_text(uint64_t bytes)
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	static char buffers[4][32];
	static unsigned int next;
	char *to = buffers[next++ % 4];
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	snprintf(to, sizeof(buffers[0]), unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
	return to;
}

const char *type_text(enum boot_mem_type type)
{
	const char *name = boot_mem_type_name(type);
	static char text[32];

	if (name)
		return name;
	snprintf(text, sizeof(text), "type %u", (unsigned int)type);
	return text;
}
