/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kernel file formats: bytes in, segments and entry state out.
 *
 * Nothing here uses a host, opens a file or allocates. The caller maps the files,
 * describes the machine's memory, and gets segments whose data points into the
 * mapped files and into struct boot_layout itself.
 */
#ifndef BOOT_H
#define BOOT_H

#include "kimg.h"
#include "kleap_entry.h"

/* ---- Memory map ------------------------------------------------------------ */

/*
 * Types of the firmware's map (ACPI 6.5, 15.1 "Address Range Types"), and two of
 * Linux's own. Firmware may use any other number; it is kept.
 */
enum boot_mem_type {
	BOOT_MEM_RAM = 1,
	BOOT_MEM_RESERVED = 2,
	BOOT_MEM_ACPI = 3,
	BOOT_MEM_NVS = 4,
	BOOT_MEM_UNUSABLE = 5,
	BOOT_MEM_PERSISTENT = 7,
	BOOT_MEM_PRAM = 12,			/* legacy persistent memory */
	BOOT_MEM_SOFT_RESERVED = 0xefffffffu,
};

/* A range that ends at UINT64_MAX stands for one that includes the last address. */
struct boot_mem {
	struct kimg_range range;
	enum boot_mem_type type;
};

/* More than any kernel reads: Linux takes 3200 at most. */
#define BOOT_MAP_MAX 4096u

/* Sorted; no two ranges overlap, no two of one type touch. All zero is an empty map. */
struct boot_map {
	struct boot_mem mem[BOOT_MAP_MAX];
	uint32_t count;
};

/*
 * Add [start, end) to `map`, joined with ranges of its type that it touches.
 * Errors: MAP_FULL, MAP_OVERLAP (also for a range with no size). The map is
 * unchanged after an error.
 */
enum kimg_error boot_map_add(struct boot_map *map, uint64_t start, uint64_t end,
			     enum boot_mem_type type, struct kimg_why *why);

/* Which type boot_map_put() gives to memory that is in the map already. */
enum boot_put {
	BOOT_PUT_OVER,		/* the new one */
	BOOT_PUT_UNDER,		/* the old one */
	BOOT_PUT_LARGER,	/* the one with the larger number, as in Linux */
};

/*
 * Add [start, end), which may overlap ranges of the map; `rule` says which type the
 * overlap gets. A range with no size changes nothing. Error: MAP_FULL; the map is
 * undefined then.
 */
enum kimg_error boot_map_put(struct boot_map *map, uint64_t start, uint64_t end,
			     enum boot_mem_type type, enum boot_put rule,
			     struct kimg_why *why);

/*
 * Remove [start, end) from the map; this may split a range. A range with no size
 * changes nothing. Error: MAP_FULL; the map is unchanged then.
 */
enum kimg_error boot_map_cut(struct boot_map *map, uint64_t start, uint64_t end,
			     struct kimg_why *why);

/*
 * Remove all that is not in the RAM of `other`. Error: MAP_FULL; the map is undefined then.
 */
enum kimg_error boot_map_keep(struct boot_map *map, const struct boot_map *other,
			      struct kimg_why *why);

/*
 * Combine the firmware's map with the running kernel's. RAM of `running` is added to
 * `map` where that has nothing. Then `running` keeps only what is RAM in both.
 * Error: MAP_FULL; both are undefined then.
 */
enum kimg_error boot_map_merge(struct boot_map *map, struct boot_map *running,
			       struct kimg_why *why);

