/* SPDX-License-Identifier: GPL-2.0-only */
/* Fuzzer: fuzz_device.c on the kernel of x86_64. */
#include "fuzz_device.c"
