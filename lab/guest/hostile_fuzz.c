// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// hostile fuzz: requests of all kinds in any order, for a number of seconds. Each starts as a good one; then some of its
// bytes change, or the memory that it stands in ends, or cannot be written, or is written by somebody else meanwhile.
//
// After each request a status must tell what follows from what was accepted: which state, and how large an image; after
// a refusal, just what it told before. Nothing but the answer may be written. What another process writes meanwhile is
// not in the seed's hands; all else is.
//
// Never asks for a leap now, and never for a disable that could be granted: both would be the end of it.

#define _GNU_SOURCE
#include "hostile.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOAD, UNLOAD, LEAP, DISABLE, STATUS, REHEARSE };	// of commands[]

// The kinds of memory that requests go out from: each two pages, and nothing mapped behind.
static unsigned char *quiet, *sealed, *noisy;
static unsigned char sent[2 * PAGE];

// What the module must tell.
static struct kleap_status model;
static unsigned int requests, accepted;

static unsigned char *map_two(int how)
{
	unsigned char *at = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, how | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || munmap(at + 2 * PAGE, PAGE)) {
		perror("mmap");
		exit(2);
	}
	return at;
}

// A process that writes into the noisy pages without end: small changes, and their opposite.
static pid_t start_noise(void)
{
	pid_t parent = getpid(), child;
	uint64_t seed = draw();

	fflush(stdout);
	child = fork();
	if (child)
		return child;
	sow((unsigned long)seed);
	while (getppid() == parent) {
		volatile unsigned char *at = noisy + draw() % (2 * PAGE);
		unsigned char bit = (unsigned char)(1u << draw() % 8);

		*at ^= bit;
		if (draw() % 2)
			*at ^= bit;
	}
	_exit(0);
}

// ---- Requests

// An image of up to eight pages in one to four segments, good as it stands.
static void make_load(struct request *request, unsigned char *at)
{
	unsigned int count = 1 + draw() % 4, i;
	uint64_t mem = 0x1000000 + draw() % 64 * 0x100000;

	good_request(request);
	request->load.segments = (uintptr_t)at + offsetof(struct request, segment);
	request->load.segment_count = count;
	request->load.entry = entry_at(mem);
	memset(&request->load.why, 0, sizeof(request->load.why));
	for (i = 0; i < count; i++) {
		uint64_t size = (1 + draw() % 2) * PAGE;

		request->segment[i] = (struct kleap_segment) {
			.buf = (uintptr_t)data + draw() % (DATA_SIZE - 2 * PAGE), .bufsz = draw() % (size + 1),
			.mem = mem, .memsz = size,
		};
		mem += size + draw() % 3 * PAGE;
	}
}

// Change some words, of any width, to numbers of the odd sort, or flip a bit.
static void spoil_some(unsigned char *bytes, size_t size)
{
	unsigned int changes = draw() % 2 ? 0 : 1 + draw() % 4;

	while (changes--) {
		size_t width = 1u << draw() % 4, to = draw() % (size / width) * width;
		uint64_t number = odd_number();

		if (draw() % 4 == 0) {
			memcpy(&number, bytes + to, width);
			number ^= 1ull << draw() % 64;
		}
		memcpy(bytes + to, &number, width);
	}
}

// No load so large that the machine is busy with it alone.
static void shrink(struct request *request)
{
	unsigned int i;

	for (i = 0; i < SEGMENTS; i++)
		if (request->segment[i].memsz <= 1ull << 32)
			request->segment[i].memsz &= 0x3fffff;
}

// What would end the fuzzing, or the machine.
static void tame(unsigned int which, unsigned char *bytes)
{
	uint32_t word;

	memcpy(&word, bytes + 4, 4);
	if (which == DISABLE)
		word |= 1u << 31;
	// Few rehearsals, none, or too many.
	if (which == REHEARSE && word <= KLEAP_REHEARSE_MAX)
		word %= 3;
	memcpy(bytes + 4, &word, 4);
}

// ---- The judge

static bool tell(struct kleap_status *status)
{
	memset(status, 0, sizeof(*status));
	status->size = sizeof(*status);
	return !send(KLEAP_IOC_STATUS, status);
}

// What must follow from a request that was accepted. `exact`: nobody else wrote into it.
static void follow(unsigned int which, const struct request *request, bool exact)
{
	struct kleap_status now;
	uint64_t bytes = 0;
	uint32_t state = model.state, i;

	if (!tell(&now)) {
		fail("no status");
		return;
	}
	if (which == LOAD)
		state = KLEAP_STATE_LOADED;
	else if (which == UNLOAD)
		state = KLEAP_STATE_NONE;
	else if (which == LEAP)
		state = request->load.flags == KLEAP_LEAP_AT_REBOOT ? KLEAP_STATE_ARMED :
			state ? KLEAP_STATE_LOADED : KLEAP_STATE_NONE;
	for (i = 0; exact && which == LOAD && i < request->load.segment_count && i < SEGMENTS; i++)
		bytes += request->segment[i].memsz;
	if (now.state != state)
		fail("the state is %u, not %u", now.state, state);
	if (bytes && now.image_bytes != bytes)
		fail("%llu bytes are loaded, not %llu", now.image_bytes, (unsigned long long)bytes);
	if (now.disabled)
		fail("disabled");
	if (!now.state != !now.frames_taken || now.pages_in_place + now.pages_to_copy != now.image_bytes / PAGE)
		fail("%llu frames for %llu bytes, %llu and %llu pages", now.frames_taken, now.image_bytes, now.pages_in_place,
		     now.pages_to_copy);
	model = now;
}

