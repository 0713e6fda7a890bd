/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rehearse.c: what is moved, compared and given back, what a wrong byte does, and that the
 * loaded image is ready for a leap afterwards. The trampoline is that of standin_machine.c.
 */
#include "module_test.h"

#include "trampoline.h"

#define TIMES 3

static unsigned char before[PAGE_SIZE];
static u64 control_frame;

static struct kleap_rehearse rehearse(u32 times, long code)
{
	struct kleap_rehearse request = { .size = sizeof(request), .times = times };

	HOLDS(ask(KLEAP_IOC_REHEARSE, &request, sizeof(request)) == code);
	return request;
}

/* Its control page, with the trampoline. */
static const unsigned char *control_page(void)
{
	return sim_peek(kernel.sim, control_frame);
}

static void note_control_page(void)
{
	control_frame = kernel_image()->kimg.control[0];
	memcpy(before, control_page(), PAGE_SIZE);
}

/* An image with the trampoline's check or without. */
static void load_image(bool check)
{
	struct request request;

	good_request(&request);
	request.load.flags = check ? KLEAP_LOAD_CHECK : 0;
	request.load.uart = 0x3f8;
	HOLDS(!load(&request));
}

/* The same, and how it is before a rehearsal. */
static void load_checked(bool check)
{
	load_image(check);
	note_control_page();
}

/* The image is as it was, and leaps: to its own entry, with its own list. */
static void still_leaps(void)
{
	struct kleap_image *image = kernel_image();
	u64 control = image->kimg.control[0];

	HOLDS(control == control_frame && !memcmp(before, control_page(), PAGE_SIZE));
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_LEAP);
	HOLDS(kernel.tables == image->top_table && kernel.control == control << PAGE_SHIFT);
}

static void test_all_is_well(void)
{
	struct kleap_rehearse told;
	struct kleap_status now;
	u64 held;

	load_checked(false);
	held = sim_counts(kernel.sim).held;
	told = rehearse(TIMES, 0);
	HOLDS(sim_counts(kernel.sim).held == held && state() == KLEAP_STATE_LOADED);
	HOLDS(kernel.rehearsals == TIMES && !kernel.sums);
	HOLDS(kernel.tables == kernel_image()->top_table);
	HOLDS(told.pages >= 32 && told.pages <= 64);
	HOLDS(told.pages_in_place >= 4 && told.pages_in_place < told.pages / 2);
	HOLDS(told.machine == KLEAP_X86_32);
	HOLDS(told.levels == (ENTRY_SIZE == 8 ? 4 : 3));
	HOLDS(told.lowest >= 0x100000 && told.lowest < told.highest);
	HOLDS(told.highest <= MACHINE_LIMIT);
	HOLDS(told.copy_ns == TIMES * 1000 && told.longest_ns == 1000);
	HOLDS(!told.check_ns && told.before_ns == 1000 && !told.why.error);
	now = status();
	HOLDS(now.rehearsed == TIMES && !now.rehearsal_error);
	HOLDS(strstr(kernel.log, "rehearsing, 3 times\n"));
	still_leaps();
}

/* As often again with the sum, once all is well without: it is that of what was moved. */
static void test_sum(void)
{
	struct kleap_rehearse told;

	load_checked(true);
	told = rehearse(TIMES, 0);
	HOLDS(kernel.rehearsals == 2 * TIMES && kernel.sums == TIMES);
	HOLDS(told.copy_ns == TIMES * 1000 && told.check_ns == TIMES * 1000);
	HOLDS(rehearse(1, 0).longest_ns == 1000);
	HOLDS(status().rehearsed == TIMES + 1);
	still_leaps();
}

/* With this number of levels. */
static void test_levels(void)
{
	kernel.cr4 = ENTRY_SIZE == 8 ? X86_CR4_PAE | X86_CR4_LA57 : 0;
	load_checked(true);
	HOLDS(rehearse(1, 0).levels == (ENTRY_SIZE == 8 ? 5 : 2));
	still_leaps();
}

