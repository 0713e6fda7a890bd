/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzer: what a file is, and the parts of a unified kernel image.
 *
 * The file begins like one of many formats and continues with the input's bytes. Every
 * file gets a name and a hint; the name does not depend on where the bytes lie in memory.
 * The parts of a UKI lie inside the file, and a second parser of the section table, written
 * from the specification of PE, finds the same.
 */
#include "files.h"
#include "fuzz.h"

#include "boot.h"
#include "identify.h"

static void take_marks(struct input *input, unsigned char *file, size_t size)
{
	static const struct {
		size_t at;
		const char *bytes;
		size_t size;
	} marks[] = {
		{ 0x1fe, "\x55\xaa\xeb\x6aHdrS\x0f\2", 10 }, { 0, "MZ", 2 }, { 0, "\177ELF\2\1", 6 },
		{ 0, "\177ELF\1\1", 6 }, { 0, "\177ELF\1\2", 6 }, { 0x3c, "\x40\0\0\0", 4 },
		{ 0x40, "PE\0\0\x64\x86\x8\0", 8 }, { 4, "zimg", 4 }, { 0, "\x27\x05\x19\x56", 4 },
		{ 0, "\xd0\x0d\xfe\xed\0\0\1\0", 8 }, { 0x80, "\0\0\0\1images\0", 11 },
		{ 0, "070701", 6 }, { 0x80, ".linux\0\0", 8 }, { 0xa8, ".initrd\0", 8 },
		{ 0xd0, ".profile", 8 }, { 0xf8, ".cmdline", 8 }, { 0x120, ".profile", 8 },
		{ 0x148, ".ucode\0\0", 8 }, { 0x88, "\x40\0\0\0\0\0\0\0\x10\0\0\0\0\1\0\0", 16 },
		{ 0xb0, "\x10\0\0\0\0\0\0\0\x40\0\0\0\xf0\2\0\0", 16 },
		{ 0x58, ".cmdline\7\0\0\0\0\0\0\0\7\0\0\0\0\1\0\0", 24 },
	 { 0, "\x50\x2a\x4d\x18", 4 }, { 0, "\x5d\0\0\x80\0", 5 },
		{ 0x100, "Linux version ", 14 }, { 0x200, "\xd6\x50\x52\xe8", 4 },
		{ 0x204, "\2\xb0\xad\x1b\0\0\0\0\xfe\x4f\x52\xe4", 12 },
	};

	for (uint64_t i = take(input, 1) % 8; i > 0; i--) {
		size_t mark = take(input, 1) % (sizeof(marks) / sizeof(marks[0]));

		for (size_t k = 0; k < marks[mark].size && marks[mark].at + k < size; k++)
			file[marks[mark].at + k] = (unsigned char)marks[mark].bytes[k];
	}
}

static void judge_identity(const unsigned char *file, size_t size,
			   const struct boot_identity *identity)
{
	struct boot_identity again;
	unsigned char *copy = malloc(size + 1);
	size_t length = strnlen(identity->name, sizeof(identity->name));

	HOLDS(copy && length && length < sizeof(identity->name));
	for (size_t i = 0; i < length; i++)
		HOLDS(identity->name[i] >= ' ' && identity->name[i] < 0x7f);
	HOLDS(identity->advice && identity->advice[0]);
	HOLDS(identity->kind <= BOOT_KIND_PACKED);
	HOLDS((identity->kind == BOOT_KIND_EMPTY) == !size);
	memcpy(copy + 1, file, size);
	memset(&again, 0x5a, sizeof(again));
	boot_identify(copy + 1, size, &again);
	HOLDS(again.kind == identity->kind && !strcmp(again.name, identity->name));
	free(copy);
}

