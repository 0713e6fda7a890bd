/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzer: kernels for a crash.
 *
 * /proc/iomem is made of lines for ranges of cells of 64 KiB, with garbage between them; a
 * model that knows memory only as cells says what is reserved, told and dumped. The ELF header
 * that is made from it, with what a damaged /proc/kcore says, must name each byte of the dump
 * once, where the model has it.
 */
#include "fuzz.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash.h"
#include "elf.h"

#define CELLS 64u
#define CELL 0x10000u
#define LOW (0x100000u / CELL)
#define LINES 24u

static struct boot_crash crash;
static struct boot_map map;

/* What the model knows of each cell. */
static bool ram[CELLS], reserved[CELLS];
static unsigned char type[CELLS];	/* of the machine's map; 0: not in it */

/* ---- /proc/iomem --------------------------------------------------------------------- */

/* Write a line, and tell the model. Returns its length. */
static size_t put_line(struct input *input, char *text, size_t size, uint64_t *code)
{
	static const char *const names[] = {
		"System RAM", "Crash kernel", "System RAM (kmem)", "Kernel code", "Reserved",
		"Kernel crash", "crash kernel", "",
	};
	uint64_t first = take_below(input, CELLS), end = first + 1 + take_below(input, CELLS - first);
	uint64_t name = take_below(input, 8), indent = take_below(input, 4), i;

	for (i = first; i < end; i++) {
		ram[i] |= name == 0 || name == 2;
		reserved[i] |= name == 1;
	}
	if (name == 3)
		*code = first * CELL;
	return (size_t)snprintf(text, size, "%*s%08" PRIx64 "-%08" PRIx64 " : %s\n", (int)indent,
				"", first * CELL, end * CELL - 1, names[name]);
}

static size_t put_garbage(struct input *input, char *text)
{
	size_t length = take_below(input, 40), i;

	/* No line that could be a range. */
	take_bytes(input, text, length);
	for (i = 0; i < length; i++)
		if (text[i] == '-' || text[i] == '\n')
			text[i] = '?';
	text[length] = '\n';
	return length + 1;
}

static void expect_cells(const struct boot_map *got, const bool *want)
{
	for (uint64_t i = 0; i < CELLS; i++)
		HOLDS(boot_map_is_ram(got, i * CELL, (i + 1) * CELL) == want[i]);
}

static void judge_iomem(struct input *input)
{
	static char text[LINES * 128];
	uint64_t lines = take_below(input, LINES), code = 0;
	size_t size = 0;
	struct kimg_why why;
	char *copy;

	memset(ram, 0, sizeof(ram));
	memset(reserved, 0, sizeof(reserved));
	while (lines--)
		size += take_below(input, 8) ? put_line(input, text + size, sizeof(text) - size, &code) :
					       put_garbage(input, text + size);
	copy = malloc(size + !size);
	HOLDS(copy);
	memcpy(copy, text, size);
	HOLDS(!boot_crash_read(copy, size, &crash, &why));
	free(copy);
	HOLDS(crash.code == code);
	expect_cells(&crash.ram, ram);
	expect_cells(&crash.reserved, reserved);
}

/* ---- What the new kernel is told ----------------------------------------------------------- */

static void judge_map(struct input *input)
{
	static const enum boot_mem_type types[] = {
		0, BOOT_MEM_RAM, BOOT_MEM_ACPI, BOOT_MEM_NVS, BOOT_MEM_RESERVED,
	};
	struct kimg_range region = boot_crash_region(&crash), header;
	struct kimg_why why;

	HOLDS(region.end > region.start && reserved[region.end / CELL - 1]);
	for (uint64_t i = region.end / CELL; i < CELLS; i++)
		HOLDS(!reserved[i]);
	header = (struct kimg_range){ region.end - CELL, region.end };
	map.count = 0;
	for (uint64_t i = 0; i < CELLS; i++) {
		type[i] = (unsigned char)types[take_below(input, 5)];
		if (type[i])
			HOLDS(!boot_map_add(&map, i * CELL, (i + 1) * CELL, type[i], &why));
	}
	HOLDS(!boot_crash_map(&crash, &header, &map, &why));
	for (uint64_t i = 0; i < CELLS; i++) {
		uint64_t at = i * CELL;
		bool is_header = at >= header.start && at < header.end;
		unsigned int want = is_header ? 0 : reserved[i] ? BOOT_MEM_RAM :
				    type[i] == BOOT_MEM_RAM && i >= LOW ? 0 : type[i];
		unsigned int got = 0;

		for (uint32_t k = 0; k < map.count; k++)
			if (map.mem[k].range.start <= at && at < map.mem[k].range.end)
				got = map.mem[k].type;
		HOLDS(got == want);
	}
}

