/* SPDX-License-Identifier: GPL-2.0-only */
/* In place of the two pointers. */
	kimage_entry_pos_t entry_pos;
