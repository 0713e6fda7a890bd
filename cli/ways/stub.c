// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The page that kexec_load(2) jumps to: it sets the registers, which the system call
 * cannot, checks what was copied, and reports stages.
 */
#include "../../arch/arch.h"
#include "ways.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096u
#define GIB (1ull << 30)

/*
 * A page that nothing else of the layout uses, nor the kernel while it unpacks itself: as
 * high as may be, below 4 GiB, and not below --mem-min. A kernel for a crash may have no such
 * memory; then it is in the GiB of the boot params, which the new kernel's tables map.
 * Errors: PARAMS_NO_ROOM, CRASH_SMALL, MAP_FULL.
 */
static enum kimg_error find_page(const struct job *job, struct boot_map *map, uint64_t *at,
				 struct kimg_why *why)
{
	const struct boot_layout *layout = &job->layout;
	struct boot_search search = {
		.low = 1u << 20, .high = UINT32_MAX, .size = PAGE, .align = PAGE, .from_top = true,
	};
	enum kimg_error error;
	uint64_t largest;
	uint32_t i;

	if (entry_params(&layout->entry) > UINT32_MAX && job->crash) {
		search.low = entry_params(&layout->entry) & ~(GIB - 1);
		search.high = search.low + GIB;
	}
	if (job->limit < search.high)
		search.high = job->limit + 1;
	*map = job->room;
	error = boot_map_cut(map, layout->kernel_runs.start, layout->kernel_runs.end, why);
	for (i = 0; !error && i < layout->segments; i++) {
		const struct kimg_segment *segment = &layout->segment[i].at;

		error = boot_map_cut(map, segment->mem, segment->mem + segment->memsz, why);
	}
	if (error || boot_map_find(map, &search, at, &largest))
		return error;
	if (job->crash && check_crash_size(job, layout_size(layout) + PAGE, why))
		return KIMG_E_CRASH_SMALL;
	return kimg_fail(why, KIMG_E_PARAMS_NO_ROOM, .a = PAGE, .b = search.high);
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
static void describe(const struct options *options, const struct boot_layout *layout,
		     struct arch_stub *stub)
{
	uint32_t i;

	memset(stub, 0, sizeof(*stub));
	stub->entry = layout->entry;
	stub->uart.address = options->uart;
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
	struct boot_map *map = malloc(sizeof(*map));
	struct kimg_why why = { 0 };
	struct arch_stub stub;

	if (!map)
		return say_errno(ENOMEM, NULL, "cannot find a place for the entry code");
	if (layout->segments == BOOT_SEGMENT_MAX)
		kimg_fail(&why, KIMG_E_SEGMENTS_TOO_MANY, .a = layout->segments + 1,
			  .b = BOOT_SEGMENT_MAX);
	else
		find_page(job, map, &job->stub_at, &why);
	free(map);
	if (why.error)
		return say_why(&why);
	describe(options, layout, &stub);
	job->machine.processor->write_stub(&job->machine, job->stub, job->stub_at, &stub);
	layout->segment[layout->segments++] = (struct boot_segment){
		.at = { .mem = job->stub_at, .memsz = PAGE, .bufsz = PAGE },
		.data = job->stub,
		.name = "entry code",
	};
	return EXIT_OK;
}
