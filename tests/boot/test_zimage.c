// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Layouts of zImages: where things go on machines of many shapes. Pictures: k what the
 * kernel unpacks into, K kernel, T device tree, I initrd, . RAM, # none.
 */
#include "arm_scene.h"

#define BLOCK 0x8000000ull
#define TEXT 0x208000ull

static void load(struct scene *scene)
{
	set_kernel(scene, bake_zimage(&scene->zimage, &scene->request.kernel_size));
}

static struct scene *open_scene(const struct zimage_recipe *recipe)
{
	struct scene *scene = new_scene();

	scene->zimage = *recipe;
	load(scene);
	return scene;
}

static void good(struct scene *scene)
{
	assert_int_equal(boot_kernel(&scene->request, &scene->layout, &scene->why), KIMG_OK);
	judge_zimage(&scene->request, &scene->layout, &scene->zimage);
}

/* .kK....TI.......  1 GiB from 0x40000000 */
static void usual_machine(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);

	(void)state;
	good(scene);
	assert_int_equal(at(scene, 0), START + TEXT + 0x300000);
	assert_int_equal(scene->layout.kernel_runs.start, START + TEXT - 0x5000);
	assert_int_equal(scene->layout.kernel_runs.end, START + TEXT + 0x320000);
	assert_int_equal(scene->layout.init_size, 0x320000);
	assert_int_equal(at(scene, 2), START + BLOCK);
	assert_int_equal(at(scene, 1), START + BLOCK + 0x2000);

	/* In two pieces; or without any. */
	scene->piece[0].size = 4096;
	scene->piece[1] = (struct boot_piece){ scene->initrd + 4096, 5 };
	scene->request.initrd_pieces = 2;
	good(scene);
	assert_int_equal(at(scene, 2), START + BLOCK + 0x3000);
	scene->request.initrd_pieces = 0;
	good(scene);
	shut(scene);
}

/* Older tables, none, and the other byte order. */
static void other_headers(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);

	(void)state;
	scene->zimage.big = true;
	load(scene);
	good(scene);
	assert_int_equal(scene->layout.init_size, 0x320000);
	scene->zimage.words = 4;
	scene->zimage.start = 0x60000000;
	load(scene);
	good(scene);
	assert_int_equal(at(scene, 0), START + 0x8000 + 0x300000);
	scene->zimage.table = 0;
	load(scene);
	good(scene);
	assert_int_equal(at(scene, 0), START + 0x8000 + 4 * 0x20000);
	assert_int_equal(scene->layout.init_size, 0);
	shut(scene);
}

/* What is appended is not loaded, and can be found. */
static void appended_tree(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);
	struct boot_piece tree;

	(void)state;
	assert_int_equal(boot_appended_tree(scene->file, scene->request.kernel_size).size, 0);
	scene->zimage.tree = 1000;
	load(scene);
	good(scene);
	tree = boot_appended_tree(scene->file, scene->request.kernel_size);
	assert_int_equal(tree.size, 1000);
	assert_ptr_equal(tree.data, scene->file + scene->zimage.size);
	put_cpu(scene->file, 0x24, 0, false);
	assert_int_equal(boot_appended_tree(scene->file, scene->request.kernel_size).size, 0);
	shut(scene);
}

/*
 * Where memory starts. The low bits of the address that the kernel runs at are cleared; if
 * that is no memory, it is the lowest memory, rounded up to 2 MiB.
 */
static void start_of_memory(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);

	(void)state;
	/* Not RAM for us, but memory in the tree: the kernel takes it. */
	add_memory(&scene->usable, START + 0x200000, START + GIB, BOOT_MEM_RAM);
	scene->request.usable = &scene->usable;
	good(scene);
	assert_int_equal(scene->layout.kernel_runs.start, START + TEXT - 0x5000);

	scene->map.count = 0;
	add_memory(&scene->map, START + 0x100000, START + GIB, BOOT_MEM_RAM);
	scene->request.usable = NULL;
	good(scene);
	assert_int_equal(scene->layout.kernel_runs.start, START + 0x200000 + TEXT - 0x5000);
	assert_false(scene->layout.relocated);

	/* It may be at 0. */
	scene->map.count = 0;
	add_memory(&scene->map, 0, START / 2, BOOT_MEM_RAM);
	add_memory(&scene->map, START, START + GIB, BOOT_MEM_RAM);
	good(scene);
	assert_int_equal(scene->layout.kernel_runs.start, TEXT - 0x5000);

	/* At the end of a block: the start is in the next, the kernel too. */
	scene->map.count = 0;
	add_memory(&scene->map, START + BLOCK - 0x1000, START + GIB, BOOT_MEM_RAM);
	good(scene);
	assert_int_equal(scene->layout.kernel_runs.start, START + BLOCK + TEXT - 0x5000);
	assert_false(scene->layout.relocated);
	shut(scene);
}

