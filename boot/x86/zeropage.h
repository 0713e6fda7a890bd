/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The bytes of the x86 boot protocol: the offset of each field, and how to read and
 * write one.
 *
 * Sources: Documentation/arch/x86/boot.rst ("The Real-Mode Kernel Header") and
 * zero-page.rst of Linux 6.1; arch/x86/include/uapi/asm/bootparam.h for what
 * lies between. Header fields have the same offset in the kernel file and in the
 * zero page, which is why one list serves both. Everything is little-endian.
 */
#ifndef BOOT_ZEROPAGE_H
#define BOOT_ZEROPAGE_H

#include "kimg_env.h"

/* ---- The setup header: kernel file and zero page ---------------------------- */

#define ZP_HEADER		0x1f1u	/* its first byte */
#define ZP_SETUP_SECTS		0x1f1u	/* u8, sectors of real-mode code; 0 means 4 */
#define ZP_ROOT_FLAGS		0x1f2u	/* u16, not 0: mount the root file system read-only */
#define ZP_SYSSIZE		0x1f4u	/* u32, protected-mode code in 16 bytes */
#define ZP_VID_MODE		0x1fau	/* u16 */
#define ZP_BOOT_FLAG		0x1feu	/* u16, 0xaa55 */
#define ZP_JUMP			0x200u	/* a short jump over the header ... */
#define ZP_JUMP_LENGTH		0x201u	/* u8, ... so this says where it ends */
#define ZP_MAGIC		0x202u	/* "HdrS" */
#define ZP_VERSION		0x206u	/* u16, 0x020f for 2.15 */
#define ZP_KERNEL_VERSION	0x20eu	/* u16, offset of the version text, from 0x200 */
#define ZP_TYPE_OF_LOADER	0x210u	/* u8 */
#define ZP_LOADFLAGS		0x211u	/* u8 */
#define ZP_CODE32_START		0x214u	/* u32 */
#define ZP_RAMDISK_IMAGE	0x218u	/* u32 */
#define ZP_RAMDISK_SIZE		0x21cu	/* u32 */
#define ZP_HEAP_END_PTR		0x224u	/* u16, real-mode code only */
#define ZP_EXT_LOADER_VER	0x226u	/* u8 */
#define ZP_EXT_LOADER_TYPE	0x227u	/* u8 */
#define ZP_CMD_LINE_PTR		0x228u	/* u32 */
#define ZP_INITRD_ADDR_MAX	0x22cu	/* u32, the last address good for an initrd */
#define ZP_KERNEL_ALIGNMENT	0x230u	/* u32 */
#define ZP_RELOCATABLE		0x234u	/* u8 */
#define ZP_MIN_ALIGNMENT	0x235u	/* u8, a power of two; since 2.10 */
#define ZP_XLOADFLAGS		0x236u	/* u16, since 2.12 */
#define ZP_CMDLINE_SIZE		0x238u	/* u32, without the terminator; since 2.06 */
#define ZP_HARDWARE_SUBARCH	0x23cu	/* u32, since 2.07 */
#define ZP_SETUP_DATA		0x250u	/* u64, since 2.09 */
#define ZP_PREF_ADDRESS		0x258u	/* u64, since 2.10 */
#define ZP_INIT_SIZE		0x260u	/* u32, since 2.10 */
#define ZP_HEADER_MAX		0x290u	/* what follows is no header any more */

#define ZP_BOOT_FLAG_VALUE	0xaa55u
#define ZP_MAGIC_VALUE		0x53726448u	/* "HdrS" */

#define ZP_LOADED_HIGH		0x01u	/* loadflags: protected-mode code at 1 MiB or above */
#define ZP_KASLR_FLAG		0x02u	/* loadflags: between the kernel's own stages */
#define ZP_KEEP_SEGMENTS	0x40u	/* loadflags: do not reload segment registers */
#define ZP_CAN_USE_HEAP		0x80u	/* loadflags: heap_end_ptr is good */
#define ZP_XLF_KERNEL_64	0x01u	/* xloadflags: a 64-bit kernel */
#define ZP_XLF_ABOVE_4G		0x02u	/* xloadflags: it, initrd and boot params may be there */
#define ZP_XLF_EFI_KEXEC	0x10u	/* xloadflags: reads SETUP_EFI */
#define ZP_XLF_5LEVEL		0x20u	/* xloadflags: can be entered with five levels of tables */

#define ZP_LOADER_UNDEFINED	0xffu	/* type_of_loader: no number assigned */

/* ---- The zero page alone ------------------------------------------------------ */

