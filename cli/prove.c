// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The proof in a plan: a load and a leap on a simulated machine, after which every
 * page of every segment must be where it belongs.
 */
#include "cli.h"
#include "refs.h"

#include <errno.h>
#include <stdlib.h>

#define PAGE 4096u
#define MIB (1ull << 20)
#define GIB (1ull << 30)
#define LOW_END (4 * GIB)

/* ---- Ranges of memory ----------------------------------------------------------------- */

/* In order, of whole pages. */
struct ranges {
	struct kimg_range *range;
	uint64_t count, most;
};

/*
 * Make room for so many. False: no memory.
 */
static bool make_ranges(struct ranges *ranges, uint64_t most)
{
	*ranges = (struct ranges){ .most = most };
	ranges->range = malloc((size_t)most * sizeof(*ranges->range));
	return ranges->range != NULL;
}

/* Add the whole pages of [start, end); there must be room. */
static void add(struct ranges *ranges, uint64_t start, uint64_t end)
{
	start = (start + PAGE - 1) & ~(uint64_t)(PAGE - 1);
	end &= ~(uint64_t)(PAGE - 1);
	if (start < end)
		ranges->range[ranges->count++] = (struct kimg_range){ start, end };
}

/* Add the RAM of a map in [low, end). Returns its size in bytes. */
static uint64_t add_ram(struct ranges *ranges, const struct boot_map *map, uint64_t low,
			uint64_t end)
{
	uint64_t bytes = 0, i;

	for (i = 0; i < map->count; i++) {
		const struct kimg_range *range = &map->mem[i].range;

		if (map->mem[i].type == BOOT_MEM_RAM && range->start < end)
			add(ranges, range->start > low ? range->start : low,
			    range->end < end ? range->end : end);
	}
	for (i = 0; i < ranges->count; i++)
		if (ranges->range[i].start >= low)
			bytes += ranges->range[i].end - ranges->range[i].start;
	return bytes;
}

/* ---- Control pages ---------------------------------------------------------------------- */

/*
 * The number of page tables that a leap needs. False: no memory.
 */
static bool count_tables(const struct machine *machine, uint32_t *count)
{
	struct ranges ram;

	if (!make_ranges(&ram, machine->map.count))
		return false;
	add_ram(&ram, &machine->map, 0, machine->processor->last + 1);
	*count = machine->processor->table_count(machine, ram.range, (uint32_t)ram.count);
	free(ram.range);
	return true;
}

/*
 * Draw them into `block`, as the module does. Errors: those of kimg_draw_control().
 */
static enum kimg_error draw_tables(struct kimg_image *image, uint32_t count,
				   struct kimg_block *block, struct kimg_why *why)
{
	enum kimg_error error = KIMG_OK;
	uint32_t i;

	for (i = 0; i < count && !error; i++)
		error = kimg_draw_control(image, &block[i], 0, why);
	return error;
}

/* ---- The machine ------------------------------------------------------------------------ */

/*
 * Is `at` in a segment? If a segment ends or begins above `at` and below `*end`, that is
 * the new `*end`.
 */
static bool in_segment(const struct boot_layout *layout, uint64_t at, uint64_t *end)
{
	bool inside = false;
	uint32_t i;

	for (i = 0; i < layout->segments; i++) {
		uint64_t start = layout->segment[i].at.mem;
		uint64_t next = start + layout->segment[i].at.memsz;

		if (start > at)
			next = start;
		else
			inside |= at < next;
		if (at < next && next < *end)
			*end = next;
	}
	return inside;
}

/* Add a range of RAM in part: what segments lie in, and `share` bytes of each GiB. */
static void add_share(struct ranges *ranges, const struct boot_layout *layout,
		      const struct kimg_range *ram, uint64_t share)
{
	uint64_t at, end;

	for (at = ram->start; at < ram->end; at = end) {
		end = ram->end - at < GIB ? ram->end : at + GIB;
		if (in_segment(layout, at, &end) || end - at < share)
			add(ranges, at, end);
		else
			add(ranges, at, at + share);
	}
}

/*
 * The memory of the simulated machine: all that is usable below 4 GiB; above, if there is
 * much, what segments lie in and a part of each GiB, together enough for a second image
 * and 256 MiB. False: no memory.
 */
