/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Permissions and policies: the order of the checks, the errno of each error, and
 * what is logged.
 */
#include "module_test.h"

/* What the kernel was asked, and whether the caller's memory was touched, in order. */
static bool asked(const char *words)
{
	bool same = !strcmp(kernel.trace, words);

	if (!same)
		fprintf(stderr, "asked: %s\n", kernel.trace);
	kernel.trace[0] = '\0';
	return same;
}

/* Refusals of a load, from the first that is asked about to the last. */
static void test_order_of_load(void)
{
	struct request request;

	good_request(&request);
	HOLDS(!disable());
	kernel.may_boot = false;
	kernel.policy = EPERM;
	kernel.locked_down = true;
	x86_hyper_type = X86_HYPER_XEN_HVM;
	asked("");
	/* Nothing is read before but where the reason goes, once all is said. */
	HOLDS(load(&request) == -EPERM && request.load.why.error == KIMG_E_PERMISSION);
	HOLDS(asked("capable read write"));
	kernel.may_boot = true;
	HOLDS(load(&request) == -EPERM && request.load.why.error == KIMG_E_DISABLED);
	HOLDS(asked("capable read write"));
}

static void test_order_of_load_enabled(void)
{
	struct request request;

	good_request(&request);
	kernel.policy = EACCES;
	kernel.locked_down = true;
	x86_hyper_type = X86_HYPER_XEN_HVM;
	asked("");
	HOLDS(load(&request) == -EPERM && request.load.why.error == KIMG_E_POLICY);
	HOLDS(request.load.why.a == EACCES && asked("capable policy read write"));
	kernel.policy = 0;
	HOLDS(load(&request) == -EPERM && request.load.why.error == KIMG_E_LOCKDOWN);
	HOLDS(asked("capable policy lockdown read write"));
	kernel.locked_down = false;
	HOLDS(load(&request) == -EOPNOTSUPP && request.load.why.error == KIMG_E_HYPERVISOR);
	HOLDS(request.load.why.a == X86_HYPER_XEN_HVM);
	HOLDS(asked("capable policy lockdown read write"));
	x86_hyper_type = X86_HYPER_NATIVE;
	HOLDS(!load(&request));
	HOLDS(asked("capable policy lockdown read"));
}

/* A request that cannot be read is judged only where all may be asked. */
static void test_nothing_is_read_before(void)
{
	kernel.policy = EPERM;
	HOLDS(ask(KLEAP_IOC_LOAD, NULL, 0) == -EPERM);
	kernel.policy = 0;
	kernel.locked_down = true;
	HOLDS(ask(KLEAP_IOC_LOAD, NULL, 0) == -EPERM);
	kernel.locked_down = false;
	HOLDS(ask(KLEAP_IOC_LOAD, NULL, 0) == -EFAULT);
	kernel.may_boot = false;
	HOLDS(ask(KLEAP_IOC_LOAD, NULL, 0) == -EPERM);
}

/* The other requests: arming asks about lockdown, all others about nothing more. */
static void test_order_of_others(void)
{
	struct kleap_status answer = { .size = sizeof(answer) };
	enum kimg_error error;

	load_good();
	kernel.policy = EPERM;
	kernel.locked_down = true;
	asked("");
	HOLDS(leap(KLEAP_LEAP_AT_REBOOT, &error) == -EPERM && error == KIMG_E_LOCKDOWN);
	HOLDS(asked("capable read lockdown read write"));
	kernel.locked_down = false;
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL) && asked("capable read lockdown"));
	kernel.locked_down = true;
	HOLDS(!leap(KLEAP_LEAP_CANCEL, NULL) && asked("capable read"));
	HOLDS(!ask(KLEAP_IOC_STATUS, &answer, sizeof(answer)) && asked("capable read write"));
	HOLDS(!unload() && asked("capable read"));
	HOLDS(!disable() && asked("capable read"));
	HOLDS(leap(KLEAP_LEAP_AT_REBOOT, &error) == -EPERM && error == KIMG_E_DISABLED);
	HOLDS(asked("capable read write"));
}

