// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Overlays, applied by libfdt to a tree with symbols.
 */
#include "devicetree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A label that the overlay refers to and the tree does not have; NULL: there is none.
 */
static const char *missing_label(const void *blob, const void *overlay)
{
	int symbols = fdt_path_offset(blob, "/__symbols__");
	int fixups = fdt_path_offset(overlay, "/__fixups__"), property;
	const char *label;

	if (fixups < 0)
		return NULL;
	fdt_for_each_property_offset(property, overlay, fixups) {
		fdt_getprop_by_offset(overlay, property, &label, NULL);
		if (symbols < 0 || !fdt_getprop(blob, symbols, label, NULL))
			return label;
	}
	return NULL;
}

static int say_label(const struct device_tree *tree, const char *path, const char *label)
{
	bool symbols = fdt_path_offset(tree->blob, "/__symbols__") >= 0;
	char text[MESSAGE_MAX];

	snprintf(text, sizeof(text), "the overlay %s refers to the label %s, which %s does not have",
		 path, label, tree->source);
	return say_refused(KIMG_E_OVERLAY_LABEL, text, symbols ?
			   "is the overlay for this machine?" :
			   "that tree has no labels at all: give one built with them (dtc -@) with --dtb");
}

/*
 * Apply one. libfdt changes the overlay, and spoils both if it fails.
 */
static int apply(struct device_tree *tree, const char *path, const struct mapping *file)
{
	int code = check_tree(path, file->data, file->size), error;
	size_t size;
	void *overlay;
	const char *label;

	if (code)
		return code;
	label = missing_label(tree->blob, file->data);
	if (label)
		return say_label(tree, path, label);
	size = fdt_totalsize(file->data);
	overlay = malloc(size);
	if (!overlay)
		return say_errno(ENOMEM, NULL, "cannot apply the overlay");
	memcpy(overlay, file->data, size);
	/* Symbols get the path of the fragment's target in front. */
	code = grow_tree(tree, 4 * size + TREE_SIZE_MAX);
	error = code ? 0 : fdt_overlay_apply(tree->blob, overlay);
	free(overlay);
	if (error)
		return say_tree(KIMG_E_OVERLAY_FAILED, error, path);
	if (!code)
		fdt_pack(tree->blob);
	return code ? code : check_tree(path, tree->blob, fdt_totalsize(tree->blob));
}

int apply_overlays(const struct options *options, struct device_tree *tree)
{
	int code = EXIT_OK;
	size_t i;

	for (i = 0; i < options->overlay.count && !code; i++) {
		struct mapping file = { 0 };

		code = map_file(options->overlay.text[i], &file);
		if (!code)
			code = apply(tree, options->overlay.text[i], &file);
		unmap_file(&file);
	}
	return code;
}
