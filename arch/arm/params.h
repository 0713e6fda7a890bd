/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the code of arm and arm64 that enters kernels is told: one structure for both, at
 * PARAMS in the page that the code runs in.
 */
#ifndef ARCH_ARM_PARAMS_H
#define ARCH_ARM_PARAMS_H

#include "../arch.h"
#include "../list.h"

/*
 * Code from 0; exception vectors at VECTORS. Of those of arm64 the ones that are taken lie from
 * VECTORS_USED on, where its code ends. An arm64 trampoline has vectors for EL2, too: they are
 * at 0, and the one that is taken, by a call from EL1, is in the code.
 */
#define VECTORS_CALL	0x400
#define VECTORS		0x800
#define VECTORS_USED	0xa00
#define PARAMS		0xc00

/* Offsets in struct arm_params, for the assembly. */
#define PARAM_REG	0x00
#define PARAM_ADDRESS	0x20
#define PARAM_HEAD	0x28
#define PARAM_HASH	0x30
#define PARAM_UART	0x40
#define PARAM_STATUS	0x48
#define PARAM_WIDTH	0x50
#define PARAM_READY	0x54
#define PARAM_CHECK	0x58
#define PARAM_CONDUIT	0x5c
#define PARAM_RISE	0x60
#define PARAM_TABLES	0x68
#define PARAM_BACK	0x70
#define PARAM_SAVED	0x78
#define PARAM_RANGES	0xa0

/* Words that arm_rehearse() saves from PARAM_BACK on. */
#define SAVED_SCTLR	(PARAM_BACK + 4)
#define SAVED_TABLES	(PARAM_BACK + 28)

/* Where the entry state of a rehearsal points: the code that goes back. */
#define BACK		(PARAMS - 0x80)

/* The bit of a UART's status register that tells whether a letter can be written. */
#define UART_BIT	5

/* Polls before a letter is written to a UART that is not ready. */
#define UART_POLLS	0x10000

/* PSCI. */
#define SYSTEM_RESET	0x84000009
/* arch_conduit, for the assembly. */
#define CONDUIT_HVC	1
#define CONDUIT_SMC	2

/*
 * Linux's calls into the code that it leaves in EL2 and HYP mode: take calls by other vectors,
 * which that for HYP mode cannot; continue there.
 */
#define HVC_SET_VECTORS	0
#define HVC_SOFT_RESTART 1

#ifndef __ASSEMBLER__

#include "../tables.h"

struct arm_params {
	/* The state in which the new kernel is entered. */
	uint64_t reg[4];
	uint64_t address;
	uint64_t head;		/* trampoline: the list's first entry */
	struct hash hash;
	/* Where letters go; 0: nowhere. */
	uint64_t uart, uart_status;
	uint32_t uart_width;	/* bytes of an access: 1 or 4 */
	uint32_t uart_ready;	/* 1 << UART_BIT if that bit is set when it is ready, or 0 */
	uint32_t check;		/* 1: compare with `hash` */
	uint32_t conduit;	/* enum arch_conduit */
	uint32_t rise;		/* trampoline, 1: enter at EL2 or in HYP mode, if there is a way */
	uint32_t reserved;
	/* Trampoline: its tables for the copy, where a rehearsal goes back to, what is put back. */
	uint64_t tables, back, saved[5];
	/* Stub: what is hashed. After the last, one that ends at 0. */
	struct kimg_range range[ARCH_STUB_RANGES + 1];
};

