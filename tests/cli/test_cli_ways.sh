#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The ways to load: the choice, kexec_file_load(2), and what each errno is said to mean.

. tests/cli/cli.sh

# --device asks for the module: without it.
kleap() { "$program" "$@" > "$work/out" 2> "$work/err"; }

root=$FAKE_ROOT
kernel_sys=$root/sys/kernel
mkdir -p "$kernel_sys/security" "$root/proc/sys/kernel" "$root/proc/self"
printf 'Name:\tkleap\nCapEff:\t000001ffffffffff\n' > "$root/proc/self/status"
printf 'MemTotal:       8192 kB\nMemFree: 1 kB\n' > "$root/proc/meminfo"

# What the kernel holds: reboot image, crash image.
holds() { echo "$1" > "$kernel_sys/kexec_loaded" && echo "$2" > "$kernel_sys/kexec_crash_loaded"; }
holds 0 0

# A kernel that kexec_file_load takes: 64-bit, above 4 GiB, five levels.
kernel64=$work/vmlinuz64
cp "$kernel" "$kernel64"
at 0x236 "$kernel64" '\043'

logged() {
	name=$1
	shift
	printf '%s\n' "$@" > "$work/want"
	if cmp -s "$work/want" "$work/log"; then passed=$((passed + 1)); else fail "not logged: $*"; fi
}

# ---- The choice ----------------------------------------------------------------------------
check usage 2 load "$kernel" --via floppy
says err 'there is no way to load called floppy' 'auto, module, kexec_load and kexec_file_load'
check plan-module 0 plan "$kernel"
says out 'way           module: it takes only what the image needs'
silent log
check plan-other-machine 0 plan "$kernel" --memory-map "$work/map"
if grep -q '^way ' "$work/out"; then fail 'a way for another machine'; fi
KLEAP_ROOT=$root check plan-saved 0 plan "$kernel"
if grep -q '^way ' "$work/out"; then fail 'a way for a saved machine'; fi
check plan-debug 0 plan "$kernel" -d
says err 'way: module: it takes'
check plan-json 0 plan "$kernel" --json
says out '"via":"module"' '"via_reason":"it takes only'
FAKE_STATE=1 check load-auto 0 load "$kernel" --via auto -d
says log 'load: 2 segments'
says err 'way: module: it takes'

export FAKE_OPEN=2
check none 5 load "$kernel"
says err 'no way to load a kernel is open; module: cannot open /dev/kleap, No such file' \
	'; kexec_load: ' '; kexec_file_load: this kernel has no kexec_file_load(2) for programs of' \
	'hint: is kleap.ko loaded?' 'kleap explain no-way-to-load'
silent log
check plan-none 0 plan "$kernel"
says out 'way           none: module: cannot open' 'each page arrives'
check plan-none-json 0 plan "$kernel" --json
says out '"via":null' '"ok":true'
export FAKE_KEXEC_FILE=0
check plan-file 0 plan "$kernel64"
says out 'way           kexec_file_load: the kernel takes files only; not module: cannot' \
	'which chooses the places itself; below are those kleap chooses' 'each page arrives'
check load-file 0 load "$kernel64"
says log 'kexec_file_load: flags 4' 'initrd: none' "kernel: $(wc -c < "$kernel64") bytes"
says out "loaded: $kernel64 (66.0 KiB)" 'by kexec_file_load: the running kernel has chosen the places'
FAKE_OPEN=2 check own-device 5 load "$kernel64" --device /fake/kleap
says err 'cannot open /fake/kleap: No such file'
check own-device-exec 5 exec -y --device /fake/kleap
says err 'cannot open /fake/kleap: No such file'
silent log
: > "$root/proc/sys/kernel/kexec_load_disabled"
check nothing-in-sysctl 0 load "$kernel64" --via kexec_file_load
# A device that is there, and cannot be used, is no reason to take another way.
FAKE_OPEN=16 check busy-device 5 load "$kernel64"
says err 'another program has the device open'
silent log
FAKE_OPEN=13 check plan-not-root 0 plan "$kernel"
says out 'way           module: '

# ---- What keeps us from kexec_file_load ---------------------------------------------------------
echo 1 > "$root/proc/sys/kernel/kexec_load_disabled"
check disabled 3 load "$kernel64"
says err 'kernel.kexec_load_disabled is 1'
silent log
check disabled-plan 0 plan "$kernel64"
says out 'way           none: ' 'kernel.kexec_load_disabled is'
echo 0 > "$root/proc/sys/kernel/kexec_load_disabled"
echo 0 > "$root/proc/sys/kernel/kexec_load_limit_reboot"
check limit-0 3 load "$kernel64" --via kexec_file_load
says err 'no load is left: kernel.kexec_load_limit_reboot, with -p' 'kleap explain kexec-load-limit'
silent log
# One that counts must not be asked: that would count, too.
echo 1 > "$root/proc/sys/kernel/kexec_load_limit_reboot"
FAKE_PROBE=1 check limit-1 0 load "$kernel64" --via kexec_file_load
echo -1 > "$root/proc/sys/kernel/kexec_load_limit_reboot"
FAKE_PROBE=1 check policy 3 load "$kernel64" --via kexec_file_load
says err 'a security policy of this kernel refuses to load a kernel (error 1)' 'kleap explain policy'
silent log
rm "$root/proc/sys/kernel/kexec_load_limit_reboot"
FAKE_PROBE=13 check policy-13 3 load "$kernel64" --via kexec_file_load
says err '(error 13)'
printf 'Name:\tkleap\nCapEff:\t00000000ffbfffff\n' > "$root/proc/self/status"
check no-capability 3 load "$kernel64" --via kexec_file_load
says err 'the caller has no CAP_SYS_BOOT'
silent log
check no-capability-plan 0 plan "$kernel64"
says out 'way           kexec_file_load: '
printf 'Name:\tkleap\n' > "$root/proc/self/status"
check no-capabilities 0 load "$kernel64" --via kexec_file_load
: > "$root/proc/self/status"
check no-status 0 load "$kernel64" --via kexec_file_load
printf 'Name:\tkleap\nCapEff:\t0000000000400000\n' > "$root/proc/self/status"
check one-capability 0 load "$kernel64" --via kexec_file_load
# Locked down, signed files may be loaded: the kernel decides.
echo 'none [integrity] confidentiality' > "$kernel_sys/security/lockdown"
check locked-signed 0 load "$kernel64" --via kexec_file_load
FAKE_KEXEC_FILE=1 check locked-unsigned 3 load "$kernel64" --via kexec_file_load
says err 'the kernel is locked down' 'kernel_lockdown(7)'
echo '[none] integrity confidentiality' > "$kernel_sys/security/lockdown"
unset FAKE_KEXEC_FILE
check no-call 5 load "$kernel64" --via kexec_file_load
says err 'no-kexec-file-load' '64 bits'
export FAKE_KEXEC_FILE=0

