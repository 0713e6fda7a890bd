/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What machine/park.c needs on arm64: the parking page, release words, and CPUs that run beside
 * the last one. What the CPU has written is in memory once it is cleaned.
 */
#include "kleap.h"

#include <setjmp.h>

#include "arm64/park.h"
#include "trampoline.h"

struct page {
	int unused;
};
static struct page page;
static _Alignas(PAGE_SIZE) unsigned char yard[PAGE_SIZE], yard_memory[PAGE_SIZE];
static u64 word_memory[CPUS];

static struct {
	call_single_data_t *call[CPUS];	/* not taken, or not done */
	bool waits[CPUS];	/* in one */
	unsigned int turns;
	jmp_buf away;
} others;

/* ---- The page, and the words --------------------------------------------------------------- */

struct page *alloc_page(gfp_t flags)
{
	might_sleep();
	HOLDS(flags == (GFP_KERNEL | GFP_DMA32 | __GFP_ZERO) && !kernel.yard);
	if (kernel_fails())
		return NULL;
	kernel.yard = true;
	memset(yard, 0, sizeof(yard));
	return &page;
}

void __free_page(struct page *at)
{
	HOLDS(at == &page && kernel.yard);
	kernel.yard = false;
}

void *page_address(const struct page *at)
{
	HOLDS(at == &page && kernel.yard);
	return yard;
}

u64 page_to_phys(const struct page *at)
{
	HOLDS(at == &page && kernel.yard);
	return YARD;
}

/* The number of the word at this address. */
static unsigned int word_at(u64 address)
{
	unsigned int cpu = 0;

	while (cpu < CPUS && kernel.release[cpu] != address)
		cpu++;
	HOLDS(cpu < CPUS);
	return cpu;
}

void *memremap(u64 address, size_t size, unsigned long flags)
{
	might_sleep();
	HOLDS(size == sizeof(u64) && flags == MEMREMAP_WB);
	if (kernel_fails())
		return NULL;
	kernel.words++;
	word_memory[word_at(address)] = kernel.word[word_at(address)];
	return &kernel.word[word_at(address)];
}

void memunmap(void *window)
{
	HOLDS(window && kernel.words);
	kernel.words--;
}

bool yard_clean(const void *start, const void *end)
{
	size_t offset = (size_t)((const unsigned char *)start - yard);
	size_t size = (size_t)((const char *)end - (const char *)start);
	size_t word = (size_t)((const u64 *)start - kernel.word);

	if (offset == 0 && size == sizeof(yard)) {
		memcpy(yard_memory, yard, sizeof(yard));
		return true;
	}
	/* Lines that were not written to since are read anew. */
	if (offset < sizeof(yard)) {
		memcpy(yard + offset, yard_memory + offset, size);
		return true;
	}
	if (word < CPUS && size == sizeof(u64)) {
		word_memory[word] = kernel.word[word];
		return true;
	}
	return false;
}

/* ---- CPUs -------------------------------------------------------------------------------------- */

int smp_call_function_single_async(int cpu, call_single_data_t *call)
{
	HOLDS(kernel.online[cpu] && (unsigned int)cpu != raw_smp_processor_id());
	HOLDS(!others.call[cpu]);
	others.call[cpu] = call;
	return 0;
}

/* One that goes on waiting starts anew when it is its turn again. */
void cpu_relax(void)
{
	if (others.turns++)
		longjmp(others.away, 1);
}

static void leave(unsigned int cpu)
{
	others.call[cpu] = NULL;
	others.waits[cpu] = false;
}

void run_others(void)
{
	kernel.stopped_others = 0;
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		if (!others.call[cpu] || kernel.hung[cpu])
			continue;
		others.turns = 0;
		kernel.other = cpu + 1;
		others.waits[cpu] = true;
		if (!setjmp(others.away)) {
			others.call[cpu]->func(others.call[cpu]->info);
			leave(cpu);
		}
		kernel.other = 0;
		kernel.stopped_others += others.waits[cpu];
	}
}

void udelay(unsigned int us)
{
	HOLDS(kernel.irqs_off && !kernel.other);
	kernel.waited_us += us;
	if (kernel.waited_us > kernel.late_us)
		run_others();
}

/* In place of switch.S, and of the code in the page. */
void arm64_switch_park(uint64_t tables, uint64_t at, uint64_t number)
{
	struct arm64_slot *slot = (struct arm64_slot *)(void *)(yard_memory + PARAMS) + number;

	HOLDS(number + 1 == kernel.other && at == YARD);
	HOLDS(tables == kernel_image()->top_table);
	HOLDS(!memcmp(yard_memory, arm64_park, (size_t)(arm64_park_end - arm64_park)));
	HOLDS(slot->release == kernel.release[number] && !slot->parked);
	/* It would go where this kernel started it. */
	HOLDS(!word_memory[word_at(slot->release)]);
	/* The last one had to know that all others are here. */
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		HOLDS(!others.call[cpu] || others.waits[cpu]);
	leave((unsigned int)number);
	slot->parked = !kernel.stuck[number];
	kernel.parked[number] = slot->parked;
	longjmp(others.away, 1);
}
