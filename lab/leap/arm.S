/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * As x86.S, for 32-bit ARM: a zImage (arch/arm/boot/compressed/head.S of Linux) that prints
 * the low 32 bits of the virtual counter, on the PL011 of QEMU's board, and resets the machine
 * by PSCI. It unpacks nothing, but says that it does, as large as it is: so it is loaded
 * where no kernel would run over itself.
 */
#define UART		0x09000000
#define UART_FLAGS	0x18
#define UART_FULL	0x20
#define SYSTEM_RESET	0x84000009

	.arch	armv7ve
	.text
	.arm
image:
	.rept	8
	mov	r0, r0
	.endr
	b	code
	.long	0x016f2818		/* magic */
	.long	image, end		/* start and end */
	.long	0x04030201		/* the byte order */
	.long	0x45454545, table - image

	/* KRNL: where the size is, of what is unpacked; its bss. */
table:	.long	4, 0x5a534c4b, size - image, 0, 0
size:	.long	end - image

code:
	mrrc	p15, 1, r4, r5, c14
	mov	r6, #UART
	adr	r7, text
1:	ldrb	r0, [r7], #1
	teq	r0, #0
	beq	2f
	bl	print
	b	1b

	/* r4, four bits at a time from the top. */
2:	mov	r8, #8
	adr	r7, digits
3:	ldrb	r0, [r7, r4, lsr #28]
	lsl	r4, r4, #4
	bl	print
	subs	r8, r8, #1
	bne	3b
	mov	r0, #'\n'
	bl	print

	ldr	r0, =SYSTEM_RESET
	.arch_extension virt
	hvc	#0
	b	.

	/* Write r0 to the UART. Uses r1. */
print:
	ldr	r1, [r6, #UART_FLAGS]
	tst	r1, #UART_FULL
	bne	print
	str	r0, [r6]
	bx	lr

text:	.asciz	"\r\nlab: payload.counter: 0x"
digits:	.ascii	"0123456789abcdef"
	.balign	4
	.ltorg
	.fill	FILL / 4, 4, 0x5a17c0de
end:
	.section .note.GNU-stack, "", %progbits
