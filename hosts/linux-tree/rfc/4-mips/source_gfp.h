/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the pages of an image come from on all other architectures. */
#ifndef KEXEC_SOURCE_MEMORY_GFP
#define KEXEC_SOURCE_MEMORY_GFP GFP_HIGHUSER
#endif

