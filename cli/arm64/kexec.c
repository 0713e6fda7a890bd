// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What kexec_file_load(2) has of its own on arm64: arch/arm64/kernel/kexec_image.c in Linux.
 */
#include "arm64.h"

/* COMMAND_LINE_SIZE, with a terminator. */
#define LINE_MAX 2047u

/* image_load() looks at less, and a damaged Image stops. */
static enum kimg_error check(const struct kernel *file, struct kimg_why *why)
{
	struct boot_image image;

	return file->identity.kind == BOOT_KIND_IMAGE ?
		boot_image_open(file->data, file->size, &image, why) : KIMG_OK;
}

static struct boot_image header_of(const struct kernel *file)
{
	struct boot_image image = { 0 };
	struct kimg_why why;

	boot_image_open(file->data, file->size, &image, &why);
	return image;
}

/* Byte order and size of pages depend on the processor; note_kernel() is for these. */
static const char *obstacle(const struct kernel *file)
{
	if (file->identity.kind != BOOT_KIND_IMAGE)
		return "it is not an Image";
	if (!header_of(file).size)
		return "its header does not say how much memory it needs (image_size)";
	return NULL;
}

/* The kernel takes memory from a boundary of 2 MiB on. */
static uint64_t room(const struct kernel *file)
{
	struct boot_image image = header_of(file);

	return image.text_offset + image.size;
}

static uint64_t line_max(const struct kernel *file)
{
	(void)file;
	return LINE_MAX;
}

const struct file_loader arm64_file_loader = {
	.check = check, .obstacle = obstacle, .room = room, .line_max = line_max,
};
