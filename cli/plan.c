// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The plan: where everything would go and what it costs, without loading it.
 */
#include "ways/ways.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How the kernel would be loaded on this machine. */
struct choice {
	const struct way *way;		/* NULL: not at all */
	bool shown;			/* the plan is for this machine */
	bool kernel_places;		/* there is no layout of kleap's to show */
	char reason[REASON_MAX];
};

static void print_range(const char *name, uint64_t start, uint64_t end,
			const char *note)
{
	printf("  %-12s 0x%09" PRIx64 " - 0x%09" PRIx64 " %12s%s\n", name, start,
	       end, size_text(end - start), note);
}

/*
 * What is put into memory, and how.
 */
static void print_what(const struct options *options, const struct job *job,
		       const struct choice *choice)
{
	uint16_t protocol = boot_protocol_of(job->kernel.data, job->kernel.size);
	char text[REASON_MAX + 32];
	size_t i;

	printf("kernel        %s, %s", shown(options->kernel), size_text(job->kernel.file.size));
	if (protocol)
		printf(", boot protocol %d.%02d", protocol >> 8, protocol & 0xff);
	puts("");
	printf("%14s", "");
	print_kind(&job->kernel, 14);
	puts("");
	for (i = 0; i < options->initrd.count; i++)
		printf("%-14s%s, %s\n", i ? "" : "initrd", shown(options->initrd.text[i]),
		       size_text(job->initrd_file[i].size));
	if (!i && job->initrd.size)
		printf("initrd        in the kernel image, %s\n", size_text(job->initrd.size));
	else if (!i)
		puts("initrd        none");
	printf("command line  %s\n", job->command_line[0] ? shown(job->command_line) : "(empty)");
	if (job->dropped && job->dropped[0])
		printf("  left out    %s\n", shown(job->dropped));
	if (choice->shown) {
		snprintf(text, sizeof(text), "%s: %s", choice->way ? choice->way->name : "none",
			 choice->reason);
		print_wrapped("way           ", text);
		if (choice->way && choice->way->kernel_places && !choice->kernel_places)
			puts("              which chooses the places itself; below are those kleap chooses");
	}
	if (choice->kernel_places) {
		puts("where         the running kernel decides, and passes on what it knows");
		print_notes(&job->notes, stdout, "note          ");
		return;
	}
	printf("passed on    ");
	for (i = 0; passed_on(job, i); i++)
		printf("%s %s", i ? "," : "", passed_on(job, i));
	puts("");
	if (job->tree.blob)
		printf("device tree   %s, %s\n", shown(job->tree.source), size_text(fdt_size(&job->tree)));
	for (i = 0; i < options->overlay.count; i++)
		printf("  overlay     %s\n", shown(options->overlay.text[i]));
	printf("machine       %s\n", job->machine.processor->name);
	printf("memory map    %s, %" PRIu32 " ranges, %s of RAM\n", shown(job->machine.map_source),
	       job->machine.map.count, size_text(boot_map_ram(&job->machine.map, 0)));
	print_notes(&job->notes, stdout, "note          ");
}

/*
 * A kernel for a crash: the memory for it, and what it will see of the old kernel's.
 */
static void print_crash(const struct job *job, const struct proof *proof)
{
	const struct crash *crash = job->crash;
	struct kimg_range region = boot_crash_region(&crash->memory);

	puts("\ncrash");
	print_range("reserved", region.start, region.end, "");
	printf("  image        %8" PRIu64 " pages %12s   all inside; nothing moves at the crash\n",
	       proof->pages, size_text(proof->bytes));
	printf("  dump         %8" PRIu32 " ranges %11s   and %" PRIu32 " notes\n",
	       crash->core.ram->count, size_text(boot_map_ram(crash->core.ram, 0)),
	       crash->core.notes);
	print_map(&job->machine, &job->layout);
}

/*
 * Where kleap puts it, and what that costs.
 */
