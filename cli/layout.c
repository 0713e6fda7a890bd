// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From files and machine to a layout: what a plan and a load have in common.
 */
#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Report that tree or initrd cannot lie where the user wants it. Returns REFUSED.
 */
static int say_place(const struct kimg_why *why)
{
	char reason[256], text[MESSAGE_MAX], hint[256];

	kimg_explain(why, reason, sizeof(reason));
	kimg_hint(why, hint, sizeof(hint));
	snprintf(text, sizeof(text), "%s: %s", why->seg ? "initrd (--place-initrd)" :
		 "device tree (--place-dtb)", reason);
	return say_refused(why->error, text, hint);
}

/*
 * For errors that mean "does not fit": show the available ranges, up to the limit.
 */
static void say_usable(uint32_t error, const struct options *options, const struct job *job)
{
	bool option = job->tree.blob && boot_find_option(job->command_line, "mem=");
	const struct boot_map *map = option ? &job->layout.left : &job->room;
	char until[32] = "";
	uint32_t i;

	if (error != KIMG_E_KERNEL_NO_ROOM && error != KIMG_E_KERNEL_FIXED &&
	    error != KIMG_E_INITRD_NO_ROOM && error != KIMG_E_INITRD_LOW &&
	    error != KIMG_E_PARAMS_NO_ROOM && error != KIMG_E_UNPACK_NO_ROOM &&
	    error != KIMG_E_TREE_NO_ROOM)
		return;
	if (job->limit == options->limit)
		snprintf(until, sizeof(until), " up to 0x%" PRIx64, job->limit);
	else if (job->limit == UINT32_MAX)
		snprintf(until, sizeof(until), " below 4 GiB");
	fprintf(stderr, "  usable memory%s%s:\n", option ? " that mem= leaves" : "", until);
	for (i = 0; i < map->count; i++) {
		struct kimg_range range = map->mem[i].range;

		if (map->mem[i].type != BOOT_MEM_RAM || range.start > job->limit)
			continue;
		if (range.end > job->limit)
			range.end = job->limit + 1;
		fprintf(stderr, "    0x%09" PRIx64 " - 0x%09" PRIx64 " %12s\n", range.start,
			range.end, size_text(range.end - range.start));
	}
}

uint64_t initrd_address(const struct boot_layout *layout)
{
	uint32_t i = 0;

	while (strcmp(layout->segment[i].name, "initrd"))
		i++;
	return layout->segment[i].at.mem;
}

int check_segments(const struct boot_layout *layout)
{
	struct kimg_why why;

	if (layout->segments < BOOT_SEGMENT_MAX)
		return EXIT_OK;
	kimg_fail(&why, KIMG_E_SEGMENTS_TOO_MANY, .a = layout->segments + 1, .b = BOOT_SEGMENT_MAX);
	return say_why(&why);
}

uint32_t segments_of(const struct boot_layout *layout, struct kimg_segment at[BOOT_SEGMENT_MAX])
{
	uint32_t i;

	for (i = 0; i < layout->segments; i++)
		at[i] = layout->segment[i].at;
	return i;
}

/*
 * Note if the new kernel gets fewer ranges than there are. A device tree has room for all.
 */
static void note_told(struct job *job)
{
	const struct boot_map *map = &job->machine.map, *told = &job->layout.told;

	if (!job->tree.blob && told->count < map->count)
		add_note(&job->notes, "%" PRIu32 " ranges joined to %" PRIu32
			 ", the most this kernel reads: %s of RAM lost", map->count,
			 told->count, size_text(boot_map_ram(map, 0) - boot_map_ram(told, 0)));
}

/*
 * Note if the initrd and its contents may not fit into memory together, as they must
 * when the kernel unpacks it. A sixteenth of RAM is left for kernel and programs.
 */
