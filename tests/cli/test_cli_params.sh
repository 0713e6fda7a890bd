#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the command passes on to a new kernel: EFI, ACPI, the framebuffer, EDD, a seed. The
# boot params of each load are read as a kernel would.

. tests/cli/cli.sh

root=$FAKE_ROOT
export FAKE_PARAMS="$work/params"
params=$root/sys/kernel/boot_params/data
efi=$root/sys/firmware/efi

# told OFFSET SIZE: bytes of the boot params, as one hexadecimal number.
told() {
	od -An -v -tx1 -j "$(($1))" -N "$2" "$FAKE_PARAMS" | tr -s ' \n' '\n\n' | grep . | tac | tr -d '\n'
}

# is WHAT SEEN WANTED
is() { if [ "$2" = "$3" ]; then passed=$((passed + 1)); else fail "$1 is $2, not $3"; fi; }

# field OFFSET SIZE WANTED: a number in the boot params of the last load.
field() { is "the field at $1" "$(told "$1" "$2")" "$3"; }

# item TYPE: the offset of the data of the setup_data item of this type; nothing without one.
item() {
	base=$(sed -n 's/.* si \([0-9a-f]*\),.*/\1/p' "$work/log")
	next=$((0x$(told 0x250 8)))
	while [ $next != 0 ]; do
		next=$((next - 0x$base))
		if [ $((0x$(told $((next + 8)) 4))) = "$1" ]; then
			echo $((next + 16))
			return
		fi
		next=$((0x$(told $next 8)))
	done
}

# no_notes: the last run printed no note.
no_notes() { if grep -q "^note\|note: " "$work/out" "$work/err"; then fail "there are notes"; else passed=$((passed + 1)); fi; }

# machine SIGNATURE: boot_params of a machine booted by EFI, EL32 or EL64, or by a BIOS.
machine() {
	rm -rf "$root/sys"
	mkdir -p "$(dirname "$params")"
	head -c 4096 /dev/zero > "$params"
	[ "$1" != bios ] || return 0
	at 0x1c0 "$params" "$1"
	# The system table at 0x17eff5018, descriptors of version 1.
	at 0x1c4 "$params" '\030\120\377\176'
	at 0x1cc "$params" '\001'
	at 0x1d8 "$params" '\001'
	mkdir -p "$efi"
	printf 'ACPI20=0x7f77e014\nACPI=0x7f77e000\nSMBIOS3=0x7f5ec000\nSMBIOS=0x7f5ee000\n' > "$efi/systab"
	echo 0x7ee46898 > "$efi/fw_vendor"
	echo 0x7eff6018 > "$efi/runtime"
	echo 0x7ee9e198 > "$efi/config_table"
}

# range NUMBER TYPE PHYS VIRT PAGES ATTRIBUTE
range() {
	mkdir -p "$efi/runtime-map/$1"
	echo "$2" > "$efi/runtime-map/$1/type"
	echo "$3" > "$efi/runtime-map/$1/phys_addr"
	echo "$4" > "$efi/runtime-map/$1/virt_addr"
	echo "$5" > "$efi/runtime-map/$1/num_pages"
	echo "$6" > "$efi/runtime-map/$1/attribute"
}

services() {
	range 0 0x5 0x7ed00000 0xfffffffeff800000 0x100 0x800000000000000f
	range 1 0x6 0x7ee00000 0xfffffffeff400000 0x223 0x800000000000000f
}

# A 64-bit kernel that takes over runtime services.
kernel64=$work/vmlinuz64
cp "$kernel" "$kernel64"
at 0x236 "$kernel64" '\037'
# One of boot protocol 2.13, without acpi_rsdp_addr.
old=$work/vmlinuz-old
cp "$kernel" "$old"
at 0x206 "$old" '\015'

# ---- A BIOS, and nothing known ------------------------------------------------------
check nothing 0 load "$kernel"
field 0x1c0 4 00000000
no_notes
machine bios
check bios 0 load "$kernel"
field 0x1c0 4 00000000
says log 'command: '
is 'the command line' "$(sed -n 's/^command: //p' "$work/log")" ''
no_notes
# boot_params that look like EFI's, but are not.
at 0x1c0 "$params" 'EL'
check no-signature 0 load "$kernel"
field 0x1c0 4 00000000

