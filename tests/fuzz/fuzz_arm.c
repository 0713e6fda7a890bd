/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzer: kernels for ARM and arm64, and the layouts made of them.
 *
 * The input makes a good zImage or Image, damages some of its bytes, and makes the machine
 * that it is laid out for. A file may be refused for one of the reasons that the functions
 * name; a layout must obey every rule of tests/lib/arm.h, which reads the file for itself;
 * and the nearest place that would do must do.
 */
#include "fuzz.h"
#include "arm.h"
#include "identify.h"

struct world {
	struct boot_request request;
	struct boot_map map, usable, unused;
	char line[40];
	uint64_t option;		/* of lines[] */
	unsigned char tree[3 * MIB];
	struct boot_piece piece[2];
};

static struct world world;
static struct boot_layout layout;

static unsigned char *take_zimage(struct input *input, size_t *size)
{
	struct zimage_recipe recipe = usual_zimage;
	uint64_t kind = take(input, 1);

	recipe.big = kind & 1;
	recipe.size = 0x2000 + (size_t)take(input, 2);
	recipe.table = kind & 2 ? 0x1000 : 0;
	recipe.words = kind & 4 ? 6 : 4;
	recipe.tree = kind & 8 ? 100 : 0;
	if (kind & 16)
		recipe.unpacked = (uint32_t)take_odd(input);
	if (kind & 32)
		recipe.bss = (uint32_t)take_odd(input);
	if (kind & 64)
		recipe.text_offset = (uint32_t)(take(input, 2) << 16 | 0x8000);
	if (kind & 128)
		recipe.heap = (uint32_t)take_odd(input);
	return bake_zimage(&recipe, size);
}

static unsigned char *take_image(struct input *input, size_t *size)
{
	struct image_recipe recipe = usual_image;
	uint64_t kind = take(input, 1);

	recipe.size = 0x1000 + (size_t)take(input, 2);
	recipe.flags = kind & 15;
	if (kind & 16)
		recipe.image_size = take_odd(input);
	if (kind & 32)
		recipe.text_offset = take(input, 2) << 12;
	if (kind & 64)
		recipe.image_size = 0;
	return bake_image(&recipe, size);
}

/* A file of exactly its size; the caller's to free(). */
static unsigned char *take_file(struct input *input, size_t *size)
{
	unsigned char *file, *cut;

	file = take(input, 1) & 1 ? take_zimage(input, size) : take_image(input, size);
	for (uint64_t i = take(input, 1) % 8; i > 0; i--) {
		size_t at = (size_t)take(input, 2) % (i % 4 ? 0x60 : *size);

		file[at] = (unsigned char)take(input, 1);
	}
	if (take(input, 1) % 8 != 1)
		return file;
	*size = (size_t)take_below(input, *size + 1);
	cut = malloc(*size ? *size : 1);
	HOLDS(cut);
	memcpy(cut, file, *size);
	free(file);
	return cut;
}

/* Memory from somewhere up, with holes and what is reserved. */
static void take_map(struct input *input, struct boot_map *map)
{
	static const uint64_t starts[] = { 0, 0x40000000, 0x80000000, 0x10000000, 0x8000000000 };
	uint64_t at = starts[take(input, 1) % 5] + (take(input, 1) % 4 << 20);
	struct kimg_why why;

	map->count = 0;
	for (uint64_t i = take(input, 1) % 8; i > 0; i--) {
		uint64_t kind = take(input, 1), size = (1 + take(input, 2)) << (kind & 64 ? 20 : 12);

		if (kind & 128)
			at += take_odd(input);
		if (at + size < at)
			break;
		boot_map_add(map, at, at + size, kind % 4 ? BOOT_MEM_RAM : BOOT_MEM_RESERVED, &why);
		at += size;
	}
}

/* Command lines, and what mem= in them leaves: from `start` or, if that is 0, of all memory. */
static const struct { const char *text; uint64_t start, size; } lines[] = {
	{ "", 0, 0 }, { "mem=64M", 0, 64 * MIB }, { "vmalloc=500M", 0, 0 },
	{ "mem=3G vmalloc=1M", 0, 3 * GIB }, { "vmalloc=-1", 0, 0 },
	{ "mem=96M@0x48000000", 0x48000000, 96 * MIB },
};

static void take_world(struct input *input)
{
	struct boot_request *request = &world.request;
	uint64_t has = take(input, 1);

	memset(request, 0, sizeof(*request));
	take_map(input, &world.map);
	request->map = &world.map;
	if (has & 1) {
		take_map(input, &world.usable);
		request->usable = &world.usable;
	}
	if (has & 2) {
		take_map(input, &world.unused);
		request->unused = &world.unused;
	}
	world.option = take(input, 1) % 6;
	strcpy(world.line, lines[world.option].text);
	request->command_line = world.line;
	request->tree = world.tree;
	request->tree_size = 1 + (size_t)(has & 4 ? take(input, 3) % sizeof(world.tree) : take(input, 1));
	world.piece[0] = (struct boot_piece){ world.tree, 4096 * (take(input, 1) % 64) };
	world.piece[1] = (struct boot_piece){ world.tree, has & 8 ? take_odd(input) : take(input, 2) };
	request->initrd = world.piece;
	if (has & 16)
		request->initrd_pieces = world.piece[0].size && world.piece[1].size ? 2 : 1;
	if (has & 32)
		request->limit = take_odd(input);
	if (has & 64)
		request->initrd_at = (world.map.count ? world.map.mem[0].range.start : 0) +
				     (take(input, 2) << 12);
	if (has & 128)
		request->tree_at = (world.map.count ? world.map.mem[0].range.start : 0) +
				   (take(input, 2) << 12);
}

