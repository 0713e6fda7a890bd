// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * vmlinux: x86 kernels as ELF files. Each part is loaded where the file says; the kernel
 * neither unpacks nor moves itself.
 *
 * A 32-bit kernel is entered like a bzImage, with paging off: startup_32 in
 * arch/x86/kernel/head_32.S of Linux. A 64-bit one expects long mode, identity-mapped
 * memory, and the boot params in %rsi: startup_64 in head_64.S. If it cannot be entered
 * like that, the layout has page tables and a few instructions for it.
 */
#include "boot.h"
#include "bzimage.h"
#include "elf.h"
#include "zeropage.h"

/* A part that is loaded: memory [start, end), of which `size` bytes are in the file. */
struct load {
	uint64_t start, end;
	uint64_t offset, size;
	uint64_t header;		/* its program header, for messages */
};

static enum kimg_error bad_field(struct kimg_why *why, uint64_t offset, uint64_t value)
{
	return kimg_fail(why, KIMG_E_FILE_HEADER, .a = offset, .b = value);
}

/*
 * Check a program header. Errors: FILE_TRUNCATED, FILE_HEADER.
 */
static enum kimg_error check_load(const struct elf *elf, const struct elf_program *program,
				  struct kimg_why *why)
{
	uint64_t need = program->offset + program->file_size;

	/* Errors give a field's offset, in 64-bit or 32-bit program headers. */
	if (program->memory_size < program->file_size)
		return bad_field(why, program->at + (elf->wide ? 40 : 20),
				 program->memory_size);
	if (program->physical >= BOOT_4GIB ||
	    program->memory_size > BOOT_4GIB - program->physical)
		return bad_field(why, program->at + (elf->wide ? 24 : 12), program->physical);
	if (bytes_have(&elf->file, program->offset, program->file_size))
		return KIMG_OK;
	if (need < program->offset)
		return bad_field(why, program->at + (elf->wide ? 8 : 4), program->offset);
	return kimg_fail(why, KIMG_E_FILE_TRUNCATED, .a = elf->file.size, .b = need,
			 .c = need - elf->file.size);
}

/*
 * Collect the parts, in order of address; at most BOOT_SEGMENT_MAX. Errors:
 * FILE_TRUNCATED, FILE_HEADER (also if there are none, or two overlap), SEGMENTS_TOO_MANY.
 */
static enum kimg_error collect(const struct elf *elf, struct load *load, uint32_t *count,
			       struct kimg_why *why)
{
	struct elf_program program;
	enum kimg_error error;
	uint32_t i, at;

	*count = 0;
	for (i = 0; i < elf->programs; i++) {
		elf_program(elf, i, &program);
		if (program.type != ELF_LOAD || !program.memory_size)
			continue;
		error = check_load(elf, &program, why);
		if (error)
			return error;
		if (*count == BOOT_SEGMENT_MAX)
			return kimg_fail(why, KIMG_E_SEGMENTS_TOO_MANY, .a = elf->programs,
					 .b = BOOT_SEGMENT_MAX);
		for (at = (*count)++; at && load[at - 1].start > program.physical; at--)
			load[at] = load[at - 1];
		load[at] = (struct load){
			.start = program.physical,
			.end = program.physical + program.memory_size,
			.offset = program.offset,
			.size = program.file_size,
			.header = program.at,
		};
	}
	if (!*count)
		return bad_field(why, elf->wide ? 56 : 44, elf->programs);
	for (i = 1; i < *count; i++)
		if (load[i].start < load[i - 1].end)
			return bad_field(why, load[i].header + (elf->wide ? 24 : 12),
					 load[i].start);
	return KIMG_OK;
}

/*
 * The physical address of the entry point. The ABI says that e_entry is virtual; Linux
 * puts the physical one there. Error: FILE_HEADER.
 */
static enum kimg_error find_entry(const struct elf *elf, const struct load *load,
				  uint32_t count, uint32_t *entry, struct kimg_why *why)
{
	struct elf_program program;
	uint32_t i;

	for (i = 0; i < count; i++)
		if (load[i].start <= elf->entry && elf->entry - load[i].start < load[i].size) {
			*entry = (uint32_t)elf->entry;
			return KIMG_OK;
		}
	for (i = 0; i < elf->programs; i++) {
		elf_program(elf, i, &program);
		if (program.type == ELF_LOAD && program.memory_size &&
		    program.virtual <= elf->entry &&
		    elf->entry - program.virtual < program.file_size) {
			*entry = (uint32_t)(elf->entry - program.virtual + program.physical);
			return KIMG_OK;
		}
	}
	return bad_field(why, 24, elf->entry);
}

/* ---- Segments ------------------------------------------------------------------- */

/*
 * Add a segment of the kernel: pages from `start` to `end`, `size` bytes of data.
 * False: there are too many.
 */
