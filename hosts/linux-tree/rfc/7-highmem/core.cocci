// SPDX-License-Identifier: GPL-2.0-only
// One kind of memory for all pages of an image.
// file: kernel/kexec_core.c
// gone: gfp_t gfp_mask,$|PageHighMem.old

@ callers @
expression image, gfp, destination;
@@
  kimage_alloc_page(image,
-                   gfp,
                    destination)

@ signature @
identifier gfp;
@@
  kimage_alloc_page(struct kimage *image,
- gfp_t gfp,
  unsigned long destination)
  { ... }

@ allocation @
symbol gfp_mask;
@@
  kimage_alloc_page(...)
  {
  <...
  kimage_alloc_pages(
-                    gfp_mask
+                    KEXEC_SOURCE_MEMORY_GFP
                     , 0)
  ...>
  }

@ special @
symbol old_page, gfp_mask;
@@
  kimage_alloc_page(...)
  {
  <...
- if (!(gfp_mask & __GFP_HIGHMEM) && PageHighMem(old_page)) {
- 	...
- }
  ...>
  }
