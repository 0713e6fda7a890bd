// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The proof in a plan: a load and a leap on a simulated machine, after which every
 * page of every segment must be where it belongs.
 */
#include "../arch/i386/trampoline.h"
#include "cli.h"
#include "refs.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Make a machine with this RAM up to `limit`, which is below 4 GiB. NULL: no memory.
 */
static struct refs *build_machine(const struct boot_map *map, uint64_t limit,
				  const struct kimg_segment *segment, uint32_t count)
{
	struct refs *refs = refs_new(limit);
	uint32_t i;

	if (!refs)
		return NULL;
	for (i = 0; i < map->count; i++)
		refs_add_ram(refs, map->mem[i].range.start, map->mem[i].range.end);
	/* A running system never frees its first MiB. */
	refs_reserve(refs, 0, 1u << 20);
	refs_set_segments(refs, segment, count);
	return refs;
}

/*
 * The control pages of a leap with PAE, whose tables take the most.
 */
static uint32_t control_pages(void)
{
	struct arch_control control = {
		.frame = 1, .switch_address = 0xf8000000u, .pae = true,
	};

	return 1 + i386_table_count(&control);
}

static int say_too_large(uint64_t bytes)
{
	return say_errno(ENOMEM, "free memory, or raise its limit (ulimit -v)",
			 "the simulated load needs %s", size_text(bytes));
}

int prove(const struct job *job, uint64_t limit, struct proof *proof)
{
	const struct boot_layout *layout = &job->layout;
	struct kimg_segment segment[BOOT_SEGMENT_MAX];
	struct kimg_image image;
	struct kimg_host host;
	struct kimg_why why = { 0 };
	enum kimg_error error;
	const char *violation;
	void *scratch = NULL;
	struct refs *refs;
	uint32_t i;
	int code = EXIT_OK;

	for (i = 0; i < layout->segments; i++)
		segment[i] = layout->segment[i].at;
	refs = build_machine(&job->machine.usable, limit, segment, layout->segments);
	if (!refs)
		return say_too_large(refs_size(limit));
	host = refs_host(refs);

	error = kimg_init(&image, &host, &why);
	if (!error)
		error = kimg_plan(&image, segment, layout->segments,
				  control_pages(), NULL, &why);
	if (error)
		goto delete;
	scratch = malloc(kimg_scratch_size(&image));
	if (!scratch) {
		code = say_too_large(refs_size(limit) + kimg_scratch_size(&image));
		goto delete;
	}
	error = kimg_place(&image, scratch, kimg_scratch_size(&image), &why);
	if (!error)
		error = kimg_fill(&image, &why);
	if (!error)
		error = kimg_seal(&image, &why);
	if (!error) {
		proof->pages = image.pages;
		proof->bytes = (uint64_t)image.pages << host.page_shift;
		proof->list_pages = image.list_pages;
		proof->control_pages = image.control_pages;
		proof->in_place = image.stats.in_place;
		proof->copied = image.pages - image.stats.in_place;
		error = refs_leap(refs, &image, &why);
	}
	kimg_free(&image);
	violation = refs_violation(refs);
	if (!error && violation)
		code = say_errno(EPROTO, "this is a bug in kleap; please report it",
				 "the simulated load broke a rule (%s)", violation);
delete:
	if (error)
		code = say_why(&why);
	refs_delete(refs);
	free(scratch);
	return code;
}
