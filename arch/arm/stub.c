// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See stub.h. */
#include "stub.h"
#include "params.h"

/*
 * The code: PARAMS bytes each. The command has that of its own machine: a plan for another is
 * not entered.
 */
extern const unsigned char __attribute__((weak)) arm_stub[PARAMS], arm64_stub[PARAMS];

static void write_page(unsigned char *page, const unsigned char *code,
		       const struct arch_stub *stub)
{
	struct arm_params params = arm_params(&stub->entry, &stub->uart, stub->conduit);

	params.check = stub->check;
	params.hash = stub->loaded;
	memcpy(params.range, stub->range, stub->ranges * sizeof(*stub->range));
	memset(page, 0, ARM_STUB_SIZE);
	if (code)
		memcpy(page, code, PARAMS);
	memcpy(page + PARAMS, &params, sizeof(params));
}

void arm_stub_write(void *page, const struct arch_stub *stub)
{
	write_page(page, arm_stub, stub);
}

void arm64_stub_write(void *page, const struct arch_stub *stub)
{
	write_page(page, arm64_stub, stub);
}
