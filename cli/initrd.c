// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Several initrds as one: in order, each but the last padded with zeros to 4 bytes,
 * as boot loaders join them.
 *
 * Large files are not copied. The whole pages of the largest are pieces that point
 * into their mappings; everything else, such as the pages in which one file ends
 * and the next begins, is copied.
 */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096u

/* With copied pieces before, between and after these, there are at most BOOT_INITRD_MAX. */
#define DIRECT_MAX ((BOOT_INITRD_MAX - 1) / 2)

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

/*
 * A file's place in the initrd, and the part that is not copied; direct_end is 0 if
 * there is none.
 */
struct place {
	uint64_t start, end;
	uint64_t direct, direct_end;
};

/*
 * The largest of the files that are copied whole; `count` if none is large enough to
 * have a whole page.
 */
static size_t largest_copied(const struct place *place, size_t count)
{
	size_t i, best = count;

	for (i = 0; i < count; i++) {
		if (place[i].direct_end ||
		    place[i].end - place[i].start < 2 * PAGE)
			continue;
		if (best == count ||
		    place[i].end - place[i].start > place[best].end - place[best].start)
			best = i;
	}
	return best;
}

/*
 * Find the place of each file, and the pages that are used where they are mapped.
 * Returns the size of the initrd.
 */
static uint64_t find_places(const struct mapping *file, size_t files,
			    struct place *place)
{
	uint64_t size = 0;
	size_t i, k;

	for (i = 0; i < files; i++) {
		place[i].start = file[i].size ? round_up(size, 4) : size;
		place[i].end = place[i].start + file[i].size;
		size = place[i].end;
	}
	for (k = 0; k < DIRECT_MAX; k++) {
		i = largest_copied(place, files);
		if (i == files)
			break;
		place[i].direct = round_up(place[i].start, PAGE);
		/* The last piece need not be of whole pages. */
		place[i].direct_end = place[i].end == size ? size :
				      place[i].end / PAGE * PAGE;
	}
	return size;
}

/* Add a piece, unless it is empty. */
static void add_piece(struct initrd *initrd, const void *data, uint64_t size)
{
	if (!size)
		return;
	initrd->piece[initrd->pieces++] = (struct boot_piece){ data, size };
	initrd->size += size;
}

/*
 * Fill the pieces. Bytes that are copied go to `copy`, which is all zero and has room for
 * all of them.
 */
static void fill_pieces(const struct mapping *file, const struct place *place,
			size_t files, uint64_t size, struct initrd *initrd, char *copy)
{
	size_t i;

	for (i = 0; i < files; i++) {
		const struct place *at = &place[i];
		const char *data = file[i].data;
		uint64_t start = at->start;

		/* Bytes before initrd->size are in pieces; those at `copy` come next. */
		if (at->direct_end) {
			uint64_t gap = at->direct - initrd->size;

			memcpy(copy + (start - initrd->size), data, (size_t)(at->direct - start));
			add_piece(initrd, copy, gap);
			copy += gap;
			add_piece(initrd, data + (at->direct - start),
				  at->direct_end - at->direct);
			start = at->direct_end;
		}
		memcpy(copy + (start - initrd->size), data + (start - at->start),
		       (size_t)(at->end - start));
	}
	add_piece(initrd, copy, size - initrd->size);
}

int join_initrd(const struct mapping *file, size_t files, struct initrd *initrd)
{
	struct place *place = calloc(files, sizeof(*place));
	uint64_t size, copied;
	size_t i;

	if (!place)
		return say_errno(ENOMEM, NULL, "cannot join the initrds");
	size = copied = find_places(file, files, place);
	for (i = 0; i < files; i++)
		copied -= place[i].direct_end - place[i].direct;
	initrd->copied = calloc(1, (size_t)copied + 1);
	if (!initrd->copied) {
		free(place);
		return say_errno(ENOMEM, NULL, "cannot join the initrds");
	}
	fill_pieces(file, place, files, size, initrd, initrd->copied);
	/* Empty, it is still an initrd: boot_kernel() refuses it. */
	if (!initrd->pieces)
		initrd->pieces = 1;
	free(place);
	return EXIT_OK;
}

void free_initrd(struct initrd *initrd)
{
	free(initrd->copied);
	initrd->copied = NULL;
}
