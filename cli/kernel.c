// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Opening a kernel file: unpack it, take a unified kernel image apart, until there is a
 * kernel or a file of another kind.
 */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Enough of a file to tell what it is. */
#define START_SIZE 65536u

/*
 * Report that the file cannot be loaded because of what it is.
 */
static int say_not_loadable(const char *path, const struct kernel *kernel,
			    const struct boot_identity *identity)
{
	char text[MESSAGE_MAX];
	uint32_t error = identity->kind == BOOT_KIND_EMPTY ? KIMG_E_FILE_TRUNCATED :
			 identity->kind == BOOT_KIND_REAL_MODE ? KIMG_E_FILE_REAL_MODE :
			 KIMG_E_FILE_MAGIC;

	snprintf(text, sizeof(text), "cannot load %s: it is %s%s", path, identity->name,
		 kernel->wrapping);
	return say_refused(error, text, identity->advice);
}

static void add_wrapping(struct kernel *kernel, const char *before, const char *name)
{
	size_t size = sizeof(kernel->wrapping), length = strlen(before) + strlen(name);

	/* From the inside out. There is room for the deepest nesting. */
	memmove(kernel->wrapping + length, kernel->wrapping, size - length);
	memcpy(kernel->wrapping, before, strlen(before));
	memcpy(kernel->wrapping + strlen(before), name, strlen(name));
	kernel->wrapping[size - 1] = '\0';
}

/*
 * Can a file that begins like this be a kernel? For ELF files only the whole file can
 * tell.
 */
static bool may_be_kernel(const struct boot_identity *identity, const void *start, size_t size)
{
	return identity->cpu != BOOT_CPU_NONE || identity->kind == BOOT_KIND_UKI ||
	       identity->kind == BOOT_KIND_ZBOOT || unpack_method(identity->kind) ||
	       (size > 4 && !memcmp(start, "\177ELF", 4));
}

/*
 * Unpack what is compressed in this way, unless its start shows that it is no kernel.
 */
static int unpack_kernel(const char *path, struct kernel *kernel, enum boot_kind kind)
{
	static unsigned char start[START_SIZE];
	struct boot_identity inside;
	size_t got = sizeof(start), size, left;
	void *data;
	int code;

	add_wrapping(kernel, ", compressed with ", unpack_method(kind));
	if (unpack_start(kind, kernel->data, kernel->size, start, &got)) {
		boot_identify(start, got, &inside);
		if (!may_be_kernel(&inside, start, got))
			return say_not_loadable(path, kernel, &inside);
	}
	code = unpack(path, kind, kernel->data, kernel->size, &data, &size, &left);
	if (code)
		return code;
	kernel->behind = (struct boot_piece){ (const char *)kernel->data + kernel->size - left, left };
	kernel->unpacked[kernel->unpackings++] = data;
	kernel->data = data;
	kernel->size = size;
	return EXIT_OK;
}

/*
 * Take a unified kernel image apart.
 */
static int open_uki(const char *path, struct kernel *kernel)
{
	struct kimg_why why;

	if (boot_uki_open(kernel->data, kernel->size, kernel->part, &why))
		return say_file(path, kernel->identity.name, &why);
	kernel->is_uki = true;
	add_wrapping(kernel, " in ", kernel->identity.name);
	kernel->data = kernel->part[BOOT_UKI_KERNEL].data;
	kernel->size = (size_t)kernel->part[BOOT_UKI_KERNEL].size;
	return EXIT_OK;
}

/*
 * Take the kernel out of an EFI zboot.
 */
static int open_zboot(const char *path, struct kernel *kernel)
{
	struct kimg_why why = { .error = KIMG_E_FILE_TRUNCATED, .a = kernel->size };
	struct boot_piece packed;
	enum boot_kind kind;
	bool whole = boot_zboot_open(kernel->data, kernel->size, &packed, &kind);

	if (!whole) {
		why.b = (uint64_t)((const char *)packed.data - (const char *)kernel->data) + packed.size;
		why.c = why.b - why.a;
		return say_file(path, kernel->identity.name, &why);
	}
	if (!unpack_method(kind) || kernel->unpackings == UNPACKINGS_MAX)
		return say_not_loadable(path, kernel, &kernel->identity);
	kernel->data = packed.data;
	kernel->size = (size_t)packed.size;
	add_wrapping(kernel, " in ", "an EFI zboot");
	return unpack_kernel(path, kernel, kind);
}

int open_kernel(const char *path, struct kernel *kernel)
{
	int code = map_file(path, &kernel->file);

	kernel->data = kernel->file.data;
	kernel->size = kernel->file.size;
	while (!code) {
		boot_identify(kernel->data, kernel->size, &kernel->identity);
		switch (kernel->identity.kind) {
		case BOOT_KIND_BZIMAGE:
		case BOOT_KIND_VMLINUX:
		case BOOT_KIND_ZIMAGE:
		case BOOT_KIND_IMAGE:
			return EXIT_OK;
		case BOOT_KIND_ZBOOT:
			code = open_zboot(path, kernel);
			break;
		case BOOT_KIND_UKI:
			if (kernel->is_uki)
				return say_not_loadable(path, kernel, &kernel->identity);
			code = open_uki(path, kernel);
			break;
		default:
			if (!unpack_method(kernel->identity.kind) ||
			    kernel->unpackings == UNPACKINGS_MAX)
				return say_not_loadable(path, kernel, &kernel->identity);
			code = unpack_kernel(path, kernel, kernel->identity.kind);
		}
	}
	return code;
}

void close_kernel(struct kernel *kernel)
{
	while (kernel->unpackings)
		free(kernel->unpacked[--kernel->unpackings]);
	unmap_file(&kernel->file);
}

/* How long the first word is, with the blank before it. "compressed with gzip" is one. */
static int word_length(const char *text)
{
	static const char packed[] = " compressed with ";
	size_t skip = strncmp(text, packed, strlen(packed)) ? 1 : strlen(packed);

	return (int)(skip + strcspn(text + skip, " "));
}

void print_kind(const struct kernel *kernel, int column)
{
	char text[sizeof(kernel->identity.name) + sizeof(kernel->wrapping)];
	const char *word = text;
	int at = column;

	snprintf(text, sizeof(text), "%s%s", kernel->identity.name, kernel->wrapping);
	while (*word) {
		int length = word_length(word);

		if (at + length > 80) {
			printf("\n%*s", column, "");
			at = column;
			word++;
			length--;
		}
		printf("%.*s", length, word);
		at += length;
		word += length;
	}
}

bool is_no_initrd(const struct mapping *file, char *name, size_t size)
{
	static unsigned char start[START_SIZE];
	struct boot_identity identity;
	const char *method;
	size_t got = sizeof(start);

	boot_identify(file->data, file->size, &identity);
	method = unpack_method(identity.kind);
	if (method) {
		if (!unpack_start(identity.kind, file->data, file->size, start, &got))
			return false;
		boot_identify(start, got, &identity);
	}
	if (identity.kind == BOOT_KIND_INITRD || identity.kind == BOOT_KIND_PACKED ||
	    identity.kind == BOOT_KIND_EMPTY)
		return false;
	snprintf(name, size, "%s%s%s", identity.name, method ? ", compressed with " : "",
		 method ? method : "");
	return true;
}
