// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Layouts of bzImages: where things go on machines of many shapes, and what the
 * new kernel is told. Pictures: K kernel, k what it unpacks into, I initrd,
 * P boot params, . RAM, # none; 16 MiB a character unless said.
 */
#include "synthetic.h"

/* A kernel, a machine, and room for the rest; closed by shut(). */
struct scene {
	unsigned char *file;
	struct boot_map map;
	struct boot_request request;
	struct boot_layout layout;
	unsigned char initrd[70000];
	struct boot_piece piece;
};

static void open_scene(struct scene *scene, const struct recipe *recipe)
{
	memset(scene, 0, sizeof(*scene));
	pc_map(&scene->map, 0x40000000, 0);
	scene->file = bake(recipe, &scene->request.kernel_size);
	scene->request.kernel = scene->file;
	scene->request.command_line = "console=ttyS0";
	scene->request.map = &scene->map;
	scene->piece = (struct boot_piece){ scene->initrd, sizeof(scene->initrd) };
	scene->request.initrd = &scene->piece;
	scene->request.initrd_pieces = 1;
}

static uint64_t end_of(const struct scene *scene, uint32_t segment)
{
	return scene->layout.segment[segment].at.mem + scene->layout.segment[segment].at.memsz;
}

/* Laying out fails with `error`; its numbers. */
static struct kimg_why refused(struct scene *scene, enum kimg_error error)
{
	struct kimg_why why = { 0 };

	assert_int_equal(boot_bzimage(&scene->request, &scene->layout, &why), error);
	assert_int_equal(why.error, error);
	return why;
}

static void shut(struct scene *scene)
{
	free(scene->file);
}

/* .Kk....  ...  ......IP| 1 GiB */
static void usual_machine(void **state)
{
	struct recipe recipe = usual_64();
	struct scene scene;

	(void)state;
	open_scene(&scene, &recipe);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.segment[0].at.mem, 0x1000000);
	assert_int_equal(scene.layout.segment[0].at.memsz, 0xa000);
	assert_int_equal(scene.layout.kernel_runs.end, 0x1300000);
	assert_false(scene.layout.relocated);
	assert_int_equal(scene.layout.segment[1].at.mem, 0x40000000 - 0x12000);
	assert_int_equal(scene.layout.segment[2].at.mem, 0x40000000 - 0x14000);
	assert_int_equal(get(scene.layout.params, 0x1e0, 4), (0x40000000 - MIB) / 1024);
	assert_int_equal(get(scene.layout.params, 0x002, 2), 0xfc00);
	shut(&scene);
}

static void without_initrd(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, &usual);
	scene.request.initrd = NULL;
	scene.request.initrd_pieces = 0;
	scene.request.command_line = NULL;
	lay_out(&scene.request, &scene.layout);
	shut(&scene);
}

/* The last page below 4 GiB is as good as any: | ... IP| 4 GiB */
static void up_to_4gib(void **state)
{
	struct recipe recipe = usual_64();
	struct scene scene;

	(void)state;
	recipe.initrd_max = 0xffffffff;
	open_scene(&scene, &recipe);
	pc_map(&scene.map, 4 * GIB, 0);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(end_of(&scene, 1), 4 * GIB);

	/* RAM that goes on above 4 GiB changes nothing. */
	pc_map(&scene.map, 16 * GIB, 0);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(end_of(&scene, 1), 4 * GIB);
	shut(&scene);
}

/* initrd_addr_max is the last good byte. The params may lie above it. */
static void initrd_limit(void **state)
{
	struct recipe recipe = usual_64();
	struct scene scene;

	(void)state;
	open_scene(&scene, &recipe);
	pc_map(&scene.map, 0xbffe0000, 16 * GIB);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.segment[1].at.mem, 0x80000000 - 0x12000);
	assert_int_equal(scene.layout.segment[2].at.mem, 0xbffe0000 - 0x2000);
	shut(&scene);
}

