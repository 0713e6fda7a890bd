/* SPDX-License-Identifier: GPL-2.0-only */
/* What the data does not fill. */
		/* Zero the trailing part of the page */
		memset(ptr + uchunk, 0, mchunk - uchunk);

