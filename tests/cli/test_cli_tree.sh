#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Kernels for ARM and arm64: the device tree that they get, and the machine that it describes.

. tests/cli/cli.sh

# ---- The smallest tree that Linux boots with ----------------------------------------------
# tree NAME < SOURCE: a device tree, or an overlay.
tree() { { echo '/dts-v1/;'; cat; } | dtc -q -@ -O dtb -o "$work/$1" -; }

tree plain << 'DTS'
/memreserve/ 0x48000000 0x100000;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
	uart: uart { status = "disabled"; };
	chosen { bootargs = "console=ttyAMA0 initrd=0x1,2 root=/dev/vda"; };
};
DTS
printf '40000000-7fffffff : System RAM\n  40008000-40ffffff : Kernel code\n' > "$work/iomem"

# arm ARGUMENTS..., arm64 ARGUMENTS...: plan for such a machine.
arm() { kleap plan "$zimage" --machine arm --memory-map "$work/iomem" "$@"; }
arm64() { kleap plan "$image" --machine arm64 --memory-map "$work/iomem" "$@"; }

# runs NAME CODE COMMAND...: the command ends with that code.
runs() {
	name=$1
	want=$2
	shift 2
	"$@"
	code=$?
	if [ $code -eq "$want" ]; then passed=$((passed + 1)); else fail "exit code $code, not $want: $*"; fi
}

# ---- Plans ---------------------------------------------------------------------------------------------
runs plan 0 arm --dtb "$work/plain" --initrd "$work/initrd"
silent err
says out 'a kernel for ARM (zImage)' 'command line  console=ttyAMA0 root=/dev/vda' '  left out    initrd=0x1,2' \
	'passed on     device tree, random seed' "device tree   $work/plain" 'machine       arm' \
	'  kernel       0x040408000 - 0x040431000' 'unpacks into 0x040003000 - 0x040418000' \
	'  device tree  0x048100000' '  initrd       0x048101000' \
	'entry        0x040408000, ARM mode, device tree at 0x48100000' 'each page arrives where it belongs' 'T device tree'
runs plan-arm64 0 arm64 --dtb "$work/plain" --initrd "$work/initrd" --append quiet
says out 'a kernel for arm64 (Image)' 'command line  quiet' '  kernel       0x040000000 - 0x040300000' \
	'unpacks into 0x040000000 - 0x040300000' '  device tree  0x040300000' '  initrd       0x040301000' \
	'entry        0x040000000, 64-bit mode, device tree at 0x40300000'
runs json 0 arm64 --dtb "$work/plain" --json
says out '"machine":"arm64"' '"name":"device tree"' '"device_tree":{' "\"file\":\"$work/plain\"" '"overlays":[' '"mode":"64-bit"' \
	'"x0":1076887552' '"x3":0' '"type":"a kernel for arm64 (Image)"'
if grep -q protocol "$work/out"; then fail 'a boot protocol'; fi
runs json-arm 0 arm --dtb "$work/plain" --json
says out '"mode":"ARM"' '"r1":4294967295' '"r0":0'
runs debug 0 arm --dtb "$work/plain" -d
says err 'in ARM mode, r0 0x0, r1 0xffffffff, r2 0x48100000'

# A tree tells of all memory, however many ranges there are.
printf '40000000-7fffffff : System RAM\n  50000000-50ffffff : reserved\n' > "$work/reserved"
runs reserved 0 kleap plan "$zimage" --machine arm --memory-map "$work/reserved" --dtb "$work/plain"
if grep -q 'joined' "$work/out"; then fail 'ranges are joined'; fi

# Tables for the copy, which a whole GiB takes none of; and for two pages of a GiB each, at most. With memory below 4 GiB
# only, they may also be two of four pages, and what parts of a MiB take; whichever is more.
control() {
	pages=$1
	shift
	printf '%s ram\n' "$@" > "$work/ranges"
	runs "control, $*" 0 kleap plan "$zimage" --machine arm --dtb "$work/plain" --json --memory-map "$work/ranges"
	[ "$(value control_pages)" = "$pages" ] || fail "$(value control_pages) control pages"
}
high=200000000-23ff01000
control 7 40000000-80000000 $high
control 8 40000000-7fe00000 $high
control 9 40000000-7ff01000 $high
control 10 40000000-7ff01000 80000000-8fe00000 $high
control 11 40000000-80000000 80000000-c0000000
control 12 40000000-7ff01000 80000000-8fe00000
control 13 40000000-7ff00000 80000000-bff00000 c0000000-cff00000

# A kernel for a crash is not kleap's to lay out.
runs crash 1 arm64 --dtb "$work/plain" -p
says err 'lays out no kernels for a crash on this machine' 'hint: give --via kexec_file_load'

# Without a memory map, memory comes from the tree; without a tree, there is nothing.
check tree-only 0 plan "$zimage" --machine arm --dtb "$work/plain"
says out "memory map    $work/plain, 1 ranges, 1.0 GiB"
check nothing 1 plan "$zimage" --machine arm
says err 'there is no device tree' '/sys/firmware/fdt' 'kleap explain no-device-tree'
tree bare << 'DTS'
/ { };
DTS
check no-memory 2 plan "$zimage" --machine arm --dtb "$work/bare"
says err "$work/bare tells no memory: give --memory-map"

