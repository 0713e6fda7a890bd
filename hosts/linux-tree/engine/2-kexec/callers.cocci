// SPDX-License-Identifier: GPL-2.0-only
// The system calls: the region of a crash image instead of a cursor in it; sealing an image can fail.
// file: kernel/kexec.c
// file: kernel/kexec_file.c
// gone: kimage_free_page_list|control_page =|image->control_pages

@ region @
expression image;
@@
- image->control_page = crashk_res.start;
+ kimage_engine_set_region(image, &crashk_res);

@ control @
expression image;
@@
- kimage_free_page_list(&image->control_pages);
+ kimage_free_frames(image);

@ order @
expression image;
@@
- !list_empty(&image->control_pages)
+ kimage_has_control_pages(image)

@ seal @
expression image;
@@
- kimage_terminate(image);
+ ret = kimage_terminate(image);
+ if (ret)
+ 	goto out;
