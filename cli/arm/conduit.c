// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * PSCI, by which firmware resets the machine: the device tree says how to call it, or ACPI.
 */
#include "conduit.h"
#include "../cli.h"

#include <string.h>

#define METHOD "/sys/firmware/devicetree/base/psci/method"

/* FADT: ARM_BOOT_ARCH, of 16 bits. */
#define FADT "/sys/firmware/acpi/tables/FACP"
#define FADT_ARM 129u
#define FADT_PSCI 1u
#define FADT_HVC 2u

enum arch_conduit read_conduit(void)
{
	unsigned char table[FADT_ARM + 2];
	char path[256], method[8];

	read_machine_text(METHOD, method, sizeof(method));
	if (!strcmp(method, "hvc"))
		return ARCH_CONDUIT_HVC;
	if (!strcmp(method, "smc"))
		return ARCH_CONDUIT_SMC;
	if (read_system_file(system_path(path, sizeof(path), FADT), table, sizeof(table)) <
	    (long)sizeof(table) || !(table[FADT_ARM] & FADT_PSCI))
		return ARCH_CONDUIT_NONE;
	return table[FADT_ARM] & FADT_HVC ? ARCH_CONDUIT_HVC : ARCH_CONDUIT_SMC;
}
