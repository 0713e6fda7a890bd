// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where the device tree comes from, and whether it is one.
 */
#include "devicetree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUNNING_TREE "/sys/firmware/fdt"

int say_tree(uint32_t error, int fdt_error, const char *path)
{
	const struct kimg_why why = { .error = error, .a = (uint64_t)-fdt_error };
	char text[MESSAGE_MAX], hint[512];

	snprintf(text, sizeof(text), error == KIMG_E_OVERLAY_FAILED ?
		 "the overlay %s does not apply to the device tree: %s" :
		 "%s is not a device tree, or damaged: %s", path, fdt_strerror(fdt_error));
	kimg_hint(&why, hint, sizeof(hint));
	return say_refused(error, text, hint);
}

int say_large(const char *path, uint64_t size)
{
	const struct kimg_why why = { .error = KIMG_E_TREE_LARGE, .a = size, .b = TREE_SIZE_MAX };

	return say_why_of(&why, "%s", path);
}

/* Are there more levels of nodes than Linux reads? */
static bool is_deep(const void *blob)
{
	int node = 0, depth = 0;

	while (node >= 0 && depth >= 0) {
		if (depth >= TREE_LEVELS)
			return true;
		node = fdt_next_node(blob, node, &depth);
	}
	return false;
}

int check_tree(const char *path, const void *data, size_t size)
{
	struct kimg_why why = { .error = KIMG_E_TREE_DEEP, .a = TREE_LEVELS };
	char text[MESSAGE_MAX];
	int error;

	if (!size) {
		snprintf(text, sizeof(text), "%s is empty, and no device tree", path);
		return say_refused(KIMG_E_TREE_DAMAGED, text, "copy the file again");
	}
	if (size < FDT_V1_SIZE)
		return say_tree(KIMG_E_TREE_DAMAGED, -FDT_ERR_TRUNCATED, path);
	error = fdt_check_header(data);
	if (!error && fdt_totalsize(data) > size) {
		why = (struct kimg_why){ .error = KIMG_E_TREE_CUT, .a = size,
					 .b = fdt_totalsize(data), .c = fdt_totalsize(data) - size };
		return say_why_of(&why, "%s", path);
	}
	if (!error && fdt_totalsize(data) > TREE_SIZE_MAX)
		return say_large(path, fdt_totalsize(data));
	if (!error)
		error = fdt_check_full(data, size);
	if (error)
		return say_tree(KIMG_E_TREE_DAMAGED, error, path);
	return is_deep(data) ? say_why_of(&why, "%s", path) : EXIT_OK;
}

int grow_tree(struct device_tree *tree, size_t more)
{
	size_t size = fdt_totalsize(tree->blob) + more;
	void *larger = realloc(tree->blob, size);

	if (!larger)
		return say_errno(ENOMEM, NULL, "cannot change the device tree");
	tree->blob = larger;
	/* Only the size changes: the tree is in this form already. */
	fdt_open_into(larger, larger, (int)size);
	return EXIT_OK;
}

/*
 * Take a copy that can be changed. Exit codes: REFUSED, MEMORY.
 */
static int copy_tree(struct device_tree *tree, const void *data, size_t size)
{
	int code = check_tree(tree->source, data, size), error;

	if (code)
		return code;
	/* What an old version of the format lacks has room, too. */
	size = fdt_totalsize(data) + 4096;
	tree->blob = malloc(size);
	if (!tree->blob)
		return say_errno(ENOMEM, NULL, "cannot copy the device tree");
	error = fdt_open_into(data, tree->blob, (int)size);
	if (error)
		return say_tree(KIMG_E_TREE_DAMAGED, error, tree->source);
	return EXIT_OK;
}

bool is_overlay(const void *blob)
{
	int node;

	fdt_for_each_subnode(node, blob, 0)
		if (fdt_subnode_offset(blob, node, "__overlay__") >= 0)
			return true;
	return false;
}

/* Refuse an overlay in place of a tree. Exit codes: REFUSED. */
static int check_whole(const struct device_tree *tree)
{
	char text[MESSAGE_MAX];

	if (!is_overlay(tree->blob))
		return EXIT_OK;
	snprintf(text, sizeof(text), "%s is an overlay, not the device tree of a machine", tree->source);
	return say_refused(KIMG_E_TREE_DAMAGED, text, "give it with --dtb-overlay");
}

