// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a restart becomes a leap.
 *
 * An orderly restart calls the reboot notifiers, shuts devices down, then system
 * devices, stops the other CPUs, and ends in a function of the machine, which calls
 * kleap_leap_restart(); see machine/. Emergency restarts (sysrq, panic) end there too,
 * without these steps; `stage` tells them apart.
 */
#include "kleap.h"

#include <linux/cpu.h>
#include <linux/preempt.h>
#include <linux/reboot.h>
#include <linux/security.h>
#include <linux/suspend.h>
#include <linux/timex.h>

#include "compat_restart.h"
#include "machine/machine.h"

static struct kleap_image *armed;
static bool hibernating;	/* a restart would end a hibernation */

/*
 * How far an orderly restart has come. READY: devices are shut down, and everything
 * else that a leap needs was checked and done. An image that is armed later, while
 * devices still write to memory, must not be leapt into.
 */
static enum { RUNNING, RESTARTING, SHUT_DOWN, READY } stage;

/* Print why the machine restarts without a leap; the probe does nothing then. */
#define stay(format, ...) do {							\
	pr_emerg("not leaping: " format "; ordinary restart\n", ##__VA_ARGS__);	\
	kleap_leap_arm(NULL);							\
} while (0)

static void stay_for(const struct kimg_why *why)
{
	char text[256];

	kimg_explain(why, text, sizeof(text));
	stay("%s [%s]", text, kimg_error_id(why->error));
}

void kleap_leap_arm(struct kleap_image *image)
{
	WRITE_ONCE(armed, image);
}

bool kleap_leap_armed(void)
{
	return READ_ONCE(armed);
}

/* On most machines a restart stops all others. */
bool __weak machine_is_last(void)
{
	return num_online_cpus() == 1;
}

enum kimg_error __weak machine_alone(enum kimg_error (*function)(struct kimg_why *why),
				     struct kimg_why *why)
{
	local_irq_disable();
	return function(why);
}

enum kimg_error __weak machine_send_away(u64 tables, struct kimg_why *why)
{
	return KIMG_OK;
}

/* On the last CPU, interrupts off, devices shut down. Returns if it must not leap. */
static enum kimg_error leap(struct kimg_why *why)
{
	struct kleap_image *image = READ_ONCE(armed);
	u64 before = get_cycles();
	enum kimg_error error;

	if (!image)
		return KIMG_OK;
	error = kleap_image_check(image, true, why);
	if (error)
		return error;
	pr_notice("leaping: %u pages to copy, %zu in place; counter %llu before the checks, %llu after\n",
		  image->kimg.pages - (u32)image->kimg.stats.in_place,
		  image->kimg.stats.in_place, before, (u64)get_cycles());
	error = machine_send_away(image->top_table, why);
	if (!error)
		machine_leap(image->top_table, image->control.frame << PAGE_SHIFT);
	return error;
}

void kleap_leap_restart(void)
{
	struct kimg_why why;

	if (stage == SHUT_DOWN) {
		stay("the image was armed after devices were shut down");
	} else if (stage != READY || in_interrupt() || oops_in_progress) {
		/* By sysrq or a panic, perhaps in the midst of an orderly one. */
		stay("this is an emergency restart");
	} else if (!machine_is_last()) {
		stay("%u CPUs are still running", num_online_cpus());
	} else if (machine_restart_is_forced()) {
		stay("the restart is forced, interrupt controllers were not shut down");
	} else if (machine_alone(leap, &why)) {
		/* Now: a CPU that was stopped may have had the console. */
		stay_for(&why);
	}
}

static int at_reboot(struct notifier_block *block, unsigned long event,
		     void *data)
{
	struct kimg_why why;

	stage = event == SYS_RESTART ? RESTARTING : RUNNING;
	if (stage != RESTARTING || !READ_ONCE(armed))
		return NOTIFY_DONE;
	/* The image may have been armed before the lockdown. */
	if (security_locked_down(LOCKDOWN_KEXEC))
		stay("the kernel was locked down since");
	else if (hibernating)
		stay("the machine hibernates");
	else if (machine_stop_cpus(&why))
		stay_for(&why);
	return NOTIFY_DONE;
}

static struct notifier_block reboot_notifier = {
	.notifier_call = at_reboot,
};

/*
 * Hibernation may end in a restart (/sys/power/disk), with all file systems frozen
 * in the image that was written. It resumes as it was, armed.
 */
static int at_sleep(struct notifier_block *block, unsigned long event, void *data)
{
	if (event == PM_HIBERNATION_PREPARE)
		hibernating = true;
	else if (event == PM_POST_HIBERNATION)
		hibernating = false;
	return NOTIFY_DONE;
}

static struct notifier_block sleep_notifier = {
	.notifier_call = at_sleep,
};

/*
 * All devices are shut down. From here on CPUs neither go offline nor online. Returns whether
 * the restart becomes a leap, as far as can be known here.
 */
static bool at_shutdown(void)
{
	struct kimg_why why;

	if (stage != RESTARTING)
		return false;
	stage = SHUT_DOWN;
	if (!READ_ONCE(armed))
		return false;
	cpu_hotplug_disable();
	if (machine_check(&why)) {
		stay_for(&why);
		return false;
	}
	kleap_stop_dma();
	stage = READY;
	return true;
}

static struct shutdown_hook shutdown_hook;

int kleap_leap_init(void)
{
	int code;

	code = machine_init();
	if (code)
		return code;
	code = register_reboot_notifier(&reboot_notifier);
	if (code)
		goto no_reboot_notifier;
	code = register_pm_notifier(&sleep_notifier);
	if (code)
		goto no_sleep_notifier;
	code = register_shutdown(&shutdown_hook, at_shutdown);
	if (code)
		goto no_shutdown;
	return 0;

no_shutdown:
	unregister_pm_notifier(&sleep_notifier);
no_sleep_notifier:
	unregister_reboot_notifier(&reboot_notifier);
no_reboot_notifier:
	machine_exit();
	return code;
}

void kleap_leap_exit(void)
{
	unregister_shutdown(&shutdown_hook);
	unregister_pm_notifier(&sleep_notifier);
	unregister_reboot_notifier(&reboot_notifier);
	machine_exit();
}
