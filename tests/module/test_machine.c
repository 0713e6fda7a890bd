/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine/x86.c and ranges.c: which machines are leapt from, in which states a kernel is
 * entered, and what memory the leap touches.
 */
#include "module_test.h"

#include <sys/mman.h>

#include "machine/machine.h"

#ifdef CONFIG_X86_64
#define IS_64 true
#else
#define IS_64 false
#endif

/* Load this; refused for register `index` (KLEAP_REGISTERS: the address), or not at all. */
static void load_with(struct request *request, bool good, u64 index)
{
	const struct kleap_load *load_ = &request->load;
	long code = load(request);

	if (good) {
		HOLDS(!code && !unload());
		return;
	}
	HOLDS(code == -EINVAL && load_->why.error == KIMG_E_ABI_REGISTERS);
	HOLDS(load_->why.a == index && state() == KLEAP_STATE_NONE);
	HOLDS(load_->why.b == (index < KLEAP_REGISTERS ? load_->entry.reg[index] :
			       load_->entry.address));
}

/* ---- Machines that may be left ------------------------------------------------------------ */

static void test_encrypted_memory(void)
{
	struct request request;
	u64 draws;

	good_request(&request);
	kernel.encrypted = true;
	draws = sim_counts(kernel.sim).draws;
	HOLDS(load(&request) == -EOPNOTSUPP);
	HOLDS(request.load.why.error == KIMG_E_MEMORY_ENCRYPTED);
	HOLDS(sim_counts(kernel.sim).draws == draws && state() == KLEAP_STATE_NONE);
	kernel.encrypted = false;
	HOLDS(!load(&request));
}

static void test_limits(void)
{
	HOLDS(machine_limit() == MACHINE_LIMIT);
	HOLDS(machine_control_limit() == CONTROL_END - 1);
#ifdef CONFIG_X86_64
	/* The lower half of an address space of four levels ends before these addresses do. */
	boot_cpu_data.x86_phys_bits = 52;
	HOLDS(machine_limit() == (1ull << 47) - 1);
	kernel.cr4 |= X86_CR4_LA57;
	HOLDS(machine_limit() == (1ull << 52) - 1);
	kernel.cr4 &= ~X86_CR4_LA57;
	boot_cpu_data.x86_phys_bits = 40;
#endif
}

/* Eight ports. */
static void test_uart(void)
{
	static const u64 none[] = { 0xfff9, 0xffff, 0x10000, 0x1000003f8, UINT64_MAX };
	struct request request;

	for (size_t i = 0; i < ARRAY_SIZE(none); i++) {
		good_request(&request);
		request.load.uart = none[i];
		HOLDS(load(&request) == -EINVAL && request.load.why.error == KIMG_E_ABI_UART);
		HOLDS(request.load.why.a == none[i]);
	}
	request.load.uart = 0xfff8;
	HOLDS(!load(&request));
	/* None that has no ports. */
	for (request.load.uart_type = 1; request.load.uart_type; request.load.uart_type *= 2) {
		HOLDS(load(&request) == -EINVAL && request.load.why.error == KIMG_E_ABI_UART);
		HOLDS(request.load.why.b == request.load.uart_type);
	}
}

/* ---- The state in which a kernel is entered ------------------------------------------------ */

static void test_machines(void)
{
	/* Those of ARM, when they come, and numbers that ELF has. */
	static const u32 others[] = { 0, 3, 4, 5, 40, 62, 183, 0x8664, 0xffffffff };
	struct request request;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		good_request(&request);
		request.load.entry.machine = others[i];
		HOLDS(load(&request) == -EINVAL);
		HOLDS(request.load.why.error == KIMG_E_ABI_MACHINE);
		HOLDS(request.load.why.a == others[i]);
	}
	good_request(&request);
	request.load.entry.machine = KLEAP_X86_64;
	if (IS_64) {
		HOLDS(!load(&request));
		return;
	}
	HOLDS(load(&request) == -EINVAL);
	HOLDS(request.load.why.error == KIMG_E_ABI_MACHINE && request.load.why.a == KLEAP_X86_64);
}

