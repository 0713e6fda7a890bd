// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Files and machine together: what a plan and a load have in common.
 */
#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/*
 * For errors that mean "does not fit": show the available ranges.
 */
static void say_usable(uint32_t error, const struct boot_map *map)
{
	uint32_t i;

	if (error != KIMG_E_KERNEL_NO_ROOM && error != KIMG_E_KERNEL_FIXED &&
	    error != KIMG_E_INITRD_NO_ROOM && error != KIMG_E_INITRD_LOW &&
	    error != KIMG_E_PARAMS_NO_ROOM)
		return;
	fputs("  usable memory below 4 GiB:\n", stderr);
	for (i = 0; i < map->count; i++) {
		const struct kimg_range *range = &map->mem[i].range;

		if (map->mem[i].type == BOOT_MEM_RAM && range->start <= UINT32_MAX)
			fprintf(stderr, "    0x%09" PRIx64 " - 0x%09" PRIx64 " %12s\n",
				range->start, range->end,
				size_text(range->end - range->start));
	}
}

/*
 * Note if the new kernel gets fewer ranges than there are.
 */
static void note_told(struct job *job)
{
	const struct boot_map *map = &job->machine.map, *told = &job->layout.told;

	if (told->count < map->count)
		add_note(&job->notes, "%" PRIu32 " ranges joined to %" PRIu32
			 ", all this kernel reads: %s of RAM lost", map->count,
			 told->count, size_text(boot_map_ram(map, 0) - boot_map_ram(told, 0)));
}

/*
 * Note if the initrd and what is in it will hardly fit into memory: both are there
 * when the kernel has unpacked it. A sixteenth is what the kernel and a small system take.
 */
static void note_unpacked(const struct options *options, struct job *job)
{
	uint64_t ram = boot_map_ram(&job->layout.told, 0), packed = 0, unpacked = 0;
	size_t i;

	for (i = 0; i < options->initrd.count; i++) {
		packed += job->initrd_file[i].size;
		unpacked += boot_unpacked_size(job->initrd_file[i].data,
					       job->initrd_file[i].size);
	}
	if (packed && packed + unpacked + ram / 16 + job->layout.kernel_runs.end -
		      job->layout.kernel_runs.start > ram)
		add_note(&job->notes, "the initrd, %s, and what it unpacks to, at least %s, "
			 "hardly fit into %s of RAM", size_text(packed), size_text(unpacked),
			 size_text(ram));
}

/*
 * Map the initrds and join them.
 */
static int open_initrds(const struct options *options, struct job *job)
{
	size_t i, count = options->initrd.count;
	int code;

	if (!count)
		return EXIT_OK;
	job->initrd_file = calloc(count, sizeof(*job->initrd_file));
	if (!job->initrd_file)
		return say_errno(ENOMEM, NULL, "cannot map the initrds");
	for (i = 0; i < count; i++) {
		code = map_file(options->initrd.text[i], &job->initrd_file[i]);
		if (code)
			return code;
		if (count > 1 && !job->initrd_file[i].size)
			add_note(&job->notes, "%s is empty; nothing is joined for it",
				 options->initrd.text[i]);
	}
	return join_initrd(job->initrd_file, count, &job->initrd);
}

/*
 * Take what lies below an address out of a map.
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
 * Files, machine and command line: all that a layout is made of.
 */
static int prepare(const struct options *options, struct job *job)
{
	int code;

	job->machine.notes = &job->notes;
	code = map_file(options->kernel, &job->kernel);
	if (!code)
		code = check_type(options, &job->kernel);
	if (!code)
		code = open_initrds(options, job);
	if (!code)
		code = build_command_line(options, &job->command_line, &job->dropped);
	if (!code)
		code = read_machine(options, &job->machine);
	if (!code)
		code = complete_params(job);
	return code;
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
	request.map = &job->machine.map;
	request.usable = &job->machine.usable;
	if (options->mem_min)
		cut_below(&job->machine.usable, options->mem_min);
	if (!options->memory_map)
		find_free_memory(&job->machine.usable, &job->unused);
	request.unused = &job->unused;
	request.limit = options->limit;
	request.acpi_rsdp = job->machine.acpi_rsdp;
	request.running_params = job->machine.has_params ? job->machine.params : NULL;
	request.screen = job->machine.has_screen ? &job->machine.screen : NULL;
	request.efi = job->machine.has_efi ? &job->machine.efi : NULL;
	request.setup = &job->seed_item;
	request.setups = job->has_seed;
	if (!boot_bzimage(&request, &job->layout, &why)) {
		note_told(job);
		note_unpacked(options, job);
		return EXIT_OK;
	}
	code = say_why(&why);
	say_usable(why.error, &job->machine.usable);
	return code;
}

int open_job(const struct options *options, struct job *job)
{
	int code = prepare(options, job);

	if (!code)
		code = lay_out(options, job);
	if (code)
		print_notes(&job->notes, stderr, "  note: ");
	return code;
}

void close_job(const struct options *options, struct job *job)
{
	size_t i;

	forget_seed(job);
	unmap_file(&job->kernel);
	for (i = 0; job->initrd_file && i < options->initrd.count; i++)
		unmap_file(&job->initrd_file[i]);
	free(job->initrd_file);
	free_initrd(&job->initrd);
	free(job->command_line);
	free(job->dropped);
}

void print_layout(const struct job *job)
{
	const struct boot_layout *layout = &job->layout;
	uint32_t i;

	fprintf(stderr, "memory map from %s\n", job->machine.map_source);
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
	fprintf(stderr, "entry: eip 0x%" PRIx32 ", esi 0x%" PRIx32 ", esp 0x%" PRIx32
		", gdt 0x%" PRIx32 "; rsdp 0x%" PRIx64 "\n", layout->entry.eip,
		layout->entry.esi, layout->entry.esp, layout->entry.gdt_base,
		job->machine.acpi_rsdp);
	fprintf(stderr, "command line: %s\n", job->command_line);
	for (i = 0; passed_on(job, i); i++)
		fprintf(stderr, "passed on: %s\n", passed_on(job, i));
}
