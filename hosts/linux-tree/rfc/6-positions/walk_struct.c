/* SPDX-License-Identifier: GPL-2.0-only */
/* A walk by positions. */
struct kimage_walk {
	struct kimage *image;
	kimage_entry_pos_t pos;
	kimage_entry_t *ptr;	/* of the entry, while its page is mapped */
	kimage_entry_t entry;
};
