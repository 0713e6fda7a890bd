#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Which memory is used: the firmware's map and the running kernel's, maps from files, and
# maps of many ranges. The maps here are written by hand in the forms of real ones.

. tests/cli/cli.sh

# The kernel for 64 bits: it may lie anywhere below 4 GiB, and reads more than 128 ranges.
sixty4=$work/sixty4
cp "$kernel" "$sixty4"
at 0x236 "$sixty4" '\001\000'

root=$FAKE_ROOT
firmware=$root/sys/firmware/memmap

# range NUMBER START END TYPE: an entry of the firmware's map.
range() {
	mkdir -p "$firmware/$1"
	echo "$2" > "$firmware/$1/start"
	echo "$3" > "$firmware/$1/end"
	echo "$4" > "$firmware/$1/type"
}

# hides FILE TEXT: the last run did not print this.
hides() { if grep -qF -e "$2" "$work/$1"; then fail "$1 says \"$2\""; else passed=$((passed + 1)); fi; }

# told: the map that the new kernel is told, from JSON, as START-END TYPE in decimal.
told() {
	awk '/"ranges":/ { on = 1 } /^    \]/ { on = 0 }
	on && /"start":/ { gsub(/[^0-9]/, ""); start = $0 }
	on && /"end":/ { gsub(/[^0-9]/, ""); end = $0 }
	on && /"type":/ { sub(/.*:"/, ""); sub(/".*/, ""); print start "-" end " " $0 }' "$work/out" > "$work/told"
}

# tells RANGE...: the new kernel is told exactly these.
tells() {
	told
	printf '%s\n' "$@" > "$work/want"
	if cmp -s "$work/want" "$work/told"; then
		passed=$((passed + 1))
	else
		fail "told: $(tr '\n' ',' < "$work/told")"
	fi
}

# segment NAME: "START-END" of a segment, from JSON, in decimal.
segment() {
	awk -v name="$1" '/"segments":/ { on = 1 }
	on && /"start":/ { gsub(/[^0-9]/, ""); start = $0 }
	on && /"end":/ { gsub(/[^0-9]/, ""); end = $0 }
	on && $0 ~ "\"name\":\"" name "\"" { print start "-" end; exit }' "$work/out"
}

# ---- What the running kernel keeps for itself -----------------------------------------
range 0 0x0 0x9fbff 'System RAM'
range 1 0x9fc00 0xfffff Reserved
range 2 0x100000 0x3fffffff 'System RAM'
iomem() { printf '%s\n' '00000000-00000fff : Reserved' '00001000-0009fbff : System RAM' "$@" > "$root/proc/iomem"; }

iomem '00100000-3fffffff : System RAM'
check agree 0 plan "$kernel"
hides out 'note '
check agree-json 0 plan --json "$kernel"
says out '"notes":[' '"usable":1073343488'
# memmap=1M$0x1080000 memmap=64M$0x3c000000: where the kernel, and where all else would go.
iomem '00100000-0107ffff : System RAM' '01080000-0117ffff : Reserved' '01180000-3bffffff : System RAM' \
	'3c000000-3fffffff : Reserved'
check hole 0 plan "$sixty4" --initrd "$work/initrd"
says out 'unpacks into 0x001200000 - 0x001300000' 'initrd       0x03bfff000 - 0x03c000000' \
	'note          65.0 MiB of RAM from 0x1080000 is not free in /proc/iomem: not used'
says out '/sys/firmware/memmap, 3 ranges, 1023.6 MiB'
says out 'note          the new kernel is told that this is RAM; memmap= keeps it from it'
check hole-kept 0 plan "$sixty4" --append 'memmap=1M$0x1080000'
hides out 'is told that this is RAM'
check hole-json 0 plan --json "$kernel"
tells '0-654336 ram' '654336-1048576 reserved' '1048576-1073741824 ram'
says out '65.0 MiB of RAM from 0x1080000'
check hole-load 0 load "$kernel"
says err 'kleap: note: 65.0 MiB of RAM from 0x1080000 is not free'
says out 'at 0x1200000'
# mem=512M
iomem '00100000-1fffffff : System RAM'
check mem= 0 plan "$kernel"
says out 'boot params  0x01fffe000 - 0x020000000' '512.0 MiB of RAM from 0x20000000 is not free'
# Inside RAM: the running kernel's own may be overwritten, nothing else, at any depth.
iomem '00100000-3fffffff : System RAM' '  01000000-017fffff : Kernel code' '  01800000-01bfffff : Kernel rodata' \
	'  01c00000-01dfffff : Kernel data' '  01f00000-01ffffff : Kernel bss' '  20000000-2fffffff : Crash kernel'
