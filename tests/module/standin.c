/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel for the module's files: the caller's memory, allocations, locks, security,
 * logs, the device, sysfs, and the engine's host in place of memory.c. The machine
 * that it runs on is standin_machine.c.
 */
#include "kleap.h"
#include "sim.h"

#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MIB ((u64)1 << 20)
#define ALLOCATIONS 16

struct kernel kernel;

static struct kobject folder;
static void *allocated[ALLOCATIONS];
static struct kleap_image *image[3];	/* that frames were prepared for */

/* One more word of kernel.trace, unless it stands there already. */
static void trace(const char *word)
{
	size_t used = strlen(kernel.trace), length = strlen(word);

	if (used >= length && !strcmp(kernel.trace + used - length, word))
		return;
	if (used + length + 2 < sizeof(kernel.trace))
		snprintf(kernel.trace + used, length + 2, used ? " %s" : "%s", word);
}

bool kernel_fails(void)
{
	kernel.calls++;
	return kernel.fail_nth && !--kernel.fail_nth;
}

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
	might_sleep();
	if (kernel.race && kernel.accesses == kernel.race_at)
		*kernel.race = kernel.race_byte;
	kernel.accesses++;
}

/*
 * The same of any memory of this process, as the system has it: what is not mapped,
 * or read-only, ends the copy. A page at a time, for the system copies all or none.
 * Through a pipe, as QEMU, which may run this, has no process_vm_readv().
 */
static size_t copy_whole(unsigned char *to, const unsigned char *from, size_t size,
			 bool write)
{
	unsigned char page[PAGE_SIZE];
	size_t done = 0;
	int ends[2];

	HOLDS(!pipe(ends));
	while (done < size) {
		uintptr_t user = (uintptr_t)(write ? to : from) + done;
		size_t part = min(size - done, PAGE_SIZE - user % PAGE_SIZE);

		/* The sanitizers judge the kernel's side, which is memcpy()'s, and no system call. */
		if (write)
			memcpy(page, from + done, part);
		if (syscall(SYS_write, ends[1], write ? page : (void *)user, part) != (long)part ||
		    syscall(SYS_read, ends[0], write ? (void *)user : page, part) != (long)part)
			break;
		if (!write)
			memcpy(to + done, page, part);
		done += part;
	}
	close(ends[0]);
	close(ends[1]);
	return done;
}

unsigned long copy_from_user(void *to, const void *from, unsigned long size)
{
	size_t part = kernel.whole ? copy_whole(to, from, size, false) : mapped(from, false);

	trace("read");
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

	trace("write");
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

/* ---- Memory ------------------------------------------------------------------------ */

static void *allocate(size_t size)
{
	might_sleep();
	if (kernel_fails())
		return NULL;
	for (unsigned int i = 0; i < ALLOCATIONS; i++) {
		if (allocated[i])
			continue;
		allocated[i] = calloc(1, size);
		HOLDS(allocated[i]);
		return allocated[i];
	}
	broken("more than %d allocations are not freed", ALLOCATIONS);
}

void *kzalloc(size_t size, gfp_t flags)
{
	HOLDS(flags == GFP_KERNEL);
	return allocate(size);
}

void *kvmalloc(size_t size, gfp_t flags)
{
	void *memory;

	/* Neither a stack trace in the log nor the OOM killer, however large. */
	HOLDS(flags == (GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL));
	memory = allocate(size);
	/* Not cleared, as kzalloc()'s is. */
	return memory ? memset(memory, 0xa5, size) : NULL;
}

void *kvmalloc_array(size_t count, size_t size, gfp_t flags)
{
	void *memory;

	HOLDS(flags == GFP_KERNEL);
	memory = allocate(count * size);
	return memory ? memset(memory, 0xa5, count * size) : NULL;
}

void *kvcalloc(size_t count, size_t size, gfp_t flags)
{
	HOLDS(flags == GFP_KERNEL);
	return allocate(count * size);
}

static void release(const void *memory)
{
	unsigned int i;

	might_sleep();
	if (!memory)
		return;
	for (i = 0; i < ALLOCATIONS && allocated[i] != memory; i++)
		;
	HOLDS(i < ALLOCATIONS);
	free(allocated[i]);
	allocated[i] = NULL;
}

void kvfree(const void *memory)
{
	release(memory);
}

void kfree(const void *memory)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(image); i++)
		if (memory && image[i] == memory)
			image[i] = NULL;
	release(memory);
}

