// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Names of types of memory.
 */
#include "boot.h"

/*
 * First the short names, as boot_mem_type_name() returns them; then the names in
 * /proc/iomem, /sys/firmware/memmap and the kernel's log, of all versions of
 * arch/x86/kernel/e820.c since 2.6. What Linux calls unknown has no known number: it
 * counts as reserved.
 */
static const struct {
	const char *name;
	enum boot_mem_type type;
} type_names[] = {
	{ "ram", BOOT_MEM_RAM },
	{ "reserved", BOOT_MEM_RESERVED },
	{ "acpi", BOOT_MEM_ACPI },
	{ "nvs", BOOT_MEM_NVS },
	{ "unusable", BOOT_MEM_UNUSABLE },
	{ "pmem", BOOT_MEM_PERSISTENT },
	{ "pram", BOOT_MEM_PRAM },
	{ "soft reserved", BOOT_MEM_SOFT_RESERVED },
	{ "system ram", BOOT_MEM_RAM },
	{ "acpi tables", BOOT_MEM_ACPI },
	{ "acpi non-volatile storage", BOOT_MEM_NVS },
	{ "unusable memory", BOOT_MEM_UNUSABLE },
	{ "persistent memory", BOOT_MEM_PERSISTENT },
	{ "persistent memory (legacy)", BOOT_MEM_PRAM },
	{ "unknown e820 type", BOOT_MEM_RESERVED },
	{ "usable", BOOT_MEM_RAM },
	{ "kernel usable ram", BOOT_MEM_RAM },
	{ "device reserved", BOOT_MEM_RESERVED },
	{ "acpi data", BOOT_MEM_ACPI },
	{ "acpi nvs", BOOT_MEM_NVS },
};

#define TYPE_NAMES (sizeof(type_names) / sizeof(type_names[0]))

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/*
 * The length of `with`, if `name` starts with it in any case; else 0.
 */
static size_t starts_with(const char *name, size_t length, const char *with)
{
	size_t n;

	for (n = 0; with[n]; n++)
		if (n == length || lower(name[n]) != with[n])
			return 0;
	return n;
}

/*
 * The number in "type 20" or, for persistent memory, "persistent (type 12)"; 0: none.
 * Linux reserves memory of type 0.
 */
static uint32_t numbered(const char *name, size_t length)
{
	static const char *const forms[] = {
		"type ", "persistent (type ", "persistent ram (type ",
	};
	size_t i, n = 0;
	uint64_t number = 0;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]) && !n; i++)
		n = starts_with(name, length, forms[i]);
	/* The first form ends with the number, the others with a parenthesis. */
	if (n && i > 1 && name[--length] != ')')
		return 0;
	if (!n || n >= length)
		return 0;
	for (; n < length; n++) {
		if (name[n] < '0' || name[n] > '9')
			return 0;
		number = number * 10 + (uint64_t)(name[n] - '0');
		if (number > UINT32_MAX)
			return 0;
	}
	return number ? (uint32_t)number : BOOT_MEM_RESERVED;
}

bool boot_mem_type_named(const char *name, size_t length, enum boot_mem_type *type)
{
	uint32_t number = numbered(name, length);
	size_t i, n;

	for (i = 0; !number && i < TYPE_NAMES; i++) {
		n = starts_with(name, length, type_names[i].name);
		if (n && n == length)
			number = type_names[i].type;
	}
	if (!number)
		return false;
	*type = (enum boot_mem_type)number;
	return true;
}

const char *boot_mem_type_name(enum boot_mem_type type)
{
	size_t i;

	for (i = 0; i < TYPE_NAMES; i++)
		if (type_names[i].type == type)
			return type_names[i].name;
	return NULL;
}
