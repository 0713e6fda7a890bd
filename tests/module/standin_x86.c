/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * standin_machine.c's processor: i386, or x86_64. A restart stops the other CPUs, calls the
 * restart handlers, if it does on this machine, and then the function that is probed.
 */
#include "kleap.h"

#include "trampoline.h"

enum x86_hypervisor_type x86_hyper_type;
struct cpuinfo_x86 boot_cpu_data = { .x86_phys_bits = 40 };

unsigned long native_read_cr4(void)
{
	return kernel.cr4;
}

unsigned int cpuid_eax(unsigned int leaf)
{
	if (leaf == 0x80000000)
		return kernel.sme ? 0x80000021 : 0x80000008;
	HOLDS(leaf == 0x8000001f && kernel.sme);
	return 0xf;
}

void wbinvd(void)
{
	HOLDS(kernel.irqs_off);
	kernel.caches_written++;
}

/* native_machine_emergency_restart() */
void emergency_restart(void)
{
	machine_fire();
	machine_end(OUTCOME_RESET);
}

void machine_restart(void)
{
	/* machine_shutdown() */
	if (!kernel.forced) {
		kernel.irqs_off = kernel.CONFIG_SMP;
		kernel.cpus_stopped = true;
		for (unsigned int cpu = 1; cpu < CPUS && !kernel.cpus_stay; cpu++)
			kernel.online[cpu] = false;
	}
	machine_call_handlers();
	emergency_restart();
}

#ifdef CONFIG_X86_64
typedef uint64_t word;
#else
typedef uint32_t word;
#endif

void ARCH(switch)(word cr3, word page)
{
	machine_switch(cr3, page);
}

void ARCH(rehearse)(word cr3, word page)
{
	machine_come_and_go(cr3, page);
}

void processor_on(void)
{
	kernel.cr4 = X86_CR4_PAE;
	x86_hyper_type = X86_HYPER_NATIVE;
}
