# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# An initial RAM disk that its receiver can rebuild: an archive, and a second one that holds the first as a file. A
# kernel unpacks both. Sourced on both sides: the bytes must be the same everywhere.

# entry NAME MODE SIZE: the head of one file in a cpio archive of the kind that kernels read: 14 numbers and the name.
entry() {
	printf '070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x' 0 "$2" 0 0 1 0 "$3" 0 0 0 0 $((${#1} + 1)) 0
	printf %s "$1"
	# With at least one zero, up to a multiple of 4.
	printf '\0\0\0\0' | head -c $((4 - (110 + ${#1}) % 4))
}

# heirloom ARCHIVE: print ARCHIVE, and an archive that holds it as lab/archive. Its size must be a multiple of 4.
heirloom() {
	cat "$1"
	entry lab/archive $((0100600)) "$(stat -c %s "$1")"
	cat "$1"
	entry 'TRAILER!!!' 0 0
}
