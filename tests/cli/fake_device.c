// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A fake module, and a system that fails: replacements for calls of the kleap
 * command under test, inserted by the linker (--wrap). Set by the environment:
 *
 *   FAKE_LOG      file that each request is written to, a line each
 *   FAKE_ROOT     where /proc, /sys and watchdogs are
 *   FAKE_PARAMS   file that the boot params of a load are written to
 *   FAKE_INITRD   file that the initrd of a load is written to, as the new kernel gets it
 *   FAKE_STATE    what status reports: 0, 1 or 2 (KLEAP_STATE_*)
 *   FAKE_ERRNO    every request but status fails with this errno
 *   FAKE_WHY      "ERROR A B C D": and gives these numbers as its reason
 *   FAKE_OPEN     opening the device fails with this errno
 *   FAKE_FILE     this file is opened in its place
 *   FAKE_STATUS   so does the request for the status
 *   FAKE_REHEARSED  "TIMES ERROR": status reports these
 *   FAKE_REHEARSAL  "PAGES IN_PLACE MACHINE COPY CHECK LONGEST BEFORE": a rehearsal's pages,
 *                 mode and nanoseconds; default: 64 10 2 54000 81000 40000 1234567
 *   FAKE_DISABLED status reports that leaps are disabled
 *   FAKE_DENY     this file may not be opened
 *   FAKE_MMAP     mapping a file fails with this errno
 *   FAKE_ALLOC    the allocation with this number, from 1, fails
 *   FAKE_FAULT    the simulated leap goes wrong: 1 it finds no end, 2 it copies
 *                 nothing, 3 a frame is lost, 4 a frame is given back twice
 *
 *   FAKE_FB       the framebuffer: "ID,WIDTH,HEIGHT,DEPTH,LINE,BASE,SIZE"; default: none
 *   FAKE_FB_ERRNO its requests fail with this errno
 *   FAKE_WIPED    set: memory that is wiped is logged, too
 *   FAKE_RANDOM   random numbers fail with this errno; otherwise they are all 'S'
 *
 *   FAKE_NET      the network interfaces: "lo:up eth0:up eth1:down"; default: none
 *   FAKE_SOCKET   opening a socket fails with this errno
 *   FAKE_STUCK    this interface cannot be taken down
 *   FAKE_GONE     this one is gone before it is looked at
 *   FAKE_DOWN     this one does not come up again
 *   FAKE_REBOOT   reboot() fails with this errno; otherwise it ends the program
 *
 *   FAKE_MOUNT    mount() fails with this errno
 *   FAKE_EXECV    so does execv(); otherwise it ends the program
 *
 *   FAKE_KEXEC    kexec_load() fails with this errno, 0 for success; default: there is none
 *   FAKE_KEXEC_FILE    so does kexec_file_load()
 *   FAKE_CORE     file that a dump's ELF header in an image of kexec_load() is written to
 *   FAKE_STUB     file that the page is written to which kexec_load() enters
 *   FAKE_PROBE    what both fail with if they are only asked; default: EINVAL
 *   FAKE_MACHINE  what uname() calls the machine; default: i686
 *   FAKE_CPUID    "ECX EAX": of leaves 1 and 0x8000001f; default: zeros
 *   FAKE_PAGE     the running kernel's page size; default: this one's
 *   FAKE_MEMFD    memfd_create() fails with this errno; with 0 nothing can be written there
 *
 * sync(), mount() and execv() are only logged.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fb.h>
#include <linux/kexec.h>
#include <net/if.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "kimg.h"
#include "kleap_ioctl.h"

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
enum kimg_error __real_kimg_walk(const struct kimg_host *host, kimg_entry_t head, uint64_t most,
				 int (*step)(void *arg, const struct kimg_copy *copy),
				 void *arg, int *stopped, struct kimg_why *why);
enum kimg_error __wrap_kimg_walk(const struct kimg_host *host, kimg_entry_t head, uint64_t most,
				 int (*step)(void *arg, const struct kimg_copy *copy),
				 void *arg, int *stopped, struct kimg_why *why);