/* ---- The ELF header -------------------------------------------------------------------------- */

static void put(unsigned char *to, unsigned int size, uint64_t value)
{
	for (; size; size--, value >>= 8)
		*to++ = (unsigned char)value;
}

/* A /proc/kcore of 64 bits, which may be damaged and cut short, in memory of its size. */
static void map_kcore(struct input *input, struct boot_core *core)
{
	uint64_t programs = take_below(input, 5), damages = take_below(input, 8), i;
	size_t size = 64 + (size_t)programs * 56;
	unsigned char *kcore = calloc(1, size);

	HOLDS(kcore);
	memcpy(kcore, "\177ELF\2\1\1", 7);
	put(kcore + 18, 2, ELF_X86_64);
	put(kcore + 32, 8, 64);
	put(kcore + 54, 2, 56);
	put(kcore + 56, 2, programs);
	for (i = 0; i < programs; i++) {
		unsigned char *program = kcore + 64 + i * 56;

		put(program, 4, take_below(input, 8) ? ELF_LOAD : ELF_NOTE);
		put(program + 16, 8, take_odd(input));
		put(program + 24, 8, take_below(input, CELLS) * CELL);
		put(program + 40, 8, take_below(input, CELLS) * CELL);
	}
	/* Most are good. */
	for (i = 4; i < damages; i++)
		kcore[take_below(input, size)] = (unsigned char)take(input, 1);
	if (damages == 7)
		size = take_below(input, size);
	kcore = realloc(kcore, size + !size);
	HOLDS(kcore);
	boot_core_map(kcore, size, crash.code, core);
	free(kcore);
}

static void judge_header(struct input *input)
{
	struct kimg_range note[3];
	struct boot_core core = {
		.machine = ELF_X86_64, .note = note, .notes = (uint32_t)take_below(input, 4),
		.ram = &crash.ram,
	};
	unsigned int seen[CELLS] = { 0 };
	struct elf_program program;
	struct kimg_why why;
	uint64_t bytes = 0;
	unsigned char *header;
	struct elf elf;
	uint32_t i;

	HOLDS(!boot_crash_cut(&crash, &why));
	for (i = 0; i < CELLS; i++)
		ram[i] &= !reserved[i] && i >= LOW;
	expect_cells(&crash.ram, ram);
	for (i = 0; i < core.notes; i++)
		note[i] = (struct kimg_range){ i * 1000, i * 1000 + 352 };
	map_kcore(input, &core);
	header = malloc(boot_core_size(&core));
	HOLDS(header);
	boot_core_write(&core, header);
	HOLDS(elf_open(header, boot_core_size(&core), &elf));
	HOLDS(elf.wide && !elf.big && elf.type == ELF_CORE && elf.machine == core.machine);
	for (i = 0; i < elf.programs; i++) {
		elf_program(&elf, i, &program);
		HOLDS(program.offset == program.physical);
		HOLDS(program.file_size == program.memory_size);
		if (i < core.notes) {
			HOLDS(program.type == ELF_NOTE && program.physical == note[i].start);
			continue;
		}
		HOLDS(program.type == ELF_LOAD);
		if (i == core.notes && core.text.size)
			continue;
		if (program.physical + program.memory_size <= core.direct.size)
			HOLDS(program.virtual == core.direct.virtual + program.physical);
		else
			HOLDS(program.virtual == UINT64_MAX && program.physical >= core.direct.size);
		bytes += program.memory_size;
		for (uint64_t k = 0; k < CELLS; k++)
			seen[k] += program.physical <= k * CELL &&
				   k * CELL < program.physical + program.memory_size;
	}
	HOLDS(bytes == boot_map_ram(&crash.ram, 0));
	for (i = 0; i < CELLS; i++)
		HOLDS(seen[i] == ram[i]);
	free(header);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size };
	struct input kcore = take_part(&input, size / 2);

	judge_iomem(&input);
	if (crash.reserved.count)
		judge_map(&input);
	judge_header(&kcore);
	return 0;
}
