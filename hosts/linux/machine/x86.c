// SPDX-License-Identifier: GPL-2.0-only
/* i386 and x86_64: where the restart path ends, and the leap from there. */
#include "machine.h"

#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/reboot.h>
#include <asm/cpufeature.h>
#include <asm/hypervisor.h>
#include <asm/mem_encrypt.h>
#include <asm/processor.h>
#include <asm/special_insns.h>

#ifdef CONFIG_ARCH_HAS_CC_PLATFORM
#include <linux/cc_platform.h>
#endif

#include "restart.h"
#include "trampoline.h"

#ifdef CONFIG_X86_64
#define arch(name) x86_64_##name
#else
#define arch(name) i386_##name
#endif

/* ---- Where the restart path ends -------------------------------------------------- */

int machine_init(void)
{
	return restart_init("native_machine_emergency_restart");
}

void machine_exit(void)
{
	restart_exit();
}

static bool is_offline(unsigned int cpu)
{
	return !cpu_online(cpu);
}

enum kimg_error machine_check(struct kimg_why *why)
{
	enum kimg_error error = kleap_refuse_cpus(is_offline, KIMG_E_CPUS_OFFLINE, why);

	return error ? error : restart_check(why);
}

/* The restart stops all CPUs but one. */
enum kimg_error machine_stop_cpus(struct kimg_why *why)
{
	return KIMG_OK;
}

bool machine_restart_is_forced(void)
{
	/*
	 * machine_shutdown() leaves interrupts off; reboot=force leaves it out. On a kernel
	 * for one CPU nothing tells.
	 */
	return IS_ENABLED(CONFIG_SMP) && !irqs_disabled();
}

/* ---- Hypervisors, and encrypted memory ---------------------------------------------- */

/*
 * These write to pages registered by the running kernel until they are unregistered:
 * shared info and event channels, the hypercall page, SynIC messages. KVM and VMware
 * have such pages, too; their reboot notifiers unregister them at every restart.
 */
static bool writes_after_leap(enum x86_hypervisor_type type)
{
	return type == X86_HYPER_XEN_PV || type == X86_HYPER_XEN_HVM ||
	       type == X86_HYPER_MS_HYPERV;
}

static enum x86_hypervisor_type hypervisor(void)
{
#ifdef CONFIG_HYPERVISOR_GUEST
	return x86_hyper_type;
#else
	return X86_HYPER_NATIVE;
#endif
}

/* The entries of our page tables do not have the bit that decrypts. */
static bool memory_is_encrypted(void)
{
#ifdef CONFIG_ARCH_HAS_CC_PLATFORM
	return cc_platform_has(CC_ATTR_MEM_ENCRYPT);
#else
	return sme_me_mask;
#endif
}

enum kimg_error machine_may_load(struct kimg_why *why)
{
	if (memory_is_encrypted())
		return kimg_fail(why, KIMG_E_MEMORY_ENCRYPTED);
	if (writes_after_leap(hypervisor()))
		return kimg_fail(why, KIMG_E_HYPERVISOR, .a = hypervisor());
	return KIMG_OK;
}

/* ---- The leap ------------------------------------------------------------------------- */

u64 machine_control_limit(void)
{
#ifdef CONFIG_X86_64
	/* Paging can be turned off there. */
	return U32_MAX;
#else
	/* They are mapped by identity, below the kernel's part of the address space. */
	return TASK_SIZE - 1;
#endif
}

u64 machine_limit(void)
{
#ifdef CONFIG_X86_64
	/* All of it is mapped by identity, in the lower half of the address space. */
	u32 mapped_bits = native_read_cr4() & X86_CR4_LA57 ? 56 : 47;

	return (1ull << min_t(u32, boot_cpu_data.x86_phys_bits, mapped_bits)) - 1;
#else
	/* The trampoline and its list entries use 32-bit addresses. */
	return U32_MAX;
#endif
}

enum kimg_error machine_check_uart(const struct kleap_load *request, struct kimg_why *why)
{
	/* Its registers are eight ports. */
	if (request->uart_type != KLEAP_UART_8250_IO || request->uart > U16_MAX - 7)
		return kimg_fail(why, KIMG_E_ABI_UART, .a = request->uart, .b = request->uart_type);
	return KIMG_OK;
}

static bool is_32_bits(u64 value)
{
	return value <= U32_MAX;
}

enum kimg_error machine_check_entry(const struct kleap_entry *entry,
				    struct kimg_why *why)
{
	bool to_64 = IS_ENABLED(CONFIG_X86_64) && entry->machine == KLEAP_X86_64;
	u32 i;

