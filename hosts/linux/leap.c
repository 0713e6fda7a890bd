// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the end of the kernel's own restart path into the trampoline.
 *
 * An orderly restart calls the reboot notifiers, shuts devices down, then system
 * devices, stops the other CPUs and the APICs, and ends in
 * native_machine_emergency_restart(), where a kprobe is placed. Emergency restarts
 * (sysrq, panic) end there too, without these steps; `stage` tells them apart.
 *
 * The probe is an int3 behind the function's ftrace site. A probe on the site itself
 * would be fired by ftrace, and kernel.ftrace_enabled=0 would disable it. It has a
 * post_handler, because a probe without one may be optimized into a jump that ignores
 * the address set by the pre_handler. It sends the CPU to restart(), because output
 * printed inside an int3 does not reach the console before the machine resets.
 */
#include "kleap.h"

#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/reboot.h>
#include <linux/security.h>
#include <linux/suspend.h>
#include <linux/syscore_ops.h>
#include <linux/timex.h>
#include <asm/text-patching.h>

#include "trampoline.h"

#define RESTART_FUNCTION "native_machine_emergency_restart"

/* Without the function tracer there is no such site, and no ftrace probe. */
#ifndef MCOUNT_INSN_SIZE
#define MCOUNT_INSN_SIZE 0
#endif

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

static bool has_pae(void)
{
	return native_read_cr4() & X86_CR4_PAE;
}

unsigned int kleap_leap_control_pages(void)
{
	return has_pae() ? I386_CONTROL_PAGES_PAE : I386_CONTROL_PAGES_PLAIN;
}

void kleap_leap_prepare(struct kleap_image *image,
			const struct kleap_load *request)
{
	const struct kleap_registers *registers = &request->registers;
	struct i386_params params = {
		.head = (u32)image->kimg.head,
		.uart = request->uart_port,
		.gdt_limit = (u16)registers->gdt_limit,
		.gdt_base_low = (u16)registers->gdt_base,
		.gdt_base_high = (u16)(registers->gdt_base >> 16),
		.eip = registers->eip,
		.eax = registers->eax,
		.ebx = registers->ebx,
		.ecx = registers->ecx,
		.edx = registers->edx,
		.esi = registers->esi,
		.edi = registers->edi,
		.ebp = registers->ebp,
		.esp = registers->esp,
		.check = !!(request->flags & KLEAP_LOAD_CHECK),
		.moved = image->moved,
	};
	struct i386_switch_page page = {
		.virtual = (u32)(unsigned long)i386_switch & PAGE_MASK,
		.frame = vmalloc_to_pfn((void *)i386_switch),
	};

	image->cr3 = i386_control_write(&image->kimg, i386_trampoline,
					i386_trampoline_end - i386_trampoline,
					&params, &page, has_pae());
}

void kleap_leap_arm(struct kleap_image *image)
{
	WRITE_ONCE(armed, image);
}

bool kleap_leap_armed(void)
{
	return READ_ONCE(armed);
}

/* On the last CPU, interrupts off, devices shut down. Returns if it must not leap. */
static void leap(struct kleap_image *image)
{
	u64 before = get_cycles();
	struct kimg_why why;

	if (kleap_image_check(image, true, &why)) {
		stay_for(&why);
		return;
	}
	pr_notice("leaping: %u pages to copy, %zu in place; TSC %llu before the checks, %llu after\n",
		  image->kimg.pages - (u32)image->kimg.stats.in_place,
		  image->kimg.stats.in_place, before, (u64)get_cycles());
	i386_switch(image->cr3, (u32)(image->kimg.control[0] << PAGE_SHIFT));
}

