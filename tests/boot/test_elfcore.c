// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kernels for a crash: the memory that they get, from /proc/iomem, and the ELF header for
 * /proc/vmcore, which is read here with the kernel's own structures.
 */
#include "synthetic.h"
#include "crash.h"

#include <linux/elf.h>

static struct boot_crash crash;
static struct kimg_why why;

/* Read from memory of exactly this length. */
static enum kimg_error read_text(const char *text)
{
	size_t size = strlen(text);
	char *copy = malloc(size + !size);
	enum kimg_error error;

	memcpy(copy, text, size);
	memset(&crash, 0xa5, sizeof(crash));
	error = boot_crash_read(copy, size, &crash, &why);
	free(copy);
	return error;
}

static void expect(const struct boot_map *map, uint32_t i, uint64_t start, uint64_t end,
		   enum boot_mem_type type)
{
	assert_true(i < map->count);
	assert_int_equal(map->mem[i].range.start, start);
	assert_int_equal(map->mem[i].range.end, end);
	assert_int_equal(map->mem[i].type, type);
}

static const char iomem[] =
	"00000000-00000fff : Reserved\n"
	"00001000-0009fbff : System RAM\n"
	"00100000-7ffdffff : System RAM\n"
	"  3a000000-3ae03fff : Kernel code\n"
	"  3b000000-3bb0afff : Kernel rodata\n"
	"  60000000-60000fff : Reserved\n"
	"  6f000000-7effffff : Crash kernel\n"
	"7ffe0000-7ffeffff : ACPI Tables\n"
	"100000000-17fffffff : System RAM\n"
	"  170000000-17effffff : Crash kernel\n"
	"180000000-1bfffffff : System RAM (virtio_mem)\n";

static void reading(void **state)
{
	struct kimg_range region;

	(void)state;
	assert_int_equal(read_text(iomem), KIMG_OK);
	assert_int_equal(crash.code, 0x3a000000);
	assert_int_equal(crash.reserved.count, 2);
	expect(&crash.reserved, 0, 0x6f000000, 0x7f000000, BOOT_MEM_RAM);
	region = boot_crash_region(&crash);
	assert_int_equal(region.start, 0x170000000);
	assert_int_equal(region.end, 0x17f000000);
	/* What is reserved inside is worth saving, too: it is the kernel that reserved it. */
	assert_int_equal(crash.ram.count, 3);
	expect(&crash.ram, 1, 0x100000, 0x7ffe0000, BOOT_MEM_RAM);
	expect(&crash.ram, 2, 0x100000000, 0x1c0000000, BOOT_MEM_RAM);

	assert_int_equal(boot_crash_cut(&crash, &why), KIMG_OK);
	assert_int_equal(crash.ram.count, 4);
	expect(&crash.ram, 0, 0x100000, 0x6f000000, BOOT_MEM_RAM);
	expect(&crash.ram, 1, 0x7f000000, 0x7ffe0000, BOOT_MEM_RAM);
	expect(&crash.ram, 2, 0x100000000, 0x170000000, BOOT_MEM_RAM);
	expect(&crash.ram, 3, 0x17f000000, 0x1c0000000, BOOT_MEM_RAM);
}

static void nothing_reserved(void **state)
{
	static const char *const texts[] = {
		"", "\n", "garbage", "00000000-00000000 : Crash kernel\n", "1000-1fff : Crash kerne",
		"1000 : Crash kernel", "-1fff : Crash kernel", "zzzz-1fff : Crash kernel",
		"2000-1000 : Crash kernel", "00001000-00002000 ram # Crash kernel",
		"[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x00000000bffdffff] usable",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(read_text(texts[i]), KIMG_OK);
		assert_int_equal(crash.reserved.count, 0);
		assert_int_equal(crash.code, 0);
	}
	/* Hidden: the RAM, too. */
	assert_int_equal(read_text("00000000-00000000 : System RAM\n"), KIMG_OK);
	assert_int_equal(crash.ram.count, 0);
	/* Cut short in the middle of a line. */
	assert_int_equal(read_text("00100000-7ffdffff : System RAM\n  6f000000-7effffff : Crash kernel"),
			 KIMG_OK);
	assert_int_equal(crash.reserved.count, 1);
}

