/* SPDX-License-Identifier: GPL-2.0-only */
/* standin_arm.c's device tree: the interrupt controller, and the CPUs. */
#include "kleap.h"

struct device_node {
	int unused;
};
static struct device_node gic, cpu_node[CPUS];

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
	HOLDS(!from && !type && !strcmp(compatible, "arm,gic-v3"));
	return kernel.gic.regions ? get(&gic) : NULL;
}

/* One for each CPU that the test gives a method, or a release address. */
struct device_node *of_get_cpu_node(unsigned int cpu, unsigned int *thread)
{
	HOLDS(cpu < CPUS && !thread);
	return kernel.enable_method[cpu] || kernel.release[cpu] ? get(&cpu_node[cpu]) : NULL;
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
	HOLDS(node >= cpu_node && node < cpu_node + CPUS && !strcmp(name, "enable-method"));
	if (!kernel.enable_method[node - cpu_node])
		return -EINVAL;
	*value = kernel.enable_method[node - cpu_node];
	return 0;
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
