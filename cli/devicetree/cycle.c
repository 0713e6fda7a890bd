// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Device trees in which Linux loses itself: of_irq_find_parent() goes from a node to the one
 * that interrupt-parent names, else to the node above, up to one with #interrupt-cells.
 */
#include "devicetree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NOWHERE UINT32_MAX

struct node {
	int offset;
	uint32_t up;			/* the node above; both are indices, or NOWHERE */
	uint32_t phandle, parent;	/* its own, and that of interrupt-parent; 0: none */
	bool is_controller;
	uint32_t seen;			/* index + 1 of the node from where it was first come to; 0: not yet */
};

struct handle {
	uint32_t phandle, node;
};

static int compare(const void *one, const void *other)
{
	uint32_t a = ((const struct handle *)one)->phandle, b = ((const struct handle *)other)->phandle;

	return (a > b) - (a < b);
}

static uint32_t cell_of(const void *blob, int node, const char *name)
{
	int size;
	const fdt32_t *cell = fdt_getprop(blob, node, name, &size);

	return cell && size >= 4 ? fdt32_ld(cell) : 0;
}

static uint32_t count_nodes(const void *blob)
{
	uint32_t count = 0;
	int at;

	for (at = 0; at >= 0; at = fdt_next_node(blob, at, NULL))
		count++;
	return count;
}

/* Fill both lists, in the tree's order. There are at most TREE_LEVELS levels. */
static void read_nodes(const void *blob, struct node *node, struct handle *handle)
{
	uint32_t above[TREE_LEVELS] = { NOWHERE }, i = 0;
	int at = 0, depth = 0;

	for (; at >= 0 && depth >= 0; at = fdt_next_node(blob, at, &depth), i++) {
		node[i] = (struct node){
			.offset = at,
			.up = depth ? above[depth - 1] : NOWHERE,
			.phandle = fdt_get_phandle(blob, at),
			.parent = cell_of(blob, at, "interrupt-parent"),
			.is_controller = fdt_getprop(blob, at, "#interrupt-cells", NULL),
		};
		above[depth] = i;
		handle[i] = (struct handle){ node[i].phandle, i };
	}
}

/* The node that Linux goes to next. */
static uint32_t next_of(const struct node *node, const struct handle *handle, uint32_t count)
{
	const struct handle wanted = { .phandle = node->parent }, *found;

	if (!node->parent)
		return node->up;
	found = bsearch(&wanted, handle, count, sizeof(*handle), compare);
	return found ? found->node : NOWHERE;
}

/* Does Linux go on from this node? */
static bool goes_on(const struct node *node, uint32_t at)
{
	return at != NOWHERE && !node[at].is_controller;
}

/* A node in a circle; NOWHERE: there is none. */
static uint32_t find_cycle(struct node *node, const struct handle *handle, uint32_t count)
{
	uint32_t i, at;

	for (i = 0; i < count; i++) {
		if (node[i].seen)
			continue;
		at = i;
		do {
			node[at].seen = i + 1;
			at = next_of(&node[at], handle, count);
		} while (goes_on(node, at) && !node[at].seen);
		/* Else it was come to before, and has an end. */
		if (goes_on(node, at) && node[at].seen == i + 1)
			return at;
	}
	return NOWHERE;
}

int check_cycles(const struct device_tree *tree)
{
	const struct kimg_why why = { .error = KIMG_E_TREE_CYCLE };
	uint32_t count = count_nodes(tree->blob), at;
	struct handle *handle = calloc(count, sizeof(*handle));
	struct node *node = calloc(count, sizeof(*node));
	char path[256] = "a node";
	int code = EXIT_OK;

	if (!node || !handle) {
		code = say_errno(ENOMEM, NULL, "cannot check the device tree");
		goto free;
	}
	read_nodes(tree->blob, node, handle);
	qsort(handle, count, sizeof(*handle), compare);
	at = find_cycle(node, handle, count);
	if (at != NOWHERE) {
		fdt_get_path(tree->blob, node[at].offset, path, sizeof(path));
		code = say_why_of(&why, "%s: %s", tree->source, path);
	}
free:
	free(handle);
	free(node);
	return code;
}