/*
 * Read a memory map from text of `size` bytes, which need not end in a zero. `map` is
 * what a new kernel is told; `usable` is the RAM in it that may be written to. Both are
 * overwritten. These lines are ranges, with hexadecimal numbers, with or without 0x:
 *
 *   START-END : NAME          as in /proc/iomem, where END is the last byte. NAME is
 *                             a type of memory, or anything else: a device. A range
 *                             inside an earlier one replaces that part of it. RAM
 *                             with a device inside is not usable there, unless that
 *                             is the running kernel's own code or data
 *   BIOS-e820: [mem START-END] TYPE        from the kernel's log, where END is the last
 *   BIOS-e820: START - END (TYPE)          byte or, in the old form, the first after.
 *                             This is the firmware's map; so are BIOS-e801, BIOS-88
 *                             and Xen, and "extended", which replaces these. Where
 *                             ranges overlap, the larger type number wins
 *   user: ..., modified: ..., reserve setup_data: ...    in the same forms, the running
 *                             kernel's map
 *   START-END (NUMBER)        from kexec -d, where END is the last byte. NUMBER is
 *                             kexec's own, or below "E820 memmap:" the firmware's;
 *                             the latter are used only if there are no others
 *   START-END TYPE            written by hand: END is the first byte after
 *
 * If the text has a firmware's map, all other ranges are the running kernel's:
 * boot_map_merge(). Of two maps of the running kernel the later one is used. Ranges of a
 * form that has no RAM in this text are no map: `map` gets them, too, where they have the
 * larger type, and they are not usable.
 *
 * '#' starts a comment. Ignored are: empty lines; indentation, or '>', at the start;
 * a byte order mark; shell prompts, and other lines that name /proc/iomem; lines with
 * a time stamp; and any other line, if there are ranges from the kernel's log or from
 * kexec -d. All other lines are errors.
 *
 * Errors: MAP_SYNTAX, MAP_OVERLAP (not for ranges from logs) and MAP_FULL, with the
 * line's number in `seg`, if it is about a line; MAP_EMPTY (no RAM, as when /proc/iomem
 * shows zeros to an ordinary user). Both maps are undefined after an error.
 */
enum kimg_error boot_map_parse(const char *text, size_t size, struct boot_map *map,
			       struct boot_map *usable, struct kimg_why *why);

/*
 * The type with this name (`length` bytes) in any of the forms above or in
 * /sys/firmware/memmap; "type N" is the number N, but type 0 is reserved. False if no type has that name;
 * `*type` is unchanged then.
 */
bool boot_mem_type_named(const char *name, size_t length,
			 enum boot_mem_type *type);

/* The short name of a type, as boot_map_parse() takes it; NULL if it has none. */
const char *boot_mem_type_name(enum boot_mem_type type);

/* The RAM of a map at or above `low`, in bytes. */
uint64_t boot_map_ram(const struct boot_map *map, uint64_t low);

/*
 * Join ranges until at most `most` remain, or no more can be joined. Nothing that is not
 * RAM becomes RAM. RAM is given up last, or before a larger gap with room for devices is
 * closed, and as little as possible; never a range that overlaps one of the `keeps`
 * ranges at `keep`, nor the largest below 1 MiB, which kernels need to start other
 * processors.
 */
void boot_map_fit(struct boot_map *map, uint32_t most, const struct kimg_range *keep,
		  uint32_t keeps);

/* Is [start, end) inside one range of the map? */
bool boot_map_within(const struct boot_map *map, uint64_t start, uint64_t end);

/* Is every byte of [start, end) RAM? False for an empty or reversed range. */
bool boot_map_is_ram(const struct boot_map *map, uint64_t start, uint64_t end);

/* What boot_map_find() looks for: RAM of `size` bytes inside [low, high). */
struct boot_search {
	uint64_t low, high;
	uint64_t size;			/* at least 1 */
	uint64_t align;			/* a power of two, at least a page */
	struct kimg_range avoid[4];	/* must not be overlapped; in any order */
	uint32_t avoids;
	bool from_top;			/* the highest place, not the lowest */
};

/*
 * Find a place. On success `*at` is its address; else `*largest` is the size of
 * the largest free range of whole pages between low and high, aligned or not.
 * Both are always written.
 */
bool boot_map_find(const struct boot_map *map, const struct boot_search *search,
		   uint64_t *at, uint64_t *largest);

/* ---- Layout ----------------------------------------------------------------- */

struct boot_segment {
	struct kimg_segment at;
	const void *data;		/* at.bufsz bytes */
	const char *name;		/* "kernel", "initrd", "boot params", "page tables",
					   "64-bit entry", "device tree" */
};

/* Bytes of an initrd. */
struct boot_piece {
	const void *data;
	uint64_t size;
};

/* An item of the boot protocol's setup_data list. */
struct boot_setup {
	uint32_t type;			/* SETUP_* of asm/setup_data.h */
	const void *data;
	uint32_t size;
};

