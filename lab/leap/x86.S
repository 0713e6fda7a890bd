/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The smallest kernel that a boot loader takes: a bzImage that prints the time-stamp
 * counter as it was at its first instruction, and resets the machine. For measuring
 * leaps. FILL: bytes that follow the code and make the image larger.
 *
 * Offsets and fields are those of Linux's boot protocol, version 2.12. The kernel has
 * both entries, of 32 and of 64 bits. It is not relocatable and wants to be at 16 MiB,
 * where the running kernel is, so a leap must move it. (By kexec_file_load, and kexec -c
 * of 64 bits, it is put elsewhere.)
 */
#define UART		0x3f8
#define UART_STATUS	5
#define UART_EMPTY	0x20
#define SECTOR		512
#define ENTRY_64	0x200
/* A 64-bit entry, which may be above 4 GiB, on tables of four and of five levels. */
#define XLOADFLAGS	(0x01 | 0x02 | 0x20 | 0x40)

	.text
	.code32
image:
	.org	0x1f1
	.byte	1			/* setup_sects, besides the first one */
	.word	0			/* root_flags */
	.long	(end - code + 15) / 16	/* syssize */
	.word	0, 0xffff, 0		/* ram_size, vid_mode, root_dev */
	.word	0xaa55			/* boot_flag */
	.byte	0xeb, header_end - 0x202	/* jump over the header */
	.ascii	"HdrS"
	.word	0x020c			/* version */
	.org	0x211
	.byte	1			/* loadflags: LOADED_HIGH */
	.org	0x214
	.long	0x100000		/* code32_start */
	.org	0x22c
	.long	0x7fffffff		/* initrd_addr_max */
	.long	0x1000			/* kernel_alignment */
	.byte	0, 12			/* relocatable_kernel, min_alignment */
	.word	XLOADFLAGS
	.long	2047			/* cmdline_size */
	.org	0x258
	.quad	0x1000000		/* pref_address */
	.long	end - code		/* init_size */
	.long	0			/* handover_offset */
header_end:
	.org	2 * SECTOR

/*
 * The code, once for each width. \r is the first letter of the names of registers that
 * hold an address.
 */
.macro tell_time r
	rdtsc
	movl	%eax, %esi
	movl	%edx, %edi
	call	1f
1:	pop	%\r\()bp
	lea	(stack - 1b)(%\r\()bp), %\r\()sp

	lea	(text - 1b)(%\r\()bp), %\r\()bx
2:	movb	(%\r\()bx), %al
	testb	%al, %al
	jz	3f
	call	9f
	inc	%\r\()bx
	jmp	2b

	/* %edi:%esi, four bits at a time from the top. */
3:	movl	$16, %ebx
4:	movl	%edi, %eax
	shrl	$28, %eax
	movb	(digits - 1b)(%\r\()bp,%\r\()ax), %al
	call	9f
	shldl	$4, %esi, %edi
	shll	$4, %esi
	decl	%ebx
	jnz	4b
	movb	$'\n', %al
	call	9f

	/* An exception with nowhere to go resets the machine. */
	lidt	(no_interrupts - 1b)(%\r\()bp)
	int3

	/* Write %al to the UART. Uses %ecx and %edx. */
9:	movb	%al, %cl
	movl	$(UART + UART_STATUS), %edx
5:	inb	%dx, %al
	testb	$UART_EMPTY, %al
	jz	5b
	movb	%cl, %al
	movl	$UART, %edx
	outb	%al, %dx
	ret
.endm

code:
	tell_time e
	.org	code + ENTRY_64
	.code64
	tell_time r

text:	.asciz	"\r\nlab: payload.counter: 0x"
digits:	.ascii	"0123456789abcdef"
no_interrupts:
	.word	0
	.quad	0
	.balign	4
	.skip	16
stack:
	.fill	FILL / 4, 4, 0x5a17c0de
end:
	.section .note.GNU-stack, "", @progbits
