/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the parts of the kleap command share.
 *
 * Every function that can fail reports the error to the user itself, through
 * output.c, and returns an exit code; 0 is success. Its callers do not report the
 * error again.
 */
#ifndef KLEAP_CLI_H
#define KLEAP_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "boot.h"
#include "crash.h"
#include "identify.h"
#include "kimg.h"
#include "kleap_ioctl.h"

/* Exit codes: part of the interface, see EXIT STATUS in kleap(8). */
enum exit_code {
	EXIT_OK = 0,
	EXIT_REFUSED = 1,	/* by a check; for -S: an image is loaded */
	EXIT_USAGE = 2,
	EXIT_PERMISSION = 3,	/* none, or locked down, or disabled */
	EXIT_MEMORY = 4,
	EXIT_SYSTEM = 5,	/* the host or the kernel failed */
};

/* The values of an option that may be given several times, in order. */
struct values {
	const char **text;
	size_t count;
};

/* The verbs, one bit each. */
enum {
	VERB_PLAN = 1u << 0,
	VERB_LOAD = 1u << 1,
	VERB_STATUS = 1u << 2,
	VERB_EXEC = 1u << 3,
	VERB_UNLOAD = 1u << 4,
	VERB_DISABLE = 1u << 5,
	VERB_EXPLAIN = 1u << 6,
	VERB_HELP = 1u << 7,
	VERB_VERSION = 1u << 8,
	VERB_FORCE = 1u << 9,		/* kexec(8) -f: load, then exec */
	VERB_REHEARSE = 1u << 10,
};

/* The command line, read. Strings belong to argv. */
struct options {
	const char *kernel;
	struct values initrd;
	struct values append;
	bool reuse_command_line;
	const char *machine;		/* a processor's name; NULL: the running one */
	const char *dtb;		/* a device tree; NULL: none given */
	struct values overlay;
	uint64_t dtb_at, initrd_at;	/* where they shall lie; 0: anywhere */
	const char *memory_map;		/* NULL: the running machine's */
	uint64_t limit;			/* last address that may be used; 0: any */
	const char *limited;		/* by this option; NULL: by none */
	const char *via;		/* the name of a way; NULL: auto */
	const char *device;
	uint64_t uart;			/* 0: none */
	uint32_t uart_type;		/* enum kleap_uart_type */
	const char *uart_rest;		/* what followed the address; NULL: nothing */
	bool json;
	bool debug;
	bool no_sync;
	bool no_ifdown;			/* leave network interfaces up */
	bool no_checks;			/* no hash of what was moved */
	bool at_reboot;
	bool cancel;
	uint32_t times;			/* to rehearse */
	uint64_t mem_min;		/* lowest address of a segment */
	const char *type;		/* kexec(8)'s name for it; NULL: any */
	bool entry_32bit;		/* even if there is a 64-bit entry point */
	bool noefi;			/* hide EFI from the new kernel */
	bool reuse_video_type;		/* keep the framebuffer's type from boot */
	uint16_t serial;		/* the port for console_serial; 0: the first */
	bool console_serial;		/* kexec(8)'s way to ask for uart */
	bool panic;			/* -p: for a crash kernel */
	unsigned int actions;		/* verbs given as options: -l, -e ... */
	bool as_kexec;			/* the program is called kexec */
	const char *argument;		/* of the verb; NULL: none */
};

/* ---- options.c: options of the command line ---------------------------------------- */

/*
 * Read the options; `*rest` is the index of the first argument that is not one, after
 * getopt has moved them to the front. --help and --version end the reading.
 * Exit codes: USAGE.
 */
int read_options(int argc, char **argv, struct options *options, int *rest);

/*
 * Refuse options that the verb would ignore: `verb` is its name, `verbs` its bits.
 * Exit codes: USAGE.
 */
int check_options(const struct options *options, const char *verb, unsigned int verbs);

/* Print the help for the options of these verbs, without those only kexec(8) has. */
void print_options(unsigned int verbs);

/* ---- files.c: input files ----------------------------------------------------- */

/* A file, mapped for reading. `data` is never NULL once mapped. */
struct mapping {
	const void *data;
	size_t size;
};

