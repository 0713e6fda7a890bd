// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kernel files that are damaged or hostile, and machines that are too small:
 * each gives the error that names the fault, or a layout that obeys every rule.
 */
#define _DEFAULT_SOURCE		/* MAP_ANONYMOUS */
#include "synthetic.h"

#include <sys/mman.h>

static const unsigned char initrd_bytes[300000];
/* The initrd of every request. */
static struct boot_piece piece = { initrd_bytes, 0 };

static void prepare(struct boot_request *request, const struct boot_map *map,
		    const unsigned char *file, size_t size)
{
	memset(request, 0, sizeof(*request));
	request->kernel = file;
	request->kernel_size = size;
	request->command_line = "quiet";
	request->map = map;
	piece.size = sizeof(initrd_bytes);
	request->initrd = &piece;
	request->initrd_pieces = 1;
}

/*
 * Lay out; whatever comes must be sound. Returns the error.
 */
static enum kimg_error any_outcome(const struct boot_request *request,
				   struct kimg_why *why)
{
	struct boot_layout layout;
	enum kimg_error error;
	char text[256];

	memset(&layout, 0xa5, sizeof(layout));
	memset(why, 0, sizeof(*why));
	error = boot_bzimage(request, &layout, why);
	assert_int_equal(error, why->error);
	if (!error && !judge_layout(request, &layout, text))
		fail_msg("%s", text);
	if (error) {
		assert_int_equal(kimg_error_group(error), KIMG_GROUP_FILE);
		assert_true(kimg_explain(why, text, sizeof(text)) > 0);
	}
	return error;
}

/*
 * Change `bytes` at `at` of a good file; the outcome must be `wanted`.
 */
static void patched(const struct recipe *recipe, size_t at, uint64_t value,
		    size_t bytes, enum kimg_error wanted)
{
	struct boot_request request;
	struct boot_map map;
	struct kimg_why why;
	size_t size;
	unsigned char *file = bake(recipe, &size);

	pc_map(&map, 0x40000000, 0);
	put(file, at, value, bytes);
	prepare(&request, &map, file, size);
	if (any_outcome(&request, &why) != wanted)
		fail_msg("0x%llx at 0x%zx: %s, not %s", (unsigned long long)value, at,
			 kimg_error_id(why.error), kimg_error_id(wanted));
	if (wanted == KIMG_E_FILE_HEADER)
		assert_int_equal(why.a, at);
	free(file);
}

