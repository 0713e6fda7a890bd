// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs on ARM. A restart leaves them where an interrupt finds them, in memory of the running
 * kernel. Those that are taken offline are off: the firmware, by PSCI, has them back. park.c
 * has those that cannot be.
 */
#include "hotplug.h"
#include "park.h"

#include <linux/cpu.h>
#include <linux/cpumask.h>

/* The restart moves to this CPU, or to the first that is online. */
#define LAST_CPU 0

static bool is_fixed(unsigned int cpu)
{
	return cpu != LAST_CPU && cpu_online(cpu) && !cpu_is_hotpluggable(cpu) &&
	       !park_can(cpu);
}

enum kimg_error hotplug_check(struct kimg_why *why)
{
	return kleap_refuse_cpus(is_fixed, KIMG_E_CPUS_STAY, why);
}

static bool is_left(unsigned int cpu)
{
	return cpu_online(cpu) && cpu != cpumask_first(cpu_online_mask) && !park_can(cpu);
}

enum kimg_error hotplug_stop(struct kimg_why *why)
{
	unsigned int cpu;

	for_each_present_cpu(cpu)
		if (is_left(cpu))
			remove_cpu(cpu);
	return kleap_refuse_cpus(is_left, KIMG_E_CPUS_STAY, why);
}
