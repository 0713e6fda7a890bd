// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// hostile, what differs by processor: the states in which a kernel is entered, and UARTs.
//
// The good image has segments at 0x1000000, of 3 pages, and at 0x2000000, of 10.

#define _GNU_SOURCE
#include "hostile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

// ---- x86

static const struct load_case x86_cases[] = {
	{ "entry in the last byte", { SET(load.entry.address, 0x1002fff) }, 0, UNTOLD },
	{ "gdt outside", { SET(load.entry.reg[KLEAP_X86_GDT_BASE], 0x3000000) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_X86_GDT_BASE }, { 'b', 0x3000000 } } },
	{ "gdt ends outside", { SET(load.entry.reg[KLEAP_X86_GDT_BASE], 0x1002fe1) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_X86_GDT_BASE }, { 'b', 0x1002fe1 } } },
	{ "gdt ends inside", { SET(load.entry.reg[KLEAP_X86_GDT_BASE], 0x1002fe0) }, 0, UNTOLD },
	{ "gdt beyond 4 GiB", { SET(segment[1].mem, FOUR_GIB - PAGE), SET(segment[1].memsz, PAGE), SET(segment[1].bufsz, PAGE),
	  SET(load.entry.reg[KLEAP_X86_GDT_BASE], 0xffffffe1) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_X86_GDT_BASE }, { 'b', 0xffffffe1 } } },
	{ "gdt too long", { SET(load.entry.reg[KLEAP_X86_GDT_LIMIT], 0x10000) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_X86_GDT_LIMIT }, { 'b', 0x10000 } } },
	{ "no gdt", { SET(load.entry.reg[KLEAP_X86_GDT_LIMIT], 0), SET(load.entry.reg[KLEAP_X86_GDT_BASE], 0xffffffff) }, 0, UNTOLD },
	{ "register of 33 bits", { SET(load.entry.reg[KLEAP_X86_DI], FOUR_GIB) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_X86_DI }, { 'b', FOUR_GIB } } },
	{ "tables for 32 bits", { SET(load.entry.reg[KLEAP_X86_TABLES], 0x2000000) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_X86_TABLES }, { 'b', 0x2000000 } } },

	{ "64 bits", { SET(load.entry.machine, KLEAP_X86_64) }, EINVAL, KIMG_E_ABI_MACHINE, { { 'a', KLEAP_X86_64 } }, KERNEL_32 },
	{ "64 bits", { SET(load.entry.machine, KLEAP_X86_64), SET(load.entry.reg[KLEAP_X86_DI], ~0ull) }, 0, UNTOLD, { }, KERNEL_64 },
	{ "64 bits, above 4 GiB", { SET(load.entry.machine, KLEAP_X86_64), SET(segment[1].mem, FOUR_GIB),
	  SET(load.entry.address, FOUR_GIB + 0x9fff) }, 0, UNTOLD, { }, KERNEL_64 },
	{ "64 bits, entry outside", { SET(load.entry.machine, KLEAP_X86_64), SET(segment[1].mem, FOUR_GIB),
	  SET(load.entry.address, FOUR_GIB + 0xa000) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_REGISTERS }, { 'b', FOUR_GIB + 0xa000 } }, KERNEL_64 },
	{ "tables", { SET(load.entry.machine, KLEAP_X86_64), SET(load.entry.reg[KLEAP_X86_TABLES], 0x2008000) }, 0, UNTOLD, { }, KERNEL_64 },
	{ "second table outside", { SET(load.entry.machine, KLEAP_X86_64), SET(load.entry.reg[KLEAP_X86_TABLES], 0x2009000) }, EINVAL,
	  KIMG_E_ABI_REGISTERS, { { 'a', KLEAP_X86_TABLES }, { 'b', 0x2009000 } }, KERNEL_64 },
	{ "tables within pages", { SET(load.entry.machine, KLEAP_X86_64), SET(load.entry.reg[KLEAP_X86_TABLES], 0x2000800) }, EINVAL,
	  KIMG_E_ABI_REGISTERS, { { 'a', KLEAP_X86_TABLES }, { 'b', 0x2000800 } }, KERNEL_64 },
	{ "ARM", { SET(load.entry.machine, KLEAP_ARM) }, EINVAL, KIMG_E_ABI_MACHINE, { { 'a', KLEAP_ARM } } },

	{ "last ports", { SET(load.uart, 0xfff8) }, 0, UNTOLD },
	{ "no eight ports", { SET(load.uart, 0xfff9) }, EINVAL, KIMG_E_ABI_UART, { { 'a', 0xfff9 } } },
	{ "a UART of ARM", { SET(load.uart_type, KLEAP_UART_PL011) }, EINVAL, KIMG_E_ABI_UART, { { 'b', KLEAP_UART_PL011 } } },
};