# ---- CPUs in a spin table --------------------------------------------------------------------
# cpu NODE METHOD: how the device tree says that a CPU was started.
cpu() {
	mkdir -p "$root/sys/firmware/devicetree/base/cpus/$1"
	[ -z "$2" ] || printf '%s\0' "$2" > "$root/sys/firmware/devicetree/base/cpus/$1/enable-method"
}
mkdir -p "$root/sys/devices/system/cpu"
echo 0-3 > "$root/sys/devices/system/cpu/possible"
export FAKE_MACHINE=aarch64 FAKE_KEXEC=0
for call in kexec_load kexec_file_load; do
	check "no-tree $call" 1 load "$kernel64" --via $call
	says err 'it is a kernel for x86'
done
echo 268435456 > "$kernel_sys/kexec_crash_size"
cpu cpu@0 spin-table
cpu cpu@1 spin-table
cpu cpu@2 psci
cpu cpu@3 ''
cpu cpu-map spin-table
for call in kexec_load kexec_file_load; do
	check "spin-table $call" 1 load "$kernel64" --via $call
	says err '2 CPUs came out of a spin table' 'it refuses kexec (EBUSY)' 'modprobe kleap' \
		'kleap explain kexec-cpus-stay'
	silent log
done
# They need not leave for a kernel for a crash.
check spin-table-crash 1 load "$kernel64" -p --via kexec_file_load
says err 'it is a kernel for x86'
check spin-table-auto 5 load "$kernel64"
says err 'no way to load a kernel is open' 'kexec_load: 2 CPUs came'
FAKE_OPEN=0 check spin-table-module 1 load "$kernel64"
says err 'it is a kernel for x86'
# One CPU is no matter; nor is a list that is no range; 32-bit kernels do not use it.
echo 0 > "$root/sys/devices/system/cpu/possible"
check one-cpu 1 load "$kernel64" --via kexec_load
says err 'it is a kernel for x86'
echo 0,2 > "$root/sys/devices/system/cpu/possible"
check two-cpus 1 load "$kernel64" --via kexec_load
says err '2 CPUs came'
FAKE_MACHINE=armv7l check spin-table-arm 1 load "$kernel64" --via kexec_load
says err 'it is a kernel for x86'
rm -r "$root/sys/firmware/devicetree" "$kernel_sys/kexec_crash_size"
unset FAKE_MACHINE FAKE_KEXEC

# ---- What it cannot do ------------------------------------------------------------------------
via='--via kexec_file_load'
for option in memory-map=$work/map limit=3fffffff mem-min=0x100000 mem-max=0x3fffffff entry-32bit noefi reuse-video-type uart=3f8; do
	# shellcheck disable=SC2086 # words
	check "option-$option" 1 load "$kernel64" $via --$option
	says err "kexec_file_load cannot do --${option%%=*}: " 'kleap explain kexec-file-option' 'hint: leave it out, or load with --via module'
	silent log
done
# All options that it refuses are those that the documents name.
sed -n 's/^\t{ "\([a-z0-9-]*\)", .*\.id = OPT_[A-Z0-9_]*,*/\1 /p' cli/options.c > "$work/rules"
while read -r option rest; do
	case $option,$rest in
	kexec* | exec,* | force,* | unload,* | status,* | via,* | load-panic,*) continue ;;
	*'"FILE"'*) value="=$work/map" ;;
	*'"CPU"'*) value="=i386" ;;
	place-*) value="=48000000" ;;
	*'"ADDRESS"'* | *'"PORT"'* | *'"UART"'*) value="=0x3f8" ;;
	*'"TYPE"'*) value="=bzImage" ;;
	*'"BAUD"'* | *'"N"'*) value="=9600" ;;
	*'.value'*) value="=x" ;;
	*) value="" ;;
	esac
	for verb in plan load; do
		kleap $verb "$kernel64" --via kexec_file_load "--$option$value"
		grep -q 'kleap explain kexec-file-option' "$work/err" && echo "--$option"
		FAKE_MACHINE=aarch64 kleap $verb "$image" --via kexec_file_load "--$option$value"
		grep -q 'kleap explain kexec-file-option' "$work/err" && echo "--$option"
	done
