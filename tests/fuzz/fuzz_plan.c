/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Fuzzer: the command, from its arguments to what it prints.
 *
 * The input makes a kernel file, an initrd, a memory map and a system to plan for,
 * and picks arguments. The command's own main() must return one of its exit codes,
 * print something, and, with --json, print what a strict parser accepts: on success
 * the plan, whose segments and figures must agree with each other and with the
 * files; on failure the error with its exit code.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "synthetic.h"

#define WORDS 12u
#define EFI "sys/firmware/efi/"
#define PARAMS "sys/kernel/boot_params/"

/* main() of cli/main.c, under another name. */
int kleap_main(int argc, char **argv);

/* The files that the command reads, in a folder that lasts as long as the process. */
static char folder[64];

static void write_file(const char *name, const void *bytes, size_t size)
{
	char path[100];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "w");
	HOLDS(file && fwrite(bytes, 1, size, file) == size && !fclose(file));
}

static void remove_folder(void)
{
	static const char *const names[] = {
		"kernel", "initrd", "map", "proc/iomem", "proc/cmdline", "proc",
		EFI "systab", EFI "runtime", EFI "config_table", EFI "fw_vendor",
		EFI "runtime-map/0/type", EFI "runtime-map/0/phys_addr",
		EFI "runtime-map/0/virt_addr", EFI "runtime-map/0/num_pages",
		EFI "runtime-map/0/attribute", EFI "runtime-map/0", EFI "runtime-map",
		"sys/firmware/efi", "sys/firmware", PARAMS "data", "sys/kernel/boot_params",
		"sys/kernel", "sys", "",
	};
	char path[100];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		remove(path);
	}
}

static void make_folder(void)
{
	static const char *const folders[] = {
		"proc", "sys", "sys/kernel", "sys/kernel/boot_params", "sys/firmware",
		"sys/firmware/efi", EFI "runtime-map", EFI "runtime-map/0",
	};
	char path[100];

	if (folder[0])
		return;
	snprintf(folder, sizeof(folder), "%s/kleap-fuzz-XXXXXX",
		 access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	HOLDS(mkdtemp(folder));
	atexit(remove_folder);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, folders[i]);
		HOLDS(!mkdir(path, 0700));
	}
	HOLDS(!setenv("KLEAP_ROOT", folder, 1));
}

/* ---- What the command is given ---------------------------------------------------------- */

struct run {
	char word[WORDS][80];
	char *argv[WORDS + 1];
	int argc;
	size_t kernel_size;
};

static void take_kernel(struct input *input, struct run *run)
{
	struct recipe recipe = usual;
	unsigned char *file;
	uint64_t kind;
	size_t size;

	recipe.code_size = 1 + (size_t)take(input, 2) % 20000;
	kind = take(input, 1);
	recipe.xloadflags = kind & 64 ? 0x7f : 0;
	file = bake(&recipe, &size);
	for (uint64_t i = kind % 4; i > 0; i--)
		take_bytes(input, file + 0x1f1 + take(input, 1) % 0x80, 1 + (size_t)i % 4);
	write_file("kernel", file, size);
	run->kernel_size = size;
	free(file);
}

/* Lines of a map, most of them well formed; or any text. */
static void take_map(struct input *input, const char *name)
{
	char text[2000] = "";
	size_t at = 0;
	uint64_t lines = take(input, 1) % 12, end = 0;

	if (lines == 11) {
		size_t size = (size_t)take(input, 1);

		take_bytes(input, text, size);
		write_file(name, text, size);
		return;
	}
	if (lines > 8)
		at = (size_t)sprintf(text, "0-9fc00 ram\n100000-%x ram\n100000000-180000000 ram\n",
				     0x200000u + (unsigned int)take(input, 2) * 0x8000u);
	for (; lines < 9 && lines > 0; lines--) {
		uint64_t start = end + take_odd(input), kind = take(input, 1);

		end = start + take_odd(input);
		at += (size_t)sprintf(text + at, kind & 8 ? "%llx-%llx : %s\n" : "%llx-%llx %s\n",
			(unsigned long long)start, (unsigned long long)end,
			kind % 4 ? "System RAM" : "reserved");
	}
	write_file(name, text, at);
}