/* A state of 32 bits has registers of 32 bits, and no tables. */
static void test_registers_32(void)
{
	struct request request;

	for (u32 i = 0; i < KLEAP_REGISTERS; i++) {
		bool refers = i == KLEAP_X86_GDT_BASE || i == KLEAP_X86_GDT_LIMIT;

		good_request(&request);
		request.load.entry.reg[i] = 1ull << 32;
		load_with(&request, false, i);
		request.load.entry.reg[i] = UINT32_MAX;
		load_with(&request, i < KLEAP_X86_TABLES && i != KLEAP_X86_GDT_LIMIT, i);
		request.load.entry.reg[i] = 0x180000;
		load_with(&request, i < KLEAP_X86_TABLES && (!refers || i == KLEAP_X86_GDT_BASE), i);
	}
	good_request(&request);
	request.load.entry.address += 1ull << 32;
	load_with(&request, false, KLEAP_REGISTERS);
	/* Not even where a segment is. */
	request.segment[2].mem = 1ull << 32;
	request.load.entry.address = 1ull << 32;
	if (IS_64)
		load_with(&request, false, KLEAP_REGISTERS);
}

#ifdef CONFIG_X86_64
static void test_registers_64(void)
{
	struct request request;

	for (u32 i = 0; i < KLEAP_REGISTERS; i++) {
		good_request(&request);
		request.load.entry.machine = KLEAP_X86_64;
		request.load.entry.reg[i] = UINT64_MAX;
		load_with(&request, i <= KLEAP_X86_SP || i == KLEAP_X86_GDT_BASE, i);
		request.load.entry.reg[i] = 1;
		if (i != KLEAP_X86_GDT_LIMIT)
			load_with(&request, i < KLEAP_X86_TABLES, i);
	}
	/* The address, above 4 GiB: in a segment, or not. */
	good_request(&request);
	request.load.entry.machine = KLEAP_X86_64;
	request.segment[0].mem = 5ull << 30;
	request.load.entry.address = (5ull << 30) + 5 * PAGE_SIZE - 1;
	load_with(&request, true, 0);
	request.load.entry.address++;
	load_with(&request, false, KLEAP_REGISTERS);
	request.load.entry.address = 1ull << 30;
	load_with(&request, false, KLEAP_REGISTERS);
	/* A GDT there. */
	request.load.entry.address = 5ull << 30;
	request.load.entry.reg[KLEAP_X86_GDT_BASE] = (5ull << 30) + 5 * PAGE_SIZE - 32;
	request.load.entry.reg[KLEAP_X86_GDT_LIMIT] = 31;
	load_with(&request, true, 0);
	request.load.entry.reg[KLEAP_X86_GDT_LIMIT] = 32;
	load_with(&request, false, KLEAP_X86_GDT_BASE);
}

/* Both tables lie in the image, each in a page. */
static void test_tables(void)
{
	static const struct {
		u64 at;
		bool good;
	} tables[] = {
		{ 0x180000, true }, { 0x183000, true }, { 0x184000, false }, { 0x17f000, false },
		{ 0x110000, true }, { 0x111000, false }, { 0x180800, false }, { 0x180001, false },
		{ 1ull << 52, false }, { 0xfffffffffffff000, false }, { 0x1000, false },
	};
	struct request request;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		good_request(&request);
		request.load.entry.machine = KLEAP_X86_64;
		request.load.entry.reg[KLEAP_X86_TABLES] = tables[i].at;
		load_with(&request, tables[i].good, KLEAP_X86_TABLES);
	}
}

/* ---- Callers of 32 bits on a kernel of 64 --------------------------------------------------- */

static long load_compat(struct request *request)
{
	long code;

	kernel.user[0] = (struct user_range){ (void *)request, sizeof(*request), true };
	kernel.user[1] = (struct user_range){ data, sizeof(data), false };
	kernel.compat = true;
	code = kernel_ioctl(KLEAP_IOC_LOAD, request);
	kernel.compat = false;
	return code;
}

