#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Kernels that the module is built for: what compat.h makes of each, and the one line that says why not for others.
# Runs in the project's folder.

CC=${CC:-gcc}
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
passed=0
failed=0

# is NAME WANTED SEEN
is() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
		echo "[       OK ] $1"
	else
		failed=$((failed + 1))
		echo "[  FAILED  ] $1: \"$3\", not \"$2\""
	fi
}

# ---- compat.h

mkdir -p "$out/include/linux"
for header in $(sed -n 's/^#include <\(.*\)>/\1/p' hosts/linux/compat.h); do
	: > "$out/include/$header"
done

# expands VERSION OPTION...: the words that compat.h stands for in such a kernel.
expands() {
	version=$1
	shift
	# shellcheck disable=SC2086 # perhaps two words
	printf '%s\n' '#include "compat.h"' '@ KIMG_CONTIG_ANY PAGE_ORDER_MAX KIMG_CONTIG_BLOCK' |
		$CC -E -P -I"$out/include" -Ihosts/linux "-DLINUX_VERSION_CODE=KERNEL_VERSION($version)" \
			'-DKERNEL_VERSION(a,b,c)=(((a)<<16)+((b)<<8)+(c))' "$@" - 2>&1 |
		awk '/kmap_to_page/ { kmap = " kmap" } /error/ { print } /^@/ { sub(/^@ /, ""); print $0 kmap }'
}
is "Linux 5.10" "MIGRATE_MOVABLE (MAX_ORDER - 1) max_t(unsigned long, MAX_ORDER_NR_PAGES, pageblock_nr_pages) kmap" "$(expands 5,10,223)"
is "Linux 5.11" "MIGRATE_MOVABLE (MAX_ORDER - 1) max_t(unsigned long, MAX_ORDER_NR_PAGES, pageblock_nr_pages)" "$(expands 5,11,0)"
is "Linux 6.1"  "MIGRATE_MOVABLE (MAX_ORDER - 1) ((unsigned long)pageblock_nr_pages)" "$(expands 6,1,176)"
is "Linux 6.3"  "MIGRATE_MOVABLE (MAX_ORDER - 1) ((unsigned long)pageblock_nr_pages)" "$(expands 6,3,13)"
is "Linux 6.4"  "MIGRATE_MOVABLE MAX_ORDER ((unsigned long)pageblock_nr_pages)" "$(expands 6,4,0)"
is "Linux 6.12" "MIGRATE_MOVABLE 10 ((unsigned long)pageblock_nr_pages)" "$(expands 6,12,0 -DMAX_PAGE_ORDER=10)"
is "Linux 7.2"  "flags 10 ((unsigned long)pageblock_nr_pages)" "$(expands 7,2,0 -DMAX_PAGE_ORDER=10 -DACR_FLAGS_NONE=flags)"
is "Linux 5.9 is too old" yes "$(expands 5,9,16 | grep -q 'kleap needs Linux 5.10 or later' && echo yes)"
is "nothing else asks for a version" "compat.h compat_restart.h" "$(cd hosts/linux && grep -l LINUX_VERSION_CODE ./*.[ch] machine/* | sed 's,^\./,,' | xargs)"

# ---- kernels.mk

# refusal VERSION OPTION...: what `make module` says for a kernel with these options, without make's own words.
refusal() {
	mkdir -p "$out/headers/include/config"
	echo "$1" > "$out/headers/include/config/kernel.release"
	shift
	echo 'modules: ;' > "$out/headers/Makefile"
	printf '%s\n' "$@" > "$out/headers/include/config/auto.conf"
	MAKEFLAGS='' make -n module KDIR="$out/headers" BUILD="$out/build" $any 2>&1 > /dev/null |
		sed -n 's/^[^ ]*: \*\*\* \(.*\)\.  Stop\.$/\1/p; t; p'
}
any=
is "a kernel for another processor" "kleap.ko cannot be built for this kernel: its processor is neither x86 nor ARM" \
	"$(refusal 6.1.0-56-arm64 CONFIG_RISCV=y CONFIG_KPROBES=y)"
is "a kernel with larger pages" "kleap.ko cannot be built for this kernel: its pages are not of 4 KiB" \
	"$(refusal 6.1.0-56-arm64 CONFIG_ARM64=y CONFIG_ARM64_64K_PAGES=y CONFIG_KPROBES=y)"
