// SPDX-License-Identifier: GPL-2.0-only
// A load that finds no memory fails, and kills nothing.
// file: kernel/kexec_core.c
@@
identifier image, gfp_mask;
@@
  kimage_alloc_page(struct kimage *image, gfp_t gfp_mask, ...)
  {
  <...
- kimage_alloc_pages(gfp_mask, 0)
+ kimage_alloc_pages(gfp_mask | __GFP_RETRY_MAYFAIL, 0)
  ...>
  }
