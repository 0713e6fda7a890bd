/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* See stub_ranges.h. */
#include "stub_ranges.h"

static unsigned char *byte_at(unsigned char *memory, uint64_t address)
{
	return memory + (leap_index(address >> 12) << 12) + (address & 4095);
}

static void add_page(struct arch_stub *stub, unsigned char *memory, uint64_t address)
{
	struct hash page = hash_page(byte_at(memory, address), 4096);

	hash_join(&stub->loaded, &page);
}

void stub_fill_memory(unsigned char *memory, uint64_t *seed)
{
	for (size_t i = 0; i < LEAP_FRAMES * 4096; i += sizeof(uint64_t)) {
		uint64_t word = sim_random(seed);

		memcpy(memory + i, &word, sizeof(word));
	}
}

void stub_set_ranges(struct arch_stub *stub, unsigned char *memory, bool high)
{
	static const struct kimg_range ranges[] = {
		{ 0x100000, 0x103000 }, { 0x7ff000, 0x801000 }, { 0x500000, 0x501000 },
		{ 0x300000, 0x300000 }, { STUB + 0x1000, STUB + 0x2000 },
		{ LEAP_HIGH + 0x10000, LEAP_HIGH + 0x13000 },
	};

	stub->loaded = hash_start();
	stub->ranges = high ? 6 : 5;
	memcpy(stub->range, ranges, sizeof(ranges));
	for (uint32_t i = 0; i < stub->ranges; i++)
		for (uint64_t at = ranges[i].start; at < ranges[i].end; at += 4096)
			add_page(stub, memory, at);
}

void stub_set_pages(struct arch_stub *stub, unsigned char *memory, uint32_t ranges)
{
	stub->loaded = hash_start();
	stub->ranges = ranges;
	for (uint32_t i = 0; i < ranges; i++) {
		uint64_t at = 0x800000 - i * 0x2000;

		add_page(stub, memory, at);
		stub->range[i] = (struct kimg_range){ at, at + 0x1000 };
	}
}

void stub_damage(struct arch_stub *stub, unsigned char *memory, size_t way, bool high)
{
	static const uint64_t damaged[STUB_DAMAGES - HASH_LANES] = {
		0x100000, 0x102fff, 0x7ff800, 0x800123, 0x500fff, STUB + 0x1000,
		LEAP_HIGH + 0x10000, LEAP_HIGH + 0x12fff,
	};

	if (way < HASH_LANES)
		stub->loaded.lane[way] ^= 0x10000;
	else if (damaged[way - HASH_LANES] < LEAP_HIGH || high)
		*byte_at(memory, damaged[way - HASH_LANES]) ^= 4;
	else
		stub->loaded.lane[0]++;
}

void stub_change_elsewhere(unsigned char *memory, size_t way)
{
	static const uint64_t elsewhere[STUB_HARMLESS] = {
		0x0fffff, 0x103000, 0x7fefff, 0x300000, STUB + 0x2000, LEAP_HIGH + 0xffff,
		LEAP_HIGH + 0x13000,
	};

	*byte_at(memory, elsewhere[way]) ^= 4;
}

void stub_judge_memory(const unsigned char *memory, const unsigned char *before)
{
	for (size_t i = 0; i < LEAP_FRAMES; i++)
		if (i != STUB >> 12)
			assert_memory_equal(memory + i * 4096, before + i * 4096, 4096);
}
