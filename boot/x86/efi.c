// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * EFI: efi_info, and what it refers to.
 *
 * The firmware's system table alone is of no use to a new kernel. The first kernel has
 * called SetVirtualAddressMap(), which works only once; since then the pointers in the
 * table are that kernel's virtual addresses. So there are two cases.
 *
 * With runtime services: SETUP_EFI has the physical addresses, and the memory map lists
 * the runtime ranges with the virtual addresses of the running kernel. The new kernel
 * maps them to the same addresses. 64-bit kernels on 64-bit firmware can do this.
 *
 * Tables only, for all others: a system table of our own has the physical addresses of
 * the ACPI and SMBIOS tables, and no runtime services. Its memory map lists all RAM that
 * the kernel is told as free memory, because KASLR chooses an address from it. No range is marked as runtime
 * services, so a kernel that looks for them nevertheless finds none and continues
 * without (efi_map_regions() of Linux).
 *
 * All of it is in one item of the setup_data list, because the new kernel neither
 * unpacks over that list nor frees it.
 *
 * Sources: UEFI 2.10, 4.3 "EFI System Table", 4.6 "EFI Configuration Table", 7.2
 * "GetMemoryMap()"; arch/x86/platform/efi and arch/x86/include/asm/efi.h of Linux
 * 5.10, 6.1, 6.12.
 */
#include "boot.h"
#include "bzimage.h"
#include "zeropage.h"

#define SETUP_NONE 0u			/* ignored by kernels */
#define SETUP_EFI 4u

/* struct efi_setup_data: fw_vendor, runtime, tables, smbios, reserved[8]. */
#define SETUP_VENDOR 0u
#define SETUP_RUNTIME 8u
#define SETUP_TABLES 16u
#define SETUP_SMBIOS 24u
#define SETUP_SIZE 96u

/* The system table's header, and the offsets of its fields for 32-bit and 64-bit firmware. */
#define SYSTEM_SIGNATURE 0x5453595320494249ull	/* "IBI SYST" */
#define SYSTEM_REVISION 0x00020000u
#define SYSTEM_HEADER_SIZE 12u
static const struct system_form {
	size_t size, vendor, entries, tables;
	size_t table;			/* the size of an entry of the configuration table */
} system_forms[] = {
	{ .size = 72, .vendor = 24, .entries = 64, .tables = 68, .table = 20 },
	{ .size = 120, .vendor = 24, .entries = 104, .tables = 112, .table = 24 },
};
#define SYSTEM_ROOM 120u		/* for either */
#define TABLE_ROOM 24u
#define VENDOR_ROOM 8u			/* an empty name */

/* EFI_MEMORY_DESCRIPTOR: u32 type, u64 start, virtual start, pages, attributes. */
#define RANGE_SIZE 40u
#define RANGE_VERSION 1u
#define RANGE_FREE 7u			/* EfiConventionalMemory */
#define RANGE_WRITE_BACK 8u		/* EFI_MEMORY_WB */

#define GUID_SIZE 16u
#define TABLES 4u

/* The tables that a kernel needs, as struct boot_efi has them. */
static const unsigned char guid[TABLES][GUID_SIZE] = {
	/* ACPI 2.0: 8868e871-e4f1-11d3-bc22-0080c73c8881 */
	{ 0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4, 0xd3, 0x11,
	  0xbc, 0x22, 0x00, 0x80, 0xc7, 0x3c, 0x88, 0x81 },
	/* ACPI 1.0: eb9d2d30-2d88-11d3-9a16-0090273fc14d */
	{ 0x30, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11,
	  0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d },
	/* SMBIOS 3: f2fd1544-9794-4a2c-992e-e5bbcf20e394 */
	{ 0x44, 0x15, 0xfd, 0xf2, 0x94, 0x97, 0x2c, 0x4a,
	  0x99, 0x2e, 0xe5, 0xbb, 0xcf, 0x20, 0xe3, 0x94 },
	/* SMBIOS: eb9d2d31-2d88-11d3-9a16-0090273fc14d */
	{ 0x31, 0x2d, 0x9d, 0xeb, 0x88, 0x2d, 0xd3, 0x11,
	  0x9a, 0x16, 0x00, 0x90, 0x27, 0x3f, 0xc1, 0x4d },
};

bool boot_reads_efi_setup(const void *kernel, size_t size)
{
	struct bz_header header;
	struct kimg_why why;

	return !bz_read_header(kernel, size, &header, &why) && header.protocol >= 0x020c &&
	       (zp_get16(header.file, ZP_XLOADFLAGS) & ZP_XLF_EFI_KEXEC);
}

uint32_t bz_efi_type(const struct boot_efi *efi)
{
	/* SETUP_EFI also keeps 64-bit kernels on 32-bit firmware from using its services. */
	return efi->ranges || !efi->is_64 ? SETUP_EFI : SETUP_NONE;
}

/*
 * The whole pages of a range, as free memory. False: there are none, or it is not RAM.
 */
static bool free_range(const struct boot_mem *mem, struct boot_efi_range *range)
{
	uint64_t start = boot_page_up(mem->range.start);
	uint64_t end = boot_page_down(mem->range.end);

	*range = (struct boot_efi_range){ .type = RANGE_FREE, .start = start,
					  .attributes = RANGE_WRITE_BACK };
	if (mem->type != BOOT_MEM_RAM || start >= end)
		return false;
	range->pages = (end - start) / BOOT_PAGE;
	return true;
}

