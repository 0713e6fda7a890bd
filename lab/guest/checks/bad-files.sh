#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Files and options that cannot be loaded: the command reports the right error and exits as documented, and the
# previous image stays unchanged. Every message is printed on the serial line, for review.

. /lab/lib.sh
cases=0

# look: put all that the module says of its image into $picture. No other process: there are many cases.
look() {
	picture=
	for file in /sys/kernel/kleap/*; do
		read -r value < "$file"
		picture="$picture ${file##*/}=$value"
	done
}

# refused NAME EXIT TEXT COMMAND...: it exits so, and TEXT is in what it says.
refused() {
	case=$1
	wanted=$2
	text=$3
	shift 3
	"$@" > /tmp/said 2>&1
	seen=$?
	said=
	while read -r line; do
		report "bad-files $case" "$line"
		said="$said $line;"
	done < /tmp/said
	[ "$seen" = "$wanted" ] || failed "$case: exit status $seen, not $wanted:$said"
	case $said in
	" kleap: "*"$text"*) ;;
	*) failed "$case: no word of \"$text\":$said" ;;
	esac
	look
	[ "$picture" = "$loaded" ] || failed "$case: the image from before was$loaded and is$picture"
	cases=$((cases + 1))
}

# cut_to BYTES: a kernel file that ends there.
cut_to() { head -c "$1" /lab/vmlinuz > /tmp/bad; }

# header NAME OFFSET BYTES ID: with other BYTES, as printf has them, at OFFSET, the kernel is refused.
header() {
	dd if=/lab/vmlinuz of=/tmp/spoilt bs=1024 count=1 conv=notrunc 2> /dev/null
	printf "$3" | dd of=/tmp/spoilt bs=1 seek=$(($2)) conv=notrunc 2> /dev/null
	refused "$1" 1 "kleap explain $4" kleap load /tmp/spoilt
}

insmod /lab/kleap.ko || failed "insmod"
kleap load /lab/vmlinuz --append kleap.lab=second > /tmp/said 2>&1 || failed "load: $(cat /tmp/said)"
look
loaded=$picture

# field OFFSET TYPE: a number in the kernel file; TYPE as for od.
field() { od -A n -t "$2" -j "$(($1))" -N "${2#u}" /lab/vmlinuz | tr -d ' '; }

# Each sets `size`, what the header promises; the file may go on with a signature. Then what may be wrong with the header.
bzimage() {
	size=$((($(field 0x1f1 u1) + 1) * 512 + $(field 0x1f4 u4) * 16))
	header "another boot flag"           0x1fe '\125\253' not-a-bzimage
	header "another magic"               0x202 'HdrT'     not-a-bzimage
	header "protocol 2.05"               0x206 '\005\002' boot-protocol-too-old
	header "a zImage"                    0x211 '\000'     kernel-loads-low
	header "a header of 1 byte"          0x201 '\001'     bad-kernel-header
	header "alignment of no power of 2"  0x230 '\001\000\040\000' bad-kernel-header
	header "least alignment 2^200"       0x235 '\310'     bad-kernel-header
	header "4 GiB - 16 to unpack in"     0x260 '\360\377\377\377' no-room-for-kernel
	header "2^32 - 1 sectors of 16"      0x1f4 '\377\377\377\377' file-truncated
}

zimage() {
	size=$(($(field 0x2c u4) - $(field 0x28 u4)))
	header "another magic"               0x24 'ZIMG'      not-a-bzimage
	header "an end before its start"     0x2c '\000\000\000\000' bad-kernel-header
	header "no room for a header"        0x2c '\040\000\000\000' bad-kernel-header
	header "an end at 4 GiB"             0x2c '\377\377\377\377' file-truncated
	header "a table at 4 GiB"            0x38 '\374\377\377\377' bad-kernel-header
	header "a table in its header"       0x38 '\010\000\000\000' bad-kernel-header
}

image() {
	# The last section of the EFI program that it is, too.
	last=$((0x58 + $(field 0x54 u2) + 40 * ($(field 0x46 u2) - 1)))
	size=$(($(field $last+16 u4) + $(field $last+20 u4)))
	header "another magic"               0x38 'ARMD'      not-a-bzimage
	header "text at an odd address"      0x08 '\001'      bad-kernel-header
	header "text 2 MiB further"          0x0a '\040'      bad-kernel-header
	header "less memory than file"       0x10 '\000\020\000\000' bad-kernel-header
	header "2^63 bytes of memory"        0x17 '\200'      bad-kernel-header
	header "8 GiB of memory"             0x14 '\002'      no-room-for-kernel
}

