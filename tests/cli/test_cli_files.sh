#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Files given as kernel and as initrd: identified, unpacked, or taken apart.

. tests/cli/cli.sh

# plan NAME CODE ARGUMENTS...: plan for the small machine of cli.sh.
plan() {
	name=$1
	want=$2
	shift 2
	check "$name" "$want" plan --memory-map "$work/map" "$@"
}

# ---- What is no kernel ------------------------------------------------------------
# named WORDS FORMAT: give a file made by printf as kernel. It is refused, with its path and these words.
named() {
	# shellcheck disable=SC2059 # a format is what it is
	printf "$2" > "$work/file"
	plan "$1" 1 "$work/file"
	says err "cannot load $work/file: it is $1" '  hint: ' 'kleap explain '
}
named 'text' 'This is the README of a kernel.\n'
says err 'kleap explain not-a-bzimage' '/boot/vmlinuz-VERSION'
named 'a script' '#!/bin/sh\n'
named 'text (HTML, a web page)' '<!DOCTYPE html>\n<title>404</title>\n'
says err 'download it again'
named 'empty' ''
says err 'kleap explain file-truncated'
named 'zeros' '\0\0\0\0\0\0\0\0'
named 'an initrd (cpio archive)' '070701000000'
says err 'give the kernel first, and this file with --initrd'
named 'a kernel for RISC-V (riscv Image)' 'MZ%54sRSC\005'
says err 'built for x86, ARM or arm64'
named 'a file compressed with lz4' '\004\042\115\030'
says err 'lz4 -dc FILE > kernel'
named 'a program (executable or library, ELF of 64 bits) for arm64' \
	'\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\267\0\1\0\0\0%28s\100\0\070\0\0\0\0\0\0\0\0\0'
named 'a disk image (qcow2)' 'QFI\373\0\0\0\3'
named 'a U-Boot image (uImage) with a kernel for ARM, compressed with gzip' '\047\005\031\126%24s\5\2\2\1%32s'
check named-json 1 plan --json "$work/file"
says out '"id":"not-a-bzimage"' 'it is a U-Boot image' '"hint":"take the kernel out'

# ipxe.lkrn, at its smallest.
head -c 3072 /dev/zero > "$work/lkrn"
head -c 4096 /dev/zero | tr '\0' '\377' >> "$work/lkrn"
at 0x1f1 "$work/lkrn" '\005'
at 0x1f4 "$work/lkrn" '\000\001'
at 0x1fe "$work/lkrn" '\125\252\353\072HdrS\007\002'
at 0x211 "$work/lkrn" '\001'
at 0x238 "$work/lkrn" '\377\007'
plan lkrn 1 "$work/lkrn"
says err 'a boot program of real-mode code only, such as ipxe.lkrn' 'real-mode-only'
at 0x206 "$work/lkrn" '\003'
plan lkrn-old 1 "$work/lkrn"
says err 'a boot program of real-mode code only, such as ipxe.lkrn' 'real-mode-only'

# Kernels that are refused for what is in their headers are named, too.
head -c 40000 "$kernel" > "$work/short"
plan short 1 "$work/short"
says err "cannot load $work/short, a kernel for x86 (bzImage): the kernel file has 40000 bytes, at least 67569 are needed: it is cut short by 27569"
cp "$kernel" "$work/old"
at 0x206 "$work/old" '\005'
plan old 1 "$work/old"
says err "$work/old, a kernel for x86 (bzImage): the kernel has boot protocol 0x205" '2.6.22'

