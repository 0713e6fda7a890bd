// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What is passed to the new kernel besides memory map and command line: fields of the
 * running kernel's boot_params, the framebuffer, EFI, the setup_data list. Offsets here are
 * from Linux's declarations, independent of libboot's.
 */
#include "synthetic.h"

struct scene {
	unsigned char *file;
	struct boot_map map;
	struct boot_request request;
	struct boot_layout layout;
	unsigned char running[4096];
	struct boot_screen screen;
	struct boot_efi efi;
};

static void open_scene(struct scene *scene, const struct recipe *recipe)
{
	memset(scene, 0, sizeof(*scene));
	pc_map(&scene->map, 0x40000000, 5 * GIB);
	scene->file = bake(recipe, &scene->request.kernel_size);
	scene->request.kernel = scene->file;
	scene->request.command_line = "console=ttyS0";
	scene->request.map = &scene->map;
	for (size_t i = 0; i < sizeof(scene->running); i++)
		scene->running[i] = (unsigned char)(1 + i % 255);
}

static void shut(struct scene *scene)
{
	free(scene->file);
}

static uint64_t told(const struct scene *scene, size_t at, size_t bytes)
{
	return get(scene->layout.params, at, bytes);
}

/* What lies at a physical address in the boot params; fails if it does not lie there. */
static const unsigned char *lies_at(const struct scene *scene, uint64_t address, size_t bytes)
{
	uint64_t params = scene->layout.entry.reg[KLEAP_X86_SI];

	assert_true(address >= params + 4096);
	assert_true(address + bytes <= params + scene->layout.params_size);
	return scene->layout.params + (address - params);
}

/* ---- The running kernel's boot_params ------------------------------------------- */

/* From, up to: what is taken as it is. */
static const size_t taken[][2] = {
	{ 0x000, 0x002 }, { 0x004, 0x020 }, { 0x024, 0x040 },	/* screen_info */
	{ 0x060, 0x070 },					/* ist_info */
	{ 0x140, 0x1c0 },					/* edid_info */
	{ 0x1e9, 0x1ed },		/* EDD, EDD, kbd_status, secure_boot */
	{ 0x23c, 0x240 },					/* hardware_subarch */
	{ 0x290, 0x2d0 }, { 0xd00, 0xeec },			/* EDD */
};

/* From, up to: what is made. */
static const size_t made[][2] = {
	{ 0x002, 0x004 }, { 0x070, 0x078 }, { 0x1e0, 0x1e4 }, { 0x1e8, 0x1e9 },
	{ 0x1f1, 0x23c }, { 0x240, 0x290 }, { 0x2d0, 0xcd0 },
};

static bool within(const size_t (*ranges)[2], size_t count, size_t at)
{
	for (size_t i = 0; i < count; i++)
		if (ranges[i][0] <= at && at < ranges[i][1])
			return true;
	return false;
}

#define WITHIN(ranges, at) within(ranges, sizeof(ranges) / sizeof(ranges[0]), at)

static void running_params(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, &usual);
	scene.request.running_params = scene.running;
	scene.request.acpi_rsdp = 0x123456789abcull;
	lay_out(&scene.request, &scene.layout);
	for (size_t i = 0; i < 4096; i++)
		if (WITHIN(taken, i))
			assert_int_equal(scene.layout.params[i], scene.running[i]);
		else if (!WITHIN(made, i))
			assert_int_equal(scene.layout.params[i], 0);

	/* Without it, nothing is known. */
	scene.request.running_params = NULL;
	lay_out(&scene.request, &scene.layout);
	for (size_t i = 0; i < 4096; i++)
		if (!WITHIN(made, i) && !(i >= 0x23c && i < 0x240))
			assert_int_equal(scene.layout.params[i], 0);
	shut(&scene);
}

