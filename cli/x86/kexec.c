// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What kexec's two system calls have of their own on x86.
 */
#include "../ways/ways.h"
#include "page.h"
#include "x86.h"

#include <stdio.h>
#include <stdlib.h>

#define EFI_SIZE "/sys/firmware/efi/fw_platform_size"

bool is_sev_guest(void)
{
	uint32_t features[4], encryption[4];

	/* Not the flags of /proc/cpuinfo: in such a guest the kernel clears them. */
	ask_processor(1, features);
	ask_processor(0x8000001f, encryption);
	return features[2] >> 31 && encryption[0] & 2;
}

/* ---- kexec_file_load(2) ---------------------------------------------------------------- */

/* In a bzImage: Documentation/arch/x86/boot.rst. */
#define SETUP_SECTS 0x1f1
#define XLOADFLAGS 0x236
#define CMDLINE_SIZE 0x238
#define INIT_SIZE 0x260
#define XLF_64 (1u << 0)
#define XLF_ABOVE_4G (1u << 1)
#define XLF_5LEVEL (1u << 5)

/* Reserved on the command line for elfcorehdr=, in any kernel. */
#define ELFCOREHDR 30u

/* Such an old kernel has its own refusal. */
static enum kimg_error check(const struct kernel *file, struct kimg_why *why)
{
	enum kimg_error error = file->identity.kind == BOOT_KIND_BZIMAGE ?
		boot_check_header(file->data, file->size, why) : KIMG_OK;

	return error == KIMG_E_FILE_PROTOCOL ? KIMG_OK : error;
}

static uint32_t read_32(const unsigned char *from)
{
	return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

/* The file is one that kexec_file_load(2) takes, so it has these fields. */
static uint64_t room(const struct kernel *file)
{
	return read_32((const unsigned char *)file->data + INIT_SIZE);
}

static uint64_t line_max(const struct kernel *file)
{
	uint64_t most = read_32((const unsigned char *)file->data + CMDLINE_SIZE);

	return most > ELFCOREHDR ? most - ELFCOREHDR - 1 : 0;
}

/*
 * Has its header too little room for its code? bzImage64_load() takes memory for init_size
 * and data for all that follows the setup sectors; the data must fit, or it is EINVAL.
 */
static const char *room_obstacle(const struct kernel *file)
{
	const unsigned char *kernel = file->data;
	uint64_t setup = ((kernel[SETUP_SECTS] ? kernel[SETUP_SECTS] : 4u) + 1u) * 512u;
	uint64_t most = boot_page_up(room(file));
	static char text[128];

	if (file->size - setup <= most)
		return NULL;
	snprintf(text, sizeof(text), "it has %s of code, and its header only %s of memory for it (init_size)",
		 size_text(file->size - setup), size_text(most));
	return text;
}

/* The checks of bzImage64_probe() in arch/x86/kernel/kexec-bzimage64.c, and of the load. */
static const char *obstacle(const struct kernel *file)
{
	const unsigned char *kernel = file->data;
	char text[8];

	if (file->identity.kind != BOOT_KIND_BZIMAGE)
		return "it is not a bzImage";
	if (boot_protocol_of(kernel, file->size) < 0x20c)
		return "its boot protocol is older than 2.12";
	if (!(kernel[XLOADFLAGS] & XLF_64))
		return "it is a 32-bit kernel";
	if (!(kernel[XLOADFLAGS] & XLF_ABOVE_4G))
		return "it cannot be loaded above 4 GiB";
	if (!(kernel[XLOADFLAGS] & XLF_5LEVEL) && cpu_has("la57") == 1)
		return "it does not know page tables of five levels, which are in use";
	read_machine_text(EFI_SIZE, text, sizeof(text));
	if (atoi(text) == 32)
		return "the firmware is 32-bit EFI";
	return room_obstacle(file);
}

const struct file_loader x86_file_loader = {
	.check = check, .obstacle = obstacle, .room = room, .line_max = line_max,
};
