// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * --type: kexec(8)'s names for the types of kernel files that can be loaded, and uki.
 */
#include "cli.h"

#include <string.h>

static const char *const types[] = { "bzImage", "bzImage64", "elf-x86", "elf-x86_64", "zImage",
				     "Image", "uki" };

bool is_kernel_type(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i], name))
			return true;
	return false;
}

/* Has the file these bytes at this offset? */
static bool has(const struct mapping *file, size_t at, const char *bytes, size_t count)
{
	return at <= file->size && count <= file->size - at &&
	       !memcmp((const char *)file->data + at, bytes, count);
}

/*
 * Is the unpacked kernel of this type? A 64-bit bzImage is a bzImage, too; bit 0 of
 * xloadflags says that it is 64-bit, since boot protocol 2.12.
 */
static bool is_of_type(const struct kernel *kernel, const char *type)
{
	const struct mapping inside = { kernel->data, kernel->size }, *file = &inside;
	const unsigned char *data = file->data;
	bool is_bzimage = file->size > 0x236 && has(file, 0x202, "HdrS", 4);

	if (kernel->is_uki || !strcmp(type, "uki"))
		return kernel->is_uki && !strcmp(type, "uki");
	if (!strcmp(type, "zImage"))
		return kernel->identity.kind == BOOT_KIND_ZIMAGE;
	if (!strcmp(type, "Image"))
		return kernel->identity.kind == BOOT_KIND_IMAGE;
	if (!strcmp(type, "bzImage"))
		return is_bzimage;
	if (!strcmp(type, "bzImage64"))
		return is_bzimage && (data[0x207] << 8 | data[0x206]) >= 0x20c && data[0x236] & 1;
	if (!strcmp(type, "elf-x86"))
		return has(file, 0, "\177ELF\1\1", 6) && has(file, 18, "\3", 2);
	return has(file, 0, "\177ELF\2\1", 6) && has(file, 18, "\76", 2);
}

int check_type(const struct options *options, const struct kernel *kernel)
{
	const char *of = NULL;
	size_t i;

	if (!options->type || is_of_type(kernel, options->type))
		return EXIT_OK;
	for (i = 0; i < sizeof(types) / sizeof(types[0]) && !of; i++)
		if (is_of_type(kernel, types[i]))
			of = types[i];
	return say_error(EXIT_REFUSED, "leave --type out, or give the type that the file has",
			 "%s is not of type %s%s%s", options->kernel, options->type,
			 of ? " but of type " : "", of ? of : "");
}
