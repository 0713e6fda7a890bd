// SPDX-License-Identifier: GPL-2.0-only
// A complete image needs no more pages.
// file: kernel/kexec_core.c
@@
identifier image;
@@
  kimage_terminate(struct kimage *image)
  {
  ...
  *image->entry = IND_DONE;
+ kimage_free_extra_pages(image);
  }
