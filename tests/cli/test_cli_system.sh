#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The kleap command and the system around it: what it reads of a machine, memory
# that holds nothing, files and devices that fail, no memory left, a full disk.

. tests/cli/cli.sh

root=$FAKE_ROOT
firmware=$root/sys/firmware/memmap

# range NUMBER START END TYPE: an entry of the firmware's map.
range() {
	mkdir -p "$firmware/$1"
	echo "$2" > "$firmware/$1/start"
	echo "$3" > "$firmware/$1/end"
	echo "$4" > "$firmware/$1/type"
}

# ---- The firmware's map ---------------------------------------------------------
mkdir -p "$firmware"
check firmware-empty 0 plan "$kernel"
says out '/proc/iomem, 2 ranges'
range 0 0x100000 0xfffffff 'System RAM'
range 1 0xfffffffff0000000 0xffffffffffffffff Reserved
check firmware-last-byte 0 plan "$kernel"
says out '/sys/firmware/memmap, 3 ranges, 511.6 MiB'
for file in start end type; do
	range 2 0x10000000 0x10ffffff 'System RAM'
	rm "$firmware/2/$file"
	check "firmware-no-$file" 0 plan "$kernel"
	says out /proc/iomem
done
range 2 0x10000000 0x10ffffff "$(head -c 100 /dev/zero | tr '\0' x)"
check firmware-long-line 0 plan "$kernel"
says out /proc/iomem
: > "$firmware/2/type"
check firmware-empty-file 0 plan "$kernel"
says out /proc/iomem
rm -r "$firmware"

# ---- Memory that holds nothing now ------------------------------------------------
printf '%s\n' '00100000-0fffffff : System RAM' '10000000-100fffff : Reserved' '10100000-1ff7ffff : System RAM' \
	'80000000-8fffffff : System RAM' '100000000-13fffffff : System RAM' > "$root/proc/iomem"

# unused FIRST END: only these frames are free; only those below 2 GiB are told of.
unused() {
	head -c 4194304 /dev/zero > "$root/proc/kpageflags"
	unused_too "$1" "$2"
}

unused_too() {
	head -c $((($2 - $1) * 8)) /dev/zero | tr '\0' '\377' |
		dd of="$root/proc/kpageflags" bs=8 seek=$(($1)) conv=notrunc 2> /dev/null
}

check unused-unknown 0 plan "$kernel" --initrd "$work/initrd"
says out '0x01ff7f000 - 0x01ff80000'
unused 0x8000 0x9000
check unused-middle 0 plan "$kernel" --initrd "$work/initrd"
says out 'initrd       0x008fff000 - 0x009000000' 'boot params  0x008ffd000 - 0x008fff000'
# Only whole MiB count, of which the first and the last are none here.
unused 0x8080 0x8580
check unused-unaligned 0 plan "$kernel" --initrd "$work/initrd"
says out 'initrd       0x0084ff000 - 0x008500000'
unused 0xf000 0x10000
check unused-to-the-end 0 plan "$kernel" --initrd "$work/initrd"
says out 'initrd       0x00ffff000 - 0x010000000'
unused 0x8000 0x8300
check unused-too-short 0 plan "$kernel" --initrd "$work/initrd"
says out 'initrd       0x01ff7f000 - 0x01ff80000'
unused 0xfd00 0x10000
check unused-too-short-at-the-end 0 plan "$kernel" --initrd "$work/initrd"
says out 'initrd       0x01ff7f000 - 0x01ff80000'
# Memory right below 2^64 does not wrap to 0, and so make others of frames that are none.
echo 'fffffffffff80000-ffffffffffffefff : System RAM' >> "$root/proc/iomem"
unused 0x8000 0x9000
unused_too 0x60000 0x61000
check unused-below-the-end 0 plan "$kernel" --initrd "$work/initrd"
says out 'initrd       0x008fff000 - 0x009000000'
# The map of another machine says nothing of this one's memory.
unused 0x8000 0x9000
check unused-elsewhere 0 plan "$kernel" --initrd "$work/initrd" --memory-map "$work/map"
says out 'initrd       0x035fff000 - 0x036000000'
rm "$root/proc/kpageflags"