/* ##.....|kK..  the first block has no room: the next will do */
static void later_block(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);

	(void)state;
	scene->request.usable = &scene->usable;
	add_memory(&scene->usable, START, START + 0x400000, BOOT_MEM_RAM);
	add_memory(&scene->usable, START + 0x401000, START + GIB, BOOT_MEM_RAM);
	good(scene);
	assert_true(scene->layout.relocated);
	assert_int_equal(scene->layout.memory_start, START + BLOCK);
	assert_int_equal(scene->layout.kernel_runs.start, START + BLOCK + TEXT - 0x5000);
	assert_int_equal(at(scene, 2), START + 2 * BLOCK);

	/* None: the numbers are those of the first. */
	scene->request.limit = START + BLOCK - 1;
	refused(scene, KIMG_E_UNPACK_NO_ROOM);
	assert_int_equal(scene->why.a, START + TEXT - 0x5000);
	assert_int_equal(scene->why.b, START + TEXT + 0x320000);
	assert_int_equal(scene->why.c, START + 0x400000);
	scene->request.limit = START + 0x300000;
	refused(scene, KIMG_E_UNPACK_NO_ROOM);
	assert_int_equal(scene->why.c, START + 0x300001);
	scene->request.limit = START;
	refused(scene, KIMG_E_UNPACK_NO_ROOM);
	/* The limit leaves no memory at all. */
	scene->request.limit = START - 1;
	refused(scene, KIMG_E_LIMIT_LOW);
	assert_int_equal(scene->why.a, START);
	assert_int_equal(scene->why.b, START);
	shut(scene);
}

/* A block that does not start with memory: the kernel must lie in it for all that. ..k.#.K. */
static void block_with_a_hole(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);

	(void)state;
	scene->map.count = 0;
	add_memory(&scene->map, START + 0x100000, START + 0x800000, BOOT_MEM_RAM);
	add_memory(&scene->map, START + BLOCK + 0x1000000, START + BLOCK + 0x2000000, BOOT_MEM_RAM);
	scene->request.usable = &scene->usable;
	add_memory(&scene->usable, START + 0x200000, START + 0x200000 + TEXT + 0x320000, BOOT_MEM_RAM);
	add_memory(&scene->usable, START + BLOCK + 0x1000000, START + BLOCK + 0x2000000, BOOT_MEM_RAM);
	good(scene);
	assert_int_equal(at(scene, 0), START + BLOCK + 0x1000000);
	assert_int_equal(scene->layout.kernel_runs.start, START + 0x200000 + TEXT - 0x5000);
	assert_false(scene->layout.relocated);
	scene->zimage.unpacked = 0x73000000;
	load(scene);
	scene->map.count = 0;
	add_memory(&scene->map, START + 0x100000, 0xe6c00000, BOOT_MEM_RAM);
	scene->request.usable = NULL;
	refused(scene, KIMG_E_KERNEL_NO_ROOM);
	shut(scene);
}

/* Room to unpack, but none above it in the block: |.k#####|#### */
static void no_room_for_kernel(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);

	(void)state;
	scene->map.count = 0;
	add_memory(&scene->map, START, START + TEXT + 0x338000, BOOT_MEM_RAM);
	add_memory(&scene->map, START + BLOCK + 0x1000, START + 2 * BLOCK, BOOT_MEM_RAM);
	scene->request.limit = START + BLOCK;
	refused(scene, KIMG_E_KERNEL_NO_ROOM);
	assert_int_equal(scene->why.a, 0x20000 + 0x9000 + 0x10000);
	assert_int_equal(scene->why.c, START + TEXT + 0x300000);
	assert_int_equal(scene->why.d, START + BLOCK);
	scene->map.mem[0].range.end += 0x1000;
	scene->map.mem[1].range.end += BLOCK;
	scene->request.limit = 0;
	good(scene);
	assert_int_equal(at(scene, 0), START + TEXT + 0x300000);
	shut(scene);
}