/* Fields that a header has not yet, or that lie behind its end, stay 0. */
static void old_headers(void **state)
{
	static const unsigned char seed[32] = "seed";
	struct boot_setup setup = { 9, seed, sizeof(seed) };
	struct recipe recipe = usual;
	struct scene scene;

	(void)state;
	for (recipe.protocol = 0x0206; recipe.protocol <= 0x0209; recipe.protocol++)
		for (size_t end = 0x23c; end < 0x260; end++) {
			bool subarch = recipe.protocol >= 0x0207 && end >= 0x240;
			bool list = recipe.protocol >= 0x0209 && end >= 0x258;

			open_scene(&scene, &recipe);
			scene.file[0x201] = (unsigned char)(end - 0x202);
			scene.request.running_params = scene.running;
			scene.request.setup = &setup;
			scene.request.setups = 1;
			lay_out(&scene.request, &scene.layout);
			if (subarch)
				assert_memory_equal(scene.layout.params + 0x23c,
						    scene.running + 0x23c, 4);
			for (size_t i = 0x23c; !subarch && i < 0x240; i++)
				assert_int_equal(scene.layout.params[i],
						 i < end ? scene.file[i] : 0);
			assert_int_equal(told(&scene, 0x250, 8) != 0, list);
			shut(&scene);
		}
}

/* ---- The framebuffer --------------------------------------------------------------- */

static const struct boot_screen screen = {
	.type = 0x70, .width = 1280, .height = 800, .depth = 32, .line = 5120,
	.base = 0x80000000, .size = 4096001,
	.field = { { 8, 16 }, { 8, 8 }, { 8, 0 }, { 8, 24 } },
};

static void framebuffer(void **state)
{
	static const unsigned char fields[] = { 8, 16, 8, 8, 8, 0, 8, 24 };
	struct scene scene;

	(void)state;
	open_scene(&scene, &usual);
	scene.screen = screen;
	scene.request.running_params = scene.running;
	scene.request.screen = &scene.screen;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(told(&scene, 0x0f, 1), 0x70);
	assert_int_equal(told(&scene, 0x12, 2), 1280);
	assert_int_equal(told(&scene, 0x14, 2), 800);
	assert_int_equal(told(&scene, 0x16, 2), 32);
	assert_int_equal(told(&scene, 0x18, 4), 0x80000000);
	assert_int_equal(told(&scene, 0x1c, 4), 4096001);
	assert_int_equal(told(&scene, 0x24, 2), 5120);
	assert_memory_equal(scene.layout.params + 0x26, fields, sizeof(fields));
	assert_int_equal(told(&scene, 0x3a, 4), 0);
	/* The other capabilities stay; the base has no upper half. */
	assert_int_equal(told(&scene, 0x36, 1), scene.running[0x36] & ~2);

	scene.screen.base = 0x4080000000;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(told(&scene, 0x18, 4), 0x80000000);
	assert_int_equal(told(&scene, 0x3a, 4), 0x40);
	assert_int_equal(told(&scene, 0x36, 1), scene.running[0x36] | 2);

	/* VESA's size is in units of 64 KiB: not one too few. */
	scene.screen.type = 0x23;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(told(&scene, 0x1c, 4), 63);
	shut(&scene);
}

static void no_framebuffer(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, &usual);
	scene.request.running_params = scene.running;
	scene.request.screen = &scene.screen;
	lay_out(&scene.request, &scene.layout);
	for (size_t i = 0; i < 0x40; i++)
		if (i != 0x02 && i != 0x03)
			assert_int_equal(scene.layout.params[i],
					 i == 0x07 ? 80 : i == 0x0e ? 25 : i == 0x10 ? 16 : 0);
	assert_memory_equal(scene.layout.params + 0x140, scene.running + 0x140, 0x80);
	shut(&scene);
}

/* ---- The setup_data list: lay_out() judges it ---------------------------------------- */

