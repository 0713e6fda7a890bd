/* SPDX-License-Identifier: GPL-2.0-only */
/* The RFC's algorithm around its list: frames, loading, freeing, and the form as posted. */
#include "reference.h"

#include <stdio.h>
#include <stdlib.h>

#define NO_DEST UINT64_MAX

static size_t page_size(const struct reference *ref)
{
	return (size_t)1 << ref->host->page_shift;
}

static uint64_t frame_of(const struct reference *ref, uint64_t address)
{
	return address >> ref->host->page_shift;
}

static uint64_t address_of(const struct reference *ref, uint64_t frame)
{
	return frame << ref->host->page_shift;
}

static void keep(struct ref_frames *frames, uint64_t frame)
{
	if (frames->count == frames->room) {
		frames->room = frames->room ? frames->room * 2 : 64;
		frames->frame = realloc(frames->frame,
					frames->room * sizeof(*frames->frame));
		if (!frames->frame) {
			fputs("reference: out of memory\n", stderr);
			abort();
		}
	}
	frames->frame[frames->count++] = frame;
}

static void *map(const struct reference *ref, uint64_t frame)
{
	return ref->host->ops->map(ref->host->ctx, frame);
}

static void unmap(const struct reference *ref, void *window)
{
	ref->host->ops->unmap(ref->host->ctx, window);
}

static void give(const struct reference *ref, uint64_t frame)
{
	ref->host->ops->give(ref->host->ctx, frame, 1);
}

static const struct ref_list *list_of(const struct reference *ref)
{
	return ref->host->entry_size == 4 ? &ref_list_narrow : &ref_list_wide;
}

/*
 * As posted, what belongs into the head goes through the position that means
 * "none yet": in a kernel, into somebody's memory.
 */
static void write_wild(struct reference *ref)
{
	uint64_t invalid = ref->host->entry_size == 4 ? (uint64_t)0xfffffffe : REF_INVALID;

	ref->head = 0;
	ref->wild_writes++;
	ref->wild_frame = frame_of(ref, invalid);
	ref->wild_slot = invalid & (page_size(ref) - 1);
	unmap(ref, map(ref, ref->wild_frame));
}

static bool is_destination(const struct reference *ref, uint64_t address)
{
	for (uint32_t i = 0; i < ref->segments; i++)
		if (address - ref->segment[i].mem < ref->segment[i].memsz)
			return true;
	return false;
}

static void copy_page(struct reference *ref, uint64_t to, uint64_t from)
{
	void *source = map(ref, from), *target = map(ref, to);

	memcpy(target, source, page_size(ref));
	unmap(ref, target);
	unmap(ref, source);
	ref->swaps++;
}

static bool draw_one(struct reference *ref, enum kimg_use use, uint64_t limit,
		     uint64_t *frame)
{
	struct kimg_run run = { 0, 0 };

	if (ref->host->ops->draw(ref->host->ctx, use, limit, 1, &run) || !run.count)
		return false;
	*frame = run.first;
	return true;
}

bool ref_alloc_page(struct reference *ref, uint64_t destination, uint64_t *frame)
{
	uint64_t limit = ref->host->source_limit;

	for (size_t i = 0; i < ref->dest_pages.count; i++) {
		ref->parked_steps++;
		if (address_of(ref, ref->dest_pages.frame[i]) == destination) {
			*frame = ref->dest_pages.frame[i];
			ref->dest_pages.frame[i] =
				ref->dest_pages.frame[--ref->dest_pages.count];
			return true;
		}
	}
	while (draw_one(ref, destination == NO_DEST ? KIMG_USE_LIST : KIMG_USE_SOURCE,
			limit, frame)) {
		uint64_t address = address_of(ref, *frame), pos;
		kimg_entry_t old;

		if (*frame > frame_of(ref, limit)) {
			keep(&ref->unusable, *frame);
			continue;
		}
		if (address == destination || !is_destination(ref, address))
			return true;
		pos = list_of(ref)->find(ref, address);
		if (pos == REF_INVALID) {
			keep(&ref->dest_pages, *frame);
			continue;
		}
		old = list_of(ref)->read(ref, pos);
		copy_page(ref, *frame, frame_of(ref, old));
		list_of(ref)->write(ref, pos, address | KIMG_SOURCE);
		*frame = frame_of(ref, old);
		return true;
	}
	return false;
}

static enum kimg_error add_entry(struct reference *ref, kimg_entry_t entry)
{
	bool first = ref->pos == REF_INVALID;

	if (!list_of(ref)->add(ref, entry))
		return KIMG_E_NO_MEMORY;
	if (first && ref->as_posted)
		write_wild(ref);
	return KIMG_OK;
}

