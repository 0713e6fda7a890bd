/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files here share: the header of a bzImage once it is checked. Not for users
 * of libboot.
 */
#ifndef BOOT_BZIMAGE_H
#define BOOT_BZIMAGE_H

#include "boot.h"
#include "page.h"

/* A bzImage's header, checked: all values are within the bounds stated here. */
struct bz_header {
	const unsigned char *file;
	size_t end;			/* the header's end in the file, at most 0x290 */
	uint16_t protocol;		/* 0x0206 or later */
	const unsigned char *code;	/* the protected-mode part */
	size_t code_size;		/* at least 1, below 4 GiB */
	uint32_t cmdline_size;
	uint64_t initrd_end;		/* first address too high for an initrd */
	bool relocatable;
	uint32_t align;			/* a power of two, at least a page */
	uint32_t align_least;		/* a power of two, at least a page, at most align */
	uint64_t preferred;		/* at least 1 MiB, on a page */
	uint64_t lowest;		/* where to look for a place: from there up */
	uint32_t init_size;		/* as the file has it; 0: it does not say */
	uint64_t runs_over;		/* bytes from the load address that unpacking
					   needs; whole pages, at least code_size */
	uint64_t kernel_end;		/* first address too high for the kernel */
	bool is_64;			/* a 64-bit kernel: a header says so since 2.12 */
};

/*
 * Check the header of `size` bytes at `file`. `header` is undefined after an
 * error. Errors: FILE_TRUNCATED, FILE_MAGIC, FILE_PROTOCOL, FILE_NOT_HIGH,
 * FILE_REAL_MODE, FILE_HEADER.
 */
enum kimg_error bz_read_header(const void *file, size_t size,
			       struct bz_header *header, struct kimg_why *why);

/*
 * A header as a kernel file without one would have it, were it a bzImage: `file`, of
 * ZP_HEADER_MAX bytes, is written and then belongs to `header`. The fields about the
 * protected-mode code are 0.
 */
#define BZ_MADE_PROTOCOL 0x020fu
void bz_make_header(unsigned char *file, bool is_64, struct bz_header *header);

/*
 * Find a place for something without constraints, if possible in memory that is
 * free now, so that it can be loaded in place. Otherwise as boot_map_find().
 */
bool bz_find_anywhere(const struct boot_request *request,
		      const struct boot_search *search, uint64_t *at, uint64_t *largest);

/*
 * Place the initrd of `size` bytes, below `end` and clear of what the kernel `runs`
 * over, as high as the kernel can use it where it is: `*at` is its address.
 * Errors: INITRD_EMPTY, INITRD_NO_ROOM, INITRD_LOW.
 */
enum kimg_error bz_place_initrd(const struct bz_header *header,
				const struct boot_request *request, uint64_t size,
				uint64_t end, const struct kimg_range *runs,
				uint64_t *at, struct kimg_why *why);

/* The addresses that the boot params refer to, all below 4 GiB. */
struct bz_places {
	uint32_t params, kernel, initrd, initrd_size;
	uint32_t alignment;		/* that the kernel was placed with */
	size_t command_length;		/* at most BOOT_COMMAND_MAX */
	const struct boot_map *told;	/* the memory map, as it fits */
};

/*
 * A layout has three steps. The first one checks what needs no place, and empties the
 * layout; sets `*end`, the first address that no segment may have. The second sets
 * kernel_runs and adds the kernel. The third adds everything else, and sets the entry
 * state to what a bzImage wants. Errors: as boot_kernel().
 */
enum kimg_error bz_begin(const struct boot_request *request, const struct bz_header *header,
			 struct boot_layout *layout, struct bz_places *places,
			 uint64_t *end, struct kimg_why *why);
enum kimg_error bz_finish(const struct boot_request *request, const struct bz_header *header,
			  uint64_t end, struct boot_layout *layout,
			  struct bz_places *places, struct kimg_why *why);

/* Where segments may lie. */
const struct boot_map *bz_usable_map(const struct boot_request *request);

/* Add a segment of whole pages to the layout, with `size` bytes of data. */
void bz_add_segment(struct boot_layout *layout, const char *name, uint64_t address,
		    const void *data, size_t size);

/*
 * The size of the boot params segment, in whole pages. May be more than
 * BOOT_PARAMS_MAX, which is too much.
 */
uint64_t bz_params_size(const struct bz_header *header,
			const struct boot_request *request, size_t command_length);

/*
 * What EFI left, as data of one item of the setup_data list: how many bytes, which
 * type (SETUP_*); then the bytes, for an item whose data begin at offset `at` of the
 * boot params segment, which lies at `address`, and efi_info, which refers to them.
 */
size_t bz_efi_size(const struct boot_request *request);
uint32_t bz_efi_type(const struct boot_efi *efi);
void bz_write_efi(unsigned char *params, uint64_t address, size_t at,
		  const struct bz_header *header, const struct boot_request *request);

/*
 * Write the boot params segment. `params` has as many bytes as bz_params_size()
 * says, of any content. Cannot fail.
 */
void bz_write_params(unsigned char *params, const struct bz_header *header,
		     const struct boot_request *request,
		     const struct bz_places *places);

#endif
