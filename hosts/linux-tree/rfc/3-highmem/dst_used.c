/* SPDX-License-Identifier: GPL-2.0-only */
/* Finding the source page of a destination. */
static kimage_entry_pos_t kimage_dst_used(struct kimage *image,
					  unsigned long page)
{
	struct kimage_walk walk = KIMAGE_WALK_INIT(image);
	unsigned long destination = 0;
	kimage_entry_t entry;

	while ((entry = kimage_walk_next(&walk))) {
		if (entry & IND_DESTINATION) {
			destination = entry & PAGE_MASK;
		} else if (entry & IND_SOURCE) {
			if (page == destination) {
				kimage_walk_end(&walk);
				return walk.pos;
			}
			destination += PAGE_SIZE;
		}
	}

	return KIMAGE_ENTRY_POS_INVALID;
}
