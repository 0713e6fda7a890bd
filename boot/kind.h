/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shared by identify.c and program.c. Not for users of libboot.
 */
#ifndef BOOT_KIND_H
#define BOOT_KIND_H

#include "bytes.h"
#include "identify.h"

extern const char boot_give_kernel[], boot_copy_again[], boot_other_cpu[];

/* Set kind, name and advice. */
void boot_set(struct boot_identity *identity, enum boot_kind kind, const char *name,
	      const char *advice);

/* Append to the name, as far as there is room. */
void boot_say(struct boot_identity *identity, const char *text);

/* Append up to `most` bytes of the file, up to the first that is not printable ASCII. */
void boot_say_bytes(struct boot_identity *identity, const struct bytes *file,
		    uint64_t at, size_t most);

/* If the file has this format, set `identity`; else return false. */
bool boot_is_bzimage(const struct bytes *file, struct boot_identity *identity);
bool boot_is_image(const struct bytes *file, struct boot_identity *identity);
bool boot_is_pe(const struct bytes *file, struct boot_identity *identity);
bool boot_is_elf(const struct bytes *file, struct boot_identity *identity);
bool boot_is_uimage(const struct bytes *file, struct boot_identity *identity);
bool boot_is_device_tree(const struct bytes *file, struct boot_identity *identity);

#endif
