# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
# What the tests of the command share: running it, judging what it said, a kernel
# and a machine to plan for. Sourced in the project's folder. The program is the
# sanitized one, with a device that is a fake: tests/cli/fake_device.c.

BUILD=${BUILD:-build}
program=$BUILD/san/bin/kleap-fake
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
skipped=0

FAKE_LOG=$work/log
FAKE_ROOT=$work/root
export FAKE_LOG FAKE_ROOT
unset KLEAP_ROOT

kleap() { "$program" --device /fake/kleap "$@" > "$work/out" 2> "$work/err"; }

# check NAME CODE ARGUMENTS...: run kleap; its exit code must be CODE.
check() {
	name=$1
	want=$2
	shift 2
	: > "$work/log"
	kleap "$@"
	code=$?
	if [ $code -ne "$want" ]; then
		fail "exit code $code, not $want: kleap $*"
	else
		passed=$((passed + 1))
	fi
}

# In a file, so that it counts from a subshell, too.
fail() {
	echo "$name: $1" >> "$work/failures"
	echo "--- $name: $1"
	sed 's/^/    /' "$work/err" "$work/log"
}

# says FILE TEXT...: out, err or log of the last run has each of these texts.
says() {
	file=$1
	shift
	for text; do
		if grep -qF -e "$text" "$work/$file"; then
			passed=$((passed + 1))
		else
			fail "nothing says \"$text\" in $file"
		fi
	done
}

# silent FILE: the last run wrote nothing there.
silent() { if [ -s "$work/$1" ]; then fail "$1 is not empty"; else passed=$((passed + 1)); fi; }

# at OFFSET FILE BYTES: write bytes, octal as for printf, into a file.
# shellcheck disable=SC2059 # a format is what it is
at() { printf "$3" | dd of="$2" bs=1 seek="$(($1))" conv=notrunc 2> /dev/null; }

# A bzImage: 2 KiB of setup, 64 KiB of code, 32-bit, protocol 2.15, wants 16 MiB, init_size 1 MiB.
kernel=$work/vmlinuz
head -c 67584 /dev/zero | tr '\0' 'k' > "$kernel"
head -c 2048 /dev/zero | dd of="$kernel" conv=notrunc 2> /dev/null
at 0x1f1 "$kernel" '\003'
at 0x1f4 "$kernel" '\000\020\000\000'
at 0x1fe "$kernel" '\125\252\353\152HdrS\017\002'
at 0x211 "$kernel" '\001'
at 0x214 "$kernel" '\000\000\020\000'
at 0x22c "$kernel" '\377\377\377\177\000\000\040\000\001\025'
at 0x238 "$kernel" '\377\007\000\000'
at 0x258 "$kernel" '\000\000\000\001\000\000\000\000\000\000\020\000'

printf '070701 bytes' > "$work/initrd"
: > "$work/empty"
printf '0-9f000 ram\n100000-40000000 ram\n40000000-40010000 acpi\n' > "$work/map"

# A zImage of 64 KiB that unpacks to 4 MiB, with 64 KiB of bss.
zimage=$work/zimage
head -c 65536 /dev/zero | tr '\0' z > "$zimage"
at 0x24 "$zimage" '\030\050\157\001\000\000\000\000\000\000\001\000\001\002\003\004\105\105\105\105\000\001\000\000'
at 0x100 "$zimage" '\006\000\000\000KLSZ\374\377\000\000\000\000\001\000\000\200\000\000\000\000\001\000\000\000\000\000'
at 0xfffc "$zimage" '\000\000\100\000'
# An Image of 64 KiB that needs 3 MiB.
image=$work/image
head -c 65536 /dev/zero > "$image"
at 0x10 "$image" '\000\000\060'
at 0x18 "$image" '\012'
at 0x38 "$image" ARMd

# elf 32|64 FILE: a vmlinux of one part, 8 KiB of data for 12 KiB at 16 MiB.
elf() {
	head -c 12288 /dev/zero | tr '\0' 'v' > "$2"
	head -c 4096 /dev/zero | dd of="$2" conv=notrunc 2> /dev/null
	at 0x1100 "$2" 'Linux version 6.1'
	if [ "$1" = 32 ]; then
		at 0 "$2" '\177ELF\001\001\001'
		at 16 "$2" '\002\000\003\000\001\000\000\000\000\000\000\001\064'
		at 40 "$2" '\064\000\040\000\001'
		at 52 "$2" '\001\000\000\000\000\020\000\000\000\000\000\301\000\000\000\001\000\040\000\000\000\060'
	else
		at 0 "$2" '\177ELF\002\001\001'
		at 16 "$2" '\002\000\076\000\001\000\000\000\000\000\000\001\000\000\000\000\100'
		at 52 "$2" '\100\000\070\000\001'
		at 64 "$2" '\001\000\000\000\000\000\000\000\000\020'
		at 88 "$2" '\000\000\000\001\000\000\000\000\000\040\000\000\000\000\000\000\000\060'
	fi
}

# number32 NUMBER: its bytes, for at.
number32() { printf '\\%03o\\%03o\\%03o\\%03o' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24)); }

# value KEY: of a number in the JSON that was printed.
value() { sed -n "s/^.*\"$1\":\([0-9]*\).*/\1/p" "$work/out"; }

# pe FILE NAME FILE...: an EFI program for x86-64 with these sections.
pe() {
	to=$1
	shift
	head -c 1024 /dev/zero > "$to"
	at 0 "$to" MZ
	at 0x3c "$to" '\100'
	at 0x40 "$to" 'PE\000\000\144\206'
	at 0x46 "$to" "$(number32 $(($# / 2)))"
	at 0x9c "$to" '\012'
	entry=0x58
	while [ $# -gt 0 ]; do
		length=$(wc -c < "$2")
		at $((entry)) "$to" "$1"
		at $((entry + 8)) "$to" "$(number32 "$length")"
		at $((entry + 16)) "$to" "$(number32 $(((length + 511) / 512 * 512)))"
		at $((entry + 20)) "$to" "$(number32 "$(wc -c < "$to")")"
		cat "$2" >> "$to"
		head -c $(((512 - length % 512) % 512)) /dev/zero >> "$to"
		entry=$((entry + 40))
		shift 2
	done
}

# A saved machine: /proc/iomem, the command line.
mkdir -p "$work/root/proc"
printf '00001000-0009fbff : System RAM\n00100000-1fffffff : System RAM\n' > "$work/root/proc/iomem"
printf 'BOOT_IMAGE=/vmlinuz root=/dev/sda1 crashkernel=64M x="a b" quiet\n' > "$work/root/proc/cmdline"

# number ID: the number of an error, which the module reports.
number() { sed -n '/^X(/p' include/kimg_errors.h | grep -n "\"$1\"" | cut -d: -f1 | awk '{ print $1 - 1 }'; }

# finish: the summary, and the exit status.
finish() {
	[ "$passed" -eq 0 ] || echo "[  PASSED  ] $passed test(s)."
	[ "$skipped" -eq 0 ] || echo "[  SKIPPED ] $skipped test(s), listed above"
	[ -s "$work/failures" ] || return 0
	echo "[  FAILED  ] $(grep -c '' "$work/failures") test(s), listed above:"
	cat "$work/failures"
	exit 1
}
