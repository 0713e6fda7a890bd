// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// hostile WHAT: bad requests to /dev/kleap, and whether the module refuses each for the right reason, writes nothing
// where it should not, and leaves the image that was loaded before as it was.
//
//   hostile requests     one bad thing at a time, from the tables below
//   hostile loads SEED   too large, killed half way, two at once; then random garbage from SEED
//   hostile fuzz SECONDS SEED   requests of all kinds in any order, spoilt at random
//   hostile rehearse TIMES   rehearsals of an image for each mode that it can be entered in
//   hostile disabled     after a disable: nothing gets in, and nothing is written beyond a short request
//   hostile faults       on a kernel with fault injection: whatever can fail in a request does, one after another
//   hostile insert FILE  the same while the module is inserted, which must not be there yet
//
// Never leaps and never disables. Prints a line for each case that fails and one with the count; exit status 1 if any failed.

#define _GNU_SOURCE
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

int device;
unsigned char *data;

unsigned char *arena;
static unsigned char *edge;	// the page after this address is not mapped
static unsigned char *sealed;	// a page that can be read only
static uint64_t reach;		// the first address that a leap does not reach
static uint64_t memory;		// where the machine's begins
static unsigned char *cut;	// a page of a file, and one past its end

// ---- The tables

// Addresses of this program's that it has no memory at: where its kernel begins, its last page.
#if UINTPTR_MAX > UINT32_MAX
#define KERNEL 0xffff800000000000
#else
#define KERNEL 0xc0000000
#endif
#define TOP (UINTPTR_MAX - (PAGE - 1))

