#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Kernels for a crash that kleap lays out: -p by kexec_load(2), and plan -p.

. tests/cli/cli.sh

kleap() { "$program" "$@" > "$work/out" 2> "$work/err"; }

root=$FAKE_ROOT
kernel_sys=$root/sys/kernel
cpus=$root/sys/devices/system/cpu
mkdir -p "$kernel_sys" "$root/proc/sys/kernel" "$root/proc/self" "$cpus/cpu0" "$cpus/cpu1" "$cpus/cpu3"
printf 'Name:\tkleap\nCapEff:\t000001ffffffffff\n' > "$root/proc/self/status"
printf 'MemTotal:     524288 kB\n' > "$root/proc/meminfo"
echo 6.1.0-50-686-pae > "$root/proc/sys/kernel/osrelease"
echo 16777216 > "$kernel_sys/kexec_crash_size"
echo 0 > "$kernel_sys/kexec_crash_loaded"

# iomem REGION: a machine with 512 MiB, of which this is reserved.
iomem() {
	printf '%s\n' '00000000-00000fff : Reserved' '00001000-0009fbff : System RAM' '00100000-1fffffff : System RAM' \
		'  01000000-01dfffff : Kernel code' "$@" '20000000-2000ffff : ACPI Tables' > "$root/proc/iomem"
}
kernel64=$work/vmlinuz64
cp "$kernel" "$kernel64"
at 0x236 "$kernel64" '\043'
region='  10000000-10ffffff : Crash kernel'
iomem "$region"
# Of CPUs 0 to 3, the third is not there.
echo 0-3 > "$cpus/possible"
for cpu in 0 1 3; do
	echo 3fff${cpu}00 > "$cpus/cpu$cpu/crash_notes"
	echo 352 > "$cpus/cpu$cpu/crash_notes_size"
done
printf '0x0000000003ffe000 400\n' > "$kernel_sys/vmcoreinfo"

# kcore: the program headers of a 32-bit kernel with 256 MiB of low memory.
kcore=$root/proc/kcore
head -c 116 /dev/zero > "$kcore"
at 0 "$kcore" '\177ELF\001\001\001'
at 16 "$kcore" '\004\000\003\000'
at 28 "$kcore" "$(number32 52)"
at 42 "$kcore" '\040\000\002'
at 52 "$kcore" "$(number32 1)$(number32 0)$(number32 $((0xf0000000)))$(number32 $((0xffffffff)))$(number32 0)$(number32 4096)"
at 84 "$kcore" "$(number32 1)$(number32 0)$(number32 $((0xc0000000)))$(number32 0)$(number32 0)$(number32 $((0x10000000)))"

# bytes OFFSET COUNT: of the ELF header, in hexadecimal.
bytes() { od -An -v -tx1 -j "$(($1))" -N "$2" "$work/core" | tr -d ' \n'; }
# is WHAT GOT WANT
is() {
	name=$1
	if [ "$2" = "$3" ]; then passed=$((passed + 1)); else fail "$2, not $3"; fi
}
# header N TYPE VIRTUAL PHYSICAL SIZE: a program header, each number as its bytes.
header() { is "program header $1" "$(bytes $((64 + $1 * 56)) 4)$(bytes $((80 + $1 * 56)) 32)" "$2$3$4$5$5"; }

export FAKE_KEXEC=0 FAKE_CORE="$work/core" FAKE_STUB="$work/stub" FAKE_OPEN=2

# ---- The load --------------------------------------------------------------------------
check load 0 load -p "$kernel" --initrd "$work/initrd" --append 'ro quiet'
# Kernel, initrd, boot params, ELF header at the end of the region, entry code.
says log 'kexec_load: entry 10ffb000, 5 segments, flags 1' 'segment: 10000000+10000, data 65536' 'segment: 10ffe000+1000, data 12,' \
	'segment: 10ffc000+2000, data 8192' 'segment: 10fff000+1000, data 400' 'segment: 10ffb000+1000, data 4096'
says out "loaded for a crash: $kernel (64.0 KiB at 0x10000000)" 'by kexec_load: 84.0 KiB in 5 segments'
silent err
is core "$(bytes 0 8)$(bytes 16 4)$(bytes 56 2)" 7f454c4602010100040003000600
header 0 04000000 0000000000000000 00f0ff0300000000 6001000000000000
header 1 04000000 0000000000000000 00f1ff0300000000 6001000000000000
header 2 04000000 0000000000000000 00f3ff0300000000 6001000000000000
header 3 04000000 0000000000000000 00e0ff0300000000 0004000000000000
header 4 01000000 000010c000000000 0000100000000000 0000f00f00000000
header 5 01000000 ffffffffffffffff 0000001100000000 0000000f00000000
# The entry code checks all of it: kernel, initrd, boot params, ELF header.
od -An -v -tx1 -j 0x8a8 -N 80 "$work/stub" | tr -d ' \n' > "$work/ranges"
is ranges "$(cat "$work/ranges")" "$(printf %s 0000001000000000 0000011000000000 00e0ff1000000000 00f0ff1000000000 00c0ff1000000000 00e0ff1000000000 \
	00f0ff1000000000 0000001100000000 0000000000000000 0000000000000000)"
