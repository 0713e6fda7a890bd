/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of the module's own files share: a machine for each test, and
 * requests to /dev/kleap.
 *
 * A test is a function that begins on a machine that has just booted, with the
 * module inserted. It runs in a child process, because some state of the module
 * lasts until the next boot; it uses HOLDS() instead of cmocka's assertions. When
 * it returns, the module is removed and must leave nothing behind.
 */
#ifndef MODULE_TEST_H
#define MODULE_TEST_H

#include "kleap.h"
#include "sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define machine_test(function) \
	{ #function, on_machine, NULL, NULL, (void *)(uintptr_t)(function) }
void on_machine(void **state);

#define SEGMENTS 3u

/* Where the data of all segments lie: as the caller's memory, and as numbers. */
#define DATA_SIZE (8 * PAGE_SIZE)
extern unsigned char data[DATA_SIZE];

/* A load and its table of segments: memory of the caller's. */
struct request {
	struct kleap_load load;
	struct kleap_segment segment[KIMG_SEGMENT_MAX + 1];
};

/*
 * A load that is good: three segments, not in the order of their addresses. The
 * first is data and zeros, the second only data, the third only zeros.
 */
void good_request(struct request *request);

/* Any request; the caller may read and write its bytes. Returns 0 or -errno. */
long ask(unsigned int number, void *request, size_t size);

/* These requests, good ones. `error` is what the reply tells, 0 after success. */
long load(struct request *request);
long unload(void);
long leap(u32 when, enum kimg_error *error);
long disable(void);
struct kleap_status status(void);
u32 state(void);

/* A good load has been done, and armed. */
void load_good(void);
void load_and_arm(void);
void load_arm_and_clear_log(void);

/* The frame that holds a page of the loaded image until the leap. */
u64 source_of(u32 segment, u32 page);

/* Turn a bit of a frame of the simulated machine. */
void turn_bit(u64 frame, size_t offset);

/* An entry of the loaded image's list is replaced; returns what stood there. */
u64 set_entry(u32 segment, u32 page, u64 entry);

/* The machine without a module, or with it, for tests of inserting and removing. */
void without_module(void);

#endif
