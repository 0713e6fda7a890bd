#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Disabling is permanent: by the command and through sysfs, the image is unloaded, its memory is given back, nothing
# loads or leaps any more, nothing enables it again, and the module cannot be removed and inserted again. At the end
# the module is removed by force, which Debian's kernel allows, in place of a reboot.

. /lab/lib.sh
SWITCH=/sys/kernel/kleap/disabled

state() { cat /sys/kernel/kleap/state; }

# refused EXIT ID COMMAND...: the command exits so and names the error.
refused() {
	wanted=$1
	id=$2
	shift 2
	"$@" > /tmp/said 2>&1
	seen=$?
	[ "$seen" = "$wanted" ] || failed "$*: exit status $seen, not $wanted: $(head -n 1 /tmp/said)"
	grep -q "kleap explain $id\$" /tmp/said || failed "$*: no word of $id: $(head -n 1 /tmp/said)"
}

# written VALUE: 0 if the switch takes it.
written() { echo "$1" 2> /dev/null > $SWITCH; }

# begin HOW: a fresh module with an armed image, to be disabled in the way HOW. Memory is measured once: that takes time.
begin() {
	insmod /lab/kleap.ko || failed "insmod"
	[ "$(cat $SWITCH)" = 0 ] || failed "a fresh module is disabled"
	[ "$1" != command ] || bare=$(settled_kB)
	kleap load /lab/vmlinuz > /tmp/said 2>&1 || failed "load: $(cat /tmp/said)"
	kleap exec --at-reboot > /tmp/said 2>&1 || failed "arm: $(cat /tmp/said)"
	[ "$(state)" = armed ] || failed "the state is $(state), not armed"
}

# ended HOW: what must hold after a disable.
ended() {
	[ "$(cat $SWITCH)" = 1 ] || failed "$1: the switch says $(cat $SWITCH)"
	[ "$(state)" = none ] || failed "$1: the state is $(state)"
	if [ "$1" = command ]; then
		after=$(settled_kB)
		kept=$((${bare% *} - ${after% *}))
		[ "$kept" -le 1024 ] || failed "$1: $kept kB are gone"
	fi
	for value in 0 n off 2 '' -1; do
		! written "$value" || failed "$1: the switch takes \"$value\""
	done
	written 1 || failed "$1: the switch does not take 1 again"
	[ "$(cat $SWITCH)" = 1 ] || failed "$1: then the switch says $(cat $SWITCH)"
	refused 3 disabled kleap load /lab/vmlinuz
	refused 3 disabled kleap exec --at-reboot
	kleap exec --cancel > /tmp/said 2>&1 || failed "$1: cancelling is refused: $(cat /tmp/said)"
	refused 1 nothing-loaded kleap unload
	kleap status --json | grep -q '"disabled" *: *true' || failed "$1: kleap status does not say so"
	hostile disabled > /tmp/said 2>&1 || failed "$1: hostile: $(head -n 1 /tmp/said)"
	! rmmod kleap 2> /dev/null || failed "$1: a disabled module can be removed, and inserted anew"
	rmmod -f kleap || failed "$1: rmmod -f"
}

begin command
for value in 0 off; do
	written "$value" || failed "before, the switch does not take $value, which changes nothing"
done
for value in 2 maybe ''; do
	! written "$value" || failed "before, the switch takes \"$value\""
done
[ "$(state)" = armed ] || failed "after that the state is $(state), not armed"
kleap disable > /tmp/said 2>&1 || failed "kleap disable: $(cat /tmp/said)"
ended command
begin sysfs
written 1 || failed "the switch does not take 1"
ended sysfs
ok
