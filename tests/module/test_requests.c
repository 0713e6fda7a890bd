/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device.c: each field of each request, by the text of kleap_ioctl.h; where the reason
 * of a refusal is written; that a limit binds all that is loaded.
 */
#include "module_test.h"

static const struct request_kind {
	unsigned int number;
	u32 size, why_at;	/* why_at 0: its structure has no place for a reason */
} kinds[] = {
	{ KLEAP_IOC_LOAD, sizeof(struct kleap_load), offsetof(struct kleap_load, why) },
	{ KLEAP_IOC_UNLOAD, sizeof(struct kleap_unload), 0 },
	{ KLEAP_IOC_LEAP, sizeof(struct kleap_leap), offsetof(struct kleap_leap, why) },
	{ KLEAP_IOC_DISABLE, sizeof(struct kleap_disable), 0 },
	{ KLEAP_IOC_STATUS, sizeof(struct kleap_status), 0 },
	{ KLEAP_IOC_REHEARSE, sizeof(struct kleap_rehearse),
	  offsetof(struct kleap_rehearse, why) },
};

#define UNWRITTEN 0xee

/* The load is refused for this, and nothing is loaded. */
static void refused(struct request *request, long code, enum kimg_error error, u64 a)
{
	HOLDS(load(request) == -code);
	HOLDS(request->load.why.error == error && request->load.why.a == a);
	HOLDS(!request->load.why.pad && state() == KLEAP_STATE_NONE);
}

static void test_flags(void)
{
	for (unsigned int bit = 0; bit < 32; bit++) {
		struct kleap_unload unload = { sizeof(unload), 1u << bit };
		struct kleap_disable disable = { sizeof(disable), 1u << bit };
		struct request request;

		if (1u << bit == KLEAP_LOAD_CHECK)
			continue;
		good_request(&request);
		request.load.flags = 1u << bit | KLEAP_LOAD_CHECK;
		refused(&request, EINVAL, KIMG_E_ABI_FLAGS, 1u << bit);
		request.load.flags = 1u << bit;
		refused(&request, EINVAL, KIMG_E_ABI_FLAGS, 1u << bit);
		HOLDS(ask(KLEAP_IOC_UNLOAD, &unload, sizeof(unload)) == -EINVAL);
		HOLDS(ask(KLEAP_IOC_DISABLE, &disable, sizeof(disable)) == -EINVAL);
		HOLDS(!kleap_image_disabled());
	}
	load_good();
	for (u32 when = 0; when < 40; when++) {
		u32 number = when < 8 ? when : 1u << (when - 8);
		struct kleap_leap request = { .size = sizeof(request), .when = number };

		if (number == KLEAP_LEAP_AT_REBOOT || number == KLEAP_LEAP_CANCEL)
			continue;
		HOLDS(ask(KLEAP_IOC_LEAP, &request, sizeof(request)) == -EINVAL);
		HOLDS(request.why.error == KIMG_E_ABI_FLAGS && request.why.a == number);
		HOLDS(!kleap_leap_armed());
	}
}

static void test_reserved(void)
{
	struct request request;

	for (unsigned int bit = 0; bit < 32; bit++) {
		good_request(&request);
		request.load.entry.reserved = 1u << bit;
		refused(&request, EINVAL, KIMG_E_ABI_RESERVED, 0);
	}
}

/* ---- Sizes ---------------------------------------------------------------------------- */

/* A good request of this kind, of `size` bytes by its own word, at the end of memory. */
static long ask_sized(const struct request_kind *kind, u32 size, unsigned char *at, size_t room)
{
	memcpy(at, &size, sizeof(size));
	return ask(kind->number, at, room);
}

