// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// hostile loads: images that do not fit, loads that are killed half way, two at once, and random garbage.
// After each, the image from before is as it was and the memory is back.

#define _GNU_SOURCE
#include "free_pages.h"
#include "hostile.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MIB (1u << 20)
#define GIB (1u << 30)
#define AT (64u * MIB)

// What free memory may be off by between two readings. The check measures better, once, at the end.
#define SLACK_PAGES 512l

// With those on the processors' own lists, which MemFree leaves out.
long free_pages(void)
{
	FILE *refresh = fopen("/proc/sys/vm/stat_refresh", "w");

	if (refresh) {
		fputs("1\n", refresh);
		fclose(refresh);
	}
	return count_free_pages();
}

static void nap(unsigned int milliseconds)
{
	struct timespec time = { .tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000l };

	nanosleep(&time, NULL);
}

// Memory that was freed may take a moment to be counted.
void check_free(long before)
{
	unsigned int tries;

	for (tries = 0; tries < 20 && before - free_pages() > SLACK_PAGES; tries++)
		nap(50);
	if (before - free_pages() > SLACK_PAGES)
		fail("%ld pages are gone", before - free_pages());
}

// ---- More than there is

// Ask for an image below `limit`; 0: anywhere.
static void ask_for(const char *text, uint64_t mem, uint64_t memsz, uint64_t limit, struct picture *before)
{
	long had = free_pages();
	struct request request;
	struct kleap_why *why = &request.load.why;
	int code;

	begin("%s", text);
	good_request(&request);
	request.load.limit = limit;
	request.load.segment_count = 1;
	request.load.entry = entry_at(mem);
	request.segment[0].mem = mem;
	request.segment[0].memsz = memsz;
	code = send(KLEAP_IOC_LOAD, &request.load);
	if (code != ENOMEM || (why->error != KIMG_E_NO_MEMORY && why->error != KIMG_E_NO_MEMORY_BELOW &&
			       why->error != KIMG_E_LARGER_THAN_MEMORY))
		fail("%s, error %u", code_name(code), why->error);
	if (why->a < memsz / PAGE || why->a > memsz / PAGE * 1.01 || why->b >= why->a)
		fail("%llu pages needed, %llu to be had?", why->a, why->b);
	same(before);
	check_free(had);
}

static bool keeps_memory(void)
{
	FILE *kept = fopen("/sys/kernel/kleap/kept", "r");

	return kept && fgetc(kept) != EOF;
}

void test_memory(void)
{
	struct picture before;
	struct sysinfo info;
	uint64_t most;

	sysinfo(&info);
	most = (uint64_t)info.totalram * info.mem_unit / PAGE * PAGE;
	if (processor->bits == 32 && most > 3ull * GIB)
		most = 3ull * GIB;
	begin("the good image");
	load_good(&before);
	// What the machine has, but cannot give: found out by asking for it.
	ask_for("an image of all memory", AT, most, 0, &before);
	ask_for("an image of 3 GiB below 4 GiB", AT, 3ull * GIB, 4ull * GIB - 1, &before);
	// Where a machine keeps memory below 4 GiB it is refused for that.
	if (!keeps_memory())
		ask_for("an image of all 4 GiB", 0, 4ull * GIB, 4ull * GIB - 1, &before);
	begin("a good load after that");
	load_good(&before);
}

// ---- Children that load

// What a child and its parent tell each other.
struct shared {
	volatile bool go;
	volatile bool started[2];
	volatile bool returned[2];
	volatile int code[2];
};

static struct shared *share(void)
{
	struct shared *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (shared == MAP_FAILED)
		exit(2);
	return shared;
}

// Start child `which`, which waits for go and then loads an image of `size` zeros.
static pid_t start_load(struct shared *shared, unsigned int which, uint32_t size)
{
	struct request request;
	void *zeros;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child)
		return child;
	good_request(&request);
	request.load.segment_count = 1;
	request.load.entry = entry_at(AT);
	zeros = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	// A page at a time, so that faults() counts them; and a large page of zeros would stay, and look like a leak.
	madvise(zeros, size, MADV_NOHUGEPAGE);
	request.segment[0].buf = (uintptr_t)zeros;
	request.segment[0].bufsz = size;
	request.segment[0].mem = AT;
	request.segment[0].memsz = size;
	while (!shared->go)
		sched_yield();
	shared->started[which] = true;
	shared->code[which] = send(KLEAP_IOC_LOAD, &request.load);
	shared->returned[which] = true;
	_exit(0);
}

