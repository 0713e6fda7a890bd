// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// hostile faults, hostile insert: faults that are not the caller's. Let the first, the second, the third ... thing that can
// fail in a request do so, until a request meets no fault; then that one and all after it.
//
// The module's own calls into the kernel fail if it was built for that (hosts/linux/faults.h). On a kernel with fault
// injection, so does what these calls do.
//
// After each: the error is told, the image from before is there and sound, and no page is lost.
//
// Requests are made by a thread of their own, for faults are for one task: this one arms them, and must not suffer them.

#define _GNU_SOURCE
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DEBUG "/sys/kernel/debug/"
#define MODULE "/sys/module/kleap/parameters"
#define MANY 1000000
// Each fault so many times, so that a page that is lost each time stands out from what comes and goes.
#define REPEAT 8
#define FAULTS_MAX 20000u

// ---- Faults

struct kind {
	const char *name;
	const char *folder;	// where it is set up
	unsigned int grain;	// what is counted down for the least thing of this kind
	bool on;		// and all after it
};

static const struct kind kinds[] = {
	{ "call", MODULE, 1, false },
	{ "calls", MODULE, 1, true },
	{ "once", "", 1, false },	// by fail-nth, whatever it is
	{ "pages", DEBUG "fail_page_alloc", 1, true },
	{ "slab", DEBUG "failslab", 64, true },
	{ "copies", DEBUG "fail_usercopy", 1, true },
};
static const struct kind *const once = &kinds[2];

static bool is_module(const struct kind *kind)
{
	return !strcmp(kind->folder, MODULE);
}

static void put(const char *path, const char *text)
{
	int file = open(path, O_WRONLY);

	if (file < 0 || write(file, text, strlen(text)) < 0) {
		printf("%s: %s\n", path, strerror(errno));
		exit(2);
	}
	close(file);
}

static void put_number(const char *folder, const char *file, unsigned long number)
{
	char path[100], text[20];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	snprintf(text, sizeof(text), "%lu", number);
	put(path, text);
}

static unsigned long get_number(const char *folder, const char *file)
{
	unsigned long number = 0;
	char path[100];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	stream = fopen(path, "r");
	if (!stream || fscanf(stream, "%lu", &number) != 1) {
		printf("%s cannot be read\n", path);
		exit(2);
	}
	fclose(stream);
	return number;
}

// Does this kernel, or this module, know such faults?
static bool known(const struct kind *kind)
{
	return !access(kind == once ? "/proc/self/fail-nth" : is_module(kind) ? MODULE "/fail_nth" : kind->folder, F_OK);
}

static void prepare_kinds(void)
{
	size_t i;

	for (i = 0; i < COUNT(kinds); i++) {
		const struct kind *kind = &kinds[i];

		if (!known(kind) || is_module(kind) || kind == once)
			continue;
		put_number(kind->folder, "verbose", 0);
		put_number(kind->folder, "interval", 1);
		put_number(kind->folder, "probability", 0);
		put_number(kind->folder, "task-filter", 1);
		if (strcmp(kind->name, "copies"))
			put_number(kind->folder, "ignore-gfp-wait", 0);
		// By default only more than a page, in low memory, fails.
		if (!strcmp(kind->name, "pages")) {
			put_number(kind->folder, "min-order", 0);
			put_number(kind->folder, "ignore-gfp-highmem", 0);
		}
	}
}

// ---- The thread that makes the requests

static char task[40];		// its folder in /proc
static int (*volatile job)(void);
static volatile int job_code;

static void *work(void *unused)
{
	(void)unused;
	snprintf(task, sizeof(task), "/proc/self/task/%ld", (long)syscall(SYS_gettid));
	for (;;) {
		while (!job)
			sched_yield();
		job_code = job();
		job = NULL;
	}
	return NULL;
}

static int perform(int (*call)(void))
{
	job = call;
	while (job)
		sched_yield();
	return job_code;
}

static int nothing(void)
{
	return 0;
}