# ---- Compressed -------------------------------------------------------------------
# packed METHOD COMMAND...: the kernel, compressed by a command, is loaded as the kernel itself.
packed() {
	method=$1
	shift
	if ! command -v "$1" > /dev/null; then
		echo "note: no $1 here, $method not tried"
		skipped=1
		return
	fi
	"$@" < "$kernel" > "$work/packed"
	plan "$method" 0 "$work/packed" --json
	says out "a kernel for x86 (bzImage), compressed with $method" '"data":65536'
	silent err
	size=$(wc -c < "$work/packed")
	check "load $method" 0 load "$work/packed"
	says log "data 65536, sum $((65536 * 107))"
	says out "compressed with $method"

	# Twice over; in halves, one behind another.
	"$@" < "$work/packed" > "$work/twice"
	plan "twice $method" 0 "$work/twice" --json
	says out "compressed with $method, compressed with $method"
	for part in 1 2 3 4; do
		cat "$work/twice" > "$work/again"
		"$@" < "$work/again" > "$work/twice"
	done
	plan "six times $method" 1 "$work/twice"
	says err "it is a file compressed with $method, compressed with $method"

	# Cut at any place, damaged, more behind it.
	for cut in 20 $((size / 2)) $((size - 1)); do
		head -c "$cut" "$work/packed" > "$work/cut"
		plan "$method cut to $cut" 1 "$work/cut"
		says err "cannot load $work/cut, a file compressed with $method: the compressed file ends too early, after $cut bytes" \
			'packed-truncated'
	done
	echo 'not a kernel' | "$@" > "$work/cut"
	plan "text in $method" 1 "$work/cut"
	says err "it is text, compressed with $method" '/boot/vmlinuz-VERSION'
}

packed gzip gzip -c
packed xz xz -c
packed lzma xz --format=lzma -c
packed zstd zstd -q -c

# several COMMAND...: a file in two parts, compressed each.
several() {
	{ head -c 30000 "$kernel" | "$@"; tail -c +30001 "$kernel" | "$@"; } > "$work/several"
	plan "$1: several" 0 "$work/several" --json
	says out '"data":65536'
	cp "$work/several" "$work/behind"
	printf 'and this is no stream' >> "$work/behind"
}
several gzip -c
plan 'gzip: more behind' 0 "$work/behind" --json
says out '"data":65536'
several xz -c
plan 'xz: more behind' 1 "$work/behind"
says err 'packed-damaged'
if command -v zstd > /dev/null; then
	several zstd -q -c
	plan 'zstd: more behind' 1 "$work/behind"
	says err 'packed-'
fi

gzip -c "$kernel" > "$work/damaged"
at 40 "$work/damaged" '\377\377\377\377\377\377\377\377'
plan damaged 1 "$work/damaged"
says err "$work/damaged, a file compressed with gzip: the compressed file is damaged at or before byte " 'packed-damaged'

# Methods that refer far back take memory for that.
xz --lzma2=preset=0,dict=1GiB -T1 -M 0 -c "$kernel" > "$work/far" 2> "$work/err"
if [ -s "$work/far" ]; then
	plan far-xz 4 "$work/far"
	says err 'its xz refers back by more than 512.0 MiB' 'xz -dc FILE > kernel'
fi
if command -v zstd > /dev/null; then
	zstd -q -1 --long=30 -c < "$kernel" > "$work/far"
	plan far-zstd 4 "$work/far"
	says err 'its zstd refers back by more than 128.0 MiB' '--long=31'
fi

packed_damaged() {
	at $(($(wc -c < "$work/damaged") / 2)) "$work/damaged" '\377\377\377\377\377\377\377\377'
	plan "damaged $1" 1 "$work/damaged"
	says err 'the compressed file is damaged at or before byte ' 'packed-damaged'
}
xz -c "$kernel" > "$work/damaged"
packed_damaged xz
if command -v zstd > /dev/null; then
	zstd -q -c "$kernel" > "$work/damaged"
	packed_damaged zstd
fi

# Files that need more memory than there is: for a dictionary of 2 GiB or more, and in general.
printf '\135\000\000\000\200\377\377\377\377\377\377\377\377\000\000\000\000\000' > "$work/lzma"
printf '\050\265\057\375\000\270\001\000\000\000' > "$work/zstd"
for large in lzma zstd; do
	plan "large $large" 4 "$work/$large"
	says err "cannot unpack $work/$large: its $large refers back by more than "
done
{ cat "$kernel"; head -c 5000000 /dev/zero; } | gzip -1 -c > "$work/large"
export FAKE_ALLOC
for FAKE_ALLOC in $(seq 20); do
	kleap plan --memory-map "$work/map" "$work/large"
	code=$?
	grep -q 'an allocation failed' "$work/err" || break
	name="allocation $FAKE_ALLOC fails"
	if [ $code -eq 4 ]; then passed=$((passed + 1)); else fail "exit code $code, not 4"; fi
done
unset FAKE_ALLOC

