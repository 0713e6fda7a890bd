// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The options of kleap, and all those of kexec(8): each is honoured, accepted without
 * effect, or refused by name with a hint.
 */
#include "ways/ways.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum option_id {
	OPT_LOAD,
	OPT_EXEC,
	OPT_FORCE,
	OPT_UNLOAD,
	OPT_STATUS,
	OPT_PANIC,
	OPT_HELP,
	OPT_VERSION,
	OPT_INITRD,
	OPT_APPEND,
	OPT_REUSE_LINE,
	OPT_MACHINE,
	OPT_MAP,
	OPT_DTB,
	OPT_OVERLAY,
	OPT_DTB_AT,
	OPT_INITRD_AT,
	OPT_LIMIT,
	OPT_TYPE,
	OPT_NOEFI,
	OPT_REUSE_VIDEO,
	OPT_UART,
	OPT_NO_CHECKS,
	OPT_DEBUG,
	OPT_JSON,
	OPT_AT_REBOOT,
	OPT_CANCEL,
	OPT_TIMES,
	OPT_NO_SYNC,
	OPT_NO_IFDOWN,
	OPT_DEVICE,
	OPT_VIA,
	OPT_VIA_LOAD,
	OPT_VIA_FILE,
	OPT_VIA_AUTO,
	OPT_MEM_MIN,
	OPT_MEM_MAX,
	OPT_ENTRY,
	OPT_ENTRY_32BIT,
	OPT_SERIAL,
	OPT_CONSOLE_SERIAL,
	OPT_BAUD,
	OPT_NO_EFFECT,
	OPT_REFUSED,
};

/* Verbs that have options in common: those that lay out a kernel; those of kexec(8);
   these and plan; all. */
#define LAYOUT (VERB_PLAN | VERB_LOAD)
#define KEXEC (VERB_LOAD | VERB_EXEC | VERB_UNLOAD | VERB_STATUS)
#define LOADING (KEXEC | VERB_PLAN)
#define ALL (~0u)

struct rule {
	const char *name;		/* without the dashes */
	const char *letters;		/* that stand for it, or NULL */
	enum option_id id;
	unsigned int verbs;		/* that take it */
	const char *value;		/* in words; NULL: it takes none */
	const char *text;		/* for the help; NULL: not there */
	const char *why, *instead;	/* why it is refused, and what to do instead */
};