static void start_worker(void)
{
	pthread_t thread;

	prepare_kinds();
	if (pthread_create(&thread, NULL, work, NULL))
		exit(2);
	perform(nothing);
}

// Perform `call` with fault n of this kind. *met: there was such a fault.
static int faulty(int (*call)(void), const struct kind *kind, unsigned int n, bool *met)
{
	const char *folder = kind->folder;
	int code;

	if (kind == once) {
		put_number(task, "fail-nth", n);
		code = perform(call);
		*met = get_number(task, "fail-nth") == 0;
		put_number(task, "fail-nth", 0);
		return code;
	}
	if (is_module(kind)) {
		put_number(folder, "failed", 0);
		put_number(folder, "fail_on", kind->on);
		put_number(folder, "fail_nth", n);
		code = perform(call);
		put_number(folder, "fail_nth", 0);
		*met = get_number(folder, "failed") != 0;
		return code;
	}
	put_number(folder, "space", (n - 1) * kind->grain);
	put_number(folder, "times", MANY);
	put_number(folder, "probability", 100);
	put_number(task, "make-it-fail", 1);
	code = perform(call);
	put_number(task, "make-it-fail", 0);
	put_number(folder, "probability", 0);
	*met = get_number(folder, "times") != MANY;
	return code;
}

// ---- The requests

static struct request request;
static struct kleap_leap leap;
static uint32_t told;		// the error that the last request told; UNTOLD: none

static int ask(unsigned int command, void *argument, const struct kleap_why *why)
{
	int code = send(command, argument);

	told = why && why->error != UNWRITTEN * 0x1010101u ? why->error : UNTOLD;
	return code;
}

static int call_load(void)
{
	good_request(&request);
	return ask(KLEAP_IOC_LOAD, &request.load, &request.load.why);
}

// An image whose list is longer than a page.
static int call_large(void)
{
	good_request(&request);
	request.segment[1].memsz = 1100 * PAGE;
	return ask(KLEAP_IOC_LOAD, &request.load, &request.load.why);
}

static int call_leap(uint32_t when)
{
	leap.size = sizeof(leap);
	leap.when = when;
	memset(&leap.why, UNWRITTEN, sizeof(leap.why));
	return ask(KLEAP_IOC_LEAP, &leap, &leap.why);
}

static int call_arm(void)
{
	return call_leap(KLEAP_LEAP_AT_REBOOT);
}

static int call_cancel(void)
{
	return call_leap(KLEAP_LEAP_CANCEL);
}

static int call_unload(void)
{
	struct kleap_unload unload = { .size = sizeof(unload) };

	return ask(KLEAP_IOC_UNLOAD, &unload, NULL);
}

static int call_status(void)
{
	struct kleap_status status = { .size = sizeof(status) };

	return ask(KLEAP_IOC_STATUS, &status, NULL);
}

static const struct victim {
	const char *name;
	int (*call)(void);
	bool tells;		// has a why
	bool replaces;		// when it succeeds there is another image, or none
} victims[] = {
	{ "load", call_load, true, true },
	{ "large", call_large, true, true },
	{ "arm", call_arm, true, false },
	{ "cancel", call_cancel, true, false },
	{ "unload", call_unload, false, true },
	{ "status", call_status, false, false },
};

// ---- One fault

static void one_request(const struct victim *victim, const struct kind *kind, unsigned int n, bool *met)
{
	static struct picture before;
	static bool there;	// the image of `before`
	int code;

	if (!there)
		load_good(&before);
	code = faulty(victim->call, kind, n, met);
	there = code || !victim->replaces;
	if (code && code != ENOMEM && code != EFAULT)
		fail("%s", code_name(code));
	if (code && !*met)
		fail("%s without a fault", code_name(code));
	// The last word is lost, too, when all copies fail.
	if (code && victim->tells && told == UNTOLD && strcmp(kind->name, "copies") && strcmp(kind->name, "calls"))
		fail("%s, and no error is told", code_name(code));
	if (code)
		same(&before);
	// Before a leap the image is checked.
	if ((code || victim->call != call_unload) && (call_arm() || call_cancel()))
		fail("then the image does not pass its check");
	if (there)
		same(&before);
}

