// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where the parts of a bzImage go: kernel, initrd, boot params, in that order. The
 * kernel has the most constraints, the boot params have the fewest.
 */
#include "boot.h"
#include "bzimage.h"
#include "elf.h"
#include "zeropage.h"

/*
 * Place the kernel: sets kernel_runs and relocated, and `*align` to what it was
 * aligned to. `end` is the first address that no segment may have.
 * Errors: LIMIT_LOW, KERNEL_FIXED, KERNEL_NO_ROOM.
 */
static enum kimg_error place_kernel(const struct bz_header *header,
				    const struct boot_map *map, uint64_t end,
				    struct boot_layout *layout, uint32_t *align,
				    struct kimg_why *why)
{
	struct boot_search search = {
		/* A kernel that is loaded lower moves itself up to its preferred address. */
		.low = header->preferred,
		.high = min64(header->kernel_end, end),
		.size = header->runs_over,
		.align = header->align,
	};
	uint64_t at = header->preferred, largest;

	if (search.low >= end && end != BOOT_4GIB && end != BOOT_64_END)
		return kimg_fail(why, KIMG_E_LIMIT_LOW, .a = search.low, .b = end);
	if (!header->relocatable) {
		if (at >= search.high || header->runs_over > search.high - at ||
		    !boot_map_is_ram(map, at, at + header->runs_over))
			return kimg_fail(why, KIMG_E_KERNEL_FIXED,
					 .a = header->runs_over, .c = at);
	} else if (!boot_map_find(map, &search, &at, &largest)) {
		/* Tighter packing costs the new kernel large pages; it boots. */
		search.align = header->align_least;
		if (!boot_map_find(map, &search, &at, &largest))
			return kimg_fail(why, KIMG_E_KERNEL_NO_ROOM, .a = search.size,
					 .b = search.align, .c = search.low,
					 .d = search.high);
	}
	*align = (uint32_t)search.align;
	layout->kernel_runs.start = at;
	layout->kernel_runs.end = at + header->runs_over;
	layout->relocated = at != header->preferred;
	return KIMG_OK;
}

bool bz_find_anywhere(const struct boot_request *request,
		      const struct boot_search *search, uint64_t *at, uint64_t *largest)
{
	struct boot_search low = *search;

	low.high = min64(low.high, BOOT_4GIB);
	return layout_find(request, &low, at, largest) ||
	       (search->high > BOOT_4GIB && layout_find(request, search, at, largest));
}

/*
 * Set the map that the new kernel is told. If it must be joined, RAM that segments use
 * stays.
 */
static void tell_map(const struct bz_header *header, const struct boot_request *request,
		     struct boot_layout *layout, struct kimg_range params)
{
	struct kimg_range keep[BOOT_SEGMENT_MAX + 1];
	uint32_t i, keeps = 0;

	layout_tell_map(request, layout);
	if (header->is_64)
		return;
	keep[keeps++] = layout->kernel_runs;
	keep[keeps++] = params;
	for (i = 1; i < layout->segments; i++)
		keep[keeps++] = (struct kimg_range){
			layout->segment[i].at.mem,
			layout->segment[i].at.mem + layout->segment[i].at.memsz };
	boot_map_fit(&layout->told, ZP_E820_MAX, keep, keeps);
}

enum kimg_error boot_check_header(const void *kernel, size_t size, struct kimg_why *why)
{
	struct bz_header header;

	return bz_read_header(kernel, size, &header, why);
}

uint16_t boot_protocol_of(const void *kernel, size_t size)
{
	struct bz_header header;
	struct kimg_why why;
	struct elf elf;

	if (elf_open(kernel, size, &elf))
		return BZ_MADE_PROTOCOL;
	return bz_read_header(kernel, size, &header, &why) ? 0 : header.protocol;
}

enum kimg_error bz_begin(const struct boot_request *request, const struct bz_header *header,
			 struct boot_layout *layout, struct bz_places *places,
			 uint64_t *end, struct kimg_why *why)
{
	enum kimg_error error;

	memset(places, 0, sizeof(*places));
	places->long_mode = request->long_mode && header->entry_64 &&
			    (!request->five_levels || header->levels_5);
	*end = layout_end(request, places->long_mode && header->high ? BOOT_64_END : BOOT_4GIB);
	error = layout_command(request, min64(header->cmdline_size, BOOT_COMMAND_MAX),
			      &places->command_length, why);
	if (!error)
		error = layout_check_map(request, why);
	if (error)
		return error;
	layout->segments = 0;
	layout->protocol = header->protocol;
	layout->init_size = header->init_size;
	layout->is_64 = header->is_64;
	return KIMG_OK;
}