/*
 * Read the running kernel's tree. `*found` is false if it has none.
 */
static int read_running(struct device_tree *tree, bool *found)
{
	char *data = malloc(TREE_SIZE_MAX + 1);
	static char path[256];
	int code;
	long got;

	if (!data)
		return say_errno(ENOMEM, NULL, "cannot read the device tree");
	tree->source = system_path(path, sizeof(path), RUNNING_TREE);
	got = read_system_file(path, data, TREE_SIZE_MAX + 1);
	*found = got >= 0 || errno != ENOENT;
	code = got >= 0 ? copy_tree(tree, data, (size_t)got) :
	       *found ? say_errno(errno, NULL, "cannot read %s", path) : EXIT_OK;
	free(data);
	return code;
}

/* How many trees follow one another, from the start of these bytes on? They lie at any address. */
static unsigned int count_trees(const struct boot_piece *piece)
{
	const unsigned char *at = piece->data;
	uint64_t left = piece->size;
	unsigned int count = 0;

	while (left >= FDT_V1_SIZE && fdt32_ld((const void *)at) == FDT_MAGIC &&
	       fdt32_ld((const void *)(at + 4)) >= FDT_V1_SIZE) {
		uint64_t size = fdt32_ld((const void *)(at + 4));

		size = size < left ? size : left;
		count++;
		at += size;
		left -= size;
	}
	return count;
}

/* copy_tree() of one at any address, which libfdt would not read. */
static int copy_appended(struct device_tree *tree, const struct boot_piece *appended)
{
	void *copy = malloc((size_t)appended->size);
	int code;

	if (!copy)
		return say_errno(ENOMEM, NULL, "cannot copy the device tree");
	memcpy(copy, appended->data, (size_t)appended->size);
	code = copy_tree(tree, copy, (size_t)appended->size);
	free(copy);
	return code;
}

/* What boot loaders of phones and routers leave behind a kernel: a tree, or several. */
static struct boot_piece appended_to(const struct kernel *kernel)
{
	struct boot_piece tree = boot_appended_tree(kernel->data, kernel->size);

	if (!tree.size && count_trees(&kernel->behind))
		tree = kernel->behind;
	return tree;
}

int read_tree(const struct options *options, bool running, const struct kernel *kernel,
	      struct device_tree *tree)
{
	struct boot_piece appended = appended_to(kernel);
	const struct kimg_why none = { .error = KIMG_E_TREE_NONE };
	struct mapping file = { 0 };
	bool found = false;
	int code = EXIT_OK;

	if (options->dtb) {
		found = true;
		tree->given = true;
		tree->source = options->dtb;
		code = map_file(options->dtb, &file);
		if (!code)
			code = copy_tree(tree, file.data, file.size);
		unmap_file(&file);
	} else if (running) {
		code = read_running(tree, &found);
	}
	if (code)
		return code;
	if (!found) {
		if (!appended.size)
			return say_why(&none);
		tree->given = true;
		tree->source = options->kernel;
		if (count_trees(&appended) > 1)
			add_note(tree->notes, "%u device trees are appended to the kernel, the first is used: "
				 "give this machine's with --dtb", count_trees(&appended));
		code = copy_appended(tree, &appended);
	} else if (appended.size) {
		add_note(tree->notes, "what is appended to the kernel, a device tree, is not used; to get it as a file "
			 "for --dtb: tail -c %" PRIu64 " '%s' > FILE", appended.size, options->kernel);
	}
	if (code)
		return code;
	code = check_whole(tree);
	if (code)
		return code;
	forget_boot(tree);
	code = apply_overlays(options, tree);
	return code ? code : check_cycles(tree);
}

void free_tree(struct device_tree *tree)
{
	/* It has seeds for random numbers. */
	if (tree->blob)
		explicit_bzero(tree->blob, fdt_totalsize(tree->blob));
	free(tree->blob);
	tree->blob = NULL;
}

bool is_enabled(const void *blob, int node)
{
	const char *status = fdt_getprop(blob, node, "status", NULL);

	return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}
