/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine/arm.c and hotplug.c: which restarts leap, which machines are left, in which states a
 * kernel is entered, and the control pages. The restart path is that of standin_arm.c.
 */
#include "module_test.h"

#include "arm_mair.h"
#include "machine/machine.h"
#include "trampoline.h"

#ifdef CONFIG_ARM64
#define IS_64 true
#else
#define IS_64 false
#endif

#define UART	0x9000000u

/* What the module says of CPUs, by their numbers. */
static void cpus_are(bool values[CPUS], unsigned int first, unsigned int end, bool value)
{
	for (; first < end; first++)
		values[first] = value;
}

/* A machine with this many CPUs. */
static void have_cpus(unsigned int count)
{
	cpus_are(kernel.present, 0, count, true);
	cpus_are(kernel.online, 0, count, true);
}

/* ---- Restarts that leap -------------------------------------------------------------- */

static void leaps(void)
{
	struct kleap_image *image = kernel_image();
	char line[200];

	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_LEAP);
	HOLDS(!kernel.acpi_prepared && num_online_cpus() == 1);
	HOLDS(kernel.tables == image->top_table && kernel.tables);
	HOLDS(kernel.control == image->control.frame << PAGE_SHIFT);
	/* What is in place is not cleaned by the trampoline. */
	HOLDS(kernel.cleaned == image->kimg.stats.in_place && kernel.cleaned);
	snprintf(line, sizeof(line), "<5>kleap: leaping: %u pages to copy, %u in place; ",
		 10 - kernel.cleaned, kernel.cleaned);
	HOLDS(!strncmp(kernel.log, line, strlen(line)));
}

static void test_leap(void)
{
	load_arm_and_clear_log();
	leaps();
	HOLDS(kernel.online[0] && kernel.outer_off == !IS_64);
}

static void test_no_outer_cache(void)
{
	outer_cache.disable = NULL;
	load_arm_and_clear_log();
	leaps();
	HOLDS(!kernel.outer_off);
}

/* CPUs that are offline are off, whichever they are. */
static void test_many_cpus(void)
{
	have_cpus(8);
	kernel.online[3] = kernel.online[7] = false;
	load_arm_and_clear_log();
	leaps();
	HOLDS(kernel.online[0]);
}

static void test_without_cpu_0(void)
{
	have_cpus(4);
	kernel.online[0] = kernel.online[1] = false;
	load_arm_and_clear_log();
	leaps();
	HOLDS(kernel.online[2]);
}

static void test_one_cpu(void)
{
	kernel.present[1] = kernel.online[1] = false;
	load_arm_and_clear_log();
	leaps();
}

/* A system that went on after it had been told to halt. */
static void test_after_halt(void)
{
	load_arm_and_clear_log();
	HOLDS(kernel_reboot(SYS_HALT) == OUTCOME_HALT);
	HOLDS(num_online_cpus() == 2 && kleap_leap_armed() && !kernel.log[0]);
	leaps();
}

/* ---- Restarts that are ordinary ----------------------------------------------------------- */

/* They have all CPUs, as long as nothing is armed. */
static void test_ordinary(void)
{
	load_good();
	kernel.log[0] = '\0';
	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_RESET);
	HOLDS(kernel.acpi_prepared && num_online_cpus() == 2 && !kernel.log[0]);
}

static void test_ordinary_emergency(void)
{
	load_good();
	kernel.log[0] = '\0';
	HOLDS(kernel_emergency() == OUTCOME_RESET && !kernel.log[0]);
}

/* The log is one line, for the console: this reason, with the error's id in it. */
static void stayed(enum outcome outcome, const char *reason)
{
	HOLDS(outcome == OUTCOME_RESET);
	HOLDS(!strncmp(kernel.log, "<0>kleap: not leaping: ", 23));
	HOLDS(strstr(kernel.log, reason));
	HOLDS(strstr(kernel.log, "; ordinary restart\n") && !strchr(kernel.log, '\n')[1]);
	HOLDS(!kleap_leap_armed());
}

static void test_cpu_stays(void)
{
	have_cpus(4);
	load_arm_and_clear_log();
	kernel.stays[2] = true;
	stayed(kernel_reboot(SYS_RESTART), "[cpus-stay]");
	HOLDS(strstr(kernel.log, "1 CPUs") && strstr(kernel.log, "(0x4, from CPU 0)"));
	HOLDS(kernel.acpi_prepared);
	/* The others did as they were told. */
	HOLDS(num_online_cpus() == 2 && kernel.online[2]);
}

/* Somebody takes one online again, before that is disabled. */
static void take_online(void)
{
	kernel.online[1] = true;
}

