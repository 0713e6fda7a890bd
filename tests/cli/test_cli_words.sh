#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The command's output: one JSON object for an error, no control characters, an error if output cannot
# be written, lines of at most 80 columns; and files that are not regular.

. tests/cli/cli.sh

FAKE_STATE=1
export FAKE_STATE
escape=$(printf '\033')

# ---- An error with --json is one object ----------------------------------------------------
# object CODE ARGUMENTS...: the run ends with this code and prints one object of it.
object() {
	want=$1
	shift
	check "object: $*" "$want" "$@"
	says out "\"exit_code\":$want"
	if [ "$(grep -c '^{' "$work/out")" -ne 1 ] || [ "$(grep -c '^}' "$work/out")" -ne 1 ]; then fail 'not one object'; fi
}

for arguments in '' jump plan 'plan -y K' 'plan K K' 'plan K --limit x' 'plan K --initrd=' 'plan K --bogus' \
	"load K" 'load' 'exec' 'exec extra' 'exec --at-reboot --cancel' unload disable 'explain none' explain 'help' 'help none' version \
	'-l' '-l -e' '-f' '-f K' '-p K' '-S -u' '-u' '-e' '-l K -t elf' '-l K --dtb=x' '-l K --atags' 'status extra' 'status --limit 1' \
	'-l K --entry=1' 'plan K --mem-min=0x2000 --limit 1000'; do
	arguments=$(echo "$arguments" | sed "s,\<K\>,$kernel,g")
	# shellcheck disable=SC2086 # words
	object 2 $arguments --json
	# shellcheck disable=SC2086 # words
	object 2 --js $arguments
done
object 2 plan --json=yes "$kernel"
object 2 --json plan "$kernel" --initrd
object 1 plan "$work/empty" --json --memory-map "$work/map"
object 5 plan "$work/none" --json
object 5 plan "$kernel" --json --memory-map "$work/none"
FAKE_OPEN=13 object 3 status --json
FAKE_STATUS=5 object 5 status --json
# A value or argument --json is not the option.
check no-json 1 plan "$work/empty" --memory-map "$work/map" --append --json
silent out
check no-json-after 2 plan "$kernel" -- --json
silent out

# ---- No control characters -------------------------------------------------------------
# Escape, delete, backspace, a line break, bytes that are not UTF-8, a control character of two bytes.
bad=$(printf 'a\033[31mb\177c\010d\ne\377f\302\233g\302\240\303\244')
good='a\x1b[31mb\x7fc\x08d\x0ae\xfff\xc2\x9bg'$(printf '\302\240\303\244')
mkdir "$work/$bad"
cp "$kernel" "$work/$bad/vmlinuz"
cp "$work/initrd" "$work/map" "$work/$bad"

# tame: the last run wrote no such byte.
tame() {
	for said in out err; do
		if LC_ALL=C tr -d '\n' < "$work/$said" | LC_ALL=C grep -q "$(printf '[\001-\037\177]')"; then fail "$said has control characters"; fi
		if iconv -f UTF-8 -t UTF-8 "$work/$said" > /dev/null; then passed=$((passed + 1)); else fail "$said is not UTF-8"; fi
		if LC_ALL=C grep -q "$(printf '\302\233')" "$work/$said"; then fail "$said has U+009B"; fi
	done
}

check tame-plan 0 plan "$work/$bad/vmlinuz" --initrd "$work/$bad/initrd" --memory-map "$work/$bad/map" --append "$bad" -d
tame
says out "kernel        $work/$good/vmlinuz" "initrd        $work/$good/initrd" "command line  $good" "memory map    $work/$good/map"
says err "memory map from $work/$good/map" "command line: $good"
printf 'BOOT_IMAGE=%s x=%s\n' "$escape" "$escape" > "$FAKE_ROOT/proc/cmdline"
check tame-load 0 load "$work/$bad/vmlinuz" --initrd "$work/$bad/initrd" --reuse-cmdline -d
tame
says out "loaded: $work/$good/vmlinuz" "initrd $work/$good/initrd" 'left out of the command line: BOOT_IMAGE=\x1b'
says log "command: x=$escape"
check tame-plan-reuse 0 plan "$kernel" --reuse-cmdline
tame
says out 'left out    BOOT_IMAGE=\x1b'
# A kernel file may bring its command line, and that may be hostile.
printf '%s' "$bad" > "$work/cmdline"
pe "$work/uki" .linux "$kernel" .cmdline "$work/cmdline"
for verb in plan load; do
	check "tame-uki $verb" 0 "$verb" "$work/uki"
	tame
	says out 'command line' '\x7fc d'
