# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
# What the tests of building, installing and running tests share. Sourced in the project's folder.

BUILD=${BUILD:-build}
CC=${CC:-gcc}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
skipped=0
# A make of its own, whatever it was that runs the tests.
unset MAKEFLAGS MAKEOVERRIDES MFLAGS MAKELEVEL

# verdict NAME: count a test by the exit code before; show what was said.
verdict() {
	if [ $? -eq 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "failed: $1"
		tail -n 20 "$work/out" | cut -c 1-300 | sed 's/^/    /'
	fi
}

# skip WHY
skip() {
	skipped=$((skipped + 1))
	echo "note: $1"
}

says() { grep -q -- "$1" "$work/out"; }

finish() {
	echo "[  PASSED  ] $passed test(s)."
	[ "$skipped" -eq 0 ] || echo "[  SKIPPED ] $skipped test(s)."
	[ "$failed" -eq 0 ] || echo "[  FAILED  ] $failed test(s)."
	[ "$failed" -eq 0 ]
}
