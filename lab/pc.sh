# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What PCs of 32 and of 64 bits have in common. Sourced by their families.

GUEST_PACKAGES="busybox-static kexec-tools libc6 zlib1g liblzma5 ovmf systemd-boot-efi"
# Drivers for checks, and for plays; those of network cards are in lab/nics. Some of them are built into newer kernels.
GUEST_MODULES=dummy
PLAY_MODULES="lz4_compress lz4hc_compress zsmalloc zram"
HOST_PACKAGES="qemu-system-x86 cpio make gdb gcc gcc-multilib libc6-dev libc6-dev-i386 binutils xz-utils"

QEMU="qemu-system-x86_64 -M pc"
CONSOLE=ttyS0
# The I/O port of the console, for the trampoline.
UART=3f8
# EFI firmware of 64 bits.
EFI64_CODE=usr/share/OVMF/OVMF_CODE_4M.fd
EFI64_VARS=usr/share/OVMF/OVMF_VARS_4M.fd
EFI64_QEMU="qemu-system-x86_64 -M q35"
