// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a file is: kernels and programs, told from their headers.
 *
 * Sources: Documentation/arch/x86/boot.rst; zboot-header.S of Linux; the
 * specifications of PE, ELF and Multiboot; U-Boot's image.h.
 */
#include "bytes.h"
#include "elf.h"
#include "kind.h"
#include "pe.h"
#include "x86/zeropage.h"

/* EFI zboot: the header of the file. */
#define ZBOOT_OFFSET	0x08u		/* where the compressed kernel is, and its size */
#define ZBOOT_SIZE	0x0cu
#define ZBOOT_METHOD	0x18u		/* a text */

/* ---- Advice and words --------------------------------------------------------- */

static const char other_loader[] =
	"kleap loads Linux only; kexec(8) or a boot loader may load this";
static const char real_mode[] =
	"it starts in real mode; only firmware or a boot loader can boot it";
static const char take_out[] =
	"take the kernel out: dumpimage -p 0 -o kernel FILE (of u-boot-tools); a FIT may have several, see dumpimage -l";
static const char take_image[] =
	"gzip, xz, lzma and zstd are unpacked: give the Image that is in it, arch/arm64/boot/Image where it was built";
static const char arm_file[] =
	"kernels for ARM are loaded as zImage: arch/arm/boot/zImage beside the vmlinux, or /boot/vmlinuz-VERSION";
static const char arm64_file[] =
	"kernels for arm64 are loaded as Image: arch/arm64/boot/Image beside the vmlinux, or /boot/vmlinuz-VERSION";

struct word {
	uint32_t number;
	const char *text;
};

/*
 * The word for a number, in a list that ends with the word for all others.
 */
static const char *word_for(const struct word *word, uint32_t number)
{
	while (word->number != UINT32_MAX && word->number != number)
		word++;
	return word->text;
}

/* ---- x86 kernels ---------------------------------------------------------------- */

/*
 * bzImages, and files that look like one.
 */
bool boot_is_bzimage(const struct bytes *file, struct boot_identity *identity)
{
	uint64_t version, protocol, start;
	bool named;

	if (bytes_get(file, ZP_BOOT_FLAG, 2) != ZP_BOOT_FLAG_VALUE ||
	    bytes_get(file, ZP_MAGIC, 4) != ZP_MAGIC_VALUE)
		return false;
	protocol = bytes_get(file, ZP_VERSION, 2);
	start = bytes_get(file, ZP_CODE32_START, 4);
	version = bytes_get(file, ZP_KERNEL_VERSION, 2);
	named = version && bytes_get(file, 0x200 + version, 1);
	version += 0x200;
	if (!bytes_have(file, 0, ZP_CODE32_START + 4)) {
		boot_set(identity, BOOT_KIND_BZIMAGE, "the start of a kernel for x86 (bzImage)",
			 boot_copy_again);
	} else if (named && bytes_are(file, version, "MEMDISK", 7)) {
		boot_set(identity, BOOT_KIND_REAL_MODE, "MEMDISK, which boots disk images", real_mode);
	} else if (protocol < 0x0206 && !bytes_get(file, ZP_SYSSIZE, 4)) {
		/* GRUB's lnxboot.img has no size, and no name. */
		boot_set(identity, BOOT_KIND_REAL_MODE,
		    "a boot loader of real-mode code, such as GRUB's lnxboot.img", real_mode);
	} else if (protocol >= 0x0200 && start != 0x100000 &&
		   bytes_get(file, ZP_LOADFLAGS, 1) & ZP_LOADED_HIGH) {
		boot_set(identity, BOOT_KIND_REAL_MODE,
		    "a boot program of real-mode code only, such as ipxe.lkrn", real_mode);
	} else {
		boot_set(identity, BOOT_KIND_BZIMAGE, protocol >= 0x020c &&
		    bytes_get(file, ZP_XLOADFLAGS, 2) & ZP_XLF_KERNEL_64 ?
		    "a kernel for x86-64 (bzImage" : "a kernel for x86 (bzImage", boot_give_kernel);
		if (named) {
			boot_say(identity, ", ");
			boot_say_bytes(identity, file, version, 40);
		}
		boot_say(identity, ")");
	}
	return true;
}

/* ---- arm64 kernels -------------------------------------------------------------- */

/*
 * Images. They may be EFI programs, too.
 */
