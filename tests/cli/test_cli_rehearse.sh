#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# kleap rehearse: what it says before and after, in numbers, and what it is refused for.

. tests/cli/cli.sh

export FAKE_STATE=1
mkdir -p "$work/root/proc/sys/kernel"

# wide: no line of the output has more than 80 columns.
wide() { if cat "$work/out" "$work/err" | awk 'length > 80 { bad = 1 } END { exit !bad }'; then fail 'a line is too long'; fi; }

# logged LINE...: the whole log.
logged() {
	printf '%s\n' "$@" > "$work/want"
	if cmp -s "$work/want" "$work/log"; then passed=$((passed + 1)); else fail "not logged: $*"; fi
}

# ---- What it says -----------------------------------------------------------------
check once 0 rehearse
logged sync 'rehearse 1'
says err 'rehearsing, 1 time: all CPUs stop, and one leaves this kernel' 'If that goes wrong, the machine resets or hangs.'
if grep -q NMI "$work/err"; then fail 'a word of NMIs'; fi
says out 'rehearsed, 1 time: 64 pages, 10 of them in place; all of them right' \
	'a page         1.00 us to copy, 0.50 us to check' 'all CPUs stop  for 40.0 us at most' \
	'this leap      400 pages to copy: 400.0 us, and 200.0 us to check them' 'before it      1.23 ms to check the image' \
	'covered        page tables of 4 levels, 64-bit mode, the copy of pages' '0x17fffffff' \
	'not covered    devices, the stop of the other CPUs, and'
wide
FAKE_REHEARSAL='64 10 1 2700000 0 40000 2500000000' check ten 0 rehearse --times 10 -y
logged 'rehearse 10'
says err 'rehearsing, 10 times:'
says out 'rehearsed, 10 times:' 'a page         5.00 us to copy' 'this leap      400 pages to copy: 2.00 ms' \
	'before it      2.50 s to check' '32-bit mode with paging off'
if grep -q 'us to check\|check them' "$work/out"; then fail 'a check that was not asked for'; fi
wide
# A coarse clock: the runs with the check seem quicker.
FAKE_REHEARSAL='64 10 2 54000 53000 40000 0' check coarse 0 rehearse --no-sync
says out 'a page         1.00 us to copy, 0.00 us to check' 'before it      0.00 us'
echo 1 > "$work/root/proc/sys/kernel/nmi_watchdog"
check watchdog 0 rehearse -y --times 10000
logged 'rehearse 10000'
says err 'The NMI watchdog is on' 'sysctl kernel.nmi_watchdog=0'
wide
echo 0 > "$work/root/proc/sys/kernel/nmi_watchdog"
check no-watchdog 0 rehearse -y
if grep -q NMI "$work/err"; then fail 'a word of NMIs'; fi

check json 0 rehearse --json --times 2
says out '"version":1' '"times":2' '"pages":64' '"pages_in_place":10' '"copy_ns":54000' '"check_ns":81000' \
	'"longest_ns":40000' '"pages_to_copy":400' '"leap_copy_ns":200000' '"leap_check_ns":100000' '"before_ns":1234567' \
	'"covered":"page tables of 4 levels, 64-bit mode' '"not_covered":"devices'
says err 'If that goes wrong'

# ---- The status afterwards ----------------------------------------------------------
check status 0 status
if grep -q rehears "$work/out"; then fail 'never rehearsed'; fi
FAKE_REHEARSED='7 0' check status-times 0 status
says out '  rehearsed      7 times'
if grep -q 'cannot be armed' "$work/out"; then fail 'it can be armed'; fi
FAKE_REHEARSED='7 0' check status-times-json 0 status --json
says out '"rehearsed":7' '"rehearsal_error":null'
FAKE_REHEARSED="0 $(number rehearsal-wrong)" check status-wrong 0 status
says out 'cannot be armed: a rehearsal went wrong (kleap explain rehearsal-wrong)'
FAKE_REHEARSED="0 $(number rehearsal-wrong)" check status-wrong-json 0 status --json
says out '"rehearsal_error":"rehearsal-wrong"'

# ---- Usage ------------------------------------------------------------------------------
for bad in 0 '' -1 +1 x 1x 10001 99999999999999999999; do
	check "times '$bad'" 2 rehearse "--times=$bad"
	says err '--times takes a number from 1 to 10000'
	silent log
done
check times-elsewhere 2 exec --times 3
says err 'exec does not take --times'
check kernel 2 rehearse "$kernel"
check uart 2 rehearse --uart 3f8
check usage-json 2 rehearse --json --times 0
says out '"exit_code":2'

# ---- Refusals -----------------------------------------------------------------------------
# refused ERRNO ID CODE NUMBERS TEXT...: the module refuses for this.
refused() {
	FAKE_ERRNO=$1 FAKE_WHY="$(number "$2") $4" check "$2" "$3" rehearse
	says err "kleap explain $2"
	shift 4
	says err "$@"
	silent out
}
refused 5 rehearsal-wrong 5 '3 64 20480' '3 of 64 pages were wrong after a rehearsal, the first at 0x5000'
refused 16 rehearsal-armed 1 '' 'the image is armed' 'kleap exec --cancel'
refused 61 rehearsal-cut 1 '' 'unloaded or replaced' 'kleap status'
refused 11 rehearsal-virtual 1 '' 'virtual machines' 'kvm_intel'
refused 22 rehearsal-times 1 '0 10000' '0 rehearsals were asked for, 1 to 10000'
refused 1 locked-down 3 '' 'locked down'
refused 61 nothing-loaded 1 '' 'no image is loaded'
refused 4 interrupted 5 '' 'interrupted by a signal'
FAKE_ERRNO=61 check no-why 1 rehearse
says err 'no image is loaded'
FAKE_ERRNO=25 check old-module 5 rehearse
says err 'cannot rehearse: ' 'another version of it'
FAKE_ERRNO=16 FAKE_WHY="$(number rehearsal-armed)" check refused-json 1 rehearse --json
says out '"id":"rehearsal-armed"' '"exit_code":1'
FAKE_STATUS=5 check no-status 5 rehearse
says err 'cannot read the status'
FAKE_OPEN=2 check no-module 5 rehearse
says err 'is kleap.ko loaded'
silent log
if grep -q 'If that goes wrong' "$work/err"; then fail 'a word of risk'; fi

# Images that the kernel holds.
for way in kexec_load kexec_file_load; do
	check "by-$way" 1 rehearse --via $way
	says err 'only an image in the module can be rehearsed' 'load it with --via module' 'kleap explain rehearsal-way'
	silent log
done
check by-module 0 rehearse --via module -y
logged 'rehearse 1'
finish
