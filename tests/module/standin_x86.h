/* SPDX-License-Identifier: GPL-2.0-only */
/* i386 and x86_64, for standin.h. */
#ifndef STANDIN_X86_H
#define STANDIN_X86_H

#define TASK_SIZE 0xc0000000ul		/* as on i386 */
#ifdef CONFIG_X86_64
#define MACHINE_LIMIT	((1ull << 40) - 1)
#define CONTROL_END	(1ull << 32)
#define ENTRY_SIZE	8
#define ARCH(name)	x86_64_##name
#define ENABLED_CONFIG_X86_64 true
#define ENABLED_CONFIG_X86_32 false
#define CONFIG_ARCH_HAS_CC_PLATFORM 1
#else
#define MACHINE_LIMIT	((1ull << 32) - 1)
#define CONTROL_END	((u64)TASK_SIZE)
#define ENTRY_SIZE	4
#define ARCH(name)	i386_##name
#define ENABLED_CONFIG_X86_64 false
#define ENABLED_CONFIG_X86_32 true
#endif
typedef struct x86_params arch_params;
#define USUAL_ENTRY	KLEAP_X86_32

/* Where all restarts end. */
#define RESTART_FUNCTION "native_machine_emergency_restart"
typedef u8 kprobe_opcode_t;
#define MCOUNT_INSN_SIZE 5
#define KERNEL_NOP 0x90
#define KERNEL_BREAKPOINT 0xcc

#define CONFIG_HYPERVISOR_GUEST 1
enum x86_hypervisor_type {
	X86_HYPER_NATIVE, X86_HYPER_VMWARE, X86_HYPER_MS_HYPERV, X86_HYPER_XEN_PV,
	X86_HYPER_XEN_HVM, X86_HYPER_KVM, X86_HYPER_JAILHOUSE, X86_HYPER_ACRN,
	HYPERVISORS
};
extern enum x86_hypervisor_type x86_hyper_type;

#define X86_CR4_PAE 0x20ul
#define X86_CR4_LA57 0x1000ul
#define X86_CR4_VMXE 0x2000ul
#define X86_FEATURE_GBPAGES 1
#define X86_FEATURE_TDX_HOST_PLATFORM 2
#define boot_cpu_has(feature) \
	((feature) == X86_FEATURE_GBPAGES ? kernel.gib_pages : kernel.tdx_host)
unsigned int cpuid_eax(unsigned int leaf);
void wbinvd(void);
struct cpuinfo_x86 {
	u8 x86_phys_bits;
};
extern struct cpuinfo_x86 boot_cpu_data;
#define CC_ATTR_MEM_ENCRYPT 1
#define cc_platform_has(attribute) kernel.encrypted
#define sme_me_mask ((u64)kernel.encrypted << 47)
unsigned long native_read_cr4(void);

#endif
