// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The command line of kleap: verbs, and the spellings of kexec(8).
 */
#include "cli.h"
#include "kleap_version.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
"kleap: leap from a running Linux into another kernel\n"
"\n"
"  kleap plan KERNEL [options]    where everything would go, and what it costs\n"
"  kleap load KERNEL [options]    load a kernel, ready to leap\n"
"  kleap status                   what is loaded\n"
"  kleap exec                     leap now, without stopping services\n"
"  kleap unload                   forget the loaded kernel, free its memory\n"
"  kleap disable                  unload; no load and no leap until the next boot\n"
"  kleap explain ERROR|list       an error in full\n"
"\n"
"Options of plan and load:\n"
"  --initrd FILE, --ramdisk FILE  the initial RAM disk\n"
"  --append TEXT                  the kernel's command line (also --command-line)\n"
"  --reuse-cmdline                the running kernel's command line, before TEXT\n"
"  --memory-map FILE              plan for the machine of this memory map\n"
"  --noefi                        pass on nothing of EFI\n"
"  --reuse-video-type             take the screen for what it was at boot\n"
"  --limit ADDRESS                use no memory above this hexadecimal address\n"
"  --uart PORT                    load: report the leap's stages on this I/O port\n"
"  -i, --no-checks                load: do not check what the leap has copied\n"
"  -d, --debug                    load: show the layout\n"
"Others:\n"
"  --json                         plan, status: for programs\n"
"  --at-reboot, --cancel          exec: leap at the next reboot, or not after all\n"
"  -y, --no-sync                  exec: do not write out file systems before\n"
"  -x, --no-ifdown                exec: leave network interfaces up\n"
"  --device FILE                  the module's device, " KLEAP_DEVICE "\n"
"  -h, --help    -V, --version\n"
"\n"
"As kexec(8): -l KERNEL, -e, -u, -S with the options above.\n"
"Exit codes: 0 ok, 1 refused, 2 usage, 3 permission, 4 memory, 5 system.\n";

enum {
	OPT_INITRD = 256,
	OPT_APPEND,
	OPT_REUSE,
	OPT_MAP,
	OPT_LIMIT,
	OPT_JSON,
	OPT_UART,
	OPT_DEVICE,
	OPT_AT_REBOOT,
	OPT_CANCEL,
	OPT_NOEFI,
	OPT_REUSE_VIDEO,
};

static const struct option long_options[] = {
	{ "load", no_argument, NULL, 'l' },
	{ "exec", no_argument, NULL, 'e' },
	{ "unload", no_argument, NULL, 'u' },
	{ "status", no_argument, NULL, 'S' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "debug", no_argument, NULL, 'd' },
	{ "no-sync", no_argument, NULL, 'y' },
	{ "no-checks", no_argument, NULL, 'i' },
	{ "no-ifdown", no_argument, NULL, 'x' },
	{ "type", required_argument, NULL, 't' },
	{ "initrd", required_argument, NULL, OPT_INITRD },
	{ "ramdisk", required_argument, NULL, OPT_INITRD },
	{ "append", required_argument, NULL, OPT_APPEND },
	{ "command-line", required_argument, NULL, OPT_APPEND },
	{ "reuse-cmdline", no_argument, NULL, OPT_REUSE },
	{ "memory-map", required_argument, NULL, OPT_MAP },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "uart", required_argument, NULL, OPT_UART },
	{ "device", required_argument, NULL, OPT_DEVICE },
	{ "at-reboot", no_argument, NULL, OPT_AT_REBOOT },
	{ "cancel", no_argument, NULL, OPT_CANCEL },
	{ "noefi", no_argument, NULL, OPT_NOEFI },
	{ "reuse-video-type", no_argument, NULL, OPT_REUSE_VIDEO },
	{ NULL, 0, NULL, 0 },
};

