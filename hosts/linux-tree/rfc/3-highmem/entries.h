/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries by position, and walks. */

/*
 * Indirection pages may lie in high memory, so an entry is reached by its
 * position, through a temporary mapping.  The invalid position is that of the
 * one entry which lies in no page: the head of the list.
 */
static inline kimage_entry_pos_t kimage_first_pos(unsigned long ind_addr)
{
	return (__force kimage_entry_pos_t)ind_addr;
}

static inline kimage_entry_pos_t kimage_next_pos(kimage_entry_pos_t pos)
{
	return (__force kimage_entry_pos_t)((__force unsigned long)pos + 1);
}

static inline unsigned long kimage_entry_index(kimage_entry_pos_t pos)
{
	return (__force unsigned long)pos & ~PAGE_MASK;
}

static inline kimage_entry_t *kimage_map_entry(kimage_entry_pos_t pos)
{
	unsigned long pfn = (__force unsigned long)pos >> PAGE_SHIFT;
	kimage_entry_t *ind_page = kmap_local_page(boot_pfn_to_page(pfn));

	return ind_page + kimage_entry_index(pos);
}

static inline kimage_entry_t kimage_read_entry(struct kimage *image,
					       kimage_entry_pos_t pos)
{
	kimage_entry_t *ptr, entry;

	if (pos == KIMAGE_ENTRY_POS_INVALID)
		return image->head;

	ptr = kimage_map_entry(pos);
	entry = *ptr;
	kunmap_local(ptr);

	return entry;
}

static inline void kimage_write_entry(struct kimage *image,
				      kimage_entry_pos_t pos,
				      kimage_entry_t entry)
{
	kimage_entry_t *ptr;

	if (pos == KIMAGE_ENTRY_POS_INVALID) {
		image->head = entry;
		return;
	}

	ptr = kimage_map_entry(pos);
	*ptr = entry;
	kunmap_local(ptr);
}

/*
 * A walk over the list.  It keeps one indirection page mapped, until it steps
 * to the next one or ends.
 */
struct kimage_walk {
	struct kimage *image;
	kimage_entry_pos_t pos;
	kimage_entry_t *ptr;
	kimage_entry_t entry;
};

#define KIMAGE_WALK_INIT(kimage) { .image = (kimage) }

static inline void kimage_walk_end(struct kimage_walk *walk)
{
	if (walk->ptr)
		kunmap_local(walk->ptr);
	walk->ptr = NULL;
}

/* The next entry, from the head on; 0 when the list and the walk ended. */
static inline kimage_entry_t kimage_walk_next(struct kimage_walk *walk)
{
	if (walk->entry & IND_INDIRECTION) {
		kimage_walk_end(walk);
		walk->pos = kimage_first_pos(walk->entry & PAGE_MASK);
		walk->ptr = kimage_map_entry(walk->pos);
	} else if (walk->ptr) {
		walk->pos = kimage_next_pos(walk->pos);
		walk->ptr++;
	}

	walk->entry = walk->ptr ? *walk->ptr : walk->image->head;
	if (walk->entry && !(walk->entry & IND_DONE))
		return walk->entry;

	kimage_walk_end(walk);
	return 0;
}