static const struct rule rules[] = {
	{ "initrd", .id = OPT_INITRD, .verbs = LAYOUT, .value = "FILE",
	  .text = "an initial RAM disk; several are joined in order" },
	{ "ramdisk", .id = OPT_INITRD, .verbs = LAYOUT, .value = "FILE",
	  .text = "the same" },
	{ "append", .id = OPT_APPEND, .verbs = LAYOUT, .value = "TEXT",
	  .text = "the kernel's command line; several are joined" },
	{ "command-line", .id = OPT_APPEND, .verbs = LAYOUT, .value = "TEXT",
	  .text = "the same" },
	{ "reuse-cmdline", .id = OPT_REUSE_LINE, .verbs = LAYOUT,
	  .text = "the running kernel's command line, before TEXT" },
	{ "machine", .id = OPT_MACHINE, .verbs = VERB_PLAN, .value = "CPU",
	  .text = "plan: for i386, x86_64, arm or arm64" },
	{ "memory-map", .id = OPT_MAP, .verbs = LAYOUT, .value = "FILE",
	  .text = "plan for the machine of this memory map" },
	{ "dtb", .id = OPT_DTB, .verbs = LAYOUT, .value = "FILE",
	  .text = "ARM: a device tree, not the running one" },
	{ "dtb-overlay", .id = OPT_OVERLAY, .verbs = LAYOUT, .value = "FILE",
	  .text = "ARM: apply this to it; several in order" },
	{ "place-dtb", .id = OPT_DTB_AT, .verbs = LAYOUT, .value = "ADDRESS",
	  .text = "ARM: where the device tree shall lie" },
	{ "place-initrd", .id = OPT_INITRD_AT, .verbs = LAYOUT, .value = "ADDRESS",
	  .text = "ARM: where the initrd shall lie" },
	{ "limit", .id = OPT_LIMIT, .verbs = LAYOUT, .value = "ADDRESS",
	  .text = "use no memory above this hexadecimal address" },
	{ "type", .id = OPT_TYPE, .letters = "t", .verbs = LOADING, .value = "TYPE",
	  .text = "plan, load: refuse a kernel file of another type" },
	{ "noefi", .id = OPT_NOEFI, .verbs = LAYOUT,
	  .text = "hide EFI from the new kernel" },
	{ "reuse-video-type", .id = OPT_REUSE_VIDEO, .verbs = LAYOUT,
	  .text = "keep the framebuffer type of the last boot" },
	{ "uart", .id = OPT_UART, .verbs = VERB_LOAD, .value = "UART",
	  .text = "load: report the leap's stages on this port" },
	{ "no-checks", .id = OPT_NO_CHECKS, .letters = "i", .verbs = KEXEC,
	  .text = "load: do not check what the leap has copied" },
	{ "debug", .id = OPT_DEBUG, .letters = "d", .verbs = LOADING,
	  .text = "plan, load: show the layout" },
	{ "json", .id = OPT_JSON, .verbs = VERB_PLAN | VERB_STATUS | VERB_REHEARSE,
	  .text = "plan, status, rehearse: print JSON" },
	{ "at-reboot", .id = OPT_AT_REBOOT, .verbs = VERB_EXEC,
	  .text = "exec: leap at the next reboot" },
	{ "cancel", .id = OPT_CANCEL, .verbs = VERB_EXEC,
	  .text = "exec: make that an ordinary reboot again" },
	{ "times", .id = OPT_TIMES, .verbs = VERB_REHEARSE, .value = "N",
	  .text = "rehearse: how often; once without" },
	{ "no-sync", .id = OPT_NO_SYNC, .letters = "y", .verbs = KEXEC | VERB_REHEARSE,
	  .text = "exec, rehearse: do not write out file systems" },
	{ "no-ifdown", .id = OPT_NO_IFDOWN, .letters = "x", .verbs = KEXEC,
	  .text = "exec: leave network interfaces up" },
	{ "via", .id = OPT_VIA, .verbs = LOADING | VERB_REHEARSE, .value = "WAY",
	  .text = "auto, module, kexec_load or kexec_file_load" },
	{ "device", .id = OPT_DEVICE, .verbs = ALL, .value = "FILE",
	  .text = "the module's device, " KLEAP_DEVICE },
	{ "help", .id = OPT_HELP, .letters = "h", .verbs = ALL,
	  .text = "this text" },
	{ "version", .id = OPT_VERSION, .letters = "Vv", .verbs = ALL,
	  .text = "the version" },

	/* kexec(8)'s verbs. */
	{ "load", .id = OPT_LOAD, .letters = "l", .verbs = ALL },
	{ "exec", .id = OPT_EXEC, .letters = "e", .verbs = ALL },
	{ "force", .id = OPT_FORCE, .letters = "f", .verbs = ALL },
	{ "unload", .id = OPT_UNLOAD, .letters = "u", .verbs = ALL },
	{ "status", .id = OPT_STATUS, .letters = "S", .verbs = ALL },
	{ "load-panic", .id = OPT_PANIC, .letters = "p",
	  .verbs = VERB_PLAN | VERB_LOAD | VERB_UNLOAD | VERB_STATUS,
	  .text = "except exec: the kernel for a crash" },

	/* Its other options, where they do something. */
	{ "mem-min", .id = OPT_MEM_MIN, .verbs = LAYOUT, .value = "ADDRESS" },
	{ "mem-max", .id = OPT_MEM_MAX, .verbs = LAYOUT, .value = "ADDRESS" },
	{ "entry", .id = OPT_ENTRY, .verbs = LOADING, .value = "ADDRESS",
	  .why = "the new kernel cannot come back",
	  .instead = "leave it out, or give 0" },
	{ "entry-32bit", .id = OPT_ENTRY_32BIT, .verbs = LOADING },
	{ "serial", .id = OPT_SERIAL, .verbs = LOADING, .value = "PORT" },
	{ "console-serial", .id = OPT_CONSOLE_SERIAL, .verbs = LOADING },
	{ "serial-baud", .id = OPT_BAUD, .verbs = LOADING, .value = "BAUD" },

	/* --via; the last one counts. */
	{ "kexec-file-syscall", .id = OPT_VIA_FILE, .letters = "s", .verbs = LOADING },
	{ "kexec-syscall", .id = OPT_VIA_LOAD, .letters = "c", .verbs = LOADING },
	{ "kexec-syscall-auto", .id = OPT_VIA_AUTO, .letters = "a", .verbs = LOADING },
	{ "args-linux", .id = OPT_NO_EFFECT, .verbs = LOADING },
	{ "no-cma", .id = OPT_NO_EFFECT, .verbs = LOADING },
	/* There is no purgatory to print on a screen. The ELF header for a crash has 64 bits. */
	{ "console-vga", .id = OPT_NO_EFFECT, .verbs = LOADING },
	{ "reset-vga", .id = OPT_NO_EFFECT, .verbs = LOADING },
	{ "elf32-core-headers", .id = OPT_NO_EFFECT, .verbs = LOADING },
	{ "elf64-core-headers", .id = OPT_NO_EFFECT, .verbs = LOADING },
	{ "pass-memmap-cmdline", .id = OPT_NO_EFFECT, .verbs = LOADING },
	{ "hotplug", .id = OPT_NO_EFFECT, .verbs = LOADING },

	{ "real-mode", .id = OPT_REFUSED,
	  .why = "no kernel is entered in real mode",
	  .instead = "leave it out" },
	{ "args-elf", .id = OPT_REFUSED,
	  .why = "kernels get Linux's boot parameters",
	  .instead = "leave it out, or give --args-linux" },
	{ "args-none", .id = OPT_REFUSED,
	  .why = "kernels get Linux's boot parameters",
	  .instead = "leave it out, or give --args-linux" },
	{ "module", .id = OPT_REFUSED, .value = "FILE",
	  .why = "multiboot kernels cannot be loaded",
	  .instead = "give initial RAM disks with --initrd" },
	{ "force-dtb", .id = OPT_REFUSED,
	  .why = "kernels get a tree where they need one",
	  .instead = "leave it out" },
	{ "reuseinitrd", .id = OPT_REFUSED,
	  .why = "the first boot's initrd was freed",
	  .instead = "give --initrd its file or (retain_initrd) a copy of /sys/firmware/initrd" },
	{ "print-ckr-size", .id = OPT_REFUSED,
	  .why = "status says it",
	  .instead = "kleap status --json, or read /sys/kernel/kexec_crash_size" },
	{ "load-preserve-context", .id = OPT_REFUSED,
	  .why = "the new kernel cannot come back",
	  .instead = "leave it out: this kernel ends at the leap" },
	{ "load-jump-back-helper", .id = OPT_REFUSED,
	  .why = "there is nothing to go back to",
	  .instead = "load that kernel again, and leap into it" },
	{ "load-live-update", .id = OPT_REFUSED,
	  .why = "live updates are for Xen",
	  .instead = "use the kexec of kexec-tools on Xen" },
	{ "exec-live-update", .id = OPT_REFUSED,
	  .why = "live updates are for Xen",
	  .instead = "use the kexec of kexec-tools on Xen" },
};

