// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The boot params segment: everything passed to the new kernel. The zero page, GDT,
 * command line, and the setup_data list.
 */
#include "boot.h"
#include "bzimage.h"
#include "zeropage.h"

/*
 * Flat 4 GiB segments, 32-bit, ring 0, marked as accessed so that the processor
 * need not write to them: code at 0x10 (__BOOT_CS), data at 0x18 (__BOOT_DS).
 */
static const uint64_t gdt[BOOT_PARAMS_GDT_SIZE / 8] = {
	0, 0, 0x00cf9b000000ffffull, 0x00cf93000000ffffull,
};

/*
 * What the running kernel knows about the screen. The modes and addresses are valid
 * as long as no other mode is set; without this the new kernel assumes that there
 * is no screen. The EFI part is left out: its tables can be switched to virtual
 * addresses only once, and the running kernel has done that.
 */
static void write_screen(unsigned char *params, const unsigned char *running)
{
	memcpy(params + ZP_SCREEN_INFO, running + ZP_SCREEN_INFO, ZP_SCREEN_INFO_SIZE);
	memcpy(params + ZP_EDID_INFO, running + ZP_EDID_INFO, ZP_EDID_INFO_SIZE);
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
	if (!header->reads_e820_ext || map->count <= ZP_E820_MAX)
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
	for (i = 0; i < request->setups; i++)
		size = setup_up(size + ZP_SETUP_DATA_SIZE + request->setup[i].size);
	return boot_page_up(size);
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
 * The setup_data list: ranges for which the zero page has no room, then the caller's
 * items.
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
	for (i = 0; i < request->setups; i++) {
		const struct boot_setup *setup = &request->setup[i];

		at = add_setup(params, places->params, &list, setup->type, setup->size);
		if (setup->size)
			memcpy(params + at, setup->data, setup->size);
	}
}

void bz_write_params(unsigned char *params, const struct bz_header *header,
		     const struct boot_request *request,
		     const struct bz_places *places)
{
	size_t i;

	memset(params, 0, (size_t)bz_params_size(header, request,
							   places->command_length));
	if (request->running_params)
		write_screen(params, request->running_params);
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
	zp_put32(params, ZP_CODE32_START, places->kernel);
	zp_put32(params, ZP_RAMDISK_IMAGE, places->initrd);
	zp_put32(params, ZP_RAMDISK_SIZE, places->initrd_size);
	zp_put32(params, ZP_CMD_LINE_PTR, places->params + BOOT_PARAMS_COMMAND);
	if (header->relocatable)
		zp_put32(params, ZP_KERNEL_ALIGNMENT, places->alignment);
	zp_put64(params, ZP_SETUP_DATA, 0);

	for (i = 0; i < BOOT_PARAMS_GDT_SIZE / 8; i++)
		zp_put64(params, BOOT_PARAMS_GDT + i * 8, gdt[i]);
	if (places->command_length)
		memcpy(params + BOOT_PARAMS_COMMAND, request->command_line,
		       places->command_length);
	write_setup(params, header, request, places);
}
