/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzer: kernel files and the layout made of them.
 *
 * The input makes a good bzImage, damages some of its bytes, truncates it, and
 * makes the machine that it is laid out for. A file may be refused for one of the
 * reasons that boot_bzimage() names; a layout must obey every rule of
 * tests/lib/synthetic.h and of the engine; and if something is said not to fit, a
 * search over all possible addresses must confirm it.
 */
#include "fuzz.h"
#include "synthetic.h"

#define PAGE 4096u
#define COMMAND_MOST 9000u
#define END_32BIT 0x38000000u		/* where a 32-bit kernel's first mapping ends */

/* Everything a layout is made from. */
struct world {
	struct boot_request request;
	struct boot_map map, usable, unused;
	char line[COMMAND_MOST + 1];
	unsigned char running[PAGE];
	struct boot_piece piece;
	struct boot_screen screen;
	struct boot_efi efi;
	struct boot_efi_range range[3];
	struct boot_setup setup[3];
	unsigned char data[PAGE];
};

static void take_recipe(struct input *input, struct recipe *recipe)
{
	uint64_t other = take(input, 2);	/* a bit for each field that is not usual */

	*recipe = usual;
	recipe->code_size = 1 + (size_t)take_below(input, 20000);
	if (other & 1)
		recipe->protocol = (uint16_t)(0x0200 + take(input, 1) % 20);
	if (other & 2)
		recipe->setup_sects = (uint8_t)take(input, 1);
	if (other & 4)
		recipe->align = (uint32_t)take_odd(input);
	if (other & 8)
		recipe->relocatable = 0;
	if (other & 16)
		recipe->min_align = (uint8_t)take(input, 1);
	if (other & 32)
		recipe->xloadflags = (uint16_t)take(input, 2);
	if (other & 64)
		recipe->cmdline_size = (uint32_t)take_odd(input);
	if (other & 128)
		recipe->initrd_max = (uint32_t)take_odd(input);
	if (other & 256)
		recipe->preferred = take_odd(input);
	if (other & 512)
		recipe->init_size = (uint32_t)take_odd(input);
}

/* A file of exactly its size; the caller's to free(). */
static unsigned char *take_file(struct input *input, size_t *size)
{
	struct recipe recipe;
	unsigned char *file, *cut;

	take_recipe(input, &recipe);
	file = bake(&recipe, size);
	for (uint64_t i = take(input, 1) % 8; i > 0; i--) {
		/* Mostly in the header, which begins at 0x1f1. */
		size_t at = (size_t)(take(input, 1) + (i % 4 ? 0x1f1 : 0)) % *size;
		size_t bytes = (size_t)(take(input, 1) % 8);

		take_bytes(input, file + at, bytes < *size - at ? bytes : *size - at);
	}
	if (take(input, 1) % 8 != 1)
		return file;
	*size = (size_t)take_below(input, *size + 1);
	cut = malloc(*size ? *size : 1);
	assert_non_null(cut);
	memcpy(cut, file, *size);
	free(file);
	return cut;
}

/* Many ranges of one size by turns, from 1 MiB up. */
static void fill_map(struct boot_map *map, uint64_t ranges, uint64_t size)
{
	static const enum boot_mem_type types[] = {
		BOOT_MEM_RAM, BOOT_MEM_RESERVED, BOOT_MEM_RAM, BOOT_MEM_NVS, BOOT_MEM_SOFT_RESERVED,
	};

	pc_map(map, 64 * MIB, 0);
	for (uint64_t at = 64 * MIB; ranges && size; ranges--, at += size)
		add_memory(map, at, at + (ranges % 3 ? size : size / 2), types[ranges % 5]);
}

