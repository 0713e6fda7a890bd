// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The verbs of kleap, and what it does when called as kexec.
 */
#include "cli.h"
#include "kleap_version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int cmd_help(const struct options *options);
static int cmd_version(const struct options *options);

/* A verb, and the argument that follows its name. */
struct verb {
	const char *name;
	unsigned int bit;
	const char *argument;		/* in words; NULL: it takes none */
	int (*run)(const struct options *options);
	const char *usage, *text;	/* for the help */
};

static const struct verb verbs[] = {
	{ "plan", VERB_PLAN, "a kernel file", cmd_plan,
	  "KERNEL [options]", "where everything would go, and what it costs" },
	{ "load", VERB_LOAD, "a kernel file", cmd_load,
	  "KERNEL [options]", "load a kernel, ready to leap" },
	{ "status", VERB_STATUS, NULL, cmd_status, "", "what is loaded" },
	{ "rehearse", VERB_REHEARSE, NULL, cmd_rehearse,
	  "[options]", "try the leap on other pages, and come back" },
	{ "exec", VERB_EXEC, NULL, cmd_exec, "", "leap now, without stopping services" },
	{ "unload", VERB_UNLOAD, NULL, cmd_unload, "", "unload the kernel, free its memory" },
	{ "disable", VERB_DISABLE, NULL, cmd_disable,
	  "", "unload; no load and no leap until the next boot" },
	{ "explain", VERB_EXPLAIN, "the id of an error, or list", cmd_explain,
	  "ERROR|list", "an error in full" },
	{ "help", VERB_HELP, "a verb", cmd_help, "[VERB]", "this text, or a verb's options" },
	{ "version", VERB_VERSION, NULL, cmd_version, "", "the version" },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

/* kexec(8) -f, and kexec(8) with a kernel file alone. */
static const struct verb force = { "force", VERB_LOAD | VERB_EXEC, "a kernel file", cmd_force, "", "" };
static const struct verb restart = { "kexec", VERB_LOAD, "a kernel file", cmd_restart, "", "" };

/* The verb with this name, or NULL. */
static const struct verb *verb_named(const char *name)
{
	size_t i;

	for (i = 0; i < VERBS; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static void print_usage(const struct verb *verb)
{
	char left[64];

	snprintf(left, sizeof(left), "kleap %s %s", verb->name, verb->usage);
	printf("  %-28s %s\n", left, verb->text);
}

static int cmd_help(const struct options *options)
{
	const struct verb *verb = options->argument ? verb_named(options->argument) : NULL;
	size_t i;

	if (options->argument && !verb)
		return say_usage("no verb is called %s", options->argument);
	if (verb) {
		print_usage(verb);
		puts("");
		print_options(verb->bit);
		return EXIT_OK;
	}
	if (options->as_kexec) {
		puts("kexec, by kleap\n\n"
		     "  kexec -l KERNEL [options]    load a kernel\n"
		     "  kexec -e                     leap into it now\n"
		     "  kexec -f KERNEL [options]    load a kernel, and leap now\n"
		     "  kexec KERNEL [options]       load a kernel, shut down, and leap\n"
		     "  kexec -u, kexec -S -l        unload it; exit code 1 if one is loaded\n"
		     "\nOptions:");
		print_options(VERB_LOAD);
		puts("\nOther options of kexec(8) are taken, too, or refused with a hint.");
		return EXIT_OK;
	}
	puts("kleap: leap from a running Linux into another kernel\n");
	for (i = 0; i < VERBS; i++)
		print_usage(&verbs[i]);
	puts("\nOptions:");
	print_options(~0u);
	puts("\nAs kexec(8): -l KERNEL, -f KERNEL, -e, -u, -S; kleap(8) has all its options.\n"
	     "Exit codes: 0 ok, 1 refused, 2 usage, 3 permission, 4 memory, 5 system.");
	return EXIT_OK;
}

static int cmd_version(const struct options *options)
{
	puts(options->as_kexec ? "kleap " KLEAP_VERSION ", with the options of kexec-tools 2.0.32" :
				 "kleap " KLEAP_VERSION);
	return EXIT_OK;
}

/*
 * Is the program called kexec, or kexec. with a suffix, as dpkg-divert names it?
 */
static bool is_called_kexec(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *name = slash ? slash + 1 : path;

	return name && !strncmp(name, "kexec", 5) && (!name[5] || name[5] == '.');
}

/*
 * The verb that the options name, or NULL. `words` is the number of arguments that
 * are not options. Returns 0 or EXIT_USAGE.
 */
static int verb_of_options(const struct options *options, int words,
			   const struct verb **verb)
{
	unsigned int actions = options->actions;
	const struct verb *first = NULL;
	size_t i;

	*verb = NULL;
	/* With -S, -l and -p only say which image is meant. */
	if (actions & VERB_STATUS)
		actions &= ~(unsigned int)VERB_LOAD;
	/* -e -f: with a kernel file load and leap, without one only leap. */
	if (actions == (VERB_EXEC | VERB_FORCE))
		actions = words ? VERB_FORCE : VERB_EXEC;
	if (actions & (VERB_HELP | VERB_VERSION))
		actions &= VERB_HELP | VERB_VERSION;
	if (actions == VERB_FORCE) {
		*verb = &force;
		return EXIT_OK;
	}
	for (i = 0; i < VERBS; i++) {
		if (!(actions & verbs[i].bit))
			continue;
		if (first)
			return say_usage("--%s and --%s do not go together", first->name,
					 verbs[i].name);
		first = &verbs[i];
	}
	if (first && actions & VERB_FORCE)
		return say_usage("--%s and --force do not go together", first->name);
	*verb = first;
	return EXIT_OK;
}

/*
 * Take the arguments that are not options: the verb, unless an option named it, and
 * its argument. Returns 0 or EXIT_USAGE.
 */
static int take_words(int count, char *const *word, struct options *options,
		      const struct verb **verb)
{
	int most, code;

	code = verb_of_options(options, count, verb);
	if (code)
		return code;
	/* kleap load --help, kleap --version and something */
	if (options->actions & (VERB_HELP | VERB_VERSION))
		return EXIT_OK;
	/* -p alone loads, unless a verb follows. */
	if (!*verb && options->panic && (options->as_kexec || !count || !verb_named(word[0])))
		*verb = verb_named("load");
	if (!*verb && options->as_kexec)
		*verb = &restart;
	if (!*verb) {
		if (!count)
			return say_usage("nothing to do");
		*verb = verb_named(word[0]);
		if (!*verb)
			return say_usage("no verb is called %s", word[0]);
		count--;
		word++;
	}
	most = (*verb)->argument != NULL;
	if (most > count && *verb != verb_named("help"))
		return say_usage("%s takes %s", (*verb)->name, (*verb)->argument);
	if (count > most && options->append.count)
		return say_usage_hint("quote a command line with blanks: --append \"root=/dev/sda1 ro\"",
				      "%s does not take: %s", (*verb)->name, word[most]);
	if (count > most)
		return say_usage("%s does not take: %s", (*verb)->name, word[most]);
	options->argument = count ? word[0] : NULL;
	if ((*verb)->bit & (VERB_PLAN | VERB_LOAD)) {
		options->kernel = word[0];
		if (!word[0][0])
			return say_empty_name("", (*verb)->name);
	}
	return EXIT_OK;
}

/*
 * Read the command line and do what it says. Returns the exit code.
 */
static int run(int argc, char **argv, struct options *options)
{
	const struct verb *verb = NULL;
	int code, at;

	code = read_options(argc, argv, options, &at);
	if (!code)
		code = take_words(argc - at, argv + at, options, &verb);
	if (!code)
		code = check_options(options, verb->name, verb->bit);
	if (code)
		return code;
	output_json_errors(options->json);
	return verb->run(options);
}

/*
 * Is an argument --json, or an abbreviation that getopt accepts? Errors in the arguments
 * before it must be JSON, too.
 */
static bool asks_for_json(int argc, char *const *argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (strcspn(argv[i], "=") > 2 && !strncmp(argv[i], "--json", strcspn(argv[i], "=")))
			return true;
	return false;
}

/*
 * If standard output or error is closed, the next file to be opened would take its
 * place, and output would go there. So open /dev/null in its place.
 */
static void keep_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	const char **values = calloc(3 * (size_t)argc + 1, sizeof(*values));
	struct options options = {
		.device = KLEAP_DEVICE,
		.times = 1,
		.as_kexec = is_called_kexec(argv[0]),
	};
	int code;

	keep_standard_files();
	output_json_errors(asks_for_json(argc, argv));
	if (!values)
		return say_errno(ENOMEM, NULL, "cannot read the command line");
	options.initrd.text = values;
	options.append.text = values + argc;
	options.overlay.text = values + 2 * argc;
	code = run(argc, argv, &options);
	free(values);
	if ((fflush(stdout) || ferror(stdout)) && !code)
		code = say_errno(errno, NULL, "cannot write to standard output");
	return code;
}