static void test_cpu_comes_back(void)
{
	load_arm_and_clear_log();
	kernel.last_moment = take_online;
	stayed(kernel_reboot(SYS_RESTART), "2 CPUs are still running");
}

static void test_kprobes_off_since(void)
{
	load_arm_and_clear_log();
	kernel_kprobes(false);
	stayed(kernel_reboot(SYS_RESTART), "[kprobes-off]");
}

static void test_locked_down_since(void)
{
	load_arm_and_clear_log();
	kernel.locked_down = true;
	stayed(kernel_reboot(SYS_RESTART), "locked down");
	HOLDS(num_online_cpus() == 2);
}

#define EMERGENCY "this is an emergency restart"

static void test_emergency(void)
{
	load_arm_and_clear_log();
	stayed(kernel_emergency(), EMERGENCY);
}

/* A restart that hangs in a driver: the notifiers were called, and no more. */
static void test_emergency_while_restarting(void)
{
	load_arm_and_clear_log();
	kernel.notifier->notifier_call(kernel.notifier, SYS_RESTART, NULL);
	HOLDS(num_online_cpus() == 1);
	stayed(kernel_emergency(), EMERGENCY);
}

/* CPUs that cannot go offline: it is said when arming. The last one need not. */
static void test_fixed_cpus(void)
{
	struct kimg_why why;
	enum kimg_error error;

	have_cpus(CPUS);
	kernel.fixed[0] = true;
	HOLDS(machine_check(&why) == KIMG_OK);
	kernel.fixed[70] = kernel.fixed[127] = kernel.fixed[128] = true;
	HOLDS(machine_check(&why) == KIMG_E_CPUS_STAY);
	HOLDS(why.a == 3 && why.c == 64 && why.b == (1ull << 6 | 1ull << 63));
	load_good();
	HOLDS(leap(KLEAP_LEAP_AT_REBOOT, &error) == -EOPNOTSUPP && error == KIMG_E_CPUS_STAY);
	HOLDS(!kleap_leap_armed());
	cpus_are(kernel.online, 1, CPUS, false);
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
}

/* Arming is refused, for CPUs that may not be off; or it is not. */
static void is_refused(u64 cpus)
{
	struct kimg_why why;
	enum kimg_error error;
	char line[80];

	kernel.log[0] = '\0';
	HOLDS(machine_check(&why) == (cpus ? KIMG_E_CPUS_NOT_OFF : KIMG_OK));
	if (!cpus)
		return;
	HOLDS(why.a == (u64)__builtin_popcountll(cpus) && why.b == cpus && !why.c);
	snprintf(line, sizeof(line), "<5>kleap: CPU %u: enable-method \"", __ffs64(cpus));
	HOLDS(!strncmp(kernel.log, line, strlen(line)));
	HOLDS(leap(KLEAP_LEAP_AT_REBOOT, &error) == -EOPNOTSUPP && error == KIMG_E_CPUS_NOT_OFF);
	HOLDS(!kleap_leap_armed());
}

/* On arm, CPUs that are offline may wait in the kernel's text, if it is not PSCI that has them. */
static void test_not_off(void)
{
	static const char *const versions[] = { "arm,psci-1.0", "arm,psci-0.2", "arm,psci" };
	static const char *const methods[] = {
		"rockchip,rk3066-smp", "rockchip,rk3036-smp", "amlogic,meson8-smp", "allwinner,sun9i-a80-smp",
		"allwinner,sun8i-a83t-smp",
	};
	static const char *const boards[] = { "fsl,imx6q", "nvidia,tegra20", "xlnx,zynq-7000" };

	load_good();
	have_cpus(4);
	kernel.psci = NULL;
	is_refused(IS_64 ? 0 : 0xe);
	/* It makes no difference that they are offline, or that they go. */
	kernel.online[2] = false;
	is_refused(IS_64 ? 0 : 0xe);
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		kernel.psci = versions[i];
		is_refused(0);
	}
	kernel.psci_disabled = true;
	is_refused(IS_64 ? 0 : 0xe);
	/* Nor has it them if the kernel cannot call it. */
	kernel.psci_disabled = false;
	kernel.CONFIG_ARM_PSCI = false;
	is_refused(IS_64 ? 0 : 0xe);
	kernel.psci = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(boards); i++) {
		kernel.board = boards[i];
		is_refused(0);
	}
	kernel.board = "brcm,bcm2836";
	is_refused(IS_64 ? 0 : 0xe);
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		kernel.enable_method[1] = kernel.enable_method[3] = methods[i];
		is_refused(IS_64 ? 0 : 4);
		kernel.enable_method_of_all = methods[i];
		is_refused(0);
		kernel.enable_method[3] = "brcm,bcm2836-smp";
		is_refused(IS_64 ? 0 : 8);
		HOLDS(IS_64 || strstr(kernel.log, "\"brcm,bcm2836-smp\""));
		kernel.enable_method_of_all = NULL;
	}
	/* The last one need not go. */
	cpus_are(kernel.present, 1, 4, false);
	cpus_are(kernel.online, 1, 4, false);
	is_refused(0);
}

