// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a file is: one of each kind, made of the bytes that its format's description
 * demands, and nothing else.
 */
#include "files.h"

#include "identify.h"

#include <unistd.h>

/* A file of random bytes, but for these. */
struct sample {
	const char *name;		/* what is said of it */
	enum boot_kind kind;
	size_t size;
	struct {
		size_t at, size;
		const char *bytes;
	} mark[5];
};

static const struct sample samples[] = {
	{ "a kernel for arm64 (Image)", BOOT_KIND_IMAGE, 4096,
	  { { 24, 1, "\xf0" }, { 0x38, 4, "ARMd" } } },
	{ "a kernel for arm64 (Image, big-endian)", BOOT_KIND_IMAGE, 4096,
	  { { 24, 1, "\xfb" }, { 0x38, 4, "ARMd" } } },
	{ "a kernel for arm64 (Image, pages of 16 KiB)", BOOT_KIND_IMAGE, 4096,
	  { { 24, 1, "\x4" }, { 0x38, 4, "ARMd" } } },
	{ "a kernel for arm64 (Image, big-endian, pages of 64 KiB)", BOOT_KIND_IMAGE, 4096,
	  { { 24, 1, "\x7" }, { 0x38, 4, "ARMd" } } },
	{ "a kernel for arm64 (Image)", BOOT_KIND_IMAGE, 4096,
	  { { 0, 2, "MZ" }, { 24, 1, "\x2" }, { 0x38, 8, "ARMd\x40\0\0\0" }, { 0x40, 6, "PE\0\0\x64\xaa" } } },
	{ "a kernel for ARM (zImage)", BOOT_KIND_ZIMAGE, 4096, { { 0x24, 4, "\x18\x28\x6f\x01" } } },
	{ "a kernel for ARM, big-endian (zImage)", BOOT_KIND_ZIMAGE, 4096,
	  { { 0x24, 4, "\x01\x6f\x28\x18" } } },
	{ "a kernel for RISC-V (riscv Image)", BOOT_KIND_OTHER, 4096, { { 0x30, 8, "RISCV\0\0" } } },
	{ "a kernel for RISC-V (riscv Image)", BOOT_KIND_OTHER, 4096, { { 0x38, 4, "RSC\5" } } },
	{ "a kernel for LoongArch (Image)", BOOT_KIND_OTHER, 4096,
	  { { 0, 2, "MZ" }, { 0x38, 8, "\xcd\x23\x82\x81\x40\0\0\0" }, { 0x40, 8, "PE\0\0\x64\x62\0\0" } } },
	{ "a kernel for arm64 (EFI zboot, compressed with zstd22)", BOOT_KIND_ZBOOT, 4096,
	  { { 0, 8, "MZ\0\0zimg" }, { 0x18, 7, "zstd22\0" }, { 0x3c, 4, "\x40\0\0\0" },
	    { 0x40, 8, "PE\0\0\x64\xaa\0\0" } } },
	{ "a kernel for RISC-V (riscv64) (EFI zboot, compressed with gzip)", BOOT_KIND_ZBOOT, 4096,
	  { { 0, 8, "MZ\0\0zimg" }, { 0x18, 5, "gzip\0" }, { 0x3c, 4, "\x40\0\0\0" },
	    { 0x40, 8, "PE\0\0\x64\x50\0\0" } } },
	{ "the start of a kernel (EFI zboot)", BOOT_KIND_OTHER, 4096,
	  { { 0, 8, "MZ\0\0zimg" }, { 0x18, 5, "gzip\0" } } },
	{ "the start of a kernel (EFI zboot)", BOOT_KIND_OTHER, 60, { { 0, 8, "MZ\0\0zimg" } } },
	{ "a kernel for s390", BOOT_KIND_OTHER, 0x11000, { { 0x10008, 6, "S390EP" } } },
	{ "an Android boot image", BOOT_KIND_OTHER, 4096, { { 0, 8, "ANDROID!" } } },
	{ "an Android vendor boot image", BOOT_KIND_OTHER, 4096, { { 0, 8, "VNDRBOOT" } } },
	{ "an Android sparse image", BOOT_KIND_OTHER, 4096, { { 0, 4, "\x3a\xff\x26\xed" } } },
	{ "a U-Boot image (uImage) with a kernel for arm64, compressed with gzip", BOOT_KIND_OTHER, 4096,
	  { { 0, 4, "\x27\x05\x19\x56" }, { 28, 4, "\5\x16\2\1" } } },
	{ "a U-Boot image (uImage) with an initrd for ARM", BOOT_KIND_OTHER, 64,
	  { { 0, 4, "\x27\x05\x19\x56" }, { 28, 4, "\5\2\3\0" } } },
	{ "a U-Boot image (uImage) with a program for another processor, compressed", BOOT_KIND_OTHER, 64,
	  { { 0, 4, "\x27\x05\x19\x56" }, { 28, 4, "\5\x99\x99\x99" } } },
	{ "a device tree", BOOT_KIND_OTHER, 4096, { { 0, 8, "\xd0\x0d\xfe\xed\0\0\x10\0" } } },
	{ "a U-Boot image (FIT, Flattened Image Tree)", BOOT_KIND_OTHER, 4096,
	  { { 0, 8, "\xd0\x0d\xfe\xed\0\0\x10\0" }, { 0x100, 12, "\0\0\0\1images\0\0" } } },
	{ "a file compressed with gzip", BOOT_KIND_GZIP, 4096, { { 0, 3, "\x1f\x8b\x08" } } },
	{ "a file compressed with xz", BOOT_KIND_XZ, 4096, { { 0, 6, "\xfd" "7zXZ\0" } } },
	{ "a file compressed with zstd", BOOT_KIND_ZSTD, 4096, { { 0, 4, "\x28\xb5\x2f\xfd" } } },
	{ "a file compressed with zstd", BOOT_KIND_ZSTD, 4096,
	  { { 0, 8, "\x53\x2a\x4d\x18\4\0\0\0" }, { 12, 4, "\x28\xb5\x2f\xfd" } } },
	{ "a file compressed with lzma", BOOT_KIND_LZMA, 4096,
	  { { 0, 14, "\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0" } } },
	{ "a file compressed with lzma", BOOT_KIND_LZMA, 4096,
	  { { 0, 14, "\x5d\0\0\x30\0\0\0\0\1\0\0\0\0\0" } } },
	{ "a file of unknown type", BOOT_KIND_OTHER, 4096,
	  { { 0, 14, "\x5d\0\0\x50\0\xff\xff\xff\xff\xff\xff\xff\xff\0" } } },
	{ "a file compressed with lz4", BOOT_KIND_OTHER, 4096, { { 0, 4, "\x04\x22\x4d\x18" } } },
	{ "a file compressed with lz4 (legacy)", BOOT_KIND_PACKED, 4096, { { 0, 4, "\x02\x21\x4c\x18" } } },
	{ "a file compressed with bzip2", BOOT_KIND_PACKED, 4096, { { 0, 4, "BZh9" } } },
	{ "a file compressed with lzop", BOOT_KIND_PACKED, 4096, { { 0, 9, "\x89LZO\0\r\n\x1a\n" } } },
	{ "a file compressed with compress", BOOT_KIND_OTHER, 4096, { { 0, 2, "\x1f\x9d" } } },
	{ "an initrd (cpio archive)", BOOT_KIND_INITRD, 4096, { { 0, 6, "070701" } } },
	{ "an initrd (cpio archive)", BOOT_KIND_INITRD, 512, { { 0, 6, "070702" } } },
	{ "an initrd (cpio archive, with microcode first)", BOOT_KIND_INITRD, 4096,
	  { { 0, 6, "070701" }, { 0x1e0, 21, "kernel/x86/microcode/" } } },
	{ "a cpio archive of the old form, which is no initrd", BOOT_KIND_OTHER, 4096, { { 0, 6, "070707" } } },
	{ "a cpio archive of the old form, which is no initrd", BOOT_KIND_OTHER, 4096, { { 0, 2, "\xc7\x71" } } },
	{ "a tar archive", BOOT_KIND_OTHER, 4096, { { 257, 5, "ustar" } } },
	{ "a Debian package", BOOT_KIND_OTHER, 4096, { { 0, 21, "!<arch>\ndebian-binary" } } },
	{ "a library (ar archive)", BOOT_KIND_OTHER, 4096, { { 0, 8, "!<arch>\n" } } },
	{ "an RPM package", BOOT_KIND_OTHER, 4096, { { 0, 4, "\xed\xab\xee\xdb" } } },
	{ "a zip archive", BOOT_KIND_OTHER, 4096, { { 0, 4, "PK\3\4" } } },
	{ "a 7z archive", BOOT_KIND_OTHER, 4096, { { 0, 6, "7z\xbc\xaf\x27\x1c" } } },
	{ "a squashfs file system", BOOT_KIND_INITRD, 4096, { { 0, 4, "hsqs" } } },
	{ "a cramfs file system", BOOT_KIND_INITRD, 4096, { { 0, 4, "\x45\x3d\xcd\x28" } } },
	{ "a romfs file system", BOOT_KIND_INITRD, 4096, { { 0, 8, "-rom1fs-" } } },
	{ "an ext2, ext3 or ext4 file system", BOOT_KIND_INITRD, 4096, { { 0x438, 2, "\x53\xef" } } },
	{ "an erofs file system", BOOT_KIND_OTHER, 4096, { { 0x400, 4, "\xe2\xe1\xf5\xe0" } } },
	{ "an f2fs file system", BOOT_KIND_OTHER, 4096, { { 0x400, 4, "\x10\x20\xf5\xf2" } } },
	{ "a btrfs file system", BOOT_KIND_OTHER, 0x11000, { { 0x10040, 8, "_BHRfS_M" } } },
	{ "an XFS file system", BOOT_KIND_OTHER, 4096, { { 0, 4, "XFSB" } } },
	{ "an ISO image (ISO 9660)", BOOT_KIND_OTHER, 0x9000, { { 0x8001, 5, "CD001" } } },
	/* An ISO image that also starts from a disk. */
	{ "an ISO image (ISO 9660)", BOOT_KIND_OTHER, 0x9000,
	  { { 0x1fe, 2, "\x55\xaa" }, { 0x200, 8, "EFI PART" }, { 0x8001, 5, "CD001" } } },
	{ "a UDF file system", BOOT_KIND_OTHER, 0x9000, { { 0x8001, 5, "NSR02" } } },
	{ "a disk image (qcow2)", BOOT_KIND_OTHER, 4096, { { 0, 4, "QFI\xfb" } } },
	{ "a disk image (VMDK)", BOOT_KIND_OTHER, 4096, { { 0, 4, "KDMV" } } },
	{ "a disk image (VHDX)", BOOT_KIND_OTHER, 4096, { { 0, 8, "vhdxfile" } } },
	{ "a disk image (VDI)", BOOT_KIND_OTHER, 4096, { { 0x40, 4, "\x7f\x10\xda\xbe" } } },
	{ "an encrypted disk (LUKS)", BOOT_KIND_OTHER, 4096, { { 0, 6, "LUKS\xba\xbe" } } },
	{ "a disk image (GPT)", BOOT_KIND_OTHER, 4096, { { 0x1fe, 2, "\x55\xaa" }, { 0x200, 8, "EFI PART" } } },
	{ "a disk image (GPT)", BOOT_KIND_OTHER, 8192, { { 0x1fe, 2, "\x55\xaa" }, { 0x1000, 8, "EFI PART" } } },
	{ "a FAT file system", BOOT_KIND_OTHER, 4096, { { 0x36, 8, "FAT16   " }, { 0x1fe, 2, "\x55\xaa" } } },
	{ "a FAT file system", BOOT_KIND_OTHER, 4096, { { 0x52, 8, "FAT32   " }, { 0x1fe, 2, "\x55\xaa" } } },
	{ "an NTFS file system", BOOT_KIND_OTHER, 4096, { { 3, 8, "NTFS    " }, { 0x1fe, 2, "\x55\xaa" } } },
	{ "an exFAT file system", BOOT_KIND_OTHER, 4096, { { 3, 8, "EXFAT   " }, { 0x1fe, 2, "\x55\xaa" } } },
	{ "a disk image or boot sector", BOOT_KIND_OTHER, 512, { { 0x1fe, 2, "\x55\xaa" } } },
	{ "a program for macOS (Mach-O)", BOOT_KIND_OTHER, 4096, { { 0, 4, "\xcf\xfa\xed\xfe" } } },
	{ "a PDF document", BOOT_KIND_OTHER, 4096, { { 0, 4, "%PDF" } } },
	{ "a program for DOS or Windows", BOOT_KIND_OTHER, 4096, { { 0, 2, "MZ" }, { 0x3c, 4, "\0\0\0\0" } } },
	{ "a program for Windows (PE) for x86-64", BOOT_KIND_OTHER, 4096,
	  { { 0, 2, "MZ" }, { 0x3c, 4, "\x40\0\0\0" }, { 0x40, 8, "PE\0\0\x64\x86\0\0" }, { 0x9c, 2, "\3" } } },
	{ "the start of a bzImage or of an EFI program", BOOT_KIND_BZIMAGE, 0x205, { { 0, 2, "MZ" } } },
	{ "the start of a bzImage or of an EFI program", BOOT_KIND_BZIMAGE, 0x100,
	  { { 0, 2, "MZ" }, { 0x3c, 4, "\x40\0\0\0" }, { 0x40, 8, "PE\0\0\x64\x86\0\0" } } },
	/* x86: the header's bytes from boot_flag on, then loadflags and code32_start. */
	{ "a kernel for x86 (bzImage, 6.1.0-50-686-pae)", BOOT_KIND_BZIMAGE, 4096,
	  { { 0x1fe, 18, "\x55\xaa\xeb\x6aHdrS\x0f\2\0\0\0\0\0\0\0\3" }, { 0x211, 7, "\1\0\0\0\0\x10\0" },
	    { 0x236, 2, "\4\0" }, { 0x500, 30, "6.1.0-50-686-pae (debian) #1 S" } } },
	{ "a kernel for x86-64 (bzImage)", BOOT_KIND_BZIMAGE, 0x264,
	  { { 0x1fe, 18, "\x55\xaa\xeb\x6aHdrS\x0f\2\0\0\0\0\0\0\0\0" }, { 0x211, 7, "\1\0\0\0\0\x10\0" },
	    { 0x236, 2, "\x7f\0" } } },
	{ "a kernel for x86 (bzImage, 2.4.37)", BOOT_KIND_BZIMAGE, 4096,
	  { { 0x1fe, 18, "\x55\xaa\xeb\x30HdrS\3\2\0\0\0\0\0\0\0\3" }, { 0x211, 7, "\1\0\0\0\0\x10\0" },
	    { 0x500, 8, "2.4.37 (" } } },
	{ "a boot program of real-mode code only, such as ipxe.lkrn", BOOT_KIND_REAL_MODE, 7168,
	  { { 0x1fe, 18, "\x55\xaa\xeb\x3aHdrS\7\2\0\0\0\0\0\0\0\0" }, { 0x211, 7, "\1\0\0\0\0\0\0" } } },
	{ "MEMDISK, which boots disk images", BOOT_KIND_REAL_MODE, 4096,
	  { { 0x1fe, 18, "\x55\xaa\xeb\x3aHdrS\3\2\0\0\0\0\0\0\xb0\3" }, { 0x211, 7, "\1\0\0\0\0\x10\0" },
	    { 0x5b0, 12, "MEMDISK 6.04" } } },
	{ "a boot loader of real-mode code, such as GRUB's lnxboot.img", BOOT_KIND_REAL_MODE, 1024,
	  { { 0x1f4, 4, "\0\0\0\0" }, { 0x1fe, 18, "\x55\xaa\xeb\x66HdrS\3\2\0\0\0\0\0\0\0\0" },
	    { 0x211, 7, "\1\0\0\0\0\x10\0" } } },
	{ "the start of a kernel for x86 (bzImage)", BOOT_KIND_BZIMAGE, 0x217,
	  { { 0x1fe, 18, "\x55\xaa\xeb\x3aHdrS\7\2\0\0\0\0\0\0\0\0" }, { 0x211, 6, "\1\0\0\0\0" } } },
	{ "a damaged ELF file", BOOT_KIND_OTHER, 40, { { 0, 4, "\177ELF" } } },
	{ "a file of unknown type", BOOT_KIND_OTHER, 4096, { { 0, 0, NULL } } },
};

