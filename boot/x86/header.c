// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The setup header of a bzImage, and all checks of it.
 */
#include "boot.h"
#include "bzimage.h"
#include "zeropage.h"

#define SECTOR 512u

/*
 * Up to the end of cmdline_size, and of init_size: the fields of 2.06 and of 2.10
 * that are read here.
 */
#define HEADER_END_206 (ZP_CMDLINE_SIZE + 4)
#define HEADER_END_210 (ZP_INIT_SIZE + 4)

/*
 * The default load address of Linux (boot protocol, "code32_start"), and the end of
 * what a 32-bit kernel maps at its start (the value that initrd_addr_max had in all
 * kernels of that time).
 */
#define DEFAULT_ADDRESS 0x100000u
#define END_32BIT 0x38000000u

/*
 * Before 2.10, and if init_size is 0, the header does not say how much memory a
 * kernel needs to unpack itself. gzip, the only method then, compresses kernels to
 * a third or a quarter; 8 times the packed size covers that, the bss and the packed
 * copy kept while unpacking; 4 MiB cover small kernels with a large bss.
 */
#define GUESS_FACTOR 8u
#define GUESS_LEAST (4 * BOOT_MIB)

static bool is_power_of_two(uint32_t value)
{
	return value && !(value & (value - 1));
}

static enum kimg_error bad_field(struct kimg_why *why, uint64_t offset,
				 uint64_t value)
{
	return kimg_fail(why, KIMG_E_FILE_HEADER, .a = offset, .b = value);
}

static enum kimg_error truncated(struct kimg_why *why, size_t size, uint64_t need)
{
	return kimg_fail(why, KIMG_E_FILE_TRUNCATED, .a = size, .b = need, .c = need - size);
}

/*
 * Magic, version and size of the header itself. Sets protocol and end.
 */
static enum kimg_error check_identity(size_t size, struct bz_header *header,
				      struct kimg_why *why)
{
	const unsigned char *file = header->file;
	size_t need;

	/* A file too short to hold the magic may still show that it is something else. */
	if (size < ZP_BOOT_FLAG + 2)
		return truncated(why, size, HEADER_END_206);
	if (zp_get16(file, ZP_BOOT_FLAG) != ZP_BOOT_FLAG_VALUE)
		return kimg_fail(why, KIMG_E_FILE_MAGIC,
				 .a = zp_get16(file, ZP_BOOT_FLAG), .b = ZP_BOOT_FLAG,
				 .c = ZP_BOOT_FLAG_VALUE);
	if (size < ZP_MAGIC + 4)
		return truncated(why, size, HEADER_END_206);
	if (zp_get32(file, ZP_MAGIC) != ZP_MAGIC_VALUE)
		return kimg_fail(why, KIMG_E_FILE_MAGIC,
				 .a = zp_get32(file, ZP_MAGIC), .b = ZP_MAGIC,
				 .c = ZP_MAGIC_VALUE);
	if (size < HEADER_END_206)
		return truncated(why, size, HEADER_END_206);

	header->protocol = zp_get16(file, ZP_VERSION);
	if (header->protocol < 0x0206)
		return kimg_fail(why, KIMG_E_FILE_PROTOCOL, .a = header->protocol,
				 .b = 0x0206);

	need = header->protocol >= 0x020a ? HEADER_END_210 : HEADER_END_206;
	header->end = (size_t)ZP_MAGIC + file[ZP_JUMP_LENGTH];
	if (header->end < need)
		return bad_field(why, ZP_JUMP_LENGTH, file[ZP_JUMP_LENGTH]);
	/* The zero page has no room for more: what a later protocol adds stays out. */
	if (header->end > ZP_HEADER_MAX)
		header->end = ZP_HEADER_MAX;
	return KIMG_OK;
}

/*
 * The protected-mode part: where it starts, that it is all there. After this the
 * whole header may be read: the shortest setup, two sectors, holds it.
 */
static enum kimg_error check_code(size_t size, struct bz_header *header,
				  struct kimg_why *why)
{
	const unsigned char *file = header->file;
	size_t sectors = file[ZP_SETUP_SECTS] ? file[ZP_SETUP_SECTS] : 4;
	size_t setup = (sectors + 1) * SECTOR;
	uint64_t need = (uint64_t)zp_get32(file, ZP_SYSSIZE) * 16;

	if (!(file[ZP_LOADFLAGS] & ZP_LOADED_HIGH))
		return kimg_fail(why, KIMG_E_FILE_NOT_HIGH, .a = file[ZP_LOADFLAGS]);
	/* Linux has the default here. Files with another value start in real mode. */
	if (zp_get32(file, ZP_CODE32_START) != DEFAULT_ADDRESS)
		return kimg_fail(why, KIMG_E_FILE_REAL_MODE,
				 .a = zp_get32(file, ZP_CODE32_START),
				 .b = DEFAULT_ADDRESS);
	/* Old kernels count the last 16 bytes in full and do not pad the file. */
	need = setup + (need > 15 ? need - 15 : 1);
	if (size < need)
		return truncated(why, size, need);
	header->code = file + setup;
	header->code_size = size - setup;
	if (header->code_size >= BOOT_4GIB - BOOT_PAGE)
		return bad_field(why, ZP_SYSSIZE, zp_get32(file, ZP_SYSSIZE));
	return KIMG_OK;
}

