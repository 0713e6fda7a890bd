// SPDX-License-Identifier: GPL-2.0-only
// Which check refuses a list of segments.
// file: kernel/kexec_core.c

@@
identifier image;
symbol i, mstart, mend, pstart, pend, j, nr_pages, total_pages;
@@
  sanity_check_segment_list(struct kimage *image)
  {
  <...
- if (mstart > mend)
+ if (mstart > mend) {
+ 	pr_debug("segment %d wraps: 0x%lx-0x%lx\n", i, mstart, mend);
  	return -EADDRNOTAVAIL;
+ }
  ...>
  }

@@
identifier image;
symbol i, mstart, mend, pstart, pend, j, nr_pages, total_pages;
@@
  sanity_check_segment_list(struct kimage *image)
  {
  <...
- if ((mstart & ~PAGE_MASK) || (mend & ~PAGE_MASK))
+ if ((mstart & ~PAGE_MASK) || (mend & ~PAGE_MASK)) {
+ 	pr_debug("segment %d is not page aligned: 0x%lx-0x%lx\n", i, mstart, mend);
  	return -EADDRNOTAVAIL;
+ }
  ...>
  }

@@
identifier image;
symbol i, mstart, mend, pstart, pend, j, nr_pages, total_pages;
@@
  sanity_check_segment_list(struct kimage *image)
  {
  <...
- if (mend >= KEXEC_DESTINATION_MEMORY_LIMIT)
+ if (mend >= KEXEC_DESTINATION_MEMORY_LIMIT) {
+ 	pr_debug("segment %d is too high: 0x%lx-0x%lx\n", i, mstart, mend);
  	return -EADDRNOTAVAIL;
+ }
  ...>
  }

@@
identifier image;
symbol i, mstart, mend, pstart, pend, j, nr_pages, total_pages;
@@
  sanity_check_segment_list(struct kimage *image)
  {
  <...
- if ((mend > pstart) && (mstart < pend))
+ if (mend > pstart && mstart < pend) {
+ 	pr_debug("segment %d overlaps segment %lu\n", i, j);
  	return -EINVAL;
+ }
  ...>
  }

@@
identifier image;
symbol i, mstart, mend, pstart, pend, j, nr_pages, total_pages;
@@
  sanity_check_segment_list(struct kimage *image)
  {
  <...
- if (image->segment[i].bufsz > image->segment[i].memsz)
+ if (image->segment[i].bufsz > image->segment[i].memsz) {
+ 	pr_debug("segment %d has more data than memory\n", i);
  	return -EINVAL;
+ }
  ...>
  }

@@
identifier image;
symbol i, mstart, mend, pstart, pend, j, nr_pages, total_pages;
@@
  sanity_check_segment_list(struct kimage *image)
  {
  <...
- if (PAGE_COUNT(image->segment[i].memsz) > nr_pages / 2)
+ if (PAGE_COUNT(image->segment[i].memsz) > nr_pages / 2) {
+ 	pr_debug("segment %d takes more than half of %lu pages\n", i, nr_pages);
  	return -EINVAL;
+ }
  ...>
  }

@@
identifier image;
symbol i, mstart, mend, pstart, pend, j, nr_pages, total_pages;
@@
  sanity_check_segment_list(struct kimage *image)
  {
  <...
- if (total_pages > nr_pages / 2)
+ if (total_pages > nr_pages / 2) {
+ 	pr_debug("%lu pages are more than half of %lu\n", total_pages, nr_pages);
  	return -EINVAL;
+ }
  ...>
  }

@@
identifier image;
symbol i, mstart, mend, pstart, pend, j, nr_pages, total_pages;
@@
  sanity_check_segment_list(struct kimage *image)
  {
  <...
- if ((mstart < phys_to_boot_phys(crashk_res.start)) || (mend > phys_to_boot_phys(crashk_res.end)))
+ if ((mstart < phys_to_boot_phys(crashk_res.start)) || (mend > phys_to_boot_phys(crashk_res.end))) {
+ 	pr_debug("segment %d is not in %pR\n", i, &crashk_res);
  	return -EADDRNOTAVAIL;
+ }
  ...>
  }
