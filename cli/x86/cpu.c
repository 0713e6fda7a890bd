// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * i386 and x86_64, and what the processor can, as the kernel lists it.
 */
#include "x86.h"
#include "elf.h"

#include <stdio.h>
#include <string.h>
#if defined(__i386__) || defined(__x86_64__)
#include <cpuid.h>
#endif

#define CPUINFO "/proc/cpuinfo"

int cpu_has(const char *flag)
{
	char text[8192], word[32], *flags, *end;

	read_machine_text(CPUINFO, text, sizeof(text));
	flags = strstr(text, "\nflags\t");
	end = flags ? strchr(flags + 1, '\n') : NULL;
	if (!end)
		return -1;
	strcpy(end, " ");
	snprintf(word, sizeof(word), " %s ", flag);
	return strstr(flags, word) != NULL;
}

void ask_processor(uint32_t leaf, uint32_t reg[4])
{
	memset(reg, 0, 4 * sizeof(*reg));
#if defined(__i386__) || defined(__x86_64__)
	__get_cpuid(leaf, &reg[0], &reg[1], &reg[2], &reg[3]);
#else
	(void)leaf;
#endif
}

/* What a kernel of 64 bits does with it. */
static void read_paging(struct machine *machine)
{
	machine->five_levels = cpu_has("la57") == 1;
	machine->gib_pages = cpu_has("pdpe1gb") == 1;
}

const struct processor processor_i386 = {
	.name = "i386",
	.pattern = "i?86",
	.cpu = BOOT_CPU_X86,
	.elf = ELF_386,
	.has_ports = true,
	.last = UINT32_MAX,
	.control_last = UINT32_MAX,
	.kexec_bits = 32,
	.table_count = x86_table_count,
	.write_stub = x86_write_stub,
	.file_loader = &x86_file_loader,
};

/* Paging is turned off in the control pages. */
const struct processor processor_x86_64 = {
	.name = "x86_64",
	.pattern = "x86_64",
	.cpu = BOOT_CPU_X86,
	.elf = ELF_X86_64,
	.wide = true,
	.has_ports = true,
	.last = BOOT_64_END - 1,
	.control_last = UINT32_MAX,
	/* What the kernel maps with four levels. */
	.kexec_bits = 46,
	.read = read_paging,
	.table_count = x86_table_count,
	.write_stub = x86_write_stub,
	.file_loader = &x86_file_loader,
};
