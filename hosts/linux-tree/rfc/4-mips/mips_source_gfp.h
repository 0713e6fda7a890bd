/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the pages of an image come from on MIPS. */
/*
 * machine_kexec() walks the list of an image, and relocate_new_kernel copies
 * its pages, through the direct mapping: none of them may be in high memory.
 */
#define KEXEC_SOURCE_MEMORY_GFP GFP_USER