done < "$work/rules" | sort -u > "$work/refused"
name=options-that-are-refused
# shellcheck disable=SC2016 # backquotes of the text
sed -n '/^### `kexec-file-option`/,/^Nothing/p' docs/errors.md | grep -o -e '--[a-z0-9-]*' | sort -u > "$work/named"
if diff "$work/refused" "$work/named" > "$work/err"; then passed=$((passed + 1)); else fail 'docs/errors.md names others'; fi
[ "$(grep -c . "$work/refused")" -ge 9 ] || fail 'too few options are refused'
# shellcheck disable=SC2086
{
	check option-plan 1 plan "$kernel64" $via --noefi
	check option-machine 1 plan "$kernel64" $via --machine i386
	says err 'kexec_file_load cannot do --machine: '
	check option-serial 1 load "$kernel64" $via --console-serial
	says err 'kexec_file_load cannot do --console-serial: '
	check option-no-checks 0 load "$kernel64" $via -i
	says err 'note: --no-checks has no effect: kexec_file_load always checks'
	check file-32 1 load "$kernel" $via
	says err "kexec_file_load does not take $kernel: it is a 32-bit kernel" 'kleap explain kexec-file-kind'
	silent log
	elf 64 "$work/elf"
	check file-elf 1 load "$work/elf" $via
	says err 'it is not a bzImage'
	cp "$kernel64" "$work/k"
	at 0x236 "$work/k" '\041'
	check file-low 1 load "$work/k" $via
	says err 'it cannot be loaded above 4 GiB'
	at 0x236 "$work/k" '\003'
	check file-four-levels 0 load "$work/k" $via
	printf 'processor\t: 0\nflags\t\t: fpu lm la57\n' > "$root/proc/cpuinfo"
	check file-five-levels 1 load "$work/k" $via
	says err 'does not know page tables of five levels'
	check file-knows-five 0 load "$kernel64" $via
	rm "$root/proc/cpuinfo"
	# 64 KiB of code: memory for it in whole pages.
	at 0x236 "$work/k" '\043'
	at 0x260 "$work/k" '\001\360\000\000'
	check file-init-size-fits 0 load "$work/k" $via
	at 0x260 "$work/k" '\000\360\000\000'
	check file-init-size-small 1 load "$work/k" $via
	says err 'it has 64.0 KiB of code, and its header only 60.0 KiB of memory for it (init_size)' 'kleap explain kexec-file-kind'
	silent log
	at 0x260 "$work/k" '\000\000\000\000'
	check file-init-size-0 1 load "$work/k" $via
	says err 'only 0 bytes of memory for it'
	check file-init-size-0-segments 0 plan "$work/k" --via kexec_load
	cp "$kernel64" "$work/sects"
	truncate -s 69632 "$work/sects"
	at 0x1f1 "$work/sects" '\000'
	at 0x260 "$work/sects" '\000\360\000\000'
	check file-setup-sects-0 1 load "$work/sects" $via
	says err 'it has 65.5 KiB of code'
	at 0x260 "$work/k" '\000\000\020\000'
	at 0x206 "$work/k" '\013'
	check file-old 1 load "$work/k" $via
	says err 'its boot protocol is older than 2.12'
	at 0x206 "$work/k" '\005'
	check file-very-old 1 load "$work/k" $via
	says err 'its boot protocol is older than 2.12'
	at 0x206 "$work/k" '\017'
	at 0x211 "$work/k" '\000'
	check file-zimage 1 plan "$work/k" $via
	says err "$work/k" kernel-loads-low
	head -c 40000 "$kernel64" > "$work/k"
	check file-cut 1 load "$work/k" $via
	says err 'it is cut short by' file-truncated
	mkdir -p "$root/sys/firmware/efi"
	echo 32 > "$root/sys/firmware/efi/fw_platform_size"
	check file-efi-32 1 load "$kernel64" $via
	says err 'the firmware is 32-bit EFI'
	echo 64 > "$root/sys/firmware/efi/fw_platform_size"
	check file-efi-64 0 load "$kernel64" $via
	mkdir -p "$work/saved/sys/firmware/efi"
	echo 32 > "$work/saved/sys/firmware/efi/fw_platform_size"
	KLEAP_ROOT=$work/saved check file-efi-saved 1 plan "$kernel64" $via
	says err 'the firmware is 32-bit EFI'
	rm -r "$root/sys/firmware"
	# The kernel keeps 30 bytes for elfcorehdr=, and counts the zero at the end.
	check line-fits 0 load "$kernel64" $via --append "$(head -c 2016 /dev/zero | tr '\0' x)"
	check line-long 1 load "$kernel64" $via --append "$(head -c 2017 /dev/zero | tr '\0' x)"
	says err 'has 2017 bytes, this kernel takes 2016'
	silent log
	check initrd-empty 1 load "$kernel64" $via --initrd "$work/empty"
	says err initrd-empty
}

# ---- Half of memory: 1 MiB for the kernel here, and the initrd ---------------------------------------
truncate -s 3M "$work/half"
# shellcheck disable=SC2086
check half 0 load "$kernel64" $via --initrd "$work/half"
# shellcheck disable=SC2086
FAKE_KEXEC_FILE=22 check half-and-what-the-kernel-adds 4 load "$kernel64" $via --initrd "$work/half"
says err 'the image takes 4352 KiB (1088 pages)' 'kleap explain half-of-memory'
echo x >> "$work/half"
# shellcheck disable=SC2086
check more-than-half 4 load "$kernel64" $via --initrd "$work/half"
says err 'the image takes 4100 KiB (1025 pages); kexec takes at most half of memory, 4 MiB (1024 pages)' \
	'--via module' 'kleap explain half-of-memory'
silent log
# shellcheck disable=SC2086
check more-than-half-plan 4 plan "$kernel64" $via --initrd "$work/half"
mv "$root/proc/meminfo" "$work/meminfo"
# Unknown beforehand, it explains the kernel's EINVAL once it is known.
# shellcheck disable=SC2086
check no-meminfo 0 load "$kernel64" $via --initrd "$work/half"
mv "$work/meminfo" "$root/proc/meminfo"
rm "$work/half"