#define RULES (sizeof(rules) / sizeof(rules[0]))

/* kexec(8)'s options for other processors. */
static const struct {
	const char *name, *where;
} elsewhere[] = {
	{ "atags", "ARM" },
	{ "image-size", "ARM" },
	{ "page-offset", "ARM" },
	{ "dt-no-old-root", "ARM and PowerPC" },
	{ "devicetreeblob", "PowerPC" },
	{ "gamecube", "PowerPC" },
	{ "reuse-node", "PowerPC" },
	{ "bootinfo", "m68k" },
	{ "empty-zero", "SuperH" },
	{ "howto", "SuperH" },
	{ "miniroot", "SuperH" },
	{ "noio", "Itanium" },
	{ "vmm", "Itanium" },
};

/* Which options were given. */
static bool given[RULES];

static int refuse(const struct rule *rule)
{
	return say_usage_hint(rule->instead, "--%s is not supported: %s", rule->name, rule->why);
}

/*
 * Read a number, in C's notation or, with base 16, in hexadecimal with or without
 * 0x. False if it is not one, or above `most`.
 */
static bool read_number(const char *text, int base, uint64_t most, uint64_t *value)
{
	char *end;

	if (!text[0] || !strchr("0123456789abcdefABCDEF", text[0]))
		return false;
	errno = 0;
	*value = strtoull(text, &end, base);
	return end != text && !errno && !*end && *value <= most;
}

