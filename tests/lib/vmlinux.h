/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A judge of the layout of a vmlinux that shares no code with libboot: memory is made
 * from the segments, and compared with what the program headers say of each byte.
 */
#ifndef VMLINUX_H
#define VMLINUX_H

#include "synthetic.h"

/* The byte that a file's program headers put at an address; -1: none. */
static inline int byte_of_elf(const unsigned char *file, uint64_t address)
{
	bool wide = file[4] == 2;
	size_t word = wide ? 8 : 4, table = (size_t)get(file, wide ? 32 : 28, word);
	size_t each = (size_t)get(file, wide ? 54 : 42, 2);

	for (size_t i = 0; i < get(file, wide ? 56 : 44, 2); i++) {
		const unsigned char *header = file + table + i * each;
		uint64_t start = get(header, wide ? 24 : 12, word);

		if (get(header, 0, 4) != 1 || address < start ||
		    address - start >= get(header, wide ? 40 : 20, word))
			continue;
		if (address - start >= get(header, wide ? 32 : 16, word))
			return 0;
		return file[get(header, wide ? 8 : 4, word) + address - start];
	}
	return -1;
}

/* The byte that the segments put at an address; -1: none. */
static inline int byte_of_layout(const struct boot_layout *layout, uint64_t address)
{
	for (uint32_t i = 0; i < layout->segments; i++) {
		const struct kimg_segment *at = &layout->segment[i].at;

		if (address < at->mem || address - at->mem >= at->memsz)
			continue;
		return address - at->mem < at->bufsz ?
		       ((const unsigned char *)layout->segment[i].data)[address - at->mem] : 0;
	}
	return -1;
}

/*
 * The way into 64-bit mode: each instruction that has an address, and what the page tables
 * map. `*entry` is set to the address that it jumps to.
 */
static inline bool judge_way(const struct boot_layout *layout, uint64_t *entry, char text[200])
{
	const struct boot_segment *way = &layout->segment[layout->segments - 1];
	uint64_t at = way->at.mem + way->at.memsz - 4096;
	size_t gdt;
	const unsigned char *code = table_at(layout, at);

	JUDGE(*entry == at && way->at.bufsz == way->at.memsz && code);
	JUDGE(code[0x08] == 0xb8 && get(code, 0x09, 4) == way->at.mem + 4096);	/* mov $tables, %eax */
	JUDGE(get(code, 0x29, 3) == 0x15010f);				/* lgdt pointer */
	gdt = (size_t)(get(code, 0x2c, 4) - at);
	JUDGE(gdt < 4090 && get(code, gdt, 2) == 31 && get(code, gdt + 2, 4) - at < 4096 - 32);
	gdt = (size_t)(get(code, gdt + 2, 4) - at);
	JUDGE(get(code, gdt + 0x10, 8) == 0x00af9b000000ffffull);
	JUDGE(get(code, gdt + 0x18, 8) == 0x00cf93000000ffffull);
	JUDGE(code[0x30] == 0xea && get(code, 0x31, 4) == at + 0x37);	/* ljmp $0x10, $1f */
	JUDGE(get(code, 0x35, 2) == 0x10 && code[0x37] == 0xb8);
	JUDGE(code[0x48] == 0xbe && get(code, 0x49, 4) == layout->entry.reg[KLEAP_X86_SI]);
	JUDGE(code[0x4d] == 0xbc && get(code, 0x4e, 4) == layout->entry.reg[KLEAP_X86_SP]);
	JUDGE(code[0x52] == 0xb8 && get(code, 0x57, 2) == 0xe0ff);	/* mov, jmp *%rax */
	*entry = get(code, 0x53, 4);
	return true;
}