check own 0 plan "$kernel"
says out 'unpacks into 0x001000000'
hides out 'note '
iomem '00100000-3fffffff : System RAM' '  01000000-01ffffff : Kernel image' '    01000000-017fffff : Kernel code' \
	'      01040000-01040fff : 0000:00:1f.0' '  3ff00000-3ff7ffff : ramoops:dump(0/3)' '  3ff80000-3fffffff : reserved'
check not-own 0 plan "$kernel"
says out 'unpacks into 0x001200000' 'boot params  0x03fefe000 - 0x03ff00000' '1.0 MiB of RAM from 0x1040000'
# A note has no address below 1 MiB: what differs there does not matter.
range 1 0x9fc00 0xfffff 'System RAM'
printf '00001000-0009fbff : System RAM\n00200000-3fffffff : System RAM\n' > "$root/proc/iomem"
check straddles 0 plan "$kernel"
says out '1.0 MiB of RAM from 0x100000 is not free'
range 1 0x9fc00 0xfffff Reserved
# Nothing is left.
iomem '00100000-3fffffff : System RAM' '  00100000-3fffffff : pmem'
check none 1 plan "$kernel"
says err 'no-room-for-kernel' 'note: 1023.0 MiB of RAM from 0x100000'
iomem '00100000-3fffffff : System RAM' '  00800000-3fffffff : pmem'
check no-room 1 plan "$kernel"
says err 'no-room-for-kernel' 'note: 1016.0 MiB of RAM from 0x800000' '0x000100000 - 0x000800000'
# The picture: what is not free is not drawn as free.
iomem '00100000-3fffffff : System RAM' '  20000000-2fffffff : pmem'
check picture 0 plan "$kernel"
says out '  0x020000000  ################################################################'

# ---- What the firmware's map lacks: add_efi_memmap, memory that was added later -----------
iomem '00100000-3fffffff : System RAM' '100000000-1ffffffff : System RAM'
check more 0 plan --json "$kernel"
tells '0-654336 ram' '654336-1048576 reserved' '1048576-1073741824 ram' '4294967296-8589934592 ram'
says out '4.0 GiB of RAM from 0x100000000 is in /proc/iomem only: used'
iomem '00100000-7fffffff : System RAM'
check more-used 0 plan "$kernel"
says out 'boot params  0x07fffe000 - 0x080000000' '1.0 GiB of RAM from 0x40000000 is in /proc/iomem only'
# But what the firmware has reserved is no RAM, whatever the running kernel says.
range 3 0x70000000 0x7fffffff Reserved
check firmware-reserved 0 plan "$kernel"
says out 'boot params  0x06fffe000 - 0x070000000' '768.0 MiB of RAM from 0x40000000'
rm -r "$firmware/3"

# ---- Addresses that are hidden, or cannot be read ---------------------------------------
printf '%s\n' '00000000-00000000 : Reserved' '00000000-00000000 : System RAM' '  00000000-00000000 : Kernel code' > "$root/proc/iomem"
check hidden 0 plan "$kernel"
says out 'note          /proc/iomem shows no addresses to this user: not compared' 'boot params  0x03fffe000'
rm "$root/proc/iomem"
check no-iomem 0 plan "$kernel"
says out '/proc/iomem shows no addresses'
iomem '00100000-3fffffff : System RAM' 'what is this'
check bad-iomem 1 plan "$kernel"
says err '/proc/iomem:4: what is this'
iomem '00100000-3fffffff : System RAM'

# ---- The firmware's types ----------------------------------------------------------------
number=10
for type in 'ACPI Tables' 'ACPI Non-volatile Storage' 'Unusable memory' 'Persistent Memory' 'Persistent Memory (legacy)' \
	'Soft Reserved' reserved Reserved 'Unknown E820 type' 'System RAM' 'Something new'; do
	range $number 0x${number}0000000 0x${number}0000fff "$type"
	number=$((number + 1))
