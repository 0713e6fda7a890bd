// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where the initrd of a 32-bit kernel goes: what its low memory is, and what else
 * must have room there. Sizes in MiB. The machines are those of the lab, where Debian's
 * 6.1 was booted with initrds around these bounds.
 */
#include "synthetic.h"

#define LOW 0x36ffe000ull		/* the end of low memory */
#define CERTAIN 0x36000000ull

struct scene {
	unsigned char *file;
	struct boot_map map;
	struct boot_request request;
	struct boot_layout layout;
	struct boot_piece piece;
	struct kimg_why why;
};

/* A machine with RAM up to `low`, and from 4 GiB to `high`; a kernel that needs 17 MiB. */
static void open_scene(struct scene *scene, uint64_t low, uint64_t high)
{
	struct recipe recipe = usual;

	memset(scene, 0, sizeof(*scene));
	recipe.init_size = 0x1100000;
	pc_map(&scene->map, low, high);
	scene->file = bake(&recipe, &scene->request.kernel_size);
	scene->request.kernel = scene->file;
	scene->request.map = &scene->map;
	scene->request.initrd = &scene->piece;
	scene->request.initrd_pieces = 1;
}

/* The end of an initrd of this size; 0 if it is refused, with the reason in why. */
static uint64_t end_of(struct scene *scene, uint64_t size)
{
	scene->piece = (struct boot_piece){ scene, size };
	if (boot_bzimage(&scene->request, &scene->layout, &scene->why))
		return 0;
	assert_int_equal(scene->layout.segment[1].at.bufsz, size);
	return scene->layout.segment[1].at.mem + scene->layout.segment[1].at.memsz;
}

/* The largest initrd that is accepted; one page more is refused, with this number. */
static void expect_largest(struct scene *scene, uint64_t size, enum kimg_error error)
{
	assert_true(end_of(scene, size));
	assert_int_equal(end_of(scene, size + 1), 0);
	assert_int_equal(scene->why.error, error);
	assert_int_equal(scene->why.a, size + 4096);
	assert_int_equal(scene->why.c, size);
}

static void low_memory(void **state)
{
	struct scene scene;

	(void)state;
	/* The lowest end that a kernel may have, if that is enough; no more than there is. */
	open_scene(&scene, 2 * GIB, 0);
	assert_int_equal(end_of(&scene, 1), CERTAIN);
	assert_int_equal(end_of(&scene, 780 * MIB), CERTAIN);
	assert_int_equal(end_of(&scene, 815 * MIB), LOW);
	pc_map(&scene.map, 512 * MIB, 0);
	assert_int_equal(end_of(&scene, 100 * MIB), 512 * MIB);
	expect_largest(&scene, 479 * MIB, KIMG_E_INITRD_NO_ROOM);
	assert_int_equal(scene.why.b, 512 * MIB);
	/* A kernel's own limit, and that of the request. */
	put(scene.file, 0x22c, 0x1dffffff, 4);
	assert_int_equal(end_of(&scene, 1), 0x1e000000);
	scene.request.limit = 0x13ffffff;
	assert_int_equal(end_of(&scene, 1), 0x14000000);
	free(scene.file);
}

