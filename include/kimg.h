/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libkimg: the image engine of kleap.
 *
 * It takes segments (data, and the physical address where a new kernel wants it)
 * and builds an image: source frames that hold the data while the running kernel
 * still needs the destinations, and a list that a trampoline walks to copy each
 * page to its destination when the running kernel has stopped.
 *
 * The list is Linux's kexec list (include/linux/kexec.h): entries are physical page
 * addresses with a flag in the low bits. kimg refers to entries by position (frame
 * and slot), never by pointer, so every page of the list may be in memory that the
 * kernel does not map permanently.
 *
 * Life of an image, with the functions allowed in each state:
 *
 *   NEW     kimg_init() makes it. kimg_plan() checks segments and computes the
 *           shape; kimg_place() takes all frames         -> PLACED
 *   PLACED  kimg_fill() pulls the data in                -> LOADED
 *   LOADED  kimg_seal() terminates and checks the list   -> SEALED
 *   SEALED  head, list and control pages are ready for the trampoline
 *   any     kimg_free() gives every frame back           -> NEW; also right for an
 *           image of zeroes that kimg_init() never saw, or refused
 *           kimg_draw_control() once planned, at any time
 *           kimg_check() from PLACED on, at any time
 *
 * An error leaves the state as it was, with nothing taken that was not held
 * before, except where a function says otherwise. The image and the scratch
 * memory are the caller's; the engine allocates nothing, prints nothing, has
 * no globals and takes no lock.
 *
 * No pointer may be NULL unless stated otherwise. Every function that returns an
 * error writes its numbers to *why, and leaves *why alone when it returns KIMG_OK.
 *
 * All sizes are bytes, all ranges half-open, all addresses physical and 64 bits
 * wide on every machine.
 */
#ifndef KIMG_H
#define KIMG_H

#include "kimg_env.h"
#include "kimg_errors.h"
#include "kimg_host.h"

/* ---- Entries of the list (Linux include/linux/kexec.h, IND_*) ------------ */

#define KIMG_DESTINATION 0x1u	/* the next source goes to this address */
#define KIMG_INDIRECTION 0x2u	/* the list continues in this page */
#define KIMG_DONE	 0x4u	/* the list ends */
#define KIMG_SOURCE	 0x8u	/* copy this page, then advance the destination */
#define KIMG_FLAGS	 0xfu

typedef uint64_t kimg_entry_t;

/* Where an entry stands: a slot of an indirection page, or the head. */
struct kimg_pos {
	uint64_t frame;		/* KIMG_NO_FRAME: the position is INVALID, the head */
	uint32_t slot;
};

#define KIMG_NO_FRAME UINT64_MAX

/* ---- Errors --------------------------------------------------------------- */

/* An error with its numbers. kimg_errors.h says what a, b, c, d mean. */
struct kimg_why {
	uint32_t error;		/* enum kimg_error */
	uint32_t seg;		/* segment, as the caller numbered it */
	uint32_t other;
	uint32_t pad;
	uint64_t a, b, c, d;
};

/*
 * Fill in *why with an error and its numbers, by their names; the others become 0.
 * Returns the error: return kimg_fail(why, KIMG_E_S3, .a = frame).
 */
#define kimg_fail(why, id, ...)                                                \
	kimg_fail_with(why, (struct kimg_why){ .error = (id), __VA_ARGS__ })

/* Used by kimg_fail(): a call with plain numbers takes less code than a struct. */
enum kimg_error kimg_set_why(struct kimg_why *why, uint32_t error, uint32_t seg,
			     uint32_t other, uint64_t a, uint64_t b, uint64_t c,
			     uint64_t d);

/*@ requires \valid(why);
    assigns *why;
    ensures \result == what.error && why->error == what.error; */
static inline __attribute__((always_inline)) enum kimg_error
kimg_fail_with(struct kimg_why *why, struct kimg_why what)
{
	return kimg_set_why(why, what.error, what.seg, what.other, what.a,
			    what.b, what.c, what.d);
}

/*
 * The stable id of an error ("segment-overlap"), and its group. For a number
 * that is no error: "unknown", KIMG_GROUP_NONE.
 */
const char *kimg_error_id(uint32_t error);
enum kimg_group kimg_error_group(uint32_t error);

