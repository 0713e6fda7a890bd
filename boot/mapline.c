// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One line of a memory map as text, in any of the forms that boot_map_parse() takes.
 */
#include "mapline.h"

/* What is left to read of a line. */
struct text {
	const char *at, *end;
};

/* Files saved from a block of memory end with zeros. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\0';
}

static void skip_blanks(struct text *text)
{
	while (text->at < text->end && is_blank(*text->at))
		text->at++;
	while (text->end > text->at && is_blank(text->end[-1]))
		text->end--;
}

/*
 * Take `word` if it is next.
 */
static bool take(struct text *text, const char *word)
{
	const char *at = text->at;

	for (; *word; word++, at++)
		if (at == text->end || *at != *word)
			return false;
	text->at = at;
	return true;
}

static bool is_decimal(const struct text *text)
{
	return text->at < text->end && *text->at >= '0' && *text->at <= '9';
}

static void skip_decimal(struct text *text)
{
	while (is_decimal(text))
		text->at++;
}

/*
 * The value of a hexadecimal digit, or 16 if it is none.
 */
static unsigned int digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned int)(c - 'A') + 10;
	return 16;
}

/*
 * Take a hexadecimal number, with or without 0x. False if there is none, or if it has
 * more than 64 bits.
 */
static bool take_number(struct text *text, uint64_t *value)
{
	const char *start;
	bool fits = true;

	if (!take(text, "0x"))
		take(text, "0X");
	start = text->at;
	for (*value = 0; text->at < text->end && digit(*text->at) < 16; text->at++) {
		if (*value >> 60)
			fits = false;
		*value = *value << 4 | digit(*text->at);
	}
	return fits && text->at > start;
}

/*
 * Take START-END, perhaps with blanks around the minus. False if that is not next.
 */
static bool take_range(struct text *text, struct map_line *line)
{
	if (!take_number(text, &line->start))
		return false;
	skip_blanks(text);
	if (!take(text, "-"))
		return false;
	skip_blanks(text);
	return take_number(text, &line->end);
}

/*
 * The end that was read is the last byte: make the range half-open.
 */
static void end_is_last(struct map_line *line)
{
	if (line->end != UINT64_MAX)
		line->end++;
}

/*
 * Read the rest of the line as the name of a type of memory. False if it is not one.
 */
static bool take_type(struct text *text, struct map_line *line)
{
	skip_blanks(text);
	line->memory = boot_mem_type_named(text->at, (size_t)(text->end - text->at),
					   &line->type);
	return line->memory;
}

/*
 * Skip the size that Linux prints since 7.0: "  1.9 GB ".
 */
static void skip_size(struct text *text)
{
	static const char *const units[] = { "KB ", "MB ", "GB ", "TB " };
	struct text size = *text;
	size_t i;

	skip_blanks(&size);
	skip_decimal(&size);
	if (take(&size, "."))
		skip_decimal(&size);
	skip_blanks(&size);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (take(&size, units[i]))
			*text = size;
}

/*
 * Read the rest of the line: "[mem START-END] TYPE", or as before Linux 3.5 "START - END
 * (TYPE)", without parentheses if the type has no name.
 */
static enum map_form read_log(struct text *text, struct map_line *line)
{
	if (take(text, "[gap "))
		return MAP_NOTHING;
	if (take(text, "[mem ")) {
		if (!take_range(text, line) || !take(text, "]"))
			return MAP_DAMAGED;
		end_is_last(line);
		skip_size(text);
	} else {
		if (!take_range(text, line))
			return MAP_DAMAGED;
		skip_blanks(text);
		if (take(text, "(") && *--text->end != ')')
			return MAP_DAMAGED;
	}
	return take_type(text, line) && line->start <= line->end ? MAP_LOG : MAP_DAMAGED;
}

/*
 * Does the text look like what follows a label in the log?
 */