/* Its struct pages, 40 bytes per page of RAM, must have room wherever the kernel is. */
static void struct_pages(void **state)
{
	struct scene scene;

	(void)state;
	/* 10 MiB of them fit below the kernel. */
	open_scene(&scene, GIB, 0);
	expect_largest(&scene, LOW - 33 * MIB, KIMG_E_INITRD_LOW);
	assert_int_equal(scene.why.b, LOW);
	assert_int_equal(scene.why.d, 10 * MIB);

	/* 20 MiB do not. */
	pc_map(&scene.map, 2 * GIB, 0);
	expect_largest(&scene, LOW - (1 + 17 + 2 * 20) * MIB, KIMG_E_INITRD_LOW);
	assert_int_equal(scene.why.d, 20 * MIB);
	scene.request.command_line = "quiet nokaslr";
	expect_largest(&scene, LOW - (33 + 20) * MIB, KIMG_E_INITRD_LOW);
	/* Other options are not that one. */
	scene.request.command_line = "nokaslrx xnokaslr";
	expect_largest(&scene, LOW - (1 + 17 + 2 * 20) * MIB, KIMG_E_INITRD_LOW);
	/* It stays where it is, too. */
	scene.request.command_line = "quiet xnokaslr";
	put(scene.file, 0x234, 0, 1);
	expect_largest(&scene, LOW - (33 + 20) * MIB, KIMG_E_INITRD_LOW);
	put(scene.file, 0x234, 1, 1);

	/* All RAM counts, up to 64 GiB, and what mem= leaves of it. */
	pc_map(&scene.map, 3 * GIB, 7 * GIB);
	expect_largest(&scene, LOW - (1 + 17 + 2 * 70) * MIB, KIMG_E_INITRD_LOW);
	scene.request.command_line = "mem=2G";
	expect_largest(&scene, LOW - (1 + 17 + 2 * 20) * MIB, KIMG_E_INITRD_LOW);
	/* If they do not fit with a kernel that moves, assume that it stays; if not even then, ignore them. */
	scene.request.command_line = "";
	pc_map(&scene.map, 3 * GIB, 64 * GIB);
	expect_largest(&scene, LOW - (33 + 640) * MIB, KIMG_E_INITRD_LOW);
	pc_map(&scene.map, 3 * GIB, 100 * GIB);
	expect_largest(&scene, LOW - (33 + 640) * MIB, KIMG_E_INITRD_LOW);
	scene.request.command_line = "mem=90G";
	expect_largest(&scene, LOW - (33 + 640) * MIB, KIMG_E_INITRD_LOW);
	scene.request.command_line = "";
	pc_map(&scene.map, 600 * MIB, 64 * GIB);
	assert_int_equal(end_of(&scene, 300 * MIB), 600 * MIB);
	free(scene.file);
}

/* Options of the new kernel that change its low memory. */
static void options(void **state)
{
	static const struct {
		const char *line;
		uint64_t low, end;		/* RAM; where an initrd of 1 MiB ends */
	} cases[] = {
		{ "vmalloc=128M", 2 * GIB, CERTAIN - 8 * MIB },
		{ "vmalloc=256M", 2 * GIB, CERTAIN - 136 * MIB },
		{ "a vmalloc=0x10000000 b", 2 * GIB, CERTAIN - 136 * MIB },
		{ "vmalloc=01000000000", 2 * GIB, CERTAIN - 8 * MIB },
		{ "vmalloc=262144k", 2 * GIB, CERTAIN - 136 * MIB },
		{ "vmalloc=256M vmalloc=192m", 2 * GIB, CERTAIN - 72 * MIB },
		{ "x=\"a vmalloc=256M\" b", 2 * GIB, CERTAIN },
		{ "avmalloc=256M vmalloc", 2 * GIB, CERTAIN },
		{ "vmalloc=0", 2 * GIB, CERTAIN },
		{ "a -- vmalloc=256M", 2 * GIB, CERTAIN },
		{ "a --\tvmalloc=256M", 2 * GIB, CERTAIN },
		{ "--a vmalloc=256M --", 2 * GIB, CERTAIN - 136 * MIB },
		{ "x=\"a -- b\" vmalloc=256M", 2 * GIB, CERTAIN - 136 * MIB },
		{ "vmalloc=99999999999999999999T", 2 * GIB, 0 },
		{ "vmalloc=17179869184G", 2 * GIB, 0 },
		{ "vmalloc=900M", 2 * GIB, CERTAIN - 780 * MIB },
		{ "vmalloc=1000M", 2 * GIB, 0 },
		{ "vmalloc=256M", 512 * MIB, 512 * MIB },
		{ "highmem=200M", 512 * MIB, 312 * MIB },
		{ "highmem=449M", 512 * MIB, 512 * MIB },
		{ "highmem=1G", 512 * MIB, 512 * MIB },
		{ "highmem=200M", 2 * GIB, CERTAIN },
		{ "mem=300M", 2 * GIB, 300 * MIB },
		{ "mem=\"300M\"", 2 * GIB, 300 * MIB },
		{ "mem=300M\tmem=320M", 2 * GIB, 320 * MIB },
		{ "mem=nopentium", 2 * GIB, CERTAIN },
		{ "mem=1E", 2 * GIB, CERTAIN },
	};
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t end;

		open_scene(&scene, cases[i].low, 0);
		scene.request.command_line = cases[i].line;
		end = end_of(&scene, MIB);
		if (end != cases[i].end)
			fail_msg("%s: %llx, not %llx", cases[i].line,
				 (unsigned long long)end, (unsigned long long)cases[i].end);
		if (!end)
			assert_int_equal(scene.why.error, KIMG_E_INITRD_LOW);
		free(scene.file);
	}
}

