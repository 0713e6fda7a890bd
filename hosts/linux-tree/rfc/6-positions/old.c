/* SPDX-License-Identifier: GPL-2.0-only */
/* The entry of the page to be swapped. */
			kimage_entry_t old;