/* More ranges than there is room for. */
static void full(void **state)
{
	static const char *const names[] = { "System RAM", "Crash kernel" };
	char *text = malloc(BOOT_MAP_MAX * 48 + 48);
	size_t i, k;

	(void)state;
	for (k = 0; k < 2; k++) {
		char *at = text;

		for (i = 0; i <= BOOT_MAP_MAX; i++)
			at += sprintf(at, "%08zx-%08zx : %s\n", 0x100000 + i * 0x2000,
				      0x100fff + i * 0x2000, names[k]);
		assert_int_equal(read_text(text), KIMG_E_MAP_FULL);
	}
	/* A region in each of as many ranges as there may be cannot be cut out. */
	i = (size_t)sprintf(text, "100000-ffffffff : System RAM\n");
	for (k = 0; k < BOOT_MAP_MAX; k++)
		i += (size_t)sprintf(text + i, "%08zx-%08zx : Crash kernel\n", 0x200000 + k * 0x2000,
				     0x200fff + k * 0x2000);
	assert_int_equal(read_text(text), KIMG_OK);
	assert_int_equal(boot_crash_cut(&crash, &why), KIMG_E_MAP_FULL);
	free(text);
}

/* What the new kernel is told. */
static void told(void **state)
{
	struct kimg_range header = { 0x17efff000, 0x17f000000 };
	static struct boot_map map;

	(void)state;
	assert_int_equal(read_text(iomem), KIMG_OK);
	map.count = 0;
	boot_map_add(&map, 0x0, 0x9fc00, BOOT_MEM_RAM, &why);
	boot_map_add(&map, 0x9fc00, 0xa0000, BOOT_MEM_RESERVED, &why);
	boot_map_add(&map, 0xf0000, 0x7ffe0000, BOOT_MEM_RAM, &why);
	boot_map_add(&map, 0x7ffe0000, 0x7fff0000, BOOT_MEM_ACPI, &why);
	boot_map_add(&map, 0x7fff0000, 0x80000000, BOOT_MEM_NVS, &why);
	boot_map_add(&map, 0x100000000, 0x180000000, BOOT_MEM_RAM, &why);
	assert_int_equal(boot_crash_map(&crash, &header, &map, &why), KIMG_OK);
	assert_int_equal(map.count, 7);
	expect(&map, 0, 0, 0x9fc00, BOOT_MEM_RAM);
	expect(&map, 1, 0x9fc00, 0xa0000, BOOT_MEM_RESERVED);
	expect(&map, 2, 0xf0000, 0x100000, BOOT_MEM_RAM);
	expect(&map, 3, 0x6f000000, 0x7f000000, BOOT_MEM_RAM);
	expect(&map, 4, 0x7ffe0000, 0x7fff0000, BOOT_MEM_ACPI);
	expect(&map, 5, 0x7fff0000, 0x80000000, BOOT_MEM_NVS);
	expect(&map, 6, 0x170000000, 0x17efff000, BOOT_MEM_RAM);

	/* As many other ranges as there may be. */
	map.count = 0;
	for (uint64_t i = 0; i < BOOT_MAP_MAX; i++)
		boot_map_add(&map, 0x200000 + i * 0x2000, 0x201000 + i * 0x2000,
			     BOOT_MEM_RESERVED, &why);
	assert_int_equal(boot_crash_map(&crash, &header, &map, &why), KIMG_E_MAP_FULL);
}

/* ---- The ELF header -------------------------------------------------------------------- */

static unsigned char bytes[4096];

/* A field, little-endian on any machine. */
static uint64_t number(size_t at, size_t size)
{
	uint64_t value = 0;

	while (size)
		value = value << 8 | bytes[at + --size];
	return value;
}

#define FIELD(at, type, field) \
	number((at) + offsetof(type, field), sizeof(((type *)0)->field))
#define HEADER(field) FIELD(0, Elf64_Ehdr, field)
#define PROGRAM(i, field) FIELD(sizeof(Elf64_Ehdr) + (i) * sizeof(Elf64_Phdr), Elf64_Phdr, field)