/* No place in low memory that may be written to: the kernel has to move the initrd. */
static void moved(void **state)
{
	struct boot_map usable;
	struct scene scene;

	(void)state;
	open_scene(&scene, 2 * GIB, 0);
	pc_map(&usable, 64 * MIB, 0);
	add_memory(&usable, GIB, 2 * GIB, BOOT_MEM_RAM);
	scene.request.usable = &usable;
	assert_int_equal(end_of(&scene, 20 * MIB), 64 * MIB);
	assert_int_equal(end_of(&scene, 100 * MIB), 2 * GIB);
	assert_int_equal(end_of(&scene, 410 * MIB), 2 * GIB);
	/* Twice as much, the kernel and twice its struct pages. */
	assert_int_equal(end_of(&scene, 411 * MIB), 0);
	assert_int_equal(scene.why.error, KIMG_E_INITRD_LOW);
	free(scene.file);
}

/*
 * Two pieces of low memory: the initrd goes to the higher one unless the struct pages
 * can then be nowhere.
 */
static void two_rooms(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, 300 * MIB, 0);
	add_memory(&scene.map, 400 * MIB, 500 * MIB, BOOT_MEM_RAM);
	add_memory(&scene.map, 4 * GIB, 8 * GIB, BOOT_MEM_RAM);
	scene.request.command_line = "nokaslr";
	/* 80 MiB of them: in the lower piece, or in the higher one. */
	assert_int_equal(end_of(&scene, 90 * MIB), 500 * MIB);
	assert_int_equal(end_of(&scene, 180 * MIB), 300 * MIB);
	expect_largest(&scene, 267 * MIB, KIMG_E_INITRD_LOW);
	scene.map.mem[3].range.end = 450 * MIB;
	expect_largest(&scene, 187 * MIB, KIMG_E_INITRD_LOW);
	assert_int_equal(end_of(&scene, 50 * MIB), 450 * MIB);

	/* Only the higher one has room for them: the initrd goes to the lower one. */
	scene.map.mem[2].range.end = 103 * MIB;
	scene.map.mem[3].range.end = 500 * MIB;
	assert_int_equal(end_of(&scene, 60 * MIB), 103 * MIB);
	free(scene.file);
}

/* The text of the kernel's version, at this offset from 0x200. */
static void set_version(struct scene *scene, size_t at, const char *text)
{
	put(scene->file, 0x20e, at, 2);
	if (at)
		memcpy(scene->file + 0x200 + at, text, strlen(text));
}

