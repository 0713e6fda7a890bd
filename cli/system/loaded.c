// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where scripts look for a loaded kernel before they call kexec -e: Debian's
 * /etc/init.d/kexec, systemctl, coldreboot. The kernel's file knows nothing of the
 * module, so a command that was called as kexec mounts the module's file over it.
 */
#include "../cli.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#define KERNELS_FILE "/sys/kernel/kexec_loaded"
#define MODULES_FILE "/sys/kernel/kleap/loaded"

/*
 * Is the module's file there, and, if `shown`, is it where the kernel's should be?
 */
static bool is_there(bool *shown)
{
	struct stat kernels, modules;

	/* A kernel without kexec has no such file, and none can be made in sysfs. */
	if (stat(KERNELS_FILE, &kernels) || stat(MODULES_FILE, &modules))
		return false;
	*shown = kernels.st_dev == modules.st_dev && kernels.st_ino == modules.st_ino;
	return true;
}

static bool is_kexec(void)
{
	return !strcmp(program_invocation_short_name, "kexec");
}

void show_loaded(void)
{
	bool shown;

	if (is_kexec() && is_there(&shown) && !shown &&
	    mount(MODULES_FILE, KERNELS_FILE, NULL, MS_BIND, NULL))
		say_note("%s does not show the image: %s", KERNELS_FILE, strerror(errno));
}

void hide_loaded(void)
{
	bool shown;

	if (is_kexec() && is_there(&shown) && shown && umount2(KERNELS_FILE, MNT_DETACH))
		say_note("%s still shows kleap's image only: %s", KERNELS_FILE,
			 strerror(errno));
}