/*
 * A file's name. Exit codes: USAGE.
 */
static int take_file(const char *option, const char *value, const char **file)
{
	*file = value;
	return value[0] ? EXIT_OK : say_empty_name("--", option);
}

/*
 * A hexadecimal address of a page. Exit codes: USAGE.
 */
static int take_address(const char *option, const char *value, uint64_t *address)
{
	if (!read_number(value, 16, UINT64_MAX, address) || !*address || *address % 4096)
		return say_usage("--%s takes a hexadecimal address of a page, such as 48000000, not %s",
				 option, value);
	return EXIT_OK;
}

/*
 * A type of kernel file. Exit codes: USAGE.
 */
static int take_type(const char *value, struct options *options)
{
	if (!is_kernel_type(value))
		return say_usage_hint("types are " KERNEL_TYPES,
				      "kernels of type %s cannot be loaded", value);
	options->type = value;
	return EXIT_OK;
}

/*
 * A machine to plan for. Exit codes: USAGE.
 */
static int take_machine(const char *value, struct options *options)
{
	if (!processor_named(value))
		return say_usage_hint("machines are " MACHINES,
				      "there is no machine called %s", value);
	options->machine = value;
	return EXIT_OK;
}

/*
 * A way to load. Exit codes: USAGE.
 */
static int take_way(const char *value, struct options *options)
{
	if (!is_way(value))
		return say_usage_hint("ways are auto, module, kexec_load and kexec_file_load",
				      "there is no way to load called %s", value);
	options->via = strcmp(value, "auto") ? value : NULL;
	return EXIT_OK;
}

/*
 * The last address that may be used; the lowest of several counts.
 */
static void limit_to(struct options *options, const char *option, uint64_t last)
{
	options->limited = option;
	if (!options->limit || last < options->limit)
		options->limit = last;
}

/*
 * --serial of kexec(8): ttyS0, ttyS1, or an I/O port. Exit codes: USAGE.
 */
static int take_serial(const char *value, struct options *options)
{
	uint64_t port = 0;

	if (!strcmp(value, "ttyS0"))
		port = 0x3f8;
	else if (!strcmp(value, "ttyS1"))
		port = 0x2f8;
	else if (strncmp(value, "0x", 2) || !read_number(value, 16, UINT16_MAX, &port) || !port)
		return say_usage("--serial takes ttyS0, ttyS1 or an I/O port such as 0x3f8, not %s", value);
	options->serial = (uint16_t)port;
	return EXIT_OK;
}

/*
 * Take one option. Exit codes: USAGE.
 */