static void header_fields(void **state)
{
	struct recipe fixed = usual;

	(void)state;
	fixed.relocatable = 0;
	patched(&usual, 0x1fe, 0x55aa, 2, KIMG_E_FILE_MAGIC);
	patched(&usual, 0x202, 0, 4, KIMG_E_FILE_MAGIC);
	patched(&usual, 0x206, 0x0205, 2, KIMG_E_FILE_PROTOCOL);
	patched(&usual, 0x206, 0x0000, 2, KIMG_E_FILE_PROTOCOL);
	patched(&usual, 0x206, 0x0206, 2, KIMG_OK);
	patched(&usual, 0x201, 0x00, 1, KIMG_E_FILE_HEADER);
	patched(&usual, 0x201, 0x61, 1, KIMG_E_FILE_HEADER);
	patched(&usual, 0x201, 0x62, 1, KIMG_OK);
	patched(&usual, 0x201, 0x8e, 1, KIMG_OK);
	patched(&usual, 0x201, 0x8f, 1, KIMG_OK);	/* longer than the zero page takes */
	patched(&usual, 0x201, 0xff, 1, KIMG_OK);
	patched(&usual, 0x211, 0x80, 1, KIMG_E_FILE_NOT_HIGH);
	patched(&usual, 0x214, 0, 4, KIMG_E_FILE_REAL_MODE);
	patched(&usual, 0x214, 0x1000, 4, KIMG_E_FILE_REAL_MODE);
	patched(&usual, 0x214, 0x100010, 4, KIMG_E_FILE_REAL_MODE);
	patched(&usual, 0x1f4, 40000 / 16 + 1, 4, KIMG_E_FILE_TRUNCATED);
	patched(&usual, 0x1f4, 0xffffffff, 4, KIMG_E_FILE_TRUNCATED);
	patched(&usual, 0x1f4, 0, 4, KIMG_OK);
	patched(&usual, 0x230, 0, 4, KIMG_E_FILE_HEADER);
	patched(&usual, 0x230, 0x200001, 4, KIMG_E_FILE_HEADER);
	patched(&usual, 0x230, 1, 4, KIMG_OK);
	patched(&usual, 0x235, 32, 1, KIMG_E_FILE_HEADER);
	patched(&usual, 0x235, 31, 1, KIMG_OK);
	patched(&usual, 0x258, 1ull << 32, 8, KIMG_E_KERNEL_NO_ROOM);
	patched(&usual, 0x258, UINT64_MAX, 8, KIMG_E_KERNEL_NO_ROOM);
	patched(&fixed, 0x258, 1ull << 32, 8, KIMG_E_KERNEL_FIXED);
	patched(&fixed, 0x258, UINT64_MAX - 0xfff, 8, KIMG_E_KERNEL_FIXED);
	patched(&usual, 0x258, 0, 8, KIMG_OK);
	patched(&usual, 0x258, 0x1000001, 8, KIMG_OK);
	patched(&fixed, 0x258, 0x1000001, 8, KIMG_E_FILE_HEADER);
	patched(&fixed, 0x258, 0x10000, 8, KIMG_E_FILE_HEADER);
	patched(&fixed, 0x258, 0xfffff000, 8, KIMG_E_KERNEL_FIXED);
	patched(&usual, 0x258, 0xfffff001, 8, KIMG_E_KERNEL_NO_ROOM);
	patched(&usual, 0x230, 0x80000000, 4, KIMG_OK);	/* at its least alignment */
	patched(&usual, 0x260, 0, 4, KIMG_OK);
	patched(&usual, 0x260, 1, 4, KIMG_OK);
	patched(&usual, 0x260, 0xffffffff, 4, KIMG_E_KERNEL_NO_ROOM);
	patched(&fixed, 0x260, 0xffffffff, 4, KIMG_E_KERNEL_FIXED);
	patched(&usual, 0x22c, 0, 4, KIMG_E_INITRD_NO_ROOM);
	patched(&usual, 0x22c, 0xfffff, 4, KIMG_E_INITRD_NO_ROOM);
	patched(&usual, 0x238, 0, 4, KIMG_E_CMDLINE_TOO_LONG);
	patched(&usual, 0x238, 5, 4, KIMG_OK);
}

/*
 * The smallest ipxe.lkrn: all of it is real-mode code, which a leap cannot enter.
 */
static void real_mode_code(void **state)
{
	static unsigned char file[6 * 512 + 4096];
	struct boot_request request;
	struct boot_map map;
	struct kimg_why why;

	(void)state;
	put(file, 0x1f1, 5, 1);
	put(file, 0x1f4, 256, 4);
	put(file, 0x1fe, 0xaa55, 2);
	put(file, 0x200, 0x3aeb, 2);
	memcpy(file + 0x202, "HdrS", 4);
	put(file, 0x206, 0x0207, 2);
	put(file, 0x211, 1, 1);
	put(file, 0x238, 2047, 4);
	memset(file + 6 * 512, 0xff, 4096);
	pc_map(&map, 0x40000000, 0);
	prepare(&request, &map, file, sizeof(file));
	request.initrd_pieces = 0;
	assert_int_equal(any_outcome(&request, &why), KIMG_E_FILE_REAL_MODE);
	assert_int_equal(why.a, 0);
	/* With an entry it would be a kernel that runs at 1 MiB. */
	put(file, 0x214, 0x100000, 4);
	assert_int_equal(any_outcome(&request, &why), KIMG_OK);
}