static bool add_part(struct boot_layout *layout, uint32_t most, uint64_t start, uint64_t end,
		     const void *data, uint64_t size)
{
	if (layout->segments == most)
		return false;
	layout_add_segment(layout, "kernel", start, data, size, end - start);
	return true;
}

/*
 * Add a page that several parts share, or in which one begins: copy what each has there.
 */
static bool add_page(const struct elf *elf, const struct load *load, uint32_t count,
		     struct boot_layout *layout, uint32_t most, uint64_t page)
{
	unsigned char *made = layout->made[layout->segments];
	uint32_t i;

	memset(made, 0, BOOT_PAGE);
	for (i = 0; i < count; i++) {
		uint64_t start = load[i].start, end = load[i].start + load[i].size;
		uint64_t offset = load[i].offset;

		if (start < page) {
			offset += page - start;
			start = page;
		}
		if (end > page + BOOT_PAGE)
			end = page + BOOT_PAGE;
		if (start < end)
			memcpy(made + (start - page), elf->file.at + offset,
			       (size_t)(end - start));
	}
	return add_part(layout, most, page, page + BOOT_PAGE, made, BOOT_PAGE);
}

/*
 * Add all parts; whole pages point into the file. `most` is the number of segments that
 * the kernel may have. Error: SEGMENTS_TOO_MANY.
 */
static enum kimg_error add_parts(const struct elf *elf, const struct load *load,
				 uint32_t count, struct boot_layout *layout, uint32_t most,
				 struct kimg_why *why)
{
	uint64_t done = 0;		/* all pages below have been added */
	bool good = true;
	uint32_t i;

	for (i = 0; i < count && good; i++) {
		const struct load *part = &load[i];
		uint64_t start = boot_page_down(part->start), end = boot_page_up(part->end);
		bool shared = i + 1 < count && boot_page_down(load[i + 1].start) < end;
		uint64_t stop = shared ? end - BOOT_PAGE : end, have;

		if (start < done)
			start = done;
		if (start < part->start && start < end) {
			good = add_page(elf, load, count, layout, most, start);
			start += BOOT_PAGE;
		}
		if (good && start < stop) {
			have = start - part->start < part->size ?
			       part->size - (start - part->start) : 0;
			if (have > stop - start)
				have = stop - start;
			good = add_part(layout, most, start, stop, have ?
					elf->file.at + part->offset + (start - part->start) :
					elf->file.at, have);
		}
		if (good && shared && start <= stop)
			good = add_page(elf, load, count, layout, most, stop);
		done = end;
	}
	return good ? KIMG_OK : kimg_fail(why, KIMG_E_SEGMENTS_TOO_MANY,
					  .a = most + 1, .b = most);
}

/* ---- The way into 64-bit mode ---------------------------------------------------------- */

/*
 * Entered in the state that a bzImage expects. write_way() fills in the addresses.
 */
static const unsigned char to_64[] = {
	0xb8, 0x20, 0x00, 0x00, 0x00,		/*	mov	$0x20, %eax	CR4.PAE */
	0x0f, 0x22, 0xe0,			/*	mov	%eax, %cr4 */
	0xb8, 0, 0, 0, 0,			/*	mov	$tables, %eax */
	0x0f, 0x22, 0xd8,			/*	mov	%eax, %cr3 */
	0xb9, 0x80, 0x00, 0x00, 0xc0,		/*	mov	$0xc0000080, %ecx	EFER */
	0x0f, 0x32,				/*	rdmsr */
	0x0d, 0x00, 0x01, 0x00, 0x00,		/*	or	$0x100, %eax	EFER.LME */
	0x0f, 0x30,				/*	wrmsr */
	0x0f, 0x20, 0xc0,			/*	mov	%cr0, %eax */
	0x0d, 0x01, 0x00, 0x00, 0x80,		/*	or	$0x80000001, %eax	CR0.PG, PE */
	0x0f, 0x22, 0xc0,			/*	mov	%eax, %cr0 */
	0x0f, 0x01, 0x15, 0, 0, 0, 0,		/*	lgdt	pointer */
	0xea, 0, 0, 0, 0, 0x10, 0x00,		/*	ljmp	$0x10, $1f */
	0xb8, 0x18, 0x00, 0x00, 0x00,		/* 1:	mov	$0x18, %eax */
	0x8e, 0xd8,				/*	mov	%eax, %ds */
	0x8e, 0xc0,				/*	mov	%eax, %es */
	0x8e, 0xd0,				/*	mov	%eax, %ss */
	0x31, 0xc0,				/*	xor	%eax, %eax */
	0x8e, 0xe0,				/*	mov	%eax, %fs */
	0x8e, 0xe8,				/*	mov	%eax, %gs */
	0xbe, 0, 0, 0, 0,			/*	mov	$params, %esi */
	0xbc, 0, 0, 0, 0,			/*	mov	$stack, %esp */
	0xb8, 0, 0, 0, 0,			/*	mov	$entry, %eax */
	0xff, 0xe0,				/*	jmp	*%rax */
};

