#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The system calls on ARM: kexec_file_load(2), which arm64 has, kernels for a crash, and the firmware's reset.

. tests/cli/cli.sh

# Without the module, on arm64.
kleap() { "$program" "$@" > "$work/out" 2> "$work/err"; }
root=$FAKE_ROOT
mkdir -p "$root/proc/self" "$root/sys/firmware" "$root/sys/kernel"
printf 'Name:\tkleap\nCapEff:\t000001ffffffffff\n' > "$root/proc/self/status"
printf 'MemTotal:      32768 kB\n' > "$root/proc/meminfo"
printf '40000000-7fffffff : System RAM\n' > "$root/proc/iomem"
export FAKE_MACHINE=aarch64 FAKE_OPEN=2

tree() { { echo '/dts-v1/;'; cat; } | dtc -q -@ -O dtb -o "$1" -; }
tree "$root/sys/firmware/fdt" << 'DTS'
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
	chosen { bootargs = "of=the-tree"; };
};
DTS

# ---- The choice ------------------------------------------------------------------------------------------
check none 5 load "$image"
says err 'no way to load a kernel is open; module: cannot open' 'kexec_load: this kernel has no kexec_load' \
	'kexec_file_load: this kernel has no kexec_file_load(2) for programs of'
export FAKE_KEXEC_FILE=0
check auto 0 load "$image" --initrd "$work/initrd"
says log 'kexec_file_load: flags 0' 'kernel: 65536 bytes' 'initrd: 12 bytes'
says out 'by kexec_file_load: the running kernel has chosen the places'
silent err
check plan-auto 0 plan "$image"
says out 'way           kexec_file_load: the kernel takes files only; not module: cannot' 'each page arrives'
check plan 0 plan "$image" --via kexec_file_load
says out 'where         the running kernel decides'
silent log
check status 0 status
says out 'loads go by kexec_file_load: the kernel takes files only; not module:'
FAKE_KEXEC=0 check auto-kexec 0 load "$image"
says log 'kexec_load: entry'
# A running kernel with larger pages takes no segments of kleap's.
for page in 16384 65536; do
	FAKE_KEXEC=0 FAKE_PAGE=$page check "pages $page" 5 load "$image" --via kexec_load
	says err "the running kernel has pages of $((page / 1024)) KiB, kleap places images for pages of 4 KiB" \
		'kleap explain kexec-page-size'
	FAKE_KEXEC=0 FAKE_PAGE=$page check "pages $page auto" 0 load "$image"
	says log 'kexec_file_load: flags'
done

# ---- What the kernel gets ----------------------------------------------------------------------------------
by_file() { check "$1" "$2" load "$3" --via kexec_file_load "$4" "$5"; }
# Without --append it is the running kernel's command line, as in a tree of kleap's.
check own-line 0 load "$image" --via kexec_file_load
says out 'left out of the command line: BOOT_IMAGE=/vmlinuz'
says log 'command: root=/dev/sda1 crashkernel=64M x="a b" quiet'
by_file append 0 "$image" --append 'console=ttyAMA0'
says log 'command: console=ttyAMA0'
check append-none 0 load "$image" --append ''
says log 'command: '
if grep -q root= "$work/log"; then fail 'a command line'; fi
gzip -c "$image" > "$work/image.gz"
by_file gz 0 "$work/image.gz" --append x
says log 'kernel: 65536 bytes'

# ---- What it does not take -----------------------------------------------------------------------------------
for option in dtb=x dtb-overlay=x place-dtb=48000000 place-initrd=48000000 uart=pl011,0x9000000 limit=7fffffff; do
	by_file "option $option" 1 "$image" --"${option%%=*}" "${option#*=}"
	says err "kexec_file_load cannot do --${option%%=*}: " 'kleap explain kexec-file-option' \
		'hint: leave it out, or load with --via module or --via kexec_load'
	silent log
	case $option in uart*) continue ;; esac
	check "plan $option" 1 plan "$image" --via kexec_file_load "--$option"
done
sed -n '/^### `kexec-file-option`/,/^Nothing/p' docs/errors.md > "$work/err"
says err --dtb, --dtb-overlay --place-dtb '--place-initrd.'
bad() {
	cp "$image" "$work/bad"
	at "$2" "$work/bad" "$3"
	by_file "$1" "$4" "$work/bad" --append x
}
bad size-0 0x10 '\000\000\000' 1
says err 'has 0x0 at offset 0x10'
bad old 0x10 '\000\000\000\000\000\000\000\000\000' 1
says err "kexec_file_load does not take $work/bad: its header does not say how much memory it needs (image_size)" \
	'kleap explain kexec-file-kind'
