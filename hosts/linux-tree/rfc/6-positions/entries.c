/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries by position. */
static kimage_entry_pos_t kimage_first_pos(unsigned long ind_addr)
{
	return (__force kimage_entry_pos_t)ind_addr;
}

static kimage_entry_pos_t kimage_next_pos(kimage_entry_pos_t pos)
{
	return (__force kimage_entry_pos_t)((__force unsigned long)pos + 1);
}

static unsigned long kimage_entry_index(kimage_entry_pos_t pos)
{
	return (__force unsigned long)pos & ~PAGE_MASK;
}

static kimage_entry_t *kimage_map_entry(kimage_entry_pos_t pos)
{
	unsigned long pfn = (__force unsigned long)pos >> PAGE_SHIFT;
	kimage_entry_t *ind_page = kmap_local_page(boot_pfn_to_page(pfn));

	return ind_page + kimage_entry_index(pos);
}

static kimage_entry_t kimage_read_entry(struct kimage *image,
					kimage_entry_pos_t pos)
{
	kimage_entry_t *ptr, entry;

	if (pos == KIMAGE_ENTRY_POS_HEAD)
		return image->head;

	ptr = kimage_map_entry(pos);
	entry = *ptr;
	kunmap_local(ptr);

	return entry;
}

static void kimage_write_entry(struct kimage *image, kimage_entry_pos_t pos,
			       kimage_entry_t entry)
{
	kimage_entry_t *ptr;

	if (pos == KIMAGE_ENTRY_POS_HEAD) {
		image->head = entry;
		return;
	}

	ptr = kimage_map_entry(pos);
	*ptr = entry;
	kunmap_local(ptr);
}