// Returns whether there was an n-th fault.
static bool one_fault(const struct victim *victim, const struct kind *kind, unsigned int n)
{
	unsigned int i, tries;
	bool met = false;
	long had, lost;

	begin("%s, fault %u, %s", victim->name, n, kind->name);
	// A kernel that checks itself frees pages when it likes: there kmemleak looks, and all of memory is counted at the end.
	if (known(once)) {
		one_request(victim, kind, n, &met);
		one_request(victim, kind, n, &met);
		return met;
	}
	// Pages come and go in batches; what is lost is lost each time.
	for (tries = 0; tries < 3; tries++) {
		had = free_pages();
		for (i = 0; i < REPEAT; i++)
			one_request(victim, kind, n, &met);
		lost = had - free_pages();
		if (lost < REPEAT * 3 / 4)
			return met;
	}
	fail("%ld pages are gone after %u requests", lost, REPEAT);
	return met;
}

void test_faults(void)
{
	size_t i, j;
	long had;

	start_worker();
	// What is made once, and stays, is made now.
	for (i = 0; i < COUNT(victims); i++)
		one_fault(&victims[i], known(once) ? once : &kinds[0], MANY);
	had = free_pages();
	for (i = 0; i < COUNT(victims); i++) {
		for (j = 0; j < COUNT(kinds); j++) {
			unsigned int n = 1;

			if (!known(&kinds[j]))
				continue;
			while (n < FAULTS_MAX && one_fault(&victims[i], &kinds[j], n))
				n++;
			printf("%s.%s %u\n", victims[i].name, kinds[j].name, n - 1);
			fflush(stdout);
		}
	}
	printf("all.lost %ld\n", had - free_pages());
}

// ---- The module

static int module;
static char options[40];

static int call_insert(void)
{
	return syscall(SYS_finit_module, module, options, 0) ? errno : 0;
}

// Insert with fault n, of the kernel's or of the module's own; remove it if that was survived. Returns whether it was met.
static bool one_insert(const struct kind *kind, unsigned int n)
{
	bool met;
	int code;

	begin("insert, fault %u, %s", n, kind->name);
	if (kind == once) {
		code = faulty(call_insert, kind, n, &met);
	} else {
		snprintf(options, sizeof(options), "fail_nth=%u", n);
		code = perform(call_insert);
		met = code || get_number(MODULE, "failed");
		options[0] = '\0';
	}
	if (code && code != ENOMEM && code != EFAULT)
		fail("%s", code_name(code));
	if (code && !met)
		fail("%s without a fault", code_name(code));
	if (code && !access(FOLDER, F_OK))
		fail(FOLDER " is there after %s", code_name(code));
	if (code && !access(KLEAP_DEVICE, F_OK))
		fail(KLEAP_DEVICE " is there after %s", code_name(code));
	if (!code && syscall(SYS_delete_module, "kleap", O_NONBLOCK))
		fail("then it cannot be removed: %s", code_name(errno));
	return met;
}

void test_insert(const char *path)
{
	unsigned int n;

	module = open(path, O_RDONLY | O_CLOEXEC);
	start_worker();
	begin("insert, no fault");
	if (call_insert())
		fail("%s", code_name(errno));
	else if (known(&kinds[0])) {
		syscall(SYS_delete_module, "kleap", O_NONBLOCK);
		for (n = 1; n < FAULTS_MAX && one_insert(&kinds[0], n); n++)
			;
		printf("insert.call %u\n", n - 1);
	}
	syscall(SYS_delete_module, "kleap", O_NONBLOCK);
	if (!known(once))
		return;
	for (n = 1; n < FAULTS_MAX && one_insert(once, n); n++)
		;
	printf("insert.once %u\n", n - 1);
}