static void test_sizes(void)
{
	static unsigned char memory[PAGE_SIZE + 64];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct request_kind *kind = &kinds[i];
		unsigned char *at = memory;
		struct request request;
		u32 cancel = KLEAP_LEAP_CANCEL, times = 1;

		if (kind->number == KLEAP_IOC_DISABLE)
			continue;	/* once is for ever: below */
		for (u32 size = 0; size < kind->size; size++) {
			memset(memory, 0, sizeof(memory));
			HOLDS(ask_sized(kind, size, at, sizeof(memory)) == -EINVAL);
		}
		/* What a newer program sends, if it asks for nothing new. */
		for (u32 more = 0; more < 3; more++) {
			static const u32 sizes[] = { 0, 8, PAGE_SIZE };
			u32 size = more < 2 ? kind->size + sizes[more] : PAGE_SIZE;

			memset(memory, 0, sizeof(memory));
			good_request(&request);
			if (kind->number == KLEAP_IOC_LOAD)
				memcpy(at, &request.load, kind->size);
			if (kind->number == KLEAP_IOC_LEAP)
				memcpy(at + 4, &cancel, 4);
			if (kind->number == KLEAP_IOC_REHEARSE)
				memcpy(at + 4, &times, 4);
			if (kind->number == KLEAP_IOC_UNLOAD ||
			    kind->number == KLEAP_IOC_REHEARSE)
				load_good();
			memcpy(at, &size, sizeof(size));
			kernel.user[2] = (struct user_range){
				(unsigned char *)request.segment, sizeof(request.segment), false };
			HOLDS(ask(kind->number, at, sizeof(memory)) == 0);
			kernel.user[2].size = 0;
		}
		/* And if it does. */
		memset(memory, 0, sizeof(memory));
		memory[kind->size + 7] = 1;
		HOLDS(ask_sized(kind, kind->size + 8, at, sizeof(memory)) == -E2BIG);
		/* Or if that is not to be read, or more than a page. */
		memset(memory, 0, sizeof(memory));
		HOLDS(ask_sized(kind, kind->size + 8, at, kind->size + 4) == -EFAULT);
		HOLDS(ask_sized(kind, PAGE_SIZE + 1, at, sizeof(memory)) == -E2BIG);
		HOLDS(ask_sized(kind, UINT32_MAX, at, sizeof(memory)) == -E2BIG);
		/* No request, half a size, a size alone, all but the last byte. */
		HOLDS(ask_sized(kind, kind->size, at, 0) == -EFAULT);
		HOLDS(ask_sized(kind, kind->size, at, 2) == -EFAULT);
		HOLDS(ask_sized(kind, kind->size, at, 4) == -EFAULT);
		HOLDS(ask_sized(kind, kind->size, at, kind->size - 1) == -EFAULT);
	}
}

static void test_size_of_disable(void)
{
	struct {
		struct kleap_disable disable;
		u32 more;
	} request = { { sizeof(request), 0 }, 1 };

	HOLDS(ask(KLEAP_IOC_DISABLE, &request, sizeof(request)) == -E2BIG);
	request.disable.size = sizeof(request.disable) - 1;
	HOLDS(ask(KLEAP_IOC_DISABLE, &request, sizeof(request)) == -EINVAL);
	HOLDS(!kleap_image_disabled());
	request.disable.size = sizeof(request);
	request.more = 0;
	HOLDS(!ask(KLEAP_IOC_DISABLE, &request, sizeof(request)) && kleap_image_disabled());
}

/* A size that another thread changes between the two readings. */
static void test_size_that_changes(void)
{
	struct request request;

	good_request(&request);
	kernel.race = (unsigned char *)&request.load.size;
	kernel.race_byte = sizeof(request.load) - 1;
	kernel.race_at = 1;
	HOLDS(load(&request) == -EINVAL);
	HOLDS(state() == KLEAP_STATE_NONE);
	kernel.race = NULL;
}

/* ---- The reason ------------------------------------------------------------------------- */

/* Where there is room for it, by the size that the request has; else nothing is written. */
static void reasons(enum kimg_error sized)
{
	static unsigned char memory[PAGE_SIZE], before[PAGE_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const struct request_kind *kind = &kinds[i];
		u32 end = kind->why_at + (u32)sizeof(struct kleap_why);

		for (u32 size = 0; size < end + 8; size++) {
			struct kleap_why why;

			memset(memory, UNWRITTEN, sizeof(memory));
			memcpy(memory, &size, sizeof(size));
			memcpy(before, memory, sizeof(before));
			HOLDS(ask(kind->number, memory, sizeof(memory)) < 0);
			if (kind->why_at && size >= end) {
				memcpy(&why, memory + kind->why_at, sizeof(why));
				memcpy(before + kind->why_at, &why, sizeof(why));
				HOLDS(why.error && why.error < KIMG_E_COUNT);
				HOLDS(!sized || why.error == sized);
			}
			HOLDS(!memcmp(memory, before, sizeof(memory)));
		}
	}
}

static void test_reason(void)
{
	reasons(KIMG_OK);
	/* Refused before any size was looked at. */
	kernel.may_boot = false;
	reasons(KIMG_E_PERMISSION);
}

