#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The user interface of the kleap command: options, messages, exit codes, JSON.

. tests/cli/cli.sh

# ---- Usage ----------------------------------------------------------------------
check help 0 --help
says out 'kleap plan' 'Exit codes'
check version 0 -V
says out 'kleap '
check nothing 2
says err 'nothing to do' 'hint: kleap --help'
check strange-verb 2 jump
check strange-option 2 plan --fast "$kernel"
check no-kernel 2 plan
check two-kernels 2 plan "$kernel" "$kernel"
check two-actions 2 -l "$kernel" -e
check other-type 2 -l -t elf "$kernel"
check json-load 2 load --json "$kernel"
check uart-plan 2 plan --uart 3f8 "$kernel"
check no-checks-plan 2 plan --no-checks "$kernel"
check status-initrd 2 status --initrd "$work/initrd"
check both-when 2 exec --at-reboot --cancel
check unload-reboot 2 unload --at-reboot
for bad in 0 '' -1 +1 g 0x 10000000000000000 ' 1'; do
	check "limit '$bad'" 2 plan --limit "$bad" "$kernel"
done
for bad in 0 10000 com1; do check "uart '$bad'" 2 load --uart "$bad" "$kernel"; done

# ---- Plan -----------------------------------------------------------------------
check plan 0 plan "$kernel" --initrd "$work/initrd" --memory-map "$work/map" --append 'a b'
silent err
silent log
says out 'boot protocol 2.15' 'command line  a b' '0x001000000' 'each page arrives where it belongs' 'map: one character'
grep -q '^  0x000000000  .*K' "$work/out" || fail 'no K in the picture'
grep -q 'IP\|P$\|I$' "$work/out" || fail 'no I or P in the picture'
check plan-json 0 plan --json "$kernel" --memory-map "$work/map"
says out '"version":1' '"protocol":"2.15"' '"initrd":null' '"ok":true' '"start":16777216'
check plan-low 0 plan "$kernel" --memory-map "$work/map" --limit 0x1fffffff
says out '0x01fffe000 - 0x020000000'
printf '100000-10000000000 ram\n' > "$work/large"
check plan-large 0 plan "$kernel" --memory-map "$work/large"
says out '1024.0 GiB' 'one character is 16.0 MiB' '0x0c0000000  ...'
printf '100000-100000000000000 ram\n' > "$work/huge"
check plan-huge 0 plan "$kernel" --memory-map "$work/huge"
says out '1 ranges, 65536.0 TiB' 'each page arrives where it belongs'
# What is proved: each page is in place or copied, and both occur.
check plan-proof 0 plan --json "$kernel" --memory-map "$work/map"
count() { sed -n "s/^.*\"$1\":\([1-9][0-9]*\).*/\1/p" "$work/out"; }
[ "$(($(count in_place) + $(count copied)))" = "$(count pages)" ] || fail "$(count in_place) and $(count copied) pages"
check plan-no-utf8 0 plan --json "$kernel" --memory-map "$work/map" --append "$(printf 'a\377b \303\244\355\240\200')"
says out "$(printf '"command_line":"a\357\277\275b \303\244\357\277\275')"
# The ends of what characters of three and four bytes may begin with, and one beyond each.
none='\357\277\275'
check plan-utf8 0 plan --json "$kernel" --memory-map "$work/map" \
	--append "$(printf '\340\240\200 \340\237 \356\200\200 \360\220\200\200 \360\217 \364\217\277\277 \364\220 \365')"
says out "$(printf "\\340\\240\\200 $none$none \\356\\200\\200 \\360\\220\\200\\200 $none$none \\364\\217\\277\\277 $none$none $none")"
check plan-saved 0 plan "$kernel" --reuse-cmdline --append last
says out 'command line  root=/dev/sda1 crashkernel=64M x="a b" quiet last' '  left out    BOOT_IMAGE=/vmlinuz' '/proc/iomem, 2 ranges'

mkdir -p "$work/root/sys/firmware/memmap/0" "$work/root/sys/firmware/memmap/1"
(cd "$work/root/sys/firmware/memmap" && echo 0x100000 > 0/start && echo 0xfffffff > 0/end && echo System RAM > 0/type &&
	echo 0x10000000 > 1/start && echo 0x1000ffff > 1/end && echo Something new > 1/type)
mv "$work/root/proc/iomem" "$work/iomem"
check plan-firmware 0 plan "$kernel"
says out '/sys/firmware/memmap, 2 ranges, 255.0 MiB' '0x00fffe000 - 0x010000000'
mv "$work/iomem" "$work/root/proc/iomem"
rm "$work/root/sys/firmware/memmap/1/start"
check plan-unreadable 0 plan "$kernel"
says out '/proc/iomem'
rm -r "$work/root/sys"