/* A limit in the request: | ..IP| 0x30000000 */
static void request_limit(void **state)
{
	struct scene scene;
	struct kimg_why why;

	(void)state;
	open_scene(&scene, &usual);
	scene.request.limit = 0x2fffffff;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.segment[1].at.mem, 0x30000000 - 0x12000);
	/* The kernel's place is the first byte beyond the limit, and then the last below. */
	scene.request.limit = 0xffffff;
	why = refused(&scene, KIMG_E_LIMIT_LOW);
	assert_int_equal(why.a, 0x1000000);
	assert_int_equal(why.b, 0x1000000);
	scene.request.limit = 0x1000000;
	why = refused(&scene, KIMG_E_KERNEL_NO_ROOM);
	assert_int_equal(why.d, 0x1000001);
	shut(&scene);
}

/* Memory that holds nothing is preferred: | ..IP.. | with . in use above and below. */
static void unused_memory(void **state)
{
	struct boot_map unused = { .count = 0 };
	struct recipe recipe = usual_64();
	struct scene scene;

	(void)state;
	open_scene(&scene, &recipe);
	scene.request.unused = &unused;
	/* None known: as high as it goes. */
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(end_of(&scene, 1), 0x40000000);

	add_memory(&unused, 0x20000000, 0x20400000, BOOT_MEM_RAM);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(end_of(&scene, 1), 0x20400000);
	assert_int_equal(end_of(&scene, 2), 0x20400000 - 0x12000);

	/* The hint is no map: what is no RAM there is not believed. */
	add_memory(&unused, 0x50000000, 0x50400000, BOOT_MEM_RAM);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(end_of(&scene, 1), 0x40000000);

	/* Room for the boot params, but not for the initrd. */
	unused.count = 0;
	add_memory(&unused, 0x20000000, 0x20002000, BOOT_MEM_RAM);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(end_of(&scene, 1), 0x40000000);
	assert_int_equal(end_of(&scene, 2), 0x20002000);
	shut(&scene);
}

/* A hole where the kernel wants to be: .#Kk..  The next aligned place above. */
static void hole_at_preferred(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, &usual);
	scene.map.count = 0;
	add_memory(&scene.map, 0x100000, 0x1000000, BOOT_MEM_RAM);
	add_memory(&scene.map, 0x1000000, 0x1001000, BOOT_MEM_RESERVED);
	add_memory(&scene.map, 0x1001000, 0x8000000, BOOT_MEM_RAM);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.segment[0].at.mem, 0x1200000);
	assert_true(scene.layout.relocated);

	/* The hole at the end of what it unpacks into counts as much. */
	scene.map.count = 0;
	add_memory(&scene.map, 0x100000, 0x12ff000, BOOT_MEM_RAM);
	add_memory(&scene.map, 0x1300000, 0x8000000, BOOT_MEM_RAM);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.segment[0].at.mem, 0x1400000);
	shut(&scene);
}

/* No place at the kernel's alignment, one at its least alignment. */
static void least_alignment(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, &usual);
	scene.map.count = 0;
	add_memory(&scene.map, 0x100000, 0x1000000, BOOT_MEM_RAM);
	add_memory(&scene.map, 0x1001000, 0x1303000, BOOT_MEM_RAM);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.segment[0].at.mem, 0x1002000);
	assert_int_equal(get(scene.layout.params, 0x230, 4), 0x2000);
	shut(&scene);
}

static void not_relocatable(void **state)
{
	struct recipe recipe = usual;
	struct scene scene;
	struct kimg_why why;

	(void)state;
	recipe.relocatable = 0;
	recipe.align = 0;
	open_scene(&scene, &recipe);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.segment[0].at.mem, 0x1000000);

	pc_map(&scene.map, 0x12ff000, 0);
	why = refused(&scene, KIMG_E_KERNEL_FIXED);
	assert_int_equal(why.a, 0x300000);
	assert_int_equal(why.c, 0x1000000);
	shut(&scene);

	/* It runs where it is linked, even above what others map first. */
	recipe.preferred = 0x38000000;
	open_scene(&scene, &recipe);
	lay_out(&scene.request, &scene.layout);
	shut(&scene);
}