static void take_map(struct input *input, struct boot_map *map)
{
	static const enum boot_mem_type types[] = {
		BOOT_MEM_RAM, BOOT_MEM_RAM, BOOT_MEM_RAM, BOOT_MEM_RESERVED,
		BOOT_MEM_ACPI, BOOT_MEM_NVS, BOOT_MEM_UNUSABLE, BOOT_MEM_PERSISTENT,
	};
	uint64_t ranges = take(input, 1), at = 0;
	struct kimg_why why;

	/* Few, or so many that the zero page does not hold them. */
	if (ranges == 200) {
		fill_map(map, take(input, 2) % 400, take(input, 2) << 12);
		return;
	}
	if (ranges > 128) {
		pc_map(map, 2 * MIB + (take(input, 2) % 0xff00 << 16),
		       ranges % 2 ? 6 * GIB : 0);
		return;
	}
	for (map->count = 0; ranges && input->left; ranges--) {
		uint64_t kind = take(input, 1), start = take_odd(input);
		uint64_t size = take_odd(input);

		/* One behind another, or anywhere. */
		if (kind & 8)
			start += at;
		if (!boot_map_add(map, start, start + size, types[kind % 8], &why))
			at = start + size;
	}
}

/* EFI with any addresses, with runtime services or without. */
static void take_efi(struct input *input, struct world *world)
{
	struct boot_efi *efi = &world->efi;
	uint64_t kind = take(input, 1);

	efi->is_64 = kind & 1;
	efi->acpi = take_odd(input);
	efi->acpi20 = take_odd(input);
	efi->smbios = take_odd(input);
	efi->smbios3 = take_odd(input);
	efi->vendor = take_odd(input);
	efi->system = take_odd(input);
	efi->range = world->range;
	efi->ranges = kind >> 1 & 3;
	world->request.efi = efi;
}

static void take_world(struct input *input, struct world *world)
{
	static const unsigned char initrd[1];	/* libboot only passes it on */
	struct boot_request *request = &world->request;
	uint64_t has = take(input, 1);

	memset(world, 0, sizeof(*world));
	request->kernel = take_file(input, &request->kernel_size);
	take_map(input, &world->map);
	request->map = &world->map;
	if (has & 64) {
		struct kimg_why why;

		world->usable = world->map;
		for (uint64_t cuts = take(input, 1) % 4; cuts; cuts--) {
			uint64_t start = take_odd(input);

			boot_map_cut(&world->usable, start, start + take_odd(input), &why);
		}
		request->usable = &world->usable;
	}
	if (has & 1) {
		world->piece = (struct boot_piece){ initrd, take_odd(input) };
		request->initrd = &world->piece;
		request->initrd_pieces = 1;
	}
	if (has & 2) {
		memset(world->line, 'x', (size_t)take_below(input, COMMAND_MOST + 1));
		request->command_line = world->line;
	}
	if (has & 4) {
		take_map(input, &world->unused);
		request->unused = &world->unused;
	}
	if (has & 8)
		request->limit = take_odd(input);
	if (has & 16)
		request->acpi_rsdp = take_odd(input);
	if (has & 32) {
		memset(world->running, 0x5c, sizeof(world->running));
		request->running_params = world->running;
	}
	if (has & 64) {
		take_bytes(input, &world->screen, sizeof(world->screen));
		request->screen = &world->screen;
	}
	if (has & 128)
		take_efi(input, world);
	for (uint64_t i = take(input, 1) % 4; i > 0; i--)
		world->setup[request->setups++] = (struct boot_setup){
			9, world->data, (uint32_t)take_below(input, PAGE) };
	request->setup = world->setup;
	request->long_mode = take(input, 1) % 4;
	request->five_levels = take(input, 1) % 4 == 1;
}

/* ---- Is there really no place? ------------------------------------------------- */

/* What is looked for: wide enough that no sum wraps. */
typedef unsigned __int128 wide;

struct want {
	const struct boot_map *map;
	wide low, high, size, align;
	struct kimg_range avoid[3];
	unsigned int avoids;
};