static const struct load_case load_cases[] = {
	{ "no flag", { SET(load.flags, 0) }, 0, UNTOLD },
	{ "check flag", { SET(load.flags, KLEAP_LOAD_CHECK) }, 0, UNTOLD },
	{ "check flag and flag 1", { SET(load.flags, KLEAP_LOAD_CHECK | 2) }, EINVAL, KIMG_E_ABI_FLAGS, { { 'a', 2 } } },
	{ "flag 31", { SET(load.flags, 1u << 31) }, EINVAL, KIMG_E_ABI_FLAGS, { { 'a', 1u << 31 } } },
	{ "entry.reserved", { SET(load.entry.reserved, 1u << 31) }, EINVAL, KIMG_E_ABI_RESERVED },

	{ "segments at 0", { SET(load.segments, 0) }, EFAULT, KIMG_E_ABI_POINTER, { { 'a', 0 } } },
	{ "segments in the kernel", { SET(load.segments, KERNEL) }, EFAULT, KIMG_E_ABI_POINTER, { { 'a', KERNEL } } },
	{ "segments in the last page", { SET(load.segments, TOP) }, EFAULT, KIMG_E_ABI_POINTER, { { 'a', TOP } } },
	{ "segments half mapped", { SET(load.segments, UNMAPPED - 40) }, EFAULT, KIMG_E_ABI_POINTER },
	{ "segments above 4 GiB", { SET(load.segments, HIGH_TABLE) }, EFAULT, KIMG_E_ABI_WIDTH, { }, PROGRAM_32 },
	{ "segments 4 GiB too high", { SET(load.segments, HIGH_TABLE) }, EFAULT, KIMG_E_ABI_POINTER, { }, PROGRAM_64 },
	{ "segments with their sign extended", { SET(load.segments, 0xffffffffc0000000) }, EFAULT, KIMG_E_ABI_WIDTH,
	  { { 'a', 0xffffffffc0000000 } }, PROGRAM_32 },

	{ "no segments", { SET(load.segment_count, 0) }, EINVAL, KIMG_E_IMAGE_EMPTY },
	{ "17 segments", { SET(load.segment_count, 17) }, EINVAL, KIMG_E_SEGMENTS_TOO_MANY, { { 'a', 17 }, { 'b', 16 } } },
	{ "2^32-1 segments", { SET(load.segment_count, 0xffffffff) }, EINVAL, KIMG_E_SEGMENTS_TOO_MANY,
	  { { 'a', 0xffffffff }, { 'b', 16 } } },

	{ "overlap", { SET(segment[1].mem, 0x1002000) }, EINVAL, KIMG_E_SEGMENT_OVERLAP,
	  { { 's', 1 }, { 'o', 0 }, { 'a', 0x1002000 }, { 'b', 0x100c000 }, { 'd', 0x1003000 } } },
	{ "segment twice", { SET(segment[1].mem, 0x1000000) }, EINVAL, KIMG_E_SEGMENT_OVERLAP, { { 's', 1 }, { 'o', 0 } } },
	{ "segments touch", { SET(segment[1].mem, 0x1003000) }, 0, UNTOLD },
	{ "wraps", { SET(segment[1].mem, 0xfffffffffffff000), SET(segment[1].memsz, 0xb000) }, EINVAL, KIMG_E_SEGMENT_WRAPS,
	  { { 's', 1 }, { 'a', 0xfffffffffffff000 }, { 'b', 0xb000 } } },
	{ "wraps to 0", { SET(segment[1].mem, 0xffffffffffff6000) }, EINVAL, KIMG_E_SEGMENT_WRAPS, { { 's', 1 } } },
	{ "2^64 - 1 page", { SET(segment[0].memsz, 0xfffffffffffff000) }, EINVAL, KIMG_E_SEGMENT_WRAPS, { { 's', 0 } } },
	{ "at 4 GiB", { SET(segment[1].mem, FOUR_GIB) }, EINVAL, KIMG_E_SEGMENT_LIMIT,
	  { { 's', 1 }, { 'a', 0x10000a000 }, { 'b', 0xffffffff } }, KERNEL_32 },
	{ "at 4 GiB", { SET(segment[1].mem, FOUR_GIB) }, 0, UNTOLD, { }, KERNEL_64 },
	{ "where the machine ends", { SET(segment[1].mem, REACH) }, EINVAL, KIMG_E_SEGMENT_LIMIT,
	  { { 's', 1 }, { 'a', REACH + 0xa000 }, { 'b', REACH - 1 } } },
	{ "at 2^56", { SET(segment[1].mem, 1ull << 56) }, EINVAL, KIMG_E_SEGMENT_LIMIT, { { 's', 1 } } },
	{ "last page", { SET(segment[1].mem, REACH - PAGE), SET(segment[1].memsz, PAGE), SET(segment[1].bufsz, PAGE) }, 0, UNTOLD },
	{ "a page too far", { SET(segment[1].mem, REACH - PAGE), SET(segment[1].memsz, 2 * PAGE), SET(segment[1].bufsz, PAGE) },
	  EINVAL, KIMG_E_SEGMENT_LIMIT, { { 's', 1 }, { 'a', REACH + PAGE }, { 'b', REACH - 1 } } },
	{ "limit below a segment", { SET(load.limit, 0x1ffffff) }, EINVAL, KIMG_E_SEGMENT_LIMIT,
	  { { 's', 1 }, { 'a', 0x200a000 }, { 'b', 0x1ffffff } } },
	{ "limit at the end of the last segment", { SET(segment[1].mem, 0x60000000), SET(load.limit, 0x60009fff) }, 0, UNTOLD },
	{ "limit above the machine's", { SET(load.limit, ~0ull) }, 0, UNTOLD },
	{ "unaligned mem", { SET(segment[1].mem, 0x2000800) }, EINVAL, KIMG_E_SEGMENT_UNALIGNED,
	  { { 's', 1 }, { 'a', 0x2000800 }, { 'b', 0x200a800 }, { 'c', PAGE } } },
	{ "unaligned memsz", { SET(segment[1].memsz, 0xa001) }, EINVAL, KIMG_E_SEGMENT_UNALIGNED,
	  { { 's', 1 }, { 'a', 0x2000000 }, { 'b', 0x200a001 }, { 'c', PAGE } } },
	{ "empty", { SET(segment[1].memsz, 0), SET(segment[1].bufsz, 0) }, EINVAL, KIMG_E_SEGMENT_EMPTY,
	  { { 's', 1 }, { 'a', 0x2000000 } } },
	{ "empty at 0", { SET(segment[1].mem, 0), SET(segment[1].memsz, 0), SET(segment[1].bufsz, 0) }, EINVAL,
	  KIMG_E_SEGMENT_EMPTY, { { 's', 1 }, { 'a', 0 } } },

	{ "bufsz above memsz", { SET(segment[1].bufsz, 0xa001) }, EINVAL, KIMG_E_SEGMENT_BUFFER,
	  { { 's', 1 }, { 'a', 0xa001 }, { 'b', 0xa000 } } },
	{ "bufsz of 4 GiB and a page", { SET(segment[1].bufsz, 0x100001000) }, EFAULT, KIMG_E_ABI_WIDTH, { }, PROGRAM_32 },
	{ "bufsz of 4 GiB and a page", { SET(segment[1].bufsz, 0x100001000) }, EINVAL, KIMG_E_SEGMENT_BUFFER,
	  { { 's', 1 }, { 'a', 0x100001000 }, { 'b', 0xa000 } }, PROGRAM_64 },
	{ "bufsz of 2^64 - 1", { SET(segment[1].bufsz, ~0ull) }, EFAULT, KIMG_E_ABI_POINTER },
	{ "buf above 4 GiB", { SET(segment[1].buf, FOUR_GIB) }, EFAULT, KIMG_E_ABI_WIDTH, { { 'a', FOUR_GIB } }, PROGRAM_32 },
	{ "buf above 4 GiB, unused", { SET(segment[1].buf, FOUR_GIB), SET(segment[1].bufsz, 0) }, EFAULT, KIMG_E_ABI_WIDTH,
	  { { 'a', FOUR_GIB } }, PROGRAM_32 },
	{ "buf with its sign extended", { SET(segment[1].buf, 0xffffffffbffff000) }, EFAULT, KIMG_E_ABI_WIDTH,
	  { { 'a', 0xffffffffbffff000 } }, PROGRAM_32 },
	{ "buf above 4 GiB", { SET(segment[1].buf, FOUR_GIB) }, EFAULT, KIMG_E_DATA, { { 's', 1 }, { 'a', 0 } }, PROGRAM_64 },
	{ "buf at 0", { SET(segment[1].buf, 0) }, EFAULT, KIMG_E_DATA, { { 's', 1 }, { 'a', 0 }, { 'b', PAGE }, { 'c', EFAULT } } },
	{ "buf not mapped", { SET(segment[0].buf, UNMAPPED) }, EFAULT, KIMG_E_DATA, { { 's', 0 }, { 'a', 0 }, { 'c', EFAULT } } },
	{ "buf half mapped", { SET(segment[1].buf, UNMAPPED - 2 * PAGE) }, EFAULT, KIMG_E_DATA,
	  { { 's', 1 }, { 'a', 2 * PAGE }, { 'b', PAGE }, { 'c', EFAULT } } },
	{ "buf past the end of its file", { SET(segment[1].buf, CUT), SET(segment[1].bufsz, 2 * PAGE) }, EFAULT, KIMG_E_DATA,
	  { { 's', 1 }, { 'a', PAGE }, { 'b', PAGE }, { 'c', EFAULT } } },
	{ "buf in the kernel", { SET(segment[1].buf, KERNEL) }, EFAULT, KIMG_E_DATA, { { 's', 1 }, { 'a', 0 } } },
	{ "buf runs into the kernel", { SET(segment[1].buf, KERNEL - 0x800) }, EFAULT, KIMG_E_DATA, { { 's', 1 }, { 'a', 0 } } },
	{ "buf in the last page", { SET(segment[1].buf, TOP), SET(segment[1].bufsz, 0x800) }, EFAULT, KIMG_E_DATA, { { 's', 1 } } },
	{ "buf unused", { SET(segment[1].buf, KERNEL), SET(segment[1].bufsz, 0) }, 0, UNTOLD },

	{ "entry at 0", { SET(load.entry.address, 0) }, EINVAL, KIMG_E_ABI_REGISTERS, { { 'a', KLEAP_REGISTERS }, { 'b', 0 } } },
	{ "entry after its segment", { SET(load.entry.address, 0x1003000) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_REGISTERS }, { 'b', 0x1003000 } } },
	{ "entry of 33 bits", { SET(load.entry.address, FOUR_GIB + 0x1000000) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_REGISTERS }, { 'b', FOUR_GIB + 0x1000000 } } },
	{ "register that there is not", { SET(load.entry.reg[KLEAP_REGISTERS - 1], 1) }, EINVAL, KIMG_E_ABI_REGISTERS,
	  { { 'a', KLEAP_REGISTERS - 1 }, { 'b', 1 } } },
	{ "no machine", { SET(load.entry.machine, 0) }, EINVAL, KIMG_E_ABI_MACHINE, { { 'a', 0 } } },
	{ "another processor", { SET(load.entry.machine, 183) }, EINVAL, KIMG_E_ABI_MACHINE, { { 'a', 183 } } },
	{ "a port above 4 GiB", { SET(load.uart, FOUR_GIB + 0x3f8) }, EINVAL, KIMG_E_ABI_UART, { { 'a', FOUR_GIB + 0x3f8 } } },
	{ "a UART of no type", { SET(load.uart_type, 0x80000000) }, EINVAL, KIMG_E_ABI_UART, { { 'b', 0x80000000 } } },
	{ "structure of KLEAP_ABI 2", { SET(load.size, 128) }, EINVAL, UNTOLD },
};

