/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * standin_machine.c's processor: arm, or arm64. The function that is probed comes first in a
 * restart; behind the probe it stops the other CPUs and calls the restart handlers.
 */
#include "kleap.h"

#include "arm_mair.h"
#include "sim.h"
#include "trampoline.h"

struct outer_cache outer_cache;

unsigned int cpumask_first(const void *mask)
{
	unsigned int cpu = 0;

	HOLDS(mask == cpu_online_mask);
	while (cpu < CPUS && !kernel.online[cpu])
		cpu++;
	return cpu;
}

/* A restart moves to the first one. */
unsigned int raw_smp_processor_id(void)
{
	if (kernel.other)
		return kernel.other - 1;
	return kernel.online[kernel.reboot_cpu] ? kernel.reboot_cpu : cpumask_first(cpu_online_mask);
}

bool cpu_is_hotpluggable(unsigned int cpu)
{
	HOLDS(kernel.online[cpu]);
	return !kernel.fixed[cpu];
}

int remove_cpu(unsigned int cpu)
{
	might_sleep();
	HOLDS(!kernel.hotplug_disabled && !kernel.cpus_stopped);
	HOLDS(kernel.online[cpu] && num_online_cpus() > 1);
	if (kernel.stays[cpu])
		return -EBUSY;
	kernel.online[cpu] = false;
	return 0;
}

void machine_restart(void)
{
	machine_fire();
	kernel.irqs_off = kernel.cpus_stopped = true;
	machine_call_handlers();
	broken("the firmware does not reset the machine");
}

void emergency_restart(void)
{
	machine_restart();
}

#ifdef CONFIG_ARM64
typedef uint64_t word;
#else
typedef uint32_t word;
#endif

void ARCH(switch)(word tables, word page)
{
	HOLDS(kernel.flushed == (IS_ENABLED(CONFIG_ARM64) ? 0 : kernel.rehearsals + 1));
	machine_switch(tables, page);
}

void ARCH(rehearse)(word tables, word page)
{
	arch_params params;

	memcpy(&params, sim_peek(kernel.sim, page >> PAGE_SHIFT) + PARAMS, sizeof(params));
	HOLDS(!params.rise);
	HOLDS(kernel.flushed == (IS_ENABLED(CONFIG_ARM64) ? 0 : kernel.rehearsals + 1));
	machine_come_and_go(tables, page);
}

void ARCH(clean)(const void *start, const void *end)
{
#ifdef CONFIG_ARM64
	if (yard_clean(start, end))
		return;
#endif
	HOLDS((const char *)end - (const char *)start == PAGE_SIZE);
	kernel.cleaned++;
}

void flush_cache_all(void)
{
	HOLDS(kernel.irqs_off);
	/* What this one writes back has to get to memory. */
	HOLDS(kernel.outer_off || !outer_cache.disable);
	kernel.flushed++;
}

static void turn_off(void)
{
	HOLDS(kernel.irqs_off);
	kernel.outer_off = true;
}

void processor_on(void)
{
	/* A probe at its start is on no ftrace site. */
	kernel.ftrace_at = TEXT_SIZE;
	kernel.mair_el1 = ARM64_MAIR;
	kernel.CONFIG_ARM_LPAE = true;
	kernel.CONFIG_ARM_PSCI = true;
	kernel.c10_c2_0 = (u32)ARM_MAIR;
	kernel.c10_c2_1 = ARM_MAIR >> 32;
	kernel.sctlr = CR_TRE;
	kernel.conduit = SMCCC_CONDUIT_HVC;
	kernel.psci = "arm,psci-0.2";
	kernel.psci_method = "hvc";
	kernel.driver_restarts = true;
	outer_cache.disable = turn_off;
}