# ---- kexec_load: kleap's layout, and a page of code that is entered -----------------------------------
# bytes OFFSET COUNT: of that page, in hexadecimal.
bytes() { od -An -v -tx1 -j "$(($1))" -N "$2" "$work/stub" | tr -d ' \n'; }
# is WHAT GOT WANT
is() {
	name=$1
	if [ "$2" = "$3" ]; then passed=$((passed + 1)); else fail "$2, not $3"; fi
}
export FAKE_KEXEC=0 FAKE_STUB=$work/stub
check load-kexec 0 load "$kernel" --initrd "$work/initrd" --via kexec_load --uart 3f8
says log 'kexec_load: entry 1fffc000, 4 segments, flags 0' 'segment: 1000000+10000, data 65536' 'segment: 1ffff000+1000, data 12,' \
	'segment: 1fffc000+1000, data 4096'
says out "loaded: $kernel (64.0 KiB at 0x1000000)" 'by kexec_load: 80.0 KiB in 4 segments'
# The parameters, as in arch/x86/params.h: register si, address, uart, check, the first range and the end.
is stub-si "$(bytes 0x820 8)" 00d0ff1f00000000
is stub-address "$(bytes 0x840 8)" 0000000100000000
is stub-uart "$(bytes 0x884 4)" f8030000
is stub-check "$(bytes 0x88c 4)" 01000000
is stub-range "$(bytes 0x8a8 16)" 00000001000000000000010100000000
is stub-last "$(bytes 0x8c8 32)" 00d0ff1f0000000000f0ff1f0000000000000000000000000000000000000000
is stub-code "$(bytes 0 5)" bd00c0ff1f
sum=$(bytes 0x890 16)
# Any byte counts, one of the initrd here.
printf '070702 bytes' > "$work/other"
check load-kexec-other 0 load "$kernel" --initrd "$work/other" --via kexec_load
[ "$(bytes 0x890 16)" != "$sum" ] || fail 'the same sum'
# Zeros follow the data in memory: it makes no difference how many of them are in the file.
for zeros in 1 100; do
	cp "$kernel" "$work/zeros"
	head -c $zeros /dev/zero >> "$work/zeros"
	check "load-kexec-zeros-$zeros" 0 load "$work/zeros" --via kexec_load
	[ $zeros = 100 ] || sum=$(bytes 0x890 16)
done
is sum-of-zeros "$(bytes 0x890 16)" "$sum"
is stub-no-uart "$(bytes 0x884 4)" 00000000
check load-kexec-no-checks 0 load "$kernel" --initrd "$work/initrd" --via kexec_load -i
is stub-no-check "$(bytes 0x88c 4)" 00000000
# On a 64-bit kernel it is code of 64 bits, whatever the new kernel is.
FAKE_MACHINE=x86_64 check load-kexec-64 0 load "$kernel" --via kexec_load
is stub-code-64 "$(bytes 0 3)" 488d2d
is stub-mode-32 "$(bytes 0x888 4)" 00000000
FAKE_MACHINE=x86_64 check load-kexec-64-64 0 load "$kernel64" --via kexec_load -d
is stub-mode-64 "$(bytes 0x888 4)" 01000000
says err 'entry: 0x1000200 in 64-bit mode'
FAKE_MACHINE=x86_64 check map-of-another 0 plan "$kernel64" --memory-map "$work/map" --machine i386
says out '32-bit mode'
# A plan goes by --machine: the system call of a 32-bit kernel has no byte above 4 GiB.
printf '0-9f000 ram\n100000-100000000 ram\n' > "$work/to-4g"
FAKE_MACHINE=x86_64 check last-page-i386 1 plan "$kernel64" --via kexec_load --memory-map "$work/to-4g" --machine i386
says err 'kleap explain segment-above-limit'
FAKE_MACHINE=i686 check last-page-x86_64 0 plan "$kernel64" --via kexec_load --memory-map "$work/to-4g" --machine x86_64
says out 'entry code' '64-bit mode'
FAKE_MACHINE=x86_64 check last-page 0 plan "$kernel64" --via kexec_load --memory-map "$work/to-4g"
check spelling-c 0 -l -s -c "$kernel"
says log 'kexec_load: entry'
check plan-kexec 0 plan "$kernel" --via kexec_load
says out 'way           kexec_load: --via asks for it' '  entry code ' 'each page arrives'
silent log
check plan-auto-kexec 0 plan "$kernel"
says out 'way           kexec_load: kleap places the image, and checks it after the copy;' 'not module: cannot' '  entry code '
check limit-kexec 0 load "$kernel" --via kexec_load --limit 1effffff --mem-min 0x2000000
says log 'kexec_load: entry 1effd000' 'segment: 2000000+10000'
# The page of code keeps to --mem-min, too, and lies below 4 GiB.
printf '0-9f000 ram\n100000-40000000 ram\n100000000-140000000 ram\n' > "$work/high"
FAKE_MACHINE=x86_64 check mem-min-stub 1 load "$kernel64" --via kexec_load --memory-map "$work/high" --mem-min 0x100000000
says err no-room-for-boot-params
silent log
# Neither where the kernel unpacks itself, nor on a segment: the highest page that is left.
printf '0-9f000 ram\n1000000-1103000 ram\n' > "$work/tight"
check stub-fits 0 load "$kernel" --via kexec_load --memory-map "$work/tight"
says log 'kexec_load: entry 1100000'
printf '0-9f000 ram\n1000000-1102000 ram\n' > "$work/tight"
check no-place-for-stub 1 load "$kernel" --via kexec_load --memory-map "$work/tight"
says err no-room-for-boot-params
silent log
# In a guest with SEV: --via kexec_file_load only. The processor may know it and not be in such a guest.
for cpu in '80000000 2' '80000001 f'; do
	FAKE_CPUID=$cpu check "sev-kexec-$cpu" 1 load "$kernel64" --via kexec_load
	says err 'memory is encrypted' 'kleap explain memory-encrypted' '--via kexec_file_load'
	silent log
	FAKE_CPUID=$cpu FAKE_KEXEC_FILE=0 check "sev-auto-$cpu" 0 load "$kernel64" -d
	says err "kexec_load: this guest's memory is encrypted (SEV)"
	FAKE_CPUID=$cpu check "sev-map-$cpu" 1 load "$kernel64" --via kexec_load --memory-map "$work/map"
	says err memory-encrypted
	FAKE_CPUID=$cpu check "sev-here-$cpu" 1 plan "$kernel64" --via kexec_load
	says err memory-encrypted
	FAKE_CPUID=$cpu check "sev-elsewhere-$cpu" 0 plan "$kernel64" --via kexec_load --memory-map "$work/map"