bool boot_is_image(const struct bytes *file, struct boot_identity *identity)
{
	static const char *const pages[] = { "", "", ", pages of 16 KiB", ", pages of 64 KiB" };
	uint64_t flags = bytes_get(file, 24, 8);

	if (!bytes_are(file, 0x38, "ARM\x64", 4))
		return false;
	boot_set(identity, BOOT_KIND_IMAGE, "a kernel for arm64 (Image", boot_give_kernel);
	boot_say(identity, flags & 1 ? ", big-endian" : "");
	boot_say(identity, pages[flags >> 1 & 3]);
	boot_say(identity, ")");
	return true;
}

/* ---- PE ------------------------------------------------------------------------- */

static const struct word pe_machines[] = {
	{ PE_386, "x86" }, { PE_X86_64, "x86-64" }, { 0xaa64, "arm64" }, { 0x01c0, "ARM" },
	{ 0x01c2, "ARM" }, { 0x01c4, "ARM" }, { 0x5032, "RISC-V (riscv32)" },
	{ 0x5064, "RISC-V (riscv64)" }, { 0x6232, "LoongArch" }, { 0x6264, "LoongArch" },
	{ 0x0200, "IA-64" }, { 0x0ebc, "EFI byte code" }, { UINT32_MAX, "another processor" },
};

static bool has_linux(const struct pe *pe)
{
	struct pe_section section;
	uint32_t i;

	for (i = 0; i < pe->sections; i++) {
		pe_section(pe, i, &section);
		if (!memcmp(section.name, ".linux", 7))
			return true;
	}
	return false;
}

/*
 * EFI programs: kernels, unified kernel images and others.
 */
bool boot_is_pe(const struct bytes *file, struct boot_identity *identity)
{
	const char *machine;
	struct pe pe;
	bool x86;

	if (!pe_open(file->at, (size_t)file->size, &pe)) {
		/* A bzImage may begin like this, too; its header comes later. */
		if (!bytes_are(file, 0, "MZ", 2))
			return false;
		if (bytes_are(file, 4, "zimg", 4))
			boot_set(identity, BOOT_KIND_OTHER,
			    "the start of a kernel (EFI zboot)", boot_copy_again);
		else if (file->size < ZP_MAGIC + 4)
			boot_set(identity, BOOT_KIND_BZIMAGE,
			    "the start of a bzImage or of an EFI program", boot_copy_again);
		else
			boot_set(identity, BOOT_KIND_OTHER, "a program for DOS or Windows", boot_give_kernel);
		return true;
	}
	machine = word_for(pe_machines, pe.machine);
	x86 = pe.machine == PE_386 || pe.machine == PE_X86_64;
	if (bytes_are(file, 4, "zimg", 4)) {
		boot_set(identity, BOOT_KIND_ZBOOT, "a kernel for ", take_image);
		boot_say(identity, machine);
		boot_say(identity, " (EFI zboot, compressed with ");
		boot_say_bytes(identity, file, ZBOOT_METHOD, 16);
		boot_say(identity, ")");
	} else if (has_linux(&pe)) {
		boot_set(identity, BOOT_KIND_UKI, "a unified kernel image (UKI) for ",
			 boot_give_kernel);
		boot_say(identity, machine);
	} else if (file->size < ZP_MAGIC + 4) {
		boot_set(identity, BOOT_KIND_BZIMAGE, "the start of a bzImage or of an EFI program",
		    boot_copy_again);
	} else if (bytes_get(file, 0x38, 4) == 0x818223cd && !x86) {
		boot_set(identity, BOOT_KIND_OTHER, "a kernel for ", boot_other_cpu);
		boot_say(identity, machine);
		boot_say(identity, " (Image)");
	} else if (pe.subsystem >= 10 && pe.subsystem <= 13) {
		boot_set(identity, BOOT_KIND_OTHER, "an EFI program (PE) for ",
		    "firmware starts EFI programs; give the kernel, usually /boot/vmlinuz-VERSION");
		boot_say(identity, machine);
	} else {
		boot_set(identity, BOOT_KIND_OTHER, "a program for Windows (PE) for ", boot_give_kernel);
		boot_say(identity, machine);
	}
	return true;
}

bool boot_zboot_open(const void *data, size_t size, struct boot_piece *packed,
		     enum boot_kind *kind)
{
	/* Names as Linux's Makefile.zboot gives them, of which kleap unpacks these. */
	static const struct {
		const char *name;
		size_t length;
		enum boot_kind kind;
	} methods[] = {
		{ "gzip", 4, BOOT_KIND_GZIP }, { "xz", 2, BOOT_KIND_XZ },
		{ "zstd", 4, BOOT_KIND_ZSTD }, { "lzma", 4, BOOT_KIND_LZMA },
	};
	const struct bytes file = { data, size };
	uint64_t at = bytes_get(&file, ZBOOT_OFFSET, 4);
	size_t i;

