// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the layouts of all kernels have in common.
 */
#include "layout.h"

uint64_t layout_end(const struct boot_request *request, uint64_t most)
{
	return request->limit && request->limit < most - 1 ? request->limit + 1 : most;
}

const struct boot_map *layout_usable_map(const struct boot_request *request)
{
	return request->usable ? request->usable : request->map;
}

enum kimg_error layout_check_map(const struct boot_request *request, struct kimg_why *why)
{
	struct boot_search search = { .high = UINT64_MAX, .size = BOOT_PAGE,
				      .align = BOOT_PAGE };
	uint64_t at, largest;

	if (!boot_map_find(layout_usable_map(request), &search, &at, &largest))
		return kimg_fail(why, KIMG_E_MAP_EMPTY, .a = request->map->count);
	return KIMG_OK;
}

bool layout_find(const struct boot_request *request, const struct boot_search *search,
		 uint64_t *at, uint64_t *largest)
{
	const struct boot_map *usable = layout_usable_map(request);

	if (request->unused && boot_map_find(request->unused, search, at, largest) &&
	    boot_map_is_ram(usable, *at, *at + search->size))
		return true;
	return boot_map_find(usable, search, at, largest);
}

enum kimg_error layout_command(const struct boot_request *request, uint64_t most,
			       size_t *length, struct kimg_why *why)
{
	const char *line = request->command_line;
	size_t n = 0;

	while (line && line[n])
		n++;
	if (n > most)
		return kimg_fail(why, KIMG_E_CMDLINE_TOO_LONG, .a = n, .b = most);
	*length = n;
	return KIMG_OK;
}

uint64_t layout_initrd_size(const struct boot_request *request)
{
	uint64_t size = 0;
	uint32_t i;

	for (i = 0; i < request->initrd_pieces; i++) {
		if (request->initrd[i].size > UINT64_MAX - size)
			return UINT64_MAX;
		size += request->initrd[i].size;
	}
	return size;
}

void layout_add_segment(struct boot_layout *layout, const char *name, uint64_t at,
			const void *data, uint64_t size, uint64_t memory)
{
	struct boot_segment *segment = &layout->segment[layout->segments++];

	segment->at.mem = at;
	segment->at.memsz = boot_page_up(memory);
	segment->at.bufsz = size;
	segment->data = data;
	segment->name = name;
}

void layout_add_initrd(const struct boot_request *request, struct boot_layout *layout, uint64_t at)
{
	uint32_t i;

	for (i = 0; i < request->initrd_pieces; i++) {
		layout_add_segment(layout, "initrd", at, request->initrd[i].data,
				   request->initrd[i].size, request->initrd[i].size);
		at += request->initrd[i].size;
	}
}

void layout_tell_map(const struct boot_request *request, struct boot_layout *layout)
{
	layout->told.count = request->map->count;
	memcpy(layout->told.mem, request->map->mem,
	       request->map->count * sizeof(request->map->mem[0]));
}
