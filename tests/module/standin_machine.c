/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine that the kernel of standin.c runs on: CPUs, PCI devices, and how it
 * restarts. kernel/reboot.c calls the notifiers, shuts down devices and system devices;
 * the rest is the processor's, in standin_x86.c and standin_arm.c.
 */
#include "kleap.h"

#include <setjmp.h>

#include "machine/machine.h"
#include "sim.h"
#include "trampoline.h"

/* Nanoseconds between two readings of the clock. */
#define TICK 1000

static jmp_buf the_end;

/* ---- CPUs and devices ----------------------------------------------------------------- */

bool cpu_present(unsigned int cpu)
{
	return kernel.present[cpu];
}

bool cpu_online(unsigned int cpu)
{
	return kernel.online[cpu];
}

unsigned int num_online_cpus(void)
{
	unsigned int count = 0;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		count += kernel.online[cpu];
	return count;
}

struct pci_dev *next_pci_dev(struct pci_dev *device)
{
	device = device ? device + 1 : kernel.device;
	return device < kernel.device + kernel.devices ? device : NULL;
}

void pci_clear_master(struct pci_dev *device)
{
	HOLDS(!kernel.cpus_stopped);
	device->master = false;
}

u64 get_cycles(void)
{
	return kernel.cycles += 1000;
}

unsigned long vmalloc_to_pfn(const void *address)
{
	HOLDS(address == (const void *)(uintptr_t)ARCH(switch));
	return SWITCH_FRAME;
}

int walk_iomem_res_desc(unsigned long desc, unsigned long flags, u64 start, u64 end,
			void *arg, int (*function)(struct resource *resource, void *arg))
{
	void (*after)(void) = kernel.after_walk;
	int code = -EINVAL;

	might_sleep();
	HOLDS(desc == IORES_DESC_NONE && flags == IORESOURCE_SYSTEM_RAM);
	HOLDS(start == 0 && end == U64_MAX);
	for (unsigned int i = 0; i < kernel.rams && code <= 0; i++)
		code = function(&kernel.ram[i], arg);
	kernel.after_walk = NULL;
	if (after)
		after();
	return code;
}

int region_intersects(u64 start, size_t size, unsigned long flags, unsigned long desc)
{
	HOLDS(desc == IORES_DESC_NONE && flags == IORESOURCE_SYSTEM_RAM);
	for (unsigned int i = 0; i < kernel.rams; i++)
		if (start <= kernel.ram[i].end && kernel.ram[i].start < start + size)
			return start >= kernel.ram[i].start &&
			       start + size - 1 <= kernel.ram[i].end ?
			       REGION_INTERSECTS : REGION_MIXED;
	return REGION_DISJOINT;
}

/* ---- Kprobes ------------------------------------------------------------------------------ */

/* This byte of the function. */
static kprobe_opcode_t *in_text(unsigned int offset)
{
	return kernel.text + offset / sizeof(*kernel.text);
}

int register_kprobe(struct kprobe *probe)
{
	kprobe_opcode_t *site = in_text(kernel.ftrace_at);

	if (kernel_fails())
		return -ENOMEM;
	if (probe->symbol_name) {
		HOLDS(!probe->addr && !strcmp(probe->symbol_name,
					      RESTART_FUNCTION));
		if (kernel.no_function)
			return -ENOENT;
		/* Behind an ENDBR, where the function has one. */
		probe->addr = kernel.ftrace_at == 4 ? site : kernel.text;
	}
	HOLDS(!kernel.probe);
	HOLDS(probe->addr >= kernel.text && probe->addr < in_text(TEXT_SIZE));
	/* In the middle of an ftrace site no probe can be. */
	if (probe->addr > site && probe->addr < in_text(kernel.ftrace_at + MCOUNT_INSN_SIZE))
		return -EILSEQ;
	probe->ftrace = probe->addr == site;
	probe->opcode = KERNEL_NOP;
	kernel.probe = probe;
	kernel_kprobes(kernel.kprobes_on);
	return 0;
}