static bool choose_memory(const struct job *job, struct ranges *chosen)
{
	const struct boot_map *map = &job->machine.usable;
	uint64_t end = job->limit + 1, high, want = 256 * MIB, i;
	struct ranges ram;

	for (i = 0; i < job->layout.segments; i++)
		want += 2 * job->layout.segment[i].at.memsz;
	if (!make_ranges(&ram, 2ull * map->count))
		return false;
	/* On PCs a running system never frees the first MiB. */
	add_ram(&ram, map, job->machine.processor->has_tree ? 0 : MIB, end < LOW_END ? end : LOW_END);
	high = add_ram(&ram, map, LOW_END, end);
	if (high <= want) {
		*chosen = ram;
		return true;
	}
	/* Each segment splits a GiB in three at most. */
	if (make_ranges(chosen, 2 * ram.count + high / GIB + 2ull * BOOT_SEGMENT_MAX))
		for (i = 0; i < ram.count; i++) {
			if (ram.range[i].start < LOW_END)
				add(chosen, ram.range[i].start, ram.range[i].end);
			else
				add_share(chosen, &job->layout, &ram.range[i],
					  want / (high / GIB + 1) + PAGE);
		}
	free(ram.range);
	return chosen->range != NULL;
}

static int say_too_large(uint64_t bytes)
{
	return say_errno(ENOMEM, "free memory, or raise its limit (ulimit -v)",
			 "the simulated load needs %s", size_text(bytes));
}

/*
 * Make the machine, for segments of this layout. Exit codes: MEMORY.
 */
static int build_machine(const struct job *job, const struct kimg_segment *segment,
			 struct refs **refs)
{
	struct ranges memory;
	size_t size;

	*refs = NULL;
	if (!choose_memory(job, &memory))
		return say_too_large(2 * sizeof(struct boot_map));
	size = refs_size(memory.range, (size_t)memory.count, job->limit);
	*refs = refs_new(memory.range, (size_t)memory.count, job->limit);
	free(memory.range);
	if (!*refs)
		return say_too_large(size);
	refs_set_segments(*refs, segment, job->layout.segments);
	return EXIT_OK;
}

/* The machine as a host for the image: the running kernel's entries, the module's limits. */
static struct kimg_host make_host(const struct job *job, struct refs *refs)
{
	struct kimg_host host = refs_host(refs);

	if (job->machine.processor->wide)
		host.entry_size = 8;
	if (host.control_limit > job->machine.processor->control_last)
		host.control_limit = job->machine.processor->control_last;
	return host;
}

/* ---- The proof -------------------------------------------------------------------------- */

int prove(const struct job *job, struct proof *proof)
{
	const struct boot_layout *layout = &job->layout;
	struct kimg_segment segment[BOOT_SEGMENT_MAX];
	struct kimg_block *table = NULL;
	struct kimg_image image;
	struct kimg_host host;
	struct kimg_why why = { 0 };
	enum kimg_error error;
	const char *violation;
	void *scratch = NULL;
	struct refs *refs;
	uint32_t tables = 0;
	int code;

	segments_of(layout, segment);
	code = build_machine(job, segment, &refs);
	if (code)
		return code;
	host = make_host(job, refs);
	error = kimg_init(&image, &host, &why);
	if (!error)
		error = kimg_plan(&image, segment, layout->segments, 1, NULL, &why);
	if (error)
		goto delete;
	scratch = malloc(kimg_scratch_size(&image));
	if (scratch && count_tables(&job->machine, &tables))
		table = calloc(tables, sizeof(*table));
	if (!table) {
		code = say_too_large(kimg_scratch_size(&image) + tables * sizeof(*table));
		goto delete;
	}
	error = kimg_place(&image, scratch, kimg_scratch_size(&image), &why);
	if (!error)
		error = kimg_fill(&image, &why);
	if (!error)
		error = kimg_seal(&image, &why);
	if (!error)
		error = draw_tables(&image, tables, table, &why);
	if (!error) {
		proof->pages = image.pages;
		proof->bytes = (uint64_t)image.pages << host.page_shift;
		proof->list_pages = image.list_pages;
		proof->control_pages = 1 + tables;
		proof->in_place = image.stats.in_place;
		proof->copied = image.pages - image.stats.in_place;
		error = refs_leap(refs, &image, &why);
	}
	kimg_free(&image);
	violation = refs_violation(refs);
	if (!error && violation)
		code = say_errno(EPROTO, "this is a bug in kleap; please report it",
				 "the simulated load broke a rule (%s)", violation);
delete:
	if (error)
		code = say_why(&why);
	refs_delete(refs);
	free(scratch);
	free(table);
	return code;
}

int prove_crash(const struct job *job, struct proof *proof)
{
	const struct kimg_host host = {
		.page_shift = 12,
		.destination_limit = job->limit,
	};
	struct kimg_range region = boot_crash_region(&job->crash->memory);
	struct kimg_segment segment[BOOT_SEGMENT_MAX];
	struct kimg_why why = { 0 };
	uint32_t i, count = segments_of(&job->layout, segment);

	for (i = 0; i < count; i++)
		proof->bytes += segment[i].memsz;
	proof->pages = proof->bytes / PAGE;
	proof->in_place = proof->pages;
	/* An error: never, prepare_crash() leaves no other memory to place anything in. */
	return kimg_check_segments(&host, segment, count, &region, &why) ? say_why(&why) : EXIT_OK;
}
