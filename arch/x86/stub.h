/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stubs of i386 and x86_64, which enter a kernel that Linux's kexec_load(2) has
 * copied: one page of the image, below 4 GiB, and the page that is jumped to. Code from 0,
 * parameters at PARAMS, stack at the end.
 *
 * They enter a kernel as the trampolines do, so the x86_64 stub can enter a 32-bit kernel.
 * Tables for 64-bit mode must be in the image: the old kernel's own, on which the stub runs,
 * may lie where the new kernel unpacks.
 */
#ifndef ARCH_X86_STUB_H
#define ARCH_X86_STUB_H

#include "../arch.h"

#define X86_STUB_SIZE	4096u

/*
 * Write the page, X86_STUB_SIZE bytes at `page`, that will lie at physical address
 * `address`: the stub of the running kernel's mode.
 */
void i386_stub_write(void *page, uint64_t address, const struct arch_stub *stub);
void x86_64_stub_write(void *page, uint64_t address, const struct arch_stub *stub);

#endif
