/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine/park.c: CPUs that came out of a spin table, which cannot go offline. On arm64 they
 * wait in a page; on arm there is no leap with them.
 */
#include "module_test.h"

#define WORDS	0x3f000000u	/* release addresses, outside of memory */
#define KERNEL	0x80081234u	/* what the running kernel left in a word */

/* That many CPUs, all but the first in a spin table, on a machine with the module. */
static void have_spin_cpus(unsigned int count)
{
	without_module();
	for (unsigned int cpu = 0; cpu < count; cpu++) {
		kernel.present[cpu] = kernel.online[cpu] = kernel.fixed[cpu] = true;
		kernel.enable_method[cpu] = "spin-table";
		kernel.release[cpu] = WORDS + 0x1000 * cpu + 0xd8;
		kernel.word[cpu] = KERNEL;
	}
	kernel.fixed[0] = false;
	kernel.ram[kernel.rams++] = (struct resource){ 0x4000000, 0x40fffff };
}

static void insert(void)
{
	HOLDS(!module_start());
}

static void end(void)
{
	module_stop();
	kernel_clean();
}

static void cannot_be_armed(enum kimg_error wanted, u64 cpus)
{
	struct kleap_leap request = { .size = sizeof(request), .when = KLEAP_LEAP_AT_REBOOT };

	load_good();
	HOLDS(ask(KLEAP_IOC_LEAP, &request, sizeof(request)) < 0);
	HOLDS(request.why.error == wanted && request.why.b == cpus && !kleap_leap_armed());
}

#ifndef CONFIG_ARM64

static void test_arm(void)
{
	have_spin_cpus(3);
	insert();
	cannot_be_armed(KIMG_E_CPUS_STAY, 6);
	end();
}

#else

static void insert_and_arm(void)
{
	insert();
	load_arm_and_clear_log();
}

/* ---- Leaps ----------------------------------------------------------------------------------- */

static void leaps(u64 parked)
{
	struct kleap_image *image = kernel_image();

	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_LEAP);
	HOLDS(kernel.tables == image->top_table);
	HOLDS(kernel.control == image->control.frame << PAGE_SHIFT);
	for (unsigned int cpu = 0; cpu < 64; cpu++) {
		HOLDS(kernel.parked[cpu] == (parked >> cpu & 1));
		/* Nobody else's word is written to. */
		HOLDS(!kernel.release[cpu] || kernel.word[cpu] == (kernel.parked[cpu] ? 0 : KERNEL));
	}
	HOLDS(strstr(kernel.log, "<5>kleap: leaping: "));
}

static void test_leap(void)
{
	have_spin_cpus(4);
	insert_and_arm();
	leaps(0xe);
	HOLDS(num_online_cpus() == 4 && kernel.waited_us == 200);
	/* For each page of the image, and by each CPU that waits. */
	HOLDS(kernel.watchdog == 10 + 2 * 3);
}

static void test_without_cpu_0(void)
{
	have_spin_cpus(4);
	kernel.online[0] = false;
	kernel.release[0] = 0;
	insert_and_arm();
	leaps(0xc);
}

/* As reboot=smp2 has it. */
static void test_reboot_cpu(void)
{
	have_spin_cpus(4);
	kernel.reboot_cpu = 2;
	insert_and_arm();
	leaps(0xb);
}

/* They take their time, but no more than a second. */
static void test_late(void)
{
	have_spin_cpus(4);
	insert_and_arm();
	kernel.late_us = 999800;
	leaps(0xe);
}

static void test_with_psci(void)
{
	have_spin_cpus(4);
	kernel.enable_method[2] = "psci";
	kernel.fixed[2] = false;
	insert_and_arm();
	leaps(0xa);
	HOLDS(!kernel.online[2] && num_online_cpus() == 3);
}

/* All wait for one word. */
static void test_shared_word(void)
{
	have_spin_cpus(4);
	for (unsigned int cpu = 0; cpu < 4; cpu++)
		kernel.release[cpu] = WORDS;
	insert_and_arm();
	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_LEAP);
	HOLDS(kernel.parked[1] && kernel.parked[2] && kernel.parked[3] && !kernel.word[0]);
}

/* As many as there are slots. */
static void test_many(void)
{
	have_spin_cpus(64);
	insert_and_arm();
	leaps(~1ull);
}

/* ---- Restarts that are ordinary --------------------------------------------------------------- */

static void stayed(enum outcome outcome, const char *reason)
{
	HOLDS(outcome == OUTCOME_RESET && !kleap_leap_armed());
	HOLDS(strstr(kernel.log, "<0>kleap: not leaping: ") && strstr(kernel.log, reason));
	HOLDS(strstr(kernel.log, "; ordinary restart\n"));
}