/* In place of the kernel's function, when an image is armed. */
static void restart(void)
{
	if (stage == SHUT_DOWN) {
		stay("the image was armed after devices were shut down");
	} else if (stage != READY || in_interrupt() || oops_in_progress) {
		/* By sysrq or a panic, perhaps in the midst of an orderly one. */
		stay("this is an emergency restart");
	} else if (num_online_cpus() != 1) {
		stay("%u CPUs are still running", num_online_cpus());
	} else if (IS_ENABLED(CONFIG_SMP) && !irqs_disabled()) {
		/*
		 * machine_shutdown() leaves them off; reboot=force leaves it out. On a
		 * kernel for one CPU nothing tells.
		 */
		stay("the restart is forced, interrupt controllers were not shut down");
	} else {
		struct kleap_image *image;

		local_irq_disable();
		image = READ_ONCE(armed);
		if (image)
			leap(image);
	}
	emergency_restart();
}

static int at_restart(struct kprobe *probe, struct pt_regs *regs)
{
	if (!READ_ONCE(armed))
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
static int probe_restart(void)
{
	kprobe_opcode_t *site;
	int code;

	code = probe_at(RESTART_FUNCTION, NULL);
	if (code || !kprobe_ftrace(&restart_probe))
		return code;
	site = restart_probe.addr;
	unregister_kprobe(&restart_probe);
	return probe_at(NULL, site + MCOUNT_INSN_SIZE);
}

enum kimg_error kleap_leap_check(struct kimg_why *why)
{
	/* Disabling kprobes removes the int3, and the module is not notified. */
	if (READ_ONCE(*restart_probe.addr) != INT3_INSN_OPCODE)
		return kimg_fail(why, KIMG_E_KPROBES_OFF);
	return KIMG_OK;
}

static int at_reboot(struct notifier_block *block, unsigned long event,
		     void *data)
{
	stage = event == SYS_RESTART ? RESTARTING : RUNNING;
	if (stage != RESTARTING || !READ_ONCE(armed))
		return NOTIFY_DONE;
	/* The image may have been armed before the lockdown. */
	if (security_locked_down(LOCKDOWN_KEXEC))
		stay("the kernel was locked down since");
	else if (hibernating)
		stay("the machine hibernates");
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

/* All devices are shut down, and CPUs no longer go offline or online. */
static void at_shutdown(void)
{
	struct kimg_why why;

	if (stage != RESTARTING)
		return;
	stage = SHUT_DOWN;
	if (!READ_ONCE(armed))
		return;
	if (kleap_check_cpus(&why) || kleap_leap_check(&why)) {
		stay_for(&why);
		return;
	}
	kleap_stop_dma();
	stage = READY;
}

static struct syscore_ops shutdown_ops = {
	.shutdown = at_shutdown,
};

int kleap_leap_init(void)
{
	int code;

	BUILD_BUG_ON(sizeof(struct i386_params) != PARAM_HASH + 4 * HASH_LANES);
	BUILD_BUG_ON(TRAMPOLINE_PARAMS + sizeof(struct i386_params) > PAGE_SIZE / 2 + 256);
	BUILD_BUG_ON(offsetof(struct i386_params, gdt_limit) != PARAM_GDT);
	BUILD_BUG_ON(offsetof(struct i386_params, eip) != PARAM_EIP);
	BUILD_BUG_ON(offsetof(struct i386_params, check) != PARAM_CHECK);

	code = probe_restart();
	if (code) {
		pr_err("cannot probe %s (error %d): this kernel lacks CONFIG_KPROBES or the function\n",
		       RESTART_FUNCTION, code);
		return code;
	}
	code = register_reboot_notifier(&reboot_notifier);
	if (code)
		goto no_reboot_notifier;
	code = register_pm_notifier(&sleep_notifier);
	if (code)
		goto no_sleep_notifier;
	register_syscore_ops(&shutdown_ops);
	return 0;

no_sleep_notifier:
	unregister_reboot_notifier(&reboot_notifier);
no_reboot_notifier:
	unregister_kprobe(&restart_probe);
	return code;
}

void kleap_leap_exit(void)
{
	unregister_syscore_ops(&shutdown_ops);
	unregister_pm_notifier(&sleep_notifier);
	unregister_reboot_notifier(&reboot_notifier);
	unregister_kprobe(&restart_probe);
}