/*
 * Map `path`; it must be a regular file. Never waits for a pipe, nor opens a device.
 * Exit codes: PERMISSION, MEMORY, SYSTEM.
 */
int map_file(const char *path, struct mapping *mapping);
void unmap_file(struct mapping *mapping);

/*
 * Read a file of /proc or /sys in full, up to `size` bytes, silently.
 * Returns the number of bytes, or -1 with errno set.
 */
long read_system_file(const char *path, void *to, size_t size);

/*
 * The same as text, which ends in a zero byte; empty, if it cannot be read. Returns as
 * read_system_file().
 */
long read_system_text(const char *path, char *to, size_t size);

/* ---- notes.c: messages that are not errors --------------------------------------- */

/* All zero: none. */
struct notes {
	char **text;
	unsigned int count;
};

/* Add a note; without memory it is left out. */
void add_note(struct notes *notes, const char *what, ...)
	__attribute__((format(printf, 2, 3)));
void free_notes(struct notes *notes);
/* Print each on a line of its own, after `before`. */
void print_notes(const struct notes *notes, FILE *to, const char *before);
/* The notes as a list of strings. */
struct json_object *notes_object(const struct notes *notes);

struct processor;

/* ---- uart.c: the serial port of --uart --------------------------------------------------- */

/* Read --uart into the options. Exit codes: USAGE. */
int take_uart(const char *value, struct options *options);

/*
 * Refuse a UART that this processor cannot have; note what of --uart is ignored. Exit codes:
 * SYSTEM.
 */
int check_uart(const struct options *options, const struct processor *processor,
	       struct notes *notes);

/* ---- system/machine.c: the machine ---------------------------------------------- */

/*
 * A path of /proc or /sys, below $KLEAP_ROOT if that is set: to plan from what
 * was saved on another machine. Returns `to`.
 */
const char *system_path(char *to, size_t size, const char *path);

/* read_system_text() of that path. */
long read_machine_text(const char *path, char *to, size_t size);

/* More ranges of runtime services than any firmware has. */
#define EFI_RANGES_MAX 1024u

/* Is the new kernel for the running machine, and not for one whose files were saved? */
bool is_this_machine(const struct options *options);

/* Memory that something goes on using after a leap, and by what name. */
struct kept {
	struct kimg_range range;
	char name[32];
};
#define KEPT_MAX 128u

/* What is known of the machine that a kernel is laid out for. */
struct machine {
	const struct processor *processor;
	bool is_running_cpu;		/* this program could run there */
	bool five_levels, gib_pages;		/* the kernel's page tables, as in struct arch_control */
	struct boot_map map;		/* what a new kernel is told */
	struct boot_map usable;		/* RAM of it that may be written to */
	struct notes *notes;		/* where to add notes about the machine */
	const char *map_source;		/* a path, for messages */
	uint64_t acpi_rsdp;		/* 0: unknown */
	unsigned char params[4096];	/* the running kernel's boot_params */
	bool has_params;
	struct boot_screen screen;
	bool has_screen;
	struct boot_efi efi;
	bool has_efi;
	struct boot_efi_range efi_range[EFI_RANGES_MAX];
	struct kept kept[KEPT_MAX];
	uint32_t kepts;
};

/* Is the machine here, or are its files? Not if the plan is for another processor, or a map. */
bool has_machine_files(const struct options *options, const struct machine *machine);

/*
 * Read the machine's description: from the map of --memory-map, or the running system.
 * machine->notes must be set. Exit codes: REFUSED (a bad map), PERMISSION, MEMORY,
 * SYSTEM.
 */
int read_machine(const struct options *options, struct machine *machine);

/* The running kernel's version as one number; 0: unknown. */
#define LINUX_VERSION(major, minor) ((uint32_t)(major) << 16 | (uint32_t)(minor))
uint32_t linux_version(void);

/* ---- system/iomem.c: maps as text ------------------------------------------------- */

/*
 * Read a map as text from `path`, which may be a pipe, with boot_map_parse(). If `shown`
 * is not NULL, a file that cannot be opened or has no RAM is not an error, as /proc/iomem
 * may hide its addresses; `*shown` tells. Exit codes: REFUSED, PERMISSION, MEMORY, SYSTEM.
 */