cp /lab/vmlinuz /tmp/spoilt
case $(uname -m) in
aarch64) image ;;
arm*)    zimage ;;
*)       bzimage ;;
esac

cut_to 0;    refused "an empty kernel"     1 "kleap explain file-truncated" kleap load /tmp/bad
cut_to 1;    refused "a kernel of 1 byte"  1 "it is text" kleap load /tmp/bad
cut_to 511;  refused "no whole sector"     1 "kleap explain file-truncated" kleap load /tmp/bad
cut_to 512;  refused "one sector"          1 "kleap explain file-truncated" kleap load /tmp/bad
cut_to 600;  refused "half a header"       1 "kleap explain file-truncated" kleap load /tmp/bad
cut_to 4096; refused "one page"            1 "kleap explain file-truncated" kleap load /tmp/bad
cut_to $((size / 2)); refused "half a kernel"    1 "kleap explain file-truncated" kleap load /tmp/bad
cut_to $((size - 16)); refused "all but the end" 1 "kleap explain file-truncated" kleap load /tmp/bad

rm /tmp/spoilt
head -c 100000 /dev/urandom > /tmp/bad
refused "noise for a kernel"      1 "kleap explain not-a-bzimage"  kleap load /tmp/bad
refused "a missing kernel"        5 "No such file or directory"    kleap load /tmp/nothing
refused "a folder for a kernel"   5 "it is a directory"            kleap load /tmp
refused "a device for a kernel"   5 "regular file"                 kleap load /dev/null
refused "a missing initrd"        5 "No such file or directory"    kleap load /lab/vmlinuz --initrd /tmp/nothing
refused "a folder for an initrd"  5 "it is a directory"            kleap load /lab/vmlinuz --initrd /tmp
: > /tmp/bad
refused "an empty initrd"         1 "kleap explain initrd-empty"   kleap load /lab/vmlinuz --initrd /tmp/bad
truncate -s 2047M /tmp/bad
refused "an initrd of 2 GiB"      1 "-for-initrd"                kleap load /lab/vmlinuz --initrd /tmp/bad
truncate -s 5G /tmp/bad
case $(uname -m) in
*64) refused "an initrd of 5 GiB" 1 "-for-initrd" kleap load /lab/vmlinuz --initrd /tmp/bad ;;
*)   refused "an initrd of 5 GiB" 5 "File too large" kleap load /lab/vmlinuz --initrd /tmp/bad ;;
esac
rm /tmp/bad
refused "a command line of 5000"  1 "kleap explain command-line-too-long" kleap load /lab/vmlinuz --append "$(printf %05000d 0)"
# Some memory of a Raspberry Pi 3 is below it.
case $(uname -m)-$(awk '/System RAM/ { print; exit }' /proc/iomem) in
aarch64-0*) limit=no-room-for-kernel ;;
*)          limit=limit-too-low ;;
esac
refused "a limit of 2 MiB"        1 "kleap explain $limit"         kleap load /lab/vmlinuz --limit 1fffff
refused "a limit of 2^64"         2 "hexadecimal address"          kleap load /lab/vmlinuz --limit 10000000000000000
refused "no kernel"               2 "takes a kernel file"          kleap load
refused "an unknown verb"         2 "no verb"                      kleap jump
refused "a device that is none"   5 "not the device"               kleap load /lab/vmlinuz --device /dev/zero
refused "no device"               5 "is kleap.ko loaded"           kleap load /lab/vmlinuz --device /tmp/nothing
refused "status of another device" 5 "not the device"              kleap status --device /dev/null

kleap unload > /tmp/said 2>&1 || failed "unload: $(cat /tmp/said)"
look
loaded=$picture
refused "unload, nothing loaded" 1 "kleap explain nothing-loaded" kleap unload
refused "exec, nothing loaded" 1 "kleap explain nothing-loaded" kleap exec
refused "arm, nothing loaded"    1 "kleap explain nothing-loaded" kleap exec --at-reboot

# As nobody: the command cannot even open the device.
mkdir -p /etc
echo 'nobody:x:65534:65534::/:/bin/sh' > /etc/passwd
refused "load, as nobody"   3 "run as root" start-stop-daemon -S -c nobody -x /bin/kleap -- load /lab/vmlinuz
refused "status, as nobody" 3 "run as root" start-stop-daemon -S -c nobody -x /bin/kleap -- status
rmmod kleap || failed "rmmod"
report bad-files.cases "$cases"
ok
