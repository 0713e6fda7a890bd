// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rehearsal: the loaded image's trampoline, in its control pages, moves other pages and
 * comes back.
 *
 * These pages are a small image of their own, built by the engine. Its destinations are
 * pages that were allocated for it: some one by one, some in runs, from where sources are
 * taken and from where control pages are. Some of its sources are where they belong.
 * Everything holds a pattern in which no two words are equal.
 */
#include "kleap.h"

#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/stop_machine.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "machine/machine.h"

/* Few pages, because the machine stands still meanwhile. */
static const u8 run_length[] = { 16, 8, 8, 8, 4, 4, 4, 4, 2, 2, 1, 1, 1, 1 };

/* Sources to draw at once, so that they are scattered. */
#define DRAW_MAX	4
/* Runs that the trampoline cannot reach, held so that they are not drawn again. */
#define ASIDE_MAX	64

#define POISON		0x6b

struct rehearsal {
	struct kleap_image image;		/* with its segments' places here: */
	struct kimg_run destination[ARRAY_SIZE(run_length)];
	u32 destinations;
	u32 offered;			/* of these, as sources in place */
	struct kimg_run aside[ASIDE_MAX];
	u32 asides;
	u32 draws;
	struct kimg_host_ops ops;
	const struct kimg_host_ops *given;	/* memory.c's */
	struct kleap_image *loaded;
	u64 ns;				/* that the last one took */
	enum kimg_error refused;	/* by the CPU */
	struct kimg_why *why;
};

/* ---- The host ------------------------------------------------------------------------ */

/* Whether the tables of the loaded image map these frames: memory may be added later. */
static bool is_mapped(const struct arch_control *control, const struct kimg_run *run)
{
	u64 start = run->first << PAGE_SHIFT, end = start + (run->count << PAGE_SHIFT);
	u32 i;

	for (i = 0; i < control->memories; i++)
		if (start >= control->memory[i].start && end <= control->memory[i].end)
			return true;
	return !control->memory;
}

static bool is_reached(const struct rehearsal *rehearsal, const struct kimg_run *run)
{
	u64 last = ((run->first + run->count) << PAGE_SHIFT) - 1;

	return last <= rehearsal->image.memory.host.source_limit &&
	       is_mapped(&rehearsal->loaded->control, run);
}

/* Take frames that the trampoline reaches. Returns as draw() in kimg_host.h. */
static int take(struct rehearsal *rehearsal, enum kimg_use use, u64 want,
		struct kimg_run *got)
{
	struct kleap_memory *memory = &rehearsal->image.memory;
	u64 limit = use == KIMG_USE_CONTROL ? memory->host.control_limit :
					      memory->host.source_limit;

	while (rehearsal->asides < ASIDE_MAX) {
		int code;

		*got = (struct kimg_run){ 0 };
		code = rehearsal->given->draw(memory, use, limit, want, got);
		if (code || !got->count || is_reached(rehearsal, got))
			return code;
		rehearsal->aside[rehearsal->asides++] = *got;
	}
	*got = (struct kimg_run){ 0 };
	return 0;
}

/* The same by turns: as for a source, and as for a control page, which are elsewhere. */
static int take_by_turns(struct rehearsal *rehearsal, u64 want, struct kimg_run *got)
{
	if (rehearsal->draws++ % 2) {
		int code = take(rehearsal, KIMG_USE_CONTROL, want, got);

		if (code || got->count)
			return code;
	}
	return take(rehearsal, KIMG_USE_SOURCE, want, got);
}

/* First the last page of each run of destinations, so that it is in place. */
static int draw(void *ctx, enum kimg_use use, u64 limit, u64 want, struct kimg_run *got)
{
	struct rehearsal *rehearsal = container_of(ctx, struct rehearsal, image.memory);

	while (use == KIMG_USE_SOURCE && rehearsal->offered < rehearsal->destinations) {
		const struct kimg_run *run = &rehearsal->destination[rehearsal->offered++];

		if (run->count == 1)
			continue;
		*got = (struct kimg_run){ run->first + run->count - 1, 1 };
		return 0;
	}
	return take_by_turns(rehearsal, min_t(u64, want, DRAW_MAX), got);
}

