/* kexec_kimg.c */
struct kimage *kimage_engine_alloc(void);
void kimage_engine_set_region(struct kimage *image, const struct resource *region);
void kimage_free_frames(struct kimage *image);
bool kimage_has_control_pages(struct kimage *image);
int kimage_segment_pages(struct kimage *image, unsigned long addr,
			 struct page **pages, unsigned int count);