/* Before 5.10, an initrd of half of low memory is too large. */
static void half(void **state)
{
	static const struct {
		const char *version;
		bool old;
	} cases[] = {
		{ "5.9.16 (a@b) #1", true }, { "5.4-rc1", true }, { "4.19.0-27-686-pae (debian", true },
		{ "2.6.32 ", true }, { "3.16.0", true }, { "5.10.0 (a@b) #1", false },
		{ "6.1.0-50-686-pae", false }, { "5.12-rc1", false }, { "10.1 ", false },
		{ "5-9 ", false }, { "x.9 ", false }, { ".9 ", false }, { "5.x", false },
		{ "00005.4 ", false },
	};
	struct scene scene;
	uint64_t low;

	(void)state;
	open_scene(&scene, 2 * GIB, 0);
	/* pc_map(): 0x1000 to 0x9fc00, and from 1 MiB. */
	low = LOW - MIB + 0x9e000;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_version(&scene, 0x400, cases[i].version);
		if (!end_of(&scene, 500 * MIB) != cases[i].old)
			fail_msg("\"%s\" is taken for an old or a new one", cases[i].version);
		assert_true(end_of(&scene, 400 * MIB));
	}
	set_version(&scene, 0x400, "5.9 ");
	expect_largest(&scene, (low / 2 - 1) / 4096 * 4096, KIMG_E_INITRD_LOW);
	assert_int_equal(scene.why.b, LOW);
	assert_int_equal(scene.why.d, 20 * MIB);
	/* RAM that is not there does not count, nor what mem= takes. */
	scene.request.command_line = "mem=512M";
	expect_largest(&scene, ((512 * MIB - MIB + 0x9e000) / 2 - 1) / 4096 * 4096, KIMG_E_INITRD_LOW);
	scene.request.command_line = "vmalloc=1000M";
	assert_int_equal(end_of(&scene, 1), 0);
	assert_int_equal(scene.why.error, KIMG_E_INITRD_LOW);
	scene.request.command_line = "";
	/* Without a text, or with one outside the real-mode code, the protocol decides. */
	set_version(&scene, 0, "");
	assert_true(end_of(&scene, 500 * MIB));
	set_version(&scene, 0x5ff, "4");
	assert_true(end_of(&scene, 500 * MIB));
	set_version(&scene, 0x5fd, "4.1");
	assert_true(end_of(&scene, 500 * MIB));
	set_version(&scene, 0x600, "4.1 ");
	assert_true(end_of(&scene, 500 * MIB));
	put(scene.file, 0x20e, 0xffff, 2);
	assert_true(end_of(&scene, 500 * MIB));
	put(scene.file, 0x206, 0x020e, 2);
	expect_largest(&scene, (low / 2 - 1) / 4096 * 4096, KIMG_E_INITRD_LOW);
	/* One of 64 bits maps all. */
	put(scene.file, 0x236, 1, 2);
	assert_true(end_of(&scene, 500 * MIB));
	free(scene.file);
}

/* 64-bit kernels, and old ones that do not say. */
static void others(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, 2 * GIB, 0);
	put(scene.file, 0x206, 0x020b, 2);
	assert_int_equal(end_of(&scene, 100 * MIB), CERTAIN);
	assert_int_equal(end_of(&scene, 900 * MIB), 2 * GIB);
	assert_int_equal(scene.why.error, KIMG_OK);
	put(scene.file, 0x236, 1, 2);
	assert_int_equal(end_of(&scene, 100 * MIB), CERTAIN);
	put(scene.file, 0x236, 0, 2);
	put(scene.file, 0x206, 0x020c, 2);
	assert_int_equal(end_of(&scene, 900 * MIB), 0);
	put(scene.file, 0x236, 1, 2);
	assert_int_equal(end_of(&scene, 900 * MIB), 2 * GIB);
	assert_int_equal(end_of(&scene, 1), 2 * GIB);
	free(scene.file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(low_memory),
		cmocka_unit_test(struct_pages),
		cmocka_unit_test(options),
		cmocka_unit_test(moved),
		cmocka_unit_test(two_rooms),
		cmocka_unit_test(half),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
