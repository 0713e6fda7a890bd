/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The stubs of arm and arm64, which enter a kernel that Linux's kexec_load(2) has copied: one
 * page of the image, and the page that is jumped to. Code from 0, parameters at PARAMS.
 */
#ifndef ARCH_ARM_STUB_H
#define ARCH_ARM_STUB_H

#include "../arch.h"

#define ARM_STUB_SIZE	4096u

/* Write the page, ARM_STUB_SIZE bytes at `page`: the stub of the running kernel's mode. */
void arm_stub_write(void *page, const struct arch_stub *stub);
void arm64_stub_write(void *page, const struct arch_stub *stub);

#endif