is "a kernel for ARMv5" "kleap.ko cannot be built for this kernel: it is not for ARMv7" \
	"$(refusal 6.1.0-56-marvell CONFIG_ARM=y CONFIG_CPU_FEROCEON=y CONFIG_KPROBES=y)"
for option in CPU_V6 CPU_V6K; do
	is "a kernel for ARMv6 and ARMv7 ($option)" "kleap.ko cannot be built for this kernel: it is for ARMv6 too" \
		"$(refusal 6.1.0-56-rpi CONFIG_ARM=y CONFIG_CPU_V7=y CONFIG_$option=y CONFIG_KPROBES=y)"
done
is "a kernel in Thumb code" "kleap.ko cannot be built for this kernel: it is Thumb code (CONFIG_THUMB2_KERNEL)" \
	"$(refusal 6.1.0-56-armmp CONFIG_ARM=y CONFIG_CPU_V7=y CONFIG_THUMB2_KERNEL=y CONFIG_KPROBES=y)"
for cpu in "ARM64=y CONFIG_ARM64_4K_PAGES=y" "ARM=y CONFIG_CPU_V7=y"; do
	# Two words.
	# shellcheck disable=SC2086
	is "a kernel for ${cpu%%=*}, big-endian" "kleap.ko cannot be built for this kernel: it is big-endian" \
		"$(refusal 6.1.0 CONFIG_$cpu CONFIG_CPU_BIG_ENDIAN=y CONFIG_KPROBES=y)"
	# shellcheck disable=SC2086
	is "a kernel for ${cpu%%=*}" "" "$(refusal 6.1.0 CONFIG_$cpu CONFIG_KPROBES=y)"
done
is "a kernel without kprobes" "kleap.ko cannot be built for this kernel: it has no kprobes (CONFIG_KPROBES)" \
	"$(refusal 6.1.0-56-amd64 CONFIG_X86=y)"
for kernel in 5.10.223 5.10.0-32-686-pae 5.15.0 6.1.0-50-686-pae 6.12.117+deb13-amd64 7.0.0-rc3 7.2 7.2.12+deb14-amd64 7.2.150; do
	is "Linux $kernel" "" "$(refusal $kernel CONFIG_X86=y CONFIG_KPROBES=y)"
done
for kernel in 2.6.32 4.19.0-27-amd64 5.4.300 5.9.16 7.3.0-rc1 7.10.1 8.0.0 10.0.0-1-amd64; do
	is "Linux $kernel is not known" "kleap.ko is for Linux 5.10 to 7.2, and this kernel is $kernel; KLEAP_ANY_KERNEL=y builds it all the same" \
		"$(refusal $kernel CONFIG_X86=y CONFIG_KPROBES=y)"
done
is "headers that do not name their version: left to the kernel's own build" "" "$(refusal '' CONFIG_X86=y CONFIG_KPROBES=y)"
any=KLEAP_ANY_KERNEL=y
is "one that is not known, by request" "" "$(refusal 7.3.0-rc1 CONFIG_X86=y CONFIG_KPROBES=y)"
is "but with what it needs" "kleap.ko cannot be built for this kernel: it has no kprobes (CONFIG_KPROBES)" \
	"$(refusal 7.3.0-rc1 CONFIG_X86=y)"
rm "$out/headers/include/config/auto.conf"
is "no headers" "kleap.ko needs the headers of a kernel, and there are none at $out/headers (KDIR)" \
	"$(MAKEFLAGS='' make -n module KDIR="$out/headers" BUILD="$out/build" 2>&1 | sed -n 's/^[^ ]*: \*\*\* \(.*\)\.  Stop\.$/\1/p')"


# ---- Kbuild, with src and the configuration as the kernel's build sets them

# kbuild CONFIG...: what it says.
kbuild() {
	MAKEFLAGS='' make -n -f - src=. KERNELVERSION=6.1.0 "$@" all 2>&1 > /dev/null <<-'END' |
		include hosts/linux/Kbuild
		all: ;
	END
		sed -n 's/^[^ ]*: \*\*\* \(.*\)\.  Stop\.$/\1/p; t; p'
}
is "the kernel's build asks, too" "kleap.ko cannot be built for this kernel: its processor is neither x86 nor ARM" "$(kbuild CONFIG_MODULES=y)"
is "make clean, which reads no configuration" "" "$(kbuild)"

echo "[  PASSED  ] $passed test(s)."
[ "$failed" -eq 0 ] || echo "[  FAILED  ] $failed test(s)."
[ "$failed" -eq 0 ]
