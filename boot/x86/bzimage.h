/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared by the files in boot/x86: a bzImage's header, and the steps of a layout. Not
 * for users of libboot.
 */
#ifndef BOOT_BZIMAGE_H
#define BOOT_BZIMAGE_H

#include "boot.h"
#include "layout.h"

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
	uint32_t init_size;		/* as the file has it; 0: it does not say */
	uint64_t runs_over;		/* bytes from the load address that unpacking
					   needs; whole pages, at least code_size */
	uint64_t kernel_end;		/* first address too high for the kernel */
	bool is_64;			/* a 64-bit kernel; false before 2.12, which cannot say */
	bool entry_64;			/* it has an entry point for 64-bit mode ... */
	bool levels_5;			/* ... where it takes tables of five levels, too */
	bool high;			/* ... and all may lie above 4 GiB then */
};

/* The 64-bit entry point, from where a bzImage is loaded. */
#define BZ_ENTRY_64 0x200u

/*
 * Check the header of `size` bytes at `file`. `header` is undefined after an
 * error. Errors: FILE_TRUNCATED, FILE_MAGIC, FILE_PROTOCOL, FILE_NOT_HIGH,
 * FILE_REAL_MODE, FILE_HEADER.
 */
enum kimg_error bz_read_header(const void *file, size_t size,
			       struct bz_header *header, struct kimg_why *why);

/*
 * Make a header for a kernel file that has none. It is written to `file`, which has
 * ZP_HEADER_MAX bytes and must stay valid as long as `header` is used. The fields about
 * the protected-mode code are 0.
 */
#define BZ_MADE_PROTOCOL 0x020fu
void bz_make_header(unsigned char *file, bool is_64, struct bz_header *header);

/*
 * As boot_map_find() in the usable map, but if possible below 4 GiB, and there in memory
 * that is free now, so that the data can be loaded in place.
 */
bool bz_find_anywhere(const struct boot_request *request,
		      const struct boot_search *search, uint64_t *at, uint64_t *largest);

/*
 * Place an initrd of `size` bytes: below `end`, outside `runs`, which the kernel
 * overwrites, and as high as the kernel can use it without moving it. `*at` is its
 * address. Errors: INITRD_EMPTY, INITRD_NO_ROOM, INITRD_LOW.
 */
enum kimg_error bz_place_initrd(const struct bz_header *header,
				const struct boot_request *request, uint64_t size,
				uint64_t end, const struct kimg_range *runs,
				uint64_t *at, struct kimg_why *why);

/* The addresses that the boot params refer to. */
struct bz_places {
	bool long_mode;			/* the kernel is entered in 64-bit mode */
	uint64_t params, kernel, initrd, initrd_size;
	uint32_t alignment;		/* of the kernel's address */
	size_t command_length;		/* at most BOOT_COMMAND_MAX */
	const struct boot_map *told;	/* the memory map, joined if necessary */
};

/*
 * A layout is made in three steps. bz_begin() checks what does not depend on addresses,
 * empties the layout, chooses the mode of entry, and sets `*end`, the first address that
 * no segment may have. Then the caller sets kernel_runs and adds the kernel. bz_finish()
 * adds everything else, and sets the entry state for a bzImage. Errors: bz_begin():
 * CMDLINE_TOO_LONG, MAP_EMPTY; bz_finish(): PARAMS_NO_ROOM and those of bz_place_initrd().
 */
enum kimg_error bz_begin(const struct boot_request *request, const struct bz_header *header,
			 struct boot_layout *layout, struct bz_places *places,
			 uint64_t *end, struct kimg_why *why);
enum kimg_error bz_finish(const struct boot_request *request, const struct bz_header *header,
			  uint64_t end, struct boot_layout *layout,
			  struct bz_places *places, struct kimg_why *why);

/*
 * Add a segment with page tables that map memory by identity: the first page is the top
 * table for five levels, the second the one for four; `spare` pages that are zero follow
 * the tables. Kernel, initrd and boot params must have been placed. Error: PARAMS_NO_ROOM.
 */
enum kimg_error bz_add_tables(const struct boot_request *request, const char *name,
			      uint32_t spare, uint64_t end, const struct bz_places *places,
			      struct boot_layout *layout, struct kimg_why *why);

/*
 * The size of the boot params segment in bytes, rounded up to pages. May be more than
 * BOOT_PARAMS_MAX: the caller checks.
 */
uint64_t bz_params_size(const struct bz_header *header,
			const struct boot_request *request, size_t command_length);

/*
 * EFI's item of the setup_data list: the size of its data, and its type (SETUP_*).
 * bz_write_efi() writes the data at offset `at` of the boot params segment, which lies
 * at `address`, and efi_info, which refers to them.
 */
size_t bz_efi_size(const struct boot_request *request);
uint32_t bz_efi_type(const struct boot_efi *efi);
void bz_write_efi(unsigned char *params, uint64_t address, size_t at,
		  const struct bz_header *header, const struct boot_efi *efi,
		  const struct boot_map *told);

/*
 * Write the boot params segment. `params` has as many bytes as bz_params_size()
 * says, of any content. Cannot fail.
 */
void bz_write_params(unsigned char *params, const struct bz_header *header,
		     const struct boot_request *request,
		     const struct bz_places *places);

#endif
