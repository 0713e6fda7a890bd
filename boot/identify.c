// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a file is: formats with a magic number, and files without a format.
 *
 * Sources: each format's own description; for kernels the headers that Linux's build
 * makes (arm64 image.h, ARM head.S, riscv image.h); linux/magic.h for file systems.
 */
#include "identify.h"
#include "bytes.h"
#include "kind.h"

/* ---- Advice and words --------------------------------------------------------- */

const char boot_give_kernel[] =
	"give the kernel that a boot loader would load, usually /boot/vmlinuz-VERSION";
const char boot_copy_again[] =
	"copy the file again; compare its size with the original";
const char boot_other_cpu[] =
	"give a kernel that was built for x86, ARM or arm64";
static const char is_initrd[] =
	"give the kernel first, and this file with --initrd";
static const char mount_it[] =
	"mount it (mount -o loop,ro FILE /mnt) and give the kernel that is in it";
static const char unpack_it[] =
	"unpack it, and give the kernel that is in it";

void boot_say(struct boot_identity *identity, const char *text)
{
	size_t length = 0;

	while (identity->name[length])
		length++;
	while (*text && length + 1 < sizeof(identity->name))
		identity->name[length++] = *text++;
	identity->name[length] = '\0';
}

void boot_say_bytes(struct boot_identity *identity, const struct bytes *file,
		    uint64_t at, size_t most)
{
	char text[64];
	size_t n = 0;

	while (n < most && n + 1 < sizeof(text) && bytes_have(file, at + n, 1) &&
	       file->at[at + n] > ' ' && file->at[at + n] < 0x7f) {
		text[n] = (char)file->at[at + n];
		n++;
	}
	text[n] = '\0';
	boot_say(identity, text);
}

void boot_set(struct boot_identity *identity, enum boot_kind kind, const char *name,
	      const char *advice)
{
	identity->kind = kind;
	identity->name[0] = '\0';
	boot_say(identity, name);
	identity->advice = advice;
}

/* ---- Formats with a magic number ------------------------------------------------ */

struct magic {
	uint32_t offset;
	uint8_t size;
	const char *bytes;
	enum boot_kind kind;
	const char *name, *advice;
};

/* Kernels that may be EFI programs, too. */
static const struct magic kernels[] = {
	{ 0x24, 4, "\x18\x28\x6f\x01", BOOT_KIND_ZIMAGE, "a kernel for ARM (zImage)", boot_give_kernel },
	{ 0x24, 4, "\x01\x6f\x28\x18", BOOT_KIND_ZIMAGE, "a kernel for ARM, big-endian (zImage)", boot_give_kernel },
	{ 0x30, 5, "RISCV", BOOT_KIND_OTHER, "a kernel for RISC-V (riscv Image)", boot_other_cpu },
	{ 0x38, 4, "RSC\x05", BOOT_KIND_OTHER, "a kernel for RISC-V (riscv Image)", boot_other_cpu },
	{ 0x10008, 6, "S390EP", BOOT_KIND_OTHER, "a kernel for s390", boot_other_cpu },
};

