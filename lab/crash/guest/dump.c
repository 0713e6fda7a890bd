// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Read a dump, /proc/vmcore, to its end, and print what is in it.
 *
 *   dump FILE PAGES        PAGES: how many mark.c has marked
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64

#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE 4096u
#define CHUNK (1u << 20)

static unsigned char chunk[CHUNK], *found;
static uint32_t pages;
static int fd;

static int fail(const char *what)
{
	printf("lab: dump.failed: %s\n", what);
	return 1;
}

/* Read all of `size` bytes. */
static int get(void *to, size_t size, uint64_t at)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(fd, (char *)to + done, size - done, (off_t)(at + done));

		if (got <= 0)
			return -1;
		done += (size_t)got;
	}
	return 0;
}

/* Is this one of the marked pages? */
static void look_at(const void *page)
{
	const uint32_t *word = page;
	uint32_t i, k;

	/* The inverse of the factor in mark.c gives the number of the page. */
	i = (word[0] - 97) * 244002641u / 1024;
	if (i >= pages)
		return;
	for (k = 0; k < PAGE / 4; k++)
		if (word[k] != (i * 1024 + k) * 2654435761u + 97)
			return;
	found[i] = 1;
}

/* The notes: CPUs' registers, and VMCOREINFO, which names the kernel. */
static void look_at_notes(const unsigned char *notes, uint64_t size)
{
	uint32_t registers = 0;
	uint64_t at = 0;

	while (at + 12 <= size) {
		uint32_t head[3];
		const char *name, *data, *release;

		memcpy(head, notes + at, sizeof(head));
		if (!head[0])
			break;
		name = (const char *)notes + at + 12;
		data = name + (head[0] + 3) / 4 * 4;
		at += 12 + (head[0] + 3) / 4 * 4 + (head[1] + 3) / 4 * 4;
		if (at > size)
			break;
		if (!strcmp(name, "CORE") && head[2] == NT_PRSTATUS)
			registers++;
		if (strcmp(name, "VMCOREINFO") != 0)
			continue;
		release = memmem(data, head[1], "OSRELEASE=", 10);
		if (release)
			printf("lab: dump.release: %.*s\n", (int)strcspn(release + 10, "\n"), release + 10);
	}
	printf("lab: dump.registers: %u\n", registers);
}

int main(int argc, char **argv)
{
	uint32_t notes = 0, loads = 0, mapped = 0, left = 0, i;
	uint64_t bytes = 0;
	Elf64_Ehdr header;

	if (argc != 3)
		return fail("usage");
	pages = (uint32_t)atoi(argv[2]);
	found = calloc(pages, 1);
	fd = open(argv[1], O_RDONLY);
	if (fd < 0 || !found || get(&header, sizeof(header), 0))
		return fail("no header");
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) || header.e_ident[EI_CLASS] != ELFCLASS64)
		return fail("no ELF file of 64 bits");
	printf("lab: dump.machine: %u\n", header.e_machine);
	for (i = 0; i < header.e_phnum; i++) {
		Elf64_Phdr program;
		uint64_t at;

		if (get(&program, sizeof(program), header.e_phoff + i * sizeof(program)))
			return fail("no program header");
		if (program.p_type == PT_NOTE && program.p_filesz <= CHUNK) {
			notes++;
			if (get(chunk, program.p_filesz, program.p_offset))
				return fail("a note cannot be read");
			look_at_notes(chunk, program.p_filesz);
		}
		if (program.p_type != PT_LOAD)
			continue;
		loads++;
		mapped += program.p_vaddr != UINT64_MAX;
		bytes += program.p_filesz;
		for (at = 0; at < program.p_filesz; at += CHUNK) {
			size_t k, size = program.p_filesz - at < CHUNK ? program.p_filesz - at : CHUNK;

			if (get(chunk, size, program.p_offset + at))
				return fail("memory cannot be read");
			for (k = 0; k + PAGE <= size; k += PAGE)
				look_at(chunk + k);
		}
	}
	for (i = 0; i < pages; i++)
		left += !found[i];
	printf("lab: dump.notes: %u\nlab: dump.loads: %u\nlab: dump.mapped: %u\n", notes, loads, mapped);
	printf("lab: dump.kB: %" PRIu64 "\nlab: dump.missing: %u\n", bytes / 1024, left);
	return 0;
}
