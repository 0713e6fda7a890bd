/* SPDX-License-Identifier: GPL-2.0-only */
	kimage_free_cma(image);