// On a 64-bit kernel a leap reaches whatever memory the processor can address.
static uint64_t x86_reach(void)
{
	FILE *cpus = processor->bits == 64 ? fopen("/proc/cpuinfo", "r") : NULL;
	unsigned int bits = 32;
	char line[400];

	while (cpus && fgets(line, sizeof(line), cpus))
		if (sscanf(line, "address sizes : %u bits physical", &bits) == 1)
			break;
	if (cpus)
		fclose(cpus);
	return 1ull << bits;
}

#define X86_GOOD { \
	.machine = KLEAP_X86_32, .address = 0x1000000, \
	.reg = { [KLEAP_X86_GDT_BASE] = 0x1001000, [KLEAP_X86_GDT_LIMIT] = 31 }, \
}

// ---- ARM

// No board has memory from 0x3e000000 to 0x40000000.
#define PL011(address) SET(load.uart, address), SET(load.uart_type, KLEAP_UART_PL011)

static const struct load_case arm_cases[] = {
	{ "entry in the last word", { SET(load.entry.address, 0x1002ffc) }, 0, UNTOLD },
	{ "entry within a word", { SET(load.entry.address, 0x1000002) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_REGISTERS }, { 'b', 0x1000002 } } },
	{ "x86", { SET(load.entry.machine, KLEAP_X86_32) }, EINVAL, KIMG_E_ABI_MACHINE, { { 'a', KLEAP_X86_32 } } },

	{ "64 bits", { SET(load.entry.machine, KLEAP_ARM64) }, EINVAL, KIMG_E_ABI_MACHINE, { { 'a', KLEAP_ARM64 } }, KERNEL_32 },
	{ "no tree", { SET(load.entry.reg[KLEAP_ARM_R2], 0) }, 0, UNTOLD, { }, KERNEL_32 },
	{ "tree in the last byte", { SET(load.entry.reg[KLEAP_ARM_R2], 0x2009fff) }, 0, UNTOLD, { }, KERNEL_32 },
	{ "tree outside", { SET(load.entry.reg[KLEAP_ARM_R2], 0x200a000) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_ARM_R2 }, { 'b', 0x200a000 } }, KERNEL_32 },
	{ "register of 33 bits", { SET(load.entry.reg[KLEAP_ARM_R1], FOUR_GIB) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_ARM_R1 }, { 'b', FOUR_GIB } }, KERNEL_32 },
	{ "fourth register", { SET(load.entry.reg[KLEAP_ARM_REGISTERS], 1) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_ARM_REGISTERS }, { 'b', 1 } }, KERNEL_32 },

	{ "32 bits", { SET(load.entry.machine, KLEAP_ARM) }, EINVAL, KIMG_E_ABI_MACHINE, { { 'a', KLEAP_ARM } }, KERNEL_64 },
	{ "no tree", { SET(load.entry.reg[KLEAP_ARM64_X0], 0) }, 0, UNTOLD, { }, KERNEL_64 },
	{ "tree in the last byte", { SET(load.entry.reg[KLEAP_ARM64_X0], 0x2009fff) }, 0, UNTOLD, { }, KERNEL_64 },
	{ "tree outside", { SET(load.entry.reg[KLEAP_ARM64_X0], 0x200a000) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_ARM64_X0 }, { 'b', 0x200a000 } }, KERNEL_64 },
	{ "all above 4 GiB", { SET(segment[1].mem, FOUR_GIB), SET(load.entry.address, FOUR_GIB + 0x9ffc),
	  SET(load.entry.reg[KLEAP_ARM64_X0], FOUR_GIB), SET(load.entry.reg[KLEAP_ARM64_X3], ~0ull) }, 0, UNTOLD, { }, KERNEL_64 },
	{ "fifth register", { SET(load.entry.reg[KLEAP_ARM64_REGISTERS], 1) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_ARM64_REGISTERS }, { 'b', 1 } }, KERNEL_64 },

	{ "a UART", { PL011(0x3f215000) }, 0, UNTOLD },
	{ "at the end of a page", { PL011(0x3f215fe0) }, 0, UNTOLD },
	{ "in two pages", { PL011(0x3f215fe4) }, EINVAL, KIMG_E_ABI_UART, { { 'a', 0x3f215fe4 }, { 'b', KLEAP_UART_PL011 } } },
	{ "in no words", { PL011(0x3f215002) }, EINVAL, KIMG_E_ABI_UART, { { 'a', 0x3f215002 } } },
	{ "at the end of the machine", { PL011(REACH - 0x20) }, 0, UNTOLD, { }, KERNEL_64 },
	{ "behind it", { PL011(REACH) }, EINVAL, KIMG_E_ABI_UART, { { 'a', REACH } } },
	{ "where memory is", { PL011(MEMORY + 0x8000000) }, EINVAL, KIMG_E_ABI_UART, { { 'a', MEMORY + 0x8000000 } } },
	{ "where the image goes", { SET(segment[1].mem, 0x3e000000), PL011(0x3e009000) }, EINVAL, KIMG_E_ABI_UART,
	  { { 'a', 0x3e009000 } } },
	{ "behind the image", { SET(segment[1].mem, 0x3e000000), PL011(0x3e00a000) }, 0, UNTOLD },
	{ "ports", { SET(load.uart, 0x3f8) }, EINVAL, KIMG_E_ABI_UART, { { 'a', 0x3f8 }, { 'b', KLEAP_UART_8250_IO } } },
};