void __wrap_sync(void);
DIR *__real_opendir(const char *path);
DIR *__wrap_opendir(const char *path);
int __wrap_socket(int family, int type, int protocol);
struct if_nameindex *__wrap_if_nameindex(void);
void __wrap_if_freenameindex(struct if_nameindex *list);
int __wrap_reboot(int how);
int __wrap_mount(const char *what, const char *where, const char *type, unsigned long flags,
		 const void *data);
int __wrap_execv(const char *path, char *const *arguments);
ssize_t __real_readlink(const char *path, char *to, size_t size);
ssize_t __wrap_readlink(const char *path, char *to, size_t size);

long __wrap_syscall(long call, ...);
int __wrap_uname(struct utsname *name);
void __wrap_ask_processor(uint32_t leaf, uint32_t reg[4]);
long __real_sysconf(int name);
long __wrap_sysconf(int name);
int __real_memfd_create(const char *name, unsigned int flags);
int __wrap_memfd_create(const char *name, unsigned int flags);
ssize_t __wrap_getrandom(void *to, size_t size, unsigned int how);
void __wrap_explicit_bzero(void *at, size_t size);

static long number(const char *name)
{
	const char *text = getenv(name);

	return text && *text ? strtol(text, NULL, 0) : 0;
}

/* A path of the fake system, in a static buffer, if it is one of the system's. */
static const char *faked(const char *path)
{
	const char *root = getenv("FAKE_ROOT");
	static char to[512];

	if (!root || (strncmp(path, "/proc/", 6) && strncmp(path, "/sys/", 5) &&
		       strncmp(path, "/run/", 5) && strncmp(path, "/dev/watchdog", 13)))
		return path;
	snprintf(to, sizeof(to), "%s%s", root, path);
	return to;
}

ssize_t __wrap_readlink(const char *path, char *to, size_t size)
{
	return __real_readlink(faked(path), to, size);
}

DIR *__wrap_opendir(const char *path)
{
	return __real_opendir(faked(path));
}

int __wrap_open(const char *path, int flags, ...)
{
	const char *denied = getenv("FAKE_DENY");

	path = faked(path);
	if (denied && !strcmp(path, denied)) {
		errno = EACCES;
		return -1;
	}
	if (!strcmp(path, "/dev/fb0")) {
		errno = ENOENT;
		return getenv("FAKE_FB") ? __real_open("/dev/null", O_RDWR) : -1;
	}
	if (strcmp(path, "/fake/kleap") && strcmp(path, KLEAP_DEVICE))
		return __real_open(path, flags, 0600);
	if (number("FAKE_OPEN")) {
		errno = (int)number("FAKE_OPEN");
		return -1;
	}
	return __real_open(getenv("FAKE_FILE") ? getenv("FAKE_FILE") : "/dev/null", O_RDWR);
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
	if (!number("FAKE_MMAP"))
		return __real_mmap(at, size, protection, flags, fd, offset);
	errno = (int)number("FAKE_MMAP");
	return MAP_FAILED;
}

static bool over;

static void finish(void)
{
	over = true;
}