/* Before 2.10 there is no preferred address and no init_size. */
static void old_protocols(void **state)
{
	struct recipe recipe = usual;
	struct scene scene;
	uint16_t protocol;

	(void)state;
	for (protocol = 0x0206; protocol <= 0x020f; protocol++) {
		recipe.protocol = protocol;
		open_scene(&scene, &recipe);
		lay_out(&scene.request, &scene.layout);
		if (protocol < 0x020a) {
			assert_int_equal(scene.layout.segment[0].at.mem, 0x200000);
			assert_int_equal(scene.layout.init_size, 0);
			assert_true(scene.layout.kernel_runs.end -
				    scene.layout.kernel_runs.start >= 8 * 40000);
		}
		shut(&scene);
	}
	recipe.protocol = 0x0206;
	recipe.relocatable = 0;
	open_scene(&scene, &recipe);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.segment[0].at.mem, MIB);
	shut(&scene);

	/* 8 times a packed kernel of 2 MiB is more than the least that is taken. */
	recipe.code_size = 2 * MIB;
	open_scene(&scene, &recipe);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.kernel_runs.end - scene.layout.kernel_runs.start,
			 16 * MIB);
	shut(&scene);
}

/* From a 64-bit kernel: the 64-bit entry point, if the kernel has one: ... IPT| 1 GiB */
static void long_mode(void **state)
{
	static const struct { uint16_t protocol, flags; bool running, five_levels, entered; } ways[] = {
		{ 0x020f, 0x7f, true, false, true }, { 0x020f, 0x7f, true, true, true },
		{ 0x020f, 0x7f, false, false, false }, { 0x020f, 0x01, true, false, true },
		/* It does not know five levels of page tables. */
		{ 0x020f, 0x1f, true, true, false }, { 0x020f, 0x1f, true, false, true },
		/* Of 32 bits, or so old that it cannot say. */
		{ 0x020f, 0x7e, true, false, false }, { 0x020c, 0x03, true, false, true },
		{ 0x020b, 0x03, true, false, false },
	};
	struct recipe recipe = usual;
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		recipe.protocol = ways[i].protocol;
		recipe.xloadflags = ways[i].flags;
		open_scene(&scene, &recipe);
		scene.request.long_mode = ways[i].running;
		scene.request.five_levels = ways[i].five_levels;
		lay_out(&scene.request, &scene.layout);
		assert_int_equal(scene.layout.entry.address, ways[i].entered ? 0x1000200 : 0x1000000);
		assert_int_equal(scene.layout.segments, ways[i].entered ? 4 : 3);
		if (ways[i].entered)
			assert_int_equal(scene.layout.segment[3].at.mem, 0x40000000 - 0x14000 - 0x7000);
		shut(&scene);
	}
	/* The entry point is its first byte beyond its end, and then its last. */
	recipe = usual_high();
	for (recipe.code_size = 0x200; recipe.code_size <= 0x201; recipe.code_size++) {
		open_scene(&scene, &recipe);
		scene.request.long_mode = true;
		lay_out(&scene.request, &scene.layout);
		assert_int_equal(scene.layout.entry.machine, recipe.code_size == 0x201 ?
				 KLEAP_X86_64 : KLEAP_X86_32);
		shut(&scene);
	}
}

/* A kernel like today's, entered in 64-bit mode on this machine. */
static void open_high(struct scene *scene, uint64_t low, uint64_t high)
{
	struct recipe recipe = usual_high();

	open_scene(scene, &recipe);
	pc_map(&scene->map, low, high);
	scene->request.long_mode = true;
}

/* RAM below 4 GiB is where the kernel runs, and so many pages. */
static void tight_map(struct boot_map *map, uint64_t pages, uint64_t high)
{
	map->count = 0;
	add_memory(map, 0x1000000, 0x1300000 + pages * 4096, BOOT_MEM_RAM);
	add_memory(map, 4 * GIB, high, BOOT_MEM_RAM);
}

static uint64_t at_of(const struct scene *scene, uint32_t segment)
{
	return scene->layout.segment[segment].at.mem;
}