# ---- EFI: tables only ---------------------------------------------------------------
machine EL32
services
check efi-32 0 load "$kernel" --append quiet
field 0x1c0 4 32334c45
says err 'noefi is added'
says log 'command: noefi quiet'
efi_at=$(item 4)
is 'a system table' "$(told $((efi_at + 96)) 8)" 5453595320494249
field $((efi_at + 96 + 24)) 4 7ee46898
field $((efi_at + 96 + 64)) 4 00000004
field 0x70 8 000000007f77e014
check efi-32-json 0 plan "$kernel" --json
says out '"EFI tables"' '"ACPI"' 'noefi'

# 64-bit firmware whose services a 32-bit kernel cannot take over.
machine EL64
services
check efi-64-to-32 0 load "$kernel"
field 0x1c0 4 34364c45
is 'an item of EFI' "$(item 4)" ''
efi_at=$(item 0)
field $((efi_at + 96)) 8 5453595320494249
says log 'command: noefi'
check efi-64-to-32-plan 0 plan "$kernel"
says out 'passed on     ACPI, EFI tables, screen, random seed'

# noefi is there already; words that only look like it are none.
for line in noefi 'quiet noefi' 'noefi -- noefi'; do
	check "noefi-there: $line" 0 load "$kernel" --append "$line"
	is 'the command line' "$(sed -n 's/^command: //p' "$work/log")" "$line"
	no_notes
done
for line in 'nonoefi' 'noefi=1' 'x="a noefi b"' 'quiet -- noefi' 'noef'; do
	check "noefi-not-there: $line" 0 load "$kernel" --append "$line"
	is 'the command line' "$(sed -n 's/^command: //p' "$work/log")" "noefi $line"
done

# ---- EFI: runtime services --------------------------------------------------------------
check efi-64 0 load "$kernel64" --append quiet
field 0x1c0 4 34364c45
field 0x1c4 4 7eff5018
field 0x1d8 4 00000001
says log 'command: quiet'
no_notes
efi_at=$(item 4)
field "$efi_at" 8 000000007ee46898
field $((efi_at + 8)) 8 000000007eff6018
field $((efi_at + 16)) 8 000000007ee9e198
field $((efi_at + 24)) 8 000000007f5ee000
field 0x1c8 4 00000028
field 0x1d4 4 00000050
field $((efi_at + 96)) 4 00000005
field $((efi_at + 96 + 8)) 8 000000007ed00000
field $((efi_at + 96 + 16)) 8 fffffffeff800000
field $((efi_at + 96 + 24)) 8 0000000000000100
field $((efi_at + 96 + 32)) 8 800000000000000f
field $((efi_at + 136)) 4 00000006
check efi-64-plan 0 plan "$kernel64"
says out 'EFI runtime services'

# tables_only NAME: the next load has tables alone.
tables_only() {
	check "$1" 0 load "$kernel64"
	says log 'command: noefi'
	is 'an item of EFI' "$(item 4)" "${2:-}"
	machine EL64
	services
}
rm -r "$efi/runtime-map"
tables_only not-switched
for part in type phys_addr virt_addr num_pages attribute; do
	rm "$efi/runtime-map/0/$part"
	tables_only "no-$part"
done
rm -r "$efi/runtime-map/1/num_pages"
tables_only second-range-cut
echo 0x0 > "$efi/runtime-map/1/virt_addr"
tables_only not-mapped
echo 0x0 > "$efi/runtime-map/1/num_pages"
tables_only no-pages
for part in runtime config_table; do
	rm "$efi/$part"
	tables_only "no-$part"
	: > "$efi/$part"
	tables_only "empty-$part"
	echo 7eff6018 > "$efi/$part"
	tables_only "odd-$part"
	echo 0x7eff6018x > "$efi/$part"
	tables_only "more-odd-$part"
	echo 0x17eff60180000000000 > "$efi/$part"
	tables_only "long-$part"
