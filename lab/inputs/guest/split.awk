# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#
# From /proc/iomem a memory map in the same form, with 150 reserved pieces in the largest RAM below 4 GiB: one in
# every 4 MiB from 256 MiB, of 1 to 16 pages.

BEGIN { FS = "[- ]" }

function hex(text,    i, value) {
	for (i = 1; i <= length(text); i++) value = value * 16 + index("123456789abcdef", substr(text, i, 1))
	return value
}

!/^[0-9a-f]+-[0-9a-f]+ : (System RAM|Reserved|ACPI|Unusable|Persistent)/ { next }

{
	if (!/System RAM/ || hex($1) > 268435456 || hex($2) < 268435456 + 150 * 4194304) {
		print
		next
	}
	end = $2
	printf "%s-%08x : System RAM\n", $1, 268435456 - 1
	for (i = 0; i < 150; i++) {
		start = 268435456 + i * 4194304
		size = (1 + i % 16) * 4096
		printf "%08x-%08x : %s\n", start, start + size - 1, i % 8 == 3 ? "ACPI Tables" : i % 8 == 5 ? "ACPI Non-volatile Storage" : "Reserved"
		printf "%08x-%s : System RAM\n", start + size, i == 149 ? end : sprintf("%08x", start + 4194304 - 1)
	}
}
