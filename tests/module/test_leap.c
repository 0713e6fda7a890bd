/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * leap.c and handover.c: which restarts leap, what other restarts print, and what
 * is passed to the trampoline. The restart path is that of standin_machine.c.
 */
#include "module_test.h"

#include "trampoline.h"

/* Devices in each power state. */
static const int power[] = { PCI_D0, 1, 2, PCI_D3hot, PCI_D3cold, PCI_UNKNOWN };

static void add_devices(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(power); i++)
		kernel.device[i] = (struct pci_dev){ power[i], true };
	kernel.devices = ARRAY_SIZE(power);
}

/* No device was told anything. */
static void devices_as_before(void)
{
	for (size_t i = 0; i < kernel.devices; i++)
		HOLDS(kernel.device[i].master);
}

static void load_arm_and_add_devices(void)
{
	add_devices();
	load_arm_and_clear_log();
}

/* ---- Restarts that leap -------------------------------------------------------------- */

static void leaps(void)
{
	struct kleap_image *image = kernel_image();
	char line[200];

	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_LEAP);
	/* The firmware does not hear of it. */
	HOLDS(!kernel.acpi_prepared);
	HOLDS(kernel.tables == image->top_table && kernel.tables);
	HOLDS(kernel.control == image->kimg.control[0] << PAGE_SHIFT);
	snprintf(line, sizeof(line),
		 "<5>kleap: leaping: %u pages to copy, %zu in place; counter 1000 before the checks, 2000 after\n",
		 10 - (unsigned int)image->kimg.stats.in_place, image->kimg.stats.in_place);
	HOLDS(!strcmp(kernel.log, line));
}

static void test_leap(void)
{
	load_arm_and_add_devices();
	leaps();
	for (size_t i = 0; i < ARRAY_SIZE(power); i++)
		HOLDS(kernel.device[i].master == (power[i] > PCI_D3hot));
	HOLDS(kernel.watchdog >= 10);
}

static void test_caches(void)
{
	load_arm_and_add_devices();
	leaps();
	HOLDS(kernel.caches_written == 0);
}

static void test_caches_sme(void)
{
	load_arm_and_add_devices();
	kernel.sme = true;
	leaps();
	HOLDS(kernel.caches_written == 1);
}

static void test_caches_tdx(void)
{
	load_arm_and_add_devices();
	kernel.tdx_host = true;
	leaps();
	HOLDS(kernel.caches_written == 1);
}

/* kernel.ftrace_enabled=0 changes nothing. */
static void test_without_ftrace(void)
{
	load_arm_and_add_devices();
	kernel.ftrace_on = false;
	leaps();
}

/* A driver that restarts the machine before the function that is probed. */
static void test_before_a_driver(void)
{
	load_arm_and_add_devices();
	kernel.driver_restarts = true;
	leaps();
}

/* A system that went on after it had been told to halt. */
static void test_second_restart(void)
{
	load_arm_and_add_devices();
	HOLDS(kernel_reboot(SYS_HALT) == OUTCOME_HALT);
	HOLDS(kernel.acpi_prepared);
	devices_as_before();
	HOLDS(kleap_leap_armed() && !kernel.log[0]);
	leaps();
}

/* ---- Restarts that are ordinary, and silent ------------------------------------------- */

static void test_ordinary(void)
{
	add_devices();
	load_good();
	kernel.log[0] = '\0';
	kernel.online[1] = false;
	kernel.locked_down = true;
	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_RESET);
	HOLDS(kernel.acpi_prepared);
	devices_as_before();
	HOLDS(!kernel.log[0]);
}

static void test_ordinary_by_a_driver(void)
{
	load_good();
	kernel.log[0] = '\0';
	kernel.driver_restarts = true;
	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_RESET && !kernel.log[0]);
}

static void test_ordinary_emergency(void)
{
	load_good();
	kernel.log[0] = '\0';
	HOLDS(kernel_emergency() == OUTCOME_RESET && !kernel.log[0]);
}

/* Cancelled, unloaded, replaced: as if it had never been armed. */
static void test_cancelled(void)
{
	load_arm_and_add_devices();
	HOLDS(!leap(KLEAP_LEAP_CANCEL, NULL));
	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_RESET);
	devices_as_before();
}

