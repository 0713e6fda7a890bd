/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Synthetic files of formats other than bzImage: ELF and PE, with offsets from the
 * text of their specifications.
 */
#ifndef FILES_H
#define FILES_H

#include "synthetic.h"

/* A program header, and what it loads. */
struct part {
	uint64_t physical, memory;
	size_t at, size;		/* in the file */
	uint64_t virtual;
};

/*
 * An ELF file of `size` bytes, with the headers of `count` parts after its own. The
 * caller's to free(). `wide`: of 64 bits.
 */
static inline unsigned char *bake_elf(bool wide, unsigned int type, unsigned int machine,
				      uint64_t entry, const struct part *part,
				      unsigned int count, size_t size)
{
	size_t header = wide ? 64 : 52, each = wide ? 56 : 32;
	unsigned char *file = calloc(1, size);

	assert_non_null(file);
	assert_true(header + count * each <= size);
	memcpy(file, "\177ELF", 4);
	put(file, 4, wide ? 2 : 1, 1);
	put(file, 5, 1, 1);
	put(file, 6, 1, 1);
	put(file, 16, type, 2);
	put(file, 18, machine, 2);
	put(file, 20, 1, 4);
	put(file, 24, entry, wide ? 8 : 4);
	put(file, wide ? 32 : 28, header, wide ? 8 : 4);
	put(file, wide ? 52 : 40, header, 2);
	put(file, wide ? 54 : 42, each, 2);
	put(file, wide ? 56 : 44, count, 2);
	for (unsigned int i = 0; i < count; i++) {
		size_t at = header + i * each;

		put(file, at, 1, 4);
		if (wide) {
			put(file, at + 8, part[i].at, 8);
			put(file, at + 16, part[i].virtual, 8);
			put(file, at + 24, part[i].physical, 8);
			put(file, at + 32, part[i].size, 8);
			put(file, at + 40, part[i].memory, 8);
		} else {
			put(file, at + 4, part[i].at, 4);
			put(file, at + 8, part[i].virtual, 4);
			put(file, at + 12, part[i].physical, 4);
			put(file, at + 16, part[i].size, 4);
			put(file, at + 20, part[i].memory, 4);
		}
	}
	return file;
}

/* A section of a PE file: its data, and how much of them is padding. */
struct section {
	const char *name;
	const void *data;
	size_t size, padding;
};

#define PE_AT 0x80u
#define PE_SECTIONS (PE_AT + 24u + 112u)

/* An EFI program with these sections, one after another from offset 0x400. */
static inline unsigned char *bake_pe(unsigned int machine, const struct section *section,
				     unsigned int count, size_t *size)
{
	unsigned char *file;
	size_t at = 0x400;

	assert_true(PE_SECTIONS + count * 40 <= at);
	*size = at;
	for (unsigned int i = 0; i < count; i++)
		*size += section[i].size + section[i].padding;
	file = calloc(1, *size);
	assert_non_null(file);
	memcpy(file, "MZ", 2);
	put(file, 0x3c, PE_AT, 4);
	memcpy(file + PE_AT, "PE\0", 4);
	put(file, PE_AT + 4, machine, 2);
	put(file, PE_AT + 6, count, 2);
	put(file, PE_AT + 20, 112, 2);
	put(file, PE_AT + 24, 0x20b, 2);
	put(file, PE_AT + 24 + 68, 10, 2);
	for (unsigned int i = 0; i < count; i++) {
		size_t header = PE_SECTIONS + i * 40;

		strncpy((char *)file + header, section[i].name, 8);
		put(file, header + 8, section[i].size, 4);
		put(file, header + 16, section[i].size + section[i].padding, 4);
		put(file, header + 20, at, 4);
		if (section[i].size)
			memcpy(file + at, section[i].data, section[i].size);
		at += section[i].size + section[i].padding;
	}
	return file;
}

#endif
