// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The header and section table of a PE file.
 */
#include "pe.h"

#define OFFSET_OF_HEADER 0x3cu		/* in the DOS header */
#define HEADER_SIZE 24u			/* the signature with it */
#define SECTION_SIZE 40u

bool pe_open(const void *file, size_t size, struct pe *pe)
{
	uint64_t at;

	memset(pe, 0, sizeof(*pe));
	pe->file = (struct bytes){ file, size };
	if (!bytes_are(&pe->file, 0, "MZ", 2))
		return false;
	at = bytes_get(&pe->file, OFFSET_OF_HEADER, 4);
	pe->end = at + HEADER_SIZE;
	if (!bytes_are(&pe->file, at, "PE\0", 4) || !bytes_have(&pe->file, at, HEADER_SIZE))
		return false;
	pe->machine = (uint32_t)bytes_get(&pe->file, at + 4, 2);
	pe->sections = (uint32_t)bytes_get(&pe->file, at + 6, 2);
	pe->subsystem = (uint32_t)bytes_get(&pe->file, at + HEADER_SIZE + 68, 2);
	pe->sections_at = at + HEADER_SIZE + bytes_get(&pe->file, at + 20, 2);
	pe->end = pe->sections_at + (uint64_t)pe->sections * SECTION_SIZE;
	return true;
}

void pe_section(const struct pe *pe, uint32_t index, struct pe_section *section)
{
	uint64_t at = pe->sections_at + (uint64_t)index * SECTION_SIZE;
	uint64_t raw = bytes_get(&pe->file, at + 16, 4);
	unsigned int i;

	memset(section, 0, sizeof(*section));
	if (!bytes_have(&pe->file, at, SECTION_SIZE))
		return;
	for (i = 0; i < 8 && pe->file.at[at + i]; i++)
		section->name[i] = (char)pe->file.at[at + i];
	section->size = bytes_get(&pe->file, at + 8, 4);
	section->offset = bytes_get(&pe->file, at + 20, 4);
	/* The file may have padding after the data, or lack zeros at their end. */
	if (section->size > raw)
		section->size = raw;
}