static void test_replaced(void)
{
	load_arm_and_add_devices();
	load_good();
	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_RESET);
	devices_as_before();
}

static void test_disabled(void)
{
	load_arm_and_add_devices();
	HOLDS(!disable());
	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_RESET);
	devices_as_before();
}

static void test_power_off(void)
{
	load_arm_and_add_devices();
	HOLDS(kernel_reboot(SYS_POWER_OFF) == OUTCOME_HALT);
	devices_as_before();
	HOLDS(!kernel.log[0]);
}

/* ---- Armed, and yet ordinary: with the reason --------------------------------------------- */

/* The log is one line, for the console: this reason, with the error's id in it. */
static void stayed(enum outcome outcome, const char *reason, const char *id)
{
	HOLDS(outcome == OUTCOME_RESET);
	HOLDS(!strncmp(kernel.log, "<0>kleap: not leaping: ", 23));
	HOLDS(strstr(kernel.log, reason));
	HOLDS(!id || strstr(kernel.log, id));
	HOLDS(strstr(kernel.log, "; ordinary restart\n") && !strchr(kernel.log, '\n')[1]);
	HOLDS(!kleap_leap_armed());
}

static void test_locked_down_since(void)
{
	load_arm_and_add_devices();
	kernel.locked_down = true;
	stayed(kernel_reboot(SYS_RESTART), "locked down", NULL);
	HOLDS(kernel.acpi_prepared);
	devices_as_before();
}

static void test_cpu_offline_since(void)
{
	load_arm_and_add_devices();
	kernel.online[1] = false;
	stayed(kernel_reboot(SYS_RESTART), "CPUs are offline (1)", "[cpus-offline]");
	HOLDS(kernel.acpi_prepared);
	/* An ordinary restart may need the devices. */
	devices_as_before();
}

static void test_kprobes_off_since(void)
{
	load_arm_and_add_devices();
	kernel_kprobes(false);
	stayed(kernel_reboot(SYS_RESTART), "kprobes are switched off", "[kprobes-off]");
	devices_as_before();
}

static void test_cpus_still_running(void)
{
	load_arm_and_add_devices();
	kernel.cpus_stay = true;
	stayed(kernel_reboot(SYS_RESTART), "2 CPUs are still running", NULL);
}

#define EMERGENCY "this is an emergency restart"

/* Sysrq or a panic after all was ready: the shutdown of CPUs never came. */
static void take_interrupt(void)
{
	kernel.interrupt = kernel.irqs_off = true;
	kernel.forced = true;
}

static void panic_now(void)
{
	kernel.oops = 1;
	kernel.irqs_off = kernel.forced = true;
}

static void test_emergency_at_last(void)
{
	kernel.present[1] = kernel.online[1] = false;
	load_arm_and_add_devices();
	kernel.last_moment = take_interrupt;
	stayed(kernel_reboot(SYS_RESTART), EMERGENCY, NULL);
}

static void test_panic_at_last(void)
{
	kernel.present[1] = kernel.online[1] = false;
	load_arm_and_add_devices();
	kernel.last_moment = panic_now;
	stayed(kernel_reboot(SYS_RESTART), EMERGENCY, NULL);
}

/* A hibernation that ends in a restart must resume, not leap; afterwards it may. */
static void test_hibernation(void)
{
	load_arm_and_add_devices();
	kernel.sleep_notifier->notifier_call(kernel.sleep_notifier, PM_HIBERNATION_PREPARE, NULL);
	stayed(kernel_reboot(SYS_RESTART), "the machine hibernates", NULL);
	devices_as_before();
}

static void test_after_hibernation(void)
{
	load_arm_and_add_devices();
	kernel.sleep_notifier->notifier_call(kernel.sleep_notifier, PM_SUSPEND_PREPARE, NULL);
	kernel.sleep_notifier->notifier_call(kernel.sleep_notifier, PM_HIBERNATION_PREPARE, NULL);
	kernel.sleep_notifier->notifier_call(kernel.sleep_notifier, PM_POST_HIBERNATION, NULL);
	leaps();
}

