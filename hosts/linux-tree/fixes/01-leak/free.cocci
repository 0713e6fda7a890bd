// SPDX-License-Identifier: GPL-2.0-only
// A source page that could not be added to the image is on no list that kimage_free() knows.
// file: kernel/kexec_core.c
@@
identifier result;
symbol page;
@@
  kimage_load_normal_segment(...)
  {
  <...
  result = kimage_add_page(...);
- if (result < 0)
+ if (result < 0) {
+ 	kimage_free_pages(page);
  	goto out;
+ }
  ...>
  }