void unregister_kprobe(struct kprobe *probe)
{
	HOLDS(probe && kernel.probe == probe);
	kernel.probe = NULL;
	kernel_kprobes(kernel.kprobes_on);
}

void kernel_kprobes(bool on)
{
	kernel.kprobes_on = on;
	for (unsigned int i = 0; i < ARRAY_SIZE(kernel.text); i++)
		kernel.text[i] = KERNEL_NOP;
	if (on && kernel.probe && !kernel.probe->ftrace)
		*kernel.probe->addr = KERNEL_BREAKPOINT;
}

void machine_fire(void)
{
	struct kprobe *probe = kernel.probe;
	struct pt_regs regs = { 0 };
	int code;

	if (!probe || !kernel.kprobes_on || (probe->ftrace && !kernel.ftrace_on))
		return;
	kernel.in_probe = true;
	code = probe->pre_handler(probe, &regs);
	if (!code && probe->post_handler)
		probe->post_handler(probe, &regs, 0);
	kernel.in_probe = false;
	/* Without a post_handler the int3 becomes a jump, which goes on behind it. */
	if (!code || !probe->post_handler)
		return;
	((void (*)(void))regs.ip)();
	broken("where the probe sends the CPU must not return");
}

/* ---- Restarting --------------------------------------------------------------------------- */

int register_reboot_notifier(struct notifier_block *block)
{
	if (kernel_fails())
		return -ENOMEM;
	HOLDS(!kernel.notifier);
	kernel.notifier = block;
	return 0;
}

int register_pm_notifier(struct notifier_block *block)
{
	if (kernel_fails())
		return -ENOMEM;
	HOLDS(!kernel.sleep_notifier);
	kernel.sleep_notifier = block;
	return 0;
}

int unregister_pm_notifier(struct notifier_block *block)
{
	HOLDS(block && kernel.sleep_notifier == block);
	kernel.sleep_notifier = NULL;
	return 0;
}

int unregister_reboot_notifier(struct notifier_block *block)
{
	HOLDS(block && kernel.notifier == block);
	kernel.notifier = NULL;
	return 0;
}

int register_restart_handler(struct notifier_block *block)
{
	if (kernel_fails())
		return -ENOMEM;
	HOLDS(!kernel.restart_handler);
	kernel.restart_handler = block;
	return 0;
}

int unregister_restart_handler(struct notifier_block *block)
{
	HOLDS(block && kernel.restart_handler == block);
	kernel.restart_handler = NULL;
	return 0;
}

/* do_kernel_restart(): a driver's handler may have the priority 255. */
void machine_call_handlers(void)
{
	struct notifier_block *block = kernel.restart_handler;

	if (!kernel.driver_restarts)
		return;
	if (block && block->priority > 255)
		HOLDS(block->notifier_call(block, 0, NULL) == NOTIFY_DONE);
	machine_end(OUTCOME_RESET);
}

struct sys_off_handler *register_sys_off_handler(int mode, int priority,
						 int (*callback)(struct sys_off_data *data),
						 void *cb_data)
{
	static struct sys_off_handler handler;

	/* Before all others. */
	HOLDS(mode == SYS_OFF_MODE_RESTART_PREPARE && priority == INT_MAX);
	if (kernel_fails())
		return ERR_PTR(-ENOMEM);
	HOLDS(!kernel.shutdown);
	handler = (struct sys_off_handler){ callback, cb_data };
	kernel.shutdown = &handler;
	return &handler;
}

void unregister_sys_off_handler(struct sys_off_handler *handler)
{
	HOLDS(handler && kernel.shutdown == handler);
	kernel.shutdown = NULL;
}

void kernel_shut_down(void)
{
	struct sys_off_data data = { kernel.shutdown->cb_data };

	kernel.acpi_prepared = kernel.shutdown->callback(&data) == NOTIFY_DONE;
}

void cpu_hotplug_disable(void)
{
	kernel.hotplug_disabled = true;
}