	packed->data = file.at + (bytes_have(&file, at, 0) ? at : 0);
	packed->size = bytes_get(&file, ZBOOT_SIZE, 4);
	*kind = BOOT_KIND_OTHER;
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (bytes_are(&file, ZBOOT_METHOD, methods[i].name, methods[i].length))
			*kind = methods[i].kind;
	return bytes_have(&file, at, packed->size);
}

/* ---- ELF ------------------------------------------------------------------------ */

static const struct word elf_machines[] = {
	{ 2, "SPARC" }, { ELF_386, "x86" }, { 4, "m68k" }, { 8, "MIPS" }, { 15, "PA-RISC" },
	{ 18, "SPARC" }, { 20, "PowerPC" }, { 21, "PowerPC, 64-bit" }, { 22, "s390" },
	{ ELF_ARM, "ARM" }, { 42, "SuperH" }, { 43, "SPARC, 64-bit" }, { 50, "IA-64" },
	{ ELF_X86_64, "x86-64" }, { 92, "OpenRISC" }, { 93, "ARC" }, { 94, "Xtensa" },
	{ 164, "Hexagon" }, { ELF_AARCH64, "arm64" }, { 189, "MicroBlaze" }, { 195, "ARC" },
	{ 243, "RISC-V" }, { 252, "C-SKY" }, { 258, "LoongArch" }, { 0x9026, "Alpha" },
	{ UINT32_MAX, "another processor" },
};

/* Does the file start with a Multiboot header? `*second`: of version 2. */
static bool has_multiboot(const struct bytes *file, bool *second)
{
	uint64_t at;

	for (at = 0; at < 32768 && bytes_have(file, at, 16); at += 4) {
		uint32_t magic = (uint32_t)bytes_get(file, at, 4);
		uint32_t one = (uint32_t)bytes_get(file, at + 4, 4);
		uint32_t two = (uint32_t)bytes_get(file, at + 8, 4);

		*second = magic == 0xe85250d6u && at % 8 == 0;
		if (*second && !(uint32_t)(magic + one + two +
					   (uint32_t)bytes_get(file, at + 12, 4)))
			return true;
		*second = false;
		if (magic == 0x1badb002u && at < 8192 && !(uint32_t)(magic + one + two))
			return true;
	}
	return false;
}

/*
 * Does one of the loaded segments contain this text? No more bytes are searched than the
 * file has: thousands of headers may name the same ones.
 */
static bool loads_text(const struct elf *elf, const char *text, size_t size)
{
	uint64_t left = elf->file.size;
	struct elf_program program;
	uint32_t i;

	for (i = 0; i < elf->programs && left; i++) {
		elf_program(elf, i, &program);
		if (program.type != ELF_LOAD)
			continue;
		if (bytes_find(&elf->file, program.offset, program.file_size, text, size))
			return true;
		left -= program.file_size < left ? program.file_size : left;
	}
	return false;
}

/* Does the file end before one of the loaded segments does? */
static bool is_cut(const struct elf *elf)
{
	struct elf_program program;
	uint32_t i;

	for (i = 0; i < elf->programs; i++) {
		elf_program(elf, i, &program);
		if (program.type == ELF_LOAD &&
		    !bytes_have(&elf->file, program.offset, program.file_size))
			return true;
	}
	return false;
}

static bool has_interpreter(const struct elf *elf)
{
	struct elf_program program;
	uint32_t i;

	for (i = 0; i < elf->programs; i++) {
		elf_program(elf, i, &program);
		if (program.type == 3)		/* PT_INTERP */
			return true;
	}
	return false;
}

/*
 * Programs, modules and core dumps; and kernels, which are programs without an
 * interpreter.
 */