done
check types 0 plan --json "$kernel"
told
sed -n 's/.* //p' "$work/told" | tr '\n' ' ' > "$work/types"
grep -q 'ram reserved ram acpi nvs unusable pmem pram reserved reserved reserved reserved ram reserved' "$work/types" ||
	fail "types: $(cat "$work/types")"
says out '"type":"soft reserved"'
for number in 10 11 12 13 14 15 16 17 18 19 20; do rm -r "${firmware:?}/$number"; done
# Where the firmware's ranges overlap, the larger type wins, as in Linux.
range 3 0x3ff00000 0x400fffff 'ACPI Tables'
check firmware-overlap 0 plan --json "$kernel"
tells '0-654336 ram' '654336-1048576 reserved' '1048576-1072693248 ram' '1072693248-1074790400 acpi'
# In whatever order they are found.
range 4 0x50000000 0x50000fff 'ACPI Tables'
range 5 0x50000000 0x50001fff 'System RAM'
check firmware-overlap-again 0 plan --json "$kernel"
tells '0-654336 ram' '654336-1048576 reserved' '1048576-1072693248 ram' '1072693248-1074790400 acpi' \
	'1342177280-1342181376 acpi' '1342181376-1342185472 ram'
rm -r "$firmware/4" "$firmware/5"
range 3 0xfffffffffff00000 0xffffffffffffffff Reserved
check firmware-last 0 plan --json "$kernel"
says out '"end":18446744073709551615'
rm -r "$firmware/3"
# As many as there may be; one more is not cut off.
number=1000
while [ $number -lt 1300 ]; do
	range $number "$(printf '0x%x' $((0x100000000 + (number - 1000) * 0x2000)))" \
		"$(printf '0x%x' $((0x100000fff + (number - 1000) * 0x2000)))" 'ACPI Tables'
	number=$((number + 1))
done
check firmware-many 0 plan "$kernel"
says out '/sys/firmware/memmap, 303 ranges' 'note          303 ranges joined to 128, the most this kernel reads: 0 bytes of RAM lost'
rm -r "$root/sys"

# ---- Maps from files ------------------------------------------------------------------
map=$work/map
# brings NAME: the map in $map gives the same result as a plain /proc/iomem.
cat > "$work/plain" << 'END'
00000000-00000fff : Reserved
00001000-0009fbff : System RAM
0009fc00-000fffff : Reserved
  000f0000-000fffff : System ROM
00100000-3ffdffff : System RAM
  01000000-0220bb07 : Kernel code
3ffe0000-3fffffff : Reserved
c0000000-febfffff : PCI Bus 0000:00
  e0000000-efffffff : PCI MMCONFIG 0000 [bus 00-ff]
    e0000000-efffffff : Reserved
  fd000000-fdffffff : 0000:00:02.0
100000000-13fffffff : System RAM
END
check plain 0 plan --json "$kernel" --memory-map "$work/plain"
told
cp "$work/told" "$work/good"
[ "$(wc -l < "$work/good")" -eq 7 ] || fail 'not 7 ranges'
brings() {
	check "$1" 0 plan --json "$kernel" --memory-map "$map"
	told
	if cmp -s "$work/told" "$work/good"; then passed=$((passed + 1)); else fail "told: $(tr '\n' ',' < "$work/told")"; fi
}

sed 's/^/    /' "$work/plain" > "$map"
brings indented
sed 's/^/\t/' "$work/plain" > "$map"
brings tabs
sed 's/^ *//' "$work/plain" > "$map"
brings flat
sed 's/^/> /' "$work/plain" > "$map"
brings quoted
sed 's/$/\r/' "$work/plain" > "$map"
brings crlf
{ printf '\357\273\277' && cat "$work/plain"; } > "$map"
brings byte-order-mark
{ printf '\357\273\277' && sed 's/$/\r/; s/^/    /' "$work/plain"; } > "$map"
brings all-of-these
# As PowerShell saves: UTF-16, either byte first.
{ printf '\377\376' && iconv -f ASCII -t UTF-16LE "$work/plain"; } > "$map"
brings utf-16le
{ printf '\376\377' && iconv -f ASCII -t UTF-16BE "$work/plain"; } > "$map"
brings utf-16be
printf '%s' "$(cat "$work/plain")" > "$map"
brings no-last-newline
{ cat "$work/plain" && head -c 4000 /dev/zero; } > "$map"
brings zeros-at-the-end
for prompt in 'root@host:~# cat /proc/iomem' '$ sudo cat /proc/iomem' '# cat /proc/iomem' '[root@localhost ~]# cat /proc/iomem' \
	'~ # cat /proc/iomem' 'user@host ~/maps $ cat map' 'bash-5.2# cat map' 'host% cat map' 'sh-5.2$ ' '==> /proc/iomem <==' '```' \
	'[  123.456789] eth0: link becomes ready' '<6>[    1.000000] eth0: link becomes ready'; do
	{ echo "$prompt" && cat "$work/plain" && echo "$prompt"; } > "$map"
	brings "prompt '$prompt'"
