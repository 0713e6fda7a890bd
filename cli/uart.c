// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * --uart: an I/O port, or what the kernel's earlycon= takes; uart_parse_earlycon() in Linux's
 * drivers/tty/serial/serial_core.c.
 */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Each with a comma behind it. The first is a kind of its own, the others mean the same. */
static const char *const names[] = { "pl011", "uart8250", "uart", "ns16550", "ns16550a" };

/* Words that may follow the name, by the numbers of enum kleap_uart_type. */
static const struct {
	bool is_first;
	const char *access[3];
} types[] = {
	{ false, { "io" } },
	{ true, { "", "mmio", "mmio32" } },
	{ false, { "", "mmio" } },
	{ false, { "mmio32", "mmio32native" } },
};

/* If `*text` begins with the word and a comma: go on behind it. */
static bool take_word(const char **text, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*text, word, length) || (*text)[length] != ',')
		return false;
	*text += length + 1;
	return true;
}

/* The type that the words in front of the address tell. */
static uint32_t take_type(const char **text)
{
	uint32_t name = 0, i, k, type = 0;

	while (name < sizeof(names) / sizeof(names[0]) && !take_word(text, names[name]))
		name++;
	if (name == sizeof(names) / sizeof(names[0]))
		return 0;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		for (k = 0; k < 3 && types[i].access[k] && types[i].is_first == !name; k++) {
			if (!types[i].access[k][0])
				type = i;
			else if (take_word(text, types[i].access[k]))
				return i;
		}
	return type;
}

int take_uart(const char *value, struct options *options)
{
	const char *at = value + (strncmp(value, "earlycon=", 9) ? 0 : 9);
	char *end;

	options->uart_type = take_type(&at);
	errno = 0;
	/* Not a sign, nor a blank. */
	options->uart = strchr("0123456789abcdefABCDEF", at[0]) ? strtoull(at, &end, 16) : 0;
	if (options->uart && !errno && (!*end || *end == ',') &&
	    (options->uart_type || options->uart <= UINT16_MAX)) {
		options->uart_rest = *end ? end : NULL;
		return EXIT_OK;
	}
	return say_usage_hint(strncmp(at, "tty", 3) ? "kleap --help" :
			      "the address is in earlycon= of a command line that works, in the device tree or in /proc/iomem",
			      "--uart takes a hexadecimal I/O port, such as 3f8, or a type and an address, such as pl011,0x9000000 or uart8250,mmio32,0xfe660000, not %s",
			      value);
}

int check_uart(const struct options *options, const struct processor *processor,
	       struct notes *notes)
{
	struct kimg_why why;

	if (options->uart && !options->uart_type != processor->has_ports) {
		kimg_fail(&why, KIMG_E_ABI_UART, .a = options->uart, .b = options->uart_type);
		return say_why(&why);
	}
	if (options->uart && options->uart_rest)
		add_note(notes, "--uart: %s is ignored, the port stays as it is set",
			 options->uart_rest);
	return EXIT_OK;
}
