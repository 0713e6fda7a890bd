/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ELF files of both classes and byte orders: their header and program headers.
 * Source: System V ABI, chapters 4 "Object Files" and 5 "Program Loading".
 */
#ifndef BOOT_ELF_H
#define BOOT_ELF_H

#include "bytes.h"

#define ELF_MAGIC	0x464c457fu
#define ELF_REL		1u
#define ELF_EXEC	2u
#define ELF_DYN		3u
#define ELF_CORE	4u
/* Types of program headers. */
#define ELF_LOAD	1u
#define ELF_NOTE	4u

#define ELF_386		3u
#define ELF_ARM		40u
#define ELF_X86_64	62u
#define ELF_AARCH64	183u

struct elf {
	struct bytes file;
	bool wide;			/* 64 bits */
	bool big;			/* big-endian */
	uint32_t type, machine;
	uint64_t entry;
	uint64_t programs_at;		/* offset of the program headers ... */
	uint32_t program_size;		/* ... the size of one ... */
	uint32_t programs;		/* ... and how many there are */
};

/* A program header: a segment of the file and where it goes. */
struct elf_program {
	uint64_t at;			/* the header's own offset */
	uint32_t type;
	uint64_t offset, virtual, physical, file_size, memory_size;
};

/*
 * False if the file is no ELF file, a program header is smaller than the ABI's, or the
 * file ends before the last of them does.
 */
bool elf_open(const void *file, size_t size, struct elf *elf);

/* The program header `index`, which there is. */
void elf_program(const struct elf *elf, uint32_t index, struct elf_program *program);

#endif
