#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Hardware watchdogs: they are named, with their numbers, and petted before a leap.

. tests/cli/cli.sh

# attribute NUMBER NAME VALUE: what /sys says of a watchdog.
attribute() {
	mkdir -p "$work/root/sys/class/watchdog/watchdog$1" "$work/root/dev"
	echo "$3" > "$work/root/sys/class/watchdog/watchdog$1/$2"
}

# says_not FILE TEXT
says_not() { if grep -qF -e "$2" "$work/$1"; then fail "\"$2\" in $1"; else passed=$((passed + 1)); fi; }

active='watchdog0 (i6300ESB timer) is active'

# None; one that was never opened; one of a kernel that tells nothing in /sys.
check none 0 status
says_not out watchdog
check none-json 0 status --json
says out '"watchdogs":['
says_not out timeout
attribute 0 state inactive
attribute 0 identity 'i6300ESB timer'
attribute 0 timeout 30
mkdir "$work/root/sys/class/watchdog/watchdog1"
check inactive 0 status
says_not out watchdog
check inactive-load 0 load "$kernel"
silent err
: > "$work/root/dev/watchdog0"
check inactive-exec 0 exec
silent err
if [ -s "$work/root/dev/watchdog0" ]; then fail 'it is petted, which would start it'; fi

# All that /sys can tell.
attribute 0 state active
attribute 0 timeleft 25
attribute 0 nowayout 1
check active 0 status
says out "$active, timeout 30 s, 25 s left, cannot be switched off"
check active-json 0 status --json
says out '"number":0' '"identity":"i6300ESB timer"' '"timeout":30' '"timeleft":25' '"nowayout":true'
check active-kernel 0 status --via kexec_load
says out "$active"
attribute 0 nowayout 0
check way-out-json 0 status --json
says out '"nowayout":false'
check way-out 0 status
says out '25 s left'
says_not out 'switched off'
note="$active. If its driver does not stop it at a restart, it resets the machine 30 s after it was last petted: the new kernel needs the driver by then"
check load 0 load "$kernel"
says err "kleap: note: $note"
check plan 0 plan "$kernel"
says out "note          $note"
check plan-other 0 plan "$kernel" --memory-map "$work/map"
says_not out watchdog0

# The leap: petted if nobody holds it, once, by a byte that does not stop it; left open.
: > "$work/root/dev/watchdog0"
check exec 0 exec
says err 'kleap: note: watchdog0 (i6300ESB timer) resets the machine in 25 s, unless its driver stops it now, or the new kernel pets it'
says log reboot
[ "$(od -An -tx1 "$work/root/dev/watchdog0")" = ' 00' ] || fail "petted by $(od -An -c "$work/root/dev/watchdog0")"
# Somebody does, or it cannot be petted.
rm "$work/root/dev/watchdog0"
check exec-held 0 exec
says err 'resets the machine in 25 s'
[ ! -e "$work/root/dev/watchdog0" ] || fail 'a file is made'
ln -s /dev/full "$work/root/dev/watchdog0"
check exec-broken 0 exec
says err 'resets the machine in 25 s'
rm "$work/root/dev/watchdog0"
: > "$work/root/dev/watchdog0"
for option in --at-reboot --cancel; do
	check "exec $option" 0 exec $option
	silent err
done
if [ -s "$work/root/dev/watchdog0" ]; then fail 'petted without a leap'; fi

# Attributes that are missing or odd.
rm "$work/root/sys/class/watchdog/watchdog0/timeleft" "$work/root/sys/class/watchdog/watchdog0/nowayout"
check no-timeleft 0 exec
says err 'resets the machine within 30 s, unless'
check no-timeleft-json 0 status --json
says out '"timeleft":null' '"nowayout":null'
check no-timeleft-status 0 status
says out "$active, timeout 30 s"
says_not out left
for timeout in 0 x; do
	attribute 0 timeout $timeout
	check "timeout $timeout" 0 exec
	says err 'resets the machine in a while, unless'
	check "load, timeout $timeout" 0 load "$kernel"
	says err 'it resets the machine in a while: the'
done
check timeout-x-json 0 status --json
says out '"timeout":null'
rm "$work/root/sys/class/watchdog/watchdog0/timeout" "$work/root/sys/class/watchdog/watchdog0/identity"
check nothing-else 0 status
says out 'watchdog0 (unknown) is active'
says_not out timeout
printf 'a\033[2J\n' > "$work/root/sys/class/watchdog/watchdog0/identity"
check control 0 status
says out 'watchdog0 (a\x1b[2J) is active'
attribute 0 identity "$(head -c 300 /dev/zero | tr '\0' y)"
check long 0 status
says out "watchdog0 (y"
attribute 0 state 'active, or so'
check odd-state 0 status
says_not out watchdog

# Several, with gaps, up to the last number that there can be.
for number in 3 31 32; do
	attribute $number state active
	attribute $number timeleft 0
done
check several 0 status
says out 'watchdog3 (unknown) is active, 0 s left' 'watchdog31 (unknown) is active'
says_not out watchdog32
check several-exec 0 exec
says err 'watchdog3 (unknown) resets the machine in 0 s' 'watchdog31 (unknown) resets'

finish