static void note_unpacked(const struct options *options, struct job *job)
{
	uint64_t ram = boot_map_ram(&job->layout.told, 0), unpacked = 0;
	uint64_t packed = job->initrd.size;
	size_t i;

	for (i = 0; i < options->initrd.count; i++)
		unpacked += boot_unpacked_size(job->initrd_file[i].data,
					       job->initrd_file[i].size);
	for (i = BOOT_UKI_MICROCODE; !options->initrd.count && i <= BOOT_UKI_INITRD; i++)
		unpacked += boot_unpacked_size(job->kernel.part[i].data,
					       (size_t)job->kernel.part[i].size);
	if (packed && packed + unpacked + ram / 16 + job->layout.kernel_runs.end -
		      job->layout.kernel_runs.start > ram)
		add_note(&job->notes, "initrd and contents (over %s) may not fit into %s",
			 size_text(packed + unpacked), size_text(ram));
}

/*
 * The initrd of a unified kernel image: microcode first.
 */
static int join_own_initrd(struct job *job)
{
	struct mapping own[2];
	size_t count = 0;
	unsigned int i;

	for (i = BOOT_UKI_MICROCODE; i <= BOOT_UKI_INITRD; i++) {
		const struct boot_piece *part = &job->kernel.part[i];

		if (part->size)
			own[count++] = (struct mapping){ part->data, (size_t)part->size };
	}
	return count ? join_initrd(own, count, &job->initrd) : EXIT_OK;
}

/*
 * Map the initrds and join them. --initrd replaces the initrd of a unified kernel image.
 */
static int open_initrds(const struct options *options, struct job *job)
{
	size_t i, count = options->initrd.count;
	char what[160];
	int code;

	if (!count)
		return join_own_initrd(job);
	if (job->kernel.part[BOOT_UKI_INITRD].size || job->kernel.part[BOOT_UKI_MICROCODE].size)
		add_note(&job->notes, "--initrd replaces the initrd in the kernel image");
	job->initrd_file = calloc(count, sizeof(*job->initrd_file));
	if (!job->initrd_file)
		return say_errno(ENOMEM, NULL, "cannot map the initrds");
	for (i = 0; i < count; i++) {
		code = map_file(options->initrd.text[i], &job->initrd_file[i]);
		if (code)
			return code;
		if (count > 1 && !job->initrd_file[i].size)
			add_note(&job->notes, "%s is empty and left out",
				 options->initrd.text[i]);
		else if (is_no_initrd(&job->initrd_file[i], what, sizeof(what)))
			add_note(&job->notes, "%s is not an initrd for Linux: it is %s",
				 options->initrd.text[i], what);
	}
	return join_initrd(job->initrd_file, count, &job->initrd);
}

/*
 * The command line: from the options, else from a unified kernel image, else what the device
 * tree has, as from --reuse-cmdline; if the running kernel passes on its own, as with that.
 * In a unified kernel image, control characters become blanks, and blanks at the end are
 * removed.
 */
static int make_command_line(const struct options *options, bool kernel_places, struct job *job)
{
	const struct boot_piece *own = &job->kernel.part[BOOT_UKI_COMMAND];
	bool given = options->append.count || options->reuse_command_line;
	struct options reuse = *options;
	size_t i, length = 0;

	if (!given && !own->size && job->tree.blob && tree_command_line(&job->tree))
		return reuse_text(tree_command_line(&job->tree), &job->command_line, &job->dropped);
	reuse.reuse_command_line = true;
	if (!given && !own->size && kernel_places && job->machine.processor->has_tree)
		return build_command_line(&reuse, &job->command_line, &job->dropped);
	if (given || !own->size) {
		if (own->size)
			add_note(&job->notes, "%s replaces the command line in the kernel image",
				 options->append.count ? "--append" : "--reuse-cmdline");
		return build_command_line(options, &job->command_line, &job->dropped);
	}
	job->command_line = calloc(1, (size_t)own->size + 1);
	if (!job->command_line)
		return say_errno(ENOMEM, NULL, "cannot build the command line");
	for (i = 0; i < own->size && ((const char *)own->data)[i]; i++) {
		unsigned char c = ((const unsigned char *)own->data)[i];

		job->command_line[i] = c < ' ' ? ' ' : (char)c;
		if (c > ' ')
			length = i + 1;
	}
	job->command_line[length] = '\0';
	return EXIT_OK;
}

