/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every error has a unique id, a text whose placeholders all mean something, a
 * hint, a group, and an entry in docs/errors.md; writing it never overflows.
 * Runs in the project's folder.
 */
#include "support.h"

#include <ctype.h>

struct error_row {
	const char *name, *id, *text, *hint;
};

static const struct error_row errors[] = {
#define ROW(name, id, group, text, hint) { #name, id, text, hint },
	KIMG_ERRORS(ROW)
#undef ROW
};

static void test_ids(void **state)
{
	(void)state;
	assert_int_equal(sizeof(errors) / sizeof(errors[0]), KIMG_E_COUNT);
	for (uint32_t i = 0; i < KIMG_E_COUNT; i++) {
		assert_string_equal(kimg_error_id(i), errors[i].id);
		for (const char *c = errors[i].id; *c; c++)
			if (!islower((unsigned char)*c) && *c != '-' && !isdigit((unsigned char)*c))
				fail_msg("id '%s'", errors[i].id);
		for (uint32_t j = 0; j < i; j++)
			if (!strcmp(errors[i].id, errors[j].id))
				fail_msg("id '%s' twice", errors[i].id);
	}
	assert_int_equal(KIMG_E_OK, 0);
	assert_string_equal(kimg_error_id(KIMG_E_COUNT), "unknown");
	assert_string_equal(kimg_error_id(UINT32_MAX), "unknown");
	assert_int_equal(kimg_error_group(KIMG_E_COUNT), KIMG_GROUP_NONE);
	assert_int_equal(kimg_error_group(KIMG_E_OK), KIMG_GROUP_NONE);
	for (uint32_t i = 1; i < KIMG_E_COUNT; i++)
		assert_int_not_equal(kimg_error_group(i), KIMG_GROUP_NONE);
}

/* Only placeholders that kimg_errors.h lists. */
static bool good_placeholders(const char *text)
{
	static const char *const known[] = {
		"{seg}", "{other}", "{a}", "{b}", "{c}", "{d}",
		"{a:x}", "{b:x}", "{c:x}", "{d:x}", "{a:s}", "{b:s}", "{c:s}", "{d:s}",
		"{b:l}",
	};

	for (const char *c = text; *c; c++) {
		size_t i = 0;

		if (*c == '}')
			return false;
		if (*c != '{')
			continue;
		while (i < sizeof(known) / sizeof(known[0]) &&
		       strncmp(c, known[i], strlen(known[i])))
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			return false;
		c += strlen(known[i]) - 1;
	}
	return true;
}

static void test_words(void **state)
{
	char text[256];

	(void)state;
	assert_false(good_placeholders("{e}") || good_placeholders("{a:d}") ||
		     good_placeholders("{seg") || good_placeholders("x}"));
	for (uint32_t i = 0; i < KIMG_E_COUNT; i++) {
		struct kimg_why why = { .error = i, .seg = UINT32_MAX,
			.other = UINT32_MAX, .a = UINT64_MAX, .b = UINT64_MAX,
			.c = UINT64_MAX, .d = UINT64_MAX };

		if (!errors[i].text[0] || (i && !errors[i].hint[0]))
			fail_msg("%s has no text or no hint", errors[i].id);
		if (!good_placeholders(errors[i].text) || !good_placeholders(errors[i].hint))
			fail_msg("%s: unknown placeholder", errors[i].id);
		/* Whatever the numbers are, 256 bytes suffice. */
		if (kimg_explain(&why, text, sizeof(text)) >= sizeof(text) - 1 ||
		    strchr(text, '{') || strchr(text, '\n'))
			fail_msg("%s: '%s'", errors[i].id, text);
		if (kimg_hint(&why, text, sizeof(text)) >= sizeof(text) - 1 ||
		    strchr(text, '{'))
			fail_msg("%s: hint '%s'", errors[i].id, text);
	}
}

