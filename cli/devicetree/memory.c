// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory in a device tree: what is there, and what is reserved; compared with the machine's
 * memory map.
 */
#include "devicetree.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Linux reads lists of addresses and sizes of one or two cells. */
static bool are_cells(int address, int size)
{
	return (address == 1 || address == 2) && (size == 1 || size == 2);
}

/* As Linux reads it: where the root does not say, one. libfdt takes two. */
static int address_cells(const void *blob, int node)
{
	return node || fdt_getprop(blob, node, "#address-cells", NULL) ?
		fdt_address_cells(blob, node) : 1;
}

static uint64_t read_cells(const fdt32_t *cell, int cells)
{
	uint64_t value = fdt32_ld(cell);

	return cells == 2 ? value << 32 | fdt32_ld(cell + 1) : value;
}

static uint64_t end_of(uint64_t start, uint64_t size)
{
	return size < UINT64_MAX - start ? start + size : UINT64_MAX;
}

static int say_cells(const struct device_tree *tree, int node, int size, int address, int cells)
{
	const struct kimg_why why = { .error = KIMG_E_TREE_CELLS, .a = (uint64_t)size,
				      .b = (uint64_t)address, .c = (uint64_t)cells };
	const char *name = fdt_get_name(tree->blob, node, NULL);

	return say_why_of(&why, "%s: %s", tree->source, name);
}

/*
 * Put the ranges of a node's property into a map, as this type. A node without it is none.
 * `parent` has the numbers of cells. Exit codes: REFUSED.
 */
static int put_ranges(const struct device_tree *tree, int node, const char *name, int parent,
		      struct boot_map *map, enum boot_mem_type type)
{
	int address = address_cells(tree->blob, parent);
	int cells = fdt_size_cells(tree->blob, parent), size, i;
	const fdt32_t *list = fdt_getprop(tree->blob, node, name, &size);
	struct kimg_why why;

	if (!list || !size)
		return EXIT_OK;
	if (!are_cells(address, cells) || size % (4 * (address + cells)))
		return say_cells(tree, node, size, address, cells);
	for (i = 0; i < size / 4; i += address + cells) {
		uint64_t start = read_cells(list + i, address);
		uint64_t bytes = read_cells(list + i + address, cells);

		if (boot_map_put(map, start, end_of(start, bytes), type, BOOT_PUT_OVER, &why))
			return say_why(&why);
	}
	return EXIT_OK;
}

static bool is_memory(const void *blob, int node)
{
	int size;
	const char *type = fdt_getprop(blob, node, "device_type", &size);

	return type && size == sizeof("memory") && !memcmp(type, "memory", sizeof("memory"));
}

int read_tree_memory(struct device_tree *tree)
{
	int node, code = EXIT_OK;

	tree->memory.count = 0;
	fdt_for_each_subnode(node, tree->blob, 0) {
		const char *name = "linux,usable-memory";

		if (!is_memory(tree->blob, node) || !is_enabled(tree->blob, node))
			continue;
		if (!fdt_getprop(tree->blob, node, name, NULL))
			name = "reg";
		code = put_ranges(tree, node, name, 0, &tree->memory, BOOT_MEM_RAM);
		if (code)
			break;
	}
	return code;
}

/* ---- Reservations ----------------------------------------------------------------------- */

int put_reservations(const struct device_tree *tree, struct boot_map *map)
{
	int parent = fdt_path_offset(tree->blob, "/reserved-memory"), node, i, code;
	uint64_t start, bytes;
	struct kimg_why why;

	for (i = 0; i < fdt_num_mem_rsv(tree->blob); i++) {
		fdt_get_mem_rsv(tree->blob, i, &start, &bytes);
		if (boot_map_put(map, start, end_of(start, bytes), BOOT_MEM_RESERVED, BOOT_PUT_OVER,
				 &why))
			return say_why(&why);
	}
	if (parent < 0)
		return EXIT_OK;
	/* Those without an address get one from the new kernel. */
	fdt_for_each_subnode(node, tree->blob, parent) {
		if (!is_enabled(tree->blob, node))
			continue;
		code = put_ranges(tree, node, "reg", parent, map, BOOT_MEM_RESERVED);
		if (code)
			return code;
	}
	return EXIT_OK;
}

/* ---- Memory that the tree does not tell ---------------------------------------------------- */

/* Remove all memory nodes. */
static void remove_memory(void *blob)
{
	int node = fdt_first_subnode(blob, 0), next;

	while (node >= 0) {
		next = fdt_next_subnode(blob, node);
		if (is_memory(blob, node)) {
			fdt_del_node(blob, node);
			/* Offsets have changed. */
			next = fdt_first_subnode(blob, 0);
		}
		node = next;
	}
}

/* The most that an entry tells where sizes have one cell. */
#define ENTRY_MAX (1ull << 31)

/* Append a number of one or two cells. Returns an error of libfdt. */
static int append_number(void *blob, int node, uint64_t value, int cells)
{
	return cells == 1 ? fdt_appendprop_u32(blob, node, "reg", (uint32_t)value) :
			    fdt_appendprop_u64(blob, node, "reg", value);
}

/*
 * Make a memory node of a range, with as many entries as its size needs. Returns an error of
 * libfdt. (Its fdt_appendprop_addrrange() refuses address 0 of one cell, up to 1.6.1 at least.)
 */