enum map_shown { MAP_SHOWN, MAP_HIDDEN, MAP_MISSING };
int read_text_map(const char *path, struct boot_map *map, struct boot_map *usable,
		  enum map_shown *shown);

/* Read what a kernel for a crash needs of such a map; exit codes as above. */
int read_crash_map(const char *path, struct boot_crash *crash);

/* ---- system/efi.c: EFI tables and services, the ACPI RSDP -------------------------- */

/*
 * Set efi, has_efi and acpi_rsdp. If EFI's tables cannot be read, a note says so and
 * has_efi is false.
 */
void read_efi(const struct options *options, struct machine *machine);

/* ---- system/screen.c: the framebuffer ------------------------------------------------ */

/*
 * Set screen and has_screen to the framebuffer in use now; neither, if the one in the
 * running kernel's boot_params is still valid.
 */
void read_screen(const struct options *options, struct machine *machine);

/* ---- system/firmware.c: the firmware's map --------------------------------------- */

#define FIRMWARE_MAP "/sys/firmware/memmap"

/*
 * Read the firmware's map: one directory per range, with the files start, end (the last
 * byte) and type. Where ranges overlap, the larger type wins, as in Linux. False if it
 * does not exist or we may not read it; then nothing was reported and `map` is undefined.
 * `*code` is not 0 if the map has too many ranges, which was reported.
 */
bool read_firmware_map(struct boot_map *map, int *code);

/* ---- system/kept.c: memory that is in use after a leap, too ------------------------- */

/* Set kept and kepts. False: there may be more, or nothing is known without the module. */
bool read_kept(struct machine *machine);

/* ---- system/watchdog.c: hardware watchdogs ------------------------------------------- */

struct watchdog {
	unsigned int number;
	char identity[64];
	/* Seconds, and 0 or 1; -1: unknown. */
	long long timeout, left, nowayout;
};

/* As many as Linux has. */
#define WATCHDOGS_MAX 32u

/* Those that are active. One that the kernel itself pets since boot does not count as such. */
uint32_t read_watchdogs(struct watchdog watchdog[WATCHDOGS_MAX]);

/* A note for each. */
void note_watchdogs(struct notes *notes);

/* Just before a leap: pet those that nobody else does, and say how long that lasts. */
void warn_of_watchdogs(void);

/* ---- system/cmdline.c: the command line ------------------------------------------- */

/*
 * The new kernel's command line: the running kernel's with --reuse-cmdline, then the
 * texts of --append. `*dropped` gets the words of the running kernel's that are left out;
 * it is not set without --reuse-cmdline. The caller frees both, also after an error.
 * Exit codes: PERMISSION, MEMORY, SYSTEM.
 */
int build_command_line(const struct options *options, char **line, char **dropped);

/* The same for a text that is reused alone. Exit codes: MEMORY. */
int reuse_text(const char *text, char **line, char **dropped);

/* ---- system/params.c: EFI, ACPI and a seed for the new kernel --------------------------- */

struct job;

/* Put a word in front of a command line, which malloc() made. Exit codes: MEMORY. */
int add_word(char **line, const char *word);

/*
 * Adapt what is passed on about EFI and ACPI to what this kernel can read; this may add
 * words to its command line. Exit codes: MEMORY.
 */
int complete_params(struct job *job);

/*
 * Take a seed for the new kernel's random number generator; none if the running one is
 * not initialized yet, because kernels may credit the seed. forget_seed() erases it, and
 * the boot params that contain it.
 */
void take_seed(struct job *job);
void forget_seed(struct job *job);

/* The names of what is passed on, from index 0; NULL at the end. */
const char *passed_on(const struct job *job, size_t index);

/* ---- system/freemem.c: free memory ---------------------------------------------------- */

/*
 * The ranges of `map` below 4 GiB that are free now, as far as a sample of their pages
 * tells; none, if we may not read this.
 */
void find_free_memory(const struct boot_map *map, struct boot_map *unused);

/* ---- unpack.c: compressed files ------------------------------------------------------- */

/* The name of a compression method; NULL if the kind is not one that unpack() takes. */
const char *unpack_method(enum boot_kind kind);

/*
 * Unpack the start of such a file, silently: up to `*to_size` bytes, which is set to
 * the number unpacked. False: not even these can be unpacked.
 */
