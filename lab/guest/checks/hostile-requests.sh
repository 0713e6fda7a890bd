#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Bad requests to /dev/kleap: each is refused for the right reason, the previous image is unchanged, all memory is
# given back, and the kernel logs no warnings and does not invoke the OOM killer.
#
# lab.seed= on the kernel's command line picks the random garbage.

. /lab/lib.sh

# part PROGRAM ARGS...: run it; when cases fail, all of them are told, and the check fails with the first.
part() {
	"$@" > /tmp/said 2>&1
	status=$?
	while read -r line; do
		report hostile "$line"
	done < /tmp/said
	[ "$status" = 0 ] || failed "$*, status $status: $(head -n 1 /tmp/said)"
}

before=$(settled_kB)
insmod /lab/kleap.ko || failed "insmod"
part hostile requests
# The same as a 32-bit program on a 64-bit kernel.
[ ! -e /bin/hostile32 ] || part hostile32 requests
part hostile loads "$(setting seed 1)"
part hostile fuzz 10 "$(setting seed 1)"
rmmod kleap || failed "rmmod"
after=$(settled_kB)
kept=$((${before% *} - ${after% *}))
[ "$kept" -le 1024 ] || failed "$kept kB are gone"
dmesg | grep -E 'BUG:|WARNING:|Oops|invoked oom-killer|Out of memory|blocked for more' |
	grep -v 'WARNING: Unprivileged eBPF' > /tmp/said && failed "the kernel says: $(head -n 1 /tmp/said)"
ok
