/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two fuzzers of requests share: a kernel with the module in it. */
#ifndef FUZZ_DEVICE_H
#define FUZZ_DEVICE_H

/* Forget that image.c was disabled: image_again.c. */
void image_again(void);

/* Boot, and insert the module; remove it, with all that it may have left. */
static inline void module_on(void)
{
	kernel_boot();
	image_again();
	HOLDS(!module_start());
}

static inline void module_off(void)
{
	module_stop();
	kernel_off();
}

#endif