/* What does not fit below 4 GiB lies above: .Kk.| ... |.TPI| with 32 MiB below. */
static void above_4gib(void **state)
{
	struct scene scene;
	struct kimg_why why;

	(void)state;
	/* There is room for all: as without RAM above 4 GiB, but up to there. */
	open_high(&scene, 0xc0000000, 16 * GIB);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(end_of(&scene, 1), 0xc0000000);
	assert_int_equal(end_of(&scene, 2), at_of(&scene, 1));
	assert_int_equal(end_of(&scene, 3), at_of(&scene, 2));
	assert_int_equal(gibs_mapped(&scene.layout, at_of(&scene, 3), 1024 * GIB), 4);

	/* No room for the initrd. */
	tight_map(&scene.map, 17, 6 * GIB);
	scene.request.limit = 6 * GIB - 1;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(at_of(&scene, 0), 0x1000000);
	assert_int_equal(end_of(&scene, 1), 6 * GIB);
	assert_int_equal(end_of(&scene, 2), 0x1311000);
	assert_int_equal(end_of(&scene, 3), 0x130f000);
	scene.request.limit = 5 * GIB;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(end_of(&scene, 1), 5 * GIB);
	/* Nor for anything but the kernel. */
	tight_map(&scene.map, 0, 6 * GIB);
	scene.request.limit = 0;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(at_of(&scene, 0), 0x1000000);
	assert_int_equal(end_of(&scene, 1), 6 * GIB);
	assert_int_equal(end_of(&scene, 2), at_of(&scene, 1));
	assert_int_equal(end_of(&scene, 3), at_of(&scene, 2));
	assert_int_equal(gibs_mapped(&scene.layout, at_of(&scene, 3), 1024 * GIB), 5);

	/* An initrd of more than 4 GiB. */
	pc_map(&scene.map, 0xc0000000, 12 * GIB);
	scene.request.limit = 0;
	scene.piece.size = 4 * GIB + 5;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(get(scene.layout.params, 0x0c4, 4), 1);
	scene.piece.size = sizeof(scene.initrd);

	/* Nothing but what is there already has room. */
	scene.map.count = 0;
	add_memory(&scene.map, 0x1000000, 0x1100000, BOOT_MEM_RAM);
	add_memory(&scene.map, 0x4080000000, 0x4090000000, BOOT_MEM_RAM);
	scene.request.limit = UINT64_MAX;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(at_of(&scene, 0), 0x4080000000);
	assert_true(scene.layout.relocated);
	assert_int_equal(end_of(&scene, 1), 0x1100000);
	assert_int_equal(gibs_mapped(&scene.layout, at_of(&scene, 3), 1024 * GIB), 5);
	scene.request.initrd_pieces = 0;
	scene.map.mem[0].range.end = 0x1001000;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(at_of(&scene, 1), 0x4090000000 - 0x2000);
	assert_int_equal(scene.layout.entry.reg[KLEAP_X86_TABLES], 0x4090000000 - 0x2000 - 8 * 0x1000);

	/* Beyond the first 512 GiB, across a GiB, up to the end that four levels reach. */
	scene.map.count = 0;
	add_memory(&scene.map, 0xffffe00000, 0x10000800000, BOOT_MEM_RAM);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(gibs_mapped(&scene.layout, at_of(&scene, 2), 2048 * GIB), 6);
	scene.map.count = 0;
	add_memory(&scene.map, (1ull << 46) - 0x400000, (1ull << 46) + 0x40000000, BOOT_MEM_RAM);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(end_of(&scene, 1), 1ull << 46);
	scene.map.mem[0].range.start += 0x200000;
	why = refused(&scene, KIMG_E_KERNEL_NO_ROOM);
	assert_int_equal(why.d, 1ull << 46);
	shut(&scene);
}

