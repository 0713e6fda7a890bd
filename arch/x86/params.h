/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the code of i386 and x86_64 that enters kernels is told: one structure for both,
 * at PARAMS in the page that the code runs in. code.h has what both do with it.
 */
#ifndef ARCH_X86_PARAMS_H
#define ARCH_X86_PARAMS_H

#include "../arch.h"

#define PARAMS		0x800

/* Offsets in struct x86_params, for the assembly. */
#define PARAM_AX	0x00
#define PARAM_BX	0x08
#define PARAM_CX	0x10
#define PARAM_DX	0x18
#define PARAM_SI	0x20
#define PARAM_DI	0x28
#define PARAM_BP	0x30
#define PARAM_SP	0x38
#define PARAM_ADDRESS	0x40
#define PARAM_TABLES	0x48
#define PARAM_OWN_GDT	0x70
#define PARAM_NEW_GDT	0x7a
#define PARAM_UART	0x84
#define PARAM_LONG	0x88
#define PARAM_CHECK	0x8c
#define PARAM_HASH	0x90
#define PARAM_HEAD	0xa0
#define PARAM_RANGES	0xa8
#define PARAM_OWN_IDT	0x1e8
#define PARAM_OWN_CR3	0x1f8
#define PARAM_BACK	0x200
#define PARAM_BACK_CR0	0x208
#define PARAM_BACK_CR3	0x210
#define PARAM_BACK_CR4	0x218
#define PARAM_BACK_SP	0x220

/* Where in a trampoline's page an NMI goes: it returns at once. */
#define NMI		(PARAMS - 4)
/* And where the entry state of a rehearsal points: it goes back. */
#define BACK_32		(PARAMS - 0x100)
#define BACK_64		(PARAMS - 0x80)

/* Segments: entry n of the GDT has selector 8 * n. */
#define LONG_SEGMENT	0x08	/* of the code itself, in 64-bit mode */
#define CODE_SEGMENT	0x10	/* of the new kernel */
#define DATA_SEGMENT	0x18

#ifndef __ASSEMBLER__

/* What lgdt and lidt read. In 32-bit mode it takes the lower half of the base. */
struct x86_pointer {
	uint16_t limit;
	uint16_t base[4];
};

struct x86_params {
	/* The state in which the new kernel is entered. */
	uint64_t reg[8];	/* AX to SP, as in enum kleap_x86_register */
	uint64_t address;
	uint64_t tables;	/* KLEAP_X86_TABLES */
	uint64_t gdt[4];
	struct x86_pointer own_gdt;	/* refers to `gdt` */
	struct x86_pointer new_gdt;	/* the new kernel's; if it has none, the same */
	uint32_t uart;		/* I/O port of an 8250; 0: none */
	uint32_t to_long_mode;	/* 1: the kernel is entered in 64-bit mode */
	uint32_t check;		/* 1: hash what was moved, and compare */
	struct hash hash;	/* with this */
	uint64_t head;		/* trampoline: the list's first entry */
	/* Stub: what is hashed. After the last, one that ends at 0. */
	struct kimg_range range[ARCH_STUB_RANGES + 1];
	/*
	 * Trampoline: its interrupt table. An NMI does nothing, every other exception resets
	 * the machine. Gates have 8 bytes on i386, 16 on x86_64. The stub's is empty.
	 */
	uint64_t idt[6];
	struct x86_pointer own_idt;
	uint16_t reserved[3];
	/* Trampoline, in a rehearsal: its tables, where it goes back to, and what is put back. */
	uint64_t own_cr3, back, back_cr0, back_cr3, back_cr4, back_sp;
};

