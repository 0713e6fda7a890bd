// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * arm64: how a kernel is entered, and what a leap needs for it.
 */
#include "../../arch/arm/stub.h"
#include "../../arch/arm64/trampoline.h"
#include "../arm/conduit.h"
#include "arm64.h"
#include "elf.h"

static uint32_t table_count(const struct machine *machine, const struct kimg_range *ram,
			    uint32_t ranges)
{
	const struct arch_control control = { .frame = 1, .memory = ram, .memories = ranges };

	(void)machine;
	return arm64_table_count(&control);
}

static void write_stub(const struct machine *machine, void *page, uint64_t address,
		       const struct arch_stub *stub)
{
	(void)machine, (void)address;
	arm64_stub_write(page, stub);
}

/* A processor without pages of that size stops at the kernel's first instructions. */
static void note_kernel(const struct kernel *kernel, uint32_t page, struct notes *notes)
{
	struct boot_image image;
	struct kimg_why why;

	if (!boot_image_open(kernel->data, kernel->size, &image, &why) && image.page_size &&
	    image.page_size != page)
		add_note(notes, "this kernel has pages of %s, which not every processor has: "
			 "without them it stops without a message", size_text(image.page_size));
}

const struct entry_words entry_arm64 = {
	.machine = KLEAP_ARM64,
	.mode = "64-bit",
	.last_mode = "64-bit mode with the MMU off",
	.params_name = "device tree",
	.params = KLEAP_ARM64_X0,
	.reg = { { "x0", KLEAP_ARM64_X0 }, { "x1", KLEAP_ARM64_X1 }, { "x2", KLEAP_ARM64_X2 },
		 { "x3", KLEAP_ARM64_X3 } },
};

const struct processor processor_arm64 = {
	.name = "arm64",
	.pattern = "aarch64*",
	.cpu = BOOT_CPU_ARM64,
	.elf = ELF_AARCH64,
	.wide = true,
	.has_tree = true,
	.last = (1ull << 48) - 1,
	.control_last = (1ull << 48) - 1,
	.kexec_bits = 48,
	.table_count = table_count,
	.stuck_cpus = arm64_stuck_cpus,
	.write_stub = write_stub,
	.conduit = read_conduit,
	.note_kernel = note_kernel,
	.file_loader = &arm64_file_loader,
};
