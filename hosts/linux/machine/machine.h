/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the module needs from each kind of machine: x86.c for i386 and x86_64.
 */
#ifndef KLEAP_MACHINE_H
#define KLEAP_MACHINE_H

#include "kleap.h"

#include "arch.h"

/*
 * Have the last function of a restart call kleap_leap_restart() while an image is armed.
 * Returns 0 or an errno; then the reason is in the log.
 */
int machine_init(void);
void machine_exit(void);

/*
 * Would it be called, and on the last CPU? Errors: KPROBES_OFF; CPUS_OFFLINE, if these wait
 * in memory of the running kernel; CPUS_STAY; CPUS_NOT_OFF.
 */
enum kimg_error machine_check(struct kimg_why *why);

/* In that call: is this a restart that left out the steps before it? */
bool machine_restart_is_forced(void);

/* In that call: is no other CPU online, except those that machine_alone() stops? */
bool machine_is_last(void);

/*
 * Turn interrupts off, and call `function` while all other CPUs are stopped. They go on if it
 * returns. Errors: those of `function`; CPUS_STAY: not all could be stopped, it was not called.
 */
enum kimg_error machine_alone(enum kimg_error (*function)(struct kimg_why *why),
			      struct kimg_why *why);

/*
 * In that function: send the others out of the running kernel's memory, by the image's tables
 * at `tables`. Errors: CPUS_STAY; then, too, some may be gone for good.
 */
enum kimg_error machine_send_away(u64 tables, struct kimg_why *why);

/*
 * In a reboot notifier, when all devices still work: take those CPUs offline that a restart
 * leaves running in memory of the running kernel. Errors: CPUS_STAY.
 */
enum kimg_error machine_stop_cpus(struct kimg_why *why);

/*
 * Would the new kernel have its memory to itself, and could it be read? Errors: HYPERVISOR,
 * KVM_PROTECTED, MEMORY_ENCRYPTED.
 */
enum kimg_error machine_may_load(struct kimg_why *why);

/* The highest address that a byte of a page that is moved may have; of a control page. */
u64 machine_limit(void);
u64 machine_control_limit(void);

/* The zone of control pages, as flags of an allocation. */
#ifdef CONFIG_X86_64
#define MACHINE_CONTROL_ZONE GFP_DMA32
#else
#define MACHINE_CONTROL_ZONE 0
#endif

/* Does the trampoline copy with paging on, so that its tables must map all memory? */
#define MACHINE_COPIES_WITH_PAGING (!IS_ENABLED(CONFIG_X86_32))

/* Is a UART's address a physical one, not a port's? */
#define MACHINE_UART_IS_MAPPED (!IS_ENABLED(CONFIG_X86_32) && !IS_ENABLED(CONFIG_X86_64))

/* Can there be such a UART at this address? Errors: ABI_UART. */
enum kimg_error machine_check_uart(const struct kleap_load *request, struct kimg_why *why);

/*
 * Can a kernel be entered in this state here? Errors: ABI_MACHINE, ABI_REGISTERS, whose
 * index is that of `reg`, or KLEAP_REGISTERS for the address.
 */
enum kimg_error machine_check_entry(const struct kleap_entry *entry,
				    struct kimg_why *why);

/*
 * What else the entry state refers to: `first` and `last` byte, and the register that
 * does. Returns how many.
 */
struct machine_range {
	u64 first, last;
	u32 reg;
};
#define MACHINE_ENTRY_RANGES 2
u32 machine_entry_ranges(const struct kleap_entry *entry,
			 struct machine_range range[MACHINE_ENTRY_RANGES]);

/*
 * Call `function` for each range that something goes on using after the leap, until it returns
 * another value than 0, which is returned. May sleep. Also returns a negative errno: a range
 * could not be found out.
 */
int machine_for_each_kept(kleap_kept_fn *function, void *arg);

/* Tell the trampoline what the machine needs, besides what an image does: UART, conduit. */
void machine_tell(struct arch_leap *leap, const struct kleap_load *request);

/* A page that is home, and was written through the data cache: let memory have it. */
void machine_write_back(const void *page);

/*
 * The control pages of an image, with `frame`, `memory`, `uart` and, when it is written, `table`
 * set by the caller. machine_tables() fills in the rest, and returns the number of tables, or 0
 * if `frame` has the address of the code that leads there, and another frame will do;
 * machine_table_order() says how large table n is, machine_write() returns what machine_leap()
 * needs.
 */
u32 machine_tables(struct arch_control *control);
unsigned int machine_table_order(const struct arch_control *control, u32 table);
u64 machine_write(const struct arch_control *control, const struct arch_leap *leap);

/* Leap: on the last CPU, with interrupts off. Does not return. */
void machine_leap(u64 tables, u64 page);

/* Can this CPU rehearse? Errors: REHEARSAL_VIRTUAL, REHEARSAL_CACHE. */
enum kimg_error machine_may_rehearse(struct kimg_why *why);

/*
 * Have the trampoline in `page` come back instead of entering a kernel. Then, with all CPUs
 * stopped, go there.
 */
void machine_come_back(struct arch_leap *leap, u64 page);
void machine_rehearse(u64 tables, u64 page);

/* The levels of these page tables. */
u32 machine_levels(const struct arch_control *control);

#endif
