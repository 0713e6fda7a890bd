// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The header and program headers of an ELF file.
 */
#include "elf.h"

/*
 * A number at `at`, in the file's byte order.
 */
static uint64_t get(const struct elf *elf, uint64_t at, unsigned int size)
{
	return bytes_number(&elf->file, at, size, elf->big);
}

bool elf_open(const void *file, size_t size, struct elf *elf)
{
	memset(elf, 0, sizeof(*elf));
	elf->file = (struct bytes){ file, size };
	if (!bytes_are(&elf->file, 0, "\177ELF", 4) || !bytes_have(&elf->file, 0, 52))
		return false;
	elf->wide = elf->file.at[4] == 2;
	elf->big = elf->file.at[5] == 2;
	elf->type = (uint32_t)get(elf, 16, 2);
	elf->machine = (uint32_t)get(elf, 18, 2);
	elf->entry = elf->wide ? get(elf, 24, 8) : get(elf, 24, 4);
	elf->programs_at = elf->wide ? get(elf, 32, 8) : get(elf, 28, 4);
	elf->program_size = (uint32_t)get(elf, elf->wide ? 54 : 42, 2);
	elf->programs = (uint32_t)get(elf, elf->wide ? 56 : 44, 2);
	return !elf->programs || (elf->program_size >= (elf->wide ? 56 : 32) &&
				  bytes_have(&elf->file, elf->programs_at,
					     (uint64_t)elf->programs * elf->program_size));
}

void elf_program(const struct elf *elf, uint32_t index, struct elf_program *program)
{
	uint64_t at = elf->programs_at + (uint64_t)index * elf->program_size;

	memset(program, 0, sizeof(*program));
	program->at = at;
	program->type = (uint32_t)get(elf, at, 4);
	if (elf->wide) {
		program->offset = get(elf, at + 8, 8);
		program->virtual = get(elf, at + 16, 8);
		program->physical = get(elf, at + 24, 8);
		program->file_size = get(elf, at + 32, 8);
		program->memory_size = get(elf, at + 40, 8);
	} else {
		program->offset = get(elf, at + 4, 4);
		program->virtual = get(elf, at + 8, 4);
		program->physical = get(elf, at + 12, 4);
		program->file_size = get(elf, at + 16, 4);
		program->memory_size = get(elf, at + 20, 4);
	}
}