// While a load is under way: a second one gets EBUSY, a short one its own error, and nothing is written beyond it; the
// status, cancelling and sysfs answer at once.
static void check_busy(const struct shared *shared)
{
	struct kleap_status status = { .size = sizeof(status) };
	struct kleap_leap leap = { .size = sizeof(leap), .when = KLEAP_LEAP_CANCEL };
	struct request full, brief;
	int codes[4];

	good_request(&full);
	good_request(&brief);
	brief.load.size = 4;
	codes[0] = send(KLEAP_IOC_LOAD, &full.load);
	codes[1] = send(KLEAP_IOC_LOAD, &brief.load);
	codes[2] = send(KLEAP_IOC_STATUS, &status);
	codes[3] = send(KLEAP_IOC_LEAP, &leap);
	value("image_bytes");
	if (shared->returned[0]) {
		fail("the load was over before another could meet it");
		return;
	}
	if (codes[0] != EBUSY || codes[1] != EINVAL || codes[2] || codes[3])
		fail("%s, %s, %s, %s, not EBUSY, EINVAL, ok, ok", code_name(codes[0]), code_name(codes[1]),
		     code_name(codes[2]), code_name(codes[3]));
	if (full.load.why.error != KIMG_E_BUSY)
		fail("error %u, not %u", full.load.why.error, KIMG_E_BUSY);
	if (brief.load.why.error != UNWRITTEN * 0x1010101u)
		fail("the why is written beyond a request of 4 bytes");
}

// Pages that a process has touched for the first time. Loading, it touches its data while the module fills the image.
static unsigned long faults(pid_t process)
{
	unsigned long count = 0;
	char path[40], text[400] = "";
	FILE *stream;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)process);
	stream = fopen(path, "r");
	if (stream) {
		fgets(text, sizeof(text), stream);
		fclose(stream);
	}
	sscanf(text, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %lu", &count);
	return count;
}

void test_kills(void)
{
	// Two while frames are taken, three while they are filled.
	static const struct {
		unsigned int delay;	// ms
		unsigned long pages;	// of data that were read
	} moments[] = { { 5, 0 }, { 20, 0 }, { 0, 100 }, { 0, 5000 }, { 0, 40000 } };
	struct shared *shared = share();
	struct picture before;
	unsigned int i;
	long had;

	begin("the good image");
	load_good(&before);
	had = free_pages();
	for (i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		unsigned long touched;
		pid_t child;
		int status;

		begin("requests in the middle of a load, which is killed after %u ms and %lu pages", moments[i].delay, moments[i].pages);
		memset(shared, 0, sizeof(*shared));
		child = start_load(shared, 0, 320 * MIB);
		shared->go = true;
		while (!shared->started[0])
			sched_yield();
		touched = faults(child);
		nap(moments[i].delay);
		while (faults(child) < touched + moments[i].pages && !shared->returned[0])
			nap(1);
		check_busy(shared);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		if (!WIFSIGNALED(status) || shared->returned[0])
			fail("the load was over before it could be killed");
		same(&before);
		check_free(had);
	}
	begin("a good load after that");
	load_good(&before);
}

void test_races(void)
{
	static const uint32_t sizes[] = { 24 * MIB, 32 * MIB };
	struct shared *shared = share();
	struct picture before;
	unsigned int i, which, busy = 0;

	for (i = 0; i < 3; i++) {
		unsigned long long bytes;
		bool fits = false;

		begin("two loads at once, %u", i);
		memset(shared, 0, sizeof(*shared));
		start_load(shared, 0, sizes[0]);
		start_load(shared, 1, sizes[1]);
		shared->go = true;
		while (wait(NULL) > 0)
			;
		bytes = value("image_bytes");
		for (which = 0; which < 2; which++) {
			if (shared->code[which] == EBUSY)
				busy++;
			else if (shared->code[which])
				fail("%s", code_name(shared->code[which]));
			else if (bytes == sizes[which])
				fits = true;
		}
		if (!fits)
			fail("%llu bytes are loaded, %s and %s", bytes, code_name(shared->code[0]), code_name(shared->code[1]));
	}
	printf("two loads at once: EBUSY %u times of 3\n", busy);
	begin("a good load after that");
	load_good(&before);
}

