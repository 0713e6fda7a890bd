// SPDX-License-Identifier: GPL-2.0-only
// The two functions that stay: an image is allocated with its engine, and all frames are given back at once.
// file: kernel/kexec_core.c
// gone: kzalloc\(sizeof\(\*image\)|kzalloc_obj|last_entry|list_head|kimage_free_page_list|kimage_entry_t ind

@ alloc @
identifier image;
@@
  do_kimage_alloc_init(...)
  {
  ...
(
- image = kzalloc(sizeof(*image), GFP_KERNEL);
+ image = kimage_engine_alloc();
|
- image = kzalloc_obj(*image);
+ image = kimage_engine_alloc();
)
  ...
  }

@ free exists @
iterator name for_each_kimage_entry;
identifier image, ptr, entry;
statement S, freed;
expression last;
@@
  kimage_free(struct kimage *image)
  {
  ...
- kimage_free_extra_pages(image);
- for_each_kimage_entry(image, ptr, entry) S
- if (last) freed
  ...
- kimage_free_page_list(&image->control_pages);
+ kimage_free_frames(image);
  ...
  }

@ walked depends on free @
typedef kimage_entry_t;
symbol ptr;
@@
  kimage_free(...)
  {
  <...
- kimage_entry_t *ptr;
  ...>
  }

@ read depends on free @
typedef kimage_entry_t;
symbol entry;
@@
  kimage_free(...)
  {
  <...
- kimage_entry_t entry;
  ...>
  }

@ page depends on free @
typedef kimage_entry_t;
symbol ind;
@@
  kimage_free(...)
  {
  <...
- kimage_entry_t ind = 0;
  ...>
  }