/*
 * A kernel that prefers to be above 4 GiB is put there, or nowhere: loaded below, it would
 * move itself there, over whatever it finds.
 */
static void prefers_too_high(void **state)
{
	struct recipe recipe = usual_high();
	struct boot_layout layout;
	struct boot_request request;
	struct boot_map map;
	struct kimg_why why;
	size_t size;
	unsigned char *file;

	(void)state;
	recipe.preferred = 5 * GIB;
	file = bake(&recipe, &size);
	pc_map(&map, 0x40000000, 6 * GIB);
	prepare(&request, &map, file, size);
	assert_int_equal(any_outcome(&request, &why), KIMG_E_KERNEL_NO_ROOM);
	assert_int_equal(why.c, 5 * GIB);
	assert_int_equal(why.d, 4 * GIB);
	request.long_mode = true;
	lay_out(&request, &layout);
	assert_int_equal(layout.kernel_runs.start, 5 * GIB);
	assert_false(layout.relocated);
	request.limit = 5 * GIB - 1;
	assert_int_equal(any_outcome(&request, &why), KIMG_E_LIMIT_LOW);
	assert_int_equal(why.a, 5 * GIB);
	assert_int_equal(why.b, 5 * GIB);
	free(file);
}

/*
 * A file cut at any length: an error, and never one byte read beyond. The
 * sanitizer watches: each file is allocated at exactly its length.
 */
static void truncated(void **state)
{
	struct boot_request request;
	struct boot_map map;
	struct kimg_why why;
	size_t size, length;
	unsigned char *whole = bake(&usual, &size);

	(void)state;
	pc_map(&map, 0x40000000, 0);
	for (length = 0; length < size; length += length < 0x900 ? 1 : 97) {
		unsigned char *file = malloc(length + !length);
		enum kimg_error error;

		memcpy(file, whole, length);
		prepare(&request, &map, file, length);
		error = any_outcome(&request, &why);
		if (error != KIMG_E_FILE_TRUNCATED &&
		    !(error == KIMG_OK && length >= size - 15))
			fail_msg("cut to %zu: %s", length, kimg_error_id(error));
		if (error) {
			assert_int_equal(why.a, length);
			assert_true(why.b > length);
		}
		free(file);
	}
	free(whole);
}