/* Without the flag, or the 64-bit entry: nothing above 4 GiB, whatever the limit. */
static void not_above_4gib(void **state)
{
	struct recipe recipe = usual_high();
	struct scene scene;
	struct kimg_why why;

	(void)state;
	for (int i = 0; i < 3; i++) {
		recipe.xloadflags = i == 0 ? 0x7d : 0x1f;
		open_scene(&scene, &recipe);
		scene.request.long_mode = i != 1;
		scene.request.five_levels = i == 2;
		scene.request.limit = i ? 0 : 16 * GIB;
		tight_map(&scene.map, 17, 16 * GIB);
		why = refused(&scene, KIMG_E_INITRD_NO_ROOM);
		/* initrd_addr_max counts. */
		assert_int_equal(why.b, 0x80000000);
		tight_map(&scene.map, 19, 16 * GIB);
		why = refused(&scene, KIMG_E_PARAMS_NO_ROOM);
		assert_int_equal(why.b, 4 * GIB);
		pc_map(&scene.map, 0x1000000, 16 * GIB);
		why = refused(&scene, KIMG_E_KERNEL_NO_ROOM);
		assert_int_equal(why.d, 4 * GIB);
		shut(&scene);
	}
}

/* What firmware left above 4 GiB is mapped: kernels may look for it before they map it. */
static void firmware_mapped(void **state)
{
	static struct boot_efi efi = { .is_64 = true };
	struct scene scene;

	(void)state;
	open_high(&scene, 0xc0000000, 8 * GIB);
	scene.request.acpi_rsdp = 9 * GIB + 5;
	scene.request.efi = &efi;
	efi.acpi = 11 * GIB;
	efi.acpi20 = 13 * GIB;
	efi.system = 15 * GIB;
	efi.tables = 17 * GIB - 8;
	add_memory(&scene.map, 20 * GIB - 0x1000, 20 * GIB + 0x1000, BOOT_MEM_ACPI);
	add_memory(&scene.map, 30 * GIB, 30 * GIB + 0x1000, BOOT_MEM_NVS);
	add_memory(&scene.map, 40 * GIB, 40 * GIB + 0x1000, BOOT_MEM_RESERVED);
	lay_out(&scene.request, &scene.layout);
	for (uint64_t gib = 4; gib < 50; gib++)
		assert_int_equal(is_mapped(&scene.layout, at_of(&scene, 3), gib * GIB, gib * GIB + 1),
				 gib == 9 || gib == 11 || gib == 13 || gib == 15 || gib == 16 ||
				 gib == 17 || gib == 19 || gib == 20 || gib == 30);
	assert_int_equal(scene.layout.segment[3].at.memsz, (7 + 9) * 4096);

	/* More than there are tables for: what the kernel needs is still there. */
	add_memory(&scene.map, 50 * GIB, 107 * GIB, BOOT_MEM_ACPI);
	add_memory(&scene.map, 200 * GIB, 201 * GIB, BOOT_MEM_RAM);
	scene.map.mem[2].range.end = 0x1000000;
	scene.map.mem[3].range.end = 4 * GIB + 0x1000;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(at_of(&scene, 0), 200 * GIB);
	assert_int_equal(gibs_mapped(&scene.layout, at_of(&scene, 3), 512 * GIB), 5);
	/* As many as there are tables for: 3 that do not map, 4 GiB, 9 as before. */
	scene.map.mem[2].range.end = 0xc0000000;
	scene.map.mem[scene.map.count - 2].range.end = 98 * GIB;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.segment[3].at.memsz, 64 * 4096);
	assert_int_equal(gibs_mapped(&scene.layout, at_of(&scene, 3), 512 * GIB), 61);
	scene.map.mem[scene.map.count - 2].range.end = 98 * GIB + 1;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.segment[3].at.memsz, 7 * 4096);

	/* 32-bit firmware's system table is in the boot params: they stay below 4 GiB. */
	efi.is_64 = false;
	tight_map(&scene.map, 1, 8 * GIB);
	scene.request.initrd_pieces = 0;
	assert_int_equal(refused(&scene, KIMG_E_PARAMS_NO_ROOM).b, 4 * GIB);
	efi.is_64 = true;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(get(scene.layout.params, 0x1dc, 4), 1);
	shut(&scene);
}

