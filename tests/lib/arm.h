/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernels for ARM and arm64 with any header, and a judge of their layouts that shares no
 * code with libboot. Offsets are taken from the text of the boot protocols.
 */
#ifndef TEST_ARM_H
#define TEST_ARM_H

#include "synthetic.h"

struct zimage_recipe {
	size_t size;			/* of the file, without an appended tree */
	bool big;
	uint32_t start;			/* where it is linked at */
	size_t table;			/* offset of the size table; 0: none */
	uint32_t words;			/* of the kernel's entry */
	uint32_t unpacked, bss, text_offset, heap;
	size_t tree;			/* bytes appended */
};

/* Debian's, on a small scale. */
static const struct zimage_recipe usual_zimage = {
	.size = 0x20000, .table = 0x1000, .words = 6,
	.unpacked = 0x300000, .bss = 0x20000, .text_offset = 0x208000, .heap = 0x10000,
};

static inline void put_cpu(unsigned char *file, size_t at, uint32_t value, bool big)
{
	for (size_t i = 0; i < 4; i++)
		file[at + i] = (unsigned char)(value >> (big ? 24 - 8 * i : 8 * i));
}

/* A file of exactly its size. The unpacked size stands in its last bytes. */
static inline unsigned char *bake_zimage(const struct zimage_recipe *recipe, size_t *size)
{
	size_t table = recipe->table;
	bool big = recipe->big;
	unsigned char *file;

	*size = recipe->size + recipe->tree;
	file = malloc(*size);
	assert_non_null(file);
	for (size_t i = 0; i < *size; i++)
		file[i] = (unsigned char)(i * 5 + i / 253);
	put_cpu(file, 0x24, 0x016f2818, big);
	put_cpu(file, 0x28, recipe->start, big);
	put_cpu(file, 0x2c, recipe->start + (uint32_t)recipe->size, big);
	put_cpu(file, 0x30, 0x04030201, big);
	put_cpu(file, 0x34, table ? 0x45454545 : 0, big);
	if (table) {
		/* One that means nothing to us, then the kernel's. */
		put_cpu(file, 0x38, (uint32_t)table, big);
		put_cpu(file, table, 3, big);
		put_cpu(file, table + 4, 0x12345678, big);
		table += 12;
		put_cpu(file, table, recipe->words, big);
		put_cpu(file, table + 4, 0x5a534c4b, big);
		put_cpu(file, table + 8, (uint32_t)recipe->size - 4, big);
		put_cpu(file, table + 12, recipe->bss, big);
		put_cpu(file, table + 16, recipe->text_offset, big);
		put_cpu(file, table + 20, recipe->heap, big);
		put_cpu(file, table + 4 * recipe->words, 0, big);
	}
	put(file, recipe->size - 4, recipe->unpacked, 4);
	if (recipe->tree)
		put_cpu(file, recipe->size, 0xd00dfeed, true);
	return file;
}

struct image_recipe {
	size_t size;
	uint64_t text_offset, image_size, flags;
};

static const struct image_recipe usual_image = {
	.size = 0x200000, .image_size = 0x270000, .flags = 0xa,
};

static inline unsigned char *bake_image(const struct image_recipe *recipe, size_t *size)
{
	unsigned char *file;

	*size = recipe->size;
	file = calloc(1, *size);
	assert_non_null(file);
	put(file, 8, recipe->text_offset, 8);
	put(file, 16, recipe->image_size, 8);
	put(file, 24, recipe->flags, 8);
	memcpy(file + 56, "ARMd", 4);
	return file;
}

/* What a kernel needs, as a judge sees it. */
struct arm_needs {
	struct kimg_range runs;		/* all of this must be RAM, and nothing else in it */
	uint64_t kernel;		/* bytes of memory from the kernel's address on */
	uint64_t low, high;		/* where tree and initrd must start, and end */
};

/* Every rule that holds for both: of the request, the layout and the engine. */
static inline void judge_arm(const struct boot_request *request,
			     const struct boot_layout *layout, const struct arm_needs *needs)
{
	const struct boot_map *usable = request->usable ? request->usable : request->map;
	uint64_t limit = request->limit ? request->limit : UINT64_MAX;
	const struct boot_segment *tree = &layout->segment[layout->segments - 1];
	uint64_t initrd = 0;

	assert_int_equal(layout->segments, 2 + request->initrd_pieces);
	assert_string_equal(layout->segment[0].name, "kernel");
	assert_string_equal(tree->name, "device tree");
	assert_true(judge_ram(usable, needs->runs.start, needs->runs.end));
	assert_true(needs->runs.end - 1 <= limit);
	assert_true(layout->segment[0].at.memsz >= needs->kernel ||
		    needs->runs.start <= layout->segment[0].at.mem);
	assert_true(tree->at.bufsz == request->tree_size && tree->data == request->tree);
	for (uint32_t i = 0; i < layout->segments; i++) {
		uint64_t start = layout->segment[i].at.mem;
		uint64_t end = start + layout->segment[i].at.memsz;

		assert_true(start % 4096 == 0 && end % 4096 == 0 && start < end);
		assert_true(layout->segment[i].at.bufsz <= layout->segment[i].at.memsz);
		assert_true(end - 1 <= limit);
		assert_true(judge_ram(usable, start, end));
		for (uint32_t j = 0; j < i; j++)
			assert_true(apart(start, end, layout->segment[j].at.mem,
					  layout->segment[j].at.mem + layout->segment[j].at.memsz));
		if (!i)
			continue;
		assert_true(apart(start, end, needs->runs.start, needs->runs.end));
		assert_true(start >= needs->low && end <= needs->high);
		if (i == layout->segments - 1)
			continue;
		assert_string_equal(layout->segment[i].name, "initrd");
		assert_ptr_equal(layout->segment[i].data, request->initrd[i - 1].data);
		assert_int_equal(layout->segment[i].at.bufsz, request->initrd[i - 1].size);
		assert_true(!initrd || start == initrd);
		initrd = start + layout->segment[i].at.bufsz;
	}
}

