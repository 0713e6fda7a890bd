/* SPDX-License-Identifier: GPL-2.0-only */
/* The module's image.c, and a new boot: a fuzzer disables more than once. */
#include "../../hosts/linux/image.c"

#include "fuzz_device.h"

void image_again(void)
{
	HOLDS(!loaded);
	disabled = false;
	memset(&published, 0, sizeof(published));
}