static bool fits(const struct want *want, wide at)
{
	if (at < want->low || at + want->size > want->high || at % want->align)
		return false;
	for (unsigned int i = 0; i < want->avoids; i++)
		if (at < want->avoid[i].end && want->avoid[i].start < at + want->size)
			return false;
	return judge_ram(want->map, (uint64_t)at, (uint64_t)(at + want->size));
}

static wide up(wide value, wide align)
{
	return (value + align - 1) / align * align;
}

/*
 * The lowest place, or 2^64. A thing that cannot be moved down a step begins at
 * the bottom of something: of the search, of memory, or on top of what it avoids.
 */
static wide lowest(const struct want *want)
{
	wide best = (wide)1 << 64, at = up(want->low, want->align);

	if (fits(want, at))
		best = at;
	for (uint32_t i = 0; i < want->map->count; i++) {
		at = up(want->map->mem[i].range.start, want->align);
		if (at < best && fits(want, at))
			best = at;
	}
	for (unsigned int i = 0; i < want->avoids; i++) {
		at = up(want->avoid[i].end, want->align);
		if (at < best && fits(want, at))
			best = at;
	}
	return best;
}

static bool nowhere(const struct want *want)
{
	return lowest(want) >> 64;
}

/* Where the kernel prefers to be. */
static wide preferred(const struct boot_request *request)
{
	const unsigned char *file = request->kernel;

	if (get(file, 0x206, 2) < 0x020a || get(file, 0x258, 8) < MIB)
		return MIB;
	return up(get(file, 0x258, 8), PAGE);
}

static const struct boot_map *usable_of(const struct boot_request *request)
{
	return request->usable ? request->usable : request->map;
}

/* The kernel's own wishes, read from the file by other means than libboot's. */
static struct want kernel_want(const struct boot_request *request)
{
	const unsigned char *file = request->kernel;
	uint16_t protocol = (uint16_t)get(file, 0x206, 2);
	size_t setup = ((file[0x1f1] ? file[0x1f1] : 4u) + 1u) * 512u;
	uint64_t packed = request->kernel_size - setup, align = get(file, 0x230, 4);
	bool new = protocol >= 0x020a;
	struct want want = { .map = usable_of(request), .low = preferred(request),
			     .high = end_of_memory(request) };

	want.size = new ? get(file, 0x260, 4) : 0;
	if (!want.size)
		want.size = packed * 8 > 4 * MIB ? packed * 8 : 4 * MIB;
	if (want.size < packed)
		want.size = packed;
	want.size = up(want.size, PAGE);
	want.align = align > PAGE ? align : PAGE;
	if (!(protocol >= 0x020c && (file[0x236] & 1)) && want.high > END_32BIT)
		want.high = END_32BIT;
	return want;
}

/* The same for a kernel that is packed as tightly as it can stand. */
static struct want tight_want(const struct boot_request *request)
{
	const unsigned char *file = request->kernel;
	struct want want = kernel_want(request);
	wide least;

	if (get(file, 0x206, 2) < 0x020a || !file[0x235])
		return want;
	HOLDS(file[0x235] < 32);
	least = (wide)1 << file[0x235];
	if (least < want.align)
		want.align = least > PAGE ? least : PAGE;
	return want;
}

/* What lies anywhere, beside what the layout has by now. */
static struct want other_want(const struct boot_request *request, uint64_t size,
			      const struct kimg_range *runs)
{
	struct want want = {
		.map = usable_of(request), .low = MIB, .high = end_of_memory(request),
		.size = up(size, PAGE), .align = PAGE,
		.avoid = { *runs }, .avoids = 1,
	};

	return want;
}

static struct want initrd_want(const struct boot_request *request,
			       const struct kimg_range *runs)
{
	struct want want = other_want(request, pieces_size(request), runs);
	wide most = get(request->kernel, 0x22c, 4) + 1;

	if (most < want.high && !may_be_high(request))
		want.high = most;
	return want;
}

