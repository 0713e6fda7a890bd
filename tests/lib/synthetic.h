/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Synthetic kernels: bzImages with any header, and a judge of layouts that shares
 * no code with libboot. Offsets are taken from the text of the boot protocol, so
 * that a wrong one in libboot is found.
 */
#ifndef SYNTHETIC_H
#define SYNTHETIC_H

#include "support.h"

#include "boot.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)

struct recipe {
	uint16_t protocol;
	uint8_t setup_sects;
	size_t code_size;
	uint32_t align;
	uint8_t relocatable;
	uint8_t min_align;
	uint16_t xloadflags;
	uint32_t cmdline_size;
	uint32_t initrd_max;
	uint64_t preferred;
	uint32_t init_size;
};

/* What a 32-bit Linux of today has, on a small scale. */
static const struct recipe usual = {
	.protocol = 0x020f,
	.setup_sects = 3,
	.code_size = 40000,
	.align = 0x200000,
	.relocatable = 1,
	.min_align = 13,
	.cmdline_size = 2047,
	.initrd_max = 0x7fffffff,
	.preferred = 0x1000000,
	.init_size = 0x300000,
};

/* The same with 64 bits: XLF_KERNEL_64. */
static inline struct recipe usual_64(void)
{
	struct recipe recipe = usual;

	recipe.xloadflags = 1;
	return recipe;
}

static inline void put(unsigned char *file, size_t at, uint64_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		file[at + i] = (unsigned char)(value >> (8 * i));
}

static inline uint64_t get(const unsigned char *file, size_t at, size_t bytes)
{
	uint64_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint64_t)file[at + i] << (8 * i);
	return value;
}

/* A 64-bit Linux of today: entered with four or five levels, anywhere in memory. */
static inline struct recipe usual_high(void)
{
	struct recipe recipe = usual;

	recipe.xloadflags = 0x7f;
	return recipe;
}

/* A file of exactly its size, so that the sanitizer sees any read beyond. */
static inline unsigned char *bake(const struct recipe *recipe, size_t *size)
{
	size_t sectors = recipe->setup_sects ? recipe->setup_sects : 4;
	size_t setup = (sectors + 1) * 512;
	unsigned char *file;

	*size = setup + recipe->code_size;
	file = malloc(*size);
	assert_non_null(file);
	for (size_t i = 0; i < *size; i++)
		file[i] = (unsigned char)(i * 7 + i / 251);
	put(file, 0x1f1, recipe->setup_sects, 1);
	put(file, 0x1f4, recipe->code_size / 16, 4);
	put(file, 0x1fe, 0xaa55, 2);
	put(file, 0x200, 0xeb, 1);
	put(file, 0x201, recipe->protocol >= 0x020a ? 0x6a : 0x3a, 1);
	memcpy(file + 0x202, "HdrS", 4);
	put(file, 0x206, recipe->protocol, 2);
	put(file, 0x211, 0x01 | 0x40 | 0x80, 1);
	put(file, 0x214, 0x100000, 4);
	put(file, 0x22c, recipe->initrd_max, 4);
	put(file, 0x230, recipe->align, 4);
	put(file, 0x234, recipe->relocatable, 1);
	put(file, 0x235, recipe->min_align, 1);
	put(file, 0x236, recipe->xloadflags, 2);
	put(file, 0x238, recipe->cmdline_size, 4);
	if (recipe->protocol >= 0x020a) {
		put(file, 0x258, recipe->preferred, 8);
		put(file, 0x260, recipe->init_size, 4);
	}
	return file;
}

static inline void add_memory(struct boot_map *map, uint64_t start, uint64_t end,
			      enum boot_mem_type type)
{
	struct kimg_why why;

	assert_int_equal(boot_map_add(map, start, end, type, &why), KIMG_OK);
}

/* A PC: a hole below 1 MiB, RAM up to `low`, perhaps RAM above 4 GiB up to `high`. */
static inline void pc_map(struct boot_map *map, uint64_t low, uint64_t high)
{
	map->count = 0;
	add_memory(map, 0, 0x9fc00, BOOT_MEM_RAM);
	add_memory(map, 0x9fc00, 0x100000, BOOT_MEM_RESERVED);
	add_memory(map, 0x100000, low, BOOT_MEM_RAM);
	if (high)
		add_memory(map, 4 * GIB, high, BOOT_MEM_RAM);
}

/* ---- The judge -------------------------------------------------------------- */

