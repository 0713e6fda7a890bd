// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kernels as ELF files: memory after a load is what the program headers say, byte by
 * byte, and what cannot be is refused. Pictures: a character is 0x400 bytes, a letter
 * is data, . zeros of a part, | begins a page.
 */
#include "files.h"
#include "vmlinux.h"

struct scene {
	unsigned char *file;
	struct boot_map map;
	struct boot_request request;
	struct boot_layout layout;
	struct boot_piece piece;
};

#define FILE_SIZE 0x20000u

static void open_scene(struct scene *scene, bool wide, uint64_t entry,
		       const struct part *part, unsigned int count)
{
	static unsigned char initrd[70000];

	memset(scene, 0, sizeof(*scene));
	scene->file = bake_elf(wide, 2, wide ? 62 : 3, entry, part, count, FILE_SIZE);
	for (size_t i = 0x1000; i < FILE_SIZE; i++)
		scene->file[i] = (unsigned char)(i * 7 + i / 251 + 1);
	pc_map(&scene->map, 0x40000000, 0);
	scene->request.kernel = scene->file;
	scene->request.kernel_size = FILE_SIZE;
	scene->request.command_line = "console=ttyS0";
	scene->request.map = &scene->map;
	scene->piece = (struct boot_piece){ initrd, sizeof(initrd) };
	scene->request.initrd = &scene->piece;
	scene->request.initrd_pieces = 1;
	memset(&scene->layout, 0xa5, sizeof(scene->layout));
}

static void laid_out(struct scene *scene)
{
	struct kimg_why why = { 0 };
	char text[256];

	if (boot_kernel(&scene->request, &scene->layout, &why)) {
		kimg_explain(&why, text, sizeof(text));
		fail_msg("%s: %s", kimg_error_id(why.error), text);
	}
	if (!judge_vmlinux(&scene->request, &scene->layout, text))
		fail_msg("%s", text);
}

/* Lay out these parts; return the number of the kernel's segments. */
static uint32_t parts_laid_out(bool wide, uint64_t entry, const struct part *part,
			       unsigned int count)
{
	struct scene *scene = malloc(sizeof(*scene));
	uint32_t segments;

	open_scene(scene, wide, entry, part, count);
	laid_out(scene);
	segments = scene->layout.segments - 2 - wide;
	/* The same if the running kernel has 64 bits, with four levels of tables and five. */
	scene->request.long_mode = true;
	laid_out(scene);
	assert_int_equal(scene->layout.segments - 2 - wide, segments);
	scene->request.five_levels = true;
	laid_out(scene);
	assert_int_equal(scene->layout.segments - 2 - wide, segments);
	free(scene->file);
	free(scene);
	return segments;
}

static void refused(bool wide, uint64_t entry, const struct part *part, unsigned int count,
		    enum kimg_error error, uint64_t a)
{
	struct scene *scene = malloc(sizeof(*scene));
	struct kimg_why why = { 0 };

	open_scene(scene, wide, entry, part, count);
	if (boot_kernel(&scene->request, &scene->layout, &why) != error || why.a != a)
		fail_msg("%s with %llx, not %s", kimg_error_id(why.error),
			 (unsigned long long)why.a, kimg_error_id(error));
	free(scene->file);
	free(scene);
}

/* As Linux is linked: |TTTTTTTT|DDDD....| */
static void as_linux(void **state)
{
	static const struct part part[] = {
		{ 0x1000000, 0x1f00, 0x1000, 0x1f00, 0xc1000000 },
		{ 0x1002000, 0x3000, 0x3000, 0x1000, 0xc1002000 },
	};

	(void)state;
	assert_int_equal(parts_laid_out(false, 0x1000000, part, 2), 2);
	assert_int_equal(parts_laid_out(true, 0x1000010, part, 2), 2);
	/* An entry that is virtual, as in other ELF files. */
	assert_int_equal(parts_laid_out(false, 0xc1000004, part, 2), 2);
}