/*
 * Write the line of text (or the hint) for `why`, with its numbers, to `to`.
 * Always terminates when size > 0; cuts what does not fit. 256 bytes suffice.
 * Returns the length written, without the terminator.
 */
size_t kimg_explain(const struct kimg_why *why, char *to, size_t size);
size_t kimg_hint(const struct kimg_why *why, char *to, size_t size);

/* ---- Segments ------------------------------------------------------------- */

/* Linux's KEXEC_SEGMENT_MAX: no loader asks for more. */
#define KIMG_SEGMENT_MAX 16u
#define KIMG_CONTROL_MAX 16u
/* The largest block of control pages: 2^10 frames. */
#define KIMG_ORDER_MAX	 10u

struct kimg_range {
	uint64_t start, end;
};

/* `bufsz` bytes of data, zero-filled to `memsz`, wanted at address `mem`. */
struct kimg_segment {
	uint64_t mem;
	uint64_t memsz;
	uint64_t bufsz;
};

/* ---- The image ------------------------------------------------------------ */

enum kimg_state {
	KIMG_NEW,
	KIMG_PLACED,
	KIMG_LOADED,
	KIMG_SEALED,
};

/* Counts of what placing, filling and checking did. They do not vary from run to run. */
struct kimg_stats {
	size_t draws;			/* calls of draw() */
	size_t claimed;		/* frames got by claim() */
	size_t in_place;		/* pages whose source is their destination */
	size_t displaced;		/* frames that made room for a destination's own */
	size_t parked;		/* frames above a limit, given back */
	size_t place_reads;		/* entries read while placing */
	size_t place_writes;		/* entries written while placing */
	size_t place_windows;		/* windows opened while placing */
	size_t fill_windows;		/* windows opened while filling */
};

/* A segment as the engine keeps it: in frames, sorted by address. */
struct kimg_extent {
	uint64_t first;		/* first destination frame */
	uint32_t pages;
	uint32_t entry;		/* index of its DESTINATION entry in the list */
	uint64_t bufsz;
	uint32_t index;		/* the caller's number of the segment */
};

/*
 * A block of control frames: 2^order contiguous frames, aligned to their number.
 * The caller provides the memory, the engine writes the fields.
 */
struct kimg_block {
	struct kimg_block *next;	/* drawn before this one; NULL: none */
	uint64_t first;			/* frame */
	uint32_t order;
};

/*
 * An image. Read it as you like; only the engine writes it. Entries are
 * numbered through the list: entry i is in slot i % slots of indirection page
 * i / slots, the link in each page's last slot not counted.
 */
struct kimg_image {
	const struct kimg_host *host;
	enum kimg_state state;
	bool planned;		/* kimg_plan() was called */
	kimg_entry_t head;	/* 0, an INDIRECTION, or DONE */

	struct kimg_extent extent[KIMG_SEGMENT_MAX];
	uint32_t extents;
	uint32_t pages;		/* destination pages in all */
	uint32_t entries;	/* entries in the list, without links and DONE */
	uint32_t slots;		/* entries in an indirection page, without the link */

	bool crash;		/* data goes straight into the region, no list */
	struct kimg_range region;

	uint32_t list_pages;	/* indirection pages needed */
	uint32_t list_drawn;	/* of these, held */
	bool list_built;	/* cleared, linked, DESTINATION entries written */
	uint64_t *directory;	/* frame of each indirection page */

	uint32_t control_pages;
	uint32_t control_drawn;
	uint64_t control[KIMG_CONTROL_MAX];
	struct kimg_block *blocks;	/* of kimg_draw_control(), the last one first */
	uint64_t hole;		/* crash image: where to look for the next hole */

	uint64_t *buffer;	/* scratch: frame numbers, one indirection page's worth */
	uint64_t *pile[2];	/* scratch: waiting frames, parked frames */
	uint64_t *heap;		/* scratch: frame numbers, for kimg_check() */
	uint32_t heap_size;

	struct kimg_stats stats;
};

/*
 * Check segments against every rule: at most KIMG_SEGMENT_MAX, none empty, none
 * that wraps, page-aligned start and size, bufsz <= memsz, inside the
 * destination limit, no two that overlap; for a crash image, inside `region`.
 * A segment that ends with the last page of a limit is good.
 * No state is touched.
 *
 * host    page size and destination limit are used.
 * segment array of `count` segments; may be NULL when count is 0.
 * region  the reserved region of a crash image, or NULL.
 * why     receives the numbers of an error.
 *
 * Errors: SEGMENTS_TOO_MANY, SEGMENT_EMPTY, SEGMENT_WRAPS, SEGMENT_UNALIGNED,
 * SEGMENT_BUFFER, SEGMENT_LIMIT, SEGMENT_OVERLAP, SEGMENT_REGION,
 * IMAGE_TOO_LARGE.
 */