done
# shellcheck disable=SC2016 # sed
sort -r "$work/plain" | grep -v '^ ' | sed '$ae0000000-efffffff : Reserved' > "$map"
brings unsorted
"$program" plan --json "$kernel" --memory-map /dev/stdin < "$work/plain" > "$work/out" 2> "$work/err" || fail 'standard input'

# The kernel's log: of all versions, with everything that stands around it.
cat > "$work/dmesg" << 'END'
Linux version 6.1.0-50-amd64 (debian-kernel@lists.debian.org) #1 SMP
Command line: BOOT_IMAGE=/vmlinuz root=/dev/sda1 memmap=1M$0x2000000
BIOS-provided physical RAM map:
BIOS-e820: [mem 0x0000000000000000-0x0000000000000fff] reserved
BIOS-e820: [mem 0x0000000000001000-0x000000000009fbff] usable
BIOS-e820: [mem 0x000000000009fc00-0x00000000000fffff] reserved
BIOS-e820: [mem 0x0000000000100000-0x000000003ffdffff] usable
BIOS-e820: [mem 0x000000003ffe0000-0x000000003fffffff] reserved
BIOS-e820: [mem 0x00000000e0000000-0x00000000efffffff] reserved
BIOS-e820: [mem 0x0000000100000000-0x000000013fffffff] usable
NX (Execute Disable) protection: active
e820: update [mem 0x00000000-0x00000fff] usable ==> reserved
e820: remove [mem 0x000a0000-0x000fffff] usable
ACPI: Reserving FACP table memory at [mem 0x3ffe1a20-0x3ffe1a93]
[mem 0x40000000-0xdfffffff] available for PCI devices
node   0: [mem 0x0000000000001000-0x000000000009efff]
PM: hibernation: Registered nosave memory: [mem 0x00000000-0x00000fff]
END
cp "$work/dmesg" "$map"
brings log
grep BIOS-e820: "$work/dmesg" > "$map"
brings log-grep
sed 's/^/[    0.000000] /' "$work/dmesg" > "$map"
brings log-stamps
sed 's/^/[    0.000000][    T0] /' "$work/dmesg" > "$map"
brings log-callers
sed 's/^/[Thu Nov 26 16:48:00 2026] /' "$work/dmesg" > "$map"
brings log-times
sed 's/^/<6>[    0.000000] /' "$work/dmesg" > "$map"
brings log-levels
sed 's/^/kern  :info  : [    0.000000] /' "$work/dmesg" > "$map"
brings log-facilities
sed 's/^/Nov 26 16:48:00 host kernel: [    0.000000] /; s/$/\r/' "$work/dmesg" > "$map"
brings log-syslog
sed 's/^/2026-11-26T16:48:00,000000+00:00 host kernel: /' "$work/dmesg" > "$map"
brings log-iso
sed -n 's/BIOS-e820: \[mem 0x\(.*\)-0x\(.*\)\] \(.*\)/\1 \2 (\3)/p' "$work/dmesg" | while read -r start end type; do
	printf ' BIOS-e820: %s - %016x %s\n' "$start" $((0x$end + 1)) "$type"
done > "$work/oldlog"
cp "$work/oldlog" "$map"
brings log-old
sed 's/ BIOS-e820: //' "$work/oldlog" > "$map"
brings log-old-bare
sed -n 's/BIOS-e820: //p' "$work/dmesg" > "$map"
brings log-bare
# shellcheck disable=SC2016 # sed
sed -n 's/\] reserved/]    4   KB device reserved/; s/\] usable/]    1.9 GB System RAM/; /BIOS-e820/p; $aBIOS-e820: [gap 0x0000000140000000-0x000000fcffffffff] 1008   GB ...' "$work/dmesg" > "$map"
brings log-7.0
sed 's/BIOS-e820/Xen/' "$work/dmesg" > "$map"
brings log-xen

