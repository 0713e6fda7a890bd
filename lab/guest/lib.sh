# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Output and measurements in the guest. Sourced by init and by the checks.
#
# Every line for the host is "lab: NAME: VALUE".

report() { echo "lab: $1: $2"; }

# step TEXT: print what comes now.
step() { report step "$1"; }

# setting NAME DEFAULT: the value of lab.NAME= on the kernel's command line.
setting() {
	value=$(tr ' ' '\n' < /proc/cmdline | sed -n "s/^lab\.$1=//p" | tail -n 1)
	echo "${value:-$2}"
}

has_card() { [ -n "$(setting nic '')" ]; }

# network: bring the network card up, if the machine has one.
network() {
	has_card || return 0
	for module in $(setting nic '' | tr , ' '); do
		[ ! -e "/lab/$module.ko" ] || insmod "/lab/$module.ko"
	done
	ip addr add 10.0.2.15/24 dev eth0
	ip link set eth0 up
}

# received: how many frames have come in.
received() { cat /sys/class/net/eth0/statistics/rx_packets; }

# complaints NAME: count, and quote, what the kernel's log holds that should not be there, and what stands around the first.
# Debian says "WARNING: Unprivileged eBPF ..." on some processors; that is advice and not a fault.
complaints() {
	dmesg | grep -E 'BUG:|WARNING:|Oops|Call Trace|general protection|Bad page|Kernel panic' |
		grep -v 'WARNING: Unprivileged eBPF' > /tmp/complaints
	report "$1.complaints" "$(wc -l < /tmp/complaints)"
	while read -r line; do
		report "$1.complaint" "$line"
	done < /tmp/complaints
	[ -s /tmp/complaints ] || return 0
	dmesg | grep -F -B 10 -A 20 -m 1 "$(head -n 1 /tmp/complaints)" > /tmp/complaints
	while read -r line; do
		report "$1.around" "$line"
	done < /tmp/complaints
}

# free_kB: print memory that nobody uses, "ALL HIGH", in kB.
#
# MemFree counts a page that lies on a processor's own list as used; on a 16 GiB machine these lists hold many MiB
# and come and go. /proc/zoneinfo names them, so they are added.
free_kB() {
	echo 1 > /proc/sys/vm/stat_refresh
	awk '/^Node/      { zone = $4 }
	     / pages free/ { free[zone] += $3 }
	     / count:/     { free[zone] += $2 }
	     END { for (z in free) all += free[z]; print all * 4, free["HighMem"] * 4 }' /proc/zoneinfo
}

# KASAN keeps freed memory back, until its cache is shrunk.
kasan=$(grep -c -m 1 ' kasan_report$' /proc/kallsyms)

# settled_kB: free_kB, when caches are empty and what is freed late has been freed.
# Settled means: two readings a quarter of a second apart differ by less than 64 kB; given up after 5 s.
settled_kB() {
	last=0
	for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		sync
		echo 3 > /proc/sys/vm/drop_caches
		[ "$kasan" = 0 ] || echo 1 | tee /sys/kernel/slab/*/shrink > /dev/null
		sleep 0.25
		now=$(free_kB)
		moved=$((${now% *} - last))
		[ "$moved" -gt -64 ] && [ "$moved" -lt 64 ] && break
		last=${now% *}
	done
	echo "$now"
}

# timed_report NAME COMMAND...: run it; report NAME_ns and NAME_status, and what it said when it failed.
timed_report() {
	name=$1
	shift
	taken=$(timed "$@" 3>&1 > /tmp/said 2>&1)
	report "${name}_ns" "${taken% *}"
	report "${name}_status" "${taken#* }"
	if [ "${taken#* }" != 0 ]; then
		while read -r line; do
			report "${name}_said" "$line"
		done < /tmp/said
	fi
}

# kmemleak NAME PATTERN: memory that the kernel lost, as far as it notices, and that PATTERN claims; nothing without
# kmemleak. The first scan may see what a second knows to be in use.
kmemleak() {
	leaks=/sys/kernel/debug/kmemleak
	[ -e $leaks ] || return 0
	echo scan > $leaks
	sleep 6
	echo scan > $leaks
	cat $leaks > /tmp/leaks
	report kmemleak.all "$(grep -c '^unreferenced' /tmp/leaks)"
	report "kmemleak.$1" "$(grep -cE "$2" /tmp/leaks)"
	grep -E "$2" /tmp/leaks | head -n 5 | while read -r line; do
		report kmemleak.said "$line"
	done
}

# checks: run each of them. One that hangs must not take the time of all others.
checks() {
	limit=$(setting check_limit 120)
	for check in /lab/checks/*.sh; do
		[ -x "$check" ] || continue
		CHECK=$(basename "$check" .sh)
		export CHECK
		step "check $CHECK"
		timeout -s KILL "$limit" "$check"
		status=$?
		case $status in
		0) ;;
		137)
			report "check $CHECK" "FAILED not done after $limit s"
			# What it started may hold the module. This is the first process, which is spared.
			kill -KILL -1
			;;
		*) report "check $CHECK" "FAILED exit status $status" ;;
		esac
		# One check that gave up half way must not spoil the next.
		[ ! -d /sys/module/kleap ] || rmmod kleap || rmmod -f kleap
		[ "$(cat /sys/kernel/kexec_loaded)" = 0 ] || kexec -u
	done
}

# For checks. ok: it holds. failed WHY: it does not. One of the two ends a check.
ok() {
	report "check $CHECK" ok
	exit 0
}
failed() {
	report "check $CHECK" "FAILED $*"
	exit 0
}
