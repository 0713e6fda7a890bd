/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a file is, told from its bytes: for messages, and to know how to open it.
 */
#ifndef BOOT_IDENTIFY_H
#define BOOT_IDENTIFY_H

#include "boot.h"

/* What a kernel is for. */
enum boot_cpu {
	BOOT_CPU_NONE,		/* not a kernel that can be loaded as it is */
	BOOT_CPU_X86,		/* of 32 or 64 bits */
	BOOT_CPU_ARM,
	BOOT_CPU_ARM64,
};

/* What can be done with a file. */
enum boot_kind {
	BOOT_KIND_OTHER,	/* neither a kernel that can be loaded nor an initrd */
	BOOT_KIND_EMPTY,
	BOOT_KIND_BZIMAGE,	/* for boot_kernel(), which may still refuse it */
	BOOT_KIND_VMLINUX,	/* likewise */
	BOOT_KIND_ZIMAGE,	/* likewise, for ARM */
	BOOT_KIND_IMAGE,	/* likewise, for arm64 */
	BOOT_KIND_UKI,		/* boot_uki_open() takes it apart */
	BOOT_KIND_ZBOOT,	/* a compressed kernel; boot_zboot_open() takes it out */
	BOOT_KIND_REAL_MODE,	/* looks like a bzImage but starts in real mode */
	BOOT_KIND_INITRD,	/* Linux takes it as an initrd */
	/* Compressed, with a method that kleap and Linux unpack ... */
	BOOT_KIND_GZIP,
	BOOT_KIND_XZ,
	BOOT_KIND_ZSTD,
	BOOT_KIND_LZMA,
	BOOT_KIND_PACKED,	/* ... or with another one */
};

struct boot_identity {
	enum boot_kind kind;
	enum boot_cpu cpu;
	char name[120];		/* in words, with an article: "a kernel for arm64 (Image)" */
	const char *advice;	/* a hint for users who gave this file as a kernel */
};

/*
 * Tell what the `size` bytes at `file` are; `identity` is overwritten. The first bytes of
 * a file suffice for most kinds, 64 KiB for all but BOOT_KIND_VMLINUX. Never fails.
 */
void boot_identify(const void *file, size_t size, struct boot_identity *identity);

/*
 * The compressed kernel in a BOOT_KIND_ZBOOT, and the kind of its compression:
 * BOOT_KIND_OTHER, if kleap has no means to unpack it. False: the file is cut short.
 */
bool boot_zboot_open(const void *file, size_t size, struct boot_piece *packed,
		     enum boot_kind *kind);

#endif
