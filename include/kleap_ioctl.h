/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interface of /dev/kleap, between the module kleap.ko and programs.
 *
 * Rules for every request:
 *   - The caller needs CAP_SYS_BOOT. Loading, rehearsing and arming also need a kernel
 *     that is not locked down; loading and rehearsing need a security policy that allows
 *     kexec_load(2).
 *     Opening the device needs none of these.
 *   - Structures have the same layout for 32-bit and 64-bit callers: 64-bit
 *     fields are aligned to 8, pointers are carried in 64 bits.
 *   - Each structure starts with `size`, its sizeof in the caller's header. A
 *     structure larger than the module's is accepted if the rest is zero, a
 *     smaller one if it is at least as long as the first version. Later
 *     versions only append.
 *   - Reserved fields and unknown flags must be zero.
 *   - When a request fails, errno tells the class and `why` (where the structure
 *     has one) the exact error with its numbers, as in struct kimg_why. The
 *     system is as it was before the call: an image loaded earlier stays loaded.
 *
 * There is no request that leaps: a leap happens at the end of an orderly restart,
 * reboot(2) with LINUX_REBOOT_CMD_RESTART, while an image is armed.
 *
 * errno  what
 * EPERM  no CAP_SYS_BOOT; locked down; disabled; refused by a security policy
 * EBUSY  another load is under way; an armed image is not rehearsed
 * EAGAIN the machine cannot leap now: CPUs offline, kprobes disabled; or not rehearse:
 *        its processors are in use for virtual machines
 * EIO    a rehearsal went wrong
 * EOPNOTSUPP the hypervisor would write to the new kernel's memory; memory is encrypted;
 *        CPUs cannot be taken offline
 * EINVAL the request or the layout is wrong
 * E2BIG  the structure is larger than the module's, and not zero beyond
 * EFAULT a pointer cannot be read or written, or has more bits than the caller's
 * ENOMEM memory does not suffice
 * EINTR  a fatal signal came
 * ENODATA nothing is loaded; what was rehearsed is not loaded any more
 * ENODEV the module is being removed
 * ENOTTY unknown request
 */
#ifndef KLEAP_IOCTL_H
#define KLEAP_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

#include "kleap_entry.h"

#define KLEAP_DEVICE "/dev/kleap"
#define KLEAP_ABI 3

/* Mirrors struct kimg_why, which is not part of a user interface. */
struct kleap_why {
	__u32 error;		/* enum kimg_error; 0: none */
	__u32 seg;
	__u32 other;
	__u32 pad;
	__u64 a, b, c, d;
};

struct kleap_segment {
	__u64 buf;		/* address of the data in the caller's memory */
	__u64 bufsz;		/* bytes of data */
	__u64 mem;		/* physical address, page-aligned */
	__u64 memsz;		/* bytes there, page-aligned, at least bufsz */
};

/*
 * Flags of a load. CHECK: the trampoline hashes the pages that it moved, and resets
 * the machine if they are not what was loaded.
 */
#define KLEAP_LOAD_CHECK	0x1u

struct kleap_load {
	__u32 size;
	__u32 flags;		/* KLEAP_LOAD_* */
	__u64 segments;		/* address of an array of struct kleap_segment */
	__u32 segment_count;	/* 1 to 16 */
	__u32 uart_type;	/* enum kleap_uart_type */
	__u64 uart;		/* for stage letters: I/O port, or physical address; 0: none */
	struct kleap_entry entry;
	/*
	 * The highest address that a byte of a segment, a source, the list or a
	 * control page may have; 0: as high as a leap on this machine reaches.
	 */
	__u64 limit;
	struct kleap_why why;	/* written by the module when the load fails */
};

struct kleap_unload {
	__u32 size;
	__u32 flags;
};

/*
 * AT_REBOOT arms the loaded image: it is checked, and the next orderly restart leaps
 * into it. CANCEL disarms it: restarts are ordinary again. It is never refused. Loading
 * and unloading also disarm.
 */
#define KLEAP_LEAP_AT_REBOOT	1
#define KLEAP_LEAP_CANCEL	2

struct kleap_leap {
	__u32 size;
	__u32 when;		/* KLEAP_LEAP_* */
	struct kleap_why why;
};

struct kleap_disable {		/* one way: no load or leap until the next boot */
	__u32 size;
	__u32 flags;
};

#define KLEAP_STATE_NONE	0
#define KLEAP_STATE_LOADED	1
#define KLEAP_STATE_ARMED	2	/* loaded, and the next reboot leaps */

struct kleap_status {
	__u32 size;
	__u32 abi;		/* KLEAP_ABI of the module */
	__u32 state;
	__u32 disabled;
	__u32 segment_count;
	__u32 page_size;
	__u64 image_bytes;	/* memory of all segments */
	__u64 frames_taken;	/* frames held: sources, list, control pages */
	__u64 list_frames;
	__u64 control_frames;
	__u64 pages_in_place;	/* need no copy at the leap */
	__u64 pages_to_copy;
	__u64 lowest_list_frame;	/* frame numbers; 0 when nothing is loaded */
	__u64 highest_list_frame;
	__u64 low_memory_end;	/* first frame of high memory */
	__u64 contig_calls;	/* of alloc_contig_range(), which drains all CPUs' lists */
	__u32 rehearsed;	/* times that the image was rehearsed, and nothing was wrong */
	__u32 rehearsal_error;	/* enum kimg_error for which the image cannot be armed; 0: none */
};

/*
 * Rehearse the loaded image, which must not be armed: its trampoline moves other pages, with
 * all CPUs stopped, and comes back. Then these are compared. Needs what a load needs. If a
 * page is wrong, the request fails, and the image cannot be armed any more. Between two
 * times other requests are served; if one unloads, replaces or arms the image, this one fails.
 */
#define KLEAP_REHEARSE_MAX	10000u

struct kleap_rehearse {
	__u32 size;
	__u32 times;		/* 1 to KLEAP_REHEARSE_MAX */
	/* Written by the module when all went well. */
	__u32 pages;		/* each time, */
	__u32 pages_in_place;	/* including these, which are not moved */
	__u32 machine;		/* KLEAP_X86_*: how a kernel would be entered */
	__u32 levels;		/* of the trampoline's page tables */
	__u64 lowest, highest;	/* addresses of a byte of these pages */
	__u64 copy_ns;		/* of all times: there, copied, and back */
	/* The same again with KLEAP_LOAD_CHECK, if the image was loaded so; else 0. */
	__u64 check_ns;
	__u64 longest_ns;	/* of one time */
	__u64 before_ns;	/* of the checks before a leap, of the whole image */
	struct kleap_why why;	/* written by the module when the rehearsal fails */
};

#define KLEAP_IOC_LOAD		_IOWR('k', 0xe0, struct kleap_load)
#define KLEAP_IOC_UNLOAD	_IOW('k', 0xe1, struct kleap_unload)
#define KLEAP_IOC_LEAP		_IOWR('k', 0xe2, struct kleap_leap)
#define KLEAP_IOC_DISABLE	_IOW('k', 0xe3, struct kleap_disable)
#define KLEAP_IOC_STATUS	_IOWR('k', 0xe4, struct kleap_status)
#define KLEAP_IOC_REHEARSE	_IOWR('k', 0xe5, struct kleap_rehearse)

#endif
