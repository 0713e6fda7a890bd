#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Running kernels of 32 and of 64 bits: which machine is planned for, where a kernel is entered, and
# what may lie above 4 GiB.

. tests/cli/cli.sh

root=$work/root
high=$work/high
cp "$kernel" "$high"
at 0x236 "$high" '\177'
printf '0-9f000 ram\n100000-80000000 ram\n100000000-200000000 ram\n' > "$work/map"
truncate -s 2100M "$work/large"

# cpu FLAGS: what /proc/cpuinfo lists.
cpu() { printf 'processor\t: 0\nflags\t\t: fpu %s\nbogomips\t: 1\n' "$1" > "$root/proc/cpuinfo"; }
mkdir -p "$root/proc/sys/kernel"
arch=$root/proc/sys/kernel/arch

# ---- The machine --------------------------------------------------------------------
check from-32 0 plan "$high" --memory-map "$work/map"
says out 'machine       i386' 'entry        0x001000000, 32-bit mode' '0x07fffe000 - 0x080000000'
check to-64 0 plan "$high" --memory-map "$work/map" --machine x86_64
says out 'machine       x86_64' 'entry        0x001000200, 64-bit mode, boot params at 0x7fffe000' \
	'page tables  0x07fff7000 - 0x07fffe000     28.0 KiB' 'trampoline, page tables'
check to-64-json 0 plan --json "$high" --memory-map "$work/map" --machine x86_64
says out '"machine":"x86_64"' '"limit":70368744177663' '"name":"page tables"' '"mode":"64-bit"' '"address":16777728' \
	'"si":2147475456' '"sp":2147479552' '"gdt_base":2147479552' '"gdt_limit":31' '"tables":2147446784'
echo x86_64 > "$arch"
check from-64 0 plan "$high" --memory-map "$work/map"
says out 'machine       x86_64' '64-bit mode'
check to-32 0 plan --json "$high" --memory-map "$work/map" --machine i386
says out '"machine":"i386"' '"limit":4294967295' '"mode":"32-bit"' '"address":16777216' '"tables":0'
check of-32 0 plan "$kernel" --memory-map "$work/map"
says out 'machine       x86_64' 'entry        0x001000000, 32-bit mode'
check by-32 0 plan "$high" --memory-map "$work/map" --entry-32bit
says out 'machine       x86_64' 'entry        0x001000000, 32-bit mode'
check no-machine 2 plan "$high" --machine riscv64
says err 'no machine called riscv64' 'machines are i386, x86_64, arm and arm64'
check machine-load 2 load "$high" --machine x86_64
check running 0 plan "$high"
says out 'machine       x86_64' 'way           module'
check running-other 0 plan "$high" --machine i386
if grep -q '^way' "$work/out"; then fail 'a way for another machine'; fi
check running-debug 0 plan -d "$high"
says err 'entry: 0x1000200 in 64-bit mode' 'tables 0x1fff7000;'
FAKE_STATE=1 check load 0 load "$high" --initrd "$work/initrd" --append word
says log 'load: 4 segments, flags 1, limit 0, uart 0, machine 2, entry 1000200, si 1fffd000, gdt 1fffe000+1f, tables 1fff6000' \
	'command: word' 'data 12,'
FAKE_STATE=1 check load-32 0 load "$high" --entry-32bit
says log 'load: 2 segments, flags 1, limit 0, uart 0, machine 1, entry 1000000'
# A vmlinux: directly, or with four levels of tables where the running kernel has five.
elf 64 "$work/vmlinux64"
check vmlinux 0 plan "$work/vmlinux64" --memory-map "$work/map"
says out 'page tables  0x07fff7000' 'entry        0x001000000, 64-bit mode'
cpu 'la57 lm'
check vmlinux-la57 0 plan "$work/vmlinux64" --memory-map "$work/map"
says out '64-bit entry 0x07fff6000 - 0x07fffe000' 'entry        0x07fffd000, 32-bit mode'
check la57 0 plan "$high" --memory-map "$work/map"
says out '64-bit mode'
at 0x236 "$high" '\037'
check la57-unknown 0 plan "$high" --memory-map "$work/map"
says out '32-bit mode'
check la57-other-machine 0 plan "$high" --memory-map "$work/map" --machine i386
says out '32-bit mode'
cpu 'xla57 la57x'
check la57-none 0 plan "$high" --memory-map "$work/map"
says out '64-bit mode'
at 0x236 "$high" '\177'

