#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The commands of docs/boards.md, taken from there and run, all but the leap; and the letters that it explains.

. tests/cli/cli.sh
doc=$PWD/docs/boards.md
case $program in
/*) ;;
*) program=$PWD/$program ;;
esac

# commands SECTION: those that stand in lines of their own, without what is said about them.
commands() { sed -n "/^## $1/,/^## /s/^    //p" "$doc" | sed 's/  *# .*//'; }

# try NAME COMMANDS: in the folder of files; `kleap` is the one with a fake device.
try() {
	name=$1
	printf 'kleap() { "%s" --device /fake/kleap "$@"; }\nset -e\n%s\n' "$program" "$2" > "$work/commands"
	if (cd "$work" && sh commands > out 2> err); then passed=$((passed + 1)); else fail 'a command fails'; fi
}

# ---- What to check: the kernel's configuration ------------------------------------------------------------
# seen OPTION...: what the commands show of a kernel that has these.
seen() {
	printf '%s\n' "$@" '# CONFIG_TRIM_UNUSED_KSYMS is not set' | gzip > "$work/config.gz"
	# A grep that finds nothing is no failure.
	try "config of $*" "$(commands 'What to check' | grep -v '^kleap' | sed "s,/proc/config.gz,config.gz,; s/^grep .*/& || :/")"
	tr '\n' ' ' < "$work/out"
}
needed=$(sed -n 's/.*kleap_needs,\(CONFIG_[A-Z0-9_]*\),.*/\1=y/p' hosts/linux/kernels.mk | grep -v _CPU_V7)
lacking=$(grep -v kleap_needs hosts/linux/kernels.mk | grep -o 'CONFIG_[A-Z0-9_]*' | grep -vE '_(X86|ARM|ARM64|CPU_V7)$' | sort -u | sed 's/$/=y/')
for option in CONFIG_MODULES=y CONFIG_MODVERSIONS=y $needed $lacking; do
	if [ "$(seen "$option")" = "$option " ]; then passed=$((passed + 1)); else fail 'the commands do not show it'; fi
done
if [ -z "$(seen CONFIG_ARM64=y)" ]; then passed=$((passed + 1)); else fail 'the commands show more'; fi

# ---- The plan on another computer -----------------------------------------------------------------------
cp "$image" "$work/Image"
cp "$work/initrd" "$work/initrd.img"
printf '00000000-3bffffff : System RAM\n  00000000-00000fff : reserved\n' > "$work/iomem.txt"
printf '%s\n' '/dts-v1/;' '/ { #address-cells = <1>; #size-cells = <1>; memory@0 { device_type = "memory"; reg = <0 0x3c000000>; }; };' |
	dtc -q -O dtb -o "$work/fdt.dtb" -
try plan "$(commands 'What to check' | grep '^kleap')"
says out 'a kernel for arm64 (Image)' 'initrd' 'each page arrives'

# ---- Building the module, by a kernel's build that tells what it is asked for --------------------------------
headers=$work/headers
mkdir -p "$headers/include/config"
printf 'modules:\n\t@echo $(ARCH) $(CROSS_COMPILE) >> $(CURDIR)/said\n\t@touch $(M)/kleap.ko\n' > "$headers/Makefile"
unset MAKEFLAGS MAKEOVERRIDES MFLAGS MAKELEVEL
commands 'Building the module' > "$work/builds"
name=build
while read -r build; do
	case $build in
	*ARCH=arm64*) printf '%s\n' CONFIG_ARM64=y CONFIG_ARM64_4K_PAGES=y CONFIG_KPROBES=y ;;
	*) printf '%s\n' CONFIG_ARM=y CONFIG_CPU_V7=y CONFIG_KPROBES=y ;;
	esac > "$headers/include/config/auto.conf"
	if sh -c "$(echo "$build" | sed "s,KDIR=headers,KDIR=$headers,") -s BUILD=$work/build" > "$work/out" 2> "$work/err"
	then passed=$((passed + 1)); else fail "$build"; fi
done < "$work/builds"
cp "$headers/said" "$work/out"
says out 'arm64 aarch64-linux-gnu-' 'arm arm-linux-gnueabihf-'

# ---- The first leap, on a machine that is a fake -----------------------------------------------------------
mkdir -p "$FAKE_ROOT/proc" "$FAKE_ROOT/sys/firmware"
cp "$work/iomem.txt" "$FAKE_ROOT/proc/iomem"
cp "$work/fdt.dtb" "$FAKE_ROOT/sys/firmware/fdt"
# The leap itself would ask this computer's init to reboot.
first=$(commands 'The first leap' | grep '^kleap' | grep -vx 'kleap exec')
: > "$work/log"
FAKE_MACHINE=aarch64 try first "$(echo "$first" | sed 's/ --uart [^ ]*//')"
says log 'machine 4, entry' 'rehearse 1'
FAKE_MACHINE=aarch64 FAKE_KEXEC=0 try uart "$(echo "$first" | sed -n '/--uart/s/$/ --via kexec_load/p')"
says log 'kexec_load: entry'
commands 'The first leap' > "$work/out"
says out 'kleap exec' iomem_base

# ---- The letters, and the errors -------------------------------------------------------------------------
name=letters
sed -n '/^## The last letter/,/^## /{/not leaping/d; s/with `[^`]*`//; s/^| `\([^|]*\)|.*/\1/p}' "$doc" |
	grep -o '[a-z!?]' | sort -u | tr -d '\n' > "$work/out"
says out "$(sed -n "s/^#define STAGE_.*'\(.\)'.*/\1/p" arch/arch.h | sort -u | tr -d '\n')"
for id in $(grep -o '(`[a-z-]*`)' "$doc" | tr -d '(`)' | grep -v earlycon); do
	check "explain $id" 0 explain "$id"
done

finish