static bool is_destination(const struct rehearsal *rehearsal, u64 frame)
{
	u32 i;

	for (i = 0; i < rehearsal->destinations; i++)
		if (frame - rehearsal->destination[i].first < rehearsal->destination[i].count)
			return true;
	return false;
}

static void give(void *ctx, u64 first, u64 count)
{
	struct rehearsal *rehearsal = container_of(ctx, struct rehearsal, image.memory);

	for (; count; first++, count--)
		if (!is_destination(rehearsal, first))
			rehearsal->given->give(ctx, first, 1);
}

/* The word at this offset, in bytes, of a segment. */
static u64 pattern(u32 segment, u64 offset)
{
	return ((u64)(segment + 1) << 32 | offset) * 0x9e3779b97f4a7c15ull;
}

static int pull(void *ctx, u32 segment, u64 offset, void *to, size_t size)
{
	u64 *word = to;
	size_t i;

	for (i = 0; i < size; i += sizeof(*word))
		*word++ = pattern(segment, offset + i);
	return 0;
}

/* ---- The image ------------------------------------------------------------------------ */

static enum kimg_error take_destinations(struct rehearsal *rehearsal,
					 struct kimg_segment *segment, struct kimg_why *why)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(run_length); i++) {
		struct kimg_run *run = &rehearsal->destination[i];

		if (take_by_turns(rehearsal, run_length[i], run))
			return kimg_fail(why, KIMG_E_INTERRUPTED);
		if (!run->count)
			return kimg_fail(why, KIMG_E_NO_MEMORY, .a = run_length[i]);
		rehearsal->destinations++;
		segment[i] = (struct kimg_segment){
			.mem = run->first << PAGE_SHIFT,
			.memsz = run->count << PAGE_SHIFT,
			.bufsz = run->count << PAGE_SHIFT,
		};
	}
	return KIMG_OK;
}

static enum kimg_error build(struct rehearsal *rehearsal, struct kimg_why *why)
{
	struct kimg_segment segment[ARRAY_SIZE(run_length)];
	struct kleap_image *image = &rehearsal->image;
	struct kimg_host *host = &image->memory.host;
	enum kimg_error error;
	size_t size;