/* A machine booted by EFI: numbers, most of them well formed, and its boot_params. */
static void take_efi(struct input *input)
{
	static const char *const files[] = {
		EFI "runtime", EFI "config_table", EFI "fw_vendor", EFI "runtime-map/0/type",
		EFI "runtime-map/0/phys_addr", EFI "runtime-map/0/virt_addr",
		EFI "runtime-map/0/num_pages", EFI "runtime-map/0/attribute",
	};
	static const char signatures[][8] = { "EL32", "EL64", "EL", "" };
	unsigned char page[4096] = { 0 };
	char text[200];
	size_t size;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		uint64_t kind = take(input, 1);

		size = (size_t)sprintf(text, "0x%llx\n", (unsigned long long)take_odd(input));
		if (kind > 0xf0)
			take_bytes(input, text, size = kind % 16);
		write_file(files[i], text, size);
	}
	size = (size_t)snprintf(text, sizeof(text), "ACPI20=0x%llx\nSMBIOS=0x%llx\n",
				(unsigned long long)take_odd(input),
				(unsigned long long)take_odd(input));
	take_bytes(input, text + take(input, 1) % size, (size_t)take(input, 1) % 9);
	write_file(EFI "systab", text, size);
	memcpy(page + 0x1c0, signatures[take(input, 1) % 4], 4);
	page[0x1c4] = 0x18;
	page[0x1cc] = 1;
	take_bytes(input, page + 0x70, 8);
	take_bytes(input, page + take(input, 2) % 0xf00, 16);
	write_file(PARAMS "data", page, take(input, 1) % 8 ? sizeof(page) : 5);
}

static void take_word(struct input *input, struct run *run)
{
	static const char *const words[] = {
		"plan", "--json", "--memory-map", "map", "--initrd", "initrd", "--append",
		"--reuse-cmdline", "--limit", "kernel", "--debug", "-d", "--json",
		"console=ttyS0", "fffffff", "--type=bzImage", "--", "--uart=3f8", "-h",
		"explain", "--device", "/nowhere", "status", "nothing", "help", "version", "-l",
		"-f", "-S", "-p", "-s", "--mem-min=0x2000000", "--mem-max=0x3fffffff", "--noefi",
		"--ramdisk", "--serial=ttyS1", "--console-serial", "--dtb=x", "--atags", "--entry=0",
		"--machine=x86_64", "--machine=i386", "--machine", "--mem-min=0x100000000",
		"--limit=13fffffff", "--entry-32bit",
	};
	uint64_t kind = take(input, 1);
	char *word = run->word[run->argc];

	if (kind < 0xc0)
		strcpy(word, words[kind % (sizeof(words) / sizeof(words[0]))]);
	else
		take_bytes(input, word, kind % 64);
	run->argv[run->argc++] = word;
}

static void take_run(struct input *input, struct run *run)
{
	static const char *const usual_words[] = {
		"kleap", "plan", "kernel", "--json", "--memory-map", "map",
	};
	char text[300];
	size_t size;

	memset(run, 0, sizeof(*run));
	take_kernel(input, run);
	take_map(input, "map");
	take_map(input, "proc/iomem");
	size = (size_t)take(input, 1);
	take_bytes(input, text, size);
	write_file("proc/cmdline", text, size);
	take_efi(input);
	memset(text, 'i', sizeof(text));
	write_file("initrd", text, (size_t)take(input, 1));
	/* Most start as a plan goes; arguments follow. */
	size = take(input, 1) % 8;
	size = size < 4 ? sizeof(usual_words) / sizeof(usual_words[0]) : size < 7 ? 4 : 1;
	for (size_t i = 0; i < size; i++)
		run->argv[run->argc++] = strcpy(run->word[i], usual_words[i]);
	for (uint64_t i = take(input, 1) % 6; i > 0; i--)
		take_word(input, run);
}

/* ---- What it says ------------------------------------------------------------------------ */

static struct json_object *member(struct json_object *of, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(of, key, &value))
		broken("the plan has no %s", key);
	return value;
}