/* A refusal: only for a reason that holds. `layout` has what was placed before. */
static void judge_refusal(const struct boot_request *request,
			  const struct boot_layout *layout, const struct kimg_why *why)
{
	struct want want;

	switch (why->error) {
	case KIMG_E_FILE_TRUNCATED:
		HOLDS(why->a == request->kernel_size && why->b > why->a);
		break;
	case KIMG_E_FILE_MAGIC:
	case KIMG_E_FILE_PROTOCOL:
	case KIMG_E_FILE_NOT_HIGH:
	case KIMG_E_FILE_HEADER:
		break;
	case KIMG_E_FILE_REAL_MODE:
		HOLDS(get(request->kernel, 0x214, 4) != MIB);
		break;
	case KIMG_E_CMDLINE_TOO_LONG:
		HOLDS(strlen(request->command_line) > why->b &&
		      (why->b == get(request->kernel, 0x238, 4) ||
		       why->b == BOOT_COMMAND_MAX));
		break;
	case KIMG_E_MAP_EMPTY:
		for (uint32_t i = 0; i < usable_of(request)->count; i++) {
			const struct boot_mem *mem = &usable_of(request)->mem[i];

			HOLDS(mem->type != BOOT_MEM_RAM ||
			      up(mem->range.start, PAGE) + PAGE > mem->range.end);
		}
		break;
	case KIMG_E_LIMIT_LOW:
		HOLDS(why->a >= why->b && why->b == request->limit + 1);
		break;
	case KIMG_E_KERNEL_NO_ROOM:
		want = tight_want(request);
		HOLDS(nowhere(&want));
		break;
	case KIMG_E_KERNEL_FIXED:
		want = kernel_want(request);
		want.high = end_of_memory(request);
		want.align = PAGE;
		HOLDS(!fits(&want, preferred(request)));
		break;
	case KIMG_E_INITRD_EMPTY:
		HOLDS(request->initrd_pieces && !pieces_size(request));
		break;
	case KIMG_E_INITRD_NO_ROOM:
		want = initrd_want(request, &layout->kernel_runs);
		/* A 32-bit kernel's struct pages need room, too, wherever the kernel goes. */
		if (why->d)
			want.size += 2 * why->d + layout->kernel_runs.end -
				     layout->kernel_runs.start;
		HOLDS(nowhere(&want));
		break;
	case KIMG_E_INITRD_LOW:
		HOLDS(get(request->kernel, 0x206, 2) >= 0x020c);
		HOLDS(!(get(request->kernel, 0x236, 2) & 1));
		HOLDS(why->a % PAGE == 0 && why->c < why->a);
		HOLDS(why->a == up(pieces_size(request), PAGE) ||
		      pieces_size(request) > UINT64_MAX - PAGE);
		break;
	case KIMG_E_PARAMS_NO_ROOM:
		HOLDS(why->a >= 8192 && why->a % PAGE == 0);
		/* Page tables come after the boot params. */
		HOLDS(why->a == 8192 || request->efi || request->setups ||
		      more_ranges(request) || enters_long_mode(request));
		if (why->a > BOOT_PARAMS_MAX)
			break;
		want = other_want(request, why->a, &layout->kernel_runs);
		for (uint32_t i = 1; i < layout->segments; i++) {
			uint64_t start = layout->segment[i].at.mem;

			want.avoid[want.avoids++] = (struct kimg_range){
				start, start + layout->segment[i].at.memsz };
		}
		if (layout->segments == 1 + request->initrd_pieces && request->efi &&
		    !request->efi->is_64 && want.high > 4 * GIB)
			want.high = 4 * GIB;
		HOLDS(nowhere(&want));
		break;
	default:
		broken("error %s is none of boot_bzimage()'s", kimg_error_id(why->error));
	}
}

/* ---- A layout -------------------------------------------------------------------- */