static inline bool judge_ram(const struct boot_map *map, uint64_t start, uint64_t end)
{
	/* Ascend from range to range as long as they touch. */
	while (start < end) {
		uint64_t next = start;

		for (uint32_t i = 0; i < map->count; i++)
			if (map->mem[i].type == BOOT_MEM_RAM &&
			    map->mem[i].range.start <= start && start < map->mem[i].range.end)
				next = map->mem[i].range.end;
		if (next == start)
			return false;
		start = next;
	}
	return true;
}

static inline bool apart(uint64_t a, uint64_t a_end, uint64_t b, uint64_t b_end)
{
	return a_end <= b || b_end <= a;
}

#define JUDGE(condition) \
	do { if (!(condition)) { \
		snprintf(text, 200, "line %d: %s", __LINE__, #condition); \
		return false; } } while (0)

/* The size of an initrd in its pieces. */
static inline uint64_t pieces_size(const struct boot_request *request)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < request->initrd_pieces; i++)
		size += request->initrd[i].size;
	return size;
}

/* Does the kernel read ranges beyond the zero page's 128? */
static inline bool is_64_bit(const unsigned char *file)
{
	return get(file, 0x206, 2) >= 0x020c && (file[0x236] & 1);
}

/* Is the kernel entered in 64-bit mode? Then may everything lie above 4 GiB? */
static inline bool enters_long_mode(const struct boot_request *request)
{
	const unsigned char *file = request->kernel;
	size_t setup = ((file[0x1f1] ? file[0x1f1] : 4u) + 1u) * 512u;

	return request->long_mode && is_64_bit(file) && request->kernel_size > setup + 0x200 &&
	       (!request->five_levels || (file[0x236] & 0x20));
}

static inline bool may_be_high(const struct boot_request *request)
{
	return enters_long_mode(request) && (((const unsigned char *)request->kernel)[0x236] & 2);
}

/* The first address that nothing may have. */
static inline uint64_t end_of_memory(const struct boot_request *request)
{
	uint64_t end = may_be_high(request) ? 1ull << 46 : 4 * GIB;

	return request->limit && request->limit < end ? request->limit + 1 : end;
}

/* How many ranges are told in setup_data. */
static inline uint32_t more_ranges(const struct boot_request *request)
{
	return request->map->count > 128 && is_64_bit(request->kernel) ?
	       request->map->count - 128 : 0;
}

static inline uint64_t ram_bytes(const struct boot_map *map)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < map->count; i++)
		if (map->mem[i].type == BOOT_MEM_RAM)
			bytes += map->mem[i].range.end - map->mem[i].range.start;
	return bytes;
}

/* A map in 128 ranges: no RAM where there is none; all that is used is RAM. */
static inline bool judge_joined(const struct boot_request *request,
				const struct boot_layout *layout, char text[200])
{
	const struct boot_map *told = &layout->told, *map = request->map;

	JUDGE(told->count <= 128);
	for (uint32_t i = 0; i < told->count; i++) {
		const struct boot_mem *mem = &told->mem[i];

		JUDGE(mem->range.start < mem->range.end);
		JUDGE(!i || mem[-1].range.end <= mem->range.start);
		JUDGE(!i || mem[-1].range.end < mem->range.start ||
		      mem[-1].type != mem->type);
		JUDGE(mem->type != BOOT_MEM_RAM ||
		      judge_ram(map, mem->range.start, mem->range.end));
	}
	/* What is not RAM is told, if not as what it is. */
	for (uint32_t i = 0; i < map->count; i++) {
		bool inside = map->mem[i].type == BOOT_MEM_RAM;

		for (uint32_t k = 0; k < told->count; k++)
			inside |= told->mem[k].type != BOOT_MEM_RAM &&
				  told->mem[k].range.start <= map->mem[i].range.start &&
				  map->mem[i].range.end <= told->mem[k].range.end;
		JUDGE(inside);
	}
	JUDGE(judge_ram(told, layout->kernel_runs.start, layout->kernel_runs.end));
	for (uint32_t i = 0; i < layout->segments; i++)
		JUDGE(judge_ram(told, layout->segment[i].at.mem,
				layout->segment[i].at.mem + layout->segment[i].at.memsz));
	return true;
}