static void pages_that_are_shared(void **state)
{
	/* |AAAA|AB|BBBB| with a gap in the middle page */
	static const struct part two[] = {
		{ 0x1000000, 0x1400, 0x1000, 0x1400, 0 }, { 0x1001800, 0x1800, 0x2800, 0x1800, 0 },
	};
	/* |ABC.|, in one page, and the last goes on: |...|..| */
	static const struct part three[] = {
		{ 0x1000000, 0x400, 0x1000, 0x400, 0 }, { 0x1000400, 0x400, 0x1400, 0x300, 0 },
		{ 0x1000800, 0x2000, 0x1800, 0x400, 0 },
	};
	/* Not in order, in the middle of pages, with zeros: | A.|..B |C| */
	static const struct part odd[] = {
		{ 0x1004000, 1, 0x5000, 1, 0 }, { 0x1000400, 0x1000, 0x1400, 0x800, 0 },
		{ 0x1002800, 0x400, 0x3000, 0x400, 0 },
	};
	/* |AAAA|AAAB|BBBB|BBBC|CCCC| */
	static const struct part chain[] = {
		{ 0x1000000, 0x1c00, 0x1000, 0x1c00, 0 }, { 0x1001c00, 0x2000, 0x2c00, 0x2000, 0 },
		{ 0x1003c00, 0x1400, 0x4c00, 0x1400, 0 },
	};
	/* |AAAB|BBBC|: the second is in two pages that are made. */
	static const struct part made[] = {
		{ 0x1000000, 0xc00, 0x1000, 0xc00, 0 }, { 0x1000c00, 0x1000, 0x1c00, 0x1000, 0 },
		{ 0x1001c00, 0x400, 0x2c00, 0x400, 0 },
	};
	/* A part without data. */
	static const struct part bss[] = {
		{ 0x1000000, 0x1000, 0x1000, 0x1000, 0 }, { 0x1001000, 0x5000, 0x2000, 0, 0 },
		{ 0x1008000, 0, 0x2000, 0, 0 },
	};

	(void)state;
	assert_int_equal(parts_laid_out(false, 0x1000000, two, 2), 3);
	assert_int_equal(parts_laid_out(false, 0x1000000, three, 3), 2);
	assert_int_equal(parts_laid_out(false, 0x1000400, odd, 3), 4);
	assert_int_equal(parts_laid_out(true, 0x1000000, chain, 3), 5);
	assert_int_equal(parts_laid_out(true, 0x1000000, made, 3), 2);
	assert_int_equal(parts_laid_out(true, 0x1000000, bss, 3), 2);
}

static void what_cannot_be(void **state)
{
	static const struct part good = { 0x1000000, 0x2000, 0x1000, 0x1000, 0xc1000000 };
	struct part part[20] = { good };

	(void)state;
	/* Where the fields are: the header of 52 or 64 bytes, then program headers. */
	refused(false, 0, part, 1, KIMG_E_FILE_HEADER, 24);
	refused(false, 0x1001000, part, 1, KIMG_E_FILE_HEADER, 24);
	refused(false, 0xfffffff, part, 1, KIMG_E_FILE_HEADER, 24);
	refused(false, 0xc1001000, part, 1, KIMG_E_FILE_HEADER, 24);
	refused(false, 0xc0ffffff, part, 1, KIMG_E_FILE_HEADER, 24);
	refused(true, 0x1000000, part, 0, KIMG_E_FILE_HEADER, 56);
	refused(false, 0x1000000, part, 0, KIMG_E_FILE_HEADER, 44);
	part[0].memory = 0xfff;
	refused(false, 0x1000000, part, 1, KIMG_E_FILE_HEADER, 52 + 20);
	refused(true, 0x1000000, part, 1, KIMG_E_FILE_HEADER, 64 + 40);
	part[0] = good;
	part[0].at = FILE_SIZE - 0xfff;
	refused(false, 0x1000000, part, 1, KIMG_E_FILE_TRUNCATED, FILE_SIZE);
	part[0].at = SIZE_MAX;
	if (sizeof(size_t) > 4)
		refused(true, 0x1000000, part, 1, KIMG_E_FILE_HEADER, 64 + 8);
	part[0] = good;
	part[0].physical = 4 * GIB;
	refused(true, 4 * GIB, part, 1, KIMG_E_FILE_HEADER, 64 + 24);
	part[0].physical = 4 * GIB - 0x1000;
	refused(true, 4 * GIB - 0x1000, part, 1, KIMG_E_FILE_HEADER, 64 + 24);
	part[0].physical = 0xfffff000;
	refused(false, 0xfffff000, part, 1, KIMG_E_FILE_HEADER, 52 + 12);

	/* An entry point in a part that is not loaded. */
	part[0] = part[1] = good;
	part[1].physical = 0x2000000;
	part[1].virtual = 0xc2000000;
	part[1].memory = 0;
	refused(false, 0xc2000000, part, 2, KIMG_E_FILE_HEADER, 24);

	/* Two that overlap. */
	part[0] = part[1] = good;
	part[1].physical += 0x1fff;
	refused(false, 0x1000000, part, 2, KIMG_E_FILE_HEADER, 52 + 32 + 12);
	refused(true, 0x1000000, part, 2, KIMG_E_FILE_HEADER, 64 + 56 + 24);

	/* Too many, and too many once the pages that they share are counted. */
	for (unsigned int i = 0; i < 20; i++) {
		part[i] = good;
		part[i].physical += i * 0x2000;
	}
	parts_laid_out(false, 0x1000000, part, 13);
	refused(false, 0x1000000, part, 14, KIMG_E_SEGMENTS_TOO_MANY, 14);
	refused(false, 0x1000000, part, 20, KIMG_E_SEGMENTS_TOO_MANY, 20);
	for (unsigned int i = 0; i < 10; i++) {
		part[i].physical = 0x1000000 + i * 0x3800;
		part[i].memory = 0x3800;
	}
	refused(false, 0x1000000, part, 10, KIMG_E_SEGMENTS_TOO_MANY, 14);
}

