/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Device trees: what the files of this folder share. Only they use libfdt.
 */
#ifndef KLEAP_DEVICETREE_H
#define KLEAP_DEVICETREE_H

#include "../cli.h"

#include <libfdt.h>

/* The levels of nodes that Linux reads, and the largest tree that any kernel maps. */
#define TREE_LEVELS 64
#define TREE_SIZE_MAX (2u << 20)

/* Report an error of libfdt's, about a file. */
int say_tree(uint32_t error, int fdt_error, const char *path);

/* Report that a tree has more bytes than any kernel takes. Returns REFUSED. */
int say_large(const char *path, uint64_t size);

/*
 * Check that `size` bytes are a device tree that libfdt and Linux can read. Exit codes:
 * REFUSED.
 */
int check_tree(const char *path, const void *data, size_t size);

/* Is it one for another tree? */
bool is_overlay(const void *blob);

/* Take out what belongs to the running kernel's boot only. */
void forget_boot(struct device_tree *tree);

/* Apply the overlays to the tree, in order. Exit codes: REFUSED, PERMISSION, MEMORY, SYSTEM. */
int apply_overlays(const struct options *options, struct device_tree *tree);

/*
 * Make room for `more` bytes in the tree. Exit codes: MEMORY.
 */
int grow_tree(struct device_tree *tree, size_t more);

/* Refuse a tree whose interrupt-parent properties lead in a circle. Exit codes: REFUSED, MEMORY. */
int check_cycles(const struct device_tree *tree);

/* Is a node in use? */
bool is_enabled(const void *blob, int node);

#endif
