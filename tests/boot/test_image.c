// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Layouts of Images for arm64: where things go on machines of many shapes.
 */
#include "arm_scene.h"
#include "identify.h"

static void load(struct scene *scene)
{
	set_kernel(scene, bake_image(&scene->image, &scene->request.kernel_size));
}

static struct scene *open_scene(const struct image_recipe *recipe)
{
	struct scene *scene = new_scene();

	scene->image = *recipe;
	load(scene);
	return scene;
}

static void good(struct scene *scene)
{
	assert_int_equal(boot_kernel(&scene->request, &scene->layout, &scene->why), KIMG_OK);
	judge_image(&scene->request, &scene->layout, &scene->image);
}

/* KkTI...  1 GiB from 0x40000000 */
static void usual_machine(void **state)
{
	struct scene *scene = open_scene(&usual_image);

	(void)state;
	good(scene);
	assert_int_equal(at(scene, 0), START);
	assert_int_equal(scene->layout.segment[0].at.bufsz, 0x200000);
	assert_int_equal(scene->layout.segment[0].at.memsz, 0x270000);
	assert_int_equal(scene->layout.kernel_runs.end, START + 0x270000);
	assert_int_equal(at(scene, 2), START + 0x270000);
	assert_int_equal(at(scene, 1), START + 0x272000);
	assert_true(scene->layout.is_64);
	assert_int_equal(scene->layout.init_size, 0x270000);

	/* All memory may lie above 4 GiB. */
	scene->map.count = 0;
	add_memory(&scene->map, 0x8000100000, 0x8100000000, BOOT_MEM_RAM);
	good(scene);
	assert_int_equal(at(scene, 0), 0x8000200000);
	/* But not above what can be mapped. */
	scene->map.count = 0;
	add_memory(&scene->map, 1ull << 48, (1ull << 48) + GIB, BOOT_MEM_RAM);
	refused(scene, KIMG_E_KERNEL_NO_ROOM);
	assert_int_equal(scene->why.d, 1ull << 48);
	shut(scene);
}

static void text_offset(void **state)
{
	struct scene *scene = open_scene(&usual_image);

	(void)state;
	scene->image.text_offset = 0x1ff000;
	load(scene);
	good(scene);
	assert_int_equal(at(scene, 0), START + 0x1ff000);
	assert_int_equal(scene->layout.kernel_runs.start, START + 0x1ff000);
	/* The kernel needs no memory below its text; the boundary must be memory. */
	scene->map.mem[0].range.start += 0x1000;
	good(scene);
	assert_int_equal(at(scene, 0), START + 0x3ff000);
	scene->image.text_offset = 0x200000;
	load(scene);
	refused(scene, KIMG_E_FILE_HEADER);
	assert_int_equal(scene->why.a, 8);
	scene->image.text_offset = 0x800;
	load(scene);
	refused(scene, KIMG_E_FILE_HEADER);
	shut(scene);
}

/* Before 3.17 a kernel does not say what it needs: it gets much, and all that is behind. */
static void old_kernels(void **state)
{
	struct scene *scene = open_scene(&usual_image);

	(void)state;
	scene->image.image_size = 0;
	scene->image.flags = 0;
	scene->image.text_offset = 0x12345;
	load(scene);
	good(scene);
	assert_int_equal(at(scene, 0), START + 0x80000);
	assert_int_equal(scene->layout.kernel_runs.end, START + 0x80000 + 0x1200000);
	assert_int_equal(scene->layout.segment[0].at.memsz, 0x200000);
	assert_int_equal(scene->layout.init_size, 0);
	assert_int_equal(at(scene, 2), START + 0x20000000 - 0x2000);
	assert_int_equal(at(scene, 1), START + GIB - 0x12000);
	shut(scene);
}

