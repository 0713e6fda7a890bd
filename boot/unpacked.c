// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How large an initrd is once it is unpacked: the files of its uncompressed archives,
 * and the size that a compressed archive states.
 */
#include "boot.h"
#include "bytes.h"

#define CPIO_HEADER 110u
#define XZ_FOOTER 12u
#define ZEROS_MAX 65536u	/* more than this is no padding */
#define SAID_MAX (1ull << 50)	/* a file that says more is damaged */

static void skip(struct bytes *bytes, uint64_t count)
{
	if (count > bytes->size)
		count = bytes->size;
	bytes->at += count;
	bytes->size -= count;
}

/* One of the numbers of 8 hexadecimal digits in a cpio header. */
static uint64_t cpio_number(const unsigned char *header, unsigned int index)
{
	const unsigned char *at = header + 6 + 8 * index;
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; i < 8; i++) {
		unsigned int digit = at[i] | 0x20u;

		value = value << 4 | (digit >= 'a' ? digit - 'a' + 10 : digit - '0') % 16;
	}
	return value;
}

/* Skip the files of an uncompressed archive. Returns their size. */
static uint64_t cpio_size(struct bytes *bytes)
{
	uint64_t size = 0;

	while (bytes->size >= CPIO_HEADER && bytes_are(bytes, 0, "07070", 5)) {
		uint64_t file = cpio_number(bytes->at, 6), name = cpio_number(bytes->at, 11);

		/* Name and file are padded to 4 bytes, the name together with the header. */
		skip(bytes, ((CPIO_HEADER + name + 3) & ~3ull) + ((file + 3) & ~3ull));
		size += file;
	}
	return size;
}

/* A number of an xz index: 7 bits per byte, the lowest first. False: there is none. */
static bool xz_number(struct bytes *bytes, uint64_t *value)
{
	unsigned int shift;

	*value = 0;
	for (shift = 0; bytes->size && shift < 63; shift += 7) {
		unsigned char byte = *bytes->at;

		skip(bytes, 1);
		*value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return false;
}

/* The unpacked size from the index at an xz file's end; 0 if it cannot be read. */
static uint64_t xz_size(struct bytes bytes)
{
	uint64_t count, packed, unpacked, size = 0, index;
	const unsigned char *footer;

	while (bytes.size >= 4 && !bytes_get(&bytes, bytes.size - 4, 4))
		bytes.size -= 4;
	if (bytes.size < 2 * XZ_FOOTER)
		return 0;
	footer = bytes.at + bytes.size - XZ_FOOTER;
	index = (bytes_get(&bytes, bytes.size - XZ_FOOTER + 4, 4) + 1) * 4;
	if (footer[10] != 'Y' || footer[11] != 'Z' || index > bytes.size - XZ_FOOTER)
		return 0;
	bytes.at = footer - index;
	bytes.size = index;
	skip(&bytes, 1);
	if (!xz_number(&bytes, &count))
		return 0;
	while (count-- && xz_number(&bytes, &packed) && xz_number(&bytes, &unpacked)) {
		if (unpacked > UINT64_MAX / 2 - size)
			return 0;
		size += unpacked;
	}
	return size;
}

/* The unpacked size in a zstd file's first frame (RFC 8878, 3.1.1.1); 0: not given. */
static uint64_t zstd_size(struct bytes bytes)
{
	static const unsigned char sizes[] = { 0, 2, 4, 8 }, id_sizes[] = { 0, 1, 2, 4 };
	unsigned int what, size, at;

	if (bytes.size < 18)
		return 0;
	what = bytes.at[4];
	size = sizes[what >> 6];
	if (!size && (what & 0x20))
		size = 1;
	at = (what & 0x20 ? 5u : 6u) + id_sizes[what & 3];
	return bytes_get(&bytes, at, size) + (size == 2 ? 256 : 0);
}

uint64_t boot_unpacked_size(const void *data, uint64_t size)
{
	struct bytes bytes = { data, size };
	uint64_t sum = 0, said = 0;
	uint32_t zeros = 0;

	while (bytes.size) {
		if (!*bytes.at && zeros++ < ZEROS_MAX) {
			skip(&bytes, 1);
		} else if (bytes_are(&bytes, 0, "07070", 5) && bytes.size >= CPIO_HEADER) {
			sum += cpio_size(&bytes);
			zeros = 0;
		} else {
			break;
		}
	}
	if (bytes_are(&bytes, 0, "\x1f\x8b", 2) && bytes.size >= 18)
		said = bytes_get(&bytes, bytes.size - 4, 4);
	else if (bytes_are(&bytes, 0, "\xfd""7zXZ", 6))
		said = xz_size(bytes);
	else if (bytes_are(&bytes, 0, "\x28\xb5\x2f\xfd", 4))
		said = zstd_size(bytes);
	if (said > SAID_MAX)
		said = 0;
	return sum + (said > bytes.size ? said : bytes.size);
}
