// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The layout for a kernel file of any format.
 */
#include "boot.h"
#include "elf.h"
#include "identify.h"

enum kimg_error boot_kernel(const struct boot_request *request,
			    struct boot_layout *layout, struct kimg_why *why)
{
	struct boot_identity identity;
	struct elf elf;

	if (elf_open(request->kernel, request->kernel_size, &elf))
		return boot_vmlinux(request, layout, why);
	boot_identify(request->kernel, request->kernel_size, &identity);
	if (identity.kind == BOOT_KIND_ZIMAGE)
		return boot_zimage(request, layout, why);
	if (identity.kind == BOOT_KIND_IMAGE)
		return boot_image(request, layout, why);
	return boot_bzimage(request, layout, why);
}
