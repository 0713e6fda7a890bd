/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments in CMA are in place already. */
		/* Contiguous, in place, and not the engine's. */
		if (image->segment_cma[i])
			continue;