static void setup_data(void **state)
{
	static const unsigned char data[100] = "some bytes of a setup_data item";
	static char line[] = "................................";
	struct boot_setup setup[] = {
		{ 9, data, 32 }, { 2, NULL, 0 }, { 0x7fffffff, data, 1 }, { 9, data, 100 },
	};
	struct scene scene;

	(void)state;
	open_scene(&scene, &usual);
	scene.request.setup = setup;
	scene.request.command_line = line;
	for (uint32_t count = 0; count <= 4; count++)
		for (size_t length = 0; length < sizeof(line) - 1; length++) {
			line[length] = '\0';
			scene.request.setups = count;
			lay_out(&scene.request, &scene.layout);
			line[length] = '.';
		}
	shut(&scene);
}

/* Items fill the segment to its last byte; one more is refused. */
static void much_setup_data(void **state)
{
	static unsigned char data[BOOT_PARAMS_MAX];
	/* Zero page, GDT, command line with its end, up to a multiple of 16; the item. */
	uint32_t most = BOOT_PARAMS_MAX - 0x1030 - 16;
	struct boot_setup setup = { 2, data, most };
	struct kimg_why why = { 0 };
	struct scene scene;

	(void)state;
	memset(data, 0x5d, sizeof(data));
	open_scene(&scene, &usual);
	scene.request.setup = &setup;
	scene.request.setups = 1;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.params_size, BOOT_PARAMS_MAX);
	setup.size++;
	assert_int_equal(boot_bzimage(&scene.request, &scene.layout, &why),
			 KIMG_E_PARAMS_NO_ROOM);
	assert_int_equal(why.b, BOOT_PARAMS_MAX);

	/* As little as is needed: one page more for one byte more. */
	setup.size = 4096 - 0x30 - 16;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.params_size, 8192);
	setup.size++;
	lay_out(&scene.request, &scene.layout);
	assert_int_equal(scene.layout.params_size, 12288);
	shut(&scene);
}

/* ---- EFI --------------------------------------------------------------------------------- */

/* The width in efi_info, and where the setup_data item of EFI's begins and ends. */
struct efi_told {
	uint32_t type;
	uint64_t item, end;
	uint64_t system, map;
	uint32_t map_size;
};

static struct efi_told efi_told(const struct scene *scene)
{
	struct efi_told efi;

	assert_int_equal(told(scene, 0x1c0, 4), scene->efi.is_64 ? 0x34364c45 : 0x32334c45);
	assert_int_equal(told(scene, 0x1c8, 4), 40);
	assert_int_equal(told(scene, 0x1cc, 4), 1);
	efi.item = told(scene, 0x250, 8);
	efi.type = (uint32_t)get(lies_at(scene, efi.item, 16), 8, 4);
	efi.end = efi.item + 16 + get(lies_at(scene, efi.item, 16), 12, 4);
	efi.system = told(scene, 0x1c4, 4) | told(scene, 0x1d8, 4) << 32;
	efi.map = told(scene, 0x1d0, 4) | told(scene, 0x1dc, 4) << 32;
	efi.map_size = (uint32_t)told(scene, 0x1d4, 4);
	/* All of it in the item, where a new kernel leaves it alone. */
	assert_true(efi.map >= efi.item + 16 && efi.map + efi.map_size <= efi.end);
	return efi;
}

/* Tables as struct boot_efi has them; what a kernel of Linux finds by their GUIDs. */
static const struct {
	const char *guid;
	size_t field;
} tables[] = {
	{ "8868e871-e4f1-11d3-bc22-0080c73c8881", offsetof(struct boot_efi, acpi20) },
	{ "eb9d2d30-2d88-11d3-9a16-0090273fc14d", offsetof(struct boot_efi, acpi) },
	{ "f2fd1544-9794-4a2c-992e-e5bbcf20e394", offsetof(struct boot_efi, smbios3) },
	{ "eb9d2d31-2d88-11d3-9a16-0090273fc14d", offsetof(struct boot_efi, smbios) },
};

