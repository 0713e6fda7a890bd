// SPDX-License-Identifier: GPL-2.0-only
// The last byte of an empty segment at 0 would be ULONG_MAX.
// file: kernel/kexec_core.c
@@
identifier image, i, mstart;
@@
  kimage_is_destination_range(struct kimage *image, ...)
  {
  <...
+ if (!image->segment[i].memsz)
+ 	continue;
  mstart = image->segment[i].mem;
  ...>
  }