# ---- ACPI, and the running kernel's boot params ---------------------------------------
check rsdp-none 0 load -d "$kernel"
says err 'rsdp 0x0' '0x000000100000-0x000010000000 ram' 'memory map from /proc/iomem'
mkdir -p "$root/sys/firmware/efi" "$root/sys/kernel/boot_params"
echo 'SMBIOS=0xf0000' > "$root/sys/firmware/efi/systab"
check rsdp-no-acpi 0 load -d "$kernel"
says err 'rsdp 0x0'
printf 'ACPI=0xe1000\n' >> "$root/sys/firmware/efi/systab"
check rsdp-acpi-1 0 load -d "$kernel"
says err 'rsdp 0xe1000'
printf 'ACPI20=0xe2000\n' >> "$root/sys/firmware/efi/systab"
check rsdp-acpi-2 0 load -d "$kernel"
says err 'rsdp 0xe2000'
head -c 4096 /dev/zero > "$root/sys/kernel/boot_params/data"
check rsdp-not-in-params 0 load -d "$kernel"
says err 'rsdp 0xe2000'
at 0x70 "$root/sys/kernel/boot_params/data" '\000\060\016'
check rsdp-in-params 0 load -d "$kernel"
says err 'rsdp 0xe3000'
rm -r "$root/sys"

# ---- Command line ------------------------------------------------------------------------
unset FAKE_ROOT
check no-root 0 plan "$kernel" --memory-map "$work/map" --reuse-cmdline --append 'a=1'
says out 'a=1'
# A machine that was saved: for plan alone.
export KLEAP_ROOT="$root"
check saved-machine 0 plan "$kernel" --reuse-cmdline
says out 'root=/dev/sda1'
check saved-machine-load 2 load "$kernel" --reuse-cmdline
says err 'unset KLEAP_ROOT'
silent log
unset KLEAP_ROOT
export FAKE_ROOT="$root"
mv "$root/proc/cmdline" "$work/cmdline"
check no-running-line 5 load "$kernel" --reuse-cmdline
says err '/proc/cmdline' 'No such file'
mv "$work/cmdline" "$root/proc/cmdline"

# ---- Maps in pictures ----------------------------------------------------------------------
printf '%s\n' '100000-1000000 ram' '1000000-1001000 reserved' '1001000-4000000 ram' '4000000-4100000 reserved' \
	'4200000-7fff000 ram' '7fff000-8000000 nvs' '8000000-8001000 ram' '100000000-180000000 ram' > "$work/holes"
check relocated 0 plan "$kernel" --memory-map "$work/holes" --initrd "$work/initrd"
says out '0x001200000' '(relocated)' '  0x004000000  #-..'
check relocated-json 0 plan --json "$kernel" --memory-map "$work/holes" --initrd "$work/initrd"
says out '"relocated":true' "\"file\":\"$work/initrd\""

# ---- What does not fit: the memory that there is ---------------------------------------------
fixed=$work/fixed
cp "$kernel" "$fixed"
at 0x234 "$fixed" '\000'
printf '100000-1000000 ram\n1000000-1001000 acpi\n100000000-180000000 ram\n' > "$work/below"
check fixed-kernel 1 plan "$fixed" --memory-map "$work/below"
says err kernel-not-relocatable 'usable memory' '0x000100000 - 0x001000000'
if grep -q 0x180000000 "$work/err"; then fail 'memory above 4 GiB is called usable'; fi
printf '100000-1100000 ram\n' > "$work/little"
truncate -s 1G "$work/large"
check no-room-for-initrd 1 plan "$kernel" --memory-map "$work/little" --initrd "$work/large"
says err no-room-for-initrd 'usable memory' '0x000100000 - 0x001100000'
printf '1000000-1100000 ram\n' > "$work/only"
check no-room-for-params 1 plan "$kernel" --memory-map "$work/only"
says err no-room-for-boot-params 'usable memory'
# A kernel that needs no room to unpack, in just the memory that its segments take.
tight=$work/tight
cp "$kernel" "$tight"
at 0x260 "$tight" '\001\000\000\000'
printf '1000000-1012000 ram\n' > "$work/exact"
check no-memory 4 plan "$tight" --memory-map "$work/exact"
says err no-memory 'the system gave'

