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
 * A function that an orderly restart calls when devices are shut down. System devices have
 * the hook since always, but its interface changed, in updates of 6.12 too. Restarts have it
 * since 6.1: the handlers of 5.19 and 6.0 do not have this mode.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
struct shutdown_hook {
	struct sys_off_handler *handler;
};

static inline int call_shutdown(struct sys_off_data *data)
{
	void (*function)(void) = data->cb_data;

	function();
	return NOTIFY_DONE;
}

static inline int register_shutdown(struct shutdown_hook *hook, void (*function)(void))
{
	hook->handler = register_sys_off_handler(SYS_OFF_MODE_RESTART_PREPARE,
						 SYS_OFF_PRIO_LOW, call_shutdown,
						 function);
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

static inline int register_shutdown(struct shutdown_hook *hook, void (*function)(void))
{
	hook->ops.shutdown = function;
	register_syscore_ops(&hook->ops);
	return 0;
}

static inline void unregister_shutdown(struct shutdown_hook *hook)
{
	unregister_syscore_ops(&hook->ops);
}
#endif

#endif
