// SPDX-License-Identifier: GPL-2.0-only
// The functions that stay, by positions: first use, walks, and the swap of source pages.
// file: kernel/kexec_core.c
// gone: last_entry|image->entry[^_]|gfp_t gfp_mask,$|for_each_kimage_entry|PageHighMem

@ init @
expression image;
@@
- image->entry = &image->head;
- image->last_entry = &image->head;
+ image->entry_pos = KIMAGE_ENTRY_POS_INVALID;

@ callers @
expression image, gfp, destination;
@@
  kimage_alloc_page(image,
-                   gfp,
                    destination)

@ walks @
iterator name for_each_kimage_entry;
typedef kimage_entry_t;
identifier f, image, ptr, entry;
@@
  f(struct kimage *image, ...)
  {
+ struct kimage_walk walk = KIMAGE_WALK_INIT(image);
  ...
- kimage_entry_t *ptr;
  ...
- for_each_kimage_entry(image, ptr, entry)
+ while ((entry = kimage_walk_next(&walk)))
  {
  ...
  }
  ...
  }

@ signature @
identifier gfp;
@@
  kimage_alloc_page(struct kimage *image,
- gfp_t gfp,
  unsigned long destination)
  { ... }

@ allocation @
symbol gfp_mask;
@@
  kimage_alloc_page(...)
  {
  <...
  kimage_alloc_pages(
-                    gfp_mask
+                    KEXEC_SOURCE_MEMORY_GFP
                     , 0)
  ...>
  }

@ old_entry @
symbol old, pos;
@@
  kimage_alloc_page(...)
  {
  <...
- kimage_entry_t *old;
+ kimage_entry_pos_t pos;
  ...>
  }

@ found @
symbol old, pos, addr;
@@
- old
+ pos
  = kimage_dst_used(image, addr);

@ swap @
symbol old, pos, old_addr, old_page, page, addr, gfp_mask;
@@
  kimage_alloc_page(...)
  {
  <...
  if (
-     old
+     pos != KIMAGE_ENTRY_POS_INVALID
     )
  {
  	kimage_entry_t old;
  	struct page *old_page;

- 	old_addr = *old & PAGE_MASK;
- 	old_page = boot_pfn_to_page(old_addr >> PAGE_SHIFT);
+ 	old = kimage_read_entry(image, pos);
+ 	old_page = boot_pfn_to_page(old >> PAGE_SHIFT);
  	copy_highpage(page, old_page);
- 	*old = addr | (*old & ~PAGE_MASK);
+ 	kimage_write_entry(image, pos, addr | IND_SOURCE);
- 	if (!(gfp_mask & __GFP_HIGHMEM) && PageHighMem(old_page)) {
- 		...
- 	}
  	...
  }
  ...>
  }