static bool is_here(enum where where)
{
	bool program_64 = sizeof(void *) == 8;

	return where == EVERYWHERE || where == (program_64 ? PROGRAM_64 : PROGRAM_32) ||
	       where == (processor->bits == 64 ? KERNEL_64 : KERNEL_32);
}

// What can be wrong with any request. `size` counts from that of the structure where `relative`.
enum place { ARENA, SEALED, ADDRESS, STRADDLES, BEYOND };
struct any_case {
	const char *name;
	bool relative;
	int32_t size;
	uint32_t flags;		// when, for a leap
	enum place place;
	uintptr_t address;	// for ADDRESS; STRADDLES: bytes that are mapped
	unsigned char beyond;	// what the bytes after the structure hold
	int code;
	unsigned int error;
};

static const struct any_case any_cases[] = {
	{ "size 0", false, 0, 0, ARENA, 0, 0, EINVAL, UNTOLD },
	{ "size 4", false, 4, 0, ARENA, 0, 0, EINVAL, UNTOLD },
	{ "size 1 too small", true, -1, 0, ARENA, 0, 0, EINVAL, UNTOLD },
	{ "size 8 larger, zeros", true, 8, 0, ARENA, 0, 0, 0, UNTOLD },
	{ "size 8 larger, no zeros", true, 8, 0, ARENA, 0, 1, E2BIG, KIMG_E_ABI_SIZE },
	{ "size 8 larger, not mapped", true, 8, 0, BEYOND, 0, 0, EFAULT, KIMG_E_ABI_POINTER },
	{ "size 5000", false, 5000, 0, ARENA, 0, 0, E2BIG, KIMG_E_ABI_SIZE },
	{ "size 2^32 - 1", false, -1, 0, ARENA, 0, 0, E2BIG, KIMG_E_ABI_SIZE },
	{ "unknown flag or time", true, 0, 0x40000000, ARENA, 0, 0, EINVAL, KIMG_E_ABI_FLAGS },
	{ "pointer 0", true, 0, 0, ADDRESS, 0, 0, EFAULT, UNTOLD },
	{ "pointer 8", true, 0, 0, ADDRESS, 8, 0, EFAULT, UNTOLD },
	{ "pointer into the kernel", true, 0, 0, ADDRESS, KERNEL, 0, EFAULT, UNTOLD },
	{ "pointer to the kernel's edge", true, 0, 0, ADDRESS, KERNEL - 8, 0, EFAULT, UNTOLD },
	{ "pointer to the last page", true, 0, 0, ADDRESS, TOP, 0, EFAULT, UNTOLD },
	{ "pointer to the last byte", true, 0, 0, ADDRESS, UINTPTR_MAX, 0, EFAULT, UNTOLD },
	{ "2 bytes mapped", true, 0, 0, STRADDLES, 2, 0, EFAULT, UNTOLD },
	{ "4 bytes mapped", true, 0, 0, STRADDLES, 4, 0, EFAULT, UNTOLD },
	{ "read-only", true, 0, 0x40000000, SEALED, 0, 0, EINVAL, UNTOLD },
};