/* A framebuffer: struct screen_info's lfb_*, with sizes in bytes. */
struct boot_screen {
	/* VIDEO_TYPE_VLFB, VIDEO_TYPE_EFI, ...; 0: no framebuffer */
	uint8_t type;
	uint16_t width, height, depth;
	uint16_t line;			/* from the start of one line to the next */
	uint64_t base;
	uint64_t size;
	/* Red, green, blue, reserved: number of bits, and the lowest of them. */
	struct { uint8_t size, at; } field[4];
};

#define BOOT_SCREEN_VESA 0x23u		/* VIDEO_TYPE_VLFB */
#define BOOT_SCREEN_EFI 0x70u		/* VIDEO_TYPE_EFI */

/* A range of EFI's memory map. */
struct boot_efi_range {
	uint32_t type;
	uint64_t start, virtual_start, pages, attributes;
};

/*
 * What EFI firmware left in memory: physical addresses, 0 for what is missing. With
 * ranges, the new kernel continues to use the runtime services at the running kernel's
 * virtual addresses; see boot_reads_efi_setup(). Without, it gets a system table that
 * names the ACPI and SMBIOS tables, and no services.
 */
struct boot_efi {
	bool is_64;			/* 64-bit firmware */
	uint64_t acpi, acpi20, smbios, smbios3;
	uint64_t vendor;		/* its name, in UTF-16 */
	/* For runtime services only: */
	uint64_t system, runtime, tables;
	const struct boot_efi_range *range;
	uint32_t ranges;
};

struct boot_request {
	const void *kernel;		/* the mapped kernel file */
	size_t kernel_size;
	/* The initrd in order. All pieces but the last are whole pages. */
	const struct boot_piece *initrd;
	uint32_t initrd_pieces;		/* 0: no initrd; at most BOOT_INITRD_MAX */
	const char *command_line;	/* without a newline; NULL: empty */
	const struct boot_map *map;	/* what the new kernel is told */
	const struct boot_map *usable;	/* RAM that may be written to; NULL: all RAM of
					   `map`. Ranges of other types are ignored */
	const struct boot_map *unused;	/* a hint: RAM that is free now, so that what
					   is put there can be loaded in place;
					   NULL: unknown */
	bool long_mode;			/* the running kernel has 64 bits, so the new one can be
					   entered in 64-bit mode */
	bool five_levels;			/* with this: its page tables have five levels */
	uint64_t limit;			/* last address a segment may have; 0: as high as
					   the new kernel can use */
	const void *tree;		/* for kernels that get a device tree: all of it but
					   the initrd's place, which the caller writes later */
	size_t tree_size;
	uint64_t tree_at, initrd_at;	/* where the caller wants them; 0: anywhere. x86: not
					   looked at */
	uint64_t acpi_rsdp;		/* physical address of the RSDP; 0: unknown */
	const void *running_params;	/* the 4096 bytes of the running kernel's
					   boot_params; boot/x86/params.c says which
					   fields are used; NULL: none */
	const struct boot_screen *screen;	/* NULL: as in running_params */
	const struct boot_efi *efi;	/* NULL: none */
	const struct boot_setup *setup;	/* appended to the setup_data list, in order */
	uint32_t setups;
};

/* A layout can have as many segments as an image; an initrd, so many pieces. */
#define BOOT_SEGMENT_MAX KIMG_SEGMENT_MAX
#define BOOT_INITRD_MAX 10u

/*
 * The boot params segment: zero page, GDT, command line with its terminator, then
 * the setup_data list.
 */
#define BOOT_PARAMS_GDT 0x1000u
#define BOOT_PARAMS_GDT_SIZE 32u
#define BOOT_PARAMS_COMMAND (BOOT_PARAMS_GDT + BOOT_PARAMS_GDT_SIZE)
#define BOOT_PARAMS_MAX (256u << 10)
/* Page tables; the kernels entered with them use no address from BOOT_64_END up. */
#define BOOT_TABLES_MAX 64u
#define BOOT_64_END (1ull << 46)
/* The longest command line, without its terminator. */
#define BOOT_COMMAND_MAX 4063u

