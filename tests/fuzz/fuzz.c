/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the fuzzers share: fuzz.h says what. */
#include "fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);

/* The tests' helpers end a test by cmocka's means: let it crash instead. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return setenv("CMOCKA_TEST_ABORT", "1", 1);
}

uint64_t take(struct input *input, unsigned int bytes)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < bytes && input->left; i++, input->left--)
		value |= (uint64_t)*input->at++ << (8 * i);
	return value;
}

uint64_t take_below(struct input *input, uint64_t sides)
{
	unsigned int bytes = 1;

	while (bytes < 8 && sides > (uint64_t)1 << (8 * bytes))
		bytes++;
	return take(input, bytes) % sides;
}

uint64_t take_odd(struct input *input)
{
	uint64_t kind = take(input, 1);

	switch (kind % 4) {
	case 0:
		return kind / 4;
	case 1:		/* a power of two, and a few more or less */
		return ((uint64_t)1 << kind / 4) + (uint64_t)(int8_t)take(input, 1);
	case 2:		/* whole pages below 4 GiB */
		return take(input, 3) << 12 & UINT32_MAX;
	default:
		return take(input, 1 + (unsigned int)(kind / 4 % 8));
	}
}

void take_bytes(struct input *input, void *to, size_t size)
{
	size_t have = size < input->left ? size : input->left;

	if (have)
		memcpy(to, input->at, have);
	memset((char *)to + have, 0, size - have);
	input->at += have;
	input->left -= have;
}

struct input take_part(struct input *input, size_t size)
{
	struct input part = { input->at, size < input->left ? size : input->left };

	input->at += part.left;
	input->left -= part.left;
	return part;
}

void broken(const char *what, ...)
{
	va_list arguments;

	fputs("BROKEN: ", stderr);
	va_start(arguments, what);
	vfprintf(stderr, what, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	abort();
}
