// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Options on a kernel command line.
 */
#include "boot.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

static bool ends_word(char c)
{
	return !c || is_blank(c);
}

/*
 * If `text` begins with `name`, and nothing follows a name without a value: what comes
 * after it. Else NULL.
 */
static const char *after_name(const char *text, const char *name)
{
	size_t i;

	for (i = 0; name[i]; i++)
		if (text[i] != name[i])
			return NULL;
	return name[i - 1] == '=' || ends_word(text[i]) ? text + i : NULL;
}

/* The value of the first option of that name, or of the last. A word `starts` at the text. */
static const char *find(const char *line, const char *name, bool starts, bool first)
{
	const char *found = NULL, *after;
	bool quoted = false;

	for (; line && *line; line++) {
		after = starts ? after_name(line, name) : NULL;
		if (after)
			found = after;
		if (found && first)
			break;
		if (starts && line[0] == '-' && line[1] == '-' && ends_word(line[2]))
			break;
		if (*line == '"')
			quoted = !quoted;
		starts = !quoted && is_blank(*line);
	}
	return found;
}

const char *boot_find_option(const char *line, const char *name)
{
	return find(line, name, true, false);
}

const char *boot_next_option(const char *line, const char *last, const char *name)
{
	return last ? find(last, name, false, true) : find(line, name, true, true);
}

uint64_t boot_option_number(const char *text, const char **end)
{
	static const char units[] = "kmgtpe", digits[] = "0123456789abcdef";
	uint64_t value = 0, base = 10, digit, i;

	if (text[0] == '"')
		text++;
	if (text[0] == '0')
		base = (text[1] | 0x20) == 'x' ? 16 : 8;
	if (base == 16)
		text += 2;
	for (;; text++) {
		for (digit = 0; digit < base; digit++)
			if ((*text | 0x20) == digits[digit] || *text == digits[digit])
				break;
		if (digit == base)
			break;
		value = value > UINT64_MAX / 32 ? UINT64_MAX / 2 : value * base + digit;
	}
	for (i = 0; units[i]; i++)
		if ((*text | 0x20) == units[i]) {
			*end = text + 1;
			return value > UINT64_MAX >> 10 * (i + 1) ? UINT64_MAX :
			       value << 10 * (i + 1);
		}
	*end = text;
	return value;
}

uint64_t boot_option_bytes(const char *text)
{
	const char *end;

	return boot_option_number(text, &end);
}
