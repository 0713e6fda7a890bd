// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A kernel for a crash: the memory that it may use, and the ELF header by which it finds
 * that of the kernel that crashed.
 */
#include "cli.h"
#include "page.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IOMEM "/proc/iomem"
#define KCORE "/proc/kcore"
#define VMCOREINFO "/sys/kernel/vmcoreinfo"
#define CPUS "/sys/devices/system/cpu"

/* More than any kernel has. */
#define CPUS_MAX 8192u
/* Enough for the header of /proc/kcore and some thousand program headers. */
#define KCORE_MAX (256u << 10)

/* ---- Notes: registers of each CPU, VMCOREINFO ------------------------------------------ */

static int refuse_note(const char *path, const char *text)
{
	char what[256];

	snprintf(what, sizeof(what), "%s has \"%.*s\", which is no place in RAM", path,
		 (int)strcspn(text, "\n"), text);
	return say_refused(KIMG_E_CRASH_NOTES, what, "the running kernel gives wrong data; please report it");
}

/*
 * Add the note at `address`, in hexadecimal, with `size` bytes. It must be RAM of the running
 * kernel.
 */
static int add_note_at(struct crash *crash, const char *path, const char *address, uint64_t size)
{
	uint64_t at = strtoull(address, NULL, 16);

	if (!boot_map_is_ram(&crash->memory.ram, at, at + size))
		return refuse_note(path, address);
	crash->note[crash->core.notes++] = (struct kimg_range){ at, at + size };
	return EXIT_OK;
}

/* The number of the last CPU that there may be: "0-3" or "0,2-7". */
static uint32_t last_cpu(void)
{
	char text[256], *at;
	unsigned long last;

	if (read_machine_text(CPUS "/possible", text, sizeof(text)) <= 0)
		return 0;
	at = text + strlen(text);
	while (at > text && at[-1] != '-' && at[-1] != ',')
		at--;
	last = strtoul(at, NULL, 10);
	return last < CPUS_MAX ? (uint32_t)last : CPUS_MAX - 1;
}

/* The notes of those CPUs that are there. A CPU without one does not save its registers. */
static int read_cpu_notes(struct crash *crash)
{
	char path[128], address[64], size[64];
	uint32_t cpu, last = last_cpu();
	int code = EXIT_OK;

	for (cpu = 0; !code && cpu <= last; cpu++) {
		snprintf(path, sizeof(path), CPUS "/cpu%" PRIu32 "/crash_notes_size", cpu);
		if (read_machine_text(path, size, sizeof(size)) <= 0)
			continue;
		path[strlen(path) - strlen("_size")] = '\0';
		if (read_machine_text(path, address, sizeof(address)) > 0)
			code = add_note_at(crash, path, address, strtoull(size, NULL, 10));
	}
	return code;
}

/* VMCOREINFO: an address, and a size in hexadecimal. */
static int read_vmcoreinfo(struct crash *crash)
{
	char text[64], *size;

	if (read_machine_text(VMCOREINFO, text, sizeof(text)) <= 0)
		return EXIT_OK;
	size = strchr(text, ' ');
	return size ? add_note_at(crash, VMCOREINFO, text, strtoull(size, NULL, 16)) :
		      refuse_note(VMCOREINFO, text);
}

/*
 * On this machine both must be there: without them nothing can be made of a dump. A saved one
 * may lack them, and a map of another has none.
 */
static int read_notes(const struct options *options, struct job *job)
{
	struct crash *crash = job->crash;
	uint32_t cpus;
	int code = EXIT_OK;

	crash->note = calloc(CPUS_MAX + 1, sizeof(*crash->note));
	if (!crash->note)
		return say_errno(ENOMEM, NULL, "cannot describe the CPUs");
	crash->core.note = crash->note;
	if (!options->memory_map)
		code = read_cpu_notes(crash);
	cpus = crash->core.notes;
	if (!code && !options->memory_map)
		code = read_vmcoreinfo(crash);
	if (code || (cpus && crash->core.notes > cpus))
		return code;
	if (is_this_machine(options))
		return say_refused(KIMG_E_CRASH_NOTES, cpus ? VMCOREINFO " cannot be read" :
				   CPUS "/cpu0/crash_notes cannot be read",
				   "is the running kernel built with CONFIG_CRASH_DUMP?");
	add_note(&job->notes, "registers of CPUs and VMCOREINFO are not known of this machine");
	return EXIT_OK;
}

/* ---- The ELF header ------------------------------------------------------------------ */

/* How the running kernel maps memory. Without it tools that need it read VMCOREINFO. */
static int read_kcore(const struct options *options, struct job *job)
{
	struct crash *crash = job->crash;
	char path[256];
	void *kcore = malloc(KCORE_MAX);
	long got = -1;

	if (!kcore)
		return say_errno(ENOMEM, NULL, "cannot read " KCORE);
	crash->core.machine = job->machine.processor->elf;
	if (!options->memory_map)
		got = read_system_file(system_path(path, sizeof(path), KCORE), kcore, KCORE_MAX);
	if (got <= 0 || !boot_core_map(kcore, (size_t)got, crash->memory.code, &crash->core))
		add_note(&job->notes, KCORE " cannot be read: the dump will have physical addresses only");
	free(kcore);
	return EXIT_OK;
}

/*
 * Make the header, for the end of the region, and name it on the command line. Errors:
 * CRASH_SMALL, MAP_FULL.
 */