/* The kernel lies as low as it may, with its own alignment if that is possible. */
static void judge_kernel_place(const struct boot_request *request,
			       const struct boot_layout *layout)
{
	struct want want, tight;

	if (!((const unsigned char *)request->kernel)[0x234])
		return;
	want = kernel_want(request);
	tight = tight_want(request);
	HOLDS(layout->kernel_runs.start == lowest(nowhere(&want) ? &tight : &want));
	HOLDS(layout->kernel_runs.end - layout->kernel_runs.start == want.size);
	HOLDS(layout->relocated == (layout->kernel_runs.start != preferred(request)));
}

/* All but the kernel lies below 4 GiB, if it fits there beside what was placed before. */
static void judge_above_4gib(const struct boot_request *request,
			     const struct boot_layout *layout)
{
	for (uint32_t i = 1; i < layout->segments; i++) {
		struct want want = other_want(request, layout->segment[i].at.memsz,
					      &layout->kernel_runs);

		for (uint32_t k = 1; k < i; k++)
			want.avoid[want.avoids++] = (struct kimg_range){ layout->segment[k].at.mem,
				layout->segment[k].at.mem + layout->segment[k].at.memsz };
		if (want.high > 4 * GIB)
			want.high = 4 * GIB;
		HOLDS(layout->segment[i].at.mem < 4 * GIB || nowhere(&want));
	}
}

/* What firmware left is mapped, unless that takes more tables than there are. */
static void judge_firmware(const struct boot_request *request,
			   const struct boot_layout *layout)
{
	uint64_t tables = layout->entry.reg[KLEAP_X86_TABLES], rsdp = request->acpi_rsdp;
	bool is_odd = request->efi != NULL;

	for (uint32_t i = 0; i < request->map->count; i++)
		is_odd |= request->map->mem[i].type == BOOT_MEM_ACPI ||
			  request->map->mem[i].type == BOOT_MEM_NVS;
	if (tables && !is_odd && rsdp < 1ull << 46)
		HOLDS(is_mapped(layout, tables, rsdp, rsdp + 1));
}

/* As the engine will see it. */
static void judge_segments(const struct boot_request *request,
			   const struct boot_layout *layout)
{
	struct kimg_segment segment[BOOT_SEGMENT_MAX];
	struct kimg_host host = { .page_shift = 12, .entry_size = 8,
				  .destination_limit = end_of_memory(request) - 1 };
	struct kimg_why why;
	bool entry = false;

	for (uint32_t i = 0; i < layout->segments; i++) {
		segment[i] = layout->segment[i].at;
		entry |= layout->entry.address >= segment[i].mem &&
			 layout->entry.address - segment[i].mem < segment[i].bufsz;
	}
	HOLDS(entry);
	HOLDS(!kimg_check_segments(&host, segment, layout->segments, NULL, &why));
}

static void judge(const struct world *world, const struct boot_layout *layout)
{
	const struct boot_request *request = &world->request;
	char text[200];

	if (!judge_layout(request, layout, text))
		broken("synthetic.h, %s", text);
	HOLDS(get(request->kernel, 0x1f4, 4) * 16 <= layout->segment[0].at.bufsz + 15);
	HOLDS(!request->running_params ||
	      !memcmp(layout->params + 0x140, world->running + 0x140, 0x80));
	judge_kernel_place(request, layout);
	judge_segments(request, layout);
	judge_above_4gib(request, layout);
	judge_firmware(request, layout);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size };
	static struct boot_layout layout;
	static struct world world;
	struct kimg_why why = { 0 };
	enum kimg_error error;
	char text[256];

	take_world(&input, &world);
	/* What was there before must not shine through. */
	memset(&layout, 0xa5, sizeof(layout));
	error = boot_bzimage(&world.request, &layout, &why);
	HOLDS(error == why.error);
	if (error) {
		HOLDS(kimg_explain(&why, text, sizeof(text)) < sizeof(text) && text[0]);
		judge_refusal(&world.request, &layout, &why);
	} else {
		judge(&world, &layout);
	}
	free((void *)(uintptr_t)world.request.kernel);
	return 0;
}
