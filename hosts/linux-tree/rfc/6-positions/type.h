/* SPDX-License-Identifier: GPL-2.0-only */
/* The type of a position. */

/* Where an entry is: physical address of its indirection page, plus index. */
typedef unsigned long __bitwise kimage_entry_pos_t;