static int take(const struct rule *rule, const char *value, struct options *options)
{
	uint64_t number = 0;

	switch (rule->id) {
	/* As kexec(8): the last of -l and -f counts. */
	case OPT_LOAD:
		options->actions = (options->actions & ~(unsigned int)VERB_FORCE) | VERB_LOAD;
		break;
	case OPT_FORCE:
		options->actions = (options->actions & ~(unsigned int)VERB_LOAD) | VERB_FORCE;
		break;
	case OPT_EXEC:
		options->actions |= VERB_EXEC;
		break;
	case OPT_UNLOAD:
		options->actions |= VERB_UNLOAD;
		break;
	case OPT_STATUS:
		options->actions |= VERB_STATUS;
		break;
	case OPT_PANIC:
		options->panic = true;
		break;
	case OPT_HELP:
		options->actions |= VERB_HELP;
		break;
	case OPT_VERSION:
		options->actions |= VERB_VERSION;
		break;
	case OPT_INITRD:
		return take_file(rule->name, value,
				 &options->initrd.text[options->initrd.count++]);
	case OPT_APPEND:
		options->append.text[options->append.count++] = value;
		break;
	case OPT_REUSE_LINE:
		options->reuse_command_line = true;
		break;
	case OPT_MACHINE:
		return take_machine(value, options);
	case OPT_MAP:
		return take_file(rule->name, value, &options->memory_map);
	case OPT_DTB:
		return take_file(rule->name, value, &options->dtb);
	case OPT_OVERLAY:
		return take_file(rule->name, value,
				 &options->overlay.text[options->overlay.count++]);
	case OPT_DTB_AT:
		return take_address(rule->name, value, &options->dtb_at);
	case OPT_INITRD_AT:
		return take_address(rule->name, value, &options->initrd_at);
	case OPT_LIMIT:
		if (!read_number(value, 16, UINT64_MAX, &number) || !number)
			return say_usage("--limit takes a hexadecimal address such as 3fffffff, not %s", value);
		limit_to(options, rule->name, number);
		break;
	case OPT_MEM_MAX:
		if (!read_number(value, 0, UINT64_MAX, &number) || !number)
			return say_usage("--mem-max takes an address such as 0x3fffffff, not %s", value);
		limit_to(options, rule->name, number);
		break;
	case OPT_MEM_MIN:
		if (!read_number(value, 0, UINT64_MAX, &options->mem_min))
			return say_usage("--mem-min takes an address such as 0x4000000, not %s", value);
		break;
	case OPT_ENTRY:
		if (!read_number(value, 0, UINT64_MAX, &number) || number)
			return refuse(rule);
		break;
	case OPT_ENTRY_32BIT:
		options->entry_32bit = true;
		break;
	case OPT_TYPE:
		return take_type(value, options);
	case OPT_NOEFI:
		options->noefi = true;
		break;
	case OPT_REUSE_VIDEO:
		options->reuse_video_type = true;
		break;
	case OPT_UART:
		return take_uart(value, options);
	case OPT_SERIAL:
		return take_serial(value, options);
	case OPT_CONSOLE_SERIAL:
		options->console_serial = true;
		break;
	case OPT_BAUD:
		/* The port keeps the speed that it has. */
		if (!read_number(value, 0, 115200, &number) || number < 9600 || 115200 % number)
			return say_usage("--serial-baud takes 9600 to 115200, not %s", value);
		break;
	case OPT_NO_CHECKS:
		options->no_checks = true;
		break;
	case OPT_DEBUG:
		options->debug = true;
		break;
	case OPT_JSON:
		options->json = true;
		break;
	case OPT_AT_REBOOT:
		options->at_reboot = true;
		break;
	case OPT_CANCEL:
		options->cancel = true;
		break;
	case OPT_TIMES:
		if (!read_number(value, 10, KLEAP_REHEARSE_MAX, &number) || !number)
			return say_usage("--times takes a number from 1 to %u, not %s",
					 KLEAP_REHEARSE_MAX, value);
		options->times = (uint32_t)number;
		break;
	case OPT_NO_SYNC:
		options->no_sync = true;
		break;
	case OPT_NO_IFDOWN:
		options->no_ifdown = true;
		break;
	case OPT_DEVICE:
		return take_file(rule->name, value, &options->device);
	case OPT_VIA:
		return take_way(value, options);
	case OPT_VIA_LOAD:
		return take_way("kexec_load", options);
	case OPT_VIA_FILE:
		return take_way("kexec_file_load", options);
	case OPT_VIA_AUTO:
		return take_way("auto", options);
	case OPT_NO_EFFECT:
		break;
	case OPT_REFUSED:
		return refuse(rule);
	}
	return EXIT_OK;
}

