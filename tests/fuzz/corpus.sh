# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
# The corpus: a file for each fuzzer, a line of base64 for each input. Sourced.

# unpack FILE FOLDER: the inputs of a corpus, as the fuzzers read them.
unpack() {
	rm -rf "$2"
	mkdir -p "$2"
	[ -e "$1" ] || return 0
	number=0
	while read -r input; do
		number=$((number + 1))
		echo "$input" | base64 -d > "$2/$number"
	done < "$1"
}

# pack FOLDER: the other way round, the short ones first.
pack() {
	find "$1" -type f -printf '%s %f\n' | sort -n | while read -r _ input; do
		base64 -w 0 < "$1/$input"
		echo
	done
}