check debug 0 load -p "$kernel" --append 'ro quiet' -d
says err 'command line: elfcorehdr=0x10fff000 ro quiet' '0x000000001000-0x00000009fc00 ram' '0x000010000000-0x000010fff000 ram' \
	'0x000020000000-0x000020010000 acpi' 'way: kexec_load: kleap places the image'
if grep -q '0x000000100000-' "$work/err"; then fail 'it is told memory of the old kernel'; fi
check reuse 0 load -p "$kernel" --reuse-cmdline --via kexec_load -d
says err 'command line: elfcorehdr=0x10fff000 root=/dev/sda1 x="a b" quiet'
says out 'left out of the command line: BOOT_IMAGE=/vmlinuz crashkernel=64M'
for option in --append=elfcorehdr=0x1000 '--append=a elfcorehdr=1M'; do
	check own-elfcorehdr 2 load -p "$kernel" "$option"
	says err 'elfcorehdr= is not for the user of -p'
	silent log
done
check no-crash-elfcorehdr 0 load "$kernel" --append elfcorehdr=1M
says log 'flags 0'
check map 2 load -p "$kernel" --memory-map "$work/map"
says err 'load -p does not take --memory-map'
silent log
check called-kexec 0 -p "$kernel"
says log 'flags 1'
FAKE_MACHINE=x86_64 check machine-64 0 load -p "$kernel"
rm "$kcore"
FAKE_MACHINE=x86_64 check no-kcore 0 load -p "$kernel"
says err 'note: /proc/kcore cannot be read: the dump will have physical addresses only'
is no-kcore-machine "$(bytes 18 2)" 3e00
header 4 01000000 ffffffffffffffff 0000100000000000 0000f00f00000000
check no-kcore-32 0 load -p "$kernel"
is no-kcore-machine-32 "$(bytes 18 2)" 0300
echo 'no ELF file' > "$kcore"
check bad-kcore 0 load -p "$kernel"
says err 'note: /proc/kcore cannot be read'
for number in 1 16 22; do
	FAKE_KEXEC=$number check "errno-$number" $((number == 1 ? 3 : 5)) load -p "$kernel"
done
FAKE_KEXEC=99 check errno-99 1 load -p "$kernel"
says err kexec-no-place

check kernel-64 0 load -p "$kernel64"
says err 'note: a 64-bit kernel shows no /proc/vmcore of a 32-bit one'
FAKE_MACHINE=x86_64 check kernel-64-64 0 load -p "$kernel64"
if grep -q 'a 64-bit kernel' "$work/err"; then fail 'it can read that'; fi

# ---- What is reserved ------------------------------------------------------------------
iomem '# nothing'
check none 1 load -p "$kernel"
says err 'no memory is reserved for the kernel for a crash' 'crashkernel=256M' no-crash-memory
silent log
check none-plan 1 plan -p "$kernel"
says err no-crash-memory
sed 's/^\( *\)[0-9a-f]*-[0-9a-f]*/\100000000-00000000/' "$root/proc/iomem" > "$work/hidden"
mv "$work/hidden" "$root/proc/iomem"
mkdir -p "$root/sys/firmware/memmap/0"
echo 0x0 > "$root/sys/firmware/memmap/0/start"
echo 0x1fffffff > "$root/sys/firmware/memmap/0/end"
echo 'System RAM' > "$root/sys/firmware/memmap/0/type"
check hidden 3 plan -p "$kernel"
says err 'shows no addresses' 'run this as root'
rm -r "$root/sys/firmware"
# 1 MiB for the kernel here, initrd, 2 pages of boot params, ELF header, entry code: from 16 MiB up. One page less.
iomem '  10000000-10104fff : Crash kernel'
check exact 0 load -p "$kernel" --initrd "$work/initrd"
says log 'entry 10100000, 5 segments' 'segment: 10104000+1000, data 400'
iomem '  10000000-10103fff : Crash kernel'
check small 1 load -p "$kernel" --initrd "$work/initrd"
says err 'a crash takes 1044 KiB, and crashkernel= reserved 1040 KiB' crash-memory-small
silent log
iomem '  10000000-100fffff : Crash kernel'
check small-kernel 1 load -p "$kernel"
says err 'a crash takes 1040 KiB, and crashkernel= reserved 1 MiB' crash-memory-small
check small-plan 1 plan -p "$kernel"
says err crash-memory-small
# Enough, but not where the kernel can be.
iomem '  10001000-10105fff : Crash kernel'
check aligned 1 load -p "$kernel" --initrd "$work/initrd"
says err no-room-for-kernel
silent log
iomem '  10000000-100003ff : Crash kernel'
check tiny 1 load -p "$kernel"
says err 'a crash takes 4 KiB, and crashkernel= reserved 1 KiB' crash-memory-small
iomem '  10000800-10001fff : Crash kernel'
check one-page 1 load -p "$kernel"
says err crash-memory-small
iomem '  10000800-100017ff : Crash kernel'
check no-page 1 load -p "$kernel"
says err crash-memory-small
silent log
# A limit below it is not for want of memory there.
iomem "$region"
check limit 1 load -p "$kernel" --limit 0xfffffff
says err no-room-for-kernel
check mem-min 0 load -p "$kernel" --mem-min 0x10800000
says log 'segment: 10800000+10000'
check mem-min-above 1 load -p "$kernel" --mem-min 0x18000000
says err 'no usable memory is left above --mem-min'