static void test_callers_of_32_bits(void)
{
	static const u64 wide[] = { 1ull << 32, 0xffffffff80000000, UINT64_MAX - 100 };
	struct request *request = mmap(NULL, sizeof(*request), PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	HOLDS(request != MAP_FAILED);
	for (size_t i = 0; i < ARRAY_SIZE(wide); i++) {
		good_request(request);
		request->load.segments = wide[i];
		HOLDS(load_compat(request) == -EFAULT);
		HOLDS(request->load.why.error == KIMG_E_ABI_WIDTH);
		HOLDS(request->load.why.a == wide[i]);
	}
	/* The data of one segment: no matter how little of it; up to the last byte. */
	for (size_t i = 0; i < 5; i++) {
		static const struct {
			u64 buf, bufsz;
			enum kimg_error error;
		} cases[] = {
			{ 1ull << 32, 0, KIMG_E_ABI_WIDTH },
			{ 0xfffff001, PAGE_SIZE, KIMG_E_ABI_WIDTH },
			{ 0xffffffff80000000, PAGE_SIZE, KIMG_E_ABI_WIDTH },
			{ UINT64_MAX - 100, PAGE_SIZE, KIMG_E_ABI_POINTER },
			/* These have 32 bits, and nothing there. */
			{ 0xffffe000, PAGE_SIZE, KIMG_E_DATA },
		};

		good_request(request);
		request->segment[0].bufsz = request->segment[1].bufsz = 0;
		request->segment[0].buf = request->segment[1].buf = 0;
		request->segment[1].buf = cases[i].buf;
		request->segment[1].bufsz = cases[i].bufsz;
		HOLDS(load_compat(request) == -EFAULT);
		HOLDS(request->load.why.error == cases[i].error);
		HOLDS(cases[i].error == KIMG_E_DATA || request->load.why.a == cases[i].buf);
	}
	/* Its structures are those of everybody; addresses of the machine have 64 bits. */
	good_request(request);
	request->segment[0].bufsz = request->segment[1].bufsz = 0;
	request->segment[0].buf = request->segment[1].buf = 0;
	request->segment[2].mem = 5ull << 30;
	HOLDS(!load_compat(request) && !unload());
	munmap(request, sizeof(*request));
}

/* ---- What the leap touches ------------------------------------------------------------------- */

/* Does this page of memory belong to what was added, or is it the image's? */
static bool touched(const struct kimg_image *kimg, u64 page)
{
	for (unsigned int i = 0; i < kernel.rams; i++)
		if (page >= kernel.ram[i].start && page + PAGE_SIZE - 1 <= kernel.ram[i].end)
			return true;
	for (u32 i = 0; i < kimg->extents; i++)
		if (page >> PAGE_SHIFT >= kimg->extent[i].first &&
		    page >> PAGE_SHIFT < kimg->extent[i].first + kimg->extent[i].pages)
			return true;
	return false;
}

/* Pages from 0 to `end`: each is in the ranges if it is touched, and only then. */
static void judge_ranges(const struct kimg_image *kimg, u64 end)
{
	struct kimg_range *range = NULL;
	struct kimg_why why;
	u32 count, i = 0;

	HOLDS(kleap_memory_ranges(kimg, &range, &count, &why) == KIMG_OK);
	for (u32 k = 0; k < count; k++) {
		HOLDS(range[k].start < range[k].end && range[k].end <= end);
		HOLDS(range[k].start % PAGE_SIZE == 0 && range[k].end % PAGE_SIZE == 0);
		/* Not even touching. */
		HOLDS(!k || range[k - 1].end < range[k].start);
	}
	for (u64 page = 0; page < end; page += PAGE_SIZE) {
		while (i < count && range[i].end <= page)
			i++;
		HOLDS(touched(kimg, page) == (i < count && range[i].start <= page));
	}
	kvfree(range);
}

/* The image has pages at 0x110 to 0x111, 0x140 to 0x142 and 0x180 to 0x184. */
static void test_ranges(void)
{
	static const struct resource cases[][4] = {
		/* Around the image, inside it, across its ends, beside it. */
		{ { 0x100000, 0x1fffff } },
		{ { 0x100000, 0x110fff }, { 0x141000, 0x141fff }, { 0x184000, 0x1fffff } },
		{ { 0x100000, 0x10ffff }, { 0x112000, 0x13ffff }, { 0x143000, 0x17ffff },
		  { 0x185000, 0x1fffff } },
		{ { 0x1000, 0x9ffff }, { 0x186000, 0x1fffff } },
		{ { 0, 0xfff }, { 0x1000, 0x1fff } },
		/* Ends within pages, and no whole page. */
		{ { 0x1001, 0x9fbff }, { 0x100000, 0x10f7ff }, { 0x185800, 0x186fff } },
		{ { 0x1001, 0x1fff }, { 0x2000, 0x2ffe }, { 0x3800, 0x47ff }, { 0x5800, 0x67fe } },
		/* Not in order, as no kernel has them, and overlapping. */
		{ { 0x1c0000, 0x1fffff }, { 0x150000, 0x1c8fff }, { 0x100000, 0x157fff } },
		{ { 0, 0 } },
	};

	load_good();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (kernel.rams = 0; kernel.rams < 4 && cases[i][kernel.rams].end; kernel.rams++)
			kernel.ram[kernel.rams] = cases[i][kernel.rams];
		judge_ranges(&kernel_image()->kimg, 0x200000);
	}
}