# The tree that is appended to a zImage is the last choice.
cat "$zimage" "$work/plain" > "$work/both"
check appended 0 plan "$work/both" --machine arm --memory-map "$work/iomem"
says out "device tree   $work/both" '  kernel       0x040408000 - 0x040431000'
check appended-not-used 0 plan "$work/both" --machine arm --memory-map "$work/iomem" --dtb "$work/plain"
says out "device tree   $work/plain" "what is appended to the kernel, a device tree, is not used" \
	"for --dtb: tail -c $(wc -c < "$work/plain") '$work/both' > FILE"
# Behind one that is compressed, too; there may be several.
gzip -c "$image" | cat - "$work/plain" > "$work/image.gz-dtb"
check appended-gz 0 plan "$work/image.gz-dtb" --machine arm64 --memory-map "$work/iomem"
says out "device tree   $work/image.gz-dtb" 'a kernel for arm64 (Image), compressed with gzip'
if grep -q note "$work/out"; then fail 'one tree is noted'; fi
check appended-gz-not-used 0 plan "$work/image.gz-dtb" --machine arm64 --memory-map "$work/iomem" --dtb "$work/plain"
says out "for --dtb: tail -c $(wc -c < "$work/plain") '$work/image.gz-dtb' > FILE"
cat "$work/plain" >> "$work/image.gz-dtb"
check appended-two 0 plan "$work/image.gz-dtb" --machine arm64 --memory-map "$work/iomem"
says out '2 device trees are appended to the kernel, the first is used'
head -c 100 "$work/plain" >> "$work/both"
check appended-cut 0 plan "$work/both" --machine arm --memory-map "$work/iomem"
says out '2 device trees'
{ cat "$zimage" "$work/plain"; printf '\320\015\376\355\177\377\377\377'; head -c 100 /dev/zero; } > "$work/both"
check appended-endless 0 plan "$work/both" --machine arm --memory-map "$work/iomem"
says out '2 device trees'
gzip -c "$image" | cat - "$work/initrd" > "$work/image.gz-other"
check appended-other 1 plan "$work/image.gz-other" --machine arm64 --memory-map "$work/iomem"
says err 'there is no device tree'
{ gzip -c "$image"; printf '\320\015\376\355'; head -c 100 /dev/zero; } > "$work/image.gz-none"
check appended-none 1 plan "$work/image.gz-none" --machine arm64 --memory-map "$work/iomem"
says err 'there is no device tree'

# ---- Kernels of other processors -------------------------------------------------------------------------
runs wrong 1 kleap plan "$image" --machine arm --dtb "$work/plain" --memory-map "$work/iomem"
says err "cannot load $image on arm: it is a kernel for arm64 (Image)" 'kleap explain kernel-for-other-processor' 'another --machine'
check wrong-x86 1 plan "$zimage" --memory-map "$work/map"
says err 'on i386: it is a kernel for ARM (zImage)' 'plan --machine is for others'
check wrong-bzimage 1 plan "$kernel" --machine arm64 --memory-map "$work/map" --dtb "$work/plain"
says err 'on arm64: it is a kernel for x86 (bzImage)'
for option in --dtb=x --dtb-overlay=x --place-dtb=48000000 --place-initrd=48000000; do
	check "x86 $option" 2 plan "$kernel" --memory-map "$work/map" $option
	says err "${option%=*} is not supported: i386 kernels get no device tree"
done
runs type 0 arm --dtb "$work/plain" -t zImage
runs type-64 0 arm64 --dtb "$work/plain" -t Image
runs wrong-type 1 arm --dtb "$work/plain" -t Image
says err 'is not of type Image but of type zImage'

# An EFI zboot and a compressed Image are opened.
gzip -c "$image" > "$work/image.gz"
check gz 0 plan "$work/image.gz" --machine arm64 --dtb "$work/plain"
says out 'a kernel for arm64 (Image), compressed with gzip'
head -c 1024 /dev/zero > "$work/zboot"
at 0 "$work/zboot" 'MZ\000\000zimg\000\004\000\000'
at 12 "$work/zboot" "$(number32 "$(wc -c < "$work/image.gz")")"
at 0x18 "$work/zboot" gzip
at 0x3c "$work/zboot" '\100'
at 0x40 "$work/zboot" 'PE\000\000\144\252'
cat "$work/image.gz" >> "$work/zboot"
check zboot 0 plan "$work/zboot" --machine arm64 --dtb "$work/plain"
says out 'compressed with gzip in an EFI zboot'
head -c 1050 "$work/zboot" > "$work/short"
check zboot-short 1 plan "$work/short" --machine arm64 --dtb "$work/plain"
says err 'it is cut short by' 'file-truncated'
at 0x18 "$work/zboot" lz4
check zboot-lz4 1 plan "$work/zboot" --machine arm64 --dtb "$work/plain"
says err 'it is a kernel for arm64 (EFI zboot, compressed with lz4'

# ---- What the new kernel gets: a load on such a machine, whose device is a fake ------------------------
# on MACHINE ARGUMENTS...: load there; the tree comes to new.dts.
on() {
	machine=$1
	shift
	FAKE_MACHINE=$machine FAKE_PARAMS=$work/new.dtb kleap load --via module "$@"
	code=$?
	dtc -q -I dtb -O dts "$work/new.dtb" > "$work/new.dts" 2> /dev/null
	return $code
}
mkdir -p "$work/root/sys/firmware"
cp "$work/iomem" "$work/root/proc/iomem"
cp "$work/plain" "$work/root/sys/firmware/fdt"
runs load 0 on armv7l "$zimage" --initrd "$work/initrd" --append 'console=ttyS0 quiet'
says log 'machine 3, entry 40408000'
says out "initrd $work/initrd (12 bytes at 0x48101000)"
says new.dts 'bootargs = "console=ttyS0 quiet"' 'linux,initrd-start = <0x00 0x48101000>' \
	'linux,initrd-end = <0x00 0x4810100c>' 'kaslr-seed = <0x' 'rng-seed = <0x' linux,booted-from-kexec '/memreserve/'
