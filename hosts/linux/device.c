// SPDX-License-Identifier: GPL-2.0-only
/* /dev/kleap: requests from programs. The interface is in kleap_ioctl.h. */
#include "kleap.h"

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/reboot.h>
#include <linux/security.h>
#include <linux/uaccess.h>

static enum kimg_error refuse(struct kimg_why *why, enum kimg_error error,
			      u64 a, u64 b, u64 c)
{
	*why = (struct kimg_why) { .error = error, .a = a, .b = b, .c = c };
	return error;
}

/*
 * Copy a request of any version in: `known` bytes are ours, and the oldest
 * version is as long, so far. The size stands in its first field.
 */
static enum kimg_error fetch(void *to, size_t known, const void __user *from,
			     struct kimg_why *why)
{
	u32 size;
	int code;

	if (get_user(size, (const u32 __user *)from))
		goto unreadable;
	if (size < known || size > PAGE_SIZE)
		return refuse(why, KIMG_E_ABI_SIZE, size, known, PAGE_SIZE);
	code = copy_struct_from_user(to, known, from, size);
	/* Not zero beyond our version: then no more than that is taken. */
	if (code == -E2BIG)
		return refuse(why, KIMG_E_ABI_SIZE, size, known, known);
	if (code)
		goto unreadable;
	/* Read twice: the second reading counts, and must be the same. */
	if (*(u32 *)to != size)
		return refuse(why, KIMG_E_ABI_SIZE, *(u32 *)to, known, PAGE_SIZE);
	return KIMG_OK;

unreadable:
	return refuse(why, KIMG_E_ABI_POINTER, (unsigned long)from, 0, 0);
}

/* May the caller load and leap on this kernel, now? */
static enum kimg_error may_leap(struct kimg_why *why)
{
	if (kleap_disabled)
		return refuse(why, KIMG_E_DISABLED, 0, 0, 0);
	if (security_locked_down(LOCKDOWN_KEXEC))
		return refuse(why, KIMG_E_LOCKDOWN, 0, 0, 0);
	return KIMG_OK;
}

static enum kimg_error load(void __user *arg, struct kimg_why *why)
{
	struct kleap_segment segment[KIMG_SEGMENT_MAX];
	struct kleap_load request;
	enum kimg_error error;
	u32 i;

	error = may_leap(why);
	if (!error)
		error = fetch(&request, sizeof(request), arg, why);
	if (error)
		return error;
	if (request.flags & ~KLEAP_LOAD_CHECKSUM)
		return refuse(why, KIMG_E_ABI_FLAGS,
			      request.flags & ~KLEAP_LOAD_CHECKSUM, 0, 0);
	if (request.reserved || request.registers.reserved)
		return refuse(why, KIMG_E_ABI_RESERVED, 0, 0, 0);
	if (!request.segment_count)
		return refuse(why, KIMG_E_IMAGE_EMPTY, 0, 0, 0);
	if (request.segment_count > KIMG_SEGMENT_MAX)
		return refuse(why, KIMG_E_SEGMENTS_TOO_MANY,
			      request.segment_count, KIMG_SEGMENT_MAX, 0);
	if (request.segments != (unsigned long)request.segments ||
	    copy_from_user(segment,
			   (void __user *)(unsigned long)request.segments,
			   request.segment_count * sizeof(segment[0])))
		return refuse(why, KIMG_E_ABI_POINTER, request.segments, 0, 0);
	for (i = 0; i < request.segment_count; i++) {
		u64 last = segment[i].buf + segment[i].bufsz;

		/* Neither pointer nor size may be cut to the machine's width. */
		if (last != (unsigned long)last || last < segment[i].buf)
			return refuse(why, KIMG_E_ABI_POINTER, segment[i].buf,
				      0, 0);
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
		return refuse(why, KIMG_E_ABI_FLAGS, request.flags, 0, 0);
	if (!kleap_image_loaded())
		return refuse(why, KIMG_E_NOT_LOADED, 0, 0, 0);
	kleap_image_unload();
	kleap_audit("unload", true);
	return KIMG_OK;
}

/* Sets *restart when the kernel is to be restarted, once nothing can refuse. */
static enum kimg_error leap(void __user *arg, bool *restart,
			    struct kimg_why *why)
{
	struct kleap_leap request;
	enum kimg_error error = may_leap(why);

