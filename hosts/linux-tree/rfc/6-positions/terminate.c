/* SPDX-License-Identifier: GPL-2.0-only */
/* Ending the list. */
void kimage_terminate(struct kimage *image)
{
	kimage_write_entry(image, image->entry_pos, IND_DONE);
	kimage_free_extra_pages(image);
}
