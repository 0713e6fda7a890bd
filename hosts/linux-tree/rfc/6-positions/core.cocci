// SPDX-License-Identifier: GPL-2.0-only
// The functions that stay, by positions: first use, and the swap of source pages.
// file: kernel/kexec_core.c
// gone: last_entry|image->entry[^_]|kimage_entry_t [*]old

@ init @
expression image;
@@
- image->entry = &image->head;
- image->last_entry = &image->head;
+ image->entry_pos = KIMAGE_ENTRY_POS_HEAD;

@ old_entry @
typedef kimage_entry_t, kimage_entry_pos_t;
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
symbol old, pos, old_addr, old_page, page, addr;
@@
  kimage_alloc_page(...)
  {
  <...
  if (
-     old
+     pos != KIMAGE_ENTRY_POS_HEAD
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
  	...
  }
  ...>
  }
