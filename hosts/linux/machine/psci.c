// SPDX-License-Identifier: GPL-2.0-only
/*
 * PSCI, by what firmware tells. What Linux has found is not exported; arm_smccc_1_1_get_conduit()
 * tells the conduit, but only where the firmware also has version 1.1 of the SMC calling
 * convention, as some with PSCI 0.2 and 1.0 has not.
 */
#include "psci.h"

#include <linux/acpi.h>
#include <linux/arm-smccc.h>
#include <linux/of.h>

/* PSCI 0.1 cannot reset the machine. */
static const char *const versions[] = { "arm,psci-1.0", "arm,psci-0.2", "arm,psci" };
#define WITH_RESET 2

/* The node, held, of the first `count` of the versions; NULL: there is none that Linux uses. */
static struct device_node *find(unsigned int count)
{
	struct device_node *node = NULL;
	unsigned int i;

	for (i = 0; i < count && !node; i++)
		node = of_find_compatible_node(NULL, NULL, versions[i]);
	if (node && !of_device_is_available(node)) {
		of_node_put(node);
		return NULL;
	}
	return node;
}

bool psci_in_tree(void)
{
	struct device_node *node = find(ARRAY_SIZE(versions));

	if (!node)
		return false;
	of_node_put(node);
	return true;
}

static enum arch_conduit conduit_in_tree(void)
{
	struct device_node *node = find(WITH_RESET);
	enum arch_conduit conduit = ARCH_CONDUIT_NONE;
	const char *method = "";

	if (!node)
		return conduit;
	of_property_read_string(node, "method", &method);
	if (!strcmp(method, "hvc"))
		conduit = ARCH_CONDUIT_HVC;
	else if (!strcmp(method, "smc"))
		conduit = ARCH_CONDUIT_SMC;
	of_node_put(node);
	return conduit;
}

#ifdef CONFIG_ACPI
static enum arch_conduit conduit_by_acpi(void)
{
	u16 flags = acpi_gbl_FADT.arm_boot_flags;

	if (!(flags & ACPI_FADT_PSCI_COMPLIANT))
		return ARCH_CONDUIT_NONE;
	return flags & ACPI_FADT_PSCI_USE_HVC ? ARCH_CONDUIT_HVC : ARCH_CONDUIT_SMC;
}
#endif

enum arch_conduit psci_conduit(void)
{
	/* Kernels for boards without PSCI have no such function. */
	switch (IS_ENABLED(CONFIG_HAVE_ARM_SMCCC_DISCOVERY) ? arm_smccc_1_1_get_conduit() :
		SMCCC_CONDUIT_NONE) {
	case SMCCC_CONDUIT_HVC:
		return ARCH_CONDUIT_HVC;
	case SMCCC_CONDUIT_SMC:
		return ARCH_CONDUIT_SMC;
	default:
		break;
	}
#ifdef CONFIG_ACPI
	if (!acpi_disabled)
		return conduit_by_acpi();
#endif
	return conduit_in_tree();
}
