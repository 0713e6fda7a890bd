/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a host is told while pages are filled: each page once, in order, complete. */
#include "support.h"

#define PAGE 4096u

/* What filled() should say next, and how often it spoke. */
struct listener {
	struct rig *rig;
	uint32_t extent, page;		/* that come next */
	uint32_t calls, in_place;
};

static void listen(void *arg, uint32_t segment, const void *page, bool in_place)
{
	struct listener *listener = arg;
	const struct kimg_image *image = &listener->rig->image;
	const struct kimg_extent *extent = &image->extent[listener->extent];
	uint64_t offset = (uint64_t)listener->page * PAGE;
	unsigned char want[PAGE] = { 0 };

	assert_int_equal(segment, extent->index);
	if (offset < extent->bufsz)
		sim_pattern_fill(segment, offset, want, extent->bufsz - offset < PAGE ?
				 (size_t)(extent->bufsz - offset) : PAGE);
	assert_memory_equal(page, want, PAGE);
	listener->calls++;
	listener->in_place += in_place;
	if (++listener->page == extent->pages) {
		listener->page = 0;
		listener->extent++;
	}
}

/* Segments that are not in the order of their addresses, with data, tails and zeros. */
static void set_up(struct rig *rig, struct listener *listener)
{
	rig_empty(rig, 12, 4, UINT32_MAX);
	assert_true(sim_add_ram(rig->sim, 0, 8u << 20));
	rig_add_segment(rig, 0x5f0000, 3 * PAGE, 2 * PAGE + 1);
	rig_add_segment(rig, 0x100000, 1100 * PAGE, 1100 * PAGE);
	rig_add_segment(rig, 0x600000, 2 * PAGE, 0);
	*listener = (struct listener) { .rig = rig };
	sim_set_filled(rig->sim, listen, listener);
}

static void test_each_page_once(void **state)
{
	static const enum sim_claim claims[] = {
		SIM_CLAIM_ABSENT, SIM_CLAIM_SOME, SIM_CLAIM_ALL,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); i++) {
		struct listener listener;
		struct rig rig;

		set_up(&rig, &listener);
		sim_reserve(rig.sim, 0x110000, 0x180000);
		sim_set_claim(rig.sim, claims[i]);
		assert_error(&rig, rig_load(&rig), KIMG_OK);
		assert_int_equal(listener.calls, rig.image.pages);
		assert_int_equal(listener.in_place, rig.image.stats.in_place);
		rig_judge(&rig);
		rig_close(&rig);
	}
}

/* A crash image is filled where it stands. */
static void test_crash(void **state)
{
	struct listener listener;
	struct rig rig;

	(void)state;
	set_up(&rig, &listener);
	rig.crash = true;
	rig.region = (struct kimg_range) { 0x100000, 0x700000 };
	sim_set_region(rig.sim, 0x100000, 0x700000);
	assert_error(&rig, rig_load(&rig), KIMG_OK);
	assert_int_equal(listener.calls, rig.image.pages);
	assert_int_equal(listener.in_place, rig.image.pages);
	rig_close(&rig);
}

/* A page that could not be pulled is not complete, and nothing is told after it. */
static void test_failed_pull(void **state)
{
	struct listener listener;
	struct rig rig;

	(void)state;
	set_up(&rig, &listener);
	sim_set_fault(rig.sim, SIM_FAULT_PULL_ERROR, 7, true);
	assert_error(&rig, rig_load(&rig), KIMG_E_DATA);
	assert_int_equal(listener.calls, 7);
	rig_close(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_page_once),
		cmocka_unit_test(test_crash),
		cmocka_unit_test(test_failed_pull),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