# ---- Notes --------------------------------------------------------------------------------
# odd FILE TEXT WHAT
odd() {
	cp "$1" "$work/good"
	printf '%s\n' "$2" > "$1"
	check "odd $1 $2" 1 load -p "$kernel"
	says err 'which is no place in RAM' crash-notes
	silent log
	cp "$work/good" "$1"
}
for text in '0' 'zzz' '1ffffff0' '20000000' 'fffffffffffffff0' '' '-1'; do
	odd "$cpus/cpu1/crash_notes" "$text"
done
for text in '0' 'x' '99999999999999999999999'; do
	odd "$cpus/cpu1/crash_notes_size" "$text"
done
for text in '0x3ffe000' '0x3ffe000 0' '0x3ffe000 x' ' 400' '0x0 0' ''; do
	odd "$kernel_sys/vmcoreinfo" "$text"
done
mv "$kernel_sys/vmcoreinfo" "$work/vmcoreinfo"
check no-vmcoreinfo 1 load -p "$kernel"
says err '/sys/kernel/vmcoreinfo cannot be read' crash-notes
check no-vmcoreinfo-plan 0 plan -p "$kernel" --memory-map "$root/proc/iomem"
says out 'note          registers of CPUs and VMCOREINFO are not known of this machine'
mv "$work/vmcoreinfo" "$kernel_sys/vmcoreinfo"
# A CPU that has none, and kernels that do not say how many there may be.
mv "$cpus/cpu1/crash_notes" "$work/notes"
check two-cpus 0 load -p "$kernel"
header 1 04000000 0000000000000000 00f3ff0300000000 6001000000000000
mv "$work/notes" "$cpus/cpu1/crash_notes"
for text in '0' '' 'x'; do
	printf '%s\n' "$text" > "$cpus/possible"
	check "possible $text" 0 load -p "$kernel"
	is one-cpu "$(bytes 56 2)" 0400
done
for text in '0-99999999999999999999' '0,2-3' '0-1,3' '0-8191'; do
	printf '%s\n' "$text" > "$cpus/possible"
	check "possible $text" 0 load -p "$kernel"
	is all-cpus "$(bytes 56 2)" 0600
done
rm "$cpus/possible"
check no-possible 0 load -p "$kernel"
mv "$cpus" "$work/cpus"
check no-cpus 1 load -p "$kernel"
says err '/cpu0/crash_notes cannot be read' crash-notes
mv "$work/cpus" "$cpus"
echo 0-3 > "$cpus/possible"

# ---- Kernels that use the memory below 1 MiB ------------------------------------------------------
for release in 5.4.0-1 4.19 3.16.0-x 5.4; do
	echo $release > "$root/proc/sys/kernel/osrelease"
	check "old $release" 1 load -p "$kernel" --via kexec_load
	says err 'uses memory below 1 MiB' 'kleap explain crash-low-memory'
	check "old-auto $release" 5 load -p "$kernel"
	says err 'no way to load a kernel is open' 'kexec_load: Linux' 'uses memory below 1 MiB'
	silent log
done
check old-no-crash 0 load "$kernel"
for release in 5.5.0 5.10 6.1 10.0 5.5-rc1 odd ''; do
	echo $release > "$root/proc/sys/kernel/osrelease"
	check "new $release" 0 load -p "$kernel"
done
rm "$root/proc/sys/kernel/osrelease"
check no-release 0 load -p "$kernel" --via kexec_load

