// SPDX-License-Identifier: GPL-2.0-only
// The end of a range is its last byte.
// file: kernel/kexec_file.c
@@
expression image, mem, size;
@@
  kexec_alloc_contig(...)
  {
  <...
- kimage_is_destination_range(image, mem, mem + size)
+ kimage_is_destination_range(image, mem, mem + size - 1)
  ...>
  }
