// SPDX-License-Identifier: GPL-2.0-only
/* Errors to errno, in one table; refusals in the kernel log; the audit line. */
#include "kleap.h"

#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/uidgid.h>

/* By group first; single errors may override. */
static const int group_errno[] = {
	[KIMG_GROUP_CALLER]	= -EINVAL,
	[KIMG_GROUP_LAYOUT]	= -EINVAL,
	[KIMG_GROUP_MEMORY]	= -ENOMEM,
	[KIMG_GROUP_HOST]	= -EFAULT,
	[KIMG_GROUP_INTERNAL]	= -EIO,
	[KIMG_GROUP_FILE]	= -ENOEXEC,
	[KIMG_GROUP_SYSTEM]	= -EINVAL,
};

static const struct {
	enum kimg_error error;
	int code;
} error_errno[] = {
	{ KIMG_E_INTERRUPTED,	-EINTR },
	{ KIMG_E_HOST_CONTRACT,	-EIO },
	{ KIMG_E_DRAW,		-EIO },
	{ KIMG_E_PERMISSION,	-EPERM },
	{ KIMG_E_LOCKDOWN,	-EPERM },
	{ KIMG_E_DISABLED,	-EPERM },
	{ KIMG_E_POLICY,	-EPERM },
	{ KIMG_E_CPUS_STAY,	-EOPNOTSUPP },
	{ KIMG_E_CPUS_NOT_OFF,	-EOPNOTSUPP },
	{ KIMG_E_KVM_PROTECTED,	-EOPNOTSUPP },
	{ KIMG_E_MEMORY_ATTRIBUTES, -EOPNOTSUPP },
	{ KIMG_E_HYPERVISOR,	-EOPNOTSUPP },
	{ KIMG_E_GOING,		-ENODEV },
	{ KIMG_E_CPUS_OFFLINE,	-EAGAIN },
	{ KIMG_E_KPROBES_OFF,	-EAGAIN },
	{ KIMG_E_REHEARSAL_VIRTUAL, -EAGAIN },
	{ KIMG_E_REHEARSAL_CACHE, -EOPNOTSUPP },
	{ KIMG_E_BUSY,		-EBUSY },
	{ KIMG_E_REHEARSAL_ARMED, -EBUSY },
	{ KIMG_E_NOT_LOADED,	-ENODATA },
	{ KIMG_E_REHEARSAL_CUT,	-ENODATA },
	{ KIMG_E_MEMORY_ENCRYPTED, -EOPNOTSUPP },
	{ KIMG_E_ABI_POINTER,	-EFAULT },
	{ KIMG_E_ABI_WIDTH,	-EFAULT },
};

int kleap_errno(const struct kimg_why *why)
{
	unsigned int i;

	if (why->error == KIMG_OK)
		return 0;
	/* As for all extensible structures: too small is EINVAL, too large is E2BIG. */
	if (why->error == KIMG_E_ABI_SIZE && why->a > why->c)
		return -E2BIG;
	for (i = 0; i < ARRAY_SIZE(error_errno); i++)
		if (error_errno[i].error == why->error)
			return error_errno[i].code;
	return group_errno[kimg_error_group(why->error)];
}

void kleap_log_refusal(const char *what, const struct kimg_why *why)
{
	char text[256];

	kimg_explain(why, text, sizeof(text));
	pr_notice_ratelimited("%s refused: %s [%s]\n", what, text,
			      kimg_error_id(why->error));
}

void kleap_audit(const char *what, bool allowed)
{
	unsigned int uid = from_kuid(&init_user_ns, current_uid());

	if (allowed)
		pr_notice("%s by uid %u, pid %d\n", what, uid,
			  task_tgid_nr(current));
	audit_log(audit_context(), GFP_KERNEL, AUDIT_KERNEL_OTHER,
		  "op=kleap-%s uid=%u auid=%u pid=%d res=%d", what, uid,
		  from_kuid(&init_user_ns, audit_get_loginuid(current)),
		  task_tgid_nr(current), allowed);
}