/* A halt is no restart: it says nothing of one, whatever there is against a leap. */
static void test_halt(void)
{
	load_arm_and_add_devices();
	kernel.locked_down = true;
	kernel.sleep_notifier->notifier_call(kernel.sleep_notifier, PM_HIBERNATION_PREPARE, NULL);
	kernel.log[0] = '\0';
	HOLDS(kernel_reboot(SYS_HALT) == OUTCOME_HALT && !kernel.log[0]);
	HOLDS(kleap_leap_armed());
}

/* reboot=force: the interrupt controllers go on, and other CPUs if there are any. */
static void test_forced(void)
{
	load_arm_and_add_devices();
	kernel.forced = true;
	stayed(kernel_reboot(SYS_RESTART), "2 CPUs are still running", NULL);
}

/* A kernel for one CPU leaves interrupts on. */
static void test_no_smp(void)
{
	kernel.CONFIG_SMP = false;
	kernel.present[1] = kernel.online[1] = false;
	load_arm_and_add_devices();
	leaps();
}

/* The driver restarts the machine then, and the reason was told. */
static void test_forced_by_a_driver(void)
{
	load_arm_and_add_devices();
	kernel.forced = kernel.driver_restarts = true;
	stayed(kernel_reboot(SYS_RESTART), "2 CPUs are still running", NULL);
}

static void test_forced_one_cpu(void)
{
	kernel.present[1] = kernel.online[1] = false;
	load_arm_and_add_devices();
	kernel.forced = true;
	stayed(kernel_reboot(SYS_RESTART), "the restart is forced, interrupt controllers", NULL);
}

static void arm(void)
{
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
}

/* Programs run until the other CPUs stop. What is armed so late meets devices that go on. */
static void test_armed_too_late(void)
{
	add_devices();
	load_good();
	kernel.log[0] = '\0';
	kernel.last_moment = arm;
	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_RESET);
	devices_as_before();
	HOLDS(strstr(kernel.log, "<0>kleap: not leaping: the image was armed after devices were "
		     "shut down; ordinary restart\n"));
}

static void arm_again(void)
{
	kernel.online[1] = true;
	arm();
}

/* The same after a refusal. */
static void test_armed_again_too_late(void)
{
	load_arm_and_add_devices();
	kernel.online[1] = false;
	kernel.last_moment = arm_again;
	HOLDS(kernel_reboot(SYS_RESTART) == OUTCOME_RESET);
	devices_as_before();
}

static void damage_page(void)
{
	turn_bit(source_of(0, 3), 50);
}

static void damage_list(void)
{
	set_entry(2, 2, 0x110000 | 8);
}

/* Damage that comes after all that is looked at earlier, before the last look. */
static void test_damaged_page(void)
{
	load_arm_and_add_devices();
	kernel.last_moment = damage_page;
	stayed(kernel_reboot(SYS_RESTART), "segment 0 is not what was loaded", "[image-damaged]");
	HOLDS(kernel.irqs_off);
}

static void test_damaged_list(void)
{
	load_arm_and_add_devices();
	kernel.last_moment = damage_list;
	stayed(kernel_reboot(SYS_RESTART), "S1: source frame 0x110", "[bad-source]");
}

/* ---- Emergencies: sysrq and panic, at each stage ------------------------------------------- */


static void test_emergency(void)
{
	load_arm_and_add_devices();
	stayed(kernel_emergency(), EMERGENCY, NULL);
	devices_as_before();
}

/* A restart that hangs in a driver: the notifiers were called, and no more. */
static void test_emergency_while_restarting(void)
{
	load_arm_and_add_devices();
	kernel.notifier->notifier_call(kernel.notifier, SYS_RESTART, NULL);
	stayed(kernel_emergency(), EMERGENCY, NULL);
	devices_as_before();
}

/* The same after a halt or power-off, even if that came all the way. */
static void test_emergency_after_halt(void)
{
	load_arm_and_add_devices();
	HOLDS(kernel_reboot(SYS_HALT) == OUTCOME_HALT);
	stayed(kernel_emergency(), EMERGENCY, NULL);
	devices_as_before();
}

