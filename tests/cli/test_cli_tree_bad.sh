#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Device trees that would not start the new kernel: other memory than the machine's, interrupts in a circle.

. tests/cli/cli.sh

# tree < SOURCE: a device tree, in t; dtc's own checks do not count.
tree() {
	rm -f "$work/t"
	{ echo '/dts-v1/;'; cat; } | dtc -q -f -@ -O dtb -o "$work/t" - 2> /dev/null
}
# plan MAP CODE NAME: a plan with that tree.
plan() { check "$3" "$2" plan "$image" --machine arm64 --dtb "$work/t" --memory-map "$work/$1"; }
# load NAME CODE: the tree comes to new.dts.
load() {
	FAKE_MACHINE=aarch64 FAKE_PARAMS=$work/new.dtb check "$1" "$2" load "$image" --via module
	dtc -q -I dtb -O dts "$work/new.dtb" > "$work/new.dts" 2> /dev/null
}
map() { printf '%s : System RAM\n' "$@"; }
map 40000000-7fffffff > "$work/1g"

# ---- Memory ------------------------------------------------------------------------------------------------
# The running kernel's tree: nothing lies in memory that it does not tell.
mkdir -p "$work/root/sys/firmware"
own() {
	tree
	cp "$work/t" "$work/root/sys/firmware/fdt"
}
own << 'DTS'
/ { #address-cells = <2>; #size-cells = <2>; memory@50000000 { device_type = "memory"; reg = <0 0x50000000 0 0x40000000>; }; };
DTS
cp "$work/1g" "$work/root/proc/iomem"
load told 0
says log 'machine 4, entry 50000000'
says err '256.0 MiB of RAM is not in the device tree'
map 40000000-4fffffff > "$work/root/proc/iomem"
load nothing-told 1
says err "the new kernel would be told none of the machine's 256 MiB of usable RAM by the device tree" \
	'/sys/firmware/fdt' "hint: give this machine's tree" 'kleap explain device-tree-other-memory'
if grep -q 'load:' "$work/log"; then fail 'it loads'; fi
# With EFI, memory nodes do not count.
own << 'DTS'
/ { #address-cells = <2>; #size-cells = <2>; memory@50000000 { device_type = "memory"; reg = <0 0x50000000 0 0x40000000>; };
chosen { linux,uefi-system-table = <0 1>; }; };
DTS
load efi 0
says log 'machine 4, entry 40000000'
silent err
FAKE_MACHINE=armv7l check efi-32 0 load "$zimage" --via module
says log 'machine 3, entry 40408000'
# A tree from a file is told the machine's memory: in as many entries as sizes of one cell need.
map 40000000-c7fffffff 1000000000-107fffffff > "$work/50g"
tree << 'DTS'
/ { #address-cells = <2>; #size-cells = <1>; };
DTS
plan 50g 0 one-size-cell
says out 'it is told 51.0 GiB'
if grep -q lost "$work/out"; then fail 'memory is lost'; fi
cp "$work/50g" "$work/root/proc/iomem"
cp "$work/t" "$work/root/sys/firmware/fdt"
load one-size-cell-load 0
says new.dts 'reg = <0x00 0x40000000 0x80000000 0x00 0xc0000000 0x80000000 0x01 0x40000000 0x80000000' 'reg = <0x10 0x00 0x80000000>'
# Below 4 GiB with addresses of one cell; sizes of two make no difference.
for cells in 1 2; do
	echo "/ { #address-cells = <1>; #size-cells = <$cells>; };" | tree
	plan 50g 0 one-address-cell-$cells
	says out 'it is told 3.0 GiB' '48.0 GiB of RAM has addresses that this device tree cannot tell (#address-cells): lost'
done
map 100000000-1ffffffff > "$work/high"
plan high 1 no-address
says err "none of the machine's 4 GiB of usable RAM" 'one with #address-cells = <1> ends at 4 GiB'
map fffff000-100000fff > "$work/edge"
plan edge 1 edge
says err no-room-for-kernel '4.0 KiB of RAM has addresses'
# Keystone 2: its memory has an alias at 0x80000000.
printf '%s\n' '80000000-9fffffff : System RAM (boot alias)' '800000000-81fffffff : System RAM' '  800008000-800ffffff : Kernel code' > "$work/keystone"
echo '/ { #address-cells = <2>; #size-cells = <2>; memory@800000000 { device_type = "memory"; reg = <8 0 0 0x20000000>; }; };' | tree
check keystone 1 plan "$zimage" --machine arm --dtb "$work/t" --memory-map "$work/keystone"
says err "the machine's memory starts at 0x800000000, where this kernel cannot be started: it needs memory below 0x100000000" \
	'hint: if it has an alias below 4 GiB (Keystone 2), use the kexec of kexec-tools' 'kleap explain memory-too-high'
# More memory than any tree tells in such entries.
map 0-7fffffffffffffff > "$work/all"
echo '/ { #address-cells = <2>; #size-cells = <1>; };' | tree
plan all 1 too-many-entries
says err 'the device tree has 68719' 'kleap explain device-tree-too-large'
# Memory that starts at 0 is memory, at 0, too.
map 0-3b3fffff > "$work/from-0"
plan from-0 0 from-0
says out '  kernel       0x000000000' 'each page arrives where it belongs'
# What is too small or too far up to be of use is named as such, not as --mem-min.
echo '/ { #address-cells = <2>; #size-cells = <2>; memory@0 { device_type = "memory"; reg = <0xffffffff 0xfffff000 0xffffffff 0>; }; };' | tree
check far-up 1 plan "$image" --machine arm64 --dtb "$work/t"
says err 'kleap explain memory-map-empty'

# ---- Interrupts ------------------------------------------------------------------------------------------------
# circle WANT NAME NODES: with 1, the tree is refused, and names this node.
circle() {
	echo "/ { $3 };" | tree
	plan 1g "${1%%:*}" "$2"
	case $1 in 1:*) says err "$work/t: ${1#1:}" 'lead in a circle' 'kleap explain device-tree-cycle' ;; esac
}
circle 1:/a two 'a { phandle = <1>; interrupt-parent = <2>; }; b { phandle = <2>; interrupt-parent = <1>; };'
circle 1:/b two-behind-another 'a { interrupt-parent = <2>; }; b { phandle = <2>; interrupt-parent = <3>; }; c { phandle = <3>; interrupt-parent = <2>; };'
circle 1:/a one 'a { phandle = <1>; interrupt-parent = <1>; };'
circle 1:/a downwards 'a { phandle = <3>; interrupt-parent = <1>; }; b { phandle = <2>; }; c { phandle = <1>; interrupt-parent = <3>; };'
circle 1:/ root 'interrupt-parent = <1>; b { c { phandle = <1>; }; };'
circle 1:/b below 'b { phandle = <1>; interrupt-parent = <2>; c { phandle = <2>; }; };'
circle 1:/b old-name 'b { linux,phandle = <1>; interrupt-parent = <1>; };'
circle 1:/b longer 'b { phandle = <1>; interrupt-parent = <1 2>; };'
circle 0 itself 'interrupt-parent = <1>; g { phandle = <1>; #interrupt-cells = <3>; interrupt-parent = <1>; }; d { };'
circle 0 chain 'interrupt-parent = <1>; g { phandle = <1>; #interrupt-cells = <3>; interrupt-parent = <2>; };
	h { phandle = <2>; #interrupt-cells = <1>; interrupt-parent = <1>; };'
circle 0 nowhere 'interrupt-parent = <9>; a { interrupt-parent = <8>; };'
circle 0 short 'a { phandle = <0x10000>; interrupt-parent = [00 01]; };'
circle 0 none 'a { phandle = <1>; }; b { phandle = <1>; interrupt-parent = <0>; };'
# An overlay may close it.
echo '/ { a: a { phandle = <1>; }; };' | tree
mv "$work/t" "$work/base"
echo '/ { fragment@0 { target-path = "/a"; __overlay__ { interrupt-parent = <1>; }; }; };' | tree
check overlay 1 plan "$image" --machine arm64 --dtb "$work/base" --dtb-overlay "$work/t" --memory-map "$work/1g"
says err 'device-tree-cycle' "$work/base: /a"
# Many nodes take no time.
{ echo '/ {'; i=1; while [ $i -lt 9000 ]; do echo "n$i { phandle = <$i>; interrupt-parent = <$((i + 1))>; };"; i=$((i + 1)); done; echo '};'; } | tree
plan 1g 0 many
for FAKE_ALLOC in $(seq 30); do
	export FAKE_ALLOC
	kleap plan "$image" --machine arm64 --dtb "$work/t" --memory-map "$work/1g"
	code=$?
	name="allocation $FAKE_ALLOC fails"
	if [ $code -eq 4 ]; then says err 'Cannot allocate memory'; elif [ $code -ne 0 ]; then fail "exit code $code"; fi
done

finish
