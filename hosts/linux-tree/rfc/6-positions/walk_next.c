/* SPDX-License-Identifier: GPL-2.0-only */
/* The step from one entry to the next. */
static kimage_entry_t kimage_walk_next(struct kimage_walk *walk)
{
	if (walk->entry & IND_INDIRECTION) {
		walk->pos = kimage_first_pos(walk->entry & PAGE_MASK);
		walk->ptr = kimage_map_entry(walk->pos);
	} else if (walk->ptr) {
		walk->pos = kimage_next_pos(walk->pos);
		walk->ptr++;
	}

	walk->entry = walk->ptr ? *walk->ptr : walk->image->head;
	if (walk->entry & IND_DONE)
		walk->entry = 0;

	/* The caller may free the page with the link that it gets. */
	if (!walk->entry || walk->entry & IND_INDIRECTION)
		kimage_walk_end(walk);
	else if (WARN_ON_ONCE(!walk->ptr))	/* the head is a link */
		walk->entry = 0;

	return walk->entry;
}