/* As many segments as an image may have, and tables that have no room. */
static void all_segments(void **state)
{
	static const unsigned char page[4096];
	struct boot_piece pieces[BOOT_INITRD_MAX];
	struct scene scene;
	struct kimg_why why;

	(void)state;
	open_high(&scene, 0x40000000, 0);
	for (unsigned int i = 0; i < BOOT_INITRD_MAX; i++)
		pieces[i] = (struct boot_piece){ page, sizeof(page) };
	scene.request.initrd = pieces;
	scene.request.initrd_pieces = BOOT_INITRD_MAX;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.segments, 3 + BOOT_INITRD_MAX);
	/* Each page but those of the tables. */
	pc_map(&scene.map, 0x1300000 + (BOOT_INITRD_MAX + 2 + 6) * 4096, 0);
	assert_int_equal(boot_map_cut(&scene.map, 0x100000, 0x1000000, &why), KIMG_OK);
	why = refused(&scene, KIMG_E_PARAMS_NO_ROOM);
	assert_int_equal(why.a, 7 * 4096);
	scene.map.mem[2].range.end += 4096;
	lay_out(&scene.request, &scene.layout);
	shut(&scene);
}

/* A 32-bit kernel must unpack below 896 MiB, a 64-bit one need not. */
static void high_kernels(void **state)
{
	struct recipe recipe = usual;
	struct scene scene;
	struct kimg_why why;

	(void)state;
	open_scene(&scene, &recipe);
	scene.map.count = 0;
	add_memory(&scene.map, 0x38000000, 0x50000000, BOOT_MEM_RAM);
	why = refused(&scene, KIMG_E_KERNEL_NO_ROOM);
	assert_int_equal(why.c, 0x1000000);
	assert_int_equal(why.d, 0x38000000);
	shut(&scene);

	recipe.xloadflags = 1;
	open_scene(&scene, &recipe);
	scene.map.count = 0;
	add_memory(&scene.map, 0x38000000, 0x50000000, BOOT_MEM_RAM);
	lay_out(&scene.request, &scene.layout);
	shut(&scene);
}

static void setup_sectors(void **state)
{
	struct recipe recipe = usual;
	struct scene scene;

	(void)state;
	for (unsigned int sectors = 0; sectors < 256; sectors++) {
		recipe.setup_sects = (uint8_t)sectors;
		/* The header alone is longer than two sectors. */
		if (sectors == 1)
			recipe.code_size = 16;
		open_scene(&scene, &recipe);
		lay_out(&scene.request, &scene.layout);
		shut(&scene);
	}
}

/* The longest command line fits, and its end is there. */
static void command_lines(void **state)
{
	struct recipe recipe = usual;
	struct scene scene;
	struct kimg_why why;
	char *line = calloc(1, 9000);

	(void)state;
	recipe.cmdline_size = UINT32_MAX;
	open_scene(&scene, &recipe);
	scene.request.command_line = line;
	for (size_t length = 0; length <= BOOT_COMMAND_MAX; length++) {
		if (length % 509 == 0 || length == BOOT_COMMAND_MAX)
			lay_out(&scene.request, &scene.layout);
		line[length] = 'x';
	}
	why = refused(&scene, KIMG_E_CMDLINE_TOO_LONG);
	assert_int_equal(why.a, BOOT_COMMAND_MAX + 1);
	assert_int_equal(why.b, BOOT_COMMAND_MAX);
	shut(&scene);

	open_scene(&scene, &usual);
	line[2047] = '\0';
	scene.request.command_line = line;
	lay_out(&scene.request, &scene.layout);
	line[2047] = 'x';
	line[2048] = '\0';
	why = refused(&scene, KIMG_E_CMDLINE_TOO_LONG);
	assert_int_equal(why.b, 2047);
	shut(&scene);
	free(line);
}

/* 128 ranges are told as they are; the last slot ends where the table ends. */
static void full_map(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, &usual);
	for (uint64_t at = 5 * GIB; scene.map.count < 128; at += GIB)
		add_memory(&scene.map, at, at + MIB, BOOT_MEM_NVS);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.params[0x1e8], 128);
	assert_true(get(scene.layout.params, 0x2d0 + 127 * 20, 8) > 100 * GIB);
	shut(&scene);
}

/* Ranges of RAM and other things by turns, from `at` up, until there are `count`. */
static void fill_map(struct boot_map *map, uint64_t at, uint64_t size, uint32_t count)
{
	static const enum boot_mem_type types[] = {
		BOOT_MEM_RAM, BOOT_MEM_RESERVED, BOOT_MEM_RAM, BOOT_MEM_NVS, BOOT_MEM_RAM,
		BOOT_MEM_SOFT_RESERVED, BOOT_MEM_RAM, (enum boot_mem_type)20,
	};

	for (uint32_t i = 0; map->count < count; i++, at += size)
		add_memory(map, at, at + size, types[i % 8]);
}