/*
 * Is this error about the kernel file itself?
 */
static bool is_of_kernel(uint32_t error)
{
	return error == KIMG_E_FILE_TRUNCATED || error == KIMG_E_FILE_MAGIC ||
	       error == KIMG_E_FILE_PROTOCOL || error == KIMG_E_FILE_NOT_HIGH ||
	       error == KIMG_E_FILE_HEADER || error == KIMG_E_FILE_REAL_MODE ||
	       error == KIMG_E_SEGMENTS_TOO_MANY;
}

/*
 * Refuse options for a device tree on a machine without one. Exit codes: USAGE.
 */
static int check_tree_options(const struct options *options, const struct processor *processor)
{
	const char *given = options->dtb ? "dtb" : options->overlay.count ? "dtb-overlay" :
			    options->dtb_at ? "place-dtb" : options->initrd_at ? "place-initrd" : NULL;

	if (!processor->has_tree && given)
		return say_usage_hint("leave it out", "--%s is not supported: %s kernels get no device tree", given, processor->name);
	return EXIT_OK;
}

/*
 * Refuse a kernel that cannot be entered on the machine's processor. Exit codes: REFUSED.
 */
static int check_cpu(const struct options *options, const struct job *job)
{
	const struct processor *processor = job->machine.processor;
	char text[MESSAGE_MAX];

	if (job->kernel.identity.cpu == processor->cpu)
		return EXIT_OK;
	snprintf(text, sizeof(text), "cannot load %s on %s: it is %s%s", options->kernel,
		 processor->name, job->kernel.identity.name, job->kernel.wrapping);
	return say_refused(KIMG_E_OTHER_CPU, text, options->machine ?
			   "give a kernel for that machine, or another --machine" :
			   "give a kernel for this machine; kleap plan --machine is for others");
}

/*
 * Read a machine that is described by a device tree, and write what the new kernel is told
 * there. Exit codes: as read_machine() and complete_tree(); REFUSED for -p.
 */
static int read_described(const struct options *options, struct job *job)
{
	struct machine *machine = &job->machine;
	int code;

	if (options->panic)
		return say_no_crash_layout(machine->processor);
	code = read_tree_memory(&job->tree);
	if (!code && (options->memory_map || has_machine_files(options, machine))) {
		code = read_machine(options, machine);
		if (!code)
			code = compare_memory(&job->tree, &machine->map, &machine->usable);
	} else if (!code) {
		/* Nothing else tells of a machine that is not here. */
		machine->map_source = job->tree.source;
		machine->map = machine->usable = job->tree.memory;
		if (!machine->map.count)
			return say_usage_hint("save /proc/iomem there, as root",
					      "%s tells no memory: give --memory-map", job->tree.source);
	}
	if (!code && has_machine_files(options, machine))
		code = reserve_kept(&job->tree, machine);
	if (!code)
		code = put_reservations(&job->tree, &machine->usable);
	if (!code)
		code = complete_tree(&job->tree, job->command_line, job->initrd.pieces != 0,
				     job->has_seed ? job->seed : NULL, job->kaslr_seed);
	return code;
}

/*
 * Remove all memory below an address from a map.
 */
static void cut_below(struct boot_map *map, uint64_t address)
{
	uint32_t i, count = 0;

	for (i = 0; i < map->count; i++) {
		struct boot_mem mem = map->mem[i];

		if (mem.range.start < address)
			mem.range.start = address;
		if (mem.range.start < mem.range.end)
			map->mem[count++] = mem;
	}
	map->count = count;
}

/*
 * Note that the new kernel will use what is not used here, unless its command line says
 * something of memory: a reservation ends with the kernel that made it.
 */
