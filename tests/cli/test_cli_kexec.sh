#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The options of kexec(8), those that docs/kexec.md lists: all of kexec-tools 2.0.32. And kleap when
# it is called kexec, as scripts do.

. tests/cli/cli.sh

FAKE_STATE=1
export FAKE_STATE

# ---- Each option ---------------------------------------------------------------
# A line for each spelling: option, what the document says of it.
# shellcheck disable=SC2016 # backquotes of the text
doc() {
	sed -n 's/^| \(`.*`\) | \(honoured\|no effect\|refused\) |.*/\1|\2/p' docs/kexec.md |
		while IFS='|' read -r spellings kind; do
			echo "$spellings" | tr '`' '\n' | grep '^-' | sed "s/\$/|$kind/"
		done
}

doc > "$work/doc"
while IFS='|' read -r option kind; do
	# Some take a file.
	option=$(echo "$option" | sed "s,initrd=initrd,initrd=$work/initrd,;s,ramdisk=initrd,ramdisk=$work/initrd,")
	# shellcheck disable=SC2086 # words
	case $option in
	# test_cli_ways.sh has these.
	-p | --load-panic | -c | -s | --kexec-syscall | --kexec-file-syscall) continue ;;
	-l | --load | -e | --exec | -u | --unload | -S | --status | -f | --force | -h | --help | -v | --version) continue ;;
	*) set -- -l $option ;;
	esac
	case $kind in
	refused)
		check "refused $option" 2 "$@" "$kernel"
		says err 'kleap: --' ' is not supported: ' '  hint: '
		silent log
		;;
	*)
		check "$kind $option" 0 "$@" "$kernel"
		says log 'load: '
		silent err
		;;
	esac
	name="plan $option"
	kleap plan "$kernel" --memory-map "$work/map" ${2:+"$2"} ${3:+"$3"}
	case $kind:$? in
	refused:2 | honoured:0 | 'no effect':0) passed=$((passed + 1)) ;;
	# plan says that it does not take these.
	honoured:2) says err 'plan does not take --' ;;
	*) fail "$kind, with plan it is otherwise" ;;
	esac
done <<DOC
$(sed 's/-d|h/-d|d/;s/--debug|h/--debug|d/' "$work/doc" | grep -v '|d')
DOC

# All of kexec-tools 2.0.32: its man page, and the tables of all processors in its source.
sort > "$work/all" <<'ALL'
--append
--args-elf
--args-linux
--args-none
--atags
--bootinfo
--command-line
--console-serial
--console-vga
--debug
--devicetreeblob
--dt-no-old-root
--dtb
--elf32-core-headers
--elf64-core-headers
--empty-zero
--entry
--entry-32bit
--exec
--exec-live-update
--force
--force-dtb
--gamecube
--help
--hotplug
--howto
--image-size
--initrd
--kexec-file-syscall
--kexec-syscall
--kexec-syscall-auto
--load
--load-jump-back-helper
--load-live-update
--load-panic
--load-preserve-context
--mem-max
--mem-min
--miniroot
--module
--no-checks
--no-cma
--no-ifdown
--no-sync
--noefi
--noio
--page-offset
--pass-memmap-cmdline
--print-ckr-size
--ramdisk
--real-mode
--reset-vga
--reuse-cmdline
--reuse-node
--reuse-video-type
--reuseinitrd
--serial
--serial-baud
--status
--type
--unload
--version
--vmm
-S
-a
-c
-d
-e
-f
-h
-i
-l
-p
-s
-t
-u
-v
-x
-y
ALL
sed 's/[|= ].*//' "$work/doc" | sort -u > "$work/documented"
name=documented
if diff "$work/all" "$work/documented"; then passed=$((passed + 1)); else fail 'the document has other options'; fi