/* ---- The probe ------------------------------------------------------------------------------ */

static void test_probe(void)
{
	HOLDS(kernel.probe->addr == kernel.text && *kernel.text == KERNEL_BREAKPOINT);
	HOLDS(kernel.probe->post_handler && kernel.restart_handler->priority == INT_MAX);
	without_module();
	HOLDS(*kernel.text == KERNEL_NOP);
	kernel.no_function = true;
	kernel.log[0] = '\0';
	HOLDS(module_start() == -ENOENT);
	HOLDS(strstr(kernel.log, "<3>kleap: cannot probe machine_restart (error -2)"));
}

/* What comes to nothing while the module is inserted leaves nothing behind. */
static void test_insert(void)
{
	unsigned int n;

	without_module();
	for (n = 1; kernel.fail_nth = n, module_start(); n++) {
		HOLDS(!kernel.fail_nth);
		kernel_clean();
	}
	/* The probe, three notifiers, the shutdown hook, the folder, its files, the device. */
	HOLDS(n == 9);
	kernel.fail_nth = 0;
	load_and_arm();
	module_stop();
}

/* ---- Machines that may be left ------------------------------------------------------------ */

/* Loading is refused, for this reason, before any frame is drawn. */
static void refused(enum kimg_error error, u64 a)
{
	u64 draws = sim_counts(kernel.sim).draws;
	struct request request;

	good_request(&request);
	HOLDS(load(&request) == -EOPNOTSUPP && request.load.why.error == error);
	HOLDS(request.load.why.a == a && sim_counts(kernel.sim).draws == draws);
}

/* On arm there is no such thing. */
static void refused_on_arm64(enum kimg_error error)
{
	if (IS_64)
		refused(error, 0);
	else
		load_good();
}

static void test_encrypted_memory(void)
{
	kernel.encrypted = true;
	refused_on_arm64(KIMG_E_MEMORY_ENCRYPTED);
}

static void test_hypervisors(void)
{
	kernel.xen = true;
	refused(KIMG_E_HYPERVISOR, 1);
	kernel.hyper_v = true;
	refused(KIMG_E_HYPERVISOR, 2);
}

static void test_kvm_protected(void)
{
	kernel.kvm_protected = true;
	refused_on_arm64(KIMG_E_KVM_PROTECTED);
}

static void test_limits(void)
{
	HOLDS(machine_limit() == MACHINE_LIMIT && machine_control_limit() == MACHINE_LIMIT);
}

/* The running kernel's paging, and what becomes of it. */
static const struct paging {
	u64 mair;
	bool lpae, shared, lpa2;	/* the first two on arm, the last on arm64 */
	unsigned int memory, device;	/* indexes */
	unsigned int levels;
} pagings[] = {
#ifdef CONFIG_ARM64
	{ .mair = ARM64_MAIR, .shared = true, .memory = 6, .device = 2, .levels = 4 },
	{ .mair = ARM64_MAIR, .lpa2 = true, .memory = 6, .device = 2, .levels = 4 },
	{ .mair = 0x000000040044f0ff, .shared = true, .memory = 0, .device = 3, .levels = 4 },
#else
	{ .mair = ARM_MAIR, .lpae = true, .shared = true, .memory = 7, .levels = 3 },
	{ .mair = ARM_MAIR, .lpae = true, .memory = 7, .levels = 3 },
	{ .mair = ARM_REMAP, .shared = true, .memory = 7, .levels = 2 },
	{ .mair = ARM_REMAP, .memory = 7, .levels = 2 },
#endif
};

static void set_attributes(u64 mair)
{
	kernel.mair_el1 = mair;
	kernel.c10_c2_0 = (u32)mair;
	kernel.c10_c2_1 = mair >> 32;
}

static void set_paging(const struct paging *paging)
{
	set_attributes(paging->mair);
	kernel.tcr_el1 = paging->lpa2 ? 1ull << 59 : ~(1ull << 59);
	kernel.CONFIG_ARM_LPAE = paging->lpae;
	/* TTBCR.SH0; TTBR0.S. What is not asked says the opposite. */
	kernel.c2_c0_2 = paging->shared == paging->lpae ? 3u << 12 : ~(3u << 12);
	kernel.c2_c0_0 = paging->shared != paging->lpae ? 2 : ~2u;
}

