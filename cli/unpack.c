// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Compressed files: gzip by zlib, xz and lzma by liblzma, zstd by libzstd.
 *
 * Several streams in one file are unpacked one after another. Other bytes after the last
 * stream are ignored for gzip and lzma, and an error for xz and zstd. The programs of
 * these formats do the same.
 */
#include "cli.h"

#include <errno.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* More than any kernel needs, and a bound for hostile files. Tests have a lower one. */
#ifndef UNPACKED_MAX
#define UNPACKED_MAX (1u << 30)
#endif
/* What a method may remember of what it has unpacked; libzstd's own is lower. */
#define DICTIONARY_MAX (1ull << 29)
#define ZSTD_WINDOW_MAX 27

/* The first room for what is unpacked. */
#define ROOM_LEAST ((size_t)4 << 20)

/* A file being unpacked: what is left of it, and of the room for its contents. */
struct unpacker {
	const unsigned char *in;
	size_t in_left;
	unsigned char *out;
	size_t out_left;
	union {
		z_stream gzip;
		lzma_stream xz;
		ZSTD_DStream *zstd;
	} state;
};

/* The state after a step: no room, end of the file's data, truncated, ... */
enum stand { FULL, ENDED, CUT, DAMAGED, NO_MEMORY, FAR_BACK };

/*
 * A compression method. step() continues until there is no more room or no more input.
 */
struct method {
	enum boot_kind kind;
	const char *name;
	bool (*start)(struct unpacker *unpacker);
	enum stand (*step)(struct unpacker *unpacker);
	void (*stop)(struct unpacker *unpacker);
};

/* zlib counts in 32 bits. */
static unsigned int part_of(size_t left)
{
	return left > 1u << 30 ? 1u << 30 : (unsigned int)left;	/* never: files of tests are smaller */
}

static bool start_gzip(struct unpacker *unpacker)
{
	/* 15: the largest window; 16: with gzip's header. */
	return inflateInit2(&unpacker->state.gzip, 15 + 16) == Z_OK;
}

static enum stand step_gzip(struct unpacker *unpacker)
{
	z_stream *z = &unpacker->state.gzip;

	while (unpacker->out_left) {
		unsigned int in = part_of(unpacker->in_left), out = part_of(unpacker->out_left);
		int result;

		z->next_in = (unsigned char *)(uintptr_t)unpacker->in;
		z->avail_in = in;
		z->next_out = unpacker->out;
		z->avail_out = out;
		result = inflate(z, Z_NO_FLUSH);
		unpacker->in += in - z->avail_in;
		unpacker->in_left -= in - z->avail_in;
		unpacker->out += out - z->avail_out;
		unpacker->out_left -= out - z->avail_out;
		if (result == Z_STREAM_END) {
			if (unpacker->in_left < 2 || unpacker->in[0] != 0x1f ||
			    unpacker->in[1] != 0x8b)
				return ENDED;
			inflateReset(z);
		} else if (result == Z_MEM_ERROR) {	/* never: as in unpack() */
			return NO_MEMORY;
		} else if (result != Z_OK && result != Z_BUF_ERROR) {
			return DAMAGED;
		} else if (!unpacker->in_left && unpacker->out_left) {
			return CUT;
		}
	}
	return FULL;
}

static void stop_gzip(struct unpacker *unpacker)
{
	inflateEnd(&unpacker->state.gzip);
}

static bool start_xz(struct unpacker *unpacker)
{
	unpacker->state.xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder(&unpacker->state.xz, DICTIONARY_MAX,
				   LZMA_CONCATENATED) == LZMA_OK;
}

static bool start_lzma(struct unpacker *unpacker)
{
	unpacker->state.xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_alone_decoder(&unpacker->state.xz, DICTIONARY_MAX) == LZMA_OK;
}

static enum stand step_xz(struct unpacker *unpacker)
{
	lzma_stream *xz = &unpacker->state.xz;
	lzma_ret result = LZMA_OK;

	xz->next_in = unpacker->in;
	xz->avail_in = unpacker->in_left;
	xz->next_out = unpacker->out;
	xz->avail_out = unpacker->out_left;
	while (result == LZMA_OK && xz->avail_out)
		result = lzma_code(xz, LZMA_FINISH);
	unpacker->in = xz->next_in;
	unpacker->in_left = xz->avail_in;
	unpacker->out = xz->next_out;
	unpacker->out_left = xz->avail_out;
	switch (result) {
	case LZMA_OK:
		return FULL;
	case LZMA_STREAM_END:
		return ENDED;
	case LZMA_MEM_ERROR:
		return NO_MEMORY;
	case LZMA_MEMLIMIT_ERROR:
		return FAR_BACK;
	case LZMA_BUF_ERROR:
		return CUT;
	default:
		return DAMAGED;
	}
}

static void stop_xz(struct unpacker *unpacker)
{
	lzma_end(&unpacker->state.xz);
}

static bool start_zstd(struct unpacker *unpacker)
{
	unpacker->state.zstd = ZSTD_createDStream();
	return unpacker->state.zstd &&
	       !ZSTD_isError(ZSTD_DCtx_setParameter(unpacker->state.zstd, ZSTD_d_windowLogMax,
						    ZSTD_WINDOW_MAX));
}

static enum stand step_zstd(struct unpacker *unpacker)
{
	ZSTD_inBuffer in = { unpacker->in, unpacker->in_left, 0 };
	ZSTD_outBuffer out = { unpacker->out, unpacker->out_left, 0 };
	size_t hint = 1;	/* 0: a frame is complete */
	bool stuck = false;