static bool is_log_range(struct text text)
{
	struct map_line line;

	skip_blanks(&text);
	if (take(&text, "[mem 0x") || take(&text, "[gap 0x"))
		return true;
	if (!take_range(&text, &line))
		return false;
	skip_blanks(&text);
	return take(&text, "(") || take(&text, "type ");
}

/*
 * Find the label of a map in the log, behind any prefix, and take all up to its end.
 * MAP_VIEW_NONE: there is none.
 */
static enum map_view take_label(struct text *text)
{
	static const struct {
		const char *word;
		enum map_view view;
	} labels[] = {
		{ "BIOS-e820:", MAP_VIEW_BIOS },
		{ "BIOS-e801:", MAP_VIEW_BIOS },
		{ "BIOS-88:", MAP_VIEW_BIOS },
		{ "Xen:", MAP_VIEW_BIOS },
		{ "extended:", MAP_VIEW_EXTENDED },
		{ "reserve setup_data:", MAP_VIEW_SETUP },
		{ "modified:", MAP_VIEW_MODIFIED },
		{ "user:", MAP_VIEW_USER },
	};
	struct text rest = *text;
	size_t i;

	for (; rest.at < rest.end; rest.at++) {
		if (rest.at > text->at && !is_blank(rest.at[-1]) && rest.at[-1] != ']' &&
		    rest.at[-1] != '>' && rest.at[-1] != ':')
			continue;
		for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
			struct text after = rest;

			if (!take(&after, labels[i].word))
				continue;
			/* The other labels are common words: a range must follow. */
			if (i && !is_log_range(after))
				continue;
			skip_blanks(&after);
			*text = after;
			return labels[i].view;
		}
	}
	return MAP_VIEW_NONE;
}

/*
 * Take what the log has before a message: "<6>", "[    0.000000] ". False if there is
 * neither.
 */
static bool take_stamp(struct text *text)
{
	struct text stamp = *text;
	bool taken = false;

	if (take(&stamp, "<") && is_decimal(&stamp)) {
		skip_decimal(&stamp);
		if (take(&stamp, ">")) {
			*text = stamp;
			taken = true;
		}
	}
	stamp = *text;
	if (take(&stamp, "[")) {
		skip_blanks(&stamp);
		if (is_decimal(&stamp)) {
			skip_decimal(&stamp);
			if (take(&stamp, ".") && is_decimal(&stamp)) {
				skip_decimal(&stamp);
				if (take(&stamp, "]")) {
					*text = stamp;
					taken = true;
				}
			}
		}
	}
	skip_blanks(text);
	return taken;
}

/*
 * Is this the name of the running kernel's own memory in /proc/iomem, or of memory
 * reserved for a crash kernel? Neither is needed after a leap.
 */
static bool is_own(const struct text *name)
{
	static const char *const names[] = {
		"Kernel code", "Kernel data", "Kernel rodata", "Kernel bss",
		"Kernel image", "Crash kernel",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct text rest = *name;

		if (take(&rest, names[i]) && rest.at == rest.end)
			return true;
	}
	return false;
}

/*
 * Read the rest of the line as a type's number in parentheses. False if it is not.
 */
static bool take_kexec_type(const struct text *text, struct map_line *line)
{
	struct text rest = *text;
	uint64_t number = 0;

	if (!take(&rest, "(") || !is_decimal(&rest))
		return false;
	for (; is_decimal(&rest) && number <= UINT32_MAX; rest.at++)
		number = number * 10 + (uint64_t)(*rest.at - '0');
	if (!take(&rest, ")") || rest.at < rest.end || number > UINT32_MAX)
		return false;
	line->type = (enum boot_mem_type)number;
	return true;
}

/*
 * Read a line that begins with a range.
 */
static enum map_form read_range(struct text *text, struct map_line *line)
{
	const char *start = text->at;
	bool fits = take_number(text, &line->start);
	enum map_form other;

