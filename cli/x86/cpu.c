// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the processor can, as the kernel lists it, and the kernel's own width.
 */
#include "../cli.h"
#include "elf.h"

#include <cpuid.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>

#define CPUINFO "/proc/cpuinfo"
/* The machine as in uname(1), since Linux 6.1. */
#define ARCH "/proc/sys/kernel/arch"

int cpu_has(const char *flag)
{
	char path[256], text[8192], word[32], *flags, *end;
	long got = read_system_file(system_path(path, sizeof(path), CPUINFO), text,
				    sizeof(text) - 2);

	if (got <= 0)
		return -1;
	text[got] = '\0';
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
	__get_cpuid(leaf, &reg[0], &reg[1], &reg[2], &reg[3]);
}

/* The name of the machine that the kernel runs on, in a static buffer. */
static const char *running_machine(void)
{
	static struct utsname name;
	char path[256];
	long got = read_system_file(system_path(path, sizeof(path), ARCH), name.machine,
				    sizeof(name.machine) - 1);

	if (got > 0) {
		name.machine[strcspn(name.machine, "\n")] = '\0';
	} else {
		/* Not the 32-bit one that setarch(8) makes of a 64-bit one. */
		personality(PER_LINUX);
		uname(&name);
	}
	return name.machine;
}

bool is_machine(const char *name)
{
	return !strcmp(name, "i386") || !strcmp(name, "x86_64");
}

const char *machine_name(const struct machine *machine)
{
	return machine->long_mode ? "x86_64" : "i386";
}

bool is_64_bit_kernel(void)
{
	return !strcmp(running_machine(), "x86_64");
}

uint16_t elf_machine(const struct machine *machine)
{
	return machine->long_mode ? ELF_X86_64 : ELF_386;
}

void read_processor(const struct options *options, struct machine *machine)
{
	machine->long_mode = options->machine ? !strcmp(options->machine, "x86_64") :
						is_64_bit_kernel();
	machine->five_levels = machine->long_mode && cpu_has("la57") == 1;
	machine->gib_pages = machine->long_mode && cpu_has("pdpe1gb") == 1;
}
