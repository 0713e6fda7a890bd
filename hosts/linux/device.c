// SPDX-License-Identifier: GPL-2.0-only
/* /dev/kleap: requests from programs. The interface is in kleap_ioctl.h. */
#include "kleap.h"

#include <linux/capability.h>
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/security.h>
#include <linux/uaccess.h>

/*
 * Copy in a request of any version: `known` is the size of our version, so far also
 * that of the oldest. Its first field is the size.
 */
static enum kimg_error fetch(void *to, size_t known, const void __user *from,
			     struct kimg_why *why)
{
	u32 size;
	int code;

	if (get_user(size, (const u32 __user *)from))
		goto unreadable;
	if (size < known || size > PAGE_SIZE)
		return kimg_fail(why, KIMG_E_ABI_SIZE, .a = size, .b = known,
				 .c = PAGE_SIZE);
	code = copy_struct_from_user(to, known, from, size);
	/* Not zero beyond our version: the largest size taken is ours. */
	if (code == -E2BIG)
		return kimg_fail(why, KIMG_E_ABI_SIZE, .a = size, .b = known,
				 .c = known);
	if (code)
		goto unreadable;
	/* The size is read twice: both must be the same. */
	if (*(u32 *)to != size)
		return kimg_fail(why, KIMG_E_ABI_SIZE, .a = *(u32 *)to, .b = known,
				 .c = PAGE_SIZE);
	return KIMG_OK;

unreadable:
	return kimg_fail(why, KIMG_E_ABI_POINTER, .a = (unsigned long)from);
}

static enum kimg_error load(void __user *arg, struct kimg_why *why)
{
	struct kleap_segment segment[KIMG_SEGMENT_MAX];
	u64 highest = in_compat_syscall() ? U32_MAX : ULONG_MAX;
	struct kleap_load request;
	enum kimg_error error;
	u32 i;

	if (kleap_image_disabled())
		return kimg_fail(why, KIMG_E_DISABLED);
	error = kleap_may_load(why);
	if (!error)
		error = fetch(&request, sizeof(request), arg, why);
	if (error)
		return error;
	if (request.flags & ~KLEAP_LOAD_CHECK)
		return kimg_fail(why, KIMG_E_ABI_FLAGS,
				 .a = request.flags & ~KLEAP_LOAD_CHECK);
	if (request.entry.reserved)
		return kimg_fail(why, KIMG_E_ABI_RESERVED);
	if (!request.segment_count)
		return kimg_fail(why, KIMG_E_IMAGE_EMPTY);
	if (request.segment_count > KIMG_SEGMENT_MAX)
		return kimg_fail(why, KIMG_E_SEGMENTS_TOO_MANY,
				 .a = request.segment_count,
				 .b = KIMG_SEGMENT_MAX);
	if (request.segments > highest)
		return kimg_fail(why, KIMG_E_ABI_WIDTH, .a = request.segments);
	if (copy_from_user(segment,
			   (void __user *)(unsigned long)request.segments,
			   request.segment_count * sizeof(segment[0])))
		return kimg_fail(why, KIMG_E_ABI_POINTER, .a = request.segments);
	for (i = 0; i < request.segment_count; i++) {
		u64 last = segment[i].buf + segment[i].bufsz;

		if (last < segment[i].buf)
			return kimg_fail(why, KIMG_E_ABI_POINTER,
					 .a = segment[i].buf);
		/* Neither pointer nor size may be truncated to the caller's width. */
		if (last > highest)
			return kimg_fail(why, KIMG_E_ABI_WIDTH,
					 .a = segment[i].buf);
	}
	error = kleap_image_load(&request, segment, why);
	if (!error)
		kleap_audit("load", true);
	return error;
}

static enum kimg_error unload(void __user *arg, struct kimg_why *why)
{
	struct kleap_unload request;
	enum kimg_error error = fetch(&request, sizeof(request), arg, why);

	if (error)
		return error;
	if (request.flags)
		return kimg_fail(why, KIMG_E_ABI_FLAGS, .a = request.flags);
	error = kleap_image_unload(why);
	if (!error)
		kleap_audit("unload", true);
	return error;
}

static enum kimg_error leap(void __user *arg, struct kimg_why *why)
{
	struct kleap_leap request;
	enum kimg_error error = fetch(&request, sizeof(request), arg, why);

	if (error)
		return error;
	if (request.when == KLEAP_LEAP_CANCEL) {
		kleap_image_cancel();
		kleap_audit("leap-cancel", true);
		return KIMG_OK;
	}
	if (request.when != KLEAP_LEAP_AT_REBOOT)
		return kimg_fail(why, KIMG_E_ABI_FLAGS, .a = request.when);
	if (kleap_image_disabled())
		return kimg_fail(why, KIMG_E_DISABLED);
	if (security_locked_down(LOCKDOWN_KEXEC))
		return kimg_fail(why, KIMG_E_LOCKDOWN);
	error = kleap_image_arm(why);
	if (!error)
		kleap_audit("leap-at-reboot", true);
	return error;
}

