// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// nth: load images with kexec_load(2), and let the kernel refuse the first, the second, the third ... allocation of a load.
//
// For each n a number of loads is made with fault n, and the machine's free pages are counted before and after. A fault
// that loses a page at each load stands out from the noise. Done when a load gets by without reaching its n-th allocation.
//
// The small image has a list of one page. The large one crosses into a second, and there each of its last faults is
// repeated, for that is where a page can be lost between allocation and list.
//
// A load that gets by in spite of its fault must have made the same image as one without: /proc/kexec_list tells its sum.
//
// Prints "NAME VALUE" lines; exit status 0 when each fault was survived with ENOMEM or a whole image, and nothing was lost.

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../guest/free_pages.h"

#define PAGE 4096ul
#define SLOTS (PAGE / sizeof(long))
#define AT 0x4000000ul
#define REPEAT 64

struct segment {
	void *buf;
	size_t bufsz;
	unsigned long mem;
	size_t memsz;
};

static int bad;

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0) {
		printf("nth.trouble %s: %s\n", path, strerror(errno));
		exit(2);
	}
	close(fd);
}

static long free_pages(void)
{
	put("/proc/sys/vm/stat_refresh", "1");
	return count_free_pages();
}

static int kexec_load(struct segment *segment, unsigned long count)
{
	return syscall(SYS_kexec_load, AT, count, segment, 0ul) ? errno : 0;
}

// What the list of the loaded image says: 0 if it ends and its control pages are in low memory, with the sum in *sum.
static int read_list(unsigned *sum, char *said, size_t room)
{
	FILE *list = fopen("/proc/kexec_list", "r");
	char line[4096], name[64], value[64];
	int facts = 0;

	*said = '\0';
	*sum = 0;
	while (list && fgets(line, sizeof(line), list)) {
		if (sscanf(line, "%63s %63[^\n]", name, value) != 2)
			continue;
		if (!strcmp(name, "image_sum"))
			facts += sscanf(value, "%x", sum) == 1;
		else if (!strcmp(name, "image_list_end") && !strcmp(value, "done"))
			facts++;
		else if (!strcmp(name, "image_control_pages_high") && !strcmp(value, "0"))
			facts++;
		else if (!strcmp(name, "image_list_end") || !strcmp(name, "image_control_pages_high"))
			snprintf(said, room, "%s %s", name, value);
	}
	if (list)
		fclose(list);
	return facts == 3 ? 0 : -1;
}

static unsigned sound_sum;		// of the image, loaded without a fault
static int survived;

// The image that is loaded has survived fault n, or is the first, without a fault, if n is 0.
static void check_image(const char *name, int n)
{
	char said[160];
	unsigned sum;
	int broken = read_list(&sum, said, sizeof(said));

	if (!n)
		sound_sum = sum;
	else
		survived++;
	if (broken || sum != sound_sum) {
		printf("%s.damaged fault %d: sum %08x of %08x %s\n", name, n, sum, sound_sum, said);
		bad = 1;
	}
}

// One load with fault n. Result: 0 done, else errno. *reached: was there an n-th allocation?
static int faulty_load(const char *name, struct segment *segment, int n, int *reached)
{
	int fd = open("/proc/thread-self/fail-nth", O_RDWR), result;
	char text[32] = "";

	if (fd < 0) {
		printf("nth.trouble fail-nth: %s\n", strerror(errno));
		exit(2);
	}
	dprintf(fd, "%d", n);
	result = kexec_load(segment, 1);
	*reached = pread(fd, text, sizeof(text) - 1, 0) > 0 && atoi(text) == 0;
	pwrite(fd, "0", 1, 0);
	close(fd);
	if (!result) {
		if (*reached)
			check_image(name, n);
		kexec_load(NULL, 0);
	}
	return result;
}

// Repeat fault n; tell what was lost. Result: was there an n-th allocation?
static int one_fault(const char *name, struct segment *segment, int n, int repeat)
{
	long before = free_pages(), lost;
	int reached = 0, result = 0;

	for (int i = 0; i < repeat; i++)
		result = faulty_load(name, segment, n, &reached);
	if (result && result != ENOMEM) {
		printf("%s.wrong fault %d gives %s\n", name, n, strerror(result));
		bad = 1;
	}
	if (result && !reached) {
		printf("%s.wrong a load without a fault gives %s\n", name, strerror(result));
		bad = 1;
	}
	lost = before - free_pages();
	if (repeat > 1 && lost > repeat * 3 / 4) {
		printf("%s.lost fault %d: %ld pages in %d loads\n", name, n, lost, repeat);
		bad = 1;
	}
	return reached;
}

static void one_image(const char *name, unsigned long pages)
{
	struct segment segment = { .bufsz = pages * PAGE, .mem = AT, .memsz = pages * PAGE };
	int reached = 0, result, last, n;
	long before;

	segment.buf = malloc(segment.bufsz);
	for (size_t i = 0; i < segment.bufsz; i++)
		((unsigned char *)segment.buf)[i] = i * 2654435761u >> 24;
	survived = 0;
	result = kexec_load(&segment, 1);
	check_image(name, 0);
	kexec_load(NULL, 0);
	for (int i = 0; i < 8 && !result; i++)
		result = faulty_load(name, &segment, 1 << 30, &reached);
	if (result) {
		printf("%s.wrong no load without a fault: %s\n", name, strerror(result));
		exit(1);
	}
	before = free_pages();
	for (n = 1; n < 100000; n++)
		if (!one_fault(name, &segment, n, pages < SLOTS ? REPEAT : 1))
			break;
	last = n - 1;
	for (n = last; pages >= SLOTS && n > 0 && n > last - 24; n--)
		one_fault(name, &segment, n, REPEAT);
	printf("%s.pages %lu\n%s.faults %d\n%s.survived %d\n%s.lost_in_all %ld\n", name, pages, name, last, name, survived, name,
	       before - free_pages());
	free(segment.buf);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	one_image("small", 8);
	one_image("large", SLOTS + 8);
	return bad;
}