/* ---- Locks, and the running task ------------------------------------------------------ */

void might_sleep(void)
{
	HOLDS(!kernel.spinlocks && !kernel.irqs_off);
}

bool mutex_trylock(struct mutex *mutex)
{
	if (mutex->locked || kernel.busy)
		return false;
	kernel.mutexes++;
	return mutex->locked = true;
}

void mutex_lock(struct mutex *mutex)
{
	might_sleep();
	/* There is nobody else who could unlock it. */
	HOLDS(!mutex->locked);
	kernel.mutexes++;
	mutex->locked = true;
}

void mutex_unlock(struct mutex *mutex)
{
	void (*unlocked)(void) = kernel.unlocked;

	HOLDS(mutex->locked);
	kernel.mutexes--;
	mutex->locked = false;
	if (unlocked && !kernel.mutexes) {
		kernel.unlocked = NULL;
		unlocked();
	}
}

void spin_lock(spinlock_t *lock)
{
	HOLDS(!lock->locked);
	kernel.spinlocks++;
	kernel.spins++;
	lock->locked = true;
}

void spin_unlock(spinlock_t *lock)
{
	HOLDS(lock->locked);
	kernel.spinlocks--;
	lock->locked = false;
}

bool irqs_disabled(void)
{
	return kernel.irqs_off;
}

void local_irq_disable(void)
{
	kernel.irqs_off = true;
}

bool fatal_signal_pending(const void *task)
{
	(void)task;
	HOLDS(!kernel.irqs_off);
	/* Once there, it stays. */
	if (kernel.signal_after > 1)
		kernel.signal_after--;
	return kernel.signal_after == 1;
}

void touch_nmi_watchdog(void)
{
	kernel.watchdog++;
}

bool try_module_get(const void *module)
{
	(void)module;
	if (kernel.going)
		return false;
	kernel.pinned++;
	return true;
}

/* ---- Who asks, and what is written down -------------------------------------------------- */

bool capable(int capability)
{
	trace("capable");
	HOLDS(capability == CAP_SYS_BOOT);
	return kernel.may_boot;
}

int security_locked_down(int what)
{
	trace("lockdown");
	HOLDS(what == LOCKDOWN_KEXEC);
	return kernel.locked_down ? -EPERM : 0;
}

int security_kernel_load_data(int what, bool contents)
{
	trace("policy");
	HOLDS(what == LOADING_KEXEC_IMAGE && !contents);
	return -kernel.policy;
}

/* Add a line to `log`, from its beginning on when it is full. */
static void add_line(char *log, size_t size, const char *format, va_list arguments)
{
	char text[600];
	int length = vsnprintf(text, sizeof(text), format, arguments);
	size_t used = strlen(log);

	HOLDS(length >= 0 && length < (int)sizeof(text));
	if (used + (size_t)length + 1 > size)
		used = 0;
	memcpy(log + used, text, (size_t)length + 1);
}

void __weak run_others(void)
{
}

void note_down(const char *format, ...)
{
	va_list arguments;

	HOLDS(!kernel.in_probe);
	/* Why there is no leap: another CPU may have the console, and must not be stopped. */
	if (!strncmp(format, "<0>", 3)) {
		run_others();
		HOLDS(!kernel.stopped_others);
	}
	va_start(arguments, format);
	add_line(kernel.log, sizeof(kernel.log), format, arguments);
	va_end(arguments);
}

void note_audit(const char *format, ...)
{
	va_list arguments;

	might_sleep();
	va_start(arguments, format);
	add_line(kernel.audit_log, sizeof(kernel.audit_log), format, arguments);
	va_end(arguments);
	kernel.audits++;
}

/* ---- The device ------------------------------------------------------------------------- */

int misc_register(struct miscdevice *device)
{
	if (kernel_fails())
		return -ENOMEM;
	HOLDS(!kernel.misc);
	kernel.misc = device;
	return 0;
}

void misc_deregister(struct miscdevice *device)
{
	HOLDS(kernel.misc && kernel.misc == device);
	kernel.misc = NULL;
}

/* Whatever was asked for is over. */
static void no_locks(void)
{
	HOLDS(!kernel.mutexes && !kernel.spinlocks);
}

long kernel_ioctl(unsigned int command, void *argument)
{
	unsigned int mutexes = kernel.mutexes;
	long code;

	kernel.accesses = 0;
	code = kernel.misc->fops->unlocked_ioctl(NULL, command,
						 (unsigned long)(uintptr_t)argument);
	HOLDS(kernel.mutexes == mutexes && !kernel.spinlocks);
	return code;
}