static enum kimg_error disable(void __user *arg, struct kimg_why *why)
{
	struct kleap_disable request;
	enum kimg_error error = fetch(&request, sizeof(request), arg, why);

	if (error)
		return error;
	if (request.flags)
		return kimg_fail(why, KIMG_E_ABI_FLAGS, .a = request.flags);
	/* The open device holds the module, but rmmod -f ignores that. */
	if (!kleap_image_disable())
		return kimg_fail(why, KIMG_E_GOING);
	kleap_audit("disable", true);
	return KIMG_OK;
}

static enum kimg_error status(void __user *arg, struct kimg_why *why)
{
	struct kleap_status answer;
	enum kimg_error error = fetch(&answer, sizeof(answer), arg, why);

	if (error)
		return error;
	kleap_image_status(&answer);
	if (copy_to_user(arg, &answer, sizeof(answer)))
		return kimg_fail(why, KIMG_E_ABI_POINTER, .a = (unsigned long)arg);
	return KIMG_OK;
}

static enum kimg_error rehearse(void __user *arg, struct kimg_why *why)
{
	struct kleap_rehearse request;
	enum kimg_error error = kleap_may_load(why);

	if (!error)
		error = fetch(&request, sizeof(request), arg, why);
	if (error)
		return error;
	if (!request.times || request.times > KLEAP_REHEARSE_MAX)
		return kimg_fail(why, KIMG_E_REHEARSAL_TIMES, .a = request.times,
				 .b = KLEAP_REHEARSE_MAX);
	/* Not a rehearsal that could not be told. */
	if (copy_to_user(arg, &request, sizeof(request)))
		goto unwritable;
	error = kleap_image_rehearse(&request, why);
	if (error)
		return error;
	kleap_audit("rehearse", true);
	if (copy_to_user(arg, &request, sizeof(request)))
		goto unwritable;
	return KIMG_OK;

unwritable:
	return kimg_fail(why, KIMG_E_ABI_POINTER, .a = (unsigned long)arg);
}

/* Tell the caller the reason, if its structure has room for it. */
static void tell(unsigned int command, void __user *arg,
		 const struct kimg_why *why)
{
	struct kleap_why answer = {
		.error = why->error, .seg = why->seg, .other = why->other,
		.a = why->a, .b = why->b, .c = why->c, .d = why->d,
	};
	size_t at;
	u32 size;

	if (command == _IOC_NR(KLEAP_IOC_LOAD))
		at = offsetof(struct kleap_load, why);
	else if (command == _IOC_NR(KLEAP_IOC_LEAP))
		at = offsetof(struct kleap_leap, why);
	else if (command == _IOC_NR(KLEAP_IOC_REHEARSE))
		at = offsetof(struct kleap_rehearse, why);
	else
		return;
	/*
	 * Do not write beyond the end of a short structure. Some requests are refused
	 * before their size is checked.
	 */
	if (get_user(size, (const u32 __user *)arg) ||
	    size < at + sizeof(answer))
		return;
	/* If this fails too, errno still tells the class of the error. */
	if (copy_to_user(arg + at, &answer, sizeof(answer)))
		return;
}

static long device_ioctl(struct file *file, unsigned int command,
			 unsigned long address)
{
	static const char * const name[] = {
		"load", "unload", "leap", "disable", "status", "rehearse",
	};
	unsigned int first = _IOC_NR(KLEAP_IOC_LOAD);
	void __user *arg = (void __user *)address;
	struct kimg_why why = { .error = KIMG_OK };
	int code;

	/*
	 * The size in the request's number is ignored: it grows with the structure,
	 * whose first field has the same value.
	 */
	if (_IOC_TYPE(command) != _IOC_TYPE(KLEAP_IOC_LOAD) ||
	    _IOC_NR(command) < first ||
	    _IOC_NR(command) >= first + ARRAY_SIZE(name))
		return -ENOTTY;
	command = _IOC_NR(command);
	if (!capable(CAP_SYS_BOOT))
		why.error = KIMG_E_PERMISSION;
	else if (command == _IOC_NR(KLEAP_IOC_LOAD))
		load(arg, &why);
	else if (command == _IOC_NR(KLEAP_IOC_UNLOAD))
		unload(arg, &why);
	else if (command == _IOC_NR(KLEAP_IOC_LEAP))
		leap(arg, &why);
	else if (command == _IOC_NR(KLEAP_IOC_DISABLE))
		disable(arg, &why);
	else if (command == _IOC_NR(KLEAP_IOC_REHEARSE))
		rehearse(arg, &why);
	else
		status(arg, &why);

	code = kleap_errno(&why);
	if (code) {
		if (code == -EPERM)
			kleap_audit(name[command - first], false);
		kleap_log_refusal(name[command - first], &why);
		tell(command, arg, &why);
	}
	return code;
}

static const struct file_operations device_operations = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "kleap",
	.fops = &device_operations,
	.mode = 0600,
};

int kleap_device_init(void)
{
	return misc_register(&device);
}

void kleap_device_exit(void)
{
	misc_deregister(&device);
}
