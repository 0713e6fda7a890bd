// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where a device tree and an initrd go, once the kernel has its place.
 */
#include "tree.h"

enum kimg_error tree_begin(const struct boot_request *request,
			   const struct tree_limits *limits, uint64_t most,
			   struct boot_layout *layout, uint64_t *end, struct kimg_why *why)
{
	enum kimg_error error;
	size_t length;

	error = layout_command(request, limits->command, &length, why);
	if (error)
		return error;
	if (request->tree_size > limits->tree)
		return kimg_fail(why, KIMG_E_TREE_LARGE, .a = request->tree_size,
				 .b = limits->tree);
	if (!boot_map_ram(request->map, 0))
		return kimg_fail(why, KIMG_E_MAP_EMPTY, .a = request->map->count);
	error = layout_check_map(request, why);
	if (error)
		return error;
	*end = layout_end(request, most);
	if (request->limit && request->limit < tree_lowest_ram(request->map))
		return kimg_fail(why, KIMG_E_LIMIT_LOW, .a = tree_lowest_ram(request->map),
				 .b = *end);
	layout->segments = 0;
	layout->protocol = 0;
	layout->init_size = 0;
	layout->is_64 = false;
	layout->relocated = false;
	layout->params_size = 0;
	return KIMG_OK;
}

uint64_t tree_lowest_ram(const struct boot_map *map)
{
	uint32_t i = 0;

	while (map->mem[i].type != BOOT_MEM_RAM)
		i++;
	return map->mem[i].range.start;
}

/* Add a range to those that a search avoids. */
static void avoid(struct boot_search *search, uint64_t start, uint64_t size)
{
	search->avoid[search->avoids++] = (struct kimg_range){ start, start + size };
}

/* Would something there overlap range `i` of those that the search avoids? */
static bool overlaps(const struct boot_search *search, uint64_t at, uint32_t i)
{
	return i < search->avoids && at < search->avoid[i].end &&
	       search->avoid[i].start < at + search->size;
}

/*
 * The place nearest to `at` that the search allows; 0: there is none.
 */
static uint64_t nearest(const struct boot_request *request, const struct boot_search *search,
			uint64_t at)
{
	struct boot_search above = *search, below = *search;
	uint64_t up, down, largest;
	bool is_above, is_below;

	above.low = at > search->low ? at : search->low;
	above.from_top = false;
	if (search->size < search->high && at < search->high - search->size)
		below.high = at + search->size;
	below.from_top = true;
	is_above = boot_map_find(layout_usable_map(request), &above, &up, &largest);
	is_below = boot_map_find(layout_usable_map(request), &below, &down, &largest);
	if (is_above && is_below)
		return up - at < at - down ? up : down;
	return is_above ? up : is_below ? down : 0;
}

/*
 * Check a place that the caller wants. Errors: PLACE_RUN_OVER, PLACE_NO_RAM, PLACE_LOW.
 */
static enum kimg_error check_place(const struct boot_request *request,
				   const struct boot_search *search, uint64_t at,
				   struct kimg_why *why)
{
	bool fits = at <= UINT64_MAX - search->size;
	uint32_t i;

	/* What the kernel unpacks itself into, and what it does that from. */
	for (i = 0; i < 2 && fits; i++)
		if (overlaps(search, at, i))
			return kimg_fail(why, KIMG_E_PLACE_RUN_OVER, .a = at, .b = search->size,
					 .c = search->avoid[i].end,
					 .d = nearest(request, search, at));
	if (fits && at < search->low &&
	    boot_map_is_ram(layout_usable_map(request), at, at + search->size))
		return kimg_fail(why, KIMG_E_PLACE_LOW, .a = at, .b = search->size,
				 .c = search->low, .d = nearest(request, search, at));
	if (!fits || at + search->size > search->high || at & (search->align - 1) ||
	    overlaps(search, at, 2) ||
	    !boot_map_is_ram(layout_usable_map(request), at, at + search->size))
		return kimg_fail(why, KIMG_E_PLACE_NO_RAM, .a = at, .b = search->size,
				 .c = search->high, .d = nearest(request, search, at));
	return KIMG_OK;
}

