/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * standin_arm.c's interrupt controller, as its device tree and its registers tell: a GICv3,
 * if the test gives it regions.
 */
#include "kleap.h"

#include "machine/gic.h"

#define FRAME 0x10000u

struct device_node {
	int unused;
};
static struct device_node gic;

struct device_node *of_find_compatible_node(struct device_node *from, const char *type,
					    const char *compatible)
{
	might_sleep();
	HOLDS(!from && !type && !strcmp(compatible, "arm,gic-v3"));
	if (!kernel.gic.regions)
		return NULL;
	kernel.gic.held++;
	return &gic;
}

void of_node_put(struct device_node *node)
{
	HOLDS(node == &gic && kernel.gic.held == 1 && !kernel.gic.mapped);
	kernel.gic.held--;
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
	HOLDS(node == &gic && !strcmp(name, "redistributor-stride"));
	if (!kernel.gic.stride)
		return -EINVAL;
	*value = kernel.gic.stride;
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

/* Nothing but addresses. */
void *ioremap(u64 address, u64 size)
{
	HOLDS(size == kernel.gic.size[(address >> 40) - 1] && !kernel.gic.mapped);
	if (kernel_fails())
		return NULL;
	kernel.gic.mapped = true;
	return (void *)(uintptr_t)((address >> 40) << 28);
}

void iounmap(void *window)
{
	HOLDS(window && kernel.gic.mapped);
	kernel.gic.mapped = false;
}

/* The redistributor whose first frame this register is in. */
static const struct redistributor *at(const void *address, uintptr_t *offset)
{
	uintptr_t region = ((uintptr_t)address >> 28) - 1;
	u64 place = (uintptr_t)address & 0xfffffff;

	HOLDS(kernel.gic.mapped && region < ARRAY_SIZE(kernel.gic.size));
	HOLDS(place < kernel.gic.size[region]);
	*offset = place % FRAME;
	for (const struct redistributor *rd = kernel.gic.rd; rd < kernel.gic.rd + kernel.gic.rds; rd++)
		if (rd->region == region && rd->place == place - *offset)
			return rd;
	return NULL;
}

u32 readl_relaxed(const void *address)
{
	uintptr_t offset;
	const struct redistributor *rd = at(address, &offset);

	HOLDS(offset == GICR_CTLR || offset == GICR_PIDR2);
	/* Nobody answers. */
	if (!rd)
		return UINT32_MAX;
	return offset == GICR_CTLR ? rd->ctlr : rd->version << 4;
}

u64 readq_relaxed(const void *address)
{
	uintptr_t offset;
	const struct redistributor *rd = at(address, &offset);

	HOLDS(rd && (offset == GICR_TYPER || offset == GICR_PROPBASER || offset == GICR_PENDBASER));
	return offset == GICR_TYPER ? rd->typer :
	       offset == GICR_PROPBASER ? rd->propbaser : rd->pendbaser;
}