/* The numbers come with it; memory that cannot be written to is no other error. */
static void test_reason_in_full(void)
{
	struct request request;

	good_request(&request);
	request.segment[2].mem = request.segment[0].mem + PAGE_SIZE;
	HOLDS(load(&request) == -EINVAL);
	HOLDS(request.load.why.error == KIMG_E_SEGMENT_OVERLAP);
	HOLDS(request.load.why.seg == 2 && request.load.why.other == 0);
	HOLDS(request.load.why.a == 0x181000 && request.load.why.b == 0x184000);
	HOLDS(request.load.why.c == 0x180000 && request.load.why.d == 0x185000);
	memset(&request.load.why, UNWRITTEN, sizeof(request.load.why));
	kernel.user[0] = (struct user_range){ (void *)&request, sizeof(request), false };
	HOLDS(kernel_ioctl(KLEAP_IOC_LOAD, &request) == -EINVAL);
	HOLDS(((unsigned char *)&request.load.why)[0] == UNWRITTEN);
}

static void test_status_unwritable(void)
{
	struct kleap_status answer = { .size = sizeof(answer) };

	kernel.user[0] = (struct user_range){ (void *)&answer, sizeof(answer), false };
	HOLDS(kernel_ioctl(KLEAP_IOC_STATUS, &answer) == -EFAULT);
}

/* Direction and size in the number do not count; letter and number do. */
static void test_numbers(void)
{
	struct kleap_status answer = { .size = sizeof(answer) };

	for (unsigned int nr = 0; nr < 256; nr++) {
		kernel.trace[0] = '\0';
		if (nr - _IOC_NR(KLEAP_IOC_LOAD) < ARRAY_SIZE(kinds))
			continue;
		HOLDS(ask(_IOWR('k', nr, struct kleap_load), &answer, sizeof(answer)) == -ENOTTY);
		HOLDS(!kernel.trace[0]);
	}
	HOLDS(ask(_IOWR('j', 0xe4, struct kleap_status), &answer, sizeof(answer)) == -ENOTTY);
	HOLDS(!ask(_IOC(0, 'k', 0xe4, 9999), &answer, sizeof(answer)));
	HOLDS(answer.abi == KLEAP_ABI);
}

/* ---- Segments and registers --------------------------------------------------------------- */

static void test_segments(void)
{
	struct request request;

	good_request(&request);
	request.load.segment_count = 0;
	refused(&request, EINVAL, KIMG_E_IMAGE_EMPTY, 0);
	request.load.segment_count = KIMG_SEGMENT_MAX + 1;
	refused(&request, EINVAL, KIMG_E_SEGMENTS_TOO_MANY, KIMG_SEGMENT_MAX + 1);
	request.load.segment_count = UINT32_MAX;
	refused(&request, EINVAL, KIMG_E_SEGMENTS_TOO_MANY, UINT32_MAX);
	good_request(&request);
	request.load.segments = 0;
	refused(&request, EFAULT, KIMG_E_ABI_POINTER, 0);
	good_request(&request);
	request.load.segments += sizeof(request.segment) - 2 * sizeof(request.segment[0]);
	refused(&request, EFAULT, KIMG_E_ABI_POINTER, request.load.segments);
	/* A buffer that goes on at 0. */
	good_request(&request);
	request.segment[1].buf = UINT64_MAX - 100;
	refused(&request, EFAULT, KIMG_E_ABI_POINTER, UINT64_MAX - 100);
	good_request(&request);
	for (u32 i = 0; i < KIMG_SEGMENT_MAX; i++)
		request.segment[i] = (struct kleap_segment){ .mem = 0x110000 + i * 0x2000,
							     .memsz = PAGE_SIZE };
	request.load.segment_count = KIMG_SEGMENT_MAX;
	request.load.entry.address = 0x110000;
	HOLDS(!load(&request) && status().segment_count == KIMG_SEGMENT_MAX);
}

