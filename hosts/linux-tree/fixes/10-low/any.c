/* SPDX-License-Identifier: GPL-2.0-only */
/* From anywhere. */
		if (!page)
			page = kimage_alloc_pages(gfp_mask | __GFP_RETRY_MAYFAIL, 0);
