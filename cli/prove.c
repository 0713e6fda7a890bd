// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The proof in a plan: a load and a leap on a simulated machine, every byte
 * compared with the files.
 */
#include "../arch/i386/trampoline.h"
#include "cli.h"
#include "sim.h"

#include <errno.h>
#include <stdlib.h>

/*
 * Bytes of a segment, from the mapped files; sim_set_pull()'s contract.
 */
static int pull_file(void *arg, uint32_t segment, uint64_t offset, void *to,
		     size_t size)
{
	const struct boot_layout *layout = arg;

	if (segment >= layout->segments ||	/* never: unless the engine is wrong */
	    offset + size > layout->segment[segment].at.bufsz) /* never: as above */
		return -EFAULT;
	memcpy(to, (const char *)layout->segment[segment].data + offset, size);
	return 0;
}

/*
 * A machine with the map's memory up to `limit`, which is below 4 GiB: nothing is
 * drawn above it, and a map may have more memory than can be simulated. To make the
 * proof meaningful, it hands out single frames from anywhere, and grants only about
 * half of the destinations in place.
 */
static struct sim *build_machine(const struct boot_map *map, uint64_t limit,
				 const struct kimg_segment *segment, uint32_t count)
{
	struct sim *sim = sim_new(12, 4, limit);
	uint32_t i;

	for (i = 0; i < map->count; i++) {
		const struct kimg_range *range = &map->mem[i].range;

		if (map->mem[i].type == BOOT_MEM_RAM && range->start <= limit)
			sim_add_ram(sim, range->start, range->end - 1 > limit ?
				    limit + 1 : range->end);
	}
	/* A running system never frees its first MiB. */
	sim_reserve(sim, 0, 1u << 20);
	sim_set_allocator(sim, SIM_RANDOM, 1);
	sim_set_claim(sim, SIM_CLAIM_SOME);
	sim_set_honour_limit(sim, true);
	sim_set_segments(sim, segment, count);
	return sim;
}

/*
 * Run the list as the trampoline would, and compare all memory.
 */
static enum kimg_error leap_and_compare(struct sim *sim, struct kimg_host *host,
					const struct kimg_image *image,
					const struct kimg_segment *segment,
					uint32_t count, struct kimg_why *why)
{
	/* Links and DONE come on top of the entries, and end the walk. */
	uint64_t most = (uint64_t)image->entries + image->list_pages + 1;
	enum kimg_error error;

	sim_snapshot(sim);
	sim_set_raw(sim, true);
	error = kimg_run_list(host, image->head, most, why);
	sim_set_raw(sim, false);
	if (!error)
		error = sim_verify(sim, segment, count, why);
	return error;
}

int prove(const struct job *job, uint64_t limit, struct proof *proof)
{
	const struct boot_layout *layout = &job->layout;
	struct kimg_segment segment[BOOT_SEGMENT_MAX];
	struct kimg_image image;
	struct kimg_host host;
	struct kimg_why why = { 0 };
	enum kimg_error error;
	void *scratch = NULL;
	struct sim *sim;
	uint32_t i;
	int code = EXIT_OK;

	for (i = 0; i < layout->segments; i++)
		segment[i] = layout->segment[i].at;
	sim = build_machine(&job->machine.map, limit, segment, layout->segments);
	sim_set_pull(sim, pull_file, (void *)(uintptr_t)layout);
	host = sim_host(sim);

	error = kimg_init(&image, &host, &why);
	if (!error)
		error = kimg_plan(&image, segment, layout->segments,
				  I386_CONTROL_PAGES_PAE, NULL, &why);
	if (error)
		goto delete;
	scratch = malloc(kimg_scratch_size(&image));
	if (!scratch) {
		code = say_errno(ENOMEM, NULL, "cannot simulate the load");
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
		error = leap_and_compare(sim, &host, &image, segment,
					 layout->segments, &why);
	}
	kimg_free(&image);
	if (!error && !sim_check_clean(sim))
		code = say_errno(EPROTO, "this is a bug in kleap; please report it",
				 "the simulated load broke a rule (%s)",
				 sim_violation(sim) ? sim_violation(sim) : "frames lost");
delete:
	if (error)
		code = say_why(&why);
	sim_delete(sim);
	free(scratch);
	return code;
}
