/* SPDX-License-Identifier: GPL-2.0-only */
/* The position of an entry. */

/*
 * Where an entry of the list stands: the physical address of its indirection
 * page, plus its index in that page.  No indirection page lies above
 * KEXEC_SOURCE_MEMORY_LIMIT, so an unsigned long can hold it with PAE, too.
 * The index of the invalid position is beyond the last one of any page.
 */
typedef unsigned long __bitwise kimage_entry_pos_t;
#define KIMAGE_ENTRY_POS_INVALID ((__force kimage_entry_pos_t)-2)
