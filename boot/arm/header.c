// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A zImage's header and size table, as arch/arm/boot/compressed/ of Linux makes them: head.S
 * and vmlinux.lds.S. Kernels since 4.15 have the table.
 */
#include "bytes.h"
#include "zimage.h"

#define AT_START	0x28u
#define AT_END		0x2cu
#define AT_MAGIC2	0x34u
#define AT_TABLE	0x38u
#define MAGIC2		0x45454545u
#define HEADER_END	0x3cu		/* of the oldest: no magic2, no table */
#define HEADER_LEAST	0x30u

/* The table's entries: how many words, a tag, its values. */
#define TAG_KERNEL_SIZE	0x5a534c4bu
#define VALUE_SIZE_AT	8u		/* from the tag's start: where the unpacked size stands */
#define VALUE_BSS	12u
#define VALUE_TEXT	16u		/* since 5.9 */
#define VALUE_HEAP	20u

#define TEXT_OFFSET	0x8000u		/* all others end in these bits, too */
#define TEXT_BITS	0xffffu
#define HEAP		0x10000u
#define HEAP_MOST	(16u << 20)
/* More than the code that unpacks: what is unpacked is not smaller than what is packed. */
#define UNPACKER	(1u << 20)
/* Without a table: no method packs better than that; kexec-tools assumes the same. */
#define RATIO		4u

#define FDT_MAGIC	0xd00dfeedu

static enum kimg_error bad(struct kimg_why *why, uint64_t at, uint64_t value)
{
	return kimg_fail(why, KIMG_E_FILE_HEADER, .a = at, .b = value);
}

/*
 * Read the values of the kernel's size, an entry of `words` words at `at`, all of which are
 * in the file. Error: FILE_HEADER.
 */
static enum kimg_error read_sizes(const struct bytes *file, uint64_t at, uint64_t words,
				  struct zimage *zimage, struct kimg_why *why)
{
	uint64_t size_at = bytes_number(file, at + VALUE_SIZE_AT, 4, zimage->big);

	if (words < 4)
		return bad(why, at, words);
	if (!bytes_have(file, size_at, 4))
		return bad(why, at + VALUE_SIZE_AT, size_at);
	/* As gzip writes it, whatever the kernel's byte order. */
	zimage->unpacked = bytes_get(file, size_at, 4);
	if (zimage->unpacked + UNPACKER < zimage->size)
		return bad(why, size_at, zimage->unpacked);
	zimage->bss = bytes_number(file, at + VALUE_BSS, 4, zimage->big);
	zimage->says = true;
	if (words < 6)
		return KIMG_OK;
	zimage->text_offset = bytes_number(file, at + VALUE_TEXT, 4, zimage->big);
	if (zimage->text_offset >= ZIMAGE_BLOCK ||
	    (zimage->text_offset & TEXT_BITS) != TEXT_OFFSET)
		return bad(why, at + VALUE_TEXT, zimage->text_offset);
	zimage->heap = bytes_number(file, at + VALUE_HEAP, 4, zimage->big);
	if (zimage->heap > HEAP_MOST)
		return bad(why, at + VALUE_HEAP, zimage->heap);
	return KIMG_OK;
}

/*
 * Look for the kernel's size in the table. Error: FILE_HEADER.
 */
static enum kimg_error read_table(const struct bytes *file, struct zimage *zimage,
				  struct kimg_why *why)
{
	uint64_t at = bytes_number(file, AT_TABLE, 4, zimage->big), words;

	if (!bytes_have(file, at, 4) || at < HEADER_END)
		return bad(why, AT_TABLE, at);
	for (;; at += 4 * words) {
		words = bytes_number(file, at, 4, zimage->big);
		if (!words)
			return KIMG_OK;
		if (words < 2 || !bytes_have(file, at, 4 * words + 4))
			return bad(why, at, words);
		if (bytes_number(file, at + 4, 4, zimage->big) == TAG_KERNEL_SIZE)
			return read_sizes(file, at, words, zimage, why);
	}
}

enum kimg_error zimage_open(const void *data, size_t size, struct zimage *zimage,
			    struct kimg_why *why)
{
	struct bytes file = { data, size };
	uint64_t start, end;

	*zimage = (struct zimage){ .file = data, .text_offset = TEXT_OFFSET, .heap = HEAP };
	zimage->big = bytes_number(&file, ZIMAGE_AT_MAGIC, 4, true) == ZIMAGE_MAGIC;
	if (!zimage->big && bytes_get(&file, ZIMAGE_AT_MAGIC, 4) != ZIMAGE_MAGIC)
		return kimg_fail(why, KIMG_E_FILE_MAGIC, .a = bytes_get(&file, ZIMAGE_AT_MAGIC, 4),
				 .b = ZIMAGE_AT_MAGIC, .c = ZIMAGE_MAGIC);
	if (size < HEADER_LEAST)
		return kimg_fail(why, KIMG_E_FILE_TRUNCATED, .a = size, .b = HEADER_LEAST,
				 .c = HEADER_LEAST - size);
	start = bytes_number(&file, AT_START, 4, zimage->big);
	end = bytes_number(&file, AT_END, 4, zimage->big);
	if (end < start || end - start < HEADER_LEAST)
		return bad(why, AT_END, end);
	zimage->size = end - start;
	if (zimage->size > size)
		return kimg_fail(why, KIMG_E_FILE_TRUNCATED, .a = size, .b = zimage->size,
				 .c = zimage->size - size);
	/* What is appended is none of the kernel's. */
	file.size = zimage->size;
	if (bytes_number(&file, AT_MAGIC2, 4, zimage->big) == MAGIC2) {
		enum kimg_error error = read_table(&file, zimage, why);

		if (error)
			return error;
	}
	if (!zimage->says) {
		zimage->unpacked = RATIO * zimage->size;
		zimage->bss = zimage->size;
	}
	return KIMG_OK;
}

struct boot_piece boot_appended_tree(const void *kernel, size_t size)
{
	struct boot_piece tree = { 0 };
	struct zimage zimage;
	struct kimg_why why;
	struct bytes file = { kernel, size };

	if (!zimage_open(kernel, size, &zimage, &why) &&
	    bytes_number(&file, zimage.size, 4, true) == FDT_MAGIC) {
		tree.data = file.at + zimage.size;
		tree.size = size - zimage.size;
	}
	return tree;
}
