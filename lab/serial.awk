# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# How a lab machine's serial line is read and judged: the beginning of every verify script that says so. Two files are
# read: expected, then serial.log.
#
#   want[NAME]         what the run was asked for, from expected
#   said[BOOT, NAME]   what the kernel that booted as number BOOT said, counted from 1
#   boots              how many kernels identified themselves
#   stages             has BOOT in it when a trampoline told its stages after that boot
#   checked            has BOOT in it when the entry code for kexec_load did: it has fewer
#   prepared           has BOOT in it when that kernel told the firmware that the machine enters S5
#   complaint          the first line with a kernel's complaint, if there is one

BEGIN { slack_kB = 1024 }

# Word values of the first file: NAME=VALUE.
FNR == NR { at = index($0, "="); want[substr($0, 1, at - 1)] = substr($0, at + 1); next }

{ sub(/\r$/, "") }

/^kleva/ { stages[boots + 0] }
/^eva/ { checked[boots + 0] }
/Linux version [0-9]/ { boots++ }
/Preparing to enter system sleep state S5/ { prepared[boots + 0] }

# A kernel line may stand before ours when the console was busy, hence no anchor.
match($0, /lab: [^:]+: /) {
	name = substr($0, RSTART + 5, RLENGTH - 7)
	said[boots, name] = substr($0, RSTART + RLENGTH)
}

/BUG:|WARNING:|Oops|Call Trace|general protection|Bad page|Kernel panic/ && !/WARNING: Unprivileged eBPF/ {
	if (!complaint) complaint = $0
}

# number TEXT: is it one? What was read is text to awk, so "+ 0" stands wherever two amounts are compared.
function number(text) { return text ~ /^-?[0-9]+$/ }

# demand MET, TEXT, INSTEAD: one line; INSTEAD says what was seen when it is not met.
function demand(met, text, instead) {
	count++
	if (met) passed++; else failed++
	print (met ? "ok " : "not ok ") count " - " text (met ? "" : " (" instead ")")
}

# skip TEXT, WHY: a demand that is not made.
function skip(text, why) {
	count++
	skipped++
	print "ok " count " - " text " # skip " why
}

# small AMOUNT: a number of kB that is lost in the noise.
function small(amount) { return number(amount) && amount + 0 <= slack_kB && amount + 0 >= -slack_kB }

# verdict NAME: the last line, and the exit status.
function verdict(name) {
	printf "%s: %d passed, %d failed, %d skipped\n", name, passed, failed, skipped
	exit failed > 0
}