/* The longest one. */
static unsigned int slow;

static void be_slow(u64 head)
{
	(void)head;
	if (kernel.rehearsals == slow)
		kernel.ns += 5000;
}

static void test_longest(void)
{
	struct kleap_rehearse told;

	load_checked(true);
	kernel.rehearsed = be_slow;
	slow = 2;
	told = rehearse(TIMES, 0);
	HOLDS(told.longest_ns == 6000 && told.copy_ns == TIMES * 1000 + 5000);
	HOLDS(told.check_ns == TIMES * 1000);
	kernel.rehearsals = 0;
	slow = TIMES + 1;
	told = rehearse(TIMES, 0);
	HOLDS(told.longest_ns == 6000 && told.check_ns == TIMES * 1000 + 5000);
}

/* ---- Something is wrong ------------------------------------------------------------------ */

/* What to damage in the rehearsal's list: page number `at` of these, in this round. */
static struct {
	bool source, in_place;
	u32 at, round, seen;
	u64 frame;		/* the destination of the page that was damaged */
} damage;

static int damage_page(void *arg, const struct kimg_copy *copy)
{
	(void)arg;
	if ((copy->source == copy->destination) != damage.in_place || damage.seen++ != damage.at)
		return 0;
	damage.frame = copy->destination;
	turn_bit(damage.source ? copy->source : copy->destination, 4095);
	return 1;
}

static void do_damage(u64 head)
{
	struct kimg_host host = sim_host(kernel.sim);
	struct kimg_why why;

	if (kernel.rehearsals != damage.round)
		return;
	damage.seen = 0;
	HOLDS(kimg_walk(&host, head, 200, damage_page, NULL, NULL, &why) == KIMG_OK);
	HOLDS(damage.seen > damage.at);
}

/* It must not be armed, until it is loaded again. */
static void refused(const struct kleap_why *why)
{
	struct kleap_leap arm = { .size = sizeof(arm), .when = KLEAP_LEAP_AT_REBOOT };

	HOLDS(ask(KLEAP_IOC_LEAP, &arm, sizeof(arm)) == -EIO);
	HOLDS(!memcmp(&arm.why, why, sizeof(*why)) && !kleap_leap_armed());
	HOLDS(status().rehearsal_error == why->error && state() == KLEAP_STATE_LOADED);
	/* Another rehearsal does not help. */
	kernel.rehearsed = NULL;
	rehearse(1, 0);
	HOLDS(leap(KLEAP_LEAP_AT_REBOOT, NULL) == -EIO);
	load_checked(true);
	HOLDS(!status().rehearsal_error && !status().rehearsed);
	still_leaps();
}

static void wrong(bool source, bool in_place, u32 at, u32 round)
{
	struct kleap_rehearse told;
	u64 held;

	damage.source = source;
	damage.in_place = in_place;
	damage.at = at;
	damage.round = round;
	load_checked(true);
	held = sim_counts(kernel.sim).held;
	kernel.rehearsed = do_damage;
	told = rehearse(TIMES, -EIO);
	HOLDS(told.why.error == KIMG_E_REHEARSAL_WRONG && told.why.a == 1);
	HOLDS(told.why.b >= 32 && told.why.c == damage.frame << PAGE_SHIFT);
	HOLDS(kernel.rehearsals == round && sim_counts(kernel.sim).held == held);
	HOLDS(!status().rehearsed);
	HOLDS(!memcmp(before, control_page(), PAGE_SIZE));
	refused(&told.why);
}

static void test_moved(void) { wrong(false, false, 0, 1); }
static void test_last_moved(void) { wrong(false, false, 20, TIMES); }
static void test_source(void) { wrong(true, false, 5, 2); }
static void test_in_place(void) { wrong(false, true, 3, 1); }
/* With the sum, too. */
static void test_moved_with_sum(void) { wrong(false, false, 7, TIMES + 2); }

static unsigned int moved;
static u64 first_moved;