if grep -q 'seed = <0x00 0x00' "$work/new.dts"; then fail 'seeds are zero'; fi
runs load-64 0 on aarch64 "$image"
says log 'machine 4, entry 40000000'
says new.dts 'bootargs = "console=ttyAMA0 root=/dev/vda"'
if grep -q linux,initrd "$work/new.dts"; then fail 'an initrd without one'; fi
runs load-empty 0 on aarch64 "$image" --append ''
if grep -q bootargs "$work/new.dts"; then fail 'bootargs that are empty'; fi

# ---- Serial ports, as earlycon= has them ----------------------------------------------------------------
while read -r uart type address; do
	runs "uart $uart" 0 on aarch64 "$image" --uart "$uart"
	says log "UART of type $type" "uart $address, machine 4"
	case $uart in
	*n8) says err 'note: --uart: ,115200n8 is ignored, the port stays as it is set' ;;
	*) silent err ;;
	esac
done << 'UARTS'
pl011,0x9000000 1 9000000
pl011,9000000 1 9000000
earlycon=pl011,0x9000000,115200n8 1 9000000
pl011,mmio,0x9000000 1 9000000
pl011,mmio32,0xfe201000 1 fe201000
uart8250,mmio,0xfe215040 2 fe215040
uart8250,0xfe215040 2 fe215040
uart8250,mmio32,0xfe215040,115200n8 3 fe215040
uart8250,mmio32native,0xfe215040 3 fe215040
uart,mmio32,0x2800d000 3 2800d000
ns16550,mmio32,0xfeb50000 3 feb50000
ns16550a,mmio,0x10000000000 2 10000000000
UARTS
runs uart-port 5 on aarch64 "$image" --uart 3f8
says err 'there is no UART of type 0 at 0x3f8' 'ARM: such as pl011,0x9000000'
runs uart-32 0 on armv7l "$zimage" --uart uart8250,mmio32,0x1c28000
says log 'UART of type 3' 'uart 1c28000, machine 3'

# ---- Memory that is in use after the leap -----------------------------------------------------------------
# kept LINES CODE: what the module tells, then load; the tree's reservations come to reserved.
kept() {
	mkdir -p "$work/root/sys/kernel/kleap"
	printf "$1" > "$work/root/sys/kernel/kleap/kept"
	runs "kept $1" "$2" on aarch64 "$image"
	sed -n 's,^/memreserve/\t,,p' "$work/new.dts" | tr '\n' ' ' > "$work/reserved"
}
kept '40000000-4000ffff : GICv3 LPI tables\n40050000-4005ffff : GICv3 LPI tables\n' 0
silent err
# The kernel goes behind them; what was reserved stays so.
says log 'machine 4, entry 40200000'
says reserved '0x0000000048000000 0x0000000000100000; 0x0000000040000000 0x0000000000010000; 0x0000000040050000 0x0000000000010000;'
runs kept-plan 0 env FAKE_MACHINE=aarch64 "$program" --device /fake/kleap plan "$image" > "$work/out"
says out '  kept         0x040000000 - 0x040010000     64.0 KiB  (GICv3 LPI tables)' '  kept         0x040050000'
runs kept-json 0 env FAKE_MACHINE=aarch64 "$program" --device /fake/kleap plan "$image" --json > "$work/out"
says out '"kept":[' '"end":1073807360' '"name":"GICv3 LPI tables"'
# What the tree reserves already, as after a leap.
kept '48000000-480fffff : parked CPUs\n' 0
says reserved '0x0000000048000000 0x0000000000100000; '
[ "$(grep -c memreserve "$work/new.dts")" = 1 ] || fail 'it is reserved twice'
kept '48000000-480ffffe : odd\n48000001-480fffff : odd\n' 0
[ "$(grep -c memreserve "$work/new.dts")" = 3 ] || fail 'other ranges are taken for the same'
kept '' 0
[ "$(grep -c memreserve "$work/new.dts")" = 1 ] || fail 'a reservation from nowhere'
# Another machine's.
printf '40000000-4000ffff : GICv3 LPI tables\n' > "$work/root/sys/kernel/kleap/kept"
runs kept-other 0 arm64 --dtb "$work/plain"
if grep -q kept "$work/out"; then fail 'this machine has a say in another'; fi
# As many as there can be.
awk 'BEGIN { for (i = 0; i < 96; i++) printf "%08x-%08x : x\n", 1342177280 + i * 65536, 1342242815 + i * 65536 }' > "$work/many-kept"
cp "$work/many-kept" "$work/root/sys/kernel/kleap/kept"
runs kept-many 0 on aarch64 "$image"
[ "$(grep -c memreserve "$work/new.dts")" = 97 ] || fail 'some are not reserved'