done
for arguments in "plan B" "load B" "plan K --initrd B" "plan K --memory-map B" "B" "plan K B" "--B" "explain B" "help B" "plan K --limit B" \
	"-l K -t B" "-l K --serial=B" "status --device B"; do
	# shellcheck disable=SC2086 # words, which these are not
	set -- $arguments
	for word; do
		shift
		case $word in
		K) set -- "$@" "$kernel" ;;
		B) set -- "$@" "$bad" ;;
		*B) set -- "$@" "${word%B}$bad" ;;
		*) set -- "$@" "$word" ;;
		esac
	done
	name="tame: $arguments"
	kleap "$@"
	says err 'kleap: ' '\x1b'
	tame
done
check tame-empty-initrd 0 load "$kernel" --initrd "$work/initrd" --initrd "$work/$bad/../empty"
tame
says err "$work/$good/../empty is empty"
check tame-kernel 1 plan "$work/$bad/initrd" -t bzImage --memory-map "$work/map"
tame
# JSON has its own escapes.
check json-escape 0 plan --json "$work/$bad/vmlinuz" --memory-map "$work/map" --append "$escape"
says out '"command_line":"\u001b"'
check json-escape-error 2 plan "$kernel" "$escape" --json
says out '\u001b'
if grep -q "$escape" "$work/out"; then fail 'an escape in JSON'; fi
long=$work/$(head -c 200 /dev/zero | tr '\0' a)/$(head -c 200 /dev/zero | tr '\0' b)/$(head -c 200 /dev/zero | tr '\0' c)
check long-path 5 plan "$long"
says err "cannot open $long: No such file"
long=$long/$(head -c 200 /dev/zero | tr '\0' d)/$(head -c 200 /dev/zero | tr '\0' e)/$(head -c 200 /dev/zero | tr '\0' f)
mkdir -p "$long"
echo text > "$long/text"
check long-path-of-text 1 plan "$long/text"
says err "cannot load $long/text: it is text"
head -c 40000 "$kernel" > "$long/short"
check long-path-of-kernel 1 plan "$long/short" --memory-map "$work/map"
says err "$long/short, a kernel for x86 (bzImage): the kernel file has 40000 bytes"

# ---- Output that cannot be written ------------------------------------------------------------------
# full ARGUMENTS...: output cannot be written, which is an error.
full() {
	for to in '> /dev/full' '>&-'; do
		name="$* $to"
		case $to in
		*full) "$program" --device /fake/kleap "$@" > /dev/full 2> "$work/err" ;;
		*) "$program" --device /fake/kleap "$@" >&- 2> "$work/err" ;;
		esac
		code=$?
		if [ $code -eq 5 ]; then passed=$((passed + 1)); else fail "exit code $code"; fi
		says err 'kleap: cannot write to standard output: '
	done
}

for arguments in --help -h -V -v help version 'help load' 'explain list' 'explain ok' status 'status --json' rehearse 'rehearse --json' unload disable \
	'exec --at-reboot' 'exec --cancel' "plan $kernel --memory-map $work/map" "plan $kernel --memory-map $work/map --json" "load $kernel"; do
	# shellcheck disable=SC2086 # words
	full $arguments
done
# A file that is opened does not take the place of a standard one that is closed.
name=closed-error
"$program" plan "$work/none" 2>&-
code=$?
if [ $code -eq 5 ]; then passed=$((passed + 1)); else fail "exit code $code"; fi
name=device-in-place-of-standard-error
: > "$work/device"
FAKE_FILE=$work/device "$program" --device /fake/kleap load -d "$kernel" > "$work/out" 2>&-
code=$?
if [ $code -eq 0 ] && [ ! -s "$work/device" ]; then passed=$((passed + 1)); else fail "exit code $code, or messages in the device"; fi
name=all-closed
"$program" plan "$kernel" --memory-map "$work/map" <&- >&- 2>&-
code=$?
if [ $code -eq 5 ]; then passed=$((passed + 1)); else fail "exit code $code"; fi