static void note_reserved(struct job *job)
{
	if (boot_map_ram(&job->machine.map, 1u << 20) >
		    boot_map_ram(&job->machine.usable, 1u << 20) &&
	    !boot_find_option(job->command_line, "memmap=") &&
	    !boot_find_option(job->command_line, "mem="))
		add_note(&job->notes, "the new kernel is told that this is RAM; "
			 "memmap= keeps it from it");
}

/*
 * The last address that may be used: as the options say, but no higher than a leap on this
 * machine reaches. Exit codes: USAGE.
 */
static int set_limit(const struct options *options, struct job *job)
{
	job->limit = job->machine.processor->last;
	if (options->limit && options->limit < job->limit)
		job->limit = options->limit;
	if (options->mem_min > job->limit)
		return say_usage("--mem-min is above the limit: no memory is left");
	return EXIT_OK;
}

/* Read a machine that its firmware describes. Exit codes: as read_machine() and prepare_crash(). */
static int read_firmware(const struct options *options, struct job *job)
{
	int code = read_machine(options, &job->machine);

	if (!code && options->panic)
		code = prepare_crash(options, job);
	else if (!code)
		note_reserved(job);
	return code ? code : complete_params(job);
}

/*
 * Collect what a layout needs: files, command line and machine.
 */
static int prepare(const struct options *options, bool kernel_places, struct job *job)
{
	struct machine *machine = &job->machine;
	int code;

	machine->notes = job->tree.notes = &job->notes;
	read_processor(options, machine);
	if (has_machine_files(options, machine))
		note_watchdogs(&job->notes);
	code = check_tree_options(options, machine->processor);
	if (!code)
		code = set_limit(options, job);
	if (!code)
		code = open_kernel(options->kernel, &job->kernel);
	if (!code)
		code = check_cpu(options, job);
	if (!code)
		code = check_type(options, &job->kernel);
	if (!code && machine->processor->note_kernel)
		machine->processor->note_kernel(&job->kernel, &job->notes);
	if (!code && machine->processor->has_tree && !kernel_places)
		code = read_tree(options, has_machine_files(options, machine), &job->kernel,
				 &job->tree);
	if (!code)
		code = open_initrds(options, job);
	if (!code)
		code = make_command_line(options, kernel_places, job);
	if (!code && options->panic && boot_find_option(job->command_line, "elfcorehdr="))
		return say_usage_hint("leave it out", "elfcorehdr= is not for the user of -p: "
				      "it names a place in the image");
	if (code || kernel_places)
		return code;
	return job->tree.blob ? read_described(options, job) : read_firmware(options, job);
}

/*
 * Note if the kernel does not start at the lowest memory: what is below is lost to it.
 */
static void note_lost(struct job *job)
{
	const struct boot_map *map = &job->layout.told;
	uint64_t all = boot_map_ram(map, 0);

	if (job->tree.blob && job->layout.relocated)
		add_note(&job->notes, "there is no room for this kernel at the start of memory: it starts at 0x%" PRIx64
			 ", and loses %s of RAM below", job->layout.memory_start,
			 size_text(all - boot_map_ram(map, job->layout.memory_start)));
}