/* Without attributes for memory or for devices there are no tables. */
static void test_attributes(void)
{
	set_attributes(0x4444444444444444);
	refused(KIMG_E_MEMORY_ATTRIBUTES, 0x4444444444444444);
	set_attributes(0x4444444444444400);
	refused(KIMG_E_MEMORY_ATTRIBUTES, 0x4444444444444400);
	set_attributes(0xff44444444444444);
	refused(KIMG_E_MEMORY_ATTRIBUTES, 0xff44444444444444);
	set_attributes(0xff44444444444404);
	load_good();
	if (IS_64)
		return;
	set_paging(&pagings[ARRAY_SIZE(pagings) - 1]);
	load_good();
	/* They are of no account then. */
	kernel.sctlr = ~CR_TRE;
	refused(KIMG_E_MEMORY_ATTRIBUTES, 0);
}

/* ---- UARTs ---------------------------------------------------------------------------------- */

static void test_uart(void)
{
	static const struct {
		u64 address;
		u32 type;
		bool good;
	} cases[] = {
		{ 0, 0, true }, { 0, KLEAP_UART_8250_MMIO32 + 1 },
		{ UART, KLEAP_UART_PL011, true },
		{ UART, KLEAP_UART_8250_MMIO, true }, { UART, KLEAP_UART_8250_MMIO32, true },
		{ UART, KLEAP_UART_8250_IO }, { UART, KLEAP_UART_8250_MMIO32 + 1 },
		{ UART, UINT32_MAX }, { 0x3f8, KLEAP_UART_8250_IO },
		/* All of its registers in a page, at addresses of words. */
		{ UART + 0xfe0, KLEAP_UART_PL011, true }, { UART + 0xfe4, KLEAP_UART_PL011 },
		{ UART + 2, KLEAP_UART_PL011 }, { UART + 1, KLEAP_UART_8250_MMIO },
		/* Where the tables can map it. */
		{ MACHINE_LIMIT - 0x1f, KLEAP_UART_PL011, false },
		{ MACHINE_LIMIT - 0x101f, KLEAP_UART_PL011, true },
		{ MACHINE_LIMIT + 0x200001, KLEAP_UART_PL011 }, { UINT64_MAX - 3, KLEAP_UART_PL011 },
		/* And not in memory, nor in a page that has some. */
		{ 0x100000, KLEAP_UART_PL011 }, { 0x1ff000, KLEAP_UART_PL011 },
		{ 0x200000, KLEAP_UART_PL011, true },
		{ 0x300000, KLEAP_UART_PL011 }, { 0x300800, KLEAP_UART_PL011 },
		{ 0x301000, KLEAP_UART_PL011, true },
	};
	struct request request;

	kernel.ram[kernel.rams++] = (struct resource){ 0x2ffc00, 0x3003ff };
	/* The last page of all. */
	kernel.ram[kernel.rams++] = (struct resource){ MACHINE_LIMIT - 0xfff, MACHINE_LIMIT };
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		good_request(&request);
		request.load.uart = cases[i].address;
		request.load.uart_type = cases[i].type;
		if (cases[i].good) {
			HOLDS(!load(&request));
			continue;
		}
		HOLDS(load(&request) == -EINVAL && request.load.why.error == KIMG_E_ABI_UART);
		HOLDS(request.load.why.a == cases[i].address);
		HOLDS(request.load.why.b == cases[i].type);
	}
}

/* Where a segment is its registers would be overwritten, memory or not. */
static void test_uart_in_segment(void)
{
	struct request request;

	kernel.ram[0].end = 0x17ffff;
	good_request(&request);
	request.load.uart_type = KLEAP_UART_PL011;
	request.load.uart = 0x184fe0;
	HOLDS(load(&request) == -EINVAL && request.load.why.error == KIMG_E_ABI_UART);
	HOLDS(request.load.why.a == 0x184fe0 && request.load.why.b == KLEAP_UART_PL011);
	request.load.uart = 0x185000;
	HOLDS(!load(&request));
}

/* ---- The state in which a kernel is entered ------------------------------------------------ */

static void test_machines(void)
{
	struct request request;

	for (u32 machine = 0; machine < 10; machine++) {
		good_request(&request);
		request.load.entry.machine = machine;
		if (machine == (IS_64 ? KLEAP_ARM64 : KLEAP_ARM)) {
			HOLDS(!load(&request));
			continue;
		}
		HOLDS(load(&request) == -EINVAL);
		HOLDS(request.load.why.error == KIMG_E_ABI_MACHINE);
		HOLDS(request.load.why.a == machine);
	}
}

/* Load this; refused for register `index` (KLEAP_REGISTERS: the address), or not at all. */
static void load_with(struct request *request, bool good, u64 index, u64 value)
{
	long code = load(request);

	if (good) {
		HOLDS(!code && !unload());
		return;
	}
	HOLDS(code == -EINVAL && request->load.why.error == KIMG_E_ABI_REGISTERS);
	HOLDS(request->load.why.a == index && request->load.why.b == value);
}

