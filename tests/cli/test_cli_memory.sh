#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# How much memory a plan takes: less than the files; and if that cannot be allocated, an
# error that says how much is needed. This tests the program that users get, because the
# sanitizers need too much address space.

. tests/cli/cli.sh

program=$BUILD/kleap
if [ ! -x "$program" ]; then
	echo "    note: no $program, memory not measured"
	skipped=1
	finish
	exit 0
fi
large=$work/large-initrd
truncate -s 1536M "$large"
# 64-bit: a 32-bit kernel would have no room for this initrd.
at 0x236 "$kernel" '\001'
printf '0-9f000 ram\n100000-f0000000 ram\n' > "$work/map"
awk 'BEGIN { print "100000-40000000 ram"; for (i = 0; i < 120; i++) printf "%x-%x acpi\n", 1073741824 + i * 8192, 1073741824 + i * 8192 + 4096 }' \
	> "$work/many"

# within KIB ARGUMENTS...: run kleap in this much address space.
within() (
	# shellcheck disable=SC3045 # not of POSIX, but of every shell here
	ulimit -v "$1"
	shift
	kleap "$@"
)

# ---- The memory that suffices ---------------------------------------------------
check large 0 plan "$kernel" --initrd "$large" --memory-map "$work/map"
says out '1.5 GiB' 'each page arrives where it belongs'
name='large, in little memory'
within $((1536 * 1024 + 64 * 1024)) plan "$kernel" --initrd "$large" --memory-map "$work/map"
code=$?
if [ $code -eq 0 ]; then passed=$((passed + 1)); else fail "exit code $code"; fi

# ---- Any memory that does not -----------------------------------------------------------------
# The least that the program starts with, a page at a time from there on, then in larger steps.
least=1000
until within $least --version; do least=$((least + 100)); done
for arguments in "--memory-map $work/map" "--memory-map $work/map --initrd $large" \
	"--json --memory-map $work/map" "--json --memory-map $work/many"; do
	limit=$least
	enough=0
	while [ $enough -lt 8 ]; do
		name="$limit KiB of address space: $arguments"
		# shellcheck disable=SC2086 # words
		within $limit plan "$kernel" $arguments
		code=$?
		case $code in
		0) enough=$((enough + 1)) ;;
		4) says err 'kleap: ' 'Cannot allocate memory' ;;
		*) fail "exit code $code" ;;
		esac
		case $arguments in
		--json*) [ "$(grep -c '^{' "$work/out")" -eq 1 ] || fail 'not one JSON object' ;;
		esac
		[ $limit -lt 4000000 ] || { fail 'no end'; break; }
		limit=$((limit + (limit - least < 400 ? 4 : limit - least < 2000 ? 100 : limit / 20)))
	done
	passed=$((passed + 1))
done

name='it says how much is missing'
within $((least + 10000)) plan "$kernel" --memory-map "$work/map"
says err 'the simulated load needs 2' ' MiB'
within $((least + 10000)) plan "$kernel" --memory-map "$work/map" --initrd "$large"
says err "cannot map $large, 1.5 GiB"

finish
