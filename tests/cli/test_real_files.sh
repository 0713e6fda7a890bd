#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# `kleap plan` with real files, from the Debian packages of the lab's families i386 and amd64: kernels in several forms
# are planned; other files are identified and refused.

. tests/cli/cli.sh
. lab/forms.sh

x86=$BUILD/lab/i386
brought=$BUILD/lab/amd64
if [ ! -e "$x86/vmlinuz" ] || [ ! -e "$brought/vmlinuz" ]; then
	echo 'note: no packages of the families i386 and amd64 (lab/packages FAMILY), no real files planned'
	skipped=1
	finish
	exit
fi

# planned FILE: it is, and the simulated leap succeeds.
planned() {
	check "planned: $1" 0 plan "$1" --memory-map "$work/map"
	says out 'each page arrives where it belongs'
}

# refused FILE WORD...: it is, and these words are printed.
refused() {
	file=$1
	shift
	check "refused: $file" 1 plan "$file" --memory-map "$work/map"
	says err "$@" '  hint: '
}

# like KERNEL FILE: FILE is planned as KERNEL is: the same segments, entry and cost.
like() {
	for each in "$1" "$2"; do
		check "as $1: $each" 0 plan "$each" --memory-map "$work/map" --json
		sed -n '/"segments"/,$p' "$work/out" > "$work/$(basename "$each").plan"
	done
	cmp -s "$work/$(basename "$1").plan" "$work/$(basename "$2").plan" || fail "$2 is not planned as $1 is"
}

# ---- Kernels -----------------------------------------------------------------------------------
cp -L "$x86/vmlinuz" "$work/x86"
cp -L "$brought/vmlinuz" "$work/x64"
boot=$brought/sysroot/boot
for file in "$work/x86" "$work/x64" "$boot"/memtest86+*; do
	planned "$file"
done

# The same in other forms.
for kernel in x86 x64; do
	gzip -c "$work/$kernel" > "$work/$kernel.gz"
	xz -0 -c "$work/$kernel" > "$work/$kernel.xz"
	zstd -q -1 -c "$work/$kernel" > "$work/$kernel.zst"
	for packed in gz xz zst; do
		like "$work/$kernel" "$work/$kernel.$packed"
	done
done
packed_kernel "$work/x86" | xz -d -c --single-stream > "$work/vmlinux"
planned "$work/vmlinux"
packed_kernel "$work/x64" | xz -d -c --single-stream > "$work/vmlinux64"
planned "$work/vmlinux64"

# A unified kernel image has its own initrd and command line.
stub=$x86/sysroot/usr/lib/systemd/boot/efi/linuxia32.efi.stub
printf 'root=/dev/sda1 quiet' > "$work/cmdline"
uki "$stub" "$work/x86" "$work/initrd" "$work/cmdline" "$work/uki.efi"
check uki 0 plan "$work/uki.efi" --memory-map "$work/map"
says out 'each page arrives where it belongs' 'root=/dev/sda1 quiet' 'initrd'

# ---- Kernels for ARM, with the device trees of boards ------------------------------------------
printf '40000000-7fffffff : System RAM\n' > "$work/iomem"
for family in armhf:arm:am335x-boneblack:bcm2836-rpi-2-b:imx6q-sabrelite:vexpress-v2p-ca15-tc1 \
	arm64:arm64:broadcom/bcm2837-rpi-3-b:rockchip/rk3399-rock-pi-4b:qcom/apq8016-sbc:freescale/imx8mq-evk; do
	IFS=: read -r kind machine boards << FAMILY
$family
FAMILY
	lab=$BUILD/lab/$kind
	if [ ! -e "$lab/vmlinuz" ]; then
		echo "note: no packages of the family $kind (lab/packages $kind), none of its kernels planned"
		skipped=$((skipped + 1))
		continue
	fi
	cp -L "$lab/vmlinuz" "$work/$kind"
	for board in $(echo "$boards" | tr : ' '); do
		tree=$(ls "$lab"/sysroot/usr/lib/linux-image-*/"$board.dtb")
		check "$board" 0 plan "$work/$kind" --machine "$machine" --dtb "$tree" --memory-map "$work/iomem"
		says out 'each page arrives where it belongs' "do not fit this machine: it is told 1.0 GiB"
	done
	check "$kind on x86" 1 plan "$work/$kind" --memory-map "$work/map"
	says err 'kernel-for-other-processor'
	head -c 4000000 "$work/$kind" > "$work/short"
	check "$kind short" 1 plan "$work/short" --machine "$machine" --dtb "$tree" --memory-map "$work/iomem"
	says err 'cut short'
done

# ---- Files without a protected-mode entry point ----------------------------------------------
refused "$boot/ipxe.lkrn" 'real-mode'
refused "$brought/sysroot/usr/lib/syslinux/memdisk" 'real-mode' 'MEMDISK'
refused "$brought/sysroot/usr/lib/grub/i386-pc/lnxboot.img" 'real-mode'

# ---- Files that are not kernels ---------------------------------------------------------------------------
refused "$stub" 'EFI'
refused "$boot/ipxe.efi" 'EFI'
refused "$brought/sysroot/usr/lib/ipxe/ipxe.iso" 'ISO'
refused "$brought/sysroot/usr/lib/memtest86+/memtest86+x64.iso" 'ISO'
refused "$brought/sysroot/usr/lib/grub/i386-pc/boot.img" 'boot sector'
refused "$brought/sysroot/usr/lib/grub/i386-pc/kernel.img" 'ELF'
refused "$brought/sysroot/usr/lib/grub/i386-pc/acpi.mod" 'ELF'
refused "$x86/sysroot/bin/busybox" 'ELF'
refused "$x86/sysroot/usr/lib/i386-linux-gnu/libjson-c.a" 'archive'
refused "$(ls "$boot"/config-*)" 'text'
refused "$(ls "$x86"/sysroot/usr/share/man/man8/kexec.8.gz)" 'gzip'
head -c 3000000 "$work/x86" > "$work/short"
refused "$work/short" 'cut short'
lz4 -q -l -c "$work/vmlinux64" > "$work/packed"
refused "$work/packed" 'lz4'
(cd lab/guest && echo init | cpio --quiet -o -H newc) > "$work/archive"
gzip -c "$work/archive" > "$work/archive.gz"
for file in archive archive.gz; do
	refused "$work/$file" 'initrd' '--initrd'
done

finish