static void judge_refusal(int code, const struct kleap_why *why)
{
	struct kleap_status now;

	// Armed images are not rehearsed.
	if (code == EBUSY && model.state == KLEAP_STATE_ARMED)
		code = EINVAL;
	if (code != EINVAL && code != EFAULT && code != E2BIG && code != ENODATA && code != ENOMEM)
		fail("%s", code_name(code));
	if (why && why->error >= KIMG_E_S1 && why->error <= KIMG_E_LIST_ENDLESS)
		fail("error %u, which means a bug", why->error);
	if (!tell(&now) || memcmp(&now, &model, sizeof(now)))
		fail("%s, and the status is another", code_name(code));
	model = now;
}

// Nothing but the answer was written; `at` stands in `memory`, two pages.
static void judge_writes(unsigned int which, const unsigned char *memory, const unsigned char *at)
{
	size_t begin = commands[which].why, end = begin + sizeof(struct kleap_why), i;
	uint32_t size = 0;

	if (which == STATUS || which == REHEARSE) {
		begin = 0;
		end = commands[which].size;
	}
	if (memory + 2 * PAGE - at >= 4)
		memcpy(&size, at, 4);
	if (size < end || (!begin && which != STATUS && which != REHEARSE))
		begin = end = 0;
	for (i = 0; i < 2 * PAGE; i++)
		if (memory[i] != sent[i] && (i < at - memory + begin || i >= at - memory + end)) {
			fail("byte %ld of the request is written", (long)(memory + i - at));
			return;
		}
}

// ---- One request

static void one_request(void)
{
	// A status and a leap that is refused are cheap; loads are what it is about.
	static const unsigned char mix[] = { LOAD, LOAD, LOAD, LOAD, UNLOAD, LEAP, LEAP, DISABLE, STATUS, REHEARSE };
	unsigned int which = mix[draw() % COUNT(mix)], kind = draw() % 8, number = commands[which].number;
	unsigned char *memory = kind == 0 ? sealed : kind == 1 && which == LOAD ? noisy : quiet, *at;
	size_t length = which == LOAD ? sizeof(struct request) : commands[which].size + 16;
	bool exact = memory != noisy;
	struct request request;
	int code;

	// The request's memory ends behind it, or somewhere in it.
	at = memory + 2 * PAGE - (kind == 2 ? draw() % length : length);
	begin("fuzz, request %u, %s", requests++, commands[which].name);
	memset(&request, 0, sizeof(request));
	if (which == LOAD)
		make_load(&request, at);
	request.load.size = commands[which].size;
	// The word after the size is the flags of all others.
	if (which == LEAP)
		request.load.flags = KLEAP_LEAP_AT_REBOOT + draw() % 2;
	if (which == REHEARSE)
		request.load.flags = 1;
	spoil_some((unsigned char *)&request, length);
	if (which == LOAD)
		shrink(&request);
	else
		tame(which, (unsigned char *)&request);
	// Direction and size in the number do not count.
	if (draw() % 8 == 0)
		number ^= (unsigned int)draw() & 0xffff0000;

	if (memory == sealed)
		mprotect(sealed, 2 * PAGE, PROT_READ | PROT_WRITE);
	memset(memory, 0, 2 * PAGE);
	memcpy(at, &request, memory + 2 * PAGE - at < length ? memory + 2 * PAGE - at : length);
	memcpy(sent, memory, sizeof(sent));
	if (memory == sealed)
		mprotect(sealed, 2 * PAGE, PROT_READ);
	code = send(number, at);
	if (exact)
		judge_writes(which, memory, at);
	if (code) {
		bool whole = kind != 2 && commands[which].why && exact;

		// What it says there is only the module's if it was written.
		whole = whole && memcmp(memory, sent, sizeof(sent));
		judge_refusal(code, whole ? (struct kleap_why *)(at + commands[which].why) : NULL);
		return;
	}
	accepted++;
	if (which == DISABLE)
		fail("accepted");
	follow(which, &request, exact && request.load.segments == (uintptr_t)at + offsetof(struct request, segment));
}

void test_fuzz(unsigned int seconds, unsigned long seed)
{
	struct timespec begun, now;
	struct picture picture;
	long had;
	pid_t noise;

	printf("fuzz: seed %lu, %u s\n", seed, seconds);
	sow(seed);
	quiet = map_two(MAP_PRIVATE);
	sealed = map_two(MAP_PRIVATE);
	noisy = map_two(MAP_SHARED);
	begin("fuzz, the good image");
	load_good(&picture);
	tell(&model);
	had = free_pages();
	noise = start_noise();
	clock_gettime(CLOCK_MONOTONIC, &begun);
	do {
		one_request();
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - begun.tv_sec < (time_t)seconds);
	kill(noise, SIGKILL);
	waitpid(noise, NULL, 0);
	printf("fuzz: seed %lu, %u requests, %u accepted\n", seed, requests, accepted);
	begin("fuzz, seed %lu: some is accepted and some is not", seed);
	if (accepted < requests / 50 || accepted > requests - requests / 50)
		fail("%u of %u were accepted", accepted, requests);
	begin("fuzz, a good load after that");
	load_good(&picture);
	check_free(had);
}
