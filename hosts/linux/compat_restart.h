/* SPDX-License-Identifier: GPL-2.0-only */
/* Differences between kernels 5.10 and 7.2, as to the restart path. See compat.h. */
#ifndef KLEAP_COMPAT_RESTART_H
#define KLEAP_COMPAT_RESTART_H

#include <linux/err.h>
#include <linux/notifier.h>
#include <linux/reboot.h>
#include <linux/syscore_ops.h>
#include <linux/version.h>

/*
 * A function that an orderly restart calls when devices are shut down; true: it becomes a
 * leap. System devices have the hook since always, but its interface changed, in updates of
 * 6.12 too. Restarts have it since 6.1: the handlers of 5.19 and 6.0 do not have this mode.
 *
 * Since 6.1 ACPI's handler of this mode tells the firmware that the machine enters S5. A
 * kexec calls none of these handlers. So ours comes first, and a leap ends the chain.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
struct shutdown_hook {
	struct sys_off_handler *handler;
};

static inline int call_shutdown(struct sys_off_data *data)
{
	bool (*function)(void) = data->cb_data;

	return function() ? NOTIFY_STOP : NOTIFY_DONE;
}

static inline int register_shutdown(struct shutdown_hook *hook, bool (*function)(void))
{
	hook->handler = register_sys_off_handler(SYS_OFF_MODE_RESTART_PREPARE, INT_MAX,
						 call_shutdown, function);
	return PTR_ERR_OR_ZERO(hook->handler);
}

static inline void unregister_shutdown(struct shutdown_hook *hook)
{
	unregister_sys_off_handler(hook->handler);
}
#else
struct shutdown_hook {
	struct syscore_ops ops;
};

static bool (*shutdown_function)(void);

static inline void call_shutdown(void)
{
	shutdown_function();
}

static inline int register_shutdown(struct shutdown_hook *hook, bool (*function)(void))
{
	shutdown_function = function;
	hook->ops.shutdown = call_shutdown;
	register_syscore_ops(&hook->ops);
	return 0;
}

static inline void unregister_shutdown(struct shutdown_hook *hook)
{
	unregister_syscore_ops(&hook->ops);
}
#endif

#endif
