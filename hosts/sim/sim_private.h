/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the simulator's files share: its state, and the few functions that one
 * file offers to the others.
 */
#ifndef SIM_PRIVATE_H
#define SIM_PRIVATE_H

#include "sim.h"

/* One range of memory; bit i of a bitmap stands for frame first + i. */
struct sim_range {
	uint64_t first, count;
	unsigned int zone;
	uint64_t *free;		/* can be drawn or claimed */
	uint64_t *owned;	/* the engine's */
};

/* Contents of a frame that was or may have been written. */
struct sim_page {
	struct sim_page *next;	/* in the same bucket */
	uint64_t frame;
	uint64_t before;	/* digest in the snapshot, if snapped */
	bool snapped;
	unsigned int open;	/* windows on it */
	unsigned char *bytes;
};

struct sim_window {
	struct sim_page *page;	/* NULL: the sink, for frames that may not be opened */
	unsigned char *bytes;
	uint64_t foreign;	/* bytes of other frames' poison when opened */
};

#define SIM_WINDOWS 8		/* more than two is a violation, but must not crash */

struct sim {
	unsigned int page_shift, entry_size;
	size_t page_size;
	uint64_t source_limit, destination_limit, control_limit, park_max;
	struct kimg_host_ops ops;

	struct sim_range *range;	/* by zone, then address */
	size_t ranges;
	uint64_t region_first, region_end;	/* crash region, in frames */

	/* The allocator. */
	enum sim_order order;
	enum sim_claim claim;
	uint64_t seed, random;
	uint64_t cursor;		/* frame after the one handed out last */
	uint64_t above_cursor;		/* the same for frames above the limit */
	uint64_t above_first, supply;
	bool honour_limit;
	uint64_t *script;
	size_t script_count, script_next;
	struct kimg_segment segment[KIMG_SEGMENT_MAX];	/* by address */
	uint64_t bufsz[KIMG_SEGMENT_MAX];		/* by the caller's number */
	uint32_t segments;
	uint64_t pages;			/* destinations in all */
	uint64_t sources_drawn;		/* since the engine last held nothing */
	bool destinations_gone, others_gone;	/* none left: do not search again */

	/* Faults. */
	enum sim_fault fault;
	uint64_t fault_after, fault_hits;
	bool fault_lasting;

	/* Data. */
	sim_pull_fn *pull;
	void *pull_arg;
	sim_filled_fn *filled;
	void *filled_arg;
	uint64_t pulled_to[KIMG_SEGMENT_MAX];

	/* Contents. */
	struct sim_page **bucket;
	size_t buckets, written;
	struct sim_window window[SIM_WINDOWS];
	unsigned char *sink, *view;	/* a page each */
	bool raw, watch;

	struct sim_counts counts;
	char violation[160];
};

/* sim.c */
void *sim_alloc(size_t size);
void sim_violate(struct sim *sim, const char *what, uint64_t a, uint64_t b);
bool sim_strikes(struct sim *sim, enum sim_fault fault);
uint64_t sim_frames_below(const struct sim *sim, uint64_t limit);
struct sim_range *sim_range_of(const struct sim *sim, uint64_t frame);
bool sim_bit(const uint64_t *bitmap, uint64_t bit);
void sim_set_bit(uint64_t *bitmap, uint64_t bit, bool value);
/* The number of the segment that the frame belongs to, or `segments`. */
uint32_t sim_wanted_by(const struct sim *sim, uint64_t frame);

/* sim_frames.c: operations */
int sim_draw(void *ctx, enum kimg_use use, uint64_t limit, uint64_t want,
	     struct kimg_run *got);
void sim_give(void *ctx, uint64_t first, uint64_t count);
void sim_pause(void *ctx);
void sim_claim_run(void *ctx, uint64_t first, uint64_t count, struct kimg_run *got);

/* sim_memory.c: operations, and contents for the other files */
void *sim_map(void *ctx, uint64_t frame);
void sim_unmap(void *ctx, void *window);
void sim_forget(struct sim *sim, uint64_t frame);
void sim_render(struct sim *sim, uint64_t frame, unsigned char *to);
void sim_poison(const struct sim *sim, uint64_t frame, unsigned char *to);
uint64_t sim_digest(const struct sim *sim, const unsigned char *bytes);
void sim_free_pages(struct sim *sim);

/* sim_pull.c: operation, and the data without the checks */
int sim_pull_checked(void *ctx, uint32_t segment, uint64_t offset, void *to,
		     size_t size);
int sim_data(struct sim *sim, uint32_t segment, uint64_t offset, void *to,
	     size_t size);

#endif