static void guid_text(const unsigned char *guid, char text[40])
{
	snprintf(text, 40, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 (unsigned int)get(guid, 0, 4), (unsigned int)get(guid, 4, 2),
		 (unsigned int)get(guid, 6, 2), guid[8], guid[9], guid[10], guid[11], guid[12],
		 guid[13], guid[14], guid[15]);
}

/*
 * The system table, as efi_system_table_32_t and _64_t have it: it names exactly the
 * tables up to address `reach`, and the firmware's vendor.
 */
static void judge_system(const struct scene *scene, uint64_t reach)
{
	const struct boot_efi *efi = &scene->efi;
	size_t word = efi->is_64 ? 8 : 4, size = efi->is_64 ? 120 : 72;
	const unsigned char *system, *entry;
	struct efi_told where = efi_told(scene);
	size_t services = 24 + word + (efi->is_64 ? 8 : 4) + 6 * word;
	uint64_t vendor, count, found = 0;

	system = lies_at(scene, where.system, size);
	assert_memory_equal(system, "IBI SYST", 8);
	assert_int_equal(get(system, 8, 4), 0x20000);
	assert_int_equal(get(system, 12, 4), size);
	assert_int_equal(get(system, services, word), 0);
	assert_int_equal(get(system, services + word, word), 0);
	vendor = get(system, 24, word);
	if (efi->vendor && efi->vendor <= reach)
		assert_int_equal(vendor, efi->vendor);
	else
		assert_int_equal(get(lies_at(scene, vendor, 2), 0, 2), 0);

	count = get(system, services + 2 * word, 4);
	entry = lies_at(scene, get(system, size - word, word),
			(size_t)(count * (16 + word)));
	assert_true(get(system, size - word, word) >= where.system + size);
	for (uint64_t i = 0; i < count; i++, entry += 16 + word) {
		char text[40];

		guid_text(entry, text);
		for (size_t k = 0; k < 4; k++) {
			uint64_t address;

			memcpy(&address, (const char *)efi + tables[k].field, 8);
			if (strcmp(text, tables[k].guid))
				continue;
			assert_int_equal(get(entry, 16, word), address);
			assert_int_equal(found & 1u << k, 0);
			found |= 1u << k;
		}
	}
	for (size_t k = 0; k < 4; k++) {
		uint64_t address;

		memcpy(&address, (const char *)efi + tables[k].field, 8);
		assert_int_equal(found >> k & 1, address && address <= reach);
	}
}

/* The map has all whole pages of RAM, free, write-back, none for runtime services. */
static void judge_ram_map(const struct scene *scene)
{
	struct efi_told where = efi_told(scene);
	const unsigned char *range = lies_at(scene, where.map, where.map_size);
	uint64_t pages = 0, ram = 0;

	for (uint32_t i = 0; i < scene->map.count; i++)
		if (scene->map.mem[i].type == BOOT_MEM_RAM)
			ram += scene->map.mem[i].range.end / 4096 -
			       (scene->map.mem[i].range.start + 4095) / 4096;
	assert_int_equal(where.map_size % 40, 0);
	for (uint32_t i = 0; i < where.map_size / 40; i++, range += 40) {
		uint64_t start = get(range, 8, 8), size = get(range, 24, 8) * 4096;

		assert_int_equal(get(range, 0, 4), 7);
		assert_int_equal(get(range, 16, 8), 0);
		assert_int_equal(get(range, 32, 8), 8);
		assert_true(size && judge_ram(&scene->map, start, start + size));
		pages += size / 4096;
	}
	assert_int_equal(pages, ram);
}

static const struct boot_efi firmware = {
	.acpi = 0x7f77e000, .acpi20 = 0x7f77e014, .smbios = 0x7f5ee000, .smbios3 = 0x7f5ec000,
	.vendor = 0x7ee46898,
};

static void open_efi(struct scene *scene, const struct recipe *recipe, bool is_64)
{
	open_scene(scene, recipe);
	scene->efi = firmware;
	scene->efi.is_64 = is_64;
	scene->request.efi = &scene->efi;
}