	if (entry->machine != KLEAP_X86_32 && !to_64)
		return kimg_fail(why, KIMG_E_ABI_MACHINE, .a = entry->machine);
	if (!to_64 && !is_32_bits(entry->address))
		return kimg_fail(why, KIMG_E_ABI_REGISTERS, .a = KLEAP_REGISTERS,
				 .b = entry->address);
	for (i = 0; i < KLEAP_REGISTERS; i++) {
		u64 value = entry->reg[i];
		bool known = i < (to_64 ? KLEAP_X86_REGISTERS : KLEAP_X86_TABLES);

		if ((!known && value) || (!to_64 && !is_32_bits(value)) ||
		    (i == KLEAP_X86_GDT_LIMIT && value > U16_MAX) ||
		    (i == KLEAP_X86_TABLES && value & ~PAGE_MASK))
			return kimg_fail(why, KIMG_E_ABI_REGISTERS, .a = i, .b = value);
	}
	return KIMG_OK;
}

u32 machine_entry_ranges(const struct kleap_entry *entry,
			 struct machine_range range[MACHINE_ENTRY_RANGES])
{
	u64 limit = entry->reg[KLEAP_X86_GDT_LIMIT];
	u32 count = 0;

	if (limit)
		range[count++] = (struct machine_range){
			.first = entry->reg[KLEAP_X86_GDT_BASE],
			.last = entry->reg[KLEAP_X86_GDT_BASE] + limit,
			.reg = KLEAP_X86_GDT_BASE };
	if (entry->reg[KLEAP_X86_TABLES])
		range[count++] = (struct machine_range){
			.first = entry->reg[KLEAP_X86_TABLES],
			.last = entry->reg[KLEAP_X86_TABLES] + 2 * PAGE_SIZE - 1,
			.reg = KLEAP_X86_TABLES };
	return count;
}

u32 machine_tables(struct arch_control *control)
{
	control->switch_address = (unsigned long)arch(switch) & PAGE_MASK;
	control->switch_frame = vmalloc_to_pfn((void *)arch(switch));
	control->pae = native_read_cr4() & X86_CR4_PAE;
#ifdef CONFIG_X86_64
	control->la57 = native_read_cr4() & X86_CR4_LA57;
	control->gib_pages = boot_cpu_has(X86_FEATURE_GBPAGES);
#endif
	return arch(table_count)(control);
}

unsigned int machine_table_order(const struct arch_control *control, u32 table)
{
	return 0;
}

void machine_tell(struct arch_leap *leap, const struct kleap_load *request)
{
	leap->uart.address = request->uart;
}

/* Caches are coherent, and stay on. */
void machine_write_back(const void *page)
{
}

u64 machine_write(const struct arch_control *control, const struct arch_leap *leap)
{
	return arch(control_write)(control, arch(trampoline),
				   arch(trampoline_end) - arch(trampoline), leap);
}

/*
 * Where memory may be encrypted by its address (SME, TDX), lines that were cached under
 * another key must not be written over the new kernel. The other CPUs did this when they
 * were stopped.
 */
static void write_back_caches(void)
{
	bool other_keys = cpuid_eax(0x80000000) >= 0x8000001f && cpuid_eax(0x8000001f) & 1;

#ifdef X86_FEATURE_TDX_HOST_PLATFORM
	other_keys |= boot_cpu_has(X86_FEATURE_TDX_HOST_PLATFORM);
#endif
	if (other_keys)
		wbinvd();
}

void machine_leap(u64 tables, u64 page)
{
	write_back_caches();
	arch(switch)(tables, page);
}

/* ---- The rehearsal -------------------------------------------------------------------- */

enum kimg_error machine_may_rehearse(struct kimg_why *why)
{
	/* Paging cannot be turned off then, nor the bit be cleared. */
	if (native_read_cr4() & X86_CR4_VMXE)
		return kimg_fail(why, KIMG_E_REHEARSAL_VIRTUAL);
	return KIMG_OK;
}

void machine_come_back(struct arch_leap *leap, u64 page)
{
	x86_rehearsal(&leap->entry, page);
}

void machine_rehearse(u64 tables, u64 page)
{
	arch(rehearse)(tables, page);
}

u32 machine_levels(const struct arch_control *control)
{
#ifdef CONFIG_X86_64
	return control->la57 ? 5 : 4;
#else
	return control->pae ? 3 : 2;
#endif
}