done
for cpu in '0 2' '80000000 1' '7fffffff 2' '80000000 0'; do
	FAKE_CPUID=$cpu check "no-sev-$cpu" 0 load "$kernel" --via kexec_load
done
FAKE_KEXEC_FILE=38 check auto-kexec 0 load "$kernel"
says log 'kexec_load: entry'
echo 'none [integrity] confidentiality' > "$kernel_sys/security/lockdown"
check locked-kexec 3 load "$kernel" --via kexec_load
says err 'kleap explain locked-down'
silent log
check locked-auto 0 load "$kernel64"
says log 'kexec_file_load: '
echo '[none] integrity confidentiality' > "$kernel_sys/security/lockdown"
FAKE_PROBE=13 check policy-auto 5 load "$kernel64"
says err 'kexec_load: a security policy of this kernel refuses to load a kernel (error 13)'
# What follows the data of a vmlinux counts as zeros.
elf 32 "$work/bss"
check load-kexec-bss 0 load "$work/bss" --via kexec_load
says log 'segment: 1000000+3000, data 8192'
# In the largest map there is a place, too.
awk 'BEGIN { print "100000-2000000 ram"; for (i = 1; i < 4096; i++) printf "%x-%x ram\n", 33554432 + i * 8192, 33554432 + i * 8192 + 4096 }' > "$work/many"
check map-full 0 load "$kernel" --via kexec_load --memory-map "$work/many"
says log 'kexec_load: entry 3ffe000'
for FAKE_ALLOC in $(seq 20); do
	export FAKE_ALLOC
	kleap load "$kernel" --via kexec_load
	code=$?
	name="allocation $FAKE_ALLOC fails"
	[ $code -eq 4 ] || ! grep -q 'an allocation failed' "$work/err" || fail "exit code $code"
done
unset FAKE_ALLOC
# Half of memory.
truncate -s 4000K "$work/large"
check half-kexec 0 load "$kernel" --via kexec_load --initrd "$work/large"
truncate -s 4100K "$work/large"
for verb in load plan; do
	check more-kexec-$verb 4 $verb "$kernel" --via kexec_load --initrd "$work/large"
	says err 'the image takes 4176 KiB (1044 pages); kexec takes at most half of memory, 4 MiB (1024 pages)'
	silent log
done
check more-kexec-auto 4 plan "$kernel" --initrd "$work/large"
says err 'kleap explain half-of-memory' '--via module'
check more-kexec-module 0 plan "$kernel" --initrd "$work/large" --via module
# A plan for another machine goes by the RAM of its map; a load is this one's.
check half-of-map 0 plan "$kernel" --via kexec_load --initrd "$work/large" --memory-map "$work/map"
printf '0-9f000 ram\n1000000-2000000 ram\n' > "$work/16m"
truncate -s 8500K "$work/8m"
check more-than-half-of-map 4 plan "$kernel" --via kexec_load --initrd "$work/8m" --memory-map "$work/16m"
says err 'the image takes 8576 KiB (2144 pages); kexec takes at most half of memory, 8508 KiB'
mv "$root/proc/meminfo" "$work/meminfo"
check unknown-ram-plan 0 plan "$kernel" --via kexec_load --initrd "$work/large"
mkdir -p "$work/small/proc"
cp "$root/proc/iomem" "$work/small/proc"
mv "$work/meminfo" "$root/proc"
KLEAP_ROOT=$work/small check half-of-saved-map 0 plan "$kernel" --via kexec_load --initrd "$work/large"
cp "$root/proc/meminfo" "$work/small/proc"
printf 'MemTotal: 800000 kB\n' > "$root/proc/meminfo"
KLEAP_ROOT=$work/small check half-of-saved-memory 4 plan "$kernel" --via kexec_load --initrd "$work/large"
check half-of-this-machine 0 load "$kernel" --via kexec_load --initrd "$work/8m" --memory-map "$work/16m"
cp "$work/small/proc/meminfo" "$root/proc/meminfo"
check more-than-half-of-this-machine 4 load "$kernel" --via kexec_load --initrd "$work/large" --memory-map "$work/map"
# 16 segments with the code: a 64-bit vmlinux of 13 parts, boot params, its own entry code. And one part more.
elf 64 "$work/parts"
i=0
while [ $i -lt 14 ]; do
	at $((64 + i * 56)) "$work/parts" "$(number32 1)$(number32 0)$(number32 4096)$(number32 0)$(number32 0)$(number32 0)$(
		)$(number32 $((0x1000000 + i * 0x10000)))$(number32 0)$(number32 4096)$(number32 0)$(number32 4096)$(number32 0)"
	i=$((i + 1))
done
at 56 "$work/parts" '\015'
check segments-16 0 load "$work/parts" --via kexec_load
says log '16 segments'
at 56 "$work/parts" '\016'
check segments-17 1 load "$work/parts" --via kexec_load
says err '17 segments, at most 16 are supported' 'kleap explain too-many-segments'
silent log
while read -r number code id; do
	FAKE_KEXEC=$number check "kexec-errno-$number" "$code" load "$kernel" --via kexec_load
	says err "kleap explain $id"