static void terminate(struct reference *ref)
{
	list_of(ref)->end(ref);
	if (ref->pos == REF_INVALID && ref->as_posted)
		write_wild(ref);
}

/* Data and zeroes of one page into a frame. */
static enum kimg_error fill(struct reference *ref, uint32_t seg, uint64_t offset,
			    uint64_t frame)
{
	const struct kimg_segment *segment = &ref->segment[seg];
	void *window = map(ref, frame);
	size_t size = page_size(ref);
	int code = 0;

	memset(window, 0, size);
	if (offset < segment->bufsz) {
		if (size > segment->bufsz - offset)
			size = (size_t)(segment->bufsz - offset);
		code = ref->host->ops->pull(ref->host->ctx, seg, offset, window, size);
	}
	unmap(ref, window);
	return code ? KIMG_E_DATA : KIMG_OK;
}

static enum kimg_error load_segment(struct reference *ref, uint32_t seg)
{
	const struct kimg_segment *segment = &ref->segment[seg];
	enum kimg_error error = KIMG_OK;
	uint64_t frame;

	if (!ref->crash)
		error = add_entry(ref, segment->mem | KIMG_DESTINATION);
	for (uint64_t at = 0; at < segment->memsz && !error; at += page_size(ref)) {
		frame = frame_of(ref, segment->mem + at);
		if (!ref->crash) {
			if (!ref_alloc_page(ref, segment->mem + at, &frame))
				return KIMG_E_NO_MEMORY;
			error = add_entry(ref, address_of(ref, frame) | KIMG_SOURCE);
			if (error) {
				give(ref, frame);
				return error;
			}
		}
		error = fill(ref, seg, at, frame);
	}
	return error;
}

/* Control pages of a normal image: frames in no segment and within the limit. */
static enum kimg_error alloc_control(struct reference *ref, uint32_t count)
{
	struct ref_frames misfit = { NULL, 0, 0 };
	uint64_t limit = ref->host->control_limit, frame;

	while (ref->controls < count &&
	       draw_one(ref, KIMG_USE_CONTROL, limit, &frame)) {
		if (frame > frame_of(ref, limit) ||
		    is_destination(ref, address_of(ref, frame)))
			keep(&misfit, frame);
		else
			ref->control[ref->controls++] = frame;
	}
	for (size_t i = 0; i < misfit.count; i++)
		give(ref, misfit.frame[i]);
	free(misfit.frame);
	return ref->controls < count ? KIMG_E_NO_MEMORY : KIMG_OK;
}

/* Control pages of a crash image: the first holes of the region. */
static enum kimg_error find_control(struct reference *ref, uint32_t count,
				    const struct kimg_range *region)
{
	uint64_t at = region->start;

	while (ref->controls < count && at < region->end) {
		if (!is_destination(ref, at))
			ref->control[ref->controls++] = frame_of(ref, at);
		at += page_size(ref);
	}
	return ref->controls < count ? KIMG_E_NO_CONTROL : KIMG_OK;
}

enum kimg_error ref_load(struct reference *ref, const struct kimg_host *host,
			 const struct kimg_segment *segment, uint32_t count,
			 uint32_t controls, const struct kimg_range *region,
			 bool as_posted)
{
	enum kimg_error error;

	memset(ref, 0, sizeof(*ref));
	ref->host = host;
	ref->as_posted = as_posted;
	ref->pos = REF_INVALID;
	ref->segment = segment;
	ref->segments = count;
	ref->crash = region != NULL;

	if (region)
		error = find_control(ref, controls, region);
	else
		error = alloc_control(ref, controls);
	for (uint32_t i = 0; i < count && !error; i++)
		error = load_segment(ref, i);
	if (!error)
		terminate(ref);
	return error;
}

void ref_free(struct reference *ref)
{
	struct ref_frames listed = { NULL, 0, 0 };

	/* No frame may be given back while the walk has a window open. */
	list_of(ref)->each(ref, keep, &listed);
	for (size_t i = 0; i < listed.count; i++)
		give(ref, listed.frame[i]);
	free(listed.frame);
	for (size_t i = 0; i < ref->dest_pages.count; i++)
		give(ref, ref->dest_pages.frame[i]);
	for (size_t i = 0; i < ref->unusable.count; i++)
		give(ref, ref->unusable.frame[i]);
	if (!ref->crash)
		for (uint32_t i = 0; i < ref->controls; i++)
			give(ref, ref->control[i]);
	free(ref->dest_pages.frame);
	free(ref->unusable.frame);
	memset(ref, 0, sizeof(*ref));
}
