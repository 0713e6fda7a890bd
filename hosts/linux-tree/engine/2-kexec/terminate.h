int kimage_terminate(struct kimage *image);