static void test_registers(void)
{
	u32 tree = IS_64 ? KLEAP_ARM64_X0 : KLEAP_ARM_R2;
	u32 known = IS_64 ? KLEAP_ARM64_REGISTERS : KLEAP_ARM_REGISTERS;
	static const u64 values[] = { 1, UINT32_MAX, 1ull << 32, UINT64_MAX };
	struct request request;

	for (u32 i = 0; i < KLEAP_REGISTERS; i++)
		for (size_t k = 0; k < ARRAY_SIZE(values); k++) {
			good_request(&request);
			request.load.entry.reg[i] = values[k];
			load_with(&request, i < known && i != tree &&
				  (IS_64 || values[k] <= UINT32_MAX), i, values[k]);
		}
	/* The tree is in the image. */
	good_request(&request);
	request.load.entry.reg[tree] = 0x184fff;
	load_with(&request, true, 0, 0);
	request.load.entry.reg[tree] = 0x185000;
	load_with(&request, false, tree, 0x185000);
}

static void test_address(void)
{
	static const u64 bad[] = { 0x181001, 0x181002, 0x17fffc, 0x185000, 1ull << 32 };
	struct request request;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		good_request(&request);
		request.load.entry.address = bad[i];
		load_with(&request, false, KLEAP_REGISTERS, bad[i]);
	}
	request.load.entry.address = 0x184ffc;
	load_with(&request, true, 0, 0);
	request.segment[0].mem = 1ull << 32;
	request.load.entry.address = 1ull << 32;
	if (IS_64)
		load_with(&request, true, 0, 0);
}

/* ---- What the trampoline is given -------------------------------------------------------------- */

/* What tables map an address to. */
struct mapping {
	u64 frame;
	unsigned int attributes;
	bool shared, executable;
};

static u64 entry_at(u64 table, u64 index, unsigned int size)
{
	u64 at = table + index * size, entry = 0;

	memcpy(&entry, sim_peek(kernel.sim, at >> PAGE_SHIFT) + at % PAGE_SIZE, size);
	return entry;
}

static bool look_up_short(u64 table, u64 address, struct mapping *found)
{
	u64 entry = entry_at(table, address >> 20, 4);

	if ((entry & 3) == 2) {
		*found = (struct mapping){ (entry >> 20 << 8) + (address >> PAGE_SHIFT & 0xff),
					   (entry >> 2 & 3) | (entry >> 12 & 1) << 2,
					   entry >> 16 & 1, !(entry >> 4 & 1) };
		return true;
	}
	if ((entry & 3) != 1)
		return false;
	entry = entry_at(entry & ~0x3ffull, address >> PAGE_SHIFT & 0xff, 4);
	*found = (struct mapping){ entry >> PAGE_SHIFT, (entry >> 2 & 3) | (entry >> 6 & 1) << 2,
				   entry >> 10 & 1, !(entry & 1) };
	return entry & 2;
}

static bool look_up(const struct paging *paging, u64 table, u64 address, struct mapping *found)
{
	unsigned int level = paging->levels;

	if (level == 2)
		return look_up_short(table, address, found);
	for (;; level--) {
		unsigned int shift = PAGE_SHIFT + 9 * (level - 1);
		u64 entry = entry_at(table, address >> shift & 511, 8);

		if (!(entry & 1))
			return false;
		table = entry & 0xfffffffff000;
		if (level > 1 && entry & 2)
			continue;
		table += address & ((1ull << shift) - 1);
		*found = (struct mapping){ table >> PAGE_SHIFT, entry >> 2 & 7,
					   (entry >> 8 & 3) == 3, !(entry >> 53 & 1) };
		return true;
	}
}

/* All of [start, end) is mapped, by identity, as memory. */
static void maps_memory(const struct paging *paging, u64 table, u64 start, u64 end)
{
	struct mapping found;

	for (; start < end; start += PAGE_SIZE) {
		HOLDS(look_up(paging, table, start, &found));
		HOLDS(found.frame == start >> PAGE_SHIFT && found.executable);
		HOLDS(found.attributes == paging->memory && found.shared == paging->shared);
	}
}

static void maps_nothing(const struct paging *paging, u64 table, u64 start, u64 end)
{
	struct mapping found;

	for (; start < end; start += PAGE_SIZE)
		HOLDS(!look_up(paging, table, start, &found));
}