/* One never takes an interrupt again: the others go on, and are not waited for at the reset. */
static void test_hung(void)
{
	have_spin_cpus(4);
	insert_and_arm();
	kernel.hung[2] = true;
	stayed(kernel_reboot(SYS_RESTART), "(0x4, from CPU 0) [cpus-stay]");
	HOLDS(kernel.waited_us == 1000000 && !kernel.parked[1] && !kernel.parked[3]);
	HOLDS(kernel.word[1] == KERNEL && !strstr(kernel.log, "<5>kleap: leaping"));
}

static void test_too_late(void)
{
	have_spin_cpus(4);
	insert_and_arm();
	kernel.late_us = 1000000;
	stayed(kernel_reboot(SYS_RESTART), "(0xe, from CPU 0) [cpus-stay]");
}

static void test_stuck(void)
{
	have_spin_cpus(4);
	insert_and_arm();
	kernel.stuck[2] = true;
	stayed(kernel_reboot(SYS_RESTART), "(0x4, from CPU 0) [cpus-stay]");
	HOLDS(kernel.waited_us == 1000100 && kernel.parked[1] && kernel.parked[3]);
}

static void damage_page(void)
{
	turn_bit(source_of(0, 3), 50);
}

/* What goes wrong before they are sent away lets them go. */
static void test_damaged(void)
{
	have_spin_cpus(4);
	insert_and_arm();
	kernel.last_moment = damage_page;
	stayed(kernel_reboot(SYS_RESTART), "[image-damaged]");
	HOLDS(!kernel.parked[1] && kernel.waited_us == 100 && kernel.word[1] == KERNEL);
}

/* If that reset fails, and there is another restart, they are stopped again. */
static void damaged_before(void)
{
	test_damaged();
	kernel.last_moment = NULL;
	kernel.irqs_off = false;
	kernel.waited_us = 0;
	load_arm_and_clear_log();
}

static void test_again(void)
{
	damaged_before();
	leaps(0xe);
}

static void test_hung_again(void)
{
	damaged_before();
	kernel.hung[2] = true;
	stayed(kernel_reboot(SYS_RESTART), "(0x4, from CPU 0) [cpus-stay]");
	HOLDS(!strstr(kernel.log, "<5>kleap: leaping"));
}

static void take_online(void)
{
	kernel.online[2] = true;
}

/* One that could be taken offline, and came back. */
static void test_comes_back(void)
{
	have_spin_cpus(3);
	kernel.release[2] = 0;
	kernel.fixed[2] = false;
	insert_and_arm();
	kernel.last_moment = take_online;
	stayed(kernel_reboot(SYS_RESTART), "3 CPUs are still running");
}

static void interrupts_off(void)
{
	kernel.irqs_off = true;
}

static void test_interrupts_off(void)
{
	have_spin_cpus(2);
	insert_and_arm();
	kernel.last_moment = interrupts_off;
	leaps(2);
}

static void test_emergency(void)
{
	have_spin_cpus(2);
	insert_and_arm();
	stayed(kernel_emergency(), "this is an emergency restart");
	HOLDS(!kernel.parked[1]);
}

/* ---- CPUs that cannot be parked ---------------------------------------------------------------- */

/* One that is offline waits in the running kernel's text. */
static void test_offline(void)
{
	have_spin_cpus(4);
	kernel.online[3] = false;
	insert();
	cannot_be_armed(KIMG_E_CPUS_OFFLINE, 8);
	kernel.online[3] = true;
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	end();
}

/* It is there, too, if it could not be parked: by its word, or for want of a slot or a mapping. */
static void test_offline_for_good(void)
{
	have_spin_cpus(66);
	for (unsigned int cpu = 1; cpu < 66; cpu++)
		kernel.online[cpu] = cpu >= 3 && cpu < 64;
	kernel.release[1] += 4;
	/* The page, and the words of CPUs 0 and 2. */
	kernel.fail_nth = 3;
	insert();
	HOLDS(kernel.words == 62);
	cannot_be_armed(KIMG_E_CPUS_OFFLINE, 6);
	kernel.online[1] = kernel.online[2] = true;
	cannot_be_armed(KIMG_E_CPUS_STAY, 6);
	kernel.release[1] = kernel.release[2] = 0;
	kernel.online[1] = kernel.online[2] = false;
	cannot_be_armed(KIMG_E_CPUS_OFFLINE, 3);
	/* Without a release address they are in the firmware. */
	kernel.release[64] = kernel.release[65] = 0;
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	end();
}

/* nr_cpus=3: a CPU without a number, in the firmware. */
static void have_one_too_many(void)
{
	have_spin_cpus(4);
	kernel.nr_cpus = 3;
	kernel.present[3] = kernel.online[3] = false;
}

