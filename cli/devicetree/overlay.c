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

/* Has the node a property with this name that has 4 bytes at `at`? */
static bool has_cell(const void *blob, int node, const char *name, int length, uint64_t at)
{
	int size;

	return fdt_getprop_namelen(blob, node, name, length, &size) && size >= 4 &&
	       at <= (uint64_t)size - 4;
}

/*
 * Do the offsets in /__local_fixups__, whose nodes mirror the overlay's, lie in properties?
 * libfdt does not look.
 */
static bool are_local_fixups_good(const void *overlay)
{
	int node = fdt_path_offset(overlay, "/__local_fixups__"), depth = 0, property, size, i;
	int mirrored[TREE_LEVELS] = { 0 };
	const fdt32_t *offset;
	const char *name;

	while (node >= 0) {
		fdt_for_each_property_offset(property, overlay, node) {
			offset = fdt_getprop_by_offset(overlay, property, &name, &size);
			for (i = 0; i < size / 4; i++)
				if (!has_cell(overlay, mirrored[depth], name, (int)strlen(name),
					      fdt32_ld(offset + i)))
					return false;
		}
		node = fdt_next_node(overlay, node, &depth);
		if (node < 0 || depth <= 0)
			break;
		mirrored[depth] = fdt_subnode_offset(overlay, mirrored[depth - 1],
						     fdt_get_name(overlay, node, NULL));
		if (mirrored[depth] < 0)
			return false;
	}
	return true;
}

/*
 * Is this a place as in /__fixups__, PATH:PROPERTY:OFFSET, that exists?
 */
static bool is_place(const void *overlay, const char *place)
{
	const char *name = strchr(place, ':'), *number = name ? strchr(name + 1, ':') : NULL;
	char *end;
	unsigned long at;
	int node;

	if (!number || !number[1] || strspn(number + 1, "0123456789") != strlen(number + 1))
		return false;
	at = strtoul(number + 1, &end, 10);
	node = fdt_path_offset_namelen(overlay, place, (int)(name - place));
	return node >= 0 && has_cell(overlay, node, name + 1, (int)(number - name - 1), at);
}

/* Do all places in /__fixups__ exist? */
static bool are_fixups_good(const void *overlay)
{
	int fixups = fdt_path_offset(overlay, "/__fixups__"), property, size, at;
	const char *places;

	if (fixups < 0)
		return true;
	fdt_for_each_property_offset(property, overlay, fixups) {
		places = fdt_getprop_by_offset(overlay, property, NULL, &size);
		if (size && places[size - 1])
			return false;
		for (at = 0; at < size; at += (int)strlen(places + at) + 1)
			if (!is_place(overlay, places + at))
				return false;
	}
	return true;
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
	char text[MESSAGE_MAX];
	size_t size;
	void *overlay;
	const char *label;

	if (code)
		return code;
	if (!is_overlay(file->data)) {
		snprintf(text, sizeof(text), "%s is no overlay: it has no fragment with __overlay__", path);
		return say_refused(KIMG_E_OVERLAY_FAILED, text,
				   "give the device tree of a machine with --dtb");
	}
	if (!are_fixups_good(file->data) || !are_local_fixups_good(file->data))
		return say_tree(KIMG_E_OVERLAY_FAILED, -FDT_ERR_BADOVERLAY, path);
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
