// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The boot params segment, which has everything passed to the new kernel: the zero page,
 * a GDT, the command line, and the setup_data list.
 */
#include "boot.h"
#include "bzimage.h"
#include "zeropage.h"

/*
 * Flat 4 GiB segments, ring 0, marked as accessed so that the processor need not write to
 * them: code at 0x10 (__BOOT_CS), of 32 bits or, in the second, of 64; data at 0x18
 * (__BOOT_DS).
 */
static const uint64_t gdt[2][BOOT_PARAMS_GDT_SIZE / 8] = {
	{ 0, 0, 0x00cf9b000000ffffull, 0x00cf93000000ffffull },
	{ 0, 0, 0x00af9b000000ffffull, 0x00cf93000000ffffull },
};

/*
 * The fields of struct boot_params in order, and what the new kernel gets:
 *
 *   000 screen_info      the running kernel's, or the current framebuffer
 *   040 apm_bios_info    0: the BIOS interface is connected to the running kernel
 *   058 tboot_addr       0: a measured launch ends with the kernel that was measured
 *   060 ist_info         the running kernel's: SpeedStep data from the BIOS
 *   070 acpi_rsdp_addr   request->acpi_rsdp
 *   080 hd0_info, hd1_info, sys_desc_table: 0, no kernel since 2.6.22 reads them
 *   0b0 olpc_ofw_header  0: Open Firmware runs on its own page tables, which a kernel
 *                        finds in CR3 only when the firmware starts it
 *   0c0 ext_ramdisk_image, ext_ramdisk_size, ext_cmd_line_ptr: the upper halves of the
 *                        header's fields; 0 for what is below 4 GiB
 *   13c cc_blob_address  0: the kernel finds it by itself
 *   140 edid_info        the running kernel's
 *   1c0 efi_info         efi.c
 *   1e0 alt_mem_k, 1e8 e820_entries, 2d0 e820_table: the map as the layout tells it
 *   1e4 scratch, 1ef sentinel: 0, as the boot protocol requires
 *   1e9 eddbuf_entries, 1ea edd_mbr_sig_buf_entries, 290 edd_mbr_sig_buffer,
 *   d00 eddbuf           the running kernel's: only real-mode code can ask the BIOS
 *   1eb kbd_status       the running kernel's
 *   1ec secure_boot      the running kernel's, so that the new one locks itself down, too
 *   1f1 hdr              the kernel file's; hardware_subarch is the running kernel's
 */
static const struct { size_t at, size; } carried[] = {
	{ ZP_SCREEN_INFO, ZP_SCREEN_INFO_SIZE },
	{ ZP_IST_INFO, ZP_IST_INFO_SIZE },
	{ ZP_EDID_INFO, ZP_EDID_INFO_SIZE },
	{ ZP_EDD_ENTRIES, 1 },
	{ ZP_EDD_SIGNATURES, 1 },
	{ ZP_KBD_STATUS, 1 },
	{ ZP_SECURE_BOOT, 1 },
	{ ZP_EDD_SIGNATURE_LIST, ZP_EDD_SIGNATURE_LIST_SIZE },
	{ ZP_EDD_LIST, ZP_EDD_LIST_SIZE },
};

static void write_carried(unsigned char *params, const unsigned char *running)
{
	size_t i;

	for (i = 0; i < sizeof(carried) / sizeof(carried[0]); i++)
		memcpy(params + carried[i].at, running + carried[i].at, carried[i].size);
	zp_put32(params, ZP_CL_MAGIC, 0);
}

/*
 * The framebuffer. Without one, the screen is a text screen of 80 columns, of no known
 * kind.
 */
static void write_screen(unsigned char *params, const struct boot_screen *screen)
{
	uint64_t size = screen->size;
	size_t i;

	params[ZP_VIDEO_TYPE] = screen->type;
	if (!screen->type) {
		memset(params + ZP_SCREEN_INFO, 0, ZP_SCREEN_INFO_SIZE);
		params[ZP_VIDEO_COLS] = 80;
		params[ZP_VIDEO_LINES] = 25;
		zp_put16(params, ZP_VIDEO_POINTS, 16);
		return;
	}
	if (screen->type == BOOT_SCREEN_VESA)
		size = (size + 0xffff) >> 16;
	zp_put16(params, ZP_LFB_WIDTH, screen->width);
	zp_put16(params, ZP_LFB_HEIGHT, screen->height);
	zp_put16(params, ZP_LFB_DEPTH, screen->depth);
	zp_put32(params, ZP_LFB_BASE, (uint32_t)screen->base);
	zp_put32(params, ZP_LFB_SIZE, (uint32_t)size);
	zp_put16(params, ZP_LFB_LINELENGTH, screen->line);
	for (i = 0; i < 4; i++) {
		params[ZP_LFB_FIELDS + 2 * i] = screen->field[i].size;
		params[ZP_LFB_FIELDS + 2 * i + 1] = screen->field[i].at;
	}
	zp_put32(params, ZP_EXT_LFB_BASE, (uint32_t)(screen->base >> 32));
	if (screen->base >> 32)
		params[ZP_LFB_CAPABILITIES] |= ZP_LFB_BASE_64;
	else
		params[ZP_LFB_CAPABILITIES] &= (unsigned char)~ZP_LFB_BASE_64;
}