# More than there can be: the first count.
awk 'BEGIN { for (i = 0; i < 130; i++) printf "%x-%x : x\n", 1342177280 + i * 65536, 1342242815 + i * 65536 }' > "$work/root/sys/kernel/kleap/kept"
runs kept-more 0 on aarch64 "$image"
[ "$(grep -c memreserve "$work/new.dts")" = 129 ] || fail 'not as many are reserved as there is room for'

# On a machine with such an interrupt controller a note says if they are not known.
cat > "$work/its.dts" << 'DTS'
/dts-v1/;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
	intc@8000000 { compatible = "arm,gic-v3"; its@8080000 { compatible = "arm,gic-v3-its"; }; };
	chosen { };
};
DTS
dtc -q -O dtb -o "$work/root/sys/firmware/fdt" "$work/its.dts"
unknown='without the module it is not known where the interrupt controller has its tables'
kept '40000000-4000ffff : GICv3 LPI tables\n' 0
silent err
for bad in '40000000-4000ffff : GICv3 LPI tables\n...\n' '40000000-4000ffff\n' '4000ffff-40000000 : x\n' \
	'0-ffffffffffffffff : x\n' 'x-y : z\n'; do
	kept "$bad" 0
	says err "$unknown"
done
kept '40000000-4000ffff : x\n...\n' 0
says reserved '0x0000000040000000 0x0000000000010000'
rm "$work/root/sys/kernel/kleap/kept"
runs kept-unknown 0 on aarch64 "$image"
says err "$unknown"
runs kept-elsewhere 0 arm64 --dtb "$work/root/sys/firmware/fdt"
if grep -q "$unknown" "$work/out"; then fail 'a note on a machine that is not here'; fi
sed 's/chosen { }/chosen { linux,uefi-system-table = <0 1>; }/' "$work/its.dts" | dtc -q -O dtb -o "$work/root/sys/firmware/fdt"
runs kept-efi 0 on aarch64 "$image"
silent err
cp "$work/plain" "$work/root/sys/firmware/fdt"
runs kept-gicv2 0 on aarch64 "$image"
silent err
cp "$work/many-kept" "$work/root/sys/kernel/kleap/kept"
export FAKE_ALLOC
for FAKE_ALLOC in $(seq 80); do
	on aarch64 "$image"
	code=$?
	name="kept, allocation $FAKE_ALLOC fails"
	if [ $code -eq 4 ]; then says err 'Cannot allocate memory'; elif [ $code -ne 0 ]; then fail "exit code $code"; fi
done
unset FAKE_ALLOC
rm "$work/root/sys/kernel/kleap/kept"

runs running 0 env FAKE_MACHINE=armv7l "$program" --device /fake/kleap plan "$zimage" > "$work/out"
says out 'device tree   /sys/firmware/fdt' 'memory map    /proc/iomem'
printf '00000000-00000000 : System RAM\n' > "$work/root/proc/iomem"
runs running-hidden 3 on armv7l "$zimage"
says err '/proc/iomem shows no addresses to this user' 'hint: run as root' 'kleap explain permission'
rm "$work/root/proc/iomem"
runs running-no-map 5 on armv7l "$zimage"
says err 'cannot read the memory map' 'No such file'
cp "$work/iomem" "$work/root/proc/iomem"
rm "$work/root/sys/firmware/fdt"
runs running-none 1 on armv7l "$zimage"
says err 'there is no device tree'
mkdir "$work/root/sys/firmware/fdt"
runs running-unread 5 on armv7l "$zimage"
says err 'cannot read /sys/firmware/fdt'
rmdir "$work/root/sys/firmware/fdt"

# What belonged to one boot is taken out, with the reservations of its memory.
tree used << 'DTS'
/memreserve/ 0x50000000 0x5000;
/memreserve/ 0x60000000 0x1000;
/memreserve/ 0x61000000 0x1000;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
	chosen {
		linux,initrd-start = <0x50000000>;
		linux,initrd-end = <0 0x50004321>;
		linux,ima-kexec-buffer = <0 0x60000000 0 0x1000>;
		linux,elfcorehdr = <0 0x60000000 0 0x1000>;
		linux,usable-memory-range = <0 0x60000000 0 0x1000>;
		linux,kho-fdt = <0 1>;
		linux,kho-scratch = <0 1>;
		kaslr-seed = <0 0>;
		rng-seed = <0 0>;
		stdout-path = "/uart";
	};
};
DTS
runs stale 0 on aarch64 "$image" --dtb "$work/used"
says new.dts '/memreserve/	0x0000000061000000' stdout-path
if grep -E 'linux,(initrd|ima|elf|usable|kho)|memreserve.*0x00000000(5|60)' "$work/new.dts"; then fail 'something of the last boot is left'; fi
# What is odd is taken out all the same; and no reservation of another size.
tree used << 'DTS'
/memreserve/ 0x50000000 0x6000;
/ {
	#address-cells = <1>;
	#size-cells = <1>;
	memory@40000000 { device_type = "memory"; linux,usable-memory = <0x40000000 0x40000000>; reg = <0 0>; };
	memory@0 { device_type = "memory"; reg = <0 0x1000>; status = "disabled"; };
	memory@1000 { device_type = "memory"; status = "ok"; };
	remember@2000 { device_type = "memories"; reg = <0 0x2000>; };
	chosen {
		linux,initrd-start = [50];
		linux,initrd-end = <0x50004321>;
		linux,ima-kexec-buffer = <0x50000000 0x6000>;
		bootargs = [41 42];
	};
};
DTS
runs stale-odd 0 on aarch64 "$image" --dtb "$work/used"
says new.dts '/memreserve/	0x0000000050000000' 'linux,usable-memory = <0x40000000 0x40000000>'
if grep -E 'linux,(initrd|ima)|bootargs' "$work/new.dts"; then fail 'something odd is left'; fi
silent err
for chosen in 'linux,initrd-start = <0x50000000>;' 'linux,initrd-start = <0x50000000>; linux,initrd-end = <0x50004321>;' 'linux,initrd-start = <0x50000000>; linux,initrd-end = <0x50000000>;' \
	'bootargs;' 'linux,ima-kexec-buffer = <1>;'; do
	echo "/memreserve/ 0x50000000 0x6000; / { chosen { $chosen }; };" | tree used
	runs "stale $chosen" 0 on aarch64 "$image" --dtb "$work/used"
	says new.dts '/memreserve/	0x0000000050000000'