static int spoil(void *arg, const struct kimg_copy *copy)
{
	(void)arg;
	if (copy->source != copy->destination) {
		if (!moved)
			first_moved = copy->destination;
		turn_bit(copy->destination, moved % PAGE_SIZE);
		moved++;
	}
	return 0;
}

static void spoil_all(u64 head)
{
	struct kimg_host host = sim_host(kernel.sim);
	struct kimg_why why;

	HOLDS(kimg_walk(&host, head, 200, spoil, NULL, NULL, &why) == KIMG_OK);
}

/* All pages wrong are counted. */
static void test_count(void)
{
	struct kleap_rehearse told;

	load_checked(true);
	kernel.rehearsed = spoil_all;
	told = rehearse(TIMES, -EIO);
	HOLDS(told.why.error == KIMG_E_REHEARSAL_WRONG && told.why.a == moved);
	HOLDS(told.why.c == first_moved << PAGE_SHIFT);
	refused(&told.why);
}

/* A trampoline that moves nothing, though it did before. */
static void test_idle(void)
{
	struct kleap_rehearse told;

	load_checked(true);
	kernel.idle = TIMES;
	told = rehearse(TIMES, -EIO);
	HOLDS(told.why.error == KIMG_E_REHEARSAL_WRONG && told.why.a >= told.why.b / 2);
	HOLDS(kernel.rehearsals == TIMES);
	refused(&told.why);
}

/* The first pages of two segments, as if one were the other. */
static int find_two(void *arg, const struct kimg_copy *copy)
{
	u64 *frame = arg;

	if (copy->source == copy->destination)
		return 0;
	if (!frame[0]) {
		frame[0] = copy->destination;
	} else if (copy->destination == frame[2] + 1) {
		frame[2]++;
		return 0;
	} else {
		frame[1] = copy->destination;
	}
	frame[2] = copy->destination;
	return frame[1] != 0;
}

static void swap(u64 head)
{
	static unsigned char page[2][PAGE_SIZE];
	struct kimg_host host = sim_host(kernel.sim);
	struct kimg_why why;
	u64 frame[3] = { 0 };

	HOLDS(kimg_walk(&host, head, 200, find_two, frame, NULL, &why) == KIMG_OK && frame[1]);
	for (int i = 0; i < 2; i++)
		memcpy(page[i], sim_peek(kernel.sim, frame[i]), PAGE_SIZE);
	for (int i = 0; i < 2; i++)
		HOLDS(sim_poke(kernel.sim, frame[i], 0, page[!i], PAGE_SIZE));
}

static void test_swapped(void)
{
	struct kleap_rehearse told;

	load_checked(true);
	kernel.rehearsed = swap;
	told = rehearse(1, -EIO);
	HOLDS(told.why.error == KIMG_E_REHEARSAL_WRONG && told.why.a == 2);
}

/* The list itself: an entry was written to. */
static void damage_list(u64 head)
{
	u64 entry = 0x2000 | 1;

	HOLDS(sim_poke(kernel.sim, head >> PAGE_SHIFT, 5 * ENTRY_SIZE, &entry, ENTRY_SIZE));
}

static void test_list(void)
{
	struct kleap_rehearse told;

	load_checked(true);
	kernel.rehearsed = damage_list;
	told = rehearse(TIMES, -EIO);
	HOLDS(told.why.error == KIMG_E_S4);
	refused(&told.why);
}

/* The loaded image was damaged: the rehearsal says so; arming would, too. */
static void test_loaded_image(void)
{
	struct kleap_rehearse told;
	u64 page;

	load_checked(true);
	page = source_of(1, 1);
	turn_bit(page, 17);
	told = rehearse(TIMES, -EIO);
	HOLDS(told.why.error == KIMG_E_IMAGE_DAMAGED && !status().rehearsed);
	HOLDS(!status().rehearsal_error);
	turn_bit(page, 17);
	rehearse(1, 0);
	still_leaps();
}

/* ---- Refusals ------------------------------------------------------------------------------ */

