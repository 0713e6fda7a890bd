/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See moved.h. */
#include "moved.h"

uint64_t moved_source(const struct kimg_image *image, uint32_t extent, uint32_t page)
{
	return kimg_read_entry(image, kimg_position(image,
		image->extent[extent].entry + 1 + page)) >> 12;
}

uint32_t moved_ranges(const struct kimg_image *image, const uint64_t *frame, size_t frames,
		      struct kimg_range *range)
{
	bool touched[LEAP_FRAMES] = { false };
	uint32_t count = 0;

	for (size_t i = 0; i < frames; i++)
		touched[leap_index(frame[i])] = true;
	for (uint32_t i = 0; i < image->list_pages; i++)
		touched[leap_index(image->directory[i])] = true;
	for (uint32_t i = 0; i < image->extents; i++) {
		const struct kimg_extent *extent = &image->extent[i];

		for (uint32_t page = 0; page < extent->pages; page++) {
			touched[leap_index(extent->first + page)] = true;
			touched[leap_index(moved_source(image, i, page))] = true;
		}
	}
	for (size_t i = 0; i < LEAP_FRAMES; i++) {
		uint64_t address = (uint64_t)i << 12;

		if (address >= LEAP_LOW)
			address += LEAP_HIGH - LEAP_LOW;
		if (!touched[i])
			continue;
		if (!count || range[count - 1].end != address)
			range[count++] = (struct kimg_range){ address, address };
		range[count - 1].end += 4096;
	}
	return count;
}

void moved_protect(const struct kimg_image *image, bool read_only[LEAP_FRAMES])
{
	for (uint32_t i = 0; i < image->extents; i++) {
		const struct kimg_extent *extent = &image->extent[i];

		for (uint32_t page = 0; page < extent->pages; page++)
			if (moved_source(image, i, page) == extent->first + page)
				read_only[leap_index(extent->first + page)] = true;
	}
	for (uint32_t i = 0; i < image->list_pages; i++)
		read_only[leap_index(image->directory[i])] = true;
}

void moved_judge(const struct rig *rig, unsigned char *memory, const uint64_t *table,
		 size_t tables, bool moved, moved_pull *pull, void *arg)
{
	bool special[LEAP_FRAMES] = { false };

	special[leap_index(rig->image.control[0])] = true;
	for (size_t i = 0; i < tables; i++)
		special[leap_index(table[i])] = true;
	for (uint32_t i = 0; moved && i < rig->segments; i++) {
		const struct kimg_segment *segment = &rig->segment[i];

		for (uint64_t at = 0; at < segment->memsz; at += 4096) {
			size_t index = leap_index((segment->mem + at) >> 12);
			unsigned char want[4096] = { 0 };

			if (at < segment->bufsz)
				pull(arg, i, at, want, segment->bufsz - at < 4096 ?
				     segment->bufsz - at : 4096);
			assert_memory_equal(memory + (index << 12), want, 4096);
			special[index] = true;
		}
	}
	for (uint64_t frame = 0; frame < LEAP_HIGH >> 11; frame++) {
		size_t index = leap_index(frame);

		if (index < LEAP_FRAMES && !special[index] && sim_peek(rig->sim, frame))
			assert_memory_equal(memory + (index << 12),
					    sim_peek(rig->sim, frame), 4096);
	}
}

/* Do what XXH32 does with a word, in other words than hash.h. */
static void add_word(uint32_t lane[4], uint32_t index, uint32_t word)
{
	uint64_t sum = (lane[index % 4] + word * 2246822519ull) & UINT32_MAX;

	sum = (sum * 0x2000 & UINT32_MAX) | sum / 0x80000;
	lane[index % 4] = (uint32_t)(sum * 2654435761u);
}

struct hash moved_hash(const struct kimg_image *image, moved_pull *pull, void *arg)
{
	struct hash total = hash_start();

	for (uint32_t i = 0; i < image->extents; i++) {
		const struct kimg_extent *extent = &image->extent[i];

		for (uint32_t page = 0; page < extent->pages; page++) {
			struct hash lanes = hash_start();
			uint64_t at = (uint64_t)page << 12;
			uint32_t word[1024] = { 0 };

			if (moved_source(image, i, page) == extent->first + page)
				continue;
			if (at < extent->bufsz)
				pull(arg, extent->index, at, word,
				     extent->bufsz - at < 4096 ? extent->bufsz - at : 4096);
			for (uint32_t w = 0; w < 1024; w++)
				add_word(lanes.lane, w, word[w]);
			for (uint32_t w = 0; w < 4; w++)
				add_word(total.lane, w, lanes.lane[w]);
		}
	}
	return total;
}
