#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Unprivileged users read /sys/kernel/kleap all the time: all requests of root still succeed.
. /lab/lib.sh

insmod /lab/kleap.ko || failed "insmod"
# su becomes the shell that loops, so that its process is the one to end, whatever comes of the check.
readers=
trap 'kill $readers' EXIT
for _ in 1 2 3; do
	su -s /bin/sh nobody -c 'while cat /sys/kernel/kleap/* > /dev/null 2>&1 || :; do :; done' &
	readers="$readers $!"
done
for round in 1 2 3 4 5 6 7 8 9 10; do
	kleap load /lab/vmlinuz > /tmp/said 2>&1 || failed "load $round: $(cat /tmp/said)"
	[ "$(cat /sys/kernel/kleap/state)" = loaded ] || failed "round $round: the state is $(cat /sys/kernel/kleap/state)"
	kleap exec --at-reboot > /tmp/said 2>&1 || failed "arm $round: $(cat /tmp/said)"
	[ "$(cat /sys/kernel/kleap/state)" = armed ] || failed "round $round: the state is $(cat /sys/kernel/kleap/state)"
	kleap exec --cancel > /tmp/said 2>&1 || failed "cancel $round: $(cat /tmp/said)"
	kleap unload > /tmp/said 2>&1 || failed "unload $round: $(cat /tmp/said)"
done
trap - EXIT
kill $readers
wait
rmmod kleap || failed "rmmod"
ok
