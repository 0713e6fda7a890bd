// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Turn Linux 6.1's kexec into the RFC of May 2020 as it was posted, by name: positions instead of pointers, each page
// of any kind from GFP_HIGHUSER. The functions themselves are in kexec_posted.h.

@@
@@
struct kimage {
	...
-	kimage_entry_t *entry;
-	kimage_entry_t *last_entry;
+	unsigned long entry_pos;
	...
};

@@
@@
 #include "kexec_internal.h"
+#include "kexec_posted.h"

@@
typedef gfp_t, kimage_entry_t, kimage_entry_pos_t;
identifier image, gfp_mask, destination;
@@
-static struct page *kimage_alloc_page(struct kimage *image, gfp_t gfp_mask, unsigned long destination);

@@
struct kimage *image;
@@
-	image->entry = &image->head;
-	image->last_entry = &image->head;
+	image->entry_pos = KIMAGE_ENTRY_POS_INVALID;

@@
identifier image, entry;
statement step, more;
@@
 static int kimage_add_entry(struct kimage *image, kimage_entry_t entry)
 {
-	if (*image->entry != 0)
-		step
-	if (image->entry == image->last_entry)
-		more
-	*image->entry = entry;
-	image->entry++;
-	*image->entry = 0;
-	return 0;
+	return posted_add_entry(image, entry);
 }

@@
identifier image;
statement list body;
@@
 void kimage_terminate(struct kimage *image)
 {
-	body
+	kimage_write_entry(image->entry_pos, IND_DONE);
 }

@@
identifier entry;
@@
+#undef for_each_kimage_entry
+#define for_each_kimage_entry for_each_posted_entry
+
 static void kimage_free_entry(kimage_entry_t entry)
 {
	...
 }

@@
identifier image, page, ptr;
@@
-static kimage_entry_t *kimage_dst_used(struct kimage *image, unsigned long page)
+static kimage_entry_pos_t kimage_dst_used(struct kimage *image, unsigned long page)
 {
	<...
(
-	return NULL;
+	return KIMAGE_ENTRY_POS_INVALID;
|
-	return ptr;
+	return (kimage_entry_pos_t)ptr;
)
	...>
 }

@@
identifier image, gfp_mask, destination, old;
@@
 static struct page *kimage_alloc_page(struct kimage *image,
-	gfp_t gfp_mask,
	unsigned long destination)
 {
	<...
(
-	kimage_entry_t *old;
+	kimage_entry_pos_t old;
|
-	kimage_alloc_pages(gfp_mask, 0)
+	kimage_alloc_pages(GFP_HIGHUSER, 0)
|
-	if (old)
+	if (old != KIMAGE_ENTRY_POS_INVALID)
	{ ... }
)
	...>
 }

@@
identifier old;
expression address;
@@
-	address = *old & PAGE_MASK;
+	address = kimage_read_entry(old) & PAGE_MASK;

@@
identifier old;
expression address;
@@
-	*old = address | (*old & ~PAGE_MASK);
+	kimage_write_entry(old, address | (kimage_read_entry(old) & ~PAGE_MASK));

@@
identifier gfp_mask;
expression page;
@@
-	if (!(gfp_mask & __GFP_HIGHMEM) && PageHighMem(page)) { ... }

@@
symbol kimage_alloc_page;
expression image, gfp, destination;
@@
-	kimage_alloc_page(image, gfp, destination)
+	kimage_alloc_page(image, destination)