static void cannot(u32 times, long code, enum kimg_error error)
{
	HOLDS(rehearse(times, -code).why.error == error);
	HOLDS(!kernel.rehearsals);
}

static void test_refusals(void)
{
	cannot(1, ENODATA, KIMG_E_NOT_LOADED);
	load_checked(true);
	cannot(0, EINVAL, KIMG_E_REHEARSAL_TIMES);
	HOLDS(rehearse(KLEAP_REHEARSE_MAX + 1, -EINVAL).why.b == KLEAP_REHEARSE_MAX);
	cannot(U32_MAX, EINVAL, KIMG_E_REHEARSAL_TIMES);
	kernel.may_boot = false;
	cannot(1, EPERM, KIMG_E_PERMISSION);
	kernel.may_boot = true;
	kernel.locked_down = true;
	cannot(1, EPERM, KIMG_E_LOCKDOWN);
	kernel.locked_down = false;
	kernel.policy = EACCES;
	cannot(1, EPERM, KIMG_E_POLICY);
	kernel.policy = 0;
	kernel.cr4 |= X86_CR4_VMXE;
	cannot(1, EAGAIN, KIMG_E_REHEARSAL_VIRTUAL);
	kernel.cr4 &= ~X86_CR4_VMXE;
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	cannot(1, EBUSY, KIMG_E_REHEARSAL_ARMED);
	HOLDS(kleap_leap_armed());
	HOLDS(!leap(KLEAP_LEAP_CANCEL, NULL));
	/* A CPU that is offline is no obstacle. */
	kernel.online[1] = false;
	rehearse(1, 0);
	kernel.online[1] = true;
	still_leaps();
}

static void test_most(void)
{
	load_checked(false);
	rehearse(KLEAP_REHEARSE_MAX, 0);
	HOLDS(kernel.rehearsals == KLEAP_REHEARSE_MAX);
}

static void start_machine(void)
{
	kernel.cr4 |= X86_CR4_VMXE;
}

/* A virtual machine starts in the last moment. */
static void test_virtual_machine(void)
{
	load_checked(true);
	kernel.stopped = start_machine;
	cannot(1, EAGAIN, KIMG_E_REHEARSAL_VIRTUAL);
	HOLDS(!status().rehearsal_error && !status().rehearsed);
	kernel.stopped = NULL;
	kernel.cr4 &= ~X86_CR4_VMXE;
	still_leaps();
}

/* A fatal signal, whenever: nothing has changed. */
static void test_signal(void)
{
	unsigned int n;
	u64 held;

	load_checked(true);
	held = sim_counts(kernel.sim).held;
	kernel.signal_after = 1;
	cannot(TIMES, EINTR, KIMG_E_INTERRUPTED);
	for (n = 1;; n++) {
		struct kleap_rehearse request = { .size = sizeof(request), .times = TIMES };
		long code;

		kernel.signal_after = n;
		code = ask(KLEAP_IOC_REHEARSE, &request, sizeof(request));
		if (!code)
			break;
		HOLDS(code == -EINTR && request.why.error == KIMG_E_INTERRUPTED);
		HOLDS(sim_counts(kernel.sim).held == held && !status().rehearsed);
		HOLDS(!status().rehearsal_error);
	}
	kernel.signal_after = 0;
	HOLDS(n > 2 * TIMES);
	still_leaps();
}

/* Each call that can fail does, one after another; a draw may do without. */
static void test_each_call_fails(void)
{
	unsigned int n, failed = 0;
	u64 held;

	load_checked(true);
	held = sim_counts(kernel.sim).held;
	for (n = 1;; n++) {
		struct kleap_rehearse request = { .size = sizeof(request), .times = 1 };
		long code;

		kernel.fail_nth = n;
		code = ask(KLEAP_IOC_REHEARSE, &request, sizeof(request));
		HOLDS(sim_counts(kernel.sim).held == held);
		if (kernel.fail_nth)
			break;
		HOLDS(!code || code == -ENOMEM);
		HOLDS(!code || request.why.error == KIMG_E_NO_SCRATCH ||
		      request.why.error == KIMG_E_NO_MEMORY);
		failed += code != 0;
	}
	kernel.fail_nth = 0;
	/* The rehearsal, its scratch memory, its frames. */
	HOLDS(failed > 3);
	still_leaps();
}