# ---- The options of the code, the help, the man page, the completion ------------------
# The table's rows, a line each: those with a text are in the help.
sed -n '/^static const struct rule/,/^};/p' cli/options.c | tr '\n' ' ' | sed 's/{ "/\n&/g' > "$work/rules"
sed -n 's/.*{ "\([^"]*\)",.*\.text = .*/--\1/p' "$work/rules" | sort > "$work/ours"
sed -n 's/.*{ "\([^"]*\)",.*/--\1/p' "$work/rules" | sort > "$work/known"
name=options-of-the-code
[ "$(wc -l < "$work/ours")" -ge 20 ] || fail 'cli/options.c cannot be read'
kleap --help
grep -o -- '--[a-z0-9-]*' "$work/out" | sort -u > "$work/names"
name=options-of-the-help
if diff "$work/ours" "$work/names"; then passed=$((passed + 1)); else fail 'the help has others'; fi
# Option names of the man page: \- is a dash there.
sed 's/\\-/-/g' man/kleap.8 | grep -o -- '--[a-z0-9-]*' | sort -u > "$work/names"
name=options-of-the-man-page
comm -23 "$work/ours" "$work/names" > "$work/out"
silent out
cat "$work/known" "$work/all" | sort -u | comm -13 - "$work/names" > "$work/out"
silent out
name=options-of-the-completion
grep -o -- '--[a-z0-9-]*' completions/kleap.bash | grep -v '^--$' | sort -u > "$work/names"
comm -23 "$work/ours" "$work/names" > "$work/out"
silent out
comm -13 "$work/known" "$work/names" > "$work/out"
silent out

# completes WANT WORD...: bash completes the last word to these; `=` is a word for it.
completes() {
	want=$1
	shift
	name="complete: $*"
	got=$(bash -c '. completions/kleap.bash; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_kleap kleap "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"; echo ${COMPREPLY[*]}' - "$@")
	if [ "$got" = "$want" ]; then passed=$((passed + 1)); else fail "$got"; fi
}
completes 'bzImage bzImage64' kleap load --type b
completes 'bzImage bzImage64' kleap load --type = b
completes 'kexec_load kexec_file_load' kleap exec --via k
completes '3f8 3e8' kleap load --uart = 3
completes '3f8 2f8 3e8 2e8 pl011, uart8250,mmio, uart8250,mmio32,' kleap load --uart =
completes "$kernel" kleap status --device = "${kernel%z}"

# ---- Verbs -----------------------------------------------------------------------------
check force 0 -f "$kernel" -y
says log 'load: 2 segments' 'leap 1' 'reboot 1234567'
check force-at-last 0 -l -f "$kernel" -y
says log 'load: 2 segments' 'reboot 1234567'
check load-at-last 0 -f -l "$kernel"
says log 'load: 2 segments'
if grep -q reboot "$work/log"; then fail 'it leaps'; fi
check force-exec 0 -f -e -y
says log 'leap 1' 'reboot 1234567'
if grep -q load: "$work/log"; then fail 'it loads'; fi
check exec-force-kernel 0 -e -f -y "$kernel"
says log 'load: 2 segments' 'reboot 1234567'
check force-nothing 2 -f
says err 'force takes a kernel file'
check force-at-reboot 0 -f "$kernel" --at-reboot
says log 'load: 2 segments' 'leap 1'
if grep -q reboot "$work/log"; then fail 'it leaps'; fi
check force-none 1 -f "$work/empty"
silent log
check exec-no-checks 0 -e -i -y -x -d -c -s -a --reset-vga
says log 'reboot 1234567'
check unload-all 0 -u -d -s -a -x -y -i
for two in '-l -e' '-e -u' '-u -f' '-S -e' '-l -u' '-f -S'; do
	# shellcheck disable=SC2086 # words
	check "both $two" 2 $two "$kernel"
	says err 'do not go together'
done
check version 0 -v
says out 'kleap '
check version-first 0 -l --version
check abbreviation 0 -l "$kernel" --app x --ini "$work/initrd" --reuse-c
says log 'command: root=/dev/sda1'
check not-clear 2 -l "$kernel" --re
says err 'option --re is unknown or ambiguous'

# ---- Options with values ----------------------------------------------------------------
for type in elf multiboot-x86 multiboot2-x86 beoboot-x86 nbi-x86 uImage '' bzImage32; do
	check "type '$type'" 2 -l -t "$type" "$kernel"
	says err "kernels of type $type cannot be loaded" 'types are bzImage'
done
for type in bzImage64 elf-x86 elf-x86_64 uki; do
	check "type-$type" 1 -l --type=$type "$kernel"
	says err "$kernel is not of type $type but of type bzImage" 'leave --type out'
	silent log
