/* SPDX-License-Identifier: GPL-2.0-only */
/* The RFC's algorithm in our own words: frames, list, loading, freeing. */
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

static kimg_entry_t read_entry(struct reference *ref, uint64_t pos)
{
	uint64_t slot = pos & (page_size(ref) - 1);
	unsigned char *window = map(ref, frame_of(ref, pos));
	uint64_t entry = 0;
	uint32_t narrow;

	if (ref->host->entry_size == 4) {
		memcpy(&narrow, window + slot * 4, sizeof(narrow));
		entry = narrow;
	} else {
		memcpy(&entry, window + slot * 8, sizeof(entry));
	}
	unmap(ref, window);
	ref->reads++;
	return entry;
}

static void write_entry(struct reference *ref, uint64_t pos, kimg_entry_t entry)
{
	uint64_t slot = pos & (page_size(ref) - 1);
	uint32_t narrow = (uint32_t)entry;
	unsigned char *window = map(ref, frame_of(ref, pos));

	/* In a kernel this write would hit somebody's memory. */
	if (pos == REF_INVALID(ref->host)) {
		ref->wild_writes++;
		ref->wild_frame = frame_of(ref, pos);
		ref->wild_slot = slot;
	} else if (ref->host->entry_size == 4) {
		memcpy(window + slot * 4, &narrow, sizeof(narrow));
	} else {
		memcpy(window + slot * 8, &entry, sizeof(entry));
	}
	unmap(ref, window);
}

/* Write to the head if there is no position yet: the repair. */
static void write_first_or_at(struct reference *ref, kimg_entry_t entry)
{
	if (ref->pos == REF_INVALID(ref->host) && !ref->as_posted)
		ref->head = entry;
	else
		write_entry(ref, ref->pos, entry);
}

/* A walk over the list: the entry, and where it stands. */
struct walk {
	kimg_entry_t entry;
	uint64_t pos;
};

static struct walk walk_start(const struct reference *ref)
{
	return (struct walk){ ref->head, REF_INVALID(ref->host) };
}

static bool walk_more(const struct walk *walk)
{
	return walk->entry && !(walk->entry & KIMG_DONE);
}

static void walk_next(struct reference *ref, struct walk *walk)
{
	if (walk->entry & KIMG_INDIRECTION)
		walk->pos = walk->entry & ~(uint64_t)(page_size(ref) - 1);
	else
		walk->pos++;
	walk->entry = read_entry(ref, walk->pos);
}

static bool is_destination(const struct reference *ref, uint64_t address)
{
	for (uint32_t i = 0; i < ref->segments; i++)
		if (address - ref->segment[i].mem < ref->segment[i].memsz)
			return true;
	return false;
}

/* The position of the loaded source for destination `address`, or INVALID. */
static uint64_t dst_used(struct reference *ref, uint64_t address)
{
	uint64_t destination = 0;
	struct walk walk;

	for (walk = walk_start(ref); walk_more(&walk); walk_next(ref, &walk)) {
		if (walk.entry & KIMG_DESTINATION) {
			destination = walk.entry & ~(uint64_t)KIMG_DESTINATION;
		} else if (walk.entry & KIMG_SOURCE) {
			if (address == destination)
				return walk.pos;
			destination += page_size(ref);
		}
	}
	return REF_INVALID(ref->host);
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

/*
 * A frame for the page wanted at `destination` (NO_DEST: for the list): that
 * destination itself, or no destination at all. False: no memory.
 */
static bool alloc_page(struct reference *ref, uint64_t destination, uint64_t *frame)
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
		pos = dst_used(ref, address);
		if (pos == REF_INVALID(ref->host)) {
			keep(&ref->dest_pages, *frame);
			continue;
		}
		old = read_entry(ref, pos);
		copy_page(ref, *frame, frame_of(ref, old));
		write_entry(ref, pos, address | KIMG_SOURCE);
		*frame = frame_of(ref, old);
		return true;
	}
	return false;
}

static enum kimg_error add_entry(struct reference *ref, kimg_entry_t entry)
{
	uint64_t last = page_size(ref) / ref->host->entry_size - 1;
	uint64_t frame;
	void *window;

	if (ref->pos == REF_INVALID(ref->host) ||
	    (ref->pos & (page_size(ref) - 1)) == last) {
		if (!alloc_page(ref, NO_DEST, &frame))
			return KIMG_E_NO_MEMORY;
		write_first_or_at(ref, address_of(ref, frame) | KIMG_INDIRECTION);
		window = map(ref, frame);
		memset(window, 0, page_size(ref));
		unmap(ref, window);
		ref->pos = address_of(ref, frame);
	}
	write_entry(ref, ref->pos, entry);
	ref->pos++;
	return KIMG_OK;
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
			if (!alloc_page(ref, segment->mem + at, &frame))
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
	ref->pos = REF_INVALID(host);
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
		write_first_or_at(ref, KIMG_DONE);
	return error;
}

void ref_free(struct reference *ref)
{
	uint64_t list_frame = KIMG_NO_FRAME;
	struct walk walk;

	for (walk = walk_start(ref); walk_more(&walk); walk_next(ref, &walk)) {
		/* The page that the walk stands in is still needed: one step late. */
		if (walk.entry & KIMG_INDIRECTION) {
			if (list_frame != KIMG_NO_FRAME)
				give(ref, list_frame);
			list_frame = frame_of(ref, walk.entry);
		} else if (walk.entry & KIMG_SOURCE) {
			give(ref, frame_of(ref, walk.entry));
		}
	}
	if (list_frame != KIMG_NO_FRAME)
		give(ref, list_frame);
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