done
# A tree without /chosen gets one.
runs no-chosen 0 on aarch64 "$image" --dtb "$work/bare" --append quiet
says new.dts 'chosen {' 'bootargs = "quiet"'

# On EFI machines the stub's own tree has /chosen only.
tree stub << 'DTS'
/ { chosen { linux,uefi-system-table = <0 0x7f000000>; linux,uefi-mmap-start = <0 0x7e000000>; }; };
DTS
runs efi 0 on aarch64 "$image" --dtb "$work/stub"
if grep -q 'memory@' "$work/new.dts"; then fail 'memory nodes on an EFI machine'; fi
runs efi-plan 0 arm64 --dtb "$work/stub"
says out 'passed on     device tree, EFI, random seed'

# ---- Memory ------------------------------------------------------------------------------------------------
# A tree that lies about memory, from a file, is told the machine's.
printf '40000000-5fffffff : System RAM\n880000000-8ffffffff : System RAM\n' > "$work/root/proc/iomem"
runs lies 0 on aarch64 "$image" --dtb "$work/plain"
says err "the memory nodes of $work/plain do not fit this machine: it is told 2.5 GiB"
says new.dts 'memory@40000000' 'reg = <0x00 0x40000000 0x00 0x20000000>' 'memory@880000000' 'reg = <0x08 0x80000000 0x00 0x80000000>'
sed 's/<2>/<1>/; s/<0 \(0x[0-9]*\) 0 \(0x[0-9]*\)>/<\1 \2>/' << 'DTS' > "$work/narrow.dts"
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	memory { device_type = "memory"; reg = <0 0 0 0>; };
};
DTS
tree narrow < "$work/narrow.dts"
runs narrow 0 on armv7l "$zimage" --dtb "$work/narrow"
says err '2.0 GiB of RAM has addresses that this device tree cannot tell' 'it is told 512.0 MiB'
# Memory from 0, told in cells of one: as on a Raspberry Pi 2, whose tree reserves the first page. It is below what a
# kernel uses, and keeps none from the start of memory.
printf '00000000-3b3fffff : System RAM\n' > "$work/pi"
tree pi.dtb << 'DTS'
/memreserve/ 0 0x1000;
/ {
	#address-cells = <1>;
	#size-cells = <1>;
	memory@0 { device_type = "memory"; reg = <0 0x40000000>; };
};
DTS
runs pi 0 kleap plan "$zimage" --machine arm --memory-map "$work/pi" --dtb "$work/pi.dtb"
says out 'it is told 948.0 MiB' 'unpacks into 0x000003000 - 0x000418000' '  kernel       0x000408000'
if grep -q 'loses' "$work/out"; then fail 'the first 128 MiB are lost'; fi
# Where the root does not say how many cells, Linux reads one.
tree no-cells << 'DTS'
/ { memory { device_type = "memory"; reg = <0x60000000 0x20000000 0x90000000 0x10000000 0xa0000000 0x1000000>; }; };
DTS
check no-cells 0 plan "$zimage" --machine arm --dtb "$work/no-cells"
says out '784.0 MiB of RAM'
runs no-cells-told 0 on armv7l "$zimage" --dtb "$work/no-cells"
says new.dts 'reg = <0x40000000 0x20000000>'
# The running kernel's own tree is left as it is.
cp "$work/plain" "$work/root/sys/firmware/fdt"
runs own-lies 0 on aarch64 "$image"
says err '2.0 GiB of RAM is not in the device tree' '512.0 MiB of memory in the device tree is not in the memory map'
says new.dts 'reg = <0x00 0x40000000 0x00 0x40000000>'

printf '40000000-8fffffff : System RAM\n' > "$work/root/proc/iomem"
runs own-less 0 on aarch64 "$image"
says err '256.0 MiB of RAM is not in the device tree'
if grep -q 'of memory in' "$work/err"; then fail 'memory that is not there'; fi
printf '40000000-6fffffff : System RAM\n' > "$work/root/proc/iomem"
runs own-more 0 on aarch64 "$image"
says err '256.0 MiB of memory in the device tree is not in the memory map'
if grep -q 'of RAM is not' "$work/err"; then fail 'RAM that is not there'; fi
echo '/ { #address-cells = <3>; #size-cells = <2>; };' | tree odd
runs cannot-tell 1 on aarch64 "$image" --dtb "$work/odd"
says err 'addresses of 3 and sizes of 2 cells'
echo '/ { memory@0 { device_type = "memory"; reg; }; chosen { linux,uefi-system-table = <0 1>; }; };' | tree odd
runs efi-empty 0 on aarch64 "$image" --dtb "$work/odd"
silent err

