// SPDX-License-Identifier: GPL-2.0-only
// The system calls: an image is planned; the region of a crash image instead of a cursor in it; ending the list can fail.
// file: kernel/kexec.c
// file: kernel/kexec_file.c
// gone: kimage_free_page_list|control_page =|image->control_pages

@ region @
expression image;
@@
- image->control_page = crashk_res.start;
+ kimage_engine_set_region(image, &crashk_res);

@ plan @
expression image;
identifier ret, label;
@@
  ret = sanity_check_segment_list(image);
  if (ret)
  	goto label;
+ ret = kimage_engine_plan(image);
+ if (ret)
+ 	goto label;

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
