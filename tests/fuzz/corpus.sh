# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
# The corpus: a file for each fuzzer, a line of base64 for each input; and where fuzzers
# of 32 bits can run. Sourced.

# under_qemu PROGRAM: whether it is one of 32 bits, which this kernel does not run.
under_qemu() {
	[ "$(od -An -tu1 -j4 -N1 "$1")" -eq 1 ] && ! /lib/ld-linux.so.2 --version > /dev/null 2>&1
}

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

# seeds FILE FOLDER...: the option for the inputs in these folders, if there are any; FILE gets
# their names. Under QEMU libFuzzer finds no files in a folder, as readdir() fails for the
# large offsets of most file systems.
seeds() {
	list=$1
	shift
	find "$@" -type f | sort | paste -sd , | tr -d '\n' > "$list"
	[ ! -s "$list" ] || echo "-seed_inputs=@$list"
}

# pack FOLDER: the other way round, the short ones first.
pack() {
	find "$1" -type f -printf '%s %f\n' | sort -n | while read -r _ input; do
		base64 -w 0 < "$1/$input"
		echo
	done
}