static uint32_t free_ranges(const struct boot_map *map)
{
	struct boot_efi_range range;
	uint32_t count = 0, i;

	for (i = 0; i < map->count; i++)
		count += free_range(&map->mem[i], &range);
	return count;
}

/* The map that the kernel is told has no more ranges of RAM than the request's. */
size_t bz_efi_size(const struct boot_request *request)
{
	if (request->efi->ranges)
		return SETUP_SIZE + (size_t)request->efi->ranges * RANGE_SIZE;
	return SETUP_SIZE + SYSTEM_ROOM + TABLES * TABLE_ROOM + VENDOR_ROOM +
	       (size_t)free_ranges(request->map) * RANGE_SIZE;
}

static void put_range(unsigned char *to, const struct boot_efi_range *range)
{
	zp_put32(to, 0, range->type);
	zp_put64(to, 8, range->start);
	zp_put64(to, 16, range->virtual_start);
	zp_put64(to, 24, range->pages);
	zp_put64(to, 32, range->attributes);
}

/*
 * The runtime services' ranges. Returns their number.
 */
static uint32_t put_runtime_map(unsigned char *to, const struct boot_efi *efi)
{
	uint32_t i;

	for (i = 0; i < efi->ranges; i++)
		put_range(to + (size_t)i * RANGE_SIZE, &efi->range[i]);
	return efi->ranges;
}

/*
 * All RAM. Returns the number of ranges.
 */
static uint32_t put_ram_map(unsigned char *to, const struct boot_map *map)
{
	struct boot_efi_range range;
	uint32_t count = 0, i;

	for (i = 0; i < map->count; i++)
		if (free_range(&map->mem[i], &range))
			put_range(to + (size_t)count++ * RANGE_SIZE, &range);
	return count;
}

/*
 * Write a system table at `at`, followed by its configuration table. `reach` is the last
 * address that the kernel can use.
 */
static void put_system(unsigned char *params, uint64_t address, size_t at,
		       const struct boot_efi *efi, uint64_t reach)
{
	const uint64_t table[TABLES] = {
		efi->acpi20, efi->acpi, efi->smbios3, efi->smbios,
	};
	const struct system_form *form = &system_forms[efi->is_64];
	size_t tables = at + SYSTEM_ROOM, to = tables;
	size_t vendor = tables + TABLES * TABLE_ROOM;
	uint64_t name = efi->vendor;
	uint32_t count = 0, i;

	for (i = 0; i < TABLES; i++) {
		if (!table[i] || table[i] > reach)
			continue;
		memcpy(params + to, guid[i], GUID_SIZE);
		zp_put32(params, to + GUID_SIZE, (uint32_t)table[i]);
		if (efi->is_64)
			zp_put32(params, to + GUID_SIZE + 4, (uint32_t)(table[i] >> 32));
		to += form->table;
		count++;
	}
	if (!name || name > reach)
		name = address + vendor;

	zp_put64(params, at, SYSTEM_SIGNATURE);
	zp_put32(params, at + 8, SYSTEM_REVISION);
	zp_put32(params, at + SYSTEM_HEADER_SIZE, (uint32_t)form->size);
	zp_put32(params, at + form->vendor, (uint32_t)name);
	if (efi->is_64)
		zp_put32(params, at + form->vendor + 4, (uint32_t)(name >> 32));
	zp_put32(params, at + form->entries, count);
	zp_put32(params, at + form->tables, (uint32_t)(address + tables));
	if (efi->is_64)
		zp_put32(params, at + form->tables + 4, (uint32_t)((address + tables) >> 32));
}

void bz_write_efi(unsigned char *params, uint64_t address, size_t at,
		  const struct bz_header *header, const struct boot_efi *efi,
		  const struct boot_map *told)
{
	uint64_t system = efi->system, reach = UINT32_MAX;
	size_t map = at + SETUP_SIZE;
	uint32_t ranges;

	if (efi->ranges) {
		zp_put64(params, at + SETUP_VENDOR, efi->vendor);
		zp_put64(params, at + SETUP_RUNTIME, efi->runtime);
		zp_put64(params, at + SETUP_TABLES, efi->tables);
		zp_put64(params, at + SETUP_SMBIOS, efi->smbios);
		ranges = put_runtime_map(params + map, efi);
	} else {
		if (efi->is_64 && header->is_64)
			reach = UINT64_MAX;
		put_system(params, address, map, efi, reach);
		system = address + map;
		map += SYSTEM_ROOM + TABLES * TABLE_ROOM + VENDOR_ROOM;
		ranges = put_ram_map(params + map, told);
	}
	zp_put32(params, ZP_EFI_SIGNATURE,
		 efi->is_64 ? ZP_EFI_SIGNATURE_64 : ZP_EFI_SIGNATURE_32);
	zp_put32(params, ZP_EFI_SYSTAB, (uint32_t)system);
	zp_put32(params, ZP_EFI_SYSTAB_HI, (uint32_t)(system >> 32));
	zp_put32(params, ZP_EFI_MEMDESC_SIZE, RANGE_SIZE);
	zp_put32(params, ZP_EFI_MEMDESC_VERSION, RANGE_VERSION);
	zp_put32(params, ZP_EFI_MEMMAP, (uint32_t)(address + map));
	zp_put32(params, ZP_EFI_MEMMAP_HI, (uint32_t)((address + map) >> 32));
	zp_put32(params, ZP_EFI_MEMMAP_SIZE, ranges * RANGE_SIZE);
}
