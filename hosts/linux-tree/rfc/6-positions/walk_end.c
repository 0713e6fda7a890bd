/* SPDX-License-Identifier: GPL-2.0-only */
/* Unmapping, and all steps but the common one. */
static void kimage_walk_end(struct kimage_walk *walk)
{
	if (walk->ptr)
		kunmap_local(walk->ptr);
	walk->ptr = NULL;
}

/* To the head, over a link, and to what ends a page. */
static kimage_entry_t kimage_walk_page(struct kimage_walk *walk)
{
	if (!walk->ptr && walk->entry & IND_INDIRECTION) {
		walk->pos = kimage_first_pos(walk->entry & PAGE_MASK);
		walk->ptr = kimage_map_entry(walk->pos);
		walk->entry = *walk->ptr;
	} else if (!walk->ptr) {
		walk->entry = walk->image->head;
	}

	if (walk->entry & IND_DONE)
		walk->entry = 0;

	/* The caller may free the page with the link that it gets. */
	if (!walk->entry || walk->entry & IND_INDIRECTION)
		kimage_walk_end(walk);
	else if (WARN_ON_ONCE(!walk->ptr))	/* the head is a link */
		walk->entry = 0;

	return walk->entry;
}

