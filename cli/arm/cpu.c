// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 32-bit ARM: how a kernel is entered, and what a leap needs for it.
 */
#include "../../arch/arm/stub.h"
#include "../../arch/arm/trampoline.h"
#include "../cli.h"
#include "conduit.h"
#include "elf.h"

#include <string.h>

#define MEMINFO "/proc/meminfo"

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
	(void)machine, (void)address;
	arm_stub_write(page, stub);
}

/*
 * Since 6.10 a kernel with LPAE has its lower half unmapped while it runs (CONFIG_CPU_TTBR0_PAN).
 * Debian's 6.12 jumps there at the end of its kexec, stock's too, and stops; 7.2 arrives. Huge
 * pages tell of LPAE, which they need.
 */
static void note_kexec(struct notes *notes)
{
	uint32_t version = linux_version();
	char text[4096];

	read_machine_text(MEMINFO, text, sizeof(text));
	if (version >= LINUX_VERSION(6, 10) && version < LINUX_VERSION(7, 2) &&
	    strstr(text, "HugePages"))
		add_note(notes, "the kexec of Linux %u.%u with LPAE may stop before it gets to the new "
			 "kernel, as that of 6.12 does: better load by the module",
			 version >> 16, version & 0xffff);
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
	.conduit = read_conduit,
	.note_kexec = note_kexec,
};