/* The offsets of these addresses. */
#define AT_TABLES 9u
#define AT_POINTER 44u
#define AT_JUMP 49u
#define JUMP_TO 55u			/* 1 */
#define AT_PARAMS 73u
#define AT_STACK 78u
#define AT_ENTRY 83u

/* After the code: a GDT with flat 64-bit code at 0x10 and flat data at 0x18; its pointer. */
#define GDT_AT 0x80u
#define POINTER_AT 0xa0u
static const uint64_t gdt_64[] = { 0, 0, 0x00af9b000000ffffull, 0x00cf93000000ffffull };

/*
 * Write the page of code, for address `at`. CR3 gets the top table of four levels.
 */
static void write_way(unsigned char *page, uint32_t at, uint32_t tables, uint32_t entry,
		      const struct kleap_entry *state)
{
	uint32_t i;

	memcpy(page, to_64, sizeof(to_64));
	zp_put32(page, AT_TABLES, tables + BOOT_PAGE);
	zp_put32(page, AT_POINTER, at + POINTER_AT);
	zp_put32(page, AT_JUMP, at + JUMP_TO);
	zp_put32(page, AT_PARAMS, (uint32_t)state->reg[KLEAP_X86_SI]);
	zp_put32(page, AT_STACK, (uint32_t)state->reg[KLEAP_X86_SP]);
	zp_put32(page, AT_ENTRY, entry);
	for (i = 0; i < sizeof(gdt_64) / 8; i++)
		zp_put64(page, GDT_AT + 8 * i, gdt_64[i]);
	zp_put16(page, POINTER_AT, sizeof(gdt_64) - 1);
	zp_put32(page, POINTER_AT + 2, at + GDT_AT);
}

/*
 * Place the way into 64-bit mode, and make it the entry point.
 * Error: PARAMS_NO_ROOM.
 */
static enum kimg_error add_way(const struct boot_request *request, uint64_t end,
			       uint32_t entry, const struct bz_places *places,
			       struct boot_layout *layout, struct kimg_why *why)
{
	enum kimg_error error = bz_add_tables(request, "64-bit entry", 1, end, places, layout,
					      why);
	const struct kimg_segment *at = &layout->segment[layout->segments - 1].at;

	if (error)
		return error;
	layout->entry.address = at->mem + at->memsz - BOOT_PAGE;
	write_way(layout->tables[at->memsz / BOOT_PAGE - 1], (uint32_t)layout->entry.address,
		  (uint32_t)at->mem, entry, &layout->entry);
	return KIMG_OK;
}

enum kimg_error boot_vmlinux(const struct boot_request *request,
			     struct boot_layout *layout, struct kimg_why *why)
{
	const struct boot_map *map = layout_usable_map(request);
	unsigned char file[ZP_HEADER_MAX];
	struct load load[BOOT_SEGMENT_MAX];
	struct bz_places places;
	struct bz_header header;
	enum kimg_error error;
	uint32_t i, count, entry = 0;
	struct elf elf;
	uint64_t end;

	if (!elf_open(request->kernel, request->kernel_size, &elf) || elf.big ||
	    elf.machine != (elf.wide ? ELF_X86_64 : ELF_386))
		return kimg_fail(why, KIMG_E_FILE_MAGIC, .a = bytes_get(&elf.file, 0, 4),
				 .c = ELF_MAGIC);
	bz_make_header(file, elf.wide, &header);
	error = collect(&elf, load, &count, why);
	if (!error)
		error = find_entry(&elf, load, count, &entry, why);
	if (!error)
		error = bz_begin(request, &header, layout, &places, &end, why);
	if (error)
		return error;
	for (i = 0; i < count; i++)
		if (load[i].start < BOOT_MIB || boot_page_up(load[i].end) > end ||
		    !boot_map_is_ram(map, boot_page_down(load[i].start),
				     boot_page_up(load[i].end)))
			return kimg_fail(why, KIMG_E_KERNEL_FIXED, .a = load[i].end - load[i].start,
					 .c = load[i].start);
	layout->kernel_runs.start = boot_page_down(load[0].start);
	layout->kernel_runs.end = boot_page_up(load[count - 1].end);
	layout->relocated = false;

	/* Two more: the boot params, and those for 64-bit mode. */
	error = add_parts(&elf, load, count, layout,
			  BOOT_SEGMENT_MAX - 2 - request->initrd_pieces, why);
	if (!error)
		error = bz_finish(request, &header, end, layout, &places, why);
	if (error)
		return error;
	layout->entry.address = entry;
	return elf.wide && !places.long_mode ?
	       add_way(request, end, entry, &places, layout, why) : KIMG_OK;
}