/* Load on a machine with such paging. *params: what is in the control page. */
static struct kleap_image *prepare(const struct paging *paging, struct request *request,
				   arch_params *params)
{
	size_t size = (size_t)(ARCH(trampoline_end) - ARCH(trampoline));
	const struct kleap_load *told = &request->load;
	struct kleap_image *image;
	const unsigned char *page;

	set_paging(paging);
	HOLDS(!load(request));
	image = kernel_image();
	HOLDS(machine_levels(&image->control) == paging->levels);
	HOLDS(status().control_frames == image->kimg.control_pages + image->table_frames);
	page = sim_peek(kernel.sim, image->control.frame);
	HOLDS(!memcmp(page, ARCH(trampoline), size));
	memcpy(params, page + PARAMS, sizeof(*params));
	HOLDS(params->head == image->kimg.head && params->head);
	HOLDS(params->address == told->entry.address && params->rise);
	HOLDS(!memcmp(params->reg, told->entry.reg, sizeof(params->reg)));
	HOLDS(params->check == (told->flags & KLEAP_LOAD_CHECK));
	HOLDS(!memcmp(&params->hash, &image->moved, sizeof(params->hash)));
	HOLDS(params->uart == told->uart);
	return image;
}

/* The tables that it copies with. On arm others lead there. */
static u64 copy_tables(const struct kleap_image *image, const arch_params *params)
{
	return IS_64 ? image->top_table : params->tables;
}

static void test_prepare(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(pagings); i++) {
		const struct paging *paging = &pagings[i];
		struct kleap_image *image;
		struct request request;
		struct mapping found;
		arch_params params;
		u64 page;

		good_request(&request);
		request.load.flags = i % 2 ? KLEAP_LOAD_CHECK : 0;
		request.load.entry.reg[0] = 0x180000;
		request.load.entry.reg[1] = 0xa1a1a1a1;
		request.load.entry.reg[2] = 0x183000;
		image = prepare(paging, &request, &params);
		page = image->control.frame << PAGE_SHIFT;
		if (!IS_64) {
			HOLDS(look_up(paging, image->top_table, (u32)(uintptr_t)ARCH(switch),
				      &found));
			HOLDS(found.frame == SWITCH_FRAME && found.executable);
			maps_memory(paging, image->top_table, page, page + PAGE_SIZE);
			HOLDS(params.tables != image->top_table);
			/* Of 16 KiB, and so aligned. */
			if (paging->levels == 2)
				HOLDS(params.tables % 0x4000 == 0 && image->top_table % 0x4000 == 0);
		}
		HOLDS(!unload());
	}
}

/*
 * On arm the first control page may lie at the address of the code that leads there, where its
 * tables have to map that: another page is drawn, or the load fails.
 */
static void test_page_of_the_switch(void)
{
	u64 page = (u32)(uintptr_t)ARCH(switch) & PAGE_MASK;
	struct kleap_image *image;
	struct request request;
	struct mapping found;
	arch_params params;
	unsigned int n;

	/* It has to be above other memory, to be drawn first. */
	if (page < 0x200000)
		return;
	HOLDS(sim_add_ram(kernel.sim, page, page + PAGE_SIZE));
	kernel.ram[kernel.rams++] = (struct resource){ page, page + PAGE_SIZE - 1 };
	sim_set_allocator(kernel.sim, SIM_DESCENDING, 1);
	good_request(&request);
	request.load.limit = MACHINE_LIMIT;
	image = prepare(&pagings[0], &request, &params);
	HOLDS(image->kimg.control[0] == page >> PAGE_SHIFT);
	if (IS_64) {
		HOLDS(image->control.frame == image->kimg.control[0]);
		return;
	}
	HOLDS(image->control.frame != image->kimg.control[0]);
	HOLDS(sim_counts(kernel.sim).held == status().frames_taken);
	HOLDS(look_up(&pagings[0], image->top_table, page, &found));
	HOLDS(found.frame == SWITCH_FRAME);
	maps_memory(&pagings[0], image->top_table, image->control.frame << PAGE_SHIFT,
		    (image->control.frame + 1) << PAGE_SHIFT);
	maps_memory(&pagings[0], params.tables, page, page + PAGE_SIZE);
	HOLDS(!unload());
	for (n = 1; kernel.fail_nth = n, load(&request); n++) {
		HOLDS(!kernel.fail_nth && sim_counts(kernel.sim).held == 0);
		/* From the top again. */
		sim_set_allocator(kernel.sim, SIM_DESCENDING, 1);
	}
	kernel.fail_nth = 0;
	image = kernel_image();
	HOLDS(image->control.frame != image->kimg.control[0]);
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_LEAP);
	HOLDS(kernel.control == image->control.frame << PAGE_SHIFT);
}