/* Each request wants the right, and that somebody tried without is written down. */
static void test_permission(void)
{
	static const struct {
		unsigned int number;
		const char *line;
	} all[] = {
		{ KLEAP_IOC_LOAD, "op=kleap-load uid=1000 auid=1001 pid=42 res=0" },
		{ KLEAP_IOC_UNLOAD, "op=kleap-unload uid=1000 auid=1001 pid=42 res=0" },
		{ KLEAP_IOC_LEAP, "op=kleap-leap uid=1000 auid=1001 pid=42 res=0" },
		{ KLEAP_IOC_DISABLE, "op=kleap-disable uid=1000 auid=1001 pid=42 res=0" },
		{ KLEAP_IOC_STATUS, "op=kleap-status uid=1000 auid=1001 pid=42 res=0" },
	};

	load_and_arm();
	kernel.may_boot = false;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		kernel.audit_log[0] = kernel.log[0] = '\0';
		HOLDS(ask(all[i].number, NULL, 0) == -EPERM);
		HOLDS(!strcmp(kernel.audit_log, all[i].line));
		HOLDS(strstr(kernel.log, "refused: the caller has no CAP_SYS_BOOT [permission]\n"));
	}
	kernel.audit_log[0] = '\0';
	HOLDS(kernel_write("disabled", "1") == -EPERM);
	HOLDS(!strcmp(kernel.audit_log, all[3].line));
	kernel.may_boot = true;
	HOLDS(state() == KLEAP_STATE_ARMED && !status().disabled);
}

/* Who did what, once for each; who did something wrong only in the kernel's log. */
static void test_what_is_written_down(void)
{
	struct request request;

	kernel.audit_log[0] = '\0';
	load_good();
	HOLDS(!strcmp(kernel.audit_log, "op=kleap-load uid=1000 auid=1001 pid=42 res=1"));
	HOLDS(strstr(kernel.log, "<5>kleap: load by uid 1000, pid 42\n"));
	kernel.audit_log[0] = '\0';
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	HOLDS(!strncmp(kernel.audit_log, "op=kleap-leap-at-reboot uid", 27));
	kernel.audit_log[0] = '\0';
	HOLDS(!leap(KLEAP_LEAP_CANCEL, NULL));
	HOLDS(!strncmp(kernel.audit_log, "op=kleap-leap-cancel uid", 24));
	kernel.audit_log[0] = '\0';
	HOLDS(!unload());
	HOLDS(!strncmp(kernel.audit_log, "op=kleap-unload uid", 19));

	kernel.audits = 0;
	kernel.log[0] = '\0';
	good_request(&request);
	request.load.flags = 6;
	HOLDS(load(&request) == -EINVAL && !kernel.audits);
	HOLDS(!strcmp(kernel.log, "<5>kleap: load refused: flags 0x6 are not known [abi-flags]\n"));
	HOLDS(unload() == -ENODATA && !kernel.audits);
	/* Nothing was done. */
	HOLDS(status().state == KLEAP_STATE_NONE && !kernel.audits);
	/* What a policy refuses is the administrator's to know. */
	request.load.flags = 0;
	kernel.policy = EPERM;
	kernel.audit_log[0] = '\0';
	HOLDS(load(&request) == -EPERM && kernel.audits == 1);
	HOLDS(!strcmp(kernel.audit_log, "op=kleap-load uid=1000 auid=1001 pid=42 res=0"));
	kernel.policy = 0;
	kernel.audit_log[0] = '\0';
	HOLDS(kernel_write("disabled", "1") == 1);
	HOLDS(!strcmp(kernel.audit_log, "op=kleap-disable uid=1000 auid=1001 pid=42 res=1"));
	kernel.audit_log[0] = '\0';
	HOLDS(!disable());
	HOLDS(!strcmp(kernel.audit_log, "op=kleap-disable uid=1000 auid=1001 pid=42 res=1"));
}

static void test_hypervisors(void)
{
	for (unsigned int type = 0; type < HYPERVISORS; type++) {
		bool writes = type == X86_HYPER_MS_HYPERV || type == X86_HYPER_XEN_PV ||
			      type == X86_HYPER_XEN_HVM;
		struct kimg_why why = { .error = KIMG_OK };

		x86_hyper_type = (enum x86_hypervisor_type)type;
		HOLDS(kleap_may_load(&why) == (writes ? KIMG_E_HYPERVISOR : KIMG_OK));
		HOLDS(!writes || why.a == type);
	}
}

