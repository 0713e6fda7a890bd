// SPDX-License-Identifier: GPL-2.0-only
// Source pages come from the memory that the architecture names.
// file: kernel/kexec_core.c
// gone: GFP_HIGHUSER
@@
expression image, destination;
@@
  kimage_alloc_page(image,
-                   GFP_HIGHUSER,
+                   KEXEC_SOURCE_MEMORY_GFP,
                    destination)
