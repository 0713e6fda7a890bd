# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# From /proc/iomem a memory map in the same form, with 150 reserved pieces in the largest RAM: one in every 4 MiB from
# 256 MiB, of 1 to 16 pages. RAM that Linux lists in pieces, as it does around setup_data, is joined.

function hex(text,    i, value) {
	for (i = 1; i <= length(text); i++) value = value * 16 + index("123456789abcdef", substr(text, i, 1))
	return value
}

# flush: print the range that is held back, or what becomes of it.
function flush(    i, at, size) {
	if (type == "") return
	if (type != "System RAM" || hex(first) > 268435456 || hex(last) < 268435456 + 150 * 4194304) {
		printf "%s-%s : %s\n", first, last, type
		return
	}
	printf "%s-%08x : System RAM\n", first, 268435456 - 1
	for (i = 0; i < 150; i++) {
		at = 268435456 + i * 4194304
		size = (1 + i % 16) * 4096
		printf "%08x-%08x : %s\n", at, at + size - 1, i % 8 == 3 ? "ACPI Tables" : i % 8 == 5 ? "ACPI Non-volatile Storage" : "Reserved"
		printf "%08x-%s : System RAM\n", at + size, i == 149 ? last : sprintf("%08x", at + 4194304 - 1)
	}
}

/^[0-9a-f]+-[0-9a-f]+ : (System RAM|Reserved|ACPI|Unusable|Persistent)/ {
	split($1, bound, "-")
	sub(/^[^:]*: /, "")
	if ($0 != type || hex(bound[1]) != hex(last) + 1) {
		flush()
		type = $0
		first = bound[1]
	}
	last = bound[2]
}

END { flush() }
