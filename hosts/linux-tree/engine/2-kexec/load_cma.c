/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading, in kernels that have segments in CMA. */
int kimage_load_segment(struct kimage *image, int idx)
{
	const struct kexec_segment *segment = &image->segment[idx];
	struct page *cma = image->segment_cma[idx];
	int result = load_listed(engine_of(image));
	size_t done, size;
	void *to;

	if (result || !cma)
		return result;
	to = page_address(cma);
	for (done = 0; done < segment->bufsz; done += size) {
		size = min(segment->bufsz - done, PAGE_SIZE);
		result = pull(image, segment, done, to + done, size);
		if (result)
			return result == -EINTR ? -ENOMEM : result;
	}
	memset(to + done, 0, segment->memsz - done);
	return 0;
}