enum kimg_error kimg_check_segments(const struct kimg_host *host,
				    const struct kimg_segment *segment,
				    uint32_t count,
				    const struct kimg_range *region,
				    struct kimg_why *why);

/*
 * Make `image` a NEW, empty image of `host`, which must outlive it.
 * Whatever `image` held before is overwritten, not freed; after an error it is as
 * it was.
 * Errors: HOST_CONFIG (page shift, entry size, a limit that an entry of that
 * size cannot hold, a missing operation).
 */
enum kimg_error kimg_init(struct kimg_image *image, const struct kimg_host *host,
			  struct kimg_why *why);

/*
 * Set the segments and the number of control pages (0 to KIMG_CONTROL_MAX) and
 * compute the shape of the list. NEW -> NEW; takes nothing. May be repeated. With
 * `region`, the image is a crash image: the data will be written straight to its
 * destinations, which are otherwise unused, control pages come from holes between
 * the segments, and the list is empty (head = DONE). The array is copied; `region`
 * too.
 * Errors: those of kimg_check_segments(), STATE (also once a block was drawn:
 * it could be a destination of the new segments), ARGUMENT.
 */
enum kimg_error kimg_plan(struct kimg_image *image,
			  const struct kimg_segment *segment, uint32_t count,
			  uint32_t control_pages, const struct kimg_range *region,
			  struct kimg_why *why);

/*
 * Bytes of scratch memory that kimg_place() needs for the planned shape:
 * about 8 for each 1023 (or 511) pages, 1 for each page, and 20 KiB.
 */
size_t kimg_scratch_size(const struct kimg_image *image);

/*
 * Take every frame the image needs, and decide which source goes to which
 * destination. NEW -> PLACED. No data is read. If there is not enough memory,
 * placing fails and gives everything back.
 *
 * scratch  memory of at least kimg_scratch_size() bytes, aligned to 8. Used
 *          until kimg_free() returns; the caller frees it after that.
 *
 * Each frame drawn settles one page: no walk through the list, no copy of data.
 * A frame that is the destination of a page goes to that page, in place; the
 * frame that the page had before moves on to the next page that has none.
 *
 * Errors: STATE (also if nothing was planned), SCRATCH, ARGUMENT (scratch not
 * aligned), NO_MEMORY, NO_MEMORY_BELOW, NO_CONTROL, INTERRUPTED, DRAW (a = host
 * code), HOST_CONTRACT. After an error the image is NEW, holds nothing, and is still
 * planned: when there is more memory, kimg_place() may be called again.
 *
 * HOST_CONTRACT means a bug in the host. The frames of the wrong answer are not
 * given back; if a frame has two uses, no frame is given back, because one of them
 * may be in use elsewhere. These frames are lost unless the host tracks them
 * itself.
 */
enum kimg_error kimg_place(struct kimg_image *image, void *scratch,
			   size_t scratch_size, struct kimg_why *why);

/*
 * Draw 2^order frames for the trampoline, in addition to the control pages of the
 * plan: contiguous, aligned to their number, no destinations, within the control
 * limit. For hosts that allocate the pages of their trampoline one after another,
 * before or after the data is loaded. Allowed in any state, once planned; the state
 * does not change.
 *
 * block  receives the frames; stays the engine's, in image->blocks, until
 *        kimg_free() has given them back. kimg_place() leaves them alone when it
 *        fails. For a crash image they are the next hole of the region.
 *
 * Unsuitable frames are given back before the call returns.
 *
 * Errors: STATE (not planned), ARGUMENT (order above KIMG_ORDER_MAX), NO_MEMORY,
 * NO_MEMORY_BELOW, NO_CONTROL, INTERRUPTED, DRAW, HOST_CONTRACT. After an error
 * nothing was drawn, and the block is the caller's; frames are lost only with
 * HOST_CONTRACT. A block of frames that the image holds already is no error here:
 * kimg_place() and kimg_check() find it.
 */
