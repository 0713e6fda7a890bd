// SPDX-License-Identifier: GPL-2.0-only
// Pages in high memory are not reserved.
// file: kernel/kexec_core.c
@@
identifier pages, count, i;
@@
  kimage_alloc_pages(...)
  {
  <...
- for (i = 0; i < count; i++)
- 	SetPageReserved(pages + i);
+ for (i = 0; i < count; i++) {
+ 	/* Hibernation does not save reserved high memory. */
+ 	if (!PageHighMem(pages))
+ 		SetPageReserved(pages + i);
+ }
  ...>
  }
