/* SPDX-License-Identifier: GPL-2.0-only */
/* The step from one entry to the next. */
static __always_inline kimage_entry_t kimage_walk_next(struct kimage_walk *walk)
{
	if (walk->ptr) {
		walk->pos = kimage_next_pos(walk->pos);
		walk->entry = *++walk->ptr;
		if (walk->entry & (IND_DESTINATION | IND_SOURCE))
			return walk->entry;
	}

	return kimage_walk_page(walk);
}
