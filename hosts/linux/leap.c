// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the end of the kernel's own restart path into the trampoline.
 *
 * An orderly restart notifies drivers, shuts devices down, stops the other CPUs
 * and the APICs, and ends in native_machine_emergency_restart(). A kprobe there
 * finds the machine as a new kernel wants it. Emergency restarts (sysrq, panic)
 * end there too, without any of that, and are left alone: they are told apart by
 * two steps of an orderly restart, the reboot notifier, which says that it is a
 * restart, and the shutdown of system devices after that of all others.
 */
#include "kleap.h"

#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/reboot.h>
#include <linux/security.h>
#include <linux/syscore_ops.h>
#include <asm/desc_defs.h>
#include <asm/special_insns.h>

#include "trampoline.h"

#define RESTART_FUNCTION "native_machine_emergency_restart"

static struct kleap_image *armed;
static bool restarting;		/* an orderly restart has begun */
static bool shut_down;		/* and all devices were shut down since */

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
		.check = !!(request->flags & KLEAP_LOAD_CHECKSUM),
		.sum = image->sum,
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

/*
 * Runs with interrupts off on the last CPU. An exception from here on has
 * nowhere to go, so the empty interrupt table makes it a reset.
 */
static void leap(const struct kleap_image *image)
{
	struct desc_ptr nothing = { 0, 0 };

	asm volatile("lidt %0" : : "m" (nothing));
	i386_switch(image->cr3, (u32)(image->kimg.control[0] << PAGE_SHIFT));
}

static int at_restart(struct kprobe *probe, struct pt_regs *regs)
{
	struct kleap_image *image = READ_ONCE(armed);
	struct kimg_why why;
	char text[256];

	if (!image || !shut_down)
		return 0;
	if (num_online_cpus() != 1) {
		pr_emerg("not leaping: %u CPUs are still running; ordinary restart\n",
			 num_online_cpus());
		return 0;
	}
	local_irq_disable();
	if (kleap_image_check(image, true, &why)) {
		kimg_explain(&why, text, sizeof(text));
		pr_emerg("not leaping: %s [%s]; ordinary restart\n", text,
			 kimg_error_id(why.error));
		return 0;
	}
	pr_notice("leaping: %u pages to copy, %zu in place\n",
		  image->kimg.pages - (u32)image->kimg.stats.in_place,
		  image->kimg.stats.in_place);
	leap(image);
	return 0;
}
NOKPROBE_SYMBOL(at_restart);

static struct kprobe restart_probe = {
	.symbol_name = RESTART_FUNCTION,
	.pre_handler = at_restart,
};

static int at_reboot(struct notifier_block *block, unsigned long event,
		     void *data)
{
	restarting = event == SYS_RESTART;
	shut_down = false;
	/* Loaded and armed before, perhaps by somebody who may not leap now. */
	if (restarting && READ_ONCE(armed) &&
	    security_locked_down(LOCKDOWN_KEXEC)) {
		pr_emerg("not leaping: the kernel was locked down since; ordinary restart\n");
		kleap_leap_arm(NULL);
	}
	return NOTIFY_DONE;
}

static struct notifier_block reboot_notifier = {
	.notifier_call = at_reboot,
};

static void at_shutdown(void)
{
	shut_down = restarting;
}

static struct syscore_ops shutdown_ops = {
	.shutdown = at_shutdown,
};

int kleap_leap_init(void)
{
	int code;

	BUILD_BUG_ON(sizeof(struct i386_params) != PARAM_SUM + 4);
	BUILD_BUG_ON(TRAMPOLINE_PARAMS + sizeof(struct i386_params) > PAGE_SIZE / 2 + 256);
	BUILD_BUG_ON(offsetof(struct i386_params, gdt_limit) != PARAM_GDT);
	BUILD_BUG_ON(offsetof(struct i386_params, eip) != PARAM_EIP);
	BUILD_BUG_ON(offsetof(struct i386_params, check) != PARAM_CHECK);

	code = register_kprobe(&restart_probe);
	if (code) {
		pr_err("cannot probe %s (error %d): this kernel lacks CONFIG_KPROBES or the function\n",
		       RESTART_FUNCTION, code);
		return code;
	}
	code = register_reboot_notifier(&reboot_notifier);
	if (code) {
		unregister_kprobe(&restart_probe);
		return code;
	}
	register_syscore_ops(&shutdown_ops);
	return 0;
}

void kleap_leap_exit(void)
{
	unregister_syscore_ops(&shutdown_ops);
	unregister_reboot_notifier(&reboot_notifier);
	unregister_kprobe(&restart_probe);
}