# Memory that is disabled goes, too; a node that only has such a name does not.
echo '/ { #address-cells = <2>; #size-cells = <2>; memory@40000000 { device_type = "memory"; status = "disabled"; }; };' | tree odd
runs disabled 0 on aarch64 "$image" --dtb "$work/odd"
says new.dts 'reg = <0x00 0x40000000 0x00 0x30000000>'
echo '/ { #address-cells = <2>; #size-cells = <2>; memory@40000000 { }; };' | tree odd
runs same-name 1 on aarch64 "$image" --dtb "$work/odd"
says err 'FDT_ERR_EXISTS'

# More than 64 ranges, above 4 GiB on 32 bits, and one that ends at 4 GiB.
for i in $(seq 0 99); do
	printf '%x-%x : System RAM\n' $((0x40000000 + i * 0x2000)) $((0x40000fff + i * 0x2000))
done > "$work/many"
printf '80000000-ffffffff : System RAM\n100000000-1ffffffff : System RAM\n' >> "$work/many"
runs many 0 kleap plan "$zimage" --machine arm --memory-map "$work/many" --dtb "$work/plain"
says out '101 ranges' '  kernel       0x080408000' '  device tree  0x088000000'
printf 'fc000000-ffffffff : System RAM\n' > "$work/top"
runs top 0 kleap plan "$zimage" --machine arm --memory-map "$work/top" --dtb "$work/plain"
says out 'unpacks into 0x0fc003000'

# What is reserved is no destination: by the map at any depth, by the tree with an address.
tree reserved << 'DTS'
/memreserve/ 0x40000000 0x200000;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	memory@40000000 { device_type = "memory"; reg = <0 0x40000000 0 0x40000000>; };
	reserved-memory {
		#address-cells = <1>;
		#size-cells = <1>;
		ranges;
		a@40200000 { reg = <0x40200000 0x200000>; no-map; };
		b@40400000 { reg = <0x40400000 0x100000 0x40500000 0x100000>; };
		c { size = <0x100000>; };
		d@40800000 { reg = <0x40800000 0x200000>; status = "disabled"; };
	};
};
DTS
printf '40000000-7fffffff : System RAM\n  40600000-407fffff : reserved\n    40700000-4073ffff : inner\n' > "$work/iomem"
runs reserved 0 arm64 --dtb "$work/reserved"
says out '  kernel       0x040800000'
{ i=0; while [ $i -lt 4096 ]; do echo "/memreserve/ 0x$(printf %x $((0x50000000 + i * 8192))) 0x1000;"; i=$((i + 1)); done
echo '/ { };'; } | tree many
runs too-many 1 arm64 --dtb "$work/many"
says err 'has more than 4096 ranges'
echo '/memreserve/ 0x40400000 0xfffffffffffffff0; / { reserved-memory { #address-cells = <3>; x { reg = <1>; }; }; };' | tree odd
runs reserved-odd 1 arm64 --dtb "$work/odd"
says err 'addresses of 3' "$work/odd: x"
echo '/memreserve/ 0x40400000 0xfffffffffffffff0; / { };' | tree odd
runs reserved-end 0 arm64 --dtb "$work/odd"
says out '  kernel       0x040000000'
# A kernel whose first 128 MiB are reserved starts later.
runs first-block 0 arm --dtb "$work/reserved"
says out 'unpacks into 0x048003000' 'there is no room for this kernel at the start of memory: it starts at 0x48000000, and loses 128.0 MiB'
runs limit 1 arm --dtb "$work/reserved" --limit 47ffffff
says err 'unpacks itself into 0x40003000 to 0x40418000, but there is no free memory at 0x40003000' 'usable memory' '0x040800000' 'no-room-to-unpack'

# ---- Places --------------------------------------------------------------------------------------------
printf '40000000-7fffffff : System RAM\n' > "$work/iomem"
runs place 0 arm --dtb "$work/plain" --initrd "$work/initrd" --place-initrd 50000000 --place-dtb 0x60000000
says out '  initrd       0x050000000' 'device tree at 0x60000000'
runs run-over 1 arm --dtb "$work/plain" --initrd "$work/initrd" --place-initrd 40300000
says err 'kleap: initrd (--place-initrd): 4 KiB at 0x40300000 would be run over: the new kernel unpacks itself into memory up to 0x40418000' \
	'the nearest place that would do is 0x40431000' 'kleap explain place-run-over'
runs tree-run-over 1 arm --dtb "$work/plain" --place-dtb 40408000
says err 'kleap: device tree (--place-dtb): 4 KiB at 0x40408000 would be run over'
runs not-ram 1 arm --dtb "$work/plain" --initrd "$work/initrd" --place-initrd 48000000
says err 'initrd (--place-initrd): 4 KiB at 0x48000000 is not free memory' 'the nearest place that would do is 0x47fff000' 'place-not-free'
runs too-low 1 arm --dtb "$work/reserved" --initrd "$work/initrd" --place-initrd 41000000
says err '4 KiB at 0x41000000 is too low: the new kernel, where it goes, uses no memory below 0x48000000' 'place-too-low'

