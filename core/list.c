/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The list: positions, entries read and written through windows, and building the
 * indirection pages, whose layout depends only on the segments.
 */
#include "internal.h"

/*@ requires good_host(host);
    assigns \nothing;
    admit ensures owned(host, frame) ==> \result != \null;
    admit ensures \result != \null ==> window(host, \result, frame); */
void *kimg_map(const struct kimg_host *host, uint64_t frame)
{
	return host->ops->map(host->ctx, frame);
}

/*@ requires good_host(host);
    assigns \nothing; */
void kimg_unmap(const struct kimg_host *host, void *window)
{
	host->ops->unmap(host->ctx, window);
}

/*@ requires good_host(host);
    assigns \nothing;
    ensures \result == entry / page_size(host); */
uint64_t kimg_entry_frame(const struct kimg_host *host, kimg_entry_t entry)
{
	return entry >> host->page_shift;
}

/*@ requires good_host(host) && flag <= KIMG_FLAGS;
    requires frame * page_size(host) <= UINT64_MAX;
    assigns \nothing;
    ensures \result == frame * page_size(host) + flag;
    ensures \result >> host->page_shift == frame; */
kimg_entry_t kimg_make_entry(const struct kimg_host *host, uint64_t frame,
			     unsigned int flag)
{
	return frame << host->page_shift | flag;
}

/*@ requires good_host(host);
    assigns \nothing;
    ensures \result <==> within(host, frame, limit); */
bool kimg_frame_within(const struct kimg_host *host, uint64_t frame,
		       uint64_t limit)
{
	/* Frames are compared, so that no address is formed that could wrap. */
	uint64_t last = limit >> host->page_shift;

	return frame < last ||
	       (frame == last && kimg_aligned(limit + 1, host->page_shift));
}

/*@ requires good_host(host) && slot < 1 << slot_shift(host);
    assigns \nothing;
    admit ensures \result == entry_at(window, slot);
    admit ensures host->entry_size == 4 ==> \result <= UINT32_MAX; */
kimg_entry_t kimg_slot_get(const struct kimg_host *host, const void *window,
			   uint32_t slot)
{
	const unsigned char *at = window;

	/*@ assert host->entry_size == 4 ==> 4 * slot + 4 <= page_size(host); */
	/*@ assert host->entry_size == 8 ==> 8 * slot + 8 <= page_size(host); */
	at += (size_t)slot * host->entry_size;
	if (host->entry_size == 4) {
		uint32_t entry;

		memcpy(&entry, at, sizeof(entry));
		return entry;
	} else {
		uint64_t entry;

		memcpy(&entry, at, sizeof(entry));
		return entry;
	}
}

/*@ requires good_host(host) && slot < 1 << slot_shift(host);
    requires host->entry_size == 4 ==> entry <= UINT32_MAX;
    assigns frames;
    admit ensures entry_at(window, slot) == entry; */
void kimg_slot_set(const struct kimg_host *host, void *window, uint32_t slot,
		   kimg_entry_t entry)
{
	unsigned char *at = window;

	/*@ assert host->entry_size == 4 ==> 4 * slot + 4 <= page_size(host); */
	/*@ assert host->entry_size == 8 ==> 8 * slot + 8 <= page_size(host); */
	at += (size_t)slot * host->entry_size;
	if (host->entry_size == 4) {
		uint32_t narrow = (uint32_t)entry;

		memcpy(at, &narrow, sizeof(narrow));
	} else {
		memcpy(at, &entry, sizeof(entry));
	}
}

/*@ requires shaped(image) && index <= image->entries;
    assigns \nothing;
    ensures image->list_pages == 0 ==> \result.frame == KIMG_NO_FRAME;
    ensures image->list_pages > 0 ==> \exists integer page;
      0 <= page < image->list_pages && \result.frame == image->directory[page] &&
      index == times(page, image->slots) + \result.slot &&
      \result.slot <= image->slots &&
      (\result.slot == image->slots ==>
       index == image->entries && page == image->list_pages - 1); */
struct kimg_pos kimg_position(const struct kimg_image *image, uint32_t index)
{
	struct kimg_pos pos = { .frame = KIMG_NO_FRAME, .slot = 0 };
	uint32_t page;