static void expect_program(uint32_t i, uint32_t type, uint64_t virtual, uint64_t physical,
			   uint64_t size)
{
	assert_true(i < HEADER(e_phnum));
	assert_int_equal(PROGRAM(i, p_type), type);
	assert_int_equal(PROGRAM(i, p_offset), physical);
	assert_int_equal(PROGRAM(i, p_paddr), physical);
	assert_int_equal(PROGRAM(i, p_vaddr), virtual);
	assert_int_equal(PROGRAM(i, p_filesz), size);
	assert_int_equal(PROGRAM(i, p_memsz), size);
	assert_int_equal(PROGRAM(i, p_flags), type == PT_LOAD ? 7 : 0);
	assert_int_equal(PROGRAM(i, p_align), 0);
}

static uint32_t write_core(const struct boot_core *core)
{
	size_t size = boot_core_size(core), i;

	memset(bytes, 0xa5, sizeof(bytes));
	assert_true(size < sizeof(bytes));
	boot_core_write(core, bytes);
	for (i = size; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], 0xa5);
	assert_memory_equal(bytes, "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0", 16);
	assert_int_equal(HEADER(e_type), ET_CORE);
	assert_int_equal(HEADER(e_version), EV_CURRENT);
	assert_int_equal(HEADER(e_ehsize), sizeof(Elf64_Ehdr));
	assert_int_equal(HEADER(e_phentsize), sizeof(Elf64_Phdr));
	assert_int_equal(HEADER(e_phoff), sizeof(Elf64_Ehdr));
	assert_int_equal(HEADER(e_shnum) | HEADER(e_shoff) | HEADER(e_entry) | HEADER(e_flags), 0);
	assert_int_equal(size, sizeof(Elf64_Ehdr) + HEADER(e_phnum) * sizeof(Elf64_Phdr));
	return (uint32_t)HEADER(e_phnum);
}

static void header(void **state)
{
	static const struct kimg_range notes[] = { { 0x12340, 0x12498 }, { 0x1000, 0x1400 } };
	static struct boot_map ram;
	struct boot_core core = {
		.machine = EM_X86_64, .note = notes, .notes = 2, .ram = &ram,
		.direct = { 0, 0xffff888000000000, 0x180000000 },
		.text = { 0x3a000000, 0xffffffff81000000, 0x2c00000 },
	};

	(void)state;
	ram.count = 0;
	boot_map_add(&ram, 0x100000, 0x6f000000, BOOT_MEM_RAM, &why);
	boot_map_add(&ram, 0x100000000, 0x180000000, BOOT_MEM_RAM, &why);
	assert_int_equal(write_core(&core), 5);
	assert_int_equal(HEADER(e_machine), EM_X86_64);
	expect_program(0, PT_NOTE, 0, 0x12340, 0x158);
	expect_program(1, PT_NOTE, 0, 0x1000, 0x400);
	expect_program(2, PT_LOAD, 0xffffffff81000000, 0x3a000000, 0x2c00000);
	expect_program(3, PT_LOAD, 0xffff888000100000, 0x100000, 0x6ef00000);
	expect_program(4, PT_LOAD, 0xffff888100000000, 0x100000000, 0x80000000);

	/* 32 bits: high memory is not mapped, and begins in the middle of a range. */
	core.machine = EM_386;
	core.text.size = 0;
	core.notes = 0;
	core.direct = (struct boot_mapping){ 0, 0xc0000000, 0x377fe000 };
	assert_int_equal(write_core(&core), 3);
	assert_int_equal(HEADER(e_machine), EM_386);
	expect_program(0, PT_LOAD, 0xc0100000, 0x100000, 0x376fe000);
	expect_program(1, PT_LOAD, UINT64_MAX, 0x377fe000, 0x37802000);
	expect_program(2, PT_LOAD, UINT64_MAX, 0x100000000, 0x80000000);
	/* It ends with a range, or starts with one: nothing to divide. */
	core.direct.size = 0x6f000000;
	assert_int_equal(write_core(&core), 2);
	expect_program(0, PT_LOAD, 0xc0100000, 0x100000, 0x6ef00000);
	core.direct.size = 0x100000;
	assert_int_equal(write_core(&core), 2);
	expect_program(0, PT_LOAD, UINT64_MAX, 0x100000, 0x6ef00000);
	/* Nothing known. */
	core.direct.size = 0;
	ram.count = 0;
	assert_int_equal(write_core(&core), 0);
}

