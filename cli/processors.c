// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The processors that the command knows. Each has a folder, with what is its own.
 */
#include "cli.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/utsname.h>

/* The machine as in uname(1), since Linux 6.1. */
#define ARCH "/proc/sys/kernel/arch"

extern const struct processor processor_i386, processor_x86_64, processor_arm, processor_arm64;
extern const struct entry_words entry_x86_32, entry_x86_64, entry_arm, entry_arm64;

static const struct processor *const processors[] = {
	&processor_i386, &processor_x86_64, &processor_arm, &processor_arm64,
};

static const struct entry_words *const words[] = {
	&entry_x86_32, &entry_x86_64, &entry_arm, &entry_arm64,
};

#define PROCESSORS (sizeof(processors) / sizeof(processors[0]))
#define WORDS (sizeof(words) / sizeof(words[0]))

/* The name of the machine that the kernel runs on, in a static buffer. */
static const char *running_machine(void)
{
	static struct utsname name;

	if (read_machine_text(ARCH, name.machine, sizeof(name.machine)) > 0) {
		name.machine[strcspn(name.machine, "\n")] = '\0';
	} else {
		/* Not the 32-bit one that setarch(8) makes of a 64-bit one. */
		personality(PER_LINUX);
		uname(&name);
	}
	return name.machine;
}

const struct processor *processor_named(const char *name)
{
	size_t i;

	for (i = 0; i < PROCESSORS; i++)
		if (!strcmp(processors[i]->name, name))
			return processors[i];
	return NULL;
}

const struct processor *running_processor(void)
{
	const char *machine = running_machine();
	size_t i;

	for (i = 0; i < PROCESSORS; i++)
		if (!fnmatch(processors[i]->pattern, machine, 0))
			return processors[i];
	return processors[0];
}

void read_processor(const struct options *options, struct machine *machine)
{
	const struct processor *running = running_processor();

	machine->processor = options->machine ? processor_named(options->machine) : running;
	machine->is_running_cpu = machine->processor->cpu == running->cpu;
	if (machine->processor->read)
		machine->processor->read(machine);
}

/* Those for an entry state's machine; the first, for one that only a newer module knows. */
static const struct entry_words *words_for(uint32_t machine)
{
	size_t i = WORDS - 1;

	while (i && words[i]->machine != machine)
		i--;
	return words[i];
}

const char *entry_mode(const struct kleap_entry *entry)
{
	return words_for(entry->machine)->mode;
}

const char *last_mode(uint32_t machine)
{
	return words_for(machine)->last_mode;
}

uint64_t entry_params(const struct kleap_entry *entry)
{
	return entry->reg[words_for(entry->machine)->params];
}

const char *entry_params_name(const struct kleap_entry *entry)
{
	return words_for(entry->machine)->params_name;
}

const char *entry_register(const struct kleap_entry *entry, unsigned int index, uint64_t *value)
{
	const struct entry_words *known = words_for(entry->machine);

	if (index == ENTRY_REGISTERS || !known->reg[index].name)
		return NULL;
	*value = entry->reg[known->reg[index].at];
	return known->reg[index].name;
}