# kexec -d: its own numbers for types; the firmware's below "E820 memmap:".
sed -n 's/BIOS-e820: \[mem 0x\(.*\)-0x\(.*\)\] usable/\1-\2 (0)/p; s/BIOS-e820: \[mem 0x\(.*\)-0x\(.*\)\] reserved/\1-\2 (1)/p' \
	"$work/dmesg" > "$work/kexec"
cp "$work/kexec" "$map"
brings kexec-bare
e820() { sed 's/(1)/(2)/; s/(0)/(1)/' "$work/kexec"; }
e820 > "$map"
brings kexec-firmware-numbers-bare
{ echo 'E820 memmap:' && e820; } > "$map"
brings kexec-firmware-numbers
{ echo 'Try gzip decompression.' && echo MEMORY RANGES && cat "$work/kexec" && echo 'bzImage is relocatable' && echo 'E820 memmap:' &&
	e820 && echo 'CRASH MEMORY RANGES' && echo '0000000000000000-0000000fffffffff (0)' && echo 'segment[0].mem   = 0x100000'; } > "$map"
	brings kexec-all

# The log's other maps are what the running kernel made of the firmware's.
{ cat "$work/dmesg" && echo 'user-defined physical RAM map:' &&
	echo ' user: [mem 0x0000000000001000-0x000000000009fbff] usable' &&
	echo ' user: [mem 0x0000000000100000-0x000000001fffffff] usable'; } > "$map"
	brings log-user
says out '1.5 GiB of RAM from 0x20000000'
{ cat "$work/dmesg" && cat "$work/plain" && echo '20000000-2fffffff : my own'; } > "$map"
brings log-and-iomem
says out '256.0 MiB of RAM from 0x20000000'
# A bad spot, added to a saved log by hand.
for line in '2000000-2100000 reserved' '02000000-020fffff : Reserved'; do
	{ cat "$work/dmesg" && echo "$line"; } > "$map"
	check "log-and '$line'" 0 plan --json "$kernel" --memory-map "$map"
	tells '0-4096 reserved' '4096-654336 ram' '654336-1048576 reserved' '1048576-33554432 ram' '33554432-34603008 reserved' \
		'34603008-1073610752 ram' '1073610752-1073741824 reserved' '3758096384-4026531840 reserved' '4294967296-5368709120 ram'
done
# Ranges from setup_data come with the extended map, which has all the others, too.
{ cat "$work/dmesg" && echo 'extended physical RAM map:' && sed -n 's/BIOS-e820/extended/p' "$work/dmesg" &&
	echo 'extended: [mem 0x0000000140000000-0x000000017fffffff] soft reserved'; } > "$map"
check extended 0 plan --json "$kernel" --memory-map "$map"
says out '"type":"soft reserved"'

# Types that have a number alone.
printf '%s\n' 'BIOS-e820: [mem 0x0000000000100000-0x000000003fffffff] usable' \
	'BIOS-e820: [mem 0x0000000040000000-0x0000000040000fff] type 20' \
	'BIOS-e820: [mem 0x0000000041000000-0x0000000041000fff] persistent (type 12)' \
	'BIOS-e820: [mem 0x0000000042000000-0x0000000042000fff] persistent (type 7)' \
	'BIOS-e820: [mem 0x0000000043000000-0x0000000043000fff] ACPI data' \
	'BIOS-e820: [mem 0x0000000044000000-0x0000000044000fff] ACPI NVS' \
	'BIOS-e820: [mem 0x0000000045000000-0x0000000045000fff] unusable' \
	'BIOS-e820: [mem 0x0000000046000000-0x0000000046000fff] soft reserved' \
	'BIOS-e820: [mem 0x0000000040000800-0x0000000040ffffff] reserved' > "$map"
