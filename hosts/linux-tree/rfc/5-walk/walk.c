/* SPDX-License-Identifier: GPL-2.0-only */
/* A walk by pointers, as the macro did it. */
/* A walk over the list of an image: the entry that was read last. */
struct kimage_walk {
	struct kimage *image;
	kimage_entry_t *ptr;
	kimage_entry_t entry;
};

/* The next entry, from the head on; 0 at the end of the list. */
static kimage_entry_t kimage_walk_next(struct kimage_walk *walk)
{
	if (walk->entry & IND_INDIRECTION)
		walk->ptr = boot_phys_to_virt(walk->entry & PAGE_MASK);
	else if (walk->ptr)
		walk->ptr++;
	else
		walk->ptr = &walk->image->head;

	walk->entry = *walk->ptr & IND_DONE ? 0 : *walk->ptr;
	return walk->entry;
}

#define for_each_kimage_entry(kimage, walk, entry)			\
	for (struct kimage_walk walk = { .image = (kimage) };		\
	     (entry = kimage_walk_next(&walk));)
