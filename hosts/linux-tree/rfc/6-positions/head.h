/* SPDX-License-Identifier: GPL-2.0-only */
/* The position of the head. */

/*
 * The position of the head of the list, the only entry that is in no
 * indirection page.  Its index is beyond the last one of any page.
 */
#define KIMAGE_ENTRY_POS_HEAD ((__force kimage_entry_pos_t)-2)