// ---- Garbage

static uint64_t state;

void sow(unsigned long seed)
{
	state = seed + 0x9e3779b97f4a7c15;
}

uint64_t draw(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

uint64_t odd_number(void)
{
	static const uint64_t odd[] = {
		0, 1, 4, 0x7ff, 0xfff, 0x1000, 0x1001, 0x2000, 0xa000, 0x100000, 0x1000000, 0x1003000, 0x2000000, 0x7fffffff,
		0x80000000, 0xbffff000, 0xc0000000, 0xfffff000, 0xffffffff, 0x100000000, 0x100001000, 1ull << 52, 1ull << 63,
		0xfffffffffffff000, ~0ull,
	};
	uint64_t number = draw();

	switch (draw() % 4) {
	case 0: return number;
	case 1: return number & 0xffffffff;
	case 2: return number & 0x3fff000;
	default: return odd[number % (sizeof(odd) / sizeof(odd[0]))];
	}
}

// One round: a good request with some of its 4-byte words replaced; images that would load stay small.
static void spoil(struct request *request)
{
	unsigned int changes = draw() % 6, i;
	uint32_t *word = (uint32_t *)request;

	request->load.segment_count = draw() % 4 ? 2 : draw() % 18;
	for (i = 2; i < SEGMENTS; i++)
		request->segment[i] = (struct kleap_segment) { .mem = draw() & 0xfffff000, .memsz = draw() & 0xf000 };
	for (i = 0; i < changes; i++) {
		size_t at = draw() % (sizeof(*request) / sizeof(*word));
		uint64_t number = odd_number();

		// Mostly the fields that matter, all 64 bits of them.
		if (draw() % 4) {
			at = (offsetof(struct request, segment) + draw() % 2 * sizeof(request->segment[0])) / sizeof(*word) +
			     draw() % 4 * 2;
			word[at + 1] = (uint32_t)(number >> 32);
		}
		word[at] = (uint32_t)number;
	}
	for (i = 0; i < SEGMENTS; i++)
		if (request->segment[i].memsz <= 1ull << 32)
			request->segment[i].memsz &= 0x3fffff;
}

static void random_round(struct picture *before, unsigned int *accepted)
{
	struct kleap_status status = { .size = (uint32_t)(draw() % 3 ? sizeof(status) : odd_number()) };
	struct kleap_unload unload = { .size = (uint32_t)(draw() % 3 ? sizeof(unload) : odd_number()) };
	struct request request;
	uint32_t error;
	int code;

	switch (draw() % 8) {
	case 0:
		code = send(KLEAP_IOC_UNLOAD, &unload);
		error = KIMG_OK;
		break;
	case 1:
		code = send(KLEAP_IOC_STATUS, &status);
		if (!code)
			same(before);
		error = KIMG_OK;
		break;
	default:
		good_request(&request);
		spoil(&request);
		code = send(KLEAP_IOC_LOAD, &request.load);
		error = request.load.why.error;
	}
	if (!code) {
		++*accepted;
		look(before);
		return;
	}
	if (code != EINVAL && code != EFAULT && code != E2BIG && code != ENODATA && code != ENOMEM)
		fail("%s, error %u", code_name(code), error);
	if (error >= KIMG_E_S1 && error <= KIMG_E_LIST_ENDLESS)
		fail("error %u, which means a bug", error);
	same(before);
}

void test_random(unsigned long seed, unsigned int rounds)
{
	unsigned int i, accepted = 0;
	struct picture before;

	sow(seed);
	look(&before);
	for (i = 0; i < rounds; i++) {
		begin("random garbage, seed %lu, round %u", seed, i);
		random_round(&before, &accepted);
	}
	printf("random garbage: seed %lu, %u requests, %u accepted\n", seed, rounds, accepted);
	begin("random garbage, seed %lu: some is accepted and most is not", seed);
	if (accepted < rounds / 50 || accepted > rounds / 2)
		fail("%u of %u were accepted", accepted, rounds);
	begin("a good load after that");
	load_good(&before);
}