struct boot_layout {
	struct boot_segment segment[BOOT_SEGMENT_MAX];
	uint32_t segments;
	/*
	 * The GDT that it names lies in the boot params segment, which the new kernel does
	 * not overwrite before it has one of its own.
	 */
	struct kleap_entry entry;
	struct boot_map told;		/* the request's map, as the new kernel gets it */
	struct kimg_range kernel_runs;	/* what the kernel overwrites before it reads the map */
	uint16_t protocol;		/* boot protocol version, 0x020f for 2.15 */
	bool is_64;			/* the kernel needs a processor of 64 bits */
	uint32_t init_size;		/* from the header; 0: unknown */
	bool relocated;			/* the kernel is not at its preferred address */
	uint64_t memory_start;		/* with a device tree: the kernel ignores what is below */
	struct boot_map left;		/* for kernels with a device tree: what mem= leaves of
					   the request's usable RAM */
	uint32_t params_size;		/* of the boot params segment: whole pages */
	unsigned char params[BOOT_PARAMS_MAX];
	/* For 64-bit mode: page tables; then, in "64-bit entry", code. */
	unsigned char tables[BOOT_TABLES_MAX + 1][4096];
	/* For a vmlinux: pages shared by two of its parts. */
	unsigned char made[BOOT_SEGMENT_MAX][4096];
};

/* ---- Kernel files -------------------------------------------------------------- */

/* The parts of a unified kernel image that matter here. */
enum boot_uki_part {
	BOOT_UKI_KERNEL,
	BOOT_UKI_MICROCODE,		/* goes in front of the initrd */
	BOOT_UKI_INITRD,
	BOOT_UKI_COMMAND,		/* may end in newlines and zeros */
	BOOT_UKI_PARTS,
};

/*
 * Find the parts of a unified kernel image (BOOT_KIND_UKI); their data point into
 * `file`. A part that it does not have has size 0. Errors: FILE_MAGIC, FILE_TRUNCATED;
 * `part` is undefined then.
 */
enum kimg_error boot_uki_open(const void *file, size_t size,
			      struct boot_piece part[BOOT_UKI_PARTS],
			      struct kimg_why *why);

/* Can the header of a bzImage be used? Errors: those of boot_kernel() about the file. */
enum kimg_error boot_check_header(const void *kernel, size_t size, struct kimg_why *why);

/* The boot protocol of a kernel for boot_kernel(), as in the layout; 0 if it is none. */
uint16_t boot_protocol_of(const void *kernel, size_t size);

/*
 * Can this kernel take over EFI runtime services from another kernel? 64-bit bzImages
 * of Linux 3.14 and later can, if built with kexec: they read SETUP_EFI.
 */
bool boot_reads_efi_setup(const void *kernel, size_t size);

/*
 * Lay out an x86 bzImage (Documentation/arch/x86/boot.rst) of boot protocol 2.06
 * or later. `layout` is overwritten. It must not be moved, because data of segments
 * point into it, and it is too large for most stacks.
 *
 * With `long_mode`, a kernel that has a 64-bit entry point is entered there, with page
 * tables in the segment "page tables": if `five_levels`, only one that knows five levels. All
 * others are entered at the 32-bit entry point.
 *
 * The kernel is placed at its preferred address if all memory that it needs is RAM
 * there, else, if it is relocatable, at the next aligned address above. Everything else
 * is placed as high as possible, but above 4 GiB only if there is no room below, and only
 * for a kernel entered in 64-bit mode that says it can be loaded there. Nothing is placed
 * below 1 MiB; no two things overlap; everything is in RAM of the usable map.
 *
 * A 64-bit kernel is told all ranges of the map, other kernels as many as the zero page
 * holds: boot_map_fit() joins the rest.
 *
 * Errors: FILE_TRUNCATED, FILE_MAGIC, FILE_PROTOCOL, FILE_NOT_HIGH, FILE_REAL_MODE,
 * FILE_HEADER, LIMIT_LOW, KERNEL_NO_ROOM, KERNEL_FIXED, INITRD_NO_ROOM, INITRD_LOW,
 * INITRD_EMPTY, CMDLINE_TOO_LONG, PARAMS_NO_ROOM (also for page tables), MAP_EMPTY.
 * `layout` is undefined after an error.
 */
enum kimg_error boot_bzimage(const struct boot_request *request,
			     struct boot_layout *layout, struct kimg_why *why);