bool boot_is_elf(const struct bytes *file, struct boot_identity *identity)
{
	bool second, runs, x86;
	struct elf elf;

	if (!bytes_are(file, 0, "\177ELF", 4))
		return false;
	if (!elf_open(file->at, (size_t)file->size, &elf)) {
		boot_set(identity, BOOT_KIND_OTHER, "a damaged ELF file", boot_copy_again);
		if (!elf.machine)
			return true;
		boot_say(identity, elf.wide ? " of 64 bits for " : " of 32 bits for ");
		boot_say(identity, word_for(elf_machines, elf.machine));
		return true;
	}
	runs = (elf.type == ELF_EXEC || elf.type == ELF_DYN) && !has_interpreter(&elf);
	x86 = !elf.big && elf.machine == (elf.wide ? ELF_X86_64 : ELF_386);
	if (runs && loads_text(&elf, "Linux version ", 14))
		boot_set(identity, x86 ? BOOT_KIND_VMLINUX : BOOT_KIND_OTHER,
		    "a kernel (vmlinux", elf.machine == ELF_386 || elf.machine == ELF_X86_64 ?
		    boot_give_kernel : elf.machine == ELF_ARM ? arm_file :
		    elf.machine == ELF_AARCH64 ? arm64_file : boot_other_cpu);
	else if (runs && has_multiboot(file, &second))
		boot_set(identity, BOOT_KIND_OTHER, loads_text(&elf, "Xen version ", 12) ?
		    "the Xen hypervisor (multiboot" : second ?
		    "a kernel (multiboot2" : "a kernel (multiboot", other_loader);
	else if (runs && is_cut(&elf))
		boot_set(identity, BOOT_KIND_OTHER, "a program or kernel (cut short", boot_copy_again);
	else if (elf.type == ELF_REL)
		boot_set(identity, BOOT_KIND_OTHER,
		    bytes_find(file, 0, file->size, "vermagic=", 9) ?
		    "a kernel module (.ko" : "an object file (.o", boot_give_kernel);
	else if (elf.type == ELF_CORE)
		boot_set(identity, BOOT_KIND_OTHER, "a memory dump (core", boot_give_kernel);
	else
		boot_set(identity, BOOT_KIND_OTHER, "a program (executable or library", boot_give_kernel);
	boot_say(identity, elf.wide ? ", ELF of 64 bits) for " : ", ELF of 32 bits) for ");
	boot_say(identity, word_for(elf_machines, elf.machine));
	if (!elf.wide && elf.machine == ELF_X86_64)
		boot_say(identity, " (x32)");
	if (elf.big)
		boot_say(identity, " (big-endian)");
	return true;
}

/* ---- U-Boot ---------------------------------------------------------------------- */

static const struct word uimage_machines[] = {
	{ 1, "Alpha" }, { 2, "ARM" }, { 3, "x86" }, { 4, "IA-64" }, { 5, "MIPS" },
	{ 6, "MIPS, 64-bit" }, { 7, "PowerPC" }, { 8, "s390" }, { 9, "SuperH" },
	{ 10, "SPARC" }, { 11, "SPARC, 64-bit" }, { 12, "m68k" }, { 14, "MicroBlaze" },
	{ 15, "Nios II" }, { 21, "OpenRISC" }, { 22, "arm64" }, { 23, "ARC" },
	{ 24, "x86-64" }, { 25, "Xtensa" }, { 26, "RISC-V" },
	{ UINT32_MAX, "another processor" },
};

static const struct word uimage_types[] = {
	{ 2, "a kernel" }, { 3, "an initrd" }, { 4, "a kernel and more" }, { 5, "firmware" },
	{ 6, "a script" }, { 7, "a file system" }, { 8, "a device tree" }, { 14, "a kernel" },
	{ UINT32_MAX, "a program" },
};

static const struct word uimage_methods[] = {
	{ 0, "" }, { 1, ", compressed with gzip" }, { 2, ", compressed with bzip2" },
	{ 3, ", compressed with lzma" }, { 4, ", compressed with lzo" },
	{ 5, ", compressed with lz4" }, { 6, ", compressed with zstd" },
	{ UINT32_MAX, ", compressed" },
};

bool boot_is_uimage(const struct bytes *file, struct boot_identity *identity)
{
	if (bytes_number(file, 0, 4, true) != 0x27051956 || !bytes_have(file, 0, 64))
		return false;
	boot_set(identity, BOOT_KIND_OTHER, "a U-Boot image (uImage) with ",
	    take_out);
	boot_say(identity, word_for(uimage_types, file->at[30]));
	boot_say(identity, " for ");
	boot_say(identity, word_for(uimage_machines, file->at[29]));
	boot_say(identity, word_for(uimage_methods, file->at[31]));
	return true;
}

/*
 * Device trees. One with a node "images" is a Flattened Image Tree; a node begins with
 * the token 1 and its name.
 */
bool boot_is_device_tree(const struct bytes *file, struct boot_identity *identity)
{
	uint64_t size = bytes_number(file, 4, 4, true);

	if (bytes_number(file, 0, 4, true) != 0xd00dfeed)
		return false;
	if (bytes_find(file, 0, size, "\0\0\0\1images\0", 11))
		boot_set(identity, BOOT_KIND_OTHER, "a U-Boot image (FIT, Flattened Image Tree)",
		    take_out);
	else
		boot_set(identity, BOOT_KIND_OTHER, "a device tree",
			 "give the kernel first, and this file with --dtb if it is for ARM or arm64");
	return true;
}