# ---- Files ------------------------------------------------------------------------------------
check a-device 5 plan /dev/null --memory-map "$work/map"
says err 'regular file' 'it is a device'
export FAKE_DENY="$kernel"
check denied 3 plan "$kernel" --memory-map "$work/map"
says err 'Permission denied' 'run as root, or give a file that you may read'
check denied-json 3 plan --json "$kernel" --memory-map "$work/map"
says out '"id":null' '"exit_code":3' 'Permission denied'
FAKE_DENY=$work/initrd
check denied-initrd 3 load "$kernel" --initrd "$work/initrd"
silent log
check map-is-a-folder 5 plan "$kernel" --memory-map "$work"
says err 'cannot read the memory map' 'Is a directory'
FAKE_DENY=$work/map
check denied-map 3 plan "$kernel" --memory-map "$work/map"
FAKE_DENY=$root/proc/iomem
check denied-iomem 3 plan "$kernel"
says err 'cannot read the memory map'
unset FAKE_DENY
export FAKE_MMAP=19
check no-mapping 5 plan "$kernel" --memory-map "$work/map"
says err "cannot map $kernel" 'No such device'
check no-mapping-json 5 plan --json "$kernel" --memory-map "$work/map"
says out '"hint":null'
unset FAKE_MMAP

# ---- No memory left: each allocation of the command, one after another ---------------------------
# starved ARGUMENTS...: the first allocation fails, the second, ..., until none is left.
starved() {
	for FAKE_ALLOC in $(seq 100); do
		export FAKE_ALLOC
		: > "$work/log"
		kleap "$@" --memory-map "$work/map" --reuse-cmdline
		code=$?
		grep -q 'an allocation failed' "$work/err" || break
		name="allocation $FAKE_ALLOC fails: $*"
		if [ $code -eq 4 ]; then passed=$((passed + 1)); else fail "exit code $code, not 4"; fi
		says err 'Cannot allocate memory'
		silent log
		case $* in
		*--json*)
			says out '"exit_code":4'
			[ "$(grep -c '^{' "$work/out")" -eq 1 ] || fail 'not one JSON object'
			;;
		*) silent out ;;
		esac
	done
	name="no allocation fails: $*"
	if [ $code -eq 0 ] && [ "$FAKE_ALLOC" -gt 2 ]; then passed=$((passed + 1)); else fail "exit code $code"; fi
	unset FAKE_ALLOC
}

starved plan "$kernel" --initrd "$work/initrd" --initrd "$work/initrd"
starved plan "$kernel" --initrd "$work/initrd" --json
starved load "$kernel" --initrd "$work/initrd"

# ---- A proof that fails: leaps that go wrong ---------------------------------------------------------
export FAKE_FAULT
FAKE_FAULT=1
check endless 5 plan "$kernel"
says err list-endless
FAKE_FAULT=2
check nothing-copied 5 plan --json "$kernel"
says err wrong-page
says out '"id":"wrong-page"' '"exit_code":5'
FAKE_FAULT=3
check frame-lost 5 plan "$kernel"
says err 'broke a rule (frames lost, 0x1)' 'report it'
FAKE_FAULT=4
check given-twice 5 plan "$kernel"
says err 'broke a rule (' 'report it'
if grep -q 'frames lost' "$work/err"; then fail 'nothing says which rule'; fi
unset FAKE_FAULT

# ---- Standard output -----------------------------------------------------------------------------
# full NAME CODE ARGUMENTS...: as check, with an output that takes nothing.
full() {
	name=$1
	want=$2
	shift 2
	"$program" --device /fake/kleap "$@" > /dev/full 2> "$work/err"
	code=$?
	if [ $code -eq "$want" ]; then passed=$((passed + 1)); else fail "exit code $code, not $want: kleap $*"; fi
}

full full-plan 5 plan "$kernel" --memory-map "$work/map"
says err 'cannot write to standard output' 'No space left'
full full-json 5 plan --json "$kernel" --memory-map "$work/map"
export FAKE_STATE=1
# What the verb says by its exit code counts for more.
full full-status 1 -S
unset FAKE_STATE

# ---- The device ------------------------------------------------------------------------------------
export FAKE_OPEN
for FAKE_OPEN in 6 19; do
	check "no-module-$FAKE_OPEN" 5 unload
	says err 'is kleap.ko loaded?'
done
FAKE_OPEN=1
check not-root 3 exec -y
says err 'run as root'
FAKE_OPEN=16
check device-busy 5 disable
says err 'another program has the device open'
FAKE_OPEN=5
check device-fails 5 status
says err 'Input/output error'
if grep -q hint "$work/err"; then fail 'a hint without a reason'; fi
unset FAKE_OPEN

export FAKE_ERRNO
FAKE_ERRNO=7
check too-large 5 load "$kernel"
says err 'another version'
FAKE_ERRNO=5
check load-fails 5 load "$kernel"
says err 'cannot load: Input/output error'
FAKE_ERRNO=4
check signal 5 load "$kernel"
says err 'interrupted by a signal'
FAKE_ERRNO=19
check module-going 1 disable
says err 'the module is being removed' 'kleap explain module-going'
unset FAKE_ERRNO
export FAKE_STATUS=25
check no-status 5 status
says err 'cannot read the status' 'another version'
check load-no-status 5 load "$kernel"
says log 'load: 2 segments'
unset FAKE_STATUS