# ---- An initrd that leaves no memory ----------------------------------------------
truncate -s 500M "$work/large-initrd"
check initrd-fits 0 plan "$kernel" --memory-map "$work/map" --initrd "$work/large-initrd"
says out 'note          initrd and contents (over 999.9 MiB) may not fit into 1023.6 MiB'
check initrd-fits-json 0 plan --json "$kernel" --memory-map "$work/map" --initrd "$work/large-initrd"
says out 'may not fit into'
truncate -s 450M "$work/large-initrd"
check initrd-fits-well 0 plan "$kernel" --memory-map "$work/map" --initrd "$work/large-initrd"
if grep -q 'may not fit' "$work/out"; then fail 'it fits'; fi
truncate -s 900M "$work/large-initrd"
check initrd-low 1 plan "$kernel" --memory-map "$work/map" --initrd "$work/large-initrd"
says err 'a 32-bit kernel needs its initrd, 900 MiB, below 0x36ffe000' 'usable memory below 4 GiB'
rm "$work/large-initrd"

# ---- Refusals -------------------------------------------------------------------
check empty-initrd 1 plan "$kernel" --memory-map "$work/map" --initrd "$work/empty"
says err 'kleap: the initrd has no bytes' '  hint: ' '  more: kleap explain initrd-empty'
check no-bzimage 1 plan "$program" --memory-map "$work/map"
says err 'not-a-bzimage'
check empty-kernel 1 plan "$work/empty" --memory-map "$work/map"
says err 'file-truncated'
printf '100000-800000 ram\n' > "$work/small"
check no-room 1 plan "$kernel" --memory-map "$work/small"
says err 'no-room-for-kernel' 'usable memory below 4 GiB' '0x000100000 - 0x000800000'
check no-room-json 1 plan --json "$kernel" --memory-map "$work/small"
says out '"id":"no-room-for-kernel"' '"exit_code":1' '"hint":'
printf '00000000-00000000 : System RAM\n' > "$work/zeros"
check hidden-map 1 plan "$kernel" --memory-map "$work/zeros"
says err 'memory-map-empty' 'save it as root'
check map-syntax 1 plan "$kernel" --memory-map "$kernel"
says err 'line 1 of the memory map'
check no-file 5 plan "$work/none" --memory-map "$work/map"
says err "$work/none" 'No such file'
check no-map 5 plan "$kernel" --memory-map "$work/none"
check a-folder 5 plan "$work"
says err 'regular file'
check long-line 1 plan "$kernel" --memory-map "$work/map" --append "$(head -c 2048 /dev/zero | tr '\0' x)"
says err 'has 2048 bytes, this kernel takes 2047'

# ---- Load, and the spellings of kexec(8) -------------------------------------------
FAKE_STATE=1
export FAKE_STATE
sum=$((65536 * 107))
for way in "load $kernel --initrd $work/initrd --append word" "-l $kernel --initrd=$work/initrd --append=word" \
	"-l --ramdisk=$work/initrd --command-line=word $kernel" "--load -x -t bzImage $kernel --append word --initrd $work/initrd"; do
	# shellcheck disable=SC2086 # words
	check "$way" 0 $way
	says out "loaded: $kernel (64.0 KiB at 0x1000000)" "initrd $work/initrd (12 bytes at 0x" '1005 frames, 600 pages in place, 400 to copy'
	says log 'load: 3 segments, flags 1, limit 0, uart 0, machine 1, entry 1000000' "segment: 1000000+10000, data 65536, sum $sum" 'data 12,' 'command: word'
done
check uart 0 load "$kernel" --uart 0x3f8
says log 'flags 1, limit 0, uart 3f8'
# What the kernel's earlycon= takes. This machine has I/O ports.
check uart-io 0 load "$kernel" --uart uart8250,io,0x2f8
says log 'uart 2f8'
for uart in pl011,0x9000000 uart8250,mmio,0xfe215040 uart8250,mmio32,fe660000; do
	check "uart $uart" 5 load "$kernel" --uart $uart
	says err "there is no UART of type" 'kleap explain abi-uart'
	silent log
done
for uart in pl011 pl011, pl011,0 pl011,x pl011,-9 pl011,mmio16,9000000 pl011@0x9000000 uart8250,mmio16,9000000 uart8250,mmio32be,9000000 uart8250,io,10000 \
	uart8250,10000000000000000 8250_mmio,0x9000000 uart825,9000000 earlycon earlycon= earlycon=3f8x 3f8.115200 ttyS0,115200n8 ttyAMA0; do
	check "uart '$uart'" 2 load --uart $uart "$kernel"
	says err '--uart takes a hexadecimal I/O port, such as 3f8, or a type and an address, such as pl011,0x9000000 or uart8250,mmio32,0xfe660000, not '$uart
	case $uart in
	tty*) says err 'hint: the address is in earlycon= of a command line that works, in the device tree or in /proc/iomem' ;;
	*) says err 'hint: kleap --help' ;;
	esac