static void expect(const void *file, size_t size, enum boot_kind kind, const char *name)
{
	struct boot_identity identity;

	memset(&identity, 0xa5, sizeof(identity));
	boot_identify(file, size, &identity);
	if (identity.kind != kind || strcmp(identity.name, name))
		fail_msg("%s (%d), not %s (%d)", identity.name, identity.kind, name, kind);
	assert_true(strlen(identity.advice) > 8);
}

/* Each of its exact size, so that the sanitizer sees a byte that is read beyond. */
static void one_of_each(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *sample = &samples[i];
		unsigned char *file = malloc(sample->size);

		/* No byte that any mark begins with. */
		for (size_t at = 0; at < sample->size; at++)
			file[at] = (unsigned char)(0xa0 + sim_random(&seed) % 16);
		for (size_t mark = 0; mark < 5 && sample->mark[mark].size; mark++)
			memcpy(file + sample->mark[mark].at, sample->mark[mark].bytes,
			       sample->mark[mark].size);
		expect(file, sample->size, sample->kind, sample->name);
		free(file);
	}
}

static void without_a_format(void **state)
{
	unsigned char zeros[5000] = { 0 };
	static const char page[] = "\n<!DOCTYPE html>\n<html><body>404</body></html>\n";

	(void)state;
	expect("", 0, BOOT_KIND_EMPTY, "empty");
	expect(zeros, sizeof(zeros), BOOT_KIND_OTHER, "zeros");
	zeros[4999] = 1;
	expect(zeros, sizeof(zeros), BOOT_KIND_OTHER, "a file of unknown type");
	expect("a", 1, BOOT_KIND_OTHER, "text");
	expect("version https://git-lfs\r\n\toid\xc3\xa4\n", 32, BOOT_KIND_OTHER, "text");
	expect("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 9, BOOT_KIND_OTHER, "text");
	expect("no UTF-8: \xc3.", 12, BOOT_KIND_OTHER, "a file of unknown type");
	expect("no UTF-8: \x80.", 12, BOOT_KIND_OTHER, "a file of unknown type");
	expect("no UTF-8: \xf8.", 12, BOOT_KIND_OTHER, "a file of unknown type");
	expect("\x1b[1mbold\x1b[0m\n", 13, BOOT_KIND_OTHER, "text");
	expect("text, then\x07", 11, BOOT_KIND_OTHER, "a file of unknown type");
	expect("text, then\x7f", 11, BOOT_KIND_OTHER, "a file of unknown type");
	/* What may be text, or bzip2, or FAT. */
	expect("BZh", 3, BOOT_KIND_OTHER, "text");
	expect("BZh0 is no size", 15, BOOT_KIND_OTHER, "text");
	expect("BZh: no size", 12, BOOT_KIND_OTHER, "text");
	expect("BZh1", 4, BOOT_KIND_PACKED, "a file compressed with bzip2");
	expect("The line has fifty-four characters before the letters FAT, not a file system.",
	       77, BOOT_KIND_OTHER, "text");
	expect("#!/bin/sh\necho\n", 15, BOOT_KIND_OTHER, "a script");
	expect(page, sizeof(page) - 1, BOOT_KIND_OTHER, "text (HTML, a web page)");
	expect("<html>\n", 7, BOOT_KIND_OTHER, "text (HTML, a web page)");
	expect("<HTML>\n", 7, BOOT_KIND_OTHER, "text (HTML, a web page)");
	expect("<!doctype html>\n", 16, BOOT_KIND_OTHER, "text (HTML, a web page)");
}

/* An ELF file with this text where it is loaded. */
static void expect_elf(bool wide, unsigned int type, unsigned int machine, const char *text,
		       size_t length, enum boot_kind kind, const char *name)
{
	const struct part part = { 0x1000000, 0x2000, 0x400, 0x800, 0xc1000000 };
	unsigned char *file = bake_elf(wide, type, machine, 0x1000000, &part, 1, 0xc00);

	memcpy(file + 0x600, text, length);
	expect(file, 0xc00, kind, name);
	free(file);
}

/* "Built for x86" is no advice for what says that it is, and on ARM it is another file. */
static void advice_for_vmlinux(void **state)
{
	static const struct part part = { 0x1000000, 0x800, 0x400, 0x800, 0 };
	static const struct { bool wide; unsigned int machine; const char *advice; } kernel[] = {
		{ false, 62, "usually /boot/vmlinuz" }, { true, 3, "usually /boot/vmlinuz" },
		{ true, 183, "arch/arm64/boot/Image" }, { false, 40, "arch/arm/boot/zImage" },
		{ true, 243, "built for x86, ARM or arm64" },
	};
	struct boot_identity identity;
	unsigned char *file;

	(void)state;
	for (size_t i = 0; i < sizeof(kernel) / sizeof(kernel[0]); i++) {
		file = bake_elf(kernel[i].wide, 2, kernel[i].machine, 0, &part, 1, 0xc00);
		memcpy(file + 0x600, "Linux version ", 14);
		boot_identify(file, 0xc00, &identity);
		assert_int_equal(identity.kind, BOOT_KIND_OTHER);
		assert_non_null(strstr(identity.advice, kernel[i].advice));
		free(file);
	}
}

static void elf(void **state)
{
	static const char linux_[] = "Linux version 6.1", xen[] = "Xen version 4.17";
	const struct part part = { 0, 0, 0, 0, 0 };
	unsigned char *file;

	(void)state;
	expect_elf(true, 2, 62, linux_, 14, BOOT_KIND_VMLINUX, "a kernel (vmlinux, ELF of 64 bits) for x86-64");
	expect_elf(false, 2, 3, linux_, 14, BOOT_KIND_VMLINUX, "a kernel (vmlinux, ELF of 32 bits) for x86");
	expect_elf(true, 3, 62, linux_, 14, BOOT_KIND_VMLINUX, "a kernel (vmlinux, ELF of 64 bits) for x86-64");
	expect_elf(false, 2, 62, linux_, 14, BOOT_KIND_OTHER, "a kernel (vmlinux, ELF of 32 bits) for x86-64 (x32)");
	expect_elf(true, 2, 183, linux_, 14, BOOT_KIND_OTHER, "a kernel (vmlinux, ELF of 64 bits) for arm64");
	expect_elf(true, 2, 62, linux_, 13, BOOT_KIND_OTHER, "a program (executable or library, ELF of 64 bits) for x86-64");
	expect_elf(true, 2, 12345, "", 0, BOOT_KIND_OTHER,
		   "a program (executable or library, ELF of 64 bits) for another processor");
	expect_elf(false, 2, 3, "\2\xb0\xad\x1b\3\0\0\0\xfb\x4f\x52\xe4", 12, BOOT_KIND_OTHER,
		   "a kernel (multiboot, ELF of 32 bits) for x86");
	expect_elf(false, 2, 3, "\2\xb0\xad\x1b\3\0\0\0\xfb\x4f\x52\xe5", 12, BOOT_KIND_OTHER,
		   "a program (executable or library, ELF of 32 bits) for x86");
	expect_elf(true, 2, 62, "\xd6\x50\x52\xe8\0\0\0\0\x20\0\0\0\x0a\xaf\xad\x17", 16, BOOT_KIND_OTHER,
		   "a kernel (multiboot2, ELF of 64 bits) for x86-64");
	expect_elf(false, 1, 3, "vermagic=6.1", 12, BOOT_KIND_OTHER, "a kernel module (.ko, ELF of 32 bits) for x86");
	expect_elf(true, 1, 243, "", 0, BOOT_KIND_OTHER, "an object file (.o, ELF of 64 bits) for RISC-V");
	expect_elf(true, 4, 62, linux_, 14, BOOT_KIND_OTHER, "a memory dump (core, ELF of 64 bits) for x86-64");

	/* The Xen hypervisor has both. */
	file = bake_elf(false, 2, 3, 0, &(struct part){ 0x200000, 0x800, 0x400, 0x800, 0 }, 1, 0xc00);
	memcpy(file + 0x500, "\2\xb0\xad\x1b\3\0\0\0\xfb\x4f\x52\xe4", 12);
	memcpy(file + 0x700, xen, sizeof(xen));
	expect(file, 0xc00, BOOT_KIND_OTHER, "the Xen hypervisor (multiboot, ELF of 32 bits) for x86");
	free(file);

	/* What a program loader loads is no kernel, whatever it prints. */
	file = bake_elf(true, 3, 62, 0, (const struct part[]){ { 0x1000, 0x800, 0x400, 0x800, 0 }, part }, 2, 0xc00);
	memcpy(file + 0x600, linux_, sizeof(linux_));
	put(file, 64 + 56, 3, 4);
	expect(file, 0xc00, BOOT_KIND_OTHER, "a program (executable or library, ELF of 64 bits) for x86-64");
	free(file);

	/* The highest byte first; program headers that are too small. */
	file = bake_elf(false, 2, 0x1400, 0, &part, 1, 0xc00);
	file[5] = 2;
	file[16] = file[17] = file[42] = file[28] = 0;
	file[31] = 52;
	expect(file, 0xc00, BOOT_KIND_OTHER, "a damaged ELF file of 32 bits for PowerPC");
	file[42] = 0;
	file[43] = 32;
	file[44] = 0;
	file[45] = 1;
	expect(file, 0xc00, BOOT_KIND_OTHER,
	       "a program (executable or library, ELF of 32 bits) for PowerPC (big-endian)");
	free(file);

	/* A text may end with the part, not behind it. */
	for (size_t at = 0x400 + 0x800 - 14; at <= 0x400 + 0x800 - 13; at++) {
		file = bake_elf(true, 2, 62, 0, &(struct part){ 0x1000000, 0x800, 0x400, 0x800, 0 }, 1, 0xc00);
		memcpy(file + at, linux_, at + 14 > 0xc00 ? 0xc00 - at : 14);
		expect(file, 0xc00, at + 14 > 0xc00 ? BOOT_KIND_OTHER : BOOT_KIND_VMLINUX, at + 14 > 0xc00 ?
		       "a program (executable or library, ELF of 64 bits) for x86-64" :
		       "a kernel (vmlinux, ELF of 64 bits) for x86-64");
		free(file);
	}

	/* A kernel whose version text is not there any more; a program is one wherever it is cut. */
	file = bake_elf(true, 2, 62, 0, (const struct part[]){
		{ 0x1000000, 0x400, 0x400, 0x400, 0 }, { 0x1001000, 0x400, 0x800, 0x400, 0 } }, 2, 0xc00);
	memcpy(file + 0xa00, linux_, sizeof(linux_));
	expect(file, 0xc00, BOOT_KIND_VMLINUX, "a kernel (vmlinux, ELF of 64 bits) for x86-64");
	expect(file, 0xbff, BOOT_KIND_VMLINUX, "a kernel (vmlinux, ELF of 64 bits) for x86-64");
	expect(file, 0xa00, BOOT_KIND_OTHER, "a program or kernel (cut short, ELF of 64 bits) for x86-64");
	put(file, 64, 3, 4);
	expect(file, 0xa00, BOOT_KIND_OTHER, "a program (executable or library, ELF of 64 bits) for x86-64");
	free(file);

	/* Multiboot headers lie in the first 8 KiB, the second version's at a multiple of 8. */
	file = bake_elf(false, 2, 3, 0, &part, 1, 0x4000);
	memcpy(file + 0x2000, "\2\xb0\xad\x1b\3\0\0\0\xfb\x4f\x52\xe4", 12);
	expect(file, 0x4000, BOOT_KIND_OTHER, "a program (executable or library, ELF of 32 bits) for x86");
	memmove(file + 0x1ffc, file + 0x2000, 12);
	expect(file, 0x4000, BOOT_KIND_OTHER, "a kernel (multiboot, ELF of 32 bits) for x86");
	memset(file + 0x1ffc, 0, 16);
	memcpy(file + 0x3004, "\xd6\x50\x52\xe8\0\0\0\0\x20\0\0\0\x0a\xaf\xad\x17", 16);
	expect(file, 0x4000, BOOT_KIND_OTHER, "a program (executable or library, ELF of 32 bits) for x86");
	memmove(file + 0x3008, file + 0x3004, 16);
	expect(file, 0x4000, BOOT_KIND_OTHER, "a kernel (multiboot2, ELF of 32 bits) for x86");
	free(file);

	/* Cut within the program headers, and behind them. */
	file = bake_elf(true, 2, 62, 0, (const struct part[]){ part, part }, 2, 0xc00);
	expect(file, 64 + 2 * 56 - 1, BOOT_KIND_OTHER, "a damaged ELF file of 64 bits for x86-64");
	expect(file, 64 + 2 * 56, BOOT_KIND_OTHER,
	       "a program (executable or library, ELF of 64 bits) for x86-64");
	put(file, 32, UINT64_MAX - 55, 8);
	expect(file, 0xc00, BOOT_KIND_OTHER, "a damaged ELF file of 64 bits for x86-64");
	free(file);
}

/* Looked at in no time: 40000 parts of a file of 4 MiB, each of which is all of it. */
static void elf_of_many_parts(void **state)
{
	enum { SIZE = 4 << 20, PARTS = 40000 };
	struct part *part = calloc(PARTS, sizeof(*part));
	unsigned char *file;

	(void)state;
	assert_non_null(part);
	for (unsigned int i = 0; i < PARTS; i++)
		part[i].size = part[i].memory = SIZE;
	file = bake_elf(true, 2, 62, 0, part, PARTS, SIZE);
	alarm(20);
	expect(file, SIZE, BOOT_KIND_OTHER, "a program (executable or library, ELF of 64 bits) for x86-64");
	alarm(0);
	free(file);
	free(part);
}

/* ---- EFI programs ------------------------------------------------------------------ */

static void efi(void **state)
{
	const struct section plain[] = { { ".text", "code", 4, 0 } };
	const struct section uki[] = { { ".text", "code", 4, 0 }, { ".linux", "kernel", 6, 2 } };
	unsigned char *file;
	size_t size;

	(void)state;
	file = bake_pe(0x8664, plain, 1, &size);
	expect(file, size, BOOT_KIND_OTHER, "an EFI program (PE) for x86-64");
	put(file, 0x1fe, 0xaa55, 2);
	expect(file, size, BOOT_KIND_OTHER, "an EFI program (PE) for x86-64");
	put(file, PE_AT + 4, 0x9999, 2);
	expect(file, size, BOOT_KIND_OTHER, "an EFI program (PE) for another processor");
	put(file, PE_AT + 24 + 68, 14, 2);
	expect(file, size, BOOT_KIND_OTHER, "a program for Windows (PE) for another processor");
	free(file);

	file = bake_pe(0x8664, uki, 2, &size);
	expect(file, size, BOOT_KIND_UKI, "a unified kernel image (UKI) for x86-64");
	put(file, PE_AT + 4, 0x14c, 2);
	expect(file, size, BOOT_KIND_UKI, "a unified kernel image (UKI) for x86");
	put(file, PE_AT + 4, 0xaa64, 2);
	expect(file, size, BOOT_KIND_UKI, "a unified kernel image (UKI) for arm64");
	free(file);
}

static void expect_part(const struct boot_piece *part, const char *text)
{
	assert_int_equal(part->size, strlen(text));
	if (part->size)
		assert_memory_equal(part->data, text, (size_t)part->size);
}

static void parts_of_a_uki(void **state)
{
	const struct section sections[] = {
		{ ".text", "code", 4, 12 }, { ".osrel", "ID=debian", 9, 3 },
		{ ".cmdline", "root=/dev/sda1", 14, 50 }, { ".initrd", "070701", 6, 0 },
		{ ".ucode", "micro", 5, 1 }, { ".linux", "MZ kernel", 9, 512 },
		{ ".linux", "not this", 8, 0 },
	};
	struct boot_piece part[BOOT_UKI_PARTS];
	struct kimg_why why;
	unsigned char *file;
	size_t size;

	(void)state;
	file = bake_pe(0x8664, sections, 7, &size);
	assert_int_equal(boot_uki_open(file, size, part, &why), KIMG_OK);
	expect_part(&part[BOOT_UKI_KERNEL], "MZ kernel");
	expect_part(&part[BOOT_UKI_MICROCODE], "micro");
	expect_part(&part[BOOT_UKI_INITRD], "070701");
	expect_part(&part[BOOT_UKI_COMMAND], "root=/dev/sda1");

	/* Data that the file does not have are zeros, which are left out. */
	put(file, PE_SECTIONS + 4 * 40 + 16, 3, 4);
	assert_int_equal(boot_uki_open(file, size, part, &why), KIMG_OK);
	expect_part(&part[BOOT_UKI_MICROCODE], "mic");

	/* A name ends at its first zero. */
	put(file, PE_SECTIONS + 4 * 40 + 7, 'x', 1);
	assert_int_equal(boot_uki_open(file, size, part, &why), KIMG_OK);
	expect_part(&part[BOOT_UKI_MICROCODE], "mic");

	/* A part outside the file. */
	put(file, PE_SECTIONS + 4 * 40 + 20, size - 2, 4);
	assert_int_equal(boot_uki_open(file, size, part, &why), KIMG_E_FILE_TRUNCATED);
	assert_int_equal(why.a, size);
	assert_int_equal(why.b, size + 1);
	assert_int_equal(why.c, 1);
	put(file, PE_SECTIONS + 4 * 40 + 20, 0xffffffff, 4);
	assert_int_equal(boot_uki_open(file, size, part, &why), KIMG_E_FILE_TRUNCATED);
	/* More sections than there are. */
	put(file, PE_SECTIONS + 4 * 40 + 20, 0x400, 4);
	put(file, PE_AT + 6, 0xffff, 2);
	assert_int_equal(boot_uki_open(file, size, part, &why), KIMG_OK);
	file[0] = 'N';
	assert_int_equal(boot_uki_open(file, size, part, &why), KIMG_E_FILE_MAGIC);
	free(file);
}

/* Several profiles: the base and the first one, which wins. */
static void profiles_of_a_uki(void **state)
{
	const struct section sections[] = {
		{ ".linux", "kernel", 6, 0 }, { ".cmdline", "base", 4, 0 }, { ".initrd", "ram", 3, 0 },
		{ ".profile", "ID=0", 4, 0 }, { ".cmdline", "first", 5, 0 }, { ".cmdline", "no", 2, 0 },
		{ ".profile", "ID=1", 4, 0 }, { ".cmdline", "second", 6, 0 }, { ".ucode", "no", 2, 0 },
	};
	struct boot_piece part[BOOT_UKI_PARTS];
	struct kimg_why why;
	unsigned char *file;
	size_t size;

	(void)state;
	file = bake_pe(0x8664, sections, 9, &size);
	assert_int_equal(boot_uki_open(file, size, part, &why), KIMG_OK);
	expect_part(&part[BOOT_UKI_KERNEL], "kernel");
	expect_part(&part[BOOT_UKI_INITRD], "ram");
	expect_part(&part[BOOT_UKI_COMMAND], "first");
	expect_part(&part[BOOT_UKI_MICROCODE], "");
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_of_each),
		cmocka_unit_test(without_a_format),
		cmocka_unit_test(elf),
		cmocka_unit_test(advice_for_vmlinux),
		cmocka_unit_test(elf_of_many_parts),
		cmocka_unit_test(efi),
		cmocka_unit_test(parts_of_a_uki),
		cmocka_unit_test(profiles_of_a_uki),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