/* What to do, and what it takes after its name. */
static const struct verb {
	const char *name;
	char letter;			/* kexec(8)'s, or 0 */
	bool has_argument;
	const char *argument;		/* in words */
	int (*run)(const struct options *options);
} verbs[] = {
	{ "plan", 0, true, "a kernel file", cmd_plan },
	{ "load", 'l', true, "a kernel file", cmd_load },
	{ "status", 'S', false, NULL, cmd_status },
	{ "exec", 'e', false, NULL, cmd_exec },
	{ "unload", 'u', false, NULL, cmd_unload },
	{ "disable", 0, false, NULL, cmd_disable },
	{ "explain", 0, true, "the id of an error, or list", cmd_explain },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static const struct verb *verb_named(const char *name)
{
	size_t i;

	for (i = 0; i < VERBS; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static const struct verb *verb_lettered(int letter)
{
	size_t i;

	for (i = 0; i < VERBS; i++)
		if (verbs[i].letter == letter)
			return &verbs[i];
	return NULL;
}

/*
 * Read a hexadecimal number, with or without 0x, from 1 to `most`. False if it is
 * not one.
 */
static bool read_hex(const char *text, uint64_t most, uint64_t *value)
{
	char *end;

	if (!strchr("0123456789abcdefABCDEF", text[0]) || !text[0])
		return false;
	errno = 0;
	*value = strtoull(text, &end, 16);
	return !errno && !*end && *value && *value <= most;
}

/*
 * Take one option from getopt. `*verb` becomes the verb that it names, if any.
 * Returns 0 or EXIT_USAGE.
 */
static int take_option(int option, struct options *options,
		       const struct verb **verb)
{
	uint64_t value;

	switch (option) {
	case 'l': case 'e': case 'u': case 'S':
		if (*verb && *verb != verb_lettered(option))
			return say_usage("-%c and -%c do not go together",
					 (*verb)->letter, option);
		*verb = verb_lettered(option);
		options->status_as_exit = option == 'S';
		break;
	case 'd':
		options->debug = true;
		break;
	case 'y':
		options->no_sync = true;
		break;
	case 'i':
		options->no_checks = true;
		break;
	case 'x':
		options->no_ifdown = true;
		break;
	case 't':
		if (strcmp(optarg, "bzImage"))
			return say_usage("only kernels of type bzImage can be loaded, not %s", optarg);
		break;
	case OPT_INITRD:
		options->initrd.text[options->initrd.count++] = optarg;
		break;
	case OPT_APPEND:
		options->append.text[options->append.count++] = optarg;
		break;
	case OPT_REUSE:
		options->reuse_command_line = true;
		break;
	case OPT_MAP:
		options->memory_map = optarg;
		break;
	case OPT_LIMIT:
		if (!read_hex(optarg, UINT32_MAX, &options->limit))
			return say_usage("--limit takes a hexadecimal address below 4 GiB, not %s", optarg);
		break;
	case OPT_JSON:
		options->json = true;
		break;
	case OPT_UART:
		if (!read_hex(optarg, UINT16_MAX, &value))
			return say_usage("--uart takes a hexadecimal I/O port, such as 3f8, not %s", optarg);
		options->uart = (uint16_t)value;
		break;
	case OPT_DEVICE:
		options->device = optarg;
		break;
	case OPT_AT_REBOOT:
		options->at_reboot = true;
		break;
	case OPT_CANCEL:
		options->cancel = true;
		break;
	case OPT_NOEFI:
		options->noefi = true;
		break;
	case OPT_REUSE_VIDEO:
		options->reuse_video_type = true;
		break;
	}
	return EXIT_OK;
}

/*
 * Take the arguments that are not options: the verb, unless an option named it, and
 * its argument. Returns 0 or EXIT_USAGE.
 */
static int take_words(int count, char *const *word, struct options *options,
		      const struct verb **verb)
{
	if (!*verb) {
		if (!count)
			return say_usage("nothing to do");
		*verb = verb_named(word[0]);
		if (!*verb)
			return say_usage("no verb is called %s", word[0]);
		count--;
		word++;
	}
	if ((*verb)->has_argument && !count)
		return say_usage("%s takes %s", (*verb)->name, (*verb)->argument);
	if (count > (*verb)->has_argument)
		return say_usage("%s does not take: %s", (*verb)->name,
				 word[(*verb)->has_argument]);
	if ((*verb)->run == cmd_explain)
		options->error_id = word[0];
	else if ((*verb)->has_argument)
		options->kernel = word[0];
	return EXIT_OK;
}

/*
 * Refuse options that the verb would silently ignore, except those that kexec(8)
 * takes with every verb: -d, -x, -y.
 */
static int check_options(const struct options *options, const struct verb *verb)
{
	bool loads = verb->run == cmd_load, plans = verb->run == cmd_plan;

	if (!loads && !plans &&
	    (options->initrd.count || options->append.count || options->reuse_command_line ||
	     options->memory_map || options->limit || options->noefi ||
	     options->reuse_video_type))
		return say_usage("%s takes no kernel options", verb->name);
	if (!loads && (options->uart || options->no_checks))
		return say_usage("only load takes --uart and --no-checks");
	if (!plans && verb->run != cmd_status && options->json)
		return say_usage("only plan and status take --json");
	if (verb->run != cmd_exec && (options->at_reboot || options->cancel))
		return say_usage("only exec takes --at-reboot and --cancel");
	if (options->at_reboot && options->cancel)
		return say_usage("--at-reboot and --cancel do not go together");
	return EXIT_OK;
}

/*
 * Say what is wrong with an option that getopt refuses. `word` is the argument that
 * it stands in, `option` what getopt returned.
 */
static int say_bad_option(const char *word, int option)
{
	bool is_letter = strncmp(word, "--", 2) != 0;
	char letter[3] = { '-', (char)optopt, '\0' };

	if (is_letter)
		word = letter;
	if (option == ':')
		return say_usage("option %s needs a value", word);
	if (!is_letter && optopt)
		return say_usage("option %s takes no value", word);
	return say_usage("option %s is not known, or not clear", word);
}

/*
 * Read the command line and do what it says. Returns the exit code.
 */
static int run(int argc, char **argv, struct options *options)
{
	const struct verb *verb = NULL;
	int option, code;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":leuSdyixt:hV", long_options, NULL)) != -1) {
		if (option == '?' || option == ':')
			return say_bad_option(argv[optind - 1], option);
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option == 'V') {
			puts("kleap " KLEAP_VERSION);
			return EXIT_OK;
		}
		code = take_option(option, options, &verb);
		if (code)
			return code;
	}
	code = take_words(argc - optind, argv + optind, options, &verb);
	if (!code)
		code = check_options(options, verb);
	if (code)
		return code;
	if (!options->limit)
		options->limit = UINT32_MAX;

	code = verb->run(options);
	if (fflush(stdout) && !code)
		code = say_errno(errno, NULL, "cannot write to standard output");
	return code;
}

int main(int argc, char **argv)
{
	const char **values = calloc(2 * (size_t)argc, sizeof(*values));
	struct options options = {
		.device = KLEAP_DEVICE,
		.initrd = { values, 0 },
		.append = { values + argc, 0 },
	};
	int code, i;

	/* Wherever it stands: what is wrong may come before it. */
	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--json"))
			output_json_errors();
	if (!values)
		return say_errno(ENOMEM, NULL, "cannot read the command line");
	code = run(argc, argv, &options);
	free(values);
	return code;
}