# ---- Files that are not regular ----------------------------------------------------------------------------
mkfifo "$work/pipe"
for what in "$work/pipe:a pipe" "$work:a directory" "/dev/null:a device" "/dev/zero:a device" "/dev/full:a device"; do
	name="kernel is ${what#*:}"
	timeout 10 "$program" plan "${what%:*}" > "$work/out" 2> "$work/err"
	code=$?
	if [ $code -eq 5 ]; then passed=$((passed + 1)); else fail "exit code $code"; fi
	says err "cannot load ${what%:*}: it is ${what#*:}" 'hint: give a regular file'
	name="initrd is ${what#*:}"
	timeout 10 "$program" plan "$kernel" --initrd "${what%:*}" > "$work/out" 2> "$work/err"
	code=$?
	if [ $code -eq 5 ]; then passed=$((passed + 1)); else fail "exit code $code"; fi
	says err "cannot load ${what%:*}: it is ${what#*:}"
done
# Opening a device can have effects.
FAKE_DENY=/dev/zero check not-even-opened 5 plan /dev/zero
says err 'it is a device'
name='kernel from a pipe'
cat "$kernel" | kleap plan /dev/stdin
says err 'cannot load /dev/stdin: it is a pipe'
# A file that becomes shorter while it is used, which is here: before the map comes.
for json in '' --json; do
	name="shorter $json"
	head -c 1000000 /dev/zero > "$work/shorter"
	mkfifo "$work/late"
	exec 3<> "$work/late"
	# shellcheck disable=SC2086 # a word or none
	timeout 20 "$program" plan "$kernel" --initrd "$work/shorter" --memory-map "$work/late" $json \
		> "$work/out" 2> "$work/err" 3>&- &
	sleep 1
	: > "$work/shorter"
	cat "$work/map" > "$work/late"
	exec 3>&-
	wait $!
	if [ $? = 5 ]; then passed=$((passed + 1)); else fail 'another exit code'; fi
	says err 'kleap: a file cannot be read any more'
	[ "$json" ] || silent out
	rm "$work/late"
done
says out '"text":"a file cannot be read any more' '"exit_code":5}}'

# A map may come from a pipe, as long as something writes to it.
name=map-from-a-pipe
{ sleep 0.3; head -n 1 "$work/map"; sleep 0.3; sed 1d "$work/map"; } | kleap plan "$kernel" --memory-map /dev/stdin
says out '1023.6 MiB of RAM'
name=map-from-nothing
timeout 10 "$program" plan "$kernel" --memory-map "$work/pipe" > "$work/out" 2> "$work/err"
code=$?
if [ $code -eq 1 ]; then passed=$((passed + 1)); else fail "exit code $code"; fi
says err memory-map-empty
name='kernel as input'
kleap plan /dev/stdin --memory-map "$work/map" < "$kernel"
says out 'boot protocol 2.15'
for option in --initrd --memory-map --device; do
	check "empty $option" 2 plan "$kernel" "$option="
	says err "kleap: $option: the file name is empty" 'variable'
done
check empty-ramdisk 2 plan "$kernel" --initrd "$work/initrd" --ramdisk ''
says err '--ramdisk: the file name is empty'
check empty-kernel 2 plan ''
says err 'plan: the file name is empty'
check empty-kernel-load 2 -l '' --initrd "$work/initrd"
says err 'load: the file name is empty'
# What is not quoted.
check not-quoted 2 load "$kernel" --append root=/dev/sda1 ro quiet
says err 'load does not take: ro' 'hint: quote a command line with blanks: --append "'
check not-quoted-before 2 plan --append root=/dev/sda1 ro "$kernel"
says err 'quote a command line'
check too-many 2 plan "$kernel" ro
says err 'hint: kleap --help'

# ---- Verbs, and options of others ----------------------------------------------------------------------
for verb in plan load status rehearse exec unload disable explain help version; do
	check "help $verb" 0 help $verb
	says out "kleap $verb"
	[ $verb = explain ] || kleap help
	says out "  kleap $verb"
