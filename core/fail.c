/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Filling in struct kimg_why. Apart, so that no compiler copies it to each use. */
#include "internal.h"

/*@ requires \valid(why);
    assigns *why;
    ensures \result == error && why->error == error; */
enum kimg_error kimg_fail_segment(struct kimg_why *why, enum kimg_error error,
				  uint32_t seg, uint32_t other,
				  uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	why->error = error;
	why->seg = seg;
	why->other = other;
	why->pad = 0;
	why->a = a;
	why->b = b;
	why->c = c;
	why->d = d;
	return error;
}

/*@ requires \valid(why);
    assigns *why;
    ensures \result == error && why->error == error; */
enum kimg_error kimg_fail(struct kimg_why *why, enum kimg_error error,
			  uint64_t a, uint64_t b)
{
	return kimg_fail_segment(why, error, 0, 0, a, b, 0, 0);
}

/*@ requires \valid_read(image) && \valid(why);
    assigns *why;
    ensures \result == KIMG_E_STATE && why->error == KIMG_E_STATE; */
enum kimg_error kimg_fail_state(const struct kimg_image *image,
				struct kimg_why *why)
{
	return kimg_fail(why, KIMG_E_STATE, image->state, 0);
}
