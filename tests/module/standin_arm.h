/* SPDX-License-Identifier: GPL-2.0-only */
/* arm and arm64, for standin.h. */
#ifndef STANDIN_ARM_H
#define STANDIN_ARM_H

#ifdef CONFIG_ARM64
#define MACHINE_LIMIT	((1ull << 48) - 1)
#define ENTRY_SIZE	8
#define USUAL_ENTRY	KLEAP_ARM64
#define ARCH(name)	arm64_##name
#define ENABLED_CONFIG_ARM64 true
#define CONFIG_ARCH_HAS_CC_PLATFORM 1
#define CONFIG_ACPI 1
#define ARM64_KVM_PROTECTED_MODE 28
#define cpus_have_cap(number) ((number) == ARM64_KVM_PROTECTED_MODE && kernel.kvm_protected)
#else
#define MACHINE_LIMIT	((1ull << 32) - 1)
#define ENTRY_SIZE	4
#define USUAL_ENTRY	KLEAP_ARM
#define ARCH(name)	arm_##name
#define ENABLED_CONFIG_ARM64 false
#define CONFIG_OUTER_CACHE 1
#endif
#define CONTROL_END	(MACHINE_LIMIT + 1)
#define ENABLED_CONFIG_X86_64 false
#define ENABLED_CONFIG_X86_32 false
#define ENABLED_CONFIG_ARM_LPAE kernel.CONFIG_ARM_LPAE
#define ENABLED_CONFIG_ARM_PSCI kernel.CONFIG_ARM_PSCI
#define ENABLED_CONFIG_HAVE_ARM_SMCCC_DISCOVERY kernel.CONFIG_ARM_PSCI
typedef struct arm_params arch_params;

/* Kprobes are not on ftrace sites. */
#define RESTART_FUNCTION "machine_restart"
typedef u32 kprobe_opcode_t;
#define MCOUNT_INSN_SIZE 4
#define KERNEL_NOP 0xd503201f
#define KERNEL_BREAKPOINT 0xd4200080

/* Registers: by their names, or of coprocessor 15 by their numbers. */
#define read_sysreg(name) kernel.name
#define __ACCESS_CP15(crn, op1, crm, op2) crn##_##crm##_##op2
#define CR_TRE (1u << 28)
#define get_cr() kernel.sctlr

/* The processor's caches, all of them. */
void flush_cache_all(void);

/* A cache behind those of the processor, if it can be turned off. */
struct outer_cache {
	void (*disable)(void);
};
extern struct outer_cache outer_cache;

#define CONFIG_HYPERV 1
#define ENABLED_CONFIG_HYPERV 1
#define hv_is_hyperv_initialized() kernel.hyper_v
#define xen_domain() kernel.xen
#define CC_ATTR_MEM_ENCRYPT 1
#define cc_platform_has(attribute) kernel.encrypted

enum arm_smccc_conduit { SMCCC_CONDUIT_NONE, SMCCC_CONDUIT_SMC, SMCCC_CONDUIT_HVC };
#define arm_smccc_1_1_get_conduit() kernel.conduit
#define acpi_disabled (!kernel.acpi)
#define ACPI_FADT_PSCI_COMPLIANT 1u
#define ACPI_FADT_PSCI_USE_HVC 2u
struct acpi_table_fadt {
	u16 arm_boot_flags;
};
#define acpi_gbl_FADT ((struct acpi_table_fadt){ kernel.fadt_flags })

/* ---- The device tree, and registers in memory ----------------------------------------------- */

#define __iomem
#define SZ_64K 0x10000u
#define ALIGN(value, to) round_up(value, to)
#define GENMASK_ULL(high, low) ((2ull << (high)) - (1ull << (low)))
#define resource_size(resource) ((resource)->end - (resource)->start + 1)
struct device_node {
	struct device_node *parent;
};
bool of_machine_is_compatible(const char *compatible);
bool of_device_is_available(const struct device_node *node);
#define __ffs64(bits) ((unsigned int)__builtin_ctzll(bits))
struct device_node *of_find_compatible_node(struct device_node *from, const char *type,
					    const char *compatible);
struct device_node *of_get_cpu_node(unsigned int cpu, unsigned int *thread);
struct device_node *of_get_next_cpu_node(struct device_node *node);
#define for_each_of_cpu_node(node) \
	for ((node) = of_get_next_cpu_node(NULL); (node); (node) = of_get_next_cpu_node(node))
int of_cpu_node_to_id(struct device_node *node);
void of_node_put(struct device_node *node);
int of_property_read_string(const struct device_node *node, const char *name, const char **value);
int of_property_read_u32(const struct device_node *node, const char *name, u32 *value);
int of_property_read_u64(const struct device_node *node, const char *name, u64 *value);
int of_address_to_resource(struct device_node *node, int index, struct resource *resource);
void *ioremap(u64 address, u64 size);
void iounmap(void *window);
u32 readl_relaxed(const void *address);
u64 readq_relaxed(const void *address);
#define gic_read_typer(address) readq_relaxed(address)
#define gicr_read_propbaser(address) readq_relaxed(address)
#define gicr_read_pendbaser(address) readq_relaxed(address)
#define GICR_CTLR 0x0
#define GICR_CTLR_ENABLE_LPIS 1u
#define GICR_TYPER 0x8
#define GICR_TYPER_VLPIS 0x2u
#define GICR_TYPER_LAST 0x10u
#define GICR_PROPBASER 0x70
#define GICR_PROPBASER_IDBITS_MASK 0x1fu
#define GICR_PENDBASER 0x78
#define GICR_PIDR2 0xffe8
#define GIC_PIDR2_ARCH_MASK 0xf0u
#define GIC_PIDR2_ARCH_GICv3 0x30u
#define GIC_PIDR2_ARCH_GICv4 0x40u

/* ---- CPUs ------------------------------------------------------------------------------ */

#define cpu_online_mask ((const void *)kernel.online)
#define cpu_possible(cpu) (!kernel.nr_cpus || (cpu) < kernel.nr_cpus)
#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (cpu) < CPUS && cpu_possible(cpu); (cpu)++)
#define for_each_online_cpu(cpu) for_each_present_cpu(cpu) if (cpu_online(cpu))
unsigned int cpumask_first(const void *mask);
unsigned int raw_smp_processor_id(void);
#define smp_processor_id() raw_smp_processor_id()
#define smp_store_release(to, value) WRITE_ONCE(*(to), value)
#define smp_load_acquire(from) READ_ONCE(*(from))
bool cpu_is_hotpluggable(unsigned int cpu);
int remove_cpu(unsigned int cpu);

/* ---- The parking page: standin_park.c --------------------------------------------------------- */

#ifdef CONFIG_ARM64
/* Its address: in memory that the test has to add. */
#define YARD 0x4000000u

struct page;
#define GFP_DMA32 16u
#define __GFP_ZERO 8u
struct page *alloc_page(gfp_t flags);
void __free_page(struct page *page);
void *page_address(const struct page *page);
u64 page_to_phys(const struct page *page);
#define MEMREMAP_WB 1ul
void *memremap(u64 address, size_t size, unsigned long flags);
void memunmap(void *window);
void cpu_relax(void);
void udelay(unsigned int us);
typedef struct {
	void (*func)(void *info);
	void *info;
} call_single_data_t;
int smp_call_function_single_async(int cpu, call_single_data_t *call);

/* What a CPU does that cleans these: true, if they are the page, a slot or a word. */
bool yard_clean(const void *start, const void *end);
#endif

#endif
