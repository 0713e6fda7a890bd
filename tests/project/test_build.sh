#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Building as a user does: from anywhere, to anywhere, with any flags; nothing but
# the compiler runs.

. tests/project/project.sh

# ---- What is run ------------------------------------------------------------------
make -n BUILD="$work/none" V=1 CC="$CC" > "$work/out" 2>&1
! says -Werror && says -Wall
verdict 'a warning stops no build'
! grep -wE 'apt-get|dpkg|packages|sudo|tests' "$work/out"
verdict 'a build installs nothing'
make -n check-host BUILD="$work/none" V=1 CC="$CC" > "$work/out" 2>&1
says '\.c -o .*/san/' && ! grep '\.c -o .*/san/' "$work/out" | grep -v -e -Werror
verdict 'a warning stops the tests'
make -n BUILD="$work/none" V=1 CC="$CC" CFLAGS=-O3 CPPFLAGS=-DMINE LDFLAGS=-Wl,-z,now > "$work/out" 2>&1
! grep ' -c ' "$work/out" | grep -v -e '-DMINE.* -Iinclude.* -O3.* -std=c11.* -Wall' &&
	grep '/kleap$' "$work/out" | grep -q -e -Wl,-z,now
verdict 'flags that are given come in addition'

# ---- Where ------------------------------------------------------------------------
mkdir "$work/a folder" "$work/else"
for part in *; do
	case $part in
	build | "${BUILD%%/*}") ;;
	*) cp -R "$part" "$work/a folder" ;;
	esac
done
(cd "$work/a folder" && find . -type f | sort) > "$work/before"
(cd "$work/else" && make -s -f "$work/a folder/Makefile" BUILD=made CC="$CC") > "$work/out" 2>&1 &&
	"$work/else/made/kleap" -V > "$work/out" && says '^kleap [0-9]'
verdict 'make -f, from another folder, into one there, out of one with a space'
(cd "$work/a folder" && find . -type f | sort) > "$work/after"
diff "$work/before" "$work/after" > "$work/out"
verdict 'nothing is written to the sources'
make -q -C "$work/a folder" BUILD="$work/else/made" CC="$CC" > "$work/out" 2>&1
verdict 'make -C builds the same'
! make -C "$work/a folder" BUILD='a b' > "$work/out" 2>&1 && says 'no spaces'
verdict 'a BUILD that make cannot have is refused in words'
! make module -C "$work/a folder" > "$work/out" 2>&1 && says 'give BUILD='
verdict 'so is a module in a folder with a space'
finish
