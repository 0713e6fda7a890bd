/* SPDX-License-Identifier: GPL-2.0-only */
/* For kimage_map_segment(). */

/*
 * The pages that hold the data wanted from @addr on until the leap: @count of
 * them, or fewer where no segment lies. Returns how many. Once loaded.
 */
int kimage_segment_pages(struct kimage *image, unsigned long addr,
			 struct page **pages, unsigned int count)
{
	const struct kimg_image *kimg = &engine_of(image)->kimg;
	unsigned int i;
	u32 index;

	for (i = 0; i < count; i++) {
		unsigned long frame = PFN_DOWN(addr) + i;

		if (!kimg_is_destination(kimg, frame, &index))
			break;
		if (!kimg->crash)
			frame = kimg_read_entry(kimg, kimg_position(kimg, index))
				>> PAGE_SHIFT;
		pages[i] = boot_pfn_to_page(frame);
	}
	return i;
}