/*
 * Place something: where the caller wants it, else from `first` up, else anywhere the search
 * allows. Errors: those of check_place(), if another place would do; else `none`.
 */
static enum kimg_error place(const struct boot_request *request, struct boot_search *search,
			     uint64_t wanted, uint64_t first, enum kimg_error none, uint64_t *at,
			     struct kimg_why *why)
{
	struct boot_search above = *search;
	enum kimg_error error;
	uint64_t largest;

	*at = wanted;
	if (wanted) {
		error = check_place(request, search, wanted, why);
		if (!error || why->d)
			return error;
	}
	above.low = first;
	if (layout_find(request, &above, at, &largest) ||
	    layout_find(request, search, at, &largest))
		return KIMG_OK;
	return kimg_fail(why, none, .a = search->size, .b = search->high, .c = largest);
}

/* What tree_finish() places. */
struct item {
	uint64_t size;			/* 0: there is none */
	uint64_t high, align;
	uint64_t wanted;		/* 0: anywhere */
	enum kimg_error none;		/* there is no place */
	uint32_t seg;			/* of these errors */
	uint64_t at;
};

/*
 * Place an item, and add it to what `search` avoids. Errors: those of place().
 */
static enum kimg_error place_item(const struct boot_request *request,
				  const struct tree_room *room, struct boot_search *search,
				  struct item *item, struct kimg_why *why)
{
	enum kimg_error error;

	if (!item->size)
		return KIMG_OK;
	search->high = item->high;
	search->size = item->size;
	search->align = item->align;
	error = place(request, search, item->wanted, room->first, item->none, &item->at, why);
	if (error)
		why->seg = item->seg;
	else
		avoid(search, item->at, item->size);
	return error;
}

/*
 * Place both, in this order. Errors: those of place_item().
 */
static enum kimg_error place_items(const struct boot_request *request,
				   const struct tree_room *room, const struct boot_search *search,
				   struct item *first, struct item *second, struct kimg_why *why)
{
	struct boot_search rest = *search;
	enum kimg_error error = place_item(request, room, &rest, first, why);

	return error ? error : place_item(request, room, &rest, second, why);
}

enum kimg_error tree_finish(const struct boot_request *request,
			    const struct tree_room *room, struct boot_layout *layout,
			    uint64_t *tree_at, struct kimg_why *why)
{
	struct boot_search search = {
		.low = room->low > BOOT_PAGE ? room->low : BOOT_PAGE,
		.from_top = room->from_top,
	};
	struct item tree = {
		.size = boot_page_up(request->tree_size),
		.align = room->tree_align,
		.wanted = request->tree_at,
		.none = KIMG_E_TREE_NO_ROOM,
	};
	struct item initrd = {
		.size = boot_page_up(layout_initrd_size(request)),
		.align = BOOT_PAGE,
		.wanted = request->initrd_at,
		.none = KIMG_E_INITRD_NO_ROOM,
		.seg = 1,
	};
	enum kimg_error error;

	if (request->initrd_pieces && !initrd.size)
		return kimg_fail(why, KIMG_E_INITRD_EMPTY);
	initrd.high = room->high;
	tree.high = min64(room->tree_high, initrd.high);
	avoid(&search, layout->kernel_runs.start,
	      layout->kernel_runs.end - layout->kernel_runs.start);
	avoid(&search, layout->segment[0].at.mem, layout->segment[0].at.memsz);
	/*
	 * The tree is small, but must not take the place that the caller wants for the initrd, or
	 * the only one that is large enough.
	 */
	error = initrd.wanted ? place_items(request, room, &search, &initrd, &tree, why) :
				place_items(request, room, &search, &tree, &initrd, why);
	if (error == KIMG_E_INITRD_NO_ROOM && !tree.wanted)
		error = place_items(request, room, &search, &initrd, &tree, why);
	if (error)
		return error;
	layout_add_initrd(request, layout, initrd.at);
	layout_add_segment(layout, "device tree", tree.at, request->tree, request->tree_size,
			   request->tree_size);
	*tree_at = tree.at;
	layout_tell_map(request, layout);
	return KIMG_OK;
}
