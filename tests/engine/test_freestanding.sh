#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The engine is freestanding: it compiles without warnings for 32 and 64 bits, needs
# only four memory functions, has no data, stays small, and keeps its limit on stack
# use. Runs in the project's folder.

BUILD=${BUILD:-build} CC=${CC:-gcc}
WARN=${WARN:-'-Wall -Wextra -Wshadow -Wconversion -Werror'}
out=$BUILD/freestanding
core=$(sed -n 's/^KIMG_CORE := //p' core/sources.mk)
read=$(sed -n 's/^KIMG_READ := //p' core/sources.mk)
mkdir -p "$out"
passed=0
failed=0

# verdict NAME STATUS [DETAIL]
verdict() {
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
		echo "[       OK ] $1"
	else
		failed=$((failed + 1))
		echo "[  FAILED  ] $1: $3"
	fi
}

# build BITS OPT: all of core as one relocatable object, without a C library;
# and as another one what a kernel needs of it
build() {
	objects=
	for source in $core $read; do
		object=$out/$1$2-${source%.c}.o
		# shellcheck disable=SC2086 # lists of options
		"$CC" "-m$1" "$2" -std=c11 $WARN -ffreestanding -nostdinc \
			-isystem "$("$CC" -print-file-name=include)" -fno-pic \
			-fno-stack-protector -fstack-usage \
			-fno-asynchronous-unwind-tables -Iinclude \
			-c "core/$source" -o "$object" || return 1
		objects="$objects $object"
		[ "$source" != "${core##* }" ] ||
			"$CC" "-m$1" -nostdlib -r $objects -o "$out/kernel$1$2.o"
	done
	# shellcheck disable=SC2086
	"$CC" "-m$1" -nostdlib -r $objects -o "$out/core$1$2.o"
}

[ -n "$core" ] && [ -n "$read" ] || { echo "core/sources.mk lists no files"; exit 1; }

for bits in 32 64; do
	for opt in -Os -O2 -O0; do
		build "$bits" "$opt"
		verdict "compiles, $bits bits $opt" $? "see above"
	done
	# Unoptimised, nothing is inlined away: a superset of what any build wants.
	for opt in -Os -O0; do
		wants=$(nm -u "$out/core$bits$opt.o" | sed 's/^ *U *//' |
			grep -vx -e memcpy -e memmove -e memset -e memcmp)
		[ -z "$wants" ]
		verdict "wants only memory functions, $bits bits $opt" $? "$wants"
	done
	# shellcheck disable=SC2046
	set -- $(size "$out/core$bits-Os.o" | tail -n 1)
	[ "$2" -eq 0 ] && [ "$3" -eq 0 ]
	verdict "no data, no globals, $bits bits" $? "data $2, bss $3"
	# shellcheck disable=SC2046
	set -- $(size "$out/kernel$bits-Os.o" | tail -n 1)
	[ "$bits" -eq 64 ] || text=$1

	deepest=$(cat "$out/$bits-Os"-*.su | sort -k 2 -n -t "$(printf '\t')" | tail -n 1)
	[ "$(printf '%s' "$deepest" | cut -f 2)" -le 512 ]
	verdict "no stack frame above 512 bytes, $bits bits" $? "$deepest"
	# "dynamic,bounded" is alignment or pushed arguments; "dynamic" alone is not.
	! grep -q 'dynamic$' "$out/$bits-Os"-*.su
	verdict "stack use is bounded, $bits bits" $? \
		"$(grep -h 'dynamic$' "$out/$bits-Os"-*.su)"
done

# The figure is gcc's; what clang makes of the same code is a little larger.
most=13568
case $("$CC" --version) in *clang*) most=14336 ;; esac
text=$(bench/core_text | sed 's/.*: //')
echo "note: core text, i686 -Os: $text bytes (at most $most)"
[ "$text" -le "$most" ]
verdict "small" $? "$text bytes"

# The check of symbols can fail: an engine that prints is found out.
printf '#include <stddef.h>\nint puts(const char *);\nvoid f(void);\nvoid f(void) { puts(""); }\n' \
	>"$out/bad.c"
"$CC" -m32 -Os -ffreestanding -c "$out/bad.c" -o "$out/bad.o"
nm -u "$out/bad.o" | grep -q puts
verdict "the check of symbols sees a stranger" $? "it does not"

echo "[  PASSED  ] $passed test(s)."
[ "$failed" -eq 0 ] || echo "[  FAILED  ] $failed test(s), listed above."
[ "$failed" -eq 0 ]
