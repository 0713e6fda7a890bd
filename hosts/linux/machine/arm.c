// SPDX-License-Identifier: GPL-2.0-only
/* 32-bit ARM and arm64: where the restart path ends, and the leap from there. */
#include "machine.h"

#include <linux/ioport.h>
#include <linux/mm.h>
#include <xen/xen.h>

#ifdef CONFIG_ARM64
#include <asm/cpufeature.h>
#include <asm/sysreg.h>
#else
#include <asm/cacheflush.h>
#include <asm/cp15.h>
#include <asm/outercache.h>
#endif
#ifdef CONFIG_ARCH_HAS_CC_PLATFORM
#include <linux/cc_platform.h>
#endif
#if IS_ENABLED(CONFIG_HYPERV)
#include <asm/mshyperv.h>
#endif

#include "gic.h"
#include "hotplug.h"
#include "park.h"
#include "psci.h"
#include "restart.h"
#include "trampoline.h"

#ifdef CONFIG_ARM64
#define arch(name) arm64_##name
#define MACHINE KLEAP_ARM64
#define REGISTERS KLEAP_ARM64_REGISTERS
#else
#define arch(name) arm_##name
#define MACHINE KLEAP_ARM
#define REGISTERS KLEAP_ARM_REGISTERS
#endif

/* ---- Where the restart path ends -------------------------------------------------- */

/* A restart handler would be no place to leap from: UEFI machines do not get there. */
int machine_init(void)
{
	int code = park_init();

	if (!code)
		code = restart_init("machine_restart");
	if (code)
		park_exit();
	return code;
}

void machine_exit(void)
{
	restart_exit();
	park_exit();
}

enum kimg_error machine_check(struct kimg_why *why)
{
	enum kimg_error error = hotplug_check(why);

	if (!error)
		error = park_check(why);
	return error ? error : restart_check(why);
}

enum kimg_error machine_stop_cpus(struct kimg_why *why)
{
	return hotplug_stop(why);
}

/* There is no other path. */
bool machine_restart_is_forced(void)
{
	return false;
}

/* ---- What the running kernel's paging is like ---------------------------------------- */

#ifdef CONFIG_ARM64

/* TCR_EL1.DS: with pages of 4 KiB, addresses of 52 bits. */
#define TCR_LPA2 (1ull << 59)

static void describe(struct arch_control *control)
{
	control->mair = read_sysreg(mair_el1);
	control->lpa2 = read_sysreg(tcr_el1) & TCR_LPA2;
}

#else

/* With short descriptors MAIR0 and MAIR1 are PRRR and NMRR. */
#define TTBR0	__ACCESS_CP15(c2, 0, c0, 0)
#define TTBCR	__ACCESS_CP15(c2, 0, c0, 2)
#define MAIR0	__ACCESS_CP15(c10, 0, c2, 0)
#define MAIR1	__ACCESS_CP15(c10, 0, c2, 1)

/* TTBCR, with long descriptors; TTBR0, with short ones. */
#define TTBCR_SH0	(3u << 12)
#define TTBR_S		(1u << 1)

/* Without LPAE the attributes count if SCTLR.TRE is set. */
static void describe(struct arch_control *control)
{
	bool lpae = IS_ENABLED(CONFIG_ARM_LPAE);

	if (lpae || get_cr() & CR_TRE)
		control->mair = (u64)read_sysreg(MAIR1) << 32 | read_sysreg(MAIR0);
	control->lpae = lpae;
	control->shared = lpae ? read_sysreg(TTBCR) & TTBCR_SH0 : read_sysreg(TTBR0) & TTBR_S;
}

#endif

/* ---- Hypervisors, and what tables can map ---------------------------------------------- */

/* For the numbers in an error. */
enum { XEN = 1, HYPER_V = 2 };

/* These write to pages that the running kernel registered with them. */
static u32 hypervisor(void)
{
#if IS_ENABLED(CONFIG_HYPERV)
	if (hv_is_hyperv_initialized())
		return HYPER_V;
#endif
	return xen_domain() ? XEN : 0;
}

/* In a realm an address has a bit that shares memory: our tables do not have it. */
static bool memory_is_encrypted(void)
{
#ifdef CONFIG_ARCH_HAS_CC_PLATFORM
	return cc_platform_has(CC_ATTR_MEM_ENCRYPT);
#else
	return false;
#endif
}

/*
 * KVM stays at EL2 then, in the kernel's text and in memory that it keeps from the kernel. It
 * lets nobody else go there.
 */
static bool is_kvm_protected(void)
{
#ifdef ARM64_KVM_PROTECTED_MODE
	return cpus_have_cap(ARM64_KVM_PROTECTED_MODE);
#else
	return false;
#endif
}

enum kimg_error machine_may_load(struct kimg_why *why)
{
	/* Page 0 comes later. */
	struct arch_control control = { .uart = 1, .switch_address = PAGE_SIZE };

	if (memory_is_encrypted())
		return kimg_fail(why, KIMG_E_MEMORY_ENCRYPTED);
	if (hypervisor())
		return kimg_fail(why, KIMG_E_HYPERVISOR, .a = hypervisor());
	if (is_kvm_protected())
		return kimg_fail(why, KIMG_E_KVM_PROTECTED);
	describe(&control);
	if (!arch(can_map)(&control))
		return kimg_fail(why, KIMG_E_MEMORY_ATTRIBUTES, .a = control.mair);
	return KIMG_OK;
}

/* The registers that letters need, of any of these. */
#define UART_SIZE 0x20