/* The errno of each error, by the text of kleap_ioctl.h. */
static void test_errno(void)
{
	for (unsigned int error = 0; error < KIMG_E_COUNT; error++) {
		struct kimg_why why = { .error = error, .a = 1, .c = 2 };
		int wanted = 0;

		switch (error) {
		case KIMG_OK:
			break;
		case KIMG_E_PERMISSION:
		case KIMG_E_LOCKDOWN:
		case KIMG_E_DISABLED:
		case KIMG_E_POLICY:
			wanted = EPERM;
			break;
		case KIMG_E_BUSY:
		case KIMG_E_REHEARSAL_ARMED:
			wanted = EBUSY;
			break;
		case KIMG_E_CPUS_OFFLINE:
		case KIMG_E_KPROBES_OFF:
		case KIMG_E_REHEARSAL_VIRTUAL:
			wanted = EAGAIN;
			break;
		case KIMG_E_HYPERVISOR:
		case KIMG_E_MEMORY_ENCRYPTED:
		case KIMG_E_MEMORY_ATTRIBUTES:
		case KIMG_E_CPUS_STAY:
		case KIMG_E_CPUS_NOT_OFF:
		case KIMG_E_KVM_PROTECTED:
		case KIMG_E_REHEARSAL_CACHE:
			wanted = EOPNOTSUPP;
			break;
		case KIMG_E_GOING:
			wanted = ENODEV;
			break;
		case KIMG_E_ABI_POINTER:
		case KIMG_E_ABI_WIDTH:
		case KIMG_E_DATA:
			wanted = EFAULT;
			break;
		case KIMG_E_NO_MEMORY:
		case KIMG_E_NO_MEMORY_BELOW:
		case KIMG_E_NO_CONTROL:
		case KIMG_E_LARGER_THAN_MEMORY:
		case KIMG_E_NO_SCRATCH:
		case KIMG_E_HALF_OF_MEMORY:	/* of system calls */
		case KIMG_E_KEXEC_NO_MEMORY:
			wanted = ENOMEM;
			break;
		case KIMG_E_INTERRUPTED:
			wanted = EINTR;
			break;
		case KIMG_E_NOT_LOADED:
		case KIMG_E_REHEARSAL_CUT:
			wanted = ENODATA;
			break;
		case KIMG_E_HOST_CONTRACT:
		case KIMG_E_DRAW:
			wanted = EIO;
			break;
		default:
			wanted = EINVAL;
			if (kimg_error_group((enum kimg_error)error) == KIMG_GROUP_INTERNAL)
				wanted = EIO;
			/* Of files, which the module never sees. */
			if (kimg_error_group((enum kimg_error)error) == KIMG_GROUP_FILE)
				wanted = ENOEXEC;
		}
		HOLDS(kleap_errno(&why) == -wanted);
	}
	/* Too small, or not zero beyond what the module knows. */
	HOLDS(kleap_errno(&(struct kimg_why){ .error = KIMG_E_ABI_SIZE, .a = 8, .c = 9 }) == -EINVAL);
	HOLDS(kleap_errno(&(struct kimg_why){ .error = KIMG_E_ABI_SIZE, .a = 9, .c = 9 }) == -EINVAL);
	HOLDS(kleap_errno(&(struct kimg_why){ .error = KIMG_E_ABI_SIZE, .a = 10, .c = 9 }) == -E2BIG);
}

