/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzer: the command's device trees, from a file to what the new kernel gets.
 *
 * The input makes a tree and an overlay: good ones, from nodes and properties that mean
 * something, then with some bytes damaged; or any bytes. What is accepted must be a tree that
 * libfdt finds no fault with, with the command line, without what is of one boot, with the
 * memory of the machine, and with all that it reserves, and that must be kept, reserved. What is
 * usable is memory that it tells, and no way to an interrupt controller is without an end.
 */
#include "fuzz.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

#define ROOM 16384

static char folder[64], path[2][80], kept_path[128];

/* The folder of `kept`, and those above it. */
static const char *const above[] = { "/sys", "/sys/kernel", "/sys/kernel/kleap" };
#define ABOVE (sizeof(above) / sizeof(above[0]))

static void remove_folder(void)
{
	char name[128];

	unlink(path[0]);
	unlink(path[1]);
	unlink(kept_path);
	for (size_t i = ABOVE; i > 0; i--) {
		snprintf(name, sizeof(name), "%s%s", folder, above[i - 1]);
		rmdir(name);
	}
	rmdir(folder);
}

static void make_folder(void)
{
	if (folder[0])
		return;
	snprintf(folder, sizeof(folder), "%s/kleap-fuzz-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	HOLDS(mkdtemp(folder));
	snprintf(path[0], sizeof(path[0]), "%s/tree", folder);
	snprintf(path[1], sizeof(path[1]), "%s/overlay", folder);
	for (size_t i = 0; i < ABOVE; i++) {
		snprintf(kept_path, sizeof(kept_path), "%s%s", folder, above[i]);
		HOLDS(!mkdir(kept_path, 0700));
	}
	HOLDS(strlen(kept_path) + sizeof("/kept") <= sizeof(kept_path));
	strcat(kept_path, "/kept");
	setenv("KLEAP_ROOT", folder, 1);
	atexit(remove_folder);
}

static const char *const nodes[] = {
	"chosen", "memory@40000000", "memory", "reserved-memory", "a@50000000", "__symbols__",
	"__fixups__", "__local_fixups__", "fragment@0", "fragment@1", "__overlay__", "uart", "x",
};

static const char *const names[] = {
	"device_type", "reg", "linux,usable-memory", "#address-cells", "#size-cells", "status",
	"bootargs", "linux,initrd-start", "linux,initrd-end", "linux,elfcorehdr",
	"linux,usable-memory-range", "linux,ima-kexec-buffer", "kaslr-seed", "rng-seed",
	"linux,uefi-system-table", "phandle", "target", "target-path", "uart", "no-map", "size",
	"interrupt-parent", "#interrupt-cells",
};

static const char *const values[] = {
	"memory", "okay", "disabled", "/uart", "/", "/fragment@0:target:0", "/fragment@0/__overlay__:x:0",
	"console=ttyS0 initrd=1", "/chosen", "",
};

/* A property's value: a text, cells, or any bytes. */
static int take_value(struct input *input, char *to)
{
	uint64_t kind = take(input, 1);
	int size = 0;

	if (kind < 0x60) {
		strcpy(to, values[kind % (sizeof(values) / sizeof(values[0]))]);
		return (int)strlen(to) + 1;
	}
	for (uint64_t i = kind % 9; i > 0 && kind < 0xe0; i--, size += 4)
		fdt32_st(to + size, (uint32_t)(i % 2 ? take_odd(input) : take(input, 1) % 4 << 28));
	if (kind >= 0xe0)
		take_bytes(input, to, (size_t)(size = (int)kind % 32));
	return size;
}

/* A tree from decisions; it ends where it has no room, or is too deep for this. */
static size_t take_tree(struct input *input, char *to)
{
	int node = 0, depth = 0;
	char value[100];

	HOLDS(!fdt_create_empty_tree(to, ROOM));
	for (uint64_t i = take(input, 1) % 4; i > 0; i--)
		fdt_add_mem_rsv(to, take_odd(input), take_odd(input));
	for (uint64_t i = take(input, 1) % 64; i > 0; i--) {
		uint64_t kind = take(input, 1);

		if (kind % 4 == 0) {
			int child = fdt_add_subnode(to, node, nodes[(kind >> 2) % (sizeof(nodes) / sizeof(nodes[0]))]);

			if (child < 0 || depth == 70)
				continue;
			node = child;
			depth++;
		} else if (kind % 4 == 1 && depth) {
			node = fdt_parent_offset(to, node);
			depth--;
		} else {
			int size = take_value(input, value);

			fdt_setprop(to, node, names[(kind >> 2) % (sizeof(names) / sizeof(names[0]))], value, size);
		}
	}
	fdt_pack(to);
	return fdt_totalsize(to);
}

static void take_file(struct input *input, const char *name)
{
	static char bytes[ROOM];
	uint64_t kind = take(input, 1);
	size_t size = (size_t)kind;
	FILE *file;

	if (kind < 0xf0)
		size = take_tree(input, bytes);
	else
		take_bytes(input, bytes, size);
	for (uint64_t i = kind % 16 < 8 ? 0 : kind % 8; i > 0; i--)
		bytes[take(input, 2) % size] = (char)take(input, 1);
	if (kind % 16 == 8)
		size = (size_t)take(input, 2) % (size + 1);
	file = fopen(name, "w");
	HOLDS(file && fwrite(bytes, 1, size, file) == size && !fclose(file));
}

/* What must be kept: ranges as the module writes them, or any bytes; or there is no module. */
static void take_kept(struct input *input)
{
	uint64_t lines = take(input, 1) % 5;
	char bytes[32];
	FILE *file;

	unlink(kept_path);
	if (!lines)
		return;
	file = fopen(kept_path, "w");
	HOLDS(file);
	for (; lines > 1; lines--) {
		uint64_t start = take_odd(input), last = start + take(input, 2);

		if (take(input, 1) & 1) {
			fprintf(file, "%08llx-%08llx : x\n", (unsigned long long)start,
				(unsigned long long)last);
			continue;
		}
		take_bytes(input, bytes, sizeof(bytes));
		fwrite(bytes, 1, sizeof(bytes), file);
	}
	HOLDS(!fclose(file));
}

/* Nothing that must be kept may be used. */
static void judge_kept(const struct machine *machine, const struct boot_map *usable)
{
	for (uint32_t i = 0; i < machine->kepts; i++) {
		const struct kimg_range *kept = &machine->kept[i].range;

		HOLDS(kept->start < kept->end);
		for (uint32_t k = 0; k < usable->count; k++)
			HOLDS(usable->mem[k].type != BOOT_MEM_RAM ||
			      usable->mem[k].range.end <= kept->start ||
			      usable->mem[k].range.start >= kept->end);
	}
}

static bool has(const void *blob, const char *name)
{
	return fdt_getprop(blob, fdt_path_offset(blob, "/chosen"), name, NULL) != NULL;
}

/* The way of Linux's of_irq_find_parent(), from each node. */
static void judge_interrupts(const void *blob)
{
	for (int start = 0; start >= 0; start = fdt_next_node(blob, start, NULL)) {
		int at = start, size;

		for (unsigned int steps = 0; at >= 0; steps++) {
			const fdt32_t *parent = fdt_getprop(blob, at, "interrupt-parent", &size);

			HOLDS(steps < ROOM);
			at = parent && size >= 4 ?
				fdt_node_offset_by_phandle(blob, fdt32_ld(parent)) :
				fdt_parent_offset(blob, at);
			if (at >= 0 && fdt_getprop(blob, at, "#interrupt-cells", NULL))
				break;
		}
	}
}

/* What the new kernel gets. */
static void judge(const struct device_tree *tree, const struct boot_map *map, bool initrd)
{
	static const char *const gone[] = {
		"linux,elfcorehdr", "linux,usable-memory-range", "linux,ima-kexec-buffer",
	};
	const void *blob = tree->blob;
	const char *line = fdt_getprop(blob, fdt_path_offset(blob, "/chosen"), "bootargs", NULL);

	HOLDS(!fdt_check_full(blob, fdt_size(tree)));
	HOLDS(line && !strcmp(line, "quiet"));
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		HOLDS(!has(blob, gone[i]));
	HOLDS(has(blob, "linux,initrd-start") == initrd && has(blob, "linux,initrd-end") == initrd);
	HOLDS(has(blob, "rng-seed") && has(blob, "kaslr-seed"));
	for (uint32_t i = 0; i < tree->memory.count; i++)
		HOLDS(tree->memory.mem[i].type == BOOT_MEM_RAM);
	judge_interrupts(blob);
	for (uint32_t i = 0; i < map->count && !tree_has_efi(tree); i++)
		HOLDS(map->mem[i].type != BOOT_MEM_RAM ||
		      boot_map_is_ram(&tree->memory, map->mem[i].range.start, map->mem[i].range.end));
	for (uint32_t i = 0; i < map->count; i++)
		HOLDS(i == 0 || map->mem[i - 1].range.end <= map->mem[i].range.start);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const char seed[SEED_SIZE] = "12345678901234567890123456789012";
	static struct device_tree tree;
	static struct boot_map map, usable;
	static struct machine machine;
	const char *overlay[] = { path[1] };
	struct options options = { .dtb = path[0], .kernel = "kernel" };
	const struct kernel kernel = { .data = "", .size = 0 };
	struct input input = { bytes, size };
	struct notes notes = { 0 };
	FILE *out = stdout, *err = stderr;
	char *said = NULL;
	size_t said_size;
	struct kimg_why why;
	bool initrd;
	int code;

	make_folder();
	memset(&tree, 0, sizeof(tree));
	tree.notes = &notes;
	map.count = 0;
	boot_map_put(&map, 0x40000000, 0x50000000, BOOT_MEM_RAM, BOOT_PUT_OVER, &why);
	boot_map_put(&map, take(&input, 1) << 28, (1 + take(&input, 2)) << 30, BOOT_MEM_RAM, BOOT_PUT_OVER, &why);
	usable = map;
	initrd = take(&input, 1) & 1;
	take_file(&input, path[0]);
	if (take(&input, 1) & 1) {
		take_file(&input, path[1]);
		options.overlay = (struct values){ overlay, 1 };
	}
	take_kept(&input);
	stdout = stderr = open_memstream(&said, &said_size);
	HOLDS(stdout);
	code = read_tree(&options, false, &kernel, &tree);
	if (!code)
		code = read_tree_memory(&tree);
	if (!code)
		code = compare_memory(&tree, &map, &usable);
	if (!code)
		code = reserve_kept(&tree, &machine);
	if (!code)
		code = put_reservations(&tree, &usable);
	if (!code)
		code = complete_tree(&tree, "quiet", initrd, seed, seed);
	fclose(stdout);
	stdout = out;
	stderr = err;
	HOLDS(code >= EXIT_OK && code <= EXIT_SYSTEM && (code || !said_size));
	if (!code) {
		if (initrd)
			place_initrd(&tree, 0x48000000, 1);
		judge(&tree, &usable, initrd);
		judge_kept(&machine, &usable);
	}
	free(said);
	free_tree(&tree);
	free_notes(&notes);
	return 0;
}
