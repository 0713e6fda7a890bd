// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The ELF header for /proc/vmcore. Its program headers name physical memory: offset and
 * physical address are the same. Linux takes 64-bit headers from 32-bit kernels, too
 * (parse_crash_elf64_headers() in fs/proc/vmcore.c).
 */
#include "crash.h"
#include "elf.h"

#define HEADER 64u
#define PROGRAM 56u

bool boot_core_map(const void *kcore, size_t size, uint64_t code, struct boot_core *core)
{
	struct elf_program program;
	uint64_t unknown;
	struct elf elf;
	uint32_t i;

	if (!elf_open(kcore, size, &elf) || !elf.programs)
		return false;
	core->machine = (uint16_t)elf.machine;
	unknown = elf.wide ? UINT64_MAX : UINT32_MAX;
	for (i = 0; i < elf.programs; i++) {
		uint64_t end;

		elf_program(&elf, i, &program);
		if (program.type != ELF_LOAD || program.physical == unknown)
			continue;
		if (code && program.physical == code) {
			core->text = (struct boot_mapping){
				program.physical, program.virtual, program.memory_size };
			continue;
		}
		/* RAM, in one or more parts, all at the same distance. */
		if (!core->direct.size)
			core->direct.virtual = program.virtual - program.physical;
		end = program.physical + program.memory_size;
		if (end > core->direct.size)
			core->direct.size = end;
	}
	return true;
}

static void put(unsigned char *to, unsigned int size, uint64_t value)
{
	for (; size; size--, value >>= 8)
		*to++ = (unsigned char)value;
}

/* Write a program header. Returns the place for the next. */
static unsigned char *put_program(unsigned char *to, uint32_t type, uint64_t virtual,
				  uint64_t physical, uint64_t size)
{
	put(to, 4, type);
	put(to + 4, 4, type == ELF_LOAD ? 7 : 0);	/* flags: all may be done with it */
	put(to + 8, 8, physical);
	put(to + 16, 8, virtual);
	put(to + 24, 8, physical);
	put(to + 32, 8, size);
	put(to + 40, 8, size);
	put(to + 48, 8, 0);
	return to + PROGRAM;
}

/* Does the direct mapping end in the middle of this range? */
static bool is_split(const struct boot_core *core, const struct kimg_range *range)
{
	return range->start < core->direct.size && core->direct.size < range->end;
}

static uint32_t count(const struct boot_core *core)
{
	uint32_t i, programs = core->notes + (core->text.size != 0) + core->ram->count;

	for (i = 0; i < core->ram->count; i++)
		programs += is_split(core, &core->ram->mem[i].range);
	return programs;
}

size_t boot_core_size(const struct boot_core *core)
{
	return HEADER + (size_t)count(core) * PROGRAM;
}

/* A part of RAM that the running kernel maps all, or not at all: high memory. */
static unsigned char *put_ram(const struct boot_core *core, unsigned char *to, uint64_t start,
			      uint64_t end)
{
	uint64_t virtual = end <= core->direct.size ? core->direct.virtual + start : UINT64_MAX;

	return put_program(to, ELF_LOAD, virtual, start, end - start);
}

void boot_core_write(const struct boot_core *core, void *to)
{
	static const unsigned char ident[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	unsigned char *header = to, *at = header + HEADER;
	uint32_t i;

	memset(header, 0, HEADER);
	memcpy(header, ident, sizeof(ident));
	put(header + 16, 2, ELF_CORE);
	put(header + 18, 2, core->machine);
	put(header + 20, 4, 1);			/* version */
	put(header + 32, 8, HEADER);		/* where the program headers are */
	put(header + 52, 2, HEADER);
	put(header + 54, 2, PROGRAM);
	put(header + 56, 2, count(core));

	for (i = 0; i < core->notes; i++)
		at = put_program(at, ELF_NOTE, 0, core->note[i].start,
				 core->note[i].end - core->note[i].start);
	if (core->text.size)
		at = put_program(at, ELF_LOAD, core->text.virtual, core->text.physical,
				 core->text.size);
	for (i = 0; i < core->ram->count; i++) {
		const struct kimg_range *range = &core->ram->mem[i].range;
		uint64_t middle = is_split(core, range) ? core->direct.size : range->start;

		if (middle > range->start)
			at = put_ram(core, at, range->start, middle);
		at = put_ram(core, at, middle, range->end);
	}
}