_Noreturn void machine_end(enum outcome outcome)
{
	longjmp(the_end, 1 + (int)outcome);
}

_Noreturn void machine_switch(u64 tables, u64 control)
{
	HOLDS(kernel.hotplug_disabled);
	HOLDS(kernel.irqs_off && !kernel.in_probe && !kernel.mutexes && !kernel.spinlocks);
	kernel.tables = tables;
	kernel.control = control;
	machine_end(OUTCOME_LEAP);
}

/* ---- Rehearsals -------------------------------------------------------------------------- */

int stop_machine(int (*function)(void *arg), void *arg, const void *cpus)
{
	int code;

	might_sleep();
	/* No CPU has to do anything but wait. */
	HOLDS(!kernel.cpus_stopped && !cpus);
	kernel.irqs_off = kernel.cpus_stopped = true;
	if (kernel.stopped)
		kernel.stopped();
	code = function(arg);
	kernel.irqs_off = kernel.cpus_stopped = false;
	return code;
}

u64 ktime_get_ns(void)
{
	return kernel.ns += TICK;
}

static int add_to_sum(void *sum, const struct kimg_copy *copy)
{
	struct hash hash = hash_page(sim_peek(kernel.sim, copy->destination), PAGE_SIZE);

	if (copy->source != copy->destination)
		hash_join(sum, &hash);
	return 0;
}

/* What the trampoline does, if it is told to come back. */
void machine_come_and_go(u64 tables, u64 control)
{
	struct kimg_host host = sim_host(kernel.sim);
	struct hash sum = hash_start();
	arch_params params;
	struct kimg_why why;

	HOLDS(kernel.cpus_stopped && kernel.irqs_off && !kernel.spinlocks);
	HOLDS(!kleap_leap_armed());
	memcpy(&params, sim_peek(kernel.sim, control >> PAGE_SHIFT) + PARAMS, sizeof(params));
	HOLDS(params.address >> PAGE_SHIFT == control >> PAGE_SHIFT && !params.uart);
	sim_set_raw(kernel.sim, true);
	if (kernel.idle != kernel.rehearsals + 1)
		HOLDS(kimg_run_list(&host, params.head, 200, &why) == KIMG_OK);
	if (params.check) {
		HOLDS(kimg_walk(&host, params.head, 200, add_to_sum, &sum, NULL, &why) == KIMG_OK);
		HOLDS(!memcmp(&sum, &params.hash, sizeof(sum)));
		kernel.sums++;
	}
	sim_set_raw(kernel.sim, false);
	/* Its variables are somewhere in its page. */
	HOLDS(sim_poke(kernel.sim, control >> PAGE_SHIFT, PARAMS + offsetof(arch_params, hash),
		       "used", 4));
	kernel.tables = tables;
	kernel.control = control;
	kernel.rehearsals++;
	if (kernel.rehearsed)
		kernel.rehearsed(params.head);
}

static enum outcome the_outcome(int end)
{
	kernel.over = true;
	return (enum outcome)(end - 1);
}

enum outcome kernel_reboot(unsigned long event)
{
	int end = setjmp(the_end);

	if (end)
		return the_outcome(end);
	kernel.notifier->notifier_call(kernel.notifier, event, NULL);
	/* Devices are shut down here. Kernels before 6.1 call the hook at a halt, too. */
	kernel_shut_down();
	if (kernel.last_moment)
		kernel.last_moment();
	if (event != SYS_RESTART)
		return OUTCOME_HALT;
	machine_restart();
}

enum outcome kernel_emergency(void)
{
	int end = setjmp(the_end);

	if (!end)
		emergency_restart();
	return the_outcome(end);
}

void machine_on(void)
{
	kernel.present[0] = kernel.present[1] = true;
	kernel.online[0] = kernel.online[1] = true;
	kernel.CONFIG_SMP = true;
	kernel.ftrace_on = true;
	kernel_kprobes(true);
	processor_on();
}
