// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How a kernel is entered on i386 and x86_64: the registers by their names, and what a
 * leap needs for it.
 */
#include "../../arch/i386/trampoline.h"
#include "../../arch/x86/stub.h"
#include "../../arch/x86_64/trampoline.h"
#include "../cli.h"
#include "x86.h"

#define REGISTERS \
	{ "si", KLEAP_X86_SI }, { "sp", KLEAP_X86_SP }, \
	{ "gdt_base", KLEAP_X86_GDT_BASE }, { "gdt_limit", KLEAP_X86_GDT_LIMIT }, \
	{ "tables", KLEAP_X86_TABLES }

const struct entry_words entry_x86_32 = {
	.machine = KLEAP_X86_32,
	.mode = "32-bit",
	.last_mode = "32-bit mode with paging off",
	.params_name = "boot params",
	.params = KLEAP_X86_SI,
	.reg = { REGISTERS },
};

const struct entry_words entry_x86_64 = {
	.machine = KLEAP_X86_64,
	.mode = "64-bit",
	.last_mode = "64-bit mode",
	.params_name = "boot params",
	.params = KLEAP_X86_SI,
	.reg = { REGISTERS },
};

uint32_t x86_table_count(const struct machine *machine, const struct kimg_range *ram,
			 uint32_t ranges)
{
	/* Modules are at these addresses. On i386 the most tables are needed, with PAE. */
	struct arch_control control = {
		.frame = 1, .pae = true, .switch_address = 0xf8000000u,
		.la57 = machine->five_levels, .gib_pages = machine->gib_pages,
		.memory = ram, .memories = ranges,
	};

	if (!machine->processor->wide)
		return i386_table_count(&control);
	control.switch_address = 0xffffffffc0000000u;
	return x86_64_table_count(&control);
}

void x86_write_stub(const struct machine *machine, void *page, uint64_t address,
		    const struct arch_stub *stub)
{
	if (machine->processor->wide)
		x86_64_stub_write(page, address, stub);
	else
		i386_stub_write(page, address, stub);
}