static void print_where(const struct job *job, const struct proof *proof)
{
	const struct boot_layout *layout = &job->layout;
	char note[sizeof(job->machine.kept[0].name) + 8];
	size_t i;

	puts("\nwhere");
	for (i = 0; i < layout->segments; i++) {
		const struct boot_segment *segment = &layout->segment[i];
		uint64_t start = segment->at.mem;

		/* An initrd or a vmlinux may have several. */
		while (i + 1 < layout->segments &&
		       !strcmp(segment->name, layout->segment[i + 1].name))
			segment = &layout->segment[++i];
		print_range(segment->name, start, segment->at.mem + segment->at.memsz, "");
	}
	print_range("unpacks into", layout->kernel_runs.start, layout->kernel_runs.end,
		    layout->relocated ? "  (relocated)" : "");
	printf("  entry        0x%09" PRIx64 ", %s mode, %s at 0x%" PRIx64 "\n",
	       layout->entry.address, entry_mode(&layout->entry),
	       entry_params_name(&layout->entry), entry_params(&layout->entry));

	for (i = 0; i < job->machine.kepts; i++) {
		const struct kept *kept = &job->machine.kept[i];

		snprintf(note, sizeof(note), "  (%s)", kept->name);
		print_range("kept", kept->range.start, kept->range.end, note);
	}

	if (job->crash) {
		print_crash(job, proof);
		return;
	}
	puts("\ncost");
	printf("  image        %8" PRIu64 " pages %12s\n", proof->pages, size_text(proof->bytes));
	printf("  list         %8" PRIu64 " pages %12s   indirection pages\n",
	       proof->list_pages, size_text(proof->list_pages << 12));
	printf("  control      %8" PRIu64 " pages %12s   trampoline, page tables\n",
	       proof->control_pages, size_text(proof->control_pages << 12));
	printf("  to copy      %8" PRIu64 " pages %12s   at most, at the leap\n",
	       proof->pages, size_text(proof->bytes));

	puts("\nproof");
	printf("  simulated load and leap, frames from anywhere: %" PRIu64
	       " pages in place,\n  %" PRIu64 " copied; each page arrives where it belongs, no other frame changed\n",
	       proof->in_place, proof->copied);
	print_map(&job->machine, layout);
}

