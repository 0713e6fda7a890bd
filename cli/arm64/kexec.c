// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What kexec's system calls have of their own on arm64: arch/arm64/kernel/kexec_image.c and
 * smp.c in Linux. Kernels of another kind are not for this processor.
 */
#include "arm64.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#define CPUS "/sys/firmware/devicetree/base/cpus"
#define POSSIBLE "/sys/devices/system/cpu/possible"

/* COMMAND_LINE_SIZE, with a terminator. */
#define LINE_MAX 2047u

/* Nothing but an Image comes here. image_load() looks at less, and a damaged one stops. */
static enum kimg_error check(const struct kernel *file, struct kimg_why *why)
{
	struct boot_image image;

	return boot_image_open(file->data, file->size, &image, why);
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

/* Does a CPU's node say that it was in a spin table? */
static bool is_in_spin_table(const char *node)
{
	char path[512], text[32];

	snprintf(path, sizeof(path), CPUS "/%.255s/enable-method", node);
	read_system_text(path, text, sizeof(text));
	return !strcmp(text, "spin-table");
}

/*
 * With more than one CPU, cpus_are_stuck_in_kernel() in arch/arm64/kernel/smp.c looks
 * whether they can be taken offline.
 */
uint32_t arm64_stuck_cpus(void)
{
	struct dirent *entry;
	uint32_t count = 0;
	char text[32];
	DIR *nodes;

	read_system_text(POSSIBLE, text, sizeof(text));
	if (!strpbrk(text, "-,"))
		return 0;
	nodes = opendir(CPUS);
	while (nodes && (entry = readdir(nodes)))
		count += !strncmp(entry->d_name, "cpu@", 4) && is_in_spin_table(entry->d_name);
	if (nodes)
		closedir(nodes);
	return count;
}