/* Before 4.6 memory below the kernel is lost, so it goes as low as it can. */
static void close_to_start(void **state)
{
	struct scene *scene = open_scene(&usual_image);
	struct boot_map *unused = calloc(1, sizeof(*unused));

	(void)state;
	assert_non_null(unused);
	add_memory(unused, START + 0x10000000, START + 0x11000000, BOOT_MEM_RAM);
	scene->request.unused = unused;
	good(scene);
	assert_int_equal(at(scene, 0), START + 0x10000000);
	scene->image.flags = 2;
	load(scene);
	good(scene);
	assert_int_equal(at(scene, 0), START);
	/* Its tree is found in the first 512 MiB only. */
	scene->request.unused = NULL;
	scene->request.usable = &scene->usable;
	add_memory(&scene->usable, START, START + 0x270000, BOOT_MEM_RAM);
	add_memory(&scene->usable, START + 0x1ffff000, START + 0x20100000, BOOT_MEM_RAM);
	refused(scene, KIMG_E_TREE_NO_ROOM);
	assert_int_equal(scene->why.b, START + 0x20000000);
	scene->usable.mem[1].range.start -= 0x1000;
	good(scene);
	free(unused);
	shut(scene);
}

/* A tree crosses no boundary of 2 MiB; the initrd is within 32 GiB of the kernel. */
static void reach(void **state)
{
	struct scene *scene = open_scene(&usual_image);
	unsigned char *tree = calloc(1, 2 * MIB + 1);

	(void)state;
	assert_non_null(tree);
	scene->request.tree = tree;
	scene->request.tree_size = 2 * MIB;
	good(scene);
	assert_int_equal(at(scene, 2), START + 0x400000);
	scene->request.tree_size++;
	refused(scene, KIMG_E_TREE_LARGE);
	scene->request.tree_size = MIB + 1;
	scene->map.count = 0;
	add_memory(&scene->map, START, START + 0x300000, BOOT_MEM_RAM);
	add_memory(&scene->map, START + 0x390000, START + 0x4a0000, BOOT_MEM_RAM);
	refused(scene, KIMG_E_TREE_NO_ROOM);
	assert_int_equal(scene->why.c, 0x110000);
	scene->request.tree_size = 4096;
	good(scene);
	scene->request.tree_size = 8192;
	scene->map.count = 0;
	add_memory(&scene->map, START, START + 0x273000, BOOT_MEM_RAM);
	add_memory(&scene->map, 33 * GIB - 0x11000, 33 * GIB + 0x100000, BOOT_MEM_RAM);
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	assert_int_equal(scene->why.b, 33 * GIB);
	scene->map.mem[1].range.start -= 0x1000;
	good(scene);
	assert_int_equal(at(scene, 1), 33 * GIB - 0x12000);
	scene->request.limit = 8 * GIB;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	assert_int_equal(scene->why.b, 8 * GIB + 1);
	free(tree);
	shut(scene);
}

/* The window of 32 GiB may start below the kernel: at a boundary of 1 GiB. */
static void reach_down(void **state)
{
	struct scene *scene = open_scene(&usual_image);

	(void)state;
	scene->map.count = 0;
	add_memory(&scene->map, 7 * GIB, 8 * GIB + 0x11000, BOOT_MEM_RAM);
	add_memory(&scene->map, 40 * GIB - 0x200000, 40 * GIB + 0x74000, BOOT_MEM_RAM);
	scene->request.usable = &scene->usable;
	add_memory(&scene->usable, 7 * GIB, 7 * GIB + 0x12000, BOOT_MEM_RAM);
	add_memory(&scene->usable, 8 * GIB, 8 * GIB + 0x11000, BOOT_MEM_RAM);
	add_memory(&scene->usable, 40 * GIB - 0x200000, 40 * GIB + 0x72000, BOOT_MEM_RAM);
	/* It ends above 40 GiB: 9 GiB is the lowest address. */
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	scene->request.initrd_at = 7 * GIB;
	scene->usable.mem[2].range.end = 40 * GIB + 0x84000;
	refused(scene, KIMG_E_PLACE_LOW);
	assert_int_equal(scene->why.seg, 1);
	assert_int_equal(scene->why.a, 7 * GIB);
	assert_int_equal(scene->why.c, 9 * GIB);
	assert_int_equal(scene->why.d, 40 * GIB + 0x70000);
	scene->request.initrd_at = 0;
	good(scene);
	/* One that ends there can have it at 8 GiB. */
	scene->usable.mem[2].range.start = 39 * GIB;
	scene->usable.mem[2].range.end = 39 * GIB + 0x272000;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	scene->usable.mem[1].range.end = 8 * GIB + 0x12000;
	good(scene);
	assert_int_equal(at(scene, 1), 8 * GIB);
	scene->usable.mem[1].range.start -= 0x1000;
	scene->usable.mem[1].range.end -= 0x1000;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	/* Older kernels have no memory below. */
	scene->usable.mem[1].range.end += 0x1000;
	good(scene);
	scene->image.flags = 2;
	load(scene);
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	scene->usable.mem[2].range.end = 39 * GIB + 0x284000;
	good(scene);
	assert_int_equal(scene->layout.memory_start, 39 * GIB);
	assert_true(scene->layout.relocated);
	shut(scene);
}