/* The memory map: what the layout says, and what the boot params have of it. */
static inline bool judge_told(const struct boot_request *request,
			      const struct boot_layout *layout, uint64_t params,
			      char text[200])
{
	const unsigned char *page = layout->params;
	const struct boot_map *told = &layout->told, *map = request->map;
	uint32_t more = more_ranges(request);
	size_t item = 0;

	if (map->count > 128 && !more) {
		if (!judge_joined(request, layout, text))
			return false;
	} else {
		JUDGE(told->count == map->count);
		for (uint32_t i = 0; i < map->count; i++)
			JUDGE(told->mem[i].range.start == map->mem[i].range.start &&
			      told->mem[i].range.end == map->mem[i].range.end &&
			      told->mem[i].type == map->mem[i].type);
	}
	if (more) {
		item = (size_t)(get(page, 0x250, 8) - params);
		JUDGE(get(page, item + 8, 4) == 1);
		JUDGE(get(page, item + 12, 4) == 20 * more);
	}
	JUDGE(page[0x1e8] == (more ? 128 : told->count));
	for (uint32_t i = 0; i < told->count; i++) {
		const struct boot_mem *mem = &told->mem[i];
		size_t at = i < 128 ? 0x2d0 + i * 20 : item + 16 + (i - 128) * 20;

		JUDGE(get(page, at, 8) == mem->range.start);
		JUDGE(get(page, at + 8, 8) == mem->range.end - mem->range.start);
		JUDGE(get(page, at + 16, 4) == (uint64_t)mem->type);
	}
	return true;
}

/*
 * The setup_data list, in boot params of `size` bytes at address `params` that are in use
 * up to `used`: ranges of memory, see judge_told(); EFI's item; the request's.
 */
static inline bool judge_setup(const struct boot_request *request,
			       const unsigned char *page, uint64_t params, size_t used,
			       size_t size, char text[200])
{
	const unsigned char *file = request->kernel;
	uint32_t own = (more_ranges(request) ? 1u : 0u) + (request->efi ? 1u : 0u);
	uint64_t next = get(page, 0x250, 8);

	/* Before 2.09 there is no such list. */
	if (get(file, 0x206, 2) < 0x0209 || 0x202 + file[0x201] < 0x258) {
		JUDGE(next == 0);
		return true;
	}
	for (uint32_t i = 0; i < request->setups + own; i++) {
		const struct boot_setup *setup;
		uint64_t length;
		size_t at;

		JUDGE(next >= params + used && next + 16 <= params + size && next % 16 == 0);
		at = (size_t)(next - params);
		length = get(page, at + 12, 4);
		JUDGE(length <= size - at - 16);
		used = at + 16 + (size_t)length;
		next = get(page, at, 8);
		if (i < own)
			continue;
		setup = &request->setup[i - own];
		JUDGE(get(page, at + 8, 4) == setup->type && length == setup->size);
		JUDGE(!length || !memcmp(page + at + 16, setup->data, setup->size));
	}
	JUDGE(next == 0);
	return true;
}

/* A page table that the layout has at an address; NULL: none. */
static inline const unsigned char *table_at(const struct boot_layout *layout, uint64_t address)
{
	for (uint32_t i = 0; i < layout->segments; i++) {
		const struct boot_segment *segment = &layout->segment[i];

		if (address % 4096 == 0 && address >= segment->at.mem &&
		    address - segment->at.mem + 4096 <= segment->at.bufsz)
			return (const unsigned char *)segment->data + (address - segment->at.mem);
	}
	return NULL;
}

/*
 * Walk page tables of so many levels, as the processor does: Intel SDM volume 3, 4.5.
 * Returns the physical address for `address`; UINT64_MAX if it may not be written to.
 */
static inline uint64_t walk(const struct boot_layout *layout, uint64_t top, unsigned int levels,
			    uint64_t address)
{
	uint64_t entry = top | 3;

	for (unsigned int shift = 3 + 9 * levels;; shift -= 9) {
		const unsigned char *table = table_at(layout, entry & ~0xfffull);

		if (!table)
			return UINT64_MAX;
		entry = get(table, (address >> shift & 511) * 8, 8);
		/* Present and writable; not for user programs; no reserved bit. */
		if ((entry & 7) != 3 || entry >> 52)
			return UINT64_MAX;
		if (shift == 12 || (entry & 0x80)) {
			uint64_t size = 1ull << shift;

			if (shift > 30 || (entry & (size - 1) & ~0xfffull))
				return UINT64_MAX;
			return (entry & ~(size - 1)) | (address & (size - 1));
		}
	}
}

/* Is [start, end) mapped by identity, with five levels and with four? */
static inline bool is_mapped(const struct boot_layout *layout, uint64_t tables,
			     uint64_t start, uint64_t end)
{
	for (uint64_t at = start; at < end; at = (at | (2 * MIB - 1)) + 1)
		if (walk(layout, tables, 5, at) != at || walk(layout, tables + 4096, 4, at) != at)
			return false;
	return true;
}

