#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# kleap exec takes network interfaces down before it asks for the reboot, unless -x says not to. If the reboot fails, they
# are up again and the image is no longer armed. In a container it refuses.

. /lab/lib.sh

state() { cat /sys/kernel/kleap/state; }
up() { [ $(($(cat /sys/class/net/dummy0/flags) & 1)) = 1 ]; }

# begin: the interface is up.
begin() {
	ip link set dummy0 up
	up || failed "dummy0 is not up"
}

# killed OPTION...: kleap exec, as far as reboot(2).
killed() {
	begin
	noreboot kill kleap exec "$@" > /tmp/said 2>&1
	[ $? = 159 ] || failed "kleap exec $* does not come to reboot(2): $(head -n 1 /tmp/said)"
	[ "$(state)" = armed ] || failed "kleap exec $*: at reboot(2) the state is $(state)"
}

insmod /lab/dummy.ko || failed "insmod dummy"
insmod /lab/kleap.ko || failed "insmod kleap"
kleap load /lab/vmlinuz > /tmp/said 2>&1 || failed "load: $(cat /tmp/said)"

killed -x
up || failed "kleap exec -x takes dummy0 down"
killed
! up || failed "kleap exec leaves dummy0 up"
kleap exec --cancel > /tmp/said 2>&1 || failed "cancel: $(cat /tmp/said)"

begin
! noreboot fail kleap exec > /tmp/said 2>&1 || failed "kleap exec succeeds without a reboot"
grep -q 'cannot restart' /tmp/said || failed "kleap exec: $(head -n 1 /tmp/said)"
up || failed "after a reboot that failed, dummy0 is down"
[ "$(state)" = loaded ] || failed "after a reboot that failed, the state is $(state)"

# In a container reboot(2) would end just that.
begin
! unshare -p -f kleap exec > /tmp/said 2>&1 || failed "kleap exec succeeds in a container"
grep -q 'inside a container' /tmp/said || failed "kleap exec in a container: $(head -n 1 /tmp/said)"
up || failed "kleap exec in a container takes dummy0 down"
[ "$(state)" = loaded ] || failed "after kleap exec in a container the state is $(state)"

# The machine's own card was taken down with the rest.
[ ! -e /sys/class/net/eth0 ] || ip link set eth0 up
rmmod kleap || failed "rmmod kleap"
rmmod dummy || failed "rmmod dummy"
ok
