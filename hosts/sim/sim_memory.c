/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Contents of the simulated memory, and the windows on it.
 *
 * A frame costs memory only after a window was opened on it, or it was poked. Until
 * then it reads as poison: a word that encodes the frame and whether it was handed
 * to the engine. Under AddressSanitizer the bytes of a frame are out of bounds
 * while no window is open on it.
 */
#include "sim_private.h"

#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define HIDE(bytes, size) ASAN_POISON_MEMORY_REGION(bytes, size)
#define SHOW(bytes, size) ASAN_UNPOISON_MEMORY_REGION(bytes, size)
#else
#define HIDE(bytes, size) ((void)(bytes), (void)(size))
#define SHOW(bytes, size) ((void)(bytes), (void)(size))
#endif

#define POISON_OWNED ((uint64_t)0x5eed << 48)
#define POISON_FREE ((uint64_t)0xf7ee << 48)
#define POISON_MARK ((uint64_t)0xffff << 48)

/* What a frame reads as that was never written, one page. */
void sim_poison(const struct sim *sim, uint64_t frame, unsigned char *to)
{
	uint64_t word = (sim_is_owned(sim, frame) ? POISON_OWNED : POISON_FREE) |
			(frame & ~POISON_MARK);

	for (size_t i = 0; i < sim->page_size; i += sizeof(word))
		memcpy(to + i, &word, sizeof(word));
}

static size_t bucket_of(const struct sim *sim, uint64_t frame)
{
	uint64_t state = frame;

	return (size_t)(sim_random(&state) & (sim->buckets - 1));
}

static struct sim_page *lookup(const struct sim *sim, uint64_t frame)
{
	struct sim_page *page = sim->bucket[bucket_of(sim, frame)];

	while (page && page->frame != frame)
		page = page->next;
	return page;
}

/* Double the table: chains stay about one long. */
static void grow(struct sim *sim)
{
	struct sim_page **old = sim->bucket;
	size_t buckets = sim->buckets;

	sim->buckets *= 2;
	sim->bucket = sim_alloc(sim->buckets * sizeof(struct sim_page *));
	for (size_t i = 0; i < buckets; i++) {
		struct sim_page *page = old[i];

		while (page) {
			struct sim_page *next = page->next;
			size_t at = bucket_of(sim, page->frame);

			page->next = sim->bucket[at];
			sim->bucket[at] = page;
			page = next;
		}
	}
	free(old);
}

/* The contents of a frame, made from poison if need be. */
static struct sim_page *materialise(struct sim *sim, uint64_t frame)
{
	struct sim_page *page = lookup(sim, frame);
	size_t at;

	if (page)
		return page;
	if (sim->written++ >= sim->buckets)
		grow(sim);
	page = sim_alloc(sizeof(*page));
	page->frame = frame;
	page->bytes = sim_alloc(sim->page_size);
	sim_poison(sim, frame, page->bytes);
	HIDE(page->bytes, sim->page_size);
	at = bucket_of(sim, frame);
	page->next = sim->bucket[at];
	sim->bucket[at] = page;
	return page;
}

static void discard(struct sim *sim, struct sim_page *page)
{
	SHOW(page->bytes, sim->page_size);
	free(page->bytes);
	free(page);
	sim->written--;
}

/* Let the frame read as poison again. */
void sim_forget(struct sim *sim, uint64_t frame)
{
	struct sim_page **link = &sim->bucket[bucket_of(sim, frame)];

	while (*link && (*link)->frame != frame)
		link = &(*link)->next;
	if (*link) {
		struct sim_page *page = *link;

		/* A window is open on it: a violation already; keep it valid. */
		if (page->open)
			return;
		*link = page->next;
		discard(sim, page);
	}
}

void sim_free_pages(struct sim *sim)
{
	for (size_t i = 0; i < sim->buckets; i++) {
		while (sim->bucket[i]) {
			struct sim_page *page = sim->bucket[i];

			sim->bucket[i] = page->next;
			discard(sim, page);
		}
	}
}

/* Write what the frame holds to `to`, a page. */
void sim_render(struct sim *sim, uint64_t frame, unsigned char *to)
{
	struct sim_page *page = lookup(sim, frame);

	if (!page) {
		sim_poison(sim, frame, to);
		return;
	}
	SHOW(page->bytes, sim->page_size);
	memcpy(to, page->bytes, sim->page_size);
	if (!page->open)
		HIDE(page->bytes, sim->page_size);
}