/* Where tree or initrd have no room with the kernel, all go to another range. */
static void another_range(void **state)
{
	struct scene *scene = open_scene(&usual_image);
	struct boot_map *unused = calloc(1, sizeof(*unused));

	(void)state;
	assert_non_null(unused);
	scene->map.count = 0;
	add_memory(&scene->map, START, START + 0x272000, BOOT_MEM_RAM);
	add_memory(&scene->map, 40 * GIB, 40 * GIB + 0x100000, BOOT_MEM_RAM);
	add_memory(&scene->map, 80 * GIB, 80 * GIB + 0x300000, BOOT_MEM_RAM);
	good(scene);
	assert_int_equal(at(scene, 0), 80 * GIB);
	assert_false(scene->layout.relocated);
	/* Also if it has a place that is free now. */
	add_memory(unused, START, START + 0x272000, BOOT_MEM_RAM);
	scene->request.unused = unused;
	good(scene);
	assert_int_equal(at(scene, 0), 80 * GIB);
	scene->request.initrd_at = 80 * GIB + 0x200000;
	refused(scene, KIMG_E_PLACE_RUN_OVER);
	assert_int_equal(scene->why.d, 80 * GIB + 0x270000);
	scene->request.initrd_at = 80 * GIB + 0x2ee000;
	good(scene);
	/* Not only if the first has no room for it. */
	scene->map.mem[0].range.end += 0x12000;
	good(scene);
	assert_int_equal(at(scene, 0), 80 * GIB);
	scene->map.mem[0].range.end -= 0x12000;
	/* The error is that of the first. */
	scene->request.initrd_at = 0;
	scene->map.mem[2].range.end = 80 * GIB + 0x283000;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	assert_int_equal(scene->why.b, 33 * GIB);
	/* An older kernel goes there as well, but not for a place that is wanted. */
	scene->map.mem[2].range.end = 80 * GIB + 0x300000;
	scene->image.flags = 2;
	load(scene);
	good(scene);
	assert_int_equal(at(scene, 0), 80 * GIB);
	assert_true(scene->layout.relocated);
	scene->map.mem[0].range.end += 0x12000;
	good(scene);
	assert_int_equal(at(scene, 0), START);
	assert_false(scene->layout.relocated);
	scene->request.initrd_at = 80 * GIB + 0x280000;
	refused(scene, KIMG_E_PLACE_NO_RAM);
	assert_int_equal(scene->why.d, START + 0x272000);
	/* From the lowest on, whatever is free now. */
	scene->image.flags = 10;
	load(scene);
	scene->request.initrd_at = 0;
	scene->map.mem[2].range.end = 80 * GIB + 0x272000;
	unused->mem[0] = scene->map.mem[2];
	good(scene);
	assert_int_equal(at(scene, 0), START);
	/* The initrd does not take the place that is wanted for the tree. */
	scene->map.count = 1;
	scene->request.tree_at = START + 0x272000;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	scene->request.tree_at = START + 0x282000;
	good(scene);
	free(unused);
	shut(scene);
}