done
check help-load 0 help load
says out '--initrd FILE' '--uart UART'
if grep -q -- --at-reboot "$work/out"; then fail 'load takes no --at-reboot'; fi
check help-exec 0 help exec
says out '--at-reboot'
if grep -q -- --initrd "$work/out"; then fail 'exec takes no --initrd'; fi
check version 0 version
for option in -y -x -i '--uart 3f8' --at-reboot --cancel; do
	# shellcheck disable=SC2086 # words
	check "plan $option" 2 plan "$kernel" $option
	says err 'plan does not take --'
done
check plan-debug 0 plan "$kernel" --initrd "$work/initrd" --append x -d
cp "$work/err" "$work/planned"
check load-debug 0 load "$kernel" --initrd "$work/initrd" --append x -d
name=debug-of-both
if cmp "$work/planned" "$work/err"; then passed=$((passed + 1)); else fail 'plan shows another layout'; fi

# ---- Limits: no range that ends before it starts -------------------------------------------------------
for limit in 1 1000 fffff ffffff; do
	check "limit $limit" 1 plan "$kernel" --memory-map "$work/map" --limit $limit
	says err 'the kernel cannot be placed below 0x1000000, and the limit ends memory at 0x' 'kleap explain limit-too-low'
done
check limit-1000000 1 plan "$kernel" --memory-map "$work/map" --limit 1000000
says err 'between 0x1000000 and 0x1000001'
check limit-mem-min 2 plan "$kernel" --memory-map "$work/map" --limit 1fffffff --mem-min=0x20000000
says err '--mem-min is above the limit'

# ---- Columns ----------------------------------------------------------------------------------------------
# columns CODE ARGUMENTS...: no line is longer than 80.
columns() {
	check "columns: $*" "$@"
	if grep '.\{81\}' "$work/out" "$work/err"; then fail 'too long'; else passed=$((passed + 1)); fi
}
narrow() { columns 0 "$@"; }

program=$(realpath "$program")
errors=$(kleap explain list && cat "$work/out")
printf '100000-1000000 ram\n1000000-1001000 reserved\n1001000-4000000 ram\n' > "$work/holes"
cd "$work" || exit 1
narrow plan vmlinuz --initrd initrd --memory-map map --append 'root=/dev/sda1 ro quiet console=ttyS0'
narrow plan vmlinuz --initrd initrd --initrd initrd --memory-map holes
narrow load vmlinuz --initrd initrd --append 'root=/dev/sda1 ro'
# Kernels in all that may be around them; the version has 40 characters at most.
cp vmlinuz named
at 0x20e named '\000\003'
at 0x500 named '6.12.0-with-a-version-of-forty-characters'
gzip -c named > named.gz
xz -c named.gz | gzip -c > thrice
printf 'root=/dev/own' > line
pe packed-uki .linux named.gz .cmdline line .initrd initrd
gzip -c packed-uki > uki.gz
for file in named named.gz thrice packed-uki uki.gz; do
	narrow plan $file --memory-map map
	narrow load $file
done
narrow plan thrice --memory-map map
says out '(bzImage,' '              6.12.0-with-a-version-of-forty-character), compressed with gzip,' \
	'              compressed with xz, compressed with gzip'
for option in --append=x --reuse-cmdline --initrd=initrd; do
	narrow plan uki.gz $option
	narrow load uki.gz $option
done
truncate -s 400M large
narrow plan vmlinuz --initrd large
says out 'may not fit'
narrow load vmlinuz --initrd large
for option in $(sed -n 's/^| `\(--[^`]*\)` | refused .*/\1/p' "$OLDPWD/docs/kexec.md"); do columns 2 -l vmlinuz "$option"; done
says err "--vmm is not supported"
columns 1 -p vmlinuz
narrow rehearse
narrow rehearse --times 10000
narrow status
FAKE_STATE=2 narrow status
FAKE_STATE=0 narrow status
narrow help
for verb in plan load status rehearse exec unload disable explain help version; do narrow help $verb; done
for id in $errors; do narrow explain "$id"; done
# Lines of the document that are as long as they are for a reason stay so.
check explained 0 explain no-room-for-kernel
[ "$(grep -c '^a: contiguous\|^Nothing was loaded' "$work/out")" -eq 2 ] || fail 'lines run together'
says out 'preferred address up to 4 GiB'
cd "$OLDPWD" || exit 1

finish
