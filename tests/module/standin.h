/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel for the module's own files, in user space: as much of Linux as they
 * call, and a machine to restart. Replaces every <linux/...>, <asm/...> and <xen/...>
 * header that they include. It is i386, or by CONFIG_X86_64, CONFIG_ARM or CONFIG_ARM64
 * another; standin_x86.h and standin_arm.h are what a processor has of its own. The
 * fuzzers build it for the processor that it is; the tests for this machine.
 *
 * Two of the module's files are replaced: memory.c and frames.c by the simulator.
 * tests/module/pretend_linux.h is what those two run on.
 *
 * What would cause a deadlock, a sleep in atomic context or a memory leak in a real
 * kernel calls broken() here.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <linux/types.h>

#include "holds.h"

/* ---- Types, and words of the language that the kernel has ------------------------ */

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef uint64_t u64;
typedef unsigned int gfp_t;
#define __user
#define __init
#define __exit
#define __weak __attribute__((weak))
#define U16_MAX UINT16_MAX
#define U32_MAX UINT32_MAX
#define U64_MAX UINT64_MAX
#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ul
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define round_down(value, to) ((value) & ~((__typeof__(value))(to) - 1))
#define round_up(value, to) round_down((value) + (to) - 1, to)
#define container_of(at, type, member) \
	((type *)(void *)((char *)(uintptr_t)(at) - offsetof(type, member)))
#define READ_ONCE(value) (*(const volatile __typeof__(value) *)&(value))
#define WRITE_ONCE(value, to) (*(volatile __typeof__(value) *)&(value) = (to))
#define BUILD_BUG_ON(condition) _Static_assert(!(condition), #condition)
#define KBUILD_MODNAME "kleap"

/* ---- The caller's memory ----------------------------------------------------------- */

/* As in the kernel: the number of bytes that could not be copied. */
unsigned long copy_from_user(void *to, const void *from, unsigned long size);
unsigned long copy_to_user(void *to, const void *from, unsigned long size);
int copy_struct_from_user(void *to, size_t known, const void *from, size_t size);
/* Is the caller a 32-bit program on a 64-bit kernel? */
#define in_compat_syscall() kernel.compat
#define get_user(to, from) (copy_from_user(&(to), from, sizeof(to)) ? -EFAULT : 0)

/* ---- Memory ------------------------------------------------------------------------ */

#define GFP_KERNEL 1u
#define __GFP_NOWARN 2u
#define __GFP_RETRY_MAYFAIL 4u
void *kzalloc(size_t size, gfp_t flags);
void *kvmalloc(size_t size, gfp_t flags);
void kfree(const void *memory);
void kvfree(const void *memory);
void *kvmalloc_array(size_t count, size_t size, gfp_t flags);
void *kvcalloc(size_t count, size_t size, gfp_t flags);
unsigned long totalram_pages(void);
unsigned long vmalloc_to_pfn(const void *address);

typedef u64 resource_size_t;
struct resource {
	resource_size_t start, end;
};
#define IORES_DESC_NONE 0ul
#define IORESOURCE_SYSTEM_RAM 1ul
int walk_iomem_res_desc(unsigned long desc, unsigned long flags, u64 start, u64 end,
			void *arg, int (*function)(struct resource *resource, void *arg));
enum { REGION_INTERSECTS, REGION_DISJOINT, REGION_MIXED };
int region_intersects(u64 start, size_t size, unsigned long flags, unsigned long desc);

/* ---- Locks, and the running task ---------------------------------------------------- */

struct mutex {
	bool locked;
};
#define DEFINE_MUTEX(name) struct mutex name
bool mutex_trylock(struct mutex *mutex);
void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
#define lockdep_assert_held(mutex) HOLDS((mutex)->locked)

typedef struct {
	bool locked;
} spinlock_t;
#define DEFINE_SPINLOCK(name) spinlock_t name
void spin_lock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);

/* Broken if the caller must not sleep: a spinlock held, or interrupts off. */
void might_sleep(void);
void local_irq_disable(void);

#define current NULL
bool fatal_signal_pending(const void *task);
#define cond_resched() might_sleep()
void touch_nmi_watchdog(void);