# Another one by that file; without it, as uname(2) says.
echo i686 > "$arch"
FAKE_MACHINE=x86_64 check arch 0 plan "$high" --memory-map "$work/map"
says out 'machine       i386'
rm "$arch"
FAKE_MACHINE=x86_64 check uname 0 plan "$high" --memory-map "$work/map"
says out 'machine       x86_64'
FAKE_MACHINE=riscv64 check uname-other 0 plan "$high" --memory-map "$work/map"
says out 'machine       i386'
echo x86_64 > "$arch"

# ---- Control pages: the trampoline, and tables for the first 2 GiB and for 4 to 6 GiB ---------------
# The page of the switch, in the upper half, takes three of these, or four.
printf '0-80000000 ram\n100000000-180000000 ram\n' > "$work/even"
for flags in lm:9 pdpe1gb:5 la57:11 'la57 pdpe1gb:7'; do
	cpu "${flags%:*}"
	check "control, $flags" 0 plan --json "$high" --memory-map "$work/even"
	[ "$(value control_pages)" = $((${flags#*:} + 1)) ] || fail "$(value control_pages) control pages"
done
check control-i386 0 plan --json "$high" --memory-map "$work/even" --machine i386
[ "$(value control_pages)" = 6 ] || fail "$(value control_pages) control pages"

rm "$root/proc/cpuinfo"

# ---- Above 4 GiB ------------------------------------------------------------------------
check initrd-high 0 plan "$high" --memory-map "$work/map" --initrd "$work/large"
says out 'kernel       0x001000000' 'initrd       0x17cc00000 - 0x200000000' 'boot params  0x07fffe000' \
	'one character is 32.0 MiB' '0x180000000  ' '--------' 'each page arrives where it belongs'
grep -q '^  0x180000000  I*$' "$work/out" || fail 'no I above 4 GiB in the picture'
check limit-high 0 plan "$high" --memory-map "$work/map" --initrd "$work/large" --limit 1ffffffff
says out 'initrd       0x17cc00000 - 0x200000000'
check limit-between 0 plan --json "$high" --memory-map "$work/map" --initrd "$work/large" --limit 1efffffff
says out '"limit":8321499135' '"end":8321499136'
check limit-low 0 plan "$high" --memory-map "$work/map" --limit 3fffffff
says out 'boot params  0x03fffe000' 'each page arrives where it belongs'
check limit-4gib 1 plan "$high" --memory-map "$work/map" --initrd "$work/large" --limit ffffffff
says err 'no free range of 2100 MiB for the initrd' 'usable memory up to 0xffffffff:'
if grep -q '0x100000000 -' "$work/err"; then fail 'memory above the limit is listed'; fi
check limit-inside 1 plan "$high" --memory-map "$work/map" --initrd "$work/large" --limit 17fffffff
says err 'usable memory up to 0x17fffffff:' '0x100000000 - 0x180000000      2.0 GiB'
truncate -s 9G "$work/huge"
check no-limit 1 plan "$high" --memory-map "$work/map" --initrd "$work/huge"
says err 'usable memory:' '0x100000000 - 0x200000000      4.0 GiB'
rm "$work/huge"
check no-flag 1 plan "$work/vmlinux64" --memory-map "$work/map" --initrd "$work/large"
check initrd-of-32 1 plan "$high" --memory-map "$work/map" --initrd "$work/large" --machine i386
says err 'usable memory below 4 GiB:'
if grep -q '0x100000000 -' "$work/err"; then fail 'memory above 4 GiB is listed'; fi
# A limit above 4 GiB is none for i386.
check limit-i386 0 plan --json "$high" --memory-map "$work/map" --machine i386 --limit 1ffffffff
says out '"limit":4294967295'
check mem-min-beyond 1 plan "$high" --memory-map "$work/map" --mem-min 0x3000000000
says err 'no usable memory is left above --mem-min 0x3000000000' 'hint: give a lower address'
check mem-min 0 plan "$high" --memory-map "$work/map" --initrd "$work/initrd" --mem-min=0x110000000
says out 'kernel       0x110000000' '(relocated)' 'entry        0x110000200' 'page tables  0x1ffff4000 - 0x1ffffd000' \
	'each page arrives where it belongs'
check mem-max 0 plan "$high" --memory-map "$work/map" --mem-min=0x110000000 --mem-max=0x18fffffff
says out 'boot params  0x18fffe000 - 0x190000000'
FAKE_STATE=1 check load-high 0 load "$high" --memory-map "$work/map" --initrd "$work/initrd" --mem-min=0x110000000 --append high
says log 'limit 0, uart 0, machine 2, entry 110000200, si 1ffffd000' 'command: high' 'data 12,'
check mem-min-i386 2 plan "$high" --memory-map "$work/map" --machine i386 --mem-min=0x110000000
says err '--mem-min is above the limit'
check mem-min-limit 2 plan "$high" --memory-map "$work/map" --mem-min=0x110000000 --limit 10fffffff
check mem-min-end 2 plan "$high" --memory-map "$work/map" --mem-min=0x400000000000

# ---- Large machines: a part is simulated, in little memory --------------------------------------
# 1 TiB; a thousand ranges, 55 TiB; memory beyond what four levels of tables reach.
printf '0-9f000 ram\n100000-80000000 ram\n100000000-10000000000 ram\n' > "$work/tib"
awk 'BEGIN { print "100000-80000000 ram"; for (i = 1; i < 1000; i++) printf "%x000000001-%xe00000fff ram\n", i, i }' > "$work/pieces"
printf '100000-80000000 ram\n100000000-100000000000000 ram\n' > "$work/huge"
printf '100000-8000000 ram\n100000000-10000000000 ram\n' > "$work/low"
for map in tib pieces low huge; do
	check "$map" 0 plan --json "$high" --memory-map "$work/$map" --initrd "$work/large" --mem-min=0x80000000
	says out '"ok":true'
	[ "$(($(value in_place) + $(value copied)))" = "$(value pages)" ] || fail "$(value in_place) and $(value copied) pages"
	[ "$(value in_place)" -gt $(($(value pages) / 3)) ] || fail "$(value in_place) pages are in place"
	[ "$(value copied)" -gt $(($(value pages) / 3)) ] || fail "$(value copied) pages are copied"
done
says out '"end":70368744177664'
# Page tables for 1 TiB lie below 4 GiB, where there is no room for them; larger pages need few.
printf '1000000-1400000 ram\n100000000-10000000000 ram\n' > "$work/little"
check little-low 4 plan "$high" --memory-map "$work/little"
says err 'no-memory'
cpu pdpe1gb
check little-low-1gib-pages 0 plan "$high" --memory-map "$work/little"
# Room for the image, but not for the trampoline, too: what lies below 1 MiB is never free.
cp "$high" "$work/packed"
at 0x260 "$work/packed" '\000\000\001\000'
printf '0-9f000 ram\n1000000-1019000 ram\n' > "$work/small"
check too-small 4 plan "$work/packed" --memory-map "$work/small"
printf '0-9f000 ram\n1000000-1040000 ram\n' > "$work/small"
check small 0 plan "$work/packed" --memory-map "$work/small"

finish
