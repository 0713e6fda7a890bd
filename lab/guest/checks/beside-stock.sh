#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Stock kexec and kleap are independent: loading or unloading with one does not affect the other.

. /lab/lib.sh
ours() { cat /sys/kernel/kleap/state; }
stock() { cat /sys/kernel/kexec_loaded; }

# quietly COMMAND...: run it; when it fails so does the check, with what it said.
quietly() { "$@" > /tmp/said 2>&1 || failed "$*: $(cat /tmp/said)"; }

quietly insmod /lab/kleap.ko
empty=$(ours)
quietly kleap load /lab/vmlinuz --append kleap.lab=second
full=$(ours)
[ "$full" != "$empty" ] || failed "the state is \"$full\" with an image and without"
[ "$(stock)" = 0 ] || failed "after a kleap load, the kernel says that stock has an image"

# Where much memory is high a stock load takes minutes; the small machine speaks for all. With spin tables it is refused.
if [ "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)" -lt 4194304 ] &&
   ! grep -qs spin-table /proc/device-tree/cpus/cpu*/enable-method; then
	quietly kexec -l /lab/vmlinuz --append=kleap.lab=second
	[ "$(ours)" = "$full" ] || failed "after a stock load the state is \"$(ours)\""
	quietly kexec -u
	[ "$(ours)" = "$full" ] || failed "after a stock unload the state is \"$(ours)\""
	quietly kexec -l /lab/vmlinuz --append=kleap.lab=second
	quietly kleap unload
	[ "$(stock)" = 1 ] || failed "after a kleap unload, stock's image is gone"
	quietly kexec -u
else
	quietly kleap unload
fi
[ "$(ours)" = "$empty" ] || failed "after unload the state is \"$(ours)\""
quietly rmmod kleap
ok