silent log
bad size-small 0x10 '\000\000\000\000' 1
bad size-less 0x10 '\377\377\000' 1
says err 'has 0xffff at offset 0x10' 'bad-kernel-header'
bad offset 0x08 '\001' 1
says err 'has 0x1 at offset 0x8'
bad size-large 0x10 '\000\000\001\001' 4
says err 'the image takes 16 MiB (4112 pages)' 'half-of-memory'
silent log
bad big-endian 0x18 '\013' 0
says out "$work/bad"
bad pages-64 0x18 '\016' 0
says err 'note: this kernel has pages of 64.0 KiB, which not every processor has: without them it stops without a message'
FAKE_PAGE=65536 bad pages-same 0x18 '\016' 0
silent err
FAKE_PAGE=65536 bad pages-4 0x18 '\012' 0
says err 'pages of 4.0 KiB'
# A plan for another machine does not depend on this one's pages.
check pages-plan 0 plan "$image" --machine arm64 --dtb "$root/sys/firmware/fdt"
if grep -q 'note .*pages of' "$work/out"; then fail 'pages of 4 KiB are noted'; fi
FAKE_PAGE=65536 check pages-plan-here 0 plan "$image" --machine arm64 --dtb "$root/sys/firmware/fdt"
if grep -q 'note .*pages of' "$work/out"; then fail 'pages of 4 KiB are noted'; fi
cp "$image" "$work/bad"
at 0x18 "$work/bad" '\016'
FAKE_PAGE=65536 check pages-plan-64 0 plan "$work/bad" --machine arm64 --dtb "$root/sys/firmware/fdt"
says out 'note          this kernel has pages of 64.0 KiB'
bad pages-unsaid 0x18 '\010' 0
silent err
head -c 60 "$image" > "$work/bad"
by_file short 1 "$work/bad" --append x
silent log
by_file zimage 1 "$zimage" --append x
says err 'on arm64: it is a kernel for ARM (zImage)'
line=$(head -c 2047 /dev/zero | tr '\0' x)
by_file line-fits 0 "$image" --append "$line"
by_file line-long 1 "$image" --append "x$line"
says err 'has 2048 bytes, this kernel takes 2047'
FAKE_KEXEC_FILE=8 by_file kind 1 "$image" --append x
says err 'kleap explain kexec-file-kind'
truncate -s 13M "$work/half"
by_file half 0 "$image" --initrd "$work/half"
echo x >> "$work/half"
by_file more-than-half 4 "$image" --initrd "$work/half"
says err 'the image takes 16 MiB (4097 pages)'

# ---- For a crash ------------------------------------------------------------------------------------------------
echo 0 > "$root/sys/kernel/kexec_loaded"
echo 0 > "$root/sys/kernel/kexec_crash_loaded"
echo 4194304 > "$root/sys/kernel/kexec_crash_size"
check crash 0 load -p "$image" --append x
says log 'kexec_file_load: flags 6'
says out 'loaded for a crash:'
FAKE_KEXEC=0 check crash-both 0 load -p "$image" --append x -d
says log 'kexec_file_load: flags 6'
says err 'not module: it loads no kernels for a crash; kexec_load: it loads no kernels for a crash'
check crash-plan 0 plan -p "$image"
says out 'where         the running kernel decides' 'way           kexec_file_load: '
truncate -s 1M "$work/initrd-1m"
check crash-fits 0 load -p "$image" --initrd "$work/initrd-1m"
echo x >> "$work/initrd-1m"
check crash-small 1 load -p "$image" --initrd "$work/initrd-1m"
says err 'crash-memory-small' 'takes 4100 KiB'
for verb in load plan; do
	FAKE_KEXEC=0 check "crash-$verb" 1 $verb -p "$image" --via kexec_load
	says err 'kleap lays out no kernels for a crash on this machine' \
		'give --via kexec_file_load if the kernel has it, else use the kexec of kexec-tools' 'kleap explain crash-not-this-way'
	silent log
