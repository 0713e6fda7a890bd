/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * digest.c: every change of an image is detected, whichever segment, page, word or
 * byte it is in; the total of the pages that the leap moves is that of hash.h.
 */
#include "module_test.h"

#include "hash.h"

static enum kimg_error check(bool atomic, struct kimg_why *why)
{
	return kleap_digest_check(kernel_image(), atomic, why);
}

static u32 pages_of(u32 segment)
{
	static const u32 pages[SEGMENTS] = { 5, 2, 3 };

	return pages[segment];
}

/* One bit, in each of the first and the last sixteen bytes of each page. */
static void test_every_page(void)
{
	struct kimg_why why;

	load_good();
	HOLDS(check(false, &why) == KIMG_OK);
	for (u32 segment = 0; segment < SEGMENTS; segment++) {
		for (u32 page = 0; page < pages_of(segment); page++) {
			u64 frame = source_of(segment, page);

			for (size_t i = 0; i < 32; i++) {
				size_t offset = i < 16 ? i : PAGE_SIZE - 32 + i;

				turn_bit(frame, offset);
				HOLDS(check(i & 1, &why) == KIMG_E_IMAGE_DAMAGED);
				HOLDS(why.seg == segment && why.a != why.b);
				turn_bit(frame, offset);
				HOLDS(check(i & 1, &why) == KIMG_OK);
			}
		}
	}
}

/* Two pages of one segment that have each other's bytes. */
static void test_order(void)
{
	unsigned char first[PAGE_SIZE], second[PAGE_SIZE];
	struct kimg_why why;
	u64 one, other;

	load_good();
	one = source_of(0, 0);
	other = source_of(0, 2);
	memcpy(first, sim_peek(kernel.sim, one), PAGE_SIZE);
	memcpy(second, sim_peek(kernel.sim, other), PAGE_SIZE);
	HOLDS(sim_poke(kernel.sim, one, 0, second, PAGE_SIZE));
	HOLDS(sim_poke(kernel.sim, other, 0, first, PAGE_SIZE));
	HOLDS(check(false, &why) == KIMG_E_IMAGE_DAMAGED && why.seg == 0);
}

/* hash.h, by its text: lane by lane, word by word. */
static struct hash by_hand(const void *from, size_t size, struct hash hash)
{
	const u32 *word = from;

	for (u32 lane = 0; lane < 4; lane++) {
		for (size_t i = lane; i < size / 4; i += 4) {
			u32 sum = hash.lane[lane] + word[i] * 0x85ebca77u;

			hash.lane[lane] = (sum << 13 | sum >> 19) * 0x9e3779b1u;
		}
	}
	return hash;
}

static const struct hash seed = { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 } };

/* All totals, by hand; and those of an image of nothing but zeros. */
static void test_totals(void)
{
	/* Segments in the order of their addresses. */
	static const u32 order[SEGMENTS] = { 1, 2, 0 };
	static const u64 home[SEGMENTS] = { 0x180, 0x110, 0x140 };
	struct kleap_image *image;
	struct hash moved = seed;
	u32 in_place = 0, all = 0;

	load_good();
	image = kernel_image();
	for (u32 i = 0; i < SEGMENTS; i++) {
		struct hash digest = seed;
		u32 segment = order[i];

		for (u32 page = 0; page < pages_of(segment); page++) {
			u64 frame = source_of(segment, page);
			struct hash hash = by_hand(sim_peek(kernel.sim, frame), PAGE_SIZE, seed);

			digest = by_hand(&hash, sizeof(hash), digest);
			all++;
			if (frame == home[segment] + page)
				in_place++;
			else
				moved = by_hand(&hash, sizeof(hash), moved);
		}
		HOLDS(!memcmp(&image->digest[segment], &digest, sizeof(digest)));
		/* Zeros count. */
		for (u32 lane = 0; lane < HASH_LANES; lane++)
			HOLDS(digest.lane[lane] && digest.lane[lane] != seed.lane[lane]);
	}
	/* Or this tells nothing. */
	HOLDS(in_place && in_place < all);
	HOLDS(!memcmp(&image->moved, &moved, sizeof(moved)));
	/* A segment that there is not has the total of no pages. */
	HOLDS(!memcmp(&image->digest[KIMG_SEGMENT_MAX - 1], &seed, sizeof(seed)));
}

/* A fatal signal ends a check, but not the one of the last CPU; that pets the watchdog. */
static void test_signal(void)
{
	struct kimg_why why;

	load_good();
	kernel.signal_after = 1;
	HOLDS(check(false, &why) == KIMG_E_INTERRUPTED && why.a == EINTR);
	HOLDS(kleap_errno(&why) == -EINTR);
	/* One that comes half way. */
	kernel.signal_after = 6;
	HOLDS(check(false, &why) == KIMG_E_INTERRUPTED);
	HOLDS(!kernel.watchdog);
	kernel.irqs_off = true;
	HOLDS(check(true, &why) == KIMG_OK);
	HOLDS(kernel.watchdog >= 10);
	kernel.irqs_off = false;
}

/* A list that names a frame without memory: an error, and no window on it. */
static void test_no_memory(void)
{
	struct kimg_why why;
	u64 entry;

	load_good();
	/* Windows as a kernel has them: on whatever is memory. */
	sim_set_raw(kernel.sim, true);
	entry = set_entry(2, 1, 0x50000008);
	for (int atomic = 0; atomic < 2; atomic++)
		HOLDS(check(atomic, &why) == KIMG_E_LIST_FRAME && why.a == 0x50000);
	set_entry(2, 1, entry);
	HOLDS(check(false, &why) == KIMG_OK);
	sim_set_raw(kernel.sim, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		machine_test(test_every_page),
		machine_test(test_order),
		machine_test(test_totals),
		machine_test(test_signal),
		machine_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
