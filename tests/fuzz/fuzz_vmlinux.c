/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzer: kernels as ELF files.
 *
 * The input makes an ELF file of up to 24 parts, of any address and size, mostly one
 * behind another so that pages are shared; damages some bytes; and makes a machine. A
 * file may be refused; memory after a load must be what the program headers say, byte
 * by byte (tests/lib/vmlinux.h), and the engine must take the segments.
 */
#include "files.h"
#include "fuzz.h"
#include "vmlinux.h"

#define FILE_SIZE 0x6000u
#define PARTS 24u

static unsigned char *take_file(struct input *input, size_t *size)
{
	uint64_t kind = take(input, 1), at = 0x1000000;
	unsigned int count = (unsigned int)(take(input, 1) % (PARTS + 1));
	struct part part[PARTS];
	unsigned char *file;

	for (unsigned int i = 0; i < count; i++) {
		uint64_t odd = take(input, 1);

		at += take(input, 1) % 4 ? 0 : take(input, 2);
		part[i].physical = odd & 1 ? take_odd(input) : at;
		part[i].size = odd & 2 ? (size_t)take_odd(input) : (size_t)take(input, 2) % 0x1800;
		part[i].memory = part[i].size + (odd & 4 ? take(input, 2) : 0);
		part[i].at = odd & 8 ? (size_t)take_odd(input) : 0x800 + (size_t)take(input, 2) % 0x4000;
		part[i].virtual = 0xc0000000 + part[i].physical;
		at += part[i].memory;
	}
	*size = FILE_SIZE;
	file = bake_elf(kind & 1, kind & 2 ? 3 : 2, kind & 1 ? 62 : 3,
			kind & 4 ? take_odd(input) : 0x1000000 + take(input, 2), part, count, *size);
	for (size_t i = 0x800; i < *size; i++)
		file[i] = (unsigned char)(i * 7 + i / 251 + 1);
	for (uint64_t i = take(input, 1) % 6; i > 0; i--) {
		size_t where = (size_t)take(input, 2) % (i % 2 ? 0x200 : *size);

		take_bytes(input, file + where, (size_t)take(input, 1) % 8 % (*size - where));
	}
	return file;
}

static void judge_segments(const struct boot_layout *layout)
{
	struct kimg_segment segment[BOOT_SEGMENT_MAX];
	struct kimg_host host = { .page_shift = 12, .entry_size = 4,
				  .destination_limit = UINT32_MAX };
	struct kimg_why why;

	HOLDS(layout->segments <= BOOT_SEGMENT_MAX);
	for (uint32_t i = 0; i < layout->segments; i++)
		segment[i] = layout->segment[i].at;
	HOLDS(!kimg_check_segments(&host, segment, layout->segments, NULL, &why));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const unsigned char initrd[100];
	struct boot_piece piece = { initrd, sizeof(initrd) };
	struct input input = { bytes, size };
	static struct boot_layout layout;
	struct boot_map map = { .count = 0 };
	struct boot_request request = { .map = &map, .initrd = &piece };
	struct kimg_why why = { 0 };
	enum kimg_error error;
	unsigned char *file;
	char text[256];

	file = take_file(&input, &request.kernel_size);
	request.kernel = file;
	pc_map(&map, 0x2000000, 0);
	request.initrd_pieces = (uint32_t)take(&input, 1) % 2;
	if (take(&input, 1) % 4 == 1)
		request.limit = 0x1000000 + take(&input, 3);
	request.long_mode = take(&input, 1) % 2;
	request.five_levels = take(&input, 1) % 4 == 1;
	memset(&layout, 0xa5, sizeof(layout));
	error = boot_vmlinux(&request, &layout, &why);
	HOLDS(error == why.error);
	switch (error) {
	case KIMG_OK:
		if (!judge_vmlinux(&request, &layout, text))
			broken("vmlinux.h, %s", text);
		judge_segments(&layout);
		break;
	case KIMG_E_FILE_TRUNCATED:
		HOLDS(why.a == request.kernel_size && why.b > why.a && why.c == why.b - why.a);
		break;
	case KIMG_E_KERNEL_FIXED:
		HOLDS(why.c < MIB || why.c + why.a > 0x2000000 - 0xfff ||
		      (request.limit && why.c + why.a > request.limit - 0xffe));
		break;
	case KIMG_E_FILE_MAGIC:
	case KIMG_E_FILE_HEADER:
	case KIMG_E_SEGMENTS_TOO_MANY:
	case KIMG_E_INITRD_NO_ROOM:
	case KIMG_E_PARAMS_NO_ROOM:
		break;
	default:
		broken("error %s is none of boot_vmlinux()'s", kimg_error_id(error));
	}
	free(file);
	return 0;
}