/* How many GiB are mapped, of a limit. */
static inline uint64_t gibs_mapped(const struct boot_layout *layout, uint64_t tables, uint64_t limit)
{
	uint64_t count = 0;

	for (uint64_t at = 0; at < limit; at += GIB)
		count += walk(layout, tables + 4096, 4, at) != UINT64_MAX;
	return count;
}

/* Page tables: they map what a kernel needs to start. */
static inline bool judge_tables(const struct boot_layout *layout, const struct boot_segment *segment,
				uint64_t params, char text[200])
{
	uint64_t at = segment->at.mem;

	JUDGE(segment->data == layout->tables && segment->at.bufsz <= sizeof(layout->tables));
	JUDGE(is_mapped(layout, at, 0, 4 * GIB));
	JUDGE(is_mapped(layout, at, layout->kernel_runs.start, layout->kernel_runs.end));
	JUDGE(is_mapped(layout, at, params, params + layout->params_size));
	return true;
}

/* The zero page, byte by byte. */
static inline bool judge_params(const struct boot_request *request,
				const struct boot_layout *layout, uint64_t params,
				uint64_t initrd, char text[200])
{
	const unsigned char *file = request->kernel, *page = layout->params;
	const char *line = request->command_line ? request->command_line : "";
	uint64_t kernel = layout->segment[0].at.mem, command;
	size_t end = 0x202u + file[0x201], used;

	if (end > 0x290)
		end = 0x290;
	JUDGE(page[0x210] == 0xff);
	JUDGE((page[0x211] | 0xc2) == (file[0x211] | 0xc2));
	JUDGE(!(page[0x211] & 0xc2));
	JUDGE(get(page, 0x214, 4) == (kernel < 4 * GIB ? kernel : 0));
	JUDGE((get(page, 0x218, 4) | get(page, 0x0c0, 4) << 32) == initrd);
	JUDGE((get(page, 0x21c, 4) | get(page, 0x0c4, 4) << 32) == pieces_size(request));
	command = get(page, 0x228, 4) | get(page, 0x0c8, 4) << 32;
	JUDGE(command > params && command < params + 8192);
	used = (size_t)(command - params);
	JUDGE(used + strlen(line) < 8192 && !strcmp((const char *)page + used, line));
	used += strlen(line) + 1;
	if (!judge_setup(request, page, params, used, layout->params_size, text))
		return false;
	JUDGE(page[0x1ef] == 0);
	JUDGE(get(page, 0x070, 8) == request->acpi_rsdp);
	for (size_t i = 0x1f1; i < end; i++) {
		bool ours = i == 0x210 || i == 0x211 || (i >= 0x214 && i < 0x220) ||
			    (i >= 0x224 && i < 0x22c) || (i >= 0x230 && i < 0x234) ||
			    (i >= 0x250 && i < 0x258) ||
			    (request->running_params && i >= 0x23c && i < 0x240);

		JUDGE(ours || page[i] == file[i]);
	}
	for (size_t i = end; i < 0x290; i++)
		JUDGE(page[i] == 0 || (request->running_params && i >= 0x23c && i < 0x240));
	return judge_told(request, layout, params, text);
}