/* A restart that ended nowhere, and a power-off after it. */
static void test_emergency_after_both(void)
{
	load_arm_and_add_devices();
	kernel.notifier->notifier_call(kernel.notifier, SYS_RESTART, NULL);
	kernel_shut_down();
	kernel.notifier->notifier_call(kernel.notifier, SYS_POWER_OFF, NULL);
	stayed(kernel_emergency(), EMERGENCY, NULL);
}

/* And two restarts, of which the second came no further than the notifiers. */
static void test_emergency_in_second_restart(void)
{
	load_arm_and_add_devices();
	kernel.notifier->notifier_call(kernel.notifier, SYS_RESTART, NULL);
	kernel_shut_down();
	kernel.notifier->notifier_call(kernel.notifier, SYS_RESTART, NULL);
	stayed(kernel_emergency(), EMERGENCY, NULL);
}

/* ---- The probe ------------------------------------------------------------------------------ */

/* Behind the ftrace site, wherever that is; on a function without one, at its start. */
static void test_probe(void)
{
	static const struct {
		unsigned int ftrace_at, probe_at;
	} function[] = { { 0, 5 }, { 4, 9 }, { TEXT_SIZE, 0 } };

	without_module();
	for (size_t i = 0; i < ARRAY_SIZE(function); i++) {
		kernel.ftrace_at = function[i].ftrace_at;
		HOLDS(!module_start());
		HOLDS(kernel.probe->addr == kernel.text + function[i].probe_at);
		HOLDS(!kernel.probe->ftrace && kernel.probe->post_handler);
		HOLDS(*kernel.probe->addr == KERNEL_BREAKPOINT);
		load_and_arm();
		HOLDS(!leap(KLEAP_LEAP_CANCEL, NULL));
		module_stop();
		kernel_clean();
		HOLDS(kernel.text[function[i].probe_at] != KERNEL_BREAKPOINT);
	}
}

/* Inserted while kprobes are switched off: nothing is armed before they are on again. */
static void test_insert_without_kprobes(void)
{
	enum kimg_error error;

	without_module();
	kernel_kprobes(false);
	HOLDS(!module_start());
	load_good();
	HOLDS(leap(KLEAP_LEAP_AT_REBOOT, &error) == -EAGAIN && error == KIMG_E_KPROBES_OFF);
	kernel_kprobes(true);
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	kernel.log[0] = '\0';
	leaps();
}

/* What comes to nothing while the module is inserted leaves nothing behind. */
static void test_insert(void)
{
	unsigned int n;

	without_module();
	kernel.no_function = true;
	kernel.log[0] = '\0';
	HOLDS(module_start() == -ENOENT);
	HOLDS(strstr(kernel.log, "<3>kleap: cannot probe native_machine_emergency_restart (error -2)"));
	kernel_clean();
	kernel.no_function = false;
	for (n = 1; kernel.fail_nth = n, module_start(); n++) {
		HOLDS(!kernel.fail_nth);
		kernel_clean();
	}
	/* Two probes, three notifiers, the shutdown hook, the folder, its files, the device. */
	HOLDS(n == 10);
	kernel.fail_nth = 0;
	load_and_arm();
	module_stop();
	kernel_clean();
}

/* Removed while armed: nothing is left that a restart could leap into. */
static void test_remove(void)
{
	load_and_arm();
	without_module();
	HOLDS(!kleap_leap_armed() && !kernel_image());
}

/* ---- What the trampoline is given -------------------------------------------------------------- */

#ifdef CONFIG_X86_64
#define MACHINE(name) x86_64_##name
typedef u64 address_t;
#else
#define MACHINE(name) i386_##name
typedef u32 address_t;
#endif

static const struct kleap_entry entry = {
	.machine = KLEAP_X86_32, .address = 0x181234,
	.reg = {
		0x1a1a1a1a, 0x2b2b2b2b, 0x3c3c3c3c, 0x4d4d4d4d, 0x5e5e5e5e, 0x6f6f6f6f,
		0x71717171, 0x82828282, 0x00181058, 0x1f,
	},
};

/* The ways to page that a running kernel may have. */
static const struct paging {
	unsigned long cr4;
	unsigned int levels, bits, size;	/* bits of an address, and bytes of an entry */
} pagings[] = {
#ifdef CONFIG_X86_64
	{ 0x690 | X86_CR4_PAE, 4, 9, 8 },
	{ 0x690 | X86_CR4_PAE | X86_CR4_LA57, 5, 9, 8 },
#else
	{ 0x690, 2, 10, 4 },
	{ 0x690 | X86_CR4_PAE, 3, 9, 8 },
#endif
};

