// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// hostile, cases that are in no table: other system calls, callers without the right, the order of requests, and what
// holds after a disable.

#define _GNU_SOURCE
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void test_other_calls(struct picture *before)
{
	static const unsigned int unknown[] = {
		0, 0xffffffff, _IOC(_IOC_READ | _IOC_WRITE, 'k', 0xe6, 8), _IOC(_IOC_READ | _IOC_WRITE, 'k', 0xdf, 8),
		_IOC(_IOC_READ | _IOC_WRITE, 'l', 0xe0, sizeof(struct kleap_load)), 0x5401,
	};
	size_t i;

	for (i = 0; i < COUNT(unknown); i++) {
		begin("unknown request %#x", unknown[i]);
		check_code(send(unknown[i], arena), ENOTTY);
		same(before);
	}
	begin("read");
	check_code(read(device, arena, 8) < 0 ? errno : 0, EINVAL);
	begin("write");
	check_code(write(device, arena, 8) < 0 ? errno : 0, EINVAL);
	begin("mmap");
	check_code(mmap(NULL, PAGE, PROT_READ, MAP_SHARED, device, 0) == MAP_FAILED ? errno : 0, ENODEV);
	begin("rmmod while open");
	check_code(syscall(SYS_delete_module, "kleap", O_NONBLOCK) < 0 ? errno : 0, EAGAIN);
	same(before);
}

void test_leap_states(struct picture *before)
{
	struct kleap_leap leap = { .size = sizeof(leap) };
	struct kleap_unload unload = { .size = sizeof(unload) };
	struct request request;
	uint32_t when;

	begin("arm");
	leap.when = KLEAP_LEAP_AT_REBOOT;
	check_code(send(KLEAP_IOC_LEAP, &leap), 0);
	state_is("armed");
	begin("a bad load leaves an armed image armed");
	good_request(&request);
	request.segment[1].buf = 0;
	check_code(send(KLEAP_IOC_LOAD, &request.load), EFAULT);
	state_is("armed");
	begin("cancel");
	leap.when = KLEAP_LEAP_CANCEL;
	check_code(send(KLEAP_IOC_LEAP, &leap), 0);
	same(before);
	begin("a new image is not armed");
	leap.when = KLEAP_LEAP_AT_REBOOT;
	check_code(send(KLEAP_IOC_LEAP, &leap), 0);
	load_good(before);

	begin("unload");
	check_code(send(KLEAP_IOC_UNLOAD, &unload), 0);
	state_is("none");
	begin("unload, nothing loaded");
	check_code(send(KLEAP_IOC_UNLOAD, &unload), ENODATA);
	begin("arm, nothing loaded");
	leap.when = KLEAP_LEAP_AT_REBOOT;
	memset(&leap.why, UNWRITTEN, sizeof(leap.why));
	check_code(send(KLEAP_IOC_LEAP, &leap), ENODATA);
	check_why(&leap.why, KIMG_E_NOT_LOADED, NULL, 0);
	state_is("none");
	begin("cancel, nothing loaded");
	leap.when = KLEAP_LEAP_CANCEL;
	check_code(send(KLEAP_IOC_LEAP, &leap), 0);
	state_is("none");
	// There is no leap by ioctl: 0 was that once.
	for (when = 0; when < 5; when += when ? 2 : 3) {
		const struct number wanted = { 'a', when };

		begin("leap %u", when);
		leap.when = when;
		memset(&leap.why, UNWRITTEN, sizeof(leap.why));
		check_code(send(KLEAP_IOC_LEAP, &leap), EINVAL);
		check_why(&leap.why, KIMG_E_ABI_FLAGS, &wanted, 1);
		state_is("none");
	}
	begin("load after all that");
	load_good(before);
}

// One rehearsal; fails the case unless the module answers so. Returns its answer.
static struct kleap_rehearse rehearse(uint32_t times, int code, unsigned int error)
{
	struct kleap_rehearse request = { .size = sizeof(request), .times = times };

	memset(&request.why, UNWRITTEN, sizeof(request.why));
	check_code(send(KLEAP_IOC_REHEARSE, &request), code);
	check_why(&request.why, error, NULL, 0);
	return request;
}

// Of an image that is entered in this mode.
static void test_mode(unsigned int machine, uint32_t times)
{
	struct kleap_rehearse answer;
	struct request request;

	begin("rehearse %u times, machine %u", times, machine);
	good_request(&request);
	request.load.flags = KLEAP_LOAD_CHECK;
	request.load.entry.machine = machine;
	check_code(send(KLEAP_IOC_LOAD, &request.load), 0);
	answer = rehearse(times, 0, UNTOLD);
	if (answer.machine != machine || answer.pages < 32 || answer.pages_in_place >= answer.pages)
		fail("machine %u, %u pages, %u in place", answer.machine, answer.pages, answer.pages_in_place);
	if (value("rehearsed") != times)
		fail("rehearsed %llu times", value("rehearsed"));
	printf("machine %u, %u levels, %u times, %u pages, longest %llu us, memory %#llx to %#llx\n", machine, answer.levels,
	       times, answer.pages, answer.longest_ns / 1000, answer.lowest, answer.highest);
}

