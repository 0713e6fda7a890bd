/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * As x86.S, for arm64: an Image (Documentation/arch/arm64/booting.rst) that prints the
 * virtual counter, on the PL011 of QEMU's board, and resets the machine by PSCI. It wants to
 * be as low as possible, where the running kernel is.
 */
#define UART		0x09000000
#define UART_FLAGS	0x18
#define UART_FULL_BIT	5
#define SYSTEM_RESET	0x84000009

	.text
image:
	b	code
	.long	0
	.quad	0			/* text_offset */
	.quad	end - image		/* image_size */
	.quad	0b0010			/* flags: little-endian, pages of 4 KiB */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

code:
	mrs	x20, cntvct_el0
	mov	x21, #UART
	adr	x22, text
1:	ldrb	w0, [x22], #1
	cbz	w0, 2f
	bl	print
	b	1b

	/* x20, four bits at a time from the top. */
2:	mov	w23, #16
	adr	x22, digits
3:	lsr	x0, x20, #60
	lsl	x20, x20, #4
	ldrb	w0, [x22, x0]
	bl	print
	subs	w23, w23, #1
	b.ne	3b
	mov	w0, #'\n'
	bl	print

	ldr	x0, =SYSTEM_RESET
	hvc	#0
	b	.

	/* Write w0 to the UART. Uses w1. */
print:
	ldr	w1, [x21, #UART_FLAGS]
	tbnz	w1, #UART_FULL_BIT, print
	str	w0, [x21]
	ret

text:	.asciz	"\r\nlab: payload.counter: 0x"
digits:	.ascii	"0123456789abcdef"
	.balign	8
	.ltorg
	.fill	FILL / 4, 4, 0x5a17c0de
end:
	.section .note.GNU-stack, "", %progbits
