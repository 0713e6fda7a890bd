/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The hash that tells whether an image is still what was loaded. A host computes it
 * when the pages are filled and again before the leap, a trampoline computes it over
 * the pages that it moved.
 *
 * Four lanes of 32 bits, each with the round of XXH32: lane i takes every fourth
 * word of 32 bits, from word i on,
 *
 *	lane = rotate_left(lane + word * HASH_FACTOR_WORD, HASH_ROTATE)
 *	lane = lane * HASH_FACTOR_LANE
 *
 * Both steps are invertible, so one changed word always changes its lane. A lane starts
 * from a nonzero seed, so zeros count. The lanes are independent: a processor works on
 * all four at once, in about one instruction per byte, without a table.
 *
 * A page is hashed by itself, and its four lanes are then hashed into each total that
 * it belongs to. So a page that is part of two totals is read once.
 *
 * This detects accidents. It is not a signature and can be forged.
 */
#ifndef ARCH_HASH_H
#define ARCH_HASH_H

#define HASH_LANES		4
#define HASH_FACTOR_WORD	0x85ebca77	/* odd, as the next */
#define HASH_FACTOR_LANE	0x9e3779b1
#define HASH_ROTATE		13

#define HASH_SEED_0		0x243f6a88
#define HASH_SEED_1		0x85a308d3
#define HASH_SEED_2		0x13198a2e
#define HASH_SEED_3		0x03707344

#ifndef __ASSEMBLER__

#include "kimg_env.h"

struct hash {
	uint32_t lane[HASH_LANES];
};

static inline struct hash hash_start(void)
{
	return (struct hash) {
		{ HASH_SEED_0, HASH_SEED_1, HASH_SEED_2, HASH_SEED_3 }
	};
}

static inline uint32_t hash_round(uint32_t lane, uint32_t word)
{
	lane += word * HASH_FACTOR_WORD;
	lane = lane << HASH_ROTATE | lane >> (32 - HASH_ROTATE);
	return lane * HASH_FACTOR_LANE;
}

/* `size` more bytes: a multiple of 16, aligned to 4. */
static inline void hash_add(struct hash *hash, const void *from, size_t size)
{
	const uint32_t *word = from, *end = word + size / sizeof(*word);
	uint32_t a = hash->lane[0], b = hash->lane[1];
	uint32_t c = hash->lane[2], d = hash->lane[3];

	for (; word < end; word += HASH_LANES) {
		a = hash_round(a, word[0]);
		b = hash_round(b, word[1]);
		c = hash_round(c, word[2]);
		d = hash_round(d, word[3]);
	}
	*hash = (struct hash) { { a, b, c, d } };
}

/* The hash of one page of `size` bytes, to be added to totals by hash_join(). */
static inline struct hash hash_page(const void *page, size_t size)
{
	struct hash hash = hash_start();

	hash_add(&hash, page, size);
	return hash;
}

static inline void hash_join(struct hash *total, const struct hash *page)
{
	hash_add(total, page->lane, sizeof(page->lane));
}

#endif
#endif
