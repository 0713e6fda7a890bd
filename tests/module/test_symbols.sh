#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# kleap.ko needs only what the kernel exports, and docs/symbols.md lists it, for each kernel: of those whose headers the
# lab has fetched. Runs in the project's folder.
#
#   tests/module/test_symbols.sh --write    write the list anew, as far as there are headers

BUILD=${BUILD:-build}
list=docs/symbols.md
out=$(mktemp -d) || exit 1
trap 'rm -rf "$out"' EXIT
passed=0
failed=0
skipped=0

# needed HEADERS: the symbols that this kernel must export, one a line, with "GPL" behind those for such modules only; for
# one that it does not export, "missing". What compilers choose is one line: registers of jumps.
needed() {
	"${cross}nm" -u "$out/kleap.ko" | awk -v symvers="$1/Module.symvers" '
	BEGIN {
		while ((getline line < symvers) > 0) {
			split(line, field, "\t")
			export[field[2]] = field[4]
		}
	}
	{
		mark = !($2 in export) ? " missing" : export[$2] ~ /GPL/ ? " GPL" : ""
		sub(/^__x86_indirect_thunk_.*/, "__x86_indirect_thunk_*", $2)
		print $2 mark
	}' | LC_ALL=C sort -u
}

# listed KERNEL: the same by the list.
listed() {
	awk -F ' *[|] *' -v kernel="$1" '
	/^[|] symbol / { column = 0; for (i = 3; i < NF; i++) if ($i == kernel) column = i; next }
	/^[|] `/ && column && $column != "" {
		gsub(/`/, "", $2)
		print $2 ($column == "GPL" ? " GPL" : "")
	}' "$list" | LC_ALL=C sort
}

# build MAKE'S VARIABLES...: the module, for ARM by the compiler that the lab has.
build() (
	case $cross in
	arm-*) family=$BUILD/lab/armhf ;;
	*) family=$BUILD/lab/arm64 ;;
	esac
	[ -z "$cross" ] || PATH=$PWD/$family/cross/usr/bin:$PATH LD_LIBRARY_PATH=$family/cross/usr/lib/x86_64-linux-gnu
	export PATH LD_LIBRARY_PATH
	MAKEFLAGS='' make -s -j "$(nproc)" module "$@"
)

# column FOLDER ARCH KERNEL: a kernel of the table, its headers in the lab's FOLDER.
column() {
	case $2 in
	arm) cross=arm-linux-gnueabihf- ;;
	arm64) cross=aarch64-linux-gnu- ;;
	*) cross='' ;;
	esac
	headers=$BUILD/lab/$1/headers
	kernels="$kernels$3;"
	if [ ! -e "$headers" ]; then
		skipped=$((skipped + 1))
		echo "note: no headers at $headers, $3 not compared"
		listed "$3" > "$out/$3"
		return
	fi
	if ! build KDIR="$(readlink -f "$headers")" ARCH="$2" CROSS_COMPILE="$cross" BUILD="$out/$1" OUT="$out/kleap.ko" \
		> "$out/log" 2>&1; then
		failed=$((failed + 1))
		echo "[  FAILED  ] no module for $3"
		cat "$out/log"
		return
	fi
	needed "$headers" > "$out/$3"
	if grep ' missing$' "$out/$3"; then
		failed=$((failed + 1))
		echo "[  FAILED  ] $3 does not export these"
		return
	fi
	if [ "$mode" != --write ]; then
		listed "$3" > "$out/listed"
		if ! diff "$out/listed" "$out/$3" > "$out/diff"; then
			failed=$((failed + 1))
			echo "[  FAILED  ] $list is not right for $3: tests/module/test_symbols.sh --write corrects it"
			cat "$out/diff"
			return
		fi
	fi
	passed=$((passed + 1))
	echo "[       OK ] $3"
}

# table KERNEL;...: the list's lines for these.
table() {
	(cd "$out" && awk -v kernels="$1" '
	BEGIN {
		count = split(kernels, kernel, ";") - 1
		row = "| symbol |"
		line = "|---|"
		for (i = 1; i <= count; i++) {
			row = row " " kernel[i] " |"
			line = line "---|"
			while ((getline text < kernel[i]) > 0) {
				split(text, word, " ")
				known[word[1]] = 1
				mark[word[1], i] = word[2] ? word[2] : "yes"
			}
		}
		print row
		print line
		for (symbol in known) {
			row = "| `" symbol "` |"
			for (i = 1; i <= count; i++)
				row = row " " mark[symbol, i] (mark[symbol, i] ? " |" : "|")
			print row | "LC_ALL=C sort"
		}
	}')
}

mode=${1:-}
kernels=
column i386-11       i386   "5.10 i386"
column i386          i386   "6.1 i386"
column amd64-11      x86_64 "5.10 amd64"
column amd64         x86_64 "6.1 amd64"
column amd64-13      x86_64 "6.12 amd64"
column amd64-testing x86_64 "7.2 amd64"
x86=$kernels kernels=
column armhf-11      arm    "5.10 armhf"
column armhf         arm    "6.1 armhf"
column armhf-13      arm    "6.12 armhf"
column armhf-testing arm    "7.2 armhf"
column arm64-11      arm64  "5.10 arm64"
column arm64         arm64  "6.1 arm64"
column arm64-13      arm64  "6.12 arm64"
column arm64-testing arm64  "7.2 arm64"

if [ "$mode" = --write ]; then
	{
		sed '/^| symbol /,$d' "$list"
		table "$x86"
		echo
		table "$kernels"
	} > "$out/new" && cat "$out/new" > "$list"
fi

[ "$passed" -eq 0 ] || echo "[  PASSED  ] $passed test(s)."
[ "$skipped" -eq 0 ] || echo "[  SKIPPED ] $skipped test(s)."
[ "$failed" -eq 0 ] || echo "[  FAILED  ] $failed test(s)."
[ "$failed" -eq 0 ]