/* No memory below 4 GiB is none for an ARM kernel. */
static void only_high_memory(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);

	(void)state;
	scene->map.count = 0;
	add_memory(&scene->map, 4 * GIB, 8 * GIB, BOOT_MEM_RAM);
	refused(scene, KIMG_E_MEMORY_HIGH);
	assert_int_equal(scene->why.a, 4 * GIB);
	assert_int_equal(scene->why.b, 4 * GIB);
	scene->map.mem[0].range.start -= 4096;
	refused(scene, KIMG_E_UNPACK_NO_ROOM);
	scene->map.count = 0;
	refused(scene, KIMG_E_MAP_EMPTY);
	add_memory(&scene->usable, START, START + GIB, BOOT_MEM_RAM);
	scene->request.usable = &scene->usable;
	refused(scene, KIMG_E_MAP_EMPTY);
	scene->request.usable = NULL;

	/* Memory up to 4 GiB, and above. */
	add_memory(&scene->map, 0xf0000000, 8 * GIB, BOOT_MEM_RAM);
	good(scene);
	assert_int_equal(at(scene, 2), 0xf8000000);
	shut(scene);
}

/* Tree and initrd lie in what the kernel maps: 768 MiB, less if vmalloc= takes more. */
static void low_memory(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);

	(void)state;
	scene->request.usable = &scene->usable;
	add_memory(&scene->usable, START, START + BLOCK / 2, BOOT_MEM_RAM);
	add_memory(&scene->usable, START + 0x30000000 - 0x14000, START + 0x30000000 + GIB, BOOT_MEM_RAM);
	good(scene);
	assert_int_equal(at(scene, 2), START + 0x30000000 - 0x14000);
	scene->request.command_line = "vmalloc=241M";
	good(scene);
	assert_true(at(scene, 2) < START + BLOCK);
	scene->request.command_line = "vmalloc=1G";
	good(scene);
	assert_true(at(scene, 2) < START + 0x2000000);
	scene->request.command_line = "vmalloc=100M";
	good(scene);
	assert_int_equal(at(scene, 2), START + 0x30000000 - 0x14000);
	scene->request.command_line = "mem=64M";
	good(scene);
	assert_true(at(scene, 2) < START + 0x4000000 && at(scene, 1) < START + 0x4000000);
	shut(scene);
}

/* Two of these cut a range in two. */
static void mem_options_and_many_ranges(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);

	(void)state;
	scene->request.usable = &scene->usable;
	add_memory(&scene->usable, START, 0x60000000, BOOT_MEM_RAM);
	for (uint64_t i = 1; i < BOOT_MAP_MAX; i++)
		add_memory(&scene->usable, 0x60000000 + i * 0x2000, 0x60001000 + i * 0x2000,
			   BOOT_MEM_RAM);
	scene->request.command_line = "mem=64M";
	good(scene);
	scene->request.command_line = "mem=64M mem=1M@0x58000000";
	refused(scene, KIMG_E_MAP_FULL);
	shut(scene);
}