/*
 * The same for a vmlinux: an ELF file for x86, of 32 or 64 bits. It is placed where its
 * program headers say, everything else below 4 GiB, and entered at its own entry point.
 * A 64-bit one without `long_mode`, or with `five_levels`, which it may not know, is entered
 * through code and page tables of ours, in the segment "64-bit entry". All segments of
 * the kernel are called "kernel" and come first.
 *
 * Errors: FILE_MAGIC, FILE_TRUNCATED, FILE_HEADER, SEGMENTS_TOO_MANY, KERNEL_FIXED,
 * INITRD_NO_ROOM, INITRD_LOW, INITRD_EMPTY, CMDLINE_TOO_LONG, PARAMS_NO_ROOM, MAP_EMPTY.
 * `layout` is undefined after an error.
 */
enum kimg_error boot_vmlinux(const struct boot_request *request,
			     struct boot_layout *layout, struct kimg_why *why);

/*
 * Lay out a kernel for ARM, a zImage (Documentation/arch/arm/booting.rst). It unpacks itself
 * to the start of a block of 128 MiB: of the one that it is loaded in, or, if that does not
 * start with RAM, of all RAM. RAM below is lost to it, so the lowest block that will do is
 * taken; `relocated` says that some is lost. In its block the kernel is loaded above
 * what it unpacks into; its segment includes its heap. The device tree and the initrd are
 * placed in what it maps permanently.
 *
 * Errors: FILE_TRUNCATED, FILE_MAGIC, FILE_HEADER, MAP_EMPTY, CMDLINE_TOO_LONG, TREE_LARGE,
 * UNPACK_NO_ROOM, INITRD_EMPTY, INITRD_NO_ROOM, TREE_NO_ROOM, PLACE_RUN_OVER,
 * PLACE_NO_RAM. `layout` is undefined after an error.
 */
enum kimg_error boot_zimage(const struct boot_request *request,
			    struct boot_layout *layout, struct kimg_why *why);

/* The device tree appended to a zImage; size 0: none. */
struct boot_piece boot_appended_tree(const void *kernel, size_t size);

/* The header of an arm64 Image; all is within the bounds stated here. */
struct boot_image {
	uint64_t text_offset;		/* from a boundary of 2 MiB, below 2 MiB, in whole pages */
	uint64_t size;			/* image_size: what it uses from there; 0: it is older than 3.17 */
	uint32_t page_size;		/* 0: it does not say */
	bool big;			/* big-endian */
	bool anywhere;			/* not close to the start of memory */
};

/*
 * Read and check the header of the Image of `size` bytes at `kernel`. `image` is undefined
 * after an error. Errors: FILE_TRUNCATED, FILE_MAGIC, FILE_HEADER.
 */
enum kimg_error boot_image_open(const void *kernel, size_t size, struct boot_image *image,
				struct kimg_why *why);

/*
 * Lay out a kernel for arm64, an Image (Documentation/arch/arm64/booting.rst): at the lowest
 * boundary of 2 MiB that will do. Errors: as boot_zimage(), but KERNEL_NO_ROOM.
 */
enum kimg_error boot_image(const struct boot_request *request,
			   struct boot_layout *layout, struct kimg_why *why);

/* Call the function for the file's format, boot_bzimage() if none is known; errors as there. */
enum kimg_error boot_kernel(const struct boot_request *request,
			    struct boot_layout *layout, struct kimg_why *why);

/*
 * Find an option on a kernel command line: returns what follows `name` in the last word
 * that begins with it, or NULL. A name that does not end in '=' must be a whole word. A
 * blank inside double quotes does not end a word; words after "--" are for init. `line`
 * may be NULL.
 */
const char *boot_find_option(const char *line, const char *name);

/*
 * The same, for the first such word, or the next one: `last` is what was returned for the
 * last, or NULL.
 */
const char *boot_next_option(const char *line, const char *last, const char *name);

/*
 * The number at `text`, as in options: decimal, octal or hexadecimal, with a unit. `*end` is
 * what follows.
 */
uint64_t boot_option_number(const char *text, const char **end);
uint64_t boot_option_bytes(const char *text);

/*
 * The bytes of all files in an initrd of `size` bytes, unpacked; a lower bound. A
 * compressed archive counts as the size that it states, but at least as its own size.
 */
uint64_t boot_unpacked_size(const void *data, uint64_t size);

#endif