	/* Eight digits and a minus are neither a date nor a word. */
	other = text->at - start < 8 ? MAP_OTHER : MAP_DAMAGED;
	skip_blanks(text);
	if (!take(text, "-"))
		return MAP_OTHER;
	skip_blanks(text);
	start = text->at;
	if (!take_number(text, &line->end) || !fits)
		return text->at - start < 8 ? other : MAP_DAMAGED;
	if (text->at < text->end && *text->at == '-')
		return MAP_OTHER;
	if (text->at < text->end && !is_blank(*text->at) && *text->at != ':' &&
	    *text->at != '(')
		return other;
	skip_blanks(text);

	if (take(text, ":")) {
		take_type(text, line);
		/* A device's range with no size is not in use. */
		if (line->start > line->end)
			return line->memory ? MAP_DAMAGED : MAP_NOTHING;
		end_is_last(line);
		line->own = is_own(text);
		line->name = text->at;
		line->name_size = (size_t)(text->end - text->at);
		return MAP_IOMEM;
	}
	if (take_kexec_type(text, line)) {
		if (line->start > line->end)
			return MAP_DAMAGED;
		end_is_last(line);
		return MAP_KEXEC;
	}
	if (take(text, "(")) {
		line->view = MAP_VIEW_BIOS;
		if (*--text->end != ')' || !take_type(text, line) ||
		    line->start > line->end)
			return MAP_DAMAGED;
		return MAP_LOG;
	}
	return take_type(text, line) && line->start < line->end ? MAP_PLAIN : MAP_DAMAGED;
}

void map_read_line(const char *from, size_t size, struct map_line *line)
{
	struct text text = { from, from };

	while (text.end < from + size && *text.end != '#')
		text.end++;
	*line = (struct map_line){ .form = MAP_NOTHING };
	/* Quoted, as in a mail. */
	do
		skip_blanks(&text);
	while (take(&text, ">"));
	if (text.at == text.end)
		return;
	line->view = take_label(&text);
	if (line->view) {
		line->form = read_log(&text, line);
		return;
	}
	take_stamp(&text);
	line->view = MAP_VIEW_TEXT;
	if (!take(&text, "[mem ")) {
		line->form = read_range(&text, line);
		return;
	}
	/* Without its label: one of several messages with a range. */
	text.at -= sizeof("[mem ") - 1;
	line->view = MAP_VIEW_BIOS;
	if (read_log(&text, line) == MAP_LOG)
		line->form = MAP_LOG;
	else
		line->form = MAP_OTHER;
}

bool map_starts_with(const char *from, size_t size, const char *with)
{
	struct text text = { from, from + size };

	skip_blanks(&text);
	return take(&text, with);
}

/*
 * Is what precedes the '#', '$' or '%' of a line a shell prompt? That is nothing, one
 * word, something in brackets, or words of which the last is a path.
 */
static bool is_prompt(struct text text)
{
	const char *word;

	skip_blanks(&text);
	if (text.at == text.end || (*text.at == '[' && text.end[-1] == ']'))
		return true;
	for (word = text.end; word > text.at && !is_blank(word[-1]); word--)
		;
	if (word > text.at)
		return *word == '/' || *word == '~';
	/* A number is part of a map. */
	return digit(*word) > 9;
}

bool map_is_noise(const char *from, size_t size)
{
	struct text text = { from, from + size }, rest;

	skip_blanks(&text);
	if (take_stamp(&text) || take(&text, "```"))
		return true;
	for (rest = text; rest.at < rest.end; rest.at++) {
		struct text word = rest;

		if (take(&word, "/proc/iomem"))
			return true;
	}
	for (rest = text; rest.at < rest.end; rest.at++) {
		if (*rest.at != '#' && *rest.at != '$' && *rest.at != '%')
			continue;
		if (rest.at + 1 < rest.end && !is_blank(rest.at[1]))
			continue;
		return is_prompt((struct text){ text.at, rest.at });
	}
	return false;
}
