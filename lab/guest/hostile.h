// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// hostile: what its files share.
//
//   hostile.c         the tables: one bad thing in one request
//   hostile_calls.c   other calls, other callers, requests out of order
//   hostile_loads.c   loads that ask for more than there is, are killed, compete, or are random
//   hostile_fuzz.c    any of them in any order, spoilt at random, for as long as one likes
//   hostile_cpu.c     entry states, and what else differs by processor
//   hostile_faults.c  the kernel's allocations and copies fail, one after another
//   hostile_common.c  how cases are told, what the module shows, a good request

#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "kimg_errors.h"
#include "kleap_ioctl.h"

#ifndef FOLDER
#define FOLDER "/sys/kernel/kleap"
#endif
#define COUNT(array) (sizeof(array) / sizeof(array[0]))
#define PAGE 4096u
#define SEGMENTS 17		// one more than the module takes

// The why of a request before it goes out; what is still there afterwards was not written.
#define UNWRITTEN 0xa5

// A load with its segments: what cases spoil.
struct request {
	struct kleap_load load;
	struct kleap_segment segment[SEGMENTS];
};

// What the module is asked to do.
struct command {
	const char *name;
	unsigned int number;
	uint32_t size;
	size_t why;		// offset of the why; 0: it has none
	uint32_t flags;		// harmless ones
};
#define COMMANDS 6
extern const struct command commands[COMMANDS];

#define UNTOLD KIMG_E_COUNT	// the error that means: the module says nothing, or cannot

// A number that the module must report.
struct number {
	char field;		// 's'egment, 'o'ther, 'a' to 'd'; 0: no more
	uint64_t value;
};

// One field of struct request that a case changes.
struct poke {
	size_t at;
	size_t width;
	uint64_t value;
};
#define SET(field, to) { offsetof(struct request, field), sizeof(((struct request *)0)->field), to }

// Addresses that are known when the program runs: low half a number, high half this.
#define UNMAPPED	(1ull << 48)	// `edge` + the number
#define CUT		(2ull << 48)	// `cut` + the number
#define HIGH_TABLE	(3ull << 48)	// the segment table, 4 GiB too high
#define REACH		(4ull << 48)	// the first address that a leap does not reach + the number
#define MEMORY		(5ull << 48)	// where the machine's memory begins + the number

#define FOUR_GIB 0x100000000

// Where a case is one.
enum where { EVERYWHERE, PROGRAM_32, PROGRAM_64, KERNEL_32, KERNEL_64 };

// A load with some fields changed.
struct load_case {
	const char *name;
	struct poke poke[5];
	int code;		// errno; 0: this is a good request
	unsigned int error;
	struct number number[5];
	enum where where;
};

// What differs by the kernel that runs.
struct processor {
	const char *name;	// what that of uname(2) begins with
	unsigned int bits;
	unsigned int mode[2];	// that an image can be entered in: enum kleap_machine, 0: no more
	struct kleap_entry good;	// of the good image
	uint64_t (*reach)(void);	// the first address that a leap does not reach
	const struct load_case *cases;	// of entry states and UARTs
	size_t case_count;
};
extern const struct processor *processor;

// Look which one it is.
void find_processor(void);
// Entry at this address, with nothing in any register.
struct kleap_entry entry_at(uint64_t address);

// Everything that /sys/kernel/kleap says.
struct picture {
	char text[4096];
};

extern int device;		// open for reading and writing
extern unsigned char *arena;	// two pages that requests go out from
extern unsigned char *data;	// DATA_SIZE bytes that a segment may hold; the page after them is not mapped
#define DATA_SIZE (16 * PAGE)

// begin NAME: the case that fail() speaks of from now on; counts it.
void begin(const char *name, ...) __attribute__((format(printf, 1, 2)));
// fail WHAT: the case fails; say what was seen, once a case. Returns false.
bool fail(const char *what, ...) __attribute__((format(printf, 1, 2)));

extern unsigned int cases, failures;

void look(struct picture *picture);
// same BEFORE: fails the case unless /sys/kernel/kleap says what it said then. What it says now is the new BEFORE, so
// that one fault fails one case.
bool same(struct picture *before);
bool state_is(const char *wanted);
// The value of one file of /sys/kernel/kleap, as a number.
unsigned long long value(const char *file);

// A request for the good image, 13 pages in two segments, that loads as it stands.
void good_request(struct request *request);
// Load the good image; on failure nothing further makes sense, and the program ends.
void load_good(struct picture *picture);
// The request to the module. Returns 0 or errno.
int send(unsigned int command, void *argument);
// The name of an errno; "accepted" for 0.
const char *code_name(int code);
// Free pages, with those on the processors' own lists, which MemFree leaves out.
long free_pages(void);
// Fail the case unless the module answered so.
void check_code(int code, int wanted);
void check_why(const struct kleap_why *why, unsigned int error, const struct number *number, size_t numbers);

// Free pages of the machine; and fail the case if there are far fewer than that by now.
void check_free(long before);

// The numbers that draw() gives from now on follow from the seed.
void sow(unsigned long seed);
uint64_t draw(void);
// A number of the sort that breaks things.
uint64_t odd_number(void);

void test_other_calls(struct picture *before);
void test_unprivileged(struct picture *before);
void test_leap_states(struct picture *before);
void test_rehearse(struct picture *before);
// Rehearsals of an image for each mode.
void test_rehearsals(uint32_t times);
void test_disabled(void);
void test_memory(void);
void test_kills(void);
void test_races(void);
void test_random(unsigned long seed, unsigned int rounds);
void test_fuzz(unsigned int seconds, unsigned long seed);
void test_faults(void);
void test_insert(const char *path);

#endif