bool unpack_start(enum boot_kind kind, const void *from, size_t size, void *to,
		  size_t *to_size);

/*
 * Unpack such a file; the caller frees `*to`. `path` is for messages. Exit codes:
 * REFUSED (truncated, damaged, too large), MEMORY.
 */
int unpack(const char *path, enum boot_kind kind, const void *from, size_t size,
	   void **to, size_t *to_size);

/* ---- kernel.c: the kernel file --------------------------------------------------------- */

#define UNPACKINGS_MAX 3u

/* An open kernel file. All zero: closed. */
struct kernel {
	struct mapping file;		/* as it is on disk */
	void *unpacked[UNPACKINGS_MAX];
	unsigned int unpackings;
	const void *data;		/* the kernel inside, for boot_kernel() */
	size_t size;
	struct boot_identity identity;	/* of that kernel */
	char wrapping[256];		/* what it was wrapped in, to append to the identity's
					   name: ", compressed with gzip" */
	bool is_uki;			/* a unified kernel image; then these are its parts */
	struct boot_piece part[BOOT_UKI_PARTS];
};

/*
 * Open a kernel file. Call close_kernel() after, also if this failed. Exit codes:
 * REFUSED (the file is something else), PERMISSION, MEMORY, SYSTEM.
 */
int open_kernel(const char *path, struct kernel *kernel);
void close_kernel(struct kernel *kernel);

/* Print what it is, in lines of 80 columns; each begins in this column. */
void print_kind(const struct kernel *kernel, int column);

/*
 * Is this file certainly not an initrd, so that Linux ignores it? Then `name` says what
 * it is.
 */
bool is_no_initrd(const struct mapping *file, char *name, size_t size);

/* ---- initrd.c: several initrds as one ---------------------------------------------- */

struct initrd {
	struct boot_piece piece[BOOT_INITRD_MAX];
	uint32_t pieces;
	uint64_t size;
	void *copied;			/* what some of the pieces point to */
};

/*
 * Join files, which must stay mapped as long as the initrd is used. `initrd` must be all
 * zero before. Call free_initrd() after, also if this failed. Exit codes: MEMORY.
 */
int join_initrd(const struct mapping *file, size_t files, struct initrd *initrd);
void free_initrd(struct initrd *initrd);

/* ---- processors.c, and a folder for each: what the command knows of processors --------- */

struct arch_stub;

/* A processor that Linux runs on. */
struct processor {
	const char *name;		/* for --machine */
	const char *pattern;		/* of its name in uname(2), for fnmatch(3) */
	enum boot_cpu cpu;		/* of the kernels that can be entered on it */
	uint16_t elf;			/* ELF's number for it */
	bool wide;			/* its kernels have 64 bits */
	bool has_ports;			/* UARTs are at I/O ports, not in memory */
	bool has_tree;			/* a device tree tells them what machine it is */
	uint64_t last;			/* the last address that a leap reaches ... */
	uint64_t control_last;		/* ... and that a control page may have */
	unsigned int kexec_bits;	/* of an address of a segment for kexec_load(2) */
	/* Set what the machine's fields say of it; NULL: they say nothing. */
	void (*read)(struct machine *machine);
	/* The most page tables that a leap by the module needs, with this RAM. */
	uint32_t (*table_count)(const struct machine *machine, const struct kimg_range *ram,
				uint32_t ranges);
	/* The CPUs for whose sake the running kernel refuses kexec, but for a crash; NULL: none. */
	uint32_t (*stuck_cpus)(void);
	/* Write the page that kexec_load(2) enters, for an address. */
	void (*write_stub)(const struct machine *machine, void *page, uint64_t address,
			   const struct arch_stub *stub);
	/* How the firmware is asked for a reset; NULL: it is not. */
	enum arch_conduit (*conduit)(void);
	/* Add notes on the running kernel's kexec; NULL: there are none. */
	void (*note_kexec)(struct notes *notes);
	/* Add notes on a kernel that may not run there; NULL: there are none. */
	void (*note_kernel)(const struct kernel *kernel, struct notes *notes);
	const struct file_loader *file_loader;	/* NULL: Linux has no kexec_file_load(2) there */
};