enum kimg_error kimg_draw_control(struct kimg_image *image,
				  struct kimg_block *block, uint32_t order,
				  struct kimg_why *why);

/*
 * Pull the data of all segments into their sources, each page through one
 * window, and zero what lies beyond bufsz. PLACED -> LOADED. Segments come in the
 * order of their addresses, not in that of the plan.
 * Errors: STATE; INTERRUPTED; DATA (a pull failed: a = offset, b = bytes, c = host
 * code); S4 (the list was damaged: an entry names no source). After an error the
 * image is still PLACED and can only be freed.
 */
enum kimg_error kimg_fill(struct kimg_image *image, struct kimg_why *why);

/*
 * Terminate the list and check invariants S1 to S5. LOADED -> SEALED.
 * Errors: STATE, and those of kimg_check(). After an error the image is still
 * LOADED; it must not be leapt into.
 */
enum kimg_error kimg_seal(struct kimg_image *image, struct kimg_why *why);

/*
 * Check the invariants of the image in memory, trusting neither list nor directory:
 *   S1 every source is its own destination or is no destination
 *   S2 no indirection or control page is a destination
 *   S3 no frame has two uses
 *   S4 the list is well formed: every DESTINATION and SOURCE where the segments
 *      want it, every link owned, ends in DONE once sealed, unused slots zero
 *   S5 every frame respects its limit
 * Works on PLACED, LOADED and SEALED images. Writes only to scratch memory: do not
 * call it in parallel with itself or another function on the same image. Takes at
 * most a dozen passes over the list, wherever the frames are, unless there are more
 * blocks than pages; calls the host's pause(), if there is one.
 * Errors: STATE, S1, S2, S3, S4, S5.
 */
enum kimg_error kimg_check(struct kimg_image *image, struct kimg_why *why);

/*
 * Give back every frame that the image holds, in any state. -> NEW, with no
 * segments. Does nothing to an image of zeroes. Afterwards the scratch memory and
 * the blocks belong to the caller again: save image->blocks first; the blocks stay
 * linked.
 */
void kimg_free(struct kimg_image *image);

/* ---- Looking at an image --------------------------------------------------- */

/*
 * The position of entry `index` (0 to entries; `entries` itself is where DONE
 * stands, possibly in a last slot). INVALID for an image without a list.
 * Needs PLACED or later.
 */
struct kimg_pos kimg_position(const struct kimg_image *image, uint32_t index);

/*
 * Read or write the entry at a position through a window of its own. INVALID
 * means the head. Writing is for tests that damage lists and hosts that extend
 * them.
 */
kimg_entry_t kimg_read_entry(const struct kimg_image *image, struct kimg_pos pos);
void kimg_write_entry(struct kimg_image *image, struct kimg_pos pos,
		      kimg_entry_t entry);

/*
 * Is `frame` a destination? If so `*index` (may be NULL) is the number of the
 * SOURCE entry for it.
 */
bool kimg_is_destination(const struct kimg_image *image, uint64_t frame,
			 uint32_t *index);

/* One page to move: what a SOURCE entry means. */
struct kimg_copy {
	uint64_t source;	/* frame */
	uint64_t destination;	/* frame */
};

/*
 * Walk a list as a trampoline does, without trusting it, and call `step` for every
 * page to move. Stops at DONE, or when `step` returns non-zero; `*stopped` (may be
 * NULL) receives that value, else 0. Entries are read a few at a time; no window is
 * open while `step` runs, and `step` may open two.
 *
 * host  page size, entry size, map and unmap are used.
 * head  the first entry.
 * most  the most entries to read, so that a cycle ends.
 *
 * Errors: UNKNOWN_FLAG (also an entry of 0, as in a list that was not sealed),
 * LIST_FRAME, LIST_ENDLESS, S4 (a SOURCE with no DESTINATION before it).
 */
enum kimg_error kimg_walk(const struct kimg_host *host, kimg_entry_t head,
			  uint64_t most,
			  int (*step)(void *arg, const struct kimg_copy *copy),
			  void *arg, int *stopped, struct kimg_why *why);

/*
 * The reference executor: do to memory what a trampoline would, one entry after
 * another, skipping pages in place. For simulated memory.
 * Errors: as kimg_walk().
 */
enum kimg_error kimg_run_list(const struct kimg_host *host, kimg_entry_t head,
			      uint64_t most, struct kimg_why *why);

#endif