/*
 * Write ranges of the map, from `first` up to but not including `end`, at offset `at`.
 */
static void write_ranges(unsigned char *params, size_t at, const struct boot_map *map,
			 uint32_t first, uint32_t end)
{
	for (; first < end; first++, at += ZP_E820_SIZE) {
		const struct kimg_range *range = &map->mem[first].range;

		zp_put64(params, at, range->start);
		zp_put64(params, at + 8, range->end - range->start);
		zp_put32(params, at + 16, (uint32_t)map->mem[first].type);
	}
}

/*
 * The memory map's first ranges, and the two older fields that hold the size of the
 * memory from 1 MiB up, in KiB, as far as each can count.
 */
static void write_map(unsigned char *params, const struct boot_map *map)
{
	uint32_t i, count = map->count < ZP_E820_MAX ? map->count : ZP_E820_MAX;
	uint64_t above_1mib = 0;

	write_ranges(params, ZP_E820_TABLE, map, 0, count);
	params[ZP_E820_ENTRIES] = (unsigned char)count;
	for (i = 0; i < map->count; i++) {
		const struct kimg_range *range = &map->mem[i].range;

		if (map->mem[i].type == BOOT_MEM_RAM && range->start <= BOOT_MIB &&
		    range->end > BOOT_MIB)
			above_1mib = (range->end - BOOT_MIB) >> 10;
	}
	zp_put32(params, ZP_ALT_MEM_K,
		 above_1mib > UINT32_MAX ? UINT32_MAX : (uint32_t)above_1mib);
	zp_put16(params, ZP_EXT_MEM_K,
		 above_1mib > 0xfc00 ? 0xfc00 : (uint16_t)above_1mib);
}

/* Items start at multiples of this. */
#define SETUP_ALIGN 16u

static uint64_t setup_up(uint64_t at)
{
	return (at + SETUP_ALIGN - 1) & ~(uint64_t)(SETUP_ALIGN - 1);
}

/*
 * The bytes of the ranges for which the zero page has no room.
 */
static uint32_t more_ranges_size(const struct bz_header *header,
				 const struct boot_map *map)
{
	/* 32-bit kernels could read them since 2.09, but have room for only three more. */
	if (!header->is_64 || map->count <= ZP_E820_MAX)
		return 0;
	return (map->count - ZP_E820_MAX) * ZP_E820_SIZE;
}

uint64_t bz_params_size(const struct bz_header *header,
			const struct boot_request *request, size_t command_length)
{
	uint64_t size = setup_up(BOOT_PARAMS_COMMAND + command_length + 1);
	uint32_t more = more_ranges_size(header, request->map), i;

	if (more)
		size = setup_up(size + ZP_SETUP_DATA_SIZE + more);
	if (request->efi)
		size = setup_up(size + ZP_SETUP_DATA_SIZE + bz_efi_size(request));
	for (i = 0; i < request->setups; i++)
		size = setup_up(size + ZP_SETUP_DATA_SIZE + request->setup[i].size);
	return boot_page_up(size);
}

/*
 * Does the header have this field, which exists since a version of the protocol?
 */
static bool has_field(const struct bz_header *header, uint16_t since, size_t at,
		      size_t size)
{
	return header->protocol >= since && header->end >= at + size;
}

/* The end of the setup_data list while it is written. */
struct setup_list {
	size_t link;			/* where the next item's address goes */
	size_t at;			/* where the next item goes */
};

/*
 * Add an item of `size` bytes. Returns the offset of its data, which the caller writes.
 */
static size_t add_setup(unsigned char *params, uint64_t address,
			struct setup_list *list, uint32_t type, size_t size)
{
	size_t at = list->at;

