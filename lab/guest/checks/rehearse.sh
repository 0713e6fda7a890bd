#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# The rehearsal comes back every time, entering in each mode that the image could; afterwards the clocks of all CPUs go on,
# bytes are what they were, and the kernel has nothing to say.
#
# lab.rehearsals= on the kernel's command line: how often.

. /lab/lib.sh
times=$(setting rehearsals 5)

# ticks: the local timer's interrupts, one number for each CPU. ARM has several, and uses one.
ticks() {
	awk '/^ *LOC:| arch_timer$/ { for (i = 2; $i ~ /^[0-9]+$/; i++) n[i] += $i; end = i }
	     END { for (i = 2; i < end; i++) printf "%s ", n[i] }' /proc/interrupts
}

# spin: something that needs each CPU's timer, on all of them, until it is killed.
spin() {
	for _ in $(seq "$(nproc)"); do
		while :; do :; done &
		spinning="$spinning $!"
	done
}

insmod /lab/kleap.ko || failed "insmod"
kleap load /lab/vmlinuz --initrd /lab/second.cpio --append kleap.lab=second > /tmp/said 2>&1 || failed "load: $(cat /tmp/said)"
before=$(sha256sum < /lab/second.cpio)
lines=$(dmesg | wc -l)
spinning=
spin
trap 'kill $spinning' EXIT
kleap rehearse --times "$times" > /tmp/said 2> /tmp/warned || failed "rehearse: $(cat /tmp/said /tmp/warned)"
while read -r line; do
	report rehearse "$line"
done < /tmp/said
grep -q 'the machine resets or hangs' /tmp/warned || failed "no word of the risk"
[ "$(cat /sys/kernel/kleap/rehearsed)" = "$times" ] || failed "rehearsed $(cat /sys/kernel/kleap/rehearsed) times"

# The modes that this kernel is not entered in, too.
hostile rehearse "$times" > /tmp/said 2>&1 || failed "$(cat /tmp/said)"
while read -r line; do
	report rehearse "$line"
done < /tmp/said
kleap load /lab/vmlinuz --append kleap.lab=second > /tmp/said 2>&1 || failed "load: $(cat /tmp/said)"

# One second later each CPU has had ticks.
then=$(ticks)
uptime=$(cut -d . -f 1 /proc/uptime)
sleep 2
set -- $(ticks)
for count in $then; do
	[ "$1" -gt "$count" ] || failed "a CPU's timer stands still at $count: $then, then $*"
	shift
done
[ "$(cut -d . -f 1 /proc/uptime)" -ge $((uptime + 1)) ] || failed "the clock stands still"
trap - EXIT
kill $spinning
[ "$(sha256sum < /lab/second.cpio)" = "$before" ] || failed "a file has changed"
dmesg | tail -n +$((lines + 1)) | grep -E 'BUG|WARNING|Oops|rcu|stall|lockup|blocked|NMI' > /tmp/said && failed "the kernel says: $(head -n 1 /tmp/said)"

# An armed image is not rehearsed, and stays armed.
kleap exec --at-reboot > /tmp/said 2>&1 || failed "arm: $(cat /tmp/said)"
kleap rehearse > /tmp/said 2>&1 && failed "an armed image was rehearsed"
grep -q 'kleap explain rehearsal-armed' /tmp/said || failed "armed: $(cat /tmp/said)"
[ "$(cat /sys/kernel/kleap/state)" = armed ] || failed "the state is $(cat /sys/kernel/kleap/state)"
rmmod kleap || failed "rmmod"
ok
