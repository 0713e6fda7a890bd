// SPDX-License-Identifier: GPL-2.0-only
/*
 * GICv3's tables for LPIs. A redistributor that was given its tables reads and writes them
 * until the next reset. The next kernel finds their addresses in the redistributor, and takes
 * them over if their memory is reserved.
 *
 * Redistributors are found by the device tree. With ACPI there is none: kernels hand these
 * reservations on through UEFI.
 */
#include "gic.h"

#include <linux/io.h>
#include <linux/irqchip/arm-gic-v3.h>
#include <linux/of.h>
#include <linux/of_address.h>
#include <linux/sizes.h>

/* Documentation/devicetree/bindings/interrupt-controller/arm,gic-v3.yaml: the first is GICD. */
#define FIRST_REGION 1

#define TABLES "GICv3 LPI tables"

struct walk {
	kleap_kept_fn *function;
	void *arg;
	u64 stride;		/* from one redistributor to the next; 0: by its type */
	u64 property;		/* the property table that was told last: all share one */
};

static int tell(const struct walk *walk, u64 start, u64 size)
{
	/* Linux reserves whole units of 64 KiB, and wants them reserved. */
	return walk->function(walk->arg, start, start + ALIGN(size, SZ_64K), TABLES);
}

static int tell_tables(struct walk *walk, void __iomem *rd)
{
	u64 property, pending, ids;
	int code = 0;

	if (!(readl_relaxed(rd + GICR_CTLR) & GICR_CTLR_ENABLE_LPIS))
		return 0;
	property = gicr_read_propbaser(rd + GICR_PROPBASER);
	pending = gicr_read_pendbaser(rd + GICR_PENDBASER) & GENMASK_ULL(51, 16);
	/* A byte of properties and a pending bit for each. */
	ids = 1ull << ((property & GICR_PROPBASER_IDBITS_MASK) + 1);
	property &= GENMASK_ULL(51, 12);
	if (property != walk->property)
		code = tell(walk, property, ids);
	walk->property = property;
	return code ? code : tell(walk, pending, ids / 8);
}

static u64 stride_of(const struct walk *walk, u64 type)
{
	if (walk->stride)
		return walk->stride;
	/* Each has two frames; with virtual LPIs, four. */
	return type & GICR_TYPER_VLPIS ? 4 * SZ_64K : 2 * SZ_64K;
}

static bool is_redistributor(void __iomem *rd)
{
	u32 version = readl_relaxed(rd + GICR_PIDR2) & GIC_PIDR2_ARCH_MASK;

	return version == GIC_PIDR2_ARCH_GICv3 || version == GIC_PIDR2_ARCH_GICv4;
}

/* The redistributors of a region follow each other, and the last one says so. */
static int walk_region(struct walk *walk, void __iomem *region, u64 size)
{
	u64 at, type = 0;
	int code = 0;

	for (at = 0; !code && at + 2 * SZ_64K <= size && !(type & GICR_TYPER_LAST);
	     at += stride_of(walk, type)) {
		if (!is_redistributor(region + at))
			break;
		type = gic_read_typer(region + at + GICR_TYPER);
		code = tell_tables(walk, region + at);
	}
	return code;
}

int gic_for_each_table(kleap_kept_fn *function, void *arg)
{
	struct device_node *node = of_find_compatible_node(NULL, NULL, "arm,gic-v3");
	struct walk walk = { .function = function, .arg = arg };
	u32 regions = 1, i;
	int code = 0;

	if (!node)
		return 0;
	of_property_read_u32(node, "#redistributor-regions", &regions);
	of_property_read_u64(node, "redistributor-stride", &walk.stride);
	for (i = 0; i < regions && !code; i++) {
		struct resource resource;
		void __iomem *region;

		if (of_address_to_resource(node, FIRST_REGION + i, &resource))
			break;
		region = ioremap(resource.start, resource_size(&resource));
		if (!region) {
			code = -ENOMEM;
			break;
		}
		code = walk_region(&walk, region, resource_size(&resource));
		iounmap(region);
	}
	of_node_put(node);
	return code;
}
