/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that does not fit goes back. */
	if (!kexec_buf_fits(kbuf, mem)) {
		pr_debug("CMA memory does not fit: 0x%lx+0x%lx\n", mem, kbuf->memsz);
		dma_release_from_contiguous(NULL, p, nr_pages);
		return -EADDRNOTAVAIL;
	}

