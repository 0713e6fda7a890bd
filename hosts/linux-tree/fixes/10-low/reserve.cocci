// SPDX-License-Identifier: GPL-2.0-only
// The list may take what sources leave of low memory.
// file: kernel/kexec_core.c
@@
expression image;
@@
  kimage_add_entry(...)
  {
  <...
- kimage_alloc_page(image, GFP_KERNEL, KIMAGE_NO_DEST)
+ kimage_alloc_page(image, GFP_KERNEL | __GFP_HIGH, KIMAGE_NO_DEST)
  ...>
  }