/* mem=: from the start of memory, or from where it says. It replaces all memory. */
static void mem_option(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);
	struct boot_layout *layout = &scene->layout;

	(void)state;
	scene->request.command_line = "mem=64M";
	good(scene);
	assert_true(at(scene, 2) < START + 0x4000000 && at(scene, 1) < START + 0x4000000);
	/* The kernel goes where it has memory; what is below is lost. */
	scene->request.command_line = "mem=64M@0x50000000";
	good(scene);
	assert_int_equal(layout->memory_start, 0x50000000);
	assert_true(at(scene, 1) < 0x54000000 && at(scene, 2) < 0x54000000);
	assert_true(layout->relocated);
	scene->request.command_line = "mem=6M mem=0x2000@0x50000000 mem=1M@0x58000fff";
	good(scene);
	assert_int_equal(at(scene, 2), 0x50000000);
	assert_int_equal(at(scene, 1), 0x58001000);
	/* Behind the number there is no address: the number's end is where a unit ends. */
	scene->request.command_line = "mem=64Mx@0x50000000";
	good(scene);
	assert_int_equal(at(scene, 0), START + TEXT + 0x300000);
	scene->request.command_line = "mem=16E";
	good(scene);
	scene->request.command_line = "mem=6M mem=0x12000@0x50000000";
	scene->request.initrd_at = 0x50000000;
	good(scene);
	scene->request.command_line = "mem=6M mem=0x11fff@0x50000000";
	refused(scene, KIMG_E_PLACE_NO_RAM);
	assert_int_equal(scene->why.d, START + 0x600000 - 0x12000);
	scene->piece[0].size = 3 * MIB;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	assert_int_equal(scene->why.c, 0x203000);
	scene->request.initrd_at = 0;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	scene->request.command_line = "mem=6M mem=3071K@0x50000000";
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	scene->request.command_line = "mem=6M mem=3M@0x50000000";
	good(scene);
	/* Not where the kernel unpacks itself; or where no memory is. */
	scene->request.command_line = "mem=64M@0x42000000";
	refused(scene, KIMG_E_UNPACK_NO_ROOM);
	assert_int_equal(scene->why.c, START + TEXT - 0x5000);
	scene->request.command_line = "mem=4M";
	refused(scene, KIMG_E_UNPACK_NO_ROOM);
	assert_int_equal(scene->why.c, START + 0x400000);
	for (unsigned int i = 0; i < 3; i++) {
		static const char *const none[] = { "mem=0", "mem=1G@0", "mem=0x1fff@0x40001000" };

		scene->request.command_line = none[i];
		refused(scene, i == 2 ? KIMG_E_UNPACK_NO_ROOM : KIMG_E_MEM_NONE);
	}
	scene->request.command_line = "mem=x";
	refused(scene, KIMG_E_MEM_NONE);
	assert_int_equal(scene->why.a, GIB);
	assert_int_equal(scene->why.b, START);
	shut(scene);
}

/* Tree and initrd are no reason to stay in a block, if another has room; nor are they below. */
static void block_for_all(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);
	uint64_t runs = START + TEXT - 0x5000, full = START + TEXT + 0x300000 + 0x39000;

	(void)state;
	scene->request.usable = &scene->usable;
	add_memory(&scene->usable, runs - 0x10000, full, BOOT_MEM_RAM);
	add_memory(&scene->usable, START + BLOCK, START + BLOCK + 0x1000000, BOOT_MEM_RAM);
	scene->request.command_line = "vmalloc=2G";
	good(scene);
	assert_int_equal(scene->layout.memory_start, START + BLOCK);
	assert_true(scene->layout.relocated);
	assert_true(at(scene, 1) >= START + BLOCK && at(scene, 2) >= START + BLOCK);
	/* The error is that of the block where the kernel has a place. */
	scene->usable.mem[1].range.end = START + BLOCK + 0x1000;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	scene->usable.mem[0].range.end = START + TEXT;
	scene->usable.mem[1].range.start = START + BLOCK + TEXT - 0x5000;
	scene->usable.mem[1].range.end = START + BLOCK + TEXT + 0x33b000;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	assert_int_equal(scene->why.b, START + BLOCK + 0x2000000);
	/* What is below the kernel's memory is lost. */
	scene->usable.mem[1].range.end += 0x12000;
	scene->request.initrd_at = START + TEXT - 0x16000;
	refused(scene, KIMG_E_PLACE_NO_RAM);
	scene->usable.mem[0].range.start -= 0x10000;
	refused(scene, KIMG_E_PLACE_LOW);
	assert_int_equal(scene->why.seg, 1);
	assert_int_equal(scene->why.c, START + BLOCK);
	assert_int_equal(scene->why.d, START + BLOCK + TEXT + 0x339000);
	scene->request.initrd_at = scene->why.d;
	good(scene);
	shut(scene);
}

static void no_room(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);

	(void)state;
	scene->piece[0].size = 0x30000000;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	assert_int_equal(scene->why.a, 0x30000000);
	assert_int_equal(scene->why.b, START + 0x30000000);
	/* Below the tree there is more than above. */
	assert_true(scene->why.c > 0x27000000 && scene->why.c < 0x30000000);
	scene->piece[0].size = 0;
	refused(scene, KIMG_E_INITRD_EMPTY);
	scene->piece[0].size = UINT64_MAX;
	scene->piece[1].size = 2;
	scene->request.initrd_pieces = 2;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	scene->request.initrd_pieces = 0;
	scene->request.usable = &scene->usable;
	add_memory(&scene->usable, START + TEXT - 0x5000, START + TEXT + 0x33a000, BOOT_MEM_RAM);
	refused(scene, KIMG_E_TREE_NO_ROOM);
	assert_int_equal(scene->why.a, 0x2000);
	assert_int_equal(scene->why.c, 0x1000);
	scene->request.tree_size = MIB + 1;
	refused(scene, KIMG_E_TREE_LARGE);
	assert_int_equal(scene->why.b, MIB);
	shut(scene);
}

