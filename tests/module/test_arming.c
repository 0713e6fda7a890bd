/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image.c and its requests: what arming checks, what cancels, what disabling does,
 * and which requests wait for others. After each request the status is checked.
 */
#include "machine/machine.h"
#include "module_test.h"

/* Nothing has changed: the state, and whether a restart would leap. */
static void state_is(u32 wanted)
{
	HOLDS(state() == wanted);
	HOLDS(kleap_leap_armed() == (wanted == KLEAP_STATE_ARMED));
	HOLDS(!kernel_image() == (wanted == KLEAP_STATE_NONE));
}

/* Arming is refused for this, and leaves this state. */
static void refused(long code, enum kimg_error error, u32 wanted)
{
	enum kimg_error told;

	HOLDS(leap(KLEAP_LEAP_AT_REBOOT, &told) == -code);
	HOLDS(told == error);
	state_is(wanted);
}

/* All obstacles at once, then one less, in the order in which they are told. */
static void obstacles(u32 wanted)
{
	u64 page = source_of(1, 1);
	u64 entry = set_entry(2, 0, 0x110000 | 8);

	turn_bit(page, 17);
	kernel.locked_down = true;
	kernel.online[1] = false;
	kernel_kprobes(false);
	refused(EPERM, KIMG_E_LOCKDOWN, wanted);
	kernel.locked_down = false;
	refused(EAGAIN, KIMG_E_CPUS_OFFLINE, wanted);
	kernel.online[1] = true;
	refused(EAGAIN, KIMG_E_KPROBES_OFF, wanted);
	kernel_kprobes(true);
	/* The source of one segment's page is another's destination. */
	refused(EIO, KIMG_E_S1, wanted);
	set_entry(2, 0, entry);
	refused(EIO, KIMG_E_IMAGE_DAMAGED, wanted);
	turn_bit(page, 17);
	kernel.signal_after = 1;
	refused(EINTR, KIMG_E_INTERRUPTED, wanted);
	kernel.signal_after = 0;
}

static void test_obstacles(void)
{
	state_is(KLEAP_STATE_NONE);
	kernel.online[1] = false;
	refused(ENODATA, KIMG_E_NOT_LOADED, KLEAP_STATE_NONE);
	kernel.online[1] = true;
	load_good();
	obstacles(KLEAP_STATE_LOADED);
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	/* An image that is armed stays so when arming it again is refused. */
	obstacles(KLEAP_STATE_ARMED);
}

/* Damage of each kind that the list can have is seen at arming. */
static void test_list(void)
{
	u64 entry, other;
	u32 page = 0;

	load_good();
	/* One that is moved: nobody's destination. */
	while (source_of(0, page) == 0x180 + page)
		page++;
	other = (page + 1) % 5;
	entry = set_entry(0, other, 0x2000 | 1);
	refused(EIO, KIMG_E_S4, KLEAP_STATE_LOADED);
	/* Two pages with one source. */
	set_entry(0, other, (u32)source_of(0, page) << PAGE_SHIFT | 8);
	refused(EIO, KIMG_E_S3, KLEAP_STATE_LOADED);
	set_entry(0, other, entry);
	kernel_image()->kimg.head ^= 1u << 13;
	refused(EIO, KIMG_E_S4, KLEAP_STATE_LOADED);
	kernel_image()->kimg.head ^= 1u << 13;
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	state_is(KLEAP_STATE_ARMED);
}

/* The numbers of the CPUs that are offline, as bits from a multiple of 64 on. */
static void test_cpus(void)
{
	struct kimg_why why = { .error = KIMG_OK };

	kernel.present[0] = kernel.online[0] = true;
	HOLDS(machine_check(&why) == KIMG_OK);
	/* Not present: nothing waits there. */
	kernel.present[1] = kernel.online[1] = false;
	HOLDS(machine_check(&why) == KIMG_OK);
	kernel.present[70] = kernel.present[127] = kernel.present[128] = true;
	kernel.present[5] = kernel.online[5] = true;
	HOLDS(machine_check(&why) == KIMG_E_CPUS_OFFLINE);
	HOLDS(why.a == 3 && why.c == 64 && why.b == (1ull << 6 | 1ull << 63));
	kernel.present[1] = true;
	HOLDS(machine_check(&why) == KIMG_E_CPUS_OFFLINE);
	HOLDS(why.a == 4 && why.c == 0 && why.b == 2);
}

