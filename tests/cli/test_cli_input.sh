#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Several initrds, and several parts of a command line.

. tests/cli/cli.sh

FAKE_INITRD=$work/got
FAKE_STATE=1
export FAKE_INITRD FAKE_STATE

# ---- Several initrds -----------------------------------------------------------
# Contents without two equal pages.
seq -f %07g 200000 > "$work/bytes"

# initrds NAME SIZE...: load that many files of these sizes; the module must get
# them in order, each but the last padded with zeros to 4 bytes.
initrds() {
	name=$1
	shift
	: > "$work/want"
	given=$#
	i=0
	for size; do
		i=$((i + 1))
		tail -c +$((i * 1237)) "$work/bytes" | head -c "$size" > "$work/part$i"
		[ "$size" -eq 0 ] || truncate -s %4 "$work/want"
		cat "$work/part$i" >> "$work/want"
		set -- "$@" --initrd "$work/part$i"
	done
	shift $given
	rm -f "$work/got"
	check "$name" 0 load "$kernel" "$@"
	if cmp "$work/want" "$work/got"; then passed=$((passed + 1)); else fail 'the initrd has other bytes'; fi
	check "$name-plan" 0 plan "$kernel" "$@" --memory-map "$work/map"
	says out "  initrd       0x"
	[ "$(grep -c '^  initrd ' "$work/out")" -eq 1 ] || fail 'not shown as one'
}

initrds one 12
for size in 1 3 4 4095 4096 4097 8191 8192 8193; do
	initrds "one-of-$size" "$size"
	initrds "first-of-$size" "$size" 5000
	initrds "last-of-$size" 5000 "$size"
	initrds "both-of-$size" "$size" "$size"
	initrds "between-$size" 9001 "$size" 20000
done
initrds larger-joints 100001 4093 1 2 3 200002
initrds microcode-first 700000 1400000
initrds as-many-as-are-not-copied 30001 30002 30003 30004
initrds one-more 30001 30002 30003 30004 30005
initrds whole-pages 8192 16384 4096 40960 8192
initrds twenty 5001 9002 1 70003 4096 8192 12 3 50000 8191 6000 100001 2 4097 12345 54321 8193 4095 77777 9
initrds small-ones 1 2 3 4 5 6 7 8 9 10 11 12 13
initrds an-empty-one 5001 0 9002
says out "$work/part2 is empty"
initrds empty-ones-around 0 0 5001 0 9002 0 0
check only-empty-ones 1 load "$kernel" --initrd "$work/empty" --initrd "$work/empty"
says err initrd-empty

check named 0 load "$kernel" --initrd "$work/part3" --ramdisk "$work/initrd"
says out "  initrd $work/part3 + $work/initrd (4.9 KiB at 0x"
check named-plan 0 plan "$kernel" --initrd "$work/part3" --initrd "$work/initrd" --memory-map "$work/map"
says out "initrd        $work/part3, 4.9 KiB" "              $work/initrd, 12 bytes"
check named-json 0 plan --json "$kernel" --initrd "$work/part3" --initrd "$work/initrd" --memory-map "$work/map"
tr -d ' \n' < "$work/out" > "$work/line"
says line "\"initrd\":{\"file\":\"$work/part3\",\"size\":5016,\"files\":[{\"file\":\"$work/part3\",\"size\":5001},{\"file\":\"$work/initrd\",\"size\":12}]}"
check second-is-missing 5 load "$kernel" --initrd "$work/initrd" --initrd "$work/none"
says err "$work/none"
silent log

# ---- Several parts of a command line -----------------------------------------------
check two-parts 0 load "$kernel" --append 'a b' --command-line c --append ''
says log 'command: a b c'

# reuse NAME RUNNING WANTED LEFT-OUT: what is reused of a running command line.
reuse() {
	printf '%s\n' "$2" > "$FAKE_ROOT/proc/cmdline"
	check "$1" 0 plan --json "$kernel" --memory-map "$work/map" --reuse-cmdline --append end
	says out "\"command_line\":\"$3\"" "\"command_line_left_out\":\"$4\""
}

reuse nothing-left-out 'ro quiet' 'ro quiet end' ''
reuse crashkernel-kept 'crashkernel=256M,high crashkernel=64M,low' 'crashkernel=256M,high crashkernel=64M,low end' ''
reuse boot-loaders 'auto BOOT_IMAGE=(hd0,1)/vmlinuz initrd=\initrd.img ro initrd=a,b' 'auto ro end' \
	'BOOT_IMAGE=(hd0,1)/vmlinuz initrd=\\initrd.img initrd=a,b'
reuse quoted-words '"BOOT_IMAGE=a b" x="BOOT_IMAGE=c d" dyndbg="file a +p"' 'x=\"BOOT_IMAGE=c d\" dyndbg=\"file a +p\" end' \
	'\"BOOT_IMAGE=a b\"'
# shellcheck disable=SC2016 # a dollar sign
reuse crash-kernel 'memmap=1M$0x2000000 elfcorehdr=867700K memmap=exactmap memmap=572K@4K nr_cpus=1' \
	'memmap=1M$0x2000000 nr_cpus=1 end' 'elfcorehdr=867700K memmap=exactmap memmap=572K@4K'
reuse maps-kept 'memmap=exactmap memmap=1M@0' 'memmap=exactmap memmap=1M@0 end' ''
reuse jump-back 'ro kexec_jump_back_entry=0x1000 x' 'ro x end' 'kexec_jump_back_entry=0x1000'
reuse similar-words 'XBOOT_IMAGE=1 rd.initrd=2 noinitrd BOOT_IMAGE initrdmem=4' 'XBOOT_IMAGE=1 rd.initrd=2 noinitrd BOOT_IMAGE initrdmem=4 end' ''
reuse blanks "$(printf '  a \t b\013c  ')" 'a b c end' ''
reuse quote-not-closed 'a "b c' 'a \"b c\" end' ''
check left-out 0 load "$kernel" --reuse-cmdline
if grep -q 'left out' "$work/out"; then fail 'something is left out'; fi
printf 'BOOT_IMAGE=x initrd=y ro\n' > "$FAKE_ROOT/proc/cmdline"
check left-out 0 load "$kernel" --reuse-cmdline
says out '  left out of the command line: BOOT_IMAGE=x initrd=y'
says log 'command: ro'

finish