/* /sys/kernel/kleap: who may read what, and that disabling is one way. */
static void test_sysfs(void)
{
	static const struct {
		const char *name;
		unsigned int mode;
	} file[] = {
		{ "state", 0444 }, { "image_bytes", 0444 }, { "frames_taken", 0444 },
		/* Where memory lies is root's to know. */
		{ "list_frames", 0400 }, { "kept", 0400 },
		{ "control_frames", 0444 }, { "pages_in_place", 0444 },
		{ "pages_to_copy", 0444 }, { "low_memory_end", 0444 },
		{ "contig_calls", 0444 }, { "rehearsed", 0444 }, { "disabled", 0644 }, { "loaded", 0444 },
	};
	struct kleap_status now;
	const struct {
		const char *name;
		const __u64 *value;
	} number[] = {
		{ "image_bytes", &now.image_bytes }, { "frames_taken", &now.frames_taken },
		{ "control_frames", &now.control_frames },
		{ "pages_in_place", &now.pages_in_place },
		{ "pages_to_copy", &now.pages_to_copy },
		{ "low_memory_end", &now.low_memory_end },
		{ "contig_calls", &now.contig_calls },
	};
	char text[PAGE_SIZE], wanted[32];

	for (size_t i = 0; i < ARRAY_SIZE(file); i++)
		HOLDS(kernel_mode(file[i].name) == file[i].mode);
	HOLDS(kernel_read("state", text) == 5 && !strcmp(text, "none\n"));
	HOLDS(kernel_read("loaded", text) == 2 && !strcmp(text, "0\n"));
	HOLDS(kernel_read("list_frames", text) == 1 && !strcmp(text, "\n"));
	load_good();
	now = status();
	for (size_t i = 0; i < ARRAY_SIZE(number); i++) {
		snprintf(wanted, sizeof(wanted), "%llu\n", (unsigned long long)*number[i].value);
		HOLDS(kernel_read(number[i].name, text) == (ssize_t)strlen(wanted));
		HOLDS(!strcmp(text, wanted));
	}
	HOLDS(kernel_read("state", text) == 7 && !strcmp(text, "loaded\n"));
	HOLDS(kernel_read("loaded", text) == 2 && !strcmp(text, "1\n"));
	HOLDS(!leap(KLEAP_LEAP_AT_REBOOT, NULL));
	HOLDS(kernel_read("state", text) == 6 && !strcmp(text, "armed\n"));
	HOLDS(kernel_read("loaded", text) == 2 && !strcmp(text, "1\n"));

	HOLDS(kernel_read("disabled", text) == 2 && !strcmp(text, "0\n"));
	HOLDS(kernel_write("disabled", "0") == 1 && !kleap_image_disabled());
	HOLDS(kernel_write("disabled", "perhaps") == -EINVAL && !kleap_image_disabled());
	HOLDS(kernel_write("disabled", "1") == 1 && kleap_image_disabled());
	HOLDS(kernel_read("disabled", text) == 2 && !strcmp(text, "1\n"));
	HOLDS(kernel_write("disabled", "0") == -EINVAL && kleap_image_disabled());
	HOLDS(kernel_read("state", text) == 5 && !strcmp(text, "none\n"));
}

/* The list's frames, as many as a page of text has room for. */
static void test_list_frames(void)
{
	enum { MANY = 2000 };
	static u64 directory[MANY];
	char text[PAGE_SIZE], wanted[32];
	struct kimg_image *kimg;
	u64 *mine;
	u32 count;
	ssize_t length;

	load_good();
	kimg = &kernel_image()->kimg;
	snprintf(wanted, sizeof(wanted), "%llx\n", (unsigned long long)kimg->directory[0]);
	HOLDS(kernel_read("list_frames", text) == (ssize_t)strlen(wanted));
	HOLDS(!strcmp(text, wanted));

	/* A directory of more frames than that, of an image that there is no room for. */
	for (u32 i = 0; i < MANY; i++)
		directory[i] = 0xf0000000u + i;
	mine = kimg->directory;
	count = kimg->list_pages;
	kimg->directory = directory;
	kimg->list_pages = MANY;
	length = kernel_read("list_frames", text);
	HOLDS(length > 3900 && length < (ssize_t)PAGE_SIZE && length == (ssize_t)strlen(text));
	HOLDS(!strncmp(text, "f0000000 f0000001 ", 18));
	HOLDS(!strcmp(text + length - 5, " ...\n"));
	kimg->directory = mine;
	kimg->list_pages = count;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		machine_test(test_order_of_load),
		machine_test(test_order_of_load_enabled),
		machine_test(test_nothing_is_read_before),
		machine_test(test_order_of_others),
		machine_test(test_permission),
		machine_test(test_what_is_written_down),
		machine_test(test_hypervisors),
		machine_test(test_errno),
		machine_test(test_sysfs),
		machine_test(test_list_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