/* mem= leaves the first bytes of RAM, wherever they are. */
static void mem_option(void **state)
{
	struct scene *scene = open_scene(&usual_image);

	(void)state;
	scene->map.count = 0;
	add_memory(&scene->map, 0, START, BOOT_MEM_RAM);
	add_memory(&scene->map, START, 2 * START, BOOT_MEM_RESERVED);
	add_memory(&scene->map, 2 * START, 3 * START, BOOT_MEM_RAM);
	scene->request.usable = &scene->usable;
	add_memory(&scene->usable, 0, 0x272000, BOOT_MEM_RAM);
	add_memory(&scene->usable, 2 * START, 3 * START, BOOT_MEM_RAM);
	scene->request.command_line = "mem=64K mem=1048648K@0x80000000";
	good(scene);
	assert_int_equal(at(scene, 1), 2 * START);
	scene->request.command_line = "mem=1048647K";
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	scene->request.initrd_at = 2 * START;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	scene->request.initrd_at = 0;
	scene->request.command_line = "mem=4K";
	refused(scene, KIMG_E_KERNEL_NO_ROOM);
	scene->request.command_line = "mem=16G";
	good(scene);
	/* No number is no limit. */
	scene->request.command_line = "mem=4095";
	good(scene);
	scene->usable.mem[0].range.start = 0x1000;
	scene->request.command_line = "mem=4K";
	refused(scene, KIMG_E_MEM_NONE);
	assert_int_equal(scene->why.b, 0x1000);
	shut(scene);
}

static void damaged(void **state)
{
	static const struct { size_t size; uint64_t least; } cuts[] = {
		{ 64, 0x58 }, { 65, 0x58 }, { 0x57, 0x58 }, { 0x58, 0x120 }, { 200, 0x120 },
		{ 0x11f, 0x120 }, { 0x120, 0x200000 },
	};
	struct scene *scene = open_scene(&usual_image);

	(void)state;
	put(scene->file, 16, 0x1fffff, 8);
	refused(scene, KIMG_E_FILE_HEADER);
	assert_int_equal(scene->why.a, 16);
	assert_int_equal(scene->why.b, 0x1fffff);
	put(scene->file, 16, 1ull << 48, 8);
	refused(scene, KIMG_E_FILE_HEADER);
	put(scene->file, 16, (1ull << 48) - 1, 8);
	refused(scene, KIMG_E_KERNEL_NO_ROOM);
	assert_int_equal(scene->why.a, 1ull << 48);
	put(scene->file, 16, 0x40000001, 8);
	refused(scene, KIMG_E_KERNEL_NO_ROOM);
	put(scene->file, 16, 0x270000, 8);
	/* As an EFI program it says how long it is. */
	put(scene->file, 0, 0x5a4d, 2);
	put(scene->file, 0x3c, 0x40, 4);
	memcpy(scene->file + 0x40, "PE\0\0\x64\xaa\1\0", 8);
	put(scene->file, 0x54, 0xa0, 2);
	put(scene->file, 0x40 + 24 + 0xa0 + 8, 0x1f0000, 4);
	put(scene->file, 0x40 + 24 + 0xa0 + 16, 0x1f0000, 4);
	put(scene->file, 0x40 + 24 + 0xa0 + 20, 0x10000, 4);
	good(scene);
	scene->request.kernel_size--;
	refused(scene, KIMG_E_FILE_TRUNCATED);
	assert_int_equal(scene->why.b, 0x200000);
	assert_int_equal(scene->why.c, 1);
	/* Cut before its header, in it, and in the table of sections. */
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		scene->request.kernel_size = cuts[i].size;
		refused(scene, KIMG_E_FILE_TRUNCATED);
		assert_int_equal(scene->why.b, cuts[i].least);
		assert_int_equal(scene->why.c, cuts[i].least - cuts[i].size);
	}
	scene->request.kernel_size = 63;
	assert_int_equal(boot_image(&scene->request, &scene->layout, &scene->why), KIMG_E_FILE_TRUNCATED);
	put(scene->file, 56, 0, 4);
	scene->request.kernel_size = 0x200000;
	assert_int_equal(boot_image(&scene->request, &scene->layout, &scene->why), KIMG_E_FILE_MAGIC);
	shut(scene);
}

/* Refusals that zImages have, too. */
static void other_refusals(void **state)
{
	struct scene *scene = open_scene(&usual_image);
	char line[2049];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[2047] = '\0';
	scene->request.command_line = line;
	good(scene);
	line[2047] = 'x';
	line[2048] = '\0';
	refused(scene, KIMG_E_CMDLINE_TOO_LONG);
	scene->request.command_line = NULL;
	scene->piece[0].size = 0;
	refused(scene, KIMG_E_INITRD_EMPTY);
	scene->piece[0].size = 4096;
	scene->request.initrd_at = START + 0x26f000;
	refused(scene, KIMG_E_PLACE_RUN_OVER);
	assert_int_equal(scene->why.c, START + 0x270000);
	scene->map.count = 0;
	refused(scene, KIMG_E_MAP_EMPTY);
	shut(scene);
}