static inline bool judge_vmlinux(const struct boot_request *request,
				 const struct boot_layout *layout, char text[200])
{
	const unsigned char *file = request->kernel;
	bool wide = file[4] == 2, direct = wide && request->long_mode && !request->five_levels;
	uint32_t kernel = layout->segments - 1 - request->initrd_pieces - wide;
	const struct boot_segment *params = &layout->segment[layout->segments - 1 - wide];
	uint64_t end = request->limit && request->limit < 4 * GIB ? request->limit + 1 : 4 * GIB;
	size_t gdt = (size_t)(layout->entry.reg[KLEAP_X86_GDT_BASE] - params->at.mem);
	uint64_t entry;

	for (uint32_t i = 0; i < layout->segments; i++) {
		const struct kimg_segment *at = &layout->segment[i].at;

		JUDGE(at->mem % 4096 == 0 && at->memsz % 4096 == 0 && at->memsz);
		JUDGE(at->bufsz <= at->memsz && layout->segment[i].data);
		JUDGE(at->mem >= MIB && at->mem + at->memsz <= end);
		JUDGE(judge_ram(request->map, at->mem, at->mem + at->memsz));
		for (uint32_t k = 0; k < i; k++) {
			const struct kimg_segment *to = &layout->segment[k].at;

			JUDGE(apart(at->mem, at->mem + at->memsz, to->mem, to->mem + to->memsz));
		}
		JUDGE(i < kernel || apart(at->mem, at->mem + at->memsz, layout->kernel_runs.start,
					  layout->kernel_runs.end));
		JUDGE(i >= kernel || (at->mem >= layout->kernel_runs.start &&
				      at->mem + at->memsz <= layout->kernel_runs.end));
	}
	/* Each byte of the kernel; what no part has in its pages is 0. */
	for (uint32_t i = 0; i < kernel; i++)
		for (uint64_t at = layout->segment[i].at.mem;
		     at < layout->segment[i].at.mem + layout->segment[i].at.memsz; at++) {
			int wanted = byte_of_elf(file, at);

			JUDGE(byte_of_layout(layout, at) == (wanted < 0 ? 0 : wanted));
		}
	for (size_t i = 0; i < get(file, wide ? 56 : 44, 2); i++) {
		const unsigned char *header = file + get(file, wide ? 32 : 28, wide ? 8 : 4) +
					      i * (size_t)get(file, wide ? 54 : 42, 2);
		uint64_t start = get(header, wide ? 24 : 12, wide ? 8 : 4);
		uint64_t size = get(header, wide ? 40 : 20, wide ? 8 : 4);

		JUDGE(get(header, 0, 4) != 1 || !size || (byte_of_layout(layout, start) >= 0 &&
							  byte_of_layout(layout, start + size - 1) >= 0));
	}
	JUDGE(!layout->relocated && layout->protocol == 0x020f);

	/* What Linux reads of a header. */
	JUDGE(params->data == layout->params && layout->entry.reg[KLEAP_X86_SI] == params->at.mem);
	JUDGE(get(layout->params, 0x1fe, 2) == 0xaa55 && !memcmp(layout->params + 0x202, "HdrS", 4));
	JUDGE(get(layout->params, 0x206, 2) == 0x020f && layout->params[0x210] == 0xff);
	JUDGE(get(layout->params, 0x1f2, 2) == 1 && (layout->params[0x211] & 1));
	JUDGE(get(layout->params, 0x236, 2) == wide && !layout->params[0x1ef]);
	JUDGE(get(layout->params, 0x22c, 4) == 0x7fffffff && get(layout->params, 0x238, 4) == 2047);
	JUDGE(layout->params[0x1e8] == request->map->count);
	if (request->initrd_pieces)
		JUDGE(get(layout->params, 0x218, 4) == layout->segment[kernel].at.mem &&
		      get(layout->params, 0x21c, 4) == pieces_size(request));

	entry = layout->entry.address;
	JUDGE(layout->entry.machine == (direct ? 2 : 1));
	JUDGE(layout->entry.reg[KLEAP_X86_TABLES] == (direct ? params[1].at.mem : 0));
	JUDGE(gdt < 8192 && get(layout->params, gdt + 0x10, 8) ==
	      (direct ? 0x00af9b000000ffffull : 0x00cf9b000000ffffull));
	if (wide && !judge_tables(layout, params + 1, params->at.mem, text))
		return false;
	if (wide && !direct && !judge_way(layout, &entry, text))
		return false;
	JUDGE(byte_of_elf(file, entry) >= 0);
	return true;
}

#endif