/* ---- sysfs ------------------------------------------------------------------------------- */

struct kobject *kobject_create_and_add(const char *name, struct kobject *parent)
{
	HOLDS(!parent && !strcmp(name, "kleap") && !kernel.folder);
	if (kernel_fails())
		return NULL;
	kernel.folder = true;
	return &folder;
}

void kobject_put(struct kobject *kobject)
{
	HOLDS(kobject == &folder && kernel.folder);
	kernel.folder = false;
	kernel.group = NULL;
}

int sysfs_create_group(struct kobject *kobject, const struct attribute_group *group)
{
	HOLDS(kobject == &folder && kernel.folder);
	if (kernel_fails())
		return -ENOMEM;
	kernel.group = group;
	return 0;
}

int sysfs_emit_at(char *page, int at, const char *format, ...)
{
	va_list arguments;
	int length;

	HOLDS(at >= 0 && at < (int)PAGE_SIZE);
	va_start(arguments, format);
	length = vsnprintf(page + at, PAGE_SIZE - (size_t)at, format, arguments);
	va_end(arguments);
	/* scnprintf(): what did not fit does not count. */
	return min(length, (int)PAGE_SIZE - at - 1);
}

int kstrtobool(const char *text, bool *value)
{
	if (strchr("yYtT1", *text) && *text)
		*value = true;
	else if (strchr("nNfF0", *text) && *text)
		*value = false;
	else
		return -EINVAL;
	return 0;
}

static struct kobj_attribute *find(const char *name)
{
	struct attribute **at = kernel.group ? kernel.group->attrs : NULL;

	for (; at && *at; at++)
		if (!strcmp((*at)->name, name))
			return container_of(*at, struct kobj_attribute, attr);
	return NULL;
}

ssize_t kernel_read(const char *name, char *page)
{
	struct kobj_attribute *file = find(name);
	ssize_t length;

	HOLDS(file && file->show && file->attr.mode & 0400);
	length = file->show(&folder, file, page);
	no_locks();
	return length;
}

ssize_t kernel_write(const char *name, const char *text)
{
	struct kobj_attribute *file = find(name);
	ssize_t length;

	HOLDS(file && file->store && file->attr.mode & 0200);
	length = file->store(&folder, file, text, strlen(text));
	no_locks();
	return length;
}

unsigned int kernel_mode(const char *name)
{
	struct kobj_attribute *file = find(name);

	return file ? file->attr.mode : 0;
}

/* ---- In place of memory.c and frames.c -------------------------------------------------- */

/* As in memory.c, the host's context is the memory; here the simulator's operations follow. */
static struct kimg_host_ops sim_ops;

static int draw(void *ctx, enum kimg_use use, u64 limit, u64 want, struct kimg_run *got)
{
	void (*meanwhile)(void) = kernel.meanwhile;

	(void)ctx;
	might_sleep();
	if (meanwhile) {
		kernel.meanwhile = NULL;
		meanwhile();
	}
	kernel.control_draws += use == KIMG_USE_CONTROL;
	if (kernel_fails())
		return 0;	/* and no frame */
	return sim_ops.draw(kernel.sim, use, limit, want, got);
}

static void give(void *ctx, u64 first, u64 count)
{
	(void)ctx;
	sim_ops.give(kernel.sim, first, count);
}

static void *map(void *ctx, u64 frame)
{
	(void)ctx;
	return sim_ops.map(kernel.sim, frame);
}

static void unmap(void *ctx, void *window)
{
	(void)ctx;
	sim_ops.unmap(kernel.sim, window);
}

static int pull_by_sim(void *ctx, u32 index, u64 offset, void *to, size_t size)
{
	(void)ctx;
	return sim_ops.pull(kernel.sim, index, offset, to, size);
}

static void filled_by_sim(void *ctx, u32 segment, const void *page, bool in_place)
{
	(void)ctx;
	sim_ops.filled(kernel.sim, segment, page, in_place);
}

static void claim(void *ctx, u64 first, u64 count, struct kimg_run *got)
{
	(void)ctx;
	sim_ops.claim(kernel.sim, first, count, got);
}

static void pause_by_sim(void *ctx)
{
	(void)ctx;
	sim_ops.pause(kernel.sim);
}

