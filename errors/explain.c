/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Error messages: ids, groups, and lines of text with their numbers. */
#include "kimg.h"

struct words {
	const char *id, *text, *hint;
	enum kimg_group group;
};

static const struct words words[] = {
#define WORDS(name, id, group, text, hint) { id, text, hint, KIMG_GROUP_##group },
	KIMG_ERRORS(WORDS)
#undef WORDS
};

const char *kimg_error_id(uint32_t error)
{
	return error < KIMG_E_COUNT ? words[error].id : "unknown";
}

enum kimg_group kimg_error_group(uint32_t error)
{
	return error < KIMG_E_COUNT ? words[error].group : KIMG_GROUP_NONE;
}

/* A string being written, cut where its memory ends. */
struct line {
	char *to;
	size_t size, length;
};

static void put_char(struct line *line, char c)
{
	if (line->length + 1 < line->size)
		line->to[line->length++] = c;
}

static void put_string(struct line *line, const char *string)
{
	while (*string)
		put_char(line, *string++);
}

static void put_hex(struct line *line, uint64_t number)
{
	unsigned int shift = 60;

	put_string(line, "0x");
	while (shift && !(number >> shift))
		shift -= 4;
	for (;; shift -= 4) {
		put_char(line, "0123456789abcdef"[number >> shift & 15]);
		if (!shift)
			return;
	}
}

/* Decimal without a 64-bit division: double the digits, bit by bit. */
static void put_decimal(struct line *line, uint64_t number)
{
	unsigned char digit[20] = { 0 };	/* the lowest first */
	unsigned int i, bit, top = sizeof(digit) - 1;

	for (bit = 64; bit--;) {
		unsigned int carry = number >> bit & 1;

		for (i = 0; i < sizeof(digit); i++) {
			unsigned int twice = 2u * digit[i] + carry;

			carry = twice >= 10;
			digit[i] = (unsigned char)(carry ? twice - 10 : twice);
		}
	}
	while (top && !digit[top])
		top--;
	for (i = top + 1; i--;)
		put_char(line, (char)('0' + digit[i]));
}

/* A size in the largest unit that is exact, or leaves at least two digits. */
static void put_size(struct line *line, uint64_t size)
{
	static const char unit[][5] = { " B", " KiB", " MiB", " GiB" };
	unsigned int i = 0;

	while (i < 3 && size && (size >= 10240 || !(size & 1023))) {
		size = (size >> 10) + (size >> 9 & 1);
		i++;
	}
	put_decimal(line, size);
	put_string(line, unit[i]);
}

/* The bits that are set, as in 64-67,69; bit 0 stands for `base`. */
static void put_list(struct line *line, uint64_t bits, uint64_t base)
{
	unsigned int bit, first;

	for (bit = 0; bit < 64; bit++) {
		if (!(bits >> bit & 1))
			continue;
		if (bits << (63 - bit) << 1)
			put_char(line, ',');
		first = bit;
		while (bit < 63 && bits >> (bit + 1) & 1)
			bit++;
		put_decimal(line, base + first);
		if (bit == first)
			continue;
		put_char(line, '-');
		put_decimal(line, base + bit);
	}
}

/* The number that a placeholder names: {seg}, {other}, {a} to {d}. */
static uint64_t named(const struct kimg_why *why, const char *name)
{
	switch (*name) {
	case 's':
		return why->seg;
	case 'o':
		return why->other;
	case 'a':
		return why->a;
	case 'b':
		return why->b;
	case 'c':
		return why->c;
	default:
		return why->d;
	}
}

/* Write `text` with its placeholders filled in, cut to `size`. */
static size_t fill_in(const struct kimg_why *why, const char *text, char *to,
		      size_t size)
{
	struct line line = { to, size, 0 };

	while (*text) {
		uint64_t number;
		char form = 'd';

		if (*text != '{') {
			put_char(&line, *text++);
			continue;
		}
		number = named(why, ++text);
		for (; *text != '}'; text++)
			if (*text == ':')
				form = text[1];
		text++;
		if (form == 'x')
			put_hex(&line, number);
		else if (form == 's')
			put_size(&line, number);
		else if (form == 'l')
			put_list(&line, why->b, why->c);
		else
			put_decimal(&line, number);
	}
	if (size)
		to[line.length] = 0;
	return line.length;
}

size_t kimg_explain(const struct kimg_why *why, char *to, size_t size)
{
	return fill_in(why, why->error < KIMG_E_COUNT ?
		       words[why->error].text : "unknown error", to, size);
}

size_t kimg_hint(const struct kimg_why *why, char *to, size_t size)
{
	return fill_in(why, why->error < KIMG_E_COUNT ?
		       words[why->error].hint : "", to, size);
}