done
at 0x1cc "$params" '\002'
tables_only other-version
at 0x1c4 "$params" '\000\000\000\000'
at 0x1d8 "$params" '\000'
tables_only no-system-table
# Too many ranges.
for i in $(seq 0 1024); do range "$i" 0x5 "0x$((i + 1))000" 0xfffffffeff800000 0x1 0xf; done
tables_only many-ranges
rm "$efi/fw_vendor"
check no-vendor 0 load "$kernel64"
field "$(item 4)" 8 0000000000000000
machine EL64
services

# ---- EFI: not readable, not wanted -----------------------------------------------------
FAKE_DENY=$efi/systab
export FAKE_DENY
check efi-denied 0 plan "$kernel"
says out 'EFI is not passed on' 'Permission denied' 'passed on     screen, random seed'
unset FAKE_DENY
check noefi 0 load "$kernel64" --noefi
field 0x1c0 4 00000000
field 0x70 8 000000007f77e014
is 'the command line' "$(sed -n 's/^command: //p' "$work/log")" ''
no_notes
check noefi-exec 2 exec --noefi
at 0x1ec "$params" '\003'
check secure-boot 0 load "$kernel64" --noefi
field 0x1ec 1 03
check other-machine 0 load "$kernel64" --memory-map "$work/map"
field 0x1c0 4 00000000
field 0x70 8 0000000000000000
field 0x1ec 1 00
# A saved machine has its own.
cp -R "$root" "$work/saved"
(
	unset FAKE_ROOT
	export KLEAP_ROOT="$work/saved"
	kleap plan "$kernel64"
)
says out 'EFI runtime services'
mkdir "$work/saved/dev"
: > "$work/saved/dev/fb0"
(
	unset FAKE_ROOT
	export KLEAP_ROOT="$work/saved" FAKE_FB=none FAKE_FB_ERRNO=25
	kleap plan "$kernel64"
)
says out 'EFI runtime services'

# ---- acpi_rsdp= ------------------------------------------------------------------------
machine EL64
check rsdp-old 0 load "$old"
says log 'command: acpi_rsdp=0x7f77e014 noefi'
says err 'acpi_rsdp=0x7f77e014 is added'
check rsdp-old-noefi 0 load "$old" --noefi --append quiet
says log 'command: acpi_rsdp=0x7f77e014 quiet'
check rsdp-there 0 load "$old" --noefi --append 'acpi_rsdp=0x1000000'
is 'the command line' "$(sed -n 's/^command: //p' "$work/log")" 'acpi_rsdp=0x1000000'
check rsdp-below-1m 0 load "$old" --noefi --append 'acpi_rsd'
says log 'command: acpi_rsdp=0x7f77e014 acpi_rsd'
check rsdp-new 0 load "$kernel" --noefi
is 'the command line' "$(sed -n 's/^command: //p' "$work/log")" ''
machine bios
at 0x70 "$params" '\360\377\017'
check rsdp-bios 0 load "$old"
is 'the command line' "$(sed -n 's/^command: //p' "$work/log")" ''
at 0x70 "$params" '\000\000\020'
check rsdp-1m 0 load "$old"
says log 'command: acpi_rsdp=0x100000'
# With runtime services it is among EFI's tables.
machine EL64
services
cp "$kernel64" "$work/old64"
at 0x206 "$work/old64" '\015'
check rsdp-services 0 load "$work/old64"
is 'the command line' "$(sed -n 's/^command: //p' "$work/log")" ''

# Text that is no address.
machine EL32
printf 'ACPI20=7f77e014\nACPI=\nSMBIOS=0xfffffffffffffffff\nXACPI=0x5\nSMBIOS3' > "$efi/systab"
check systab-odd 0 load "$kernel"
field 0x70 8 0000000000000000
efi_at=$(item 4)
field $((efi_at + 96 + 64)) 4 00000000
: > "$efi/systab"
check systab-empty 0 load "$kernel"
field 0x1c0 4 32334c45
printf 'SMBIOS=0x7f5ee000' > "$efi/systab"
check systab-no-newline 0 load "$kernel"
efi_at=$(item 4)
field $((efi_at + 96 + 64)) 4 00000001