/* ---- The module ------------------------------------------------------------------- */

#define THIS_MODULE NULL
bool try_module_get(const void *module);
#define module_init(function) int module_start(void) { return function(); }
#define module_exit(function) void module_stop(void) { function(); }
int module_start(void);
void module_stop(void);
#define MODULE_DESCRIPTION(text) _Static_assert(1, text)
#define MODULE_LICENSE(text) _Static_assert(1, text)
#define MODULE_VERSION(text) _Static_assert(1, text)

/* ---- Who asks, and what is written down ---------------------------------------------- */

#define CAP_SYS_BOOT 22
bool capable(int capability);
#define LOCKDOWN_KEXEC 1
int security_locked_down(int what);
#define LOADING_KEXEC_IMAGE 2
int security_kernel_load_data(int what, bool contents);

/* To kernel.log, a line "<0>kleap: ..." each, and to kernel.audit_log. */
void note_down(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define pr_emerg(format, ...) note_down("<0>" pr_fmt(format), ##__VA_ARGS__)
#define pr_err(format, ...) note_down("<3>" pr_fmt(format), ##__VA_ARGS__)
#define pr_notice(format, ...) note_down("<5>" pr_fmt(format), ##__VA_ARGS__)
#define pr_notice_ratelimited(format, ...) pr_notice(format, ##__VA_ARGS__)
void note_audit(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define audit_log(context, flags, type, ...) note_audit(__VA_ARGS__)
#define from_kuid(space, uid) (uid)
#define current_uid() 1000u
#define audit_get_loginuid(task) 1001u
#define task_tgid_nr(task) 42

/* ---- The device, and sysfs ------------------------------------------------------------- */

struct file;
struct file_operations {
	const void *owner;
	long (*unlocked_ioctl)(struct file *file, unsigned int command,
			       unsigned long address);
	void *compat_ioctl, *llseek;
};
#define compat_ptr_ioctl NULL
#define noop_llseek NULL

struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
	unsigned int mode;
};
#define MISC_DYNAMIC_MINOR 255
int misc_register(struct miscdevice *device);
void misc_deregister(struct miscdevice *device);

struct kobject {
	int unused;
};
struct attribute {
	const char *name;
	unsigned int mode;
};
struct attribute_group {
	struct attribute **attrs;
};
struct kobj_attribute {
	struct attribute attr;
	ssize_t (*show)(struct kobject *kobject, struct kobj_attribute *attribute,
			char *to);
	ssize_t (*store)(struct kobject *kobject, struct kobj_attribute *attribute,
			 const char *from, size_t length);
};
#define __ATTR_RO_MODE(file, bits) { { #file, bits }, file##_show, NULL }
#define __ATTR_RO(file) __ATTR_RO_MODE(file, 0444)
#define __ATTR_RW(file) { { #file, 0644 }, file##_show, file##_store }
#define kernel_kobj NULL
struct kobject *kobject_create_and_add(const char *name, struct kobject *parent);
void kobject_put(struct kobject *kobject);
int sysfs_create_group(struct kobject *kobject, const struct attribute_group *group);
int sysfs_emit_at(char *page, int at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
#define sysfs_emit(page, ...) sysfs_emit_at(page, 0, __VA_ARGS__)
int kstrtobool(const char *text, bool *value);

/* ---- The processor --------------------------------------------------------------------------- */

/*
 * Each header has what the module asks of the processor, and
 *
 *   MACHINE_LIMIT, CONTROL_END  the highest address that a leap reaches; one past those of
 *                               control pages
 *   ENTRY_SIZE                  bytes of a list's entry
 *   USUAL_ENTRY                 a state in which kernels are entered
 *   ARCH(name), arch_params     names of arch/<cpu>/; what its trampoline is told
 *   RESTART_FUNCTION            where all restarts end
 *   KERNEL_NOP, _BREAKPOINT     what is in kernel.text
 *
 * Options of the kernel's configuration that the module asks for by IS_ENABLED() are
 * ENABLED_<option>.
 */
#define IS_ENABLED(option) ENABLED_##option
#define ENABLED_CONFIG_SMP kernel.CONFIG_SMP
#if defined(CONFIG_ARM) || defined(CONFIG_ARM64)
#include "standin_arm.h"
#else
#include "standin_x86.h"
#endif
u64 get_cycles(void);

/* ---- CPUs and devices --------------------------------------------------------------------- */

#define CPUS 160
bool cpu_present(unsigned int cpu);
bool cpu_online(unsigned int cpu);
unsigned int num_online_cpus(void);
bool irqs_disabled(void);
#define for_each_present_cpu(cpu) \
	for ((cpu) = 0; (cpu) < CPUS; (cpu)++) if (cpu_present(cpu))

#define PCI_D0 0
#define PCI_D3hot 3
#define PCI_D3cold 4
#define PCI_UNKNOWN 5
struct pci_dev {
	int current_state;
	bool master;
};
struct pci_dev *next_pci_dev(struct pci_dev *device);
#define for_each_pci_dev(device) while (((device) = next_pci_dev(device)))
void pci_clear_master(struct pci_dev *device);

/* ---- The restart path ------------------------------------------------------------------ */

#define NOTIFY_DONE 0
#define NOTIFY_STOP 0x8001
#define SYS_RESTART 1
#define SYS_HALT 2
#define SYS_POWER_OFF 3
struct notifier_block {
	int (*notifier_call)(struct notifier_block *block, unsigned long event, void *data);
	int priority;
};
int register_reboot_notifier(struct notifier_block *block);
int unregister_reboot_notifier(struct notifier_block *block);
#define PM_HIBERNATION_PREPARE 1
#define PM_POST_HIBERNATION 2
#define PM_SUSPEND_PREPARE 3
int register_pm_notifier(struct notifier_block *block);
int unregister_pm_notifier(struct notifier_block *block);
int register_restart_handler(struct notifier_block *block);
int unregister_restart_handler(struct notifier_block *block);
#define in_interrupt() kernel.interrupt
#define oops_in_progress kernel.oops

/* Which kernel this is: for compat.h. */
#define KERNEL_VERSION(a, b, c) ((a) << 16 | (b) << 8 | (c))
#define LINUX_VERSION_CODE KERNEL_VERSION(6, 1, 0)

#define SYS_OFF_MODE_RESTART_PREPARE 3
struct sys_off_data {
	void *cb_data;
};
struct sys_off_handler {
	int (*callback)(struct sys_off_data *data);
	void *cb_data;
};
struct sys_off_handler *register_sys_off_handler(int mode, int priority,
						 int (*callback)(struct sys_off_data *data),
						 void *cb_data);
void unregister_sys_off_handler(struct sys_off_handler *handler);
#define IS_ERR(pointer) ((uintptr_t)(pointer) >= (uintptr_t)-4095)
#define PTR_ERR_OR_ZERO(pointer) (IS_ERR(pointer) ? (int)(intptr_t)(pointer) : 0)
#define ERR_PTR(code) ((void *)(intptr_t)(code))
void cpu_hotplug_disable(void);

/* Call a function with all CPUs stopped. */
int stop_machine(int (*function)(void *arg), void *arg, const void *cpus);
u64 ktime_get_ns(void);

/* Does not return: the machine is reset, or the probe takes the CPU elsewhere. */
_Noreturn void emergency_restart(void);

struct pt_regs {
	unsigned long ip;
};
struct kprobe {
	const char *symbol_name;
	kprobe_opcode_t *addr, opcode;
	int (*pre_handler)(struct kprobe *probe, struct pt_regs *regs);
	void (*post_handler)(struct kprobe *probe, struct pt_regs *regs,
			     unsigned long flags);
	bool ftrace;
};
#define NOKPROBE_SYMBOL(function) _Static_assert(1, #function)
#define kprobe_ftrace(probe) ((probe)->ftrace)
int register_kprobe(struct kprobe *probe);
void unregister_kprobe(struct kprobe *probe);
static inline void instruction_pointer_set(struct pt_regs *regs, unsigned long ip)
{
	regs->ip = ip;
}

/* ---- For who plays the kernel ------------------------------------------------------------ */

struct kleap_image;
struct sim;

/* The caller's memory is what these ranges hold; the rest is not mapped. */
struct user_range {
	unsigned char *start;
	size_t size;
	bool writable;
};
#define USER_RANGES 4

/* The function that the module probes, in bytes. */
#define TEXT_SIZE 32

/* A redistributor of a GICv3: where it is, and its registers. */
struct redistributor {
	unsigned int region;
	u64 place;
	u32 version, ctlr;
	u64 typer, propbaser, pendbaser;
};

/* The frame of the code that switches page tables. */
#define SWITCH_FRAME 0x777u

struct kernel {
	/* Set by the caller: who asks, and in what state the kernel is. */
	struct user_range user[USER_RANGES];
	bool whole;		/* not these ranges, but all that the process has */
	bool compat;		/* who calls is a 32-bit program on a 64-bit kernel */
	bool may_boot, locked_down, busy, going;
	int policy;		/* errno of a security policy; 0: it has none */
	unsigned int signal_after;	/* looks for a fatal signal until there is one */
	unsigned int fail_nth;	/* the n-th call that can fail does; 0: none */
	/* Just before access number `race_at` to the caller's memory (0: the first),
	   another thread of the caller writes this byte. NULL: nobody does. */
	unsigned int race_at;
	unsigned char *race;
	unsigned char race_byte;
	/* Called once, when a load draws frames: what other callers do. */
	void (*meanwhile)(void);

	/* The machine. */
	bool present[CPUS], online[CPUS];
	struct pci_dev device[6];
	unsigned int devices;
	unsigned long cr4;
	bool gib_pages;
	bool sme, tdx_host;	/* the processor could; not whether it does */
	unsigned int caches_written;	/* times */
	bool encrypted;		/* SME, or another of its kind */
	u64 mair_el1, tcr_el1;	/* arm64 */
	u32 sctlr, c2_c0_0, c2_c0_2, c10_c2_0, c10_c2_1;	/* arm; TTBR0, TTBCR, MAIR0, MAIR1 */
	bool CONFIG_ARM_LPAE, CONFIG_ARM_PSCI;
	bool hyper_v, xen;
	unsigned int conduit;
	bool fixed[CPUS];	/* these say that they stay online, */
	bool stays[CPUS];	/* and these do */
	/* What the device tree tells of CPUs; the word at a release address. */
	unsigned int nr_cpus;	/* the CPUs that the kernel has numbers for; 0: all */
	unsigned int reboot_cpu;	/* where a restart ends, if it is online */
	const char *enable_method[CPUS], *enable_method_of_all, *board;
	/* PSCI's node: what it is compatible with, and how it is called. */
	const char *psci, *psci_method;
	bool psci_disabled;
	bool acpi;
	u16 fadt_flags;
	bool kvm_protected;
	u64 release[CPUS], word[CPUS];	/* a word that CPUs share is the first one's */
	bool hung[CPUS];	/* these take no interrupt; those do, with one of them pending for: */
	unsigned int late_us;
	bool stuck[CPUS];	/* these do not get to the parking page */
	struct resource ram[8];	/* what the machine says of its memory */
	unsigned int rams;
	void (*after_walk)(void);	/* called once, when these have been walked through */
	struct {
		unsigned int regions;	/* of redistributors; 0: there is no GICv3 */
		u64 size[3], stride;	/* of each; 0: the device tree does not tell it */
		struct redistributor rd[128];
		unsigned int rds;
		bool mapped;
	} gic;
	bool no_function;	/* there is nothing to probe */
	unsigned int ftrace_at;	/* offset of the ftrace site; TEXT_SIZE: there is none */
	bool ftrace_on, kprobes_on;	/* kprobes: by kernel_kprobes() */
	bool CONFIG_SMP;
	bool cpus_stay;		/* a restart does not stop the other CPUs */
	bool interrupt;		/* the CPU handles one */
	int oops;
	bool forced;		/* reboot=force: it stops neither them nor interrupts */
	bool driver_restarts;	/* the kernel calls restart handlers; a driver's resets */
	void (*last_moment)(void);	/* called after the system devices' shutdown */
	void (*unlocked)(void);	/* called once, when the last mutex is unlocked */
	/* Called in a rehearsal: when all CPUs are stopped, and when the list was run. */
	void (*stopped)(void);
	void (*rehearsed)(u64 head);
	unsigned int idle;	/* in this rehearsal, from 1, the trampoline moves nothing */

	/* What came of it. */
	unsigned int accesses, audits, pinned, calls, watchdog, spins;
	char log[4096];		/* lines, each with its level */
	char audit_log[1024];
	char trace[1024];	/* what was asked and done, in order, a word each */
	u64 tables, control;	/* as <cpu>_switch() or <cpu>_rehearse() was called */
	unsigned int rehearsals, sums;	/* and how many of them compared the sum */
	unsigned int control_draws;	/* of frames for control pages */
	unsigned int cleaned;	/* pages written back from the data cache */
	unsigned int flushed;	/* times that all caches were written back */
	bool outer_off;		/* the outer cache is */
	bool parked[CPUS];
	unsigned int waited_us;	/* for other CPUs */

	/* The module's, as long as it is registered. */
	struct miscdevice *misc;
	const struct attribute_group *group;
	struct notifier_block *notifier, *sleep_notifier, *restart_handler;
	struct sys_off_handler *shutdown;
	bool hotplug_disabled;
	bool acpi_prepared;	/* by its handler, in the same chain as ours */
	struct kprobe *probe;
	bool folder;
	kprobe_opcode_t text[TEXT_SIZE / sizeof(kprobe_opcode_t)];

	unsigned int mutexes, spinlocks;	/* held */
	unsigned int nodes, words;	/* of the device tree, held; mapped */
	bool yard;		/* there is a parking page */
	unsigned int other;	/* whose turn it is, from 1; 0: the last one's */
	unsigned int stopped_others;	/* that wait in the call of another */
	bool irqs_off, in_probe, cpus_stopped, over;
	u64 cycles, ns;
	struct sim *sim;
};

extern struct kernel kernel;

/* A machine with some memory, and the kernel that runs on it; without the module. */
void kernel_boot(void);
/* Nothing is left of the module: no memory, no frame, no hook, no lock. */
void kernel_clean(void);
void kernel_off(void);

/* The loaded image, as of the last load; NULL: there is none. Not during a load or a rehearsal. */
struct kleap_image *kernel_image(void);

/* ioctl(2) on the device. */
long kernel_ioctl(unsigned int command, void *argument);

/* Read and write a file of /sys/kernel/kleap; what they return is bytes or -errno. */
ssize_t kernel_read(const char *name, char *page);
ssize_t kernel_write(const char *name, const char *text);
/* The bits of its mode; 0: there is none. */
unsigned int kernel_mode(const char *name);

/* reboot(2), or sysrq: what the machine does then. But for a halt, it is over. */
enum outcome { OUTCOME_RESET, OUTCOME_LEAP, OUTCOME_HALT };
enum outcome kernel_reboot(unsigned long event);
enum outcome kernel_emergency(void);

/* What a restart does when devices are shut down. */
void kernel_shut_down(void);

/* Switch all kprobes on or off, as debugfs does. */
void kernel_kprobes(bool on);

/* Is it this call's turn to fail? */
bool kernel_fails(void);

/* A machine with two CPUs and no devices. */
void machine_on(void);

/* ---- Between standin_machine.c and that of the processor ------------------------------------- */

/* What machine_on() does for the processor. */
void processor_on(void);

/* A restart, when devices are shut down. */
_Noreturn void machine_restart(void);

/* Call a function on all CPUs at once, with interrupts off. */
/* It is the turn of all others that were called; if none can be, none is. */
void run_others(void);

/* In the function that is probed: goes where the probe sends the CPU, or returns. */
void machine_fire(void);

/* Drivers restart the machine, if they are asked. */
void machine_call_handlers(void);

_Noreturn void machine_end(enum outcome outcome);

/* In place of switch.S. */
_Noreturn void machine_switch(u64 tables, u64 control);
void machine_come_and_go(u64 tables, u64 control);

#endif