static uint32_t cpu32(const unsigned char *file, size_t at, bool big)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 4; i++)
		value |= (uint32_t)file[at + i] << (big ? 24 - 8 * i : 8 * i);
	return value;
}

/* The RAM below an address. */
static uint64_t ram_below(uint64_t end)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < world.map.count; i++) {
		const struct boot_mem *mem = &world.map.mem[i];

		if (mem->type == BOOT_MEM_RAM && mem->range.start < end)
			bytes += (mem->range.end < end ? mem->range.end : end) - mem->range.start;
	}
	return bytes;
}

/* Does all lie in what mem= leaves? */
static void judge_option(void)
{
	uint64_t size = lines[world.option].size, start = lines[world.option].start;

	if (!start)
		start = layout.memory_start;
	for (uint32_t i = 0; size && i < layout.segments; i++) {
		uint64_t at = layout.segment[i].at.mem, end = at + layout.segment[i].at.memsz;

		if (layout.entry.machine == KLEAP_ARM64)
			HOLDS(ram_below(end) <= size);
		else
			HOLDS(at >= start && end <= start + size);
	}
}

/* What the file says, read without libboot; it was accepted, so the offsets are good. */
static void judge(void)
{
	const unsigned char *file = world.request.kernel;
	struct zimage_recipe zimage = { .big = file[0x24] == 1 };
	struct image_recipe image = {
		.size = world.request.kernel_size,
		.text_offset = get(file, 8, 8), .image_size = get(file, 16, 8), .flags = get(file, 24, 8),
	};
	bool big = zimage.big;
	size_t at;

	judge_option();
	if (layout.entry.machine == KLEAP_ARM64) {
		judge_image(&world.request, &layout, &image);
		return;
	}
	zimage.size = cpu32(file, 0x2c, big) - cpu32(file, 0x28, big);
	for (at = cpu32(file, 0x34, big) == 0x45454545 ? cpu32(file, 0x38, big) : 0;
	     at && !zimage.table && cpu32(file, at, big); at += 4 * (size_t)cpu32(file, at, big)) {
		if (cpu32(file, at + 4, big) != 0x5a534c4b)
			continue;
		zimage.table = at;
		zimage.words = cpu32(file, at, big);
		zimage.unpacked = (uint32_t)get(file, cpu32(file, at + 8, big), 4);
		zimage.bss = cpu32(file, at + 12, big);
		if (zimage.words >= 6) {
			zimage.text_offset = cpu32(file, at + 16, big);
			zimage.heap = cpu32(file, at + 20, big);
		}
	}
	judge_zimage(&world.request, &layout, &zimage);
}

/* A refusal that names a place: there it fits, unless something else has no room then. */
static void judge_place(const struct kimg_why *why)
{
	struct kimg_why again = { 0 };

	HOLDS(why->d);
	if (why->seg)
		world.request.initrd_at = why->d;
	else
		world.request.tree_at = why->d;
	if (!boot_kernel(&world.request, &layout, &again)) {
		judge();
		return;
	}
	/* It was the first of the two, and the other does not fit beside it; nor with the kernel elsewhere. */
	HOLDS(again.seg != why->seg || again.d != why->d);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size };
	struct boot_identity identity;
	struct kimg_why why = { 0 };
	unsigned char *file;

	file = take_file(&input, &world.request.kernel_size);
	size = world.request.kernel_size;
	take_world(&input);
	world.request.kernel = file;
	world.request.kernel_size = size;
	boot_identify(file, size, &identity);
	if (identity.cpu == BOOT_CPU_ARM || identity.cpu == BOOT_CPU_ARM64) {
		struct boot_piece tree = boot_appended_tree(file, size);

		HOLDS(!tree.size || ((const unsigned char *)tree.data >= file &&
				     (const unsigned char *)tree.data + tree.size == file + size));
		switch (boot_kernel(&world.request, &layout, &why)) {
		case KIMG_OK:
			judge();
			break;
		case KIMG_E_PLACE_RUN_OVER:
		case KIMG_E_PLACE_NO_RAM:
		case KIMG_E_PLACE_LOW:
			judge_place(&why);
			break;
		case KIMG_E_FILE_MAGIC:
		case KIMG_E_FILE_TRUNCATED:
		case KIMG_E_FILE_HEADER:
		case KIMG_E_MAP_EMPTY:
		case KIMG_E_LIMIT_LOW:
		case KIMG_E_TREE_LARGE:
		case KIMG_E_UNPACK_NO_ROOM:
		case KIMG_E_KERNEL_NO_ROOM:
		case KIMG_E_INITRD_EMPTY:
		case KIMG_E_INITRD_NO_ROOM:
		case KIMG_E_TREE_NO_ROOM:
		case KIMG_E_MEM_NONE:
			break;
		default:
			broken("error %u", why.error);
		}
	}
	free(file);
	return 0;
}
