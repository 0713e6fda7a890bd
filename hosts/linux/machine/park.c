// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machines with spin tables (Documentation/arch/arm64/booting.rst): the firmware's CPUs look at
 * a word each, their release address, until a kernel writes there where to go. Nothing takes
 * a CPU back. So each gets into a page of ours, arch/arm64/park.S, and looks at its word there
 * until the next kernel writes to it. That kernel must leave the page alone.
 *
 * CPUs may share a word: all of them follow it, and the new kernel holds back those that it
 * does not mean.
 */
#include "park.h"

#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/nmi.h>
#include <linux/of.h>
#include <linux/smp.h>

#include "arm64/park.h"
#include "machine.h"
#include "trampoline.h"

/* How long CPUs may take to stop, and to get there. It takes them microseconds. */
#define PATIENCE_US	1000000
#define POLL_US		100

static struct {
	struct page *page;		/* NULL: no CPU is parked on this machine */
	u64 *word[ARM64_SLOTS];		/* the release words, mapped; NULL: not parked */
} yard;

/* What all CPUs but `last` do when they are stopped. */
static struct {
	unsigned int last;
	u64 tables;
	enum { STOPPED, SENT_AWAY, LET_GO } order;
	bool is_here[ARM64_SLOTS];
	call_single_data_t call[ARM64_SLOTS];
} stop;

static struct arm64_slot *slot_of(unsigned int cpu)
{
	return (struct arm64_slot *)(page_address(yard.page) + PARAMS) + cpu;
}

/* The release address that Linux would use; 0: none. */
static u64 address_in(const struct device_node *node)
{
	const char *method = "";
	u64 address = 0;

	of_property_read_string(node, "enable-method", &method);
	if (!strcmp(method, "spin-table"))
		of_property_read_u64(node, "cpu-release-addr", &address);
	return address;
}

static u64 release_address(unsigned int cpu)
{
	struct device_node *node = of_get_cpu_node(cpu, NULL);
	u64 address;

	if (!node)
		return 0;
	address = address_in(node);
	of_node_put(node);
	return address;
}

/*
 * Does a CPU that the kernel has no number for (nr_cpus=) look at this word? It follows the
 * others into the kernel's text, and stays there.
 */
static bool is_shared_with_unknown(u64 address)
{
	struct device_node *node;

	for_each_of_cpu_node(node) {
		if (address_in(node) == address && of_cpu_node_to_id(node) < 0) {
			of_node_put(node);
			return true;
		}
	}
	return false;
}

int park_init(void)
{
	unsigned int cpu;
	u64 address;

	for_each_possible_cpu(cpu) {
		address = release_address(cpu);
		/* The code reads it with the MMU off. */
		if (!address || address % sizeof(u64) || cpu >= ARM64_SLOTS ||
		    is_shared_with_unknown(address))
			continue;
		/* The image's tables map no address above 2^48. */
		if (!yard.page)
			yard.page = alloc_page(GFP_KERNEL | GFP_DMA32 | __GFP_ZERO);
		if (!yard.page)
			return -ENOMEM;
		slot_of(cpu)->release = address;
		yard.word[cpu] = memremap(address, sizeof(u64), MEMREMAP_WB);
	}
	if (yard.page)
		memcpy(page_address(yard.page), arm64_park, arm64_park_end - arm64_park);
	return 0;
}

void park_exit(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < ARM64_SLOTS; cpu++)
		if (yard.word[cpu])
			memunmap(yard.word[cpu]);
	if (yard.page)
		__free_page(yard.page);
}

bool park_can(unsigned int cpu)
{
	return cpu < ARM64_SLOTS && yard.word[cpu];
}

/* Linux calls all CPUs into its text when it starts, and there they wait. */
static bool was_never_up(unsigned int cpu)
{
	return !cpu_online(cpu) && release_address(cpu);
}

enum kimg_error park_check(struct kimg_why *why)
{
	return kleap_refuse_cpus(was_never_up, KIMG_E_CPUS_OFFLINE, why);
}

static bool is_told(u64 page, unsigned int before)
{
	unsigned int cpu;

	for (cpu = 0; cpu < before; cpu++)
		if (park_can(cpu) && (slot_of(cpu)->release & PAGE_MASK) == page)
			return true;
	return false;
}