/* A 64-bit kernel is told of more in setup_data; a range more, a thousand, all. */
static void more_ranges_told(void **state)
{
	static const uint32_t counts[] = { 129, 312, 1000, BOOT_MAP_MAX };
	struct recipe recipe = usual;
	struct scene scene;

	(void)state;
	recipe.xloadflags = 1;
	open_scene(&scene, &recipe);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		fill_map(&scene.map, scene.map.mem[scene.map.count - 1].range.end, MIB,
			 counts[i]);
		lay_out(&scene.request, &scene.layout);
		assert_int_equal(scene.layout.params[0x1e8], 128);
		assert_int_equal(scene.layout.told.count, counts[i]);
	}
	/* Beside another item, which comes after it. */
	scene.request.setup = &(struct boot_setup){ 9, "seed", 4 };
	scene.request.setups = 1;
	lay_out(&scene.request, &scene.layout);
	shut(&scene);
}

/*
 * A 32-bit kernel gets as many as the zero page holds: what is not RAM is joined first,
 * then the smallest RAM is lost, but none that is used.
 */
static void joined_ranges(void **state)
{
	struct scene scene;
	struct boot_map *told = &scene.layout.told;
	uint64_t end;

	(void)state;
	open_scene(&scene, &usual);
	scene.map.count = 0;
	add_memory(&scene.map, 0x1000, 0x9f000, BOOT_MEM_RAM);
	add_memory(&scene.map, 0x9f000, 0x100000, BOOT_MEM_RESERVED);
	add_memory(&scene.map, 0x100000, 0x40000000, BOOT_MEM_RAM);
	end = 0x40000000;
	/* Nothing but other things: no RAM is lost. */
	for (uint32_t i = 0; i < 300; i++, end += 0x2000)
		add_memory(&scene.map, end, end + 0x1000, i % 2 ? BOOT_MEM_ACPI : BOOT_MEM_NVS);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(told->count, 128);
	assert_int_equal(ram_bytes(told), ram_bytes(&scene.map));
	/* By turns: the smallest go, each with the two beside it. */
	scene.map.count = 3;
	for (uint32_t i = 0; i < 64; i++) {
		add_memory(&scene.map, end, end + MIB, BOOT_MEM_NVS);
		add_memory(&scene.map, end + MIB, end + 3 * MIB, BOOT_MEM_RAM);
		end += 3 * MIB;
	}
	add_memory(&scene.map, end, end + MIB, BOOT_MEM_NVS);
	add_memory(&scene.map, end + MIB, end + MIB + 0x3000, BOOT_MEM_RAM);
	add_memory(&scene.map, end + MIB + 0x3000, end + 2 * MIB, BOOT_MEM_NVS);
	add_memory(&scene.map, end + 2 * MIB, end + 2 * MIB + 0x1000, BOOT_MEM_RAM);
	add_memory(&scene.map, end + 2 * MIB + 0x1000, end + 3 * MIB, BOOT_MEM_NVS);
	add_memory(&scene.map, end + 3 * MIB, end + 4 * MIB, BOOT_MEM_RAM);
	assert_int_equal(scene.map.count, 137);
	scene.request.limit = 0x3fffffff;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(told->count, 128);
	/* Two small ones go with two ranges each, so do two of 2 MiB; one of 1 MiB is the ninth. */
	assert_int_equal(ram_bytes(&scene.map) - ram_bytes(told),
			 0x4000 + MIB + 2 * 2 * MIB);
	/* With segments in the last one it stays, so one more of 2 MiB goes. */
	scene.request.limit = 0;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(ram_bytes(&scene.map) - ram_bytes(told), 0x4000 + 3 * 2 * MIB);
	/* Where everything is small, what is used and the low memory stay. */
	scene.map.count = 0;
	add_memory(&scene.map, 0, 0x1000, BOOT_MEM_RESERVED);
	add_memory(&scene.map, 0x1000, 0x2000, BOOT_MEM_RAM);
	add_memory(&scene.map, 0x3000, 0x5000, BOOT_MEM_RAM);
	add_memory(&scene.map, 0x5000, 0x1000000, BOOT_MEM_RESERVED);
	add_memory(&scene.map, 0x1000000, 0x1300000, BOOT_MEM_RAM);
	add_memory(&scene.map, 0x1400000, 0x1500000, BOOT_MEM_RAM);
	for (end = 0x80000000; scene.map.count < 1000; end += 2 * GIB)
		add_memory(&scene.map, end, end + GIB, BOOT_MEM_RAM);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(told->count, 128);
	assert_true(judge_ram(told, 0x3000, 0x5000));
	assert_false(judge_ram(told, 0x1000, 0x2000));
	shut(&scene);
}

