/* SPDX-License-Identifier: GPL-2.0-only */
/* Unmapping. */
static void kimage_walk_end(struct kimage_walk *walk)
{
	if (walk->ptr)
		kunmap_local(walk->ptr);
	walk->ptr = NULL;
}