/* No memory at all. */
static void test_no_memory(void)
{
	load_checked(true);
	sim_set_supply(kernel.sim, 0);
	cannot(1, ENOMEM, KIMG_E_NO_MEMORY);
}

/* By turns as for a source and as for a control page; where there is none, as for a source. */
static void test_where_from(void)
{
	struct kimg_host host = sim_host(kernel.sim);
	struct kimg_run low[64];
	unsigned int runs;

	load_checked(true);
	kernel.control_draws = 0;
	rehearse(1, 0);
	HOLDS(kernel.control_draws > 14);
	/* Sources come from above the limit of control pages, where they can. */
	sim_set_honour_limit(kernel.sim, true);
	sim_set_allocator(kernel.sim, SIM_DESCENDING, 1);
	HOLDS(rehearse(1, 0).lowest < CONTROL_END);
	sim_set_allocator(kernel.sim, SIM_RANDOM_RUNS, 1);
	for (runs = 0; runs < 64; runs++) {
		low[runs].count = 0;
		HOLDS(!host.ops->draw(host.ctx, KIMG_USE_SOURCE, 0x1fffff, 300, &low[runs]));
		if (!low[runs].count)
			break;
	}
	HOLDS(runs < 64);
	HOLDS(rehearse(1, 0).lowest >= CONTROL_END);
	while (runs--)
		host.ops->give(host.ctx, low[runs].first, low[runs].count);
}

/* Only memory that is out of reach: some of it is tried. */
static void test_out_of_reach(void)
{
	load_checked(true);
	sim_set_allocator(kernel.sim, SIM_ASCENDING, 1);
	sim_set_above_first(kernel.sim, UINT64_MAX);
	cannot(1, ENOMEM, KIMG_E_NO_MEMORY);
	HOLDS(sim_counts(kernel.sim).held == status().frames_taken);
}

/* What could not be told is not done. */
static void test_unwritable(void)
{
	struct kleap_rehearse request = { .size = sizeof(request), .times = 1 };

	load_checked(false);
	kernel.user[0] = (struct user_range){ (void *)&request, sizeof(request), false };
	HOLDS(kernel_ioctl(KLEAP_IOC_REHEARSE, &request) == -EFAULT);
	HOLDS(!kernel.rehearsals && !status().rehearsed);
}

/* ---- Meanwhile -------------------------------------------------------------------------------- */

static unsigned int looks;

/* Each time all others wait for the lock; but for the status. */
static void look(u64 head)
{
	struct kleap_status now;

	(void)head;
	HOLDS(kernel.mutexes == 1);
	kleap_image_status(&now);
	HOLDS(now.state == KLEAP_STATE_LOADED && !now.rehearsed);
	looks++;
}

static void test_meanwhile(void)
{
	load_checked(true);
	kernel.rehearsed = look;
	rehearse(TIMES, 0);
	HOLDS(looks == 2 * TIMES);
}

/* Between two times others get the lock, and what they find is the image of a leap. */
static unsigned int rounds, last_round;
static void (*do_there)(void);

static void between(void)
{
	struct user_range user[ARRAY_SIZE(kernel.user)];

	HOLDS(kernel.rehearsals == ++rounds);
	HOLDS(!memcmp(before, control_page(), PAGE_SIZE));
	if (rounds < last_round) {
		kernel.unlocked = between;
		return;
	}
	/* Another process, with memory of its own. */
	memcpy(user, kernel.user, sizeof(user));
	do_there();
	memcpy(kernel.user, user, sizeof(user));
}

static struct kleap_rehearse rehearse_until(unsigned int round, void (*function)(void), long code)
{
	struct kleap_rehearse told;

