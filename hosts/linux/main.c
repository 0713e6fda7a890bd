// SPDX-License-Identifier: GPL-2.0-only
/* The module: the order of starting and stopping. */
#include "kleap.h"
#include "kleap_version.h"

static int __init kleap_init(void)
{
	int code;

	code = kleap_leap_init();
	if (code)
		goto no_leap;
	code = kleap_sysfs_init();
	if (code)
		goto no_sysfs;
	code = kleap_device_init();
	if (code)
		goto no_device;
	return 0;

no_device:
	kleap_sysfs_exit();
no_sysfs:
	kleap_leap_exit();
no_leap:
	return code;
}

static void __exit kleap_exit(void)
{
	struct kimg_why why;

	/* No new requests, then no leap, then the memory. */
	kleap_device_exit();
	kleap_sysfs_exit();
	kleap_leap_arm(NULL);
	kleap_leap_exit();
	kleap_image_unload(&why);
}

module_init(kleap_init);
module_exit(kleap_exit);

MODULE_DESCRIPTION("Leap into another kernel, on kernels as distributors ship them");
MODULE_LICENSE("GPL");
MODULE_VERSION(KLEAP_VERSION);
