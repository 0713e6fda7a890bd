/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * standin_arm.c's interrupt controller, as its registers tell: a GICv3, if the test gives it
 * regions.
 */
#include "kleap.h"

#include "machine/gic.h"

#define FRAME 0x10000u

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
