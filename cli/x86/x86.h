/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of this folder share.
 */
#ifndef KLEAP_X86_H
#define KLEAP_X86_H

#include "../cli.h"

uint32_t x86_table_count(const struct machine *machine, const struct kimg_range *ram,
			 uint32_t ranges);
void x86_write_stub(const struct machine *machine, void *page, uint64_t address,
		    const struct arch_stub *stub);

extern const struct file_loader x86_file_loader;

#endif
