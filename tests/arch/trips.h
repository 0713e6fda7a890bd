/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tests that every trampoline has to pass. The file that includes this has struct trip, with
 * `rig`, `told` and `leap`, and for it
 *
 *   WAYS, FIRST_WAYS         how many ways there are; the first have one of each code
 *   ORDER_WAYS               how many of them are tried in test_orders()
 *   WIDE_WAY                 one with memory above 4 GiB
 *   DAMAGE_STEP              of the pages in test_damage(), every how manieth is damaged
 *   is_wide(), vary()        its lists have entries of 64 bits; change something, by a number
 *   set_up(), load()         to a machine without segments; from there to control pages
 *   find_memory(), write_control()   the last steps of load()
 *   open_leap(), run_leap()  with the memory of `rig`; go() does both, with more checks
 *   judge(), judge_reset(), judge_memory()   what has become of it
 *   done()
 */
#ifndef TRIPS_H
#define TRIPS_H

static size_t entry_size(const struct trip *trip)
{
	return is_wide(trip) ? 8 : 4;
}

/* Machines with the segments in frames in use, free, or both; any order of frames. */
static void test_orders(void **state)
{
	(void)state;
	for (size_t i = 0; i < MOVED_ORDERS * ORDER_WAYS; i++) {
		struct trip trip;

		set_up(&trip, i % ORDER_WAYS);
		vary(&trip, i);
		moved_add_in_order(&trip.rig, is_wide(&trip), i / ORDER_WAYS, i);
		load(&trip);
		go(&trip);
		judge(&trip);
		done(&trip);
	}
}

/* Lists of several pages; one that fills its page so that DONE stands in the link. */
static void test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < MOVED_LISTS * FIRST_WAYS; i++) {
		struct trip trip;
		uint32_t list_pages;

		set_up(&trip, i % FIRST_WAYS);
		list_pages = moved_add_list(&trip.rig, is_wide(&trip), i / FIRST_WAYS);
		sim_set_allocator(trip.rig.sim, SIM_RANDOM, i);
		load(&trip);
		assert_int_equal(trip.rig.image.list_pages, list_pages);
		go(&trip);
		judge(&trip);
		done(&trip);
	}
}

/* A source whose address has the lower half of its destination's is copied all the same. */
static void test_lower_half(void **state)
{
	struct trip trip;
	uint64_t own;

	(void)state;
	set_up(&trip, WIDE_WAY);
	moved_add_page(&trip.rig);
	load(&trip);
	own = moved_move_source(&trip.rig, LEAP_HIGH + 0x300000);
	find_memory(&trip);
	write_control(&trip);
	go(&trip);
	judge(&trip);
	moved_move_source(&trip.rig, own);
	done(&trip);
}

/* All pages in place; and no image at all: the head is DONE. With and without a sum. */
static void test_nothing_to_copy(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4 * WAYS; i++) {
		bool image = i / WAYS % 2;
		struct trip trip;

		set_up(&trip, i);
		trip.told.check = i / WAYS / 2;
		if (image)
			moved_add_in_place(&trip.rig);
		load(&trip);
		if (image)
			assert_int_equal(trip.rig.image.stats.in_place, 0x30);
		else
			assert_int_equal(trip.told.head, KIMG_DONE);
		go(&trip);
		judge(&trip);
		done(&trip);
	}
}

/* Three segments, of which some pages are in place; hashes are asked for. */
static void set_up_hash(struct trip *trip, size_t way)
{
	set_up(trip, way);
	trip->told.check = true;
	moved_add_some_in_place(&trip->rig, is_wide(trip));
	load(trip);
	assert_in_range(trip->rig.image.stats.in_place, 1, 0x38);
}

/*
 * One bit of a source changed after the load, or two pages that changed places: '?', and a
 * reset. Pages in place are not read again: the host compares them before the leap.
 */
static void test_damage(void **state)
{
	uint32_t harmless = 0;

	(void)state;
	for (uint32_t i = 0; i < (MOVED_PAGES / DAMAGE_STEP + 1) * FIRST_WAYS; i++) {
		uint32_t number = i / FIRST_WAYS * DAMAGE_STEP;
		struct trip trip;
		bool in_place;

		set_up_hash(&trip, i % FIRST_WAYS);
		open_leap(&trip);
		in_place = moved_damage(&trip.rig.image, trip.leap.memory, number);
		run_leap(&trip);
		if (in_place) {
			harmless++;
			assert_string_equal(trip.leap.letters, "kleva");
		} else {
			judge_reset(&trip, "kle?");
		}
		done(&trip);
	}
	assert_in_range(harmless, 2, FIRST_WAYS * 0x2f);
}

static void judge_bad_list(struct trip *trip, uint64_t entry)
{
	if (trip->leap.entered || strcmp(trip->leap.letters, "kl!"))
		fail_msg("entry %#llx: letters \"%s\"", (unsigned long long)entry,
			 trip->leap.letters);
	judge_reset(trip, "kl!");
	judge_memory(trip, false);
}

/* Every entry with other flags than one of the four is a bad list: '!', and a reset. */
static void test_flags(void **state)
{
	(void)state;
	for (size_t i = 0; i < FIRST_WAYS; i++) {
		struct trip trip;
		uint64_t list, source = 0;
		unsigned char *where;
		size_t size;

		set_up(&trip, i);
		size = entry_size(&trip);
		rig_add_segment(&trip.rig, 0x300000, 0x3000, 0x2fff);
		sim_reserve(trip.rig.sim, 0x300000, 0x303000);
		load(&trip);
		open_leap(&trip);
		/* The entry for the first page, behind the DESTINATION. */
		list = trip.rig.image.directory[0];
		where = trip.leap.memory + (leap_index(list) << 12) + size;
		memcpy(&source, where, size);
		for (uint32_t flags = 0; flags < 4096; flags++) {
			uint64_t entry = 0x400000 | flags;

			if (moved_flags_are_good(flags))
				continue;
			memcpy(where, &entry, size);
			run_leap(&trip);
			if (flags >= 64 && flags % 61) {
				assert_string_equal(trip.leap.letters, "kl!");
				continue;
			}
			sim_poke(trip.rig.sim, list, size, &entry, size);
			judge_bad_list(&trip, entry);
		}
		sim_poke(trip.rig.sim, list, size, &source, size);
		done(&trip);
	}
}

/* The head is no INDIRECTION, so nothing can follow it; nor is there a destination. */
static void test_heads(void **state)
{
	(void)state;
	for (size_t i = 0; i < MOVED_HEADS * WAYS; i++) {
		const uint64_t *head = &moved_heads[i / WAYS];
		struct trip trip;

		set_up(&trip, i);
		load(&trip);
		sim_poke(trip.rig.sim, trip.rig.image.control[0], PARAMS + PARAM_HEAD, head, 8);
		open_leap(&trip);
		/* Where a copy without a destination would go. */
		trip.leap.read_only[0] = true;
		/* What must not be read as the next entry. */
		memcpy(trip.leap.memory, &(uint64_t){ KIMG_DONE }, 8);
		run_leap(&trip);
		judge_bad_list(&trip, *head);
		done(&trip);
	}
}

#endif