/* The first section of this name among those numbered `from` to before `end`; or none. */
static bool find_section(const unsigned char *file, size_t size, const char *name,
			 size_t from, size_t end, size_t *index)
{
	size_t header = (size_t)get(file, 0x3c, 4);
	size_t table = header + 24 + (size_t)get(file, header + 20, 2);

	for (*index = from; *index < end; ++*index)
		if (table + *index * 40 + 40 <= size &&
		    !strncmp((const char *)file + table + *index * 40, name, 8))
			return true;
	return false;
}

static void judge_parts(const unsigned char *file, size_t size)
{
	static const char *const names[] = { ".linux", ".ucode", ".initrd", ".cmdline" };
	size_t header = (size_t)get(file, 0x3c, 4), first, second, index;
	size_t table = header + 24 + (size_t)get(file, header + 20, 2);
	size_t sections = (size_t)get(file, header + 6, 2);
	struct boot_piece part[BOOT_UKI_PARTS];
	struct kimg_why why = { 0 };

	if (boot_uki_open(file, size, part, &why)) {
		HOLDS(why.error == KIMG_E_FILE_TRUNCATED && why.b > why.a && why.a == size);
		return;
	}
	find_section(file, size, ".profile", 0, sections, &first);
	find_section(file, size, ".profile", first + 1, sections, &second);
	if (first > sections)
		first = sections;
	for (unsigned int i = 0; i < 4; i++) {
		uint64_t data, raw;

		if (!find_section(file, size, names[i], first, second, &index) &&
		    !find_section(file, size, names[i], 0, first, &index)) {
			HOLDS(!part[i].size);
			continue;
		}
		data = get(file, table + index * 40 + 8, 4);
		raw = get(file, table + index * 40 + 16, 4);
		HOLDS(part[i].size == (data < raw ? data : raw));
		HOLDS((const unsigned char *)part[i].data ==
		      file + get(file, table + index * 40 + 20, 4));
		HOLDS(part[i].size <= size && part[i].data <= (const void *)(file + size - part[i].size));
	}
}

/* An EFI program of some sections. */
static unsigned char *take_pe(struct input *input, size_t *size)
{
	static const char *const names[] = {
		".linux", ".ucode", ".initrd", ".cmdline", ".profile", ".profile", ".osrel", ".text",
	};
	static unsigned char data[256];
	struct section section[16];
	unsigned int count = (unsigned int)take(input, 1) % 16;

	for (unsigned int i = 0; i < count; i++)
		section[i] = (struct section){ names[take(input, 1) % 8], data,
					       (size_t)take(input, 1), (size_t)take(input, 1) };
	return bake_pe(take(input, 1) % 4 ? 0x8664 : (unsigned int)take(input, 2), section, count, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size };
	struct boot_identity identity;
	unsigned char *file;

	if (take(&input, 1) % 4 == 1) {
		file = take_pe(&input, &size);
	} else {
		size = (size_t)take(&input, 2) % 2200;
		file = malloc(size ? size : 1);
		HOLDS(file);
		memset(file, (int)take(&input, 1), size);
		if (take(&input, 1) % 2)
			take_bytes(&input, file, size < input.left ? size : input.left);
		take_marks(&input, file, size);
	}
	/* Numbers in the first headers. */
	for (uint64_t i = take(&input, 1) % 4; i > 0 && size > 128; i--) {
		size_t at = (size_t)take(&input, 1) % 60;

		put(file, at, take_odd(&input), 8);
	}
	for (uint64_t i = take(&input, 1) % 16; i > 0 && size; i--) {
		size_t at = (size_t)take(&input, 2) % size;
		size_t count = (size_t)take(&input, 1) % 9;

		take_bytes(&input, file + at, count < size - at ? count : size - at);
	}
	memset(&identity, 0xa5, sizeof(identity));
	boot_identify(file, size, &identity);
	judge_identity(file, size, &identity);
	/* A cpio archive says at most 4 GiB a file, and a file takes 110 bytes. */
	HOLDS(boot_unpacked_size(file, size) <= (1ull << 50) + ((uint64_t)size << 32));
	if (identity.kind == BOOT_KIND_UKI)
		judge_parts(file, size);
	free(file);
	return 0;
}