const unsigned char *sim_peek(struct sim *sim, uint64_t frame)
{
	if (!sim_is_ram(sim, frame))
		return NULL;
	sim_render(sim, frame, sim->view);
	return sim->view;
}

bool sim_poke(struct sim *sim, uint64_t frame, size_t offset, const void *from,
	      size_t size)
{
	struct sim_page *page;

	if (!sim_is_ram(sim, frame) || offset > sim->page_size ||
	    size > sim->page_size - offset)
		return false;
	page = materialise(sim, frame);
	SHOW(page->bytes, sim->page_size);
	memcpy(page->bytes + offset, from, size);
	if (!page->open)
		HIDE(page->bytes, sim->page_size);
	return true;
}

/* A digest of one page: any changed byte changes it. */
uint64_t sim_digest(const struct sim *sim, const unsigned char *bytes)
{
	uint64_t digest = 0, word;

	for (size_t i = 0; i < sim->page_size; i += sizeof(word)) {
		memcpy(&word, bytes + i, sizeof(word));
		/* Each step is invertible, so no single change is lost. */
		digest = ((digest << 5 | digest >> 59) ^ word) * 0x9e3779b97f4a7c15u;
	}
	return digest;
}

/* Bytes of an open page that are the poison of some other frame of the engine. */
static uint64_t foreign(const struct sim *sim, const struct sim_page *page)
{
	uint64_t own = POISON_OWNED | (page->frame & ~POISON_MARK), found = 0, word;

	for (size_t i = 0; i < sim->page_size; i += sizeof(word)) {
		memcpy(&word, page->bytes + i, sizeof(word));
		if ((word & POISON_MARK) == POISON_OWNED && word != own)
			found += sizeof(word);
	}
	return found;
}

void sim_set_raw(struct sim *sim, bool raw)
{
	sim->raw = raw;
}

void sim_set_watch(struct sim *sim, bool watch)
{
	sim->watch = watch;
}

void *sim_map(void *ctx, uint64_t frame)
{
	struct sim *sim = ctx;
	struct sim_window *window;
	bool allowed = sim_is_owned(sim, frame) ||
		       (frame >= sim->region_first && frame < sim->region_end);

	if (sim->raw) {
		allowed = sim_is_ram(sim, frame);
		if (!allowed)
			return NULL;
	}
	if (!allowed)
		sim_violate(sim, "map() of a frame that is not owned", frame, 0);
	if (sim->counts.windows_open >= 2)
		sim_violate(sim, "map() with two windows open", frame, 0);
	if (sim->counts.windows_open == SIM_WINDOWS)
		return sim->sink;

	sim->counts.windows++;
	window = &sim->window[sim->counts.windows_open++];
	if (sim->counts.windows_open > sim->counts.windows_most)
		sim->counts.windows_most = sim->counts.windows_open;
	window->page = NULL;
	window->bytes = sim->sink;
	window->foreign = 0;
	if (allowed) {
		window->page = materialise(sim, frame);
		window->bytes = window->page->bytes;
		window->page->open++;
		SHOW(window->bytes, sim->page_size);
		if (sim->watch)
			window->foreign = foreign(sim, window->page);
	}
	return window->bytes;
}

void sim_unmap(void *ctx, void *bytes)
{
	struct sim *sim = ctx;
	uint64_t at = sim->counts.windows_open;
	struct sim_window window;

	while (at > 0 && sim->window[at - 1].bytes != bytes)
		at--;
	if (!at) {
		sim_violate(sim, "unmap() of what is no open window",
			    sim->counts.windows_open, 0);
		return;
	}
	if (at != sim->counts.windows_open)
		sim_violate(sim, "unmap() of a window under another",
			    at - 1, sim->counts.windows_open);

	window = sim->window[at - 1];
	sim->counts.windows_open--;
	for (uint64_t i = at - 1; i < sim->counts.windows_open; i++)
		sim->window[i] = sim->window[i + 1];
	if (!window.page)
		return;
	if (sim->watch) {
		uint64_t now = foreign(sim, window.page);

		if (now > window.foreign)
			sim->counts.copied += now - window.foreign;
	}
	if (!--window.page->open)
		HIDE(window.page->bytes, sim->page_size);
}
