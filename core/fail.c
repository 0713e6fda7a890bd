/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Filling in struct kimg_why. In its own file, so that no compiler inlines it. */
#include "internal.h"

/*@ requires \valid(why);
    assigns *why;
    ensures \result == error && why->error == error; */
enum kimg_error kimg_set_why(struct kimg_why *why, uint32_t error, uint32_t seg,
			     uint32_t other, uint64_t a, uint64_t b, uint64_t c,
			     uint64_t d)
{
	why->error = error;
	why->seg = seg;
	why->other = other;
	why->pad = 0;
	why->a = a;
	why->b = b;
	why->c = c;
	why->d = d;
	return (enum kimg_error)error;
}