/* Memory that no leap reaches, as far as it is there. */
static void test_ranges_beyond(void)
{
	struct kimg_range *range = NULL;
	struct kimg_why why;
	u32 count;

	load_good();
	kernel.rams = 2;
	kernel.ram[0] = (struct resource){ MACHINE_LIMIT + 1 - 2 * PAGE_SIZE,
					   MACHINE_LIMIT + PAGE_SIZE };
	kernel.ram[1] = (struct resource){ MACHINE_LIMIT + 0x100000, MACHINE_LIMIT + 0x1fffff };
	HOLDS(kleap_memory_ranges(&kernel_image()->kimg, &range, &count, &why) == KIMG_OK);
	HOLDS(range[count - 1].start == MACHINE_LIMIT + 1 - 2 * PAGE_SIZE);
	HOLDS(range[count - 1].end == MACHINE_LIMIT + 1);
	kvfree(range);
}

/* Memory that is added between the two looks, before what was there. */
static void add_memory(void)
{
	memmove(kernel.ram + 4, kernel.ram, kernel.rams * sizeof(kernel.ram[0]));
	for (unsigned int i = 0; i < 4; i++)
		kernel.ram[i] = (struct resource){ 0x10000 + i * 0x4000, 0x11fff + i * 0x4000 };
	kernel.rams += 4;
}

static void remove_memory(void)
{
	kernel.rams--;
}

static void test_ranges_that_change(void)
{
	load_good();
	kernel.ram[0] = (struct resource){ 0x100000, 0x1fffff };
	kernel.rams = 1;
	kernel.after_walk = add_memory;
	judge_ranges(&kernel_image()->kimg, 0x200000);
	kernel.after_walk = remove_memory;
	judge_ranges(&kernel_image()->kimg, 0x200000);
}

static void test_no_memory_for_ranges(void)
{
	struct kimg_range *range = NULL;
	struct kimg_why why;
	u32 count;

	load_good();
	kernel.fail_nth = 1;
	HOLDS(kleap_memory_ranges(&kernel_image()->kimg, &range, &count, &why) == KIMG_E_NO_SCRATCH);
	HOLDS(why.a >= 3 * sizeof(*range));
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		machine_test(test_encrypted_memory),
		machine_test(test_limits),
		machine_test(test_uart),
		machine_test(test_machines),
		machine_test(test_registers_32),
#ifdef CONFIG_X86_64
		machine_test(test_registers_64),
		machine_test(test_tables),
		machine_test(test_callers_of_32_bits),
		machine_test(test_ranges),
		machine_test(test_ranges_beyond),
		machine_test(test_ranges_that_change),
		machine_test(test_no_memory_for_ranges),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