# ---- mem= --------------------------------------------------------------------------------------------------
truncate -s 4M "$work/initrd-4m"
runs mem-start 0 arm --dtb "$work/plain" --initrd "$work/initrd-4m" --append 'mem=64M@0x60000000'
says out 'unpacks into 0x060003000' 'it starts at 0x60000000, and loses 512.0 MiB of RAM below'
runs mem-small 1 arm --dtb "$work/plain" --initrd "$work/initrd-4m" --append 'mem=6M@0x60000000'
says err 'no free range of 4 MiB for the initrd below 0x90000000' 'usable memory that mem= leaves below 4 GiB:' \
	'    0x060000000 - 0x060600000      6.0 MiB' 'no-room-for-initrd'
runs mem-small-start 1 arm --dtb "$work/plain" --initrd "$work/initrd-4m" --append 'mem=6M'
says err 'usable memory that mem= leaves below 4 GiB:' '    0x040000000 - 0x040600000      6.0 MiB'
runs mem-place 1 arm64 --dtb "$work/plain" --initrd "$work/initrd" --append mem=256M --place-initrd 60000000
says err '4 KiB at 0x60000000 is not free memory' 'would do is 0x4ffff000' 'usable memory that mem= leaves:' '    0x048100000 - 0x050000000'
runs mem-none 1 arm --dtb "$work/plain" --append 'mem=64M@0x10000000'
says err 'mem= on the command line leaves the new kernel none of the 1023 MiB of usable memory, which starts at 0x40000000' 'mem-option-leaves-nothing'
runs mem-64 1 arm64 --dtb "$work/plain" --initrd "$work/initrd-4m" --append 'mem=6M@0x60000000'
says err 'no-room-for-initrd' '    0x040000000 - 0x040600000      6.0 MiB'
for bad in 48000001 x 0 ''; do
	runs "place '$bad'" 2 arm --dtb "$work/plain" --place-dtb "$bad"
	says err '--place-dtb takes a hexadecimal address of a page'
done

# ---- Overlays --------------------------------------------------------------------------------------------
tree on.dtbo << 'DTS'
/plugin/;
&uart { status = "okay"; };
DTS
tree speed.dtbo << 'DTS'
/plugin/;
&uart { speed = <115200>; led: led { }; };
DTS
tree led.dtbo << 'DTS'
/plugin/;
&led { lit; };
DTS
tree other.dtbo << 'DTS'
/plugin/;
&i2c7 { status = "okay"; };
DTS
tree path.dtbo << 'DTS'
/plugin/;
/ { fragment@0 { target-path = "/nowhere"; __overlay__ { a; }; }; };
DTS
printf '40000000-7fffffff : System RAM\n' > "$work/root/proc/iomem"
runs overlays 0 on aarch64 "$image" --dtb "$work/plain" --dtb-overlay "$work/on.dtbo" --dtb-overlay "$work/speed.dtbo" \
	--dtb-overlay "$work/led.dtbo"
says new.dts 'status = "okay"' 'speed = <0x1c200>' 'lit;'
runs overlay-plan 0 arm --dtb "$work/plain" --dtb-overlay "$work/on.dtbo"
says out "  overlay     $work/on.dtbo"
runs overlay-label 1 arm --dtb "$work/plain" --dtb-overlay "$work/other.dtbo"
says err "the overlay $work/other.dtbo refers to the label i2c7, which $work/plain does not have" 'is the overlay for this machine?' 'overlay-label'
runs overlay-no-symbols 1 arm --dtb "$work/reserved" --dtb-overlay "$work/on.dtbo"
says err 'label uart' 'give one built with them (dtc -@)'
runs overlay-target 1 arm --dtb "$work/plain" --dtb-overlay "$work/path.dtbo"
says err "the overlay $work/path.dtbo does not apply to the device tree: FDT_ERR_NOTFOUND" 'overlay-does-not-apply'
runs overlay-none 1 arm --dtb "$work/plain" --dtb-overlay "$zimage"
says err "$zimage is not a device tree, or damaged: FDT_ERR_BADMAGIC"
: > "$work/empty-file"
runs overlay-empty-file 1 arm --dtb "$work/plain" --dtb-overlay "$work/empty-file"
says err "$work/empty-file is empty, and no device tree" 'device-tree-damaged'
runs overlay-whole 1 arm --dtb "$work/plain" --dtb-overlay "$work/plain"
says err "$work/plain is no overlay: it has no fragment with __overlay__" 'hint: give the device tree of a machine with --dtb' 'overlay-does-not-apply'
runs tree-overlay 1 arm --dtb "$work/on.dtbo"
says err "$work/on.dtbo is an overlay, not the device tree of a machine" 'hint: give it with --dtb-overlay' 'device-tree-damaged'
runs overlay-missing 5 arm --dtb "$work/plain" --dtb-overlay "$work/nothing"

# Labels inside of an overlay, too.
tree local.dtbo << 'DTS'
/plugin/;
&uart { lamp: lamp { }; user { lamp = <&lamp>, <1>, <&lamp>; inner { lamp = <&lamp>; }; }; };
DTS
runs overlay-local 0 on aarch64 "$image" --dtb "$work/plain" --dtb-overlay "$work/local.dtbo"
says new.dts 'lamp = <0x0' 'inner {'