# More than any kernel has; the tests' command takes 16 MiB.
{ cat "$kernel"; head -c 17000000 /dev/zero; } | gzip -1 -c > "$work/large"
plan too-large 1 "$work/large"
says err 'unpacks to more than 16 MiB' 'packed-too-large'
# A file whose start is no kernel is not unpacked at all.
head -c 100000000 /dev/zero | gzip -1 -c > "$work/bomb"
plan bomb 1 "$work/bomb"
says err 'it is zeros, compressed with gzip'

# ---- Unified kernel images ----------------------------------------------------------
printf '070701 own initrd' > "$work/own"
printf 'microcode' > "$work/ucode"
printf 'root=/dev/own  quiet\n\000' > "$work/cmdline"
pe "$work/uki" .osrel "$work/ucode" .cmdline "$work/cmdline" .initrd "$work/own" .ucode "$work/ucode" .linux "$kernel"
plan uki 0 "$work/uki"
silent err
says out 'a kernel for x86 (bzImage) in a unified kernel image (UKI)' 'initrd        in the kernel image, 29 bytes' \
	'command line  root=/dev/own  quiet'
check uki-load 0 load "$work/uki"
# Microcode first, padded to four bytes.
says log "data 65536, sum $((65536 * 107))" 'data 29,' 'command: root=/dev/own  quiet'
says out 'with its initrd (29 bytes at 0x' 'with its command line: root=/dev/own  quiet'
check uki-json 0 plan --json "$work/uki" --memory-map "$work/map"
says out "\"initrd\":{" '"size":29' '"command_line":"root=/dev/own  quiet"'

plan uki-options 0 "$work/uki" --initrd "$work/own" --append mine
says out 'note          --initrd replaces the initrd in the kernel image' \
	'note          --append replaces the command line in the kernel image' \
	"initrd        $work/own, 17 bytes" 'command line  mine'
plan uki-reuse 0 "$work/uki" --reuse-cmdline
says out '--reuse-cmdline replaces the command line'

# One of its own that may not fit into memory.
head -c 9M /dev/zero > "$work/own-large"
pe "$work/bare" .initrd "$work/own-large" .linux "$kernel"
printf '100000-1400000 ram\n' > "$work/small-map"
check uki-large 0 plan "$work/bare" --memory-map "$work/small-map"
says out 'note          initrd and contents (over 17.9 MiB) may not fit into 19.0 MiB'

pe "$work/bare" .linux "$kernel"
plan uki-bare 0 "$work/bare"
says out 'initrd        none' 'command line  (empty)'
gzip -c "$work/uki" > "$work/uki.gz"
plan uki-packed 0 "$work/uki.gz"
says out 'in a unified kernel image (UKI)' '              x86-64, compressed with gzip' '29 bytes'
gzip -c "$kernel" > "$work/kernel.gz"
pe "$work/bare" .linux "$work/kernel.gz"
plan uki-of-packed 0 "$work/bare"
says out '(bzImage), compressed with gzip in a unified'
pe "$work/bare" .linux "$work/uki"
plan uki-in-uki 1 "$work/bare"
says err 'it is a unified kernel image (UKI) for x86-64 in a unified kernel image'
pe "$work/bare" .linux "$work/empty"
plan uki-empty 1 "$work/bare"
says err 'it is empty in a unified kernel image'
head -c 20000 "$work/uki" > "$work/short"
plan uki-short 1 "$work/short"
says err "cannot load $work/short, a unified kernel image (UKI) for x86-64: the kernel file has 20000 bytes" 'cut short'
at 0x44 "$work/uki" '\144\252'
plan uki-arm64 0 "$work/uki"
says out 'in a unified kernel image (UKI)'