int park_for_each_kept(kleap_kept_fn *function, void *arg)
{
	unsigned int cpu;
	int code;
	u64 page;

	if (!yard.page)
		return 0;
	page = page_to_phys(yard.page);
	code = function(arg, page, page + PAGE_SIZE, "CPU parking page");
	for (cpu = 0; cpu < ARM64_SLOTS && !code; cpu++) {
		if (!park_can(cpu))
			continue;
		page = slot_of(cpu)->release & PAGE_MASK;
		if (!is_told(page, cpu))
			code = function(arg, page, page + PAGE_SIZE, "CPU release addresses");
	}
	return code;
}

/* ---- The last moment --------------------------------------------------------------------- */

static bool is_not_parked(unsigned int cpu)
{
	return cpu_online(cpu) && cpu != raw_smp_processor_id() && !park_can(cpu);
}

bool machine_is_last(void)
{
	struct kimg_why why;

	return !kleap_refuse_cpus(is_not_parked, KIMG_E_CPUS_STAY, &why);
}

static bool is_other(unsigned int cpu)
{
	return cpu_online(cpu) && cpu != stop.last && park_can(cpu);
}

static bool is_running(unsigned int cpu)
{
	return is_other(cpu) && !READ_ONCE(stop.is_here[cpu]);
}

static bool is_under_way(unsigned int cpu)
{
	struct arm64_slot *slot;

	if (!is_other(cpu))
		return false;
	slot = slot_of(cpu);
	/* It is written past the caches. */
	arm64_clean(slot, slot + 1);
	return !READ_ONCE(slot->parked);
}

/* Wait until this is true of no CPU. Errors: CPUS_STAY. */
static enum kimg_error wait_for_all(bool (*is_late)(unsigned int cpu), struct kimg_why *why)
{
	enum kimg_error error;
	unsigned int waited;

	for (waited = 0; ; waited += POLL_US) {
		error = kleap_refuse_cpus(is_late, KIMG_E_CPUS_STAY, why);
		if (!error || waited >= PATIENCE_US)
			return error;
		udelay(POLL_US);
	}
}

/* On each of the others, in an interrupt. */
static void wait_for_order(void *unused)
{
	unsigned int cpu = smp_processor_id();
	int order;

	WRITE_ONCE(stop.is_here[cpu], true);
	do {
		cpu_relax();
		touch_nmi_watchdog();
		order = smp_load_acquire(&stop.order);
	} while (order == STOPPED);
	if (order == SENT_AWAY)
		arm64_switch_park(stop.tables, page_to_phys(yard.page), cpu);
}

/*
 * The restart has moved to its last CPU, where this task stays. Not by stop_machine(): it waits
 * for ever if a CPU hangs.
 */
enum kimg_error machine_alone(enum kimg_error (*function)(struct kimg_why *why),
			      struct kimg_why *why)
{
	enum kimg_error error;
	unsigned int cpu;

	local_irq_disable();
	stop.last = smp_processor_id();
	stop.order = STOPPED;
	for_each_online_cpu(cpu) {
		if (!is_other(cpu))
			continue;
		stop.is_here[cpu] = false;
		stop.call[cpu].func = wait_for_order;
		smp_call_function_single_async(cpu, &stop.call[cpu]);
	}
	error = wait_for_all(is_running, why);
	if (!error)
		error = function(why);
	smp_store_release(&stop.order, LET_GO);
	return error;
}

enum kimg_error machine_send_away(u64 tables, struct kimg_why *why)
{
	unsigned int cpu;

	if (!yard.page)
		return KIMG_OK;
	for_each_online_cpu(cpu) {
		if (!is_other(cpu))
			continue;
		/* This kernel's own address is there since it started the CPU. */
		WRITE_ONCE(*yard.word[cpu], 0);
		arm64_clean(yard.word[cpu], yard.word[cpu] + 1);
		slot_of(cpu)->parked = 0;
	}
	arm64_clean(page_address(yard.page), page_address(yard.page) + PAGE_SIZE);
	stop.tables = tables;
	smp_store_release(&stop.order, SENT_AWAY);
	return wait_for_all(is_under_way, why);
}