/* What kexec_file_load(2) has of its own on a processor. */
struct file_loader {
	/* Can the kernel's header be used? Errors: those of boot_kernel() about the file. */
	enum kimg_error (*check)(const struct kernel *file, struct kimg_why *why);
	/* Why the running kernel does not take this one, in words, static; NULL: it does. */
	const char *(*obstacle)(const struct kernel *file);
	/* For one that it takes: the bytes of memory that it needs; its longest command line. */
	uint64_t (*room)(const struct kernel *file);
	uint64_t (*line_max)(const struct kernel *file);
};

#define MACHINES "i386, x86_64, arm and arm64"

/* The one with this name, or NULL; and that of the running kernel. */
const struct processor *processor_named(const char *name);
const struct processor *running_processor(void);

/* Set the processor, --machine's or the running kernel's, and what the machine's fields say of it. */
void read_processor(const struct options *options, struct machine *machine);

#define ENTRY_REGISTERS 8

/* An entry state in words. */
struct entry_words {
	uint32_t machine;		/* enum kleap_machine */
	const char *mode;		/* in which the kernel is entered: "32-bit" */
	const char *last_mode;		/* that a leap ends in */
	const char *params_name;	/* what the kernel is given ... */
	unsigned int params;		/* ... and the register with its address */
	/* The registers that are worth showing. */
	struct { const char *name; unsigned int at; } reg[ENTRY_REGISTERS];
};

const char *entry_mode(const struct kleap_entry *entry);
const char *last_mode(uint32_t machine);
const char *entry_params_name(const struct kleap_entry *entry);
uint64_t entry_params(const struct kleap_entry *entry);
/* From index 0. NULL: there are no more. */
const char *entry_register(const struct kleap_entry *entry, unsigned int index, uint64_t *value);

/* ---- x86/ -------------------------------------------------------------------------------- */

/* Is this word in the flags of /proc/cpuinfo? -1: they cannot be read. */
int cpu_has(const char *flag);

/* EAX, EBX, ECX and EDX of CPUID; zeros for a leaf that there is not, and on other processors. */
void ask_processor(uint32_t leaf, uint32_t reg[4]);

/* ---- type.c: --type ------------------------------------------------------------------------ */

/* The names for --type: kexec(8)'s, and uki; and whether it is one. */
#define KERNEL_TYPES "bzImage, bzImage64, elf-x86, elf-x86_64, zImage, Image and uki"
bool is_kernel_type(const char *name);

/* Refuse a kernel that is not of the type that --type demands. Exit codes: REFUSED. */
int check_type(const struct options *options, const struct kernel *kernel);

/* ---- devicetree/ --------------------------------------------------------------------------- */

/* A device tree for the new kernel. All zero: none. */
struct device_tree {
	void *blob;			/* libfdt's */
	const char *source;		/* a path, for messages */
	bool given;			/* with --dtb, or appended to the kernel: not the running one */
	struct boot_map memory;		/* the RAM that its memory nodes tell */
	struct notes *notes;
};

/*
 * Read the tree: of --dtb, of the running kernel if `running`, or the one that is appended
 * to the kernel; take out what belongs to one boot only; and apply --dtb-overlay.
 * tree->notes must be set. Call free_tree() after, also if this failed. Exit codes:
 * REFUSED, PERMISSION, MEMORY, SYSTEM.
 */
int read_tree(const struct options *options, bool running, const struct kernel *kernel,
	      struct device_tree *tree);
void free_tree(struct device_tree *tree);

/* The command line in it, or NULL. Valid until the tree is changed. */
const char *tree_command_line(const struct device_tree *tree);

/* The size of a tree that is complete. */
size_t fdt_size(const struct device_tree *tree);

/* Does it name the tables of EFI firmware? */
bool tree_has_efi(const struct device_tree *tree);

/* Set tree->memory. Exit codes: REFUSED. */
int read_tree_memory(struct device_tree *tree);

/*
 * Read what must be kept on this machine, and reserve it in the tree. What cannot be known is
 * noted. Exit codes: MEMORY.
 */
int reserve_kept(struct device_tree *tree, struct machine *machine);

/* Put what the tree reserves into a map, as reserved. Exit codes: REFUSED. */
int put_reservations(const struct device_tree *tree, struct boot_map *map);