	while (out.pos < out.size && !ZSTD_isError(hint) && !stuck) {
		size_t before = in.pos + out.pos;

		if (!hint && in.pos == in.size)
			break;
		hint = ZSTD_decompressStream(unpacker->state.zstd, &out, &in);
		stuck = in.pos == in.size && in.pos + out.pos == before;
	}
	unpacker->in += in.pos;
	unpacker->in_left -= in.pos;
	unpacker->out += out.pos;
	unpacker->out_left -= out.pos;
	if (ZSTD_isError(hint))
		/* never: the tests do not let the library run out of memory */
		return ZSTD_getErrorCode(hint) == ZSTD_error_memory_allocation ? NO_MEMORY :
		       ZSTD_getErrorCode(hint) == ZSTD_error_frameParameter_windowTooLarge ?
		       FAR_BACK : DAMAGED;
	if (!hint && !unpacker->in_left)
		return ENDED;
	return unpacker->out_left ? CUT : FULL;
}

static void stop_zstd(struct unpacker *unpacker)
{
	ZSTD_freeDStream(unpacker->state.zstd);
}

static const struct method methods[] = {
	{ BOOT_KIND_GZIP, "gzip", start_gzip, step_gzip, stop_gzip },
	{ BOOT_KIND_XZ, "xz", start_xz, step_xz, stop_xz },
	{ BOOT_KIND_LZMA, "lzma", start_lzma, step_xz, stop_xz },
	{ BOOT_KIND_ZSTD, "zstd", start_zstd, step_zstd, stop_zstd },
};

/* The last one also for what is not compressed. */
static const struct method *method_of(enum boot_kind kind)
{
	size_t i = 0;

	while (i + 1 < sizeof(methods) / sizeof(methods[0]) && methods[i].kind != kind)
		i++;
	return &methods[i];
}

const char *unpack_method(enum boot_kind kind)
{
	const struct method *method = method_of(kind);

	return method->kind == kind ? method->name : NULL;
}

bool unpack_start(enum boot_kind kind, const void *from, size_t size, void *to,
		  size_t *to_size)
{
	const struct method *method = method_of(kind);
	struct unpacker unpacker = { .in = from, .in_left = size, .out = to,
				     .out_left = *to_size };
	enum stand stand;

	if (!method->start(&unpacker))	/* never: a library without memory */
		return false;
	stand = method->step(&unpacker);
	method->stop(&unpacker);
	*to_size -= unpacker.out_left;
	return stand == FULL || stand == ENDED;
}

/*
 * Double the room for what is unpacked, or make the first. False: no memory, or
 * `*size` is UNPACKED_MAX.
 */
static bool grow(struct unpacker *unpacker, unsigned char **to, size_t *size)
{
	size_t used = *size - unpacker->out_left;
	size_t larger = *size ? 2 * *size : ROOM_LEAST;
	unsigned char *moved;

	if (*size >= UNPACKED_MAX)
		return false;
	moved = realloc(*to, larger);
	if (!moved)
		return false;
	*to = moved;
	*size = larger;
	unpacker->out = moved + used;
	unpacker->out_left = larger - used;
	return true;
}

static int say_no_memory(const char *path, const struct method *method, uint64_t size)
{
	return say_errno(ENOMEM, "free memory, or raise its limit (ulimit -v)",
			 "cannot unpack %s, compressed with %s, into %s", path, method->name,
			 size_text(size));
}

int unpack(const char *path, enum boot_kind kind, const void *from, size_t size,
	   void **to, size_t *to_size, size_t *left)
{
	const struct method *method = method_of(kind);
	struct unpacker unpacker = { .in = from, .in_left = size };
	struct kimg_why why = { 0 };
	unsigned char *out = NULL;
	enum stand stand = FULL;
	char name[64];
	size_t room = 0;

	if (!method->start(&unpacker))	/* never: a library without memory */
		return say_no_memory(path, method, size);
	while (stand == FULL && grow(&unpacker, &out, &room))
		stand = method->step(&unpacker);
	method->stop(&unpacker);

	switch (stand) {
	case ENDED:
		*to = out;
		*to_size = room - unpacker.out_left;
		*left = unpacker.in_left;
		return EXIT_OK;
	case CUT:
		kimg_fail(&why, KIMG_E_PACKED_CUT, .a = size);
		break;
	case DAMAGED:
		kimg_fail(&why, KIMG_E_PACKED_DAMAGED, .a = size - unpacker.in_left, .b = size);
		break;
	case FULL:
		if (room >= UNPACKED_MAX)
			kimg_fail(&why, KIMG_E_PACKED_LARGE, .a = UNPACKED_MAX);
		else
			room = room ? 2 * room : ROOM_LEAST;	/* is what was asked for */
		break;
	case NO_MEMORY:
		break;
	case FAR_BACK:
		free(out);
		return say_error(EXIT_MEMORY, kind == BOOT_KIND_ZSTD ?
				 "unpack it first: zstd -dc --long=31 FILE > kernel" :
				 "unpack it first: xz -dc FILE > kernel",
				 "cannot unpack %s: its %s refers back by more than %s", path,
				 method->name, size_text(kind == BOOT_KIND_ZSTD ?
							 1ull << ZSTD_WINDOW_MAX : DICTIONARY_MAX));
	}
	free(out);
	if (!why.error)
		return say_no_memory(path, method, room);
	snprintf(name, sizeof(name), "a file compressed with %s", method->name);
	return say_file(path, name, &why);
}