static int lay_out(const struct options *options, struct job *job)
{
	struct boot_request request = { 0 };
	struct kimg_why why;
	int code;

	request.kernel = job->kernel.data;
	request.kernel_size = job->kernel.size;
	request.initrd = job->initrd.piece;
	request.initrd_pieces = job->initrd.pieces;
	request.command_line = job->command_line;
	request.map = job->tree.memory.count ? &job->tree.memory : &job->machine.map;
	if (job->tree.blob) {
		request.tree = job->tree.blob;
		request.tree_size = fdt_size(&job->tree);
	}
	request.tree_at = options->dtb_at;
	request.initrd_at = options->initrd_at;
	job->room = job->machine.usable;
	cut_below(&job->room, options->mem_min);
	request.usable = &job->room;
	if (has_machine_files(options, &job->machine) && !job->crash)
		find_free_memory(&job->room, &job->unused);
	request.unused = &job->unused;
	request.long_mode = job->machine.processor->wide && !options->entry_32bit;
	request.five_levels = job->machine.five_levels;
	request.limit = job->limit;
	request.acpi_rsdp = job->machine.acpi_rsdp;
	request.running_params = job->machine.has_params ? job->machine.params : NULL;
	request.screen = job->machine.has_screen ? &job->machine.screen : NULL;
	request.efi = job->machine.has_efi ? &job->machine.efi : NULL;
	request.setup = &job->seed_item;
	request.setups = job->has_seed;
	if (!boot_kernel(&request, &job->layout, &why)) {
		note_told(job);
		note_unpacked(options, job);
		note_lost(job);
		if (job->tree.blob && job->initrd.size)
			place_initrd(&job->tree, initrd_address(&job->layout), job->initrd.size);
		return job->crash ? add_core_header(job) : EXIT_OK;
	}
	if (job->crash)
		explain_crash_room(&request, job, &why);
	if (why.error == KIMG_E_MAP_EMPTY && options->mem_min && boot_map_ram(&job->machine.usable, 0))
		return say_error(EXIT_REFUSED, "give a lower address, or leave it out",
				 "no usable memory is left above --mem-min 0x%" PRIx64,
				 options->mem_min);
	if (why.error == KIMG_E_PLACE_RUN_OVER || why.error == KIMG_E_PLACE_NO_RAM ||
	    why.error == KIMG_E_PLACE_LOW)
		return say_place(&why);
	if (is_of_kernel(why.error))
		return say_file(options->kernel, job->kernel.identity.name, &why);
	code = say_why(&why);
	say_usable(why.error, options, job);
	return code;
}

int open_job(const struct options *options, bool kernel_places, struct job *job)
{
	int code = prepare(options, kernel_places, job);

	if (!code && !kernel_places)
		code = lay_out(options, job);
	if (code)
		print_notes(&job->notes, stderr, "  note: ");
	return code;
}

void close_job(const struct options *options, struct job *job)
{
	size_t i;

	forget_seed(job);
	free_notes(&job->notes);
	for (i = 0; job->initrd_file && i < options->initrd.count; i++)
		unmap_file(&job->initrd_file[i]);
	free(job->initrd_file);
	free_initrd(&job->initrd);
	free_tree(&job->tree);
	free_crash(job);
	close_kernel(&job->kernel);
	free(job->command_line);
	free(job->dropped);
}

void print_layout(const struct job *job)
{
	const struct boot_layout *layout = &job->layout;
	const char *name;
	uint64_t value;
	uint32_t i;

	if (job->machine.map_source)
		fprintf(stderr, "memory map from %s\n", shown(job->machine.map_source));
	for (i = 0; i < job->machine.map.count; i++)
		fprintf(stderr, "  0x%012" PRIx64 "-0x%012" PRIx64 " %s\n",
			job->machine.map.mem[i].range.start,
			job->machine.map.mem[i].range.end,
			type_text(job->machine.map.mem[i].type));
	for (i = 0; i < layout->segments; i++)
		fprintf(stderr, "segment %" PRIu32 ": 0x%" PRIx64 "+0x%" PRIx64
			", %" PRIu64 " bytes of data: %s\n", i,
			layout->segment[i].at.mem, layout->segment[i].at.memsz,
			layout->segment[i].at.bufsz, layout->segment[i].name);
	fprintf(stderr, "kernel runs over 0x%" PRIx64 "-0x%" PRIx64 "\n",
		layout->kernel_runs.start, layout->kernel_runs.end);
	fprintf(stderr, "entry: 0x%" PRIx64 " in %s mode", layout->entry.address,
		entry_mode(&layout->entry));
	for (i = 0; (name = entry_register(&layout->entry, i, &value)); i++)
		fprintf(stderr, ", %s 0x%" PRIx64, name, value);
	fprintf(stderr, "; rsdp 0x%" PRIx64 "\n", job->machine.acpi_rsdp);
	fprintf(stderr, "command line: %s\n", shown(job->command_line));
	for (i = 0; passed_on(job, i); i++)
		fprintf(stderr, "passed on: %s\n", passed_on(job, i));
}
