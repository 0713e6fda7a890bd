# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# Does a verify script detect what it should? Feeds it one good log, then the same log with one thing wrong at a
# time. Sourced after lib.sh by the verify-test scripts, which say, in this order:
#
#   doctor VERIFY             the script to be tested; then write $dir/good/expected and $dir/good/serial.log
#   healthy                   VERIFY is content with these
#   doctored SED DEMAND       with the log changed so, VERIFY fails, and it is this demand that does
#   verdict                   each demand was seen to fail; prints the counts
#
# The first three can come several times before the verdict, for runs that differ in what they were asked to do.

cases=0

doctor() {
	verify=$1
	dir=$PWD_BUILD/$verify-test
	if [ $cases = 0 ]; then
		problems=0
		rm -rf "$dir"
		mkdir -p "$dir/good" "$dir/bad"
		: > "$dir/fallible"
		: > "$dir/demands"
	fi
	cases=$((cases + 1))
}

problem() {
	echo "not ok - $*"
	problems=$((problems + 1))
}

healthy() {
	"$verify" "$dir/good" > "$dir/good/verdict" || {
		problem "$verify rejects the good log"
		grep '^not ok' "$dir/good/verdict" || true
	}
	sed -n '/ # skip /d; s/^ok [0-9]* - //p' "$dir/good/verdict" >> "$dir/demands"
}

doctored() {
	cp "$dir/good/expected" "$dir/bad/expected"
	sed "$1" "$dir/good/serial.log" > "$dir/bad/serial.log"
	cmp -s "$dir/good/serial.log" "$dir/bad/serial.log" && problem "the script \"$1\" changes nothing"
	if "$verify" "$dir/bad" > "$dir/bad/verdict"; then
		problem "verify is content after \"$1\""
	elif ! grep -q "^not ok [0-9]* - $2" "$dir/bad/verdict"; then
		problem "verify fails after \"$1\", but not for \"$2\""
	fi
	sed -n 's/^not ok [0-9]* - \(.*\) (.*)$/\1/p' "$dir/bad/verdict" >> "$dir/fallible"
}

verdict() {
	sort -u "$dir/demands" | while read -r demand; do
		grep -qxF "$demand" "$dir/fallible" || echo "$demand"
	done > "$dir/infallible"
	while read -r demand; do
		problem "nothing makes this demand fail: $demand"
	done < "$dir/infallible"
	count=$(sort -u "$dir/demands" | grep -c '')
	cases=0
	[ "$problems" = 0 ] && echo "ok - each of the $count demands of $verify can fail"
	echo "$((count - (problems < count ? problems : count))) passed, $problems failed"
	[ "$problems" = 0 ]
}