static void test_without_number(void)
{
	have_one_too_many();
	insert_and_arm();
	HOLDS(kernel.words == 3);
	leaps(6);
}

/* It follows a word that it shares with a CPU that has a number. */
static void test_without_number_shared(void)
{
	have_one_too_many();
	kernel.release[3] = kernel.release[2];
	insert();
	cannot_be_armed(KIMG_E_CPUS_STAY, 4);
	end();
}

static void test_other_methods(void)
{
	have_spin_cpus(6);
	kernel.enable_method[1] = NULL;
	kernel.enable_method[2] = "psci";
	kernel.release[3] = 0;
	kernel.release[4] += 4;
	insert();
	cannot_be_armed(KIMG_E_CPUS_STAY, 0x1e);
	end();
}

/* Without such CPUs there is no page. */
static void test_no_spin_tables(void)
{
	have_spin_cpus(3);
	for (unsigned int cpu = 0; cpu < 3; cpu++) {
		kernel.release[cpu] = 0;
		kernel.enable_method[cpu] = NULL;
	}
	insert();
	HOLDS(!kernel.yard && !kernel.words);
	HOLDS(kernel_read("kept", (char[PAGE_SIZE]){ 0 }) == 0);
	cannot_be_armed(KIMG_E_CPUS_STAY, 6);
	end();
}

static void test_no_slot(void)
{
	have_spin_cpus(66);
	insert();
	load_good();
	cannot_be_armed(KIMG_E_CPUS_STAY, 3);
	end();
}

static void test_no_memory(void)
{
	have_spin_cpus(3);
	kernel.fail_nth = 1;
	HOLDS(module_start() == -ENOMEM);
	kernel_clean();
}

/* A word that cannot be mapped: of CPU 1. */
static void test_no_mapping(void)
{
	have_spin_cpus(3);
	kernel.fail_nth = 3;
	insert();
	cannot_be_armed(KIMG_E_CPUS_STAY, 2);
	end();
}

/* The page is given back when something else fails. */
static void test_no_probe(void)
{
	have_spin_cpus(3);
	kernel.no_function = true;
	HOLDS(module_start() == -ENOENT);
	kernel_clean();
}

/* ---- Kept memory ----------------------------------------------------------------------------------- */

static void kept_is(const char *wanted)
{
	char text[PAGE_SIZE] = "";

	HOLDS(kernel_read("kept", text) == (ssize_t)strlen(wanted) && !strcmp(text, wanted));
}

static void test_kept(void)
{
	struct request request;

	have_spin_cpus(4);
	/* Two words in a page, and CPUs of one word. */
	kernel.release[1] = kernel.release[0] + 8;
	kernel.release[3] = kernel.release[2];
	insert();
	kept_is("04000000-04000fff : CPU parking page\n"
		"3f000000-3f000fff : CPU release addresses\n"
		"3f002000-3f002fff : CPU release addresses\n");
	good_request(&request);
	request.segment[2].mem = 0x3ffe000;
	HOLDS(load(&request) == -EINVAL && request.load.why.error == KIMG_E_KEPT_MEMORY);
	HOLDS(request.load.why.a == 0x4000000 && request.load.why.b == 0x4001000);
	HOLDS(state() == KLEAP_STATE_NONE);
	request.segment[2].mem = 0x3f002000;
	HOLDS(load(&request) == -EINVAL && request.load.why.a == 0x3f002000);
	HOLDS(state() == KLEAP_STATE_NONE);
	request.segment[2].mem = 0x3ffd000;
	HOLDS(!load(&request));
	end();
}

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifndef CONFIG_ARM64
		machine_test(test_arm),
#else
		machine_test(test_leap),
		machine_test(test_without_cpu_0),
		machine_test(test_reboot_cpu),
		machine_test(test_late),
		machine_test(test_with_psci),
		machine_test(test_shared_word),
		machine_test(test_many),
		machine_test(test_hung),
		machine_test(test_too_late),
		machine_test(test_stuck),
		machine_test(test_damaged),
		machine_test(test_again),
		machine_test(test_hung_again),
		machine_test(test_comes_back),
		machine_test(test_interrupts_off),
		machine_test(test_emergency),
		machine_test(test_offline),
		machine_test(test_offline_for_good),
		machine_test(test_without_number),
		machine_test(test_without_number_shared),
		machine_test(test_other_methods),
		machine_test(test_no_spin_tables),
		machine_test(test_no_slot),
		machine_test(test_no_memory),
		machine_test(test_no_mapping),
		machine_test(test_no_probe),
		machine_test(test_kept),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