u64 machine_limit(void)
{
	/* The trampoline's tables have four levels; list entries have 32 bits. */
	return IS_ENABLED(CONFIG_ARM64) ? (1ull << 48) - 1 : U32_MAX;
}

u64 machine_control_limit(void)
{
	return machine_limit();
}

enum kimg_error machine_check_uart(const struct kleap_load *request, struct kimg_why *why)
{
	u64 last = request->uart + UART_SIZE - 1, page = request->uart & PAGE_MASK;
	bool is_known = request->uart_type >= KLEAP_UART_PL011 &&
			request->uart_type <= KLEAP_UART_8250_MMIO32;

	if (!request->uart && !request->uart_type)
		return KIMG_OK;
	if (!is_known || request->uart % 4 || last > machine_limit() ||
	    (last & PAGE_MASK) != page ||
	    region_intersects(page, PAGE_SIZE, IORESOURCE_SYSTEM_RAM, IORES_DESC_NONE) !=
	    REGION_DISJOINT)
		return kimg_fail(why, KIMG_E_ABI_UART, .a = request->uart,
				 .b = request->uart_type);
	return KIMG_OK;
}

enum kimg_error machine_check_entry(const struct kleap_entry *entry,
				    struct kimg_why *why)
{
	u64 highest = IS_ENABLED(CONFIG_ARM64) ? U64_MAX : U32_MAX;
	u32 i;

	if (entry->machine != MACHINE)
		return kimg_fail(why, KIMG_E_ABI_MACHINE, .a = entry->machine);
	if (entry->address % 4)
		return kimg_fail(why, KIMG_E_ABI_REGISTERS, .a = KLEAP_REGISTERS,
				 .b = entry->address);
	for (i = 0; i < KLEAP_REGISTERS; i++)
		if (entry->reg[i] > (i < REGISTERS ? highest : 0))
			return kimg_fail(why, KIMG_E_ABI_REGISTERS, .a = i,
					 .b = entry->reg[i]);
	return KIMG_OK;
}

/* The device tree says itself how long it is. */
u32 machine_entry_ranges(const struct kleap_entry *entry,
			 struct machine_range range[MACHINE_ENTRY_RANGES])
{
	u32 reg = IS_ENABLED(CONFIG_ARM64) ? KLEAP_ARM64_X0 : KLEAP_ARM_R2;
	u64 tree = entry->reg[reg];

	if (!tree)
		return 0;
	range[0] = (struct machine_range){ .first = tree, .last = tree, .reg = reg };
	return 1;
}

int machine_for_each_kept(kleap_kept_fn *function, void *arg)
{
	int code = gic_for_each_table(function, arg);

	return code ? code : park_for_each_kept(function, arg);
}

/* ---- The leap ------------------------------------------------------------------------- */

u32 machine_tables(struct arch_control *control)
{
	control->switch_address = (unsigned long)arch(switch) & PAGE_MASK;
	control->switch_frame = vmalloc_to_pfn((void *)arch(switch));
	describe(control);
	return arch(can_map)(control) ? arch(table_count)(control) : 0;
}

unsigned int machine_table_order(const struct arch_control *control, u32 table)
{
#ifdef CONFIG_ARM64
	return 0;
#else
	return arm_table_order(control, table);
#endif
}

u64 machine_write(const struct arch_control *control, const struct arch_leap *leap)
{
	return arch(control_write)(control, arch(trampoline),
				   arch(trampoline_end) - arch(trampoline), leap);
}

void machine_tell(struct arch_leap *leap, const struct kleap_load *request)
{
	leap->uart = (struct arch_uart){ request->uart, request->uart_type };
	leap->conduit = psci_conduit();
}

void machine_write_back(const void *page)
{
	arch(clean)(page, page + PAGE_SIZE);
}

/* A cache behind those of the processor. It would not see that these are cleaned by address. */
static bool has_outer_cache(void)
{
#if defined(CONFIG_ARM) && defined(CONFIG_OUTER_CACHE)
	return outer_cache.disable;
#else
	return false;
#endif
}

static void turn_off_outer_cache(void)
{
#if defined(CONFIG_ARM) && defined(CONFIG_OUTER_CACHE)
	outer_cache.disable();
#endif
}

/*
 * Not every ARMv7 processor reads page tables through its data cache. And a new kernel for arm
 * writes before it has caches: what these have of the running kernel must not come later.
 */
static void write_back_caches(void)
{
#ifdef CONFIG_ARM
	flush_cache_all();
#endif
}

void machine_leap(u64 tables, u64 page)
{
	if (has_outer_cache())
		turn_off_outer_cache();
	/* Nothing writes to memory from here on but the trampoline. */
	write_back_caches();
	arch(switch)((unsigned long)tables, (unsigned long)page);
}

/* ---- The rehearsal -------------------------------------------------------------------- */

enum kimg_error machine_may_rehearse(struct kimg_why *why)
{
	return has_outer_cache() ? kimg_fail(why, KIMG_E_REHEARSAL_CACHE) : KIMG_OK;
}

void machine_come_back(struct arch_leap *leap, u64 page)
{
	arm_rehearsal(&leap->entry, page);
}

void machine_rehearse(u64 tables, u64 page)
{
	write_back_caches();
	arch(rehearse)((unsigned long)tables, (unsigned long)page);
}

u32 machine_levels(const struct arch_control *control)
{
	if (IS_ENABLED(CONFIG_ARM64))
		return 4;
	return control->lpae ? 3 : 2;
}