	if (!error)
		error = fetch(&request, sizeof(request), arg, why);
	if (error)
		return error;
	if (request.when > KLEAP_LEAP_CANCEL)
		return refuse(why, KIMG_E_ABI_FLAGS, request.when, 0, 0);
	if (!kleap_image_loaded())
		return refuse(why, KIMG_E_NOT_LOADED, 0, 0, 0);
	if (request.when == KLEAP_LEAP_CANCEL) {
		kleap_leap_arm(NULL);
		kleap_audit("leap-cancel", true);
		return KIMG_OK;
	}
	error = kleap_image_check(kleap_image_loaded(), false, why);
	if (error)
		return error;
	kleap_leap_arm(kleap_image_loaded());
	*restart = request.when == KLEAP_LEAP_NOW;
	kleap_audit(*restart ? "leap" : "leap-at-reboot", true);
	return KIMG_OK;
}

static enum kimg_error disable(void __user *arg, struct kimg_why *why)
{
	struct kleap_disable request;
	enum kimg_error error = fetch(&request, sizeof(request), arg, why);

	if (error)
		return error;
	if (request.flags)
		return refuse(why, KIMG_E_ABI_FLAGS, request.flags, 0, 0);
	kleap_image_disable();
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
		return refuse(why, KIMG_E_ABI_POINTER, (unsigned long)arg, 0, 0);
	return KIMG_OK;
}

/* Tell the caller why, where its structure has room for that. */
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
	else
		return;
	/*
	 * A structure too short for it must not be written beyond its end. Some
	 * refusals come before the size was looked at.
	 */
	if (get_user(size, (const u32 __user *)arg) ||
	    size < at + sizeof(answer))
		return;
	/* If this fails too, errno still says what class of error it was. */
	if (copy_to_user(arg + at, &answer, sizeof(answer)))
		return;
}

static long device_ioctl(struct file *file, unsigned int command,
			 unsigned long address)
{
	static const char * const name[] = {
		"load", "unload", "leap", "disable", "status",
	};
	unsigned int first = _IOC_NR(KLEAP_IOC_LOAD);
	void __user *arg = (void __user *)address;
	struct kimg_why why = { .error = KIMG_OK };
	bool restart = false;
	int code;

	/*
	 * The size in the request's number is not looked at: it grows with the
	 * structure, whose first field tells the same.
	 */
	if (_IOC_TYPE(command) != _IOC_TYPE(KLEAP_IOC_LOAD) ||
	    _IOC_NR(command) < first ||
	    _IOC_NR(command) >= first + ARRAY_SIZE(name))
		return -ENOTTY;
	command = _IOC_NR(command);
	if (!capable(CAP_SYS_BOOT)) {
		refuse(&why, KIMG_E_PERMISSION, 0, 0, 0);
		goto refused;
	}
	if (!mutex_trylock(&kleap_lock)) {
		refuse(&why, KIMG_E_BUSY, 0, 0, 0);
		goto refused;
	}
	if (command == _IOC_NR(KLEAP_IOC_LOAD))
		load(arg, &why);
	else if (command == _IOC_NR(KLEAP_IOC_UNLOAD))
		unload(arg, &why);
	else if (command == _IOC_NR(KLEAP_IOC_LEAP))
		leap(arg, &restart, &why);
	else if (command == _IOC_NR(KLEAP_IOC_DISABLE))
		disable(arg, &why);
	else
		status(arg, &why);
	/* Held through the restart, so that the image stays what it is. */
	if (restart)
		kernel_restart(NULL);
	mutex_unlock(&kleap_lock);

refused:
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
