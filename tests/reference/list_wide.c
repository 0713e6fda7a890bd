/* SPDX-License-Identifier: GPL-2.0-only */
/* The RFC's list with entries of 8 bytes. */
#define ENTRY uint64_t
#define LIST  ref_list_wide
#include "linux_list.h"