done <<'ERRNO'
1 3 policy
13 3 policy
16 5 busy
99 1 kexec-no-place
12 4 kexec-no-memory
22 5 kexec-refused
8 5 kexec-refused
61 5 kexec-refused
ERRNO
# What becomes true between the question and the call is named, too.
unset FAKE_KEXEC FAKE_STUB
check no-kexec 5 load "$kernel" --via kexec_load
says err no-kexec-load

# ---- What the kernel gets ---------------------------------------------------------------------------
# shellcheck disable=SC2086
{
	check one-initrd 0 load "$kernel64" $via --initrd "$work/initrd" --append 'a b'
	says log 'kexec_file_load: flags 0' 'initrd: 12 bytes' 'command: a b'
	says out "initrd $work/initrd (12 bytes)"
	printf 'xyz' > "$work/initrd2"
	check two-initrds 0 load "$kernel64" $via --initrd "$work/initrd2" --initrd "$work/initrd"
	says log 'initrd: 16 bytes'
	gzip -c "$kernel64" > "$work/k.gz"
	check packed 0 load "$work/k.gz" $via
	says log "kernel: $(wc -c < "$kernel64") bytes"
	printf 'from=uki' > "$work/cmdline"
	pe "$work/uki" .linux "$kernel64" .initrd "$work/initrd" .cmdline "$work/cmdline"
	check uki 0 load "$work/uki" $via
	says log "kernel: $(wc -c < "$kernel64") bytes" 'initrd: 12 bytes' 'command: from=uki'
	says err 'note: a signature of the whole unified kernel image does not count'
	says out 'with its initrd (12 bytes)'
	FAKE_MEMFD=24 check no-memfd 5 load "$work/k.gz" $via
	says err 'cannot make a file in memory for the kernel: Too many open files'
	FAKE_MEMFD=0 check full-memfd 4 load "$work/uki" $via
	says err 'cannot copy the kernel: Cannot allocate memory'
	FAKE_MEMFD=24 check no-memfd-initrd 5 load "$kernel64" $via --initrd "$work/initrd" --initrd "$work/initrd"
	says err 'cannot make a file in memory for the initrd'
	FAKE_DENY=$kernel64 check denied 3 load "$kernel64" $via
	check plan 0 plan "$kernel64" $via --initrd "$work/initrd"
	says out 'way           kexec_file_load: --via asks for it' 'where         the running kernel decides'
	silent log
	if grep -q proof "$work/out"; then fail 'it proves nothing'; fi
	check plan-file-json 0 plan "$kernel64" $via --json
	says out '"via":"kexec_file_load"' '"protocol":"2.15"'
	if grep -q segments "$work/out"; then fail 'segments of nobody'; fi
	check debug 0 load "$kernel64" $via -d
	says err 'way: kexec_file_load: --via asks for it'
	for letter in -s --kexec-file-syscall '-c -s' '--via module -s'; do
		check "spelling $letter" 0 -l $letter "$kernel64"
		says log kexec_file_load
	done
}

# ---- What each errno means ------------------------------------------------------------------------------
# errno NUMBER CODE ID: kexec_file_load fails with it
while read -r number code id; do
	# shellcheck disable=SC2086
	FAKE_KEXEC_FILE=$number check "errno-$number" "$code" load "$kernel64" $via
	says err "kleap explain $id" "the kernel's log may say more"
done <<'ERRNO'
1 3 policy
13 3 policy
16 5 busy
99 1 kexec-no-place
12 4 kexec-no-memory
8 1 kexec-file-kind
27 1 kexec-file-too-large
26 5 kexec-file-busy
61 3 kernel-unsigned
65 3 signature-method
126 3 signature-key-unknown
129 3 signature-rejected
74 3 signature-rejected
80 3 signature-rejected
127 3 signature-expired
128 3 signature-expired
22 5 kexec-refused
14 5 kexec-refused
ERRNO
# shellcheck disable=SC2086
FAKE_KEXEC_FILE=38 check errno-38 5 load "$kernel64" $via
says err 'fails with error 38'