static int add_memory(void *blob, uint64_t start, uint64_t end, int address, int cells)
{
	char name[40];
	int node, error;

	snprintf(name, sizeof(name), "memory@%" PRIx64, start);
	node = fdt_add_subnode(blob, 0, name);
	error = node < 0 ? node : fdt_setprop(blob, node, "device_type", "memory", sizeof("memory"));
	while (!error && start < end) {
		uint64_t bytes = end - start;

		if (cells == 1 && bytes > ENTRY_MAX)
			bytes = ENTRY_MAX;
		error = append_number(blob, node, start, address);
		if (!error)
			error = append_number(blob, node, bytes, cells);
		start += bytes;
	}
	return error;
}

/*
 * Make memory nodes of a map's RAM. `*lost` gets the bytes that addresses of one cell cannot
 * tell. Exit codes: REFUSED, MEMORY.
 */
static int write_memory(struct device_tree *tree, const struct boot_map *map, uint64_t *lost)
{
	int address = address_cells(tree->blob, 0), cells = fdt_size_cells(tree->blob, 0);
	uint64_t top = address == 1 ? 1ull << 32 : UINT64_MAX, room;
	int code, error = 0;
	uint32_t i;

	*lost = 0;
	if (!are_cells(address, cells))
		return say_cells(tree, 0, 0, address, cells);
	remove_memory(tree->blob);
	/* Nodes with an entry each, and more entries. */
	room = map->count * 128u + (cells == 1 ? boot_map_ram(map, 0) / ENTRY_MAX * 16u : 0);
	if (room > TREE_SIZE_MAX)
		return say_large(tree->source, fdt_totalsize(tree->blob) + room);
	code = grow_tree(tree, (size_t)room);
	for (i = 0; i < map->count && !code; i++) {
		struct kimg_range range = map->mem[i].range;

		if (map->mem[i].type != BOOT_MEM_RAM)
			continue;
		if (range.end > top) {
			*lost += range.end - (range.start > top ? range.start : top);
			range.end = top;
		}
		if (range.start < range.end)
			error = add_memory(tree->blob, range.start, range.end, address, cells);
		if (error)
			return say_tree(KIMG_E_TREE_DAMAGED, error, tree->source);
	}
	return code;
}

/*
 * RAM of `one` that is not RAM of `other`, in a static map. There is none left if there are too
 * many ranges.
 */
static const struct boot_map *missing(const struct boot_map *one, const struct boot_map *other)
{
	static struct boot_map rest;
	struct kimg_why why;
	uint32_t i;

	rest = *one;
	for (i = 0; i < other->count; i++)
		if (other->mem[i].type == BOOT_MEM_RAM &&
		    boot_map_cut(&rest, other->mem[i].range.start, other->mem[i].range.end, &why))
			rest.count = 0;
	return &rest;
}

/*
 * The new kernel cannot lie where its tree has no memory. Exit codes: REFUSED.
 */
static int keep_told(const struct device_tree *tree, struct boot_map *usable)
{
	const struct boot_map *rest = missing(usable, &tree->memory);
	struct kimg_why why;
	uint32_t i;

	for (i = 0; i < rest->count; i++)
		if (rest->mem[i].type == BOOT_MEM_RAM)
			boot_map_cut(usable, rest->mem[i].range.start, rest->mem[i].range.end, &why);
	if (boot_map_ram(usable, 0))
		return EXIT_OK;
	kimg_fail(&why, KIMG_E_TREE_MEMORY, .a = boot_map_ram(rest, 0));
	return say_why_of(&why, "%s", tree->source);
}

/* A tree from a file is for any machine with this board: it is told this one's memory. */
int compare_memory(struct device_tree *tree, const struct boot_map *map, struct boot_map *usable)
{
	static struct boot_map told;
	uint64_t less, more, lost;
	uint32_t i;
	int code;

	/* There EFI's map counts. */
	if (tree_has_efi(tree)) {
		tree->memory.count = 0;
		return EXIT_OK;
	}
	less = boot_map_ram(missing(map, &tree->memory), 0);
	/* What is reserved need not be in the map. */
	told = *map;
	code = put_reservations(tree, &told);
	if (code)
		return code;
	for (i = 0; i < told.count; i++)
		told.mem[i].type = BOOT_MEM_RAM;
	more = boot_map_ram(missing(&tree->memory, &told), 0);
	if (!less && !more)
		return EXIT_OK;
	if (!tree->given && tree->memory.count) {
		if (less)
			add_note(tree->notes, "%s of RAM is not in the device tree: the new kernel does not use it",
				 size_text(less));
		if (more)
			add_note(tree->notes, "%s of memory in the device tree is not in the memory map: not used here",
				 size_text(more));
		return keep_told(tree, usable);
	}
	code = write_memory(tree, map, &lost);
	if (!code)
		code = read_tree_memory(tree);
	if (code)
		return code;
	add_note(tree->notes, "the memory nodes of %s do not fit this machine: it is told %s", tree->source,
		 size_text(boot_map_ram(&tree->memory, 0)));
	if (lost)
		add_note(tree->notes, "%s of RAM has addresses that this device tree cannot tell (#address-cells): lost",
			 size_text(lost));
	return keep_told(tree, usable);
}