/*
 * Say what is wrong with an option that getopt refuses. `word` is the last argument
 * that it has read to its end, `got` what it returned. With a letter that others
 * follow, that is the one before.
 */
static int say_bad_option(const char *word, int got)
{
	bool is_letter = strncmp(word, "--", 2) != 0 || (optopt && optopt < 256);
	char letter[3] = { '-', (char)optopt, '\0' };
	size_t i;

	if (is_letter)
		word = letter;
	if (got == ':')
		return say_usage("option %s needs a value", word);
	if (!is_letter && optopt)
		return say_usage("option %s takes no value", word);
	for (i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]) && !is_letter; i++)
		if (strcspn(word + 2, "=") == strlen(elsewhere[i].name) &&
		    !strncmp(word + 2, elsewhere[i].name, strlen(elsewhere[i].name)))
			return say_usage_hint("leave it out: kleap finds this out, or does not need it",
					      "--%s is not supported: it is for %s",
					      elsewhere[i].name, elsewhere[i].where);
	return say_usage("option %s is unknown or ambiguous", word);
}

/*
 * Make getopt's tables from the rules. A long option's value is 256 plus its index.
 */
static void make_getopt(struct option *long_options, char *letters)
{
	const char *letter;
	size_t i;

	*letters++ = ':';
	for (i = 0; i < RULES; i++) {
		long_options[i] = (struct option){ rules[i].name, rules[i].value != NULL,
						   NULL, 256 + (int)i };
		for (letter = rules[i].letters; letter && *letter; letter++) {
			*letters++ = *letter;
			if (rules[i].value)
				*letters++ = ':';
		}
	}
	*letters = '\0';
}

/*
 * The index of the rule for a letter, which must exist.
 */
static size_t lettered(int letter)
{
	size_t i = 0;

	while (!rules[i].letters || !strchr(rules[i].letters, letter))
		i++;
	return i;
}

int read_options(int argc, char **argv, struct options *options, int *rest)
{
	struct option long_options[RULES + 1] = { { NULL, 0, NULL, 0 } };
	char letters[2 * RULES + 2];
	int got, code;
	size_t i;

	memset(given, 0, sizeof(given));
	make_getopt(long_options, letters);
	opterr = 0;
	while (!(options->actions & (VERB_HELP | VERB_VERSION)) &&
	       (got = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		if (got == '?' || got == ':')
			return say_bad_option(argv[optind - 1], got);
		i = got < 256 ? lettered(got) : (size_t)got - 256;
		given[i] = true;
		code = take(&rules[i], optarg, options);
		if (code)
			return code;
	}
	if (options->console_serial && !options->uart)
		options->uart = options->serial ? options->serial : 0x3f8;
	*rest = optind;
	return EXIT_OK;
}

int check_options(const struct options *options, const char *verb, unsigned int verbs)
{
	size_t i;

	for (i = 0; i < RULES; i++)
		if (given[i] && !(rules[i].verbs & verbs))
			return say_usage("%s does not take --%s", verb, rules[i].name);
	if (options->panic && verbs & VERB_EXEC)
		return say_usage("%s does not take --load-panic: the leap is the kernel's, when it crashes",
				 verb);
	if (options->panic && options->memory_map && verbs & VERB_LOAD)
		return say_usage("%s -p does not take --memory-map: the memory that is reserved here counts",
				 verb);
	if (options->at_reboot && options->cancel)
		return say_usage("--at-reboot and --cancel do not go together");
	return EXIT_OK;
}

void print_options(unsigned int verbs)
{
	char left[64];
	size_t i;

	for (i = 0; i < RULES; i++) {
		const struct rule *rule = &rules[i];

		if (!rule->text || !(rule->verbs & verbs))
			continue;
		snprintf(left, sizeof(left), rule->letters ? "-%.1s, --%s%s%s" : "%s--%s%s%s",
			 rule->letters ? rule->letters : "", rule->name,
			 rule->value ? " " : "", rule->value ? rule->value : "");
		printf("  %-28s %s\n", left, rule->text);
	}
}