# ---- Leap, unload, status -----------------------------------------------------------------------------------
holds 1 0
echo 67108864 > "$kernel_sys/kexec_crash_size"
check status 0 status
says out 'loaded in the kernel, by kexec_load or kexec_file_load' 'loads go by kexec_file_load: the kernel takes files only; not module:'
check status-json 0 status --json
says out '"state":"loaded"' '"kernel_image":true' '"module":false' '"crash_image":false' '"crash_size":67108864' '"via":"kexec_file_load"'
if grep -q frames "$work/out"; then fail 'frames of no module'; fi
check status-S 1 -S
FAKE_NET='lo:up eth0:up' check exec 0 exec
logged exec-order sync 'eth0 down' 'reboot 45584543'
check at-reboot 1 exec --at-reboot
says err 'cannot be armed' 'systemctl kexec' 'kleap explain kexec-not-armed'
silent log
check cancel 1 exec --cancel
says err 'kleap explain kexec-not-armed'
FAKE_REBOOT=22 check exec-nothing 1 exec -y -x
says err 'no image is loaded' 'cannot restart; this kernel goes on'
FAKE_NET='eth0:up' FAKE_REBOOT=16 check exec-busy 5 exec -y
says err 'another load is under way'
says err 'the image stays loaded; network interfaces were down: routes may be lost'
logged exec-busy-order 'eth0 down' 'reboot 45584543' 'eth0 up'
FAKE_NET='lo:up eth0:down' FAKE_REBOOT=16 check exec-busy-no-network 5 exec -y
if grep -q 'network\|routes' "$work/err"; then fail 'no interface was down'; fi
FAKE_REBOOT=1 check exec-denied 3 exec -y -x
FAKE_REBOOT=5 check exec-fails 5 exec -y -x
says err 'cannot restart: Input/output error'
check unload 0 unload
says out unloaded
logged unload-file 'kexec_load: entry 0, 0 segments, flags 0' 'kexec_file_load: flags 1'
FAKE_KEXEC=0 check unload-load 0 unload
logged unload-load 'kexec_load: entry 0, 0 segments, flags 0'
echo 1 > "$root/proc/sys/kernel/kexec_load_disabled"
FAKE_KEXEC=1 check unload-disabled 3 unload
says err 'kleap explain kexec-load-disabled'
echo 0 > "$root/proc/sys/kernel/kexec_load_disabled"
FAKE_KEXEC=16 check unload-busy 5 unload
says err 'another load is under way'
holds 0 1
check nothing-exec 1 exec -y
says err 'no image is loaded'
silent log
check nothing-unload 1 unload
says err 'no image is loaded, except a kernel for a crash' 'hint: kleap unload -p removes that one' 'kleap explain nothing-loaded'
check status-crash 0 status
says out 'nothing is loaded' 'a crash kernel is loaded'
rm "$kernel_sys"/kexec_*
# Without the file nobody knows; the kernel does.
check unknown-exec 0 exec --via kexec_load -y -x
says log 'reboot 45584543'
# Without kexec or without rights the network stays up.
unset FAKE_KEXEC_FILE
FAKE_NET='eth0:up' check exec-no-kexec 5 exec --via kexec_load -y
says err no-kexec-load
silent log
export FAKE_KEXEC_FILE=0
printf 'Name:\tkleap\nCapEff:\t0000000000000000\n' > "$root/proc/self/status"
FAKE_NET='eth0:up' check exec-no-rights 3 exec --via kexec_load -y
says err 'kleap explain permission'
silent log
printf 'Name:\tkleap\nCapEff:\t000001ffffffffff\n' > "$root/proc/self/status"
check unknown-auto 5 exec
says err 'is kleap.ko loaded?'
check unknown-status 0 status --json
says out '"state":"none"' '"kernel_image":null' '"via":"kexec_file_load"'
check unknown-status-text 0 status
says out 'nothing is loaded that can be seen: /sys/kernel/kexec_loaded is missing' 'loads go by kexec_file_load: '
check unknown-status-via 0 status --via kexec_load --json
says out '"kernel_image":null' '"via":null' '"via_reason":"kexec_load: this kernel has no kexec_load(2)'
# Neither a module nor kexec: no way, and each says why.
unset FAKE_KEXEC_FILE
check no-way-status 0 status
if grep -q 'can be seen' "$work/out"; then fail 'what can be loaded?'; fi
says out 'nothing is loaded' 'no way to load: module: cannot open /dev/kleap, No such file' \
	'kexec_load: this kernel has no' 'kexec_file_load:'
check no-way-status-json 0 status --json
says out '"state":"none"' '"kernel_image":false' '"module":false' '"via":null' \
	'"via_reason":"module: cannot open /dev/kleap, No such file or directory; kexec_load: this kernel has no kexec_load(2); kexec_file_load: '
for way in kexec_load kexec_file_load; do
	check "no-way-$way" 0 status --via $way --json
	says out '"via":null' "\"via_reason\":\"$way: this kernel has no $way(2)"
	check "no-way-$way-text" 0 status --via $way
	says out "no way to load: $way: this kernel has no $way(2)"
	check "no-way-plan-$way" 0 plan "$kernel64" --via $way
	says out "way           $way: --via asks for it; a load would fail: this kernel"
	KLEAP_ROOT=$work/small check "no-way-saved-$way" 0 plan "$kernel64" --via $way
	if grep -q 'would fail' "$work/out"; then fail 'of another machine that is not known'; fi
done
check no-way-module 5 status --via module
check no-way-device 5 status --device /fake/kleap
export FAKE_KEXEC_FILE=0

# ---- Both hold an image -----------------------------------------------------------------------------------------
unset FAKE_OPEN
export FAKE_STATE=1
holds 1 0
check both-status 0 status
says out 'loaded: 3.9 MiB in 3 segments' 'loaded in the kernel' "exec leaps into the module's image; with --via kexec_load into the kernel's"
check both-json 0 status --json
says out '"module_image":true' '"kernel_image":true' '"frames_taken":1005'
check both-exec 0 exec -y -x
says err "note: this leaps into the module's image; the kernel holds another: --via kexec_load"
logged both-exec-order 'leap 1' 'reboot 1234567'
for way in kexec_load kexec_file_load; do
	check "both-$way" 0 exec -y -x --via $way
	logged "both-$way" 'reboot 45584543'
	silent err
done
check both-module 0 exec -y -x --via module
logged both-module 'leap 1' 'reboot 1234567'
silent err
check both-unload 0 unload
says out unloaded 'the kernel holds another image: kleap unload --via kexec_load removes it'
logged both-unload unload
check one-unload 0 unload --via module
logged one-unload unload
check one-status 0 status --via module
if grep -q 'in the kernel' "$work/out"; then fail "the kernel's, too"; fi
check other-status 1 -S --via kexec_load
if grep -q '3.9 MiB' "$work/out"; then fail "the module's, too"; fi
FAKE_STATE=0 check kernel-exec 0 exec -y -x
logged kernel-exec 'reboot 45584543'
holds 0 0
check module-exec 0 exec -y -x
logged module-exec 'leap 1' 'reboot 1234567'
# The module's file, mounted over the kernel's by a load as kexec(8), is not the kernel's word.
mkdir -p "$kernel_sys/kleap"
echo 1 > "$kernel_sys/kexec_loaded"
ln "$kernel_sys/kexec_loaded" "$kernel_sys/kleap/loaded"
check mounted 0 status
if grep -q 'in the kernel' "$work/out"; then fail 'the module is not the kernel'; fi
rm -r "$kernel_sys/kleap"

