# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What is in a kernel file, and other forms of it, made from Debian's: for lab/run, the play `inputs`, and
# tests/cli/test_real_files.sh.

# field OFFSET TYPE FILE: a number in a bzImage's header; TYPE is u1, u2 or u4.
field() { od -A n -t "$2" -j "$(($1))" -N "${2#u}" "$3" | tr -d ' '; }

# kernel_version KERNEL: print its release, as uname -r does. For ARM, Debian's kernels have it in their names only; those of
# lab/tree/build, in a file beside them.
kernel_version() {
	file=$(readlink -f "$1")
	if [ "$(field 0x202 u4 "$file")" = 1400005704 ]; then
		tail -c +$(($(field 0x20e u2 "$file") + 0x201)) "$file" | head -c 100 | cut -d ' ' -f 1
	elif [ -f "$(dirname "$file")/facts" ]; then
		sed -n 's/^version=//p' "$(dirname "$file")/facts"
	else
		echo "$file" | sed 's,.*/vmlinuz-,,; s,/vmlinuz$,,; s,.*/,,'
	fi
}

# packed_kernel BZIMAGE: print what is compressed in it.
packed_kernel() {
	setup=$((($(field 0x1f1 u1 "$1") + 1) * 512))
	tail -c +$((setup + $(field 0x248 u4 "$1") + 1)) "$1" | head -c "$(field 0x24c u4 "$1")"
}

# uki STUB KERNEL INITRD CMDLINE FILE: make FILE, a unified kernel image of the other files. The sections' addresses are
# clear of those of Debian's stub.
uki() {
	objcopy \
		--add-section ".cmdline=$4" --change-section-vma .cmdline=0x30000 \
		--add-section ".linux=$2" --change-section-vma .linux=0x2000000 \
		--add-section ".initrd=$3" --change-section-vma .initrd=0x3000000 \
		"$1" "$5"
}