	if (!image->list_pages)
		return pos;
	page = index / image->slots;
	pos.slot = index % image->slots;
	/*@ assert index == times(page, image->slots) + pos.slot; */
	/*@ assert page <= image->list_pages; */
	if (page == image->list_pages) {
		/* Only DONE gets here: it takes the last slot, no link follows. */
		page--;
		pos.slot = image->slots;
		/*@ assert times(page + 1, image->slots) ==
		      times(page, image->slots) + image->slots; */
	}
	/*@ assert index == times(page, image->slots) + pos.slot; */
	pos.frame = image->directory[page];
	return pos;
}

/*@ requires \valid_read(image) && good_host(image->host);
    requires pos.frame != KIMG_NO_FRAME ==> pos.slot < 1 << slot_shift(image->host);
    assigns \nothing;
    ensures pos.frame == KIMG_NO_FRAME ==> \result == image->head; */
kimg_entry_t kimg_read_entry(const struct kimg_image *image, struct kimg_pos pos)
{
	kimg_entry_t entry;
	void *window;

	if (pos.frame == KIMG_NO_FRAME)
		return image->head;
	window = kimg_map(image->host, pos.frame);
	entry = kimg_slot_get(image->host, window, pos.slot);
	kimg_unmap(image->host, window);
	return entry;
}

/*@ requires \valid(image) && good_host(image->host);
    requires pos.frame != KIMG_NO_FRAME ==> pos.slot < 1 << slot_shift(image->host);
    requires image->host->entry_size == 4 ==> entry <= UINT32_MAX;
    requires \separated(image, image->host);
    assigns image->head, frames;
    ensures pos.frame == KIMG_NO_FRAME ==> image->head == entry;
    ensures pos.frame != KIMG_NO_FRAME ==> image->head == \old(image->head); */
void kimg_write_entry(struct kimg_image *image, struct kimg_pos pos,
		      kimg_entry_t entry)
{
	void *window;

	if (pos.frame == KIMG_NO_FRAME) {
		image->head = entry;
		return;
	}
	window = kimg_map(image->host, pos.frame);
	kimg_slot_set(image->host, window, pos.slot, entry);
	kimg_unmap(image->host, window);
}

void kimg_list_build(struct kimg_image *image)
{
	const struct kimg_host *host = image->host;
	uint32_t page, first = 0, next = 0;

	for (page = 0; page < image->list_pages; page++) {
		void *window = kimg_map(host, image->directory[page]);

		memset(window, 0, kimg_page_size(host));
		for (; next < image->extents; next++) {
			const struct kimg_extent *extent = &image->extent[next];

			if (extent->entry - first >= image->slots)
				break;
			kimg_slot_set(host, window, extent->entry - first,
				      kimg_make_entry(host, extent->first,
						      KIMG_DESTINATION));
			image->stats.place_writes++;
		}
		if (page + 1 < image->list_pages) {
			kimg_slot_set(host, window, image->slots,
				      kimg_make_entry(host,
						      image->directory[page + 1],
						      KIMG_INDIRECTION));
			image->stats.place_writes++;
		}
		kimg_unmap(host, window);
		image->stats.place_windows++;
		first += image->slots;
	}
	image->head = image->list_pages ?
		kimg_make_entry(host, image->directory[0], KIMG_INDIRECTION) : 0;
	image->list_built = true;
}

/*@ requires shaped(image) && page < image->list_pages;
    requires \valid(image->buffer + (0 .. image->slots));
    requires \separated(image->buffer + (0 .. image->slots), image, image->host);
    assigns image->buffer[0 .. image->slots - 1];
    ensures \result <= image->slots;
    ensures page * image->slots + \result <= image->entries; */
uint32_t kimg_list_sources(const struct kimg_image *image, uint32_t page)
{
	const struct kimg_host *host = image->host;
	void *window = kimg_map(host, image->directory[page]);
	/*@ assert 0 <= times(page, image->slots); */
	/*@ assert times(page, image->slots) <= times(image->list_pages - 1, image->slots); */
	uint32_t left = image->entries - page * image->slots;
	uint32_t slots = left < image->slots ? left : image->slots;
	uint32_t slot;

	/*@ loop invariant slot <= slots;
	    loop assigns slot, image->buffer[0 .. slots - 1];
	    loop variant slots - slot; */
	for (slot = 0; slot < slots; slot++) {
		kimg_entry_t entry = kimg_slot_get(host, window, slot);

		image->buffer[slot] = entry & KIMG_SOURCE ? entry : 0;
	}
	kimg_unmap(host, window);
	return slots;
}
