# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=sh
# Running tests in parts, each of which ends with a line
# "N passed, N failed[, N skipped]". Sourced in the project's folder.

BUILD=${BUILD:-build}
log=$BUILD/check.log
mkdir -p "$BUILD"
passed=0 failed=0 skipped=0 broken='' running='' other=''
# Seconds for a part; single tests and machines have limits of their own.
part_limit=${KLEAP_PART_LIMIT:-$((2400 * ${PATIENCE:-1}))}

trap 'kill $running $other 2> /dev/null; exit 130' INT TERM

# part NAME COMMAND...: run, show what it prints, add up its last line of counts.
part() {
	name=$1
	begin=$(date +%s)
	shift
	printf '\n== %s\n' "$name"
	: > "$log"
	tests/limit "$part_limit" "$@" > "$log" 2>&1 &
	running=$!
	# No pipe: what a part leaves running would keep it open.
	tail -s 0.2 -n +1 -f --pid=$running "$log"
	wait $running
	status=$?
	printf '== %s: %d s\n' "$name" $(($(date +%s) - begin))
	# shellcheck disable=SC2046 # numbers
	set -- $(sed -n 's/.*\<\([0-9]\+\) passed, \([0-9]\+\) failed\(, \([0-9]\+\) skipped\)\?.*/\1 \2 0\4/p' \
		"$log" | tail -n 1)
	if [ $status -eq 124 ]; then
		broken="$broken '$name' was stopped after $part_limit s;"
		set -- 0 1 0
	elif [ $# -ne 3 ] || { [ $status -ne 0 ] && [ "$2" -eq 0 ]; }; then
		broken="$broken '$name' ended with status $status and no failure counted;"
		failed=$((failed + 1))
	fi
	passed=$((passed + ${1:-0})) failed=$((failed + ${2:-0}))
	skipped=$((skipped + ${3:-0}))
}

# beside FUNCTION: parts that run beside those that follow. join shows and counts them.
beside() {
	(
		log=$BUILD/check-beside.log running='' passed=0 failed=0 skipped=0
		trap 'kill $running 2> /dev/null; exit 130' INT TERM
		"$1"
		finish
	) > "$BUILD/beside.log" 2>&1 &
	other=$!
}

join() {
	failures=$failed
	part 'what ran beside' tail -s 0.2 -n +1 -f --pid="$other" "$BUILD/beside.log"
	wait "$other"
	status=$?
	# It ended before its own finish.
	if [ $status -ne 0 ] && [ "$failed" -eq "$failures" ]; then
		broken="$broken 'what ran beside' ended with status $status and no failure counted;"
		failed=$((failed + 1))
	fi
	other=''
}

# finish: the sum, as the last line; true if nothing failed.
finish() {
	printf '\n'
	[ -z "$broken" ] || echo "check:$broken"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