# ---- The framebuffer -----------------------------------------------------------------------
machine bios
at 0x00f "$params" '\043'
at 0x012 "$params" '\000\004\000\003'
check screen-as-booted 0 load "$kernel"
field 0x00f 1 23
field 0x012 2 0400
# fb ID [BASE]: this framebuffer is in use.
fb() { export FAKE_FB="$1,1280,800,${3:-32},5120,${2:-c0000000},4096000"; }
fb 'EFI VGA'
check screen-efi 0 load "$kernel"
field 0x00f 1 70
field 0x012 2 0500
field 0x014 2 0320
field 0x016 2 0020
field 0x018 4 c0000000
field 0x01c 4 003e8000
field 0x024 2 1400
field 0x026 8 1805000608071008
no_notes
fb 'VESA VGA' 380000000 8
check screen-vesa 0 load "$kernel"
field 0x00f 1 23
field 0x018 4 80000000
field 0x01c 4 0000003f
field 0x03a 4 00000003
field 0x026 8 0000000000000000
for id in simple simpledrmdrmfb efidrmdrmfb vesadrmdrmfb; do
	fb "$id"
	check "screen-$id" 0 load "$kernel"
	field 0x00f 1 23
	field 0x012 2 0400
	no_notes
done
for id in i915drmfb 'VGA16 VGA' simpledrmdrmfb2 'EFI VG' qxldrmfb 'sixteen letters!'; do
	fb "$id"
	check "screen-$id" 0 load "$kernel"
	field 0x00f 1 00
	field 0x007 1 50
	field 0x012 2 0000
	says err "$id has set a mode of its own"
	check "screen-reuse-$id" 0 load "$kernel" --reuse-video-type
	field 0x00f 1 23
	field 0x012 2 0500
	no_notes
done
check screen-none-plan 0 plan "$kernel"
says out 'passed on     random seed'
rm "$params"
check screen-reuse-nothing 0 load "$kernel" --reuse-video-type
field 0x00f 1 00
FAKE_FB_ERRNO=22
export FAKE_FB_ERRNO
machine bios
at 0x00f "$params" '\043'
check screen-unknown 0 load "$kernel"
field 0x00f 1 23
unset FAKE_FB_ERRNO FAKE_FB
check reuse-video-exec 2 exec --reuse-video-type

# ---- EDD -------------------------------------------------------------------------------------
at 0x1e9 "$params" '\001\001'
at 0x290 "$params" '\357\276\255\336'
at 0xd00 "$params" '\200'
check edd 0 load "$kernel" --debug
field 0x1e9 2 0101
field 0x290 4 deadbeef
field 0xd00 1 80
says err 'passed on: EDD'
at 0x1e9 "$params" '\000'
check edd-signature-alone 0 plan "$kernel"
says out 'EDD'

# ---- The seed ----------------------------------------------------------------------------------
export FAKE_WIPED=yes
seed=$(printf '53%.0s' $(seq 32))
check seed 0 load "$kernel" --debug
is 'the seed' "$(told "$(item 9)" 32)" "$seed"
says log 'wiped 32' "wiped $((256 * 1024))"
says err 'passed on: random seed'
if grep -q SSSS "$work/err" "$work/out" "$work/log"; then fail 'the seed is shown'; else passed=$((passed + 1)); fi
FAKE_RANDOM=11
export FAKE_RANDOM
check seed-none 0 load "$kernel"
is 'an item for a seed' "$(item 9)" ''
check seed-plan 0 plan "$kernel"
says out 'random seed'
unset FAKE_RANDOM
FAKE_ERRNO=12
export FAKE_ERRNO
check seed-wiped-after-failure 4 load "$kernel"
says log 'wiped 32'
unset FAKE_ERRNO