static void test_what_cancels(void)
{
	struct request bad;

	load_and_arm();
	HOLDS(!leap(KLEAP_LEAP_CANCEL, NULL));
	state_is(KLEAP_STATE_LOADED);
	load_and_arm();
	load_good();
	state_is(KLEAP_STATE_LOADED);
	load_and_arm();
	HOLDS(!unload());
	state_is(KLEAP_STATE_NONE);
	HOLDS(unload() == -ENODATA);
	load_and_arm();
	/* What fails does not. */
	good_request(&bad);
	bad.load.entry.address = 0;
	HOLDS(load(&bad) == -EINVAL);
	state_is(KLEAP_STATE_ARMED);
	HOLDS(!disable());
	state_is(KLEAP_STATE_NONE);
}

/* Whatever state the kernel is in, but for callers without the right. */
static void test_cancel(void)
{
	enum kimg_error error;

	HOLDS(!leap(KLEAP_LEAP_CANCEL, NULL));
	load_and_arm();
	kernel.locked_down = true;
	kernel.policy = EACCES;
	kernel.busy = true;
	kernel.online[1] = false;
	kernel_kprobes(false);
	x86_hyper_type = X86_HYPER_MS_HYPERV;
	kernel.signal_after = 1;
	kernel.fail_nth = 1;
	HOLDS(!leap(KLEAP_LEAP_CANCEL, NULL));
	state_is(KLEAP_STATE_LOADED);
	HOLDS(!disable());
	HOLDS(!leap(KLEAP_LEAP_CANCEL, NULL));
	kernel.may_boot = false;
	HOLDS(leap(KLEAP_LEAP_CANCEL, &error) == -EPERM && error == KIMG_E_PERMISSION);
}

/* ---- During a load ----------------------------------------------------------------- */

static unsigned int calls;	/* of what happens meanwhile */

/* Send this while another load is under way; the outer request stays the caller's. */
static void others(void)
{
	struct user_range range[USER_RANGES];
	struct request second;
	enum kimg_error error;
	char page[PAGE_SIZE];

	memcpy(range, kernel.user, sizeof(range));
	calls++;
	good_request(&second);
	HOLDS(load(&second) == -EBUSY);
	HOLDS(second.load.why.error == KIMG_E_BUSY);
	/* All others go on: with the image that was there before. */
	HOLDS(state() == KLEAP_STATE_LOADED);
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, &error));
	HOLDS(state() == KLEAP_STATE_ARMED);
	HOLDS(!leap(KLEAP_LEAP_CANCEL, &error));
	HOLDS(state() == KLEAP_STATE_LOADED);
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, &error));
	HOLDS(kleap_image_list(page) > 1);
	HOLDS(!kleap_image_disabled());
	memcpy(kernel.user, range, sizeof(range));
}

static void others_unload(void)
{
	struct user_range range[USER_RANGES];

	memcpy(range, kernel.user, sizeof(range));
	calls++;
	HOLDS(!unload());
	HOLDS(state() == KLEAP_STATE_NONE && unload() == -ENODATA);
	memcpy(kernel.user, range, sizeof(range));
}

static void others_disable(void)
{
	struct user_range range[USER_RANGES];

	memcpy(range, kernel.user, sizeof(range));
	calls++;
	HOLDS(!disable());
	HOLDS(state() == KLEAP_STATE_NONE && status().disabled);
	memcpy(kernel.user, range, sizeof(range));
}

static void test_meanwhile(void)
{
	struct request request;

	load_good();
	good_request(&request);
	kernel.meanwhile = others;
	HOLDS(!load(&request) && calls == 1);
	/* The new image took the old one's place, which was armed. */
	state_is(KLEAP_STATE_LOADED);
	kernel.meanwhile = others_unload;
	HOLDS(!load(&request) && calls == 2);
	state_is(KLEAP_STATE_LOADED);
}