/* The frame that the tables at cr3 map `address` to; 0: none. *shift: the size of the page. */
static u64 mapped_to(const struct paging *paging, u64 cr3, address_t address,
		     unsigned int *shift)
{
	u64 table = cr3 >> PAGE_SHIFT, entry = 0;

	for (unsigned int level = paging->levels; level; level--) {
		u64 index;

		*shift = PAGE_SHIFT + paging->bits * (level - 1);
		index = address >> *shift & ((1u << paging->bits) - 1);
		entry = 0;
		memcpy(&entry, sim_peek(kernel.sim, table) + index * paging->size, paging->size);
		if (!(entry & 1))
			return 0;
		table = entry >> PAGE_SHIFT;
		if (level > 1 && entry & 0x80)
			return table + ((address & ((1ull << *shift) - 1)) >> PAGE_SHIFT);
	}
	return table;
}

/* Load on a machine with these tables; judge the control pages. */
static struct kleap_image *prepare(const struct paging *paging, const struct kleap_entry *state,
				   u32 flags, u16 uart)
{
	size_t size = (size_t)(MACHINE(trampoline_end) - MACHINE(trampoline));
	struct x86_params params;
	struct kleap_image *image;
	struct request request;
	const unsigned char *page;
	unsigned int shift;
	u64 control;

	kernel.cr4 = paging->cr4;
	good_request(&request);
	request.load.entry = *state;
	request.load.flags = flags;
	request.load.uart = uart;
	HOLDS(!load(&request));
	image = kernel_image();
	control = image->kimg.control[0] << PAGE_SHIFT;
	HOLDS(image->kimg.control_pages == 1 && status().control_frames == 1 + image->table_frames);
	page = sim_peek(kernel.sim, image->kimg.control[0]);
	HOLDS(!memcmp(page, MACHINE(trampoline), size));
	memcpy(&params, page + PARAMS, sizeof(params));
	HOLDS(params.head == image->kimg.head && params.head);
	HOLDS(params.uart == uart && params.check == (flags & KLEAP_LOAD_CHECK));
	HOLDS(params.new_gdt.limit == 0x1f);
	HOLDS(params.new_gdt.base[0] == 0x1058 && params.new_gdt.base[1] == 0x18);
	HOLDS(params.address == state->address);
	HOLDS(!memcmp(params.reg, state->reg, sizeof(params.reg)));
	HOLDS(!memcmp(&params.hash, &image->moved, sizeof(params.hash)));
	HOLDS(mapped_to(paging, image->top_table, (address_t)(uintptr_t)MACHINE(switch),
			&shift) == SWITCH_FRAME);
	HOLDS(mapped_to(paging, image->top_table, control, &shift) == image->kimg.control[0]);
	return image;
}

static void test_prepare(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(pagings); i++) {
		struct kleap_image *image = prepare(&pagings[i], &entry, KLEAP_LOAD_CHECK, 0x3f8);

		if (!IS_ENABLED(CONFIG_X86_64))
			HOLDS(image->table_frames >= 3 && image->table_frames <= (i ? 5 : 3));
		HOLDS(!unload());
		prepare(&pagings[i], &entry, 0, 0);
		HOLDS(!unload());
		prepare(&pagings[i], &entry, KLEAP_LOAD_CHECK, 0xfff8);
		HOLDS(!unload());
	}
}

#ifdef CONFIG_X86_64
/* Into a kernel of 64 bits: registers in full, and its tables. */
static void test_prepare_64(void)
{
	struct kleap_entry state = entry;
	struct x86_params params;
	struct kleap_image *image;

	state.machine = KLEAP_X86_64;
	for (unsigned int i = KLEAP_X86_AX; i <= KLEAP_X86_SP; i++)
		state.reg[i] |= 0xfeull << 56;
	state.reg[KLEAP_X86_TABLES] = 0x183000;
	image = prepare(&pagings[0], &state, KLEAP_LOAD_CHECK, 0x3f8);
	memcpy(&params, sim_peek(kernel.sim, image->kimg.control[0]) + PARAMS, sizeof(params));
	HOLDS(params.to_long_mode == 1 && params.tables == 0x183000);
	HOLDS(!unload());
}