const struct command commands[COMMANDS] = {
	{ "load", KLEAP_IOC_LOAD, sizeof(struct kleap_load), offsetof(struct kleap_load, why), 0 },
	{ "unload", KLEAP_IOC_UNLOAD, sizeof(struct kleap_unload), 0, 0 },
	{ "leap", KLEAP_IOC_LEAP, sizeof(struct kleap_leap), offsetof(struct kleap_leap, why), KLEAP_LEAP_CANCEL },
	{ "disable", KLEAP_IOC_DISABLE, sizeof(struct kleap_disable), 0, 0 },
	{ "status", KLEAP_IOC_STATUS, sizeof(struct kleap_status), 0, 0 },
	{ "rehearse", KLEAP_IOC_REHEARSE, sizeof(struct kleap_rehearse), offsetof(struct kleap_rehearse, why), 1 },
};

// ---- One case

static uint64_t resolve(uint64_t value, const struct request *request)
{
	if (value >= ~0ull << 48)	// a number near the end of 64 bits
		return value;
	// Negative numbers borrow from the mark: round to it.
	switch ((value + PAGE * 16ull) >> 48) {
	case UNMAPPED >> 48: return (uintptr_t)edge + (value - UNMAPPED);
	case CUT >> 48: return (uintptr_t)cut + (value - CUT);
	case HIGH_TABLE >> 48: return (1ull << 32) + (uintptr_t)request->segment;
	case REACH >> 48: return reach + (value - REACH);
	case MEMORY >> 48: return memory + (value - MEMORY);
	}
	return value;
}