done
cp "$kernel" "$work/kernel64"
at 0x236 "$work/kernel64" '\001'
check type-64 0 -l -tbzImage64 "$work/kernel64"
check type-both 0 -l -t bzImage "$work/kernel64"
at 0x206 "$work/kernel64" '\013'
check type-old 1 -l -t bzImage64 "$work/kernel64"
elf 32 "$work/elf32"
elf 64 "$work/elf64"
pe "$work/pe" .linux "$kernel"
for type in elf-x86:elf32 elf-x86_64:elf64 uki:pe; do
	check "right-$type" 0 plan "$work/${type#*:}" -t "${type%:*}" --memory-map "$work/map"
	check "wrong-$type" 1 plan "$work/${type#*:}" -t bzImage --memory-map "$work/map"
	says err "is not of type bzImage but of type ${type%:*}"
done
at 0 "$work/kernel64" 'MZ'
check type-stub 1 plan "$work/kernel64" -t uki --memory-map "$work/map"
says err 'is not of type uki but of type bzImage'
head -c 300 "$work/kernel64" > "$work/short"
check type-none 1 plan "$work/short" -t bzImage --memory-map "$work/map"
says err "$work/short is not of type bzImage"
if grep -q 'but of type' "$work/err"; then fail 'a type out of nothing'; fi

check mem-max 0 -l "$kernel" --mem-max=0x3fffffff
says log 'limit 3fffffff'
check mem-max-decimal 0 -l "$kernel" --mem-max=1073741823 --limit 7fffffff
says log 'limit 3fffffff'
check mem-max-high 0 -l "$kernel" --mem-max=0xffffffffffffffff
says log 'limit ffffffffffffffff'
check mem-min 0 plan "$kernel" --mem-min=0x2000000 --memory-map "$work/map"
says out 'kernel       0x002000000' '(relocated)'
check mem-min-inside 0 plan "$kernel" --mem-min=0x2ff00000 --memory-map "$work/map"
says out 'kernel       0x030000000'
check mem-min-all 1 plan "$kernel" --mem-min=0x40000000 --memory-map "$work/map"
for bad in '' x -1 0x 12k; do
	check "mem-min '$bad'" 2 -l "$kernel" --mem-min="$bad"
	check "mem-max '$bad'" 2 -l "$kernel" --mem-max="$bad"
	check "entry '$bad'" 2 -l "$kernel" --entry="$bad"
	check "serial '$bad'" 2 -l "$kernel" --serial="$bad"
	check "baud '$bad'" 2 -l "$kernel" --serial-baud="$bad"
done
check mem-max-0 2 -l "$kernel" --mem-max=0
for bad in ttyS4 3f8 0x10000 0x0; do check "serial $bad" 2 -l "$kernel" --serial="$bad"; done
for bad in 0 4800 56000 230400; do check "baud $bad" 2 -l "$kernel" --serial-baud="$bad"; done
check console-serial 0 -l "$kernel" --console-serial
says log 'uart 3f8'
check serial 0 -l "$kernel" --serial=ttyS1 --console-serial
says log 'uart 2f8'
check serial-0 0 -l "$kernel" --console-serial --serial=ttyS0
says log 'uart 3f8'
check serial-port 0 -l "$kernel" --console-serial --serial=0x3e8 --serial-baud=9600
says log 'uart 3e8'
check serial-alone 0 -l "$kernel" --serial=ttyS1
says log 'uart 0'
check uart-first 0 -l "$kernel" --console-serial --uart 2e8
says log 'uart 2e8'

# ---- The name ------------------------------------------------------------------------------
ln -s "$(realpath "$program")" "$work/kexec"
ln -s "$(realpath "$program")" "$work/kexec.kleap"
ln -s "$(realpath "$program")" "$work/kexecs"
own=$program
program=$work/kexec
check kexec-help 0 -h
says out 'kexec -l KERNEL' --reuse-cmdline
if grep -q 'kleap plan' "$work/out"; then fail 'verbs that kexec has not'; fi
loaded=$FAKE_ROOT/sys/kernel/kexec_loaded
mkdir -p "${loaded%/*}"
echo 0 > "$loaded"
mount='mount /sys/kernel/kleap/loaded /sys/kernel/kexec_loaded 1000'

