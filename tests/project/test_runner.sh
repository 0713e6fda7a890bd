#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What runs the tests: one that hangs is stopped, counted and named, with all that
# it started, and the next one runs. Runs in the project's folder.

. tests/project/project.sh

# dummy NAME: a test program, from standard input. It notes its process, and those that it starts.
dummy() {
	{
		printf '#!/bin/sh\nwork="%s"\nnote() { echo $1 >> "$work/processes"; }\nnote $$\n' "$work"
		cat
	} > "$work/$1"
	chmod +x "$work/$1"
}

# gone: nothing that a dummy started runs any more; what does is ended here.
gone() {
	: > "$work/left"
	while read -r process; do
		# A process that has ended may wait for its parent to ask.
		! grep -qs ') [^ZX] ' "/proc/$process/stat" || {
			echo "$process still runs" | tee -a "$work/out" >> "$work/left"
			kill -KILL "$process"
		}
	done < "$work/processes"
	[ ! -s "$work/left" ]
}

dummy passes <<'END'
echo '[  PASSED  ] 2 test(s).'
echo '2 passed, 0 failed'
END
dummy hangs <<'END'
echo '[  PASSED  ] 7 test(s).'
echo '7 passed, 0 failed'
exec sleep 1000
END
# Neither listens to signals nor waits for its child, which keeps the output open.
dummy stubborn <<'END'
trap '' TERM INT HUP
sleep 1000 &
note $!
: > "$work/started"
while :; do sleep 1; done
END
# Says that it passed, and leaves a process behind that would keep a pipe open.
dummy leaves <<'END'
setsid sleep 20 &
note $!
echo '[  PASSED  ] 1 test(s).'
echo '1 passed, 0 failed'
END
# A runner that has a test to stop, and cannot.
dummy runner <<'END'
tests/limit 1000 "$work/stubborn" &
note $!
until [ -e "$work/started" ]; do sleep 0.1; done
kill -STOP $!
wait
END

# A dummy that does not hang would prove nothing.
timeout 2 "$work/hangs" > "$work/out"
[ $? -eq 124 ]
verdict 'the dummy hangs'

# ---- tests/run --------------------------------------------------------------------
: > "$work/processes"
KLEAP_LIMIT=1 timeout 60 tests/run "$work/hangs" "$work/stubborn" "$work/passes" > "$work/out" 2>&1
[ $? -eq 1 ]
verdict 'tests/run fails'
[ "$(tail -n 1 "$work/out")" = '9 passed, 2 failed, 0 skipped' ]
verdict 'each test that hangs is a failure'
says 'hangs was stopped after 1 s' && says 'stubborn was stopped after 1 s'
verdict 'the tests that hang are named'
says '^passes .* 2 passed, 0 failed'
verdict 'the next test runs'
gone
verdict 'nothing of them is left'
timeout 60 tests/run "$work/passes" "$work/leaves" > "$work/out" 2>&1 &&
	[ "$(tail -n 1 "$work/out")" = '3 passed, 0 failed, 0 skipped' ]
verdict 'tests that end in time pass'

# ---- The parts of tests/check -----------------------------------------------------
: > "$work/processes"
rm -f "$work/started"
cat > "$work/check" <<END
. tests/parts.sh
part 'one that hangs' '$work/hangs'
part 'a runner that hangs' '$work/runner'
part 'one that passes' '$work/passes'
finish
END
BUILD=$work KLEAP_PART_LIMIT=2 timeout 90 sh "$work/check" > "$work/out" 2>&1
[ $? -eq 1 ]
verdict 'parts that hang fail'
[ "$(tail -n 1 "$work/out")" = '2 passed, 2 failed, 0 skipped' ]
verdict 'each part that hangs is a failure'
says "'one that hangs' was stopped after 2 s" && says "'a runner that hangs' was stopped after 2 s"
verdict 'the parts that hang are named'
gone
verdict 'nothing of the parts is left'
cat > "$work/check" <<END
. tests/parts.sh
part 'one that leaves a process' '$work/leaves'
part 'one that says nothing' true
finish
END
BUILD=$work timeout 10 sh "$work/check" > "$work/out" 2>&1
[ "$(tail -n 1 "$work/out")" = '1 passed, 1 failed, 0 skipped' ]
verdict 'a part has ended when it ends, and says what it counted'
cat > "$work/check" <<END
. tests/parts.sh
others() {
	part 'one that passes' '$work/passes'
	part 'one that says nothing' true
	[ -z "\${ENDS-}" ] || exit 3
}
part 'one before' '$work/passes'
beside others
part 'one at the same time' '$work/passes'
join
finish
END
BUILD=$work timeout 20 sh "$work/check" > "$work/out" 2>&1
[ "$(tail -n 1 "$work/out")" = '6 passed, 1 failed, 0 skipped' ] && says "'one that says nothing' ended with status 0"
verdict 'parts that run beside others are shown, and count once'
sed -i "/says nothing/d" "$work/check"
ENDS=1 BUILD=$work timeout 20 sh "$work/check" > "$work/out" 2>&1
[ "$(tail -n 1 "$work/out")" = '6 passed, 1 failed, 0 skipped' ] && says "'what ran beside' ended with status 3"
verdict 'parts that end too early fail'

# ---- tests/cli/cli.sh -------------------------------------------------------------
cat > "$work/command" <<'END'
. tests/cli/cli.sh
: > "$work/err"
: > "$work/log"
name=one
(fail 'in a subshell')
echo two | while read -r name; do fail 'in a pipe'; done
passed=3
finish
END
sh "$work/command" > "$work/out"
[ $? -eq 1 ] && says 'FAILED  . 2 test' && says '^one: in a subshell' && says '^two: in a pipe'
verdict 'what fails in a subshell counts'
echo '. tests/cli/cli.sh; passed=1; finish' > "$work/command"
sh "$work/command" > "$work/out" && ! says FAILED
verdict 'a test of the command passes'

# ---- An interruption --------------------------------------------------------------
: > "$work/processes"
tests/limit 1000 "$work/hangs" > "$work/out" 2>&1 &
limit=$!
sleep 1
kill $limit
wait $limit
code=$?
gone && [ $code -eq 130 ] && [ -s "$work/processes" ]
verdict 'an interruption stops what runs'

finish
