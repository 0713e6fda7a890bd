/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A kernel for a crash: what it may use of the memory, and the ELF header that tells it
 * where to find the memory of the kernel that crashed (/proc/vmcore).
 */
#ifndef BOOT_CRASH_H
#define BOOT_CRASH_H

#include "boot.h"

/* What /proc/iomem says of the running kernel. */
struct boot_crash {
	/*
	 * "Crash kernel": what crashkernel= reserved, as RAM. An image must lie in the highest
	 * range. With crashkernel=,high that may be above 4 GiB, and there is a second range
	 * below, in which the new kernel has its buffers for DMA.
	 */
	struct boot_map reserved;
	struct boot_map ram;		/* System RAM, whatever is in it */
	uint64_t code;			/* the kernel's own code; 0: unknown */
};

/*
 * Read /proc/iomem, or a copy: `size` bytes. What cannot be read is left out; nothing is
 * found in other forms of memory maps, or where the addresses are hidden. Error: MAP_FULL.
 */
enum kimg_error boot_crash_read(const char *text, size_t size, struct boot_crash *crash,
				struct kimg_why *why);

/* Where an image must lie. There must be a reserved range. */
struct kimg_range boot_crash_region(const struct boot_crash *crash);

/*
 * Turn `map`, the machine's, into what the new kernel is told: of RAM only what is
 * reserved, without `header`, and what lies below 1 MiB, which Linux since 5.5 does not use
 * where crashkernel= is given. All other types stay. Error: MAP_FULL.
 */
enum kimg_error boot_crash_map(const struct boot_crash *crash, const struct kimg_range *header,
			       struct boot_map *map, struct kimg_why *why);

/* Leave in crash->ram what is worth saving: not what the new kernel uses. Error: MAP_FULL. */
enum kimg_error boot_crash_cut(struct boot_crash *crash, struct kimg_why *why);

/* Memory at the same distance from its virtual addresses. Size 0: unknown. */
struct boot_mapping {
	uint64_t physical, virtual, size;
};

/* What the ELF header says. */
struct boot_core {
	uint16_t machine;		/* ELF's number of the running kernel's processor */
	/* Where each CPU saves its registers when the kernel crashes; last, VMCOREINFO. */
	const struct kimg_range *note;
	uint32_t notes;
	const struct boot_map *ram;	/* what is to be saved */
	struct boot_mapping direct;	/* how the running kernel maps RAM, from its start ... */
	struct boot_mapping text;	/* ... and itself, if elsewhere */
};

/*
 * Set machine, direct and text from the start of /proc/kcore, with `code` as in struct
 * boot_crash. False if the program headers cannot be read; nothing is set then.
 */
bool boot_core_map(const void *kcore, size_t size, uint64_t code, struct boot_core *core);

/* The size of the ELF header, in bytes. Below 1 MiB, with up to 8192 notes. */
size_t boot_core_size(const struct boot_core *core);

/* Write it: 64 bits, little-endian. */
void boot_core_write(const struct boot_core *core, void *to);

#endif
