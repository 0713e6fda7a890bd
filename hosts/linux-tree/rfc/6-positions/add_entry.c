/* SPDX-License-Identifier: GPL-2.0-only */
/* Adding an entry to the list. */
static int kimage_add_entry(struct kimage *image, kimage_entry_t entry)
{
	/* The head, and the last entry of a page, are for links. */
	if (image->entry_pos == KIMAGE_ENTRY_POS_HEAD ||
	    kimage_entry_index(image->entry_pos) ==
	    PAGE_SIZE / sizeof(kimage_entry_t) - 1) {
		unsigned long ind_addr;
		struct page *page;

		page = kimage_alloc_page(image, GFP_KERNEL, KIMAGE_NO_DEST);
		if (!page)
			return -ENOMEM;

		/* The entries that are not written yet end the list. */
		clear_highpage(page);
		ind_addr = page_to_boot_pfn(page) << PAGE_SHIFT;
		kimage_write_entry(image, image->entry_pos,
				   ind_addr | IND_INDIRECTION);
		image->entry_pos = kimage_first_pos(ind_addr);
	}

	kimage_write_entry(image, image->entry_pos, entry);
	image->entry_pos = kimage_next_pos(image->entry_pos);

	return 0;
}
