// SPDX-License-Identifier: GPL-2.0-only
// Once for each page of the image, low memory may be found used up.
// file: kernel/kexec_core.c
@@
identifier image, gfp_mask;
symbol addr;
@@
  kimage_alloc_page(struct kimage *image, gfp_t gfp_mask, ...)
  {
  ...
  unsigned long addr;
+ bool try_low = true;
  ...
  }
