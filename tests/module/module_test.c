/* SPDX-License-Identifier: GPL-2.0-only */
/* See module_test.h. */
#include "module_test.h"

#include <sys/wait.h>
#include <unistd.h>

/* Seconds after which a test hangs. */
#define PATIENCE 60

unsigned char data[DATA_SIZE];
static bool inserted;

void broken(const char *what, ...)
{
	va_list arguments;

	va_start(arguments, what);
	fprintf(stderr, "BROKEN: ");
	vfprintf(stderr, what, arguments);
	fprintf(stderr, "\n%s", kernel.log);
	va_end(arguments);
	_exit(1);
}

static void run(void (*test)(void))
{
	alarm(PATIENCE);
	for (size_t i = 0; i < DATA_SIZE; i++)
		data[i] = (unsigned char)(1 + i * 7 + i / PAGE_SIZE);
	kernel_boot();
	inserted = !module_start();
	HOLDS(inserted);
	test();
	if (kernel.over)
		exit(0);
	if (inserted)
		module_stop();
	kernel_off();
	/* The exit runs the leak checks. */
	exit(0);
}

void on_machine(void **state)
{
	void (*test)(void) = (void (*)(void))(uintptr_t)*state;
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (!child)
		run(test);
	assert_true(child > 0 && waitpid(child, &status, 0) == child);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		fail_msg("it hangs");
	assert_int_equal(status, 0);
}

void without_module(void)
{
	module_stop();
	inserted = false;
	kernel_clean();
}

void good_request(struct request *request)
{
	static const struct kleap_segment segment[SEGMENTS] = {
		{ .mem = 0x180000, .memsz = 5 * PAGE_SIZE, .bufsz = 3 * PAGE_SIZE + 100 },
		{ .mem = 0x110000, .memsz = 2 * PAGE_SIZE, .bufsz = 2 * PAGE_SIZE },
		{ .mem = 0x140000, .memsz = 3 * PAGE_SIZE },
	};

	memset(request, 0, sizeof(*request));
	memcpy(request->segment, segment, sizeof(segment));
	request->segment[0].buf = (uintptr_t)data;
	request->segment[1].buf = (uintptr_t)data + 5 * PAGE_SIZE;
	request->load.size = sizeof(request->load);
	request->load.segments = (uintptr_t)request->segment;
	request->load.segment_count = SEGMENTS;
	request->load.entry.machine = USUAL_ENTRY;
	request->load.entry.address = 0x181000;
}

long ask(unsigned int number, void *request, size_t size)
{
	kernel.user[0] = (struct user_range){ request, size, true };
	kernel.user[1] = (struct user_range){ data, sizeof(data), false };
	return kernel_ioctl(number, request);
}

long load(struct request *request)
{
	return ask(KLEAP_IOC_LOAD, request, sizeof(*request));
}

long unload(void)
{
	struct kleap_unload request = { .size = sizeof(request) };

	return ask(KLEAP_IOC_UNLOAD, &request, sizeof(request));
}

long leap(u32 when, enum kimg_error *error)
{
	struct kleap_leap request = { .size = sizeof(request), .when = when };
	long code = ask(KLEAP_IOC_LEAP, &request, sizeof(request));

	if (error)
		*error = request.why.error;
	return code;
}

long disable(void)
{
	struct kleap_disable request = { .size = sizeof(request) };

	return ask(KLEAP_IOC_DISABLE, &request, sizeof(request));
}

struct kleap_status status(void)
{
	struct kleap_status answer = { .size = sizeof(answer) };

	HOLDS(!ask(KLEAP_IOC_STATUS, &answer, sizeof(answer)));
	return answer;
}

u32 state(void)
{
	return status().state;
}

void load_good(void)
{
	struct request request;

	good_request(&request);
	HOLDS(!load(&request));
	HOLDS(state() == KLEAP_STATE_LOADED && kernel_image());
}

void load_and_arm(void)
{
	load_good();
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	HOLDS(state() == KLEAP_STATE_ARMED && kleap_leap_armed());
}

void load_arm_and_clear_log(void)
{
	load_and_arm();
	kernel.log[0] = '\0';
}

/* Where the entry for a page of a segment stands. */
static struct kimg_pos position(u32 segment, u32 page)
{
	const struct kimg_image *kimg = &kernel_image()->kimg;
	u32 i;

	for (i = 0; kimg->extent[i].index != segment; i++)
		HOLDS(i + 1 < kimg->extents);
	HOLDS(page < kimg->extent[i].pages);
	return kimg_position(kimg, kimg->extent[i].entry + 1 + page);
}

u64 source_of(u32 segment, u32 page)
{
	struct kimg_pos pos = position(segment, page);
	u64 entry = 0;

	memcpy(&entry, sim_peek(kernel.sim, pos.frame) + pos.slot * ENTRY_SIZE, ENTRY_SIZE);
	return entry >> PAGE_SHIFT;
}

void turn_bit(u64 frame, size_t offset)
{
	unsigned char byte = sim_peek(kernel.sim, frame)[offset] ^ (1 << offset % 8);

	HOLDS(sim_poke(kernel.sim, frame, offset, &byte, 1));
}

u64 set_entry(u32 segment, u32 page, u64 entry)
{
	struct kimg_pos pos = position(segment, page);
	u64 was = 0;

	memcpy(&was, sim_peek(kernel.sim, pos.frame) + pos.slot * ENTRY_SIZE, ENTRY_SIZE);
	HOLDS(sim_poke(kernel.sim, pos.frame, pos.slot * ENTRY_SIZE, &entry, ENTRY_SIZE));
	return was;
}
