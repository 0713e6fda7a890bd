/* SPDX-License-Identifier: GPL-2.0-only */
/* All entries. The walk ends with the scope of its variable. */
#define for_each_kimage_entry(kimage, walk, entry)			\
	for (struct kimage_walk walk __cleanup(kimage_walk_end) = {	\
		.image = (kimage), .pos = KIMAGE_ENTRY_POS_HEAD };	\
	     (entry = kimage_walk_next(&walk));)
