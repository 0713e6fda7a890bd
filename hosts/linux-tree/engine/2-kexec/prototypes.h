/* SPDX-License-Identifier: GPL-2.0-only */
/* What kexec_kimg.c brings. */
/* kexec_kimg.c */
struct kimage *kimage_engine_alloc(void);
void kimage_engine_set_region(struct kimage *image, const struct resource *region);
int kimage_engine_plan(struct kimage *image);
void kimage_free_frames(struct kimage *image);
bool kimage_has_control_pages(struct kimage *image);