static void command_line(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);
	char line[1025];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[1023] = '\0';
	scene->request.command_line = line;
	good(scene);
	line[1023] = 'x';
	line[1024] = '\0';
	refused(scene, KIMG_E_CMDLINE_TOO_LONG);
	assert_int_equal(scene->why.a, 1024);
	assert_int_equal(scene->why.b, 1023);
	shut(scene);
}

/* Where the caller wants them; what would be run over is refused, with the nearest place. */
static void wanted_places(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);
	uint64_t runs = START + TEXT + 0x320000, kernel = START + TEXT + 0x300000;

	(void)state;
	scene->request.initrd_at = START + 0x10000000;
	scene->request.tree_at = START + 0x8001000;
	good(scene);
	assert_int_equal(at(scene, 1), START + 0x10000000);
	assert_int_equal(at(scene, 2), START + 0x8001000);

	/* Inside of what is unpacked: the nearest place is below, or above the kernel. */
	scene->request.initrd_at = START + TEXT - 0x4000;
	refused(scene, KIMG_E_PLACE_RUN_OVER);
	assert_int_equal(scene->why.seg, 1);
	assert_int_equal(scene->why.a, START + TEXT - 0x4000);
	assert_int_equal(scene->why.b, 0x12000);
	assert_int_equal(scene->why.c, runs);
	assert_int_equal(scene->why.d, START + TEXT - 0x5000 - 0x12000);
	scene->request.initrd_at = scene->why.d;
	good(scene);
	scene->request.initrd_at = kernel + 0x21000;
	refused(scene, KIMG_E_PLACE_RUN_OVER);
	assert_int_equal(scene->why.c, kernel + 0x39000);
	assert_int_equal(scene->why.d, kernel + 0x39000);
	scene->request.initrd_at = scene->why.d;
	good(scene);

	/* No RAM, too high, not on a page, in the tree. */
	scene->request.initrd_at = START - 0x1000;
	refused(scene, KIMG_E_PLACE_NO_RAM);
	assert_int_equal(scene->why.d, START);
	scene->request.initrd_at = START + 0x30000000 - 0x11000;
	refused(scene, KIMG_E_PLACE_NO_RAM);
	assert_int_equal(scene->why.c, START + 0x30000000);
	assert_int_equal(scene->why.d, START + 0x30000000 - 0x12000);
	scene->request.initrd_at = START + 0x10000800;
	refused(scene, KIMG_E_PLACE_NO_RAM);
	assert_int_equal(scene->why.d, START + 0x10000000);
	scene->request.initrd_at = scene->request.tree_at;
	refused(scene, KIMG_E_PLACE_NO_RAM);
	scene->request.initrd_at = UINT64_MAX - 0xfff;
	refused(scene, KIMG_E_PLACE_NO_RAM);
	assert_int_equal(scene->why.d, START + 0x30000000 - 0x12000);

	/* The tree gives way to the initrd. */
	scene->request.tree_at = 0;
	scene->request.initrd_at = START + BLOCK;
	good(scene);
	scene->request.tree_at = kernel;
	refused(scene, KIMG_E_PLACE_RUN_OVER);
	assert_int_equal(scene->why.seg, 0);

	/* There is none: it is larger than what the kernel maps, or than what is below the kernel. */
	scene->request.tree_at = 0;
	scene->request.initrd_at = START + 0x40000000;
	scene->piece[0].size = 0x80000000;
	scene->map.mem[0].range.end = 4 * GIB;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	scene->request.initrd_at = START;
	scene->piece[0].size = 0x30000000;
	refused(scene, KIMG_E_INITRD_NO_ROOM);
	scene->request.initrd_pieces = 0;
	scene->request.tree_at = START;
	scene->request.usable = &scene->usable;
	add_memory(&scene->usable, START + TEXT - 0x5000, START + TEXT + 0x33a000, BOOT_MEM_RAM);
	refused(scene, KIMG_E_TREE_NO_ROOM);
	shut(scene);
}

