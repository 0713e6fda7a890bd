/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Drawing frames from the host, and sorting out unsuitable ones. Frames above the
 * source limit are parked, so that the next draw returns others; destinations and
 * frames above the control limit wait.
 */
#include "internal.h"

enum kimg_error kimg_bad_answer(struct kimg_drawer *drawer, uint64_t at,
				uint64_t want, uint64_t first, uint64_t count)
{
	return kimg_fail(drawer->why, KIMG_E_HOST_CONTRACT, .a = at, .b = want,
			 .c = first, .d = count);
}

static uint64_t limit_of(const struct kimg_host *host, enum kimg_use use)
{
	return use == KIMG_USE_CONTROL ? host->control_limit : host->source_limit;
}

enum kimg_error kimg_draw(struct kimg_drawer *drawer, enum kimg_use use,
			  uint64_t want, struct kimg_run *run)
{
	struct kimg_image *image = drawer->image;
	const struct kimg_host *host = drawer->host;
	uint64_t limit = limit_of(host, use), end;
	int code;

	run->first = 0;
	run->count = 0;
	image->stats.draws++;
	code = host->ops->draw(host->ctx, use, limit, want, run);
	if (code)
		return kimg_fail(drawer->why, code == KIMG_INTERRUPTED ?
				 KIMG_E_INTERRUPTED : KIMG_E_DRAW,
				 .a = (uint64_t)-(int64_t)code);
	if (!run->count)
		goto no_memory;
	/* As many as wanted, each with an address, and not those of the last draw. */
	if (run->count > want || !kimg_add(run->first, run->count, &end) ||
	    !kimg_frame_within(host, end - 1, UINT64_MAX) ||
	    kimg_overlap(run->first, end, drawer->last.first,
			 drawer->last.first + drawer->last.count))
		return kimg_bad_answer(drawer, 0, want, run->first, run->count);
	drawer->last = *run;
	while (run->count &&
	       !kimg_frame_within(host, run->first + run->count - 1,
				  host->source_limit)) {
		if (drawer->parked.count == host->park_max) {
			kimg_give(host, run->first, run->count);
			goto no_memory;
		}
		run->count--;
		kimg_pile_push(&drawer->parked, run->first + run->count);
		image->stats.parked++;
	}
	drawer->got += run->count;
	return KIMG_OK;

no_memory:
	/* No frames left, or more than park_max above the limit. */
	return kimg_fail(drawer->why, run->count || drawer->parked.count ?
			 KIMG_E_NO_MEMORY_BELOW : KIMG_E_NO_MEMORY,
			 .a = drawer->need, .b = drawer->got, .c = limit,
			 .d = drawer->parked.count);
}

enum kimg_error kimg_give_rest(struct kimg_drawer *drawer, enum kimg_error error)
{
	kimg_pile_give(&drawer->waiting);
	kimg_pile_give(&drawer->parked);
	if (drawer->waiting.count)
		return kimg_bad_answer(drawer, 0, 1, drawer->waiting.spilled, 1);
	if (drawer->parked.count)
		return kimg_bad_answer(drawer, 0, 1, drawer->parked.spilled, 1);
	return error;
}

enum kimg_error kimg_draw_blocks(struct kimg_drawer *drawer, enum kimg_use use,
				 uint32_t order, uint64_t *frames,
				 uint32_t *drawn, uint32_t count)
{
	const struct kimg_host *host = drawer->host;
	const struct kimg_image *image = drawer->image;
	uint64_t limit = limit_of(host, use);
	uint32_t size = (uint32_t)1 << order;

	while (*drawn < count) {
		struct kimg_run run;
		enum kimg_error error;

		/* Unsuitable frames wait and become sources; if there are more, give up. */
		if (drawer->waiting.count > image->pages &&
		    drawer->waiting.count - image->pages > host->park_max)
			return kimg_fail(drawer->why, KIMG_E_NO_MEMORY_BELOW,
					 .a = (uint64_t)count * size,
					 .b = (uint64_t)*drawn * size, .c = limit,
					 .d = drawer->waiting.count);
		error = kimg_draw(drawer, use,
			use == KIMG_USE_CONTROL ? 2 * size - 1 : count - *drawn,
			&run);
		if (error)
			return error;
		while (run.count) {
			uint64_t first = run.first;
			uint32_t used = size;

			if (*drawn < count && run.count >= size &&
			    kimg_aligned(first, order) &&
			    kimg_frame_within(host, first + size - 1, limit) &&
			    !kimg_wanted(image, first, size)) {
				frames[(*drawn)++] = first;
			} else {
				kimg_pile_push(&drawer->waiting, first);
				used = 1;
			}
			run.first += used;
			run.count -= used;
		}
	}
	return KIMG_OK;
}