static uint64_t number(struct json_object *of, const char *key)
{
	struct json_object *value = member(of, key);

	HOLDS(json_object_is_type(value, json_type_int));
	return json_object_get_uint64(value);
}

static void judge_plan(const struct run *run, struct json_object *root)
{
	struct json_object *segments = member(root, "segments");
	struct json_object *cost = member(root, "cost"), *proof = member(root, "proof");
	size_t count = json_object_array_length(segments);
	struct json_object *state = member(root, "entry");
	uint64_t pages = 0, entry = number(state, "address"), tables = number(state, "tables");
	uint64_t limit = number(root, "limit");

	HOLDS(number(root, "version") == 1);
	HOLDS(number(member(root, "kernel"), "size") == run->kernel_size);
	HOLDS(count == (member(root, "initrd") ? 3 : 2) + (tables ? 1u : 0u));
	for (size_t i = 0; i < count; i++) {
		struct json_object *segment = json_object_array_get_idx(segments, i);
		uint64_t start = number(segment, "start"), end = number(segment, "end");

		HOLDS(start < end && end - 1 <= limit && start % 4096 == 0 && end % 4096 == 0);
		HOLDS(number(segment, "data") <= end - start);
		HOLDS(i || entry == start + (tables ? 0x200 : 0));
		HOLDS(i + 1 < count || !tables || tables == start);
		pages += (end - start) / 4096;
	}
	HOLDS(number(cost, "pages") == pages && number(cost, "bytes") == pages * 4096);
	HOLDS(number(proof, "in_place") + number(proof, "copied") == pages);
	HOLDS(json_object_get_boolean(member(proof, "ok")));
}

/* Does the running kernel choose the places? Then the plan has none. */
static bool is_kernels(struct json_object *root)
{
	struct json_object *via;

	return json_object_object_get_ex(root, "via", &via) &&
	       !strcmp(json_object_get_string(via), "kexec_file_load");
}

static void judge_error(struct json_object *root, int code)
{
	struct json_object *error = member(root, "error");

	HOLDS(number(error, "exit_code") == (uint64_t)code);
	HOLDS(strlen(json_object_get_string(member(error, "text"))));
}

/* All of the text, by the letter of RFC 8259. */
static struct json_object *parse(const char *text, size_t size)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *root;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	HOLDS(size && text[size - 1] == '\n');
	root = json_tokener_parse_ex(tokener, text, (int)size - 1);
	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    json_tokener_get_parse_end(tokener) != size - 1)
		broken("this is no JSON: %s\n%s", json_tokener_error_desc(
		       json_tokener_get_error(tokener)), text);
	json_tokener_free(tokener);
	return root;
}

/* Text for a terminal: lines without control characters. */
static void check_tame(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		HOLDS((c >= ' ' || c == '\n') && c != 0x7f);
		HOLDS(c != 0xc2 || (unsigned char)text[i + 1] >= 0xa0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size };
	FILE *out = stdout, *err = stderr;
	char *said = NULL, *complained = NULL;
	size_t said_size, complained_size;
	static struct run run;
	static int home = -1;
	int code;

	make_folder();
	if (home < 0)
		home = open(".", O_PATH | O_CLOEXEC);
	take_run(&input, &run);
	stdout = open_memstream(&said, &said_size);
	stderr = open_memstream(&complained, &complained_size);
	HOLDS(stdout && stderr);
	optind = 0;
	/* Only for so long: what libFuzzer writes belongs elsewhere. */
	HOLDS(!chdir(folder));
	code = kleap_main(run.argc, run.argv);
	HOLDS(!fchdir(home));
	fclose(stdout);
	fclose(stderr);
	stdout = out;
	stderr = err;

	HOLDS(code >= EXIT_OK && code <= EXIT_SYSTEM);
	HOLDS(said_size || complained_size);
	HOLDS(!code || complained_size);
	if (!said_size || said[0] != '{')
		check_tame(said, said_size);
	check_tame(complained, complained_size);
	if (said_size && said[0] == '{') {
		struct json_object *root = parse(said, said_size);

		if (code)
			judge_error(root, code);
		else if (!is_kernels(root))
			judge_plan(&run, root);
		json_object_put(root);
	}
	free(said);
	free(complained);
	return 0;
}