/*
 * Change the entry state to that of the 64-bit boot protocol. Error: PARAMS_NO_ROOM.
 */
static enum kimg_error enter_long_mode(const struct boot_request *request, uint64_t end,
				       struct boot_layout *layout,
				       const struct bz_places *places, struct kimg_why *why)
{
	enum kimg_error error = bz_add_tables(request, "page tables", 0, end, places, layout,
					      why);

	if (error)
		return error;
	layout->entry.machine = KLEAP_X86_64;
	layout->entry.address += BZ_ENTRY_64;
	layout->entry.reg[KLEAP_X86_TABLES] = layout->segment[layout->segments - 1].at.mem;
	return KIMG_OK;
}

enum kimg_error bz_finish(const struct boot_request *request, const struct bz_header *header,
			  uint64_t end, struct boot_layout *layout,
			  struct bz_places *places, struct kimg_why *why)
{
	uint64_t size = layout_initrd_size(request), initrd = 0, params = 0, largest;
	uint64_t params_size = bz_params_size(header, request, places->command_length);
	struct boot_search search = {
		.low = BOOT_MIB,
		.high = end,
		.size = params_size,
		.align = BOOT_PAGE,
		.avoid = { layout->kernel_runs },
		.avoids = 1,
		.from_top = true,
	};
	bool any_initrd = places->long_mode && header->high;
	enum kimg_error error;

	if (params_size > BOOT_PARAMS_MAX)
		return kimg_fail(why, KIMG_E_PARAMS_NO_ROOM, .a = params_size,
				 .b = BOOT_PARAMS_MAX);
	if (request->initrd_pieces) {
		error = bz_place_initrd(header, request, size,
					any_initrd ? end : min64(header->initrd_end, end),
					&layout->kernel_runs, &initrd, why);
		if (error)
			return error;
		search.avoid[search.avoids++] = (struct kimg_range){
			initrd, initrd + boot_page_up(size) };
		layout_add_initrd(request, layout, initrd);
	}
	/* 32-bit firmware's system table, which is in there, has addresses of 32 bits. */
	if (request->efi && !request->efi->is_64)
		search.high = min64(end, BOOT_4GIB);
	if (!bz_find_anywhere(request, &search, &params, &largest))
		return kimg_fail(why, KIMG_E_PARAMS_NO_ROOM, .a = params_size,
				 .b = search.high);

	tell_map(header, request, layout, (struct kimg_range){ params, params + params_size });
	places->told = &layout->told;
	places->params = params;
	places->kernel = layout->kernel_runs.start;
	places->initrd = initrd;
	places->initrd_size = size;
	bz_write_params(layout->params, header, request, places);
	layout->params_size = (uint32_t)params_size;
	layout_add_segment(layout, "boot params", params, layout->params, params_size,
			   params_size);

	/* The other registers are 0, as the protocol requires for ebx, edi and ebp. */
	layout->entry = (struct kleap_entry){
		.machine = KLEAP_X86_32,
		.address = places->kernel,
		.reg = {
			[KLEAP_X86_SI] = places->params,
			/* The zero page's last 276 bytes are unused: enough for a stack. */
			[KLEAP_X86_SP] = places->params + BOOT_PARAMS_GDT,
			[KLEAP_X86_GDT_BASE] = places->params + BOOT_PARAMS_GDT,
			[KLEAP_X86_GDT_LIMIT] = BOOT_PARAMS_GDT_SIZE - 1,
		},
	};
	return places->long_mode ? enter_long_mode(request, end, layout, places, why) : KIMG_OK;
}

enum kimg_error boot_bzimage(const struct boot_request *request,
			     struct boot_layout *layout, struct kimg_why *why)
{
	struct bz_places places;
	struct bz_header header;
	enum kimg_error error;
	uint64_t end;

	error = bz_read_header(request->kernel, request->kernel_size, &header, why);
	if (!error)
		error = bz_begin(request, &header, layout, &places, &end, why);
	if (!error)
		error = place_kernel(&header, layout_usable_map(request), end, layout,
				     &places.alignment, why);
	if (error)
		return error;
	layout_add_segment(layout, "kernel", layout->kernel_runs.start, header.code,
			   header.code_size, header.code_size);
	return bz_finish(request, &header, end, layout, &places, why);
}
