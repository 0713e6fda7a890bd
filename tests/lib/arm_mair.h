/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The memory attributes of kernels on ARM, by index, as some of Linux's have them. */
#ifndef ARM_MAIR_H
#define ARM_MAIR_H

/* MAIR_EL1: 6 is for memory, 2 and 3 for devices. */
#define ARM64_MAIR	0x00ff04000c0044f4u

/* MAIR1 and MAIR0: 7 and 0; NMRR and PRRR: the same. */
#define ARM_MAIR	0xff000004eeaa4400u
#define ARM_REMAP	0x40e040e0ff0a81a8u

#endif