# ---- The leap: file systems, then armed, then the network, then reboot(2) -----------------------------
# logged NAME LINE...: the last run asked for just these, in this order.
logged() {
	name=$1
	shift
	printf '%s\n' "$@" > "$work/want"
	if cmp -s "$work/want" "$work/log"; then passed=$((passed + 1)); else fail "not logged: $*"; fi
}
export FAKE_NET='lo:up eth0:up eth1:down wlan0:up'
check exec 0 exec
logged exec-order sync 'leap 1' 'eth0 down' 'wlan0 down' 'reboot 1234567'
check exec-no-sync 0 exec --no-sync
logged no-sync-order 'leap 1' 'eth0 down' 'wlan0 down' 'reboot 1234567'
check exec-no-ifdown 0 -e -x
logged no-ifdown-order sync 'leap 1' 'reboot 1234567'
check exec-neither 0 -e --no-ifdown -y
logged neither-order 'leap 1' 'reboot 1234567'
FAKE_STUCK=eth0 check exec-stuck 0 exec -y
says err 'cannot take eth0 down: Device or resource busy'
logged stuck-order 'leap 1' 'wlan0 down' 'reboot 1234567'
FAKE_GONE=eth0 check exec-gone 0 exec -y
silent err
logged gone-order 'leap 1' 'wlan0 down' 'reboot 1234567'
FAKE_SOCKET=97 check exec-no-network 0 exec -y
silent err
FAKE_SOCKET=24 check exec-no-socket 0 exec -y
says err 'cannot list the network interfaces: Too many open files'
# A restart that fails: the image is loaded, and not armed; the network is up again.
FAKE_REBOOT=1 check exec-fails 3 exec
says err 'cannot restart: Operation not permitted' 'the image stays loaded' 'routes may be lost'
logged exec-fails-order sync 'leap 1' 'eth0 down' 'wlan0 down' 'reboot 1234567' 'leap 2' 'eth0 up' 'wlan0 up'
FAKE_REBOOT=1 FAKE_DOWN=eth0 check exec-fails-down 3 exec -y
says err 'cannot bring eth0 up again'
logged exec-fails-down-order 'leap 1' 'eth0 down' 'wlan0 down' 'reboot 1234567' 'leap 2' 'wlan0 up'
FAKE_REBOOT=1 check exec-fails-no-ifdown 3 exec -y -x
says err 'the image stays loaded'
if grep -q routes "$work/err"; then fail 'routes are lost, with -x'; fi
FAKE_REBOOT=1 FAKE_SOCKET=97 check exec-fails-no-network 3 exec -y
if grep -q routes "$work/err"; then fail 'routes are lost, without a network'; fi
FAKE_REBOOT=1 FAKE_STUCK=eth0 check exec-fails-stuck 3 exec -y
says err 'cannot take eth0 down' 'routes may be lost'
# In a container reboot(2) would end just that: nothing is armed, unless by --at-reboot.
mkdir -p "$root/proc/self/ns"
ln -s 'pid:[4026532198]' "$root/proc/self/ns/pid"
check exec-container 1 exec
says err 'from inside a container' 'run it outside' 'kleap explain container'
silent log
check exec-container-at-reboot 0 exec --at-reboot
check exec-container-cancel 0 exec --cancel
ln -sf 'pid:[4026531836]' "$root/proc/self/ns/pid"
check exec-no-container 0 exec -y -x
logged exec-no-container-order 'leap 1' 'reboot 1234567'
rm -r "$root/proc/self"
# Nothing is touched when the module refuses.
FAKE_ERRNO=11 FAKE_WHY="$(number cpus-offline) 2 6 0" check exec-refused 1 exec
says err 'CPUs are offline (1-2)' 'cpuN/online, or smt/control' 'boot without maxcpus='
logged exec-refused-order sync 'leap 1'
check at-reboot 0 exec --at-reboot
logged at-reboot-order 'leap 1'
check cancel 0 exec --cancel
logged cancel-order 'leap 2'
unset FAKE_NET