void test_rehearsals(uint32_t times)
{
	size_t i;

	for (i = 0; i < COUNT(processor->mode) && processor->mode[i]; i++)
		test_mode(processor->mode[i], times);
}

void test_rehearse(struct picture *before)
{
	static const uint32_t bad[] = { 0, KLEAP_REHEARSE_MAX + 1, 1u << 31, UINT32_MAX };
	struct kleap_leap leap = { .size = sizeof(leap) };
	struct kleap_unload unload = { .size = sizeof(unload) };
	size_t i;

	load_good(before);
	for (i = 0; i < COUNT(bad); i++) {
		begin("rehearse %u times", bad[i]);
		rehearse(bad[i], EINVAL, KIMG_E_REHEARSAL_TIMES);
		same(before);
	}
	begin("rehearse an armed image");
	leap.when = KLEAP_LEAP_AT_REBOOT;
	check_code(send(KLEAP_IOC_LEAP, &leap), 0);
	rehearse(1, EBUSY, KIMG_E_REHEARSAL_ARMED);
	state_is("armed");
	begin("unload, rehearse");
	check_code(send(KLEAP_IOC_UNLOAD, &unload), 0);
	rehearse(1, ENODATA, KIMG_E_NOT_LOADED);
	test_rehearsals(3);
	load_good(before);
}

// drop HOW: become a caller without CAP_SYS_BOOT in the machine's own user namespace. False: not possible here.
static bool drop(unsigned int how)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[2];

	switch (how) {
	case 0:
		return !setgid(65534) && !setuid(65534);
	case 1:
		if (syscall(SYS_capget, &header, sets))
			return false;
		sets[0].effective &= ~(1u << CAP_SYS_BOOT);
		return !syscall(SYS_capset, &header, sets);
	default:
		return !unshare(CLONE_NEWUSER);
	}
}

// Disable through sysfs. Returns 0 or errno.
static int write_switch(void)
{
	int file = open(FOLDER "/disabled", O_WRONLY);

	return file < 0 || write(file, "1", 1) < 0 ? errno : 0;
}

// try AS CALL: what a caller without the right gets for commands[CALL], for disabling through sysfs, and for opening.
#define SWITCH COMMANDS
#define OPEN (SWITCH + 1)
static int try(unsigned int as, unsigned int call)
{
	struct request request;
	uint32_t head[2];
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child) {
		waitpid(child, &status, 0);
		return WIFEXITED(status) ? WEXITSTATUS(status) : 254;
	}
	if (!drop(as))
		_exit(255);
	if (call == OPEN)
		_exit(open(KLEAP_DEVICE, O_RDWR) < 0 ? errno : 0);
	if (call == SWITCH)
		_exit(write_switch());
	good_request(&request);
	memcpy(arena, &request.load, sizeof(request.load));
	head[0] = commands[call].size;
	head[1] = commands[call].flags;
	memcpy(arena, head, sizeof(head));
	_exit(send(commands[call].number, arena));
}

void test_unprivileged(struct picture *before)
{
	static const char *const whom[] = { "nobody", "root without CAP_SYS_BOOT", "root of a user namespace" };
	unsigned int as, call;

	for (as = 0; as < COUNT(whom); as++) {
		for (call = 0; call <= SWITCH; call++) {
			int code;

			begin("%s, %s", call < SWITCH ? commands[call].name : "disable through sysfs", whom[as]);
			code = try(as, call);
			if (code == 255)
				fail("this kernel cannot make such a caller");
			// The user nobody cannot even open the file; the others lack CAP_SYS_BOOT.
			check_code(code, call == SWITCH && as == 0 ? EACCES : EPERM);
			same(before);
		}
	}
	begin("open, nobody");
	check_code(try(0, OPEN), EACCES);
}

// After a disable. What a refusal says must not be written where a short request has no room for it.
void test_disabled(void)
{
	static const unsigned int which[] = { 0, 2 };
	static unsigned char sent[PAGE];
	struct picture before;
	size_t i;

	look(&before);
	for (i = 0; i < COUNT(which); i++) {
		const struct command *command = &commands[which[i]];
		uint32_t sizes[] = { 4, command->size }, j;

		for (j = 0; j < 2; j++) {
			struct request request;
			unsigned int error = j ? KIMG_E_DISABLED : UNTOLD;
			// Cancelling is allowed, so a leap is read before it is refused.
			bool leap = command->number == KLEAP_IOC_LEAP;
			uint32_t flags = leap ? KLEAP_LEAP_AT_REBOOT : command->flags;

			begin("%s of %u bytes, disabled", command->name, sizes[j]);
			good_request(&request);
			memset(arena, UNWRITTEN, PAGE);
			memcpy(arena, &request.load, command->why);
			memcpy(arena, &sizes[j], 4);
			memcpy(arena + 4, &flags, 4);
			memcpy(sent, arena, PAGE);
			check_code(send(command->number, arena), leap && !j ? EINVAL : EPERM);
			check_why((struct kleap_why *)(arena + command->why), error, NULL, 0);
			memcpy(sent + command->why, arena + command->why, sizeof(struct kleap_why));
			if (memcmp(sent, arena, PAGE))
				fail("bytes are written that are not the module's");
			same(&before);
		}
	}
}