	zp_put64(params, list->link, address + at);
	zp_put32(params, at + 8, type);
	zp_put32(params, at + 12, (uint32_t)size);
	list->link = at;
	list->at = (size_t)setup_up(at + ZP_SETUP_DATA_SIZE + size);
	return at + ZP_SETUP_DATA_SIZE;
}

/*
 * The setup_data list: ranges for which the zero page has no room, EFI's item, then
 * the caller's. The items are written for kernels before 2.09, too, which do not read the
 * list: efi_info refers to EFI's.
 */
static void write_setup(unsigned char *params, const struct bz_header *header,
			const struct boot_request *request,
			const struct bz_places *places)
{
	struct setup_list list = {
		.link = ZP_SETUP_DATA,
		.at = (size_t)setup_up(BOOT_PARAMS_COMMAND + places->command_length + 1),
	};
	uint32_t more = more_ranges_size(header, places->told), i;
	size_t at;

	if (more) {
		at = add_setup(params, places->params, &list, ZP_SETUP_E820_EXT, more);
		write_ranges(params, at, places->told, ZP_E820_MAX, places->told->count);
	}
	if (request->efi) {
		at = add_setup(params, places->params, &list, bz_efi_type(request->efi),
			       bz_efi_size(request));
		bz_write_efi(params, places->params, at, header, request->efi,
			     places->told);
	}
	for (i = 0; i < request->setups; i++) {
		const struct boot_setup *setup = &request->setup[i];

		at = add_setup(params, places->params, &list, setup->type, setup->size);
		if (setup->size)
			memcpy(params + at, setup->data, setup->size);
	}
	if (!has_field(header, 0x0209, ZP_SETUP_DATA, 8))
		zp_put64(params, ZP_SETUP_DATA, 0);
}

/* A number whose lower half is a field of the header, the upper half one of its own. */
static void put_halves(unsigned char *params, size_t low, size_t high, uint64_t value)
{
	zp_put32(params, low, (uint32_t)value);
	zp_put32(params, high, (uint32_t)(value >> 32));
}

void bz_write_params(unsigned char *params, const struct bz_header *header,
		     const struct boot_request *request,
		     const struct bz_places *places)
{
	size_t i;

	memset(params, 0, (size_t)bz_params_size(header, request,
							   places->command_length));
	if (request->running_params)
		write_carried(params, request->running_params);
	if (request->screen)
		write_screen(params, request->screen);
	write_map(params, places->told);
	zp_put64(params, ZP_ACPI_RSDP, request->acpi_rsdp);

	memcpy(params + ZP_HEADER, header->file + ZP_HEADER, header->end - ZP_HEADER);
	params[ZP_TYPE_OF_LOADER] = ZP_LOADER_UNDEFINED;
	/* The heap is the real-mode code's, which does not run. */
	params[ZP_LOADFLAGS] &= (unsigned char)~(ZP_KEEP_SEGMENTS | ZP_CAN_USE_HEAP |
						 ZP_KASLR_FLAG);
	zp_put16(params, ZP_HEAP_END_PTR, 0);
	params[ZP_EXT_LOADER_VER] = 0;
	params[ZP_EXT_LOADER_TYPE] = 0;
	/* A kernel above 4 GiB was not entered at its 32-bit entry point. */
	zp_put32(params, ZP_CODE32_START,
		 places->kernel < BOOT_4GIB ? (uint32_t)places->kernel : 0);
	put_halves(params, ZP_RAMDISK_IMAGE, ZP_EXT_RAMDISK_IMAGE, places->initrd);
	put_halves(params, ZP_RAMDISK_SIZE, ZP_EXT_RAMDISK_SIZE, places->initrd_size);
	put_halves(params, ZP_CMD_LINE_PTR, ZP_EXT_CMD_LINE_PTR,
		   places->params + BOOT_PARAMS_COMMAND);
	if (header->relocatable)
		zp_put32(params, ZP_KERNEL_ALIGNMENT, places->alignment);
	zp_put64(params, ZP_SETUP_DATA, 0);
	if (request->running_params && has_field(header, 0x0207, ZP_HARDWARE_SUBARCH, 4))
		memcpy(params + ZP_HARDWARE_SUBARCH,
		       (const unsigned char *)request->running_params + ZP_HARDWARE_SUBARCH, 4);

	for (i = 0; i < BOOT_PARAMS_GDT_SIZE / 8; i++)
		zp_put64(params, BOOT_PARAMS_GDT + i * 8, gdt[places->long_mode][i]);
	if (places->command_length)
		memcpy(params + BOOT_PARAMS_COMMAND, request->command_line,
		       places->command_length);
	write_setup(params, header, request, places);
}