/* Every size of buffer: the beginning of the whole text, always terminated. */
static void test_cut(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < KIMG_E_COUNT + 1; i++) {
		struct kimg_why why = { .error = i, .seg = 3, .other = 12, .a = 0x1234,
			.b = 5000000000, .c = 0, .d = 1 };
		char whole[256], part[256];
		size_t length = kimg_explain(&why, whole, sizeof(whole));

		assert_int_equal(strlen(whole), length);
		for (size_t size = 0; size < length + 3; size++) {
			char *heap = malloc(size ? size : 1);	/* its end is guarded */
			size_t want = size ? (length < size ? length : size - 1) : 0;

			heap[0] = 'x';
			assert_int_equal(kimg_explain(&why, heap, size), want);
			if (size)
				assert_true(!memcmp(heap, whole, want) && !heap[want]);
			else
				assert_int_equal(heap[0], 'x');
			free(heap);
			kimg_hint(&why, part, size);
		}
	}
}

static void says(enum kimg_error error, struct kimg_why why, const char *wanted)
{
	char text[256];

	why.error = error;
	kimg_explain(&why, text, sizeof(text));
	assert_string_equal(text, wanted);
}

static void test_numbers(void **state)
{
	(void)state;
	says(KIMG_E_SEGMENT_OVERLAP,
	     (struct kimg_why){ .seg = 1, .other = 0, .a = 0x1000, .b = 0x3000, .c = 0,
				.d = 0xfffffffffffff000 },
	     "segment 1 (0x1000 to 0x3000) overlaps segment 0 (0x0 to 0xfffffffffffff000)");
	says(KIMG_E_SEGMENT_BUFFER,
	     (struct kimg_why){ .seg = 15, .a = UINT64_MAX, .b = 10000000000000000000u },
	     "segment 15 has 18446744073709551615 bytes of data for "
	     "10000000000000000000 bytes of memory");
	says(KIMG_E_NO_MEMORY, (struct kimg_why){ .a = 10, .b = 0 },
	     "the image needs 10 pages, the system gave 0");
	says(KIMG_E_SEGMENT_UNALIGNED, (struct kimg_why){ .a = 1, .b = 2, .c = 4096 },
	     "segment 0 from 0x1 to 0x2 does not start and end on pages of 4 KiB");
	says(KIMG_E_SEGMENT_UNALIGNED, (struct kimg_why){ .a = 1, .b = 2, .c = 65536 },
	     "segment 0 from 0x1 to 0x2 does not start and end on pages of 64 KiB");
	says(KIMG_E_SEGMENT_UNALIGNED,
	     (struct kimg_why){ .a = 1, .b = 2, .c = UINT64_MAX },
	     "segment 0 from 0x1 to 0x2 does not start and end on pages of "
	     "17179869184 GiB");
}

static void test_lists(void **state)
{
	static const struct {
		uint64_t bits, base;
		const char *text;
	} lists[] = {
		{ 0x1, 0, "0" }, { 0x2, 0, "1" }, { 0x3, 0, "0-1" }, { 0x2f, 0, "0-3,5" },
		{ 0xa8, 64, "67,69,71" }, { UINT64_MAX, 64, "64-127" },
		{ 0x8000000000000001, 0, "0,63" }, { 0xc000000000000000, 8128, "8190-8191" },
		{ 0, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		char want[128];

		snprintf(want, sizeof(want), "CPUs are offline (%s): they wait in memory "
			 "that the leap overwrites", lists[i].text);
		says(KIMG_E_CPUS_OFFLINE, (struct kimg_why){ .a = 3, .b = lists[i].bits,
							     .c = lists[i].base }, want);
	}
}

/* docs/errors.md has "### `id`" for each, and for nothing else. */
static void test_documented(void **state)
{
	bool found[KIMG_E_COUNT] = { false };
	char line[512];
	FILE *file = fopen("docs/errors.md", "r");

	(void)state;
	if (!file)
		fail_msg("docs/errors.md cannot be read");
	while (fgets(line, sizeof(line), file)) {
		char *end;
		uint32_t i;

		if (strncmp(line, "### `", 5))
			continue;
		end = strchr(line + 5, '`');
		assert_non_null(end);
		*end = '\0';
		for (i = 0; i < KIMG_E_COUNT && strcmp(line + 5, kimg_error_id(i)); i++)
			;
		if (i == KIMG_E_COUNT)
			fail_msg("docs/errors.md explains '%s', which is no error", line + 5);
		if (found[i])
			fail_msg("docs/errors.md explains '%s' twice", line + 5);
		found[i] = true;
	}
	fclose(file);
	for (uint32_t i = 0; i < KIMG_E_COUNT; i++)
		if (!found[i])
			fail_msg("docs/errors.md lacks '%s'", kimg_error_id(i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