# Offsets of fixups, which libfdt believes.
for fixups in '__local_fixups__ { fragment@0 { __overlay__ { x = <1>; }; }; };' \
	'__local_fixups__ { fragment@0 { __overlay__ { x = <0xfffffffc>; }; }; };' \
	'__local_fixups__ { fragment@0 { __overlay__ { y = <0>; }; }; };' \
	'__local_fixups__ { fragment@0 { nothing { x = <0>; }; }; };' \
	'__local_fixups__ { fragment@0 { __overlay__ { short = <0>; }; }; };' \
	'__fixups__ { uart = "/fragment@0:target:1"; };' '__fixups__ { uart = "/fragment@0:target:-4"; };' \
	'__fixups__ { uart = "/fragment@0:target:4294967292"; };' '__fixups__ { uart = "/fragment@0:target:"; };' \
	'__fixups__ { uart = "/fragment@0:target"; };' '__fixups__ { uart = "x"; };' '__fixups__ { uart = [41 42]; };' \
	'__fixups__ { uart = "/nothing:target:0"; };' '__fixups__ { uart = "/fragment@0:nothing:0"; };' \
	'__fixups__ { uart = "/fragment@0:target:0", "/fragment@0:target:1"; };'; do
	echo "/ { fragment@0 { target = <0xffffffff>; __overlay__ { x = <1>; short = [00]; }; }; $fixups };" | tree bad.dtbo
	runs "$fixups" 1 arm --dtb "$work/plain" --dtb-overlay "$work/bad.dtbo"
	says err 'does not apply to the device tree: FDT_ERR_BADOVERLAY'
done
echo '/ { fragment@0 { target-path = "/"; __overlay__ { x = <1>; }; }; __fixups__ { uart; }; };' | tree empty.dtbo
runs no-places 1 arm --dtb "$work/plain" --dtb-overlay "$work/empty.dtbo"

# An overlay may make the tree larger than any kernel takes.
{ echo '/ { fragment@0 { target-path = "/"; __overlay__ { big = ['; head -c 2000000 /dev/zero | od -An -v -tx1; echo ']; }; }; };'; } | tree big.dtbo
{ echo '/ { big2 = ['; head -c 200000 /dev/zero | od -An -v -tx1; echo ']; };'; } | tree big
runs overlay-big 1 arm64 --dtb "$work/big" --dtb-overlay "$work/big.dtbo"
says err 'device-tree-too-large'

# ---- Too little memory ------------------------------------------------------------------------------------
export FAKE_ALLOC
for FAKE_ALLOC in $(seq 60); do
	kleap plan "$zimage" --machine arm --memory-map "$work/many" --dtb "$work/narrow" --dtb-overlay "$work/path.dtbo" \
		--dtb-overlay "$work/on.dtbo"
	code=$?
	name="allocation $FAKE_ALLOC fails"
	if [ $code -eq 4 ]; then says err 'Cannot allocate memory'; elif [ $code -ne 1 ]; then fail "exit code $code"; fi
done
unset FAKE_ALLOC

# ---- Trees that are none ------------------------------------------------------------------------------------
head -c 200 "$work/plain" > "$work/short"
runs tree-short 1 arm --dtb "$work/short"
says err 'the device tree has 200 bytes, its header says' 'device-tree-truncated'
head -c 10 "$work/plain" > "$work/short"
runs tree-shorter 1 arm --dtb "$work/short"
says err 'is not a device tree, or damaged: FDT_ERR_TRUNCATED'
runs tree-kernel 1 arm --dtb "$image"
says err "$image is not a device tree, or damaged: FDT_ERR_BADMAGIC" 'dtc -I dtb'
cp "$work/plain" "$work/broken"
at 0x48 "$work/broken" '\000\000\000\007'
runs tree-broken 1 arm --dtb "$work/broken"
says err 'FDT_ERR_BADSTRUCTURE' 'device-tree-damaged'
for count in 64 65; do
	{ echo '/ {'; i=1; while [ $i -lt $count ]; do echo 'n {'; i=$((i + 1)); done
	i=1; while [ $i -lt $count ]; do echo '};'; i=$((i + 1)); done; echo '};'; } | tree deep
	runs "deep-$count" $((count - 64)) arm --dtb "$work/deep"
done
says err 'has more than 64 levels of nodes' 'device-tree-too-deep'
tree odd << 'DTS'
/ { #address-cells = <2>; #size-cells = <2>; memory { device_type = "memory"; reg = <0 0x40000000 0>; }; };
DTS
runs cells 1 arm --dtb "$work/odd"
says err 'a property of 12 bytes, which is no list of addresses of 2 and sizes of 2 cells' "$work/odd: memory" 'device-tree-bad-cells'
tree odd << 'DTS'
/ { #address-cells = <3>; #size-cells = <1>; memory { device_type = "memory"; reg = <0 0 0x40000000 0x40000000>; }; };
DTS
runs cells-3 1 arm --dtb "$work/odd"
says err 'addresses of 3'
{ echo '/ { big = ['; head -c 2097152 /dev/zero | od -An -v -tx1; echo ']; };'; } | tree big
runs big 1 arm64 --dtb "$work/big"
says err 'the new kernel takes 2097152' 'device-tree-too-large'
runs bigger-arm 1 arm --dtb "$work/big"
says err 'the new kernel takes 2097152' "$work/big"
{ echo '/ { big = ['; head -c 1048576 /dev/zero | od -An -v -tx1; echo ']; };'; } | tree big
runs big-arm 1 arm --dtb "$work/big"
says err 'the new kernel takes 1048576'
runs big-arm64 0 arm64 --dtb "$work/big"
runs directory 5 arm --dtb "$work"

finish
