#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Does a command that is called kexec let scripts see what it loaded?

. tests/cli/cli.sh

ln -s "$(realpath "$program")" "$work/kexec"
command=$program
kernels=$work/root/sys/kernel/kexec_loaded
modules=$work/root/sys/kernel/kleap/loaded
mkdir -p "$work/root/sys/kernel/kleap"
mounted='mount /sys/kernel/kleap/loaded over /sys/kernel/kexec_loaded'
unmounted='umount /sys/kernel/kexec_loaded'

# mounts [LINE]: what the last run mounted or unmounted: this and no more.
mounts() {
	grep mount "$work/log" > "$work/mounts"
	if [ "$(cat "$work/mounts")" = "${1-}" ]; then passed=$((passed + 1)); else fail "not \"${1-}\" but: $(cat "$work/mounts")"; fi
}

# load, unload NAME CODE
load() { check "$1" "$2" -l "$kernel" --memory-map "$work/map"; }
unload() { check "$1" "$2" -u; }

echo 0 > "$kernels"
echo 0 > "$modules"
load kleap-load 0
mounts
unload kleap-unload 0
mounts

program=$work/kexec
load kexec-load 0
mounts "$mounted"
silent err
unload kexec-unload 0
mounts
FAKE_MOUNT=1 load cannot-mount 0
says err 'kexec_loaded does not show the image: Operation not permitted'
FAKE_ERRNO=16 load refused 5
mounts

# As mounted: both are the same file.
ln -f "$modules" "$kernels"
load kexec-load-again 0
mounts
unload kexec-unload-mounted 0
mounts "$unmounted"
silent err
FAKE_MOUNT=1 unload cannot-unmount 0
says err "kexec_loaded still shows kleap's image only: Operation not permitted"
FAKE_ERRNO=16 unload unload-refused 5
mounts
program=$command
unload kleap-unload-mounted 0
mounts
program=$work/kexec

# A kernel without kexec, a module without the file.
rm "$kernels"
load no-kexec 0
mounts
echo 0 > "$kernels"
rm "$modules"
load older-module 0
mounts
silent err

finish