done
check uart-rest 0 load "$kernel" --uart uart8250,io,0x3f8,115200n8
says log 'uart 3f8'
says err 'note: --uart: ,115200n8 is ignored, the port stays as it is set'
check limit 0 load "$kernel" --limit 3fffffff
says log 'flags 1, limit 3fffffff, uart 0'
for option in -i --no-checks; do
	check "load $option" 0 load "$kernel" $option
	says log 'flags 0,'
done
check debug 0 load -d "$kernel"
says err 'segment 0: 0x1000000+0x10000' 'entry: 0x1000000 in 32-bit mode'
check reuse 0 -l "$kernel" --reuse-cmdline
says log 'command: root=/dev/sda1 crashkernel=64M x="a b" quiet'
says out 'left out of the command line: BOOT_IMAGE=/vmlinuz'
FAKE_MACHINE=x86_64 check status-64 0 status
says out 'list in frames 0x0 to 0x0'
if grep -q 'high memory' "$work/out"; then fail '64-bit kernels have no high memory'; fi
check status 0 status
says out '; high memory starts at 0x0'
says out 'loaded: 3.9 MiB in 3 segments' '600 pages are in place, 400 to copy'
check status-json 0 status --json
says out '"state":"loaded"' '"pages_in_place":600' '"version":1'
check status-S 1 -S
check unload 0 -u
says log unload
check disable 0 disable
says log disable
check exec-reboot 0 exec --at-reboot
says log 'leap 1'
check exec-cancel 0 exec --cancel
says log 'leap 2'
check exec-now 0 -e -y
says log 'leap 1' 'reboot 1234567'
FAKE_STATE=2
check armed 0 status
says out 'the next reboot leaps'
FAKE_STATE=0
check status-none 0 status
says out 'nothing is loaded'
check status-S-none 0 -S

# ---- The module refuses --------------------------------------------------------------
FAKE_OPEN=2
export FAKE_OPEN
check no-device 5 load "$kernel"
says err 'cannot open /fake/kleap' 'is kleap.ko loaded?'
FAKE_OPEN=13
check no-right 3 status
says err 'run as root'
unset FAKE_OPEN

export FAKE_ERRNO FAKE_WHY
FAKE_ERRNO=12
FAKE_WHY="$(number no-memory-below-limit) 3000 2000 4294967295 55"
check no-memory 4 load "$kernel"
says err '3000 pages below 0xffffffff, the system gave 2000, and 55 above' 'no-memory-below-limit'
FAKE_ERRNO=1
FAKE_WHY=$(number locked-down)
check locked-down 3 -l "$kernel"
says err 'locked down' 'kernel_lockdown(7)'
FAKE_WHY=
check permission 3 -u
says err CAP_SYS_BOOT
FAKE_ERRNO=16
check busy 5 -u
FAKE_ERRNO=61
check not-loaded 1 -e -y
says err 'no image is loaded'
FAKE_ERRNO=25
check other-device 5 disable
says err 'another version'
FAKE_ERRNO=22
FAKE_WHY=9999
check strange-error 5 load "$kernel"
says err 'error 9999' 'different versions'
unset FAKE_ERRNO FAKE_WHY

# ---- Errors ----------------------------------------------------------------------------
check explain-list 0 explain list
cp "$work/out" "$work/ids"
check explain-unknown 2 explain no-such-error
check every-error 0 explain ok
while read -r id; do
	kleap explain "$id" || fail "explain $id"
	# A heading line, an empty one, and what explains it.
	[ "$(sed 1,2d "$work/out" | wc -c)" -ge 40 ] || fail "docs/errors.md says nothing of $id"
	passed=$((passed + 1))
done < "$work/ids"
# And no entry for an error that there is not.
# shellcheck disable=SC2016 # backquotes of the text
sed -n 's/^### `\(.*\)`$/\1/p' docs/errors.md | while read -r id; do
	grep -qx "$id" "$work/ids" || [ "$id" = ok ] || echo "$id"
done > "$work/stale"
name=stale-entries
silent stale

# ---- A real kernel -------------------------------------------------------------------------
real=$BUILD/lab/i386/vmlinuz
if [ -r "$real" ]; then
	check real-kernel 0 plan "$real" --initrd "$program" --memory-map "$work/map"
	says out 'each page arrives where it belongs'
else
	echo "note: no kernel at $real, not planned"
	skipped=1
fi

finish
