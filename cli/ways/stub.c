// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The segment that a kernel loaded by kexec_load(2) is entered through: it sets the
 * registers, and checks what was moved.
 */
#include "ways.h"

bool has_stub(void)
{
	return false;
}

int add_stub(const struct options *options, struct job *job)
{
	(void)options, (void)job;
	return say_error(EXIT_REFUSED, "load with --via module or --via kexec_file_load",
			 "there is no entry code for kexec_load on this processor");
}