# ---- Tables above 4 GiB, and the files of older kernels; of a saved machine, too --------------
# saved SIGNATURE: a tree for KLEAP_ROOT, with tables and services above 4 GiB
saved() {
	root=$work/other
	params=$root/sys/kernel/boot_params/data
	efi=$root/sys/firmware/efi
	machine "$1"
	sed -i 's/0x7/0x17/' "$efi"/*
	range 0 0x5 0x17ed00000 0xfffffffeff800000 0x100 0x800000000000000f
	mkdir -p "$root/proc/sys/kernel"
	echo x86_64 > "$root/proc/sys/kernel/arch"
	printf '%s\n' '00001000-0009fbff : System RAM' '00100000-1fffffff : System RAM' \
		'100000000-17ecfffff : System RAM' '17f000000-17fffffff : ACPI Tables' > "$root/proc/iomem"
}
# planned NAME KERNEL...: a plan of what was saved
planned() {
	case=$1
	shift
	KLEAP_ROOT=$root check "$case" 0 plan "$@" -d
}
saved EL64
planned efi-high "$kernel64"
says err 'rsdp 0x17f77e014' 'passed on: EFI runtime services' '0x00017f000000-0x000180000000 acpi' 'in 64-bit mode'
no_notes
# The new kernel's first tables map them: as many as for RAM up to there.
says out 'page tables'
planned efi-high-noefi "$kernel64" --noefi
says err 'rsdp 0x17f77e014' 'passed on: ACPI'
if grep -q 'passed on: EFI' "$work/err"; then fail 'EFI is passed on'; fi
planned efi-high-old "$old"
says err 'command line: acpi_rsdp=0x17f77e014 noefi' 'passed on: EFI tables'
# Before Linux 3.14 there was systab alone.
rm -r "$efi/runtime-map" "$efi/runtime" "$efi/config_table" "$efi/fw_vendor"
planned efi-systab "$kernel64"
says err 'rsdp 0x17f77e014' 'passed on: EFI tables' 'command line: noefi'
says out 'the new kernel gets EFI tables but no runtime services: noefi is added'
echo 'ACPI=0x17f77e000' > "$efi/systab"
planned efi-systab-acpi-1 "$kernel64"
says err 'rsdp 0x17f77e000' 'passed on: EFI tables'
echo 'MPS=0xf0000' > "$efi/systab"
planned efi-systab-nothing "$kernel64"
says err 'rsdp 0x0' 'passed on: EFI tables'
rm -r "$efi"
planned efi-no-tree "$kernel64"
says out 'EFI is not passed on: cannot read /sys/firmware/efi/systab: No such file or directory'
says err 'rsdp 0x0'
# What was saved by a kernel without these files, of a machine with a BIOS.
rm -r "$root/sys"
planned no-sys "$kernel64"
says err 'rsdp 0x0' 'passed on: random seed'
no_notes
# The same machine, loaded on: the numbers have all their bits.
saved EL64
mkdir -p "$FAKE_ROOT/proc/sys/kernel"
cp "$root/proc/iomem" "$FAKE_ROOT/proc"
cp "$root/proc/sys/kernel/arch" "$FAKE_ROOT/proc/sys/kernel"
rm -r "$FAKE_ROOT/sys"
cp -R "$root/sys" "$FAKE_ROOT"
check efi-high-load 0 load "$kernel64"
field 0x70 8 000000017f77e014
field "$(item 4)" 8 000000017ee46898
field $(($(item 4) + 24)) 8 000000017f5ee000
rm -r "$FAKE_ROOT/sys/firmware/efi/runtime-map" "$FAKE_ROOT/sys/firmware/efi/runtime"
check efi-high-tables 0 load "$kernel64"
field 0x70 8 000000017f77e014
is 'the pointer to ACPI' "$(od -An -v -tx8 "$FAKE_PARAMS" | grep -c 000000017f77e014)" 2
says log 'command: noefi'
root=$FAKE_ROOT
params=$root/sys/kernel/boot_params/data
efi=$root/sys/firmware/efi

# ---- No memory left for one more word -----------------------------------------------------------
machine EL32
lost=0
for FAKE_ALLOC in $(seq 20); do
	export FAKE_ALLOC
	kleap load "$old"
	code=$?
	name=malloc-$FAKE_ALLOC
	if grep -q 'is added' "$work/err" && grep -q 'cannot build the command line' "$work/err"; then
		lost=$((lost + 1))
		is 'the exit code' $code 4
	fi
done
is 'the number of words' "$lost" 2
unset FAKE_ALLOC
finish
