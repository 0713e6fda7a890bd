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

#define cpu_online_mask NULL
unsigned int cpumask_first(const void *mask);
bool cpu_is_hotpluggable(unsigned int cpu);
int remove_cpu(unsigned int cpu);

#endif