/* Segments lie in usable memory alone; the map that is told has more. */
static void usable_alone(void **state)
{
	static struct boot_map usable;
	struct kimg_why why;
	struct scene scene;

	(void)state;
	open_scene(&scene, &usual);
	usable = scene.map;
	scene.request.usable = &usable;
	assert_int_equal(boot_map_cut(&usable, 0x1200000, 0x1201000, &why), KIMG_OK);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.kernel_runs.start, 0x1400000);
	assert_int_equal(scene.layout.told.count, scene.map.count);
	shut(&scene);
}

/* The older field for the size of memory counts up to 4 TiB, and stays there. */
static void huge_memory(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, &usual);
	pc_map(&scene.map, 4096 * GIB + 512 * MIB, 0);
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(get(scene.layout.params, 0x1e0, 4), UINT32_MAX);
	shut(&scene);
}

/* The kernels of the lab, if they were fetched. */
static void real_kernel(void **state)
{
	static const char *const machines[][2] = {
		{ "00100000-1ffdffff", "512 MiB" }, { "00100000-bffdffff", "3 GiB" },
	};
	const char *build = getenv("BUILD");
	static unsigned char file[32u << 20];
	static struct boot_map usable;
	struct scene scene;
	char path[512], text[100];
	struct kimg_why why;
	FILE *stream;

	(void)state;
	snprintf(path, sizeof(path), "%s/lab/i386/vmlinuz", build ? build : "build");
	stream = fopen(path, "rb");
	if (!stream) {
		print_message("note: no kernel at lab/i386/vmlinuz, not laid out\n");
		skip();
	}
	open_scene(&scene, &usual);
	scene.request.kernel = file;
	scene.request.kernel_size = fread(file, 1, sizeof(file), stream);
	fclose(stream);
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		snprintf(text, sizeof(text), "%s : System RAM\n", machines[i][0]);
		assert_int_equal(boot_map_parse(text, strlen(text), &scene.map, &usable, &why), KIMG_OK);
		lay_out(&scene.request, &scene.layout);
		assert_false(scene.layout.relocated);
		assert_true(scene.layout.init_size > scene.request.kernel_size);
	}
	shut(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual_machine),
		cmocka_unit_test(without_initrd),
		cmocka_unit_test(up_to_4gib),
		cmocka_unit_test(initrd_limit),
		cmocka_unit_test(request_limit),
		cmocka_unit_test(unused_memory),
		cmocka_unit_test(hole_at_preferred),
		cmocka_unit_test(least_alignment),
		cmocka_unit_test(not_relocatable),
		cmocka_unit_test(old_protocols),
		cmocka_unit_test(long_mode),
		cmocka_unit_test(above_4gib),
		cmocka_unit_test(not_above_4gib),
		cmocka_unit_test(firmware_mapped),
		cmocka_unit_test(all_segments),
		cmocka_unit_test(high_kernels),
		cmocka_unit_test(setup_sectors),
		cmocka_unit_test(command_lines),
		cmocka_unit_test(full_map),
		cmocka_unit_test(more_ranges_told),
		cmocka_unit_test(joined_ranges),
		cmocka_unit_test(usable_alone),
		cmocka_unit_test(huge_memory),
		cmocka_unit_test(real_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
