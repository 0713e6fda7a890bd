# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What was a kernel told of the memory map that it was loaded with? Reads that map, in the form of /proc/iomem, and dmesg. Prints
#
#   told N           ranges in dmesg: those of the extended map if there is one
#   missing N        ranges of the map that are not among them, and the last of these
#   ram_outside N    ranges of RAM among them that are not RAM in the map, and the last of these

function hex(text,    i, value) {
	for (i = 1; i <= length(text); i++) value = value * 16 + index("123456789abcdef", substr(text, i, 1))
	return value
}

BEGIN {
	name["usable"] = "System RAM"
	name["reserved"] = "Reserved"
	name["ACPI data"] = "ACPI Tables"
	name["ACPI NVS"] = "ACPI Non-volatile Storage"
}

NR == FNR {
	whole = $0
	split($1, at, "-")
	sub(/^.* : /, "")
	count++
	line[count] = whole
	start[count] = hex(at[1])
	end[count] = hex(at[2])
	type[count] = $0
	next
}

/(BIOS-e820|extended): \[mem 0x/ {
	if (/extended: / && !extended++) told = 0
	sub(/^.*\[mem 0x/, "")
	split($0, at, /-0x|\] /)
	told++
	text[told] = $0
	first[told] = hex(at[1])
	last[told] = hex(at[2])
	kind[told] = name[at[3]]
}

END {
	for (i = 1; i <= count; i++) {
		found = 0
		for (j = 1; j <= told; j++)
			if (first[j] == start[i] && last[j] == end[i] && kind[j] == type[i]) found = 1
		if (found) continue
		missing++
		example = " " line[i]
	}
	for (j = 1; j <= told; j++) {
		inside = 0
		for (i = 1; i <= count; i++)
			if (type[i] == "System RAM" && start[i] <= first[j] && last[j] <= end[i]) inside = 1
		if (kind[j] != "System RAM" || inside) continue
		outside++
		lie = " " text[j]
	}
	print "told " told + 0
	print "missing " missing + 0 example
	print "ram_outside " outside + 0 lie
}
