// SPDX-License-Identifier: GPL-2.0-only
// The walks.
// file: kernel/kexec_core.c
// gone: for_each_kimage_entry\(image, ptr|return ptr;

@ found @
symbol ptr, walk;
@@
  kimage_dst_used(...)
  {
  <...
- return ptr;
+ return walk.ptr;
  ...>
  }

@ walks exists @
iterator name for_each_kimage_entry;
typedef kimage_entry_t;
symbol walk;
identifier f, image, ptr, entry;
@@
  f(struct kimage *image, ...)
  {
  ...
- kimage_entry_t *ptr;
  ...
- for_each_kimage_entry(image, ptr, entry)
+ for_each_kimage_entry(image, walk, entry)
  {
  ...
  }
  ...
  }