static void test_registers(void)
{
	enum { GDT = KLEAP_X86_GDT_BASE, LIMIT = KLEAP_X86_GDT_LIMIT };
	/* The first segment is 0x180000 to 0x185000, the second 0x110000 to 0x112000. */
	static const u32 entry[] = { 0, 0x10ffff, 0x112000, 0x17ffff, 0x185000, 0xffffffff };
	static const struct {
		u32 base, limit, wrong;	/* the index of what is refused; 0: nothing */
	} gdt[] = {
		{ 0, 0, 0 },
		{ 0x110000, 0x1fff, 0 },
		{ 0x110000, 0x2000, GDT },
		{ 0x111fe0, 0x1f, 0 },
		{ 0x111fe1, 0x1f, GDT },
		{ 0x10ffff, 0x1f, GDT },
		{ 0xfffffff0, 0x1f, GDT },
		{ 0x180000, 0x10000, LIMIT },
		{ 0x180000, 0xffffffff, LIMIT },
	};
	struct request request;

	for (size_t i = 0; i < ARRAY_SIZE(entry); i++) {
		good_request(&request);
		request.load.entry.address = entry[i];
		refused(&request, EINVAL, KIMG_E_ABI_REGISTERS, KLEAP_REGISTERS);
		HOLDS(request.load.why.b == entry[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(gdt); i++) {
		good_request(&request);
		request.load.entry.reg[KLEAP_X86_GDT_BASE] = gdt[i].base;
		request.load.entry.reg[KLEAP_X86_GDT_LIMIT] = gdt[i].limit;
		if (gdt[i].wrong) {
			refused(&request, EINVAL, KIMG_E_ABI_REGISTERS, gdt[i].wrong);
			HOLDS(request.load.why.b ==
			      (gdt[i].wrong == GDT ? gdt[i].base : gdt[i].limit));
			continue;
		}
		HOLDS(!load(&request) && !unload());
	}
	good_request(&request);
	request.load.entry.address = 0x184fff;
	HOLDS(!load(&request) && !unload());
	/* One that goes on at 0, with segments at both ends of the addresses. */
	request.segment[1].mem = 0;
	request.segment[2].mem = 0xffffd000;
	request.load.entry.reg[KLEAP_X86_GDT_BASE] = 0xfffffff0;
	request.load.entry.reg[KLEAP_X86_GDT_LIMIT] = 0x1f;
	refused(&request, EINVAL, KIMG_E_ABI_REGISTERS, GDT);
	request.load.entry.reg[KLEAP_X86_GDT_LIMIT] = 0xf;
	HOLDS(!load(&request));
}

/* ---- The limit ------------------------------------------------------------------------------ */

/* Every frame of the loaded image lies below this one. */
static void all_below(u64 frame)
{
	const struct kimg_image *kimg = &kernel_image()->kimg;
	static const u32 pages[SEGMENTS] = { 5, 2, 3 };

	for (u32 i = 0; i < kimg->list_pages; i++)
		HOLDS(kimg->directory[i] < frame);
	for (u32 i = 0; i < kimg->control_pages; i++)
		HOLDS(kimg->control[i] < frame);
	for (u32 i = 0; i < SEGMENTS; i++)
		for (u32 page = 0; page < pages[i]; page++)
			HOLDS(source_of(i, page) < frame);
}

static void test_limit(void)
{
	static const struct {
		u64 limit, frame;
	} good[] = {
		{ 0, (MACHINE_LIMIT + 1) / PAGE_SIZE },
		/* As high as a leap reaches, and no higher. */
		{ MACHINE_LIMIT, (MACHINE_LIMIT + 1) / PAGE_SIZE },
		{ MACHINE_LIMIT + 1, (MACHINE_LIMIT + 1) / PAGE_SIZE },
		{ UINT64_MAX, (MACHINE_LIMIT + 1) / PAGE_SIZE },
		{ 0xffffffff, 0x100000 },
		{ 0x1fffff, 0x200 },
		{ 0x1ffffe, 0x1ff },
		/* The last byte of the highest segment. */
		{ 0x184fff, 0x185 },
	};
	struct request request;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		good_request(&request);
		request.load.limit = good[i].limit;
		HOLDS(!load(&request));
		all_below(good[i].frame);
		HOLDS(!unload());
	}
	good_request(&request);
	request.load.limit = 0x184ffe;
	HOLDS(load(&request) == -EINVAL);
	HOLDS(request.load.why.error == KIMG_E_SEGMENT_LIMIT && request.load.why.seg == 0);
	HOLDS(request.load.why.b == 0x184ffe);
	request.load.limit = 1;
	HOLDS(load(&request) == -EINVAL && request.load.why.error == KIMG_E_SEGMENT_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		machine_test(test_flags),
		machine_test(test_reserved),
		machine_test(test_sizes),
		machine_test(test_size_of_disable),
		machine_test(test_size_that_changes),
		machine_test(test_reason),
		machine_test(test_reason_in_full),
		machine_test(test_status_unwritable),
		machine_test(test_numbers),
		machine_test(test_segments),
		machine_test(test_registers),
		machine_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