static const struct magic formats[] = {
	/* Kernels in a wrapper. */
	{ 0, 8, "ANDROID!", BOOT_KIND_OTHER, "an Android boot image",
	  "take out the kernel with unpack_bootimg" },
	{ 0, 8, "VNDRBOOT", BOOT_KIND_OTHER, "an Android vendor boot image", boot_give_kernel },
	{ 0, 4, "\x3a\xff\x26\xed", BOOT_KIND_OTHER, "an Android sparse image", unpack_it },
	/* Compressed. */
	{ 0, 2, "\x1f\x8b", BOOT_KIND_GZIP, "gzip", boot_give_kernel },
	{ 0, 6, "\xfd" "7zXZ", BOOT_KIND_XZ, "xz", boot_give_kernel },
	{ 0, 4, "\x28\xb5\x2f\xfd", BOOT_KIND_ZSTD, "zstd", boot_give_kernel },
	/* Linux unpacks initrds of the legacy form only. */
	{ 0, 4, "\x04\x22\x4d\x18", BOOT_KIND_OTHER, "a file compressed with lz4",
	  "unpack it first: lz4 -dc FILE > kernel" },
	{ 0, 4, "\x02\x21\x4c\x18", BOOT_KIND_PACKED, "lz4 (legacy)",
	  "unpack it first: lz4 -dc FILE > kernel" },
	{ 0, 9, "\x89LZO\0\r\n\x1a\n", BOOT_KIND_PACKED, "lzop",
	  "unpack it first: lzop -dc FILE > kernel" },
	{ 0, 2, "\x1f\x9d", BOOT_KIND_OTHER, "a file compressed with compress",
	  "unpack it first: gzip -dc FILE > kernel" },
	/* Archives. */
	{ 0, 6, "070707", BOOT_KIND_OTHER, "a cpio archive of the old form, which is no initrd",
	  unpack_it },
	{ 0, 2, "\xc7\x71", BOOT_KIND_OTHER, "a cpio archive of the old form, which is no initrd",
	  unpack_it },
	{ 257, 5, "ustar", BOOT_KIND_OTHER, "a tar archive", unpack_it },
	{ 0, 21, "!<arch>\ndebian-binary", BOOT_KIND_OTHER, "a Debian package",
	  "unpack it (dpkg-deb -x) and give the kernel in its boot/" },
	{ 0, 8, "!<arch>\n", BOOT_KIND_OTHER, "a library (ar archive)", boot_give_kernel },
	{ 0, 4, "\xed\xab\xee\xdb", BOOT_KIND_OTHER, "an RPM package",
	  "unpack it (rpm2cpio, cpio -id) and give the kernel in it" },
	{ 0, 4, "PK\3\4", BOOT_KIND_OTHER, "a zip archive", unpack_it },
	{ 0, 6, "7z\xbc\xaf\x27\x1c", BOOT_KIND_OTHER, "a 7z archive", unpack_it },
	/* File systems; the first ones Linux also takes as an old-style initrd. */
	{ 0, 4, "hsqs", BOOT_KIND_INITRD, "a squashfs file system", mount_it },
	{ 0, 4, "\x45\x3d\xcd\x28", BOOT_KIND_INITRD, "a cramfs file system", mount_it },
	{ 0, 8, "-rom1fs-", BOOT_KIND_INITRD, "a romfs file system", mount_it },
	{ 0x438, 2, "\x53\xef", BOOT_KIND_INITRD, "an ext2, ext3 or ext4 file system", mount_it },
	{ 0x400, 4, "\xe2\xe1\xf5\xe0", BOOT_KIND_OTHER, "an erofs file system", mount_it },
	{ 0x400, 4, "\x10\x20\xf5\xf2", BOOT_KIND_OTHER, "an f2fs file system", mount_it },
	{ 0x10040, 8, "_BHRfS_M", BOOT_KIND_OTHER, "a btrfs file system", mount_it },
	{ 0, 4, "XFSB", BOOT_KIND_OTHER, "an XFS file system", mount_it },
	{ 0x8001, 5, "CD001", BOOT_KIND_OTHER, "an ISO image (ISO 9660)", mount_it },
	{ 0x8001, 5, "NSR02", BOOT_KIND_OTHER, "a UDF file system", mount_it },
	/* Disks. */
	{ 0, 4, "QFI\xfb", BOOT_KIND_OTHER, "a disk image (qcow2)",
	  "attach it (qemu-nbd) and give the kernel that is in it" },
	{ 0, 4, "KDMV", BOOT_KIND_OTHER, "a disk image (VMDK)", unpack_it },
	{ 0, 8, "vhdxfile", BOOT_KIND_OTHER, "a disk image (VHDX)", unpack_it },
	{ 0x40, 4, "\x7f\x10\xda\xbe", BOOT_KIND_OTHER, "a disk image (VDI)", unpack_it },
	{ 0, 6, "LUKS\xba\xbe", BOOT_KIND_OTHER, "an encrypted disk (LUKS)",
	  "open it (cryptsetup) and give the kernel that is in it" },
	{ 0x200, 8, "EFI PART", BOOT_KIND_OTHER, "a disk image (GPT)", mount_it },
	{ 0x1000, 8, "EFI PART", BOOT_KIND_OTHER, "a disk image (GPT)", mount_it },
	{ 0x36, 8, "FAT12   ", BOOT_KIND_OTHER, "a FAT file system", mount_it },
	{ 0x36, 8, "FAT16   ", BOOT_KIND_OTHER, "a FAT file system", mount_it },
	{ 0x36, 8, "FAT     ", BOOT_KIND_OTHER, "a FAT file system", mount_it },
	{ 0x52, 8, "FAT32   ", BOOT_KIND_OTHER, "a FAT file system", mount_it },
	{ 3, 8, "NTFS    ", BOOT_KIND_OTHER, "an NTFS file system", mount_it },
	{ 3, 8, "EXFAT   ", BOOT_KIND_OTHER, "an exFAT file system", mount_it },
	/* Must come after the formats that may start with a boot sector. */
	{ 0x1fe, 2, "\x55\xaa", BOOT_KIND_OTHER, "a disk image or boot sector", mount_it },
	/* Others. */
	{ 0, 4, "\xcf\xfa\xed\xfe", BOOT_KIND_OTHER, "a program for macOS (Mach-O)", boot_give_kernel },
	{ 0, 4, "%PDF", BOOT_KIND_OTHER, "a PDF document", boot_give_kernel },
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool is_magic(const struct bytes *file, const struct magic *magic, size_t count,
		     struct boot_identity *identity)
{
	for (; count; magic++, count--) {
		if (!bytes_are(file, magic->offset, magic->bytes, magic->size))
			continue;
		boot_set(identity, magic->kind,
		    magic->kind >= BOOT_KIND_GZIP ? "a file compressed with " : "",
		    magic->advice);
		boot_say(identity, magic->name);
		return true;
	}
	return false;
}

/*
 * lzma has no magic number: properties as all programs write them, a dictionary of
 * a power of two or one and a half, a size that is unknown or below 2^40.
 */
static bool is_lzma(const struct bytes *file, struct boot_identity *identity)
{
	uint64_t dictionary = bytes_get(file, 1, 4), size = bytes_get(file, 5, 8);
	uint64_t low = dictionary & (0 - dictionary);

	if (!bytes_have(file, 0, 14) || file->at[0] != 0x5d || dictionary < 4096 ||
	    (dictionary != low && dictionary != 3 * low) ||
	    (size != UINT64_MAX && size >> 40) || file->at[13])
		return false;
	boot_set(identity, BOOT_KIND_LZMA, "a file compressed with lzma", boot_give_kernel);
	return true;
}

/* A bzip2 file has the size of its blocks, 1 to 9, behind the magic number. */
static bool is_bzip2(const struct bytes *file, struct boot_identity *identity)
{
	if (!bytes_are(file, 0, "BZh", 3) || !bytes_have(file, 3, 1) ||
	    file->at[3] < '1' || file->at[3] > '9')
		return false;
	boot_set(identity, BOOT_KIND_PACKED, "a file compressed with bzip2",
		 "unpack it first: bzip2 -dc FILE > kernel");
	return true;
}

/* A zstd file may begin with a frame to be skipped. */
static bool is_skippable_zstd(const struct bytes *file, struct boot_identity *identity)
{
	uint64_t size = bytes_get(file, 4, 4);

	if ((bytes_get(file, 0, 4) & 0xfffffff0u) != 0x184d2a50u ||
	    !bytes_are(file, 8 + size, "\x28\xb5\x2f\xfd", 4))
		return false;
	boot_set(identity, BOOT_KIND_ZSTD, "a file compressed with zstd", boot_give_kernel);
	return true;
}

/*
 * Initial RAM disks: cpio of the two forms that Linux reads.
 */
static bool is_cpio(const struct bytes *file, struct boot_identity *identity)
{
	if (!bytes_are(file, 0, "070701", 6) && !bytes_are(file, 0, "070702", 6))
		return false;
	boot_set(identity, BOOT_KIND_INITRD, "an initrd (cpio archive)", is_initrd);
	if (bytes_find(file, 0, 2048, "kernel/x86/microcode", 20))
		boot_set(identity, BOOT_KIND_INITRD,
		    "an initrd (cpio archive, with microcode first)", is_initrd);
	return true;
}

/* ---- Without a format -------------------------------------------------------------- */

static bool is_zeros(const struct bytes *file, struct boot_identity *identity)
{
	uint64_t i;

	/* Reading all of a large file would take long. */
	for (i = 0; i < file->size && i < 1 << 20; i++)
		if (file->at[i])
			return false;
	boot_set(identity, BOOT_KIND_OTHER, "zeros", boot_copy_again);
	return true;
}

/* Bytes of a UTF-8 character after this first one; -1: no first byte. */
static int more_bytes(unsigned char first)
{
	if (first < 0x80)
		return 0;
	if (first < 0xc2 || first > 0xf4)
		return -1;
	return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

/*
 * Text: the first 4 KiB are UTF-8, with no control characters except those of text.
 */
static bool is_text(const struct bytes *file, struct boot_identity *identity)
{
	int more = 0;
	uint64_t i;

	for (i = 0; i < file->size && i < 4096; i++) {
		unsigned char byte = file->at[i];

		if (more && (byte & 0xc0) == 0x80) {
			more--;
			continue;
		}
		if (more)
			return false;
		more = more_bytes(byte);
		if (more < 0 || byte == 0x7f ||
		    (byte < ' ' && (byte < '\t' || byte > '\r') && byte != 0x1b))
			return false;
	}
	if (bytes_are(file, 0, "#!", 2))
		boot_set(identity, BOOT_KIND_OTHER, "a script", boot_give_kernel);
	else if (bytes_find(file, 0, 256, "<html", 5) || bytes_find(file, 0, 256, "<HTML", 5) ||
		 bytes_find(file, 0, 256, "<!DOCTYPE", 9) || bytes_find(file, 0, 256, "<!doctype", 9))
		boot_set(identity, BOOT_KIND_OTHER, "text (HTML, a web page)",
		    "a server sent this page instead of the file; download it again");
	else
		boot_set(identity, BOOT_KIND_OTHER, "text", boot_give_kernel);
	return true;
}

/* What a kernel is for. That of a wrapping is said by what is inside. */
static enum boot_cpu cpu_of(enum boot_kind kind)
{
	switch (kind) {
	case BOOT_KIND_BZIMAGE:
	case BOOT_KIND_VMLINUX:
		return BOOT_CPU_X86;
	case BOOT_KIND_ZIMAGE:
		return BOOT_CPU_ARM;
	case BOOT_KIND_IMAGE:
		return BOOT_CPU_ARM64;
	default:
		return BOOT_CPU_NONE;
	}
}

void boot_identify(const void *bytes, size_t size, struct boot_identity *identity)
{
	const struct bytes file = { bytes, size };

	if (!size)
		boot_set(identity, BOOT_KIND_EMPTY, "empty", boot_copy_again);
	else if (!boot_is_bzimage(&file, identity) && !boot_is_elf(&file, identity) &&
		 !is_cpio(&file, identity) && !boot_is_uimage(&file, identity) &&
		 !boot_is_device_tree(&file, identity) && !boot_is_image(&file, identity) &&
		 !is_magic(&file, kernels, COUNT(kernels), identity) &&
		 !boot_is_pe(&file, identity) &&
		 !is_magic(&file, formats, COUNT(formats), identity) &&
		 !is_lzma(&file, identity) && !is_bzip2(&file, identity) && !is_skippable_zstd(&file, identity) &&
		 !is_zeros(&file, identity) && !is_text(&file, identity))
		boot_set(identity, BOOT_KIND_OTHER, "a file of unknown type", boot_give_kernel);
	identity->cpu = cpu_of(identity->kind);
}