static void check_number(const struct kleap_why *why, const struct number *number)
{
	uint64_t seen = 0, wanted = resolve(number->value, NULL);

	switch (number->field) {
	case 's': seen = why->seg; break;
	case 'o': seen = why->other; break;
	case 'a': seen = why->a; break;
	case 'b': seen = why->b; break;
	case 'c': seen = why->c; break;
	case 'd': seen = why->d; break;
	}
	if (seen != wanted)
		fail("%c is %#llx, not %#llx", number->field, (unsigned long long)seen, (unsigned long long)wanted);
}

void check_why(const struct kleap_why *why, unsigned int error, const struct number *number, size_t numbers)
{
	struct kleap_why unwritten;
	size_t i;

	memset(&unwritten, UNWRITTEN, sizeof(unwritten));
	if (error == UNTOLD) {
		if (memcmp(why, &unwritten, sizeof(unwritten)))
			fail("error %u is told, none expected", why->error);
		return;
	}
	if (why->error != error)
		fail("error %u, not %u", why->error, error);
	for (i = 0; i < numbers && number[i].field; i++)
		check_number(why, &number[i]);
}

static void run_load_case(const struct load_case *test, struct picture *before)
{
	struct request request;
	size_t i;

	begin("load, %s", test->name);
	good_request(&request);
	for (i = 0; i < COUNT(test->poke) && test->poke[i].width; i++) {
		uint64_t to = resolve(test->poke[i].value, &request);

		memcpy((char *)&request + test->poke[i].at, &to, test->poke[i].width);
	}
	check_code(send(KLEAP_IOC_LOAD, &request.load), test->code);
	check_why(&request.load.why, test->error, test->number, COUNT(test->number));
	if (test->code)
		same(before);
	else
		load_good(before);
}

static void run_any_case(const struct command *command, const struct any_case *test, struct picture *before)
{
	static unsigned char sent[2 * PAGE];
	uint32_t size = test->size + (test->relative ? command->size : 0);
	uint32_t flags = test->flags ? test->flags : command->flags;
	bool is_status = command->number == KLEAP_IOC_STATUS, is_rehearsal = command->number == KLEAP_IOC_REHEARSE;
	unsigned int number = command->number, error = test->error;
	unsigned char *at = arena;
	struct request request;
	int wanted = test->code;

	begin("%s, %s", command->name, test->name);
	if (command->number == KLEAP_IOC_DISABLE && !wanted)
		return;
	// A newer program's header has a longer structure, and so another request number.
	if (test->relative && test->size > 0)
		number = _IOC(_IOC_DIR(number), _IOC_TYPE(number), _IOC_NR(number), size);
	// A status has no flags; what it cannot write to is a pointer that does not serve.
	if (is_status && test->flags)
		wanted = test->place == SEALED ? EFAULT : 0;
	if (!command->why || (is_status && test->flags))
		error = UNTOLD;
	// What are flags elsewhere is a number of times here.
	if (is_rehearsal && error == KIMG_E_ABI_FLAGS)
		error = KIMG_E_REHEARSAL_TIMES;

	memset(arena, 0, 2 * PAGE);
	memset(arena + command->size, test->beyond, 64);
	if (command->number == KLEAP_IOC_LOAD) {
		good_request(&request);
		memcpy(arena, &request.load, sizeof(request.load));
	} else if (command->why) {
		memset(arena + command->why, UNWRITTEN, sizeof(struct kleap_why));
	}
	memcpy(arena, &size, sizeof(size));
	memcpy(arena + 4, &flags, sizeof(flags));
	switch (test->place) {
	case ARENA:
		break;
	case SEALED:
		mprotect(sealed, PAGE, PROT_READ | PROT_WRITE);
		memcpy(sealed, arena, PAGE);
		mprotect(sealed, PAGE, PROT_READ);
		at = sealed;
		break;
	case ADDRESS:
		at = (unsigned char *)(uintptr_t)test->address;
		break;
	case STRADDLES:
		at = edge - test->address;
		memcpy(at, arena, test->address);
		break;
	case BEYOND:
		at = edge - command->size;
		memcpy(at, arena, command->size);
		break;
	}
	memcpy(sent, arena, sizeof(sent));

	check_code(send(number, at), wanted);
	if (command->why && test->place != SEALED && test->place != ADDRESS && test->place != STRADDLES)
		check_why((struct kleap_why *)(at + command->why), error, NULL, 0);
	// Only the why, or the whole answer, may have been written.
	if ((is_status || is_rehearsal) && !wanted)
		memcpy(sent, arena, command->size);
	if (command->why && error != UNTOLD && test->place == ARENA)
		memcpy(sent + command->why, arena + command->why, sizeof(struct kleap_why));
	if (memcmp(sent, arena, sizeof(sent)))
		fail("bytes are written that are not the module's");
	if (wanted || is_status || command->number == KLEAP_IOC_LEAP)
		same(before);
	else
		load_good(before);
}