check kexec-version 0 -v
says out 'kleap ' 'kexec-tools 2.0.32'
check kexec-nothing 2
says err 'kexec takes a kernel file'
check kexec-load 0 -l "$kernel"
silent out
silent err
says log 'load: 2 segments' "$mount"
FAKE_MOUNT=1 check kexec-no-mount 0 -l "$kernel"
says err '/sys/kernel/kexec_loaded does not say that an image is loaded: Operation not permitted'
echo 1 > "$loaded"
check kexec-loaded-again 0 -l "$kernel"
if grep -q mount "$work/log"; then fail 'it is mounted again'; fi
echo 0 > "$loaded"
check kexec-debug 0 -l -d "$kernel"
says err 'segment 0: '
silent out
check kexec-unload 0 -u
silent out
says log unload
check kexec-at-reboot 0 -e --at-reboot
silent out
check kexec-cancel 0 -e --cancel
silent out
check kexec-exec 0 -e
says log 'leap 1' 'reboot 1234567'
# A word that is kleap's verb is a file here.
check kexec-verb 5 status
says err 'cannot open status'

# Status: of the crash kernel, unless -l says otherwise.
check kexec-status 0 -S
echo 1 > "$FAKE_ROOT/sys/kernel/kexec_crash_loaded"
check kexec-status-crash 1 -S
silent out
check kexec-status-panic 1 -S -p
check kexec-status-load 1 -S -l
silent out
FAKE_STATE=0 check kexec-status-none 0 -S -l
FAKE_DENY=$FAKE_ROOT/sys/kernel/kexec_crash_loaded check kexec-status-denied 3 -S
program=$own
check status-panic 1 -S -p
says out 'a crash kernel is loaded'
check status-panic-json 1 status -p --json
says out '"version":1' '"crash_image":true' '"crash_size":'
if grep -q 'a crash kernel' "$work/out"; then fail 'text in the JSON'; fi
rm "$FAKE_ROOT/sys/kernel/kexec_crash_loaded"
check status-no-panic 0 -S -p
says out 'no crash kernel is loaded'
FAKE_STATE=0 check status-ours 0 -S
program=$work/kexec

# A kernel alone: load, arm, shut down.
check kexec-kernel 0 "$kernel" --append x
says log 'load: 2 segments' 'leap 1' 'execv /sbin/shutdown shutdown -r now'
silent out
FAKE_EXECV=2 check kexec-no-shutdown 5 "$kernel"
says err 'cannot run shutdown: No such file' 'leap with kexec -e'
says log 'execv /sbin/shutdown' 'execv /etc/shutdown' 'execv /bin/shutdown' 'leap 2'
check kexec-bad-kernel 1 "$work/empty"
silent log
check kexec-two 2 "$kernel" "$kernel"
says err 'kexec does not take'

# What scripts call. Debian's kexec-load and kexec:
check debian-load 0 -l "$kernel" --append='root=/dev/sda1 ro  quiet'
says log 'command: root=/dev/sda1 ro  quiet'
check debian-load-initrd 0 -l "$kernel" --initrd="$work/initrd" --append='root=UUID=1-2 ro'
says log 'load: 3 segments'
check debian-exec 0 -e
# systemctl kexec, and the end of its shutdown; dracut's.
check systemd 0 --load "$kernel" --append 'root=/dev/sda1 ro' --initrd "$work/initrd"
check systemd-no-initrd 0 --load "$kernel" --append ''
# Others: zfsbootmenu, kdump-tools, nixos.
check zfsbootmenu 0 -a -l "$kernel" --initrd="$work/initrd" --command-line='root=zfs:a/b'
check kdump 1 -p --command-line='root=/dev/sda1 nr_cpus=1' --initrd="$work/initrd" "$kernel"
says err 'no memory is reserved for the kernel for a crash'
check options-first 0 --initrd "$work/initrd" --append ro -l "$kernel"
check nixos 0 --load "$kernel" --initrd="$work/initrd" --append='init=/x loglevel=4' --no-checks
says log 'flags 0'

program=$work/kexec.kleap
check other-kexec 0 -l "$kernel"
silent out
program=$work/kexecs
check no-kexec 2 "$kernel"
says err 'no verb is called'

finish
