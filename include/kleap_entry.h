/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The state in which a new kernel is entered: one structure for all machines. Those who
 * lay kernels out (boot/), load them (kleap_ioctl.h) and enter them (arch/) share it.
 */
#ifndef KLEAP_ENTRY_H
#define KLEAP_ENTRY_H

#include "kimg_env.h"

/*
 * The mode in which the processor enters the kernel. Interrupts are off.
 *
 * X86_32: paging off; flat segments, code 0x10 and data 0x18. Registers and address have
 * 32 bits. The state of the 32-bit boot protocol.
 *
 * X86_64: 64-bit mode; memory below 4 GiB, and what the kernel needs to start, is mapped by
 * identity; code segment 0x10, data 0x18. The state of the 64-bit boot protocol.
 *
 * ARM: MMU and data cache off; ARM state, SVC mode, or HYP mode if the running kernel was
 * started in it. Registers and address have 32 bits.
 *
 * ARM64: MMU and data cache off; EL1, or EL2 if the running kernel was started there.
 */
enum kleap_machine {
	KLEAP_X86_32 = 1,
	KLEAP_X86_64 = 2,
	KLEAP_ARM = 3,
	KLEAP_ARM64 = 4,
};

/* Registers of X86_32 and X86_64, as indexes of reg[]. */
enum kleap_x86_register {
	KLEAP_X86_AX, KLEAP_X86_BX, KLEAP_X86_CX, KLEAP_X86_DX,
	KLEAP_X86_SI, KLEAP_X86_DI, KLEAP_X86_BP, KLEAP_X86_SP,
	/* The GDT: its address, and its size less 1, which is 0 for one of kleap's. */
	KLEAP_X86_GDT_BASE, KLEAP_X86_GDT_LIMIT,
	/*
	 * X86_64 only: address of two pages, the top tables for paging of five levels and of
	 * four. The kernel is entered with the one that fits; 0: with tables of kleap's, which
	 * it must not overwrite while it uses them.
	 */
	KLEAP_X86_TABLES,
	KLEAP_X86_REGISTERS
};

/* Registers of ARM: 0, all bits set, the device tree. */
enum kleap_arm_register {
	KLEAP_ARM_R0, KLEAP_ARM_R1, KLEAP_ARM_R2,
	KLEAP_ARM_REGISTERS
};

/* Registers of ARM64: the device tree, then 0. */
enum kleap_arm64_register {
	KLEAP_ARM64_X0, KLEAP_ARM64_X1, KLEAP_ARM64_X2, KLEAP_ARM64_X3,
	KLEAP_ARM64_REGISTERS
};

/* UARTs, by the names that the kernel's earlycon= has for them: pl011; uart8250,io and so on. */
enum kleap_uart_type {
	KLEAP_UART_8250_IO,		/* on x86 only */
	KLEAP_UART_PL011,		/* this and the next on ARM only */
	KLEAP_UART_8250_MMIO,		/* registers of one byte, one after another */
	KLEAP_UART_8250_MMIO32,		/* registers of 32 bits */
};

#define KLEAP_REGISTERS 16

struct kleap_entry {
	uint32_t machine;	/* enum kleap_machine */
	uint32_t reserved;	/* 0 */
	uint64_t address;	/* of the first instruction, in a segment */
	uint64_t reg[KLEAP_REGISTERS];	/* those that the machine does not have: 0 */
};

#endif