	kleap_memory_init(&image->memory, rehearsal->loaded->memory.host.source_limit, NULL);
	rehearsal->given = host->ops;
	rehearsal->ops = *host->ops;
	rehearsal->ops.draw = draw;
	rehearsal->ops.give = give;
	rehearsal->ops.pull = pull;
	rehearsal->ops.claim = NULL;
	host->ops = &rehearsal->ops;
	kleap_digest_start(image);
	error = take_destinations(rehearsal, segment, why);
	if (!error)
		error = kimg_init(&image->kimg, host, why);
	if (!error)
		error = kimg_plan(&image->kimg, segment, ARRAY_SIZE(segment), 0, NULL, why);
	if (error)
		return error;
	size = kimg_scratch_size(&image->kimg);
	image->scratch = kvmalloc(size, GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (!image->scratch)
		return kimg_fail(why, KIMG_E_NO_SCRATCH, .a = size);
	error = kimg_place(&image->kimg, image->scratch, size, why);
	if (!error)
		error = kimg_fill(&image->kimg, why);
	if (!error)
		error = kimg_seal(&image->kimg, why);
	return error;
}

static void release(struct rehearsal *rehearsal)
{
	struct kleap_memory *memory = &rehearsal->image.memory;
	u32 i;

	kimg_free(&rehearsal->image.kimg);
	kvfree(rehearsal->image.scratch);
	for (i = 0; i < rehearsal->destinations; i++)
		rehearsal->given->give(memory, rehearsal->destination[i].first,
				       rehearsal->destination[i].count);
	for (i = 0; i < rehearsal->asides; i++)
		rehearsal->given->give(memory, rehearsal->aside[i].first,
				       rehearsal->aside[i].count);
	kfree(rehearsal);
}

/* ---- The pages ------------------------------------------------------------------------- */

/* The frame that holds a page of a segment until it is moved. */
static u64 source_of(const struct kimg_image *kimg, const struct kimg_extent *extent, u32 page)
{
	return kimg_read_entry(kimg, kimg_position(kimg, extent->entry + 1 + page)) >> PAGE_SHIFT;
}

/* Whether a frame holds this page's pattern. */
static bool holds(const struct kimg_host *host, u64 frame, u32 segment, u32 page)
{
	const u64 *window = host->ops->map(host->ctx, frame);
	u64 offset = (u64)page << PAGE_SHIFT;
	size_t i;

	for (i = 0; i < PAGE_SIZE / sizeof(*window); i++)
		if (window[i] != pattern(segment, offset + i * sizeof(*window)))
			break;
	host->ops->unmap(host->ctx, (void *)window);
	return i == PAGE_SIZE / sizeof(*window);
}

static void poison(const struct kimg_image *kimg)
{
	const struct kimg_host *host = kimg->host;
	u32 i, page;

	for (i = 0; i < kimg->extents; i++) {
		const struct kimg_extent *extent = &kimg->extent[i];

		for (page = 0; page < extent->pages; page++) {
			u64 frame = extent->first + page;
			void *window;

			if (source_of(kimg, extent, page) == frame)
				continue;
			window = host->ops->map(host->ctx, frame);
			memset(window, POISON, PAGE_SIZE);
			host->ops->unmap(host->ctx, window);
		}
	}
}

/*
 * Is each page where it belongs, and are the sources and the list unchanged? Errors:
 * REHEARSAL_WRONG, those of kimg_check().
 */
static enum kimg_error compare(struct kimg_image *kimg, struct kimg_why *why)
{
	u64 wrong = 0, first = 0;
	u32 i, page;

	/* The list names the sources. */
	if (kimg_check(kimg, why))
		return why->error;
	for (i = 0; i < kimg->extents; i++) {
		const struct kimg_extent *extent = &kimg->extent[i];

		for (page = 0; page < extent->pages; page++) {
			u64 frame = extent->first + page;

			if (holds(kimg->host, frame, extent->index, page) &&
			    holds(kimg->host, source_of(kimg, extent, page), extent->index, page))
				continue;
			if (!wrong++)
				first = frame << PAGE_SHIFT;
		}
	}
	if (wrong)
		return kimg_fail(why, KIMG_E_REHEARSAL_WRONG, .a = wrong, .b = kimg->pages,
				 .c = first);
	return KIMG_OK;
}

/* ---- There and back ---------------------------------------------------------------------- */

/* On one CPU; the others wait with interrupts off, too. */
static int with_all_stopped(void *arg)
{
	struct rehearsal *rehearsal = arg;
	const struct kleap_image *loaded = rehearsal->loaded;
	u64 start;

	rehearsal->refused = machine_may_rehearse(rehearsal->why);
	if (rehearsal->refused)
		return 0;
	start = ktime_get_ns();
	machine_rehearse(loaded->top_table, loaded->control.frame << PAGE_SHIFT);
	rehearsal->ns = ktime_get_ns() - start;
	return 0;
}

static enum kimg_error once(struct rehearsal *rehearsal, struct kimg_why *why)
{
	enum kimg_error error;

