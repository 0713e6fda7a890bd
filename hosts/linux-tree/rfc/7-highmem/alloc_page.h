/* SPDX-License-Identifier: GPL-2.0-only */
/* The declaration of the allocator, which has one argument less. */
static struct page *kimage_alloc_page(struct kimage *image,
				      unsigned long dest);