#define X86_PARAM_AT(member, offset) \
	_Static_assert(offsetof(struct x86_params, member) == (offset), #member)

X86_PARAM_AT(reg[KLEAP_X86_AX], PARAM_AX);
X86_PARAM_AT(reg[KLEAP_X86_BX], PARAM_BX);
X86_PARAM_AT(reg[KLEAP_X86_CX], PARAM_CX);
X86_PARAM_AT(reg[KLEAP_X86_DX], PARAM_DX);
X86_PARAM_AT(reg[KLEAP_X86_SI], PARAM_SI);
X86_PARAM_AT(reg[KLEAP_X86_DI], PARAM_DI);
X86_PARAM_AT(reg[KLEAP_X86_BP], PARAM_BP);
X86_PARAM_AT(reg[KLEAP_X86_SP], PARAM_SP);
X86_PARAM_AT(address, PARAM_ADDRESS);
X86_PARAM_AT(tables, PARAM_TABLES);
X86_PARAM_AT(own_gdt, PARAM_OWN_GDT);
X86_PARAM_AT(new_gdt, PARAM_NEW_GDT);
X86_PARAM_AT(uart, PARAM_UART);
X86_PARAM_AT(to_long_mode, PARAM_LONG);
X86_PARAM_AT(check, PARAM_CHECK);
X86_PARAM_AT(hash, PARAM_HASH);
X86_PARAM_AT(head, PARAM_HEAD);
X86_PARAM_AT(range, PARAM_RANGES);
X86_PARAM_AT(own_idt, PARAM_OWN_IDT);
X86_PARAM_AT(own_cr3, PARAM_OWN_CR3);
X86_PARAM_AT(back, PARAM_BACK);
X86_PARAM_AT(back_cr0, PARAM_BACK_CR0);
X86_PARAM_AT(back_cr3, PARAM_BACK_CR3);
X86_PARAM_AT(back_cr4, PARAM_BACK_CR4);
X86_PARAM_AT(back_sp, PARAM_BACK_SP);

static inline struct x86_pointer x86_pointer(uint64_t base, uint64_t limit)
{
	return (struct x86_pointer){
		.limit = (uint16_t)limit,
		.base = { (uint16_t)base, (uint16_t)(base >> 16), (uint16_t)(base >> 32),
			  (uint16_t)(base >> 48) },
	};
}

/* The parameters for an entry state; the code is in the page at `page`. */
static inline struct x86_params x86_params(const struct kleap_entry *entry, uint64_t page)
{
	const uint64_t *reg = entry->reg, long_code = 0x00af9a000000ffff;
	bool to_long_mode = entry->machine == KLEAP_X86_64;
	struct x86_params params = {
		.address = entry->address,
		.tables = reg[KLEAP_X86_TABLES],
		.gdt = {
			[LONG_SEGMENT / 8] = long_code,
			[CODE_SEGMENT / 8] = to_long_mode ? long_code : 0x00cf9a000000ffff,
			[DATA_SEGMENT / 8] = 0x00cf92000000ffff,
		},
		.own_gdt = x86_pointer(page + PARAMS + offsetof(struct x86_params, gdt),
					   sizeof(params.gdt) - 1),
		.to_long_mode = to_long_mode,
	};

	memcpy(params.reg, reg, sizeof(params.reg));
	params.new_gdt = !reg[KLEAP_X86_GDT_LIMIT] ? params.own_gdt :
		x86_pointer(reg[KLEAP_X86_GDT_BASE], reg[KLEAP_X86_GDT_LIMIT]);
	return params;
}

/*
 * The trampoline's interrupt table, for gates of `gate` bytes whose code runs in segment
 * `code`.
 */
static inline void x86_idt(struct x86_params *params, uint64_t page, size_t gate,
			   uint64_t code)
{
	uint64_t to = page + NMI;

	params->idt[2 * gate / 8] = (to & 0xffff) | code << 16 | 0x8e00ull << 32 |
		to >> 16 << 48;
	params->own_idt = x86_pointer(page + PARAMS + offsetof(struct x86_params, idt),
				      3 * gate - 1);
}

/*
 * Turn an entry state into that of a rehearsal: the same mode, but the code in the
 * trampoline's page `page` that goes back to <cpu>_rehearse().
 */
static inline void x86_rehearsal(struct kleap_entry *entry, uint64_t page)
{
	bool to_64 = entry->machine == KLEAP_X86_64;

	*entry = (struct kleap_entry){
		.machine = entry->machine,
		.address = page + (to_64 ? BACK_64 : BACK_32),
		.reg = { [KLEAP_X86_BP] = page, [KLEAP_X86_SP] = page + 4096 },
	};
}

/*
 * Write page 0 of the control pages: `size` bytes of code, and the parameters of a leap.
 * The interrupt table is as for x86_idt(). Returns the value for CR3.
 */
static inline uint64_t x86_page_write(const struct arch_control *control, const void *code,
				      size_t size, const struct arch_leap *leap,
				      size_t gate, uint64_t segment)
{
	const struct kimg_host *host = control->host;
	struct x86_params params = x86_params(&leap->entry, control->frame << 12);
	unsigned char *window = host->ops->map(host->ctx, control->frame);

	params.head = leap->head;
	params.uart = (uint32_t)leap->uart.address;
	params.check = leap->check;
	params.hash = leap->moved;
	params.own_cr3 = control->table[0] << 12;
	x86_idt(&params, control->frame << 12, gate, segment);
	memset(window, 0, (size_t)1 << host->page_shift);
	memcpy(window, code, size);
	memcpy(window + PARAMS, &params, sizeof(params));
	host->ops->unmap(host->ctx, window);
	return params.own_cr3;
}

#endif
#endif