static int make_header(struct job *job)
{
	struct crash *crash = job->crash;
	struct kimg_range region = boot_crash_region(&crash->memory);
	struct kimg_why why = { 0 };
	uint64_t end = boot_page_down(region.end), pages;
	char word[64];
	size_t size;

	if (boot_crash_cut(&crash->memory, &why))
		return say_why(&why);
	crash->core.ram = &crash->memory.ram;
	size = boot_core_size(&crash->core);
	crash->core_header = calloc(1, size);
	if (!crash->core_header)
		return say_errno(ENOMEM, NULL, "cannot make the ELF header");
	boot_core_write(&crash->core, crash->core_header);
	pages = boot_page_up(size);
	if (end < region.start || end - region.start < pages) {
		kimg_fail(&why, KIMG_E_CRASH_SMALL, .a = pages, .b = region.end - region.start);
		return say_why(&why);
	}
	crash->header = (struct kimg_range){ end - pages, end };
	snprintf(word, sizeof(word), "elfcorehdr=0x%" PRIx64, crash->header.start);
	return add_word(&job->command_line, word);
}

int add_core_header(struct job *job)
{
	struct boot_layout *layout = &job->layout;
	const struct kimg_range *at = &job->crash->header;
	int code = check_segments(layout);

	if (code)
		return code;
	layout->segment[layout->segments++] = (struct boot_segment){
		.at = { .mem = at->start, .memsz = at->end - at->start,
			.bufsz = boot_core_size(&job->crash->core) },
		.data = job->crash->core_header,
		.name = "ELF header",
	};
	if (layout->is_64 && !job->machine.processor->wide)
		add_note(&job->notes, "a 64-bit kernel shows no /proc/vmcore of a 32-bit one");
	return EXIT_OK;
}

/* ---- Memory ----------------------------------------------------------------------------- */

/* What the running kernel has reserved. Errors: NO_CRASH_MEMORY. */
static int read_memory(const struct options *options, struct crash *crash)
{
	struct kimg_why why = { .error = KIMG_E_NO_CRASH_MEMORY };
	const char *map = options->memory_map;
	char path[256];
	int code;

	if (!map)
		map = system_path(path, sizeof(path), IOMEM);
	code = read_crash_map(map, &crash->memory);
	if (code || crash->memory.reserved.count)
		return code;
	if (!crash->memory.ram.count && !options->memory_map)
		return say_error(EXIT_PERMISSION, "run this as root",
				 "%s shows no addresses: where the memory for a crash is cannot be seen",
				 map);
	return say_why(&why);
}

int prepare_crash(const struct options *options, struct job *job)
{
	struct machine *machine = &job->machine;
	struct kimg_why why = { 0 };
	struct kimg_range region;
	int code;

	job->crash = calloc(1, sizeof(*job->crash));
	if (!job->crash)
		return say_errno(ENOMEM, NULL, "cannot prepare a kernel for a crash");
	code = read_memory(options, job->crash);
	if (!code)
		code = read_notes(options, job);
	if (!code)
		code = read_kcore(options, job);
	if (!code)
		code = make_header(job);
	if (code)
		return code;
	region = boot_crash_region(&job->crash->memory);
	machine->usable.count = 0;
	if (boot_crash_map(&job->crash->memory, &job->crash->header, &machine->map, &why))
		return say_why(&why);
	/* The header took at least a page; a region that is all header has no room, below. */
	boot_map_put(&machine->usable, region.start, job->crash->header.start, BOOT_MEM_RAM,
		     BOOT_PUT_OVER, &why);
	return EXIT_OK;
}

void free_crash(struct job *job)
{
	if (!job->crash)
		return;
	free(job->crash->core_header);
	free(job->crash->note);
	free(job->crash);
}

/* ---- Machines with a device tree ------------------------------------------------------------- */

const char *crash_hint(const struct processor *processor)
{
	return !processor->has_tree ? "a kernel for a crash needs kexec_load or kexec_file_load" :
	       processor->file_loader ?
	       "give --via kexec_file_load if the kernel has it, else use the kexec of kexec-tools" :
	       "use the kexec of kexec-tools";
}

int say_no_crash_layout(const struct processor *processor)
{
	return say_refused(KIMG_E_CRASH_WAY, "kleap lays out no kernels for a crash on this machine",
			   crash_hint(processor));
}

/* ---- A region that is too small ------------------------------------------------------------ */

uint64_t layout_size(const struct boot_layout *layout)
{
	uint64_t size = layout->kernel_runs.end - layout->kernel_runs.start;
	uint32_t i;

	for (i = 0; i < layout->segments; i++)
		if (strcmp(layout->segment[i].name, "kernel") != 0)
			size += layout->segment[i].at.memsz;
	return size;
}

enum kimg_error check_crash_size(const struct job *job, uint64_t size, struct kimg_why *why)
{
	struct kimg_range region = boot_crash_region(&job->crash->memory);
	uint64_t there = region.end - region.start;

	return size > there ? kimg_fail(why, KIMG_E_CRASH_SMALL, .a = size, .b = there) : KIMG_OK;
}

void explain_crash_room(const struct boot_request *request, struct job *job,
			struct kimg_why *why)
{
	struct kimg_range region = boot_crash_region(&job->crash->memory);
	const struct kimg_range *header = &job->crash->header;
	struct boot_request wider = *request;
	struct boot_map *map = malloc(sizeof(*map));
	struct kimg_why ignored;

	if (!map)
		return;
	/* How large would it be in a region that begins there and has room for anything? */
	map->count = 1;
	map->mem[0] = (struct boot_mem){ { region.start, region.end + (1ull << 32) }, BOOT_MEM_RAM };
	wider.map = map;
	wider.usable = map;
	/* And a page for the entry code. */
	if (!boot_kernel(&wider, &job->layout, &ignored))
		check_crash_size(job, layout_size(&job->layout) + header->end - header->start + BOOT_PAGE,
				 why);
	free(map);
}