/* The lowest address of RAM. */
static inline uint64_t lowest(const struct boot_map *map)
{
	uint64_t at = UINT64_MAX;

	for (uint32_t i = 0; i < map->count; i++)
		if (map->mem[i].type == BOOT_MEM_RAM && map->mem[i].range.start < at)
			at = map->mem[i].range.start;
	return at;
}

/* A zImage's rules: it finds the start of memory, and unpacks itself without moving before. */
static inline void judge_zimage(const struct boot_request *request,
				const struct boot_layout *layout,
				const struct zimage_recipe *recipe)
{
	uint64_t at = layout->segment[0].at.mem, start = at & 0xf8000000, text, first;
	uint64_t unpacked = recipe->table ? recipe->unpacked : 4 * recipe->size;
	uint64_t bss = recipe->table ? recipe->bss : recipe->size;
	bool more = recipe->table && recipe->words >= 6;
	struct arm_needs needs;

	if (!judge_ram(request->map, start, start + 1))
		start = (lowest(request->map) + 0x1fffff) / 0x200000 * 0x200000;
	text = start + (more ? recipe->text_offset : 0x8000);
	needs = (struct arm_needs){
		/* The page tables lie below: with LPAE 20 KiB. */
		.runs = { text - 0x5000, text + unpacked + bss },
		.kernel = recipe->size + 0x1000 + (more ? recipe->heap : 0x10000),
		.low = start,
		.high = start + 0x30000000,
	};
	assert_true(at >= text + unpacked);
	assert_true(layout->segment[0].at.memsz >= needs.kernel);
	assert_int_equal(layout->segment[0].at.bufsz, recipe->size);
	judge_arm(request, layout, &needs);
	assert_int_equal(layout->entry.machine, KLEAP_ARM);
	assert_int_equal(layout->entry.address, at);
	assert_int_equal(layout->entry.reg[KLEAP_ARM_R0], 0);
	assert_int_equal(layout->entry.reg[KLEAP_ARM_R1], 0xffffffff);
	assert_int_equal(layout->entry.reg[KLEAP_ARM_R2],
			 layout->segment[layout->segments - 1].at.mem);
	first = lowest(request->map) & 0xf8000000;
	if (!judge_ram(request->map, first, first + 1))
		first = (lowest(request->map) + 0x1fffff) / 0x200000 * 0x200000;
	assert_int_equal(layout->relocated, start != first);
}

/* An Image's rules. */
static inline void judge_image(const struct boot_request *request,
			       const struct boot_layout *layout,
			       const struct image_recipe *recipe)
{
	uint64_t at = layout->segment[0].at.mem;
	uint64_t offset = recipe->image_size ? recipe->text_offset : 0x80000;
	uint64_t size = recipe->image_size ? recipe->image_size : recipe->size + 0x1000000;
	uint64_t tree = layout->segment[layout->segments - 1].at.mem;
	struct arm_needs needs = {
		.runs = { at, at + size },
		.high = (at - offset) / GIB * GIB + 32 * GIB,
	};
	uint64_t up = (at + size + GIB - 1) / GIB * GIB;

	needs.low = !(recipe->flags & 8) ? at - offset : up > 32 * GIB ? up - 32 * GIB : 0;

	assert_int_equal((at - offset) % 0x200000, 0);
	judge_arm(request, layout, &needs);
	assert_int_equal(tree / 0x200000, (tree + request->tree_size - 1) / 0x200000);
	assert_true(recipe->flags & 8 || tree + request->tree_size <= at - offset + 0x20000000);
	assert_int_equal(layout->entry.machine, KLEAP_ARM64);
	assert_int_equal(layout->entry.address, at);
	assert_int_equal(layout->entry.reg[KLEAP_ARM64_X0], tree);
	for (size_t i = 1; i < KLEAP_REGISTERS; i++)
		assert_int_equal(layout->entry.reg[i], 0);
}

#endif