static const struct kimg_host_ops ops = {
	.draw = draw,
	.give = give,
	.map = map,
	.unmap = unmap,
	.pull = pull_by_sim,
	.filled = filled_by_sim,
	.claim = claim,
	.pause = pause_by_sim,
};

static int pull(void *arg, u32 index, u64 offset, void *to, size_t size)
{
	struct kleap_memory *memory = arg;
	u64 from = memory->segment[index].buf + offset;

	if (fatal_signal_pending(current))
		return -EINTR;
	return copy_from_user(to, (void *)(unsigned long)from, size) ? -EFAULT : 0;
}

static void filled(void *arg, u32 segment, const void *page, bool in_place)
{
	struct kleap_memory *memory = arg;

	kleap_digest_page(container_of(memory, struct kleap_image, memory), segment, page,
			  in_place);
}

void kleap_memory_init(struct kleap_memory *memory, u64 limit,
		       const struct kleap_segment *segment)
{
	unsigned int slot = 0;

	while (slot < ARRAY_SIZE(image) - 1 && image[slot])
		slot++;
	if (!limit || limit > MACHINE_LIMIT)
		limit = MACHINE_LIMIT;
	HOLDS(!image[slot]);
	image[slot] = container_of(memory, struct kleap_image, memory);
	memory->segment = segment;
	memory->frames.contig_calls = 7;
	sim_set_limits(kernel.sim, limit, limit, min(limit, CONTROL_END - 1), KIMG_PARK_MAX);
	sim_set_pull(kernel.sim, pull, memory);
	sim_set_filled(kernel.sim, filled, memory);
	sim_restart_pulls(kernel.sim);
	memory->host = sim_host(kernel.sim);
	sim_ops = *memory->host.ops;
	memory->host.ops = &ops;
	memory->host.ctx = memory;
}

struct kleap_image *kernel_image(void)
{
	/* What came to nothing, or was replaced, is freed. */
	HOLDS(!image[0] + !image[1] + !image[2] >= 2);
	for (unsigned int i = 0; i < ARRAY_SIZE(image); i++)
		if (image[i])
			return image[i];
	return NULL;
}

unsigned long totalram_pages(void)
{
	return 3 * MIB >> PAGE_SHIFT;
}

unsigned long kimg_low_memory_end(void)
{
	return 2 * MIB >> PAGE_SHIFT;
}

/* ---- On and off ------------------------------------------------------------------------- */

void kernel_boot(void)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.may_boot = true;
	machine_on();
	/* Where control pages may lie, above that, and above what a leap reaches. */
	kernel.sim = sim_new(PAGE_SHIFT, ENTRY_SIZE, MACHINE_LIMIT);
	HOLDS(kernel.sim);
	HOLDS(sim_add_ram(kernel.sim, MIB, 2 * MIB));
	HOLDS(sim_add_zone(kernel.sim, 2, MACHINE_LIMIT + 1, MACHINE_LIMIT + 1 + MIB));
	kernel.ram[kernel.rams++] = (struct resource){ MIB, 2 * MIB - 1 };
	if (CONTROL_END <= MACHINE_LIMIT) {
		HOLDS(sim_add_zone(kernel.sim, 1, CONTROL_END, CONTROL_END + MIB));
		kernel.ram[kernel.rams++] =
			(struct resource){ CONTROL_END, CONTROL_END + MIB - 1 };
	}
	kernel.ram[kernel.rams++] = (struct resource){ MACHINE_LIMIT + 1, MACHINE_LIMIT + MIB };
	sim_set_allocator(kernel.sim, SIM_RANDOM_RUNS, 1);
	sim_set_claim(kernel.sim, SIM_CLAIM_SOME);
}

void kernel_clean(void)
{
	no_locks();
	HOLDS(!kernel.nodes && !kernel.gic.mapped && !kernel.yard && !kernel.words);
	HOLDS(!kernel.misc && !kernel.folder && !kernel.group);
	HOLDS(!kernel.notifier && !kernel.sleep_notifier && !kernel.restart_handler);
	HOLDS(!kernel.shutdown && !kernel.probe);
	for (unsigned int i = 0; i < ALLOCATIONS; i++)
		HOLDS(!allocated[i]);
	if (!sim_check_clean(kernel.sim))
		broken("%s", sim_violation(kernel.sim) ? sim_violation(kernel.sim) :
		       "frames are left");
}

void kernel_off(void)
{
	kernel_clean();
	sim_delete(kernel.sim);
}
