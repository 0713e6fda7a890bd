/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a leap did to memory: snapshot, differences, and invariant S6.
 */
#include "sim_private.h"

#include <stdlib.h>

void sim_snapshot(struct sim *sim)
{
	for (size_t i = 0; i < sim->buckets; i++) {
		for (struct sim_page *page = sim->bucket[i]; page; page = page->next) {
			sim_render(sim, page->frame, sim->view);
			page->before = sim_digest(sim, sim->view);
			page->snapped = true;
		}
	}
}

/* The digest of a frame that was never written. */
static uint64_t digest_of_poison(struct sim *sim, struct sim_page *page)
{
	sim_poison(sim, page->frame, sim->view);
	return sim_digest(sim, sim->view);
}

int sim_changed(struct sim *sim, int (*visit)(void *arg, uint64_t frame), void *arg)
{
	for (size_t i = 0; i < sim->buckets; i++) {
		for (struct sim_page *page = sim->bucket[i]; page; page = page->next) {
			uint64_t before = page->snapped ? page->before :
					  digest_of_poison(sim, page);
			int stop;

			sim_render(sim, page->frame, sim->view);
			if (sim_digest(sim, sim->view) == before)
				continue;
			stop = visit(arg, page->frame);
			if (stop)
				return stop;
		}
	}
	return 0;
}

struct verify {
	struct sim *sim;
	const struct kimg_segment *segment;
	uint32_t count;
	uint64_t stray;		/* frame that changed and is no destination */
};

/* Stop at a frame that no segment wants. */
static int is_stray(void *arg, uint64_t frame)
{
	struct verify *verify = arg;

	for (uint32_t i = 0; i < verify->count; i++) {
		uint64_t first = verify->segment[i].mem >> verify->sim->page_shift;

		if (frame - first < verify->segment[i].memsz >> verify->sim->page_shift)
			return 0;
	}
	verify->stray = frame;
	return 1;
}

/* Compare one page of a segment, `offset` bytes into it, with the right data. */
static enum kimg_error verify_page(struct verify *verify, uint32_t seg,
				   uint64_t offset, unsigned char *want,
				   struct kimg_why *why)
{
	struct sim *sim = verify->sim;
	const struct kimg_segment *segment = &verify->segment[seg];
	uint64_t address = segment->mem + offset;
	const unsigned char *have;
	size_t size = sim->page_size;
	int code;

	memset(want, 0, size);
	if (offset < segment->bufsz) {
		if (size > segment->bufsz - offset)
			size = (size_t)(segment->bufsz - offset);
		code = sim_data(sim, seg, offset, want, size);
		if (code)
			return kimg_fail(why, KIMG_E_DATA, .seg = seg, .a = offset,
					 .b = size, .c = (uint64_t)-(int64_t)code);
	}
	have = sim_peek(sim, address >> sim->page_shift);
	if (!have)
		return kimg_fail(why, KIMG_E_LIST_FRAME, .seg = seg,
				 .a = address >> sim->page_shift);
	for (size_t i = 0; i < sim->page_size; i++)
		if (have[i] != want[i])
			return kimg_fail(why, KIMG_E_S6, .seg = seg, .a = address + i,
					 .b = have[i], .c = want[i]);
	return KIMG_OK;
}

enum kimg_error sim_verify(struct sim *sim, const struct kimg_segment *segment,
			   uint32_t count, struct kimg_why *why)
{
	struct verify verify = { .sim = sim, .segment = segment, .count = count };
	unsigned char *want = sim_alloc(sim->page_size);
	enum kimg_error error = KIMG_OK;

	for (uint32_t i = 0; i < count && !error; i++)
		for (uint64_t at = 0; at < segment[i].memsz && !error;
		     at += sim->page_size)
			error = verify_page(&verify, i, at, want, why);
	free(want);
	if (!error && sim_changed(sim, is_stray, &verify)) {
		const unsigned char *have = sim_peek(sim, verify.stray);
		uint64_t byte = have ? have[0] : 0;

		error = kimg_fail(why, KIMG_E_S6, .seg = UINT32_MAX,
				  .a = verify.stray << sim->page_shift, .b = byte,
				  .c = byte);
	}
	return error;
}
