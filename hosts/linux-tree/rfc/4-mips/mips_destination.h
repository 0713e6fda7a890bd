/* SPDX-License-Identifier: GPL-2.0-only */
/* Where they may go. */
#define KEXEC_DESTINATION_MEMORY_LIMIT (HIGHMEM_START - 1)