static uint64_t arm_reach(void)
{
	return processor->bits == 64 ? 1ull << 48 : FOUR_GIB;
}

// ---- All

#define CASES(table) .cases = table, .case_count = COUNT(table)

static const struct processor processors[] = {
	{ .name = "x86_64", .bits = 64, .mode = { KLEAP_X86_32, KLEAP_X86_64 }, .reach = x86_reach, .good = X86_GOOD, CASES(x86_cases) },
	{ .name = "i", .bits = 32, .mode = { KLEAP_X86_32 }, .reach = x86_reach, .good = X86_GOOD, CASES(x86_cases) },
	{ .name = "aarch64", .bits = 64, .mode = { KLEAP_ARM64 }, .reach = arm_reach,
	  .good = { .machine = KLEAP_ARM64, .address = 0x1000000, .reg = { [KLEAP_ARM64_X0] = 0x1002000 } }, CASES(arm_cases) },
	{ .name = "arm", .bits = 32, .mode = { KLEAP_ARM }, .reach = arm_reach,
	  .good = { .machine = KLEAP_ARM, .address = 0x1000000,
		    .reg = { [KLEAP_ARM_R1] = 0xffffffff, [KLEAP_ARM_R2] = 0x1002000 } }, CASES(arm_cases) },
};

const struct processor *processor;

void find_processor(void)
{
	struct utsname name;
	size_t i;

	uname(&name);
	for (i = 0; i < COUNT(processors); i++) {
		processor = &processors[i];
		if (!strncmp(name.machine, processor->name, strlen(processor->name)))
			return;
	}
	fprintf(stderr, "no entry states are known for %s\n", name.machine);
	exit(2);
}

struct kleap_entry entry_at(uint64_t address)
{
	return (struct kleap_entry) { .machine = processor->good.machine, .address = address };
}
