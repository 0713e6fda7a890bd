/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hosts/linux/device.c, image.c, digest.c and errno.c need of a kernel, in user space,
 * so that requests of any shape can be tried on them without a machine. Stands for
 * every <linux/...> header that they include. For a 32-bit build: pointers have the
 * width that they have where the module runs.
 *
 * The module's other files are replaced: memory.c by the simulator, and leap.c by
 * what standin.c notes down.
 */
#ifndef FUZZ_KERNEL_H
#define FUZZ_KERNEL_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <asm-generic/int-ll64.h>

/* ---- Types, and words of the language that the kernel has ------------------------ */

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef uint64_t u64;
typedef unsigned int gfp_t;
#define __user
#define U64_MAX UINT64_MAX
#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ul
#define TASK_SIZE 0xc0000000ul		/* as on i386 */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define KBUILD_MODNAME "kleap"
#define GFP_KERNEL 0u
#define __GFP_NOWARN 0u
#define __GFP_RETRY_MAYFAIL 0u

/* ---- The caller's memory ----------------------------------------------------------- */

/* As in the kernel: the number of bytes that could not be copied. */
unsigned long copy_from_user(void *to, const void *from, unsigned long size);
unsigned long copy_to_user(void *to, const void *from, unsigned long size);
int copy_struct_from_user(void *to, size_t known, const void *from, size_t size);
#define get_user(to, from) (copy_from_user(&(to), from, sizeof(to)) ? -EFAULT : 0)

/* ---- Bookkeeping ------------------------------------------------------------------- */

#define kzalloc(size, flags) calloc(1, size)
#define kfree(memory) free(memory)
#define kvmalloc(size, flags) malloc(size)
#define kvfree(memory) free(memory)
unsigned long totalram_pages(void);

struct mutex {
	bool locked;
};
#define DEFINE_MUTEX(name) struct mutex name
bool mutex_trylock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

#define THIS_MODULE NULL
void __module_get(const void *module);
void kernel_restart(const char *command);

#define fatal_signal_pending(task) false
#define cond_resched() do { } while (0)
#define touch_nmi_watchdog() do { } while (0)

/* ---- Digests -------------------------------------------------------------------------- */

/* Of the kernel's SHA-256 only this matters here: other bytes, another digest. */
#define SHA256_DIGEST_SIZE 32
struct sha256_state {
	u64 sum;
};

static inline void sha256_init(struct sha256_state *state)
{
	state->sum = 0xcbf29ce484222325;
}

static inline void sha256_update(struct sha256_state *state, const u8 *data,
				 unsigned int size)
{
	while (size--)
		state->sum = (state->sum ^ *data++) * 0x100000001b3;
}

static inline void sha256_final(struct sha256_state *state, u8 *digest)
{
	memset(digest, 0, SHA256_DIGEST_SIZE);
	memcpy(digest, &state->sum, sizeof(state->sum));
}

/* ---- Who asks, and what is written down ---------------------------------------------- */

#define CAP_SYS_BOOT 22
bool capable(int capability);
#define LOCKDOWN_KEXEC 1
bool security_locked_down(int what);

/* Formatted and thrown away: the sanitizers see what is formatted. */
void note_down(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define pr_notice(...) note_down(__VA_ARGS__)
#define pr_notice_ratelimited(...) note_down(__VA_ARGS__)
#define audit_log(context, flags, type, ...) note_audit(__VA_ARGS__)
void note_audit(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define from_kuid(space, uid) (uid)
#define current_uid() 0u
#define audit_get_loginuid(task) 0u
#define task_tgid_nr(task) 1

/* ---- The device ------------------------------------------------------------------------ */

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

/* ---- For who plays the kernel: standin.c ------------------------------------------------ */

struct kleap_image;
struct sim;

/* The caller's memory is what these ranges hold; the rest is not mapped. */
struct user_range {
	unsigned char *start;
	size_t size;
	bool writable;
};
#define USER_RANGES 4

struct kernel {
	/* Set by the caller. */
	struct user_range user[USER_RANGES];
	bool whole;		/* not these ranges, but all that the process has */
	bool may_boot, locked_down, busy;
	/* Just before access number `race_at` to the caller's memory (0: the first),
	   another thread of the caller writes this byte. NULL: nobody does. */
	unsigned int race_at;
	unsigned char *race;
	unsigned char race_byte;
	/* What came of it. */
	unsigned int accesses, audits, restarts, pinned;
	const struct kleap_image *armed;
	struct miscdevice *device;
	struct sim *sim;
};

extern struct kernel kernel;

/* A machine with some memory, and the module inserted; removed again. */
void kernel_start(void);
void kernel_stop(void);

/* ioctl(2) on the device. */
long kernel_ioctl(unsigned int command, void *argument);

#endif
