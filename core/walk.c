/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Walking a list as a trampoline does, and the reference executor. Neither trusts
 * the list: it may name any frame, and may have no end.
 */
#include "internal.h"

#define BATCH 16u

/* Reads entries one after another, through a window for each few of them. */
struct reader {
	const struct kimg_host *host;
	struct kimg_pos next;		/* position of the next entry */
	uint32_t slots;			/* in a page, the link included */
	uint32_t used, count;		/* of batch[] */
	kimg_entry_t batch[BATCH];
};

/*
 * Read the next entry. Errors: S4 if no entry can follow, because the previous one
 * was in the head or a last slot and not an INDIRECTION; LIST_FRAME.
 */
static enum kimg_error read_next(struct reader *reader, kimg_entry_t *entry,
				 struct kimg_why *why)
{
	const struct kimg_host *host = reader->host;
	uint32_t left = reader->slots - reader->next.slot;

	if (reader->next.frame == KIMG_NO_FRAME || !left)
		return kimg_fail(why, KIMG_E_S4, .a = reader->next.frame,
				 .b = *entry,
				 .c = left ? 0 : reader->next.slot - 1);
	if (reader->used == reader->count) {
		void *window = kimg_map(host, reader->next.frame);
		uint32_t i;

		if (!window)
			return kimg_fail(why, KIMG_E_LIST_FRAME,
					 .a = reader->next.frame);
		reader->count = left < BATCH ? left : BATCH;
		reader->used = 0;
		for (i = 0; i < reader->count; i++)
			reader->batch[i] = kimg_slot_get(host, window,
						reader->next.slot + i);
		kimg_unmap(host, window);
	}
	*entry = reader->batch[reader->used++];
	reader->next.slot++;
	return KIMG_OK;
}

enum kimg_error kimg_walk(const struct kimg_host *host, kimg_entry_t head,
			  uint64_t most,
			  int (*step)(void *arg, const struct kimg_copy *copy),
			  void *arg, int *stopped, struct kimg_why *why)
{
	struct reader reader = {
		.host = host,
		.next = { .frame = KIMG_NO_FRAME, .slot = 1 },
		.slots = (uint32_t)1 << kimg_slot_shift(host),
	};
	struct kimg_copy copy = { .source = 0, .destination = KIMG_NO_FRAME };
	kimg_entry_t entry = head;
	uint64_t read;

	if (stopped)
		*stopped = 0;
	for (read = 0;; read++) {
		uint64_t frame = kimg_entry_frame(host, entry);
		uint32_t flag = (uint32_t)entry &
				(uint32_t)(kimg_page_size(host) - 1);
		enum kimg_error error;
		int stop;

		if (flag == KIMG_DONE)
			return KIMG_OK;
		if (read == most)
			return kimg_fail(why, KIMG_E_LIST_ENDLESS, .a = most);
		if (flag == KIMG_INDIRECTION) {
			reader.next.frame = frame;
			reader.next.slot = 0;
			reader.used = reader.count = 0;
		} else if (flag == KIMG_DESTINATION) {
			copy.destination = frame;
		} else if (flag == KIMG_SOURCE &&
			   copy.destination != KIMG_NO_FRAME) {
			copy.source = frame;
			stop = step(arg, &copy);
			if (stop) {
				if (stopped)
					*stopped = stop;
				return KIMG_OK;
			}
			copy.destination++;
		} else {
			return kimg_fail(why, flag == KIMG_SOURCE ?
					 KIMG_E_S4 : KIMG_E_UNKNOWN_FLAG,
					 .a = reader.next.frame, .b = entry,
					 .c = reader.next.slot - 1);
		}
		error = read_next(&reader, &entry, why);
		if (error)
			return error;
	}
}

struct executor {
	const struct kimg_host *host;
	struct kimg_why *why;
};

/* Copy one page, unless it is in place. */
static int copy_page(void *arg, const struct kimg_copy *copy)
{
	const struct executor *executor = arg;
	const struct kimg_host *host = executor->host;
	uint64_t missing = copy->source;
	void *from, *to;

	if (copy->source == copy->destination)
		return KIMG_OK;
	from = kimg_map(host, copy->source);
	if (!from)
		goto no_source;
	to = kimg_map(host, copy->destination);
	if (!to)
		goto no_destination;
	memcpy(to, from, kimg_page_size(host));
	kimg_unmap(host, to);
	kimg_unmap(host, from);
	return KIMG_OK;

no_destination:
	missing = copy->destination;
	kimg_unmap(host, from);
no_source:
	return (int)kimg_fail(executor->why, KIMG_E_LIST_FRAME, .a = missing);
}

enum kimg_error kimg_run_list(const struct kimg_host *host, kimg_entry_t head,
			      uint64_t most, struct kimg_why *why)
{
	struct executor executor = { host, why };
	enum kimg_error error;
	int stopped;

	error = kimg_walk(host, head, most, copy_page, &executor, &stopped, why);
	return error ? error : (enum kimg_error)stopped;
}
