# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# What was a kernel told of the memory map that it was loaded with? Reads that map, in the form of /proc/iomem, and dmesg. Prints
#
#   told N           ranges in dmesg: those of the extended map if there is one
#   missing N        ranges of the map that are not among them
#   ram_outside N    ranges of RAM among them that are not RAM in the map

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
	split($1, at, "-")
	sub(/^.* : /, "")
	count++
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
	first[told] = hex(at[1])
	last[told] = hex(at[2])
	kind[told] = name[at[3]]
}

END {
	for (i = 1; i <= count; i++) {
		found = 0
		for (j = 1; j <= told; j++)
			if (first[j] == start[i] && last[j] == end[i] && kind[j] == type[i]) found = 1
		missing += !found
	}
	for (j = 1; j <= told; j++) {
		inside = 0
		for (i = 1; i <= count; i++)
			if (type[i] == "System RAM" && start[i] <= first[j] && last[j] <= end[i]) inside = 1
		outside += kind[j] == "System RAM" && !inside
	}
	print "told " told + 0
	print "missing " missing + 0
	print "ram_outside " outside + 0
}
