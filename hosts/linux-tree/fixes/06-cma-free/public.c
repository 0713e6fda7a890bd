/* SPDX-License-Identifier: GPL-2.0-only */
void kimage_free_cma(struct kimage *image)