# ---- Above 4 GiB, with a part below ---------------------------------------------------------------
high='  140000000-140ffffff : Crash kernel'
iomem '  10000000-10ffffff : Crash kernel'
printf '%s\n' 100000000-17fffffff' : System RAM' "$high" >> "$root/proc/iomem"
if [ "$(getconf LONG_BIT)" = 64 ]; then
	FAKE_MACHINE=x86_64 check high 0 load -p "$kernel64" -d
	# The entry code in the GiB that the page tables of the new kernel map.
	says log 'segment: 140000000+10000' 'segment: 140fff000+1000' 'flags 1'
	says err 'command line: elfcorehdr=0x140fff000' '0x000010000000-0x000011000000 ram' '0x000140000000-0x000140fff000 ram'
	is entry-in-gib "$(sed -n 's/^kexec_load: entry \(14\).*/\1/p' "$work/log")" 14
	FAKE_MACHINE=x86_64 check high-limit 1 load -p "$kernel64" --limit 0xffffffff
fi
# A 32-bit kernel cannot be there.
FAKE_MACHINE=x86_64 check high-32 1 load -p "$kernel"
says err no-room-for-kernel
silent log

# ---- The plan -----------------------------------------------------------------------------------
iomem "$region"
check plan 0 plan -p "$kernel" --initrd "$work/initrd"
silent log
says out 'way           kexec_load: ' 'command line  elfcorehdr=0x10fff000' '  ELF header   0x010fff000 - 0x011000000' '  entry code ' \
	'  reserved     0x010000000 - 0x011000000     16.0 MiB' 'all inside; nothing moves at the crash' '2 ranges   495.0 MiB   and 4 notes'
if grep -q proof "$work/out"; then fail 'it proves a leap'; fi
check plan-json 0 plan -p "$kernel" --json
says out '"elfcorehdr":285208576' '"notes":4' '"copied":0' '"copies_at_most":0' '"ok":true'
check plan-file 0 plan -p "$kernel64" --via kexec_file_load
if grep -q elfcorehdr "$work/out"; then fail 'the kernel makes it'; fi
check plan-module 1 plan -p "$kernel" --via module
says err '--via module loads no kernels for a crash' crash-not-this-way
cp -R "$root" "$work/saved"
KLEAP_ROOT=$work/saved check plan-saved 0 plan -p "$kernel"
says out 'and 4 notes' '  entry code '
rm -r "$work/saved/sys"
KLEAP_ROOT=$work/saved check plan-iomem 0 plan -p "$kernel"
says out 'and 0 notes' 'note          registers of CPUs and VMCOREINFO are not known of this machine'
check plan-map 0 plan -p "$kernel" --memory-map "$root/proc/iomem"
says out 'and 0 notes'
check plan-map-none 1 plan -p "$kernel" --memory-map "$work/map"
check plan-missing 5 plan -p "$kernel" --memory-map "$work/missing"

# ---- Memory, segments, maps ----------------------------------------------------------------------
for FAKE_ALLOC in $(seq 40); do
	export FAKE_ALLOC
	kleap load -p "$kernel" --initrd "$work/initrd"
	code=$?
	name="allocation $FAKE_ALLOC fails"
	[ $code -eq 4 ] || ! grep -q 'an allocation failed' "$work/err" || fail "exit code $code"
	[ $code -eq 4 ] || [ $code -eq 0 ] || fail "exit code $code"
done
unset FAKE_ALLOC
awk 'BEGIN { print "00100000-0fffffff : System RAM"; print "10000000-10ffffff : System RAM"; print "  10000000-10ffffff : Crash kernel";
	for (i = 0; i < 4096; i++) printf "%08x-%08x : Reserved\n", 536870912 + i * 8192, 536870912 + i * 8192 + 4095 }' > "$work/many"
check full 1 plan -p "$kernel" --memory-map "$work/many"
says err memory-map-full

# ---- A load that fails takes the old one with it ---------------------------------------------------
gone='the kernel for a crash that was loaded before is gone'
iomem "$region"
for number in 12:4 16:5 0:0; do
	echo 1 > "$kernel_sys/kexec_crash_loaded"
	FAKE_KEXEC=${number%:*} check "gone-$number" "${number#*:}" load -p "$kernel"
	case $number in
	12:*) says err "note: $gone" ;;
	*) if grep -q "$gone" "$work/err"; then fail 'it is not'; fi ;;
	esac
done
echo 0 > "$kernel_sys/kexec_crash_loaded"
FAKE_KEXEC=12 check gone-before 4 load -p "$kernel"
if grep -q "$gone" "$work/err"; then fail 'there was none'; fi

# ---- Status, unload --------------------------------------------------------------------------------
check status-none 0 status -p
says out 'no crash kernel is loaded; 16.0 MiB are reserved for it'
echo 1 > "$kernel_sys/kexec_crash_loaded"
check status 1 -S -p
says out 'a crash kernel is loaded; 16.0 MiB are reserved for it'
check status-json 1 status -p --json
says out '"crash_image":true' '"crash_size":16777216'
check unload 0 unload -p
says log 'kexec_load: entry 0, 0 segments, flags 1'

finish