/* What does not say how much memory it needs is too old to have flags. */
static void size_0(void **state)
{
	struct scene *scene = open_scene(&usual_image);

	(void)state;
	put(scene->file, 16, 0, 8);
	put(scene->file, 24, 0, 8);
	assert_int_equal(boot_kernel(&scene->request, &scene->layout, &scene->why), KIMG_OK);
	for (unsigned int bit = 0; bit < 64; bit++) {
		put(scene->file, 24, 1ull << bit, 8);
		refused(scene, KIMG_E_FILE_HEADER);
		assert_int_equal(scene->why.a, 16);
		assert_int_equal(scene->why.b, 0);
	}
	shut(scene);
}

/* What the flags say. */
static void flags(void **state)
{
	static const uint32_t page_size[] = { 0, 4096, 16384, 65536 };
	struct scene *scene = open_scene(&usual_image);
	struct boot_image image;

	(void)state;
	for (unsigned int i = 0; i < 16; i++) {
		put(scene->file, 24, i, 8);
		assert_int_equal(boot_image_open(scene->file, scene->request.kernel_size, &image,
						 &scene->why), KIMG_OK);
		assert_int_equal(image.big, i & 1);
		assert_int_equal(image.page_size, page_size[i >> 1 & 3]);
		assert_int_equal(image.anywhere, i >> 3);
	}
	shut(scene);
}

/* EFI zboot: the compressed kernel is where the header says. */
static void zboot(void **state)
{
	static const struct { const char *name; enum boot_kind kind; } methods[] = {
		{ "gzip", BOOT_KIND_GZIP }, { "xzkern", BOOT_KIND_XZ }, { "zstd22", BOOT_KIND_ZSTD },
		{ "lzma", BOOT_KIND_LZMA }, { "lz4", BOOT_KIND_OTHER }, { "lzo", BOOT_KIND_OTHER },
	};
	unsigned char *file = calloc(1, 1000);
	struct boot_piece packed;
	enum boot_kind kind;

	(void)state;
	assert_non_null(file);
	put(file, 8, 900, 4);
	put(file, 12, 100, 4);
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		memset(file + 0x18, 0, 32);
		memcpy(file + 0x18, methods[i].name, strlen(methods[i].name));
		assert_true(boot_zboot_open(file, 1000, &packed, &kind));
		assert_int_equal(kind, methods[i].kind);
		assert_ptr_equal(packed.data, file + 900);
		assert_int_equal(packed.size, 100);
	}
	assert_false(boot_zboot_open(file, 999, &packed, &kind));
	put(file, 8, 0xffffffff, 4);
	assert_false(boot_zboot_open(file, 1000, &packed, &kind));
	free(file);
}

/* What a kernel is for. */
static void cpus(void **state)
{
	struct scene *scene = open_scene(&usual_image);
	struct boot_identity identity;

	(void)state;
	boot_identify(scene->file, scene->request.kernel_size, &identity);
	assert_int_equal(identity.cpu, BOOT_CPU_ARM64);
	put(scene->file, 0x24, 0x016f2818, 4);
	put(scene->file, 56, 0, 4);
	boot_identify(scene->file, scene->request.kernel_size, &identity);
	assert_int_equal(identity.cpu, BOOT_CPU_ARM);
	put(scene->file, 0x24, 0, 4);
	boot_identify(scene->file, scene->request.kernel_size, &identity);
	assert_int_equal(identity.cpu, BOOT_CPU_NONE);
	shut(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual_machine),
		cmocka_unit_test(text_offset),
		cmocka_unit_test(old_kernels),
		cmocka_unit_test(close_to_start),
		cmocka_unit_test(reach),
		cmocka_unit_test(reach_down),
		cmocka_unit_test(another_range),
		cmocka_unit_test(mem_option),
		cmocka_unit_test(damaged),
		cmocka_unit_test(other_refusals),
		cmocka_unit_test(size_0),
		cmocka_unit_test(flags),
		cmocka_unit_test(zboot),
		cmocka_unit_test(cpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
