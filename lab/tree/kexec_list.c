// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * /proc/kexec_list: what the list of the loaded image says about itself. The lab adds this file to each kernel that
 * it builds, whatever the level, so that all are judged by the same code; no level depends on it.
 *
 * It reads the list as a trampoline does, entry by entry from the head, and opens a window for each page of it, so the
 * pages may lie anywhere. One line for each fact: "name value". EBUSY while a load holds the lock, or died with it.
 */
#include <linux/highmem.h>
#include <linux/kexec.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "kexec_internal.h"

/* More entries than any image on a 64 GiB machine has: a list that goes in circles ends here. */
#define TOO_MANY (1UL << 24)

#define SLOTS (PAGE_SIZE / sizeof(kimage_entry_t))

struct facts {
	unsigned long pages, in_place, above_4g, entries;
	u32 sum;
	const char *end;
};

static unsigned long frame_of(kimage_entry_t entry)
{
	return boot_phys_to_phys(entry & PAGE_MASK) >> PAGE_SHIFT;
}

/* Any change of a word, or of where it goes, changes the sum. */
static void sum_page(struct facts *facts, unsigned long frame, unsigned long destination)
{
	const u32 *words = kmap_local_page(pfn_to_page(frame));

	facts->sum = facts->sum * 31 + (u32)(destination >> PAGE_SHIFT);

	for (size_t i = 0; i < PAGE_SIZE / sizeof(*words); i++)
		facts->sum = facts->sum * 31 + words[i];
	kunmap_local(words);
	cond_resched();
}

static void one_source(struct facts *facts, kimage_entry_t entry, unsigned long destination)
{
	sum_page(facts, frame_of(entry), destination);
	facts->pages++;
	if ((entry & PAGE_MASK) == destination)
		facts->in_place++;
	if ((u64)frame_of(entry) << PAGE_SHIFT >> 32)
		facts->above_4g++;
}

/* Walk from @entry, which is the head; name the frames of the list on @m. */
static void walk(struct seq_file *m, kimage_entry_t entry, struct facts *facts)
{
	unsigned long destination = 0, slot = 0;
	kimage_entry_t *window = NULL;

	while (facts->entries++ < TOO_MANY) {
		if (entry & IND_DONE) {
			facts->end = "done";
			break;
		}
		if (entry & IND_INDIRECTION) {
			seq_printf(m, " %lx", frame_of(entry));
			if (window)
				kunmap_local(window);
			window = kmap_local_page(pfn_to_page(frame_of(entry)));
			slot = 0;
		} else if (entry & IND_DESTINATION) {
			destination = entry & PAGE_MASK;
		} else if (entry & IND_SOURCE) {
			one_source(facts, entry, destination);
			destination += PAGE_SIZE;
		} else {
			facts->end = entry ? "unknown entry" : "zero";
			break;
		}
		if (!window || slot == SLOTS) {
			facts->end = "beyond its page";
			break;
		}
		entry = window[slot++];
	}
	if (window)
		kunmap_local(window);
}

static void one_image(struct seq_file *m, const char *name, const struct kimage *image)
{
	struct facts facts = { .end = "too long" };

	seq_printf(m, "%s_list_frames", name);
	walk(m, image->head, &facts);
	seq_printf(m, "\n%s_list_end %s\n", name, facts.end);
	seq_printf(m, "%s_pages %lu\n", name, facts.pages);
	seq_printf(m, "%s_pages_in_place %lu\n", name, facts.in_place);
	seq_printf(m, "%s_pages_above_4g %lu\n", name, facts.above_4g);
	seq_printf(m, "%s_sum %08x\n", name, facts.sum);
	seq_printf(m, "%s_control_pages_high %d\n", name,
		   PageHighMem(image->control_code_page) + (image->swap_page && PageHighMem(image->swap_page)));
}

static int show(struct seq_file *m, void *unused)
{
	if (!kexec_trylock())
		return -EBUSY;
	if (kexec_image)
		one_image(m, "image", kexec_image);
#ifdef CONFIG_CRASH_DUMP
	if (kexec_crash_image)
		one_image(m, "crash", kexec_crash_image);
#endif
	kexec_unlock();
	return 0;
}

static int __init kexec_list_init(void)
{
	proc_create_single("kexec_list", 0400, NULL, show);
	return 0;
}
late_initcall(kexec_list_init);
