// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * EFI and ACPI data in the form that the new kernel can read; a seed for it; the list of
 * what is passed on.
 */
#include "../cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SETUP_RNG_SEED 9

/* The first protocol with acpi_rsdp_addr in the zero page. */
#define PROTOCOL_ACPI_RSDP 0x020e

/* Counts in the running kernel's boot_params. */
#define PARAMS_EDD_ENTRIES 0x1e9
#define PARAMS_EDD_SIGNATURES 0x1ea

/* At its end it could be inside quotes, or behind "--". */
int add_word(char **line, const char *word)
{
	size_t size = strlen(*line) + strlen(word) + 2;
	char *longer = malloc(size);

	if (!longer)
		return say_errno(ENOMEM, NULL, "cannot build the command line");
	snprintf(longer, size, "%s%s%s", word, **line ? " " : "", *line);
	free(*line);
	*line = longer;
	return EXIT_OK;
}

/*
 * Only a kernel that can take over runtime services gets them. Any other gets the tables,
 * and must not use the services, which have the running kernel's virtual addresses.
 */
static int complete_efi(struct job *job)
{
	struct boot_efi *efi = &job->machine.efi;

	if (!boot_reads_efi_setup(job->kernel.data, job->kernel.size))
		efi->ranges = 0;
	if (!job->machine.has_efi || efi->ranges || boot_find_option(job->command_line, "noefi"))
		return EXIT_OK;
	add_note(&job->notes, "the new kernel gets EFI tables but no runtime services: noefi is added to its command line");
	return add_word(&job->command_line, "noefi");
}

/*
 * The RSDP for kernels without a field for it. On BIOS machines it lies below 1 MiB,
 * where kernels look for it; with runtime services it is among the EFI tables.
 */
static int complete_acpi(struct job *job)
{
	uint16_t protocol = boot_protocol_of(job->kernel.data, job->kernel.size);
	uint64_t rsdp = job->machine.acpi_rsdp;
	char word[64];

	if (!protocol || protocol >= PROTOCOL_ACPI_RSDP || rsdp < 1u << 20 ||
	    job->machine.efi.ranges || boot_find_option(job->command_line, "acpi_rsdp="))
		return EXIT_OK;
	snprintf(word, sizeof(word), "acpi_rsdp=0x%" PRIx64, rsdp);
	add_note(&job->notes, "the new kernel's boot protocol has no field for ACPI: %s is added to its command line",
		 word);
	return add_word(&job->command_line, word);
}

int complete_params(struct job *job)
{
	int code = complete_efi(job);

	if (!code)
		code = complete_acpi(job);
	job->seed_item = (struct boot_setup){ .type = SETUP_RNG_SEED, .data = job->seed,
					      .size = sizeof(job->seed) };
	return code;
}

void take_seed(struct job *job)
{
	job->has_seed = getrandom(job->seed, sizeof(job->seed), GRND_NONBLOCK) ==
			(ssize_t)sizeof(job->seed) &&
			getrandom(job->kaslr_seed, sizeof(job->kaslr_seed), GRND_NONBLOCK) ==
			(ssize_t)sizeof(job->kaslr_seed);
}

void forget_seed(struct job *job)
{
	explicit_bzero(job->seed, sizeof(job->seed));
	explicit_bzero(job->kaslr_seed, sizeof(job->kaslr_seed));
	explicit_bzero(job->layout.params, sizeof(job->layout.params));
}

const char *passed_on(const struct job *job, size_t index)
{
	const struct machine *machine = &job->machine;
	bool edd = machine->has_params && (machine->params[PARAMS_EDD_ENTRIES] ||
					   machine->params[PARAMS_EDD_SIGNATURES]);
	bool screen = machine->has_screen ? machine->screen.type != 0 : machine->has_params;
	bool tree = job->tree.blob != NULL;
	const struct { bool passed; const char *name; } what[] = {
		{ tree, "device tree" },
		{ tree && tree_has_efi(&job->tree), "EFI" },
		{ !tree && machine->acpi_rsdp != 0, "ACPI" },
		{ machine->has_efi && !machine->efi.ranges, "EFI tables" },
		{ machine->has_efi && machine->efi.ranges, "EFI runtime services" },
		{ !tree && screen, "screen" },
		{ edd, "EDD" },
		{ job->has_seed, "random seed" },
	};
	size_t i;

	for (i = 0; i < sizeof(what) / sizeof(what[0]); i++)
		if (what[i].passed && !index--)
			return what[i].name;
	return NULL;
}
