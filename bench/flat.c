/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The plain host: its memory is one block that is always mapped, its frames go
 * out in ascending runs of up to 1024, as a kernel's largest blocks do.
 */
#define _POSIX_C_SOURCE 200809L
#include "flat.h"

#include "kimg.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PAGE ((uint64_t)4096)
#define RUN 1024

struct flat {
	unsigned char *memory, *data;
	uint64_t frames, next;
};

static int flat_draw(void *ctx, enum kimg_use use, uint64_t limit, uint64_t want,
		     struct kimg_run *got)
{
	struct flat *flat = ctx;

	(void)use;
	(void)limit;
	got->first = flat->next;
	got->count = want < RUN ? want : RUN;
	if (got->count > flat->frames - flat->next)
		got->count = flat->frames - flat->next;
	flat->next += got->count;
	return 0;
}

/* The next round starts from the beginning: one image at a time. */
static void flat_give(void *ctx, uint64_t first, uint64_t count)
{
	(void)ctx;
	(void)first;
	(void)count;
}

static void *flat_map(void *ctx, uint64_t frame)
{
	struct flat *flat = ctx;

	return flat->memory + frame * PAGE;
}

static void flat_unmap(void *ctx, void *window)
{
	(void)ctx;
	(void)window;
}

static int flat_pull(void *ctx, uint32_t segment, uint64_t offset, void *to,
		     size_t size)
{
	struct flat *flat = ctx;

	(void)segment;
	memcpy(to, flat->data + offset, size);
	return 0;
}

static const struct kimg_host_ops flat_ops = {
	.draw = flat_draw,
	.give = flat_give,
	.map = flat_map,
	.unmap = flat_unmap,
	.pull = flat_pull,
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void load(struct flat *flat, const struct kimg_host *host, uint64_t size)
{
	/* Destinations outside of what is drawn: every page needs an entry. */
	struct kimg_segment segment = {
		.mem = (flat->frames + 1) * PAGE, .memsz = size, .bufsz = size,
	};
	struct kimg_image image;
	struct kimg_why why;
	void *scratch = NULL;
	size_t scratch_size;

	flat->next = 0;
	if (kimg_init(&image, host, &why) ||
	    kimg_plan(&image, &segment, 1, 2, NULL, &why))
		goto broken;
	scratch_size = kimg_scratch_size(&image);
	scratch = malloc(scratch_size);
	if (!scratch || kimg_place(&image, scratch, scratch_size, &why) ||
	    kimg_fill(&image, &why) || kimg_seal(&image, &why))
		goto broken;
	kimg_free(&image);
	free(scratch);
	return;

broken:
	fputs("bench: the plain host cannot load\n", stderr);
	exit(1);
}

static int rising(const void *a, const void *b)
{
	double difference = *(const double *)a - *(const double *)b;

	return (difference > 0) - (difference < 0);
}

double flat_load_ratio(uint64_t size, unsigned int rounds)
{
	struct flat flat = { .frames = size / PAGE + size / PAGE / 500 + 64 };
	struct kimg_host host = {
		.ops = &flat_ops, .ctx = &flat, .page_shift = 12, .entry_size = 8,
		.source_limit = UINT64_MAX, .destination_limit = UINT64_MAX,
		.control_limit = UINT64_MAX, .park_max = 1000,
	};
	double *loads = calloc(rounds, sizeof(*loads));
	double *copies = calloc(rounds, sizeof(*copies)), ratio;

	flat.memory = malloc(flat.frames * PAGE);
	flat.data = malloc(size);
	if (!flat.memory || !flat.data || !loads || !copies) {
		fputs("bench: out of memory\n", stderr);
		exit(1);
	}
	/* Every page of both is there before the clock runs. */
	memset(flat.memory, 1, flat.frames * PAGE);
	memset(flat.data, 2, size);
	for (unsigned int i = 0; i < rounds; i++) {
		double start = now();

		memcpy(flat.memory, flat.data, size);
		copies[i] = now() - start;
		start = now();
		load(&flat, &host, size);
		loads[i] = now() - start;
	}
	qsort(loads, rounds, sizeof(*loads), rising);
	qsort(copies, rounds, sizeof(*copies), rising);
	ratio = loads[rounds / 2] / copies[rounds / 2];
	free(flat.memory);
	free(flat.data);
	free(loads);
	free(copies);
	return ratio;
}
