/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel for the module's requests, of a few functions: standin.h says for whom.
 */
#include "kleap.h"
#include "../fuzz.h"
#include "sim.h"

#include <stdarg.h>
#include <sys/uio.h>
#include <unistd.h>

#define MIB ((u64)1 << 20)
#define LIMIT 0xffffffffull

struct kernel kernel;

/* ---- The caller's memory ----------------------------------------------------------- */

/* How many bytes from `at` on are the caller's to read (or write). */
static size_t mapped(const unsigned char *at, bool write)
{
	for (unsigned int i = 0; i < USER_RANGES; i++) {
		const struct user_range *range = &kernel.user[i];

		if ((uintptr_t)at - (uintptr_t)range->start < range->size &&
		    (!write || range->writable))
			return range->size - (size_t)(at - range->start);
	}
	return 0;
}

/* Every access may be the one that another thread gets in before. */
static void touch(void)
{
	if (kernel.race && kernel.accesses == kernel.race_at)
		*kernel.race = kernel.race_byte;
	kernel.accesses++;
}

/*
 * The same of any memory of this process, as the system has it: what is not mapped,
 * or read-only, ends the copy. A page at a time, for the system copies all or none.
 */
static size_t copy_whole(unsigned char *to, const unsigned char *from, size_t size,
			 bool write)
{
	size_t done = 0;

	while (done < size) {
		uintptr_t user = (uintptr_t)(write ? to : from) + done;
		size_t part = min(size - done, PAGE_SIZE - user % PAGE_SIZE);
		struct iovec ours = { write ? (void *)(uintptr_t)(from + done) : to + done, part };
		struct iovec theirs = { (void *)user, part };
		ssize_t got = write ? process_vm_writev(getpid(), &ours, 1, &theirs, 1, 0) :
				      process_vm_readv(getpid(), &ours, 1, &theirs, 1, 0);

		if (got != (ssize_t)part)
			break;
		done += part;
	}
	return done;
}

unsigned long copy_from_user(void *to, const void *from, unsigned long size)
{
	size_t part = kernel.whole ? copy_whole(to, from, size, false) : mapped(from, false);

	touch();
	part = min(part, size);
	if (!kernel.whole && part)
		memcpy(to, from, part);
	/* As the kernel does, for callers that do not look. */
	memset((char *)to + part, 0, size - part);
	return size - part;
}

unsigned long copy_to_user(void *to, const void *from, unsigned long size)
{
	size_t part = kernel.whole ? copy_whole(to, from, size, true) : mapped(to, true);

	touch();
	part = min(part, size);
	if (!kernel.whole && part)
		memcpy(to, from, part);
	return size - part;
}

int copy_struct_from_user(void *to, size_t known, const void *from, size_t size)
{
	size_t copied = min(known, size);

	for (size_t i = known; i < size; i++) {
		unsigned char beyond;

		if (copy_from_user(&beyond, (const unsigned char *)from + i, 1))
			return -EFAULT;
		if (beyond)
			return -E2BIG;
	}
	memset((char *)to + copied, 0, known - copied);
	return copy_from_user(to, from, copied) ? -EFAULT : 0;
}

/* ---- Bookkeeping -------------------------------------------------------------------- */

bool mutex_trylock(struct mutex *mutex)
{
	HOLDS(!mutex->locked);
	if (kernel.busy)
		return false;
	return mutex->locked = true;
}

void mutex_unlock(struct mutex *mutex)
{
	HOLDS(mutex->locked);
	mutex->locked = false;
}

void __module_get(const void *module)
{
	(void)module;
	kernel.pinned++;
}

bool capable(int capability)
{
	HOLDS(capability == CAP_SYS_BOOT);
	return kernel.may_boot;
}

bool security_locked_down(int what)
{
	HOLDS(what == LOCKDOWN_KEXEC);
	return kernel.locked_down;
}

void note_down(const char *format, ...)
{
	char text[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
}

void note_audit(const char *format, ...)
{
	char text[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	kernel.audits++;
}

int misc_register(struct miscdevice *device)
{
	kernel.device = device;
	return 0;
}

void misc_deregister(struct miscdevice *device)
{
	HOLDS(kernel.device == device);
	kernel.device = NULL;
}

/* ---- In place of leap.c --------------------------------------------------------------- */

unsigned int kleap_leap_control_pages(void)
{
	return 6;
}

void kleap_leap_prepare(struct kleap_image *image, const struct kleap_load *request)
{
	(void)request;
	HOLDS(image->kimg.state == KIMG_SEALED);
	HOLDS(image->kimg.control_drawn == kleap_leap_control_pages());
}

void kleap_leap_arm(struct kleap_image *image)
{
	HOLDS(!image || image == kleap_image_loaded());
	kernel.armed = image;
}

bool kleap_leap_armed(void)
{
	return kernel.armed;
}

void kernel_restart(const char *command)
{
	(void)command;
	HOLDS(kernel.armed && kernel.armed == kleap_image_loaded() && kleap_lock.locked);
	kernel.restarts++;
}

/* ---- In place of memory.c and frames.c -------------------------------------------------- */

static int pull(void *arg, u32 index, u64 offset, void *to, size_t size)
{
	struct kleap_memory *memory = arg;
	u64 from = memory->segment[index].buf + offset;

	return copy_from_user(to, (void *)(unsigned long)from, size) ? -EFAULT : 0;
}

void kleap_memory_init(struct kleap_memory *memory, const struct kleap_segment *segment)
{
	memory->segment = segment;
	sim_set_pull(kernel.sim, pull, memory);
	sim_restart_pulls(kernel.sim);
	memory->host = sim_host(kernel.sim);
}

unsigned long totalram_pages(void)
{
	return 3 * MIB >> PAGE_SHIFT;
}

unsigned long kimg_low_memory_end(void)
{
	return 2 * MIB >> PAGE_SHIFT;
}

void kernel_start(void)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.may_boot = true;
	kleap_disabled = false;
	/* Where control pages may lie, above that, and above what entries can name. */
	kernel.sim = sim_new(PAGE_SHIFT, 4, LIMIT);
	HOLDS(kernel.sim);
	HOLDS(sim_add_ram(kernel.sim, MIB, 2 * MIB));
	HOLDS(sim_add_zone(kernel.sim, 1, TASK_SIZE, TASK_SIZE + MIB));
	HOLDS(sim_add_zone(kernel.sim, 2, LIMIT + 1, LIMIT + 1 + MIB));
	sim_set_limits(kernel.sim, LIMIT, LIMIT, TASK_SIZE - 1, KIMG_PARK_MAX);
	sim_set_allocator(kernel.sim, SIM_RANDOM_RUNS, 1);
	sim_set_claim(kernel.sim, SIM_CLAIM_SOME);
	HOLDS(!kleap_device_init());
}

void kernel_stop(void)
{
	kleap_image_unload();
	kleap_device_exit();
	if (!sim_check_clean(kernel.sim))
		broken("%s", sim_violation(kernel.sim) ? sim_violation(kernel.sim) :
		       "frames are left");
	sim_delete(kernel.sim);
}

long kernel_ioctl(unsigned int command, void *argument)
{
	kernel.accesses = 0;
	return kernel.device->fops->unlocked_ioctl(NULL, command,
						   (unsigned long)(uintptr_t)argument);
}