/*
 * Where the kernel may be placed. Fields that do not matter for a kernel that
 * cannot be moved are not checked then.
 */
static enum kimg_error check_place(struct bz_header *header, struct kimg_why *why)
{
	const unsigned char *file = header->file;
	uint32_t align = zp_get32(file, ZP_KERNEL_ALIGNMENT);
	unsigned int least = file[ZP_MIN_ALIGNMENT];
	uint64_t preferred = DEFAULT_ADDRESS;

	header->relocatable = file[ZP_RELOCATABLE] != 0;
	header->align = header->align_least = BOOT_PAGE;
	if (header->relocatable) {
		if (!is_power_of_two(align))
			return bad_field(why, ZP_KERNEL_ALIGNMENT, align);
		header->align = align > BOOT_PAGE ? align : BOOT_PAGE;
		header->align_least = header->align;
		if (header->protocol >= 0x020a && least) {
			if (least > 31)
				return bad_field(why, ZP_MIN_ALIGNMENT, least);
			if (1u << least < header->align)
				header->align_least = 1u << least;
			if (header->align_least < BOOT_PAGE)
				header->align_least = BOOT_PAGE;
		}
	}

	if (header->protocol >= 0x020a) {
		preferred = zp_get64(file, ZP_PREF_ADDRESS);
		if (!header->relocatable &&
		    (preferred < BOOT_MIB || preferred % BOOT_PAGE))
			return bad_field(why, ZP_PREF_ADDRESS, preferred);
	}
	if (preferred < BOOT_MIB)
		preferred = BOOT_MIB;
	header->preferred = boot_page_up(preferred);

	header->is_64 = header->protocol >= 0x020c &&
			(zp_get16(file, ZP_XLOADFLAGS) & ZP_XLF_KERNEL_64);
	header->kernel_end = header->is_64 || !header->relocatable ? UINT64_MAX : END_32BIT;
	header->entry_64 = header->is_64 && header->code_size > BZ_ENTRY_64;
	header->levels_5 = header->entry_64 &&
			   (zp_get16(file, ZP_XLOADFLAGS) & ZP_XLF_5LEVEL);
	header->high = header->entry_64 &&
		       (zp_get16(file, ZP_XLOADFLAGS) & ZP_XLF_ABOVE_4G);
	return KIMG_OK;
}

enum kimg_error bz_read_header(const void *file, size_t size,
			       struct bz_header *header, struct kimg_why *why)
{
	enum kimg_error error;
	uint64_t runs;

	memset(header, 0, sizeof(*header));
	header->file = file;
	error = check_identity(size, header, why);
	if (!error)
		error = check_code(size, header, why);
	if (!error)
		error = check_place(header, why);
	if (error)
		return error;

	header->cmdline_size = zp_get32(header->file, ZP_CMDLINE_SIZE);
	header->initrd_end = (uint64_t)zp_get32(header->file, ZP_INITRD_ADDR_MAX) + 1;
	if (header->protocol >= 0x020a)
		header->init_size = zp_get32(header->file, ZP_INIT_SIZE);

	runs = header->init_size;
	if (!runs) {
		runs = (uint64_t)header->code_size * GUESS_FACTOR;
		if (runs < GUESS_LEAST)
			runs = GUESS_LEAST;
	}
	if (runs < header->code_size)
		runs = header->code_size;
	header->runs_over = boot_page_up(runs);
	return KIMG_OK;
}

void bz_make_header(unsigned char *file, bool is_64, struct bz_header *header)
{
	memset(file, 0, ZP_HEADER_MAX);
	zp_put16(file, ZP_ROOT_FLAGS, 1);	/* the root file system is read-only at first */
	zp_put16(file, ZP_VID_MODE, 0xffff);	/* normal */
	zp_put16(file, ZP_BOOT_FLAG, ZP_BOOT_FLAG_VALUE);
	zp_put32(file, ZP_MAGIC, ZP_MAGIC_VALUE);
	zp_put16(file, ZP_VERSION, BZ_MADE_PROTOCOL);
	file[ZP_LOADFLAGS] = ZP_LOADED_HIGH;
	zp_put32(file, ZP_INITRD_ADDR_MAX, 0x7fffffff);
	zp_put32(file, ZP_KERNEL_ALIGNMENT, 0x200000);
	zp_put16(file, ZP_XLOADFLAGS, is_64 ? ZP_XLF_KERNEL_64 : 0);
	zp_put32(file, ZP_CMDLINE_SIZE, 2047);

	*header = (struct bz_header){
		.file = file,
		.end = ZP_HEADER_MAX,
		.protocol = BZ_MADE_PROTOCOL,
		.cmdline_size = 2047,
		.initrd_end = 0x80000000u,
		.is_64 = is_64,
		.entry_64 = is_64,
	};
}