/* Is this the allocation that fails? Then say so. What gcov does at the end is not ours. */
static bool fails(void)
{
	static long calls;
	static const char text[] = "an allocation failed\n";

	if (!calls)
		atexit(finish);
	if (over || ++calls != number("FAKE_ALLOC"))
		return false;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		abort();
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

enum kimg_error __wrap_kimg_walk(const struct kimg_host *host, kimg_entry_t head, uint64_t most,
				 int (*step)(void *arg, const struct kimg_copy *copy),
				 void *arg, int *stopped, struct kimg_why *why)
{
	long fault = number("FAKE_FAULT");
	struct kimg_run run;

	if (fault >= 3 && !host->ops->draw(host->ctx, KIMG_USE_SOURCE, UINT32_MAX, 1, &run))
		for (; fault > 3 && fault < 6; fault++)
			host->ops->give(host->ctx, run.first, run.count);
	return __real_kimg_walk(host, fault == 2 ? KIMG_DONE : head, fault == 1 ? 1 : most,
				step, arg, stopped, why);
}

static void log_line(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static void log_line(const char *format, ...)
{
	FILE *file = fopen(getenv("FAKE_LOG"), "a");
	va_list arguments;

	if (!file)
		abort();
	va_start(arguments, format);
	vfprintf(file, format, arguments);
	va_end(arguments);
	fclose(file);
}

ssize_t __wrap_getrandom(void *to, size_t size, unsigned int how)
{
	errno = how == GRND_NONBLOCK ? (int)number("FAKE_RANDOM") : EINVAL;
	if (errno)
		return -1;
	memset(to, 'S', size);
	return (ssize_t)size;
}

void __wrap_explicit_bzero(void *at, size_t size)
{
	memset(at, 0, size);
	if (getenv("FAKE_WIPED"))
		log_line("wiped %zu\n", size);
}

/* What the framebuffer says to a request for `fix` or for `var`, one of which is NULL. */
static int framebuffer(struct fb_fix_screeninfo *fix, struct fb_var_screeninfo *var)
{
	unsigned int width, height, depth, line, size;
	unsigned long base;
	char id[17] = "";

	errno = (int)number("FAKE_FB_ERRNO");
	if (errno)
		return -1;
	if (sscanf(getenv("FAKE_FB"), "%16[^,],%u,%u,%u,%u,%lx,%u", id, &width, &height, &depth,
		   &line, &base, &size) != 7)
		abort();
	if (fix) {
		memcpy(fix->id, id, sizeof(fix->id));
		fix->smem_start = base;
		fix->smem_len = size;
		fix->line_length = line;
		return 0;
	}
	var->xres = width;
	var->yres = height;
	var->bits_per_pixel = depth;
	var->red = (struct fb_bitfield){ 16, 8, 0 };
	var->green = (struct fb_bitfield){ 8, 7, 0 };
	var->blue = (struct fb_bitfield){ 0, 6, 0 };
	var->transp = (struct fb_bitfield){ 24, 5, 0 };
	return 0;
}

void __wrap_sync(void)
{
	log_line("sync\n");
}

int __wrap_reboot(int how)
{
	sigset_t blocked;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	if (!sigismember(&blocked, SIGHUP) || !sigismember(&blocked, SIGINT))
		log_line("not safe from signals\n");
	log_line("reboot %x\n", (unsigned int)how);
	errno = (int)number("FAKE_REBOOT");
	if (errno)
		return -1;
	exit(0);
}

int __wrap_mount(const char *what, const char *where, const char *type, unsigned long flags,
		 const void *data)
{
	(void)type, (void)data;
	log_line("mount %s %s %lx\n", what, where, flags);
	errno = (int)number("FAKE_MOUNT");
	return errno ? -1 : 0;
}

int __wrap_execv(const char *path, char *const *arguments)
{
	log_line("execv %s", path);
	for (; *arguments; arguments++)
		log_line(" %s", *arguments);
	log_line("\n");
	errno = (int)number("FAKE_EXECV");
	if (errno)
		return -1;
	exit(0);
}

int __wrap_socket(int family, int type, int protocol)
{
	(void)family, (void)type, (void)protocol;
	errno = (int)number("FAKE_SOCKET");
	return errno ? -1 : __real_open("/dev/null", O_RDWR);
}

/* The network, as it is now: interfaces and their flags. */
static struct {
	char name[16];
	short flags;
} net[8];

struct if_nameindex *__wrap_if_nameindex(void)
{
	struct if_nameindex *list = __real_calloc(9, sizeof(*list));
	const char *at = getenv("FAKE_NET");
	unsigned int count = 0;
	char state[8];
	int length;

	while (at && count < 8 &&
	       sscanf(at, " %15[^:]:%7s%n", net[count].name, state, &length) == 2) {
		net[count].flags = (short)((strcmp(state, "up") ? 0 : IFF_UP) | IFF_MULTICAST |
			(strcmp(net[count].name, "lo") ? 0 : IFF_LOOPBACK));
		list[count].if_index = count + 1;
		list[count].if_name = net[count].name;
		count++;
		at += length;
	}
	return list;
}

void __wrap_if_freenameindex(struct if_nameindex *list)
{
	free(list);
}

/* Does this variable name this interface? */
static bool named(const char *variable, const char *interface)
{
	const char *name = getenv(variable);

	return name && !strcmp(name, interface);
}

static int flags(struct ifreq *request, bool set)
{
	size_t i;

	for (i = 0; strcmp(net[i].name, request->ifr_name); i++)
		if (i == 7)
			abort();
	if (!set && named("FAKE_GONE", net[i].name)) {
		errno = ENODEV;
		return -1;
	}
	if (!set) {
		request->ifr_flags = net[i].flags;
		return 0;
	}
	if (named(request->ifr_flags & IFF_UP ? "FAKE_DOWN" : "FAKE_STUCK", net[i].name)) {
		errno = EBUSY;
		return -1;
	}
	if ((request->ifr_flags ^ net[i].flags) != IFF_UP)
		abort();
	net[i].flags = request->ifr_flags;
	log_line("%s %s\n", net[i].name, request->ifr_flags & IFF_UP ? "up" : "down");
	return 0;
}

/* Fail as the environment says, with the reason in `why` if there is one. */
static int answer(struct kleap_why *why)
{
	unsigned long long a = 0, b = 0, c = 0, d = 0;
	const char *text = getenv("FAKE_WHY");
	unsigned int error = 0;

	if (!number("FAKE_ERRNO"))
		return 0;
	if (why && text && sscanf(text, "%u %llu %llu %llu %llu", &error, &a, &b, &c, &d)) {
		why->error = error;
		why->a = a;
		why->b = b;
		why->c = c;
		why->d = d;
	}
	errno = (int)number("FAKE_ERRNO");
	return -1;
}

/* Write the boot params, or the device tree, to the file for them. */
static void write_params(const struct kleap_segment *segment)
{
	FILE *file = getenv("FAKE_PARAMS") ? fopen(getenv("FAKE_PARAMS"), "w") : NULL;

	if (!file)
		return;
	fwrite((const void *)(uintptr_t)segment->buf, 1, segment->bufsz, file);
	fclose(file);
}

/*
 * Write the initrd's bytes to the file for them. It lies between the kernel, which is
 * the first segment, and the boot params, which are the last of `count`.
 */
static void write_initrd(const struct kleap_segment *segment, unsigned int count)
{
	FILE *file = getenv("FAKE_INITRD") ? fopen(getenv("FAKE_INITRD"), "w") : NULL;

	for (unsigned int i = 1; file && i + 1 < count; i++) {
		fwrite((const void *)(uintptr_t)segment[i].buf, 1, segment[i].bufsz, file);
		if (i + 2 < count && (segment[i].bufsz != segment[i].memsz ||
		    segment[i].mem + segment[i].memsz != segment[i + 1].mem))
			fputs("a gap", file);
	}
	if (file)
		fclose(file);
}

/* What the module looks at; every byte of the data is read. */
static int load(struct kleap_load *request)
{
	const struct kleap_segment *segment = (const void *)(uintptr_t)request->segments;
	const struct kleap_entry *entry = &request->entry;
	/* Without page tables, which are the last segment. */
	unsigned int count = request->segment_count - (entry->machine == KLEAP_X86_64);
	static const struct kleap_why none;

	if (request->size != sizeof(*request) || (request->flags & ~KLEAP_LOAD_CHECK) ||
	    (!request->uart && request->uart_type) || entry->reserved || memcmp(&request->why, &none, sizeof(none))) {
		log_line("load: bad request\n");
		errno = EINVAL;
		return -1;
	}
	if (request->uart_type)
		log_line("UART of type %u\n", request->uart_type);
	log_line("load: %u segments, flags %x, limit %llx, uart %llx, machine %u, entry %" PRIx64
		 ", si %" PRIx64 ", gdt %" PRIx64 "+%" PRIx64 ", tables %" PRIx64 "\n",
		 request->segment_count, request->flags, request->limit, request->uart,
		 entry->machine, entry->address, entry->reg[KLEAP_X86_SI],
		 entry->reg[KLEAP_X86_GDT_BASE], entry->reg[KLEAP_X86_GDT_LIMIT],
		 entry->reg[KLEAP_X86_TABLES]);
	for (unsigned int i = 0; i < request->segment_count; i++) {
		const unsigned char *data = (const void *)(uintptr_t)segment[i].buf;
		unsigned int sum = 0;

		for (size_t k = 0; k < segment[i].bufsz; k++)
			sum += data[k];
		log_line("segment: %llx+%llx, data %llu, sum %u\n", segment[i].mem,
			 segment[i].memsz, segment[i].bufsz, sum);
	}
	write_params(&segment[count - 1]);
	write_initrd(segment, count);
	/* The command line lies behind the GDT in the boot params; or in a device tree. */
	if (entry->machine <= KLEAP_X86_64)
		log_line("command: %s\n", (const char *)(uintptr_t)segment[count - 1].buf + 0x1020);
	return answer(&request->why);
}

static int status(struct kleap_status *request)
{
	if (request->size != sizeof(*request)) {
		errno = EINVAL;
		return -1;
	}
	if (number("FAKE_STATUS")) {
		errno = (int)number("FAKE_STATUS");
		return -1;
	}
	*request = (struct kleap_status){ .size = sizeof(*request), .abi = KLEAP_ABI,
					  .page_size = 4096 };
	request->state = (unsigned int)number("FAKE_STATE");
	request->disabled = number("FAKE_DISABLED") != 0;
	if (request->state) {
		request->segment_count = 3;
		request->image_bytes = 1000 * 4096;
		request->frames_taken = 1005;
		request->list_frames = 1;
		request->control_frames = 4;
		request->pages_in_place = 600;
		request->pages_to_copy = 400;
	}
	if (getenv("FAKE_REHEARSED") &&
	    sscanf(getenv("FAKE_REHEARSED"), "%u %u", &request->rehearsed,
		   &request->rehearsal_error) != 2)
		abort();
	return 0;
}

static int rehearse(struct kleap_rehearse *request)
{
	const char *text = getenv("FAKE_REHEARSAL");

	if (request->size != sizeof(*request)) {
		errno = EINVAL;
		return -1;
	}
	log_line("rehearse %u\n", request->times);
	if (answer(&request->why))
		return -1;
	if (sscanf(text ? text : "64 10 2 54000 81000 40000 1234567",
		   "%u %u %u %llu %llu %llu %llu", &request->pages, &request->pages_in_place,
		   &request->machine, &request->copy_ns, &request->check_ns,
		   &request->longest_ns, &request->before_ns) != 7)
		abort();
	request->levels = 4;
	request->lowest = 0x1000;
	request->highest = 0x17fffffff;
	return 0;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *what;

	(void)fd;
	va_start(arguments, request);
	what = va_arg(arguments, void *);
	va_end(arguments);
	switch (request) {
	case SIOCGIFFLAGS:
	case SIOCSIFFLAGS:
		return flags(what, request == SIOCSIFFLAGS);
	case FBIOGET_FSCREENINFO:
		return framebuffer(what, NULL);
	case FBIOGET_VSCREENINFO:
		return framebuffer(NULL, what);
	case KLEAP_IOC_LOAD:
		return load(what);
	case KLEAP_IOC_STATUS:
		return status(what);
	case KLEAP_IOC_REHEARSE:
		return rehearse(what);
	case KLEAP_IOC_UNLOAD:
		log_line("unload\n");
		return answer(NULL);
	case KLEAP_IOC_DISABLE:
		log_line("disable\n");
		return answer(NULL);
	case KLEAP_IOC_LEAP:
		log_line("leap %u\n", ((struct kleap_leap *)what)->when);
		return answer(&((struct kleap_leap *)what)->why);
	default:
		errno = ENOTTY;
		return -1;
	}
}

/* The bytes of a file, as a size and a sum; -1: there is none. */
static void log_file(const char *name, int fd)
{
	static unsigned char block[65536];
	unsigned int sum = 0;
	long size = 0, got;

	if (fd < 0) {
		log_line("%s: none\n", name);
		return;
	}
	for (; (got = pread(fd, block, sizeof(block), size)) > 0; size += got)
		for (long i = 0; i < got; i++)
			sum += block[i];
	log_line("%s: %ld bytes, sum %u\n", name, size, sum);
}

/* What a call is to answer, by this variable; without it the kernel has no such call. */
static long answer_call(const char *variable, bool is_probe)
{
	if (!getenv(variable))
		errno = ENOSYS;
	else if (is_probe)
		errno = getenv("FAKE_PROBE") ? (int)number("FAKE_PROBE") : EINVAL;
	else
		errno = (int)number(variable);
	return errno ? -1 : 0;
}

/* As answer_call(): to a load for a crash, which first frees the image that there was. */
static long answer_crash_load(const char *variable)
{
	char path[256];
	FILE *file;

	if (answer_call(variable, false) && errno != EBUSY && errno != EPERM) {
		snprintf(path, sizeof(path), "%s/sys/kernel/kexec_crash_loaded", getenv("FAKE_ROOT"));
		file = fopen(path, "w");
		fputs("0\n", file);
		fclose(file);
	}
	return answer_call(variable, false);
}

static long fake_kexec_load(unsigned long entry, unsigned long count,
			    const struct kexec_segment *segment, unsigned long flags)
{
	if (count == ~0ul)
		return answer_call("FAKE_KEXEC", true);
	log_line("kexec_load: entry %lx, %lu segments, flags %lx\n", entry, count, flags);
	for (unsigned long i = 0; i < count; i++) {
		const unsigned char *data = segment[i].buf;
		unsigned int sum = 0;

		for (size_t k = 0; k < segment[i].bufsz; k++)
			sum += data[k];
		if (getenv("FAKE_CORE") && !memcmp(data, "\177ELF", 4)) {
			FILE *file = fopen(getenv("FAKE_CORE"), "w");

			fwrite(data, 1, segment[i].bufsz, file);
			fclose(file);
		}
		log_line("segment: %lx+%zx, data %zu, sum %u\n", (unsigned long)segment[i].mem,
			 segment[i].memsz, segment[i].bufsz, sum);
	}
	if (count && getenv("FAKE_STUB")) {
		FILE *file = fopen(getenv("FAKE_STUB"), "w");

		/* It is the last one. */
		if (!file || (unsigned long)segment[count - 1].mem != entry)
			abort();
		fwrite(segment[count - 1].buf, 1, segment[count - 1].bufsz, file);
		fclose(file);
	}
	if (count && flags & KEXEC_ON_CRASH)
		return answer_crash_load("FAKE_KEXEC");
	return answer_call("FAKE_KEXEC", false);
}

static long fake_kexec_file_load(int kernel, int initrd, unsigned long size, const char *line,
				 unsigned long flags)
{
	if (flags & ~0xfful)
		return answer_call("FAKE_KEXEC_FILE", true);
	log_line("kexec_file_load: flags %lx\n", flags);
	if (!(flags & KEXEC_FILE_UNLOAD)) {
		log_file("kernel", kernel);
		log_file("initrd", flags & KEXEC_FILE_NO_INITRAMFS ? -1 : initrd);
		if (line[size - 1])
			abort();
		log_line("command: %s\n", line);
		if (flags & KEXEC_FILE_ON_CRASH)
			return answer_crash_load("FAKE_KEXEC_FILE");
	}
	return answer_call("FAKE_KEXEC_FILE", false);
}

long __wrap_syscall(long call, ...)
{
	unsigned long a[5];
	va_list arguments;

	va_start(arguments, call);
	for (int i = 0; i < 5; i++)
		a[i] = i < 4 || call == SYS_kexec_file_load ? va_arg(arguments, unsigned long) : 0;
	va_end(arguments);
	if (call == SYS_kexec_load)
		return fake_kexec_load(a[0], a[1], (const void *)a[2], a[3]);
	if (call == SYS_kexec_file_load)
		return fake_kexec_file_load((int)a[0], (int)a[1], a[2], (const char *)a[3], a[4]);
	abort();
}

int __wrap_uname(struct utsname *name)
{
	const char *machine = getenv("FAKE_MACHINE");

	snprintf(name->machine, sizeof(name->machine), "%s", machine ? machine : "i686");
	return 0;
}

void __wrap_ask_processor(uint32_t leaf, uint32_t reg[4])
{
	const char *text = getenv("FAKE_CPUID");

	memset(reg, 0, 4 * sizeof(*reg));
	if (text)
		sscanf(text, leaf == 1 ? "%x" : "%*x %x", leaf == 1 ? &reg[2] : &reg[0]);
}

long __wrap_sysconf(int name)
{
	return name == _SC_PAGESIZE && getenv("FAKE_PAGE") ? number("FAKE_PAGE") : __real_sysconf(name);
}

int __wrap_memfd_create(const char *name, unsigned int flags)
{
	if (!getenv("FAKE_MEMFD"))
		return __real_memfd_create(name, flags);
	errno = (int)number("FAKE_MEMFD");
	return errno ? -1 : __real_open("/dev/full", O_RDWR);
}