check numbers 0 plan --json "$kernel" --memory-map "$map"
tells '1048576-1073741824 ram' '1073741824-1073745920 type 20' '1073745920-1090519040 reserved' '1090519040-1090523136 pram' \
	'1107296256-1107300352 pmem' '1124073472-1124077568 acpi' '1140850688-1140854784 nvs' '1157627904-1157632000 unusable' \
	'1174405120-1174409216 soft reserved'
check numbers-debug 0 load -d "$kernel" --memory-map "$map"
says err 'type 20' 'soft reserved'

# Reserved inside RAM, as on arm64, riscv and loongarch; four deep.
printf '%s\n' '80000000-bfffffff : System RAM' '  80200000-81ffffff : Kernel image' '    80200000-80ffffff : Kernel code' \
	'    81000000-81ffffff : Kernel data' '  a0000000-a00fffff : Reserved' '    a0040000-a004ffff : Persistent Memory' \
	'      a0041000-a0041fff : ACPI Tables' > "$map"
check deep 0 plan --json "$sixty4" --memory-map "$map"
tells '2147483648-2684354560 ram' '2684354560-2684616704 reserved' '2684616704-2684620800 pmem' '2684620800-2684624896 acpi' \
	'2684624896-2684682240 pmem' '2684682240-2685403136 reserved' '2685403136-3221225472 ram'
says out '"start":2147483648'

# ---- Lines that cannot be read are shown ------------------------------------------------
bad() {
	printf '%b' "$2" > "$map"
	check "$1" 1 plan --json "$kernel" --memory-map "$map"
	shift 2
	says err "$@"
	says out '"id":"memory-map-'
}
bad not-a-map 'first line\n0-1000 ram\n' 'line 1 of the memory map cannot be read' "$map:1: first line"
bad no-type '100000-40000000 ram\n50000000-50001000\n' 'line 2 of' ':2: 50000000-50001000'
bad a-comment-is-none '100000 40000000 ram # the first bank\n' ':1: 100000 40000000 ram # the first bank'
bad escape '100000-40000000 ram\n\033[2J\007 \377\n' ':2: ?[2J? ?'
bad long-line "100000-40000000 ram\n$(head -c 300 /dev/zero | tr '\0' x)\n" 'xxx...'
bad cut-log 'BIOS-e820: [mem 0x0000000000100000-0x000000003fffffff] usable\n[    0.000000] BIOS-e820: [mem 0x00000000400000\n' ':2: [    0.0'
bad cut-kexec '0000000000100000-000000003fffffff (0)\n0000000040000000-\n' ':2: 0000000040000000-'
bad strange-type 'BIOS-e820: [mem 0x0000000000100000-0x000000003fffffff] sticky\n' 'sticky'
bad overlap '100000-40000000 ram\n3f000000-50000000 reserved\n' '0x100000-0x40000000 and 0x3f000000-0x50000000 overlap' ':2: 3f000000-5'
bad zero-bytes '100000-40000000 ram\n4\000000000-50000000 ram\n' ':2: 4?00000-50000000 ram'
bad empty '' 'memory-map-empty'
bad no-ram '100000-40000000 : Reserved\n' 'no usable memory in 1 ranges'
bad all-zero '00000000-00000000 : System RAM\n  00000000-00000000 : Kernel code\n' 'no usable memory in 1 ranges'

# ---- The last address ---------------------------------------------------------------------
for line in 'fffffffffff00000-ffffffffffffffff : Reserved' 'BIOS-e820: [mem 0xfffffffffff00000-0xffffffffffffffff] reserved' \
	'fffffffffff00000-ffffffffffffffff (1)' 'fffffffffff00000-ffffffffffffffff reserved'; do
	case $line in
	BIOS*) ram='BIOS-e820: [mem 0x0000000000100000-0x000000003fffffff] usable' ;;
	*'(1)') ram='0000000000100000-000000003fffffff (0)' ;;
	*) ram='100000-3fffffff : System RAM' ;;
	esac
	printf '%s\n%s\n' "$ram" "$line" > "$map"
	check "last '$line'" 0 plan --json "$kernel" --memory-map "$map"
	tells '1048576-1073741824 ram' '18446744073708503040-18446744073709551615 reserved'
done
printf '100000-3fffffff : System RAM\nffffffffffffffff-ffffffffffffffff : Reserved\n' > "$map"
check last-byte 0 plan --json "$kernel" --memory-map "$map"
tells '1048576-1073741824 ram'