/* A load that is over when the module is disabled came too late; nothing is left. */
static void test_disable_meanwhile(void)
{
	struct request request;

	load_and_arm();
	good_request(&request);
	kernel.meanwhile = others_disable;
	HOLDS(load(&request) == -EPERM && calls == 1);
	HOLDS(request.load.why.error == KIMG_E_DISABLED);
	state_is(KLEAP_STATE_NONE);
	HOLDS(!sim_counts(kernel.sim).held);
	HOLDS(load(&request) == -EPERM && !sim_counts(kernel.sim).held);
}

/* ---- Disabling ---------------------------------------------------------------------- */

static void test_disable(void)
{
	struct request request;

	load_and_arm();
	HOLDS(!kernel.pinned && !status().disabled);
	HOLDS(!disable() && kernel.pinned == 1);
	state_is(KLEAP_STATE_NONE);
	HOLDS(status().disabled == 1 && kleap_image_disabled());
	/* Again: nothing happens, and the module is held once. */
	HOLDS(!disable() && kernel.pinned == 1);
	HOLDS(kernel_write("disabled", "1\n") == 2 && kernel.pinned == 1);
	good_request(&request);
	HOLDS(load(&request) == -EPERM && request.load.why.error == KIMG_E_DISABLED);
	refused(EPERM, KIMG_E_DISABLED, KLEAP_STATE_NONE);
	HOLDS(unload() == -ENODATA);
}

/* A module on its way out cannot be held: that it is disabled must not be said. */
static void test_disable_too_late(void)
{
	load_and_arm();
	kernel.going = true;
	kernel.audits = 0;
	HOLDS(kernel_write("disabled", "1") == -ENODEV);
	HOLDS(disable() == -ENODEV);
	HOLDS(!kernel.audits && !kernel.pinned);
	HOLDS(!status().disabled);
	state_is(KLEAP_STATE_ARMED);
}

/* ---- The status ---------------------------------------------------------------------- */

static void test_status(void)
{
	const struct kimg_image *kimg;
	struct kleap_status now = status();
	u64 lowest = UINT64_MAX, highest = 0;

	HOLDS(now.size == sizeof(now) && now.abi == KLEAP_ABI && now.page_size == PAGE_SIZE);
	HOLDS(now.low_memory_end == kimg_low_memory_end() && !now.disabled);
	HOLDS(!now.segment_count && !now.image_bytes && !now.frames_taken);
	HOLDS(!now.lowest_list_frame && !now.highest_list_frame);
	load_good();
	kimg = &kernel_image()->kimg;
	now = status();
	HOLDS(now.segment_count == SEGMENTS && now.image_bytes == 10 * PAGE_SIZE);
	HOLDS(now.frames_taken == sim_counts(kernel.sim).held);
	HOLDS(now.list_frames == kimg->list_pages && now.control_frames == 1 + kernel_image()->table_frames);
	HOLDS(now.pages_in_place == kimg->stats.in_place);
	HOLDS(now.contig_calls == 7);
	HOLDS(now.pages_in_place + now.pages_to_copy == 10);
	for (u32 i = 0; i < kimg->list_pages; i++) {
		lowest = min(lowest, kimg->directory[i]);
		highest = max(highest, kimg->directory[i]);
	}
	HOLDS(now.lowest_list_frame == lowest && now.highest_list_frame == highest);
	HOLDS(!unload());
	now = status();
	HOLDS(!now.segment_count && !now.frames_taken && !now.highest_list_frame);
}

/* It waits for no load and no check: a copy, taken under a lock of its own. */
static void test_status_waits_for_nobody(void)
{
	struct kleap_status copy;
	unsigned int spins;

	load_good();
	kernel.spins = 0;
	kleap_image_status(&copy);
	HOLDS(kernel.spins == 1 && copy.state == KLEAP_STATE_LOADED);
	spins = kernel.spins;
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	HOLDS(kernel.spins == spins + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		machine_test(test_obstacles),
		machine_test(test_list),
		machine_test(test_cpus),
		machine_test(test_what_cancels),
		machine_test(test_cancel),
		machine_test(test_meanwhile),
		machine_test(test_disable_meanwhile),
		machine_test(test_disable),
		machine_test(test_disable_too_late),
		machine_test(test_status),
		machine_test(test_status_waits_for_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