/* Every rule of a layout. On false, `text` says which line does not hold. */
static inline bool judge_layout(const struct boot_request *request,
				const struct boot_layout *layout, char text[200])
{
	const unsigned char *file = request->kernel;
	size_t setup = ((file[0x1f1] ? file[0x1f1] : 4u) + 1u) * 512u;
	uint16_t protocol = (uint16_t)get(file, 0x206, 2);
	bool long_mode = enters_long_mode(request);
	uint64_t end = end_of_memory(request);
	const struct kimg_segment *kernel = &layout->segment[0].at;
	const struct boot_segment *last = &layout->segment[layout->segments - 1];
	const struct kimg_range *runs = &layout->kernel_runs;
	const struct boot_map *usable = request->usable ? request->usable : request->map;
	uint64_t params, initrd = 0, next;
	uint32_t i, k;
	size_t gdt;

	JUDGE(layout->segments == 2 + request->initrd_pieces + long_mode);
	JUDGE(layout->protocol == protocol);
	JUDGE(layout->is_64 == is_64_bit(file));
	for (i = 0; i < layout->segments; i++) {
		const struct kimg_segment *at = &layout->segment[i].at;

		JUDGE(at->mem % 4096 == 0 && at->memsz % 4096 == 0 && at->memsz);
		JUDGE(at->bufsz && at->bufsz <= at->memsz && at->memsz - at->bufsz < 4096);
		JUDGE(at->mem >= MIB && at->memsz <= end && at->mem <= end - at->memsz);
		JUDGE(judge_ram(usable, at->mem, at->mem + at->memsz));
		for (k = 0; k < i; k++) {
			const struct kimg_segment *to = &layout->segment[k].at;

			JUDGE(apart(at->mem, at->mem + at->memsz, to->mem, to->mem + to->memsz));
		}
		JUDGE(i == 0 || apart(at->mem, at->mem + at->memsz, runs->start, runs->end));
	}
	JUDGE(runs->start == kernel->mem && runs->end >= kernel->mem + kernel->memsz);
	JUDGE(judge_ram(usable, runs->start, runs->end) && runs->end <= end);
	if (protocol >= 0x020a) {
		JUDGE(runs->end - runs->start >= get(file, 0x260, 4));
		JUDGE(layout->init_size == get(file, 0x260, 4));
		JUDGE(kernel->mem >= get(file, 0x258, 8));
	}
	if (file[0x234]) {
		uint64_t align = get(layout->params, 0x230, 4);

		JUDGE(align && !(align & (align - 1)) && kernel->mem % align == 0);
		JUDGE(align == get(file, 0x230, 4) || align == 4096 ||
		      (protocol >= 0x020a && align == 1ull << file[0x235]));
	} else {
		JUDGE(kernel->mem == (protocol >= 0x020a ? get(file, 0x258, 8) : MIB));
		JUDGE(!layout->relocated);
	}
	JUDGE(layout->segment[0].data == file + setup);
	JUDGE(kernel->bufsz == request->kernel_size - setup);
	if (request->initrd_pieces)
		initrd = layout->segment[1].at.mem;
	next = initrd;
	for (i = 0; i < request->initrd_pieces; i++) {
		const struct boot_segment *segment = &layout->segment[1 + i];

		JUDGE(segment->data == request->initrd[i].data);
		JUDGE(segment->at.bufsz == request->initrd[i].size);
		JUDGE(segment->at.mem == next);
		JUDGE(may_be_high(request) ||
		      next + segment->at.memsz <= get(file, 0x22c, 4) + 1);
		next += segment->at.bufsz;
	}
	params = last[-long_mode].at.mem;
	JUDGE(last[-long_mode].data == layout->params);
	JUDGE(last[-long_mode].at.bufsz == layout->params_size);
	JUDGE(!request->efi || request->efi->is_64 || params < 4 * GIB);
	JUDGE(layout->params_size >= 8192);
	JUDGE(request->efi || request->setups || more_ranges(request) ||
	      layout->params_size == 8192);

	JUDGE(layout->entry.machine == (long_mode ? 2 : 1));
	JUDGE(layout->entry.address == kernel->mem + (long_mode ? 0x200 : 0));
	JUDGE(layout->entry.reg[KLEAP_X86_SI] == params);
	JUDGE(layout->entry.reg[KLEAP_X86_TABLES] == (long_mode ? last->at.mem : 0));
	if (long_mode && !judge_tables(layout, last, params, text))
		return false;
	JUDGE(!layout->entry.reg[KLEAP_X86_BX] && !layout->entry.reg[KLEAP_X86_BP] && !layout->entry.reg[KLEAP_X86_DI]);
	JUDGE(layout->entry.reg[KLEAP_X86_GDT_BASE] >= params + 4096 && layout->entry.reg[KLEAP_X86_GDT_LIMIT] == 31);
	JUDGE(layout->entry.reg[KLEAP_X86_GDT_BASE] + 32 <= params + 8192);
	JUDGE(layout->entry.reg[KLEAP_X86_SP] % 4 == 0 && layout->entry.reg[KLEAP_X86_SP] > params + 0xeec &&
	      layout->entry.reg[KLEAP_X86_SP] <= params + 4096);
	gdt = (size_t)(layout->entry.reg[KLEAP_X86_GDT_BASE] - params);
	JUDGE(get(layout->params, gdt + 0x10, 8) ==
	      (long_mode ? 0x00af9b000000ffffull : 0x00cf9b000000ffffull));
	JUDGE(get(layout->params, gdt + 0x18, 8) ==
	      0x00cf93000000ffffull);
	return judge_params(request, layout, params, initrd, text);
}

/* Lay out; fail the test unless it succeeds and obeys every rule. */
static inline void lay_out(const struct boot_request *request,
			   struct boot_layout *layout)
{
	struct kimg_why why = { 0 };
	char text[256];

	/* What was there before must not shine through. */
	memset(layout, 0xa5, sizeof(*layout));
	if (boot_bzimage(request, layout, &why)) {
		kimg_explain(&why, text, sizeof(text));
		fail_msg("%s: %s", kimg_error_id(why.error), text);
	}
	if (!judge_layout(request, layout, text))
		fail_msg("%s", text);
}

#endif
