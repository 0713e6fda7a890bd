/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Piles of frames, of any height, with a buffer for one page of frame numbers. When
 * the buffer is full, its contents are written into the frame being pushed, which
 * is below them from then on:
 *
 *   buffer [f g h . .]    spilled -> frame [next][mark][a b c ...]
 *
 * So a frame costs a fraction of a window, and no other memory. The mark encodes
 * the number of frames below: it is unique in the pile, and is neither an entry
 * nor zero. If the frame was handed out twice and written to, the mark is gone.
 */
#include "internal.h"

/* The words of a spilled frame before the frame numbers. */
enum { NEXT, MARK, FRAMES };

static uint64_t mark(const struct kimg_pile *pile)
{
	return ~(uint64_t)pile->count;
}

void kimg_pile_init(struct kimg_pile *pile, struct kimg_image *image,
		    uint64_t *buffer, uint32_t room)
{
	pile->host = image->host;
	pile->buffer = buffer;
	pile->room = room;
	pile->used = 0;
	pile->spilled = KIMG_NO_FRAME;
	pile->count = 0;
	pile->windows = &image->stats.place_windows;
}

void kimg_pile_push(struct kimg_pile *pile, uint64_t frame)
{
	const struct kimg_host *host = pile->host;

	if (pile->used == pile->room) {
		uint64_t *word = kimg_map(host, frame);

		word[NEXT] = pile->spilled;
		word[MARK] = mark(pile);
		memcpy(&word[FRAMES], pile->buffer, pile->used * sizeof(*word));
		kimg_unmap(host, word);
		(*pile->windows)++;
		pile->spilled = frame;
		pile->used = 0;
	} else {
		pile->buffer[pile->used++] = frame;
	}
	pile->count++;
}

bool kimg_pile_pop(struct kimg_pile *pile, uint64_t *frame)
{
	const struct kimg_host *host = pile->host;
	uint64_t *word;

	if (!pile->count)
		return false;
	pile->count--;
	if (pile->used) {
		*frame = pile->buffer[--pile->used];
		return true;
	}
	/* Empty buffer: the spilled frame itself, once it is read back. */
	*frame = pile->spilled;
	word = kimg_map(host, pile->spilled);
	(*pile->windows)++;
	if (word[MARK] == mark(pile)) {
		pile->used = pile->room;
		pile->spilled = word[NEXT];
		memcpy(pile->buffer, &word[FRAMES], pile->used * sizeof(*word));
		kimg_unmap(host, word);
		return true;
	}
	kimg_unmap(host, word);
	pile->count++;
	return false;
}

void kimg_pile_give(struct kimg_pile *pile)
{
	uint64_t frame;

	while (kimg_pile_pop(pile, &frame))
		kimg_give(pile->host, frame, 1);
}