# ---- A kernel for a crash -----------------------------------------------------------------------------------------
holds 0 0
rm -f "$kernel_sys/kexec_crash_size"
check crash-no-memory 1 -p "$kernel64"
says err 'no memory is reserved for the kernel for a crash' 'crashkernel=256M' 'kleap explain no-crash-memory'
check crash-no-memory-file 1 -p "$kernel64" --via kexec_file_load
says err 'kleap explain no-crash-memory'
silent log
echo 2097152 > "$kernel_sys/kexec_crash_size"
for spelling in '-p' '--load-panic' 'load -p' '-l -p'; do
	# shellcheck disable=SC2086 # words
	check "crash $spelling" 0 $spelling "$kernel64" --initrd "$work/initrd" --reuse-cmdline --append second
	logged "crash $spelling" 'kexec_file_load: flags 2' "kernel: $(wc -c < "$kernel64") bytes, sum $(od -An -v -tu1 "$kernel64" |
		awk '{ for (i = 1; i <= NF; i++) n += $i } END { print n }')" 'initrd: 12 bytes, sum 886' \
		'command: root=/dev/sda1 x="a b" quiet second'
	says out "loaded for a crash: $kernel64" 'left out of the command line: BOOT_IMAGE=/vmlinuz crashkernel=64M'
done
check no-crash-keeps 0 load "$kernel64" --reuse-cmdline
says log 'crashkernel=64M'
check crash-module 1 load -p "$kernel64" --via module
says err '--via module loads no kernels for a crash' 'kleap explain crash-not-this-way'
silent log
truncate -s 1024K "$work/crash-initrd"
check crash-fits 0 -p "$kernel64" --initrd "$work/crash-initrd"
echo x >> "$work/crash-initrd"
check crash-small 1 -p "$kernel64" --initrd "$work/crash-initrd"
says err 'the kernel for a crash takes 2052 KiB, and crashkernel= reserved 2 MiB' 'kleap explain crash-memory-small'
silent log
echo 0 > "$root/proc/sys/kernel/kexec_load_limit_panic"
check crash-limit 3 -p "$kernel64" --via kexec_file_load
says err 'kleap explain kexec-load-limit'
check no-crash-limit 0 load "$kernel64" --via kexec_file_load
rm "$root/proc/sys/kernel/kexec_load_limit_panic"
unset FAKE_KEXEC_FILE
check crash-no-call 5 -p "$kernel64"
says err 'module: it loads no kernels for a crash' 'needs kexec_load or kexec_file_load'
export FAKE_KEXEC_FILE=0
for verb in -e -f exec 'exec -p'; do
	# shellcheck disable=SC2086 # words
	check "crash $verb" 2 $verb -p
done
check crash-exec 2 -f -p "$kernel64"
says err 'does not take --load-panic'
check crash-nothing 2 -p
says err 'load takes a kernel file'
check crash-unload-none 1 unload -p
says err 'no kernel for a crash is loaded' 'hint: load one first: kleap load -p KERNEL' 'kleap explain nothing-loaded'
holds 0 1
for verb in unload status -S; do
	check "crash-$verb-module" 1 $verb -p --via module
	says err '--via module loads no kernels for a crash' 'kleap explain crash-not-this-way'
	silent log
	silent out
done
check crash-status-file 1 status -p --via kexec_file_load
says out 'a crash kernel is loaded'
check crash-status 1 -S -p
says out 'a crash kernel is loaded'
check crash-unload 0 -u -p
logged crash-unload 'kexec_load: entry 0, 0 segments, flags 1' 'kexec_file_load: flags 3'
check crash-unload-file 0 unload -p --via kexec_file_load
logged crash-unload-file 'kexec_load: entry 0, 0 segments, flags 1' 'kexec_file_load: flags 3'
check crash-only 1 unload --via kexec_load
says err 'no image is loaded'
holds 0 0

# ---- Called kexec ---------------------------------------------------------------------------------------------------
ln -s "$(realpath "$program")" "$work/kexec"
program=$work/kexec
check kexec-load 0 -s -l "$kernel64"
silent out
silent err
if grep -q mount "$work/log"; then fail 'something is mounted'; fi
holds 1 0
check kexec-unload 0 -u -s
silent out
FAKE_STATE=0 check kexec-status 1 -S -l
holds 0 1
check kexec-crash 0 -p "$kernel64" --append x
logged kexec-crash-flags 'kexec_file_load: flags 6' "$(sed -n 2p "$work/log")" 'initrd: none' 'command: x'
silent out
check kexec-unload-crash 0 -u -p
says log 'flags 3'
holds 1 0
# A kernel alone: load, shut down. systemd has a way of its own for it; others run kexec -e.
export FAKE_STATE=0
check kexec-kernel 0 -s "$kernel64"
says log 'execv /sbin/shutdown shutdown -r now'
if grep -q leap "$work/log"; then fail 'it arms the module'; fi
mkdir -p "$root/run/systemd/system"
check kexec-systemd 0 -s "$kernel64"
says log 'execv /bin/systemctl systemctl kexec'
# The module's image is armed: any shutdown leaps.
FAKE_STATE=1 check kexec-systemd-module 0 "$kernel"
says log 'leap 1' 'execv /sbin/shutdown'
if grep -q systemctl "$work/log"; then fail 'systemd asks for an image that the kernel has not'; fi
FAKE_EXECV=2 check kexec-no-systemctl 5 -s "$kernel64"
says log 'execv /bin/systemctl' 'execv /sbin/shutdown'
if grep -q leap "$work/log"; then fail 'it disarms the module'; fi

finish
