// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How a kernel is entered on i386 and x86_64: the registers by their names, and what a
 * leap needs for it.
 */
#include "../../arch/i386/trampoline.h"
#include "../../arch/x86/stub.h"
#include "../../arch/x86_64/trampoline.h"
#include "../cli.h"

const char *entry_mode(const struct kleap_entry *entry)
{
	return entry->machine == KLEAP_X86_64 ? "64-bit" : "32-bit";
}

const char *last_mode(uint32_t machine)
{
	return machine == KLEAP_X86_64 ? "64-bit mode" : "32-bit mode with paging off";
}

uint64_t entry_params(const struct kleap_entry *entry)
{
	return entry->reg[KLEAP_X86_SI];
}

const char *entry_register(const struct kleap_entry *entry, unsigned int index,
			   uint64_t *value)
{
	static const struct {
		const char *name;
		enum kleap_x86_register at;
	} registers[] = {
		{ "si", KLEAP_X86_SI }, { "sp", KLEAP_X86_SP },
		{ "gdt_base", KLEAP_X86_GDT_BASE }, { "gdt_limit", KLEAP_X86_GDT_LIMIT },
		{ "tables", KLEAP_X86_TABLES },
	};

	if (index >= sizeof(registers) / sizeof(registers[0]))
		return NULL;
	*value = entry->reg[registers[index].at];
	return registers[index].name;
}

uint32_t table_count(const struct machine *machine, const struct kimg_range *ram,
		     uint32_t ranges)
{
	/* Modules are at these addresses. On i386 the most tables are needed, with PAE. */
	struct arch_control control = {
		.frame = 1, .pae = true, .switch_address = 0xf8000000u,
		.la57 = machine->five_levels, .gib_pages = machine->gib_pages,
		.memory = ram, .memories = ranges,
	};

	if (!machine->long_mode)
		return i386_table_count(&control);
	control.switch_address = 0xffffffffc0000000u;
	return x86_64_table_count(&control);
}

void write_stub(const struct machine *machine, void *page, uint64_t address,
		const struct arch_stub *stub)
{
	if (machine->long_mode)
		x86_64_stub_write(page, address, stub);
	else
		i386_stub_write(page, address, stub);
}
