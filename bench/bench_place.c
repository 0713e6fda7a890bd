/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What placing costs, as counts in the simulator, which do not vary from run to
 * run, and one ratio of times taken in this process. Prints "name: value" lines;
 * a target stands in the name of none: README and CI know them.
 */
#include "sim.h"

#include "flat.h"
#include "reference.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)

static void die(const char *what, const struct kimg_why *why)
{
	char text[256] = "";

	if (why)
		kimg_explain(why, text, sizeof(text));
	fprintf(stderr, "bench: %s: %s\n", what, text);
	exit(1);
}

/* Data that costs next to nothing. */
static int cheap_data(void *arg, uint32_t segment, uint64_t offset, void *to,
		      size_t size)
{
	(void)arg;
	memset(to, (int)(segment + offset / 4096 + 1), size);
	return 0;
}

/* Memory of `times` the image, which wants to lie in the middle of it. */
static struct sim *machine(uint64_t image, uint64_t times, enum sim_order order,
			   struct kimg_segment *segment)
{
	struct sim *sim = sim_new(12, 8, UINT64_MAX);

	*segment = (struct kimg_segment){ .mem = 16 * MIB + image / 2, .memsz = image };
	if (!sim || !sim_add_ram(sim, MIB, 48 * MIB + image * times))
		die("no machine", NULL);
	sim_set_limits(sim, UINT64_MAX, UINT64_MAX, UINT64_MAX, 1 << 20);
	sim_set_segments(sim, segment, 1);
	sim_set_allocator(sim, order, 1);
	sim_set_pull(sim, cheap_data, NULL);
	return sim;
}

struct cost {
	double entries, windows;	/* for each page */
	double windows_list;		/* for each indirection page */
	uint64_t copied;		/* bytes of data moved; only if watched */
	uint64_t entries_all;
};

/* Place an image of `size` bytes, and free it. */
static struct cost place(uint64_t size, enum sim_order order, bool watch)
{
	struct kimg_segment segment;
	struct sim *sim = machine(size, 2, order, &segment);
	struct kimg_host host = sim_host(sim);
	struct kimg_image image;
	struct kimg_why why;
	struct cost cost;
	size_t scratch_size;
	void *scratch;

	sim_set_watch(sim, watch);
	if (kimg_init(&image, &host, &why) ||
	    kimg_plan(&image, &segment, 1, 2, NULL, &why))
		die("plan", &why);
	scratch_size = kimg_scratch_size(&image);
	scratch = malloc(scratch_size);
	if (!scratch || kimg_place(&image, scratch, scratch_size, &why))
		die("place", &why);
	cost.entries_all = image.stats.place_reads + image.stats.place_writes;
	cost.entries = (double)cost.entries_all / image.pages;
	cost.windows = (double)sim_counts(sim).windows / image.pages;
	cost.windows_list = (double)sim_counts(sim).windows / image.list_pages;
	cost.copied = sim_counts(sim).copied;
	kimg_free(&image);
	free(scratch);
	if (!sim_check_clean(sim))
		die("the engine broke its contract", NULL);
	sim_delete(sim);
	return cost;
}

static const char *size_name(uint64_t size)
{
	static char name[20];

	if (size < GIB)
		snprintf(name, sizeof(name), "%" PRIu64 "MiB", size / MIB);
	else
		snprintf(name, sizeof(name), "%" PRIu64 "GiB", size / GIB);
	return name;
}

static void placing(void)
{
	static const uint64_t sizes[] = {
		16 * MIB, 64 * MIB, 256 * MIB, GIB, 4 * GIB, 16 * GIB, 64 * GIB,
	};
	uint64_t copied = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct cost cost = place(sizes[i], SIM_WORST, false);

		printf("entries_per_page_worst_%s: %.3f\n", size_name(sizes[i]),
		       cost.entries);
		printf("windows_per_page_worst_%s: %.3f\n", size_name(sizes[i]),
		       cost.windows);
		fflush(stdout);
	}
	for (size_t i = 0; i < 4; i++)
		printf("windows_per_list_page_runs_%s: %.3f\n", size_name(sizes[i]),
		       place(sizes[i], SIM_ASCENDING_RUNS, false).windows_list);
	printf("entries_per_page_runs_1GiB: %.3f\n",
	       place(GIB, SIM_ASCENDING_RUNS, false).entries);
	printf("entries_per_page_random_1GiB: %.3f\n",
	       place(GIB, SIM_RANDOM, false).entries);
	printf("entries_per_page_destinations_first_1GiB: %.3f\n",
	       place(GIB, SIM_DESTINATIONS, false).entries);
	for (int order = SIM_ASCENDING_RUNS; order < SIM_SCRIPT; order++)
		copied += place(64 * MIB, (enum sim_order)order, true).copied;
	printf("bytes_copied_while_placing: %" PRIu64 "\n", copied);
}

/* The reference loading the same: entries it reads, pages it copies. */
static void reference(uint64_t pages, enum sim_order order, const char *name)
{
	/* Four times the image, as the published figures of the RFC's cost have it. */
	struct kimg_segment segment;
	struct sim *sim = machine(pages * 4096, 4, order, &segment);
	struct kimg_host host = sim_host(sim);
	struct reference ref;
	struct cost cost = place(pages * 4096, order, false);

	segment.bufsz = 0;
	if (ref_load(&ref, &host, &segment, 1, 2, NULL, false))
		die("reference", NULL);
	printf("reference_entries_read_%s_%" PRIu64 ": %" PRIu64 "\n", name, pages,
	       ref.reads);
	printf("reference_pages_copied_%s_%" PRIu64 ": %" PRIu64 "\n", name, pages,
	       ref.swaps);
	printf("engine_entries_%s_%" PRIu64 ": %" PRIu64 "\n", name, pages,
	       cost.entries_all);
	fflush(stdout);
	ref_free(&ref);
	sim_delete(sim);
}

int main(void)
{
	placing();
	reference(4096, SIM_RANDOM, "random");
	reference(16384, SIM_RANDOM, "random");
	reference(4096, SIM_WORST, "worst");
	printf("load_to_memcpy_time_256MiB: %.2f\n", flat_load_ratio(256 * MIB, 7));
	return 0;
}
