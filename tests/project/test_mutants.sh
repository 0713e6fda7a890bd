#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# tests/mutants.list keeps up with the code: each line changes its file. Whether a
# test then fails is for `make mutants`, which takes minutes.

. tests/project/project.sh

grep -v '^#' tests/mutants.list > "$work/list"
while IFS='@' read -r file expression what origin; do
	: "$origin"
	if ! sed "$expression" "$file" > "$work/mutant" 2>> "$work/out"; then
		echo "$file: $what: no file, or no edit"
	elif cmp -s "$file" "$work/mutant"; then
		echo "$file: $what: changes nothing"
	fi
done < "$work/list" > "$work/stale"
cat "$work/stale" >> "$work/out"
[ -s "$work/list" ] && [ ! -s "$work/stale" ]
verdict 'each planted fault changes its file'
finish