/* ---- /proc/kcore --------------------------------------------------------------------------- */

#define PROGRAMS 5u
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define ORDER ELFDATA2MSB
#else
#define ORDER ELFDATA2LSB
#endif

static void map_from(const void *kcore, size_t size, uint64_t code, struct boot_core *core,
		     bool good)
{
	void *copy = malloc(size + !size);

	memcpy(copy, kcore, size);
	*core = (struct boot_core){ .machine = 7 };
	assert_int_equal(boot_core_map(copy, size, code, core), good);
	free(copy);
}

static void kcore_64(void **state)
{
	struct { Elf64_Ehdr header; Elf64_Phdr program[PROGRAMS]; } file = {
		.header = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ORDER },
			.e_type = ET_CORE, .e_machine = EM_X86_64,
			.e_phoff = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = PROGRAMS,
		},
		.program = {
			{ .p_type = PT_NOTE, .p_vaddr = 1, .p_memsz = 0x1000000000 },
			{ .p_type = PT_LOAD, .p_vaddr = 0xffffffff81000000, .p_paddr = 0x3a000000,
			  .p_memsz = 0x2c00000 },
			{ .p_type = PT_LOAD, .p_vaddr = 0xffffc90000000000, .p_paddr = UINT64_MAX,
			  .p_memsz = 1 },
			{ .p_type = PT_LOAD, .p_vaddr = 0xffff888100000000, .p_paddr = 0x100000000,
			  .p_memsz = 0x80000000 },
			{ .p_type = PT_LOAD, .p_vaddr = 0xffff888000001000, .p_paddr = 0x1000,
			  .p_memsz = 0x9e000 },
		},
	};
	struct boot_core core;
	size_t size;

	(void)state;
	map_from(&file, sizeof(file), 0x3a000000, &core, true);
	assert_int_equal(core.machine, EM_X86_64);
	assert_int_equal(core.text.virtual, 0xffffffff81000000);
	assert_int_equal(core.text.physical, 0x3a000000);
	assert_int_equal(core.text.size, 0x2c00000);
	assert_int_equal(core.direct.virtual, 0xffff888000000000);
	assert_int_equal(core.direct.size, 0x180000000);
	/* One that is cut short, anywhere, says nothing. */
	for (size = 0; size < sizeof(file); size++) {
		map_from(&file, size, 0, &core, false);
		assert_int_equal(core.machine, 7);
		assert_int_equal(core.direct.size, 0);
	}
}

static void kcore_32(void **state)
{
	struct { Elf32_Ehdr header; Elf32_Phdr program[2]; } file = {
		.header = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ORDER },
			.e_type = ET_CORE, .e_machine = EM_386,
			.e_phoff = sizeof(Elf32_Ehdr), .e_phentsize = sizeof(Elf32_Phdr),
			.e_phnum = 2,
		},
		.program = {
			{ .p_type = PT_LOAD, .p_vaddr = 0xf8000000, .p_paddr = UINT32_MAX, .p_memsz = 1 },
			{ .p_type = PT_LOAD, .p_vaddr = 0xc0000000, .p_paddr = 0, .p_memsz = 0x377fe000 },
		},
	};
	struct boot_core core;

	(void)state;
	/* Without a known address nothing is the kernel's own code. */
	map_from(&file, sizeof(file), 0, &core, true);
	assert_int_equal(core.machine, EM_386);
	assert_int_equal(core.text.size, 0);
	assert_int_equal(core.direct.virtual, 0xc0000000);
	assert_int_equal(core.direct.size, 0x377fe000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading),
		cmocka_unit_test(nothing_reserved),
		cmocka_unit_test(full),
		cmocka_unit_test(told),
		cmocka_unit_test(header),
		cmocka_unit_test(kcore_64),
		cmocka_unit_test(kcore_32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