#define ZP_SIZE			4096u
#define ZP_SCREEN_INFO		0x000u
#define ZP_SCREEN_INFO_SIZE	0x40u
#define ZP_EXT_MEM_K		0x002u	/* u16, inside screen_info */
#define ZP_IST_INFO		0x060u
#define ZP_IST_INFO_SIZE	0x10u
#define ZP_ACPI_RSDP		0x070u	/* u64 */
#define ZP_EXT_RAMDISK_IMAGE	0x0c0u	/* u32, the upper half; so are the next two */
#define ZP_EXT_RAMDISK_SIZE	0x0c4u
#define ZP_EXT_CMD_LINE_PTR	0x0c8u
#define ZP_EDID_INFO		0x140u
#define ZP_EDID_INFO_SIZE	0x80u
#define ZP_EFI_SIGNATURE	0x1c0u	/* "EL32" or "EL64": the firmware's width */
#define ZP_EFI_SYSTAB		0x1c4u	/* u32 */
#define ZP_EFI_MEMDESC_SIZE	0x1c8u	/* u32 */
#define ZP_EFI_MEMDESC_VERSION	0x1ccu	/* u32 */
#define ZP_EFI_MEMMAP		0x1d0u	/* u32 */
#define ZP_EFI_MEMMAP_SIZE	0x1d4u	/* u32, in bytes */
#define ZP_EFI_SYSTAB_HI	0x1d8u	/* u32 */
#define ZP_EFI_MEMMAP_HI	0x1dcu	/* u32 */
#define ZP_ALT_MEM_K		0x1e0u	/* u32 */
#define ZP_E820_ENTRIES		0x1e8u	/* u8 */
#define ZP_EDD_ENTRIES		0x1e9u	/* u8 */
#define ZP_EDD_SIGNATURES	0x1eau	/* u8 */
#define ZP_KBD_STATUS		0x1ebu	/* u8 */
#define ZP_SECURE_BOOT		0x1ecu	/* u8 */
#define ZP_EDD_SIGNATURE_LIST	0x290u	/* u32 each */
#define ZP_EDD_SIGNATURE_LIST_SIZE 0x40u
#define ZP_E820_TABLE		0x2d0u
#define ZP_E820_SIZE		20u	/* u64 address, u64 size, u32 type */
#define ZP_E820_MAX		128u	/* ranges in the table */

#define ZP_EDD_LIST		0xd00u
#define ZP_EDD_LIST_SIZE	0x1ecu

#define ZP_EFI_SIGNATURE_32	0x32334c45u	/* "EL32" */
#define ZP_EFI_SIGNATURE_64	0x34364c45u	/* "EL64" */

/* Inside screen_info (include/uapi/linux/screen_info.h). */
#define ZP_VIDEO_COLS		0x07u	/* u8 */
#define ZP_VIDEO_LINES		0x0eu	/* u8 */
#define ZP_VIDEO_TYPE		0x0fu	/* u8, orig_video_isVGA */
#define ZP_VIDEO_POINTS		0x10u	/* u16, the height of a character */
#define ZP_LFB_WIDTH		0x12u	/* u16 */
#define ZP_LFB_HEIGHT		0x14u	/* u16 */
#define ZP_LFB_DEPTH		0x16u	/* u16 */
#define ZP_LFB_BASE		0x18u	/* u32 */
#define ZP_LFB_SIZE		0x1cu	/* u32, in bytes; VIDEO_TYPE_VLFB: in 64 KiB */
#define ZP_CL_MAGIC		0x20u	/* u16, and cl_offset: the old command line */
#define ZP_LFB_LINELENGTH	0x24u	/* u16 */
#define ZP_LFB_FIELDS		0x26u	/* u8 size, u8 position, of four */
#define ZP_LFB_CAPABILITIES	0x36u	/* u32 */
#define ZP_EXT_LFB_BASE		0x3au	/* u32, the upper half */
#define ZP_LFB_BASE_64		0x02u	/* capabilities: ext_lfb_base is good */

/* An item of the setup_data list: u64 next, u32 type, u32 length, then its data. */
#define ZP_SETUP_DATA_SIZE	16u
#define ZP_SETUP_E820_EXT	1u	/* type: more ranges, after those of the table */

/* ---- Reading and writing ------------------------------------------------------- */

static inline uint16_t zp_get16(const unsigned char *page, size_t at)
{
	return (uint16_t)(page[at] | page[at + 1] << 8);
}

static inline uint32_t zp_get32(const unsigned char *page, size_t at)
{
	return zp_get16(page, at) | (uint32_t)zp_get16(page, at + 2) << 16;
}

static inline uint64_t zp_get64(const unsigned char *page, size_t at)
{
	return zp_get32(page, at) | (uint64_t)zp_get32(page, at + 4) << 32;
}

static inline void zp_put16(unsigned char *page, size_t at, uint16_t value)
{
	page[at] = (unsigned char)(value & 0xff);
	page[at + 1] = (unsigned char)(value >> 8);
}

static inline void zp_put32(unsigned char *page, size_t at, uint32_t value)
{
	zp_put16(page, at, (uint16_t)(value & 0xffff));
	zp_put16(page, at + 2, (uint16_t)(value >> 16));
}

static inline void zp_put64(unsigned char *page, size_t at, uint64_t value)
{
	zp_put32(page, at, (uint32_t)(value & 0xffffffffu));
	zp_put32(page, at + 4, (uint32_t)(value >> 32));
}

#endif
