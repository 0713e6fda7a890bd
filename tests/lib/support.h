/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the tests share: a machine with an image on it, built from a picture or
 * by hand; loading it; and an oracle that judges the result without the engine.
 */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kimg.h"
#include "sim.h"

/* A simulated machine, what shall be loaded, and the image. */
struct rig {
	struct sim *sim;
	struct kimg_host host;
	struct kimg_image image;
	struct kimg_why why;
	struct kimg_segment segment[KIMG_SEGMENT_MAX + 1];
	uint32_t segments;
	uint32_t control;		/* control pages wanted */
	bool crash;
	struct kimg_range region;
	void *scratch;
	size_t scratch_size;
};

/*
 * A machine from a picture, one character a frame, from frame 0 on:
 *	.	memory			#	memory in use by the system
 *	_	no memory		a-z	a segment, in free memory
 *	A-Z	a segment, in memory in use
 * Neighbours with the same letter are one segment; segments are numbered in the
 * order of their letters. Data covers all but the last three bytes of each.
 * The limit is 4 GiB - 1 for entries of 4 bytes, none for 8.
 */
void rig_picture(struct rig *rig, const char *picture, unsigned int page_shift,
		 unsigned int entry_size);

/* A machine with no memory and no segments: add them, then call rig_load(). */
void rig_empty(struct rig *rig, unsigned int page_shift, unsigned int entry_size,
	       uint64_t limit);
void rig_add_segment(struct rig *rig, uint64_t mem, uint64_t memsz, uint64_t bufsz);

/* Initialise and plan; place; fill; seal. Stops at the first error. */
enum kimg_error rig_plan(struct rig *rig);
enum kimg_error rig_place(struct rig *rig);
enum kimg_error rig_load(struct rig *rig);

/* Free the image and its scratch memory; the machine stays. */
void rig_unload(struct rig *rig);

/* Unload, fail unless the machine is clean, and delete it. */
void rig_close(struct rig *rig);

/* How many entries a walk of the image reads at most. */
uint64_t rig_most(const struct rig *rig);

/*
 * The oracle: does the image, as it stands in simulated memory, hold S1 to S5
 * and the wanted data in its sources? It shares no code with the engine.
 * Writes what is wrong to `text`; true if nothing is.
 * `sealed`: DONE must stand where it belongs; else 0. `filled`: look at data.
 */
bool oracle_image(struct rig *rig, bool sealed, bool filled, char text[200]);

/*
 * S6: run the list, then compare every destination byte and every other frame.
 * Leaves the machine after the leap; sources are intact.
 */
bool oracle_leap(struct rig *rig, char text[200]);

/* Both; fails the test with the text. */
void rig_judge(struct rig *rig);

/* Does this machine store the high end of a number first? */
bool is_big_endian(void);

/* Numbers from the environment: KLEAP_CASES, KLEAP_SEED. */
uint64_t env_number(const char *name, uint64_t otherwise);

#define assert_error(rig, call, wanted) \
	assert_error_at(rig, call, wanted, __FILE__, __LINE__)
void assert_error_at(const struct rig *rig, enum kimg_error error,
		     enum kimg_error wanted, const char *file, int line);

#define assert_clean(rig) assert_clean_at(rig, __FILE__, __LINE__)
void assert_clean_at(const struct rig *rig, const char *file, int line);

#endif
