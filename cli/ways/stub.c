// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The page that kexec_load(2) jumps to: it sets the registers, which the system call
 * cannot, checks what was copied, and reports stages.
 */
#include "../../arch/arch.h"
#include "ways.h"

#include <string.h>

#define PAGE 4096u
#define GIB (1ull << 30)

/*
 * Does this page overlap the layout, or what the kernel unpacks itself into? Then `*start`
 * is where that begins.
 */
static bool is_taken(const struct boot_layout *layout, uint64_t page, uint64_t *start)
{
	const struct kimg_range *runs = &layout->kernel_runs;
	uint32_t i;

	*start = runs->start;
	if (page >= runs->start && page < runs->end)
		return true;
	for (i = 0; i < layout->segments; i++) {
		const struct kimg_segment *at = &layout->segment[i].at;

		*start = at->mem;
		if (page >= at->mem && page < at->mem + at->memsz)
			return true;
	}
	return false;
}

/*
 * A page that nothing else of the layout uses, nor the kernel while it unpacks itself: as
 * high as may be, below 4 GiB, and not below --mem-min. A kernel for a crash may have no such
 * memory; then it is in the GiB of the boot params, which the new kernel's tables map.
 * Errors: PARAMS_NO_ROOM, CRASH_SMALL.
 */
static enum kimg_error find_page(const struct job *job, uint64_t *at, struct kimg_why *why)
{
	const struct boot_layout *layout = &job->layout;
	struct boot_search search = {
		.low = 1u << 20, .high = UINT32_MAX, .size = PAGE, .align = PAGE, .from_top = true,
	};
	uint64_t end, largest;

	if (entry_params(&layout->entry) > UINT32_MAX && job->crash) {
		search.low = entry_params(&layout->entry) & ~(GIB - 1);
		search.high = search.low + GIB;
	}
	if (job->limit < search.high)
		search.high = job->limit + 1;
	end = search.high;
	do {
		if (boot_map_find(&job->room, &search, at, &largest))
			continue;
		if (job->crash && check_crash_size(job, layout_size(layout) + PAGE, why))
			return KIMG_E_CRASH_SMALL;
		return kimg_fail(why, KIMG_E_PARAMS_NO_ROOM, .a = PAGE, .b = end);
	} while (is_taken(layout, *at, &search.high));
	return KIMG_OK;
}

/* Add the pages of a segment to the hash; zeros follow its data. */
static void hash_segment(const struct boot_segment *segment, struct hash *total)
{
	uint32_t page[PAGE / 4];
	uint64_t at;

	for (at = 0; at < segment->at.memsz; at += PAGE) {
		uint64_t left = at < segment->at.bufsz ? segment->at.bufsz - at : 0;
		size_t size = left < PAGE ? (size_t)left : PAGE;
		struct hash hash;

		if (size)
			memcpy(page, (const char *)segment->data + at, size);
		memset((char *)page + size, 0, PAGE - size);
		hash = hash_page(page, PAGE);
		hash_join(total, &hash);
	}
}

/* What the stub is told of the layout. */
static void describe(const struct options *options, const struct job *job, struct arch_stub *stub)
{
	const struct processor *processor = job->machine.processor;
	const struct boot_layout *layout = &job->layout;
	uint32_t i;

	memset(stub, 0, sizeof(*stub));
	stub->entry = layout->entry;
	stub->uart = (struct arch_uart){ options->uart, options->uart_type };
	stub->conduit = processor->conduit ? processor->conduit() : ARCH_CONDUIT_NONE;
	stub->check = !options->no_checks;
	stub->loaded = hash_start();
	stub->ranges = layout->segments;
	for (i = 0; i < layout->segments; i++) {
		const struct kimg_segment *at = &layout->segment[i].at;

		stub->range[i] = (struct kimg_range){ at->mem, at->mem + at->memsz };
		if (stub->check)
			hash_segment(&layout->segment[i], &stub->loaded);
	}
}

int add_stub(const struct options *options, struct job *job)
{
	struct boot_layout *layout = &job->layout;
	int code = check_segments(layout);
	struct arch_stub stub;
	struct kimg_why why;

	if (code)
		return code;
	if (find_page(job, &job->stub_at, &why))
		return say_why(&why);
	describe(options, job, &stub);
	job->machine.processor->write_stub(&job->machine, job->stub, job->stub_at, &stub);
	layout->segment[layout->segments++] = (struct boot_segment){
		.at = { .mem = job->stub_at, .memsz = PAGE, .bufsz = PAGE },
		.data = job->stub,
		.name = "entry code",
	};
	return EXIT_OK;
}
