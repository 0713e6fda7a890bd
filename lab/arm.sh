# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What ARM machines of 32 and of 64 bits have in common: QEMU's board `virt`. Sourced by their families, which set CROSS, the
# prefix of the compiler's name.

RELEASES="11 12 13 testing"
# kexec knows Xen on these architectures, and so needs all of its libraries.
GUEST_PACKAGES="busybox-static kexec-tools libc6 libc6-dev zlib1g zlib1g-dev liblzma5 liblzma-dev libzstd-dev libjson-c-dev libfdt-dev
	libxenmisc4.17 libxencall1 libxendevicemodel1 libxenevtchn1 libxenforeignmemory1 libxengnttab1
	libxenhypfs1 libxenstore4 libxentoolcore1 libxentoollog1 libext2fs2 libcom-err2 libuuid1 libyajl2 libzstd1"
GUEST_MODULES=dummy
PLAY_MODULES=
HOST_PACKAGES="qemu-system-arm cpio make gcc binutils xz-utils device-tree-compiler"

GUEST_CC=${CROSS}gcc
CONSOLE=ttyAMA0
UART=pl011,0x9000000