/*
 * Compare tree->memory with the machine's map. A tree that was given is told the machine's
 * memory where they differ; what the tree does not tell is taken out of `usable`. With EFI the
 * tree's memory does not count, and is none. Exit codes: REFUSED, MEMORY.
 */
int compare_memory(struct device_tree *tree, const struct boot_map *map, struct boot_map *usable);

#define SEED_SIZE 32u
#define KASLR_SEED_SIZE 8u

/*
 * Write the command line, seeds of the sizes above unless `seed` is NULL, and room for the
 * initrd's place. Exit codes: REFUSED, MEMORY.
 */
int complete_tree(struct device_tree *tree, const char *line, bool initrd,
		  const void *seed, const void *kaslr_seed);

/* Write the initrd's place. */
void place_initrd(struct device_tree *tree, uint64_t start, uint64_t size);

/* ---- crash.c: a kernel for a crash ----------------------------------------------------- */

/* What is known for one, and the ELF header that it finds the old memory by. */
struct crash {
	struct boot_crash memory;
	struct boot_core core;
	struct kimg_range *note;
	struct kimg_range header;	/* where the ELF header goes: whole pages */
	void *core_header;
};

/*
 * After read_machine(): limit the machine's maps to what a kernel for a crash is told and
 * may use, make the ELF header, and name it on the command line. Call free_crash() after,
 * also if this failed. Exit codes: REFUSED, PERMISSION, MEMORY, SYSTEM.
 */
int prepare_crash(const struct options *options, struct job *job);
void free_crash(struct job *job);

/* Add the ELF header to a layout. Exit codes: REFUSED. */
int add_core_header(struct job *job);

/* The bytes that a layout takes, with the kernel's room to unpack itself. */
uint64_t layout_size(const struct boot_layout *layout);

/* Does an image of this size fit into the region? Error: CRASH_SMALL. */
enum kimg_error check_crash_size(const struct job *job, uint64_t size, struct kimg_why *why);

/* What to do if a kernel for a crash cannot be loaded in a way, static. */
const char *crash_hint(const struct processor *processor);

/* Report that kleap lays none out for a machine with a device tree. Returns REFUSED. */
int say_no_crash_layout(const struct processor *processor);

/*
 * A layout failed because something has no room in the region. Is it that the region is too
 * small for all? Then `why` says so. Error: CRASH_SMALL.
 */
void explain_crash_room(const struct boot_request *request, struct job *job,
			struct kimg_why *why);

/* ---- layout.c: files and machine together ------------------------------------- */

/* Everything a load or a plan works on. Large: keep it off the stack. */
struct job {
	bool is_plan;			/* nothing will be loaded */
	struct machine machine;
	uint64_t limit;			/* last address that may be used */
	struct boot_map room;		/* usable memory where segments may lie */
	struct notes notes;
	struct boot_map unused;
	struct kernel kernel;
	struct mapping *initrd_file;	/* as many as there are options */
	struct initrd initrd;
	char *command_line;
	struct device_tree tree;
	/* All zero in a plan. */
	unsigned char seed[SEED_SIZE], kaslr_seed[KASLR_SEED_SIZE];
	bool has_seed;
	struct boot_setup seed_item;
	char *dropped;			/* words left out of the running command line, or NULL */
	struct boot_layout layout;
	struct kleap_status loaded;	/* after a load through the module */
	unsigned char stub[4096];	/* what kexec_load(2) enters, and where that lies */
	uint64_t stub_at;
	struct crash *crash;		/* for a kernel for a crash that kleap lays out, or NULL */
};

/*
 * Map the files, read the machine, lay the kernel out; with `kernel_places`, which means
 * that the running kernel does the latter, only the files. Call close_job() after, also
 * if this failed. `job` must be all zero before, except the seed.
 */
int open_job(const struct options *options, bool kernel_places, struct job *job);
void close_job(const struct options *options, struct job *job);

/* The address of the initrd, which must exist. */
uint64_t initrd_address(const struct boot_layout *layout);

/* Is there room for one more segment? Exit codes: REFUSED. */
int check_segments(const struct boot_layout *layout);

/* Where the segments lie. Returns their number. */
uint32_t segments_of(const struct boot_layout *layout, struct kimg_segment at[BOOT_SEGMENT_MAX]);