static void add_number(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

static void add_string(struct json_object *to, const char *key, const char *value)
{
	json_object_object_add(to, key, json_text(value));
}

/*
 * An object with `start` and `end`.
 */
static struct json_object *range_object(uint64_t start, uint64_t end)
{
	struct json_object *object = json_object_new_object();

	add_number(object, "start", start);
	add_number(object, "end", end);
	return object;
}

static struct json_object *file_object(const char *path, uint64_t size)
{
	struct json_object *object = json_object_new_object();

	add_string(object, "file", path);
	add_number(object, "size", size);
	return object;
}

/*
 * The initrd, and the files that were joined; NULL if there is none.
 */
static struct json_object *initrd_object(const struct options *options,
					 const struct job *job)
{
	struct json_object *object, *files;
	size_t i;

	if (!job->initrd.pieces)
		return NULL;
	object = file_object(options->initrd.count ? options->initrd.text[0] : options->kernel,
			     job->initrd.size);
	files = json_object_new_array();
	for (i = 0; i < options->initrd.count; i++)
		json_object_array_add(files, file_object(options->initrd.text[i],
							 job->initrd_file[i].size));
	json_object_object_add(object, "files", files);
	return object;
}

static struct json_object *map_object(const struct machine *machine)
{
	struct json_object *object = json_object_new_object();
	struct json_object *ranges = json_object_new_array();
	uint32_t i;

	for (i = 0; i < machine->map.count; i++) {
		const struct boot_mem *mem = &machine->map.mem[i];
		struct json_object *range = range_object(mem->range.start, mem->range.end);

		add_string(range, "type", type_text(mem->type));
		json_object_array_add(ranges, range);
	}
	add_string(object, "source", machine->map_source);
	add_number(object, "ram", boot_map_ram(&machine->map, 0));
	add_number(object, "usable", boot_map_ram(&machine->usable, 0));
	json_object_object_add(object, "ranges", ranges);
	return object;
}

static struct json_object *entry_object(const struct kleap_entry *entry)
{
	struct json_object *object = json_object_new_object();
	const char *name;
	uint64_t value;
	unsigned int i;

	add_string(object, "mode", entry_mode(entry));
	add_number(object, "address", entry->address);
	for (i = 0; (name = entry_register(entry, i, &value)); i++)
		add_number(object, name, value);
	return object;
}

static struct json_object *kernel_object(const struct options *options, const struct job *job)
{
	uint16_t version = boot_protocol_of(job->kernel.data, job->kernel.size);
	struct json_object *kernel = file_object(options->kernel, job->kernel.file.size);
	char protocol[16], type[512];

	snprintf(type, sizeof(type), "%s%s", job->kernel.identity.name, job->kernel.wrapping);
	add_string(kernel, "type", type);
	if (version) {
		snprintf(protocol, sizeof(protocol), "%d.%02d", version >> 8, version & 0xff);
		add_string(kernel, "protocol", protocol);
	}
	return kernel;
}

static struct json_object *crash_object(const struct crash *crash)
{
	struct kimg_range region = boot_crash_region(&crash->memory);
	struct json_object *object = range_object(region.start, region.end);

	add_number(object, "elfcorehdr", crash->header.start);
	add_number(object, "notes", crash->core.notes);
	add_number(object, "ranges", crash->core.ram->count);
	add_number(object, "bytes", boot_map_ram(crash->core.ram, 0));
	return object;
}

/*
 * The device tree as the new kernel gets it, and the overlays that were applied.
 */
static struct json_object *tree_object(const struct options *options, const struct job *job)
{
	struct json_object *object = file_object(job->tree.source, fdt_size(&job->tree));
	struct json_object *overlays = json_object_new_array();
	size_t i;

	for (i = 0; i < options->overlay.count; i++)
		json_object_array_add(overlays, json_text(options->overlay.text[i]));
	json_object_object_add(object, "overlays", overlays);
	return object;
}

/*
 * Memory that something goes on using after the leap.
 */
static struct json_object *kept_object(const struct machine *machine)
{
	struct json_object *object = json_object_new_array();
	uint32_t i;

	for (i = 0; i < machine->kepts; i++) {
		const struct kept *kept = &machine->kept[i];
		struct json_object *range = range_object(kept->range.start, kept->range.end);

		add_string(range, "name", kept->name);
		json_object_array_add(object, range);
	}
	return object;
}

/*
 * What only a layout of kleap's has.
 */
static void add_layout(const struct options *options, struct json_object *root,
		       struct json_object *kernel, const struct job *job,
		       const struct proof *proof)
{
	const struct boot_layout *layout = &job->layout;
	struct json_object *segments, *passed, *cost, *proved;
	uint32_t i;

	segments = json_object_new_array();
	passed = json_object_new_array();
	cost = json_object_new_object();
	proved = json_object_new_object();
	add_number(kernel, "init_size", layout->init_size);
	json_object_object_add(kernel, "relocated", json_object_new_boolean(layout->relocated));
	json_object_object_add(kernel, "runs", range_object(layout->kernel_runs.start,
							    layout->kernel_runs.end));
	for (i = 0; i < layout->segments; i++) {
		const struct boot_segment *segment = &layout->segment[i];
		struct json_object *object = range_object(segment->at.mem,
							  segment->at.mem + segment->at.memsz);

		add_string(object, "name", segment->name);
		add_number(object, "data", segment->at.bufsz);
		json_object_array_add(segments, object);
	}
	add_number(cost, "pages", proof->pages);
	add_number(cost, "bytes", proof->bytes);
	add_number(cost, "list_pages", proof->list_pages);
	add_number(cost, "control_pages", proof->control_pages);
	add_number(cost, "copies_at_most", job->crash ? 0 : proof->pages);
	json_object_object_add(proved, "ok", json_object_new_boolean(true));
	add_number(proved, "in_place", proof->in_place);
	add_number(proved, "copied", proof->copied);

	for (i = 0; passed_on(job, i); i++)
		json_object_array_add(passed, json_text(passed_on(job, i)));
	json_object_object_add(root, "passed_on", passed);
	json_object_object_add(root, "memory_map", map_object(&job->machine));
	if (job->tree.blob)
		json_object_object_add(root, "device_tree", tree_object(options, job));
	json_object_object_add(root, "kept", kept_object(&job->machine));
	add_string(root, "machine", job->machine.processor->name);
	add_number(root, "limit", job->limit);
	json_object_object_add(root, "segments", segments);
	json_object_object_add(root, "entry", entry_object(&layout->entry));
	json_object_object_add(root, "cost", cost);
	json_object_object_add(root, "proof", proved);
	if (job->crash)
		json_object_object_add(root, "crash", crash_object(job->crash));
}

static void print_plan_json(const struct options *options, const struct job *job,
			    const struct choice *choice, const struct proof *proof)
{
	struct json_object *root, *kernel;

	need_json(job->machine.map.count + job->notes.count + options->initrd.count + options->overlay.count +
		  job->machine.kepts + 64);
	root = json_object_new_object();
	kernel = kernel_object(options, job);
	add_number(root, "version", 1);
	json_object_object_add(root, "kernel", kernel);
	json_object_object_add(root, "initrd", initrd_object(options, job));
	add_string(root, "command_line", job->command_line);
	add_string(root, "command_line_left_out", job->dropped ? job->dropped : "");
	if (choice->shown) {
		json_object_object_add(root, "via", choice->way ? json_text(choice->way->name) : NULL);
		add_string(root, "via_reason", choice->reason);
	}
	json_object_object_add(root, "notes", notes_object(&job->notes));
	if (!choice->kernel_places)
		add_layout(options, root, kernel, job, proof);
	print_json(root);
}

/*
 * The way that the plan is for. Only --via makes one the running kernel's layout, or that
 * kleap has none: a plan is of use where nothing can be loaded, too.
 */
static void choose(const struct options *options, struct choice *choice)
{
	choice->shown = options->via || (is_this_machine(options) && !options->machine);
	if (choice->shown)
		choice->way = choose_way(options, choice->reason);
	choice->kernel_places = choice->way && choice->way->kernel_places &&
		(options->via || (options->panic && running_processor()->has_tree));
}

int cmd_plan(const struct options *options)
{
	struct choice choice = { 0 };
	struct proof proof = { 0 };
	const struct way *complete;
	struct job *job;
	int code;

	choose(options, &choice);
	code = check_crash_load(options, choice.way);
	if (code)
		return code;
	job = calloc(1, sizeof(*job));
	if (!job)
		return say_errno(ENOMEM, NULL, "cannot plan");
	job->is_plan = true;
	job->has_seed = true;
	code = open_job(options, choice.kernel_places, job);
	/* What kleap lays out for a crash can only go this way. */
	complete = job->crash ? &way_kexec_load : choice.way;
	if (!code && complete && complete->complete)
		code = complete->complete(options, job);
	if (!code && options->debug && choice.shown)
		fprintf(stderr, "way: %s: %s\n", choice.way ? choice.way->name : "none",
			shown(choice.reason));
	if (!code && options->debug)
		print_layout(job);
	/* What a load would refuse. */
	if (!code && choice.way && choice.way->check)
		code = choice.way->check(options, job);
	if (!code && !choice.kernel_places)
		code = job->crash ? prove_crash(job, &proof) : prove(job, &proof);
	if (!code && options->json) {
		print_plan_json(options, job, &choice, &proof);
	} else if (!code) {
		print_what(options, job, &choice);
		if (!choice.kernel_places)
			print_where(job, &proof);
	}
	close_job(options, job);
	free(job);
	return code;
}