static void run_load_cases(const struct load_case *test, size_t count, struct picture *before)
{
	for (; count; test++, count--)
		if (is_here(test->where))
			run_load_case(test, before);
}

static void test_requests(void)
{
	struct picture before;
	size_t i, j;

	begin("the good image");
	load_good(&before);
	for (i = 0; i < COMMANDS; i++)
		for (j = 0; j < COUNT(any_cases); j++)
			run_any_case(&commands[i], &any_cases[j], &before);
	run_load_cases(load_cases, COUNT(load_cases), &before);
	run_load_cases(processor->cases, processor->case_count, &before);
	test_other_calls(&before);
	test_unprivileged(&before);
	test_leap_states(&before);
	test_rehearse(&before);
}

// Memory with an end: `size` bytes, and nothing mapped after them.
static unsigned char *map_before_hole(size_t size)
{
	unsigned char *at = mmap(NULL, size + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || munmap(at + size, PAGE)) {
		perror("mmap");
		exit(2);
	}
	return at;
}

static uint64_t first_memory(void)
{
	FILE *map = fopen("/proc/iomem", "r");
	unsigned long long start;
	char line[200];

	while (map && fgets(line, sizeof(line), map))
		if (strstr(line, ": System RAM") && sscanf(line, "%llx", &start) == 1)
			return start;
	fprintf(stderr, "/proc/iomem names no memory\n");
	exit(2);
}

int main(int argc, char **argv)
{
	int file = memfd_create("cut", 0);
	size_t i;

	find_processor();
	if (argc > 2 && !strcmp(argv[1], "insert")) {
		test_insert(argv[2]);
		goto done;
	}
	device = open(KLEAP_DEVICE, O_RDWR);
	if (device < 0 || argc < 2) {
		fprintf(stderr, argc < 2 ? "usage: hostile requests | loads SEED | fuzz SECONDS SEED | rehearse TIMES | disabled | faults | insert FILE\n" :
			KLEAP_DEVICE " cannot be opened\n");
		return 2;
	}
	reach = processor->reach();
	memory = first_memory();
	arena = map_before_hole(2 * PAGE);
	sealed = map_before_hole(PAGE);
	data = map_before_hole(DATA_SIZE);
	for (i = 0; i < DATA_SIZE; i++)
		data[i] = (unsigned char)(i * 7 + i / PAGE);
	edge = data + DATA_SIZE;
	if (ftruncate(file, PAGE))
		return 2;
	cut = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, file, 0);

	if (!strcmp(argv[1], "requests")) {
		test_requests();
	} else if (!strcmp(argv[1], "loads") && argc > 2) {
		test_memory();
		test_kills();
		test_races();
		test_random(strtoul(argv[2], NULL, 0), 200);
	} else if (!strcmp(argv[1], "fuzz") && argc > 3) {
		test_fuzz((unsigned int)strtoul(argv[2], NULL, 0), strtoul(argv[3], NULL, 0));
	} else if (!strcmp(argv[1], "rehearse") && argc > 2) {
		test_rehearsals((uint32_t)strtoul(argv[2], NULL, 0));
	} else if (!strcmp(argv[1], "disabled")) {
		test_disabled();
	} else if (!strcmp(argv[1], "faults")) {
		test_faults();
	}
done:
	printf("%s: %u cases, %u failed\n", argv[1], cases, failures);
	return failures > 0;
}