static void efi_tables(void **state)
{
	static const unsigned char seed[32] = "seed";
	struct boot_setup setup = { 9, seed, sizeof(seed) };
	struct scene scene;

	(void)state;
	for (int is_64 = 0; is_64 < 2; is_64++) {
		open_efi(&scene, &usual, is_64);
		scene.request.setup = &setup;
		scene.request.setups = 1;
		/* A range without a whole page is none for EFI. */
		add_memory(&scene.map, 6 * GIB + 1, 6 * GIB + 4096, BOOT_MEM_RAM);
		lay_out(&scene.request, &scene.layout);
		judge_system(&scene, UINT32_MAX);
		judge_ram_map(&scene);
		assert_int_equal(efi_told(&scene).type, is_64 ? 0 : 4);

		/* Any of the tables may be missing. */
		for (unsigned int has = 0; has < 16; has++) {
			scene.efi.acpi20 = has & 1 ? firmware.acpi20 : 0;
			scene.efi.acpi = has & 2 ? firmware.acpi : 0;
			scene.efi.smbios3 = has & 4 ? firmware.smbios3 : 0;
			scene.efi.smbios = has & 8 ? firmware.smbios : 0;
			scene.efi.vendor = has & 1 ? firmware.vendor : 0;
			lay_out(&scene.request, &scene.layout);
			judge_system(&scene, UINT32_MAX);
		}
		shut(&scene);
	}
}

/* KASLR chooses an address from EFI's map: RAM that joining gave up is not in it. */
static void efi_joined(void **state)
{
	struct scene scene;

	(void)state;
	open_efi(&scene, &usual, true);
	for (uint64_t i = 0; i < 200; i++)
		add_memory(&scene.map, 6 * GIB + i * 0x2000, 6 * GIB + i * 0x2000 + 0x1000,
			   i % 2 ? BOOT_MEM_RAM : BOOT_MEM_NVS);
	for (uint64_t i = 0; i < 200; i++)
		add_memory(&scene.map, 7 * GIB + i * 0x800000, 7 * GIB + i * 0x800000 + 0x1000,
			   BOOT_MEM_RAM);
	lay_out(&scene.request, &scene.layout);
	assert_true(scene.layout.told.count <= 128);
	assert_true(boot_map_ram(&scene.layout.told, 0) < boot_map_ram(&scene.map, 0));
	scene.map = scene.layout.told;
	judge_ram_map(&scene);
	shut(&scene);
}

/* A 32-bit kernel that finds an address above 4 GiB uses none of EFI. */
static void efi_tables_above_4gib(void **state)
{
	struct recipe recipe = usual;
	struct scene scene;

	(void)state;
	for (recipe.xloadflags = 0; recipe.xloadflags < 2; recipe.xloadflags++) {
		open_efi(&scene, &recipe, true);
		scene.efi.acpi20 = 4 * GIB;
		scene.efi.acpi = 4 * GIB - 1;
		scene.efi.smbios3 = 0x123456789000;
		scene.efi.vendor = 5 * GIB;
		lay_out(&scene.request, &scene.layout);
		judge_system(&scene, recipe.xloadflags ? UINT64_MAX : UINT32_MAX);
		shut(&scene);
	}
	/* Before 2.12 there are no xloadflags. */
	recipe.protocol = 0x020b;
	recipe.xloadflags = 1;
	open_efi(&scene, &recipe, true);
	scene.efi.acpi20 = 4 * GIB;
	lay_out(&scene.request, &scene.layout);
	judge_system(&scene, UINT32_MAX);
	shut(&scene);
}