/* The tables map all memory that the leap reaches, the image, and the UART; nothing else. */
static void test_tables(void)
{
	for (size_t i = 0; i < 2 * ARRAY_SIZE(pagings); i++) {
		const struct paging *paging = &pagings[i / 2];
		struct request request;
		struct mapping found;
		arch_params params;
		u64 table;

		/* Below, above and beside memory, one after the other. */
		kernel.rams = 1;
		kernel.ram[0].end = 0x17ffff;
		kernel.ram[kernel.rams++] = (struct resource){ 0x40000000, 0x404fffff };
		kernel.ram[kernel.rams++] = (struct resource){ MACHINE_LIMIT - 0x1fffff,
							       MACHINE_LIMIT + 0x200000 };
		good_request(&request);
		request.load.uart = i % 2 ? UART + 0x100 : 0x50000000;
		request.load.uart_type = KLEAP_UART_PL011;
		table = copy_tables(prepare(paging, &request, &params), &params);
		HOLDS(look_up(paging, table, request.load.uart, &found));
		HOLDS(found.frame == request.load.uart >> PAGE_SHIFT && !found.executable);
		HOLDS(found.attributes == paging->device);
		maps_memory(paging, table, 0x100000, 0x185000);
		maps_memory(paging, table, 0x40000000, 0x40500000);
		maps_memory(paging, table, MACHINE_LIMIT - 0x1fffff, MACHINE_LIMIT);
		maps_nothing(paging, table, 0, 0x100000);
		maps_nothing(paging, table, 0x185000, 0x400000);
		maps_nothing(paging, table, UART - 0x200000, UART);
		maps_nothing(paging, table, UART + 0x1000, UART + 0x200000);
		maps_nothing(paging, table, 0x40500000, 0x40800000);
		maps_nothing(paging, table, MACHINE_LIMIT - 0x400000, MACHINE_LIMIT - 0x200000);
		HOLDS(!unload());
	}
}

/* No UART, no page for it. */
static void test_no_uart(void)
{
	struct request request;
	arch_params params;
	u64 table;

	good_request(&request);
	table = copy_tables(prepare(&pagings[0], &request, &params), &params);
	maps_nothing(&pagings[0], table, 0, 0x100000);
}

/* How a reset is asked for. */
static void test_conduit(void)
{
	static const struct {
		unsigned int conduit;
		u32 wanted;
		/* Where that is not told. */
		const char *psci, *method;
		bool disabled, acpi, without;
		u16 flags;
	} cases[] = {
		{ SMCCC_CONDUIT_NONE, ARCH_CONDUIT_NONE },
		{ SMCCC_CONDUIT_HVC, ARCH_CONDUIT_HVC },
		{ SMCCC_CONDUIT_SMC, ARCH_CONDUIT_SMC },
		{ SMCCC_CONDUIT_SMC, ARCH_CONDUIT_SMC, "arm,psci-0.2", "hvc" },
		{ 0, ARCH_CONDUIT_HVC, "arm,psci-0.2", "hvc" },
		{ 0, ARCH_CONDUIT_SMC, "arm,psci-0.2", "smc" },
		{ 0, ARCH_CONDUIT_SMC, "arm,psci-1.0", "smc" },
		{ 0, ARCH_CONDUIT_NONE, "arm,psci", "smc" },
		{ 0, ARCH_CONDUIT_NONE, "arm,psci-1.0", NULL },
		{ 0, ARCH_CONDUIT_NONE, "arm,psci-1.0", "svc" },
		{ 0, ARCH_CONDUIT_NONE, "arm,psci-1.0", "smc", .disabled = true },
		/* A kernel without PSCI has nothing that could be asked. */
		{ SMCCC_CONDUIT_HVC, ARCH_CONDUIT_SMC, "arm,psci-1.0", "smc", .without = true },
		/* ACPI; on arm there is none. */
		{ 0, IS_64 ? ARCH_CONDUIT_SMC : ARCH_CONDUIT_NONE, .acpi = true, .flags = 1 },
		{ 0, IS_64 ? ARCH_CONDUIT_HVC : ARCH_CONDUIT_NONE, .acpi = true, .flags = 3 },
		{ 0, ARCH_CONDUIT_NONE, .acpi = true, .flags = 2 },
	};
	struct request request;
	arch_params params;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		kernel.conduit = cases[i].conduit;
		kernel.psci = cases[i].psci;
		kernel.psci_method = cases[i].method;
		kernel.psci_disabled = cases[i].disabled;
		kernel.CONFIG_ARM_PSCI = !cases[i].without;
		kernel.acpi = cases[i].acpi;
		kernel.fadt_flags = cases[i].flags;
		good_request(&request);
		prepare(&pagings[0], &request, &params);
		HOLDS(params.conduit == cases[i].wanted);
	}
}