done
check crash-module 1 load -p "$image" --via module
says err 'crash-not-this-way'
FAKE_KEXEC=0 check crash-unload 1 unload -p
says err 'no kernel for a crash is loaded'
echo 1 > "$root/sys/kernel/kexec_crash_loaded"
FAKE_KEXEC=0 check crash-unload 0 unload -p
says log 'kexec_load: entry 0, 0 segments, flags 1'
check crash-status 1 -S -p
unset FAKE_KEXEC_FILE
FAKE_KEXEC=0 check crash-no-call 5 load -p "$image"
says err 'no way to load a kernel is open' 'kexec_file_load: this kernel has no kexec_file_load(2)' \
	'hint: give --via kexec_file_load if the kernel has it, else use the kexec of kexec-tools'

# ---- 32 bits -------------------------------------------------------------------------------------------------------
export FAKE_MACHINE=armv7l FAKE_KEXEC=0
for verb in load plan; do
	check "none-$verb" 5 $verb "$zimage" --via kexec_file_load
	says err 'this kernel has no kexec_file_load(2)' 'Linux has none on 32-bit ARM' 'kleap explain no-kexec-file-load'
	silent log
	check "crash-$verb-32" 1 $verb -p "$zimage" --via kexec_load
	says err 'lays out no kernels for a crash on this machine' 'hint: use the kexec of kexec-tools'
	check "crash-file-$verb-32" 5 $verb -p "$zimage" --via kexec_file_load
	says err 'no-kexec-file-load'
done
check crash-auto-32 5 load -p "$zimage"
says err 'hint: use the kexec of kexec-tools'
check plan-machine 5 plan "$zimage" --machine arm --via kexec_file_load
says err 'no-kexec-file-load'
check plan-crash-machine 1 plan "$zimage" --machine arm --dtb "$root/sys/firmware/fdt" -p
says err 'hint: use the kexec of kexec-tools'

# ---- A damaged image resets the machine: the stub's conduit --------------------------------------------------------
# ---- A kexec that does not arrive ---------------------------------------------------------------------
# noted RELEASE: what a load by kexec_load says of the running kernel.
noted() {
	echo "$1" > "$root/proc/sys/kernel/osrelease"
	FAKE_MACHINE=armv7l FAKE_KEXEC=0 check "kexec of $1" 0 load "$zimage" --via kexec_load
}
mkdir -p "$root/proc/sys/kernel"
noted 6.12.117+deb13-armmp
silent err
printf 'AnonHugePages: 0 kB\n' >> "$root/proc/meminfo"
noted 6.12.117+deb13-armmp-lpae
says err 'the kexec of Linux 6.12 with LPAE may stop' 'better load by the module'
noted 6.10.0
says err 'the kexec of Linux 6.10 with LPAE'
for release in 6.9.12 7.2.12+deb14-armmp-lpae; do
	noted $release
	silent err
done
echo 6.12.0 > "$root/proc/sys/kernel/osrelease"
FAKE_MACHINE=aarch64 FAKE_KEXEC=0 check kexec-64 0 load "$image" --via kexec_load
silent err
rm -r "$root/proc/sys"

# conduit WANT: of the page that kexec_load enters: 0 none, 1 hvc, 2 smc. arch/arm/params.h has its place.
psci=$root/sys/firmware/devicetree/base/psci
acpi=$root/sys/firmware/acpi/tables
mkdir -p "$psci" "$acpi"
export FAKE_STUB=$work/stub
conduit() {
	for machine in armv7l:$zimage aarch64:$image; do
		FAKE_MACHINE=${machine%%:*} check "conduit $1, ${machine%%:*}" 0 load "${machine#*:}" --via kexec_load
		got=$(od -An -v -tu4 -j "$((0xc00 + PARAM_CONDUIT))" -N 4 "$work/stub" | tr -d ' ')
		[ "$got" = "$1" ] || fail "conduit $got, not $1"
	done
}
PARAM_CONDUIT=$(($(sed -n 's/^#define PARAM_CONDUIT[[:space:]]*//p' arch/arm/params.h)))
conduit 0
printf 'hvc\0' > "$psci/method"
conduit 1
printf 'smc\0' > "$psci/method"
conduit 2
printf 'other\0' > "$psci/method"
conduit 0
# ACPI: in the FADT. The tree tells more.
head -c 268 /dev/zero > "$acpi/FACP"
conduit 0
at 129 "$acpi/FACP" '\001'
conduit 2
at 129 "$acpi/FACP" '\003'
conduit 1
at 129 "$acpi/FACP" '\002'
conduit 0
at 129 "$acpi/FACP" '\001'
printf 'hvc\0' > "$psci/method"
conduit 1
rm "$psci/method"
head -c 130 "$acpi/FACP" > "$work/short"
cp "$work/short" "$acpi/FACP"
conduit 0

finish
