// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See stub.h. */
#include "stub.h"
#include "params.h"

/*
 * The code: PARAMS bytes each. The command has that of its own machine: a plan for another is
 * not entered.
 */
extern const unsigned char __attribute__((weak)) i386_stub[PARAMS], x86_64_stub[PARAMS];

static void write_page(unsigned char *page, const unsigned char *code, uint64_t address,
		       const struct arch_stub *stub)
{
	struct x86_params params = x86_params(&stub->entry, address);

	params.uart = (uint32_t)stub->uart.address;
	params.check = stub->check;
	params.hash = stub->loaded;
	memcpy(params.range, stub->range, stub->ranges * sizeof(*stub->range));
	memset(page, 0, X86_STUB_SIZE);
	if (code)
		memcpy(page, code, PARAMS);
	memcpy(page + PARAMS, &params, sizeof(params));
}

void i386_stub_write(void *page, uint64_t address, const struct arch_stub *stub)
{
	uint32_t operand = (uint32_t)address;

	write_page(page, i386_stub, address, stub);
	/* The first instruction loads the address of the page: one byte, and this. */
	memcpy((unsigned char *)page + 1, &operand, sizeof(operand));
}

void x86_64_stub_write(void *page, uint64_t address, const struct arch_stub *stub)
{
	write_page(page, x86_64_stub, address, stub);
}
