/* SPDX-License-Identifier: GPL-2.0-only */
/* What kbuf demands of its memory. */
/* May memory at @mem be what @kbuf asks for? */
static bool kexec_buf_fits(const struct kexec_buf *kbuf, unsigned long mem)
{
	unsigned long last = mem + kbuf->memsz - 1;

	return IS_ALIGNED(mem, kbuf->buf_align) && mem >= kbuf->buf_min &&
	       last <= kbuf->buf_max &&
	       !arch_check_excluded_range(kbuf->image, mem, last);
}