	if (fatal_signal_pending(current))
		return kimg_fail(why, KIMG_E_INTERRUPTED);
	poison(&rehearsal->image.kimg);
	rehearsal->ns = 0;
	rehearsal->why = why;
	stop_machine(with_all_stopped, rehearsal, NULL);
	if (rehearsal->refused)
		return rehearsal->refused;
	error = compare(&rehearsal->image.kimg, why);
	if (error)
		rehearsal->loaded->rehearsal = *why;
	return error;
}

/*
 * As often as was asked for, with or without the sum: a wrong sum resets the machine, so
 * the first time is without. After an error the loaded image may be gone.
 */
static enum kimg_error all_times(struct rehearsal *rehearsal, bool check,
				 struct kleap_rehearse *request, struct kimg_why *why)
{
	struct kleap_image *loaded = rehearsal->loaded;
	struct arch_leap leap = {
		.entry = loaded->leap.entry,
		.head = rehearsal->image.kimg.head,
		.conduit = loaded->leap.conduit,
		.check = check,
		.moved = rehearsal->image.moved,
	};
	enum kimg_error error = KIMG_OK;
	u64 ns = 0;
	u32 i;

	machine_come_back(&leap, loaded->control.frame << PAGE_SHIFT);
	for (i = 0; i < request->times && !error; i++) {
		/* Each time, for the trampoline has variables in its page. */
		machine_write(&loaded->control, &leap);
		error = once(rehearsal, why);
		machine_write(&loaded->control, &loaded->leap);
		ns += rehearsal->ns;
		if (request->longest_ns < rehearsal->ns)
			request->longest_ns = rehearsal->ns;
		if (!error)
			error = kleap_image_between(why);
	}
	if (check)
		request->check_ns = ns;
	else
		request->copy_ns = ns;
	return error;
}

static void note_frames(struct kleap_rehearse *request, u64 first, u64 count)
{
	u64 lowest = first << PAGE_SHIFT, highest = ((first + count) << PAGE_SHIFT) - 1;

	if (request->lowest > lowest)
		request->lowest = lowest;
	if (request->highest < highest)
		request->highest = highest;
}

/* What the rehearsal covers. */
static void describe(const struct rehearsal *rehearsal, struct kleap_rehearse *request)
{
	const struct kimg_image *kimg = &rehearsal->image.kimg;
	u32 i, page;

	request->pages = kimg->pages;
	request->pages_in_place = kimg->stats.in_place;
	request->machine = rehearsal->loaded->leap.entry.machine;
	request->levels = machine_levels(&rehearsal->loaded->control);
	request->lowest = U64_MAX;
	request->highest = 0;
	for (i = 0; i < kimg->extents; i++) {
		const struct kimg_extent *extent = &kimg->extent[i];

		note_frames(request, extent->first, extent->pages);
		for (page = 0; page < extent->pages; page++)
			note_frames(request, source_of(kimg, extent, page), 1);
	}
	for (i = 0; i < kimg->list_pages; i++)
		note_frames(request, kimg->directory[i], 1);
}

enum kimg_error kleap_rehearse(struct kleap_image *image, struct kleap_rehearse *request,
			       struct kimg_why *why)
{
	struct rehearsal *rehearsal;
	enum kimg_error error;
	u64 start;

	error = machine_may_rehearse(why);
	if (error)
		return error;
	rehearsal = kzalloc(sizeof(*rehearsal), GFP_KERNEL);
	if (!rehearsal)
		return kimg_fail(why, KIMG_E_NO_SCRATCH, .a = sizeof(*rehearsal));
	rehearsal->loaded = image;
	error = build(rehearsal, why);
	if (error)
		goto release;
	pr_notice("rehearsing, %u times\n", request->times);
	describe(rehearsal, request);
	request->longest_ns = 0;
	request->check_ns = 0;
	error = all_times(rehearsal, false, request, why);
	if (!error && image->leap.check)
		error = all_times(rehearsal, true, request, why);
release:
	release(rehearsal);
	if (error)
		return error;
	start = ktime_get_ns();
	error = kleap_image_check(image, false, why);
	request->before_ns = ktime_get_ns() - start;
	if (!error)
		image->rehearsed += request->times;
	return error;
}
