// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUs on ARM. A restart leaves them where an interrupt finds them, in memory of the running
 * kernel. So they are taken offline, and are off then: the firmware, by PSCI, has them back, or
 * on arm the machine's own code. park.c has those that cannot be.
 */
#include "hotplug.h"
#include "park.h"
#include "psci.h"

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/of.h>

/* The restart moves to this CPU, or to the first that is online. */
#define LAST_CPU 0

static bool is_fixed(unsigned int cpu)
{
	return cpu != LAST_CPU && cpu_online(cpu) && !cpu_is_hotpluggable(cpu) &&
	       !park_can(cpu);
}

#ifdef CONFIG_ARM

/*
 * Linux's code for these takes power or the clock from a CPU that goes offline, or holds it in
 * reset (smp_ops.cpu_kill). With any other it may wait for an interrupt in the running kernel's
 * text. cpu_is_hotpluggable() does not tell the one from the other.
 */
static const char *const methods[] = {
	"allwinner,sun8i-a83t-smp", "allwinner,sun9i-a80-smp", "amlogic,meson8-smp",
	"amlogic,meson8b-smp", "brcm,brahma-b15", "hisilicon,hi3620-smp", "marvell,berlin-smp",
	"renesas,apmu", "rockchip,rk3036-smp", "rockchip,rk3066-smp",
};
static const char *const machines[] = {
	"fsl,imx6dl", "fsl,imx6q", "fsl,imx6qp", "fsl,imx7d", "nvidia,tegra20", "nvidia,tegra30",
	"nvidia,tegra114", "nvidia,tegra124", "xlnx,zynq-7000",
};

/* The enable-method of a CPU, or of all; "": there is none. */
static const char *method_of(unsigned int cpu)
{
	struct device_node *node = of_get_cpu_node(cpu, NULL);
	const char *method = "";

	if (!node)
		return method;
	if (of_property_read_string(node, "enable-method", &method))
		of_property_read_string(node->parent, "enable-method", &method);
	of_node_put(node);
	return method;
}

static bool goes_off(unsigned int cpu)
{
	const char *method = method_of(cpu);
	unsigned int i;

	/* Where the firmware has it, Linux prefers PSCI to all else, if it is built with that. */
	if (IS_ENABLED(CONFIG_ARM_PSCI) && psci_in_tree())
		return true;
	for (i = 0; i < ARRAY_SIZE(machines); i++)
		if (of_machine_is_compatible(machines[i]))
			return true;
	for (i = 0; i < ARRAY_SIZE(methods); i++)
		if (!strcmp(method, methods[i]))
			return true;
	return false;
}

/* CPUs that are offline are no different. */
static bool is_not_off(unsigned int cpu)
{
	return cpu != cpumask_first(cpu_online_mask) && !goes_off(cpu);
}

static enum kimg_error check_off(struct kimg_why *why)
{
	enum kimg_error error = kleap_refuse_cpus(is_not_off, KIMG_E_CPUS_NOT_OFF, why);
	unsigned int cpu;

	if (!error)
		return KIMG_OK;
	cpu = why->c + __ffs64(why->b);
	pr_notice("CPU %u: enable-method \"%s\" is not known to switch it off\n", cpu,
		  method_of(cpu));
	return error;
}

#else

/* There PSCI is all that takes a CPU offline. */
static enum kimg_error check_off(struct kimg_why *why)
{
	return KIMG_OK;
}

#endif

enum kimg_error hotplug_check(struct kimg_why *why)
{
	enum kimg_error error = kleap_refuse_cpus(is_fixed, KIMG_E_CPUS_STAY, why);

	return error ? error : check_off(why);
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
