// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probe on the function in which all restarts end, and a restart handler.
 *
 * The probe is a breakpoint behind the function's ftrace site: a probe on the site itself
 * would be fired by ftrace, and kernel.ftrace_enabled=0 would disable it. It has a
 * post_handler, because a probe without one may be optimized into a jump that ignores the
 * address set by the pre_handler. It sends the CPU to restart(), because output printed
 * inside a breakpoint does not reach the console before the machine resets.
 *
 * Newer x86 kernels (7.2) call restart handlers before that function, and a driver's would
 * reset the machine: so ours is the first of them. Where the probe comes before the handlers,
 * or they are not called at all, ours never sees an armed image.
 */
#include "kleap.h"
#include "restart.h"

#include <linux/kprobes.h>
#include <linux/reboot.h>

/* Without the function tracer there is no such site, and no ftrace probe. */
#ifndef MCOUNT_INSN_SIZE
#define MCOUNT_INSN_SIZE 0
#endif

/* In place of the kernel's function, when an image is armed. */
static void restart(void)
{
	kleap_leap_restart();
	emergency_restart();
}

static int before_drivers(struct notifier_block *block, unsigned long mode, void *command)
{
	if (kleap_leap_armed())
		kleap_leap_restart();
	return NOTIFY_DONE;
}

static struct notifier_block restart_handler = {
	.notifier_call = before_drivers,
	.priority = INT_MAX,
};

static int at_restart(struct kprobe *probe, struct pt_regs *regs)
{
	if (!kleap_leap_armed())
		return 0;
	instruction_pointer_set(regs, (unsigned long)restart);
	return 1;
}
NOKPROBE_SYMBOL(at_restart);

static void after_restart(struct kprobe *probe, struct pt_regs *regs,
			  unsigned long flags)
{
}
NOKPROBE_SYMBOL(after_restart);

static struct kprobe restart_probe;

/* Probe a symbol, or an address. Returns 0 or an errno. */
static int probe_at(const char *symbol, kprobe_opcode_t *address)
{
	/* A kprobe that was registered before has to be set up anew. */
	restart_probe = (struct kprobe) {
		.symbol_name = symbol,
		.addr = address,
		.pre_handler = at_restart,
		.post_handler = after_restart,
	};
	return register_kprobe(&restart_probe);
}

/* Probe the first instruction that is no ftrace site. Returns 0 or an errno. */
static int probe_restart(const char *function)
{
	void *site;
	int code;

	code = probe_at(function, NULL);
	if (code || !kprobe_ftrace(&restart_probe))
		return code;
	site = restart_probe.addr;
	unregister_kprobe(&restart_probe);
	return probe_at(NULL, site + MCOUNT_INSN_SIZE);
}

int restart_init(const char *function)
{
	int code = probe_restart(function);

	if (code) {
		pr_err("cannot probe %s (error %d): this kernel lacks CONFIG_KPROBES or the function\n",
		       function, code);
		return code;
	}
	code = register_restart_handler(&restart_handler);
	if (code)
		unregister_kprobe(&restart_probe);
	return code;
}

void restart_exit(void)
{
	unregister_restart_handler(&restart_handler);
	unregister_kprobe(&restart_probe);
}

enum kimg_error restart_check(struct kimg_why *why)
{
	/* Disabling kprobes puts the instruction back, and the module is not notified. */
	if (READ_ONCE(*restart_probe.addr) == restart_probe.opcode)
		return kimg_fail(why, KIMG_E_KPROBES_OFF);
	return KIMG_OK;
}