/* A file that no 32-bit machine could hold, of pages that nobody wrote. */
static void larger_than_4gib(void **state)
{
	size_t size, setup = 4 * 512, most = (size_t)(4 * GIB);
	unsigned char *good = bake(&usual, &size), *file;
	struct boot_request request;
	struct boot_map map;
	struct kimg_why why;

	(void)state;
	if (!most) {
		free(good);
		skip();
	}
	file = mmap(NULL, setup + most, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(file != MAP_FAILED);
	memcpy(file, good, setup);
	pc_map(&map, 0x40000000, 0);
	prepare(&request, &map, file, setup + most - 4096);
	assert_int_equal(any_outcome(&request, &why), KIMG_E_FILE_HEADER);
	assert_int_equal(why.a, 0x1f4);
	request.kernel_size--;
	assert_int_equal(any_outcome(&request, &why), KIMG_E_KERNEL_NO_ROOM);
	munmap(file, setup + most);
	free(good);
}

/* Every bit of the header, in a new and an old kernel, movable or not. */
static void bit_flips(void **state)
{
	static const uint16_t protocols[] = { 0x0206, 0x020a, 0x020c, 0x020f };
	uint64_t sound = 0, refused = 0;
	struct boot_request request;
	struct boot_map map;
	struct kimg_why why;

	(void)state;
	pc_map(&map, 0x40000000, 6 * GIB);
	for (unsigned int kind = 0; kind < 8; kind++) {
		struct recipe recipe = usual;
		unsigned char *file;
		size_t size;

		recipe.protocol = protocols[kind / 2];
		recipe.relocatable = kind % 2;
		file = bake(&recipe, &size);
		prepare(&request, &map, file, size);
		for (size_t bit = 0x1f0 * 8; bit < 0x298 * 8; bit++) {
			file[bit / 8] ^= (unsigned char)(1u << bit % 8);
			if (any_outcome(&request, &why))
				refused++;
			else
				sound++;
			file[bit / 8] ^= (unsigned char)(1u << bit % 8);
		}
		assert_int_equal(any_outcome(&request, &why), KIMG_OK);
		free(file);
	}
	assert_true(sound > 100 && refused > 100);
}

static void initrds(void **state)
{
	struct recipe recipe = usual_64();
	struct boot_request request;
	struct boot_map map;
	struct kimg_why why;
	size_t size;
	unsigned char *file = bake(&recipe, &size);

	(void)state;
	pc_map(&map, 0x40000000, 0);
	prepare(&request, &map, file, size);

	piece.size = 0;
	assert_int_equal(any_outcome(&request, &why), KIMG_E_INITRD_EMPTY);

	/* Exactly what is left between the kernel's end and the end of RAM. */
	piece.size = 0x40000000 - 0x1300000;
	assert_int_equal(any_outcome(&request, &why), KIMG_OK);
	piece.size++;
	assert_int_equal(any_outcome(&request, &why), KIMG_E_INITRD_NO_ROOM);
	assert_int_equal(why.a, 0x40000000 - 0x1300000 + 0x1000);
	assert_int_equal(why.b, 0x80000000);
	assert_int_equal(why.c, 0x40000000 - 0x1300000);

	piece.size = SIZE_MAX;
	assert_int_equal(any_outcome(&request, &why), KIMG_E_INITRD_NO_ROOM);
	free(file);
}

/* Kernel and initrd leave no page: 1 MiB up, |KKkkIII| */
static void no_room_for_params(void **state)
{
	struct recipe recipe = usual_64();
	struct boot_request request;
	struct boot_map map = { .count = 0 };
	struct kimg_why why;
	size_t size;
	unsigned char *file;

	(void)state;
	recipe.preferred = MIB;
	recipe.align = 4096;
	recipe.min_align = 0;
	recipe.initrd_max = 0x7fffffff;
	file = bake(&recipe, &size);
	add_memory(&map, 0, MIB, BOOT_MEM_RAM);
	add_memory(&map, MIB, 5 * MIB, BOOT_MEM_RAM);
	prepare(&request, &map, file, size);
	piece.size = MIB;
	assert_int_equal(any_outcome(&request, &why), KIMG_E_PARAMS_NO_ROOM);
	assert_int_equal(why.a, 8192);
	piece.size = MIB - 8191;
	assert_int_equal(any_outcome(&request, &why), KIMG_E_PARAMS_NO_ROOM);
	piece.size = MIB - 8192;
	assert_int_equal(any_outcome(&request, &why), KIMG_OK);
	free(file);
}

static void no_memory_at_all(void **state)
{
	struct boot_request request;
	struct boot_map map = { .count = 0 }, none = { .count = 0 };
	struct kimg_why why;
	size_t size;
	unsigned char *file = bake(&usual, &size);

	(void)state;
	prepare(&request, &map, file, size);
	assert_int_equal(any_outcome(&request, &why), KIMG_E_MAP_EMPTY);
	add_memory(&map, 0, 4 * GIB, BOOT_MEM_RESERVED);
	assert_int_equal(any_outcome(&request, &why), KIMG_E_MAP_EMPTY);
	add_memory(&map, 4 * GIB, 4 * GIB + 4095, BOOT_MEM_RAM);
	assert_int_equal(any_outcome(&request, &why), KIMG_E_MAP_EMPTY);
	assert_int_equal(why.a, 2);
	/* The map's ranges count, also if none of them is usable. */
	request.usable = &none;
	assert_int_equal(any_outcome(&request, &why), KIMG_E_MAP_EMPTY);
	assert_int_equal(why.a, 2);
	request.usable = NULL;
	add_memory(&map, 5 * GIB, 9 * GIB, BOOT_MEM_RAM);
	assert_int_equal(any_outcome(&request, &why), KIMG_E_KERNEL_NO_ROOM);
	free(file);
}

/* ---- Chance --------------------------------------------------------------------- */

/* A map of ranges with odd ends, most of them RAM, all below 64 MiB. */
static void random_map(struct boot_map *map, uint64_t *seed)
{
	uint64_t at = 0;
	struct kimg_why why;

	map->count = 0;
	while (at < 64 * MIB && map->count < BOOT_MAP_MAX) {
		uint64_t size = sim_random(seed) % (16 * MIB) + 1;
		enum boot_mem_type type = sim_random(seed) % 4 ? BOOT_MEM_RAM : BOOT_MEM_RESERVED;

		if (sim_random(seed) % 2)
			size = (size + 4095) & ~4095ull;
		if (at + size > 64 * MIB)
			size = 64 * MIB - at;
		if (sim_random(seed) % 6)
			assert_int_equal(boot_map_add(map, at, at + size, type, &why), KIMG_OK);
		at += size;
	}
}

/*
 * Is there a place for `size` bytes in [low, high), stepping by `align`, that
 * is RAM and touches none of the two ranges? Every place is tried. From the top:
 * the highest, else the lowest; UINT64_MAX: none.
 */
static uint64_t try_all(const struct boot_map *map, uint64_t low, uint64_t high,
			uint64_t size, uint64_t align, bool from_top,
			const struct kimg_range *a, const struct kimg_range *b)
{
	uint64_t at, best = UINT64_MAX;

	for (at = (low + align - 1) / align * align; at < high && size <= high - at; at += align) {
		if (!judge_ram(map, at, at + size) ||
		    !apart(at, at + size, a->start, a->end) ||
		    !apart(at, at + size, b->start, b->end))
			continue;
		best = at;
		if (!from_top)
			break;
	}
	return best;
}

/*
 * Small machines of any shape: each part lies at the best place there is, and
 * is refused only if there is none.
 */
static void best_places(void **state)
{
	uint64_t seed = env_number("KLEAP_SEED", 1), cases = env_number("KLEAP_CASES", 300);
	uint64_t laid_out = 0;

	(void)state;
	for (uint64_t n = 0; n < cases; n++) {
		struct kimg_range none = { 0, 0 }, runs, initrd = { 0, 0 };
		struct boot_request request;
		struct recipe recipe = usual_64();
		struct boot_layout layout;
		enum kimg_error error;
		struct boot_map map;
		struct kimg_why why;
		unsigned char *file;
		uint64_t at, align, init;
		size_t size;

		recipe.align = 4096u << sim_random(&seed) % 10;
		recipe.min_align = (uint8_t)(sim_random(&seed) % 23);
		recipe.preferred = sim_random(&seed) % (48 * MIB);
		recipe.init_size = (uint32_t)(40000 + sim_random(&seed) % (8 * MIB));
		recipe.initrd_max = (uint32_t)(sim_random(&seed) % (80 * MIB));
		file = bake(&recipe, &size);
		random_map(&map, &seed);
		prepare(&request, &map, file, size);
		piece.size = (size_t)(1 + sim_random(&seed) % (4 * MIB));
		error = any_outcome(&request, &why);
		if (error == KIMG_E_MAP_EMPTY)
			goto next;

		init = (recipe.init_size + 4095) & ~4095ull;
		at = recipe.preferred < MIB ? MIB : recipe.preferred;
		align = recipe.align;
		runs.start = try_all(&map, at, 0x38000000, init, align, false, &none, &none);
		if (runs.start == UINT64_MAX && recipe.min_align) {
			if (1u << recipe.min_align < align)
				align = 1u << recipe.min_align;
			if (align < 4096)
				align = 4096;
			runs.start = try_all(&map, at, 0x38000000, init, align, false,
					     &none, &none);
		}
		if (runs.start == UINT64_MAX) {
			assert_int_equal(error, KIMG_E_KERNEL_NO_ROOM);
			goto next;
		}
		runs.end = runs.start + init;
		initrd.start = try_all(&map, MIB, (uint64_t)recipe.initrd_max + 1,
				       (piece.size + 4095) & ~4095ull, 4096,
				       true, &runs, &none);
		if (initrd.start == UINT64_MAX) {
			assert_int_equal(error, KIMG_E_INITRD_NO_ROOM);
			goto next;
		}
		initrd.end = initrd.start + ((piece.size + 4095) & ~4095ull);
		at = try_all(&map, MIB, 4 * GIB, 8192, 4096, true, &runs, &initrd);
		if (at == UINT64_MAX) {
			assert_int_equal(error, KIMG_E_PARAMS_NO_ROOM);
			goto next;
		}
		assert_int_equal(boot_bzimage(&request, &layout, &why), KIMG_OK);
		assert_int_equal(layout.kernel_runs.start, runs.start);
		assert_int_equal(layout.kernel_runs.end, runs.end);
		assert_int_equal(layout.segment[1].at.mem, initrd.start);
		assert_int_equal(layout.segment[2].at.mem, at);
		laid_out++;
next:
		free(file);
	}
	/* Else the machines are too small, and the test looks at errors only. */
	assert_true(laid_out * 5 > cases);
}

/* Headers with any bytes anywhere, on machines of any shape. */
static void random_headers(void **state)
{
	uint64_t seed = env_number("KLEAP_SEED", 2), cases = env_number("KLEAP_CASES", 20000);
	uint64_t laid_out = 0;
	struct boot_request request;
	struct boot_map map;
	struct kimg_why why;

	(void)state;
	pc_map(&map, 0x40000000, 0);
	for (uint64_t n = 0; n < cases; n++) {
		struct recipe recipe = usual;
		unsigned char *file;
		uint64_t changes;
		size_t size;

		recipe.code_size = (size_t)(sim_random(&seed) % 5000) + 1;
		recipe.relocatable = sim_random(&seed) % 2;
		file = bake(&recipe, &size);
		for (changes = sim_random(&seed) % 4; changes; changes--) {
			size_t at = 0x1f0 + (size_t)(sim_random(&seed) % 0x80);
			size_t bytes = (size_t)1 << sim_random(&seed) % 4;
			static const uint64_t nasty[] = { 0, 1, 0x7f, 0xff, 0xfff,
				0x1000, 0x7fffffff, 0x80000000, 0xfffff000,
				0xffffffff, UINT64_MAX };
			uint64_t value = sim_random(&seed);

			if (value % 2)
				value = nasty[value % (sizeof(nasty) / sizeof(nasty[0]))];
			put(file, at, value, bytes);
		}
		if (n % 8 == 0)
			random_map(&map, &seed);
		prepare(&request, &map, file, size);
		piece.size = (size_t)(sim_random(&seed) % 100000);
		request.limit = sim_random(&seed) % 3 ? 0 : sim_random(&seed) & 0xffffffff;
		if (!any_outcome(&request, &why))
			laid_out++;
		free(file);
	}
	assert_true(laid_out * 20 > cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_fields),
		cmocka_unit_test(real_mode_code),
		cmocka_unit_test(prefers_too_high),
		cmocka_unit_test(truncated),
		cmocka_unit_test(larger_than_4gib),
		cmocka_unit_test(bit_flips),
		cmocka_unit_test(initrds),
		cmocka_unit_test(no_room_for_params),
		cmocka_unit_test(no_memory_at_all),
		cmocka_unit_test(best_places),
		cmocka_unit_test(random_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
