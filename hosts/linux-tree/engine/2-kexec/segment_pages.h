/* SPDX-License-Identifier: GPL-2.0-only */
/* For kimage_map_segment(). */
int kimage_segment_pages(struct kimage *image, unsigned long addr,
			 struct page **pages, unsigned int count);
