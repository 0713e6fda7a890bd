/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * PE files, the format of EFI programs: their header and sections.
 * Source: Microsoft's "PE Format".
 */
#ifndef BOOT_PE_H
#define BOOT_PE_H

#include "bytes.h"

#define PE_386		0x014cu
#define PE_X86_64	0x8664u

struct pe {
	struct bytes file;
	uint32_t machine;
	uint32_t subsystem;		/* 10 to 13: EFI */
	uint64_t sections_at;		/* offset of the section table */
	uint32_t sections;
	uint64_t end;			/* of the headers with that table; the file may be shorter */
};

struct pe_section {
	char name[9];			/* padded with zeros */
	uint64_t offset, size;		/* its data in the file */
};

/* False if this is not a PE file; `end` is 0 then, unless it ends before its header. */
bool pe_open(const void *file, size_t size, struct pe *pe);

/* The section `index`; all zero if the file ends before the table does. */
void pe_section(const struct pe *pe, uint32_t index, struct pe_section *section);

#endif