/*
 * The tables map all memory that a leap reaches and the image, by identity, in large pages;
 * and nothing else.
 */
static void test_all_memory(void)
{
	static const u64 not[] = { 0, 0xff000, 0x200000, 0x80000000, 0xfffff000, 1ull << 39 };
	struct kleap_image *image;
	unsigned int shift;

	kernel.ram[kernel.rams++] = (struct resource){ 3ull << 30, (7ull << 29) - 1 };
	kernel.ram[kernel.rams++] = (struct resource){ 1ull << 36, (1ull << 36) + (3ull << 30) - 1 };
	for (unsigned int gib = 0; gib < 2; gib++) {
		kernel.gib_pages = gib;
		for (size_t i = 0; i < ARRAY_SIZE(pagings); i++) {
			image = prepare(&pagings[i], &entry, 0, 0);
			for (unsigned int k = 0; k < kernel.rams; k++)
				for (u64 at = kernel.ram[k].start; at < kernel.ram[k].end; at += PAGE_SIZE) {
					HOLDS(mapped_to(&pagings[i], image->top_table, at, &shift) ==
					      (at > MACHINE_LIMIT ? 0 : at >> PAGE_SHIFT));
					if (k == kernel.rams - 2)
						HOLDS(shift == 21);
					if (k == kernel.rams - 1)
						HOLDS(shift == (gib ? 30 : 21));
				}
			for (size_t k = 0; k < ARRAY_SIZE(not); k++)
				HOLDS(!mapped_to(&pagings[i], image->top_table, not[k], &shift));
			HOLDS(!unload());
		}
	}
}

/* A destination where no RAM is known to be is mapped, too. */
static void test_image_outside_memory(void)
{
	struct kleap_image *image;
	unsigned int shift;

	kernel.ram[0].end = 0x17ffff;
	image = prepare(&pagings[0], &entry, 0, 0);
	for (u64 at = 0x180000; at < 0x185000; at += PAGE_SIZE)
		HOLDS(mapped_to(&pagings[0], image->top_table, at, &shift) == at >> PAGE_SHIFT);
	HOLDS(!mapped_to(&pagings[0], image->top_table, 0x185000, &shift));
	HOLDS(!unload());
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		machine_test(test_leap),
		machine_test(test_caches),
		machine_test(test_caches_sme),
		machine_test(test_caches_tdx),
		machine_test(test_without_ftrace),
		machine_test(test_before_a_driver),
		machine_test(test_second_restart),
		machine_test(test_ordinary),
		machine_test(test_ordinary_by_a_driver),
		machine_test(test_ordinary_emergency),
		machine_test(test_cancelled),
		machine_test(test_replaced),
		machine_test(test_disabled),
		machine_test(test_power_off),
		machine_test(test_locked_down_since),
		machine_test(test_cpu_offline_since),
		machine_test(test_kprobes_off_since),
		machine_test(test_cpus_still_running),
		machine_test(test_no_smp),
		machine_test(test_emergency_at_last),
		machine_test(test_panic_at_last),
		machine_test(test_hibernation),
		machine_test(test_halt),
		machine_test(test_after_hibernation),
		machine_test(test_forced),
		machine_test(test_forced_by_a_driver),
		machine_test(test_forced_one_cpu),
		machine_test(test_armed_too_late),
		machine_test(test_armed_again_too_late),
		machine_test(test_damaged_page),
		machine_test(test_damaged_list),
		machine_test(test_emergency),
		machine_test(test_emergency_while_restarting),
		machine_test(test_emergency_after_halt),
		machine_test(test_emergency_after_both),
		machine_test(test_emergency_in_second_restart),
		machine_test(test_probe),
		machine_test(test_insert_without_kprobes),
		machine_test(test_insert),
		machine_test(test_remove),
		machine_test(test_prepare),
#ifdef CONFIG_X86_64
		machine_test(test_prepare_64),
		machine_test(test_all_memory),
		machine_test(test_image_outside_memory),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