# ---- vmlinux -------------------------------------------------------------------------
elf 32 "$work/vmlinux32"
elf 64 "$work/vmlinux64"
plan vmlinux32 0 "$work/vmlinux32" --initrd "$work/own"
says out 'a kernel (vmlinux, ELF of 32 bits) for x86' '  kernel       0x001000000 - 0x001003000' 'entry        0x001000000'
check vmlinux32-load 0 load "$work/vmlinux32" --initrd "$work/own"
says log 'segment: 1000000+3000, data 8192' 'entry 1000000'
says out "initrd $work/own (17 bytes at 0x1ffff000)"
plan vmlinux64 0 "$work/vmlinux64"
says out 'a kernel (vmlinux, ELF of 64 bits) for x86-64' '  64-bit entry 0x03fff6000 - 0x03fffe000' 'entry        0x03fffd000'
gzip -c "$work/vmlinux64" > "$work/vmlinux.gz"
plan vmlinux-packed 0 "$work/vmlinux.gz"
says out 'compressed with gzip' '64-bit entry'
head -c 10000 "$work/vmlinux64" > "$work/short"
plan vmlinux-short 1 "$work/short"
says err "$work/short, a kernel (vmlinux, ELF of 64 bits) for x86-64: the kernel file has 10000 bytes, at least 12288 are needed: it is cut short by 2288"
head -c 4200 "$work/vmlinux64" > "$work/short"
plan vmlinux-shorter 1 "$work/short"
says err 'it is a program or kernel (cut short, ELF of 64 bits) for x86-64' 'hint: copy the file again'
printf '100000-1001000 ram\n' > "$work/small"
check vmlinux-no-room 1 plan "$work/vmlinux32" --memory-map "$work/small"
says err 'the kernel must run at 0x1000000' 'usable memory below 4 GiB' 'hint: give a bzImage built with CONFIG_RELOCATABLE'
# More parts than there may be segments, of 4 KiB each.
cp "$work/vmlinux32" "$work/parts"
at 44 "$work/parts" '\024'
for part in $(seq 0 19); do
	at $((52 + 32 * part)) "$work/parts" '\001\000\000\000\000\020\000\000\000\000\000\000'
	at $((64 + 32 * part)) "$work/parts" "$(number32 $((0x1000000 + 0x2000 * part)))\000\020\000\000\000\020\000\000"
done
plan vmlinux-of-many-parts 1 "$work/parts"
says err "cannot load $work/parts, a kernel (vmlinux, ELF of 32 bits) for x86: 20 segments, at most " 'give its bzImage'

# ---- What is no initrd -----------------------------------------------------------------
# as_initrd FORMAT [WORDS]: a note says that Linux will not use it, because it is this; without words: no note.
as_initrd() {
	# shellcheck disable=SC2059 # a format is what it is
	printf "$1" > "$work/file"
	plan "initrd $1" 0 "$kernel" --initrd "$work/file"
	if [ $# = 1 ]; then
		if grep -q 'not an initrd for Linux' "$work/out"; then fail "a note for $1"; fi
		return
	fi
	says out "is not an initrd for Linux: it is $2"
	check "load initrd $1" 0 load "$kernel" --initrd "$work/file"
	says err "kleap: note: $work/file is not an initrd for Linux: it is $2"
}
as_initrd '070701'
as_initrd '070702'
as_initrd 'hsqs'
as_initrd '\002\041\114\030'
as_initrd '\004\042\115\030' 'a file compressed with lz4'
as_initrd '070707' 'a cpio archive of the old form'
as_initrd 'Some text.\n' 'text'
as_initrd '\0\0\0\0' 'zeros'
plan kernel-as-initrd 0 "$kernel" --initrd "$kernel"
says out 'is not an initrd for Linux: it is a kernel for x86 (bzImage)'
plan packed-kernel-as-initrd 0 "$kernel" --initrd "$work/kernel.gz"
says out 'is not an initrd for Linux: it is a kernel for x86 (bzImage), compressed with gzip'
printf '070701000000' | gzip -c > "$work/file"
plan packed-initrd 0 "$kernel" --initrd "$work/file"
if grep -q 'not an initrd for Linux' "$work/out"; then fail 'a note for an initrd'; fi
# Each is told of, however many there are, and however long their names.
many=
folder=$work/$(head -c 200 /dev/zero | tr '\0' a)
mkdir "$folder"
for number in $(seq 20); do
	echo text > "$folder/$number"
	many="$many --initrd $folder/$number"
done
# shellcheck disable=SC2086 # words
plan many-initrds 0 "$kernel" $many
says out "$folder/1 is not an initrd for Linux: it is text" "$folder/20 is not an initrd for Linux: it is text"
printf '\037\213' > "$work/file"
plan damaged-initrd 0 "$kernel" --initrd "$work/file"

finish
