// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 32-bit ARM: how a kernel is entered, and what a leap needs for it.
 */
#include "../../arch/arm/stub.h"
#include "../../arch/arm/trampoline.h"
#include "../cli.h"
#include "arm.h"
#include "elf.h"

static uint32_t table_count(const struct machine *machine, const struct kimg_range *ram,
			    uint32_t ranges)
{
	/* Modules are at these addresses, with 3 GiB for user programs. */
	struct arch_control control = {
		.frame = 1, .switch_address = 0xbf000000u, .lpae = true,
		.memory = ram, .memories = ranges,
	};
	uint32_t with = arm_table_count(&control), without;

	/* The kernel has LPAE if it has memory above 4 GiB; else nothing tells. */
	if (boot_map_ram(&machine->map, UINT32_MAX + 1ull))
		return with;
	control.lpae = false;
	/* The first two are larger than a page. */
	without = arm_table_count(&control) - 2 + (2u << arm_table_order(&control, 0));
	return with > without ? with : without;
}

static void write_stub(const struct machine *machine, void *page, uint64_t address,
		       const struct arch_stub *stub)
{
	struct arch_stub here = *stub;

	(void)machine, (void)address;
	here.conduit = read_conduit();
	arm_stub_write(page, &here);
}

const struct entry_words entry_arm = {
	.machine = KLEAP_ARM,
	.mode = "ARM",
	.last_mode = "ARM state with the MMU off",
	.params_name = "device tree",
	.params = KLEAP_ARM_R2,
	.reg = { { "r0", KLEAP_ARM_R0 }, { "r1", KLEAP_ARM_R1 }, { "r2", KLEAP_ARM_R2 } },
};

const struct processor processor_arm = {
	.name = "arm",
	.pattern = "arm*",
	.cpu = BOOT_CPU_ARM,
	.elf = ELF_ARM,
	.has_tree = true,
	.last = UINT32_MAX,
	.control_last = UINT32_MAX,
	.kexec_bits = 32,
	.table_count = table_count,
	.write_stub = write_stub,
};
