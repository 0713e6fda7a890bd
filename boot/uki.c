// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Unified kernel images: an EFI program whose sections are a kernel, its initrd and
 * its command line. Source: the UAPI Group's specification "Unified Kernel Image".
 */
#include "boot.h"
#include "pe.h"

static const char names[BOOT_UKI_PARTS][9] = {
	[BOOT_UKI_KERNEL] = ".linux",
	[BOOT_UKI_MICROCODE] = ".ucode",
	[BOOT_UKI_INITRD] = ".initrd",
	[BOOT_UKI_COMMAND] = ".cmdline",
};

/*
 * The part that a section is; BOOT_UKI_PARTS: none of them.
 */
static unsigned int part_named(const char *name)
{
	unsigned int part;

	for (part = 0; part < BOOT_UKI_PARTS; part++)
		if (!memcmp(name, names[part], sizeof(names[part])))
			break;
	return part;
}

enum kimg_error boot_uki_open(const void *file, size_t size,
			      struct boot_piece part[BOOT_UKI_PARTS],
			      struct kimg_why *why)
{
	bool taken[BOOT_UKI_PARTS] = { false };
	struct pe_section section;
	uint32_t i, n, profiles = 0;
	uint64_t need;
	struct pe pe;

	memset(part, 0, BOOT_UKI_PARTS * sizeof(*part));
	if (!pe_open(file, size, &pe))
		return kimg_fail(why, KIMG_E_FILE_MAGIC, .a = bytes_get(&pe.file, 0, 2),
				 .c = 0x5a4d);
	for (i = 0; i < pe.sections; i++) {
		pe_section(&pe, i, &section);
		/*
		 * The first .profile starts the default profile, whose sections replace
		 * those before. The other profiles are ignored.
		 */
		if (!memcmp(section.name, ".profile", 9)) {
			if (profiles++)
				break;
			memset(taken, 0, sizeof(taken));
		}
		n = part_named(section.name);
		if (n == BOOT_UKI_PARTS || taken[n])
			continue;
		need = section.offset + section.size;
		if (size < need)
			return kimg_fail(why, KIMG_E_FILE_TRUNCATED, .a = size, .b = need,
					 .c = need - size);
		part[n] = (struct boot_piece){ pe.file.at + section.offset, section.size };
		taken[n] = true;
	}
	return KIMG_OK;
}
