#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Nothing about a processor stands outside of the folders that are for processors, and these mirror each other.

. tests/project/project.sh

words='i[3-6]86|x86|x64|amd64|armhf|armv?[0-9]+|arm64|aarch64|riscv'
registers='[er](ax|bx|cx|dx|si|di|bp|sp|ip|flags)|cr[0-4]|dr7|efer|gdt|idt|sctlr|tcr|ttbr[01]?|ttbcr|mair|vbar|cpsr|daif|dacr'
things='pae|la57|a20|8250|cpuid|msr|lpae?|lpa2|pl011|psci|smccc|hvc|vhe|gic'
# Words inside of names, too: CONFIG_X86_32, read_cr4().
pattern="(^|[^a-z0-9])($words|$registers|$things)([^a-z0-9]|$)|<asm/"

# code FILE: without comments and texts
code() { "$CC" -fpreprocessed -dD -E -P "$1" 2> /dev/null | sed 's/"[^"]*"/""/g'; }

# Whatever is for one processor has a folder, or a file, with its name. cli/processors.c is the list of those in cli/.
for file in core/*.[ch] errors/*.c include/kimg*.h include/kleap_ioctl.h hosts/sim/*.[ch] hosts/linux/*.[ch] examples/*.c \
	$(ls cli/*.[ch] | grep -vx cli/processors.c) cli/ways/*.[ch] cli/system/*.c boot/map*.[ch] boot/find.c boot/option.c boot/page.h boot/memtype.c; do
	code "$file" | tr 'A-Z_' 'a-z ' | grep -nE "$pattern" | sed "s,^,$file: ,"
done > "$work/out"
[ ! -s "$work/out" ]
verdict 'no code outside knows a processor'

for file in control.c entry.S switch.S trampoline.S trampoline.h; do
	for folder in arch/i386 arch/x86_64 arch/arm arch/arm64; do
		[ -f "$folder/$file" ] || echo "$folder has no $file"
	done
done > "$work/out"
[ ! -s "$work/out" ]
verdict 'the folders of arch/ mirror each other'

# What a newcomer copies is what CONTRIBUTING.md lists.
for room in arch/x86_64/ boot/x86/ cli/x86/ hosts/linux/machine/x86.c lab/families/amd64 lab/machines/x86_64-2g; do
	[ -e "$room" ] || echo "$room does not exist"
	grep -q "\`$room\`" CONTRIBUTING.md || echo "CONTRIBUTING.md does not name $room"
done > "$work/out"
[ ! -s "$work/out" ]
verdict 'the list for a new processor is complete'

finish