# ---- Long maps --------------------------------------------------------------------------------
# many COUNT: ranges of RAM, each with a hole after it.
many() {
	echo '00001000-0009fbff : System RAM'
	echo '00100000-3fffffff : System RAM'
	awk -v count="$1" 'BEGIN {
		for (i = 2; i < count; i++)
			printf "%x-%xfff : %s\n", 1048576 + i * 2, 1048576 + i * 2, i % 2 ? "ACPI Tables" : "System RAM"
	}' | sed 's/^\([0-9a-f]*\)-/\1000-/'
}
many 1000 > "$map"
check thousand 0 plan "$sixty4" --memory-map "$map"
says out "$map, 1000 ranges" 'boot params  0x03fffa000 - 0x040000000'
hides out 'note '
check thousand-32 0 plan "$kernel" --memory-map "$map"
says out 'note          1000 ranges joined to 12'
many 4096 > "$map"
check most 0 plan "$sixty4" --memory-map "$map"
says out '4096 ranges'
many 5000 > "$map"
check too-many 1 plan "$sixty4" --memory-map "$map"
says err 'more than 4096 ranges' "$map:4097: " memory-map-full
# 4 MiB of other things, then RAM.
{
	echo '00100000-1fffffff : System RAM'
	awk 'BEGIN { for (i = 0; i < 90000; i++) printf "  %x00-%xff : a device with a name, number %d\n", 12582912 + i, 12582912 + i, i }'
	echo '100000000-1ffffffff : System RAM'
} > "$map"
[ "$(wc -c < "$map")" -gt 4194304 ] || fail 'the map is short'
check long-map 0 plan "$kernel" --memory-map "$map"
says out '2 ranges, 4.5 GiB'
check endless-map 5 plan "$kernel" --memory-map /dev/zero
says err 'cannot read the memory map /dev/zero' 'File too large'

# ---- Lines that cannot be read, as they are shown ----------------------------------------
check endless-line 1 plan "$kernel" --memory-map "$kernel"
printf '100000-40000000 ram\n\n\t \033[31m%s\177 \n' "$(printf '%080d' 0)" > "$map"
check long-line 1 plan "$kernel" --memory-map "$map"
says err "$map:3: ?[31m000000" '000...'
printf 'short\nlines' > "$map"
check no-newline 1 plan "$kernel" --memory-map "$map"
says err "$map:1: short"
{ printf '\377\376' && printf '100000-40000000 ram # \303\251\344\272\214\n?\n' | iconv -f UTF-8 -t UTF-16LE; } > "$map"
check utf16-line 1 plan "$kernel" --memory-map "$map"
says err "$map:2: ?"

# ---- The running machine, when things go wrong ----------------------------------------------
mkdir -p "$firmware"
range 0 0x0 0x3fffffff 'System RAM'
iomem '00100000-1fffffff : System RAM'
check one-range 0 plan "$kernel"
says out '512.0 MiB of RAM from 0x20000000 is not free'
for FAKE_ALLOC in $(seq 40); do
	export FAKE_ALLOC
	kleap plan "$kernel" --json
	code=$?
	grep -q 'an allocation failed' "$work/err" || break
	name="allocation $FAKE_ALLOC fails"
	if [ $code -eq 4 ] && [ "$(grep -c '^{' "$work/out")" -eq 1 ]; then passed=$((passed + 1)); else fail "exit code $code"; fi
done
unset FAKE_ALLOC
many 4096 | sed 's/^/1/; s/-/-1/' > "$work/above"
{ cat "$work/above"; echo '00100000-3fffffff : System RAM'; } > "$root/proc/iomem"
check iomem-full 1 plan "$kernel"
says err memory-map-full
{ sed 's/ACPI Tables/System RAM/; s/^\([0-9a-f]*\)000-\([0-9a-f]*\)fff/\1000-\2eff/; 4000q' "$work/above"; echo '00100000-3fffffff : System RAM'; } > "$root/proc/iomem"
number=2
while [ $number -lt 150 ]; do
	range $number "$(printf '0x%x' $((0x40000000 + number * 0x2000)))" "$(printf '0x%x' $((0x40000fff + number * 0x2000)))" Reserved
	number=$((number + 1))
done
check merged-full 1 plan "$kernel"
says err memory-map-full

finish
