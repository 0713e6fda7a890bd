/* SPDX-License-Identifier: GPL-2.0-only */
/* standin_arm.c's device tree: the interrupt controller, PSCI, and the CPUs. */
#include "kleap.h"

static struct device_node gic, psci, cpus, cpu_node[CPUS];

static struct device_node *get(struct device_node *node)
{
	might_sleep();
	kernel.nodes++;
	return node;
}

void of_node_put(struct device_node *node)
{
	HOLDS(node && kernel.nodes == 1 && !kernel.gic.mapped);
	kernel.nodes--;
}

struct device_node *of_find_compatible_node(struct device_node *from, const char *type,
					    const char *compatible)
{
	HOLDS(!from && !type);
	if (!strncmp(compatible, "arm,psci", 8))
		return kernel.psci && !strcmp(compatible, kernel.psci) ? get(&psci) : NULL;
	HOLDS(!strcmp(compatible, "arm,gic-v3"));
	return kernel.gic.regions ? get(&gic) : NULL;
}

bool of_device_is_available(const struct device_node *node)
{
	HOLDS(node == &psci && kernel.nodes == 1);
	return !kernel.psci_disabled;
}

bool of_machine_is_compatible(const char *compatible)
{
	return kernel.board && !strcmp(compatible, kernel.board);
}

/* A property of this, if it has a value. */
static int read_string(const char *told, const char **value)
{
	if (!told)
		return -EINVAL;
	*value = told;
	return 0;
}

/* One for each CPU that the test gives a method, or a release address. */
struct device_node *of_get_cpu_node(unsigned int cpu, unsigned int *thread)
{
	HOLDS(cpu < CPUS && !thread);
	cpu_node[cpu].parent = &cpus;
	return kernel.enable_method[cpu] || kernel.release[cpu] || kernel.enable_method_of_all ?
		get(&cpu_node[cpu]) : NULL;
}

struct device_node *of_get_next_cpu_node(struct device_node *node)
{
	unsigned int cpu = node ? (unsigned int)(node - cpu_node) + 1 : 0;

	if (node)
		of_node_put(node);
	for (; cpu < CPUS; cpu++)
		if (kernel.enable_method[cpu] || kernel.release[cpu])
			return get(&cpu_node[cpu]);
	return NULL;
}

int of_cpu_node_to_id(struct device_node *node)
{
	unsigned int cpu = (unsigned int)(node - cpu_node);

	return cpu_possible(cpu) ? (int)cpu : -ENODEV;
}

int of_property_read_string(const struct device_node *node, const char *name, const char **value)
{
	HOLDS(kernel.nodes == 1);
	if (node == &psci) {
		HOLDS(!strcmp(name, "method"));
		return read_string(kernel.psci_method, value);
	}
	HOLDS(!strcmp(name, "enable-method"));
	if (node == &cpus)
		return read_string(kernel.enable_method_of_all, value);
	HOLDS(node >= cpu_node && node < cpu_node + CPUS);
	return read_string(kernel.enable_method[node - cpu_node], value);
}

int of_property_read_u32(const struct device_node *node, const char *name, u32 *value)
{
	HOLDS(node == &gic && !strcmp(name, "#redistributor-regions"));
	if (kernel.gic.regions == 1)
		return -EINVAL;
	*value = kernel.gic.regions;
	return 0;
}

int of_property_read_u64(const struct device_node *node, const char *name, u64 *value)
{
	u64 told = node == &gic ? kernel.gic.stride : kernel.release[node - cpu_node];

	HOLDS(!strcmp(name, node == &gic ? "redistributor-stride" : "cpu-release-addr"));
	if (!told)
		return -EINVAL;
	*value = told;
	return 0;
}

/* Region 0 is the distributor's. Addresses have nothing to do with memory. */
int of_address_to_resource(struct device_node *node, int index, struct resource *resource)
{
	HOLDS(node == &gic && index >= 1);
	if ((unsigned int)index > ARRAY_SIZE(kernel.gic.size) || !kernel.gic.size[index - 1])
		return -EINVAL;
	resource->start = (u64)index << 40;
	resource->end = resource->start + kernel.gic.size[index - 1] - 1;
	return 0;
}