static void no_ram_there(void **state)
{
	static const struct part low = { 0xff000, 0x2000, 0x1000, 0x1000, 0 };
	static const struct part lowest = { 0x10000, 0x2000, 0x1000, 0x1000, 0 };
	static const struct part high = { 0x40000000 - 0x1000, 0x1001, 0x1000, 0x1000, 0 };
	static const struct part good = { 0x1000000, 0x2000, 0x1000, 0x1000, 0 };
	struct scene *scene = malloc(sizeof(*scene));
	struct kimg_why why;

	(void)state;
	refused(false, 0xff000, &low, 1, KIMG_E_KERNEL_FIXED, 0x2000);
	refused(false, 0x10000, &lowest, 1, KIMG_E_KERNEL_FIXED, 0x2000);
	refused(false, 0x3ffff000, &high, 1, KIMG_E_KERNEL_FIXED, 0x1001);
	open_scene(scene, true, 0x1000000, &good, 1);
	scene->request.limit = 0x1001fff;
	scene->request.initrd_pieces = 0;
	assert_int_equal(boot_kernel(&scene->request, &scene->layout, &why), KIMG_OK);
	scene->request.limit--;
	assert_int_equal(boot_kernel(&scene->request, &scene->layout, &why), KIMG_E_KERNEL_FIXED);
	/* Room for everything but the way into 64 bits: seven tables and a page of code. */
	scene->request.limit = 0;
	for (uint32_t direct = 0; direct < 2; direct++) {
		scene->request.long_mode = direct;
		scene->map.count = 0;
		add_memory(&scene->map, 0x1000000, 0x1002000 + (9 - direct) * 4096, BOOT_MEM_RAM);
		assert_int_equal(boot_kernel(&scene->request, &scene->layout, &why),
				 KIMG_E_PARAMS_NO_ROOM);
		assert_int_equal(why.a, (8 - direct) * 4096);
		scene->map.count = 0;
		add_memory(&scene->map, 0x1000000, 0x1002000 + (10 - direct) * 4096, BOOT_MEM_RAM);
		laid_out(scene);
	}
	/* Nothing is put above 4 GiB: the file does not say whether it may be. */
	add_memory(&scene->map, 4 * GIB, 5 * GIB, BOOT_MEM_RAM);
	scene->request.initrd_pieces = 1;
	assert_int_equal(boot_kernel(&scene->request, &scene->layout, &why), KIMG_E_INITRD_NO_ROOM);
	free(scene->file);
	free(scene);
}

static void other_files(void **state)
{
	static const struct part good = { 0x1000000, 0x2000, 0x1000, 0x1000, 0 };
	struct scene *scene = malloc(sizeof(*scene));
	struct kimg_why why;

	(void)state;
	open_scene(scene, true, 0x1000000, &good, 1);
	assert_int_equal(boot_protocol_of(scene->file, FILE_SIZE), 0x020f);
	put(scene->file, 18, 183, 2);
	assert_int_equal(boot_kernel(&scene->request, &scene->layout, &why), KIMG_E_FILE_MAGIC);
	put(scene->file, 18, 3, 2);
	assert_int_equal(boot_kernel(&scene->request, &scene->layout, &why), KIMG_E_FILE_MAGIC);
	scene->file[0] = 0;
	assert_int_equal(boot_kernel(&scene->request, &scene->layout, &why), KIMG_E_FILE_MAGIC);
	assert_int_equal(boot_vmlinux(&scene->request, &scene->layout, &why), KIMG_E_FILE_MAGIC);
	assert_int_equal(why.c, 0x464c457f);
	free(scene->file);
	free(scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_linux),
		cmocka_unit_test(pages_that_are_shared),
		cmocka_unit_test(what_cannot_be),
		cmocka_unit_test(no_ram_there),
		cmocka_unit_test(other_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