# ---- A 64-bit kernel on a processor of 32 bits ---------------------------------------------------
cp "$kernel" "$work/sixty4"
at 0x236 "$work/sixty4" '\001\000'
check no-cpuinfo 0 load "$work/sixty4"
printf 'processor\t: 0\nflags\t\t: fpu de lmx\nbogomips\t: 1\nflags\t\t: lm\n' > "$root/proc/cpuinfo"
check not-64-bit 1 load "$work/sixty4"
says err 'no 64-bit mode' 'kleap explain processor-not-64-bit'
silent log
check not-64-bit-32 0 load "$kernel"
check not-64-bit-plan 0 plan "$work/sixty4"
printf 'processor\t: 0\nflags\t\t: fpu de lm\nbogomips\t: 1\n' > "$root/proc/cpuinfo"
check is-64-bit 0 load "$work/sixty4"
printf 'processor\t: 0\nCPU architecture: 8\n' > "$root/proc/cpuinfo"
check no-flags 0 load "$work/sixty4"
rm "$root/proc/cpuinfo"

# ---- kernel.kexec_load_disabled ----------------------------------------------------------------------
mkdir -p "$root/proc/sys/kernel"
echo 0 > "$root/proc/sys/kernel/kexec_load_disabled"
check load-not-disabled 0 load "$kernel"
echo 1 > "$root/proc/sys/kernel/kexec_load_disabled"
check load-disabled 3 load "$kernel"
says err 'kernel.kexec_load_disabled is 1' 'kleap explain kexec-load-disabled'
silent log
check exec-load-disabled 0 exec --at-reboot
check unload-load-disabled 0 unload
FAKE_DENY=$root/proc/sys/kernel/kexec_load_disabled check load-disabled-unknown 3 load "$kernel"
rm "$root/proc/sys/kernel/kexec_load_disabled"
mkdir "$root/proc/sys/kernel/kexec_load_disabled"
check load-disabled-unreadable 5 load "$kernel"
says err 'cannot read /proc/sys/kernel/kexec_load_disabled: Is a directory'
rm -r "$root/proc/sys"

export FAKE_DISABLED=1
check disabled 0 status
says out 'nothing is loaded' 'disabled until the next boot'
check disabled-json 0 status --json
says out '"disabled":true' '"state":"none"' '"via":null' '"via_reason":"module: leaps are disabled until the next boot"'
check disabled-way 0 status --via module
says out 'no way to load: module: leaps are disabled'
unset FAKE_DISABLED
export FAKE_STATE=2
check armed 0 status --json
says out '"state":"armed"'
FAKE_STATE=7
check strange-state 0 status --json
says out '"state":"unknown"'
unset FAKE_STATE

# ---- Usage: what a verb would pass over in silence ----------------------------------------------------
for option in '--limit 1000' '--append x' --reuse-cmdline "--memory-map $work/map" "--initrd $work/initrd"; do
	# shellcheck disable=SC2086 # words
	check "status $option" 2 status $option
	says err "status does not take ${option%% *}"
done
check json-usage 2 plan --json
says out '"exit_code":2' '"text":"plan takes a kernel file"' '"hint":"kleap --help"'
check json-usage-limit 2 plan --json "$kernel" --limit x
says out '"exit_code":2' 'hexadecimal address'
check json-usage-last 2 plan x --limit zz --json
says out '"exit_code":2' 'not zz'
check json-usage-both 2 -l -e --json
says out '"exit_code":2'
check json-unknown 2 status --json --bogus
says out '"text":"option --bogus is unknown or ambiguous"'
check json-not-an-option 2 plan -- --json x
silent out
for wrong in '--bogus' '-z' '-uz' '--a'; do
	check "option $wrong" 2 status "$wrong"
	says err 'is unknown or ambiguous' 'hint: kleap --help'
done
says err 'option --a is'
check option-letter 2 -uz
says err 'option -z is'
# A letter that others follow, behind another option.
check option-letters 2 --debug -zd plan "$kernel"
says err 'option -z is'
check option-value 2 plan --initrd
says err 'option --initrd needs a value'
check option-letter-value 2 -t
says err 'option -t needs a value'
check option-no-value 2 status --json=yes
says err 'option --json=yes takes no value'
name=help-columns
kleap --help
if grep -q '.\{81\}' "$work/out"; then fail "a line of the help is too long: $(grep '.\{81\}' "$work/out")"; else passed=$((passed + 1)); fi
check load-cancel 2 load "$kernel" --cancel
check limit-of-many-digits 2 plan "$kernel" --limit ffffffffffffffffff
check twice 0 -l "$kernel" -l

finish