/* ---- output.c: messages ----------------------------------------------------------- */

/* A message, with a path in it. */
#define MESSAGE_MAX 8192u

/* Choose whether errors are also printed as a JSON object on standard output. */
void output_json_errors(bool wanted);

/* Print a JSON object, and free it. */
struct json_object;
void print_json(struct json_object *root);

/*
 * `text` made safe for a terminal: control characters and bytes that are not UTF-8 are
 * escaped as \x1b and the like. Returns `text` itself, or a buffer that the next call
 * frees.
 */
const char *shown(const char *text);

/*
 * Make sure that there is memory to build and print `objects` small JSON objects, because
 * json-c aborts the program if there is none. Without it, prints an error and exits.
 */
void need_json(size_t objects);

/*
 * `text` as a JSON string, which has to be UTF-8: a byte that is not part of a
 * valid character becomes U+FFFD. Paths and command lines may contain any bytes.
 */
struct json_object *json_text(const char *text);

/* Print an error with another text and hint than its own. Returns its exit code. */
int say_refused(uint32_t error, const char *text, const char *hint);

/* Print an error about a kernel file; `name` says what the file is, or is NULL. */
int say_file(const char *path, const char *name, const struct kimg_why *why);

/* Print an error with its hint and id. Returns its exit code. */
int say_why(const struct kimg_why *why);

/* The same, with more text on what it is about. */
int say_why_of(const struct kimg_why *why, const char *what, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Print a failed system call: "kleap: WHAT: errno's text" and a hint, if not NULL.
 * Returns the exit code for `error`, an errno.
 */
int say_errno(int error, const char *hint, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

/* Print an error that has no id. `hint` may be NULL. Returns `code`. */
int say_error(int code, const char *hint, const char *what, ...)
	__attribute__((format(printf, 3, 4)));

/* Say wrong usage. Both return EXIT_USAGE. */
#define say_usage_hint(hint, ...) say_error(EXIT_USAGE, hint, __VA_ARGS__)
#define say_usage(...) say_usage_hint("kleap --help", __VA_ARGS__)

/* Say that a file name is empty: the value of option --`what`, or of verb `what`. */
int say_empty_name(const char *dashes, const char *what);

/* Say an error, and end the program: from a signal's handler. `text` needs no escapes. */
_Noreturn void end_at_once(int code, const char *text, size_t size);

/* The exit code for an error. */
int exit_code_of(uint32_t error);

/* Print `before` and `text`, in lines of 80 columns that begin under the text. */
void print_wrapped(const char *before, const char *text);

/* A size with a unit, in one of four static buffers that are used in turn. */
const char *size_text(uint64_t bytes);

/* The name of a type of memory, or its number: "type 20". Static, overwritten. */
const char *type_text(enum boot_mem_type type);

/* ---- Verbs --------------------------------------------------------------------------- */

int cmd_plan(const struct options *options);
int cmd_load(const struct options *options);
int cmd_status(const struct options *options);
int cmd_rehearse(const struct options *options);
int cmd_exec(const struct options *options);
int cmd_unload(const struct options *options);
int cmd_disable(const struct options *options);
int cmd_explain(const struct options *options);
int cmd_force(const struct options *options);	/* load, then exec */
int cmd_restart(const struct options *options);	/* load, then shutdown -r */

/* The results of a simulated load and leap. */
struct proof {
	uint64_t pages, bytes;		/* of all segments */
	uint64_t list_pages;
	uint64_t control_pages;
	uint64_t in_place, copied;	/* pages, in the simulation */
};

/*
 * Place, fill, seal and run the layout's image on a simulated machine with the job's
 * usable memory, and check which page each frame holds then: refs_leap(). Exit codes:
 * REFUSED, MEMORY, SYSTEM.
 */
int prove(const struct job *job, struct proof *proof);

/*
 * The same for a kernel for a crash, of which nothing moves: every segment must lie in the
 * region, and none on another.
 */
int prove_crash(const struct job *job, struct proof *proof);

/* Draw the machine's memory and what goes where, on standard output. */
void print_map(const struct machine *machine, const struct boot_layout *layout);

/* Print the layout, for --debug, on standard error. */
void print_layout(const struct job *job);

#endif