/* How its registers are accessed. */
static void test_uart_types(void)
{
	static const struct {
		u32 type, width, ready;
		u64 status;
	} cases[] = {
		{ KLEAP_UART_PL011, 4, 0, UART + 0x18 },
		{ KLEAP_UART_8250_MMIO, 1, 1u << 5, UART + 5 },
		{ KLEAP_UART_8250_MMIO32, 4, 1u << 5, UART + 20 },
	};
	struct request request;
	arch_params params;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		good_request(&request);
		request.load.uart = UART;
		request.load.uart_type = cases[i].type;
		prepare(&pagings[0], &request, &params);
		HOLDS(params.uart_width == cases[i].width);
		HOLDS(params.uart_ready == cases[i].ready);
		HOLDS(params.uart_status == cases[i].status);
	}
}

/* Each allocation fails once; nothing is left, and the loaded image stays. */
static void test_each_call_fails(void)
{
	struct request request;
	unsigned int n;
	long code;
	u64 held;

	load_good();
	held = sim_counts(kernel.sim).held;
	good_request(&request);
	for (n = 1; kernel.fail_nth = n, code = load(&request); n++) {
		HOLDS(!kernel.fail_nth && code == -ENOMEM);
		HOLDS(sim_counts(kernel.sim).held == held && state() == KLEAP_STATE_LOADED);
	}
	kernel.fail_nth = 0;
	HOLDS(n > 8);
}

/* ---- The rehearsal -------------------------------------------------------------------------- */

static void test_rehearsal(void)
{
	struct kleap_rehearse told = { .size = sizeof(told), .times = 2 };
	unsigned char before[PAGE_SIZE];
	struct kleap_image *image;
	struct request request;

	outer_cache.disable = NULL;
	good_request(&request);
	request.load.flags = KLEAP_LOAD_CHECK;
	HOLDS(!load(&request));
	image = kernel_image();
	memcpy(before, sim_peek(kernel.sim, image->control.frame), PAGE_SIZE);
	HOLDS(!ask(KLEAP_IOC_REHEARSE, &told, sizeof(told)));
	HOLDS(kernel.rehearsals == 4 && kernel.sums == 2 && status().rehearsed == 2);
	HOLDS(told.machine == USUAL_ENTRY && told.levels == (IS_64 ? 4 : 3));
	HOLDS(kernel.tables == image->top_table);
	HOLDS(kernel.control == image->control.frame << PAGE_SHIFT);
	HOLDS(!memcmp(before, sim_peek(kernel.sim, image->control.frame), PAGE_SIZE));
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	kernel.log[0] = '\0';
	leaps();
}

/* Without its MMU the processor does not look in an outer cache, and arm64 has none. */
static void test_rehearsal_and_outer_cache(void)
{
	struct kleap_rehearse told = { .size = sizeof(told), .times = 1 };

	load_arm_and_clear_log();
	HOLDS(!leap(KLEAP_LEAP_CANCEL, NULL));
	HOLDS(ask(KLEAP_IOC_REHEARSE, &told, sizeof(told)) == (IS_64 ? 0 : -EOPNOTSUPP));
	HOLDS(told.why.error == (IS_64 ? KIMG_OK : KIMG_E_REHEARSAL_CACHE));
	HOLDS(!status().rehearsal_error && kernel.rehearsals == IS_64);
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	kernel.log[0] = '\0';
	leaps();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		machine_test(test_leap),
		machine_test(test_no_outer_cache),
		machine_test(test_many_cpus),
		machine_test(test_without_cpu_0),
		machine_test(test_one_cpu),
		machine_test(test_after_halt),
		machine_test(test_ordinary),
		machine_test(test_ordinary_emergency),
		machine_test(test_cpu_stays),
		machine_test(test_cpu_comes_back),
		machine_test(test_kprobes_off_since),
		machine_test(test_locked_down_since),
		machine_test(test_emergency),
		machine_test(test_emergency_while_restarting),
		machine_test(test_fixed_cpus),
		machine_test(test_not_off),
		machine_test(test_probe),
		machine_test(test_insert),
		machine_test(test_encrypted_memory),
		machine_test(test_hypervisors),
		machine_test(test_kvm_protected),
		machine_test(test_limits),
		machine_test(test_attributes),
		machine_test(test_uart),
		machine_test(test_uart_in_segment),
		machine_test(test_machines),
		machine_test(test_registers),
		machine_test(test_address),
		machine_test(test_prepare),
		machine_test(test_page_of_the_switch),
		machine_test(test_tables),
		machine_test(test_no_uart),
		machine_test(test_conduit),
		machine_test(test_uart_types),
		machine_test(test_each_call_fails),
		machine_test(test_rehearsal),
		machine_test(test_rehearsal_and_outer_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