#define ARM_PARAM_AT(member, offset) \
	_Static_assert(offsetof(struct arm_params, member) == (offset), #member)

ARM_PARAM_AT(reg, PARAM_REG);
ARM_PARAM_AT(address, PARAM_ADDRESS);
ARM_PARAM_AT(head, PARAM_HEAD);
ARM_PARAM_AT(hash, PARAM_HASH);
ARM_PARAM_AT(uart, PARAM_UART);
ARM_PARAM_AT(uart_status, PARAM_STATUS);
ARM_PARAM_AT(uart_width, PARAM_WIDTH);
ARM_PARAM_AT(uart_ready, PARAM_READY);
ARM_PARAM_AT(check, PARAM_CHECK);
ARM_PARAM_AT(conduit, PARAM_CONDUIT);
ARM_PARAM_AT(rise, PARAM_RISE);
ARM_PARAM_AT(tables, PARAM_TABLES);
ARM_PARAM_AT(back, PARAM_BACK);
ARM_PARAM_AT(saved, PARAM_SAVED);
ARM_PARAM_AT(range, PARAM_RANGES);
ARM_PARAM_AT(back, PARAM_SAVED - 8);
_Static_assert(PARAMS + sizeof(struct arm_params) <= PAGE, "parameters");
_Static_assert((int)ARCH_CONDUIT_HVC == CONDUIT_HVC && (int)ARCH_CONDUIT_SMC == CONDUIT_SMC,
	       "conduits");

static inline struct arm_params arm_params(const struct kleap_entry *entry,
					   const struct arch_uart *uart,
					   enum arch_conduit conduit)
{
	bool is_8250 = uart->type != KLEAP_UART_PL011;
	uint32_t width = uart->type == KLEAP_UART_8250_MMIO ? 1 : 4;
	struct arm_params params = {
		.address = entry->address,
		.uart = uart->address,
		/* The line status register, or the flag register. */
		.uart_status = uart->address + (is_8250 ? 5u * width : 0x18u),
		/* Transmitter empty, or FIFO full. */
		.uart_ready = is_8250 ? 1u << UART_BIT : 0,
		.uart_width = width,
		.conduit = conduit,
	};

	memcpy(params.reg, entry->reg, sizeof(params.reg));
	return params;
}

/*
 * Turn an entry state into that of a rehearsal: the code in the trampoline's page `page` that
 * goes back to <cpu>_rehearse().
 */
static inline void arm_rehearsal(struct kleap_entry *entry, uint64_t page)
{
	*entry = (struct kleap_entry){
		.machine = entry->machine, .address = page + BACK, .reg = { page },
	};
}

/* Write page 0 of the control pages: `size` bytes of code, and the parameters of a leap. */
static inline void arm_page_write(const struct arch_control *control, const void *code,
				  size_t size, const struct arch_leap *leap, uint64_t tables)
{
	const struct kimg_host *host = control->host;
	struct arm_params params = arm_params(&leap->entry, &leap->uart, leap->conduit);
	unsigned char *window = host->ops->map(host->ctx, control->frame);

	params.head = leap->head;
	params.check = leap->check;
	params.hash = leap->moved;
	/* A rehearsal stays where it is: what runs at the higher level would be lost. */
	params.rise = leap->entry.address >> 12 != control->frame;
	params.tables = tables;
	memset(window, 0, (size_t)1 << host->page_shift);
	memcpy(window, code, size);
	memcpy(window + PARAMS, &params, sizeof(params));
	host->ops->unmap(host->ctx, window);
}

/* ---- Page tables ---------------------------------------------------------------------- */

/*
 * The index of the attributes for memory (write-back, allocating) or for devices in MAIR, as
 * Linux sets it up; 8: there is none.
 */
static inline unsigned int arm_attributes(uint64_t mair, bool device)
{
	unsigned int i;

	for (i = 0; i < 8; i++) {
		uint64_t bits = mair >> 8 * i & 0xff;

		/* Devices: nGnRnE, or nGnRE. */
		if (device ? bits == 0x00 || bits == 0x04 : bits == 0xff)
			break;
	}
	return i;
}

static inline void arm_map_range(struct tables *tables, const struct kimg_range *range)
{
	tables_map(tables, range->start, range->start, range->end - range->start);
}

/*
 * Map all memory that the leap touches, and the page of the UART's registers, which is not
 * among it. Shapes differ in nothing but attributes.
 */
static inline void arm_map_memory(struct tables *tables, const struct arch_control *control,
				  const struct table_shape *memory,
				  const struct table_shape *device)
{
	uint64_t uart = control->uart & ~(uint64_t)OFFSET_MASK;
	uint32_t i = 0, first_above = 0;

	while (first_above < control->memories && control->memory[first_above].start < uart)
		first_above++;
	tables->shape = memory;
	for (; i < first_above; i++)
		arm_map_range(tables, &control->memory[i]);
	if (uart) {
		tables->shape = device;
		tables_map(tables, uart, uart, PAGE);
		tables->shape = memory;
	}
	for (; i < control->memories; i++)
		arm_map_range(tables, &control->memory[i]);
}

#endif
#endif