/* Boot params above 4 GiB: all that they refer to in themselves is there, too. */
static void efi_params_above_4gib(void **state)
{
	struct recipe recipe = usual_high();
	struct scene scene;

	(void)state;
	open_efi(&scene, &recipe, true);
	scene.request.long_mode = true;
	scene.map.count = 0;
	add_memory(&scene.map, 0x1000000, 0x1300000, BOOT_MEM_RAM);
	add_memory(&scene.map, 4 * GIB, 1024 * GIB, BOOT_MEM_RAM);
	scene.efi.vendor = 0;
	lay_out(&scene.request, &scene.layout);
	assert_true(scene.layout.entry.reg[KLEAP_X86_SI] > 1023 * GIB);
	judge_system(&scene, UINT64_MAX);
	judge_ram_map(&scene);
	shut(&scene);
}

/* struct efi_setup_data, and the map as SetVirtualAddressMap() had it. */
static void efi_runtime(void **state)
{
	static const struct boot_efi_range range[] = {
		{ 5, 0x7ed00000, 0xfffffffeff800000, 0x100, 0x800000000000000f },
		{ 6, 0x7ee00000, 0xfffffffeff400000, 0x223, 0x800000000000000f },
	};
	static const uint64_t setup[12] = {
		0x7ee46898, 0x7eff6018, 0x7ee9e198, 0x7f5ee000,
	};
	struct recipe recipe = usual;
	struct efi_told where;
	struct scene scene;

	(void)state;
	recipe.xloadflags = 0x1f;
	open_efi(&scene, &recipe, true);
	scene.efi.system = 0x1007eff5018;
	scene.efi.runtime = 0x7eff6018;
	scene.efi.tables = 0x7ee9e198;
	scene.efi.range = range;
	scene.efi.ranges = 2;
	lay_out(&scene.request, &scene.layout);
	where = efi_told(&scene);
	assert_int_equal(where.type, 4);
	assert_int_equal(where.system, 0x1007eff5018);
	for (size_t i = 0; i < 12; i++)
		assert_int_equal(get(lies_at(&scene, where.item + 16, 96), i * 8, 8), setup[i]);
	assert_true(where.map >= where.item + 16 + 96);
	assert_int_equal(where.map_size, 80);
	for (size_t i = 0; i < 2; i++) {
		const unsigned char *at = lies_at(&scene, where.map + i * 40, 40);

		assert_int_equal(get(at, 0, 8), range[i].type);
		assert_int_equal(get(at, 8, 8), range[i].start);
		assert_int_equal(get(at, 16, 8), range[i].virtual_start);
		assert_int_equal(get(at, 24, 8), range[i].pages);
		assert_int_equal(get(at, 32, 8), range[i].attributes);
	}
	shut(&scene);
}

/* What the header says that is asked before a layout. */
static void headers(void **state)
{
	struct recipe recipe = usual;
	struct scene scene;

	(void)state;
	for (recipe.protocol = 0x0206; recipe.protocol <= 0x020f; recipe.protocol++)
		for (unsigned int flags = 0; flags < 0x40; flags++) {
			bool reads = recipe.protocol >= 0x020c && (flags & 0x10);

			recipe.xloadflags = (uint16_t)flags;
			open_scene(&scene, &recipe);
			assert_int_equal(boot_protocol_of(scene.file, scene.request.kernel_size),
					 recipe.protocol);
			assert_int_equal(boot_reads_efi_setup(scene.file,
							      scene.request.kernel_size), reads);
			scene.file[0x202]++;
			assert_int_equal(boot_protocol_of(scene.file, scene.request.kernel_size), 0);
			assert_false(boot_reads_efi_setup(scene.file, scene.request.kernel_size));
			shut(&scene);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(running_params),
		cmocka_unit_test(old_headers),
		cmocka_unit_test(framebuffer),
		cmocka_unit_test(no_framebuffer),
		cmocka_unit_test(setup_data),
		cmocka_unit_test(much_setup_data),
		cmocka_unit_test(efi_tables),
		cmocka_unit_test(efi_joined),
		cmocka_unit_test(efi_tables_above_4gib),
		cmocka_unit_test(efi_params_above_4gib),
		cmocka_unit_test(efi_runtime),
		cmocka_unit_test(headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
