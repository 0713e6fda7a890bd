/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the source page of a destination. */
/* The position of the source for a destination; that of the head if none. */
static kimage_entry_pos_t kimage_dst_used(struct kimage *image,
					  unsigned long page)
{
	unsigned long destination = 0;
	kimage_entry_t entry;

	for_each_kimage_entry(image, walk, entry) {
		if (entry & IND_DESTINATION)
			destination = entry & PAGE_MASK;
		else if (entry & IND_SOURCE) {
			if (page == destination)
				return walk.pos;
			destination += PAGE_SIZE;
		}
	}

	return KIMAGE_ENTRY_POS_HEAD;
}