	load_checked(true);
	rounds = kernel.rehearsals = 0;
	last_round = round;
	do_there = function;
	kernel.unlocked = between;
	told = rehearse(TIMES, code);
	HOLDS(rounds == round);
	kernel.unlocked = NULL;
	return told;
}

static void unload_it(void)
{
	HOLDS(!unload());
}

static void replace_it(void)
{
	load_image(true);
}

static void arm_it(void)
{
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
}

/* It may be armed and cancelled: it is the same again. */
static void arm_and_cancel(void)
{
	arm_it();
	HOLDS(!leap(KLEAP_LEAP_CANCEL, NULL));
}

static void test_unloaded_meanwhile(void)
{
	for (unsigned int round = 1; round <= 2 * TIMES; round++) {
		HOLDS(rehearse_until(round, unload_it, -ENODATA).why.error == KIMG_E_REHEARSAL_CUT);
		HOLDS(kernel.rehearsals == round && state() == KLEAP_STATE_NONE);
		HOLDS(!sim_counts(kernel.sim).held);
	}
}

static void test_replaced_meanwhile(void)
{
	HOLDS(rehearse_until(2, replace_it, -ENODATA).why.error == KIMG_E_REHEARSAL_CUT);
	HOLDS(kernel.rehearsals == 2 && !status().rehearsed);
	HOLDS(sim_counts(kernel.sim).held == status().frames_taken);
	note_control_page();
	still_leaps();
}

static void test_armed_meanwhile(void)
{
	HOLDS(rehearse_until(TIMES + 1, arm_it, -EBUSY).why.error == KIMG_E_REHEARSAL_ARMED);
	HOLDS(kernel.rehearsals == TIMES + 1 && state() == KLEAP_STATE_ARMED);
	still_leaps();
}

static void test_cancelled_meanwhile(void)
{
	rehearse_until(2, arm_and_cancel, 0);
	HOLDS(kernel.rehearsals == 2 * TIMES && status().rehearsed == TIMES);
	still_leaps();
}

/* Memory that came after the load, which the tables of the leap do not map. */
#define ADDED	0x4000000u

static unsigned int in_added;

static int count_added(void *arg, const struct kimg_copy *copy)
{
	(void)arg;
	in_added += copy->source >> 8 == ADDED >> 20 || copy->destination >> 8 == ADDED >> 20;
	return 0;
}

static void look_where(u64 head)
{
	struct kimg_host host = sim_host(kernel.sim);
	struct kimg_why why;

	HOLDS(kimg_walk(&host, head, 200, count_added, NULL, NULL, &why) == KIMG_OK);
}

static void test_memory_added(void)
{
	load_checked(true);
	HOLDS(sim_add_ram(kernel.sim, ADDED, ADDED + 0x100000));
	kernel.rehearsed = look_where;
	rehearse(TIMES, 0);
	/* On i386 the trampoline turns paging off: it reaches everything. */
	HOLDS((in_added != 0) == (ENTRY_SIZE == 4));
	still_leaps();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		machine_test(test_all_is_well),
		machine_test(test_sum),
		machine_test(test_levels),
		machine_test(test_longest),
		machine_test(test_moved),
		machine_test(test_last_moved),
		machine_test(test_source),
		machine_test(test_in_place),
		machine_test(test_moved_with_sum),
		machine_test(test_count),
		machine_test(test_idle),
		machine_test(test_swapped),
		machine_test(test_list),
		machine_test(test_loaded_image),
		machine_test(test_refusals),
		machine_test(test_most),
		machine_test(test_virtual_machine),
		machine_test(test_signal),
		machine_test(test_each_call_fails),
		machine_test(test_no_memory),
		machine_test(test_where_from),
		machine_test(test_out_of_reach),
		machine_test(test_unwritable),
		machine_test(test_meanwhile),
		machine_test(test_unloaded_meanwhile),
		machine_test(test_replaced_meanwhile),
		machine_test(test_armed_meanwhile),
		machine_test(test_cancelled_meanwhile),
		machine_test(test_memory_added),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