/* What is free now is loaded in place; but not what may not be used. */
static void memory_in_use(void **state)
{
	struct scene *scene = open_scene(&usual_zimage);
	struct boot_map *unused = calloc(1, sizeof(*unused));

	(void)state;
	assert_non_null(unused);
	add_memory(unused, START + 0x3000000, START + 0x4000000, BOOT_MEM_RAM);
	add_memory(unused, START + 0x20000000, START + 0x21000000, BOOT_MEM_RAM);
	scene->request.unused = unused;
	good(scene);
	assert_int_equal(at(scene, 0), START + 0x3000000);
	assert_int_equal(at(scene, 2), START + 0x20000000);
	scene->request.usable = &scene->usable;
	add_memory(&scene->usable, START, START + 0x20000000, BOOT_MEM_RAM);
	good(scene);
	assert_int_equal(at(scene, 2), START + BLOCK);
	free(unused);
	shut(scene);
}

/* Damage to the header and the table: each field is named by its offset. */
static void damaged(void **state)
{
	static const struct { size_t at; uint32_t value; enum kimg_error error; uint64_t a; } bad[] = {
		{ 0x24, 0x016f2819, KIMG_E_FILE_MAGIC, 0x016f2819 },
		{ 0x2c, 0x2f, KIMG_E_FILE_HEADER, 0x2c },
		{ 0x28, 0x20001, KIMG_E_FILE_HEADER, 0x2c },
		{ 0x2c, 0x20001, KIMG_E_FILE_TRUNCATED, 0x20000 },
		{ 0x38, 0x20000, KIMG_E_FILE_HEADER, 0x38 },
		{ 0x38, 0x38, KIMG_E_FILE_HEADER, 0x38 },
		{ 0x1000, 1, KIMG_E_FILE_HEADER, 0x1000 },
		{ 0x1000, 0x40000000, KIMG_E_FILE_HEADER, 0x1000 },
		{ 0x100c, 3, KIMG_E_FILE_HEADER, 0x100c },
		{ 0x1014, 0x1fffd, KIMG_E_FILE_HEADER, 0x1014 },
		{ 0x101c, 0x8008000, KIMG_E_FILE_HEADER, 0x101c },
		{ 0x101c, 0x9000, KIMG_E_FILE_HEADER, 0x101c },
		{ 0x1020, 0x1000001, KIMG_E_FILE_HEADER, 0x1020 },
	};
	struct scene *scene = open_scene(&usual_zimage);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		load(scene);
		put(scene->file, bad[i].at, bad[i].value, 4);
		assert_int_equal(boot_zimage(&scene->request, &scene->layout, &scene->why),
				 bad[i].error);
		assert_int_equal(scene->why.a, bad[i].a);
	}
	/* Behind its end, in what is appended. */
	scene->zimage.tree = 1000;
	load(scene);
	put(scene->file, 0x38, 0x20008, 4);
	refused(scene, KIMG_E_FILE_HEADER);
	assert_int_equal(scene->why.a, 0x38);
	scene->zimage.tree = 0;
	/* It unpacks to less than it is. */
	scene->zimage.size = 0x300000;
	scene->zimage.unpacked = 0x1fffff;
	load(scene);
	refused(scene, KIMG_E_FILE_HEADER);
	assert_int_equal(scene->why.b, 0x1fffff);
	scene->zimage.unpacked = 0x200000;
	load(scene);
	good(scene);
	/* It is cut within the header. */
	scene->request.kernel_size = 0x2f;
	assert_int_equal(boot_zimage(&scene->request, &scene->layout, &scene->why),
			 KIMG_E_FILE_TRUNCATED);
	/* It unpacks to more than there is. */
	scene->zimage.unpacked = 0xffffffff;
	scene->zimage.bss = 0xffffffff;
	load(scene);
	refused(scene, KIMG_E_UNPACK_NO_ROOM);
	assert_int_equal(scene->why.b, START + TEXT + 0x200000000);
	shut(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual_machine),
		cmocka_unit_test(other_headers),
		cmocka_unit_test(appended_tree),
		cmocka_unit_test(start_of_memory),
		cmocka_unit_test(later_block),
		cmocka_unit_test(block_with_a_hole),
		cmocka_unit_test(no_room_for_kernel),
		cmocka_unit_test(only_high_memory),
		cmocka_unit_test(low_memory),
		cmocka_unit_test(mem_option),
		cmocka_unit_test(mem_options_and_many_ranges),
		cmocka_unit_test(block_for_all),
		cmocka_unit_test(no_room),
		cmocka_unit_test(command_line),
		cmocka_unit_test(wanted_places),
		cmocka_unit_test(memory_in_use),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
