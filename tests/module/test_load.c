/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * image.c: a load that fails leaves the previous image, armed if it was, and
 * nothing else; a load that succeeds replaces it.
 */
#include "module_test.h"

#define ARMED_PAGES 4

/* What is there before each load: another image than that of good_request(), armed. */
static void load_another(void)
{
	struct request request;

	good_request(&request);
	request.segment[0] = (struct kleap_segment){
		.buf = (uintptr_t)data + PAGE_SIZE, .bufsz = 3 * PAGE_SIZE,
		.mem = 0x1a0000, .memsz = ARMED_PAGES * PAGE_SIZE };
	request.load.segment_count = 1;
	request.load.entry.address = 0x1a0000;
	HOLDS(!load(&request) && !leap(KLEAP_LEAP_AT_REBOOT, NULL));
}

/* All that must be as it was. */
struct picture {
	struct kleap_status status;
	const struct kleap_image *image;
	u64 held;
};

static struct picture look(void)
{
	return (struct picture){ status(), kernel_image(), sim_counts(kernel.sim).held };
}

static void unchanged(const struct picture *before)
{
	struct picture now = look();

	HOLDS(!memcmp(&now.status, &before->status, sizeof(now.status)));
	HOLDS(now.image == before->image && now.held == before->held);
	/* That there is still something behind it. */
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL) && kleap_leap_armed());
}

/* The list, run as the trampoline does: each segment has its bytes, and zeros. */
static void test_contents(void)
{
	static unsigned char wanted[5 * PAGE_SIZE];
	struct request request;
	struct kimg_image *kimg;
	struct kimg_why why;

	good_request(&request);
	HOLDS(!load(&request));
	kimg = &kernel_image()->kimg;
	HOLDS(kimg->state == KIMG_SEALED);
	sim_set_raw(kernel.sim, true);
	HOLDS(kimg_run_list(kimg->host, kimg->head, 100, &why) == KIMG_OK);
	for (u32 i = 0; i < SEGMENTS; i++) {
		const struct kleap_segment *segment = &request.segment[i];

		memset(wanted, 0, sizeof(wanted));
		if (segment->bufsz)
			memcpy(wanted, (void *)(uintptr_t)segment->buf, segment->bufsz);
		for (u64 at = 0; at < segment->memsz; at += PAGE_SIZE)
			HOLDS(!memcmp(sim_peek(kernel.sim, (segment->mem + at) >> PAGE_SHIFT),
				      wanted + at, PAGE_SIZE));
	}
	sim_set_raw(kernel.sim, false);
}

/* Each call that can fail does, one after another. */
static void test_each_call_fails(void)
{
	struct request request;
	struct picture before;
	unsigned int n;
	long code;

	load_another();
	before = look();
	for (n = 1;; n++) {
		good_request(&request);
		kernel.fail_nth = n;
		code = load(&request);
		if (kernel.fail_nth)
			break;
		/* A draw that gives nothing may do without. */
		HOLDS(code == -ENOMEM || !code);
		if (!code) {
			HOLDS(!unload());
			load_another();
			before = look();
			continue;
		}
		HOLDS(request.load.why.error == KIMG_E_NO_SCRATCH ||
		      request.load.why.error == KIMG_E_NO_MEMORY ||
		      request.load.why.error == KIMG_E_NO_MEMORY_BELOW);
		unchanged(&before);
	}
	kernel.fail_nth = 0;
	HOLDS(!code && state() == KLEAP_STATE_LOADED && kernel_image() != before.image);
	/* The image, its scratch memory, its frames. */
	HOLDS(n > 4);
}

/* The same without an image before: nothing is there afterwards. */
static void test_nothing_before(void)
{
	struct request request;

	for (unsigned int n = 1; n < 4; n++) {
		good_request(&request);
		kernel.fail_nth = n;
		HOLDS(load(&request) == -ENOMEM);
		HOLDS(state() == KLEAP_STATE_NONE && !kernel_image());
		HOLDS(!sim_counts(kernel.sim).held);
	}
}

/* Data that end: in the first page, between pages, in the last. */
static void test_data_that_end(void)
{
	static const size_t ends[] = { 0, 1, PAGE_SIZE, PAGE_SIZE + 5, 3 * PAGE_SIZE + 99 };
	struct request request;
	struct picture before;

	load_another();
	before = look();
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		good_request(&request);
		kernel.user[0] = (struct user_range){ (void *)&request, sizeof(request), true };
		kernel.user[1] = (struct user_range){ data, ends[i], false };
		kernel.user[2] = (struct user_range){ data + 5 * PAGE_SIZE, 2 * PAGE_SIZE, false };
		HOLDS(kernel_ioctl(KLEAP_IOC_LOAD, &request) == -EFAULT);
		HOLDS(request.load.why.error == KIMG_E_DATA && request.load.why.seg == 0);
		kernel.user[2].size = 0;
		unchanged(&before);
	}
}

/* A fatal signal at each page that is filled. */
static void test_signal(void)
{
	struct request request;
	struct picture before;

	load_another();
	before = look();
	for (unsigned int n = 1; n < 6; n++) {
		good_request(&request);
		kernel.signal_after = n;
		HOLDS(load(&request) == -EINTR);
		HOLDS(request.load.why.error == KIMG_E_INTERRUPTED);
		kernel.signal_after = 0;
		unchanged(&before);
	}
}

/* Refused without trying: more pages than the machine has. */
static void test_too_large(void)
{
	struct request request;
	struct picture before;
	u64 drawn;

	load_another();
	before = look();
	good_request(&request);
	request.segment[0].mem = 0x1000000;
	request.segment[0].memsz = (totalram_pages() - 4) * PAGE_SIZE;
	request.load.entry.address = 0x1000000;
	drawn = sim_counts(kernel.sim).draws;
	HOLDS(load(&request) == -ENOMEM);
	HOLDS(request.load.why.error == KIMG_E_LARGER_THAN_MEMORY);
	HOLDS(request.load.why.a == totalram_pages() + 1 && request.load.why.b == totalram_pages());
	HOLDS(sim_counts(kernel.sim).draws == drawn);
	unchanged(&before);
	/* As many as it has, which it cannot give. */
	request.segment[0].memsz -= PAGE_SIZE;
	HOLDS(load(&request) == -ENOMEM);
	HOLDS(request.load.why.error != KIMG_E_LARGER_THAN_MEMORY);
	HOLDS(sim_counts(kernel.sim).draws > drawn);
	unchanged(&before);
}

/* The old image goes when the new one is there: what is held is one image. */
static void test_replace(void)
{
	struct request request;
	u64 held;

	load_good();
	held = sim_counts(kernel.sim).held;
	HOLDS(held == status().frames_taken);
	for (int i = 0; i < 20; i++) {
		good_request(&request);
		HOLDS(!load(&request) && sim_counts(kernel.sim).held == held);
		/* The caller's table is out of reach once the call has returned. */
		HOLDS(!kernel_image()->memory.segment);
	}
	HOLDS(!unload() && !sim_counts(kernel.sim).held);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		machine_test(test_contents),
		machine_test(test_each_call_fails),
		machine_test(test_nothing_before),
		machine_test(test_data_that_end),
		machine_test(test_signal),
		machine_test(test_too_large),
		machine_test(test_replace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
