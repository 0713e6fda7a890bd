/* SPDX-License-Identifier: GPL-2.0-only */
/* Below the limit, as long as there is some. */
		/*
		 * Memory above the limit has turned up, and the page allocator
		 * would go on with it.  Take low memory as long as there is
		 * some: it is usually below.
		 */
		page = NULL;
		if (try_low && !list_empty(&image->unusable_pages)) {
			page = kimage_alloc_pages((gfp_mask & ~__GFP_HIGHMEM) |
						  __GFP_NORETRY | __GFP_NOWARN, 0);
			try_low = !!page;
		}

